"""The page: puts the sections into the template; the result needs no network and no scripts."""

from __future__ import annotations

from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from overseed.arms import parse_arm
from overseed.reporting import (
    accuracy_section,
    asked_section,
    ground_sections,
    result_sections,
    sample_sections,
    wording,
)
from overseed.reporting.content import RunContent
from overseed.reporting.methods_text import methods


def render(content: RunContent) -> str:
    """Make the report as one HTML document.

    Everything that comes from the run is escaped; pictures are PNG data addresses, charts SVG.
    Parts that the run does not have are named with the command that makes them.
    """
    environment = Environment(
        loader=PackageLoader("overseed.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = resources.files("overseed.reporting").joinpath("templates/report.css")
    template = environment.get_template("report.html")
    return template.render(style=Markup(style.read_text(encoding="utf-8")), **_view(content))


def _is_augmented(content: RunContent) -> bool:
    """Whether the run makes samples: not when it was told not to, nor when no class is rare."""
    nothing_to_sow = len(content.table) > 0 and not content.table.rare_indices
    arm = parse_arm(content.provenance.settings.get("augment", "spade"))
    return bool(arm.samples) and not nothing_to_sow


def _view(content: RunContent) -> dict[str, Any]:
    rest = content.provenance.settings.get("rest_as")
    return {
        "title": content.title,
        "run": content.run,
        "engine": content.provenance.engine,
        "warnings": [*content.warnings, *accuracy_section.accuracy_warnings(content)],
        "make": content.make,
        "words": wording,
        "verdict": result_sections.verdict(content),
        "glance": result_sections.glance(content),
        "headline": accuracy_section.headline(content),
        "asked": asked_section.asked(content),
        "rest": wording.rest_sentences(rest) if rest else [],
        "scenes": ground_sections.scenes(content),
        "scenes_left_out": content.scenes_left_out,
        "legend": ground_sections.legend(content),
        "classes": ground_sections.classes(content),
        "labelled_sentence": ground_sections.labelled_sentence(content),
        "split_maps": ground_sections.split_maps(content),
        "split": ground_sections.split_table(content),
        "augmented": _is_augmented(content),
        "no_rare": not content.table.rare_indices,
        "syntheses": [
            {
                "method": synthesis.method,
                "facts": sample_sections.synthesis_facts(content, synthesis),
                "gallery": sample_sections.gallery(content, synthesis),
                "curves": sample_sections.generator_curves(synthesis),
                "fidelity": sample_sections.fidelity(content, synthesis),
                "measured": sample_sections.measured(synthesis),
                "trained": synthesis.curve is not None,
                "sown": synthesis.index is not None,
            }
            for synthesis in content.syntheses
        ],
        "arms": [
            {
                "name": wording.arm_name(arm.arm),
                "short": wording.short_arm_name(arm.arm),
                "curves": sample_sections.arm_curves(arm),
                "scored": arm.scores is not None,
                "make": content.make.get(f"train {arm.arm}", content.make["train"]),
                "best_step": (arm.scores or {}).get("best_step"),
            }
            for arm in content.arms
        ],
        "scores": result_sections.scores(content),
        "arms_compared": result_sections.arms_compared(content),
        "differences": result_sections.differences(content),
        "maps": result_sections.maps(content),
        "maps_left_out": content.maps_left_out,
        "shares": result_sections.map_shares(content),
        "best_sentence": result_sections.best_sentence(content),
        "accuracy": accuracy_section.accuracy(content),
        "how": result_sections.how_made(content),
        "methods": methods(content),
    }
