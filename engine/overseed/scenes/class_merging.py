"""Which class values are one class, and which code each class has: what a person's rows come to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from overseed.errors import InputError

HIGHEST_CODE = 255


@dataclass(frozen=True)
class Entry:
    """One value's line of the table to be: what a person gave for it, and what it has otherwise."""

    value: str
    given: Mapping[str, str]
    default: Mapping[str, str]

    @property
    def name(self) -> str:
        """The class's name: the person's, else the labels' own, else the value."""
        return self.given.get("name") or self.default.get("name") or self.value

    @property
    def label(self) -> str:
        """How to point a person to it."""
        return f"row {self.given['row']}" if "row" in self.given else f"value '{self.value}'"


def entries_of(
    values: Sequence[str],
    overrides: Mapping[str, Mapping[str, str]],
    defaults: Mapping[str, Mapping[str, str]],
) -> list[Entry]:
    """Put together what is known of each value."""
    names = [defaults.get(value, {}).get("name") for value in values]
    entries = []
    for value, name in zip(values, names, strict=True):
        default = dict(defaults.get(value, {}))
        if name and names.count(name) > 1:
            # Only a person may merge: a file that calls two codes the same is told apart.
            default["name"] = f"{name} ({value})"
        entries.append(Entry(value, overrides.get(value, {}), default))
    return entries


def grouped(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Entries of one class together, in the order of their first ones.

    Those with one name are one class; an entry without a name from a person also joins by its code.

    Raises
    ------
    InputError
        ``classes.contradiction`` when the rows of one class differ in code, colour or rarity, or two
        classes with names share a code.
    """
    groups: list[list[Entry]] = []
    by_name: dict[str, list[Entry]] = {}
    by_code: dict[str, list[Entry]] = {}
    # Rows with a name go first, so that a row with only a code finds the class that it belongs to.
    for entry in sorted(entries, key=lambda e: not e.given.get("name")):
        code = entry.given.get("code", "")
        group = by_name.get(entry.name)
        if group is None and code and not entry.given.get("name"):
            group = by_code.get(code)
        if group is None:
            group = []
            groups.append(group)
        group.append(entry)
        by_name.setdefault(entry.name, group)
        if code:
            by_code.setdefault(code, group)
    position = {entry.value: number for number, entry in enumerate(entries)}
    for group in groups:
        group.sort(key=lambda entry: position[entry.value])
    groups.sort(key=lambda group: position[group[0].value])
    _refuse_contradictions(groups)
    return groups


def stated(group: Sequence[Entry], column: str) -> str:
    """What a person said of a class in a column, else what the labels say, else nothing."""
    given = (entry.given.get(column) for entry in group)
    default = (entry.default.get(column) for entry in group)
    return next((text for text in (*given, *default) if text), "")


def is_code(value: str) -> bool:
    """Whether a text is a whole number from 1 to 255."""
    return re.fullmatch(r"[0-9]+", value) is not None and 1 <= int(value) <= HIGHEST_CODE


def name_of(group: Sequence[Entry]) -> str:
    """The name of a class: the first that a person gave, else its first value's."""
    return next((e.given["name"] for e in group if e.given.get("name")), group[0].name)


def codes_of(groups: Sequence[Sequence[Entry]], keep: set[str]) -> list[int]:
    """A code for each class: the stated one, the value for those of ``keep``, else the next free one.

    Raises
    ------
    InputError
        ``classes.repeated-code`` when a kept value is another class's stated code.
    """
    codes: list[int | None] = []
    for group in groups:
        numbers = [entry.value for entry in group if entry.value in keep]
        text = stated(group, "code") or (numbers[0] if numbers else "")
        codes.append(int(text) if text else None)
    taken = [code for code in codes if code is not None]
    repeated = sorted({code for code in taken if taken.count(code) > 1})
    if repeated:
        names = [name_of(g) for g, code in zip(groups, codes, strict=True) if code == repeated[0]]
        raise InputError(
            "classes.repeated-code",
            f"The classes {' and '.join(names)} have the same code, {repeated[0]}.",
            "Give each class its own code in the class table.",
        )
    # Text counts in table order; where whole numbers are kept, what has none takes the lowest one left.
    for index, code in enumerate(codes):
        if code is None:
            wanted = range(1 if keep else index + 1, HIGHEST_CODE + 1)
            free = (c for c in (*wanted, *range(1, HIGHEST_CODE + 1)) if c not in taken)
            codes[index] = next(free)
            taken.append(codes[index] or 0)
    return [code or 0 for code in codes]


def _refuse_contradictions(groups: Sequence[Sequence[Entry]]) -> None:
    for group in groups:
        for column in ("code", "colour", "rare"):
            said = {e.given[column].lower(): e for e in group if e.given.get(column)}
            if len(said) > 1:
                rows = " and ".join(f"{e.label} ({text})" for text, e in said.items())
                raise InputError(
                    "classes.contradiction",
                    f"The class table merges {rows} into the class '{name_of(group)}', but each has "
                    f"its own {column}.",
                    f"Leave the {column} empty in all but one of these rows.",
                )
    by_code: dict[str, tuple[Entry, Sequence[Entry]]] = {}
    for group in groups:
        for entry in group:
            code = entry.given.get("code")
            if not code:
                continue
            first, other = by_code.setdefault(code, (entry, group))
            if other is not group:
                raise InputError(
                    "classes.contradiction",
                    f"The class table gives the code {code} to {first.label} ('{name_of(other)}') and "
                    f"{entry.label} ('{name_of(group)}').",
                    "Give them one name to merge them, or different codes to keep them apart.",
                )
