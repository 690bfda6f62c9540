"""The methods paragraph says what the run has done, cites what it names, and nothing else."""

from __future__ import annotations

import json

import pytest

from overseed.config import ReportSettings
from overseed.reporting.methods_text import REFERENCES
from overseed.stages.report import report

TRAINED = {
    "architecture": "unet",
    "encoder": "tf_efficientnet_lite0",
    "encoder_weights": "imagenet",
    "loss": "ce+dice",
    "steps": 360,
    "batch": 6,
    "learning_rate": 0.003,
}


def made(run) -> dict:
    report(ReportSettings(run=run))
    return json.loads((run / "report.json").read_text())["made"]


@pytest.fixture
def trained(make_run):
    """Like a run whose records hold what `train` and `synthesize` write."""

    def make(*stages: str):
        maker = make_run()
        maker.make(stages)
        for path in maker.root.glob("split-0/models/*/seed-0/record.json"):
            arm = path.parts[-3]
            record = json.loads(path.read_text())
            record["settings"] |= {"augment": arm} | (TRAINED if arm != "random-forest" else {})
            record["figures"] = {"temperature": 0.9, "correction": "areas"}
            if arm == "pix2pix":
                record["figures"]["share"] = 0.25
            path.write_text(json.dumps(record))
        return maker

    return make


def test_a_prepared_run_has_data_and_split_alone(trained):
    found = made(trained("tiles").root)
    text = found["methods"]
    assert "one image with 4 bands" in text
    assert "4\u202f680 pixels were labelled in 4 classes: farm, forest, water and wetland" in text
    assert "blocks of 48 pixels" in text
    assert "training (2), validation (1) and test (1)" in text
    for word in ("U-Net", "trained with", "sample", "map", "Accuracy", "Compared"):
        assert word not in text, word
    assert found["references"] == []


def test_a_whole_run_names_network_samples_arms_and_seeds(trained):
    found = made(trained("tiles", "generator", "synthetic", "models", "comparison", "map").root)
    text = found["methods"]
    for part in (
        "A U-Net (Ronneberger et al. 2015) with the encoder tf_efficientnet_lite0, pretrained on ImageNet",
        "cross-entropy plus Dice loss for 360 steps of 6 real crops",
        "macro-F1 of the rare classes on the validation blocks",
        "8 synthetic samples",
        "pix2pix (Isola et al. 2017); 3 more were tried and rejected",
        "25 % of a batch",
        "Compared were real samples as they are, pix2pix samples and a random forest (Breiman 2001)",
        "Random seed: 0.",
        "paired bootstrap over 5 test blocks",
        "The map was made by the network that did best on the validation blocks",
        "PyTorch 2.15.0",
        "on a CPU",
    ):
        assert part in text, part
    assert "Stehman" not in text
    assert not [
        name for name in ("pix2pix (Park", "spade", "sentinel", "landsat") if name in text.lower()
    ]
    assert [work.split(",")[0] for work in found["references"]] == [
        "Breiman", "Guo", "Isola", "Loshchilov", "Ronneberger",
    ]  # fmt: skip


def test_accuracy_names_the_estimator_and_its_papers(trained):
    maker = trained("tiles", "models", "map")
    maker.assessment()
    found = made(maker.root)
    assert "120 reference points drawn at random in strata" in found["methods"]
    assert "Olofsson et al. (2014) and Stehman (2014)" in found["methods"]
    cited = " ".join(found["references"])
    assert "Good practices for estimating area" in cited
    assert "strata are different from the map classes" in cited
    assert "Death to Kappa" in cited


def test_a_run_without_records_has_no_paragraph(make_run):
    maker = make_run()
    maker.inspect()
    assert made(maker.root)["methods"] == ""
    assert "Methods, for a paper" not in (maker.root / "report.html").read_text()


def test_the_buffer_is_named_where_the_run_knows_it(trained):
    maker = trained("tiles")
    path = maker.root / "tiles" / "record.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"figures": {"buffer_pixels": 4}}))
    assert "Labels within 4 pixels of another side were left out." in made(maker.root)["methods"]


def test_references_stand_in_alphabetical_order_with_year_and_place():
    assert list(REFERENCES) == sorted(REFERENCES)
    for cited, work in REFERENCES.items():
        assert work.startswith(cited.split()[0])
        assert f"({cited[-4:]})" in work
        assert work.endswith(".")
