"""Label rasters: their codes on a scene's grid, and the names and colours that the file has for them."""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.errors import InputError
from overseed.scenes.colours import from_rgb
from overseed.scenes.rasters import RasterInfo, open_raster
from overseed.unlabelled import UNLABELLED

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

#: Rows read at once. A change of CRS always goes by whole bands of this height, counted from the raster's
#: top, so that GDAL's approximation of it is the same whatever rows are asked for.
STRIP = 512
#: A raster with more codes than this holds no classes but heights or object numbers.
MOST_CODES = 10_000


@dataclass(frozen=True)
class RasterLabels:
    """A label raster; brought to the scene's grid by nearest neighbour where its own grid differs.

    ``values`` are the codes that occur on the scene, as text, ascending. ``known`` are those that the file
    names, on this scene or not; ``defaults`` holds these names and colours by value.
    """

    path: Path
    values: tuple[str, ...]
    info: RasterInfo
    defaults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    def polygon_counts(self) -> Counter[str]:
        """A raster has no polygons."""
        return Counter()

    def read(
        self,
        index_of_value: Mapping[str, int],
        rows: tuple[int, int] | None = None,
        *,
        fill: int = UNLABELLED,
    ) -> NDArray[np.uint8]:
        """``(rows, width)`` uint8 class indices of some of the scene's rows (all when left out).

        ``fill`` stands where the raster has nodata, 0 or a code that is not in ``index_of_value``.
        """
        first, last = rows or (0, self.info.height)
        used = sorted((int(v), index_of_value[v]) for v in self.values if v in index_of_value)
        labels = np.empty((last - first, self.info.width), np.uint8)
        for row, codes, valid in _strips(self.path, self.info, first, last):
            strip = _indices(codes, used, fill)
            strip[~valid] = fill
            labels[row - first : row - first + len(codes)] = strip
        return labels


def load_raster(path: Path, info: RasterInfo) -> tuple[RasterLabels, list[str]]:
    """Look at a label raster on one scene.

    Returns
    -------
    labels, notes
        And what is odd, in sentences. Code 0 is nodata or unclassified, whatever the file says.

    Raises
    ------
    InputError
        ``labels.no-crs``, ``labels.field-type``, ``labels.crs``, ``classes.too-many`` or
        ``labels.no-overlap``.
    """
    with open_raster(path) as dataset:
        _refuse_unfit(path, dataset, info)
        described = described_codes(dataset)
        nodata, notes = dataset.nodata, _band_notes(path, dataset)
    codes = _codes_present(path, info)
    if 0 in codes and nodata not in (None, 0):
        notes.append(
            f"Code 0 of {path} was left out: 0 means unclassified (its own nodata is {nodata:g})."
        )
    codes = [code for code in codes if code]
    if not codes:
        raise InputError(
            "labels.no-overlap",
            f"The label raster {path} holds no class on {info.path.name}.",
            "Check that both show the same place and that each has its right CRS.",
        )
    if codes[0] < 1 or codes[-1] > 255:
        notes.append(
            f"The label raster {path} holds codes outside 1 to 255, so its classes are renumbered; the "
            "class table gives the old code of each as its value."
        )
    values = tuple(str(code) for code in codes)
    defaults = _defaults(described, values)
    # A colour table lists every number of its type, so only names say which classes there are.
    known = frozenset(value for value, entry in described.items() if "name" in entry)
    return RasterLabels(path, values, info, defaults, known), notes


def _refuse_unfit(path: Path, dataset: DatasetReader, info: RasterInfo) -> None:
    from pyproj import Transformer
    from pyproj.exceptions import ProjError
    from rasterio.crs import CRS

    if dataset.crs is None:
        raise InputError(
            "labels.no-crs",
            f"The label raster {path} has no coordinate reference system.",
            "Assign one (in QGIS: Raster > Projections > Assign Projection).",
        )
    if np.dtype(dataset.dtypes[0]).kind not in "iu":
        raise InputError(
            "labels.field-type",
            f"The label raster {path} holds {dataset.dtypes[0]} values, which cannot be classes.",
            "Give a raster of whole numbers.",
        )
    if dataset.crs == CRS.from_wkt(info.crs_wkt):
        return
    try:
        Transformer.from_crs(dataset.crs.to_wkt(), info.crs_wkt)
    except ProjError as error:
        raise InputError(
            "labels.crs",
            f"The label raster {path} cannot be brought to the CRS of {info.path.name}.",
            "Give it its right CRS, or reproject it to the raster's CRS first.",
        ) from error


def _band_notes(path: Path, dataset: DatasetReader) -> list[str]:
    from rasterio.enums import ColorInterp

    bands = sum(colour != ColorInterp.alpha for colour in dataset.colorinterp)
    return [f"{path} has {bands} bands; the first holds the labels."] if bands > 1 else []


def _codes_present(path: Path, info: RasterInfo) -> list[int]:
    """The distinct valid codes on the scene, ascending."""
    found: set[int] = set()
    for _, codes, valid in _strips(path, info, 0, info.height):
        found |= set(_distinct(codes, valid))
        if len(found) > MOST_CODES:
            raise InputError(
                "classes.too-many",
                f"The label raster {path} holds more than {MOST_CODES} different numbers.",
                "Give a raster of class codes, not of heights or object numbers.",
            )
    return sorted(found)


def _distinct(codes: NDArray[Any], valid: NDArray[np.bool_]) -> list[int]:
    if codes.dtype.itemsize > 2:
        return [int(code) for code in np.unique(codes[valid])]
    # A mark for each of at most 65536 numbers is much faster than sorting.
    unsigned = codes.view(f"u{codes.dtype.itemsize}")
    marks = np.zeros(1 << 8 * codes.dtype.itemsize, bool)
    marks[unsigned if valid.all() else unsigned[valid]] = True
    return np.flatnonzero(marks).astype(unsigned.dtype).view(codes.dtype).tolist()


def _indices(codes: NDArray[Any], used: list[tuple[int, int]], fill: int) -> NDArray[np.uint8]:
    """Class indices of codes by pairs (code, index) in ascending order; ``fill`` for other codes."""
    if codes.dtype.itemsize <= 2:
        unsigned = codes.view(f"u{codes.dtype.itemsize}")
        lookup = np.full(1 << 8 * codes.dtype.itemsize, fill, np.uint8)
        for code, index in used:
            # A negative number wraps to its place in the unsigned view.
            lookup[code % len(lookup)] = index
        return np.asarray(lookup[unsigned])
    known = np.array([code for code, _ in used] or [0], codes.dtype)
    indices = np.array([index for _, index in used] or [fill], np.uint8)
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[place] == codes, indices[place], np.uint8(fill))


def _strips(
    path: Path, info: RasterInfo, first: int, last: int
) -> Iterator[tuple[int, NDArray[Any], NDArray[np.bool_]]]:
    """Rows ``first … last − 1`` of the scene in bands: first row, codes ``(rows, width)``, validity."""
    from rasterio.crs import CRS
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    with open_raster(path) as dataset:
        same = _same_grid(dataset, info)
        exact = dataset.crs == CRS.from_wkt(info.crs_wkt)
        with dataset if same else _warped(dataset, info) as source:
            begin = first if exact else first - first % STRIP
            for top in range(begin, last, STRIP):
                end = last if exact else info.height
                window = Window(0, top, info.width, min(STRIP, end - top))
                try:
                    codes = source.read(1, window=window)
                    mask = (
                        source.read_masks(1, window=window)
                        if same
                        else source.dataset_mask(window=window)
                    )
                except RasterioError as error:
                    raise InputError(
                        "raster.corrupt",
                        f"The label raster {path} cannot be read around row {top}.",
                        "The file is damaged; get it again.",
                    ) from error
                cut = slice(max(first - top, 0), last - top)
                yield max(first, top), codes[cut], mask[cut] != 0


def _same_grid(dataset: DatasetReader, info: RasterInfo) -> bool:
    from rasterio.crs import CRS

    width, height = info.width, info.height
    if (dataset.width, dataset.height) != (width, height):
        return False
    if dataset.crs != CRS.from_wkt(info.crs_wkt):
        return False
    # In pixels, since a hundredth of a degree is far and a hundredth of a metre is not.
    to_scene = ~info.transform * dataset.transform
    corners = [(0, 0), (width, 0), (0, height), (width, height)]
    return all(np.allclose(to_scene * corner, corner, rtol=0, atol=0.01) for corner in corners)


def _warped(dataset: DatasetReader, info: RasterInfo) -> Any:
    from rasterio.crs import CRS
    from rasterio.enums import ColorInterp, Resampling
    from rasterio.vrt import WarpedVRT

    crs = CRS.from_wkt(info.crs_wkt)
    alpha = ColorInterp.alpha in dataset.colorinterp
    return WarpedVRT(
        dataset,
        crs=crs,
        transform=info.transform,
        width=info.width,
        height=info.height,
        resampling=Resampling.nearest,
        add_alpha=dataset.nodata is None and not alpha,
        # Within one CRS exactness costs nothing; between two, GDAL's eighth of a pixel is the custom.
        tolerance=0.001 if dataset.crs == crs else 0.125,
    )


def _defaults(
    described: Mapping[str, Mapping[str, str]], values: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """Names and colours of the codes that occur; one colour for all of them is no colour table."""
    defaults = {value: dict(described[value]) for value in values if value in described}
    colours = [entry["colour"] for entry in defaults.values() if "colour" in entry]
    if len(colours) > 1 and len(set(colours)) == 1:
        for entry in defaults.values():
            entry.pop("colour", None)
    return defaults


def described_codes(dataset: DatasetReader) -> dict[str, dict[str, str]]:
    """Name and colour by code, from the attribute table, the category names and the colour table."""
    names, shades = _attributes(dataset)
    try:
        palette = dataset.colormap(1)
    except ValueError:  # it has none
        palette = {}
    for code, (red, green, blue, opacity) in palette.items():
        shade = from_rgb(red, green, blue)
        # Black is what formats give to the numbers that nobody set.
        if opacity and shade != "#000000" and shade:
            shades.setdefault(code, shade)
    return {
        str(code): {
            **({"name": names[code]} if code in names else {}),
            **({"colour": shades[code]} if code in shades else {}),
        }
        for code in sorted({*names, *shades} - {0})
    }


def _attributes(dataset: DatasetReader) -> tuple[dict[int, str], dict[int, str]]:
    """Names and colours by code from category names and a raster attribute table.

    Rasterio has no call for either, but GDAL writes both, from any format, into a virtual raster.
    """
    from rasterio.errors import RasterioError
    from rasterio.shutil import copy

    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "description.vrt"
        try:
            copy(dataset, str(text), driver="VRT")
            band = ElementTree.parse(text).getroot().find("VRTRasterBand")
        except (RasterioError, ElementTree.ParseError, OSError):
            return {}, {}
    if band is None:
        return {}, {}
    categories = [(node.text or "").strip() for node in band.iterfind("CategoryNames/Category")]
    names = {code: name for code, name in enumerate(categories) if name}
    table = band.find("GDALRasterAttributeTable")
    if table is None:
        return names, {}
    more, shades = _from_table(table)
    return names | more, shades


def _from_table(table: ElementTree.Element) -> tuple[dict[int, str], dict[int, str]]:
    """Names and colours by code of a raster attribute table; usages are GDAL's ``GDALRATFieldUsage``."""
    columns = {
        node.findtext("Usage", ""): number
        for number, node in enumerate(table.iterfind("FieldDefn"))
    }
    called = {
        node.findtext("Name", "").lower(): number
        for number, node in enumerate(table.iterfind("FieldDefn"))
    }
    # 5 is "value or both ends of a range", 3 a range's lower end, 2 the class's name, 6 to 8 its colour.
    value = columns.get("5", columns.get("3", called.get("value")))
    name = columns.get("2", called.get("class_names", called.get("class_name")))
    rgb = [columns[usage] for usage in ("6", "7", "8") if usage in columns]
    names, shades = {}, {}
    for number, row in enumerate(table.iterfind("Row")):
        cells = [(node.text or "").strip() for node in row.iterfind("F")]
        try:
            code = number if value is None else int(float(cells[value]))
            shade = from_rgb(*(int(float(cells[c])) for c in rgb)) if len(rgb) == 3 else None
        except (ValueError, IndexError):
            continue
        if name is not None and name < len(cells) and cells[name]:
            names[code] = cells[name]
        if shade:
            shades[code] = shade
    return names, shades
