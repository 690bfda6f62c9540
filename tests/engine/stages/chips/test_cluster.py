"""`chips cluster`: planted clusters are found, hidden rare chips are listed, and nothing is done twice."""

import csv
import json

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from sklearn.metrics import adjusted_rand_score

from overseed.chip_settings import ClusterChipsSettings
from overseed.chips.chip_set import NO_CLUSTER, ChipSet, Place
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.runs import RunFolder, open_leaf
from overseed.scenes.classes import ClassTable, LandClass
from overseed.stages.chips import cluster as stage
from overseed.stages.chips.chip_files import open_chips, write_chips
from overseed.stages.chips.cluster import cluster
from overseed.stages.chips.cluster_files import clusters_of
from overseed.stages.chips.feature_files import write_features
from overseed.tiles.statistics import BandStats

BARE, ROOF, PANEL = 0, 1, 2
#: Where chips lie among the features: corner, class and count. The third holds panels among roofs.
PLANTED = ((0, BARE, 24), (1, ROOF, 18), (1, PANEL, 3), (2, PANEL, 9))
HIDDEN = [42, 43, 44]
#: Chips of the validation side, at the first corner, behind all others.
HELD_OUT = 6


def planted_run(folder, rare=True, elsewhere=None, planted=PLANTED):
    """Make a run folder of chips whose features lie around three corners."""
    labels = np.array([c for _, c, n in planted for _ in range(n)] + [BARE] * HELD_OUT, np.int64)
    corners = np.array([k for k, _, n in planted for _ in range(n)] + [0] * HELD_OUT)
    rng = np.random.default_rng(0)
    features = 4 * np.eye(3, 16)[corners] + rng.normal(0, 0.3, (len(labels), 16))
    sides = np.zeros(len(labels), np.uint8)
    sides[-HELD_OUT:] = 1
    if elsewhere is not None:
        features[-HELD_OUT:] = elsewhere
    images = rng.integers(0, 255, (len(labels), 3, 16, 16), dtype=np.uint8)
    names = ("bare", "=roof", "panel")
    colours = ("#e69f00", "#56b4e9", "#d55e00")
    chips = ChipSet(
        images=images,
        valid=np.ones((len(labels), 16, 16), bool),
        labels=labels,
        sides=sides,
        given_clusters=np.full(len(labels), NO_CLUSTER),
        names=[f"{names[label]}/{n}.tif" for n, label in enumerate(labels)],
        places=[Place("", None)] * len(labels),
        groups=np.arange(len(labels)),
        table=ClassTable(
            tuple(
                LandClass(i, i + 1, name, colours[i], rare and i == PANEL, (name,))
                for i, name in enumerate(names)
            )
        ),
        stats=BandStats(
            ("red", "green", "blue"), (127.0,) * 3, (70.0,) * 3, (5.0,) * 3, (250.0,) * 3,
            (0.0,) * 3, (255.0,) * 3, "uint8",
        ),
    )  # fmt: skip
    run = RunFolder(folder)
    with open_leaf(run.chips, "chips prepare", {}, {}, 0, False) as leaf:
        leaf.finish(write_chips(run, chips, [""] * len(labels)), Reporter())
    store(run, features)
    return folder


def store(run, features):
    with open_leaf(run.chip_features(0), "chips features", {}, {}, 0, True) as leaf:
        written = write_features(leaf.folder, features.astype(np.float32))
        leaf.finish([written], Reporter())


class Listener(Reporter):
    """Keeps what it is told; stops at an event of a kind, if asked to."""

    def __init__(self, stop=None):
        super().__init__()
        self.events, self._stop = [], stop

    def _emit(self, event):
        self.events.append(event)
        if event["event"] == self._stop:
            self.cancel.set()


def asked(run, **settings):
    return ClusterChipsSettings(run=run, threads=1, **{"most": 5, "components": 8, **settings})


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A clustered run: folder, files' folder, outputs, reporter."""
    run = planted_run(tmp_path_factory.mktemp("clusters") / "run")
    listener = Listener()
    outputs = cluster(asked(run), listener)
    return run, run / "split-0/clusters/seed-0", outputs, listener


def test_planted_clusters_are_found_and_rare_chips_parted(done):
    run, folder, outputs, _ = done
    key, clusters = clusters_of(open_chips(run), 0)
    assert len(key) == 16
    assert outputs["chosen"]["clusters"] == 3
    assert outputs["count"] == 4
    assert outputs["for_review"] == 1
    rows = rows_of(folder / "clusters.csv")
    train = [row for row in rows if row["side"] == "train"]
    corners = [k for k, _, n in PLANTED for _ in range(n)]
    assert adjusted_rand_score(corners, [row["found_cluster"] for row in train]) == 1
    assert [int(row["final_cluster"]) for row in train] == clusters.numbers[: len(train)].tolist()
    assert [row["number"] for row in train if row["for_review"] == "yes"] == list(map(str, HIDDEN))
    for number in HIDDEN:
        cluster_of_it = clusters.numbers[number]
        assert clusters.for_review[cluster_of_it]
        assert clusters.classes[cluster_of_it] == PANEL
    assert clusters.numbers[45:54].tolist() == [clusters.numbers[45]] * 9
    assert not clusters.for_review[clusters.numbers[45]]


def test_other_sides_have_the_nearest_cluster_and_no_final_one(done):
    run, folder, _, _ = done
    rows = rows_of(folder / "clusters.csv")
    held = [row for row in rows if row["side"] == "validation"]
    assert len(held) == HELD_OUT
    assert {row["found_cluster"] for row in held} == {rows[0]["found_cluster"]}
    assert {row["final_cluster"] for row in held} == {""}
    assert (clusters_of(open_chips(run), 0)[1].numbers[-HELD_OUT:] == NO_CLUSTER).all()


def test_chips_for_review_are_listed_with_those_they_lie_among(done):
    _, folder, outputs, _ = done
    rows = rows_of(folder / "review.csv")
    assert sorted(int(row["number"]) for row in rows) == HIDDEN
    assert {row["class"] for row in rows} == {"panel"}
    # A name that a spreadsheet would take for a formula is written with an apostrophe.
    assert {row["mostly"] for row in rows} == {"'=roof"}
    assert float(rows[0]["own_share"]) == pytest.approx(3 / 21, abs=1e-4)
    distances = [float(row["distance"]) for row in rows]
    assert distances == sorted(distances)
    assert "3 rare chips lie among more chips of other classes" in outputs["text"]


def test_all_tries_are_in_the_table_and_the_text(done):
    _, folder, outputs, _ = done
    rows = rows_of(folder / "scores.csv")
    assert len(rows) == 9 * 4
    (chosen,) = [row for row in rows if row["chosen"] == "yes"]
    sound = [row for row in rows if row["too_small"] == "no"]
    assert float(chosen["comparable_silhouette"]) == max(
        float(row["comparable_silhouette"]) for row in sound
    )
    content = json.loads((folder / "clusters.json").read_text(encoding="utf-8"))
    assert len(content["tries"]) == len(rows)
    assert content["chosen"]["method"] == chosen["method"]
    assert content["chosen"]["silhouette"] == float(chosen["silhouette"])
    assert "are proposed: the largest silhouette" in outputs["text"]
    assert f"*{float(chosen['comparable_silhouette']):.3f}" in outputs["text"]
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    assert record["outputs"] == [
        "scores.csv", "clusters.csv", "review.csv", "clusters.json", "review.png", "tsne.csv", "tsne.png",
    ]  # fmt: skip
    assert record["figures"]["for_review"] == 3


def test_pictures_show_classes_clusters_and_chips(done):
    run, folder, _, listener = done
    previews = [e["path"] for e in listener.events if e["event"] == "preview"]
    assert previews == [str(folder / "review.png"), str(folder / "tsne.png")]
    with Image.open(folder / "tsne.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    width, half = 1650, np.tile(np.arange(1650) < 825, len(pixels) // 1650)
    assert len(pixels) % width == 0

    def seen(colour, part):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return int((pixels[part] == wanted).all(axis=1).sum())

    for colour in ("#e69f00", "#56b4e9", "#d55e00"):
        assert seen(colour, half) > 50, colour
    for colour in ("#0072b2", "#e69f00", "#009e73", "#d55e00"):
        assert seen(colour, ~half) > 50, colour
    rows = rows_of(folder / "tsne.csv")
    assert len(rows) == 54
    places = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    found = np.array([row["found_cluster"] for row in rows])
    assert (found[distances.argmin(axis=1)] == found).mean() > 0.9
    # Chips of 16 pixels are drawn eight times as large; the sheet shows the three under their numbers.
    chips = open_chips(run).chips
    with Image.open(folder / "review.png") as sheet:
        drawn = np.asarray(sheet.convert("RGB"))
    first = int(rows_of(folder / "review.csv")[0]["number"])
    image = chips.images[first].astype(float)
    expected = np.clip((image - 5) / 245, 0, 1).transpose(1, 2, 0) * 255
    np.testing.assert_allclose(drawn[28 : 28 + 128 : 8, 8 : 8 + 128 : 8], expected, atol=1)


def test_the_perplexity_that_few_chips_allow_is_said(done):
    notes = [e for e in done[3].events if e["event"] == "warning"]
    assert [note["code"] for note in notes] == ["chips.perplexity"]
    assert "17.7" in notes[0]["message"]


def test_what_is_up_to_date_is_not_done_again_and_a_fresh_run_finds_the_same(done):
    run, folder, outputs, _ = done
    before = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()}
    listener = Listener()
    assert cluster(asked(run), listener) == outputs
    assert [e["event"] for e in listener.events] == ["stage"]
    assert {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()} == before
    cluster(asked(run, fresh=True))
    assert (folder / "record.json").stat().st_mtime_ns != before["record.json"][0]
    for name, (_, content) in before.items():
        if name != "record.json":
            assert (folder / name).read_bytes() == content, name


def test_a_number_and_a_way_can_be_asked_for(tmp_path):
    run = planted_run(tmp_path / "run", rare=False)
    listener = Listener()
    settings = asked(run, clusters=5, method="agglomerative", metric="cosine", linkage="average")
    outputs = cluster(settings, listener)
    assert outputs["chosen"] == outputs["chosen"] | {
        "method": "agglomerative", "metric": "cosine", "linkage": "average", "clusters": 5,
    }  # fmt: skip
    assert outputs["count"] == 5
    assert "are taken, as asked" in outputs["text"]
    codes = {e["code"] for e in listener.events if e["event"] == "warning"}
    assert "chips.no-rare" in codes
    folder = run / "split-0/clusters/seed-0"
    assert not (folder / "review.png").exists()
    assert rows_of(folder / "review.csv") == []


def test_a_stale_review_sheet_goes(tmp_path):
    run = planted_run(tmp_path / "run")
    cluster(asked(run, clusters=3, method="k-means", metric="euclidean"))
    sheet = run / "split-0/clusters/seed-0/review.png"
    assert sheet.is_file()
    hidden = np.load(run / "split-0/features/seed-0/features.npy")
    hidden[HIDDEN] = hidden[45:48] + 0.01
    store(RunFolder(run), hidden)
    # The key of features is that of their settings; only here are they stored by hand.
    outputs = cluster(asked(run, clusters=3, method="k-means", metric="euclidean", fresh=True))
    assert outputs["for_review"] == 0
    assert not sheet.exists()
    assert "No rare chips lie among" in outputs["text"]


def test_other_sides_have_no_say(tmp_path):
    tables = []
    for name, elsewhere in (("one", None), ("two", 100.0)):
        run = planted_run(tmp_path / name, elsewhere=elsewhere)
        cluster(asked(run, most=4))
        folder = run / "split-0/clusters/seed-0"
        content = json.loads((folder / "clusters.json").read_text(encoding="utf-8"))
        tables.append((content, (folder / "tsne.csv").read_text(encoding="utf-8")))
    assert tables[0] == tables[1]


@pytest.mark.parametrize("stop", ["progress", "preview"])
def test_a_cancel_leaves_no_record(tmp_path, stop):
    run = planted_run(tmp_path / "run")
    with pytest.raises(Cancelled):
        cluster(asked(run, most=3), Listener(stop))
    folder = run / "split-0/clusters/seed-0"
    assert not (folder / "record.json").exists()
    assert not list(folder.glob(".partial-*"))
    assert cluster(asked(run, most=3))["count"] >= 3


def refused(settings):
    with pytest.raises(InputError) as caught:
        cluster(settings)
    return caught.value


def test_refusals_say_what_to_do(tmp_path, monkeypatch):
    run = planted_run(tmp_path / "run")
    error = refused(asked(run, seed=3))
    assert error.code == "run.stage-missing"
    assert f"overseed chips features {run} --seed 3" in error.hint
    error = refused(asked(run, clusters=54))
    assert (error.code, error.message) == (
        "chips.too-few",
        "54 training chips do not make 54 clusters.",
    )
    monkeypatch.setattr(stage, "LARGEST_TREE", 53)
    for narrow in ({"method": "agglomerative"}, {"linkage": "single"}):
        error = refused(asked(run, **narrow))
        assert error.code == "chips.too-many"
        assert "--method k-means" in error.hint
    store(RunFolder(run), np.ones((60, 16)))
    assert refused(asked(run)).code == "chips.features-equal"
    store(RunFolder(run), np.eye(2, 16)[np.arange(60) % 2])
    error = refused(asked(run, clusters=5, method="k-means"))
    assert error.message == "Fewer than 5 of the 54 training chips differ."
    assert not (run / "split-0/clusters/seed-0/record.json").exists()


def test_of_many_chips_only_k_means_is_tried(tmp_path, monkeypatch):
    run = planted_run(tmp_path / "run")
    monkeypatch.setattr(stage, "LARGEST_TREE", 53)
    listener = Listener()
    cluster(asked(run, most=3), listener)
    notes = {e["code"]: e["message"] for e in listener.events if e["event"] == "warning"}
    assert "54 training chips are more than 53" in notes["chips.only-k-means"]
    rows = rows_of(run / "split-0/clusters/seed-0/scores.csv")
    assert {row["method"] for row in rows} == {"k-means"}


def test_a_handful_of_chips_does_without_what_needs_more(tmp_path):
    run = planted_run(tmp_path / "run", planted=((0, BARE, 2), (1, PANEL, 2)))
    listener = Listener()
    outputs = cluster(asked(run), listener)
    codes = {e["code"] for e in listener.events if e["event"] == "warning"}
    assert codes == {"chips.fewer-clusters", "chips.small-clusters", "chips.no-map"}
    assert outputs["chosen"]["clusters"] == 2
    assert not (run / "split-0/clusters/seed-0/tsne.png").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"least": 6}, "--least is larger than --most"),
        ({"method": "k-means", "linkage": "ward"}, "k-means has no --linkage"),
        ({"metric": "cosine", "linkage": "ward"}, "goes with the Euclidean distance alone"),
    ],
)
def test_contradictions_are_refused(tmp_path, settings, words):
    with pytest.raises(ValidationError, match=words):
        asked(tmp_path, **settings)
    if "least" in settings:
        assert asked(tmp_path, clusters=2, **settings).clusters == 2
