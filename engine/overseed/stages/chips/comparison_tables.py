"""The tables of a comparison of chip classifiers, for people and spreadsheets."""

from __future__ import annotations

from typing import Any

#: Columns of scores: key, heading.
SCORES = {
    "f1": "F1 rare",
    "average_precision": "AP rare",
    "recall": "recall rare",
    "precision": "precision rare",
    "plain_f1": "F1 rare, most probable",
    "macro_f1": "F1 all",
    "accuracy": "accuracy",
}
#: Columns of the plain table: a screen's width.
SHOWN = 9


def arm_rows(result: dict[str, Any]) -> list[list[str]]:
    """One row per arm: what it is worth on the test, then on the other region where there is one."""
    head = ["arm", *_headings("")]
    other = result["other_region"]
    if other is not None:
        head += [*_headings(", other region")]
    head += ["real chips", "synthetic chips", "minutes"]
    rows = [head]
    for place, arm in enumerate(result["test"]["arms"]):
        row = [arm["arm"], *_values(result["test"], place)]
        if other is not None:
            row += _values(other, place)
        row += [
            f"{arm['real_chips']:.0f}",
            f"{arm['synthetic_chips']:.0f}",
            f"{arm['minutes']:.1f}",
        ]
        rows.append(row)
    return rows


def _headings(suffix: str) -> list[str]:
    first, *others = (heading + suffix for heading in SCORES.values())
    changes = [f"difference to none{suffix}", f"low{suffix}", f"high{suffix}", f"p (Holm){suffix}"]
    more = [
        f"{name} {what}{suffix}"
        for name in ("AP", "recall")
        for what in ("difference to none", "low", "high", "p (Holm)")
    ]
    return [first, *changes, *others, *more]


def _values(side: dict[str, Any], place: int) -> list[str]:
    arm = side["arms"][place]
    pairs = {d["measure"]: d for d in side["differences"] if d["arm"] == arm["arm"]}
    first, *others = (arm[key]["mean"] for key in SCORES)

    def change(measure: str) -> list[float | None]:
        pair = pairs.get(measure, {})
        return [pair.get(key) for key in ("difference", "low", "high", "p_holm")]

    values = [first, *change("f1"), *others, *change("average_precision"), *change("recall")]
    return ["" if value is None else f"{value:.3f}" for value in values]


def as_text(rows: list[list[str]]) -> str:
    """The first columns as a plain table."""
    some = [row[:SHOWN] for row in rows]
    widths = [max(len(row[i]) for row in some) for i in range(len(some[0]))]
    return "\n".join(
        "  ".join(
            v.ljust(w) if not i else v.rjust(w)
            for i, (v, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in some
    )
