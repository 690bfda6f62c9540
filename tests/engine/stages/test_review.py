"""Samples that somebody rejects: sheets to look at, decisions that last, and every stage that obeys them."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from overseed.config import (
    FidelitySettings,
    ReportSettings,
    ReviewSettings,
    SynthesizeSettings,
    TrainGeneratorSettings,
    TrainSettings,
)
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import read_json
from overseed.runs import RunFolder
from overseed.setting_texts import parse_numbers, written_numbers
from overseed.stages import fidelity as stage
from overseed.stages.fidelity import fidelity
from overseed.stages.report import report
from overseed.stages.review import review
from overseed.stages.synthesize import synthesize
from overseed.stages.train import train
from overseed.stages.train_generator import train_generator
from overseed.tiles.sampling import StoredSamples
from tests.engine.conftest import last_json

METHOD = "copy-paste"
COMMON = {"threads": 1, "device": "cpu"}


@pytest.fixture(scope="module")
def made(prepared_run):
    """A run with some samples."""
    run = prepared_run()
    train_generator(TrainGeneratorSettings(run=run, method=METHOD, steps=4, **COMMON))
    synthesize(SynthesizeSettings(run=run, method=METHOD, count=20, **COMMON))
    return run


@pytest.fixture
def run(made, tmp_path):
    return shutil.copytree(made, tmp_path / "run")


def reviewed(run, **settings):
    return review(ReviewSettings(run=run, method=METHOD, **settings))


def refusal(run, **settings):
    with pytest.raises(InputError) as caught:
        reviewed(run, **settings)
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    return caught.value.code


def samples_of(run):
    return RunFolder(run).synthetic(METHOD, 0)


def trained(run):
    settings = {"steps": 2, "batch": 2, "encoder_weights": "none", **COMMON}
    train(TrainSettings(run=run, augment=METHOD, **settings))
    return read_json(RunFolder(run).model(METHOD, 0) / "record.json")


def test_sheets_show_every_sample_where_the_index_says(run):
    result = reviewed(run)
    index = read_json(samples_of(run) / "review" / "sheets.json")
    entries = read_json(samples_of(run) / "index.json")["samples"]
    labels = np.load(samples_of(run) / "labels.npy")
    assert [s["number"] for s in index["samples"]] == list(range(1, len(entries) + 1))
    assert result["accepted"] == result["count"] == len(entries) > 18
    assert len(result["sheets"]) == 2
    colours = [
        tuple(bytes.fromhex(line.split("#")[1][:6]))
        for line in (run / "classes.csv").read_text().splitlines()[1:]
    ]
    for sample, entry, own in zip(index["samples"], entries, labels, strict=True):
        assert sample["classes"] == entry["classes"]
        assert sample["accepted"]
        left, top, width, height = sample["rectangle"]
        with Image.open(samples_of(run) / "review" / sample["sheet"]) as sheet:
            assert left >= 0
            assert left + width <= sheet.width
            assert top >= 0
            assert top + height <= sheet.height
            # The right tile holds the labels, enlarged twice; few pixels lie under the outline.
            tile = np.array(
                sheet.crop((left + width - 128, top + height - 128, left + width, top + height))
            )
        known = own != 255
        expected = np.array(colours)[np.where(known, own, 0)]
        shown = tile[::2, ::2]
        assert (shown[known] == expected[known]).all(axis=-1).mean() > 0.75
    # Of two cells on one sheet none covers the other.
    boxes = [s["rectangle"] for s in index["samples"] if s["sheet"] == "sheet-001.png"]
    for number, (x, y, w, h) in enumerate(boxes):
        for a, b, c, d in boxes[:number]:
            assert x >= a + c or a >= x + w or y >= b + d or b >= y + h


def test_the_real_ground_beside_a_sample_holds_its_class(run):
    reviewed(run)
    index = read_json(samples_of(run) / "review" / "sheets.json")
    labels = np.load(run / "tiles" / "scene-001" / "labels.npy")
    sides = np.load(run / "tiles" / "scene-001" / "side.npy")
    names = [line.split(",")[1] for line in (run / "classes.csv").read_text().splitlines()[1:]]
    for sample in index["samples"]:
        main = max(sample["classes"], key=sample["classes"].get)
        _, row, col = sample["real"]
        window = slice(row, row + 64), slice(col, col + 64)
        assert ((labels[window] == names.index(main)) & (sides[window] == 0)).any()


def test_decisions_last_and_can_be_taken_back(run):
    assert reviewed(run, reject="3,17-19")["rejected"] == [3, 17, 18, 19]
    assert reviewed(run, reject="1", accept="18")["rejected"] == [1, 3, 17, 19]
    assert reviewed(run)["accepted"] == 16
    index = read_json(samples_of(run) / "review" / "sheets.json")
    assert [s["number"] for s in index["samples"] if not s["accepted"]] == [1, 3, 17, 19]
    # Synthesizing what is there already changes nothing.
    synthesize(SynthesizeSettings(run=run, method=METHOD, count=20, **COMMON))
    assert reviewed(run)["rejected"] == [1, 3, 17, 19]
    assert reviewed(run, accept="1-20")["rejected"] == []
    assert not (samples_of(run) / "review.json").exists()


def test_sheets_are_drawn_once(run):
    first = reviewed(run)["sheets"][0]
    with open(first, "ab") as stream:
        stream.write(b"mark")
    reviewed(run, reject="2")
    with open(first, "rb") as stream:
        assert stream.read().endswith(b"mark")
    reviewed(run, fresh=True)
    with open(first, "rb") as stream:
        assert not stream.read().endswith(b"mark")


def test_other_samples_make_decisions_void(run):
    reviewed(run, reject="1-4")
    synthesize(SynthesizeSettings(run=run, method=METHOD, count=6, **COMMON))
    reporter = Reporter()
    result = review(ReviewSettings(run=run, method=METHOD), reporter)
    assert result["accepted"] == result["count"] == 6
    assert [w["code"] for w in reporter.warnings] == ["review.void"]
    assert len(result["sheets"]) == 1
    assert not (samples_of(run) / "review" / "sheet-002.png").exists()


def test_refusals(run, prepared_run):
    assert refusal(run, reject="21") == "review.no-sample"
    assert refusal(run, reject="1-3", accept="3") == "review.both"
    assert refusal(run, reject="1-20") == "review.all-rejected"
    reviewed(run, reject="1-19")
    assert refusal(run, reject="20") == "review.all-rejected"
    assert reviewed(run)["accepted"] == 1
    shutil.rmtree(samples_of(run))
    assert refusal(run) == "run.stage-missing"


def test_training_leaves_rejected_samples_out_and_says_so(run, monkeypatch):
    before = trained(run)
    assert set(before["inputs"]) == {"prepare", "synthetic"}
    seen = []
    draw = StoredSamples.draw

    def watched(self, count, rng, keep=slice(None)):
        batch = draw(self, count, rng, keep)
        seen.extend(np.sort(labels, axis=None).tobytes() for labels in batch.labels)
        return batch

    monkeypatch.setattr(StoredSamples, "draw", watched)
    reviewed(run, reject="1-18")
    record = trained(run)
    assert record["inputs"]["synthetic-rejected-by-hand"] == list(range(1, 19))
    assert record["key"] != before["key"]
    labels = np.load(samples_of(run) / "labels.npy")
    kept = {np.sort(one, axis=None).tobytes() for one in labels[18:]}
    assert seen
    assert set(seen) <= kept
    # What is up to date is left alone; taken back, it is the old training again.
    assert trained(run)["started"] == record["started"]
    reviewed(run, accept="1-18")
    again = trained(run)
    assert again["key"] == before["key"]


def test_all_that_is_left_by_hand_edits_is_refused(run):
    reviewed(run, reject="1-19")
    path = samples_of(run) / "review.json"
    content = read_json(path)
    path.write_text(json.dumps(content | {"rejected": list(range(1, 21))}))
    with pytest.raises(InputError) as caught:
        trained(run)
    assert caught.value.code == "review.all-rejected"
    path.write_text("[")
    assert refusal(run) == "review.damaged"


def test_exported_tiles_and_report_leave_them_out(run, tmp_path):
    target = tmp_path / "tiles"
    settings = SynthesizeSettings(run=run, method=METHOD, count=20, export_tiles=target, **COMMON)
    synthesize(settings)
    assert len(list(target.glob("*_image.tif"))) == 20
    report(ReportSettings(run=run))
    assert "by hand" not in (run / "report.html").read_text()
    assert "rejected_by_hand" not in (run / "report.json").read_text()
    reviewed(run, reject="1,5-6")
    synthesize(settings)
    assert len(list(target.glob("*_image.tif"))) == 17
    assert not list(target.glob("sample-00004_*"))
    report(ReportSettings(run=run))
    page = (run / "report.html").read_text()
    assert "Of the samples 3 were then rejected by hand" in page
    told = (run / "report.json").read_text()
    assert f"--seed 0 --method {METHOD} --reject 1,5-6" in told
    assert "Sample 1;" not in told


def test_numbers_are_read_and_written():
    assert parse_numbers("3, 17-20,18") == [3, 17, 18, 19, 20]
    assert written_numbers([3, 17, 18, 19, 20, 22]) == "3,17-20,22"
    for text in ("", "0", "3-1", "a", "1,,2", "-4", "1-99999999"):
        with pytest.raises(ValueError, match="is neither"):
            parse_numbers(text)


def test_the_command_line(run, overseed):
    done = overseed("review", run, "--method", METHOD, "--reject", "2-3", "--json")
    assert done.returncode == 0, done.stderr
    assert last_json(done.stdout)["outputs"]["rejected"] == [2, 3]
    refused = overseed("review", run, "--method", METHOD, "--reject", "x")
    assert refused.returncode == 2
    assert "--reject" in refused.stderr


def test_fidelity_measures_what_is_kept(run, monkeypatch):
    """The accepted set without what was rejected, and the set of all that were made with it."""
    measured = []

    def counted(samples, *others):
        measured.append(len(samples.images))
        return {"kid": {}, "missing": []}

    monkeypatch.setattr(stage, "figures", counted)
    monkeypatch.setattr(stage, "gather_ground", lambda *others: None)
    monkeypatch.setattr(stage, "_encoders", lambda *others: ({}, []))
    monkeypatch.setattr(stage, "verdicts", lambda figures: {})
    monkeypatch.setattr("overseed.reporting.fidelity_page.draw_fidelity", lambda *a: a[-1].touch())
    monkeypatch.setattr(stage, "_outputs", lambda folder: read_json(folder / "fidelity.json"))
    settings = FidelitySettings(run=run, method=METHOD, **COMMON)
    assert not any("by hand" in note for note in fidelity(settings)["notes"])
    reviewed(run, reject="1-5")
    assert (
        "5 samples that were rejected by hand are not among the accepted."
        in fidelity(settings)["notes"]
    )
    record = read_json(RunFolder(run).fidelity(METHOD, 0) / "record.json")
    assert record["inputs"]["samples-rejected-by-hand"] == [1, 2, 3, 4, 5]
    assert measured[0] == 20
    assert measured[2] == 15
    assert measured[1] == measured[3] >= 20
