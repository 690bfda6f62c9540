"""Small real scenes on disk, made by code, for all engine tests."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from overseed.config import SimulateSettings
from overseed.stages.simulate import simulate

# A loaded machine is no failure; time limits of single examples would make it one.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

#: Files that take longest: begun last they would keep one core waiting for the other.
FIRST = ("test_run.py", "test_train_generator.py", "test_compare.py", "test_contract.py")


def pytest_collection_modifyitems(items):
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.name, len(FIRST)))


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    """A simulated scene of 320 x 288 pixels and 4 bands: dict with raster, labels, class_field, truth."""
    folder = tmp_path_factory.mktemp("scene")
    return simulate(
        SimulateSettings(folder=folder, width=320, height=288, bands=4, labelled=0.5, seed=5)
    )


@pytest.fixture
def overseed():
    """Run the command line in a process of its own: exit code, standard output, standard error."""

    def run(*arguments, **options):
        return subprocess.run(
            [sys.executable, "-m", "overseed", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run


@pytest.fixture
def write_raster(tmp_path):
    """Write a small raster with a projected CRS and return its path; keywords override its profile."""
    import rasterio
    from rasterio.transform import from_origin

    def write(array, name="raster.tif", descriptions=(), **profile) -> Path:
        array = np.asarray(array)
        path = tmp_path / name
        options = {
            "driver": "GTiff",
            "count": array.shape[0],
            "height": array.shape[1],
            "width": array.shape[2],
            "dtype": array.dtype,
            "crs": "EPSG:32633",
            "transform": from_origin(500000, 5800000, 10, 10),
        } | profile
        with rasterio.open(path, "w", **options) as dataset:
            dataset.write(array)
            for number, text in enumerate(descriptions, start=1):
                dataset.set_band_description(number, text)
        return path

    return write


@pytest.fixture
def write_polygons(tmp_path):
    """Write polygons given as (class value, pixel box (left, top, right, bottom)) on the same grid."""
    import pyogrio.raw
    import shapely

    def write(
        boxes, name="polygons.gpkg", field="class", crs="EPSG:32633", scale=10, values=None
    ) -> Path:
        shapes = [
            shapely.box(
                500000 + left * scale,
                5800000 - bottom * scale,
                500000 + right * scale,
                5800000 - top * scale,
            )
            for _, (left, top, right, bottom) in boxes
        ]
        path = tmp_path / name
        pyogrio.raw.write(
            path,
            geometry=np.array([shapely.to_wkb(s) for s in shapes], dtype=object),
            field_data=[
                np.array(values) if values else np.array([v for v, _ in boxes], dtype=object)
            ],
            fields=np.array([field]),
            geometry_type="Polygon",
            crs=crs,
            driver="GPKG" if name.endswith("gpkg") else "ESRI Shapefile",
        )
        return path

    return write


def last_json(text):
    """The last line of a text as JSON."""
    return json.loads(text.strip().splitlines()[-1])
