"""Data sets as the tests of scenes need them: opened, counted, read whole."""

import numpy as np

from overseed.scenes.census import Census
from overseed.scenes.dataset import load_dataset, strips
from overseed.stages.inspect import count_labels


def load(raster, labels, **options):
    """A data set whose labels are counted."""
    rasters = raster if isinstance(raster, list) else [raster]
    sources = labels if isinstance(labels, list) else [labels]
    dataset = load_dataset([str(r) for r in rasters], [str(s) for s in sources], **options)
    censuses = [Census(dataset, number) for number in range(len(rasters))]
    for number, census in enumerate(censuses):
        list(census.watch(strips(dataset, number)))
    count_labels(dataset, censuses)
    return dataset


def labels_of(dataset, number=0):
    return np.concatenate([strip.labels for strip in strips(dataset, number)])


def image_of(dataset, number=0):
    return np.concatenate([strip.image for strip in strips(dataset, number)], axis=1)
