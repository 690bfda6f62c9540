"""The style of a parcel: its mean spectrum and the strength of its texture, and how styles vary.

Fields of one class differ more from each other than pixels of one field do, and haze and illumination shift
whole neighbourhoods. A network that only gets a layout must guess all that and gives every parcel the mean
of its class. Here it is told: in training the style that the real parcel has, later one drawn from this
model: the class's mean, a part that follows from the residuals of the known ground around (ridge regression),
and the residual of a random real parcel of the class, smoothed (Silverman & Young 1987, "The bootstrap: to
smooth or not to smooth?") so that no parcel's style is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.generators.parcels import Parcels, cores, find_parcels
from overseed.tiles.sampling import Batch, Source, rng_for
from overseed.tiles.statistics import BandStats
from overseed.unlabelled import UNLABELLED

#: Principal components of the standardised bands that describe a mean spectrum.
COMPONENTS = 8
#: Pixels of the crops that are looked at: 256 crops of 128 pixels; residuals that are kept of all they hold.
PIXELS = 256 * 128 * 128
KEPT = 4096
MOST_BATCHES = 64
BATCH = 8
#: Smaller parcels say little of their texture.
SMALLEST = 12
#: Weight of "no effect" in the regression over all classes, as a share of the parcels.
RIDGE = 0.1
#: Weight of all classes' regression in that of one class, in parcels.
PRIOR = 5
#: Standard deviation, in pixels, of the neighbourhood that tells of haze and light around a pixel.
REACH = 12.0
#: Share of known labelled pixels in it from which on it is believed.
LEAST_KNOWN = 0.02
#: Standard deviation of the smoothing, relative to that of the residuals.
SMOOTHING = 0.3
#: Added to variances before the logarithm, in standardised units.
FLOOR = 1e-5


@dataclass
class StyleModel:
    """What was fitted; float32 arrays that are saved with a generator's weights.

    ``axes`` ``(bands, c)`` principal axes; ``level`` ``(classes, 2 c)`` class means of the components' means
    and of the logarithms of their deviations; ``follow`` ``(classes, c, c)`` how a parcel's means follow
    its neighbourhood's residuals; ``rest`` ``(n, 2 c)`` residuals of real parcels and ``owner`` ``(n,)`` their
    classes.
    """

    axes: NDArray[np.float32]
    level: NDArray[np.float32]
    follow: NDArray[np.float32]
    rest: NDArray[np.float32]
    owner: NDArray[np.float32]

    @property
    def channels(self) -> int:
        """Numbers that describe a style."""
        return 2 * self.axes.shape[1]

    @classmethod
    def blank(cls, bands: int, classes: int) -> StyleModel:
        """Before the fit: every style is 0."""
        count = min(bands, COMPONENTS)
        return cls(
            axes=np.eye(bands, count, dtype=np.float32),
            level=np.zeros((classes, 2 * count), np.float32),
            follow=np.zeros((classes, count, count), np.float32),
            rest=np.zeros((1, 2 * count), np.float32),
            owner=np.zeros(1, np.float32),
        )

    @classmethod
    def fit(
        cls,
        source: Source,
        stats: BandStats,
        classes: int,
        tile: int,
        seed: int,
        check: Callable[[], None] = lambda: None,
    ) -> StyleModel:
        """Fit on random crops of the training side, of ``tile`` pixels; ``check`` may raise to end it."""
        steps = min(MOST_BATCHES, max(4, PIXELS // (tile * tile * BATCH)))
        crops = partial(_crops, source, stats, steps, seed, check)
        axes = _principal_axes(crops(), len(stats.names))
        blank = cls.blank(len(stats.names), classes)
        model = cls(axes, blank.level, blank.follow, blank.rest, blank.owner)
        grounds = [_Ground.of(batch, model.project(image)) for batch, image in crops()]
        measured = [(model.measure(g.parcels, g.components), g.parcels) for g in grounds]
        kept = [parcels.size >= SMALLEST for _, parcels in measured]
        styles = np.concatenate([s[k] for (s, _), k in zip(measured, kept, strict=True)])
        labels = np.concatenate([p.label[k] for (_, p), k in zip(measured, kept, strict=True)])
        sizes = np.concatenate([p.size[k] for (_, p), k in zip(measured, kept, strict=True)])
        if not len(labels):
            return model
        # A large parcel is one draw from its class like a small one, but a better measured one.
        weight = np.sqrt(sizes)
        model.level[:] = np.average(styles, axis=0, weights=weight)
        for index in np.unique(labels):
            own = labels == index
            model.level[index] = np.average(styles[own], axis=0, weights=weight[own])
        rng = np.random.default_rng([seed, 6])
        around = [model._around(g, rng)[k] for g, k in zip(grounds, kept, strict=True)]
        neighbours = np.concatenate(around)
        rest = styles - model.level[labels]
        count = axes.shape[1]
        model.follow = _follow(neighbours, rest[:, :count], weight, labels, classes)
        rest[:, :count] -= np.einsum("nc,ncd->nd", neighbours, model.follow[labels])
        chosen = np.random.default_rng([seed, 5]).permutation(len(rest))[:KEPT]
        model.rest, model.owner = rest[chosen].astype(np.float32), labels[chosen].astype(np.float32)
        return model

    def project(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Components ``(n, h, w, c)`` of standardised ``(n, bands, h, w)``."""
        return np.moveaxis(images, 1, -1) @ self.axes

    def measure(self, parcels: Parcels, components: NDArray[np.float32]) -> NDArray[np.float32]:
        """Styles ``(parcels, 2 c)`` that the cores of parcels have on ``(n, h, w, c)``."""
        parcels = cores(parcels, SMALLEST)
        mean = parcels.mean(components)
        variance = parcels.mean(components.astype(np.float64) ** 2) - mean**2
        spread = 0.5 * np.log(np.maximum(variance, 0) + FLOOR)
        # The deviation of a few pixels is noise; such parcels get their class's.
        small = parcels.size < SMALLEST
        spread[small] = self.level[parcels.label[small], self.axes.shape[1] :]
        return np.concatenate([mean, spread], axis=1).astype(np.float32)

    def draw(
        self,
        parcels: Parcels,
        labels: NDArray[np.uint8],
        components: NDArray[np.float32],
        known: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """Styles ``(parcels, 2 c)`` for parcels to be made.

        ``labels`` ``(n, h, w)``, ``components`` ``(n, h, w, c)`` and ``known`` ``(n, h, w)`` are the tiles
        that the parcels lie in; ground that is known and labelled tells of haze and light.
        """
        count = self.axes.shape[1]
        styles = self.level[parcels.label].astype(np.float64)
        around = parcels.mean(self._surroundings(labels, components, known))
        styles[:, :count] += np.einsum("nc,ncd->nd", around, self.follow[parcels.label])
        pooled = np.arange(len(self.owner))
        members = {int(c): np.flatnonzero(self.owner == c) for c in np.unique(parcels.label)}
        spread = self.rest.std(axis=0)
        for number, label in enumerate(parcels.label.tolist()):
            own = members[label] if len(members[label]) else pooled
            smoothing = (self.rest[own].std(axis=0) if len(own) > 4 else spread) * SMOOTHING
            draw = self.rest[own[rng.integers(len(own))]] + smoothing * rng.standard_normal(
                len(spread)
            )
            # Smoothing adds variance, which shrinking takes back.
            styles[number] += draw / np.sqrt(1 + SMOOTHING**2)
        return styles.astype(np.float32)

    def spread(self, styles: NDArray[np.float32], parcels: Parcels) -> NDArray[np.float32]:
        """Maps ``(n, 2 c, h, w)`` of how far a parcel's style is from the usual, in deviations of all styles.

        0 in no parcel, as in one of the mean style of all classes.
        """
        usual = self.level.mean(axis=0)
        deviation = np.sqrt(self.level.var(axis=0) + self.rest.var(axis=0)) + 1e-3
        none = np.zeros((1, self.channels), np.float32)
        every = np.concatenate([none, (styles - usual) / deviation])
        return np.moveaxis(every[parcels.number], -1, 1).astype(np.float32)

    def spectra(self, styles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Standardised mean spectra ``(…, bands)`` of styles ``(…, 2 c)``."""
        return styles[..., : self.axes.shape[1]] @ self.axes.T

    def _around(self, ground: _Ground, rng: np.random.Generator) -> NDArray[np.float64]:
        """For each parcel what the ground around it says, with a random half of the parcels out of sight.

        A parcel's own half never counts, as it will not when parcels are made.
        """
        parcels = ground.parcels
        half = np.concatenate([[False], rng.random(len(parcels)) < 0.5])
        found = np.zeros((len(parcels), self.axes.shape[1]))
        for side in (half, ~half):
            seen = ground.visible & ~side[parcels.number]
            surroundings = self._surroundings(ground.labels, ground.components, seen)
            found[side[1:]] = parcels.mean(surroundings)[side[1:]]
        return found

    def _surroundings(
        self, labels: NDArray[np.uint8], components: NDArray[np.float32], known: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Smooth map ``(n, h, w, c)`` of components minus class means, from known labelled pixels.

        A normalised convolution (Knutsson & Westin 1993); far from all such pixels it goes to 0.
        """
        from scipy.ndimage import gaussian_filter

        use = known & (labels != UNLABELLED)
        level = self.level[np.where(use, labels, 0), : self.axes.shape[1]]
        rest = np.where(use[..., None], components - level, np.float32(0))
        options: dict[str, Any] = {"mode": "constant", "truncate": 3.0}
        smooth = gaussian_filter(rest, (0, REACH, REACH, 0), **options)
        weight = gaussian_filter(use.astype(np.float32), (0, REACH, REACH), **options)
        return smooth / (weight + LEAST_KNOWN)[..., None]


@dataclass(frozen=True)
class _Ground:
    """Crops as the fit needs them; bands are gone, so that many bands take no more memory than few."""

    labels: NDArray[np.uint8]
    visible: NDArray[np.bool_]
    components: NDArray[np.float32]
    parcels: Parcels

    @classmethod
    def of(cls, batch: Batch, components: NDArray[np.float32]) -> _Ground:
        parcels = find_parcels(batch.labels, batch.visible)
        return cls(batch.labels, batch.visible, components, parcels)


def _crops(
    source: Source, stats: BandStats, steps: int, seed: int, check: Callable[[], None]
) -> Iterator[tuple[Batch, NDArray[np.float32]]]:
    """The same crops each time: batches and their standardised images."""
    for step in range(steps):
        check()
        batch = source.draw(BATCH, rng_for(seed, step, purpose=4))
        yield batch, stats.scale(batch.images, batch.visible)


def _principal_axes(
    crops: Iterator[tuple[Batch, NDArray[np.float32]]], bands: int
) -> NDArray[np.float32]:
    """Axes of the largest variance of labelled pixels, around 0, the bands' means; ``(bands, c)``."""
    total = np.zeros((bands, bands))
    for batch, image in crops:
        use = batch.visible & (batch.labels != UNLABELLED)
        pixels = np.moveaxis(image, 1, -1)[use]
        total += pixels.T @ pixels
    _, vectors = np.linalg.eigh(total)
    axes = vectors[:, ::-1][:, : min(bands, COMPONENTS)]
    # The sign of an eigenvector is arbitrary; without a rule it would differ between machines.
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return (axes * signs).astype(np.float32)


def _follow(
    around: NDArray[np.float64],
    rest: NDArray[np.floating],
    weight: NDArray[np.float64],
    labels: NDArray[np.uint8],
    classes: int,
) -> NDArray[np.float32]:
    """Regressions ``(classes, c, c)`` of residuals on those around, so that ``around @ result`` is near.

    First one for all classes, drawn to 0, then one for each class, drawn to that of all: what haze does is
    alike for all, but the residuals around a pond in clear air say nothing about it.
    """

    def ridge(use: NDArray[np.bool_], prior: NDArray[np.float64], strength: float) -> NDArray[Any]:
        x, y = around[use] * weight[use, None], rest[use]
        normal = x.T @ around[use]
        penalty = strength * np.eye(len(normal))
        return np.linalg.solve(normal + penalty, x.T @ y + penalty @ prior)

    everyone = np.ones(len(around), bool)
    scale = float(np.average((around**2).mean(axis=1), weights=weight)) + 1e-9
    zero = np.zeros((around.shape[1], around.shape[1]))
    pooled = ridge(everyone, zero, RIDGE * scale * weight.sum())
    result = np.empty((classes, *pooled.shape), np.float32)
    for index in range(classes):
        result[index] = ridge(labels == index, pooled, PRIOR * scale * float(weight.mean()))
    return result
