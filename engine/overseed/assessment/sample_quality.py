"""All measures of a set of samples against real ground together, and which limits they keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.channels import Channels
from overseed.assessment.distances import (
    covariance_distance,
    detail_difference,
    spectral_angle,
    wasserstein,
)
from overseed.assessment.diversity import LEAST_DIVERSITY, diversity
from overseed.assessment.feature_distances import feature_distances
from overseed.assessment.judges import (
    Judges,
    Pixels,
    agreement,
    block_pixels,
    fit_judges,
    sample_pixels_of,
)
from overseed.assessment.parcels import (
    DEEPEST,
    Parcel,
    interior,
    real_parcels,
    synthetic_parcels,
    through_stencils,
)
from overseed.assessment.real_range import ROUNDS, against_real
from overseed.assessment.transfer import trained_on_samples
from overseed.tiles.grid import Window
from overseed.tiles.split import TEST, TRAIN
from overseed.tiles.store import StoredScene

#: Share of the bands that must lie inside the real-against-real range.
LEAST_INSIDE = 0.75
#: Parcels per class, at most.
PARCELS = 400

Blocks = Sequence[tuple[int, Window]]
Features = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class RealGround:
    """What samples are held against; nothing in it depends on samples.

    ``classes`` are those that samples may hold and training ground has. ``parcels`` are the training side's;
    ``pool`` are those that are split for the real-against-real ranges, the same but for the positive control.
    Of ``judges`` each is trained on one half of the training blocks and ``unseen`` holds pixels of the other
    half. ``features`` are named functions from crops ``(n, channels, 32, 32)`` to ``(n, d)``.
    """

    names: Sequence[str]
    classes: Sequence[int]
    channels: Channels
    native: Sequence[bool]
    parcels: Sequence[Parcel]
    pool: Sequence[Parcel]
    judges: Sequence[Judges]
    test: Pixels
    training: Pixels
    unseen: Sequence[Pixels]
    features: Mapping[str, Features]

    def seen_by_one_judge(self, number: int) -> RealGround:
        """The same with one of the judges alone."""
        part = slice(number, number + 1)
        return replace(self, judges=self.judges[part], unseen=self.unseen[part])


def real_ground(
    scenes: Sequence[StoredScene],
    training: Blocks,
    test: Blocks,
    halves: Sequence[Blocks],
    names: Sequence[str],
    classes: Sequence[int],
    channels: Channels,
    native: Sequence[bool],
    features: Mapping[str, Features],
    rng: np.random.Generator,
    threads: int = 1,
) -> RealGround:
    """Learn the judges and gather real parcels and pixels.

    Parameters
    ----------
    training, test:
        Blocks of these sides.
    halves:
        Two or more parts of the training blocks; each trains judges, which are tried on the others.
    classes:
        Indices of the classes that samples may hold.
    native:
        For each band whether it is native to the grid (not resampled from a coarser one).

    Pixels inside parcels count for the comparison, as deep as their class allows
    (:func:`~overseed.assessment.parcels.real_parcels`); judges learn from all labelled pixels.
    """
    parcels, depth = real_parcels(scenes, training, TRAIN, classes, channels, rng, PARCELS)
    scale = channels.stats.scale
    everywhere = dict.fromkeys(range(len(names)), 0)

    def pixels(blocks: Blocks, side: int) -> Pixels:
        return block_pixels(scenes, blocks, side, scale, depth, rng)

    labelled = pixels(training, TRAIN)
    judges = [
        fit_judges(block_pixels(scenes, half, TRAIN, scale, everywhere, rng), rng, threads)
        for half in halves
    ]
    others = [
        [block for number, half in enumerate(halves) if number != own for block in half]
        for own in range(len(halves))
    ]
    return RealGround(
        names=names,
        classes=[index for index in classes if (labelled[1] == index).any()],
        channels=channels,
        native=native,
        parcels=parcels,
        pool=parcels,
        judges=judges,
        test=pixels(test, TEST),
        training=labelled,
        unseen=[pixels(other, TRAIN) for other in others],
        features=features,
    )


@dataclass(frozen=True)
class MadeGround:
    """What is measured of samples: parcels, pixels, and for diversity each parcel's versions by seed."""

    parcels: Sequence[Parcel]
    pixels: Pixels
    versions: Sequence[Sequence[Parcel]] = ()


def made_ground(
    images: NDArray[Any],
    labels: NDArray[np.uint8],
    changed: NDArray[np.bool_],
    ground: RealGround,
    rng: np.random.Generator,
    versions: NDArray[Any] | None = None,
) -> MadeGround:
    """Parcels and pixels of samples ``(n, bands, h, w)`` with layouts and changed pixels ``(n, h, w)``.

    Only what lies at least 2 pixels inside a changed parcel counts.

    Parameters
    ----------
    versions:
        ``(seeds, m, bands, h, w)``: the first m samples made again from other seeds.
    """
    classes = {int(index): DEEPEST for index in np.unique(labels[changed])}
    inner = np.stack(
        [interior(own, part, classes) for own, part in zip(labels, changed, strict=True)]
    )
    parcels = synthetic_parcels(images, labels, inner, ground.channels, rng, PARCELS)
    pixels = sample_pixels_of(images, labels, inner, ground.channels.stats.scale, rng)
    again: list[list[Parcel]] = []
    if versions is not None:
        state = int(rng.integers(2**31))
        count = versions.shape[1]
        # The same state cuts the same windows out of each version.
        made = [
            through_stencils(
                synthetic_parcels(
                    version, labels[:count], inner[:count], ground.channels, draw, PARCELS
                ),
                ground.parcels,
                draw,
            )
            for version in versions
            for draw in [np.random.default_rng(state)]
        ]
        again = [list(group) for group in zip(*made, strict=True)]
    return MadeGround(through_stencils(parcels, ground.parcels, rng), pixels, again)


def control_ground(
    ground: RealGround, rng: np.random.Generator, seeds: int = 10
) -> tuple[MadeGround, RealGround]:
    """The positive control: half of the real training parcels taken for synthetic, and the other half as real.

    Its pixels are those of the training side, all real ground that a generator can learn from. Versions of a
    parcel are other real parcels of its class.
    """
    order = rng.permutation(len(ground.parcels))
    half: dict[bool, list[Parcel]] = {True: [], False: []}
    for index in sorted({p.label for p in ground.parcels}):
        members = [int(i) for i in order if ground.parcels[i].label == index]
        for rank, number in enumerate(members):
            half[rank < len(members) // 2].append(ground.parcels[number])
    versions = []
    for index in sorted({p.label for p in half[True]}):
        members = [i for i, p in enumerate(half[True]) if p.label == index]
        if len(members) > 1:
            chosen = rng.permutation(members)[:seeds]
            versions.append([half[True][i] for i in chosen])
    return (
        MadeGround(half[True], ground.training, versions),
        replace(ground, parcels=half[False]),
    )


def measure(
    made: MadeGround,
    ground: RealGround,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
    force: bool = False,
) -> dict[str, Any]:
    """Every measure of samples against real ground, as plain values.

    Parameters
    ----------
    rounds:
        Random splits for the real-against-real ranges.
    force:
        Take a Fréchet distance of few crops too.

    Returns
    -------
    ``values``, ``covariance``, ``detail``, ``angle``: :func:`~overseed.assessment.real_range.against_real`;
    ``agreement``, ``diversity``: the functions of these names; ``kid``: by encoder
    :func:`~overseed.assessment.feature_distances.feature_distances`; ``transfer``:
    :func:`~overseed.assessment.transfer.trained_on_samples`; ``missing``: classes without a sample;
    ``channels`` and ``native``: what the entries of the lists are.
    """
    bands, channels = ground.channels.bands, len(ground.channels.names)
    statistics = {
        "values": wasserstein(channels),
        "covariance": covariance_distance(bands),
        "detail": detail_difference(bands),
        "angle": spectral_angle(ground.channels.stats.mean, ground.channels.stats.std),
    }
    found: dict[str, Any] = {
        name: against_real(made.parcels, ground.parcels, ground.pool, statistic, rng, rounds)
        for name, statistic in statistics.items()
    }
    found["agreement"] = agreement(
        ground.judges, made.pixels, ground.test, ground.training, ground.unseen, ground.names
    )
    found["kid"] = {
        name: _kid(made.parcels, ground.parcels, features, rng, force)
        for name, features in ground.features.items()
    }
    found["transfer"] = trained_on_samples(made.pixels, ground.training, ground.test, rng)
    found["diversity"] = diversity(made.versions, ground.pool, bands, rng)
    held = set(np.unique(made.pixels[1]).tolist())
    found["missing"] = [ground.names[i] for i in ground.classes if i not in held]
    found["channels"] = list(ground.channels.names)
    found["native"] = list(ground.native)
    return found


def verdicts(measured: Mapping[str, Any]) -> dict[str, bool | None]:
    """Which limits hold, by measure; ``None`` where there was not enough to measure."""
    native = measured["native"]
    detail = measured["detail"]
    inside = [i for i, own in zip(detail["inside"], native, strict=True) if own] if detail else []
    varied = [measured["diversity"][name] for name in ("spectra", "texture")]
    return {
        **{f"agreement {name}": row["passes"] for name, row in measured["agreement"].items()},
        "values": _mostly(measured["values"]["inside"] if measured["values"] else []),
        "covariance": measured["covariance"]["inside"][0] if measured["covariance"] else None,
        "detail": _mostly(inside),
        "every class": not measured["missing"],
        "diversity": None if None in varied else min(varied) >= LEAST_DIVERSITY,
    }


def share_inside(inside: Sequence[bool | None]) -> float | None:
    """Share of the entries with a verdict that are inside; ``None`` without any."""
    known = [value for value in inside if value is not None]
    return sum(known) / len(known) if known else None


def _mostly(inside: Sequence[bool | None]) -> bool | None:
    share = share_inside(inside)
    return None if share is None else share >= LEAST_INSIDE


def _kid(
    made: Sequence[Parcel],
    real: Sequence[Parcel],
    features: Features,
    rng: np.random.Generator,
    force: bool,
) -> dict[str, Any] | None:
    if not made or not real:
        return None
    sets = [features(np.stack([p.crop for p in group])) for group in (made, real)]
    labels = [[p.label for p in group] for group in (made, real)]
    return feature_distances(sets[0], labels[0], sets[1], labels[1], rng, force)
