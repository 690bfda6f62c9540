"""What every generator must do; a new method is one more name in METHODS."""

import numpy as np
import pytest
import torch
from safetensors import safe_open

from overseed.arms import CONTROLS
from overseed.devices import choose_device
from overseed.errors import Cancelled
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.diffusion_options import Sampling
from overseed.generators.methods import FAKES, make_generator
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

METHODS = [
    "pix2pix",
    "spade",
    "statistical",
    "replace",
    "copy-paste",
    "diffusion",
    *CONTROLS,
    *FAKES,
]
DEVICE = choose_device("cpu", 2)
#: Steps from noise to image; how many they are changes nothing here but the time.
FEW = Sampling(steps=2)


def ground(bands=3, dtype="uint16", size=96, seed=0, classes=3):
    rng = np.random.default_rng(seed)
    labels = (np.indices((size, size)).sum(axis=0) // 16 % classes).astype(np.uint8)
    labels[:, :8] = 255
    image = rng.normal(150, 5, (bands, size, size)) + 20 * (labels % 3)
    return StoredScene(image.astype(dtype), labels, np.zeros_like(labels))


def fitted(
    method, scene, folder, steps=3, tick=lambda done, total: None, tile=32, seed=0, classes=3
):
    names = [f"b{i}" for i in range(scene.image.shape[0])]
    stats = band_statistics(scene.image[:, scene.side == 0], names)
    generator = make_generator(method, stats, classes, tile, seed, sampling=FEW)
    source = CropSampler([scene], 0, tile, "balanced")
    generator.fit(
        source,
        FitPlan(steps, seed, "key", source),
        DEVICE,
        folder,
        tick,
        lambda name, value, step: None,
    )
    return generator, stats


def empty(layouts, stats):
    return Canvas.empty(layouts, len(stats.names), stats.dtype)


@pytest.mark.parametrize("method", METHODS)
class TestEveryGenerator:
    @pytest.mark.parametrize(
        ("bands", "dtype", "classes", "tile"),
        [
            (1, "uint8", 2, 32),
            (3, "uint16", 40, 64),
            (4, "float32", 2, 100),
            (13, "int16", 40, 128),
            (200, "uint16", 3, 32),
            (3, "uint16", 3, 256),
        ],
    )
    def test_shapes_and_types(self, method, bands, dtype, classes, tile, tmp_path):
        scene = ground(bands, dtype, classes=classes, size=max(96, tile))
        generator, stats = fitted(method, scene, tmp_path, steps=1, tile=tile, classes=classes)
        layouts = np.full((2, tile, tile), 255, np.uint8)
        layouts[:, 4:] = classes - 1
        images = generator.generate(empty(layouts, stats), 0, DEVICE)
        assert images.shape == (2, bands, tile, tile)
        assert images.dtype == np.dtype(dtype)
        for band in range(bands):
            assert images[:, band].min() >= np.floor(stats.min[band])
            assert images[:, band].max() <= np.ceil(stats.max[band])

    def test_the_seed_decides(self, method, tmp_path):
        generator, stats = fitted(method, ground(), tmp_path)
        canvas = empty(np.ones((2, 32, 32), np.uint8), stats)
        one, two, other = (generator.generate(canvas, seed, DEVICE) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, two)
        # The mean of a class is what it is.
        if method != "class-mean":
            assert (one != other).any()
            assert (one[0] != one[1]).any()

    def test_it_does_not_look_under_what_it_fills(self, method, tmp_path):
        """What lies under a change is another class's ground; of what lies around it may make use."""
        scene = ground()
        generator, _ = fitted(method, scene, tmp_path)
        batch = CropSampler([scene], 0, 32, "natural").draw(2, np.random.default_rng(0))
        changed = np.zeros(batch.labels.shape, bool)
        changed[:, 8:24, 8:24] = True
        labels = np.where(changed, np.uint8(1), batch.labels)
        other = np.where(changed[:, None], np.uint16(7), batch.images)
        made = [
            generator.generate(Canvas(labels, changed, images, batch.visible), 3, DEVICE)
            for images in (batch.images, other)
        ]
        inside = np.broadcast_to(changed[:, None], made[0].shape)
        np.testing.assert_array_equal(made[0][inside], made[1][inside])

    def test_saved_and_loaded_it_gives_the_same(self, method, tmp_path):
        generator, stats = fitted(method, ground(), tmp_path)
        for name in generator.save(tmp_path, {"OVERSEED_SCENE": "scene.tif"}):
            assert (tmp_path / name).suffix == ".safetensors"
            with safe_open(tmp_path / name, "np") as weights:
                assert weights.metadata()["OVERSEED_SCENE"] == "scene.tif"
        again = make_generator(method, stats, 3, 32, 99, sampling=FEW)
        again.load(tmp_path)
        canvas = empty(np.ones((1, 32, 32), np.uint8), stats)
        np.testing.assert_array_equal(
            generator.generate(canvas, 5, DEVICE), again.generate(canvas, 5, DEVICE)
        )

    def test_resumed_training_is_bit_for_bit_the_same(self, method, tmp_path):
        def stop(done, total):
            if done == 2:
                raise Cancelled

        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        straight, stats = fitted(method, ground(), tmp_path / "a", steps=4)
        with pytest.raises(Cancelled):
            fitted(method, ground(), tmp_path / "b", steps=4, tick=stop)
        resumed, _ = fitted(method, ground(), tmp_path / "b", steps=4)
        canvas = empty(np.ones((1, 32, 32), np.uint8), stats)
        np.testing.assert_array_equal(
            straight.generate(canvas, 0, DEVICE), resumed.generate(canvas, 0, DEVICE)
        )

    def test_other_sides_do_not_reach_the_training(self, method, tmp_path):
        scene = ground()
        side = np.zeros_like(scene.labels)
        side[:, 48:] = 2
        changed = np.where(side == 2, 255, scene.image).astype(np.uint16)
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        one, stats = fitted(method, StoredScene(scene.image, scene.labels, side), tmp_path / "a")
        two, _ = fitted(method, StoredScene(changed, scene.labels, side), tmp_path / "b")
        canvas = empty(np.ones((1, 32, 32), np.uint8), stats)
        np.testing.assert_array_equal(
            one.generate(canvas, 0, DEVICE), two.generate(canvas, 0, DEVICE)
        )


@pytest.mark.parametrize("tile", [32, 64, 100, 128, 256])
def test_pix2pix_networks_fit_every_tile(tile):
    from overseed.generators.pix2pix_networks import PatchDiscriminator, UNetGenerator

    generator, judge = UNetGenerator(4, 3, 2, tile).eval(), PatchDiscriminator(4, 2, tile)
    condition, noise = torch.zeros(1, 4, tile, tile), torch.zeros(1, 3, tile, tile)
    image = generator(condition, noise)
    assert image.shape == (1, 2, tile, tile)
    assert min(judge(torch.cat([condition, image], dim=1)).shape[-2:]) > 1
