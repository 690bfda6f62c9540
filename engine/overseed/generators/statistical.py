"""statistical: a multivariate normal model of each class with two levels of variance and autocorrelation.

A pixel is the class's mean, plus its parcel's shift, plus the parcel's roughness times a stationary Gaussian
field. The field's covariance over bands and distance is a linear model of coregionalization (Goulard & Voltz
1992, :mod:`overseed.generators.coregionalization`), fitted to pairs of pixels within training parcels. Shift
and roughness of a parcel are drawn together from those of training parcels and spread a little (the smoothed
bootstrap: Silverman, "Density Estimation", 1986, section 6.4), so that bare and green fields of one class do
not blur into fields that are neither. Shifts are scaled so that the class's pixels have the covariance of its
training pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.devices import Device
from overseed.generators.class_moments import ClassMoments, ParcelMoments
from overseed.generators.components import find_components
from overseed.generators.contract import Canvas
from overseed.generators.coregionalization import factor, fit_structures, nearest_covariance
from overseed.generators.gathering import GatheredGenerator, Tensors
from overseed.generators.random_fields import FieldSpectra, pack

#: Part of the parcels' variance that comes from spreading them.
SPREAD = 0.1
#: A roughness is not taken for real beyond this range; it comes from few pixels.
ROUGHNESS = (0.3, 3.0)
#: Pairs of pixels that the guess is worth that a parcel is as rough as its class.
PRIOR = 20.0


class Statistical(GatheredGenerator[ClassMoments]):
    """The generator contract for the statistical model."""

    name = "statistical"

    def _gatherer(self, seed: int) -> ClassMoments:
        return ClassMoments(self._stats, self._classes)

    def _model(self, gatherer: ClassMoments) -> Tensors:
        models = [_model(gatherer, index) for index in range(self._classes + 1)]
        for index in range(self._classes):
            # A class without pixels takes the look of the whole scene.
            if gatherer.counts[index] == 0:
                models[index] = models[-1]
        counts = [len(model["areas"]) for model in models]
        return (
            {name: np.stack([m[name] for m in models]) for name in ("mean", "spread", "structures")}
            | {name: np.concatenate([m[name] for m in models]) for name in PARCEL_TENSORS}
            | {"parcels": np.array(counts, np.int64)}
        )

    def generate(self, canvas: Canvas, seed: int, device: Device) -> NDArray[Any]:
        """See :class:`~overseed.generators.contract.SampleGenerator`."""
        n, height, width = canvas.labels.shape
        bands = len(self._stats.names)
        if (height, width) not in self._spectra:
            self._spectra[height, width] = FieldSpectra(
                self._tensors["structures"], (height, width)
            )
        spectra = self._spectra[height, width]
        rng = np.random.default_rng(seed)
        parcels = find_components(canvas.labels, canvas.changed)
        owners = np.minimum(parcels.labels.astype(np.int64), self._classes)
        means, roughness = self._parcel_draws(owners, rng)
        made = np.zeros((n, height * width, bands), np.float32)
        where = np.flatnonzero(canvas.changed)
        own = parcels.ids.ravel()[where]
        rows, cols = np.divmod(where % (height * width), width)
        for index in np.unique(owners).tolist():
            members = np.flatnonzero(owners == index)
            corners = pack(parcels.boxes[members, 2:], (height, width))
            # Where each parcel's first row and column come to lie, counted through all sheets.
            shift = np.zeros((len(owners), 3), np.int64)
            shift[members, 0] = corners[:, 0]
            shift[members, 1:] = corners[:, 1:] - parcels.boxes[members, :2]
            inside = np.flatnonzero(owners[own] == index)
            to = shift[own[inside]]
            for sheet in range(0, int(corners[:, 0].max()) + 1, 2):
                fields = spectra.pair(index, rng)
                here = np.flatnonzero(to[:, 0] // 2 * 2 == sheet)
                pixel, at = inside[here], to[here]
                values = fields[at[:, 0] - sheet, :, rows[pixel] + at[:, 1], cols[pixel] + at[:, 2]]
                parcel = own[pixel]
                made.reshape(-1, bands)[where[pixel]] = (
                    means[parcel] + roughness[parcel][:, None] * values
                )
        return self._stats.unscale(np.moveaxis(made.reshape(n, height, width, bands), -1, 1))

    def _take(self, tensors: Tensors) -> None:
        super()._take(tensors)
        self._spectra: dict[tuple[int, int], FieldSpectra] = {}
        self._firsts = np.cumsum(tensors["parcels"]) - tensors["parcels"]

    def _parcel_draws(
        self, owners: NDArray[Any], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean spectrum ``(n, bands)`` and roughness ``(n,)`` of parcels of the classes ``owners``."""
        model = self._tensors
        means = model["mean"][owners].astype(np.float32)
        noise = rng.standard_normal(means.shape, np.float32)
        tickets = rng.random(len(owners))
        roughness = np.ones(len(owners), np.float32)
        for index in np.unique(owners):
            own = np.flatnonzero(owners == index)
            means[own] += noise[own] @ model["spread"][index].T.astype(np.float32)
            first, count = self._firsts[index], model["parcels"][index]
            if count:
                part = slice(first, first + count)
                steps = np.cumsum(model["areas"][part])
                drawn = np.searchsorted(steps, tickets[own] * steps[-1], side="right")
                drawn = first + np.minimum(drawn, count - 1)
                means[own] += model["shifts"][drawn]
                roughness[own] = model["roughness"][drawn]
        return means, roughness


#: What the model keeps of each training parcel.
PARCEL_TENSORS = ("areas", "shifts", "roughness")


def _model(moments: ClassMoments, index: int) -> dict[str, NDArray[Any]]:
    """Everything about one class, in standardised bands."""
    structures = fit_structures(moments.variograms(index), moments.pairs[index])
    total = moments.covariance(index)
    parcels = moments.parcels(index)
    between = nearest_covariance(total - structures.sum(axis=0))
    shifts, spread = _shifts(parcels, between)
    return {
        "mean": moments.mean(index).astype(np.float32),
        "structures": structures.astype(np.float32),
        "spread": spread.astype(np.float32),
        "areas": parcels.areas.astype(np.float32),
        "shifts": shifts.astype(np.float32),
        "roughness": _roughness(parcels),
    }


def _shifts(
    parcels: ParcelMoments, between: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shifts of the parcels, and the factor of what is added to them; together they have ``between``.

    Means of parcels vary more than parcels do, since each has few pixels; they are drawn in. Few parcels say
    little about others, so that then more comes from the normal distribution.
    """
    bands = len(between)
    if not len(parcels.areas):
        return np.empty((0, bands)), factor(between)
    weights = parcels.areas / parcels.areas.sum()
    shifts = parcels.means - weights @ parcels.means
    seen = (weights * shifts.T) @ shifts
    spread = max(SPREAD, float((weights**2).sum()))
    total = float(np.trace(seen))
    drawn_in = min(1.0, (1 - spread) * float(np.trace(between)) / total) if total > 0 else 0.0
    left = nearest_covariance(between - drawn_in * seen)
    return shifts * np.sqrt(drawn_in), factor(left)


def _roughness(parcels: ParcelMoments) -> NDArray[np.float32]:
    """How much rougher than its class each parcel is; the mean square over the class's pixels is 1."""
    if not len(parcels.areas):
        return np.empty(0, np.float32)
    pairs = parcels.pairs
    usual = float((parcels.steps * pairs).sum() / max(pairs.sum(), 1))
    if usual <= 0:
        return np.ones(len(pairs), np.float32)
    square = (parcels.steps / usual * pairs + PRIOR) / (pairs + PRIOR)
    rough = np.sqrt(np.clip(square, ROUGHNESS[0] ** 2, ROUGHNESS[1] ** 2))
    return (rough / np.sqrt(np.average(rough**2, weights=parcels.areas))).astype(np.float32)
