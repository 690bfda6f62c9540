"""Ground with known statistics for tests of fidelity: parcels with spectra and textures of their own."""

import numpy as np
from scipy.ndimage import gaussian_filter

from overseed.assessment.channels import Channels
from overseed.tiles.grid import Window
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene

PARCEL = 16
BLOCK = 64


def make_labels(rng, side, classes):
    cells = rng.integers(0, classes, (side // PARCEL, side // PARCEL)).astype(np.uint8)
    return cells.repeat(PARCEL, 0).repeat(PARCEL, 1)


def paint(rng, labels, bands, parcel=1.0, texture=0.5, blur=0.8, spread=6.0):
    """``(bands, h, w)``: class means, a shift for each parcel, and texture that the bands share in part."""
    means = np.random.default_rng(99).standard_normal((256, bands)) * spread
    image = np.moveaxis(means[labels], -1, 0)
    cells = [n // PARCEL for n in labels.shape]
    shifts = parcel * rng.standard_normal((bands, *cells))
    shifts[1:] = 0.7 * shifts[:1] + 0.7 * shifts[1:]
    image = image + shifts.repeat(PARCEL, 1).repeat(PARCEL, 2)
    noise = rng.standard_normal(image.shape)
    if blur:
        noise = gaussian_filter(noise, (0, blur, blur))
    noise *= texture / noise.std()
    noise[1:] = 0.7 * noise[:1] + 0.7 * noise[1:]
    return image + noise


def make_scene(seed, side=256, bands=3, classes=4, **looks):
    """A scene whose blocks of 64 pixels lie on the training side above and on the test side below."""
    rng = np.random.default_rng(seed)
    labels = make_labels(rng, side, classes)
    image = paint(rng, labels, bands, **looks).astype(np.float32)
    sides = np.zeros(labels.shape, np.uint8)
    sides[side * 3 // 4 :] = 2
    blocks = [
        (0, Window(row, col, BLOCK, BLOCK))
        for row in range(0, side, BLOCK)
        for col in range(0, side, BLOCK)
    ]
    training = [b for b in blocks if b[1].row < side * 3 // 4]
    test = [b for b in blocks if b[1].row >= side * 3 // 4]
    return StoredScene(image, labels, sides), training, test


def make_channels_of(scene):
    bands = len(scene.image)
    stats = band_statistics(scene.image.reshape(bands, -1), [f"b{i}" for i in range(bands)])
    return Channels(stats, (1.0,) * bands, (0.0,) * bands)
