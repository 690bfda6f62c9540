"""`chips features`: what a network says of every chip, as it is or after it has learned the classes."""

import json

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file

from overseed.chip_settings import ChipFeaturesSettings
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.files import read_json
from overseed.stages.chips.chip_files import open_chips
from overseed.stages.chips.feature_files import features_of
from overseed.stages.chips.features import features
from tests.engine.stages.chips.run_of_chips import run_of_chips

NETWORK = "test_efficientnet"
SMALL = {"threads": 1, "device": "cpu", "batch": 4}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def run(tmp_path):
    return run_of_chips(tmp_path, size=32, bands=2)


def asked(run, **settings):
    return ChipFeaturesSettings(
        run=run, **SMALL, **{"network": NETWORK, "weights": "none", "steps": 4, **settings}
    )


class Stopped(Reporter):
    """Cancels once so many steps are done."""

    def __init__(self, at):
        super().__init__()
        self._at = at

    def _emit(self, event):
        if event["event"] == "progress" and event["unit"] == "step" and event["done"] >= self._at:
            self.cancel.set()


def test_every_chip_has_features(run):
    outputs = features(asked(run))
    folder = run / "split-0/features/seed-0"
    found = np.load(folder / "features.npy")
    assert (found.shape, found.dtype) == ((33, 256), np.float32)
    assert np.isfinite(found).all()
    assert (outputs["chips"], outputs["length"]) == (33, 256)
    key, again = features_of(open_chips(run), 0)
    np.testing.assert_array_equal(again, found)
    record = read_json(folder / "record.json")
    assert record["key"] == key
    assert record["settings"]["steps"] == 4
    assert record["outputs"] == ["training.jsonl", "features.npy", "model.safetensors"]
    rows = [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    assert not list(folder.glob("checkpoint*"))


def test_features_are_what_the_last_layer_decides_by(run):
    features(asked(run))
    folder = run / "split-0/features/seed-0"
    body = timm.create_model(NETWORK, in_chans=2, num_classes=2)
    body.load_state_dict(load_file(folder / "model.safetensors"))
    chips = open_chips(run).chips
    images = torch.from_numpy(chips.standardised(np.arange(len(chips))))
    found = torch.from_numpy(np.load(folder / "features.npy"))
    with torch.inference_mode():
        expected = body.eval()(images)
        decided = body.get_classifier()(found)
    # The features may come from half the bits where the processor has units for them.
    torch.testing.assert_close(decided, expected, atol=0.05, rtol=0.05)


def test_a_broken_off_training_ends_with_the_same_features(run, tmp_path):
    other = run_of_chips(tmp_path / "other", size=32, bands=2)
    features(asked(other))
    with pytest.raises(Cancelled):
        features(asked(run), Stopped(2))
    folder = run / "split-0/features/seed-0"
    assert not (folder / "record.json").exists()
    assert (folder / "checkpoint.safetensors").is_file()
    features(asked(run))
    names = ("features.npy", "model.safetensors", "training.jsonl")
    for name in names:
        expected = (other / "split-0/features/seed-0" / name).read_bytes()
        assert (folder / name).read_bytes() == expected, name


def test_only_what_matters_makes_features_anew(run):
    record = run / "split-0/features/seed-0/record.json"

    def key(**settings):
        features(asked(run, **settings))
        return read_json(record)["key"], record.stat().st_mtime_ns

    first = key(steps=0)
    assert key(steps=0, effort="thorough") == first
    # Without a training its settings do not count.
    settings = ChipFeaturesSettings(
        run=run, network=NETWORK, weights="none", steps=0, batch=16, learning_rate=0.1, threads=1
    )
    features(settings)
    assert record.stat().st_mtime_ns == first[1]
    assert key(steps=1)[0] != first[0]


def test_weights_come_from_a_file_and_are_taken_as_they_are(run, tmp_path):
    source = timm.create_model("test_resnet", num_classes=10)
    path = tmp_path / "resnet.pt"
    torch.save({"state_dict": {f"module.{k}": v for k, v in source.state_dict().items()}}, path)
    features(asked(run, network="test_resnet", weights=str(path), steps=0))
    folder = run / "split-0/features/seed-0"
    stored = load_file(folder / "model.safetensors")
    name = "layer1.0.conv1.weight"
    torch.testing.assert_close(stored[name], source.state_dict()[name])
    assert not (folder / "training.jsonl").exists()
    before = np.load(folder / "features.npy")
    # What one run has learned is what another may begin with.
    taken = run.parent / "taken.safetensors"
    (folder / "model.safetensors").rename(taken)
    features(asked(run, network="test_resnet", weights=str(taken), steps=0))
    np.testing.assert_array_equal(np.load(folder / "features.npy"), before)
    # Another file under the same name is another input.
    torch.save({k: v + 0.01 for k, v in source.state_dict().items()}, path)
    features(asked(run, network="test_resnet", weights=str(path), steps=0))
    assert not np.allclose(np.load(folder / "features.npy"), before)


def refused(settings):
    with pytest.raises(InputError) as caught:
        features(settings)
    return caught.value


def test_weights_of_another_network_are_refused(run, tmp_path):
    path = tmp_path / "foreign.pt"
    torch.save(timm.create_model("test_convnext").state_dict(), path)
    error = refused(asked(run, weights=str(path)))
    assert error.code == "train.weights-file"
    assert str(path) in error.message
    assert f"Give the weights of {NETWORK}" in error.hint
    error = refused(asked(run, weights=str(tmp_path / "nowhere.pt")))
    assert error.code == "train.weights-file"
    assert not (run / "split-0/features/seed-0/record.json").exists()


def test_refusals_say_what_to_do(run, tmp_path):
    error = refused(asked(run, network="no_such_network"))
    assert error.code == "chips.network"
    error = refused(asked(run, network="vit_tiny_patch16_224"))
    assert error.code == "chips.network-size"
    assert "32 pixels" in error.message
    error = refused(asked(tmp_path / "nowhere"))
    assert error.code == "run.missing"
    single = run_of_chips(tmp_path / "single", size=32, bands=2, dark=0)
    error = refused(asked(single))
    assert error.code == "chips.one-class"
    assert "'bright'" in error.message
    assert "--steps 0" in error.hint
    features(asked(single, steps=0))


def test_random_features_are_warned_of(run):
    reporter = Reporter()
    features(asked(run, steps=0), reporter)
    assert [w["code"] for w in reporter.warnings] == ["chips.random-features"]


def test_the_command_line_makes_clusters_of_features(overseed, run):
    short = ["--threads", "1", "--device", "cpu"]
    made = overseed("chips", "features", run, "--network", NETWORK, "--weights", "none",
                    "--steps", "2", "--batch", "4", "--json", *short)  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["outputs"]["length"] == 256
    found = overseed("chips", "cluster", run, "--most", "3", *short)
    assert found.returncode == 0, found.stderr
    assert "Silhouettes (from -1 to 1) by number of clusters:" in found.stdout
    assert (run / "split-0/clusters/seed-0/tsne.png").is_file()
    wrong = overseed("chips", "cluster", run, "--least", "5", "--most", "3", *short)
    assert wrong.returncode == 2
    assert "--least is larger than --most" in wrong.stderr
