"""Independent classifiers of single pixel spectra, and how far they agree with samples' labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.parcels import interior
from overseed.tiles.grid import Window
from overseed.tiles.store import StoredScene, read_crop
from overseed.unlabelled import UNLABELLED

#: Agreement on synthetic pixels must be at least this share of that on real test pixels …
LEAST_AGREEMENT = 0.9
#: … and above this share of that on real pixels it is too clean to be true.
MOST_AGREEMENT = 1.1
#: What recall of a class must exceed chance by.
CHANCE_MARGIN = 0.05
#: Pixels of each class that a judge learns from, and that it is asked about.
PIXELS = 3000
TREES = 120
#: Pixels in a leaf: with fewer a forest recognises single pixels that it has learned.
LEAF = 20

Pixels = tuple[NDArray[np.float32], NDArray[np.uint8]]


@dataclass(frozen=True)
class Judges:
    """Fitted classifiers by name, and the number of classes that they know."""

    members: Mapping[str, Any]
    known: tuple[int, ...]

    def recalls(self, pixels: Pixels) -> dict[str, dict[int, float]]:
        """By judge and class: the share of its pixels ``(n, bands)`` that are recognised."""
        values, labels = pixels
        found: dict[str, dict[int, float]] = {}
        for name, judge in self.members.items():
            right = judge.predict(values) == labels if len(labels) else np.zeros(0, bool)
            found[name] = {
                int(index): float(right[labels == index].mean()) for index in np.unique(labels)
            }
        return found


def fit_judges(pixels: Pixels, rng: np.random.Generator, threads: int = 1) -> Judges:
    """Learn from ``(n, bands)`` standardised spectra and their classes.

    ``lda``: linear discriminant analysis with equal priors. ``forest``: a random forest (Breiman 2001) with
    classes balanced in each tree. Both see single pixels without neighbours, so that the sizes of parcels,
    which layouts change, do not matter to them.
    """
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import RandomForestClassifier

    values, labels = pixels
    known = np.unique(labels)
    leaf = max(1, min(LEAF, len(labels) // (20 * len(known))))
    judges = {
        "lda": LinearDiscriminantAnalysis(priors=np.full(len(known), 1 / len(known))),
        "forest": RandomForestClassifier(
            TREES,
            class_weight="balanced_subsample",
            min_samples_leaf=leaf,
            n_jobs=threads,
            random_state=int(rng.integers(2**31)),
        ),
    }
    return Judges(
        {name: judge.fit(values, labels) for name, judge in judges.items()},
        tuple(int(index) for index in known),
    )


def block_pixels(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    scale: Any,
    depth: Mapping[int, int],
    rng: np.random.Generator,
    most: int = PIXELS,
) -> Pixels:
    """Pixels of some blocks of one side: up to ``most`` of each class, drawn at random.

    Parameters
    ----------
    scale:
        From native ``(bands, h, w)`` and visible ``(h, w)`` to standardised values.
    depth:
        The classes, and how far inside their borders their pixels must be (0: anywhere).
    """
    values, labels = [], []
    # More than its share from each block, since classes are spread unevenly.
    share = max(most // 4, -(-4 * most // max(1, len(blocks))))
    for number, window in blocks:
        crop = read_crop(scenes[number], window, side)
        inside = interior(crop.labels, crop.labels != UNLABELLED, depth)
        if inside.any():
            scaled = np.moveaxis(scale(crop.image, crop.visible), 0, -1)[inside]
            chosen = _per_class(crop.labels[inside], share, rng)
            values.append(scaled[chosen])
            labels.append(crop.labels[inside][chosen])
    return _joined(values, labels, most, rng)


def sample_pixels_of(
    images: NDArray[Any],
    labels: NDArray[np.uint8],
    inner: NDArray[np.bool_],
    scale: Any,
    rng: np.random.Generator,
    most: int = PIXELS,
) -> Pixels:
    """Pixels of samples ``(n, bands, h, w)`` where ``inner`` ``(n, h, w)``: up to ``most`` of each class."""
    values, found = [], []
    share = max(most // 8, -(-8 * most // max(1, len(images))))
    for image, classes, inside in zip(images, labels, inner, strict=True):
        known = inside & (classes != UNLABELLED)
        if known.any():
            scaled = np.moveaxis(scale(image, np.ones(classes.shape, bool)), 0, -1)[known]
            chosen = _per_class(classes[known], share, rng)
            values.append(scaled[chosen])
            found.append(classes[known][chosen])
    return _joined(values, found, most, rng)


def agreement(
    judges: Sequence[Judges],
    synthetic: Pixels,
    test: Pixels,
    training: Pixels,
    unseen: Sequence[Pixels],
    names: Sequence[str],
) -> dict[str, Any]:
    """Recall on synthetic pixels beside that on real ones.

    Recalls are means over the judges. Halves of few blocks differ from each other far more than good samples
    from bad ones; two judges, each trained on one half, make that difference cancel.

    ``ratio`` is to test pixels and must reach ``LEAST_AGREEMENT``. Where test ground is harder than the
    training ground that samples were learned from, true samples exceed it, so ``too_clean`` is what exceeds
    ``MOST_AGREEMENT`` of both. A class is above chance where its recall exceeds 1 / classes by
    ``CHANCE_MARGIN``; where the judges do not tell the class on unseen real ground either, this is ``None``.

    Parameters
    ----------
    synthetic, test, training:
        Pixels of the samples, of real test ground and of the whole real training side.
    unseen:
        For each judge real training pixels of the half that it was not trained on.

    Returns
    -------
    By judge: ``classes``, one row per class that the samples hold; means over those with pixels on all
    sides; ``ratio`` (to test), ``ratio_training``, ``enough``, ``too_clean``, ``above_chance``, ``passes``.
    """
    counts = {
        "synthetic": synthetic[1],
        "test": test[1],
        "training": training[1],
        "unseen": np.concatenate([labels for _, labels in unseen]),
    }
    recalls = [
        {side: judge.recalls(pixels) for side, pixels in sides.items()}
        for judge, other in zip(judges, unseen, strict=True)
        for sides in [{"synthetic": synthetic, "test": test, "training": training, "unseen": other}]
    ]
    chance = float(np.mean([1 / len(judge.known) for judge in judges]))
    found = {}
    for name in judges[0].members:
        rows = []
        for index in np.unique(synthetic[1]).tolist():
            row: dict[str, Any] = {"name": names[index], "index": index}
            for side, labels in counts.items():
                known = [r[side][name][index] for r in recalls if index in r[side][name]]
                row[side] = float(np.mean(known)) if known else None
                row[f"pixels_{side}"] = int((labels == index).sum())
            row["margin"] = row["synthetic"] - chance
            told = row["unseen"] is not None and row["unseen"] > chance + CHANCE_MARGIN
            row["above_chance"] = bool(row["margin"] > CHANCE_MARGIN) if told else None
            rows.append(row)
        found[name] = _summary(rows) | {"chance": chance, "classes": rows}
    return found


def after_gate(
    before: Mapping[str, Any], before_by_one: Mapping[str, Any], after_by_one: Mapping[str, Any]
) -> dict[str, Any]:
    """Agreement of gated samples, from that of ungated ones and the change that a gate brings.

    A gate has learned from one half of the training ground, so only the judge of the other half may say what
    it changes; a single judge, on the other hand, says little about the level. So the difference that the
    independent one sees is added to each class's recall by all judges.

    Parameters
    ----------
    before, before_by_one, after_by_one:
        Answers of :func:`agreement`: ungated samples by all judges and by the independent one, and gated
        samples by the independent one.
    """
    found = {}
    for name, summary in before.items():
        olds, news = (
            {row["index"]: row for row in answer[name]["classes"]}
            for answer in (before_by_one, after_by_one)
        )
        rows = []
        for row in summary["classes"]:
            old, new = olds.get(row["index"]), news.get(row["index"])
            if old is None or new is None:
                continue
            recall = row["synthetic"] + new["synthetic"] - old["synthetic"]
            recall = min(1.0, max(0.0, recall))
            changed = {
                "synthetic": recall,
                "pixels_synthetic": new["pixels_synthetic"],
                "margin": recall - summary["chance"],
            }
            if row["above_chance"] is not None:
                changed["above_chance"] = bool(changed["margin"] > CHANCE_MARGIN)
            rows.append(dict(row) | changed)
        found[name] = _summary(rows) | {"chance": summary["chance"], "classes": rows}
    return found


def _summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sides = ("synthetic", "test", "training", "unseen")
    shared = [row for row in rows if all(row[side] is not None for side in sides)]
    means = {
        side: float(np.mean([row[side] for row in shared])) if shared else None for side in sides
    }
    ratios = {
        name: means["synthetic"] / means[side] if means[side] else None  # type: ignore[operator]
        for name, side in (("ratio", "test"), ("ratio_training", "training"))
    }
    known = [ratio for ratio in ratios.values() if ratio is not None]
    enough = ratios["ratio"] is not None and ratios["ratio"] >= LEAST_AGREEMENT
    too_clean = bool(known) and min(known) > MOST_AGREEMENT
    above = all(row["above_chance"] is not False for row in rows)
    return {
        **means,
        **ratios,
        "enough": enough,
        "too_clean": too_clean,
        "above_chance": above,
        "passes": enough and not too_clean and above,
    }


def _per_class(labels: NDArray[np.uint8], most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    parts = [rng.permutation(np.flatnonzero(labels == i))[:most] for i in np.unique(labels)]
    return np.concatenate(parts) if parts else np.zeros(0, np.intp)


def _joined(values: list[Any], labels: list[Any], most: int, rng: np.random.Generator) -> Pixels:
    if not labels:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.uint8)
    every = np.concatenate(labels)
    chosen = _per_class(every, most, rng)
    return np.concatenate(values)[chosen], every[chosen]
