"""`simulate`: a scene with known truth, and the best scores a classifier of single pixels can have on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from overseed.config import SimulateSettings
from overseed.events import Reporter
from overseed.files import check_folder, write_json

if TYPE_CHECKING:
    from overseed.scenes.simulation.scene import Scene

_ABOUT = {
    "limit": "Scores of the classifier that knows each class's true distribution and sees one pixel at a "
    "time (Bayes rule). With the classes' shares as priors (by_share) no classifier of single pixels has a "
    "higher expected overall accuracy, with equal priors (equal) none has a higher mean recall. Its F1 "
    "values go with those rules and are no limits of F1. Classifiers that use neighbours may do better.",
    "expected": "Pixels drawn from the population that the scene's parcels and pixels were drawn from.",
    "pure": "Pixels of the scene whose point spread reaches no other class or parcel.",
    "labelled": "All pixels in the polygons, also mixed ones, which the rule does not know of.",
    "parameters": "In stored values; the covariance of a class is factor_variance * loadings^T loadings "
    "+ white_variance * identity.",
}


def simulate(settings: SimulateSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Write ``scene.tif``, ``polygons.gpkg``, ``truth.tif`` and ``limit.json`` into the folder.

    With clouds there is also ``cloud.tif``, their opacity in percent.

    Raises
    ------
    InputError
        ``output.not-writable`` when the folder cannot be written to.
    """
    import numpy as np

    from overseed.scenes.simulation.scene import CLASS_FIELD, Recipe, write_scene

    reporter = reporter or Reporter()
    folder = settings.folder
    check_folder(folder)
    reporter.stage("simulate", "Simulate a scene")
    recipe = Recipe(
        width=settings.width,
        height=settings.height,
        bands=settings.bands,
        labelled=settings.labelled,
        rare_share=settings.rare_share,
        separability=settings.separability,
        cloud=settings.cloud,
    )
    scene = write_scene(
        recipe,
        folder,
        np.random.default_rng(settings.seed),
        reporter.progress,
        threads=settings.threads,
    )
    limit = _scores(scene)
    limit_path = folder / "limit.json"
    write_json(limit_path, {"about": _ABOUT, **limit, "parameters": _parameters(scene)})
    return {
        "raster": str(scene.raster),
        "labels": str(scene.labels),
        "class_field": CLASS_FIELD,
        "truth": str(scene.truth),
        "cloud": str(scene.cloud) if scene.cloud else None,
        "limit": limit,
        "limit_file": str(limit_path),
        "text": _text(settings, scene, limit, limit_path),
    }


def _scores(scene: Scene) -> dict[str, Any]:
    """Scope → priors → scores: those of any model, and the mean recall."""
    from overseed.assessment.confusion import class_scores, macro, summary
    from overseed.scenes.simulation.covers import NAMES, RARE

    rare = [code - 1 for code in RARE]
    return {
        scope: {
            priors: {
                **summary(matrix, NAMES, rare),
                "mean_recall": round(float(macro(class_scores(matrix)["recall"])), 6)
                if matrix.any()
                else None,
            }
            for priors, matrix in by_priors.items()
        }
        for scope, by_priors in scene.confusion.items()
    }


def _parameters(scene: Scene) -> dict[str, Any]:
    """The true distribution of pure pixels, class by class in code order."""
    from overseed.scenes.simulation.covers import NAMES

    known = scene.population
    return {
        "classes": list(NAMES),
        "means": known.means.round(4).tolist(),
        "loadings": known.loadings.round(6).tolist(),
        "factor_variance": known.factor_variance.tolist(),
        "white_variance": known.white_variance,
    }


def _text(settings: SimulateSettings, scene: Scene, limit: dict[str, Any], path: Path) -> str:
    from overseed.scenes.simulation.scene import CLASS_FIELD

    best = limit["expected"]
    accuracy, recall = best["by_share"]["overall_accuracy"], best["equal"]["mean_recall"]
    verdict = (
        f"no classifier of single pure pixels can be expected to exceed an overall accuracy of "
        f"{accuracy:.3f} or a mean recall of {recall:.3f}"
        if accuracy is not None
        else "no pixel of this small scene is pure and clear, so it has no limit"
    )
    return (
        f"{scene.raster}: {settings.width} x {settings.height} pixels, {settings.bands} bands; "
        f"{scene.labels}: {scene.polygon_counts.total()} polygons of {len(scene.polygon_counts)} "
        f"classes in the field {CLASS_FIELD}; {scene.truth}: the true class of every pixel; {path}: "
        f"{verdict}"
    )
