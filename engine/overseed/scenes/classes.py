"""Class tables: code, name, colour and rarity of each class, and their CSV form."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from overseed.errors import InputError
from overseed.files import write_text

UNLABELLED = 255
COLUMNS = ("code", "name", "colour", "rare", "value", "pixels", "polygons", "share")

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
    """One class. ``value`` is what the class field holds; ``pixels`` and ``polygons`` are its labels."""

    index: int
    code: int
    name: str
    colour: str
    rare: bool
    value: str
    pixels: int = 0
    polygons: int = 0


@dataclass(frozen=True)
class ClassTable:
    """The classes in the order of their indices 0…K−1."""

    classes: tuple[LandClass, ...]

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
    values: Sequence[str], overrides: Mapping[str, Mapping[str, str]] | None = None
) -> ClassTable:
    """Make a table from the distinct values of a class field.

    Whole numbers from 1 to 255 keep their value as code; other values are numbered in table order, which
    is the order of ``overrides`` and then that of ``values``.

    Raises
    ------
    InputError
        ``classes.too-many``, ``classes.repeated-code`` or ``classes.repeated-name``.
    """
    overrides = overrides or {}
    ordered = [v for v in overrides if v in set(values)] + [v for v in values if v not in overrides]
    if len(ordered) > UNLABELLED:
        raise InputError(
            "classes.too-many",
            f"The labels hold {len(ordered)} classes; Overseed takes at most {UNLABELLED}.",
            "Choose another class field or merge classes.",
        )
    keep_numbers = all(v.isdigit() and 1 <= int(v) <= 255 for v in ordered)
    classes: list[LandClass] = []
    for index, value in enumerate(ordered):
        given = overrides.get(value, {})
        name = given.get("name") or value
        code = int(given.get("code") or (value if keep_numbers else index + 1))
        classes.append(
            LandClass(
                index=index,
                code=code,
                name=name,
                colour=given.get("colour") or "",
                rare=given.get("rare", "") == "yes",
                value=value,
            )
        )
    _refuse_repeats("code", [str(c.code) for c in classes])
    _refuse_repeats("name", [c.name for c in classes])
    return ClassTable(_with_colours(classes))


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
            if self.by_value.get(c.value) in ("yes", "no"):
                return self.by_value[c.value] == "yes"
            return 0 < count / total < self.below

        return ClassTable(
            tuple(replace(c, rare=rare(c, n)) for c, n in zip(table.classes, pixels, strict=True))
        )


def with_counts(table: ClassTable, pixels: Sequence[int], polygons: Sequence[int]) -> ClassTable:
    """Fill in label pixels and polygons."""
    return ClassTable(
        tuple(
            replace(c, pixels=int(count), polygons=int(number))
            for c, count, number in zip(table.classes, pixels, polygons, strict=True)
        )
    )


def read_overrides(path: Path) -> dict[str, dict[str, str]]:
    """Read a class table that a person wrote: rows by value, with what they set.

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
            "Its columns are value, name, code, colour, rare; all but value may be missing.",
        )
    overrides = {}
    for number, row in enumerate(rows, start=2):
        clean = {key: (text or "").strip() for key, text in row.items() if key}
        _check_row(path, number, clean)
        overrides[clean["value"]] = clean
    return overrides


def write_classes(table: ClassTable, path: Path) -> None:
    """Write a class table as CSV, atomically; the columns are ``COLUMNS``."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for c, share in zip(table.classes, table.shares, strict=True):
        rare = "yes" if c.rare else "no"
        writer.writerow(
            [c.code, c.name, c.colour, rare, c.value, c.pixels, c.polygons, f"{share:.6f}"]
        )
    write_text(path, buffer.getvalue())


def read_classes(path: Path) -> ClassTable:
    """Read a class table that :func:`write_classes` wrote."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return ClassTable(
        tuple(
            LandClass(
                index=index,
                code=int(row["code"]),
                name=row["name"],
                colour=row["colour"],
                rare=row["rare"] == "yes",
                value=row["value"],
                pixels=int(row["pixels"]),
                polygons=int(row["polygons"]),
            )
            for index, row in enumerate(rows)
        )
    )


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
    if code and not (code.isdigit() and 1 <= int(code) <= 255):
        refuse("code", "a whole number from 1 to 255")
    if row.get("colour") and not re.fullmatch(r"#[0-9a-fA-F]{6}", row["colour"]):
        refuse("colour", "a colour like #1b9e77")
    if row.get("rare", "") not in ("", "yes", "no"):
        refuse("rare", "yes or no")


def _refuse_repeats(what: str, values: Sequence[str]) -> None:
    repeated = {v for v in values if values.count(v) > 1}
    if repeated:
        raise InputError(
            f"classes.repeated-{what}",
            f"Two classes have the same {what}: {', '.join(sorted(repeated))}.",
            f"Give each class its own {what} in the class table.",
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
