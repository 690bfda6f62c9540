"""`synthesize --agreement-weights`: samples held against the words for their classes, beside real ground."""

import json
import shutil
from functools import partial

import numpy as np
import pytest

from overseed.assessment.patches import cut_squares
from overseed.assessment.regions import squares_inside
from overseed.config import PrepareSettings, ReviewSettings, SimulateSettings, SynthesizeSettings
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.runs import RunFolder
from overseed.stages import synthesize as stage
from overseed.stages.context import open_prepared
from overseed.stages.prepare import prepare
from overseed.stages.review import review
from overseed.stages.sample_agreement import _shown
from overseed.stages.simulate import simulate
from tests.engine.generators.tiny_clip import SIDE, write_clip
from tests.engine.generators.tiny_pipelines import refuse_network

pytest.importorskip("transformers")
#: A control, whose gate lets everything through.
METHOD = "noise"
#: Of a scene whose bands tell no colours the first three are shown.
BANDS = ["490nm", "630nm", "1097nm"]


class Painter:
    """A stand-in for a trained generator: real ground of the class that is asked for, or of another one.

    A square of it is mirrored over and over.
    """

    name = METHOD
    learned = False

    def __init__(self, prepared, instead=None):
        self._scene = prepared.scenes[0]
        self._instead = instead or {}

    def generate(self, canvas, seed, device):
        rng = np.random.default_rng(seed)
        images = canvas.images.copy()
        for image, labels, changed in zip(images, canvas.labels, canvas.changed, strict=True):
            for index in np.unique(labels[changed & (labels != 255)]):
                where = changed & (labels == index)
                image[:, where] = self._ground(self._instead.get(index, index), rng)[:, where]
        return images

    def _ground(self, index, rng):
        own = (self._scene.side == 0) & (self._scene.labels == index)
        side = next(n for n in range(24, 0, -1) if squares_inside(own, n).any())
        corners = np.argwhere(squares_inside(own, side))
        square = cut_squares(self._scene.image, corners[rng.integers(len(corners))][None], side)[0]
        return np.pad(square, ((0, 0), (0, 64 - side), (0, 64 - side)), mode="symmetric")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A prepared run whose classes can be told; it says a generator is trained with two seeds."""
    folder = tmp_path_factory.mktemp("agreement")
    made = simulate(
        SimulateSettings(
            folder=folder, width=384, height=384, bands=4, labelled=1.0, seed=2, separability=6,
            rare_share=0.06,
        )
    )  # fmt: skip
    run = folder / "run"
    prepare(
        PrepareSettings(
            run=run, raster=[made["raster"]], labels=[made["labels"]],
            class_field=made["class_field"], tile_size=64, rare_below=0.1,
        )
    )  # fmt: skip
    for seed in (0, 1):
        generator = RunFolder(run).generator(METHOD, seed)
        generator.mkdir(parents=True)
        (generator / "record.json").write_text(json.dumps({"key": f"k{seed}", "outputs": []}))
    return run


@pytest.fixture(scope="module")
def sampled(trained):
    """The same with samples of the first seed, which nobody has held against words."""
    with pytest.MonkeyPatch.context() as patches:
        run_stage(patches, trained)
    return trained


@pytest.fixture
def run(sampled, tmp_path):
    return shutil.copytree(sampled, tmp_path / "run")


def run_stage(patches, run, clip=None, instead=None, reporter=None, **settings):
    """Run the stage with a stand-in: its result, its folder and the reporter."""
    patches.setattr(stage, "load_generator", lambda prepared, *rest: Painter(prepared, instead))
    reporter = reporter or Reporter()
    options = {"method": METHOD, "count": 20, "threads": 1, "device": "cpu"} | settings
    result = stage.synthesize(
        SynthesizeSettings(run=run, agreement_weights=clip, **options), reporter
    )
    return result, RunFolder(run).synthetic(METHOD, options.get("seed", 0)), reporter


@pytest.fixture(scope="module")
def clip(trained, tmp_path_factory):
    """A CLIP model that knows the words for the classes by their colours in the middle of a picture."""
    prepared = open_prepared(trained)
    scene = prepared.scenes[0]
    shown = _shown(prepared, [0, 1, 2], lambda: None)
    rng = np.random.default_rng(0)
    own = [(scene.side == 0) & (scene.labels == i) for i in range(len(prepared.table))]
    colours = np.array([shown.colour(scene.image[:, mask].mean(axis=1)) for mask in own])
    rows, cols = np.indices((SIDE, SIDE)) - SIDE / 2 + 0.5
    known = {}
    for index, name in enumerate(prepared.table.names):
        around = colours[rng.integers(len(colours), size=400)]
        inside = np.hypot(rows, cols) < rng.uniform(0.2, 0.6, (400, 1, 1)) * SIDE
        pictures = np.where(inside[:, None], colours[index][:, None, None], around[..., None, None])
        known[f"a {name} seen from above"] = pictures + rng.normal(0, 0.2, pictures.shape)
    return write_clip(tmp_path_factory.mktemp("clip") / "model", known)


@pytest.fixture
def synthesized(monkeypatch):
    """:func:`run_stage` without a network."""
    refuse_network(monkeypatch)
    return partial(run_stage, monkeypatch)


def figures_in(folder):
    return json.loads((folder / "agreement.json").read_text(encoding="utf-8"))


def rare_names(run):
    table = open_prepared(run).table
    return [table.names[index] for index in table.rare_indices]


def test_samples_of_the_right_pixels_agree_as_real_ground_does(run, clip, synthesized):
    result, folder, reporter = synthesized(run, clip)
    found = figures_in(folder)
    assert found["bands"] == BANDS
    assert set(found["classes"]) == set(rare_names(run)) == set(result["agreement"])
    index = json.loads((folder / "index.json").read_text())
    assert len(found["samples"]) == index["count"]
    sown = [set(entry["classes"]) for entry in index["samples"]]
    for name, row in found["classes"].items():
        assert row["words"] == f"a {name} seen from above"
        assert 24 <= row["side"] <= 64
        rows = [sample[name] for sample in found["samples"] if name in sample]
        assert row["made"]["n"] == sum(one["n"] for one in rows) > 0
        scores = [one["score"] for one in rows]
        assert min(scores) <= row["made"]["score"] <= max(scores)
        assert all(one["like"] in found["words"] for one in rows)
        assert all(
            name in own for own, one in zip(sown, found["samples"], strict=True) if name in one
        )
        assert row["real"]["n"] > 0
        assert name in result["text"]
    told = [row for row in found["classes"].values() if row["told"]]
    assert told
    for row in told:
        assert row["lower"] == []
        assert row["made"]["score"] > 0.6 * row["real"]["score"]
    for row in found["classes"].values():
        assert min(row["made"]["cover"], row["real"]["cover"]) > 0.1
    assert "synthesize.agreement-lower" not in [w["code"] for w in reporter.warnings]


def test_samples_of_other_pixels_are_said_to_agree_less(run, clip, synthesized):
    table = open_prepared(run).table
    common = next(i for i in range(len(table)) if i not in table.rare_indices)
    right, folder, _ = synthesized(run, clip)
    real = {name: row["real"] for name, row in right["agreement"].items()}
    wrong, folder, reporter = synthesized(
        run, clip, instead=dict.fromkeys(table.rare_indices, common), fresh=True
    )
    assert wrong["count"] == right["count"], "nothing is rejected for it"
    for name, row in wrong["agreement"].items():
        assert row["real"] == real[name], "real ground is the same yardstick for all samples"
        if row["told"]:
            assert row["made"]["score"] < right["agreement"][name]["made"]["score"] / 2
            assert row["made"]["share"] < right["agreement"][name]["made"]["share"] / 2
    lower = [name for name, row in wrong["agreement"].items() if row["lower"] and row["told"]]
    assert lower, "nothing was clear enough to be said"
    said = next(
        w["message"] for w in reporter.warnings if w["code"] == "synthesize.agreement-lower"
    )
    for name in lower:
        assert name in said
    assert f"Note: {said}" in wrong["text"]
    for name in lower:
        like = [sample[name]["like"] for sample in figures_in(folder)["samples"] if name in sample]
        assert like.count(name) < len(like) / 4


def test_samples_stay_what_they_were(run, clip, synthesized):
    folder = RunFolder(run).synthetic(METHOD, 0)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    stamp = (folder / "record.json").stat().st_mtime_ns
    result, _, _ = synthesized(run, clip)
    assert (folder / "record.json").stat().st_mtime_ns == stamp, "samples were made again"
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    measured = json.loads(after.pop("agreement.json"))
    assert after == before
    # At once it comes to the same.
    shutil.rmtree(folder)
    again, folder, _ = synthesized(run, clip)
    assert again["agreement"] == result["agreement"]
    assert figures_in(folder)["samples"] == measured["samples"]
    assert (folder / "images.npy").read_bytes() == before["images.npy"]


def test_threads_and_seeds_do_not_move_figures(run, clip, synthesized):
    first, folder, _ = synthesized(run, clip)
    alone = figures_in(folder)
    (folder / "agreement.json").unlink()
    synthesized(run, clip, threads=2)
    both = figures_in(folder)
    for one, other in zip(alone["samples"], both["samples"], strict=True):
        assert one.keys() == other.keys()
        for name, row in one.items():
            assert other[name]["score"] == pytest.approx(row["score"], abs=2e-4)
            assert other[name]["share"] == pytest.approx(row["share"], abs=2e-4)
    other, _, _ = synthesized(run, clip, seed=1)
    for name, row in first["agreement"].items():
        assert other["agreement"][name]["real"] == row["real"]
        assert other["agreement"][name]["side"] == row["side"]


def test_what_was_measured_is_kept_until_something_changes(run, clip, synthesized, tmp_path):
    _, folder, _ = synthesized(run, clip)
    file = folder / "agreement.json"
    stamp = file.stat().st_mtime_ns
    synthesized(run, clip)
    assert file.stat().st_mtime_ns == stamp
    key = figures_in(folder)["key"]
    synthesized(run, write_clip(tmp_path / "other", seed=3))
    assert figures_in(folder)["key"] != key
    # Other samples without the question leave no answer about the former ones.
    synthesized(run, count=10)
    assert not file.exists()


def test_a_model_that_knows_no_class_says_so_itself(run, synthesized, tmp_path):
    _, folder, reporter = synthesized(run, write_clip(tmp_path / "random", seed=5, scale=1.0))
    blind = [name for name, row in figures_in(folder)["classes"].items() if not row["told"]]
    said = [w["message"] for w in reporter.warnings if w["code"] == "synthesize.agreement-blind"]
    assert blind
    assert all(name in said[0] for name in blind)


def test_samples_that_people_rejected_do_not_count(run, clip, synthesized):
    first, folder, _ = synthesized(run, clip)
    held = figures_in(folder)["samples"]
    name = rare_names(run)[0]
    gone = next(number for number, own in enumerate(held) if name in own)
    review(ReviewSettings(run=run, method=METHOD, reject=str(gone + 1)), Reporter())
    second, folder, _ = synthesized(run, clip)
    assert second["agreement"][name]["made"]["n"] == (
        first["agreement"][name]["made"]["n"] - held[gone][name]["n"]
    )
    assert second["agreement"][name]["real"] == first["agreement"][name]["real"]
    assert len(figures_in(folder)["samples"]) == first["count"]


def test_cancelled_in_the_middle_it_leaves_whole_samples(run, clip, synthesized):
    class Stopping(Reporter):
        def progress(self, done, total, unit="step"):
            if unit == "square" and done:
                self.cancel.set()
            super().progress(done, total, unit)

    folder = RunFolder(run).synthetic(METHOD, 0)
    with pytest.raises(Cancelled):
        synthesized(run, clip, reporter=Stopping())
    assert not (folder / "agreement.json").exists()
    stamp = (folder / "record.json").stat().st_mtime_ns
    result, _, _ = synthesized(run, clip)
    assert (folder / "record.json").stat().st_mtime_ns == stamp
    assert result["agreement"]


def test_a_model_that_is_not_there_is_told_before_any_work(run, synthesized, tmp_path):
    with pytest.raises(InputError) as refusal:
        synthesized(run, tmp_path / "nowhere")
    assert refusal.value.code == "agreement.no-weights"
    with pytest.raises(InputError):
        synthesized(run, tmp_path / "nowhere", seed=1)
    assert not RunFolder(run).synthetic(METHOD, 1).exists()


def test_without_the_library_it_says_how_to_get_it(run, clip, synthesized, monkeypatch):
    from overseed import extras

    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"--agreement-weights.*transformers") as refusal:
        synthesized(run, clip)
    assert refusal.value.code == "diffusion.not-installed"
    assert "overseed[diffusion]" in refusal.value.hint
    result, _, _ = synthesized(run)
    assert "agreement" not in result
    assert "text" not in result
