"""The limit: the classifier that knows the true distribution of the pixels, and what it scores.

Given the class, a pure pixel (the point spread reaches no other class or parcel) is Gaussian with a known
mean and covariance, see :func:`population`. The classifier that picks the class of the highest density
times prior then makes the fewest errors that any classifier of single pixels can make (Bayes rule; Duda,
Hart and Stork 2001, Pattern Classification, 2.6.3): with the classes' shares as priors the overall accuracy
is the highest, with equal priors the mean of the classes' recalls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from overseed.scenes.simulation.covers import NAMES, Look
from overseed.scenes.simulation.image import COARSE, FINE, GAIN, OFFSET, POINT_SPREAD
from overseed.scenes.simulation.noise import gaussian_kernel

#: The two choices of priors.
BY_SHARE, EQUAL = "by_share", "equal"


@dataclass(frozen=True)
class Population:
    """The Gaussian of each class's pure pixels, in stored values.

    The covariance of class c is ``factor_variance[c] · loadingsᵀ loadings + white_variance · I``.
    ``means`` is (classes, bands), ``loadings`` (factors, bands), ``factor_variance`` (classes,).
    """

    means: NDArray[np.float64]
    loadings: NDArray[np.float64]
    factor_variance: NDArray[np.float64]
    white_variance: float

    def covariance(self, index: int) -> NDArray[np.float64]:
        """``(bands, bands)`` covariance of the class at ``index`` (code - 1)."""
        shared = self.factor_variance[index] * self.loadings.T @ self.loadings
        return shared + self.white_variance * np.eye(self.means.shape[1])


def population(look: Look) -> Population:
    """The distribution of a pure pixel given its class, over all parcels that could be drawn.

    The parcel's offset is the same for all that the point spread mixes and passes unchanged. Texture of
    unit variance is white noise filtered by the kernel t and divided by its norm; after the point spread
    p its variance is ``|t∗p|² / |t|²``, and white variation keeps ``|p|²`` (norms over both directions).
    The sensor's noise comes after the point spread; rounding adds 1/12.
    """
    spread = gaussian_kernel(POINT_SPREAD)

    def kept(sigma: float) -> float:
        texture = gaussian_kernel(sigma)
        both = np.convolve(texture, spread)
        return float((both @ both / (texture @ texture)) ** 2)

    variance = (
        look.parcel**2
        + look.coarse**2 * kept(COARSE)
        + look.fine**2 * kept(FINE)
        + look.white**2 * float((spread @ spread) ** 2)
    )
    return Population(
        means=look.spectra * GAIN + OFFSET,
        loadings=look.loadings * GAIN,
        factor_variance=variance,
        white_variance=(look.sensor * GAIN) ** 2 + 1 / 12,
    )


@dataclass(frozen=True)
class BayesRule:
    """Log densities of pixels under a population.

    Classes differ only along the factors' loadings and the differences of the means, at most
    factors + classes - 1 directions; along all others every class has the same noise. Pixels are
    projected on those directions first, which loses nothing and makes 500 bands as cheap as 9.
    """

    population: Population

    @cached_property
    def centre(self) -> NDArray[np.float64]:
        """``(bands,)`` mean of the classes' means, subtracted before projecting."""
        return self.population.means.mean(axis=0)

    @cached_property
    def directions(self) -> NDArray[np.float64]:
        """``(directions, bands)`` orthonormal rows."""
        means, loadings = self.population.means, self.population.loadings
        spanning = np.concatenate([loadings, means - self.centre])
        count = min(means.shape[1], len(loadings) + len(means) - 1)
        return np.linalg.svd(spanning, full_matrices=False)[2][:count]

    @cached_property
    def _densities(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Whitening (classes, d, d) and shift (classes, d, 1) of each class, and its log factor."""
        whitening, shifts, factors = [], [], []
        for index, mean in enumerate(self.population.means):
            covariance = self.directions @ self.population.covariance(index) @ self.directions.T
            root = np.linalg.cholesky(covariance)
            whiten = np.linalg.inv(root)
            whitening.append(whiten)
            shifts.append(-whiten @ self.directions @ (mean - self.centre))
            factors.append(-np.log(np.diag(root)).sum())
        return (
            np.array(whitening, dtype=np.float32),
            np.array(shifts, dtype=np.float32)[:, :, None],
            np.array(factors, dtype=np.float32),
        )

    def start(self, rows: int, width: int) -> NDArray[np.float32]:
        """``(rows, directions, width)`` zeros, to which :meth:`add_band` adds."""
        return np.zeros((rows, len(self.directions), width), dtype=np.float32)

    def add_band(
        self, projected: NDArray[np.float32], band: int, values: NDArray[np.uint16]
    ) -> None:
        """Add one band's stored values ``(rows, width)`` to the projection, in place."""
        centred = values.astype(np.float32) - np.float32(self.centre[band])
        for index, weight in enumerate(self.directions[:, band].astype(np.float32)):
            projected[:, index] += weight * centred

    def log_densities(self, projected: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(classes, rows, width)``, up to a constant that all classes share.

        Every row is computed by itself, so a pixel's value does not depend on how many come together.
        """
        found = []
        for whiten, shift, factor in zip(*self._densities, strict=True):
            distance = np.matmul(whiten, projected)
            distance += shift
            np.square(distance, out=distance)
            found.append(factor - 0.5 * distance.sum(axis=1))
        return np.stack(found)


class Tally:
    """Counts what the rule says of the pixels of a scene; confusion rows are the truth, columns the rule.

    ``shares`` gives for every scope (a set of pixels, by name) the classes' shares in it.
    """

    def __init__(self, shares: Mapping[str, NDArray[np.float64]]):
        classes = len(NAMES)
        with np.errstate(divide="ignore"):
            self._log_priors = {
                scope: {BY_SHARE: np.log(share).astype(np.float32), EQUAL: None}
                for scope, share in shares.items()
            }
        self.confusion = {
            scope: {
                priors: np.zeros((classes, classes), dtype=np.int64) for priors in (BY_SHARE, EQUAL)
            }
            for scope in shares
        }

    def add(
        self,
        log_densities: NDArray[np.float32],
        truth: NDArray[np.uint8],
        scopes: Mapping[str, NDArray[np.bool_]],
    ) -> None:
        """Count pixels; ``truth`` holds codes from 1, ``scopes`` says which pixels belong to which."""
        classes = len(log_densities)
        for scope, members in scopes.items():
            known = log_densities[:, members]
            codes = truth[members].astype(np.int64) - 1
            for priors, logarithms in self._log_priors[scope].items():
                weighed = known if logarithms is None else known + logarithms[:, None]
                pairs = codes * classes + _first_highest(weighed)
                counts = np.bincount(pairs, minlength=classes * classes)
                self.confusion[scope][priors] += counts.reshape(classes, classes)


def expected_confusion(
    rule: BayesRule, shares: NDArray[np.float64], rng: np.random.Generator, pixels: int = 400_000
) -> dict[str, NDArray[np.int64]]:
    """What the rule says of ``pixels`` drawn from the population itself, for both choices of priors.

    It is free of the chance with which one scene's parcels were drawn.
    """
    tally = Tally({"drawn": shares})
    for index, mean in enumerate(rule.population.means):
        count = round(pixels * float(shares[index]))
        root = np.linalg.cholesky(
            rule.directions @ rule.population.covariance(index) @ rule.directions.T
        )
        drawn = root @ rng.standard_normal((len(root), count))
        drawn += (rule.directions @ (mean - rule.centre))[:, None]
        truth = np.full((1, count), index + 1, dtype=np.uint8)
        densities = rule.log_densities(drawn[None].astype(np.float32))
        tally.add(densities, truth, {"drawn": np.ones((1, count), dtype=bool)})
    return tally.confusion["drawn"]


def _first_highest(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Index of the highest value along the first axis; the first of equals."""
    highest, index = values[0].copy(), np.zeros(values.shape[1:], dtype=np.int64)
    for number, row in enumerate(values[1:], start=1):
        better = row > highest
        np.copyto(highest, row, where=better)
        index[better] = number
    return index
