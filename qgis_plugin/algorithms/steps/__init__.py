"""The engine's commands as algorithms, one table each; ids and names never change."""

from ..table import Table
from .chip_networks import classify_chips, map_chips, train_chip_gan
from .chips import cluster_chips, prepare_chips
from .data import inspect_classes, prepare_dataset
from .maps import assess_map, classify_raster, sample_reference_points, suggest_labels
from .samples import measure_samples, review_samples, synthesize_samples, train_generator
from .training import compare_augmentations, make_report, train_segmentation


def tables() -> list[Table]:
    """Return all of them, in the order of the work."""
    return [
        inspect_classes(),
        prepare_dataset(),
        train_generator(),
        synthesize_samples(),
        review_samples(),
        measure_samples(),
        train_segmentation(),
        compare_augmentations(),
        classify_raster(),
        suggest_labels(),
        sample_reference_points(),
        assess_map(),
        make_report(),
        prepare_chips(),
        cluster_chips(),
        train_chip_gan(),
        classify_chips(),
        map_chips(),
    ]
