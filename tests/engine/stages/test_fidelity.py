"""Samples of a run held against its real ground: files, figures, and what is refused."""

import json

import numpy as np
import pytest

from overseed.assessment import judges
from overseed.config import (
    FidelitySettings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.stages import measured_samples
from overseed.stages.fidelity import fidelity
from overseed.stages.synthesize import synthesize
from overseed.stages.train import train
from overseed.stages.train_generator import train_generator

METHOD = "copy-paste"


@pytest.fixture(scope="module", autouse=True)
def _small_measures():
    """Few trees and seeds say as much to these tests, in a third of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judges, "TREES", 20)
        patch.setattr(measured_samples, "SEEDS_AGAIN", 3)
        patch.setattr(measured_samples, "LAYOUTS_AGAIN", 4)
        yield


class Ears(Reporter):
    """Remembers warnings."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def warning(self, code, message):
        self.heard.append(code)


@pytest.fixture(scope="module")
def run(prepared_run):
    """A run with samples and no network."""
    folder = prepared_run()
    train_generator(TrainGeneratorSettings(run=folder, method=METHOD, steps=12, device="cpu"))
    synthesize(SynthesizeSettings(run=folder, method=METHOD, count=16, device="cpu"))
    return folder


@pytest.fixture(scope="module")
def measured(run):
    ears = Ears()
    outputs = fidelity(FidelitySettings(run=run, method=METHOD, device="cpu"), ears)
    return outputs, ears.heard


def found_in(outputs):
    with open(outputs["fidelity"], encoding="utf-8") as stream:
        return json.load(stream, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))


def test_figures_of_accepted_samples_and_of_all(measured):
    outputs, _ = measured
    found = found_in(outputs)
    assert found["method"] == METHOD
    accepted = found["sets"]["accepted"]
    assert accepted["samples"] == 16
    # All pixels are real, so judges know them about as well as training ground, and none is called a copy.
    assert accepted["agreement"]["lda"]["ratio"] > 0.8
    assert accepted["copies"] is None
    assert accepted["transfer"] is None or accepted["transfer"]["lda"]["real"] > 0
    assert set(accepted["verdicts"]) >= {"values", "covariance", "detail", "agreement lda"}
    for band in accepted["histograms"]:
        assert sum(band["synthetic"]) == pytest.approx(1, abs=1e-3)
        assert sum(band["real"]) == pytest.approx(1, abs=1e-3)
        assert np.all(np.diff(band["edges"]) > 0)
    assert "KID, imagenet" in outputs["text"] or "Too few crops" in outputs["text"]


def test_the_page_is_a_picture(measured):
    from PIL import Image

    with Image.open(measured[0]["page"]) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 600
        pixels = np.asarray(picture.convert("RGB"))
    assert (pixels != 255).any(axis=-1).mean() > 0.02


def test_without_a_network_the_person_is_told_how_to_get_its_features(measured):
    assert "fidelity.no-unet" in measured[1]


def test_a_network_of_the_run_joins_in_and_what_is_there_is_not_measured_twice(run, measured):
    train(TrainSettings(run=run, augment="none", steps=4, batch=2, device="cpu"))
    settings = FidelitySettings(run=run, method=METHOD, device="cpu")
    outputs = fidelity(settings)
    assert set(found_in(outputs)["sets"]["accepted"]["kid"]) == {"imagenet", "unet"}
    path = run / "split-0" / "fidelity" / METHOD / "seed-0" / "fidelity.json"
    before = path.stat().st_mtime_ns
    fidelity(settings)
    assert path.stat().st_mtime_ns == before


def test_it_says_how_far_it_is_and_ends_there_when_asked_to(run, measured):
    told = []

    class Impatient(Reporter):
        def progress(self, done, total, unit="step"):
            told.append((done, total, unit))
            if done == 1:
                self.cancel.set()
            super().progress(done, total, unit)

    with pytest.raises(Cancelled):
        fidelity(FidelitySettings(run=run, method=METHOD, device="cpu", fresh=True), Impatient())
    assert told == [(0, 3, "version"), (1, 3, "version")]


def test_forced_distances_say_of_how_many_crops(run):
    outputs = fidelity(FidelitySettings(run=run, method=METHOD, device="cpu", force=True))
    rows = [row for row in found_in(outputs)["kid"].values() if row]
    assert all(row["fid"]["n"] < 1000 for row in rows)


def test_samples_that_are_not_there_are_asked_for(run):
    with pytest.raises(InputError, match="synthesize --method spade") as caught:
        fidelity(FidelitySettings(run=run, method="spade"))
    assert caught.value.code == "run.stage-missing"


def test_a_network_of_other_bands_is_refused(run, scene, tmp_path):
    from overseed.config import PrepareSettings
    from overseed.stages.prepare import prepare

    other = tmp_path / "other"
    prepare(
        PrepareSettings(
            run=other, raster=[scene["raster"]], labels=[scene["labels"]],
            class_field=scene["class_field"], tile_size=64, bands=["1", "2"],
        )
    )  # fmt: skip
    train(TrainSettings(run=other, augment="none", steps=2, batch=2, device="cpu"))
    with pytest.raises(InputError) as caught:
        fidelity(FidelitySettings(run=run, method=METHOD, device="cpu", weights=other))
    assert caught.value.code == "fidelity.bands"
