"""A simulated scene in memory, for tests: written by the engine, read back from its files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio.raw
import rasterio
import shapely
from rasterio import features

from overseed.scenes.simulation.covers import NAMES
from overseed.scenes.simulation.scene import Recipe, Scene, write_scene

CODES = {name: code for code, name in enumerate(NAMES, start=1)}


@dataclass(frozen=True)
class Simulated:
    """Files and what they hold: image (bands, height, width), truth and cloud (height, width)."""

    scene: Scene
    image: np.ndarray
    truth: np.ndarray
    cloud: np.ndarray
    band_names: tuple[str, ...]
    polygons: np.ndarray
    names: np.ndarray
    transform: rasterio.Affine

    def labels(self) -> np.ndarray:
        """Codes of the polygons, 0 outside them and where there is no data."""
        shapes = zip(self.polygons, (CODES[name] for name in self.names), strict=True)
        labels = features.rasterize(
            shapes, out_shape=self.truth.shape, transform=self.transform, dtype="uint8"
        )
        return np.where(self.truth > 0, labels, 0)


def make(folder: Path, width=384, height=320, bands=4, seed=0, rows=256, **recipe) -> Simulated:
    """Write a scene into a folder and read it back."""
    rng = np.random.default_rng(seed)
    scene = write_scene(Recipe(width, height, bands, **recipe), folder, rng, rows=rows)
    with rasterio.open(scene.raster) as raster, rasterio.open(scene.truth) as truth:
        image, codes = raster.read(), truth.read(1)
        band_names, transform = raster.descriptions, raster.transform
    cloud = np.zeros_like(codes)
    if scene.cloud:
        with rasterio.open(scene.cloud) as raster:
            cloud = raster.read(1)
    _, _, geometry, (names,) = pyogrio.raw.read(scene.labels, layer="parcels")
    polygons = np.asarray(shapely.from_wkb(geometry))
    return Simulated(scene, image, codes, cloud, band_names, polygons, names, transform)
