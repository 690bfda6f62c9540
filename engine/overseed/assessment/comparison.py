"""A comparison of arms: scores, differences that allow for chance and for their number, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.arms import CONTROLS, FOREST, NONE, SAMPLES, parse_arm
from overseed.assessment.confusion import class_scores, macro
from overseed.assessment.paired import holm, paired_difference, training_noise

#: A rare class counts towards claims from this many test blocks and test pixels on: one tiny, easy class would
#: carry a whole mean.
LEAST_BLOCKS = 8
LEAST_PIXELS = 500
SCORES = ("iou", "f1", "precision", "recall")
LEVEL = 0.05


def is_generative(arm: str) -> bool:
    """Whether an arm adds samples that a method made; controls are none."""
    return any(method in SAMPLES for method in parse_arm(arm).samples)


def is_peer(arm: str) -> bool:
    """Whether generative arms are held against it: a way to treat imbalance, or none, that makes no samples."""
    parts = parse_arm(arm).samples
    return arm != FOREST and not any(part in (*SAMPLES, *CONTROLS) for part in parts)


def claimed_classes(reference: NDArray[np.int64], rare: Sequence[int]) -> list[int]:
    """Rare classes with enough test ground, from reference pixels ``(blocks, classes)``."""
    blocks, pixels = (reference > 0).sum(axis=0), reference.sum(axis=0)
    return [i for i in rare if blocks[i] >= LEAST_BLOCKS and pixels[i] >= LEAST_PIXELS]


def compare_matrices(
    matrices: Mapping[str, NDArray[np.int64]],
    names: Sequence[str],
    rare: Sequence[int],
    seed: int,
) -> dict[str, Any]:
    """Everything that can be said from the arms' confusion matrices, as JSON values.

    Parameters
    ----------
    matrices:
        Per arm ``(seeds, blocks, classes, classes)`` of the same blocks and seeds.
    rare:
        Indices of the rare classes. Claims are made of those with enough test ground; where none has, of all
        rare ones, and the result says so; where none is rare, of all classes.
    """
    first = next(iter(matrices.values()))
    reference = first[0].sum(axis=2)
    claimed = claimed_classes(reference, rare)
    among = claimed or list(rare)
    arms = [arm_scores(arm, stack, names, rare, among) for arm, stack in matrices.items()]
    by_arm = {row["arm"]: row for row in arms}
    best_peer = max(
        (a for a in matrices if is_peer(a)),
        key=lambda a: by_arm[a]["claimed_iou"]["mean"] or 0,
        default=None,
    )
    # The forest is no training of a network and varies less.
    noise = training_noise(
        np.array(
            [
                macro(class_scores(stack.sum(axis=1))["iou"], among or None)
                for arm, stack in matrices.items()
                if arm != FOREST
            ]
        )
    )
    differences = []
    for against in dict.fromkeys(a for a in (NONE, best_peer) if a is not None and a in matrices):
        rows = []
        for arm in matrices:
            if arm == against or (against != NONE and not is_generative(arm)):
                continue
            rng = np.random.default_rng(seed)
            found = paired_difference(
                matrices[arm], matrices[against], names, among, rng, metric="iou",
                noise=None if arm == FOREST else noise,
            )  # fmt: skip
            rows.append({"arm": arm, "against": against, **found})
        corrected = holm([row["p"] for row in rows])
        differences += [row | {"p_holm": p} for row, p in zip(rows, corrected, strict=True)]
    return {
        "blocks": int((reference.sum(axis=1) > 0).sum()),
        "seeds": len(first),
        "classes": [
            {
                "name": name,
                "rare": index in rare,
                "claimed": index in among,
                "test_blocks": int((reference[:, index] > 0).sum()),
                "test_pixels": int(reference[:, index].sum()),
                "free_blocks": int(
                    ((reference[:, index] == 0) & (reference.sum(axis=1) > 0)).sum()
                ),
            }
            for index, name in enumerate(names)
        ],
        "enough_ground": bool(claimed) or not rare,
        "best_peer": best_peer,
        "training_deviation": None if noise is None else _number(noise.variance**0.5),
        "arms": arms,
        "differences": differences,
        "verdict": verdict(arms, differences, best_peer, bool(claimed) or not rare),
    }


def arm_scores(
    arm: str,
    stack: NDArray[np.int64],
    names: Sequence[str],
    rare: Sequence[int],
    claimed: Sequence[int],
) -> dict[str, Any]:
    """Scores of one arm's ``(seeds, blocks, classes, classes)``: means over seeds, lowest and highest."""
    pooled = stack.sum(axis=1)
    scores = class_scores(pooled)
    reference = pooled.sum(axis=-1) / pooled.sum(axis=(-2, -1))[:, None]
    mapped = pooled.sum(axis=-2) / pooled.sum(axis=(-2, -1))[:, None]
    hits = np.diagonal(pooled, axis1=-2, axis2=-1).sum(axis=-1)
    macros = {
        f"{prefix}{name}": _over_seeds(macro(scores[name], group))
        for prefix, group in (
            ("claimed_", list(claimed) or None),
            ("rare_", list(rare) or None),
            ("", None),
        )
        for name in ("iou", "f1")
    }
    return {
        "arm": arm,
        **macros,
        "classes": [
            {
                "name": name,
                **{score: _over_seeds(scores[score][:, index]) for score in SCORES},
                "reference_share": _number(reference[:, index].mean()),
                "mapped_share": _number(mapped[:, index].mean()),
                "false_alarms_where_absent": _over_seeds(false_alarms(stack, index)),
            }
            for index, name in enumerate(names)
        ],
        "overall_accuracy": _over_seeds(hits / pooled.sum(axis=(-2, -1))),
    }


def false_alarms(stack: NDArray[np.int64], index: int) -> NDArray[np.float64]:
    """Share of the pixels mapped as a class in test blocks that hold none of it, ``(seeds,)``.

    Precision says little there: it is 0 as soon as one pixel is wrong. NaN where every block holds the class.

    Parameters
    ----------
    stack:
        ``(seeds, blocks, classes, classes)``, reference by rows.
    """
    absent = stack[0, :, index, :].sum(axis=-1) == 0
    without = stack[:, absent]
    mapped, pixels = without[..., index].sum(axis=(1, 2)), without.sum(axis=(1, 2, 3))
    return np.where(pixels > 0, mapped / np.maximum(pixels, 1), np.nan)


def verdict(
    arms: Sequence[Mapping[str, Any]],
    differences: Sequence[Mapping[str, Any]],
    best_peer: str | None,
    enough: bool,
) -> str:
    """A sentence to quote: what the best generative arm is worth, against none and against its best peer."""
    generative = [row for row in arms if is_generative(row["arm"])]
    if not generative:
        return "No arm of this comparison makes samples, so there is nothing to say about them."
    best = max(generative, key=lambda row: row["claimed_iou"]["mean"] or 0)
    parts = []
    for against in dict.fromkeys((NONE, best_peer)):
        row = next(
            (d for d in differences if d["arm"] == best["arm"] and d["against"] == against), None
        )
        if row is not None:
            parts.append(_clause(row))
    what = (
        "rare classes with enough test ground"
        if enough
        else "rare classes (few test blocks hold them)"
    )
    if not parts:
        return f"{best['arm']} was not held against another arm."
    return f"{best['arm']}, the best arm with made samples, {' and '.join(parts)} in mean IoU of the {what}."


def _clause(row: Mapping[str, Any]) -> str:
    alone = row["against"] == NONE
    other = "real samples alone" if alone else f"the best other arm, {row['against']}"
    if row["difference"] is None:
        return f"cannot be told from {other} (no test ground holds them)"
    points = f"{100 * row['difference']:+.1f} points"
    if row["low"] is None or row["p_holm"] is None:
        return f"cannot be told from {other} ({points}, too little test ground)"
    size = (
        f"({points}, 95 % interval {100 * row['low']:+.1f} to {100 * row['high']:+.1f}, "
        f"p = {row['p_holm']:.3f} after Holm, {row['blocks']} test blocks, "
        f"{row['seeds']} {'training' if row['seeds'] == 1 else 'trainings'})"
    )
    if row["p_holm"] >= LEVEL:
        return f"is not clearly different from {other} {size}"
    return f"{'beats' if row['difference'] > 0 else 'falls behind'} {other} {size}"


def _over_seeds(values: NDArray[np.float64]) -> dict[str, float | None]:
    if np.isnan(values).all():
        return {"mean": None, "low": None, "high": None}
    return {
        "mean": _number(np.nanmean(values)),
        "low": _number(np.nanmin(values)),
        "high": _number(np.nanmax(values)),
    }


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 5)
