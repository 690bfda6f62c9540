"""A small comparison: the same steps and real crops for every arm, continued when killed, or side by side."""

import csv
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from overseed.config import CompareSettings, PrepareSettings, SynthesizeSettings, TrainSettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.stages.compare import _jobs, compare
from overseed.stages.prepare import prepare
from overseed.stages.train import train

ARMS = "weighted,copy-paste,oversample+layout-only"
#: One thread: sums over several come out in another order.
FEW = {
    "effort": "quick", "steps": 4, "count": 6, "generator_steps": 4, "batch": 2, "seeds": 2, "threads": 1,
}  # fmt: skip
ONE_ARM = FEW | {"seeds": 1, "arms": "weighted"}
NAMES = ["none", "weighted", "copy-paste", "oversample+layout-only", "random-forest"]


@pytest.fixture(scope="module")
def compared(prepared_run):
    run = prepared_run()
    return run, compare(CompareSettings(run=run, arms=ARMS, **FEW))


def record(run, arm, seed=0):
    path = run / "split-0" / "models" / arm / f"seed-{seed}" / "record.json"
    return json.loads(path.read_text())


def test_every_arm_saw_as_many_real_crops(compared):
    run, _ = compared
    result = json.loads((run / "comparison" / "comparison.json").read_text())
    assert [row["arm"] for row in result["arms"]] == NAMES
    networks = result["arms"][:-1]
    assert {row["real_crops"] for row in networks} == {8}
    assert [row["synthetic_crops"] for row in networks] == [0, 0, 2, 2]
    assert result["seeds"] == 2


def test_the_table_and_the_pictures_are_there(compared):
    run, outputs = compared
    rows = list(csv.reader((run / "comparison" / "comparison.csv").open()))
    assert [row[0] for row in rows] == ["arm", *NAMES]
    assert len({len(row) for row in rows}) == 1
    assert outputs["verdict"] in outputs["text"]
    for name in ("differences.png", "areas.png"):
        assert (run / "comparison" / name).read_bytes()[:4] == b"\x89PNG"


def test_the_areas_of_each_correction_are_told(compared):
    run, _ = compared
    rows = list(csv.DictReader((run / "comparison" / "areas.csv").open()))
    assert {row["arm"] for row in rows} == set(NAMES)
    assert {row["correction"] for row in rows if row["arm"] == "weighted"} == {
        "none", "half", "full", "areas",
    }  # fmt: skip
    for arm in NAMES:
        assert sum(int(row["taken by"]) for row in rows if row["arm"] == arm) in (0, 2)
        scores = json.loads((run / f"split-0/models/{arm}/seed-0/scores.json").read_text())
        figures = record(run, arm)["figures"]
        taken = scores["areas"][figures.get("correction", "none")]["test"]
        assert taken == np.sum(scores["confusion"], axis=0).tolist()
        assert scores["areas"]["reference"]["test"] == np.sum(scores["confusion"], axis=1).tolist()


def test_a_longer_comparison_takes_over_what_is_there(compared):
    run, _ = compared
    before = {arm: record(run, arm)["started"] for arm in NAMES}
    stages = []

    class Watching(Reporter):
        def metric(self, name, value, step):
            stages.append(name)

    compare(CompareSettings(run=run, arms="weighted,copy-paste", **FEW), Watching())
    assert not stages
    assert {arm: record(run, arm)["started"] for arm in NAMES} == before


def test_side_by_side_gives_the_same(compared, prepared_run):
    run, _ = compared
    other = prepared_run()
    compare(CompareSettings(run=other, jobs=2, **ONE_ARM | {"threads": 2}))
    for arm in ("none", "weighted", "random-forest"):
        part = f"split-0/models/{arm}/seed-0/blocks.npz"
        one, two = (np.load(folder / part)["confusion"] for folder in (run, other))
        np.testing.assert_array_equal(one, two)


def test_a_killed_comparison_continues_to_the_same_result(compared, prepared_run):
    run, _ = compared
    other = prepared_run()
    words = [f"--{name.replace('_', '-')}={value}" for name, value in ONE_ARM.items()]
    command = [sys.executable, "-m", "overseed", "compare", str(other), *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun = other / "split-0/models/weighted/seed-0/training.jsonl"
    deadline = time.monotonic() + 200
    while not begun.is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert begun.is_file()
    assert not (other / "comparison").exists()
    compare(CompareSettings(run=other, **ONE_ARM))
    for arm in ("none", "weighted"):
        part = f"split-0/models/{arm}/seed-0/blocks.npz"
        one, two = (np.load(folder / part)["confusion"] for folder in (run, other))
        np.testing.assert_array_equal(one, two)


def test_share_and_distrust_work_on_validation_ground_and_real_networks(compared):
    run, _ = compared
    common = {"run": run, "augment": "copy-paste", "steps": 4, "batch": 2, "threads": 1}
    train(TrainSettings(share="auto", distrust=1.0, order="synthetic-first", **common))
    figures = record(run, "copy-paste")["figures"]
    assert set(figures["share_scores"]) == {"0.1", "0.25", "0.4"}
    assert figures["share_scores"][str(figures["share"])] == max(figures["share_scores"].values())
    assert not list((run / "split-0/models/copy-paste/seed-0").glob("probe-*"))


def test_a_run_without_rare_classes_has_nothing_to_compare(scene, tmp_path):
    run = tmp_path / "run"
    prepare(
        PrepareSettings(
            run=run, raster=[scene["raster"]], labels=[scene["labels"]],
            class_field=scene["class_field"], tile_size=64, rare_below=0.0001,
        )
    )  # fmt: skip
    with pytest.raises(InputError, match="No class is rare"):
        compare(CompareSettings(run=run))


def test_wrong_arms_are_refused_in_words(overseed, tmp_path):
    found = overseed("compare", tmp_path, "--arms", "none,gan")
    assert found.returncode == 2
    assert "'gan' is no arm" in found.stderr


def test_layouts_and_backgrounds_reach_the_methods_that_have_them(tmp_path):
    settings = CompareSettings(run=tmp_path, arms="spade", layouts="blob", backgrounds="similar")
    jobs = _jobs(settings, ["none", "spade", "pseudo-labels"], [0], [0])
    made = {
        job.settings.method: (job.settings.layouts, job.settings.backgrounds)
        for job in jobs
        if isinstance(job.settings, SynthesizeSettings)
    }
    assert made == {"spade": ("blob", "similar"), "pseudo-labels": ("auto", "any")}
