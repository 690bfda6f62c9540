"""`chips train-gan`: files, resume, refusals."""

import json

import pytest
from safetensors import safe_open
from safetensors.torch import load_file

from overseed.chip_settings import TrainGanSettings
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.stages.chips.train_gan import train_gan
from tests.engine.stages.chips.run_of_chips import run_of_chips

SMALL = {"width": 8, "latent": 8, "batch": 4, "threads": 1, "device": "cpu"}


class StopAt(Reporter):
    """Cancels a training at a step."""

    def __init__(self, step):
        super().__init__()
        self._step = step

    def progress(self, done, total, unit="step"):
        if done == self._step:
            raise Cancelled


def test_a_finished_gan_has_its_weights_log_sheet_and_record(tmp_path):
    run = run_of_chips(tmp_path, clusters=True)
    settings = TrainGanSettings(run=run, gan="sagan", condition="cluster", steps=2, **SMALL)
    folder = run / "split-0/generators/sagan-cluster/seed-0"
    assert train_gan(settings) == {"generator": str(folder)}
    with safe_open(folder / "weights.safetensors", framework="pt") as stored:
        assert stored.metadata()["OVERSEED_SYNTHETIC"] == "yes"
    lessons = json.loads((folder / "lessons.json").read_text())
    assert [(k["label"], k["cluster"]) for k in lessons["kinds"]] == [
        ("dark", 0), ("dark", 1), ("bright", 2),
    ]  # fmt: skip
    # A third of each class is held out.
    assert sum(k["chips"] for k in lessons["kinds"]) == 22
    record = json.loads((folder / "record.json").read_text())
    assert set(record["outputs"]) == {
        "weights.safetensors", "lessons.json", "training.jsonl", "samples.png",
    }  # fmt: skip
    assert not (folder / "checkpoint.safetensors").exists()
    before = (folder / "weights.safetensors").stat().st_mtime_ns
    train_gan(settings)
    assert (folder / "weights.safetensors").stat().st_mtime_ns == before


@pytest.mark.parametrize("gan", ["dcgan", "wgan", "wgan-gp", "sagan"])
def test_a_cancelled_training_goes_on_as_an_unbroken_one(tmp_path, gan):
    run = run_of_chips(tmp_path, bright=12, dark=6)
    settings = TrainGanSettings(run=run, gan=gan, steps=3, critic_steps=2, **SMALL)
    folder = run / f"split-0/generators/{gan}-class/seed-0"
    train_gan(settings)
    unbroken = load_file(folder / "weights.safetensors")
    again = settings.model_copy(update={"fresh": True})
    with pytest.raises(Cancelled):
        train_gan(again, StopAt(2))
    assert (folder / "checkpoint.safetensors").is_file()
    assert not (folder / "record.json").exists()
    train_gan(settings)
    resumed = load_file(folder / "weights.safetensors")
    assert all((resumed[name] == value).all() for name, value in unbroken.items())


def test_without_a_condition_it_learns_the_rare_class_alone(tmp_path):
    run = run_of_chips(tmp_path)
    train_gan(TrainGanSettings(run=run, gan="dcgan", condition="none", steps=1, **SMALL))
    lessons = json.loads((run / "split-0/generators/dcgan/seed-0/lessons.json").read_text())
    assert lessons == {"told": "none", "kinds": [{"label": "dark", "cluster": None, "chips": 6}]}


@pytest.mark.parametrize(
    ("made", "asked", "code"),
    [
        ({"size": 48}, {}, "chips.gan-size"),
        ({"rare": False}, {"condition": "none"}, "chips.no-rare"),
        ({}, {"condition": "cluster"}, "chips.no-clusters"),
        ({}, {"of": ["grey"]}, "classes.unknown"),
        ({"dark": 3}, {"of": ["dark"]}, "chips.gan-few"),
        ({"dark": 0}, {"of": ["dark"]}, "chips.gan-empty"),
    ],
)
def test_what_cannot_be_learned_is_refused(tmp_path, made, asked, code):
    run = run_of_chips(tmp_path, **made)
    with pytest.raises(InputError) as refused:
        train_gan(TrainGanSettings(run=run, steps=1, **SMALL, **asked))
    assert refused.value.code == code
    assert refused.value.hint
