"""How much images of one layout differ from seed to seed, against how much real parcels of a class differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.parcels import LEAST_PIXELS, Parcel, by_class

#: Least ratio of synthetic to real diversity.
LEAST_DIVERSITY = 0.5
#: Pairs of real parcels, and of images of one parcel, that are compared at most.
PAIRS = 300
#: Added to spectral power, in squared standard deviations per pixel; silence differs from silence by nothing.
FLOOR = 1e-3
#: With fewer real parcels a class has no diversity to hold another against.
LEAST_REAL = 3


def diversity(
    made: Sequence[Sequence[Parcel]],
    real: Sequence[Parcel],
    bands: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Mean pairwise distance of synthetic parcels between seeds, divided by that of real parcels of the class.

    Distances are between the parcels' mean spectra, Euclidean in training-side standard deviations, and
    between the logarithms of their power spectra (root mean square over frequencies and bands), each pair seen
    through the pixels that both show.

    Parameters
    ----------
    made:
        For each parcel of a layout its versions by seed.
    real:
        Real parcels; synthetic ones are to be seen through their outlines
        (:func:`~overseed.assessment.parcels.through_stencils`).

    Returns
    -------
    ``classes``: by class index ``spectra`` and ``texture``, the ratios, with ``parcels`` and ``real_parcels``;
    ``spectra`` and ``texture``: means over the classes, ``None`` where no class has enough.
    """
    ours: dict[int, list[Sequence[Parcel]]] = {}
    for versions in made:
        if len(versions) > 1:
            ours.setdefault(versions[0].label, []).append(versions)
    rows = {}
    for index, members in by_class(real).items():
        if index not in ours or len(members) < LEAST_REAL:
            continue
        limit = max(3, PAIRS // len(ours[index]))
        pairs = [pair for versions in ours[index] for pair in _pairs(versions, limit, rng)]
        measured = np.array(
            [_distances(pairs, bands), _distances(_pairs(members, PAIRS, rng), bands)]
        )
        ratio = measured[0] / np.where(measured[1] > 0, measured[1], np.nan)
        rows[index] = {
            "spectra": _number(ratio[0]),
            "texture": _number(ratio[1]),
            "parcels": len(ours[index]),
            "real_parcels": len(members),
        }
    means: dict[str, Any] = {}
    for name in ("spectra", "texture"):
        known = [value for row in rows.values() if (value := row[name]) is not None]
        means[name] = float(np.mean(known)) if known else None
    return {"classes": rows} | means


def _pairs(
    parcels: Sequence[Parcel], limit: int, rng: np.random.Generator
) -> list[tuple[Parcel, Parcel]]:
    one, other = np.triu_indices(len(parcels), 1)
    chosen = rng.permutation(len(one))[:limit]
    return [(parcels[one[i]], parcels[other[i]]) for i in chosen]


def _distances(pairs: Sequence[tuple[Parcel, Parcel]], bands: int) -> NDArray[np.float64]:
    """Mean distance of mean spectra and of log power spectra over pairs."""
    spectra, textures = [], []
    for one, other in pairs:
        means = [p.pixels(bands).mean(axis=0) for p in (one, other)]
        spectra.append(float(np.linalg.norm(means[0] - means[1])))
        shared = one.masks[0] & other.masks[0]
        if shared.sum() >= LEAST_PIXELS:
            logs = [_log_power(p.windows[0][:bands], shared) for p in (one, other)]
            textures.append(float(np.sqrt(np.mean((logs[0] - logs[1]) ** 2))))
    return np.array([np.mean(v) if v else np.nan for v in (spectra, textures)])


def _log_power(window: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Log power ``(bands, frequencies)`` of a window's pixels about their mean, zero frequency left out."""
    mean = window[:, mask].mean(axis=1)[:, None, None]
    centred = np.where(mask, window - mean, 0).astype(np.float64)
    power = np.abs(np.fft.fft2(centred)) ** 2 / mask.sum()
    return np.log(power.reshape(len(window), -1)[:, 1:] + FLOOR)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
