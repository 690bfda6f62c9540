"""How each class looks: spectra, colours, and the distribution of its pixels that a scene is drawn from.

A pixel of class c, seen without its neighbours, is ``spectrum_c + sum over factors k of f_k loading_k + e``.
The three factors (brightness, vegetation, moisture) each move all bands together, so that separability
does not grow with the number of bands; each is the sum of an offset that a whole parcel shares, coarse
and fine texture, and white variation. ``e`` is the sensor's noise. All of them are Gaussian.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Wavelengths (nm) of the typical spectra below; bands are spread evenly over this axis.
WAVELENGTHS = (490, 560, 665, 840, 1610, 2190)
#: What one unit of each factor does at ``WAVELENGTHS``: brightness, vegetation, moisture.
LOADINGS = (
    (0.010, 0.013, 0.016, 0.030, 0.028, 0.020),
    (-0.006, -0.004, -0.012, 0.045, 0.006, -0.006),
    (0.002, 0.003, 0.004, 0.008, 0.034, 0.026),
)
FACTORS = len(LOADINGS)
#: White variation of the ground from pixel to pixel, in units of a factor.
WHITE = 0.45
#: Standard deviation of the sensor's noise, in reflectance.
SENSOR_NOISE = 0.004


@dataclass(frozen=True)
class Cover:
    """How a class looks: reflectance at ``WAVELENGTHS`` and how strongly it varies in which way."""

    name: str
    colour: str
    spectrum: tuple[float, ...]
    parcel: float
    coarse: float
    fine: float


#: In code order from 1. The rare classes stand last and resemble common ones, as in the field.
COVERS = (
    Cover("grain", "#e3c75f", (0.056, 0.086, 0.086, 0.295, 0.250, 0.155), 1.15, 0.45, 0.30),
    Cover("meadow", "#8fc15a", (0.042, 0.078, 0.058, 0.360, 0.230, 0.115), 0.90, 0.45, 0.35),
    Cover("forest", "#1f6b3a", (0.026, 0.044, 0.030, 0.255, 0.125, 0.055), 0.55, 0.50, 0.90),
    Cover("water", "#2c6fb3", (0.050, 0.048, 0.030, 0.022, 0.012, 0.008), 0.30, 0.35, 0.15),
    Cover("settlement", "#b4413c", (0.090, 0.108, 0.114, 0.225, 0.215, 0.175), 0.80, 0.50, 1.60),
    Cover("orchard", "#8a4fa3", (0.054, 0.076, 0.080, 0.225, 0.180, 0.125), 0.40, 0.30, 1.10),
    Cover("wetland", "#3fb0a8", (0.040, 0.064, 0.056, 0.200, 0.130, 0.072), 0.50, 0.80, 0.40),
)
NAMES = tuple(cover.name for cover in COVERS)
GRAIN, MEADOW, FOREST, WATER, SETTLEMENT, ORCHARD, WETLAND = range(1, 8)
RARE = (ORCHARD, WETLAND)


@dataclass(frozen=True)
class Look:
    """What a scene's pixels are drawn from; rows are classes in code order, reflectance is 0 to 1.

    ``spectra`` is (classes, bands) and ``loadings`` (factors, bands), float64 in reflectance; ``parcel``,
    ``coarse``, ``fine`` and ``white`` are (classes,) standard deviations of the parts of every factor;
    ``sensor`` is the standard deviation of the sensor's noise in reflectance.
    """

    band_names: tuple[str, ...]
    spectra: NDArray[np.float64]
    loadings: NDArray[np.float64]
    parcel: NDArray[np.float64]
    coarse: NDArray[np.float64]
    fine: NDArray[np.float64]
    white: NDArray[np.float64]
    sensor: float


def draw_look(bands: int, separability: float, rng: np.random.Generator) -> Look:
    """Draw the spectra of one scene around the typical ones (5 % per wavelength).

    ``separability`` multiplies the distances between the spectra relative to all variation: above 1 the
    variation, sensor noise included, shrinks; below 1 the spectra move together. Either way reflectance
    stays in the range of real ground.
    """
    typical = np.array([cover.spectrum for cover in COVERS])
    typical *= np.exp(rng.normal(0, 0.05, typical.shape))
    wavelengths = band_wavelengths(bands)
    position = np.interp(wavelengths, WAVELENGTHS, np.arange(len(WAVELENGTHS)))
    spectra = _at(position, typical)
    centre = spectra.mean(axis=0)
    # A darker class also varies less; its near-infrared level says how dark it is.
    scale = np.sqrt([cover.spectrum[3] / 0.36 for cover in COVERS]) / max(1.0, separability)
    return Look(
        band_names=tuple(f"{wavelength:.0f}nm" for wavelength in wavelengths),
        spectra=centre + (spectra - centre) * min(1.0, separability),
        loadings=_at(position, np.array(LOADINGS)),
        parcel=scale * [cover.parcel for cover in COVERS],
        coarse=scale * [cover.coarse for cover in COVERS],
        fine=scale * [cover.fine for cover in COVERS],
        white=scale * WHITE,
        sensor=SENSOR_NOISE / max(1.0, separability),
    )


def band_wavelengths(bands: int) -> NDArray[np.float64]:
    """Wavelengths (nm), evenly over the axis of ``WAVELENGTHS``; a single one is near infrared."""
    if bands == 1:
        return np.array([840.0])
    knots = np.linspace(0, 1, len(WAVELENGTHS))
    return np.interp(np.linspace(0, 1, bands), knots, WAVELENGTHS)


def colour_table() -> dict[int, tuple[int, int, int, int]]:
    """Code → red, green, blue, opacity; code 0 is transparent."""
    colours = {
        code: (*bytes.fromhex(cover.colour[1:]), 255) for code, cover in enumerate(COVERS, start=1)
    }
    return {0: (0, 0, 0, 0), **colours}


def _at(position: NDArray[np.float64], curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Curves given at whole positions, at other positions: (curves, positions)."""
    knots = np.arange(curves.shape[1])
    return np.array([np.interp(position, knots, curve) for curve in curves])
