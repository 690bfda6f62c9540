"""The report's sections on synthetic samples: gallery, targets, training curves and fidelity."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from overseed.reporting import charts, pictures, wording
from overseed.reporting.content import ArmResult, Curve, RunContent, Sample, Synthesis
from overseed.reporting.ground_sections import class_order
from overseed.reporting.palette import safe_colour

#: Marks of columns that hold scores from 0 to 1 instead of losses.
_SCORE_WORDS = ("f1", "iou", "accuracy", "recall", "precision")


def gallery(content: RunContent, synthesis: Synthesis) -> list[dict[str, Any]]:
    """Samples as four small pictures each: real tile, its labels, synthetic tile, its labels."""
    if not synthesis.samples:
        return []
    # Stretched by what the real tiles shown here hold: clouds elsewhere would leave them dark.
    stretch = pictures.stretch_limits([sample.real for sample in synthesis.samples])
    return [_card(content, sample, stretch) for sample in synthesis.samples]


def synthesis_facts(content: RunContent, synthesis: Synthesis) -> dict[str, Any]:
    """How many samples, how many rejected and why, and the class shares aimed at and reached."""
    index, rejected = synthesis.index or {}, synthesis.rejected or {}
    target, achieved = index.get("target") or {}, index.get("achieved") or {}
    rows = [
        {
            "name": c.name,
            "colour": safe_colour(c.colour),
            "rare": c.rare,
            "real": wording.percent(content.table.shares[c.index]),
            "target": wording.percent(target.get(c.name)),
            "achieved": wording.percent(achieved.get(c.name)),
        }
        for c in (content.table.classes[i] for i in class_order(content))
    ]
    return {
        "count": index.get("count"),
        "labelled": "labels" in index,
        "rejected": rejected.get("count"),
        "by_hand": len(synthesis.by_hand),
        "reasons": [
            f"{reason} ({wording.count(n)})"
            for reason, n in (rejected.get("reasons") or {}).items()
            if n
        ],
        "rows": rows if achieved else [],
    }


def generator_curves(synthesis: Synthesis) -> list[Markup]:
    """Charts of a generator's losses."""
    return _curves(synthesis.curve)


def arm_curves(arm: ArmResult) -> list[Markup]:
    """Charts of a model's losses and validation scores."""
    return _curves(arm.curve)


def fidelity(content: RunContent, synthesis: Synthesis) -> dict[str, Any] | None:
    """Tables and charts of ``fidelity.json``."""
    found = synthesis.fidelity
    if not found:
        return None
    return {
        "lda": _lda(content, found.get("lda") or {}),
        "spectral": _spectral(found.get("spectral") or {}),
        "changed_share": wording.percent(found.get("changed_share")),
    }


def measured(synthesis: Synthesis) -> dict[str, Any] | None:
    """What `fidelity` says of distances in features: a row per encoder with whatever figures it has."""
    found = synthesis.measured
    if not isinstance(found, dict):
        return None
    rows = {
        str(encoder): _texts(row)
        for encoder, row in (found.get("kid") or {}).items()
        if isinstance(row, dict)
    }
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    return {
        "columns": columns,
        "rows": [
            {"name": encoder, "cells": [row.get(column, "–") for column in columns]}
            for encoder, row in rows.items()
        ],
        "notes": [str(note) for note in found.get("notes") or []],
        "page": pictures.png_file(synthesis.measured_page) if synthesis.measured_page else None,
    }


def _texts(row: dict[str, Any]) -> dict[str, str]:
    """Numbers of a row as texts; three numbers are a value and its interval."""
    texts = {}
    for name, value in row.items():
        parts = value if isinstance(value, list) else [value]
        numbers = [p for p in parts if isinstance(p, int | float) and not isinstance(p, bool)]
        if not numbers or len(numbers) != len(parts) or len(parts) > 3:
            continue
        first, *more = (f"{n:.3f}" if isinstance(n, float) else wording.count(n) for n in numbers)
        label = str(name).replace("_", " ")
        texts[label] = f"{first} ({' to '.join(more)})" if more else first
    return texts


def _card(content: RunContent, sample: Sample, stretch: pictures.Stretch) -> dict[str, Any]:
    real, seen = pictures.to_rgb(sample.real, stretch)
    made, made_seen = pictures.to_rgb(sample.made, stretch)
    real_labels, labelled = pictures.colour_indices(sample.real_labels, content.table.colours)
    made_labels, sown_or_labelled = pictures.colour_indices(
        sample.made_labels, content.table.colours
    )
    edge = pictures.outline(sample.changed)
    return {
        "tiles": [
            ("real tile", pictures.png(real, seen)),
            ("its labels", pictures.png(real_labels, labelled)),
            ("synthetic", pictures.png(pictures.draw_edge(made, edge), made_seen | edge)),
            (
                "its labels",
                pictures.png(pictures.draw_edge(made_labels, edge), sown_or_labelled | edge),
            ),
        ],
        "sown": wording.sown(sample.sown),
        "changed": wording.percent(float(sample.changed.mean())),
        "source": sample.source,
        "size": sample.made_labels.shape[1],
    }


def _curves(curve: Curve | None) -> list[Markup]:
    if not curve:
        return []
    columns = list(dict.fromkeys(name for row in curve for name in row if name != "step"))
    scores = [c for c in columns if any(word in c.lower() for word in _SCORE_WORDS)]
    losses = [c for c in columns if "loss" in c.lower() and c not in scores]
    drawn = []
    if losses:
        drawn.append(Markup(charts.curve_chart(curve, losses[:4], "loss")))
    if scores:
        drawn.append(Markup(charts.curve_chart(curve, scores[:4], "score")))
    return drawn


def _lda(content: RunContent, lda: dict[str, Any]) -> dict[str, Any] | None:
    by_name = {row["name"]: row for row in lda.get("classes") or []}
    order = [content.table.names[i] for i in class_order(content)]
    rows = [by_name[name] for name in order if by_name.get(name, {}).get("pixels_synthetic")]
    if not rows:
        return None
    chart = charts.recall_chart(
        [r["name"] for r in rows],
        [bool(r.get("rare")) for r in rows],
        [r.get("recall_real_test") for r in rows],
        [r.get("recall_synthetic") for r in rows],
    )
    return {
        "chart": Markup(chart),
        "rows": [
            {
                "name": r["name"],
                "rare": r.get("rare"),
                "synthetic": wording.score(r.get("recall_synthetic")),
                "real": wording.score(r.get("recall_real_test")),
                "ratio": wording.ratio(r.get("ratio")),
                "pixels_synthetic": wording.count(r.get("pixels_synthetic")),
                "pixels_real": wording.count(r.get("pixels_real_test")),
            }
            for r in rows
        ],
        "mean_synthetic": wording.score(lda.get("mean_recall_synthetic")),
        "mean_real": wording.score(lda.get("mean_recall_real_test")),
        "mean_ratio": wording.ratio(lda.get("mean_ratio")),
    }


def _spectral_caption(native: list[bool]) -> str:
    shaded = "Shaded: within a factor of two."
    if all(native):
        return shaded
    if not any(native):
        return f"All bands seem to be resampled from coarser pixels. {shaded}"
    return (
        "Filled: bands at the scene's own pixel size. Hollow: bands resampled from coarser pixels. "
        + shaded
    )


def _spectral(spectral: dict[str, Any]) -> dict[str, Any] | None:
    rows = spectral.get("bands") or []
    if not rows:
        return None
    native = [bool(r.get("native", True)) for r in rows]
    chart = charts.ratio_chart([r["name"] for r in rows], native, [r.get("ratio") for r in rows])
    return {
        "chart": Markup(chart),
        "caption": _spectral_caption(native),
        "rows": [
            {
                "name": r["name"],
                "native": is_native,
                "synthetic": wording.percent(r.get("synthetic")),
                "real": wording.percent(r.get("real")),
                "ratio": wording.ratio(r.get("ratio")),
            }
            for r, is_native in zip(rows, native, strict=True)
        ],
        "patch": spectral.get("patch"),
        "patches_synthetic": wording.count(spectral.get("patches_synthetic")),
        "patches_real": wording.count(spectral.get("patches_real")),
    }
