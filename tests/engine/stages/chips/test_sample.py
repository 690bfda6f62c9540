"""`chips sample`: what it makes, what it says of it, and what it refuses."""

import json

import numpy as np
import pytest
import rasterio

from overseed.chip_settings import ChipFeaturesSettings, SampleChipsSettings, TrainGanSettings
from overseed.errors import InputError
from overseed.stages.chips.features import features
from overseed.stages.chips.sample import sample
from overseed.stages.chips.train_gan import train_gan
from tests.engine.stages.chips.run_of_chips import run_of_chips

SMALL = {"width": 8, "latent": 8, "batch": 4, "threads": 1, "device": "cpu"}


def trained(run, **settings):
    train_gan(TrainGanSettings(run=run, gan="dcgan", steps=1, **SMALL, **settings))


def asked(run, **settings):
    return SampleChipsSettings(run=run, gan="dcgan", threads=1, device="cpu", **settings)


def test_chips_have_labels_clusters_and_the_place_of_the_chip_they_are_most_like(
    tmp_path,
):
    run = run_of_chips(tmp_path, clusters=True)
    trained(run, condition="cluster")
    settings = asked(run, condition="cluster", count=9, export_tiles=tmp_path / "tiles")
    outputs = sample(settings)
    folder = run / "split-0/synthetic/dcgan-cluster/seed-0"
    images, labels = np.load(folder / "images.npy"), np.load(folder / "labels.npy")
    assert (images.shape, images.dtype) == ((9, 3, 64, 64), np.uint8)
    assert labels.tolist() == [1] * 9
    index = json.loads((folder / "index.json").read_text())
    # The rare class has three training chips in each of its clusters.
    clusters = [chip["cluster"] for chip in index["chips"]]
    assert sorted(np.bincount(clusters).tolist()) == [4, 5]
    for chip in index["chips"]:
        assert chip["synthetic"]
        assert chip["class"] == "dark"
        like = chip["nearest"]
        assert like["file"] == f"chip-{like['chip']}.tif"
        assert like["chip"] >= 24
        assert like["transform"][2] == 500_000 + 32 * like["chip"]
        assert "UTM zone 33N" in index["systems"][like["crs"]]
        assert chip["pixel_size"] == [0.5, 0.5]
    assert len({chip["seed"] for chip in index["chips"]}) == 9
    assert outputs["fidelity"]["held_out"] == {"sides": ["validation", "test"], "chips": 3}
    assert 0 <= outputs["fidelity"]["copies"]["share"] <= 1
    files = sorted((tmp_path / "tiles/dark").glob("*.tif"))
    assert len(files) == 9
    with rasterio.open(files[3]) as tile:
        assert tile.res == (0.5, 0.5)
        assert tile.tags()["OVERSEED_SYNTHETIC"] == "yes"
        assert tile.descriptions == ("red", "green", "blue")
        np.testing.assert_array_equal(tile.read(), images[3])
    sample(asked(run, condition="cluster", count=2, cluster=[1], export_tiles=tmp_path / "tiles"))
    assert len(list((tmp_path / "tiles/dark").glob("*.tif"))) == 2
    index = json.loads((folder / "index.json").read_text())
    assert [chip["cluster"] for chip in index["chips"]] == [1, 1]


def test_all_classes_are_measured_against_chips_that_were_held_out(tmp_path):
    run = run_of_chips(tmp_path, bright=24, dark=24)
    trained(run, condition="class")
    settings = asked(run, condition="class", of=["bright", "dark"], count=8, force=True)
    fidelity = sample(settings)["fidelity"]
    assert set(fidelity["classes"]) == {"bright", "dark"}
    value, low, high = fidelity["all"]["estimate"]
    assert low <= value <= high
    # After one step chips are grey noise, far from real ones, which are alike.
    assert value > fidelity["all"]["real"][2]
    assert fidelity["all"]["fid"]["n"] == 16
    assert "efficientnet" in fidelity["encoder"]


def test_a_gan_that_was_told_nothing_labels_its_chips_only_if_it_knows_one_class(tmp_path):
    run = run_of_chips(tmp_path)
    trained(run, condition="none")
    sample(asked(run, condition="none", count=2, truncation=0.5))
    labels = np.load(run / "split-0/synthetic/dcgan/seed-0/labels.npy")
    assert labels.tolist() == [1, 1]
    trained(run, condition="none", of=["bright", "dark"])
    with pytest.raises(InputError) as refused:
        sample(asked(run, condition="none", count=2))
    assert refused.value.code == "chips.no-label"
    assert "--of" in refused.value.hint


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"of": ["bright"]}, "chips.not-learned"),
        ({"of": ["grey"]}, "classes.unknown"),
        ({"cluster": [1]}, "chips.cluster"),
        ({"weights": "nowhere"}, "chips.no-classifier"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_the_folder_as_it_was(tmp_path, settings, code):
    run = run_of_chips(tmp_path)
    trained(run, condition="class", of=["dark"])
    with pytest.raises(InputError) as refused:
        sample(asked(run, condition="class", **settings))
    assert refused.value.code == code
    assert not (run / "split-0/synthetic/dcgan-class/seed-0/record.json").exists()


def test_features_of_a_network_that_knows_the_classes_may_be_taken(tmp_path):
    run = run_of_chips(tmp_path)
    trained(run, condition="class")
    common = {"run": run, "threads": 1, "device": "cpu"}
    features(ChipFeaturesSettings(network="resnet18", weights="none", steps=0, **common))
    network = run / "split-0/features/seed-0/model.safetensors"
    fidelity = sample(asked(run, condition="class", count=4, weights=network))["fidelity"]
    assert fidelity["encoder"] == "resnet18, weights seed-0/model.safetensors"
    index = json.loads((run / "split-0/synthetic/dcgan-class/seed-0/index.json").read_text())
    # The nearest chip's distance is the one in these features.
    entry = index["chips"][0]["nearest"]
    found = np.load(run / "split-0/features/seed-0/features.npy")
    usual = np.linalg.norm(found[24:33] - found[entry["chip"]], axis=1).max()
    assert entry["distance"] > usual
    broken = tmp_path / "broken.safetensors"
    broken.write_text("no weights")
    with pytest.raises(InputError) as refused:
        sample(asked(run, condition="class", count=4, weights=broken))
    assert refused.value.code == "train.weights-file"


def test_it_needs_a_trained_gan(tmp_path):
    with pytest.raises(InputError) as refused:
        sample(asked(run_of_chips(tmp_path), condition="class"))
    assert refused.value.code == "run.stage-missing"
    assert "chips train-gan --gan dcgan --condition class" in refused.value.hint
