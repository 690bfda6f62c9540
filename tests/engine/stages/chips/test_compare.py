"""`chips compare`: arms with the same chips and steps, GANs where arms ask for them, continued when stopped."""

import csv
import json
import sys
import types

import numpy as np
import pytest

from overseed.chip_arms import parse_chip_arms
from overseed.chip_settings import ClassifyChipsSettings, CompareChipsSettings, TrainGanSettings
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.files import write_json
from overseed.runs import RunFolder, open_leaf
from overseed.stages.chips.chip_files import open_chips
from overseed.stages.chips.classify import classify
from overseed.stages.chips.compare import _jobs, _with_none, compare
from overseed.stages.side_by_side import _named, _words
from overseed.tiles.split import TEST, TRAIN, VALIDATION
from tests.engine.chips.planted_chips import planted
from tests.engine.stages.chips.made_runs import make_run, make_synthetic

FEW = {"steps": 2, "batch": 4, "threads": 1, "device": "cpu", "count": 5, "gan_steps": 1}
ARMS = "flips,wgan-gp-class"
SMALL = {TRAIN: (6, 6, 4), VALIDATION: (4, 4, 3), TEST: (6, 6, 5), 3: (4, 4, 3)}


@pytest.fixture(scope="module")
def gan_calls():
    """Stand-ins for the GAN's commands, which are tested elsewhere: they leave the same files."""
    calls = []

    def train_gan(settings, reporter):
        calls.append(("train", settings))
        run = RunFolder(settings.run)
        name = f"{settings.gan}-{settings.condition}"
        folder = run.generator(name, settings.seed)
        with open_leaf(folder, "t", {"steps": settings.steps}, {}, settings.seed, False) as leaf:
            if leaf is not None:
                leaf.begin()
                write_json(folder / "model.json", {})
                leaf.finish(["model.json"], reporter)

    def sample(settings, reporter):
        calls.append(("sample", settings))
        name = f"{settings.gan}-{settings.condition}"
        make_synthetic(settings.run, name, settings.seed, settings.count)

    with pytest.MonkeyPatch.context() as patch:
        for name, function in (("train_gan", train_gan), ("sample", sample)):
            module = types.ModuleType(name)
            setattr(module, name, function)
            patch.setitem(sys.modules, f"overseed.stages.chips.{name}", module)
        yield calls


@pytest.fixture(scope="module")
def compared(tmp_path_factory, gan_calls):
    root = make_run(tmp_path_factory.mktemp("compared") / "run", planted(SMALL))
    return root, compare(CompareChipsSettings(run=root, arms=ARMS, seeds=2, **FEW))


def result_of(root):
    return json.loads((root / "comparison" / "comparison.json").read_text())


def test_every_arm_saw_the_same_chips_and_none_takes_part(compared):
    root, _ = compared
    result = result_of(root)
    arms = result["test"]["arms"]
    assert [row["arm"] for row in arms] == ["none", "flips", "wgan-gp-class"]
    assert {row["real_chips"] for row in arms} == {8}
    assert [row["synthetic_chips"] > 0 for row in arms] == [False, False, True]
    assert (result["test"]["seeds"], result["test"]["chips"], result["test"]["positives"]) == (
        2,
        17,
        5,
    )
    assert result["other_region"]["positives"] == 3
    assert len(result["test"]["differences"]) == 6
    assert result["test"]["arms"][0]["validation_chips"] == {"panel": 3}


def test_scores_are_those_of_the_trainings(compared):
    root, _ = compared
    for row in result_of(root)["test"]["arms"]:
        own = [
            json.loads((root / f"split-0/models/{row['arm']}/seed-{s}/scores.json").read_text())
            for s in (0, 1)
        ]
        wanted = np.mean([scores["test"]["f1_at_threshold"] for scores in own])
        assert row["f1"]["mean"] == pytest.approx(wanted, abs=1e-4)
        wanted = np.mean([scores["test"]["rare_macro_average_precision"] for scores in own])
        assert row["average_precision"]["mean"] == pytest.approx(wanted, abs=1e-4)


def test_tables_figure_and_sentence_are_there(compared):
    root, outputs = compared
    rows = list(csv.reader((root / "comparison" / "comparison.csv").open()))
    assert [row[0] for row in rows] == ["arm", "none", "flips", "wgan-gp-class"]
    assert len({len(row) for row in rows}) == 1
    assert outputs["verdict"] in outputs["text"]
    assert "5 test chips of 'panel'" in outputs["verdict"]
    assert "3 chips of the other region of 'panel'" in outputs["verdict"]
    assert (root / "comparison" / "differences.png").read_bytes()[:4] == b"\x89PNG"


def test_gans_are_made_once_for_each_seed_with_their_own_settings(compared, gan_calls):
    made = [(what, s.gan, s.condition, s.seed) for what, s in gan_calls[:4]]
    assert made == [
        (what, "wgan-gp", "class", seed) for seed in (0, 1) for what in ("train", "sample")
    ]
    train, sample = gan_calls[0][1], gan_calls[1][1]
    # The classifier's batch and learning rate are none of the GAN's business.
    assert (train.steps, train.batch, train.learning_rate, sample.count) == (1, 32, None, 5)
    assert sample.weights is None


def test_what_is_finished_is_not_done_again(compared):
    root, _ = compared
    record = root / "split-0/models/flips/seed-1/record.json"
    comparison = root / "comparison/record.json"
    before = record.stat().st_mtime_ns, comparison.stat().st_mtime_ns
    compare(CompareChipsSettings(run=root, arms=ARMS, seeds=2, **FEW))
    assert (record.stat().st_mtime_ns, comparison.stat().st_mtime_ns) == before


def test_a_stopped_comparison_continues(tmp_path):
    root = make_run(tmp_path / "run", planted(SMALL))
    settings = CompareChipsSettings(run=root, arms="flips", seeds=1, **FEW)

    class Stopping(Reporter):
        def _emit(self, event):
            if event["event"] == "stage" and event["index"] == 2:
                raise Cancelled

    with pytest.raises(Cancelled):
        compare(settings, Stopping())
    kept = root / "split-0/models/none/seed-0/record.json"
    before = kept.stat().st_mtime_ns
    compare(settings)
    assert kept.stat().st_mtime_ns == before
    # And a training that a person starts is the same one.
    classify(
        ClassifyChipsSettings(run=root, augment="flips", steps=2, batch=4, threads=1, device="cpu")
    )
    assert result_of(root)["test"]["seeds"] == 1


def plan(root, arms, **more):
    settings = CompareChipsSettings(run=root, arms=arms, seeds=2, **(FEW | more))
    jobs = _jobs(open_chips(root), settings, parse_chip_arms(f"none,{arms}"), [0, 1])
    return [(_named(j.settings)[0], j.settings.seed, j.needs) for j in jobs], jobs


def test_one_gan_serves_all_seeds(compared):
    root, _ = compared
    jobs = plan(root, "dcgan-class,flips+dcgan-class", one_gan=True)[1]
    gans = [job.settings for job in jobs if hasattr(job.settings, "gan")]
    assert [s.seed for s in gans] == [0, 0]
    trained = [j for j in jobs if isinstance(j.settings, ClassifyChipsSettings)]
    assert [(j.settings.seed, j.settings.gan_seed) for j in trained] == [
        (seed, 0) for seed in (0, 1) for _ in range(3)
    ]
    assert [j.needs for j in trained] == [(), (2,), (2,)] * 2


def test_a_gan_is_taken_as_somebody_has_trained_it(tmp_path):
    root = make_run(tmp_path / "run", planted(SMALL))
    chosen = {"gan": "wgan-gp", "condition": "class", "steps": 7, "critic_steps": 2, "width": 16}
    folder = RunFolder(root).generator("wgan-gp-class", 0)
    with open_leaf(folder, "chips train-gan", chosen | {"threads": 2}, {}, 0, False) as leaf:
        leaf.begin()
        write_json(folder / "model.json", {})
        leaf.finish(["model.json"], Reporter())

    def trainings(**given):
        settings = CompareChipsSettings(run=root, arms="wgan-gp-class", seeds=2, threads=1, **given)
        jobs = _jobs(open_chips(root), settings, _with_none(settings.arms), [0, 1])
        return [job.settings for job in jobs if isinstance(job.settings, TrainGanSettings)]

    for seed, training in enumerate(trainings()):
        assert training.model_dump() | chosen == training.model_dump()
        assert (training.seed, training.threads) == (seed, 1)
    for training in trainings(gan_steps=9):
        assert (training.steps, training.critic_steps, training.width) == (9, 2, 16)


def test_clusters_are_found_where_there_are_none(compared):
    root, _ = compared
    names, _ = plan(root, "dcgan-cluster,wgan-cluster", one_gan=True)
    assert [name for name, _, _ in names] == [
        "chips classify-chips", "chips features", "chips cluster", "chips train-gan", "chips sample",
        "chips classify-chips", "chips train-gan", "chips sample", *["chips classify-chips"] * 4,
    ]  # fmt: skip
    assert names[3][2] == names[6][2] == (2,)


def test_jobs_can_be_written_as_commands(compared):
    root, _ = compared
    jobs = plan(root, "wgan-gp-class")[1]
    words = _words(jobs[2].settings, 1)
    assert words[0] == str(root)
    assert "--of" not in words
    assert "[]" not in words
    assert words[words.index("--count") + 1] == "5"


def test_several_rare_classes_and_a_gan_that_is_told_nothing_are_refused(tmp_path):
    chips = planted(SMALL)
    from dataclasses import replace

    classes = tuple(replace(c, rare=c.index > 0) for c in chips.table.classes)
    root = make_run(tmp_path / "run", replace(chips, table=replace(chips.table, classes=classes)))
    with pytest.raises(InputError) as refused:
        compare(CompareChipsSettings(run=root, arms="dcgan", seeds=1, **FEW))
    assert refused.value.code == "compare.no-label"
    none = tuple(replace(c, rare=False) for c in chips.table.classes)
    root = make_run(tmp_path / "other", replace(chips, table=replace(chips.table, classes=none)))
    with pytest.raises(InputError) as refused:
        compare(CompareChipsSettings(run=root, arms="flips", seeds=1, **FEW))
    assert refused.value.code == "compare.no-rare"
