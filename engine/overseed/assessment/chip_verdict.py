"""A sentence on a comparison of chip classifiers that can be quoted and claims no more than its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LEVEL = 0.05
#: Below this, a sentence says that there are few.
FEW_CHIPS = 20
#: The score that sentences are about.
MAIN = "f1"


def is_clear(row: Mapping[str, Any]) -> bool:
    """Whether a difference is more than chance: its interval leaves out zero, and so does Holm's correction."""
    if row["low"] is None or row["p_holm"] is None or row["p_holm"] >= LEVEL:
        return False
    return bool(row["low"] > 0 or row["high"] < 0)


def verdict(result: Mapping[str, Any], where: str) -> str:
    """The best arm against none, and which others differ clearly.

    Parameters
    ----------
    result:
        What :func:`~overseed.assessment.chip_comparison.compare_chips` gives.
    where:
        What the chips are called, as in "test chips".
    """
    scored = [c for c in result["classes"] if c["scored"]]
    positives, held = result["positives"], [c for c in scored if c["chips"]]
    if not held:
        return f"No arm can be judged on the {where}: none of them is of a rare class."
    what = _what(held)
    rows = [d for d in result["differences"] if d["measure"] == MAIN]
    if not rows:
        return f"There is no arm beside none on the {where}."
    means = {row["arm"]: row[MAIN]["mean"] or 0.0 for row in result["arms"]}
    best = max(rows, key=lambda row: means[row["arm"]])
    parts = [_sentence(best, what, where, result, positives)]
    others = [row for row in rows if row is not best and is_clear(row)]
    for better, words in ((True, "clearly better"), (False, "clearly worse")):
        named = [row["arm"] for row in others if (row["difference"] > 0) == better]
        if named:
            also = "also " if better and is_clear(best) else ""
            verb = "is" if len(named) == 1 else "are"
            parts.append(f"{', '.join(named)} {verb} {also}{words} than none.")
    if positives < FEW_CHIPS:
        parts.append("With so few of them only large differences can show.")
    return " ".join(parts)


def _sentence(
    row: Mapping[str, Any], what: str, where: str, result: Mapping[str, Any], positives: int
) -> str:
    one = row["arm"]
    chips = (
        f"{positives} {where} of {what} in {result['groups']} groups"
        if result["groups"] < result["chips"]
        else f"{positives} {where} of {what}"
    )
    trainings = "one training" if result["seeds"] == 1 else f"{result['seeds']} trainings"
    head = f"Of all arms but none, {one} has the highest F1 for {what}"
    if row["difference"] is None or row["low"] is None or row["p_holm"] is None:
        return f"{head}, but there are too few groups to tell it from none ({chips}, {trainings})."
    size = (
        f"{100 * row['difference']:+.1f} points, 95 % interval {100 * row['low']:+.1f} to "
        f"{100 * row['high']:+.1f}, p = {row['p_holm']:.3f} after Holm, {chips}, {trainings} each"
    )
    if not is_clear(row):
        return f"{head}, but is not clearly different from none ({size})."
    if row["difference"] > 0:
        return f"{head} and is clearly better than none ({size})."
    return f"{head} and is still clearly worse than none ({size})."


def _what(classes: Sequence[Mapping[str, Any]]) -> str:
    names = [f"'{c['name']}'" for c in classes]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
