"""Samples of points as files: a GeoPackage that remembers how they were drawn, and what interpreters need.

The layer that people fill in has nothing but numbers and empty fields, since who knows what the map says is no
independent witness. How the points were drawn stands in layers without geometries beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.files import whole, write_text
from overseed.scenes.points import Points, read_points, read_table
from overseed.scenes.rasters import RasterInfo

POINTS, DRAWN, STRATA, ABOUT = "points", "drawn", "strata", "about"
REFERENCE, NOTE = "reference", "note"


@dataclass(frozen=True)
class Stratum:
    """A part of a map that points were drawn in: the pixels of ``codes``; ``area`` is in square metres."""

    name: str
    codes: tuple[int, ...]
    pixels: int
    area: float


@dataclass(frozen=True)
class DrawnSample:
    """How points were drawn.

    ``numbers`` ``(n,)`` name the points, ``stratum`` is each one's stratum, ``places`` ``(n, 2)`` row and
    column of its pixel. ``about`` holds the design, the map's grid and name, and the seed.
    """

    strata: tuple[Stratum, ...]
    numbers: NDArray[np.int64]
    stratum: NDArray[np.int64]
    places: NDArray[np.int64]
    about: dict[str, Any]

    @property
    def ground(self) -> float:
        """Area in square metres that the sample speaks for."""
        return float(sum(stratum.area for stratum in self.strata))


def write_sample(
    path: Path,
    sample: DrawnSample,
    info: RasterInfo,
    reference: Sequence[str | None],
    notes: Sequence[str | None],
) -> None:
    """Write a sample's GeoPackage; the points lie in the middle of their pixels, in the map's CRS."""
    import pyogrio
    import shapely

    t = info.transform
    row, column = sample.places.T + 0.5
    x, y = t.a * column + t.b * row + t.c, t.d * column + t.e * row + t.f

    def add(layer: str, fields: dict[str, Any], geometry: Any = None) -> None:
        pyogrio.raw.write(
            str(partial), geometry, list(fields.values()), list(fields), layer=layer, driver="GPKG",
            geometry_type=None if geometry is None else "Point", crs=info.crs_wkt or None,
            append=partial.exists(),
            # The points are filled in with QGIS, also with an older one.
            dataset_options={} if partial.exists() else {"VERSION": "1.2"},
        )  # fmt: skip

    def texts(values: Sequence[Any]) -> NDArray[Any]:
        found = np.empty(len(values), object)
        found[:] = values
        return found

    with whole(path) as partial:
        add(
            POINTS,
            {"id": sample.numbers, REFERENCE: texts(reference), NOTE: texts(notes)},
            shapely.to_wkb(shapely.points(x, y)),
        )
        add(
            DRAWN,
            {
                "id": sample.numbers,
                "stratum": texts([sample.strata[index].name for index in sample.stratum]),
                "row": sample.places[:, 0],
                "column": sample.places[:, 1],
            },
        )
        add(
            STRATA,
            {
                "stratum": texts([s.name for s in sample.strata]),
                "codes": texts([",".join(map(str, s.codes)) for s in sample.strata]),
                "pixels": np.array([s.pixels for s in sample.strata], np.int64),
                "square_metres": np.array([s.area for s in sample.strata], float),
                "points": np.bincount(sample.stratum, minlength=len(sample.strata)),
            },
        )
        add(
            ABOUT,
            {
                "key": texts(list(sample.about)),
                "value": texts([json.dumps(v, ensure_ascii=False) for v in sample.about.values()]),
            },
        )


def read_sample(source: str) -> tuple[Points, DrawnSample | None]:
    """Read a layer of points, and how they were drawn where that is noted in the same file.

    Raises
    ------
    InputError
        What :func:`~overseed.scenes.points.read_points` refuses, or ``sample.damaged`` when what is noted does
        not fit together.
    """
    points = read_points(source)
    tables = {name: read_table(points.path, name) for name in (DRAWN, STRATA, ABOUT)}
    if any(table is None for table in tables.values()):
        return points, None
    drawn, strata, about = (tables[name] or {} for name in (DRAWN, STRATA, ABOUT))
    try:
        names = [str(name) for name in strata["stratum"]]
        sample = DrawnSample(
            strata=tuple(
                Stratum(name, tuple(map(int, str(codes).split(","))), int(pixels), float(area))
                for name, codes, pixels, area in zip(
                    names, strata["codes"], strata["pixels"], strata["square_metres"], strict=True
                )
            ),
            numbers=np.asarray(drawn["id"], np.int64),
            stratum=np.array([names.index(str(name)) for name in drawn["stratum"]], np.int64),
            places=np.column_stack([drawn["row"], drawn["column"]]).astype(np.int64),
            about={
                str(key): json.loads(value)
                for key, value in zip(about["key"], about["value"], strict=True)
            },
        )
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            "sample.damaged",
            f"What {points.path} says about how its points were drawn does not fit together ({error}).",
            "Fill in the fields of the layer 'points' alone, or give --design.",
        ) from error
    return points, sample


def write_instructions(path: Path, names: Sequence[str], pixel: str, count: int) -> None:
    """A page for the people who say what is there."""
    classes = "\n".join(f"* {name}" for name in names)
    write_text(
        path,
        f"""# What to do with these {count} points

Say for each point what is really on the ground there. Somebody wants to know how accurate a map is, and your
answers decide it, so they must not come from the map: do not look at it before you are done.

1. Open the layer `{POINTS}` in QGIS, beside imagery that is better than what the map was made from and of about
   the same date, or go there.
2. Look at the pixel around the point, a square of {pixel} with the point in its middle, not at the point alone.
   Write the class that covers most of it into the field `{REFERENCE}`, spelled as below.
3. Where you cannot tell, leave `{REFERENCE}` empty and say why in `{NOTE}`. Do not guess, and do not move or
   delete points: leaving out the difficult ones makes a map look better than it is.
4. Work in the order of `id`. The points are shuffled, so that whatever part is done is a fair sample.

The classes:

{classes}

The other layers of the file note how the points were drawn and are needed afterwards; please leave them alone.
""",
    )


def write_form(path: Path, names: Sequence[str]) -> None:
    """A style for QGIS in which the field for the class is a list to choose from."""
    root = ElementTree.Element("qgis", version="3.22.0", styleCategories="Fields|Forms")
    fields = ElementTree.SubElement(root, "fieldConfiguration")
    field = ElementTree.SubElement(fields, "field", name=REFERENCE)
    widget = ElementTree.SubElement(field, "editWidget", type="ValueMap")
    config = ElementTree.SubElement(widget, "config")
    outer = ElementTree.SubElement(config, "Option", type="Map")
    entries = ElementTree.SubElement(outer, "Option", type="List", name="map")
    for name in names:
        entry = ElementTree.SubElement(entries, "Option", type="Map")
        ElementTree.SubElement(entry, "Option", type="QString", name=name, value=name)
    ElementTree.indent(root)
    with whole(path) as partial:
        ElementTree.ElementTree(root).write(partial, encoding="utf-8", xml_declaration=True)
