"""What a person reads about how well samples agree with the words for their classes."""

from __future__ import annotations

from typing import Any


def agreement_text(found: dict[str, Any]) -> str:
    """Lines for people: what each class comes to in samples, and in real ground."""
    lines = ["Agreement with the words for each class, samples / real training ground:"]
    for name, row in found["classes"].items():
        made, real = row["made"], row["real"]
        lines.append(
            f"  {name}: CLIPScore {_number(made['score'])} / {_number(real['score'])}, share of its words "
            f"{_number(made['share'])} / {_number(real['share'])}, nearest in {_percent(made['nearest'])} / "
            f"{_percent(real['nearest'])} of {made['n']} / {real['n']} squares of {row['side']} pixels, of "
            f"which it takes {_percent(made['cover'])} / {_percent(real['cover'])}"
        )
    return "\n".join([*lines, *(f"Note: {note}" for note in notes(found).values())])


def notes(found: dict[str, Any]) -> dict[str, str]:
    """What a person should know, in sentences by code."""
    classes = found["classes"]
    said = {}
    unseen = [name for name, row in classes.items() if not row["made"]["n"] or not row["real"]["n"]]
    if unseen:
        said["synthesize.agreement-unseen"] = (
            f"{', '.join(unseen)}: no parcel is large enough to be looked at, in samples or on real ground."
        )
    blind = [n for n, row in classes.items() if row["real"]["n"] and not row["told"]]
    if blind:
        said["synthesize.agreement-blind"] = (
            f"This CLIP model does not tell {', '.join(blind)} from the other classes on real ground either, "
            "so what it says of samples means little; other words or another model may do better."
        )
    lower = [name for name, row in classes.items() if row["lower"] and name not in blind]
    if lower:
        told = "; ".join(_against(name, classes[name]) for name in lower)
        said["synthesize.agreement-lower"] = (
            f"Samples agree with the words for their class clearly less than real ground does: {told}. No "
            "sample was rejected for that."
        )
    return said


def _against(name: str, row: dict[str, Any]) -> str:
    titles = {"score": "CLIPScore", "share": "share of its words"}
    figures = (
        f"{titles[m]} {_number(row['made'][m])} against {_number(row['real'][m])}"
        for m in row["lower"]
    )
    return f"{name} ({', '.join(figures)})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
