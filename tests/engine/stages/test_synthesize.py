"""`synthesize` on a prepared scene: the gate decides, files say what became of it, tiles can be exported."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import rasterio
from rasterio.windows import Window as RasterWindow

from overseed.assessment.regions import squares_inside
from overseed.assessment.surroundings import Surroundings
from overseed.config import PrepareSettings, SynthesizeSettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.runs import RunFolder
from overseed.stages import synthesize as stage
from overseed.stages.context import open_prepared
from overseed.stages.prepare import prepare
from overseed.stages.sample_files import nodata_of
from overseed.tiles.grid import Window
from overseed.tiles.store import read_crop

METHOD = "pix2pix"
NODATA = 7


class FromClass:
    """A stand-in for a trained generator: each class's pixels by a rule, the same for all tests."""

    name = METHOD
    learned = False

    def __init__(self, prepared, rule):
        self._rule = rule
        self._scene = prepared.scenes[0]

    def generate(self, canvas, seed, device):
        rng = np.random.default_rng(seed)
        images = canvas.images.copy()
        for number, labels in enumerate(canvas.labels):
            for index in np.unique(labels[canvas.changed[number]]):
                chosen = canvas.changed[number] & (labels == index)
                own = (self._scene.side == 0) & (self._scene.labels == index)
                images[number][:, chosen] = self._rule(self._scene.image, own, rng)[:, chosen]
        return images


class HalfPainted(FromClass):
    """Paints the upper half of what it is asked for and leaves the real ground below."""

    def generate(self, canvas, seed, device):
        images = super().generate(canvas, seed, device)
        images[:, :, 32:] = canvas.images[:, :, 32:]
        return images


def means(image, own, rng):
    return np.broadcast_to(image[:, own].mean(axis=1)[:, None, None], (len(image), 64, 64))


def patchwork(image, own, rng):
    """A real square of the class, mirrored over and over."""
    side = next(n for n in range(24, 0, -1) if squares_inside(own, n).any())
    corners = np.argwhere(squares_inside(own, side))
    row, col = corners[rng.integers(len(corners))]
    square = image[:, row : row + side, col : col + side]
    return np.pad(square, ((0, 0), (0, 64 - side), (0, 64 - side)), mode="symmetric")


@pytest.fixture(scope="module")
def prepared_run(scene, tmp_path_factory):
    """The simulated scene with a nodata value, prepared; a run folder that says a generator is trained."""
    folder = tmp_path_factory.mktemp("synthesize")
    with rasterio.open(scene["raster"]) as source:
        image, profile, names = source.read(), source.profile, source.descriptions
    image[:, :9, :] = NODATA
    profile["nodata"] = NODATA
    with rasterio.open(folder / "place.tif", "w", **profile) as target:
        target.write(image)
        target.descriptions = names
    prepare(
        PrepareSettings(
            run=folder / "run", raster=[str(folder / "place.tif")], labels=[scene["labels"]],
            class_field=scene["class_field"], tile_size=64,
        )
    )  # fmt: skip
    generator = RunFolder(folder / "run").generator(METHOD, 0)
    generator.mkdir(parents=True)
    (generator / "record.json").write_text(json.dumps({"key": "k", "outputs": []}))
    return folder / "run"


@pytest.fixture
def run(prepared_run, tmp_path):
    return shutil.copytree(prepared_run, tmp_path / "run")


def synthesized(run, monkeypatch, rule, stand_in=FromClass, **settings):
    """Run the stage with a stand-in generator; its folder and the warnings."""
    monkeypatch.setattr(
        stage, "load_generator", lambda prepared, method, seed, sampling: stand_in(prepared, rule)
    )
    reporter = Reporter()
    options = {"method": METHOD, "count": 6, "threads": 1, "device": "cpu"} | settings
    result = stage.synthesize(SynthesizeSettings(run=run, **options), reporter)
    return result, reporter.warnings


def test_files_tell_what_the_gate_did(run, monkeypatch):
    result, warnings = synthesized(run, monkeypatch, patchwork)
    folder = RunFolder(run).synthetic(METHOD, 0)
    index, rejected = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("index", "rejected")
    )
    assert result["count"] == index["count"] == len(np.load(folder / "images.npy"))
    assert rejected["generated"] == index["count"] + rejected["gate"]["rejected"]
    assert rejected["gate"]["rejected"] == sum(rejected["gate"]["kinds"].values())
    assert rejected["count"] == sum(rejected["reasons"].values())
    for entry in index["samples"]:
        assert entry["scores"]
        assert max(entry["scores"].values()) <= 1
    kept = [np.load(folder / f"rejected_{n}.npy") for n in ("images", "labels", "changed")]
    assert {len(array) for array in kept} == {len(rejected["samples"])}
    figures = json.loads((folder / "record.json").read_text())["figures"]
    # Nine blocks of 72 pixels are too few to know what is usual, and that is said.
    assert figures["gate"]["unseen_tiles_rejected"] > 0.3
    assert "synthesize.gate-strict" in [warning["code"] for warning in warnings]
    assert figures["rejected_share"] == rejected["gate"]["share"]


def test_fakes_are_all_rejected_and_nothing_is_left_behind(run, monkeypatch):
    with pytest.raises(InputError) as refusal:
        synthesized(run, monkeypatch, means)
    assert refusal.value.code == "synthesize.all-rejected"
    assert "--method" in refusal.value.hint
    folder = RunFolder(run).synthetic(METHOD, 0)
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_a_refusal_leaves_earlier_samples_as_they_were(run, monkeypatch):
    synthesized(run, monkeypatch, patchwork)
    folder = RunFolder(run).synthetic(METHOD, 0)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError):
        synthesized(run, monkeypatch, means, count=5)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_mostly_rejected_says_what_to_try(run, monkeypatch):
    made = []

    def mostly_fake(image, own, rng):
        made.append(1)
        return (patchwork if len(made) % 8 < 3 else means)(image, own, rng)

    _, warnings = synthesized(run, monkeypatch, mostly_fake)
    words = next(w["message"] for w in warnings if w["code"] == "synthesize.gate")
    assert "%" in words
    assert "--method" in words


def test_a_target_for_every_class_takes_ground_from_those_that_are_to_have_less(run, monkeypatch):
    prepared = open_prepared(run)
    names = prepared.table.names
    shares = prepared.side_shares(0)
    rare = prepared.table.rare_indices[0]
    wanted = 0.9 * shares / shares.sum()
    wanted[rare] += 0.1
    target = ",".join(f"{name}={share}" for name, share in zip(names, wanted, strict=True) if share)
    result, _ = synthesized(run, monkeypatch, patchwork, target=target)
    assert result["count"] > 0


def test_exported_tiles_hold_what_was_made_in_the_scenes_own_terms(run, monkeypatch, tmp_path):
    target = tmp_path / "tiles"
    result, _ = synthesized(run, monkeypatch, patchwork, export_tiles=target)
    folder = RunFolder(run).synthetic(METHOD, 0)
    images, labels, changed = (
        np.load(folder / f"{n}.npy") for n in ("images", "labels", "changed")
    )
    prepared = open_prepared(run)
    codes = np.zeros(256, np.uint8)
    codes[: len(prepared.table)] = prepared.table.codes
    entries = json.loads((folder / "index.json").read_text())["samples"]
    grid = json.loads((run / "tiles/scene-001/grid.json").read_text())
    blank = 0
    for number, entry in enumerate(entries):
        _, row, col = entry["source"]
        window = RasterWindow(col, row, 64, 64)
        with rasterio.open(target / f"sample-{number:05}_label.tif") as made:
            assert (made.read(1) == codes[labels[number]]).all()
            assert made.nodata == 0
            assert made.colormap(1)[prepared.table.codes[0]][3] == 255
        names = (target / f"sample-{number:05}_label.tif.aux.xml").read_text(encoding="utf-8")
        assert prepared.table.names[0] in names
        with (
            rasterio.open(target / f"sample-{number:05}_image.tif") as made,
            rasterio.open(grid["source"]) as source,
        ):
            read = made.read()
            unknown = (read == NODATA).all(axis=0)
            kept = ~unknown & ~changed[number]
            assert (read[:, kept] == source.read(window=window)[:, kept]).all()
            assert (read[:, changed[number]] == images[number][:, changed[number]]).all()
            assert not (unknown & changed[number]).any()
            assert made.descriptions == prepared.stats.names
            assert (made.nodata, made.dtypes) == (NODATA, source.dtypes)
            assert made.transform == source.window_transform(window)
            blank += unknown.sum()
            tags = made.tags()
        assert tags["OVERSEED_SYNTHETIC"] == "yes"
        assert (tags["OVERSEED_METHOD"], tags["OVERSEED_SEED"]) == (METHOD, "0")
        assert tags["OVERSEED_SCENE"] == "place.tif"
        assert str(tmp_path) not in str(tags)
    assert result["count"] == len(entries) == len(list(target.glob("*_changed.tif")))
    assert blank > 0, "no sample reaches over ground of another side, so that nothing was tested"


def test_a_nodata_value_is_one_only_where_the_type_holds_it():
    assert nodata_of("65535.0", np.dtype("uint16")) == 65535
    assert nodata_of("-9999.0", np.dtype("uint16")) is None
    assert np.isnan(nodata_of("nan", np.dtype("float32")))
    assert nodata_of(None, np.dtype("uint8")) is None
    assert nodata_of("0.5", np.dtype("int16")) is None


def test_labels_of_diffusion_are_what_was_painted(run, monkeypatch):
    generator = RunFolder(run).generator("diffusion", 0)
    generator.mkdir(parents=True)
    (generator / "record.json").write_text(json.dumps({"key": "k", "outputs": []}))
    prepared = open_prepared(run)
    truth = np.asarray(prepared.scenes[0].labels)
    rare = prepared.table.rare_indices
    folder = RunFolder(run).synthetic("diffusion", 0)

    def left_unpainted(**settings):
        """Labels below the middle, in the mask, of samples; the real ones there; what the index says."""
        synthesized(
            run,
            monkeypatch,
            patchwork,
            HalfPainted,
            method="diffusion",
            layouts="paste",
            **settings,
        )
        index = json.loads((folder / "index.json").read_text())
        given, real, upper = [], [], []
        for number, entry in enumerate(index["samples"]):
            _, row, col = entry["source"]
            labels, changed = (
                np.load(folder / f"{name}.npy")[number] for name in ("labels", "changed")
            )
            below = changed & (np.arange(64)[:, None] >= 34)
            given.append(labels[below])
            real.append(truth[row : row + 64, col : col + 64][below])
            upper.append(labels[changed & (np.arange(64)[:, None] < 30)])
        return tuple(map(np.concatenate, (given, real, upper))), index

    (given, real, upper), index = left_unpainted()
    told = index["labels"]["refined"]
    # Where nothing was painted the label is the real one, or none, where the two classes can be told apart.
    names = prepared.table.names
    blurred = {
        (names.index(name), names.index(other))
        for name, one in told["classes"].items()
        for other in one["not_told_from"]
    }
    judged = np.array(
        [pair not in blurred for pair in zip(given.tolist(), real.tolist(), strict=True)]
    )
    assert judged.sum() > 200
    assert np.isin(given[judged], rare).mean() < 0.25
    known = judged & (given != 255)
    assert (given[known] == real[known]).mean() > 0.7
    # What was painted keeps its label or has none; hardly ever that of the ground that is no longer there.
    assert np.isin(upper, rare).mean() > 0.5
    assert np.isin(upper, [*rare, 255]).mean() > 0.7
    assert 0.2 < told["kept"] < 0.9
    assert all(0 < entry["labels_kept"] <= 1 for entry in index["samples"])

    (given, _, _), index = left_unpainted(mask_labels=True)
    assert np.isin(given, rare).all()
    assert "labels" not in index


def test_similar_backgrounds_are_like_those_of_real_parcels(run, monkeypatch):
    prepared = open_prepared(run)
    takers = prepared.table.rare_indices
    places = Surroundings.fit(prepared.scenes, prepared.blocks[0], 0, prepared.stats, takers)
    assert places.rings
    folder = RunFolder(run).synthetic(METHOD, 0)

    def odd(backgrounds):
        """How many samples have a parcel where none would be."""
        synthesized(run, monkeypatch, patchwork, layouts="box", backgrounds=backgrounds, count=12)
        labels, changed = (np.load(folder / f"{name}.npy") for name in ("labels", "changed"))
        found = 0
        for number, entry in enumerate(json.loads((folder / "index.json").read_text())["samples"]):
            scene, row, col = entry["source"]
            crop = read_crop(prepared.scenes[scene], Window(row, col, 64, 64), 0)
            found += (
                places.unlike(crop.image, crop.visible, labels[number], changed[number]) is not None
            )
        return found

    assert odd("any") > 0
    assert odd("similar") == 0
    reasons = json.loads((folder / "rejected.json").read_text())["reasons"]
    assert any("unlike that around real" in reason for reason in reasons)
