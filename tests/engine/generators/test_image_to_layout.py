"""The network from image to layout on ground whose classes are easily told, but for noise."""

import numpy as np
import pytest

from overseed.assessment.label_filter import LabelFilter
from overseed.devices import choose_device
from overseed.errors import Cancelled
from overseed.generators.contract import FitPlan
from overseed.generators.image_to_layout import ImageToLayout
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

DEVICE = choose_device("cpu", 1)
CLASSES = 3


def ground(seed=0, noise=6.0, size=128):
    """Stripes of three classes 20 grey values apart; a margin without labels."""
    rng = np.random.default_rng(seed)
    labels = (np.indices((size, size)).sum(axis=0) // 16 % CLASSES).astype(np.uint8)
    image = rng.normal(0, noise, (2, size, size)) + 100 + 20 * labels
    labels[:, :8] = 255
    return StoredScene(image.astype(np.uint16), labels, np.zeros_like(labels))


def fitted(folder, scene, steps, tick=lambda done, total: None):
    folder.mkdir(exist_ok=True)
    stats = band_statistics(scene.image.reshape(2, -1), ["a", "b"])
    network = ImageToLayout(stats, CLASSES, 32, 0)
    source = CropSampler([scene], 0, 32, "balanced")
    figures = network.fit(
        source, FitPlan(steps, 0, "key", source), DEVICE, folder, tick, lambda *_: None
    )
    return network, stats, figures


def labelled(network, scene, count=24):
    batch = CropSampler([scene], 0, 32, "balanced").draw(count, np.random.default_rng(3))
    found = network.label(batch.images, batch.visible, DEVICE)
    return found, batch.labels


def test_it_learns_to_tell_classes_and_knows_where_it_is_unsure(tmp_path):
    network, _, figures = fitted(tmp_path, ground(), steps=60)
    found, actual = labelled(network, ground(seed=9))
    known = actual != 255
    right = (found.labels == actual)[known]
    assert right.mean() > 0.9
    assert found.labels.max() < CLASSES
    assert (found.confidence > 1 / CLASSES - 1e-3).all()
    assert (found.confidence <= 1).all()
    sure = found.confidence[known] > np.median(found.confidence[known])
    assert right[sure].mean() > right.mean()
    chosen = LabelFilter.choose(found.labels, found.confidence, actual, CLASSES, 0.98)
    other, truth = labelled(network, ground(seed=11))
    kept = other.filtered(chosen.thresholds)
    passed = (kept != 255) & (truth != 255)
    assert (kept == truth)[passed].mean() > (other.labels == truth)[truth != 255].mean()
    assert (kept == 255).any()
    assert figures["best_step"] > 0
    assert figures["validation_loss"] < 0.5


def test_what_unlabelled_pixels_would_be_does_not_matter(tmp_path):
    """Nothing is learned of them, whatever stands for their class in a batch."""
    from overseed.generators import image_to_layout as module

    network, _, _ = fitted(tmp_path / "a", ground(), steps=1)
    batch = CropSampler([ground()], 0, 32, "balanced").draw(4, np.random.default_rng(0))
    labels = batch.labels.copy()
    labels[:, :16] = 255
    pairs = network._standardised(
        type(batch)(batch.images, labels, batch.visible), np.random.default_rng(0)
    )
    logits = network._logits(network._best, pairs.images, DEVICE)
    changed = logits.clone()
    changed[:, :, :16] += 5 * np.random.default_rng(0).random()
    changed[:, 0, :16] += 3
    before, after = (module._cross_entropy(x, pairs.classes) for x in (logits, changed))
    assert before == after
    assert before > 0


@pytest.mark.parametrize("stop", [2, 5])
def test_resumed_training_is_bit_for_bit_the_same(stop, tmp_path):
    def cancel(done, total):
        if done == stop:
            raise Cancelled

    straight, _, _ = fitted(tmp_path / "a", ground(), steps=6)
    with pytest.raises(Cancelled):
        fitted(tmp_path / "b", ground(), steps=6, tick=cancel)
    resumed, _, _ = fitted(tmp_path / "b", ground(), steps=6)
    one, other = (labelled(network, ground(seed=4))[0] for network in (straight, resumed))
    np.testing.assert_array_equal(one.confidence, other.confidence)
    logs = [(tmp_path / name / "training.jsonl").read_text() for name in "ab"]
    assert logs[0] == logs[1]


def test_saved_and_loaded_it_labels_the_same(tmp_path):
    network, stats, _ = fitted(tmp_path, ground(), steps=3)
    assert network.save(tmp_path, {"a": "b"}) == ["weights.safetensors"]
    again = ImageToLayout(stats, CLASSES, 32, 77)
    again.load(tmp_path)
    one, other = (labelled(n, ground(seed=4))[0] for n in (network, again))
    np.testing.assert_array_equal(one.confidence, other.confidence)
