"""Label tiles made by code: dense ones with speckle and sparse ones with polygons."""

import numpy as np
from scipy.ndimage import gaussian_filter

from overseed.layouts.bank import ShapeBank
from overseed.tiles.sampling import Batch

FARM, WOOD, POND, HEATH = range(4)
NAMES = ["farm", "wood", "pond", "heath"]


def dense_tile(seed, size=128, ponds=3):
    """Wood and farm in large pieces, heath as a rim between them, ponds of some 40 pixels in wood alone."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.normal(size=(size, size)), size / 10, mode="wrap")
    field /= field.std()
    labels = np.where(field > 0, WOOD, FARM).astype(np.uint8)
    labels[np.abs(field) < 0.08] = HEATH
    rows, cols = np.mgrid[:size, :size]
    for _ in range(ponds):
        row, col = rng.integers(0, size, 2)
        radius = rng.uniform(2.2, 5)
        pond = (rows - row) ** 2 / rng.uniform(0.5, 1) + (cols - col) ** 2 < radius**2
        if field[pond].min() > 0.15 and not (labels[pond] == POND).any():
            labels[pond] = POND
    return labels


def sparse_tile(seed, size=128, share=0.45):
    """Fields of 12 to 30 pixels a side, most of them unlabelled, few of them ponds, a track between them."""
    rng = np.random.default_rng(seed)
    labels = np.full((size, size), 255, np.uint8)
    row = 0
    while row < size:
        height, col = int(rng.integers(12, 30)), 0
        while col < size:
            width = int(rng.integers(12, 30))
            if rng.random() < share:
                owner = rng.choice([FARM, WOOD, HEATH, POND], p=[0.5, 0.3, 0.15, 0.05])
                labels[row : row + height - 1, col : col + width - 1] = owner
            col += width
        row += height
    return labels


def batch_of(tiles, visible=None):
    labels = np.stack(tiles)
    visible = np.ones(labels.shape, bool) if visible is None else visible
    return Batch(np.zeros((len(tiles), 0, *labels.shape[1:]), np.uint16), labels, visible)


def bank_of(tiles, classes, seed=0):
    return ShapeBank.gather([batch_of(tiles)], classes, np.random.default_rng(seed))


def shares_of(tiles, classes):
    counts = np.bincount(np.concatenate([t.ravel() for t in tiles]), minlength=256)[:classes]
    return counts / counts.sum()
