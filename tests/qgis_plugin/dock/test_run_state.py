"""What the dock reads from a run folder, what it deletes, and what it says a step will cost."""

import json

import pytest

from overseed_qgis.algorithms.engine_settings import effort_plan
from overseed_qgis.dock.estimates import (
    Cost,
    Ground,
    duration,
    generator_cost,
    mapping_cost,
    prepare_cost,
    rates_of,
    size,
    training_cost,
)
from overseed_qgis.dock.pages.balance_page import target_text, wanted_shares
from overseed_qgis.dock.pages.data_page import proposed_folder
from overseed_qgis.dock.run_state import RunFolder, methods_of

WORDS = {"line": "{time}", "seconds": "{n} s", "minutes": "{n} min", "hours": "{n} h"}


def record(path, stage, seconds, started="2026-01-01T00:00:00", **settings):
    path.mkdir(parents=True, exist_ok=True)
    content = {
        "stage": stage,
        "seconds": seconds,
        "started": started,
        "settings": {"effort": "quick", **settings},
    }
    (path / "record.json").write_text(json.dumps(content))


def test_only_run_folders_are_deleted(tmp_path):
    other = tmp_path / "photographs"
    other.mkdir()
    (other / "one.jpg").touch()
    with pytest.raises(ValueError, match="photographs"):
        RunFolder(other).remove()
    assert (other / "one.jpg").exists()
    run = tmp_path / "run"
    run.mkdir()
    (run / "bands.json").write_text("{}")
    with pytest.raises(ValueError, match="run"):
        RunFolder(run).remove()
    (run / "tiles").mkdir()
    (run / "tiles" / "record.json").write_text("{}")
    assert RunFolder(run).size() == 4
    RunFolder(run).remove()
    assert not run.exists()


def test_half_written_things_do_not_count(tmp_path):
    run = RunFolder(tmp_path)
    run.samples("spade").mkdir(parents=True)
    (run.samples("spade") / "index.json").write_text("{}")
    run.model("none").mkdir(parents=True)
    (run.model("none") / "scores.json").write_text("{")
    assert not run.has_samples("spade")
    assert not run.has_model("none")
    assert not run.prepared
    assert run.scores("none") == {}
    assert run.comparison() is None
    assert run.assessments() == []


def test_arms_name_the_methods_of_their_samples():
    assert methods_of("oversample+copy-paste") == ["copy-paste"]
    assert methods_of("weighted") == methods_of("none") == []
    assert methods_of("spade+statistical") == ["spade", "statistical"]


def test_estimates_follow_this_computers_own_runs(tmp_path):
    steps = effort_plan("quick")["train_steps"]
    assert not training_cost("quick", {}).measured
    folder = tmp_path / "a" / "split-0" / "models"
    record(folder / "none" / "seed-0", "train", 2.0 * steps)
    record(folder / "weighted" / "seed-0", "train", 3.0 * steps, "2026-02-01T00:00:00")
    record(folder / "random-forest" / "seed-0", "train", 9999, "2026-03-01T00:00:00")
    record(
        tmp_path / "a" / "split-0" / "generators" / "spade" / "seed-0",
        "train-generator", 50, steps=100,
    )  # fmt: skip
    (tmp_path / "a" / "split-0" / "models" / "focal" / "seed-0").mkdir(parents=True)
    (tmp_path / "a" / "split-0" / "models" / "focal" / "seed-0" / "record.json").write_text("[]")
    rates = rates_of([str(tmp_path / "a"), str(tmp_path / "gone")])
    assert rates[("train", "")] == pytest.approx(3.0)
    cost = training_cost("normal", rates)
    assert cost.measured
    assert cost.seconds == pytest.approx(3.0 * effort_plan("normal")["train_steps"])
    ground = Ground(1_000_000, 4, 2)
    spade = generator_cost("spade", "normal", ground, rates)
    assert spade.seconds == pytest.approx(0.5 * effort_plan("normal")["generator_steps"])
    assert not generator_cost("copy-paste", "normal", ground, rates).measured


def test_larger_ground_costs_more():
    small, large = Ground(10**6, 4, 2), Ground(10**8, 4, 2)
    assert prepare_cost(large, None).disk == 100 * prepare_cost(small, None).disk
    assert mapping_cost(large, 8).seconds > 30 * mapping_cost(small, 8).seconds
    told = prepare_cost(small, {"seconds": 30, "bytes": 7e6})
    assert (told.seconds, told.disk, told.measured) == (35, 7e6, True)


def test_costs_of_steps_add_up_but_memory_is_used_again():
    both = Cost(10, 2e9, 1e6, True) + Cost(20, 1e9, 2e6, False)
    assert both == Cost(30, 2e9, 3e6, False)


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "5 s"), (42, "40 s"), (90, "2 min"), (9000, "2.5 h")]
)
def test_durations_are_said_roughly(seconds, words):
    assert duration(seconds, WORDS) == words


def test_sizes_are_said_in_people_s_units():
    assert (size(999), size(2_340_000), size(12.3e9)) == ("1 KB", "2.3 MB", "12 GB")


def test_targets_are_written_and_read_back():
    text = target_text(["a", "b=c", "d"], [0.5, 0.5, 0.0])
    assert text == "a=0.5000,b=c=0.5000"
    assert wanted_shares(text, [("a", 0.1), ("b=c", 0.8), ("d", 0.1)]) == [0.5, 0.5, 0.0]
    shares = [7 / 59] * 7 + [10 / 59]
    quoted = target_text(["shrub, herb", "b"], [0.5, 0.25])
    assert quoted == '"shrub, herb=0.5000",b=0.2500'
    assert wanted_shares(quoted, [("shrub, herb", 0.1), ("b", 0.1)]) == [0.5, 0.25]
    assert target_text(["a"], [1.0]) == "a=0.9999"
    told = target_text(list("abcdefgh"), shares)
    assert 0.999 < sum(wanted_shares(told, [(n, 0.0) for n in "abcdefgh"])) <= 1
    assert wanted_shares("equal", [("a", 0.9), ("b", 0.0)]) == [1.0, 0.0]


def test_proposed_folders_are_new_and_have_plain_names(tmp_path):
    first = proposed_folder(tmp_path, "my scene/2024")
    assert first == str(tmp_path / "my-scene-2024")
    (tmp_path / "my-scene-2024").mkdir()
    assert proposed_folder(tmp_path, "my scene/2024") == str(tmp_path / "my-scene-2024-2")
    assert proposed_folder(tmp_path, "") == str(tmp_path / "run")
