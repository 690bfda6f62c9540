"""Class tables: code, name, colour and rarity of each class, and their CSV form."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from overseed.csv_tables import as_csv, plain
from overseed.errors import InputError
from overseed.files import write_text
from overseed.scenes.class_merging import (
    Entry,
    codes_of,
    entries_of,
    grouped,
    is_code,
    name_of,
    stated,
)
from overseed.unlabelled import UNLABELLED

COLUMNS = ("code", "name", "colour", "rare", "value", "use", "pixels", "polygons", "share")
#: What a row's ``use`` may say: a class, as if its labels were not there, or ground without a label.
USES = ("yes", "drop", "unlabelled")
REST_COLOUR = "#c8c8c8"

#: Okabe & Ito (2008) without black, then Tol's (2021) muted scheme: told apart by colour-blind readers.
PALETTE = (
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#999999",
    "#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499",
)  # fmt: skip

#: Colours that map readers expect, by a word in the class's name; distinct for colour-blind readers too.
EXPECTED = (
    (r"water|lake|river|wasser|sea", "#0072b2"),
    (r"forest|wood|wald|tree", "#1b6e3c"),
    (r"residential|urban|develop|built|settle|siedlung|building", "#c44e52"),
    (r"farm|crop|cultivat|grain|arable|acker", "#f0d264"),
    (r"meadow|pasture|wiese|herbaceous", "#8fd175"),
    (r"wetland|marsh|swamp|moor", "#5fc8c8"),
    (r"scrub|shrub|heath", "#a6761d"),
    (r"barren|rock|sand|bare", "#b8a99a"),
    (r"orchard|vineyard", "#8e5ea2"),
    (r"grass|lawn|park", "#e377c2"),
)


@dataclass(frozen=True)
class LandClass:
    """One class. ``values`` are what the class field holds; ``pixels`` and ``polygons`` are its labels."""

    index: int
    code: int
    name: str
    colour: str
    rare: bool
    values: tuple[str, ...]
    pixels: int = 0
    polygons: int = 0


@dataclass(frozen=True)
class ClassTable:
    """The classes in the order of their indices 0…K−1.

    ``unlabelled`` are class values that mean "no label here", ``dropped`` those that count as not there.
    """

    classes: tuple[LandClass, ...]
    unlabelled: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def names(self) -> list[str]:
        return [c.name for c in self.classes]

    @property
    def codes(self) -> list[int]:
        return [c.code for c in self.classes]

    @property
    def colours(self) -> list[str]:
        return [c.colour for c in self.classes]

    @property
    def rare_indices(self) -> list[int]:
        return [c.index for c in self.classes if c.rare]

    @property
    def shares(self) -> list[float]:
        """Share of each class in the labelled pixels; all zero when there are none."""
        total = sum(c.pixels for c in self.classes)
        return [c.pixels / total if total else 0.0 for c in self.classes]

    @property
    def index_of_value(self) -> dict[str, int]:
        """Class index of each class value, 255 for those that mean "no label here"; dropped ones lack."""
        indices = {value: c.index for c in self.classes for value in c.values}
        return indices | dict.fromkeys(self.unlabelled, UNLABELLED)

    def index_of(self, name: str) -> int:
        """Raises ``InputError`` ``classes.unknown`` when no class has that name."""
        if name not in self.names:
            raise InputError(
                "classes.unknown",
                f"There is no class '{name}'.",
                f"The classes are: {', '.join(self.names)}.",
            )
        return self.names.index(name)


def build_table(
    values: Sequence[str],
    overrides: Mapping[str, Mapping[str, str]] | None = None,
    defaults: Mapping[str, Mapping[str, str]] | None = None,
    *,
    known: Collection[str] = (),
    rest: str | None = None,
) -> ClassTable:
    """Make a table from the distinct values of a class field.

    Rows that have the same name become one class, and so do rows with the same code where not both have a
    name. Whole numbers from 1 to 255 keep their value as code (the first, of a merged class); other classes
    are numbered in table order, which is the order of ``overrides`` and then that of ``values``.

    Parameters
    ----------
    values:
        The class values that occur on the scenes.
    overrides:
        What a person's table says, by value: see :func:`read_overrides`.
    defaults:
        ``name``, ``code`` and ``colour`` that the labels themselves give, by value; ``overrides`` go first.
    known:
        Values that exist elsewhere in the labels; ``overrides`` may name them too.
    rest:
        Value and name of the class for all ground outside the labels; a class of its own when no other
        class has that name, and then the last.

    Raises
    ------
    InputError
        ``classes.unknown-value``, ``classes.contradiction``, ``classes.none``, ``classes.too-many`` or
        ``classes.repeated-code``.
    """
    overrides = overrides or {}
    _refuse_unknown(overrides, {*values, *known, *([rest] if rest else [])})
    present = [*values, *([rest] if rest and rest not in values else [])]
    ordered = [v for v in overrides if v in set(present)]
    ordered += [v for v in present if v not in overrides]
    if rest and rest not in values:
        ordered.sort(key=lambda value: value == rest)
    use = {v: overrides.get(v, {}).get("use") or "yes" for v in ordered}
    entries = entries_of([v for v in ordered if use[v] == "yes"], overrides, defaults or {})
    groups = grouped(entries)
    _refuse_count(len(groups))
    numbered = [v for v in ordered if use[v] == "yes" and (v != rest or v in values)]
    codes = codes_of(groups, keep=set(numbered) if all(map(is_code, numbered)) else set())
    classes = [
        _land_class(index, code, group, rest if rest not in values else None)
        for index, (code, group) in enumerate(zip(codes, groups, strict=True))
    ]
    return ClassTable(
        _with_colours(classes),
        unlabelled=tuple(v for v in ordered if use[v] == "unlabelled"),
        dropped=tuple(v for v in ordered if use[v] == "drop"),
    )


def sorted_values(values: Iterable[str]) -> list[str]:
    """Class values in the order of a table: numbers by size (negative ones too), then text."""

    def key(value: str) -> tuple[bool, int, str]:
        number = re.fullmatch(r"-?[0-9]+", value) is not None
        return not number, int(value) if number else 0, value

    return sorted(values, key=key)


@dataclass(frozen=True)
class Rarity:
    """Which classes are rare: those in ``names``; without names, those below a share of the labels.

    A class table's own ``yes`` or ``no`` (``by_value``) goes before the share. A class without any pixel is
    not rare but absent.
    """

    below: float
    names: tuple[str, ...] = ()
    by_value: Mapping[str, str] = field(default_factory=dict)

    def decide(self, table: ClassTable, pixels: Sequence[int]) -> ClassTable:
        """The table with ``rare`` decided by label pixels per class; raises like ``index_of``."""
        for name in self.names:
            table.index_of(name)
        total = max(1, sum(pixels))

        def rare(c: LandClass, count: int) -> bool:
            if self.names:
                return c.name in self.names
            said = {self.by_value.get(value, "") for value in c.values}
            if said & {"yes", "no"}:
                return "yes" in said
            return 0 < count / total < self.below

        classes = tuple(
            replace(c, rare=rare(c, n)) for c, n in zip(table.classes, pixels, strict=True)
        )
        return replace(table, classes=classes)


def with_counts(table: ClassTable, pixels: Sequence[int], polygons: Sequence[int]) -> ClassTable:
    """Fill in label pixels and polygons."""
    classes = tuple(
        replace(c, pixels=int(count), polygons=int(number))
        for c, count, number in zip(table.classes, pixels, polygons, strict=True)
    )
    return replace(table, classes=classes)


def read_overrides(path: Path) -> dict[str, dict[str, str]]:
    """Read a class table that a person wrote: rows by value, with what they set.

    The columns are value, name, code, colour, rare (yes or no) and use (``USES``); all but value may be
    missing, and others are passed over. Each row also has its line number, ``row``.

    Raises
    ------
    InputError
        ``classes.unreadable`` or ``classes.bad-row`` with the row and the column at fault.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "classes.unreadable",
            f"The class table {path} cannot be read ({error}).",
            "Give a CSV file in UTF-8, for example one from 'overseed inspect --write-classes'.",
        ) from error
    if rows and "value" not in rows[0]:
        raise InputError(
            "classes.unreadable",
            f"The class table {path} has no column 'value'.",
            "Its columns are value, name, code, colour, rare, use; all but value may be missing.",
        )
    overrides: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        clean = {key: plain((text or "").strip()) for key, text in row.items() if key}
        _check_row(path, number, clean)
        if clean["value"] in overrides:
            raise InputError(
                "classes.bad-row",
                f"{path}, row {number}: value '{clean['value']}' already has row "
                f"{overrides[clean['value']]['row']}.",
                "Keep one row for each value.",
            )
        code = clean.get("code")
        whole = {"code": str(int(code))} if code else {}
        overrides[clean["value"]] = clean | whole | {"row": str(number)}
    return overrides


def write_classes(table: ClassTable, path: Path) -> None:
    """Write a class table as CSV, atomically; the columns are ``COLUMNS``, with a row for each value.

    A class of several values has its pixels, polygons and share in its first row.
    """
    rows: list[Sequence[object]] = [COLUMNS]
    for c, share in zip(table.classes, table.shares, strict=True):
        counts: tuple[object, ...] = (c.pixels, c.polygons, f"{share:.6f}")
        for value in c.values:
            rare = "yes" if c.rare else "no"
            rows.append([c.code, c.name, c.colour, rare, value, "yes", *counts])
            counts = ("", "", "")
    for use, values in (("unlabelled", table.unlabelled), ("drop", table.dropped)):
        rows += [["", "", "", "", value, use, "", "", ""] for value in values]
    write_text(path, as_csv(rows))


def read_classes(path: Path) -> ClassTable:
    """Read a class table that :func:`write_classes` wrote.

    Raises
    ------
    KeyError, ValueError
        When it was not.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [{key: plain(text) for key, text in row.items()} for row in csv.DictReader(stream)]
    by_code: dict[str, list[dict[str, str]]] = {}
    aside: dict[str, list[str]] = {"unlabelled": [], "drop": []}
    for row in rows:
        if row.get("use") in aside:
            aside[row["use"]].append(row["value"])
        else:
            by_code.setdefault(row["code"], []).append(row)
    classes = tuple(
        LandClass(
            index=index,
            code=int(code),
            name=group[0]["name"],
            colour=group[0]["colour"],
            rare=group[0]["rare"] == "yes",
            values=tuple(row["value"] for row in group),
            pixels=int(group[0]["pixels"]),
            polygons=int(group[0]["polygons"]),
        )
        for index, (code, group) in enumerate(by_code.items())
    )
    return ClassTable(classes, tuple(aside["unlabelled"]), tuple(aside["drop"]))


def _check_row(path: Path, number: int, row: Mapping[str, str]) -> None:
    def refuse(column: str, wanted: str) -> None:
        raise InputError(
            "classes.bad-row",
            f"{path}, row {number}: {column} '{row.get(column, '')}' is not {wanted}.",
            "Mend the row or leave the cell empty.",
        )

    if not row.get("value"):
        refuse("value", "a class value")
    code = row.get("code", "")
    if code and not is_code(code):
        refuse("code", "a whole number from 1 to 255")
    if row.get("colour") and not re.fullmatch(r"#[0-9a-fA-F]{6}", row["colour"]):
        refuse("colour", "a colour like #1b9e77")
    if row.get("rare", "") not in ("", "yes", "no"):
        refuse("rare", "yes or no")
    if row.get("use", "") not in ("", *USES):
        refuse("use", "yes, drop or unlabelled")


def _land_class(index: int, code: int, group: Sequence[Entry], rest: str | None) -> LandClass:
    colour = stated(group, "colour")
    if not colour and [entry.value for entry in group] == [rest]:
        colour = REST_COLOUR
    return LandClass(
        index=index,
        code=code,
        name=name_of(group),
        colour=colour,
        rare=stated(group, "rare") == "yes",
        values=tuple(entry.value for entry in group),
    )


def _refuse_unknown(overrides: Mapping[str, Mapping[str, str]], known: Collection[str]) -> None:
    unknown = [value for value in overrides if value not in known]
    if unknown:
        row = overrides[unknown[0]].get("row")
        more = f" (nor {len(unknown) - 1} more of its values)" if len(unknown) > 1 else ""
        listed = sorted_values(known)
        cut = f" and {len(listed) - 50} more" if len(listed) > 50 else ""
        # What someone writes who has a mask of zeros and ones.
        zero = (
            " Code 0 of a label raster means unclassified; --rest-as NAME makes that ground a class."
            if "0" in unknown
            else ""
        )
        raise InputError(
            "classes.unknown-value",
            f"The class table names the class value '{unknown[0]}'{f' in row {row}' if row else ''}, "
            f"which the labels do not hold{more}.",
            f"Their values are: {', '.join(listed[:50])}{cut}.{zero}",
        )


def _refuse_count(classes: int) -> None:
    if not classes:
        raise InputError(
            "classes.none",
            "The class table leaves no class: it drops every value or makes it unlabelled.",
            "Set use to yes for the classes to map.",
        )
    if classes > UNLABELLED:
        raise InputError(
            "classes.too-many",
            f"The labels hold {classes} classes; Overseed takes at most {UNLABELLED}.",
            "Choose another class field, or merge classes by giving them one name in a class table.",
        )


def _with_colours(classes: list[LandClass]) -> tuple[LandClass, ...]:
    """Give each class without a colour the expected one, or the next free one of the palette."""
    used = {c.colour for c in classes if c.colour}
    coloured = []
    for c in classes:
        colour = c.colour.lower()
        if not colour:
            expected = (
                shade for words, shade in EXPECTED if re.search(words, c.name, re.IGNORECASE)
            )
            free = (shade for shade in (*expected, *PALETTE, *_more_colours()) if shade not in used)
            colour = next(free)
            used.add(colour)
        coloured.append(replace(c, colour=colour))
    return tuple(coloured)


def _more_colours() -> list[str]:
    """Colours for tables larger than the palettes: hues in golden-angle steps."""
    import colorsys

    shades = []
    for i in range(UNLABELLED):
        red, green, blue = colorsys.hls_to_rgb((i * 0.381966) % 1, 0.35 + 0.3 * (i % 3) / 2, 0.6)
        shades.append(f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}")
    return shades
