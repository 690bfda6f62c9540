"""The own diffusion model: training ends where ground is copied, goes on when killed; styles are followed."""

import json

import numpy as np
import pytest
import torch

from overseed.devices import choose_device
from overseed.generators import diffusion
from overseed.generators.contract import Canvas, FitPlan
from overseed.generators.diffusion_options import Learning, Sampling
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

pytest.importorskip("diffusers")
DEVICE = choose_device("cpu", 1)
TILE, STEPS, EVERY = 64, 8, 2


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    """Looks and checkpoints every second step."""
    monkeypatch.setattr(diffusion, "LEAST_BETWEEN", EVERY)
    monkeypatch.setattr(diffusion, "KEEP_EVERY", EVERY)


@pytest.fixture(scope="module")
def scene():
    """Ground of two bands and three classes; its lower half is for validation."""
    rng = np.random.default_rng(0)
    labels = (np.indices((160, 160)).sum(axis=0) // 24 % 3).astype(np.uint8)
    image = rng.normal(150, 12, (2, 160, 160)) + 20 * labels
    side = np.zeros_like(labels)
    side[80:] = 1
    return StoredScene(image.astype(np.uint16), labels, side)


def untrained(scene):
    stats = band_statistics(scene.image[:, scene.side == 0], ["a", "b"])
    return diffusion.Diffusion(stats, 3, TILE, 0, Learning(), Sampling(steps=2))


def fitted(generator, scene, folder, tick=lambda done, total: None, watch=None):
    training, validation = (CropSampler([scene], side, TILE, "balanced") for side in (0, 1))
    plan = FitPlan(STEPS, 0, "key", validation=validation, watch=watch, ground=training)
    return generator.fit(training, plan, DEVICE, folder, tick, lambda *given: None)


def copying(generator, what):
    """Let a generator paint, trial after trial, new ground or what is really there."""
    rng, calls = np.random.default_rng(1), iter(what)

    def paint(network, canvas, *rest):
        noise = rng.normal(0, 2, canvas.images.shape)
        if next(calls) == "there":
            return (canvas.images + noise).astype(np.uint16)
        return (150 + 10 * noise).astype(np.uint16)

    generator._paint = paint
    return generator


def test_it_stops_with_the_last_weights_that_did_not_copy(scene, tmp_path):
    # The first trial paints new ground; the second one what it has seen, and not what it has not.
    generator = copying(untrained(scene), ["new", "there", "new"])
    kept = {}

    def watch(step):
        kept[step] = {n: v.clone() for n, v in generator._kept.state_dict().items()}

    figures = fitted(generator, scene, tmp_path, watch=watch)
    assert figures["stopped_by_copies"]
    assert figures["stopped_at"] == 2 * EVERY
    assert figures["kept_step"] == EVERY
    assert figures["memory_ratio"] < 0.4
    assert list(kept) == [EVERY]
    for name, value in generator._kept.state_dict().items():
        assert torch.equal(value, kept[EVERY][name])
    rows = [json.loads(line) for line in (tmp_path / "training.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "memory_ratio" in row] == [EVERY, 2 * EVERY]
    assert 0.8 < rows[1]["memory_ratio_held"] < 1.2
    # Asked once more it knows that it has ended.
    again = fitted(copying(untrained(scene), []), scene, tmp_path)
    assert again["stopped_by_copies"]
    assert again["stopped_at"] == 2 * EVERY


def test_it_goes_on_where_unseen_ground_is_painted_as_well(scene, tmp_path):
    generator = copying(untrained(scene), ["there"] * 2 * (STEPS // EVERY))
    figures = fitted(generator, scene, tmp_path)
    assert not figures["stopped_by_copies"]
    assert figures["kept_step"] == STEPS


def test_killed_between_two_looks_it_ends_with_the_same_weights(scene, tmp_path):
    def die(done, total):
        if done == 5:
            raise MemoryError

    folders = tmp_path / "straight", tmp_path / "killed"
    for folder in folders:
        folder.mkdir()
    straight, killed = untrained(scene), untrained(scene)
    first = fitted(straight, scene, folders[0])
    with pytest.raises(MemoryError):
        fitted(killed, scene, folders[1], tick=die)
    resumed, steps = untrained(scene), []
    second = fitted(resumed, scene, folders[1], tick=lambda done, total: steps.append(done))
    assert min(set(steps) - {0}) >= EVERY, "it started anew"
    assert first == second
    assert first["memory_ratio"] is not None
    assert first["memory_usual"] is not None
    for name, value in straight._kept.state_dict().items():
        assert torch.equal(value, resumed._kept.state_dict()[name]), name
    logs = [(folder / "training.jsonl").read_text() for folder in folders]
    assert logs[0] == logs[1]


def test_parcels_have_the_style_that_is_asked_for(tmp_path):
    """Fields of one class differ by more than their pixels do; told which field to paint, it paints that."""
    rng = np.random.default_rng(2)
    cells = (np.indices((160, 160)) // 16).sum(axis=0) % 2
    level = np.kron(rng.normal(0, 25, (10, 10)), np.ones((16, 16)))
    image = 300 + level + 60 * cells + rng.normal(0, 3, (2, 160, 160))
    fields = StoredScene(
        image.astype(np.uint16), cells.astype(np.uint8), np.zeros((160, 160), np.uint8)
    )
    stats = band_statistics(fields.image.reshape(2, -1), ["a", "b"])
    generator = diffusion.Diffusion(stats, 2, 32, 0, Learning(), Sampling(steps=8))
    source = CropSampler([fields], 0, 32, "balanced")
    plan = FitPlan(60, 0, "key", ground=source)
    generator.fit(source, plan, DEVICE, tmp_path, lambda *_: None, lambda *_: None)
    batch = source.draw(8, np.random.default_rng(3))
    hidden = np.zeros((8, 32, 32), bool)
    hidden[:, 8:24, 8:24] = True
    labels = np.where(hidden, np.uint8(0), batch.labels)
    canvas = Canvas(labels, hidden, batch.images, batch.visible)
    means = []
    for deviations in (-1.5, 1.5):
        # The first number of a style is the parcel's mean along the axis that brightness varies along.
        style = np.zeros((8, generator._styles.channels, 32, 32), np.float32)
        style[:, 0] = deviations * hidden
        made = generator._paint(generator._kept, canvas, 0, 0, 1.0, DEVICE, style)
        means.append(made[:, 0][hidden].mean())
    # The axis may point to dark ground.
    assert abs(means[1] - means[0]) > 60
