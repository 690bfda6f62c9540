"""What the report says, as plain values for ``report.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overseed.files import json_values
from overseed.reporting import ground_sections, result_sections
from overseed.reporting.asked_section import asked
from overseed.reporting.content import RunContent
from overseed.reporting.methods_text import methods
from overseed.reporting.palette import SIDES


def run_data(content: RunContent) -> dict[str, Any]:
    """Everything on the page but its pictures, as JSON knows it; what the run lacks is ``None`` or empty.

    ``missing`` names the parts that the run does not have, with the command that makes each.
    """
    made = methods(content)
    return json_values(
        {
            "engine": content.provenance.engine,
            "title": content.title,
            "run": content.run,
            "verdict": result_sections.verdict(content),
            "warnings": content.warnings,
            "missing": missing(content),
            "asked": {
                "in_words": dict(asked(content)),
                "settings": content.provenance.settings,
            },
            "scene": _scene(content),
            "classes": _classes(content),
            "split": _split(content),
            "samples": [_synthesis(synthesis) for synthesis in content.syntheses],
            "training": {
                **{f"generator {s.method}": s.curve for s in content.syntheses if s.curve},
                **{arm.arm: arm.curve for arm in content.arms if arm.curve},
            },
            "scores": [arm.scores for arm in content.arms if arm.scores],
            "comparison": content.arms_compared.result if content.arms_compared else None,
            "differences": content.comparison,
            "map": {
                "files": [found.name for found in content.maps],
                "left_out": content.maps_left_out,
                "model": content.best,
                "shares": content.shares,
            }
            if content.maps
            else None,
            "accuracy": [
                {
                    "file": assessment.name,
                    "of_this_map": assessment.of_run,
                    "problem": assessment.problem or None,
                    "assessment": assessment.content if assessment.found else None,
                }
                for assessment in content.assessments
            ],
            "made": {
                "commands": content.provenance.commands,
                "stages": [
                    {"folder": folder, **{key: record.get(key) for key in _OF_STAGES}}
                    for folder, record in content.provenance.records.items()
                ],
                "methods": made.paragraph,
                "references": made.references,
                "credits": content.provenance.settings.get("credits"),
            },
        }
    )


_OF_STAGES = ("stage", "seed", "device", "started", "seconds", "versions", "figures")


def missing(content: RunContent) -> list[dict[str, str]]:
    """Parts that a whole run has and this one lacks."""
    make = content.make
    parts = [
        ("scene", bool(content.scenes), "prepare"),
        ("classes", len(content.table) > 0, "prepare"),
        ("split", content.split is not None, "prepare"),
        *((f"samples of {s.method}", s.index is not None, "synthesize") for s in content.syntheses),
        *((f"scores of {a.arm}", a.scores is not None, f"train {a.arm}") for a in content.arms),
        ("map", bool(content.maps), "classify"),
        ("accuracy", any(a.found is not None for a in content.assessments), "assess"),
    ]
    return [
        {"part": part, "command": make.get(command, make["run"])}
        for part, there, command in parts
        if not there
    ]


def _scene(content: RunContent) -> dict[str, Any] | None:
    found = content.inspection
    if found is None:
        return None
    rasters = [dict(raster) for raster in found.get("rasters") or []]
    for raster in rasters:
        raster["path"] = Path(str(raster.get("path", ""))).name
    return {
        "rasters": rasters,
        "labelled_pixels": found.get("labelled_pixels"),
        "shown": [
            {"name": s.name, "bands": s.picture_bands, "true_colour": s.true_colour}
            for s in content.scenes
        ],
        "left_out": content.scenes_left_out,
    }


def _classes(content: RunContent) -> list[dict[str, Any]]:
    table = content.table
    found = []
    for i in ground_sections.class_order(content):
        c = table.classes[i]
        found.append(
            {
                "name": c.name,
                "code": c.code,
                "colour": c.colour,
                "rare": c.rare,
                "pixels": c.pixels,
                "polygons": c.polygons,
                "share": table.shares[i],
            }
        )
    return found


def _split(content: RunContent) -> dict[str, Any] | None:
    if content.split is None:
        return None
    blocks, pixels = ground_sections.side_counts(content)
    return {
        **{name: value for name, value in content.split.items() if name != "blocks"},
        "blocks": dict(zip(SIDES, blocks, strict=True)),
        "pixels": {
            name: dict(zip(SIDES, row, strict=True))
            for name, row in zip(content.table.names, pixels.tolist(), strict=True)
        },
    }


def _synthesis(synthesis: Any) -> dict[str, Any]:
    index = synthesis.index or {}
    return {
        "method": synthesis.method,
        **{name: index.get(name) for name in ("count", "target", "achieved")},
        "rejected": synthesis.rejected,
        **({"rejected_by_hand": list(synthesis.by_hand)} if synthesis.by_hand else {}),
        "shown": [{"source": s.source, "sown": s.sown} for s in synthesis.samples],
        "quick_fidelity": synthesis.fidelity,
        "fidelity": synthesis.measured,
    }
