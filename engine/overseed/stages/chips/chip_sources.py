"""What `chips prepare` is given, as a list: folders of classes, or a table of files."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

from overseed.chips.chip_set import NO_CLUSTER
from overseed.csv_tables import plain
from overseed.errors import InputError

#: Columns of a table; the first two must be there.
COLUMNS = ("file", "class", "cluster", "region", "group", "x", "y")
#: Files that lie beside pictures and are none.
BESIDE = frozenset(
    ".aux .box .cpg .csv .db .dbf .doc .docx .gfw .html .ini .jgw .jpgw .json .log .md .msk .ovr .pdf .pgw "
    ".pngw .prj .py .rst .tab .tfw .tifw .txt .wld .xls .xlsx .xml .yaml .yml".split()
)
#: Names of folders that part chips into sides instead of classes.
SIDE_NAMES = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})


@dataclass(frozen=True)
class ChipEntry:
    """One chip to be: ``name`` for tables, its class as text, and what else is said of it.

    ``where`` points a person to it. ``xy`` is its centre in the CRS of the table.
    """

    name: str
    value: str
    where: str
    path: Path | None = None
    cluster: int = NO_CLUSTER
    region: str = ""
    group: str | None = None
    xy: tuple[float, float] | None = None


def from_folder(folder: Path) -> list[ChipEntry]:
    """The rasters in a folder's folders, in the order of their names; each is of its folder's class.

    Raises
    ------
    InputError
        ``chips.folder``, ``chips.no-class-folders``, ``chips.split-folders`` or ``chips.empty-class``.
    """
    if not folder.is_dir():
        raise InputError(
            "chips.folder",
            f"There is no folder {folder}.",
            "Give the folder that holds one folder of chips for each class.",
        )
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not classes:
        raise InputError(
            "chips.no-class-folders",
            f"The folder {folder} holds no folders, so the classes of its chips are not known.",
            "Put the chips of each class into a folder with the class's name, or list them in a --table.",
        )
    if {path.name.lower() for path in classes} <= SIDE_NAMES:
        raise InputError(
            "chips.split-folders",
            f"The folders in {folder} ({', '.join(p.name for p in classes)}) are no classes but sides of a "
            "split.",
            "Give a folder with one folder for each class; Overseed makes the split itself.",
        )
    entries = []
    for path in classes:
        found = sorted(p for p in path.rglob("*") if p.is_file() and _is_picture(p, path))
        if not found:
            raise InputError(
                "chips.empty-class",
                f"The class folder {path} holds no rasters.",
                "Put chips into it or remove it.",
            )
        entries += [
            ChipEntry(file.relative_to(folder).as_posix(), path.name, str(file), file)
            for file in found
        ]
    return entries


def from_table(table: Path) -> list[ChipEntry]:
    """The rows of a table of files.

    Raises
    ------
    InputError
        ``chips.table``, ``chips.table-column``, ``chips.table-row`` (which names the row and what is wrong) or
        ``chips.none``.
    """
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "chips.table",
            f"The table {table} cannot be read ({_reason(error)}).",
            "Give a CSV file in UTF-8 with the columns file and class.",
        ) from error
    head = text.partition("\n")[0]
    # Spreadsheets of many countries part columns by semicolons.
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ",")
    columns = [name.strip() for name in reader.fieldnames or []]
    _check_columns(table, columns)
    reader.fieldnames = columns
    entries: list[ChipEntry] = []
    rows: dict[Path, int] = {}
    for row in reader:
        number = reader.line_num
        entry = _entry(table, number, row)
        assert entry.path is not None
        if entry.path in rows:
            raise _bad_row(
                table,
                number,
                f"{entry.name} is already in row {rows[entry.path]}",
                "Keep one row for each file.",
            )
        rows[entry.path] = number
        entries.append(entry)
    if not entries:
        raise InputError(
            "chips.none", f"The table {table} has no rows.", "List one chip a row, file and class."
        )
    return entries


def group_keys(entries: list[ChipEntry], pattern: str | None) -> list[str | None]:
    """What a regular expression finds in each file's name; ``None`` where it finds nothing.

    That are its groups where it has some, else all that it matches.

    Raises
    ------
    InputError
        ``chips.group-by`` when it finds nothing in any name.
    """
    if pattern is None:
        return [None] * len(entries)
    keys: list[str | None] = []
    for entry in entries:
        found = re.search(pattern, Path(entry.name).name)
        keys.append(None if found is None else "\0".join(map(str, found.groups() or (found[0],))))
    if not any(key is not None for key in keys):
        raise InputError(
            "chips.group-by",
            f"--group-by {pattern} matches no file name, such as {Path(entries[0].name).name}.",
            "Write a regular expression for the part of the name that chips of one picture share.",
        )
    return keys


def _is_picture(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.suffix.lower() not in BESIDE


def _check_columns(table: Path, columns: list[str]) -> None:
    listed = ", ".join(COLUMNS)
    missing = [name for name in COLUMNS[:2] if name not in columns]
    if missing:
        raise InputError(
            "chips.table-column",
            f"The table {table} has no column '{missing[0]}'.",
            f"Its first line names the columns: {listed}; all but file and class may be missing.",
        )
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise InputError(
            "chips.table-column",
            f"The table {table} has a column '{unknown[0]}', which means nothing here.",
            f"Remove or rename it; columns are {listed}.",
        )
    twice = [name for name in columns if columns.count(name) > 1]
    if twice or ("x" in columns) != ("y" in columns):
        raise InputError(
            "chips.table-column",
            f"The table {table} has the column '{twice[0]}' twice."
            if twice
            else f"The table {table} has one of the columns x and y without the other.",
            f"Columns are {listed}, each once.",
        )


def _entry(table: Path, number: int, row: dict[str, str | None]) -> ChipEntry:
    if None in row or None in row.values():
        raise _bad_row(
            table,
            number,
            "it has another number of cells than the first line",
            "Put texts with commas in double quotes.",
        )
    cells = {name: plain((text or "").strip()) for name, text in row.items()}
    name, value = cells["file"], cells["class"]
    for column in COLUMNS[:2]:
        if not cells[column]:
            raise _bad_row(table, number, f"{column} is empty", "Fill the cell or remove the row.")
    path = table.parent / name
    if not path.is_file():
        raise _bad_row(
            table,
            number,
            f"there is no file {path}",
            "Write files as they lie from the table's own folder.",
        )
    cluster = cells.get("cluster", "")
    if cluster and not re.fullmatch(r"[0-9]{1,9}", cluster):
        raise _bad_row(
            table,
            number,
            f"the cluster '{cluster}' is not a whole number from 0",
            "Number the clusters, or leave the cell empty.",
        )
    return ChipEntry(
        name=Path(name).as_posix(),
        value=value,
        where=f"{path} (row {number} of {table.name})",
        path=path,
        cluster=int(cluster) if cluster else NO_CLUSTER,
        region=cells.get("region", ""),
        group=cells.get("group") or None,
        xy=_coordinates(table, number, cells.get("x", ""), cells.get("y", "")),
    )


def _coordinates(table: Path, number: int, x: str, y: str) -> tuple[float, float] | None:
    if not x and not y:
        return None
    try:
        found = float(x), float(y)
    except ValueError:
        found = math.nan, math.nan
    if not all(map(math.isfinite, found)):
        raise _bad_row(
            table,
            number,
            f"x '{x}' and y '{y}' are not two numbers",
            "Give both with a point for the decimals, or leave both empty.",
        )
    return found


def _bad_row(table: Path, number: int, what: str, hint: str) -> InputError:
    return InputError("chips.table-row", f"{table}, row {number}: {what}.", hint)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it is not UTF-8")
