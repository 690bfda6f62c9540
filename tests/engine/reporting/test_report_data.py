"""What lies beside the page: report.json and the tables say the same in numbers, also for parts of runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from overseed.config import ReportSettings
from overseed.csv_tables import plain
from overseed.stages.report import report
from tests.engine.reporting.run_maker import ALL_STAGES
from tests.engine.reporting.test_report import Page


def refuse(name: str):
    raise AssertionError(f"JSON has no {name}")


def data_of(run: Path) -> dict:
    outputs = report(ReportSettings(run=run))
    assert outputs["data"] == str(run / "report.json")
    return json.loads((run / "report.json").read_text(encoding="utf-8"), parse_constant=refuse)


def table(run: Path, name: str) -> list[dict[str, str]]:
    with (run / "report-tables" / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return [{key: plain(cell) for key, cell in row.items()} for row in csv.DictReader(stream)]


@pytest.fixture
def whole(make_run):
    maker = make_run()
    maker.run_yaml()
    maker.make()
    maker.compared()
    maker.assessment()
    return maker


def test_json_says_what_the_page_says(whole):
    found = data_of(whole.root)
    assert found["title"] == "Land cover of scene"
    assert found["missing"] == []
    assert [c["name"] for c in found["classes"]] == whole.names
    assert found["classes"][2]["share"] == pytest.approx(120 / 4680)
    assert found["split"]["blocks"] == {"training": 2, "validation": 1, "test": 1}
    assert found["split"]["pixels"]["farm"] == {"training": 2011, "validation": 500, "test": 489}
    assert found["samples"][0]["count"] == 8
    assert len(found["samples"][0]["shown"]) == 6
    assert {s["arm"]: s["overall_accuracy"] for s in found["scores"]}["none"] == 0.7654
    assert len(found["training"]["none"]) == 10
    assert found["comparison"]["verdict"] == found["verdict"]
    assert found["map"]["model"]["arm"] == "none"
    (accuracy,) = found["accuracy"]
    assert accuracy["of_this_map"] is True
    assert accuracy["assessment"] == json.loads(
        (whole.root / "assessment" / "assessment.json").read_text()
    )
    assert found["asked"]["settings"]["class_field"] == "kind"
    stages = {stage["folder"]: stage for stage in found["made"]["stages"]}
    assert stages["map"]["seconds"] == 8.0
    assert stages["tiles"]["versions"]["torch"] == "2.15.0"
    assert stages["split-0/models/none/seed-0"]["device"]["threads"] == 2
    assert "Blocks are 48 pixels wide." in found["warnings"]
    assert found["made"]["commands"][0].startswith(f"overseed run {whole.root} ")


def test_tables_hold_the_figures_in_full(whole):
    outputs = report(ReportSettings(run=whole.root))
    assert [Path(path).name for path in outputs["tables"]] == [
        "classes.csv", "scores.csv", "comparison.csv", "accuracy.csv",
    ]  # fmt: skip
    water = next(row for row in table(whole.root, "classes") if row["class"] == "water")
    assert (water["rare"], water["pixels"], water["test pixels"]) == ("yes", "120", "30")
    scores = {(r["arm"], r["figure"], r["class"]): r for r in table(whole.root, "scores")}
    assert scores["none", "class", "water"]["f1"] == "0.43"
    assert scores["none", "class", "wetland & reeds"]["f1"] == ""
    assert float(scores["none", "mean of all classes", ""]["f1"]) == pytest.approx(
        0.65333, abs=1e-4
    )
    (spade,) = [
        r
        for r in table(whole.root, "comparison")
        if (r["arm"], r["against"], r["class"]) == ("spade", "none", "")
    ]
    assert float(spade["low"]) < float(spade["difference"]) < float(spade["high"])
    assert spade["seeds"] == "3"
    entry = json.loads((whole.root / "assessment" / "assessment.json").read_text())["maps"][0]
    rows = {row["class"]: row for row in table(whole.root, "accuracy")}
    assert float(rows[""]["overall accuracy, low"]) == entry["overall_accuracy"]["low"]
    for found in entry["classes"]:
        assert float(rows[found["name"]]["hectares, high"]) == found["hectares"]["high"]
        assert float(rows[found["name"]]["hectares on the map"]) == pytest.approx(
            entry["map_hectares"][found["name"]]
        )


def test_numbers_that_json_lacks_become_null(make_run):
    maker = make_run()
    maker.make()
    path = maker.root / "split-0" / "models" / "none" / "seed-0" / "scores.json"
    path.write_text(
        path.read_text().replace('"overall_accuracy": 0.7654', '"overall_accuracy": NaN')
    )
    scores = {row["arm"]: row for row in data_of(maker.root)["scores"]}
    assert scores["none"]["overall_accuracy"] is None
    assert scores["pix2pix"]["overall_accuracy"] == 0.7654


@pytest.mark.parametrize("count", range(len(ALL_STAGES) + 1))
def test_a_run_with_some_stages_done_says_what_is_missing(make_run, count):
    maker = make_run()
    if count:
        maker.make(ALL_STAGES[:count])
    else:
        maker.inspect()
    found = data_of(maker.root)
    missing = {entry["part"]: entry["command"] for entry in found["missing"]}
    done = set(ALL_STAGES[:count])
    assert ("split" in missing) == ("tiles" not in done)
    assert ("scores of none" in missing) == ("models" not in done)
    assert ("map" in missing) == ("map" not in done)
    assert "accuracy" in missing
    if "generator" in done:
        assert ("samples of pix2pix" in missing) == ("synthetic" not in done)
    # The page names the same commands where these parts would be.
    page = "".join(Page((maker.root / "report.html").read_text(encoding="utf-8")).texts.values())
    for command in missing.values():
        assert command in page
    names = {path.name for path in (maker.root / "report-tables").glob("*.csv")}
    assert names == {
        "classes.csv",
        *(["scores.csv"] if "models" in done else []),
        *(["comparison.csv"] if "comparison" in done else []),
    }
    json.dumps(found, allow_nan=False)


def test_tables_of_what_is_gone_go_too(whole):
    report(ReportSettings(run=whole.root))
    (whole.root / "assessment" / "assessment.json").unlink()
    (whole.root / "report-tables" / "notes.csv").write_text("mine")
    report(ReportSettings(run=whole.root))
    names = {path.name for path in (whole.root / "report-tables").iterdir()}
    assert names == {"classes.csv", "scores.csv", "comparison.csv", "notes.csv"}


def test_a_missing_arm_comes_with_its_own_command(make_run):
    maker = make_run(settings={"augment": "oversample+copy-paste", "seed": 3, "effort": "quick"})
    maker.run_yaml()
    maker.make(("tiles",))
    commands = {entry["part"]: entry["command"] for entry in data_of(maker.root)["missing"]}
    assert commands["scores of oversample+copy-paste"] == (
        f"overseed train {maker.root} --augment oversample+copy-paste --seed 3 --effort quick"
    )
    page = Page((maker.root / "report.html").read_text(encoding="utf-8"))
    assert f"train-generator {maker.root} --method copy-paste --seed 3" in page.texts["samples"]


def test_commands_repeat_what_was_done_beside_the_run(whole, tmp_path):
    commands = data_of(whole.root)["made"]["commands"]
    assert [command.split()[1] for command in commands] == ["run", "compare", "assess", "report"]
    root = whole.root
    assert commands[2] == (
        f"overseed assess {root}/map/classified.tif --reference answered-points.gpkg --seed 0 "
        f"--out {root}/assessment/assessment.json"
    )
    whole.assessment(reference=tmp_path / "answered-points.gpkg", design="simple", seed=4)
    assert "--design simple" in data_of(root)["made"]["commands"][2]
    assert "--seed 4" in data_of(root)["made"]["commands"][2]


def test_stages_of_one_second_stand_in_the_order_of_the_work(make_run):
    maker = make_run()
    maker.make()
    stages = [stage["stage"] for stage in data_of(maker.root)["made"]["stages"]]
    assert stages == [
        "prepare",
        "train-generator",
        "synthesize",
        "train",
        "train",
        "train",
        "classify",
    ]


def test_fidelity_of_samples_is_shown_as_it_is(make_run):
    from PIL import Image

    maker = make_run()
    maker.make()
    folder = maker.root / "split-0" / "fidelity" / "pix2pix" / "seed-0"
    folder.mkdir(parents=True)
    row = {
        "estimate": [0.0123, -0.001, 0.031],
        "pool": [120, 90],
        "fid": None,
        "classes": {"0": {}},
    }
    content = {"kid": {"ImageNet <b>": row, "U-Net": None}, "notes": ["Too few crops <i>."]}
    (folder / "fidelity.json").write_text(json.dumps(content))
    Image.new("RGB", (4, 4)).save(folder / "fidelity.png")
    found = data_of(maker.root)
    assert found["samples"][0]["fidelity"] == content
    text = (maker.root / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    kid = page.tables["fidelity kid"]
    assert kid[0] == ["features", "estimate", "pool"]
    assert kid[1:] == [["ImageNet <b>", "0.012 (-0.001 to 0.031)", "120 (90)"]]
    assert "Too few crops <i>." in page.texts["fidelity"]
    assert "<i>" not in text
    assert text.count('alt="Fidelity of the pix2pix samples"') == 1
