"""Whether sown parcels are like the scene's: parcel sizes, what they touch, and how far a target was met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.layouts.bank import Shape, ShapeBank
from overseed.layouts.series import Series
from overseed.layouts.stock import Stock

#: Random halvings of a class's real shapes that the references come from.
HALVINGS = 40
#: Codes of known ground, with and without what is unlabelled.
KNOWN, LABELLED = slice(0, 256), slice(0, 255)


def describe(
    series: Series,
    wanted: NDArray[np.float64],
    takers: Sequence[int],
    bank: ShapeBank,
    stocks: Mapping[int, Stock],
) -> dict[str, Any]:
    """A series against its target and its scene, as plain values; classes are given by index.

    ``wanted``, ``achieved`` and ``shortfall`` are shares of labelled pixels in the accepted layouts;
    ``with_passed_by`` counts the real tiles that were passed by as well, which is what the series steers. For
    each taker, ``parcel_size`` is the Kolmogorov-Smirnov distance between the sizes of sown and real
    parcels (of sizes that are sown) and ``adjacency`` the total variation distance between the shares of
    what they touch, unlabelled ground included and left out; each with the median and the 95th percentile of
    the same between random halves of the real parcels. None where there are no parcels to compare.
    """
    achieved = series.accepted / max(1, series.accepted.sum())
    return {
        "layouts": series.layouts,
        "passed_by": series.passed,
        "operations": dict(series.operations.most_common()),
        "wanted": _rounded(wanted),
        "achieved": _rounded(achieved),
        "shortfall": _rounded(np.maximum(0, wanted - achieved)),
        "with_passed_by": _rounded(series.counts / max(1, series.counts.sum())),
        "classes": {k: _of_class(series, k, bank, stocks[k]) for k in takers},
    }


def kolmogorov_smirnov(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Largest distance between two empirical distribution functions.

    Logarithms of sizes have the same one as sizes.
    """
    points = np.concatenate([first, second])
    below = [
        np.searchsorted(np.sort(part), points, side="right") / len(part) for part in (first, second)
    ]
    return float(np.abs(below[0] - below[1]).max())


def total_variation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Half the sum of absolute differences of two distributions given as amounts, from 0 to 1."""
    return float(np.abs(first / first.sum() - second / second.sum()).sum() / 2)


def _of_class(series: Series, owner: int, bank: ShapeBank, stock: Stock) -> dict[str, Any]:
    real = bank.sizes(owner)
    sown = np.array(series.sizes[owner], np.int64)
    sown = sown[sown >= bank.smallest[owner]]
    shapes = [s for s in bank.shapes[owner] if s.touches is not None]
    return {
        "parcels_sown": len(sown),
        "parcels_known": len(real),
        "median_size_sown": int(np.median(sown)) if len(sown) else None,
        "median_size_known": int(np.median(real)) if len(real) else None,
        "parcel_size": _compared(
            kolmogorov_smirnov(real, sown) if len(real) and len(sown) else None,
            _halves(shapes, lambda half: np.array([s.size for s in half]), kolmogorov_smirnov),
        ),
        "adjacency": _adjacency(series.touches[owner], bank.touches(owner), shapes, KNOWN),
        "adjacency_labelled": _adjacency(
            series.touches[owner], bank.touches(owner), shapes, LABELLED
        ),
    }


def _adjacency(
    sown: NDArray[np.float64], real: NDArray[np.float64], shapes: list[Shape], codes: slice
) -> dict[str, float | None]:
    known = sown[codes].any() and real[codes].any()

    def touched(half: list[Shape]) -> NDArray[np.float64]:
        return np.array([s.touches for s in half], float).sum(0)[codes]

    return _compared(
        total_variation(sown[codes], real[codes]) if known else None,
        _halves(shapes, touched, total_variation),
    )


def _halves(shapes: list[Shape], figure: Any, distance: Any) -> list[float]:
    """Distances between random halves of shapes; the draw is always the same, for it is a reference."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(HALVINGS if len(shapes) >= 4 else 0):
        order = rng.permutation(len(shapes)).tolist()
        middle = len(order) // 2
        halves = [figure([shapes[i] for i in part]) for part in (order[:middle], order[middle:])]
        if all(half.any() for half in halves):
            found.append(distance(*halves))
    return found


def _compared(distance: float | None, reference: list[float]) -> dict[str, float | None]:
    return {
        "distance": None if distance is None else round(distance, 4),
        "real_halves_median": round(float(np.median(reference)), 4) if reference else None,
        "real_halves_95": round(float(np.quantile(reference, 0.95)), 4) if reference else None,
    }


def _rounded(shares: NDArray[np.float64]) -> list[float]:
    return [round(float(share), 5) for share in shares]
