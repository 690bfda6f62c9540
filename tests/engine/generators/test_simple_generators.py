"""What the three methods without a network must do, whatever the ground is like."""

import json

import numpy as np
import pytest

from overseed.devices import choose_device
from overseed.efforts import EFFORTS
from overseed.errors import Cancelled
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.methods import FAKES, make_generator
from overseed.tiles.sampling import Batch
from overseed.tiles.statistics import band_statistics

METHODS = ["statistical", "replace", "copy-paste", *FAKES]
DEVICE = choose_device("cpu", 1)


class Crops:
    """A source that always gives the same crops."""

    def __init__(self, images, labels, visible=None):
        self.batch = Batch(
            images, labels, np.ones(labels.shape, bool) if visible is None else visible
        )

    def draw(self, count, rng):
        return self.batch


def fitted(method, source, folder, classes, steps=2, seed=0, tick=lambda done, total: None):
    images = source.batch.images
    pixels = np.moveaxis(images, 1, 0)[:, source.batch.visible]
    stats = band_statistics(pixels, [f"b{i}" for i in range(images.shape[1])])
    generator = make_generator(method, stats, classes, images.shape[-1], seed)
    generator.fit(
        source, FitPlan(steps, seed, ""), DEVICE, folder, tick, lambda name, value, step: None
    )
    return generator


def squares(side=48, bands=3, dtype="uint16", classes=3, seed=0):
    """Crops with squares of 12 pixels; a class is unlike the others, and so is each of its squares."""
    rng = np.random.default_rng(seed)
    small = rng.integers(classes, size=(6, side // 12, side // 12))
    labels = np.kron(small, np.ones((12, 12))).astype(np.uint8)
    image = 1000 + 300.0 * labels[:, None] + rng.normal(0, 20, (6, bands, side, side))
    return image.astype(dtype), labels


@pytest.mark.parametrize("method", METHODS)
class TestAnyGround:
    @pytest.mark.parametrize(
        ("bands", "classes", "dtype", "side"),
        [
            (1, 2, "uint8", 36),
            (200, 2, "float32", 36),
            (3, 40, "float64", 48),
            (4, 5, "int16", 100),
        ],
    )
    def test_any_ground(self, method, bands, classes, dtype, side, tmp_path):
        rng = np.random.default_rng(1)
        cell = 10 if side == 100 else 4
        labels = rng.integers(classes, size=(4, side // cell, side // cell))
        labels = np.kron(labels, np.ones((cell, cell))).astype(np.uint8)
        images = rng.normal(60 + labels[:, None], 5, (4, bands, side, side)).astype(dtype)
        source = Crops(images, labels)
        generator = fitted(method, source, tmp_path, classes, steps=1)
        layouts = labels[::-1].copy()
        layouts[:, :5] = 255
        layouts[0, 9, 9] = 0
        canvas = Canvas(layouts, layouts != labels, images, np.ones(labels.shape, bool))
        made = generator.generate(canvas, 0, DEVICE)
        assert made.shape == images.shape
        assert made.dtype == images.dtype
        values = np.moveaxis(made, 1, -1)[canvas.changed]
        assert np.isfinite(values.astype(float)).all()
        assert values.min() >= images.min()
        assert values.max() <= images.max()

    def test_a_class_without_pixels_and_unseen_ground_get_a_look(self, method, tmp_path):
        images, labels = squares()
        labels[labels == 1] = 255
        generator = fitted(method, Crops(images, labels), tmp_path, 3)
        layouts = np.full((1, 48, 48), 255, np.uint8)
        layouts[:, :24] = 1
        made = generator.generate(Canvas.empty(layouts, 3, "uint16"), 0, DEVICE)
        assert made.min() >= images.min()
        assert made.max() <= images.max()

    def test_invisible_pixels_reach_nothing(self, method, tmp_path):
        images, labels = squares()
        visible = np.ones(labels.shape, bool)
        visible[:, 20:30] = False
        hidden = np.where(visible[:, None], images, 9999).astype(images.dtype)
        canvas = Canvas(
            labels, np.ones(labels.shape, bool), np.zeros_like(images), np.zeros_like(visible)
        )
        made = []
        for number, shown in enumerate((images, hidden)):
            folder = tmp_path / str(number)
            folder.mkdir()
            generator = fitted(method, Crops(shown, labels, visible), folder, 3)
            made.append(generator.generate(canvas, 0, DEVICE))
        np.testing.assert_array_equal(*made)
        assert made[0].max() < 9999

    def test_nothing_visible_at_all(self, method, tmp_path):
        images, labels = squares()
        source = Crops(images, labels)
        stats = band_statistics(images[0].reshape(3, -1), ["a", "b", "c"])
        source.batch = Batch(images, labels, np.zeros(labels.shape, bool))
        generator = make_generator(method, stats, 3, 48, 0)
        generator.fit(
            source, FitPlan(1, 0, ""), DEVICE, tmp_path, lambda d, t: None, lambda n, v, s: None
        )
        made = generator.generate(Canvas.empty(labels[:1], 3, "uint16"), 0, DEVICE)
        assert np.isfinite(made.astype(float)).all()

    def test_nothing_to_change(self, method, tmp_path):
        images, labels = squares()
        generator = fitted(method, Crops(images, labels), tmp_path, 3, steps=1)
        nowhere = np.zeros(labels.shape, bool)
        made = generator.generate(Canvas(labels, nowhere, images, ~nowhere), 0, DEVICE)
        assert made.shape == images.shape

    def test_a_cancelled_fit_leaves_nothing_and_a_whole_one_its_log(self, method, tmp_path):
        def stop(done, total):
            if done == 1:
                raise Cancelled

        source = Crops(*squares())
        with pytest.raises(Cancelled):
            fitted(method, source, tmp_path, 3, tick=stop)
        assert list(tmp_path.iterdir()) == []
        fitted(method, source, tmp_path, 3)
        assert [p.name for p in tmp_path.iterdir()] == ["training.jsonl"]
        rows = [json.loads(r) for r in (tmp_path / "training.jsonl").read_text().splitlines()]
        assert [row["step"] for row in rows] == [1, 2]


def test_efforts_say_how_many_crops_methods_without_a_network_see():
    plan = EFFORTS["normal"]
    assert plan.steps_of("pix2pix") == plan.generator_steps
    assert {plan.steps_of(m) for m in ("statistical", "replace", "copy-paste")} == {
        plan.crop_batches
    }
