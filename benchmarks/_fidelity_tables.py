"""Markdown tables of measured samples: methods by lines of acceptance, and every class's agreement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from overseed.assessment.diversity import LEAST_DIVERSITY
from overseed.assessment.judges import LEAST_AGREEMENT, MOST_AGREEMENT
from overseed.assessment.sample_quality import LEAST_INSIDE, share_inside, verdicts

#: Measures of one set of samples that decide whether it fails.
Entry = Mapping[str, Any]
Figure = Callable[[Entry], float | None]


def _ratio(judge: str, name: str) -> Figure:
    return lambda entry: entry["agreement"][judge][name]


def _inside(name: str) -> Figure:
    return lambda entry: share_inside(_entries(entry, name))


def _varied(name: str) -> Figure:
    return lambda entry: entry["diversity"][name]


def _entries(entry: Entry, name: str) -> list[bool | None]:
    if entry[name] is None:
        return []
    inside = entry[name]["inside"]
    if name != "detail":
        return list(inside)
    return [value for value, own in zip(inside, entry["native"], strict=True) if own]


#: Heading, figure, and the verdict that marks it.
COLUMNS: tuple[tuple[str, Figure, str | None], ...] = (
    ("LDA / test", _ratio("lda", "ratio"), "agreement lda"),
    ("LDA / training", _ratio("lda", "ratio_training"), None),
    ("forest / test", _ratio("forest", "ratio"), "agreement forest"),
    ("forest / training", _ratio("forest", "ratio_training"), None),
    ("values inside", _inside("values"), "values"),
    ("covariance inside", _inside("covariance"), "covariance"),
    ("fine detail inside", _inside("detail"), "detail"),
    ("diversity spectra", _varied("spectra"), "diversity spectra"),
    ("diversity texture", _varied("texture"), "diversity texture"),
    ("copies", lambda entry: entry["copies"]["share"] if entry.get("copies") else None, "copies"),
)


def passes(entries: Sequence[Entry]) -> dict[str, bool | None]:
    """Verdicts of one method over its seeds: a limit holds where it holds for the mean.

    Ratios and shares are averaged before they are compared, so that one unlucky seed decides nothing.
    """
    found: dict[str, bool | None] = {}
    for judge in entries[0]["agreement"]:
        to_test, to_training = (
            mean([entry["agreement"][judge][name] for entry in entries])
            for name in ("ratio", "ratio_training")
        )
        known = [ratio for ratio in (to_test, to_training) if ratio is not None]
        above = all(entry["agreement"][judge]["above_chance"] for entry in entries)
        enough = to_test is not None and to_test >= LEAST_AGREEMENT
        found[f"agreement {judge}"] = enough and min(known) <= MOST_AGREEMENT and above
    for name in ("values", "covariance", "detail"):
        share = mean([share_inside(_entries(entry, name)) for entry in entries])
        # One figure for all bands together: inside in most of the seeds.
        least = 0.5 if name == "covariance" else LEAST_INSIDE
        found[name] = None if share is None else share >= least
    found["every class"] = not any(entry["missing"] for entry in entries)
    for name in ("spectra", "texture"):
        varied = mean([entry["diversity"][name] for entry in entries])
        found[f"diversity {name}"] = None if varied is None else varied >= LEAST_DIVERSITY
    copies = [entry["copies"]["passes"] for entry in entries if entry.get("copies")]
    found["copies"] = all(copies) if copies else None
    return found


def methods_table(groups: Mapping[tuple[str, str], Sequence[Entry]]) -> list[str]:
    """One row for each method and state (before or after the gate): mean over seeds, range, verdict."""
    heads = ["method", "gate", "seeds", *(head for head, _, _ in COLUMNS), "without", "all"]
    lines = [_row(heads), _row(["---"] * len(heads))]
    for (method, state), entries in groups.items():
        marks = passes(entries)
        cells = [method, state, str(len(entries))]
        for _, figure, verdict in COLUMNS:
            values = [figure(entry) for entry in entries]
            cells.append(_cell(values) + _mark(marks.get(verdict) if verdict else None))
        cells.append(", ".join(sorted({name for e in entries for name in e["missing"]})) or "–")
        decided = [value for value in marks.values() if value is not None]
        lines.append(_row([*cells, "pass" if decided and all(decided) else "**fail**"]))
    return lines


def kid_table(groups: Mapping[tuple[str, str], Sequence[Entry]]) -> list[str]:
    """One row for each method and encoder: KID and its interval, beside that of real against real ground.

    Over several seeds the interval reaches from the lowest to the highest end.
    """
    heads = ["method", "gate", "encoder", "KID", "5–95 %", "real against real", "5–95 %", "n"]
    lines = [_row(heads), _row(["---"] * len(heads))]
    for (method, state), entries in groups.items():
        for encoder in sorted({name for entry in entries for name in entry["kid"]}):
            found = [e["kid"][encoder] for e in entries if e["kid"].get(encoder)]
            if not found:
                continue
            cells = [method, state, encoder]
            for side in ("synthetic", "real"):
                low, high = min(f[side][1] for f in found), max(f[side][2] for f in found)
                cells.append(f"{sum(f[side][0] for f in found) / len(found):.3f}")
                cells.append(f"{low:.3f} … {high:.3f}")
            lines.append(_row([*cells, ", ".join(str(f["n"]) for f in found)]))
    return lines


def classes_table(groups: Mapping[tuple[str, str], Sequence[Entry]]) -> list[str]:
    """One row for each method, judge and class: recall on all sides, and the margin over chance."""
    sides = ("synthetic", "test", "training", "unseen")
    heads = ["method", "gate", "judge", "class", *sides, "pixels", "chance", "margin", "above"]
    lines = [_row(heads), _row(["---"] * len(heads))]
    for (method, state), entries in groups.items():
        for judge in entries[0]["agreement"]:
            answers = [entry["agreement"][judge] for entry in entries]
            for index in sorted({row["index"] for answer in answers for row in answer["classes"]}):
                rows = [r for a in answers for r in a["classes"] if r["index"] == index]
                chance = mean([answer["chance"] for answer in answers])
                above = [row["above_chance"] for row in rows]
                told = "not told on real ground either" if None in above else _yes(all(above))
                pixels = mean([row["pixels_synthetic"] for row in rows])
                lines.append(
                    _row(
                        [method, state, judge, rows[0]["name"]]
                        + [_cell([row[side] for row in rows]) for side in sides]
                        + [f"{pixels:.0f}", f"{chance:.2f}", _cell([r["margin"] for r in rows])]
                        + [told]
                    )
                )
    return lines


def single_verdicts(entry: Entry) -> str:
    """One line for one set of samples, while a long series is running."""
    return ", ".join(
        f"{name} {'–' if value is None else _yes(value)}" for name, value in verdicts(entry).items()
    )


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of what is known; ``None`` without any."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _cell(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    text = f"{sum(known) / len(known):.2f}"
    return text if len(known) == 1 else f"{text} ({min(known):.2f}…{max(known):.2f})"


def _mark(verdict: bool | None) -> str:
    return "" if verdict is None else " ✓" if verdict else " ✗"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
