"""Training learns, chooses on validation ground, and continues after a cancel as if nothing had been."""

import numpy as np
import pytest
import torch

from overseed.devices import choose_device
from overseed.errors import Cancelled
from overseed.segmentation.calibration import Priors
from overseed.segmentation.losses import Loss
from overseed.segmentation.network import SpectralUNet
from overseed.segmentation.schedules import SCHEDULES, Plateau, cosine
from overseed.segmentation.training_loop import TrainingPlan, fit
from overseed.tiles.grid import Window
from overseed.tiles.sampling import CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

#: Checkpoints of a large network would keep the disk busy.
SMALL = "mobilenetv3_small_050"
EVEN = Priors(np.full(2, 0.5), np.full(2, 0.5))


@pytest.fixture(scope="module")
def ground():
    """Two classes that differ in the second band; the left is training, the right validation."""
    rng = np.random.default_rng(0)
    labels = (np.indices((96, 192)).sum(axis=0) // 24 % 2).astype(np.uint8)
    image = rng.normal(1000, 50, (2, 96, 192))
    image[1] += labels.astype(float) * 300
    side = np.zeros_like(labels)
    side[:, 96:] = 1
    return StoredScene(image.astype(np.uint16), labels, side)


def train(ground, folder, steps=6, tick=lambda done, total: None, key="k", **more):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = SpectralUNet(SMALL, 2, 2)
    stats = band_statistics(ground.image[:, ground.side == 0], ("a", "b"))
    return fit(
        network, CropSampler([ground], 0, 64, "natural"), None, [ground],
        [(0, Window(0, 96, 96, 96))], 2, stats, TrainingPlan(steps, 0, key, Loss(("ce",)), EVEN, **more),
        choose_device("cpu", 2), folder, tick, lambda name, value, step: None,
    )  # fmt: skip


def test_it_learns_separable_classes(ground, tmp_path):
    trained = train(ground, tmp_path, steps=24)
    assert trained.figures["validation_score"] > 0.9
    assert 0 < trained.best_step <= 24


def stop_at(step, times=1):
    """A callback that cancels when ``step`` is reported for the ``times``-th time."""
    seen = []

    def tick(done, total):
        seen.append(done)
        if seen.count(step) == times:
            raise Cancelled

    return tick


@pytest.mark.parametrize(
    ("step", "times"), [(3, 1), (3, 2), (6, 1)], ids=["between", "in validation", "at the end"]
)
def test_a_cancelled_training_continues_bit_for_bit(ground, tmp_path, step, times):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    straight = train(ground, whole)
    with pytest.raises(Cancelled):
        train(ground, parts, tick=stop_at(step, times))
    assert (parts / "checkpoint.safetensors").is_file()
    seen = []
    resumed = train(ground, parts, tick=lambda done, total: seen.append(done))
    assert seen[0] == step
    for name, value in straight.network.state_dict().items():
        torch.testing.assert_close(value, resumed.network.state_dict()[name], rtol=0, atol=0)
    assert (whole / "training.jsonl").read_text() == (parts / "training.jsonl").read_text()


def test_without_validation_ground_the_last_weights_are_taken(ground, tmp_path):
    bare = StoredScene(ground.image, np.where(ground.side == 1, 255, ground.labels), ground.side)
    trained = train(bare, tmp_path)
    assert trained.best_step == 6


def test_a_checkpoint_of_other_settings_is_not_continued(ground, tmp_path):
    with pytest.raises(Cancelled):
        train(ground, tmp_path, tick=stop_at(2), key="other")
    seen = []
    train(ground, tmp_path, tick=lambda done, total: seen.append(done))
    assert seen[0] == 0


def test_the_learning_rate_warms_up_and_ends_near_zero():
    rates = [cosine(step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == 1.0
    assert rates[-1] < 0.01


class Made:
    """Synthetic crops that say how many were asked for."""

    def __init__(self, ground):
        self.source = CropSampler([ground], 0, 64, "natural")
        self.asked = []

    def draw(self, count, rng, keep=slice(None)):
        self.asked.append(count)
        return self.source.draw(count, rng, keep)


def train_with_made(ground, folder, **more):
    made = Made(ground)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = SpectralUNet(SMALL, 2, 2)
    stats = band_statistics(ground.image[:, ground.side == 0], ("a", "b"))
    plan = TrainingPlan(10, 0, "k", Loss(("ce",)), EVEN, share=0.25, batch=2, **more)
    trained = fit(
        network, CropSampler([ground], 0, 64, "natural"), made, [ground],
        [(0, Window(0, 96, 96, 96))], 2, stats, plan, choose_device("cpu", 2), folder,
        lambda done, total: None, lambda name, value, step: None,
    )  # fmt: skip
    return trained, made.asked


def test_synthetic_crops_come_on_top_of_the_real_ones(ground, tmp_path):
    trained, asked = train_with_made(ground, tmp_path)
    assert trained.figures["real_crops"] == 20
    # A quarter of all: two thirds of a crop to each two real ones.
    assert trained.figures["synthetic_crops"] == sum(asked) == 6


def test_synthetic_first_gives_as_many_and_none_at_the_end(ground, tmp_path):
    trained, asked = train_with_made(ground, tmp_path, synthetic_first=True)
    assert trained.figures["synthetic_crops"] == sum(asked) == 6
    assert len(asked) <= 8


def test_patience_ends_a_training_that_no_longer_gains(ground, tmp_path):
    trained = train(ground, tmp_path, steps=40, patience=1)
    assert trained.figures["stopped_at"] < 40
    assert trained.figures["stopped_at"] > trained.best_step


def test_frozen_statistics_stay(ground, tmp_path):
    trained = train(ground, tmp_path, steps=2, frozen_norm=True)
    state = trained.last.state_dict()
    means = [v for k, v in state.items() if k.endswith("running_mean")]
    assert means
    assert all((v == 0).all() for v in means)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_every_schedule_rises_to_the_full_rate(name):
    rates = [SCHEDULES[name](step, 100) for step in range(100)]
    assert rates[0] < 0.2
    assert max(rates) == pytest.approx(1)
    assert all(rate > 0 for rate in rates)
    assert name == "plateau" or rates[-1] < 0.01


def test_a_plateau_halves_the_rate_after_every_two_validations_without_gain():
    rates = [1.0]
    for since in (0, 1, 2, 3, 4):
        rates.append(Plateau.rate(rates[-1], since))
    assert rates == [1, 1, 1, 0.5, 0.5, 0.25]
