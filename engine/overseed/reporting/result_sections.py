"""The report's sections on results: scores of the arms, differences, the map, how all was made."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from overseed.arms import NONE
from overseed.reporting import charts, pictures, wording
from overseed.reporting.content import ArmResult, MapPicture, RunContent
from overseed.reporting.ground_sections import class_order, placement
from overseed.reporting.palette import safe_colour

_SUMMARY = (
    ("Macro, rare classes", "rare_macro_"),
    ("Macro, all classes", "macro_"),
)


def verdict(content: RunContent) -> str | None:
    """The sentence on whether augmentation helped; ``None`` when the run has no comparison.

    What many trainings say goes before what two say.
    """
    if content.arms_compared is not None:
        return content.arms_compared.result["verdict"]
    return (content.comparison or {}).get("verdict")


def glance(content: RunContent) -> list[dict[str, str]]:
    """Macro-F1 of each arm, for the head of the page; ``rare`` is empty when no class is rare."""
    return [
        {
            "arm": wording.arm_name(arm.arm),
            "rare": wording.score(arm.scores.get("rare_macro_f1"))
            if content.table.rare_indices
            else "",
            "all": wording.score(arm.scores.get("macro_f1")),
        }
        for arm in content.arms
        if arm.scores
    ]


def scores(content: RunContent) -> dict[str, Any] | None:
    """Per metric a chart and a table with one column per arm."""
    arms = [arm for arm in content.arms if arm.scores]
    if not arms:
        return None
    supports = _column(content, arms[0], "support")
    return {
        "arms": [wording.short_arm_name(arm.arm) for arm in arms],
        "metrics": [
            _metric(content, arms, key, label, supports)
            for key, label in (("f1", "F1"), ("iou", "IoU"))
        ],
        "accuracy": [
            wording.score(arm.scores.get("overall_accuracy")) for arm in arms if arm.scores
        ],
        "pixels": wording.count(arms[0].scores.get("pixels")) if arms[0].scores else "–",
        "gaps": any(value is None for arm in arms for value in _column(content, arm, "f1")),
    }


def arms_compared(content: RunContent) -> dict[str, Any] | None:
    """The table and figures of `compare`: one row per arm, the best ones first."""
    if content.arms_compared is None:
        return None
    result = content.arms_compared.result
    against = {pair["arm"]: pair for pair in result["differences"] if pair["against"] == NONE}
    rows = []
    for arm in sorted(result["arms"], key=lambda a: -(a["claimed_iou"]["mean"] or 0)):
        pair = against.get(arm["arm"], {})
        difference = pair.get("difference")
        rows.append(
            {
                "arm": arm["arm"],
                "iou": wording.fine_score(arm["claimed_iou"]["mean"]),
                "difference": "" if difference is None else wording.difference(difference),
                "interval": ""
                if difference is None
                else wording.interval(pair.get("low"), pair.get("high")),
                "p": "" if pair.get("p_holm") is None else f"{pair['p_holm']:.3f}",
                "f1": wording.score(arm["f1"]["mean"]),
                "real": wording.count(arm["real_crops"]),
                "made": wording.count(arm["synthetic_crops"]),
            }
        )
    rare = [c for c in result["classes"] if c["rare"]]
    return {
        "verdict": result["verdict"],
        "rows": rows,
        "claimed": wording.enumeration([c["name"] for c in rare if c["claimed"]]),
        "left_out": [
            f"{c['name']} ({wording.count(c['test_pixels'])} pixels in "
            f"{wording.count(c['test_blocks'])} blocks)"
            for c in rare
            if not c["claimed"]
        ],
        "enough_ground": result["enough_ground"],
        "seeds": result["seeds"],
        "blocks": result["blocks"],
        "differences": pictures.png_file(content.arms_compared.differences),
        "areas": pictures.png_file(content.arms_compared.areas),
    }


def differences(content: RunContent) -> list[dict[str, Any]]:
    """Each compared pair: the sentence with its interval, a chart and a table per class."""
    pairs = (content.comparison or {}).get("pairs") or []
    return [_pair(content, pair) for pair in pairs]


def maps(content: RunContent) -> list[dict[str, Any]]:
    """Each finished map in the classes' colours, and how sure it is where the run knows."""
    drawn = []
    for found in content.maps:
        indices = pictures.index_of_codes(found.codes, content.table.codes)
        times = max(1, 480 // max(indices.shape))
        pixels, shown = pictures.colour_indices(
            pictures.enlarge(indices, times), content.table.colours
        )
        drawn.append(
            {
                "name": found.name if len(content.maps) > 1 else "",
                "image": pictures.png(pixels, shown),
                "alt": f"Land-cover map {found.name}",
                **placement(indices.shape, found.grid),
                "confidence": _confidence(found, times),
            }
        )
    return drawn


def _confidence(found: MapPicture, times: int) -> dict[str, Any] | None:
    if found.confidence is None:
        return None
    known = found.confidence[found.confidence <= 100]
    sure_is_high = not found.measure.startswith("entropy")
    halves = (
        f"half of the map has more than {np.median(known):.0f} %" if known.size else "it is empty"
    )
    return {
        "name": "",
        "image": pictures.percent_picture(pictures.enlarge(found.confidence, times), sure_is_high),
        "alt": f"Confidence of the map {found.name}",
        **placement(found.confidence.shape, found.grid),
        "measure": found.measure or "percent",
        "words": halves,
        "ramp": [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in pictures.ramp(9, sure_is_high).tolist()],
    }


def map_shares(content: RunContent) -> list[dict[str, Any]]:
    """Legend of the map with the mapped share beside the labelled one."""
    shares = content.shares or {}
    mapped, labelled = shares.get("mapped") or {}, shares.get("labelled") or {}
    largest = max([0.0, *mapped.values(), *labelled.values()]) or 1.0
    rows = []
    for i in class_order(content):
        c = content.table.classes[i]
        of_labels = labelled.get(c.name, content.table.shares[i])
        rows.append(
            {
                "name": c.name,
                "colour": safe_colour(c.colour),
                "rare": c.rare,
                "mapped": wording.percent(mapped.get(c.name)),
                "mapped_bar": round(100 * (mapped.get(c.name) or 0) / largest, 2),
                "labelled": wording.percent(of_labels),
                "labelled_bar": round(100 * of_labels / largest, 2),
            }
        )
    return rows


def best_sentence(content: RunContent) -> str | None:
    """Which model made the map, and why that one."""
    best = content.best
    if not best:
        return None
    value = best.get("validation_rare_macro_f1")
    reason = f": {wording.score(value)}" if value is not None else ""
    metric = wording.METRIC_NAMES["rare_macro_f1" if content.table.rare_indices else "macro_f1"]
    return (
        f"Made with {wording.arm_name(best.get('arm', ''))} ({best.get('model', '')}), the model "
        f"with the best {metric} on the validation blocks{reason}. The test blocks had no say "
        "in the choice."
    )


def how_made(content: RunContent) -> dict[str, Any]:
    """Stages with durations and devices, versions, and commands."""
    records = content.provenance.records
    versions: dict[str, str] = {}
    rows, devices = [], []
    for folder, record in records.items():
        versions.update(record.get("versions") or {})
        device = record.get("device") or {}
        if device and _device(device) not in devices:
            devices.append(_device(device))
        rows.append(
            {
                "stage": record.get("stage", ""),
                "folder": folder,
                "seed": record.get("seed", "–"),
                "started": str(record.get("started", "–"))
                .replace("T", " ")
                .replace("+00:00", " UTC"),
                "seconds": wording.duration(record.get("seconds")),
                "device": device.get("kind", "–"),
            }
        )
    total = sum(record.get("seconds") or 0 for record in records.values())
    return {
        "rows": rows,
        "total": wording.duration(total) if rows else "–",
        "devices": devices,
        "versions": versions,
        "commands": content.provenance.commands,
        "credits": content.provenance.settings.get("credits"),
    }


def _column(content: RunContent, arm: ArmResult, key: str) -> list[Any]:
    """One figure per class in the order of the page; ``None`` where there is none."""
    by_name = {c["name"]: c.get(key) for c in (arm.scores or {}).get("classes", [])}
    return [by_name.get(content.table.names[i]) for i in class_order(content)]


def _metric(
    content: RunContent, arms: list[ArmResult], key: str, label: str, supports: list[Any]
) -> dict[str, Any]:
    order = [content.table.classes[i] for i in class_order(content)]
    columns = {arm.arm: _column(content, arm, key) for arm in arms}
    rows = [
        {
            "name": c.name,
            "rare": c.rare,
            "values": _marked([column[i] for column in columns.values()]),
            "support": wording.count(supports[i]),
        }
        for i, c in enumerate(order)
    ]
    summary = [
        {"name": name, "values": _marked([(arm.scores or {}).get(prefix + key) for arm in arms])}
        for name, prefix in _SUMMARY
        if prefix == "macro_" or content.table.rare_indices
    ]
    chart = charts.score_chart(label, [c.name for c in order], [c.rare for c in order], columns)
    return {"key": key, "label": label, "chart": Markup(chart), "rows": rows, "summary": summary}


def _marked(values: list[float | None]) -> list[dict[str, Any]]:
    """Scores as text; the best of a row is marked when it is not alone."""
    known = [round(v, 2) for v in values if v is not None]
    best = max(known) if len(known) > 1 and max(known) > min(known) else None
    return [
        {"text": wording.score(v), "best": v is not None and round(v, 2) == best, "none": v is None}
        for v in values
    ]


def _pair(content: RunContent, pair: dict[str, Any]) -> dict[str, Any]:
    metric = wording.METRIC_NAMES.get(pair["metric"], pair["metric"].replace("_", " "))
    level = round(100 * pair.get("level", 0.95))
    by_name = {c["name"]: c for c in pair.get("classes") or []}
    order = [content.table.classes[i] for i in class_order(content)]
    order = [c for c in order if c.name in by_name]
    triples = [_triple(by_name[c.name]) for c in order]
    head = _triple(pair)
    score_name = "IoU" if pair["metric"].endswith("iou") else "F1"
    names = [f"macro-{score_name}, {'rare' if 'rare' in pair['metric'] else 'all'} classes"]
    chart = charts.difference_chart(
        [*names, *(c.name for c in order)],
        [False, *(c.rare for c in order)],
        [head, *triples],
        f"difference in {score_name}",
    )
    return {
        "arm": wording.arm_name(pair["arm"]),
        "against": wording.arm_name(pair["against"]),
        "short": wording.short_arm_name(pair["arm"]),
        "against_short": wording.short_arm_name(pair["against"]),
        "metric": metric,
        "level": level,
        "blocks": pair.get("blocks"),
        "difference": wording.difference(head[0]),
        "interval": wording.interval(head[1], head[2]),
        "chart": Markup(chart),
        "rows": [
            {
                "name": c.name,
                "rare": c.rare,
                "difference": wording.difference(value),
                "interval": "–" if value is None else wording.interval(low, high),
            }
            for c, (value, low, high) in zip(order, triples, strict=True)
        ],
    }


def _triple(found: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    return found.get("difference"), found.get("low"), found.get("high")


def _device(device: dict[str, Any]) -> str:
    name = device.get("name") or device.get("kind")
    text = str(name) if device.get("kind") in (None, name) else f"{device['kind']} ({name})"
    threads = f", {device['threads']} threads" if device.get("threads") else ""
    precision = ", bfloat16" if device.get("bf16") else ""
    system = " ".join(str(device[k]) for k in ("system", "machine") if device.get(k))
    return text + threads + precision + (f", {system}" if system else "")
