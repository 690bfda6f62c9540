"""What users name as a raster: a file, several files as one stack, a Sentinel-2 product or a Landsat scene.

* ``scene.tif``, ``/vsizip/…``: one dataset that GDAL reads
* ``b02.tif;b03.tif;b04.tif`` or ``"IMG_DATA/*_B*.jp2"``: files of one place, stacked on the finest one's grid
* ``S2A_MSIL2A_….SAFE`` as a folder or in a zip: all bands, masked by its scene classification
* a Landsat Collection 2 folder or tar: the reflective bands, masked by its quality band
"""

from __future__ import annotations

import contextlib
import glob
import re
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from overseed.errors import InputError
from overseed.scenes.rasters import (
    BandSource,
    MaskSource,
    RasterInfo,
    at_resolution,
    footprints,
    is_gdal_name,
    open_raster,
    pixel_metres,
    read_file_info,
    require_crs,
)

SENTINEL2_BANDS = (
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
)  # fmt: skip
#: Scene classification: no data, saturated, cloud shadow, clouds of medium and high probability, cirrus.
SCL_INVALID = (0, 1, 3, 8, 9, 10)
#: QA_PIXEL: fill, dilated cloud, cirrus, cloud, cloud shadow.
QA_PIXEL_INVALID = 0b11111

#: A band of a Landsat scene by its file's name: LC08_L2SP_193023_20200601_20200607_02_T1_SR_B4.TIF.
_LANDSAT_BAND = r"(?P<product>L[A-Z](?P<mission>\d\d)_\w+?)_(?P<level2>SR_)?B(?P<band>\d)\.TIF$"

_OLI = {1: "coastal", 2: "blue", 3: "green", 4: "red", 5: "nir", 6: "swir1", 7: "swir2"}
_TM = {1: "blue", 2: "green", 3: "red", 4: "nir", 5: "swir1", 7: "swir2"}


def read_info(
    source: str | Path, resolution: float | None = None, crs_needed: bool = True
) -> RasterInfo:
    """Read what a user named as one raster.

    Parameters
    ----------
    resolution:
        Side in metres of the pixels that it is resampled to; its own grid when left out.
    crs_needed:
        Whether a raster without a CRS is refused.

    Raises
    ------
    InputError
        ``raster.missing``, ``raster.folder``, ``raster.stack-apart``, ``raster.product``, ``raster.no-crs`` and
        what :func:`~overseed.scenes.rasters.read_file_info` refuses.
    """
    text = str(source)
    path = Path(text)
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        raise InputError(
            "raster.missing", "A raster has no name.", "Give the path of a raster for --raster."
        )
    if is_gdal_name(text) and len(parts) == 1:
        info = read_file_info(text)
    elif ";" in text:
        info = stack_files(parts, path)
    elif glob.has_magic(text) and not path.exists():
        found = sorted(glob.glob(text))
        if not found:
            raise InputError(
                "raster.missing",
                f"No file matches {text}.",
                "Check the pattern; quote it so that the shell leaves it alone.",
            )
        info = stack_files(found, path)
    elif path.is_dir() or path.suffix.lower() in (".zip", ".tar"):
        info = _product(path)
    else:
        info = read_file_info(text)
    if crs_needed:
        require_crs(info)
    return at_resolution(info, resolution) if resolution else info


def real_files(info: RasterInfo) -> list[Path]:
    """The files on disk that a raster consists of, sidecars and a VRT's sources too; for fingerprints."""
    files = {info.path} if info.path.is_file() else set()
    files |= set(info.companions)
    for dataset in info.datasets:
        files |= files_of(dataset)
    return sorted(files)


def files_of(dataset: str) -> set[Path]:
    """The files on disk behind one dataset: an archive, or itself with sidecars and a VRT's sources.

    Raises
    ------
    InputError
        ``raster.missing`` or ``raster.unreadable``.
    """
    archive = archive_of(dataset)
    if archive is not None:
        return {archive}
    with open_raster(dataset) as opened:
        listed = {Path(name) for name in opened.files if Path(name).is_file()}
    own = Path(dataset)
    nested = {path for path in listed if path.suffix.lower() == ".vrt" and path != own}
    return listed.union(*(files_of(str(path)) for path in nested))


def archive_of(name: str) -> Path | None:
    """The archive on disk that a name inside ``/vsizip/`` or ``/vsitar/`` lies in."""
    found = re.match(r"/vsi(?:zip|tar)/(.*?\.(?:zip|tar))(?:/|$)", name, re.IGNORECASE)
    return Path(found.group(1)) if found else None


def display_stem(info: RasterInfo) -> str:
    """A name for files made from the raster: its own without suffix, or a stack's first file's."""
    name = info.path.name
    if ";" in str(info.path) or glob.has_magic(name):
        name = Path(info.sources[0].dataset).name
    return Path(name).stem


def _product(path: Path) -> RasterInfo:
    """A folder or archive: a Sentinel-2 product or a Landsat scene, told by the names of its files."""
    members = _members(path)
    bands = [m for m in members if re.search(r"_(B\d\d|B8A)(_\d\dm)?\.(jp2|tif)$", m)]
    if any("IMG_DATA" in m for m in bands):
        return _sentinel2(path, members)
    if any(re.search(_LANDSAT_BAND, m, re.IGNORECASE) for m in members):
        return _landsat(path, members)
    rasters = [m for m in members if Path(m).suffix.lower() in (".tif", ".tiff", ".jp2", ".vrt")]
    if path.is_dir():
        # Some formats of GDAL's are folders: Arc/Info grids, Zarr.
        with contextlib.suppress(InputError):
            return read_file_info(str(path))
    if path.is_dir() or len(rasters) != 1:
        raise InputError(
            "raster.folder",
            f"{path} is neither a Sentinel-2 product (.SAFE) nor a Landsat scene.",
            f'Name its files: --raster "{path}/*.tif" stacks them, repeating --raster makes them scenes.',
        )
    return replace(read_file_info(rasters[0]), path=path)


def _members(path: Path) -> list[str]:
    """All files of a folder, zip or tar as names that GDAL opens."""
    try:
        if path.is_dir():
            # Only a product's folder is searched to its depths; a folder may be a whole disk.
            product = path.suffix.upper() == ".SAFE" or any(path.glob("MTD_MSI*.xml"))
            inside = path.rglob("*") if product else path.iterdir()
            return sorted(str(file) for file in inside if file.is_file())
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
            return sorted(f"/vsizip/{path}/{name}" for name in names)
        with tarfile.open(path) as tar:
            names = [entry.name.removeprefix("./") for entry in tar if entry.isfile()]
        return sorted(f"/vsitar/{path}/{name}" for name in names)
    except FileNotFoundError as error:
        raise InputError(
            "raster.missing", f"There is no file {path}.", "Check the path of the raster."
        ) from error
    except (OSError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise InputError(
            "raster.unreadable",
            f"{path} is not an archive that can be read ({error}).",
            "Get it again, or unpack it and give the folder.",
        ) from error


def stack_files(paths: Sequence[str], named: Path) -> RasterInfo:
    """Files of one place as one raster on the grid of the finest; every band of each, in order."""
    infos = [read_file_info(path) for path in paths]
    grid = min(infos, key=_pixel_area)
    for info in infos:
        if not _meet(grid, info):
            raise InputError(
                "raster.stack-apart",
                f"{info.path.name} does not show the same ground as {grid.path.name}.",
                "Stack files of one place; repeat --raster for several places.",
            )
    return replace(
        grid,
        path=named,
        band_names=_stacked_names(infos),
        dtype=_common_type(infos),
        nodata=grid.nodata if len({info.nodata for info in infos}) == 1 else None,
        sources=tuple(source for info in infos for source in info.sources),
    )


def _stacked_names(infos: Sequence[RasterInfo]) -> tuple[str, ...]:
    """Band descriptions where all files have different ones, else what tells the files' names apart."""
    described = tuple(name for info in infos for name in info.band_names)
    if all(info.named for info in infos) and len(set(described)) == len(described):
        return described
    parts = [re.split(r"[_.\s-]", info.path.stem) for info in infos]
    common = set(parts[0]).intersection(*parts[1:]) if len(parts) > 1 else set()
    short = ["_".join(p for p in words if p not in common) for words in parts]
    if len(set(short)) < len(short) or not all(short):
        short = [info.path.stem for info in infos]
    if len(set(short)) < len(short):
        short = [f"{name}_{number}" for number, name in enumerate(short, start=1)]
    return tuple(
        name if len(info.band_names) == 1 else f"{name}_{band}"
        for name, info in zip(short, infos, strict=True)
        for band in info.band_names
    )


def _pixel_area(info: RasterInfo) -> float:
    x, y = pixel_metres(info)
    return x * y


def _meet(grid: RasterInfo, other: RasterInfo) -> bool:
    """Whether two rasters share ground."""
    one, two = footprints([grid, other])
    return bool(one.intersection(two).area > 0)


def _common_type(infos: Sequence[RasterInfo]) -> str:
    import numpy as np

    return str(np.result_type(*(info.dtype for info in infos)))


def _sentinel2(path: Path, members: Sequence[str]) -> RasterInfo:
    """A level 1C or 2A product: every band at its finest resolution, on the grid of 10 m.

    Stored values mean ``(value + offset) / quantification`` reflectance; the offset of −1000 that products
    have since processing baseline 04.00 is taken from the metadata.
    """
    granules = {m.split("/GRANULE/")[1].split("/")[0] for m in members if "/GRANULE/" in m}
    if len(granules) > 1:
        raise InputError(
            "raster.product",
            f"{path.name} holds {len(granules)} granules.",
            "Give one granule's IMG_DATA files as a pattern for each, with --raster repeated.",
        )
    files: dict[str, str] = {}
    for name in SENTINEL2_BANDS:
        found = [m for m in members if "IMG_DATA" in m and re.search(rf"_{name}(_\d\dm)?\.\w+$", m)]
        if found:
            files[name] = min(found, key=_metres_in_name)
    metadata = [m for m in members if re.search(r"MTD_MSIL(1C|2A)\.xml$", m)]
    scale, offsets = _sentinel2_units(_text_of(path, metadata[0]) if metadata else "")
    classification = [m for m in members if re.search(r"_SCL_\d\dm\.\w+$", m)]
    infos = {name: read_file_info(file) for name, file in files.items()}
    grid = min(infos.values(), key=_pixel_area)
    notes = () if classification else (f"{path.name} has no scene classification: clouds stay.",)
    return replace(
        grid,
        path=path,
        band_names=tuple(files),
        nodata=0,
        sources=tuple(
            BandSource(files[name], 1, scale, offsets.get(name, 0.0) * scale, nodata=0)
            for name in files
        ),
        masks=(
            (MaskSource(min(classification, key=_metres_in_name), values=SCL_INVALID),)
            if classification
            else ()
        ),
        companions=tuple(Path(m) for m in metadata) if path.is_dir() else (),
        notes=notes,
    )


def _sentinel2_units(metadata: str) -> tuple[float, dict[str, float]]:
    """Scale, and each band's offset in stored values, from a product's main metadata."""
    found = re.search(r"<(?:BOA_)?QUANTIFICATION_VALUE[^>]*>\s*([\d.]+)\s*<", metadata)
    scale = 1 / float(found.group(1)) if found else 1e-4
    # Metadata counts bands from 0 in the order of SENTINEL2_BANDS.
    offsets = re.findall(r'<(?:BOA|RADIO)_ADD_OFFSET band_id="(\d+)">\s*(-?[\d.]+)\s*<', metadata)
    return scale, {SENTINEL2_BANDS[int(band)]: float(value) for band, value in offsets}


def _metres_in_name(name: str) -> int:
    found = re.search(r"_(\d\d)m\.\w+$", name)
    return int(found.group(1)) if found else 0


def _landsat(path: Path, members: Sequence[str]) -> RasterInfo:
    """A Collection 2 scene: reflective bands named by their region, so that missions agree.

    Surface reflectance (level 2) goes before top-of-atmosphere values; the pan and thermal bands are left
    out. Units are those of Collection 2's product guides.
    """
    found = [m for m in (re.search(_LANDSAT_BAND, n, re.IGNORECASE) for n in members) if m]
    level2 = any(match["level2"] for match in found)
    products = {match["product"].upper() for match in found}
    if len(products) > 1:
        raise InputError(
            "raster.product",
            f"{path.name} holds {len(products)} Landsat scenes.",
            "Give each scene a folder of its own, or its bands as a pattern, with --raster repeated.",
        )
    numbered = {int(m["band"]): m.string for m in found if bool(m["level2"]) == level2}
    regions: Mapping[int, str] = _TM if int(found[0]["mission"]) <= 7 else _OLI
    chosen = {regions[number]: numbered[number] for number in regions if number in numbered}
    if not chosen:
        raise InputError(
            "raster.product",
            f"The Landsat scene {path.name} has none of the bands that are used.",
            f"It needs some of the bands {', '.join(map(str, regions))}.",
        )
    scale, offset = (2.75e-5, -0.2) if level2 else (1.0, 0.0)
    quality = [m for m in members if re.search(r"_QA_PIXEL\.TIF$", m, re.IGNORECASE)]
    first = read_file_info(next(iter(chosen.values())))
    notes = () if quality else (f"{path.name} has no QA_PIXEL band: clouds stay.",)
    return replace(
        first,
        path=path,
        band_names=tuple(chosen),
        nodata=0,
        sources=tuple(BandSource(file, 1, scale, offset, nodata=0) for file in chosen.values()),
        masks=(MaskSource(quality[0], bits=QA_PIXEL_INVALID),) if quality else (),
        notes=notes,
    )


def _text_of(path: Path, member: str) -> str:
    """The content of one of a product's files."""
    inside = member.partition(f"{path}/")[2]
    if path.is_dir():
        content = Path(member).read_bytes()
    elif path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read(inside)
    else:
        with tarfile.open(path) as tar:
            entry = next(e for e in tar if e.name.removeprefix("./") == inside)
            stream = tar.extractfile(entry)
            content = stream.read() if stream else b""
    return content.decode("utf-8", errors="replace")
