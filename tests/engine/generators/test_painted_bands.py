"""Three bands as pictures and back, their class's range, and all other bands from them."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from overseed.errors import InputError
from overseed.generators.band_regression import BandRegression
from overseed.generators.class_ranges import ClassRanges, level_with
from overseed.generators.pixel_pairs import PixelPairs
from overseed.generators.shown_bands import ShownBands, choose_bands
from overseed.tiles.sampling import Batch
from overseed.tiles.statistics import band_statistics


@pytest.mark.parametrize(
    ("names", "asked", "bands"),
    [
        (["blue", "green", "red", "nir"], None, (2, 1, 0)),
        (["B02", "B03", "B04", "B08", "B11"], None, (2, 1, 0)),
        (["B02", "B03", "B04", "B8A", "B11"], None, (2, 1, 0)),
        (["b1", "b2", "b3", "b4"], ("4", "b1", "2"), (3, 0, 1)),
        (["VV", "VH"], None, (0, 1, 1)),
        (["height"], None, (0, 0, 0)),
        (["one", "two", "three", "four"], None, (0, 1, 2)),
    ],
)
def test_the_bands_to_paint(names, asked, bands):
    assert choose_bands(names, asked) == bands


def test_bands_that_are_not_there_are_refused():
    with pytest.raises(InputError) as refusal:
        choose_bands(["red", "green", "blue"], ("red", "green", "nir"))
    assert refusal.value.code == "bands.unknown"


class TestPictures:
    def shown(self, bands=(0, 1, 2)):
        rng = np.random.default_rng(0)
        common = rng.normal(1000, 50, (3, 5000))
        fires = rng.normal(9000, 100, (60, 3)).astype(np.float32)
        return ShownBands.fit(bands, band_statistics(common, "abc"), {0: common.T, 1: fires}), fires

    def test_a_rare_bright_class_is_not_cut_off(self):
        shown, fires = self.shown()
        picture = shown.picture(fires.T[None, :, None], np.ones((1, 1, 60), bool))
        assert picture.max() <= 1
        assert (picture < 1).mean() > 0.9
        np.testing.assert_allclose(shown.native(picture)[0, 0], fires.T[0, None], rtol=0.05)

    def test_nothing_is_clipped_on_the_way_back(self):
        shown, _ = self.shown()
        beyond = shown.native(np.full((1, 3, 2, 2), 1.5, np.float32))
        assert (beyond > shown.high[:, None, None]).all()

    def test_ground_that_is_not_known_is_grey(self):
        shown, fires = self.shown()
        picture = shown.picture(fires.T[None, :, None], np.zeros((1, 1, 60), bool))
        assert not picture.any()

    def test_a_band_shown_twice_is_one_band(self):
        shown, _ = self.shown((0, 1, 1))
        assert shown.painted == [0, 1]
        values = shown.native(np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype("f4"))
        assert values.shape == (2, 2, 4, 4)


class TestRemainingBands:
    """A scene whose fourth band follows from the others, and whose fifth mostly does not."""

    def scene(self, count, size=64, seed=0):
        rng = np.random.default_rng(seed)
        labels = np.zeros((count, size, size), np.uint8)
        labels[:, :, size // 2 :] = 1
        level = np.array([400.0, 1200.0])[labels]
        images = np.empty((count, 5, size, size))
        for band in range(3):
            images[:, band] = level * (1 + 0.2 * band) + rng.normal(0, 60, labels.shape)
        images[:, 3] = 300 + 0.8 * images[:, 0] - 0.3 * images[:, 2]
        images[:, 3] += np.where(labels == 1, 500, 0) + rng.normal(0, 10, labels.shape)
        smooth = gaussian_filter(rng.normal(size=labels.shape), (0, 1, 1))
        images[:, 4] = np.array([700.0, 200.0])[labels] + 40 * smooth / smooth.std()
        return Batch(images, labels, np.ones(labels.shape, bool))

    def fitted(self):
        pairs = PixelPairs()
        for number in range(8):
            pairs.add(self.scene(4, seed=number), np.random.default_rng(number))
        return BandRegression.fit({k: pairs.joined(k) for k in pairs.pairs}, [0, 1, 2], [3, 4])

    def test_they_are_right_in_level_spread_and_texture(self):
        regression = self.fitted()
        batch = self.scene(1, size=128, seed=99)
        labels, real = batch.labels[0], batch.images[0]
        made = regression.fill(real[:3].astype("f4"), labels, np.random.default_rng(1))
        assert made.shape == (2, 128, 128)
        for owner in (0, 1):
            here = np.zeros_like(labels, bool)
            here[4:-4, 4:60] = True
            here = here if owner == 0 else here[:, ::-1]
            assert (labels[here] == owner).all()
            assert abs((made[0] - real[3])[here].mean()) < 3
            assert abs(made[1][here].mean() - real[4][here].mean()) < 8
            for own, other in ((made[0], real[3]), (made[1], real[4])):
                assert own[here].std() == pytest.approx(other[here].std(), rel=0.15)
            # The predictable band is predicted: its difference is noise of its own size, twice.
            assert (made[0] - real[3])[here].std() < 18
            alike = [
                np.corrcoef(b[4:-4, 4:59].ravel(), b[4:-4, 5:60].ravel())[0, 1]
                for b in (made[1], real[4])
            ]
            assert alike[0] == pytest.approx(alike[1], abs=0.12)

    def test_the_seed_decides(self):
        regression = self.fitted()
        batch = self.scene(1, seed=99)
        shown = batch.images[0, :3].astype("f4")
        one, two, other = (
            regression.fill(shown, batch.labels[0], np.random.default_rng(seed))
            for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(one, two)
        assert (one != other).any()

    def test_a_class_of_few_pixels_keeps_to_what_holds_everywhere(self):
        pairs = self.pairs_of(400)
        pairs[7] = pairs[0][:3].copy()
        pairs[7][..., 3] += 5000  # three odd pixels are no law
        regression = BandRegression.fit(pairs, [0, 1, 2], [3, 4])
        shown = np.full((3, 8, 8), 400, "f4")
        rng = np.random.default_rng
        few = regression.fill(shown, np.full((8, 8), 7, np.uint8), rng(0))[0].mean()
        common = regression.fill(shown, np.full((8, 8), 99, np.uint8), rng(0))[0].mean()
        assert abs(few - common) < 1500

    def pairs_of(self, seed):
        pairs = PixelPairs()
        pairs.add(self.scene(4, seed=seed), np.random.default_rng(seed))
        return {k: pairs.joined(k) for k in pairs.pairs}


class TestRangesOfClasses:
    def ranges(self):
        rng = np.random.default_rng(0)
        means = {3: list(rng.uniform(900, 1100, (40, 1)))}
        spreads = {3: list(rng.uniform(20, 40, (40, 1)))}
        return ClassRanges.fit({3: np.full((50, 1), 1000, "f4")}, means, spreads, [0])

    @pytest.mark.parametrize(
        ("mean", "spread", "wanted"),
        [(1000, 30, (1000, 30)), (3000, 30, (1090, 30)), (1000, 300, (1000, 39))],
    )
    def test_parcels_are_moved_into_the_range_and_no_further(self, mean, spread, wanted):
        rng = np.random.default_rng(1)
        made = np.zeros((1, 1, 32, 32), "f4")
        changed = np.zeros((1, 32, 32), bool)
        changed[:, 4:24, 4:24] = True
        values = rng.normal(size=400)
        values = (values - values.mean()) / values.std()
        made[:, 0][changed] = mean + spread * values
        labels = np.full((1, 32, 32), 3, np.uint8)
        found = self.ranges().matched(made, labels, changed)
        inside = found[:, 0][changed]
        assert inside.mean() == pytest.approx(wanted[0], rel=0.02)
        assert inside.std() == pytest.approx(wanted[1], rel=0.1)
        np.testing.assert_array_equal(found[:, 0][~changed], 0)
        if (mean, spread) == wanted:
            np.testing.assert_allclose(found, made, rtol=1e-5)

    def test_what_a_model_shows_too_bright_is_made_darker(self):
        rng = np.random.default_rng(0)
        real = rng.normal(0, 0.1, (3, 32, 32)).astype("f4")
        changed = np.zeros((32, 32), bool)
        changed[8:16, 8:16] = True
        shown = real + np.array([0.3, -0.2, 0])[:, None, None]
        level = level_with(shown.astype("f4"), real, ~changed, changed)
        np.testing.assert_allclose(level, real, atol=1e-5)
        untouched = level_with(shown, real, np.zeros_like(changed), changed)
        np.testing.assert_array_equal(untouched, shown)
