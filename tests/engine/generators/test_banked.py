"""Methods that fill parcels from a bank of real ones: replace, copy-paste, the bank and the quilting."""

import numpy as np
import pytest
from scipy import ndimage

from overseed.generators import parcel_bank, replace
from overseed.generators.components import find_components
from overseed.generators.contract import Canvas
from overseed.generators.parcel_bank import ParcelGatherer, filled_grid, reflected, turned
from overseed.generators.quilting import BLOCK, make_textures, quilt
from overseed.tiles.sampling import Batch
from tests.engine.generators.test_simple_generators import DEVICE, Crops, fitted


def numbered(side=48, tiles=4, seed=0):
    """Crops whose pixels all have values of their own, with blobs of 2 classes on unlabelled ground."""
    rng = np.random.default_rng(seed)
    blobs = ndimage.gaussian_filter(rng.standard_normal((tiles, side, side)), (0, 3, 3))
    labels = np.full(blobs.shape, 255, np.uint8)
    labels[blobs > 0.04] = 0
    labels[blobs < -0.04] = 1
    images = rng.permutation(tiles * side * side).reshape(tiles, 1, side, side)
    return np.concatenate([images, images // 2], axis=1).astype(np.uint16), labels


def visible_parts(labels, seed=1):
    visible = np.ones(labels.shape, bool)
    visible[:, :, 30:] = False
    return visible


class TestComponents:
    def test_they_are_those_of_an_independent_method(self):
        _, labels = numbered()
        inside = labels != 255
        found = find_components(labels, inside)
        count = 0
        for tile in range(len(labels)):
            for value in (0, 1):
                parts, number = ndimage.label(labels[tile] == value)
                for part in range(1, number + 1):
                    ids = np.unique(found.ids[tile][parts == part])
                    assert len(ids) == 1
                    assert found.labels[ids[0]] == value
                    assert found.tiles[ids[0]] == tile
                    box = ndimage.find_objects((parts == part).astype(int))[0]
                    np.testing.assert_array_equal(found.mask(ids[0]), (parts == part)[box])
                count += number
        assert len(found) == count

    def test_nothing_inside_is_no_component(self):
        assert len(find_components(np.zeros((2, 5, 7), np.uint8), np.zeros((2, 5, 7), bool))) == 0


class TestBank:
    def gathered(self, *batches, classes=2, seed=0):
        gatherer = ParcelGatherer(classes, 2, "uint16", seed)
        for images, labels in batches:
            gatherer.add(Batch(images, labels, np.ones(labels.shape, bool)))
        return gatherer.parcels()

    def test_a_turned_crop_adds_no_parcel_that_was_wholly_seen(self):
        images, labels = numbered()
        turned_crops = images.swapaxes(-2, -1)[..., ::-1], labels.swapaxes(-2, -1)[..., ::-1]
        once, twice = self.gathered((images, labels)), self.gathered((images, labels), turned_crops)
        assert sum(p.whole for p in once) == sum(p.whole for p in twice) > 3

    def test_it_is_bounded_and_does_not_depend_on_the_order(self, monkeypatch):
        monkeypatch.setattr(parcel_bank, "BANK_BYTES", 4 * 600)
        batches = [numbered(seed=s) for s in range(4)]
        one, other = self.gathered(*batches), self.gathered(*batches[::-1])
        assert sum(p.pixels.nbytes for p in one) <= 4 * 600
        assert max(len(p.pixels) for p in one) <= 600 / 2 * parcel_bank.LARGEST
        assert {p.label for p in one} == {0, 1}
        assert [p.pixels.tobytes() for p in one] == [p.pixels.tobytes() for p in other]
        assert [p.pixels.tobytes() for p in one] != [
            p.pixels.tobytes() for p in self.gathered(*batches, seed=1)
        ]

    def test_a_parcel_is_mirrored_at_its_edge(self):
        mask = np.zeros((1, 8), bool)
        mask[0, :4] = True
        np.testing.assert_array_equal(filled_grid(mask), [[0, 1, 2, 3, 2, 1, 0, 0]])
        np.testing.assert_array_equal(reflected(np.arange(-3, 6), 3), [2, 1, 0, 0, 1, 2, 2, 1, 0])


@pytest.mark.parametrize("method", ["replace", "copy-paste"])
class TestBothMethods:
    def test_pixels_are_those_of_visible_parcels_of_the_class(self, method, tmp_path):
        images, labels = numbered()
        visible = visible_parts(labels)
        generator = fitted(method, Crops(images, labels, visible), tmp_path, 2)
        layouts = np.where(np.indices(labels.shape)[2] < 24, 0, 1).astype(np.uint8)
        made = generator.generate(Canvas.empty(layouts, 2, "uint16"), 0, DEVICE)
        np.testing.assert_array_equal(made[:, 1], made[:, 0] // 2)
        for label in (0, 1):
            allowed = images[:, 0][(labels == label) & visible]
            assert np.isin(made[:, 0][layouts == label], allowed).all()

    def test_seeds_and_places_differ(self, method, tmp_path):
        images, labels = numbered()
        generator = fitted(method, Crops(images, labels), tmp_path, 2)
        layouts = np.full((2, 48, 48), 255, np.uint8)
        layouts[:, 4:20, 4:20] = layouts[:, 28:44, 28:44] = 1
        canvas = Canvas(
            layouts, layouts == 1, np.zeros((2, 2, 48, 48), "uint16"), np.zeros(layouts.shape, bool)
        )
        one, other = (generator.generate(canvas, seed, DEVICE)[:, 0] for seed in (0, 1))
        squares = [
            i[t, s, s] for i in (one, other) for t in (0, 1) for s in (np.s_[4:20], np.s_[28:44])
        ]
        # Of eight filled squares hardly any two begin with the same pixel.
        assert len({int(square[8, 8]) for square in squares}) >= 5


class TestReplace:
    def test_textures_are_bounded(self, tmp_path, monkeypatch):
        monkeypatch.setattr(replace, "PLACES", 2 * 5000)
        images, labels = numbered(side=96)
        generator = fitted("replace", Crops(images, labels), tmp_path, 2)
        assert 2 * BLOCK**2 <= len(generator._textures.pixels) <= 2 * 5000
        made = generator.generate(Canvas.empty(labels[:1], 2, "uint16"), 0, DEVICE)
        assert np.isin(made[0, 0][labels[0] == 1], images[:, 0][labels == 1]).all()

    def test_a_parcel_has_the_mean_of_one_donor(self, tmp_path):
        rng = np.random.default_rng(0)
        labels = np.full((6, 64, 64), 255, np.uint8)
        images = rng.normal(0, 1, (6, 1, 64, 64)).astype(np.float32)
        levels = []
        for tile in range(6):
            for row in (2, 34):
                for col in (2, 34):
                    labels[tile, row : row + 26, col : col + 26] = 0
                    levels.append(100.0 * len(levels))
                    images[tile, 0, row : row + 26, col : col + 26] += levels[-1]
        generator = fitted("replace", Crops(images, labels), tmp_path, 1)
        layouts = np.full((8, 64, 64), 255, np.uint8)
        layouts[:, 5:25, 5:25] = 0
        canvas = Canvas(layouts, layouts == 0, images[:1].repeat(8, 0), layouts == 255)
        for made in generator.generate(canvas, 0, DEVICE)[:, 0, 5:25, 5:25]:
            nearest = levels[np.abs(np.array(levels) - made.mean()).argmin()]
            assert np.abs(made - nearest).max() < 6

    def test_a_larger_surface_keeps_neighbourhoods(self):
        rng = np.random.default_rng(0)
        texture = ndimage.gaussian_filter(rng.standard_normal((40, 40)), 2)
        texture /= texture.std()
        grid = np.arange(1600, dtype=np.int32).reshape(40, 40)
        features = texture.reshape(-1, 1).astype(np.float32)
        textures = make_textures([grid], [np.ones((40, 40), bool)], features)
        made = quilt(textures, np.zeros((3, 1), np.int64), (100, 60), np.random.default_rng(1))
        assert made.shape == (3, 100, 60)
        assert len({one.tobytes() for one in made}) == 3
        values = texture.ravel()[made]
        jumps = ((values[:, :, 1:] - values[:, :, :-1]) ** 2).mean()
        real = ((texture[:, 1:] - texture[:, :-1]) ** 2).mean()
        # Blocks side by side without choice or seam would jump by 2 at one column in twelve: 0.18.
        assert jumps < real + 0.05
        # Most neighbours of the surface are neighbours of the source.
        together = (made[:, :, 1:] - made[:, :, :-1] == 1).mean()
        assert together > 0.85

    def test_a_surface_smaller_than_its_texture_is_one_piece(self):
        grid = np.arange(64 * 64, dtype=np.int32).reshape(64, 64)
        features = np.random.default_rng(0).standard_normal((64 * 64, 2)).astype(np.float32)
        textures = make_textures([grid], [np.ones((64, 64), bool)], features)
        pieces = quilt(textures, np.zeros((40, 1), np.int64), (BLOCK, 20), np.random.default_rng(1))
        whole = [
            (np.diff(p, axis=1) == 1).all() and (np.diff(p, axis=0) == 64).all() for p in pieces
        ]
        assert np.mean(whole) > 0.7


class TestCopyPaste:
    @pytest.fixture
    def ground(self):
        """Blobs of class 1, every one whole and of its own shape."""
        rng = np.random.default_rng(3)
        images = rng.permutation(4 * 48 * 48).reshape(4, 1, 48, 48).astype(np.uint16)
        labels = np.zeros((4, 48, 48), np.uint8)
        shape = ndimage.gaussian_filter(rng.standard_normal((4, 40, 40)), (0, 3, 3)) > 0.04
        labels[:, 4:44, 4:44] = shape
        return images, labels

    def test_a_pasted_component_has_its_pixels(self, ground, tmp_path):
        images, labels = ground
        generator = fitted("copy-paste", Crops(images, labels), tmp_path, 2)
        found = find_components(labels, labels == 1)
        large = [n for n in range(len(found)) if found.areas[n] > 40]
        assert len(large) >= 4
        for symmetry, number in enumerate(large[:8]):
            mask = turned(found.mask(number), symmetry)
            tile, rows, cols = found.window(number)
            pixels = turned(images[tile, 0, rows, cols], symmetry)
            layout = np.full((1, 48, 48), 255, np.uint8)
            height, width = mask.shape
            layout[0, 1 : 1 + height, 3 : 3 + width][mask] = 1
            canvas = Canvas(layout, layout == 1, np.zeros((1, 1, 48, 48), "uint16"), layout == 255)
            made = generator.generate(canvas, symmetry, DEVICE)[0, 0]
            np.testing.assert_array_equal(made[1 : 1 + height, 3 : 3 + width][mask], pixels[mask])

    def test_another_parcel_is_preferred_to_the_one_that_was_here(self, tmp_path):
        rng = np.random.default_rng(0)
        images = rng.permutation(4 * 32 * 32).reshape(4, 1, 32, 32).astype(np.uint16)
        labels = np.zeros((4, 32, 32), np.uint8)
        mask = np.ones((9, 6), bool)
        mask[:3, :2] = mask[7:, 5] = False
        labels[:, 10:19, 12:18][:, mask] = 1
        generator = fitted("copy-paste", Crops(images, labels), tmp_path, 2)
        canvas = Canvas(labels, labels == 1, images, np.ones(labels.shape, bool))
        for seed in range(10):
            made = generator.generate(canvas, seed, DEVICE)[:, 0][labels == 1].reshape(4, -1)
            real = images[:, 0][labels == 1].reshape(4, -1)
            assert np.isin(made, real).all()
            assert (made != real).all(axis=1).all()

    def test_only_parcel_is_taken_where_there_is_no_other(self, tmp_path):
        images = np.arange(32 * 32, dtype=np.uint16).reshape(1, 1, 32, 32)
        labels = np.zeros((1, 32, 32), np.uint8)
        labels[0, 5:9, 5:12] = 1
        labels[0, 5, 5] = 0
        generator = fitted("copy-paste", Crops(images, labels), tmp_path, 2)
        canvas = Canvas(labels, labels == 1, images, np.ones(labels.shape, bool))
        made = generator.generate(canvas, 0, DEVICE)
        np.testing.assert_array_equal(made[0, 0][labels[0] == 1], images[0, 0][labels[0] == 1])
