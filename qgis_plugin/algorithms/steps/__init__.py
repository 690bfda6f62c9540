"""The engine's commands as algorithms, one table each; ids and names never change."""

from ..engine_algorithm import Table
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
    ]
