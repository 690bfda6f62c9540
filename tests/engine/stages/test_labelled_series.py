"""pseudo-labels from end to end on a small scene: images first, then labels, a filter, pairs to train on."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from pydantic import ValidationError
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from overseed.config import (
    CompareSettings,
    FidelitySettings,
    ReportSettings,
    ReviewSettings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.devices import choose_device
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.generators.contract import Labelling
from overseed.runs import RunFolder
from overseed.stages import fidelity as fidelity_stage
from overseed.stages import labelled_series
from overseed.stages import synthesize as stage
from overseed.stages.compare import _jobs
from overseed.stages.context import open_prepared
from overseed.stages.labelled_halves import labelled_halves
from overseed.stages.labelled_series import NOT_CHOSEN, NOTHING_RARE, UNSURE, nearest_to
from overseed.stages.report import report
from overseed.stages.review import review
from overseed.stages.train import train
from overseed.stages.train_generator import load_generator, train_generator
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import TRAIN, VALIDATION
from overseed.tiles.statistics import sample_pixels

METHOD = "pseudo-labels"


COMMON = {"threads": 1, "device": "cpu"}


class Seer:
    """A stand-in for a trained generator: real training ground, labelled pixel by pixel by a discriminant."""

    name = METHOD
    learned = False

    def __init__(self, prepared, blind_to=()):
        self._source = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
        values, labels = sample_pixels(
            prepared.scenes, TRAIN, 4000, np.random.default_rng(0), labelled=True
        )
        kept = ~np.isin(labels, blind_to)
        self._eye = LinearDiscriminantAnalysis().fit(values[kept].astype(float), labels[kept])

    def fit(self, *arguments):
        raise NotImplementedError

    save = load = fit

    def draw(self, count, seed, device):
        """Crops that are seen whole."""
        batch = self._source.draw(8 * count, np.random.default_rng(seed))
        order = np.argsort(-batch.visible.mean(axis=(1, 2)), kind="stable")[:count]
        assert batch.visible[order].all()
        return batch.images[order]

    def label(self, images, visible, device):
        chances = self._eye.predict_proba(np.moveaxis(images, 1, -1).reshape(-1, images.shape[1]))
        shape = (len(images), *images.shape[-2:])
        labels = self._eye.classes_[chances.argmax(axis=1)].astype(np.uint8).reshape(shape)
        return Labelling(labels, chances.max(axis=1).astype(np.float32).reshape(shape))


def synthesized(run, monkeypatch, blind_to=(), **settings):
    """Run the stage with the stand-in; its folder and the reporter."""
    monkeypatch.setattr(
        stage, "load_generator", lambda prepared, method, seed, sampling: Seer(prepared, blind_to)
    )
    reporter = Reporter()
    options = {"count": 8, **COMMON} | settings
    stage.synthesize(SynthesizeSettings(run=run, method=METHOD, **options), reporter)
    return RunFolder(run).synthetic(METHOD, 0), reporter


@pytest.fixture(scope="module")
def trained(prepared_run):
    """A run whose networks have taken a few steps, which is enough for all but good samples."""
    run = prepared_run()
    train_generator(TrainGeneratorSettings(run=run, method=METHOD, steps=4, **COMMON))
    return run


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "run")


def arrays(folder):
    return [np.load(folder / f"{name}.npy") for name in ("images", "labels", "changed")]


def entries(folder, name="index"):
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def test_training_leaves_weights_log_and_sheet_and_no_checkpoints(trained):
    folder = RunFolder(trained).generator(METHOD, 0)
    outputs = entries(folder, "record")["outputs"]
    assert {"labels/weights.safetensors", "images/weights.safetensors"} <= set(outputs)
    assert {"training.jsonl", "samples.png"} <= set(outputs)
    assert not list(folder.rglob("checkpoint*"))
    generator = load_generator(open_prepared(trained), METHOD, 0)
    assert generator.draw(2, 0, choose_device("cpu", 1)).shape == (2, 4, 64, 64)


def test_thresholds_come_from_training_ground_that_the_labels_were_not_learned_from(
    run, monkeypatch
):
    prepared = open_prepared(run)
    looked_at = []
    label = Seer.label

    def watched(self, images, visible, device):
        looked_at.append((images, visible))
        return label(self, images, visible, device)

    monkeypatch.setattr(Seer, "label", watched)
    synthesized(run, monkeypatch)
    images, visible = looked_at[0]
    assert len(images) == 128
    pixels = np.moveaxis(images, 1, -1)[visible]
    scene = prepared.scenes[0]
    values = np.moveaxis(np.asarray(scene.image), 0, -1)
    sides = {}
    for name, windows in zip(("learned", "held out"), prepared.halves(), strict=True):
        mask = np.zeros(scene.side.shape, bool)
        for _, window in windows:
            mask[window.slices] = True
        sides[name] = {row.tobytes() for row in values[mask & (scene.side == TRAIN)]}
    validation = {row.tobytes() for row in values[scene.side == VALIDATION]}
    found = {row.tobytes() for row in pixels}
    assert found <= sides["held out"]
    assert len(found & sides["learned"]) < len(found) / 10
    assert len(found & validation) < len(found) / 10


def test_ground_that_cannot_be_divided_gives_blind_thresholds(run, monkeypatch):
    prepared = open_prepared(run)
    learned, held_out = labelled_halves(prepared)
    assert held_out is not None
    alone = replace(prepared, blocks=([prepared.blocks[TRAIN][0]], *prepared.blocks[1:]))
    learned, held_out = labelled_halves(alone)
    assert held_out is None
    assert learned.draw(2, np.random.default_rng(0)).visible.any()
    monkeypatch.setattr(labelled_series, "labelled_halves", lambda prepared: labelled_halves(alone))
    folder, reporter = synthesized(run, monkeypatch)
    assert {row["how"] for row in entries(folder)["labels"]["classes"].values()} == {"blind"}
    assert any(w["code"] == "pseudo-labels.blind" for w in reporter.warnings)


def test_pairs_hold_sure_labels_of_rare_ground_alone(run, monkeypatch):
    folder, _ = synthesized(run, monkeypatch)
    prepared = open_prepared(run)
    images, labels, changed = arrays(folder)
    seer = Seer(prepared)
    index = entries(folder)
    found = seer.label(images, changed, None)
    rows = index["labels"]["classes"]
    assert index["labels"]["precision_wanted"] == 0.9
    for number, name in enumerate(prepared.table.names):
        own = found.labels == number
        if rows[name]["threshold"] is None:
            assert (labels[own] == 255).all()
            continue
        sure = own & (found.confidence >= rows[name]["threshold"] - 1e-4)
        assert (labels[own & ~sure] == 255).all()
        assert (labels[sure & (found.confidence > rows[name]["threshold"] + 1e-4)] == number).all()
    assert changed.all()
    assert (labels == 255).any()
    rare = np.isin(labels, prepared.table.rare_indices)
    assert (rare.sum(axis=(1, 2)) >= 16).all()
    assert index["count"] == len(labels) == 8
    for entry in index["samples"]:
        assert entry["source"] is None
        assert max(entry["scores"].values()) <= 1
    rejected = entries(folder, "rejected")
    assert rejected["count"] == sum(rejected["reasons"].values())
    assert rejected["reasons"][NOT_CHOSEN] > 0
    assert {"gallery.png", "fidelity.json"} <= {path.name for path in folder.iterdir()}
    quick = entries(folder, "fidelity")
    assert sum(row["pixels_synthetic"] for row in quick["lda"]["classes"]) <= (labels != 255).sum()


def test_a_higher_precision_labels_fewer_pixels_more_of_them_right(run, monkeypatch):
    kept, right = [], []
    for precision in (0.6, 0.97):
        folder, _ = synthesized(run, monkeypatch, label_precision=precision)
        record = entries(folder, "record")
        assert record["settings"]["label_precision"] == precision
        rows = entries(folder)["labels"]["classes"].values()
        kept.append(np.mean([row["kept"] for row in rows if row["kept"] is not None]))
        right.append(np.mean([row["precision"] for row in rows if row["precision"] is not None]))
    assert kept[1] < kept[0]
    assert right[1] > right[0]


def test_stages_that_use_samples_take_them(run, monkeypatch, tmp_path):
    tiles = tmp_path / "tiles"
    folder, _ = synthesized(run, monkeypatch, export_tiles=tiles)
    few = {"steps": 2, "batch": 2, "encoder_weights": "none", **COMMON}
    for augment in (METHOD, f"oversample+{METHOD}"):
        train(TrainSettings(run=run, augment=augment, **few))
        record = entries(RunFolder(run).model(augment, 0), "record")
        assert record["figures"]["synthetic_crops"] > 0
    reviewed = review(ReviewSettings(run=run, method=METHOD, reject="2", **COMMON))
    assert (reviewed["count"], reviewed["accepted"]) == (8, 7)
    report(ReportSettings(run=run))
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "whole tiles that lie nowhere" in page
    assert "real ground beside it" in page
    assert "labelled by an image-to-layout network" in page
    assert "parcels of rare classes were sown" not in page
    images, labels, _ = arrays(folder)
    codes = np.append(open_prepared(run).table.codes, 0)
    with rasterio.open(tiles / "sample-00001_label.tif") as made:
        classes = np.where(labels[1] == 255, len(codes) - 1, labels[1])
        assert (made.read(1) == codes[classes]).all()
        assert made.crs is None
        assert made.res == (10, 10)
    with rasterio.open(tiles / "sample-00001_image.tif") as made:
        assert (made.read() == images[1]).all()
        assert made.tags()["OVERSEED_METHOD"] == METHOD


def test_fidelity_counts_rare_pixels_alone_and_knows_no_diversity(run, monkeypatch):
    synthesized(run, monkeypatch)
    monkeypatch.setattr(fidelity_stage, "load_generator", stage.load_generator)
    monkeypatch.setattr(
        fidelity_stage, "_encoders", lambda *_: ({"mean": lambda x: x.mean(axis=(2, 3))}, [])
    )
    result = fidelity_stage.fidelity(FidelitySettings(run=run, method=METHOD, **COMMON))
    found = entries(RunFolder(run).fidelity(METHOD, 0), "fidelity")
    assert found["sets"]["accepted"]["verdicts"]["diversity"] is None
    assert any("no layouts" in note for note in found["notes"])
    # The stand-in's images are real ground.
    assert result["verdicts"]["agreement lda"]


def test_nothing_is_made_of_rare_classes_that_cannot_be_told(run, monkeypatch):
    rare = open_prepared(run).table.rare_indices
    with pytest.raises(InputError) as refusal:
        synthesized(run, monkeypatch, blind_to=rare)
    assert refusal.value.code == "pseudo-labels.nothing-usable"
    assert NOTHING_RARE in refusal.value.message or UNSURE in refusal.value.message
    assert "--label-precision" in refusal.value.hint


def test_classes_that_are_mostly_wrong_are_refused(run, monkeypatch):
    prepared = open_prepared(run)

    def all_rare(self, images, visible, device):
        rare = prepared.table.rare_indices
        labels = np.resize(np.array(rare, np.uint8), visible.shape)
        return Labelling(labels, np.full(visible.shape, 0.8, np.float32))

    monkeypatch.setattr(Seer, "label", all_rare)
    with pytest.raises(InputError) as refusal:
        synthesized(run, monkeypatch, target="equal")
    assert refusal.value.code == "pseudo-labels.unsure"
    assert "--steps" in refusal.value.hint


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (SynthesizeSettings, {"method": METHOD, "layouts": "move"}, "has none to change"),
        (SynthesizeSettings, {"method": "spade", "label_precision": 0.8}, "pseudo-labels alone"),
        (TrainGeneratorSettings, {"method": METHOD, "pretrain": 0.2}, "for spade and pix2pix"),
    ],
)
def test_settings_of_other_methods_are_refused(kind, options, words, tmp_path):
    with pytest.raises(ValidationError, match=words):
        kind(run=tmp_path, **options)


def test_a_comparison_makes_pairs_for_the_arm_whatever_layouts_others_take(tmp_path):
    settings = CompareSettings(run=tmp_path, arms=f"{METHOD},spade", layouts="move")
    jobs = [job.settings for job in _jobs(settings, ["none", METHOD, "spade"], [0], [0])]
    made = {s.method: s for s in jobs if isinstance(s, SynthesizeSettings)}
    assert (made[METHOD].layouts, made["spade"].layouts) == ("auto", "move")
    assert [s.augment for s in jobs if isinstance(s, TrainSettings)] == ["none", METHOD, "spade"]


def test_samples_are_chosen_for_the_shares_of_all():
    masks = [np.full((4, 4), 255, np.uint8) for _ in range(5)]
    for mask, index in zip(masks, (0, 0, 0, 1, 1), strict=True):
        mask[:] = index
    assert nearest_to(np.array([0.5, 0.5]), masks, 4) in ([0, 1, 3, 4], [0, 2, 3, 4], [1, 2, 3, 4])
    assert nearest_to(np.array([0.0, 1.0]), masks, 2) == [3, 4]
    assert nearest_to(np.array([0.5, 0.5]), masks, 9) == [0, 1, 2, 3, 4]
    assert nearest_to(np.array([0.5, 0.5]), [], 3) == []
