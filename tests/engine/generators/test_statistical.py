"""The statistical method on parcels whose truth is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from overseed.generators.contract import Canvas
from overseed.generators.coregionalization import (
    LAGS,
    correlations,
    distances,
    fit_structures,
)
from overseed.generators.random_fields import FieldSpectra, pack
from tests.engine.generators.test_simple_generators import DEVICE, Crops, fitted

MEANS = np.array([[1000.0, 1500, 1200], [2000, 1400, 1700]])
BETWEEN = np.array([[4.0, 2, 0], [2, 3, -1], [0, -1, 2]]) * 600
WITHIN = np.array([[3.0, 2.5, 1], [2.5, 3, 1], [1, 1, 2]]) * 500


def parcels(tiles=40, side=64, cell=16, seed=0):
    """Two classes of square parcels in float bands; the third band is smoother than the others."""
    rng = np.random.default_rng(seed)
    small = rng.integers(2, size=(tiles, side // cell, side // cell))
    # No two parcels of a class touch, so that each square is one.
    small = (small * 0 + np.indices(small.shape[1:]).sum(axis=0)) % 2
    labels = np.kron(small, np.ones((cell, cell))).astype(np.uint8)
    shifts = rng.multivariate_normal(np.zeros(3), BETWEEN, small.shape)
    shifts = np.kron(np.moveaxis(shifts, -1, 1), np.ones((cell, cell)))
    noise = rng.standard_normal((3, tiles, side, side))
    smooth = [0.7, 0.7, 2.0]
    fields = np.stack(
        [gaussian_filter(n, (0, s, s), mode="wrap") for n, s in zip(noise, smooth, strict=True)]
    )
    fields /= fields.std(axis=(1, 2, 3), keepdims=True)
    # Bands 1 and 2 share detail; band 3 is on its own.
    root = np.linalg.cholesky(WITHIN[:2, :2])
    texture = np.concatenate(
        [np.tensordot(root, fields[:2], 1), np.sqrt(WITHIN[2, 2]) * fields[2:]]
    )
    image = MEANS[labels].transpose(0, 3, 1, 2) + shifts + texture.swapaxes(0, 1)
    return image.astype(np.float32), labels


@pytest.fixture(scope="module")
def made_and_real(tmp_path_factory):
    images, labels = parcels()
    generator = fitted("statistical", Crops(images, labels), tmp_path_factory.mktemp("fit"), 2)
    canvas = Canvas.empty(labels, 3, "float32")
    return generator.generate(canvas, 0, DEVICE).astype(float), images.astype(float), labels


def cells(images, labels, index):
    """Parcels ``(n, bands, 16, 16)`` of a class."""
    tiles, bands, side, _ = images.shape
    blocks = images.reshape(tiles, bands, side // 16, 16, side // 16, 16)
    blocks = blocks.transpose(0, 2, 4, 1, 3, 5).reshape(-1, bands, 16, 16)
    return blocks[labels[:, ::16, ::16].ravel() == index]


@pytest.mark.parametrize("index", [0, 1])
class TestKnownTruth:
    def test_mean_and_covariance_of_pixels(self, index, made_and_real):
        made, real, labels = made_and_real
        pixels = [np.moveaxis(i, 1, -1)[labels == index] for i in (made, real)]
        spread = pixels[1].std(axis=0)
        np.testing.assert_allclose(
            pixels[0].mean(axis=0) / spread, pixels[1].mean(axis=0) / spread, atol=0.15
        )
        found, wanted = (np.cov((p / spread).T) for p in pixels)
        np.testing.assert_allclose(found, wanted, atol=0.2)

    def test_two_levels_of_variance(self, index, made_and_real):
        made, real, labels = made_and_real
        for level in (
            lambda c: c.mean(axis=(2, 3)).var(axis=0),
            lambda c: c.var(axis=(2, 3)).mean(axis=0),
        ):
            found, wanted = (level(cells(i, labels, index)) for i in (made, real))
            np.testing.assert_allclose(found, wanted, rtol=0.35)

    def test_autocorrelation_of_each_band(self, index, made_and_real):
        made, real, labels = made_and_real
        for lag in (1, 2, 4):
            ratio = []
            for images in (made, real):
                c = cells(images, labels, index)
                step = ((c[..., lag:] - c[..., :-lag]) ** 2).mean(axis=(0, 2, 3))
                ratio.append(step / c.var(axis=(2, 3)).mean(axis=0))
            # The third band is much smoother than the others, and comes out so.
            assert ratio[1][2] < 0.5 * ratio[1][0] or lag > 1
            np.testing.assert_allclose(ratio[0], ratio[1], rtol=0.25)


def test_structures_are_recovered_from_their_own_variograms():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(6, 4, 2))
    truth = factors @ factors.swapaxes(1, 2)
    variograms = np.tensordot((1 - correlations(distances() ** 2)).T, truth, 1)
    fitted_ = fit_structures(variograms, np.full(len(LAGS), 1e4))
    again = np.tensordot((1 - correlations(distances() ** 2)).T, fitted_, 1)
    np.testing.assert_allclose(again, variograms, atol=0.03 * variograms.max())
    assert np.linalg.eigvalsh(fitted_).min() > -1e-9


def test_fields_have_the_covariance_of_their_structures():
    structures = np.zeros((1, 6, 2, 2))
    structures[0, 0] = [[1, 0], [0, 0]]
    structures[0, 3] = [[1, 0.8], [0.8, 1]]
    spectra = FieldSpectra(structures, (64, 48))
    rng = np.random.default_rng(0)
    fields = np.concatenate([spectra.pair(0, rng) for _ in range(60)]).astype(float)
    assert fields.shape == (120, 2, 64, 48)
    flat = np.moveaxis(fields, 1, 0).reshape(2, -1)
    np.testing.assert_allclose(np.cov(flat), [[2, 0.8], [0.8, 1]], atol=0.08)
    for lag in (1, 3):
        found = (fields[..., lag:] * fields[..., :-lag]).mean(axis=(0, 2, 3))
        np.testing.assert_allclose(found, np.exp(-(lag**2) / 8) * np.ones(2), atol=0.08)
    # Both fields of a pair are their own.
    assert abs((fields[::2] * fields[1::2]).mean()) < 0.05


def test_boxes_on_sheets_do_not_overlap():
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, [33, 41], (200, 2))
    sizes[0] = 32, 40
    taken = {}
    for (sheet, row, col), (height, width) in zip(pack(sizes, (32, 40)), sizes, strict=True):
        ground = taken.setdefault(int(sheet), np.zeros((32, 40), int))
        part = ground[row : row + height, col : col + width]
        assert part.shape == (height, width)
        part += 1
    assert max(ground.max() for ground in taken.values()) == 1
