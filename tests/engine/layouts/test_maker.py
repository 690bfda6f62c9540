"""Layouts keep to the ground they may change, reach the target, and look like the scene."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from overseed.layouts.maker import OPERATIONS, LayoutMaker
from overseed.layouts.series import Layout
from overseed.layouts.statistics import kolmogorov_smirnov
from overseed.layouts.targets import target_shares
from tests.engine.layouts.made_tiles import (
    FARM,
    HEATH,
    NAMES,
    POND,
    WOOD,
    bank_of,
    dense_tile,
    shares_of,
    sparse_tile,
)

KINDS = {"dense": dense_tile, "sparse": sparse_tile}


@functools.cache
def scene(kind, count=60):
    """Tiles of one kind, and their bank of ponds and heath."""
    tiles = [KINDS[kind](seed) for seed in range(count)]
    return tiles, bank_of(tiles, [POND, HEATH])


def maker_for(kind, target="equal", operation="auto", takers=(POND,)):
    tiles, bank = scene(kind)
    wanted = target_shares(target, NAMES, shares_of(tiles, 4).tolist())
    return LayoutMaker(wanted, list(takers), bank, 128, np.random.default_rng(0), operation)


def series(maker, kind, count, first=1000):
    """Accept every layout of ``count`` new tiles."""
    made = []
    for seed in range(first, first + count):
        labels = KINDS[kind](seed)
        layout = maker.propose(labels, np.random.default_rng(seed))
        maker.accept(layout)
        made.append((labels, layout))
    return made


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("dense", "sqrt"),
        ("dense", {"pond": 0.04}),
        ("sparse", "equal"),
        ("sparse", "sqrt"),
        ("sparse", {"pond": 0.1}),
    ],
)
def test_the_target_is_met_over_a_series(kind, target):
    maker = maker_for(kind, target)
    series(maker, kind, 40)
    share = maker.counts / maker.counts.sum()
    assert share[POND] == pytest.approx(maker.wanted[POND], rel=0.15)
    assert maker.report()["shortfall"][POND] < 0.15 * maker.wanted[POND]


def test_a_target_that_has_no_room_is_missed_and_said_so():
    """A quarter of the ground as ponds of some 30 pixels, which lie in wood and apart from each other."""
    maker = maker_for("dense", "equal")
    series(maker, "dense", 30)
    report = maker.report()
    assert 0.08 < report["achieved"][POND] < 0.24
    assert report["shortfall"][POND] == pytest.approx(0.25 - report["achieved"][POND], abs=1e-4)


def test_a_series_of_much_changed_tiles_does_not_run_dry():
    """A modest target is soon overshot; tiles that bring too little are passed by."""
    maker = maker_for("dense", {"pond": 0.03})
    taken = 0
    for seed in range(150):
        labels = dense_tile(seed)
        layout = maker.propose(labels, np.random.default_rng(seed))
        if maker.enough(layout):
            maker.accept(layout)
            taken += 1
        else:
            maker.pass_by(labels)
    assert taken > 30
    assert maker.counts[POND] / maker.counts.sum() == pytest.approx(0.03, rel=0.2)


def test_a_proposal_counts_only_once_accepted():
    maker = maker_for("dense")
    layout = maker.propose(dense_tile(0), np.random.default_rng(0))
    assert maker.counts.sum() == 0
    assert maker.report()["operations"] == {}
    maker.accept(layout)
    assert maker.counts.sum() == (layout.labels != 255).sum()
    assert sum(maker.report()["operations"].values()) > 0


@given(
    st.sampled_from(["dense", "sparse"]),
    st.sampled_from(["auto", *OPERATIONS]),
    st.integers(0, 10_000),
)
@settings(max_examples=60)
def test_what_never_changes(kind, operation, seed):
    """Unlabelled and invisible ground, and all outside ``changed``; only resize and move give ground back."""
    maker = maker_for(kind, "equal", operation, (POND, HEATH))
    labels = KINDS[kind](seed)
    rng = np.random.default_rng(seed)
    visible = np.ones(labels.shape, bool)
    visible[:, : int(rng.integers(0, 60))] = False
    layout = maker.propose(labels, rng, visible)
    assert layout.labels.dtype == np.uint8
    assert (layout.labels[~visible] == 255).all()
    assert not layout.changed[~visible].any()
    seen = np.where(visible, labels, 255)
    np.testing.assert_array_equal(layout.labels == 255, seen == 255)
    differs = layout.labels != seen
    assert layout.changed[differs].all()
    # What is made anew without another label belongs to a parcel that was resized or moved.
    anew = layout.changed & ~differs
    assert set(np.unique(seen[anew])) <= {POND, HEATH}
    if not {"resize", "move"} & set(layout.operations):
        assert not anew.any()
        assert set(np.unique(layout.labels[differs])) <= {POND, HEATH}
    assert set(layout.how.split("+")) - {""} == set(layout.operations)


@pytest.mark.parametrize("operation", ["auto", *OPERATIONS])
@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_is_used_where_it_can_be(kind, operation):
    maker = maker_for(kind, "equal", operation, (POND, HEATH))
    series(maker, kind, 25)
    used = maker.report()["operations"]
    if operation == "auto":
        assert len(used) >= 3
    elif kind == "sparse" and operation in ("resize", "move"):
        # Tracks without a label lie between all fields: nothing can grow, nobody takes what is left.
        assert sum(used.values()) < 5
    else:
        assert set(used) == {operation}
        assert sum(used.values()) > 5


def test_the_same_seed_gives_the_same_series():
    def labels(first):
        made = series(maker_for("dense"), "dense", 6, first)
        return np.stack([layout.labels for _, layout in made])

    np.testing.assert_array_equal(labels(1000), labels(1000))
    one = maker_for("dense").propose(dense_tile(3), np.random.default_rng(1))
    other = maker_for("dense").propose(dense_tile(3), np.random.default_rng(2))
    assert (one.labels != other.labels).any()


@pytest.mark.parametrize("kind", KINDS)
def test_sown_parcels_have_the_sizes_of_their_class(kind):
    maker = maker_for(kind)
    series(maker, kind, 40)
    figures = maker.report()["classes"][POND]
    assert figures["parcels_sown"] > 60
    assert figures["parcel_size"]["distance"] < 0.2


def test_giving_whole_parcels_away_would_not_have_the_sizes():
    """The measure can tell: parcels of the common classes are far from ponds."""
    tiles, bank = scene("dense")
    sizes = np.concatenate(
        [np.bincount(label(t == k)[0].ravel())[1:] for t in tiles for k in (FARM, WOOD)]
    )
    assert kolmogorov_smirnov(bank.sizes(POND), sizes[sizes >= 12]) > 0.4


def test_classes_that_never_touch_are_kept_apart_where_there_is_a_choice():
    """Ponds lie in wood alone, while there is as much farm to lie in."""
    maker = maker_for("dense", {"pond": 0.08})
    made = series(maker, "dense", 30)
    touches = maker.series.touches[POND]
    ground = np.bincount(np.concatenate([t.ravel() for t, _ in made]), minlength=4)
    assert ground[FARM] > 0.7 * ground[WOOD]
    assert touches[FARM] < 0.1 * touches[WOOD]


@pytest.mark.parametrize("operation", ["paste", "simulate", "box", "blob"])
def test_a_pasted_shape_is_one_of_the_bank_turned(operation):
    maker = maker_for("dense", {"pond": 0.06}, operation)
    stock = maker.stocks[POND]
    known = {
        (turned.shape, turned.tobytes())
        for shapes in (stock.real if operation == "paste" else stock.simulated)
        for shape in shapes
        for mask in (shape.mask, shape.mask[:, ::-1])
        for turned in (np.rot90(mask, turn) for turn in range(4))
    }
    found = 0
    for _, layout in series(maker, "dense", 8):
        numbered, count = label(layout.changed & (layout.labels == POND), np.ones((3, 3)))
        for number in range(1, count + 1):
            rows, cols = np.nonzero(numbered == number)
            mask = np.zeros((np.ptp(rows) + 1, np.ptp(cols) + 1), bool)
            mask[rows - rows.min(), cols - cols.min()] = True
            assert (mask.shape, mask.tobytes()) in known
            found += 1
    assert found > 30


def test_what_a_moved_parcel_leaves_goes_to_its_neighbours():
    labels = np.full((64, 64), WOOD, np.uint8)
    labels[:, 40:] = FARM
    labels[10:17, 10:16] = POND
    layout = maker_for("dense", "equal", "move").propose(labels, np.random.default_rng(0))
    assert layout.how == "move"
    assert (layout.labels == POND).sum() == 42
    left = (labels == POND) & (layout.labels != POND)
    assert left.any()
    assert set(layout.labels[left]) == {WOOD}
    assert layout.changed[labels == POND].all()


def test_a_resized_parcel_is_made_anew_as_a_whole_and_stays_in_one_piece():
    labels = np.full((64, 64), WOOD, np.uint8)
    labels[20:26, 20:26] = POND
    sizes = []
    for seed in range(20):
        layout = maker_for("dense", "equal", "resize").propose(labels, np.random.default_rng(seed))
        if not layout.how:
            continue
        pond = layout.labels == POND
        assert layout.changed[labels == POND].all()
        assert layout.changed[pond].all()
        assert label(pond, np.ones((3, 3)))[1] == 1
        sizes.append(int(pond.sum()))
    assert max(sizes) > 36 > min(sizes)


def test_a_parcel_amid_unlabelled_ground_is_not_moved():
    labels = np.full((64, 64), 255, np.uint8)
    labels[10:17, 10:16] = POND
    labels[40:, :] = WOOD
    layout = maker_for("dense", "equal", "move").propose(labels, np.random.default_rng(0))
    assert not layout.changed.any()


def test_a_class_of_few_shapes_gets_simulated_ones_of_its_size():
    """Four ponds of some 40 pixels in the whole scene, whose other parcels have hundreds."""
    tiles = [dense_tile(seed, ponds=0) for seed in range(10)]
    for number, tile in enumerate(tiles[:4]):
        tile[30:36, 30 : 36 + number] = POND
    bank = bank_of(tiles, [POND])
    wanted = target_shares({"pond": 0.05}, NAMES, shares_of(tiles, 4).tolist())
    maker = LayoutMaker(wanted, [POND], bank, 128, np.random.default_rng(0))
    series(maker, "dense", 40)
    used = maker.report()["operations"]
    assert used["simulate"] > 0.5 * sum(used.values())
    assert 15 < np.median(maker.series.sizes[POND]) < 100
    assert maker.counts[POND] / maker.counts.sum() == pytest.approx(0.05, rel=0.2)


@pytest.mark.parametrize("size", [32, 64, 100, 256])
@pytest.mark.parametrize("classes", [2, 40, 255])
def test_any_tile_size_and_number_of_classes(size, classes):
    """Class 0 is common, all others are rare patches of 5 x 4 pixels."""
    rng = np.random.default_rng(size)

    def tile():
        labels = np.zeros((size, size), np.uint8)
        for row in range(2, size - 6, 10):
            for col in range(2, size - 6, 10):
                if rng.random() < 0.3:
                    labels[row : row + 5, col : col + 4] = rng.integers(1, classes)
        return labels

    tiles = [tile() for _ in range(8)]
    shares = shares_of(tiles, classes)
    takers = [k for k in range(1, classes) if shares[k] > 0]
    wanted = target_shares("equal", [str(k) for k in range(classes)], shares.tolist())
    maker = LayoutMaker(wanted, takers, bank_of(tiles, takers), size, np.random.default_rng(0))
    for labels in tiles[:6]:
        layout = maker.propose(labels, rng)
        maker.accept(layout)
        assert layout.labels.max() < classes
    before = 1 - shares_of(tiles[:6], classes)[0]
    assert 1 - maker.counts[0] / maker.counts.sum() > 1.2 * before


@pytest.mark.parametrize("owner", [255, POND])
def test_tiles_with_nothing_to_change(owner):
    maker = maker_for("dense")
    layout = maker.propose(np.full((48, 48), owner, np.uint8), np.random.default_rng(0))
    assert not layout.changed.any()
    assert layout.how == ""
    assert not maker.enough(layout)


@pytest.mark.parametrize(("target", "enough"), [(0.005, True), (0.4, False)])
def test_one_pond_is_enough_where_the_target_asks_for_few(target, enough):
    maker = maker_for("dense", {"pond": target})
    tile = dense_tile(1, ponds=0)
    one, speck = tile.copy(), tile.copy()
    one[60:70, 60:68] = POND
    speck[60, 60:64] = POND
    assert maker.enough(Layout(one, one != tile)) is enough
    assert not maker.enough(Layout(speck, speck != tile))
