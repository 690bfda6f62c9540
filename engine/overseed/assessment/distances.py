"""Distances between two groups of parcels of one class: values of bands, covariance, fine detail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.parcels import WINDOW, Parcel
from overseed.assessment.real_range import Statistic

#: Spatial frequency, in cycles per pixel, above which power counts as fine detail: half of Nyquist.
HALF_NYQUIST = 0.25
#: Lags, in pixels, up to which the autocovariance is used.
LAGS = 4
#: Variance, in squared standard deviations, below which there is none to speak of.
NO_VARIANCE = 1e-6
#: Added to the diagonal of covariances, as a share of their mean variance: few pixels of many bands leave
#: directions without any.
RIDGE = 0.02
#: Quantiles at which distributions are compared.
LEVELS = 128


def wasserstein(channels: int) -> Statistic:
    """First Wasserstein distance of each channel's pixel values, in training-side standard deviations.

    In one dimension it is the mean distance of the two distributions' quantiles.
    """
    levels = (np.arange(LEVELS) + 0.5) / LEVELS

    def compare(one: Sequence[Any], other: Sequence[Any]) -> NDArray[np.float64]:
        first, second = (
            np.quantile(np.concatenate(group), levels, axis=0) for group in (one, other)
        )
        distance: NDArray[np.float64] = np.abs(first - second).mean(axis=0)
        return distance.astype(np.float64)

    return Statistic(lambda parcel: parcel.pixels(channels), compare)


def covariance_distance(bands: int) -> Statistic:
    """Frobenius norm of the difference of the band covariances' logarithms, divided by the number of bands.

    The log-Euclidean distance of Arsigny, Fillard, Pennec & Ayache, "Log-Euclidean metrics for fast and simple
    calculus on diffusion tensors", 2006. It sees wrong correlations as well as wrong variances. NaN where
    a group has no variance at all.
    """

    def prepare(parcel: Parcel) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]:
        pixels = parcel.pixels(bands).astype(np.float64)
        return len(pixels), pixels.sum(axis=0), pixels.T @ pixels

    def compare(one: Sequence[Any], other: Sequence[Any]) -> NDArray[np.float64]:
        first, second = _log_covariance(one), _log_covariance(other)
        return np.array([np.linalg.norm(first - second) / bands])

    return Statistic(prepare, compare)


def spectral_angle(mean: Sequence[float], std: Sequence[float]) -> Statistic:
    """Angle in degrees between two groups' mean spectra (Kruse et al. 1993), blind to how bright they are.

    Parameters
    ----------
    mean, std:
        What bands were standardised with: angles are those of the native values.
    """
    centre, scale = np.asarray(mean, float), np.asarray(std, float)

    def prepare(parcel: Parcel) -> tuple[int, NDArray[np.float64]]:
        pixels = parcel.pixels(len(centre)).astype(np.float64) * scale + centre
        return len(pixels), pixels.sum(axis=0)

    def compare(one: Sequence[Any], other: Sequence[Any]) -> NDArray[np.float64]:
        first, second = (
            sum(s for _, s in group) / sum(n for n, _ in group) for group in (one, other)
        )
        lengths = np.linalg.norm(first) * np.linalg.norm(second)
        cosine = first @ second / lengths if lengths else np.nan
        return np.array([np.degrees(np.arccos(np.clip(cosine, -1, 1)))])

    return Statistic(prepare, compare)


def detail_difference(bands: int) -> Statistic:
    """Logarithm of the ratio of two groups' shares of power above half Nyquist, per band.

    Above 0 the first group is the rougher. NaN where a group has no power.
    """

    def compare(one: Sequence[Any], other: Sequence[Any]) -> NDArray[np.float64]:
        return np.log(_detail_share(one)) - np.log(_detail_share(other))

    return Statistic(lambda parcel: _lagged_products(parcel, bands), compare)


def detail_share(parcels: Sequence[Parcel], bands: int) -> NDArray[np.float64]:
    """Share of spectral power above half Nyquist, per band; zero frequency left out, NaN without power.

    From the autocovariance of the parcels' pixels about their windows' means, which needs no whole squares
    (Blackman & Tukey, "The measurement of power spectra", 1958), weighed by a Hann window over lags.
    """
    return _detail_share([_lagged_products(parcel, bands) for parcel in parcels])


def _lagged_products(parcel: Parcel, bands: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums of products over pairs of pixels by lag, per band, and the numbers of pairs."""
    masks = parcel.masks[:, None].astype(np.float64)
    values = parcel.windows[:, :bands] * masks
    means = values.sum(axis=(-2, -1), keepdims=True) / masks.sum(axis=(-2, -1), keepdims=True)
    shape = (2 * WINDOW, 2 * WINDOW)
    products, pairs = (
        np.fft.ifft2((np.abs(np.fft.fft2(array, shape)) ** 2).sum(axis=0)).real
        for array in ((values - means) * masks, masks[:, 0])
    )
    return products, np.rint(pairs)


def _detail_share(group: Sequence[Any]) -> NDArray[np.float64]:
    products, pairs = (np.sum([item[part] for item in group], axis=0) for part in (0, 1))
    covariance = np.where(pairs > 0, products / np.maximum(pairs, 1), 0)
    power = np.maximum(np.fft.fft2(covariance * _LAG_WEIGHTS).real, 0)
    total = power[:, _RADIUS > 0].sum(axis=-1)
    high = power[:, _RADIUS > HALF_NYQUIST].sum(axis=-1)
    silent = (covariance[:, 0, 0] < NO_VARIANCE) | (high <= 0)
    return np.where(silent, np.nan, high / np.where(silent, 1, total))


def _log_covariance(group: Sequence[Any]) -> NDArray[np.float64]:
    count, total, products = (sum(item[part] for item in group) for part in range(3))
    covariance = products / count - np.outer(total, total) / count**2
    mean = np.trace(covariance) / len(covariance)
    if mean < NO_VARIANCE:
        return np.full(covariance.shape, np.nan)
    values, vectors = np.linalg.eigh(covariance + RIDGE * mean * np.eye(len(covariance)))
    logs: NDArray[np.float64] = (
        vectors * np.log(np.maximum(values, NO_VARIANCE * RIDGE))
    ) @ vectors.T
    return logs


_FREQUENCY = np.fft.fftfreq(2 * WINDOW)
_RADIUS = np.hypot(_FREQUENCY[:, None], _FREQUENCY[None])
_LAG = np.abs(np.fft.fftfreq(2 * WINDOW, 1 / (2 * WINDOW)))
_ALONG = np.where(_LAG <= LAGS, 0.5 + 0.5 * np.cos(np.pi * _LAG / (LAGS + 1)), 0)
_LAG_WEIGHTS = np.outer(_ALONG, _ALONG)
