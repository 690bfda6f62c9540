"""Simulated scenes: the truth is known, rare classes are everywhere, any size and bands."""

import json
import subprocess
import sys

import numpy as np
import pyogrio.raw
import pytest
import rasterio
import shapely
from rasterio import features

from overseed.config import SimulateSettings
from overseed.scenes.simulate import COVERS, RARE, Scene, simulate_scene
from overseed.stages.simulate import simulate

CODES = {cover.name: code for code, cover in enumerate(COVERS, start=1)}


def make(width=384, height=320, bands=4, labelled=0.4, seed=0) -> Scene:
    return simulate_scene(width, height, bands, labelled, np.random.default_rng(seed))


def burn(scene: Scene) -> np.ndarray:
    """Codes of the polygons, 0 outside them and where there is no data."""
    shapes = zip(scene.polygons, (CODES[name] for name in scene.polygon_classes), strict=True)
    labels = features.rasterize(
        shapes, out_shape=scene.truth.shape, transform=scene.transform, dtype="uint8"
    )
    return np.where(scene.truth > 0, labels, 0)


@pytest.mark.parametrize(
    ("width", "height", "bands"), [(32, 32, 1), (33, 200, 2), (128, 96, 3), (500, 300, 13)]
)
def test_any_size_and_band_count(width, height, bands):
    scene = make(width, height, bands)

    assert scene.image.shape == (bands, height, width)
    assert scene.image.dtype == np.uint16
    assert scene.truth.shape == (height, width)
    assert len(set(scene.band_names)) == bands
    np.testing.assert_array_equal((scene.image == 0).any(axis=0), scene.truth == 0)
    assert 0 < (scene.truth == 0).mean() < 0.05
    assert len(set(scene.polygon_classes)) >= 4


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("labelled", [0.3, 1.0])
def test_rare_classes_are_rare_and_everywhere(seed, labelled):
    scene = make(768, 640, 3, labelled, seed)
    labels = burn(scene)

    shares = np.bincount(labels[labels > 0], minlength=len(COVERS) + 1) / (labels > 0).sum()
    for code in RARE:
        assert 0.01 < shares[code] < 0.04
        assert sum(CODES[name] == code for name in scene.polygon_classes) >= 6
        rows, columns = np.nonzero(labels == code)
        quadrants = set(zip(rows // 320, columns // 384, strict=True))
        assert len(quadrants) >= 3
    common = [code for code in range(1, len(COVERS) + 1) if code not in RARE]
    assert shares[common].min() > 0.03


def test_polygons_tell_the_truth():
    scene = make(seed=3)
    labels = burn(scene)

    assert (labels > 0).mean() > 0.2
    np.testing.assert_array_equal(labels[labels > 0], scene.truth[labels > 0])
    assert all(polygon.is_valid and polygon.geom_type == "Polygon" for polygon in scene.polygons)


def test_same_seed_same_scene_other_seed_other_scene():
    first, again, other = make(seed=5), make(seed=5), make(seed=6)

    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.truth, again.truth)
    assert first.polygons == again.polygons
    assert (first.truth != other.truth).mean() > 0.1


def test_more_labelled_parcels_on_demand():
    assert (burn(make(labelled=0.9)) > 0).sum() > 2 * (burn(make(labelled=0.3)) > 0).sum()


def test_classes_can_be_told_apart_but_not_perfectly():
    """Nearest class mean in standardised bands, taught on the left half, asked on the right."""
    scene = make(768, 768, 6, seed=1)
    pixels = scene.image.reshape(6, -1).T.astype(float)
    pixels = (pixels - pixels.mean(axis=0)) / pixels.std(axis=0)
    truth = scene.truth.ravel()
    left = np.tile(np.arange(768) < 384, 768)
    means = [pixels[left & (truth == code)].mean(axis=0) for code in range(1, len(COVERS) + 1)]

    distance = np.stack([((pixels - mean) ** 2).sum(axis=1) for mean in means])
    said = distance.argmin(axis=0) + 1
    recalls = [(said[~left & (truth == c)] == c).mean() for c in range(1, len(COVERS) + 1)]

    assert 0.45 < np.mean(recalls) < 0.9


def test_files(tmp_path):
    settings = SimulateSettings(folder=tmp_path / "new", width=200, height=150, bands=5, seed=2)

    outputs = simulate(settings)

    with rasterio.open(outputs["raster"]) as raster, rasterio.open(outputs["truth"]) as truth:
        assert (raster.width, raster.height, raster.count) == (200, 150, 5)
        assert raster.crs.to_epsg() == truth.crs.to_epsg() == 32633
        assert raster.transform == truth.transform
        assert (raster.nodata, truth.nodata) == (0, 0)
        assert all(raster.descriptions)
        assert truth.colormap(1)[CODES["water"]] == (44, 111, 179, 255)
        scene = make(200, 150, 5, seed=2)
        np.testing.assert_array_equal(raster.read(), scene.image)
        np.testing.assert_array_equal(truth.read(1), scene.truth)
    meta, _, geometry, (values,) = pyogrio.raw.read(outputs["labels"], layer="parcels")
    assert meta["crs"] == "EPSG:32633"
    assert list(meta["fields"]) == [outputs["class_field"]] == ["landuse"]
    assert tuple(values) == scene.polygon_classes
    assert shapely.equals(shapely.from_wkb(geometry), np.array(scene.polygons)).all()
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == [
        "polygons.gpkg",
        "scene.tif",
        "truth.tif",
    ]


def test_command_line(tmp_path):
    options = ["--width", "64", "--height", "48", "--bands", "2", "--json"]
    command = [sys.executable, "-m", "overseed", "simulate", str(tmp_path / "s"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    with rasterio.open(json.loads(done.stdout)["outputs"]["raster"]) as raster:
        assert (raster.width, raster.height, raster.count) == (64, 48, 2)
