"""The own diffusion model's training: it ends where ground is copied, and a killed one goes on as it was."""

import json

import numpy as np
import pytest
import torch

from overseed.devices import choose_device
from overseed.generators import diffusion
from overseed.generators.contract import FitPlan
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
