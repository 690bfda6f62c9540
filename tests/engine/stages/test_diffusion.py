"""The own diffusion model through the commands: what of a scene's pixels its samples change, and how."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window as RasterWindow

from overseed.config import PrepareSettings, SynthesizeSettings, TrainGeneratorSettings
from overseed.generators.compose import SEAM, inner_pixels
from overseed.stages import synthesize as stage
from overseed.stages.context import open_prepared
from overseed.stages.prepare import prepare
from overseed.stages.train_generator import train_generator

pytest.importorskip("diffusers")
#: No multiple of 8, and none of the network's grain.
TILE = 60
COMMON = {"method": "diffusion", "device": "cpu", "threads": 1}


def as_type(image, dtype):
    """The simulated scene's values in another type, and a nodata value in the midst of them."""
    if dtype == "float32":
        return image.astype(np.float32) / 10_000 - 0.1, -9999.0
    values = image.astype(np.int64) if dtype == "uint16" else image.astype(np.int64) - 1500
    return values.astype(dtype), int(np.median(values))


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_outside_the_mask_every_bit_is_the_scenes(scene, dtype, tmp_path, monkeypatch):
    with rasterio.open(scene["raster"]) as source:
        image, profile = source.read(), source.profile
    image, nodata = as_type(image, dtype)
    known = (image != nodata).all(axis=0)
    known[:7] = False
    image[:, ~known] = nodata
    profile.update(dtype=dtype, nodata=nodata)
    raster, run, target = (tmp_path / name for name in ("place.tif", "run", "tiles"))
    with rasterio.open(raster, "w", **profile) as place:
        place.write(image)
    prepare(
        PrepareSettings(
            run=run, raster=[str(raster)], labels=[scene["labels"]],
            class_field=scene["class_field"], tile_size=TILE,
        )
    )  # fmt: skip
    train_generator(TrainGeneratorSettings(run=run, steps=2, **COMMON))
    # What a network of two steps paints no gate lets through.
    real = stage.fit_gate
    monkeypatch.setattr(stage, "fit_gate", lambda *given, ajar: real(*given, ajar=True))
    settings = SynthesizeSettings(
        run=run, count=3, sampling_steps=2, mask_labels=True, export_tiles=target, **COMMON
    )
    stage.synthesize(settings)

    stats = open_prepared(run).stats
    folder = run / "split-0/synthetic/diffusion/seed-0"
    images, changed = (np.load(folder / f"{name}.npy") for name in ("images", "changed"))
    assert images.dtype == np.dtype(dtype)
    entries = json.loads((folder / "index.json").read_text())["samples"]
    assert len(entries) == 3
    new = []
    for number, entry in enumerate(entries):
        _, row, col = entry["source"]
        window = (slice(row, row + TILE), slice(col, col + TILE))
        before, seen = image[:, *window], known[window]
        with rasterio.open(target / f"sample-{number:05}_image.tif") as tile:
            exported, valid = tile.read(), tile.dataset_mask() > 0
            assert tile.dtypes == (dtype,) * len(image)
            assert tile.nodata == nodata
            assert tile.window(*tile.bounds) == RasterWindow(0, 0, TILE, TILE)
        inside = changed[number]
        inner = inner_pixels(inside[None], SEAM)[0]
        assert inner.any()
        assert not (inside & ~seen).any(), "nothing is painted where the scene has no value"
        # Outside the mask: the bits of the file; ground of other sides is left out of tiles.
        outside = ~inside & valid
        assert outside.any()
        assert exported[:, outside].tobytes() == before[:, outside].tobytes()
        assert images[number][:, outside].tobytes() == before[:, outside].tobytes()
        # Inside: values of the scene's type and range, and none that says there is no value.
        assert valid[inside].all()
        for band in range(len(image)):
            values = images[number][band][inner]
            assert values.min() >= stats.min[band]
            assert values.max() <= stats.max[band]
            new.append(np.mean(values != before[band][inner]))
    assert min(new) > 0.5
