"""The contract of generators whose images come before their labels."""

import json

import numpy as np
import pytest
from safetensors import safe_open

from overseed.chips.pseudo_labels import PseudoLabels
from overseed.devices import choose_device
from overseed.errors import Cancelled, InputError
from overseed.generators.contract import FitPlan, LabellingGenerator, SampleGenerator
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

DEVICE = choose_device("cpu", 1)


def ground(bands=2, dtype="uint16", size=96, seed=0, classes=3):
    rng = np.random.default_rng(seed)
    labels = (np.indices((size, size)).sum(axis=0) // 16 % classes).astype(np.uint8)
    labels[:, :8] = 255
    image = rng.normal(150, 5, (bands, size, size)) + 20 * (labels % 3)
    return StoredScene(image.astype(dtype), labels, np.zeros_like(labels))


def untrained(scene, tile=64, seed=0, classes=3):
    names = [f"b{i}" for i in range(scene.image.shape[0])]
    stats = band_statistics(scene.image[:, scene.side == 0], names)
    return PseudoLabels(stats, classes, tile, seed)


def fitted(scene, folder, steps=4, tick=lambda done, total: None, tile=64, classes=3):
    folder.mkdir(exist_ok=True)
    generator = untrained(scene, tile, classes=classes)
    source = CropSampler([scene], 0, tile, "balanced")
    plan = FitPlan(steps, 0, "key", source)
    figures = generator.fit(source, plan, DEVICE, folder, tick, lambda *_: None)
    return generator, figures


@pytest.mark.parametrize(
    ("bands", "dtype", "classes", "tile"),
    [(1, "uint8", 2, 32), (4, "float32", 40, 100), (3, "int16", 3, 64)],
)
def test_shapes_and_types(bands, dtype, classes, tile, tmp_path):
    scene = ground(bands, dtype, size=max(96, tile), classes=classes)
    generator, _ = fitted(scene, tmp_path, steps=2, tile=tile, classes=classes)
    assert isinstance(generator, LabellingGenerator)
    assert not isinstance(generator, SampleGenerator)
    images = generator.draw(3, 0, DEVICE)
    assert images.shape == (3, bands, tile, tile)
    assert images.dtype == np.dtype(dtype)
    found = generator.label(images, np.ones((3, tile, tile), bool), DEVICE)
    assert found.labels.shape == found.confidence.shape == (3, tile, tile)
    assert (found.labels.dtype, found.confidence.dtype) == (np.uint8, np.float32)
    assert found.labels.max() < classes


def test_the_seed_decides_and_files_give_the_same(tmp_path):
    # After so few steps images differ by less than whole numbers show.
    scene = ground(dtype="float32")
    generator, _ = fitted(scene, tmp_path)
    one, two, other = (generator.draw(2, seed, DEVICE) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    assert (one[0] != one[1]).any()
    files = generator.save(tmp_path, {"OVERSEED_SCENE": "scene.tif"})
    for name in files:
        with safe_open(tmp_path / name, "np") as weights:
            assert weights.metadata()["OVERSEED_SCENE"] == "scene.tif"
    again = untrained(scene, seed=99)
    again.load(tmp_path)
    np.testing.assert_array_equal(one, again.draw(2, 1, DEVICE))
    seen = np.ones((2, 64, 64), bool)
    np.testing.assert_array_equal(
        generator.label(one, seen, DEVICE).confidence, again.label(one, seen, DEVICE).confidence
    )


@pytest.mark.parametrize("stop", [1, 3])
def test_resumed_in_either_part_it_is_bit_for_bit_the_same(stop, tmp_path):
    def cancel(done, total):
        if done == stop:
            raise Cancelled

    scene = ground(dtype="float32")
    straight, figures = fitted(scene, tmp_path / "a", steps=8)
    with pytest.raises(Cancelled):
        fitted(scene, tmp_path / "b", steps=8, tick=cancel)
    resumed, again = fitted(scene, tmp_path / "b", steps=8)
    images = straight.draw(2, 0, DEVICE)
    np.testing.assert_array_equal(images, resumed.draw(2, 0, DEVICE))
    seen = np.ones((2, 64, 64), bool)
    one, other = (g.label(images, seen, DEVICE) for g in (straight, resumed))
    np.testing.assert_array_equal(one.confidence, other.confidence)
    assert figures == again
    logs = [(tmp_path / name / "training.jsonl").read_text() for name in "ab"]
    assert logs[0] == logs[1]


def test_a_quarter_of_the_steps_goes_to_the_labels_and_the_log_has_both(tmp_path):
    ticks = []
    fitted(ground(), tmp_path, steps=8, tick=lambda done, total: ticks.append((done, total)))
    assert [done for done, _ in ticks] == sorted(done for done, _ in ticks)
    assert {total for _, total in ticks} == {8}
    assert ticks[-1] == (8, 8)
    rows = [json.loads(line) for line in (tmp_path / "training.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 8]
    assert "cross_entropy" in rows[0]["losses"]
    assert "images_generator" in rows[1]["losses"]


def test_other_sides_do_not_reach_the_training(tmp_path):
    scene = ground(dtype="float32")
    side = np.zeros_like(scene.labels)
    side[:, 64:] = 2
    other = np.where(side == 2, np.float32(255), scene.image)
    one, _ = fitted(StoredScene(scene.image, scene.labels, side), tmp_path / "a")
    two, _ = fitted(StoredScene(other, scene.labels, side), tmp_path / "b")
    images = one.draw(2, 0, DEVICE)
    np.testing.assert_array_equal(images, two.draw(2, 0, DEVICE))
    seen = np.ones((2, 64, 64), bool)
    np.testing.assert_array_equal(
        one.label(images, seen, DEVICE).confidence, two.label(images, seen, DEVICE).confidence
    )


def test_labels_are_learned_from_their_part_of_the_ground_alone(tmp_path):
    scene = ground(dtype="float32")
    source = CropSampler([scene], 0, 64, "balanced")
    part = StoredScene(*(a[..., :64, :64] for a in (scene.image, scene.labels, scene.side)))
    labelled = CropSampler([part], 0, 64, "balanced")
    changed = scene.labels.copy()
    changed[64:] = (changed[64:] + 1) % 3
    images = np.asarray(source.draw(2, np.random.default_rng(0)).images)
    seen = np.ones((2, 64, 64), bool)
    confidences = []
    for number, labels in enumerate((scene.labels, changed)):
        own = CropSampler([StoredScene(scene.image, labels, scene.side)], 0, 64, "natural")
        folder = tmp_path / str(number)
        folder.mkdir()
        generator = untrained(scene)
        plan = FitPlan(4, 0, "key", labelled=labelled)
        generator.fit(own, plan, DEVICE, folder, lambda *_: None, lambda *_: None)
        confidences.append(generator.label(images, seen, DEVICE).confidence)
    np.testing.assert_array_equal(*confidences)


def test_tiles_that_no_gan_makes_are_refused():
    with pytest.raises(InputError, match="up to 256 pixels") as refusal:
        untrained(ground(), tile=257)
    assert refusal.value.code == "pseudo-labels.tile-size"
    assert "--tile-size" in refusal.value.hint
