"""The chip classifier's loop: it learns, continues bit for bit, and draws what its plan says."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from overseed.chips.classifier_training import (
    ClassifierPlan,
    SyntheticChips,
    _Draws,
    predict,
    train_classifier,
)
from overseed.chips.networks import build_chip_network
from overseed.devices import Device
from overseed.errors import Cancelled, InputError
from overseed.tiles.split import TEST, TRAIN
from overseed.training.checkpoints import WEIGHTS
from tests.engine.chips.planted_chips import PANEL, planted

CPU = Device("cpu", "cpu", 1, False)
PLAN = ClassifierPlan(steps=10, seed=3, key="k", rare=(PANEL,), batch=4)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def chips():
    return planted()


def learn(chips, plan, folder, tick=lambda *_: None, synthetic=(), metric=lambda *_: None):
    folder.mkdir(exist_ok=True)
    network = build_chip_network(
        "tf_efficientnet_lite0",
        chips.bands,
        len(chips.table),
        torch.Generator().manual_seed(plan.seed),
    )
    return train_classifier(network, chips, plan, CPU, folder, tick, metric, synthetic)


def made(chips, count=8):
    rare = np.flatnonzero((chips.sides == TRAIN) & (chips.labels == PANEL))
    return SyntheticChips(
        chips.images[rare[:count]], np.full(min(count, len(rare)), PANEL, np.int64)
    )


def test_it_learns_what_a_panel_is(chips, tmp_path):
    points = []
    trained = learn(
        chips,
        replace(PLAN, steps=40, batch=16, learning_rate=3e-3),
        tmp_path / "a",
        metric=lambda *p: points.append(p),
    )
    test = chips.of_side(TEST)
    found = predict(trained.network, chips, test, CPU)
    assert found.shape == (len(test), 3)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    assert (found.argmax(axis=1) == chips.labels[test]).mean() > 0.8
    assert trained.figures["validation_score"] > 0.9
    assert [name for name, _, _ in points] == ["val_rare_ap"] * 10
    rows = [
        json.loads(line) for line in (tmp_path / "a" / "training.jsonl").read_text().splitlines()
    ]
    assert [row["step"] for row in rows] == list(range(4, 41, 4))
    assert rows[-1]["losses"]["train"] < rows[0]["losses"]["train"]
    # The chosen state is the last of those with the highest score.
    scores = [row["val_rare_ap"] for row in rows]
    assert trained.best_step == max(
        row["step"] for row in rows if row["val_rare_ap"] == max(scores)
    )


def test_a_continued_training_is_the_unbroken_one(chips, tmp_path):
    plan = replace(PLAN, weighted=True, flips=True, share=0.3)

    def stop(done, _):
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        learn(chips, plan, tmp_path / "broken", stop, [made(chips)])
    assert (tmp_path / "broken" / WEIGHTS).is_file()
    seen = []
    continued = learn(
        chips, plan, tmp_path / "broken", lambda done, _: seen.append(done), [made(chips)]
    )
    assert min(seen) == 5
    whole = learn(chips, plan, tmp_path / "whole", synthetic=[made(chips)])
    assert whole.figures == continued.figures
    assert whole.best_step == continued.best_step
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, continued.network.state_dict()[name]), name
    logs = [(tmp_path / n / "training.jsonl").read_text() for n in ("broken", "whole")]
    assert logs[0] == logs[1]


def test_synthetic_chips_come_on_top_of_the_same_real_ones(chips):
    alone = _Draws(chips, (), PLAN)
    mixed = _Draws(chips, [made(chips)], replace(PLAN, share=0.25))
    counts = []
    for step in range(9):
        images, labels, count = mixed.batch(step)
        real, real_labels, none = alone.batch(step)
        assert none == 0
        assert torch.equal(images[:4], real)
        assert torch.equal(labels[:4], real_labels)
        assert (labels[4:] == PANEL).all()
        counts.append(count)
    two = _Draws(chips, [made(chips, 2), made(chips, 3)], replace(PLAN, share=0.9))
    everything = np.concatenate([two.batch(step)[0][4:] for step in range(5)])
    assert len(np.unique(everything.reshape(len(everything), -1), axis=0)) == 3
    # 25 % of all: 4 real ones ask for 4/3, in the mean.
    assert sum(counts) == 12
    assert set(counts) == {1, 2}


def test_oversampling_draws_classes_alike_and_weights_see_it(chips):
    plan = replace(PLAN, batch=300)
    natural = np.bincount(_Draws(chips, (), plan).batch(0)[1], minlength=3)
    balanced = np.bincount(
        _Draws(chips, (), replace(plan, oversample=True)).batch(0)[1], minlength=3
    )
    assert natural[PANEL] < 60
    assert 70 < balanced[PANEL] < 130
    weights = _Draws(chips, (), plan).weights()
    assert weights[PANEL] == pytest.approx(4 * weights[0])
    assert _Draws(chips, (), replace(plan, oversample=True)).weights().tolist() == [1, 1, 1]


def test_flips_show_all_eight_sides_and_change_no_value(chips):
    plan = replace(PLAN, batch=64)
    plain, turned = (
        _Draws(chips, (), replace(plan, flips=flips)).batch(0)[0].numpy() for flips in (False, True)
    )
    kinds = set()
    for before, after in zip(plain, turned, strict=True):
        forms = [np.rot90(f, k, (-2, -1)) for f in (before, before[..., ::-1]) for k in range(4)]
        same = [n for n, form in enumerate(forms) if np.array_equal(form, after)]
        assert same
        kinds |= set(same)
    assert kinds == set(range(8))


def test_without_validation_chips_the_last_state_is_taken(tmp_path):
    chips = planted({TRAIN: (6, 6, 3)})
    trained = learn(chips, PLAN, tmp_path / "a")
    assert trained.best_step == 10
    assert trained.figures["validation_score"] is None


def test_a_training_that_runs_away_is_refused_and_says_what_to_do(chips, tmp_path):
    broken = replace(chips, images=chips.images.astype(np.float32) * np.float32(np.nan))
    with pytest.raises(InputError) as refusal:
        learn(broken, replace(PLAN, learning_rate=0.02), tmp_path / "loss")
    assert refusal.value.code == "training.diverged"
    assert "no number" in refusal.value.message
    assert refusal.value.hint == "Use a smaller --learning-rate, such as 0.002."
    assert not (tmp_path / "loss" / WEIGHTS).exists()


def test_weights_that_the_last_step_broke_are_refused(chips, tmp_path, monkeypatch):
    step = torch.optim.AdamW.step

    def far(self, *arguments):
        step(self, *arguments)
        with torch.no_grad():
            self.param_groups[0]["params"][0].mul_(float("inf"))

    monkeypatch.setattr(torch.optim.AdamW, "step", far)
    with pytest.raises(InputError, match="after 1 steps its weights"):
        learn(chips, replace(PLAN, steps=1), tmp_path / "a")
