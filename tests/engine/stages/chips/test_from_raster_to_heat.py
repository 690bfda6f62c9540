"""The whole way with real parts: chips cut around points of one raster find the objects of another one."""

import json

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from overseed.chip_settings import ClassifyChipsSettings, MapChipsSettings, PrepareChipsSettings
from overseed.stages.chips.classify import classify
from overseed.stages.chips.heat_map import heat_map
from overseed.stages.chips.prepare import prepare

COMMON = {"threads": 1, "device": "cpu"}


def town(folder, name, count, seed):
    """A turned raster with panels of many sizes and colours, points on them, and where they are."""
    rng = np.random.default_rng(seed)
    image = rng.normal(400, 25, (3, 500, 640))
    places = []
    while len(places) < count:
        row, col = rng.integers(30, 470), rng.integers(30, 610)
        if all(max(abs(row - r), abs(col - c)) > 40 for r, c in places):
            places.append((row, col))
            high, wide = rng.integers(3, 9, 2)
            part = image[:, row - high : row + high, col - wide : col + wide]
            part += rng.uniform(150, 300, (3, 1, 1)) * np.array([1, 1, -0.6])[:, None, None]
            part[:, :: rng.integers(3, 6)] -= rng.uniform(0, 80)
    transform = Affine.translation(500000, 5800000 + 5000 * seed) @ Affine.rotation(20)
    transform = transform @ Affine.scale(0.5, -0.5)
    with rasterio.open(
        folder / f"{name}.tif", "w", driver="GTiff", count=3, height=500, width=640, dtype="uint16",
        crs="EPSG:32633", transform=transform,
    ) as dataset:  # fmt: skip
        dataset.write(image.clip(0).astype(np.uint16))
        dataset.descriptions = ("red", "green", "nir")
    points = [
        {
            "type": "Feature",
            "properties": {"kind": "panel"},
            "geometry": {"type": "Point", "coordinates": list(transform @ (float(c), float(r)))},
        }
        for r, c in places
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": points})
    (folder / f"{name}.geojson").write_text(text)
    return str(folder / f"{name}.tif"), np.array(places)


@pytest.mark.slow
def test_panels_of_another_town_are_found(tmp_path):
    raster, _ = town(tmp_path, "here", 60, 1)
    other, places = town(tmp_path, "there", 20, 2)
    prepared = {
        "labels": [str(tmp_path / "here.geojson")], "class_field": "kind", "rest_as": "none",
        "rest_count": 150, "size": 32, "rare": ["panel"],
    }  # fmt: skip
    prepare(PrepareChipsSettings(run=tmp_path / "run", raster=[raster], **prepared, **COMMON))
    done = classify(
        ClassifyChipsSettings(
            run=tmp_path / "run", augment="oversample+flips", steps=80, batch=16,
            learning_rate=3e-3, **COMMON,
        )
    )  # fmt: skip
    assert done["scores"]["test"]["rare_macro_average_precision"] > 0.8
    heat_map(
        MapChipsSettings(
            raster=[other], model=tmp_path / "run", out=tmp_path / "heat.tif", **COMMON
        )
    )
    with rasterio.open(tmp_path / "heat.tif") as dataset:
        heat = dataset.read(1)
    record = json.loads((tmp_path / "heat.tif.json").read_text())
    hot = heat >= record["threshold_percent"]
    centres = np.moveaxis(np.indices(heat.shape), 0, -1) * 8 + 4
    near = np.stack([np.abs(centres - place).max(axis=-1) <= 8 for place in places])
    far = np.stack([np.abs(centres - place).max(axis=-1) > 22 for place in places]).all(axis=0)
    assert sum((hot & one).any() for one in near) >= 17
    assert hot[far].mean() < 0.1
