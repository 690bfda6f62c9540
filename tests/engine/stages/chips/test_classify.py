"""`chips classify-chips`: files, scores, thresholds from validation alone, synthetic chips, refusals."""

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from sklearn.metrics import average_precision_score, f1_score

from overseed.chip_settings import ClassifyChipsSettings
from overseed.chips.chip_set import OTHER_REGION, Place
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.stages.chips.classify import classify
from overseed.tiles.split import TEST, TRAIN, VALIDATION
from tests.engine.chips.planted_chips import PANEL, planted
from tests.engine.stages.chips.made_runs import make_run, make_synthetic

FEW = {"steps": 10, "batch": 8, "threads": 1, "device": "cpu", "learning_rate": 3e-3}


def classified(root, **more):
    return classify(ClassifyChipsSettings(run=root, **(FEW | more)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("chips") / "run")


@pytest.fixture(scope="module")
def done(run):
    return classified(run)


def predictions(folder):
    stored = np.load(folder / "predictions.npz")
    return stored["numbers"], stored["probabilities"]


def test_scores_are_those_of_the_stored_predictions(run, done):
    chips = planted()
    numbers, probabilities = predictions(run / "split-0/models/none/seed-0")
    scores = json.loads((run / "split-0/models/none/seed-0/scores.json").read_text())
    assert set(chips.sides[numbers]) == {VALIDATION, TEST, OTHER_REGION}
    for name, side in (("validation", VALIDATION), ("test", TEST), ("other_region", OTHER_REGION)):
        own = chips.sides[numbers] == side
        labels, found = chips.labels[numbers[own]], probabilities[own]
        assert scores[name]["chips"] == own.sum()
        wanted = f1_score(labels, found.argmax(axis=1), average=None, zero_division=0)
        assert [c["f1"] for c in scores[name]["classes"]] == pytest.approx(wanted, abs=1e-5)
        panel = scores[name]["classes"][PANEL]
        assert panel["average_precision"] == pytest.approx(
            average_precision_score(labels == PANEL, found[:, PANEL]), abs=1e-5
        )
        (at,) = scores[name]["at_threshold"]
        assert at["threshold"] == scores["thresholds"][0]["threshold"]
        assert at["f1"] == pytest.approx(
            f1_score(labels == PANEL, found[:, PANEL] >= at["threshold"]), abs=1e-5
        )
        assert list(scores[name])[-1] == "accuracy"
    assert scores["thresholds"][0]["validation_chips"] == 5
    assert scores["thresholds"][0]["uncertain"]
    assert "5 validation chips" in done["text"]


def test_the_threshold_is_the_best_on_validation(run, done):
    chips = planted()
    numbers, probabilities = predictions(run / "split-0/models/none/seed-0")
    own = chips.sides[numbers] == VALIDATION
    positive, scores = chips.labels[numbers[own]] == PANEL, probabilities[own, PANEL]
    threshold = done["scores"]["thresholds"][0]["threshold"]
    reached = f1_score(positive, scores >= threshold)
    assert reached == max(f1_score(positive, scores >= t) for t in scores)


def test_other_test_labels_change_the_scores_and_nothing_else(run, done, tmp_path):
    chips = planted()
    seen = np.isin(chips.sides, (TEST, OTHER_REGION))
    other = replace(chips, labels=np.where(seen, (chips.labels + 1) % 3, chips.labels))
    again = classified(make_run(tmp_path / "run", other))
    assert again["scores"]["thresholds"] == done["scores"]["thresholds"]
    assert again["scores"]["best_step"] == done["scores"]["best_step"]
    assert again["scores"]["validation"] == done["scores"]["validation"]
    assert again["scores"]["test"]["classes"] != done["scores"]["test"]["classes"]


def test_the_model_file_says_what_it_is_and_agrees(run, done):
    chips = planted()
    folder = run / "split-0/models/none/seed-0"
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    about = json.loads(session.get_modelmeta().custom_metadata_map["overseed"])
    assert about["kind"] == "chips"
    assert [c["name"] for c in about["classes"]] == list(chips.table.names)
    assert about["bands"] == ["b1", "b2"]
    assert about["tile_size"] == 32
    assert about["pixel_metres"] is None
    assert about["synthetic"] is False
    assert about["thresholds"] == {"panel": done["scores"]["thresholds"][0]["threshold"]}
    numbers, probabilities = predictions(folder)
    (found,) = session.run(None, {"image": chips.images[numbers].astype(np.float32)})
    assert np.allclose(found, probabilities, atol=1e-3)


def test_a_finished_training_is_kept_and_the_best_is_named(run, done):
    record = run / "split-0/models/none/seed-0/record.json"
    before = record.stat().st_mtime_ns
    again = classified(run)
    assert record.stat().st_mtime_ns == before
    assert again["best"] == json.loads((run / "best.json").read_text())
    assert again["best"]["kind"] == "chips"
    assert (run / again["best"]["model"] / "model.onnx").is_file()
    # Which share would be taken of chips that there are none of does not matter.
    classified(run, share=0.5)
    assert record.stat().st_mtime_ns == before


def test_synthetic_chips_are_taken_and_known_by_their_record(run):
    with pytest.raises(InputError) as refused:
        classified(run, augment="flips+wgan-gp-class", seed=1)
    assert refused.value.code == "run.stage-missing"
    assert "chips sample" in refused.value.hint
    assert "--gan wgan-gp --condition class --seed 1" in refused.value.hint
    make_synthetic(run, "wgan-gp-class", 0)
    done = classified(run, augment="flips+wgan-gp-class", seed=1, gan_seed=0, steps=4)
    folder = run / "split-0/models/flips+wgan-gp-class/seed-1"
    record = json.loads((folder / "record.json").read_text())
    synthetic = run / "split-0/synthetic/wgan-gp-class/seed-0/record.json"
    key = json.loads(synthetic.read_text())["key"]
    assert record["inputs"]["synthetic/wgan-gp-class"] == key
    assert record["figures"]["real_chips"] == 32
    assert record["figures"]["synthetic_chips"] == 10
    assert done["scores"]["arm"] == "flips+wgan-gp-class"


def test_a_cancelled_training_continues(tmp_path):
    root = make_run(
        tmp_path / "run", planted({TRAIN: (6, 6, 3), VALIDATION: (3, 3, 2), TEST: (3, 3, 2)})
    )

    class Stopping(Reporter):
        def progress(self, done, total, unit="step"):
            if done == 3:
                raise Cancelled

    settings = ClassifyChipsSettings(run=root, **(FEW | {"steps": 5}))
    with pytest.raises(Cancelled):
        classify(settings, Stopping())
    folder = root / "split-0/models/none/seed-0"
    assert (folder / "checkpoint.safetensors").is_file()
    assert not (folder / "record.json").exists()
    done = classify(settings)
    assert done["scores"]["other_region"] is None
    assert not (folder / "checkpoint.safetensors").exists()
    assert [json.loads(r)["step"] for r in (folder / "training.jsonl").read_text().splitlines()] == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip


def test_absent_classes_are_not_evaluated_and_a_missing_threshold_is_told(tmp_path):
    chips = planted({TRAIN: (6, 6, 3), VALIDATION: (3, 3, 0), TEST: (3, 0, 0)})
    reporter = Reporter()
    done = classify(
        ClassifyChipsSettings(run=make_run(tmp_path / "run", chips), **(FEW | {"steps": 2})),
        reporter,
    )
    test = done["scores"]["test"]
    assert [c["f1"] is None for c in test["classes"]] == [False, True, True]
    assert test["rare_macro_f1"] is None
    assert test["at_threshold"][0]["f1"] is None
    assert done["scores"]["thresholds"][0]["threshold"] == 0.5
    assert done["scores"]["thresholds"][0]["validation_f1"] is None
    assert "chips.no-validation" in [w["code"] for w in reporter.warnings]


def test_pixels_are_known_where_places_are(tmp_path):
    chips = planted({TRAIN: (4, 4, 3), VALIDATION: (2, 2, 2), TEST: (2, 2, 2)})
    from rasterio.crs import CRS

    place = Place(CRS.from_epsg(32633).to_wkt(), (500000.0, 2.5, 0.0, 5800000.0, 0.0, -2.5))
    root = make_run(tmp_path / "run", replace(chips, places=[place] * len(chips)))
    classified(root, steps=1)
    path = root / "split-0/models/none/seed-0/model.onnx"
    about = onnxruntime.InferenceSession(path).get_modelmeta().custom_metadata_map["overseed"]
    assert json.loads(about)["pixel_metres"] == pytest.approx(2.5, rel=1e-3)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"network": "no_such_network"}, "chips.network"),
        ({"network": "vit_tiny_patch16_224", "weights": "none"}, "chips.network-size"),
        ({"weights": "no/such/file.pt"}, "train.weights-file"),
    ],
)
def test_networks_that_do_not_fit_are_refused(run, more, code):
    with pytest.raises(InputError) as refused:
        classified(run, seed=9, **more)
    assert refused.value.code == code
    assert not (run / "split-0/models/none/seed-9/record.json").exists()


def test_one_class_is_refused(tmp_path):
    root = make_run(tmp_path / "run", planted({TRAIN: (8, 0, 0), VALIDATION: (3, 0, 0)}))
    with pytest.raises(InputError) as refused:
        classified(root)
    assert refused.value.code == "chips.one-class"
