"""How values of bands are spread, in samples and on real ground, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from overseed.assessment.judges import Pixels
from overseed.tiles.statistics import BandStats

BINS = 40
#: Values beyond these percentiles of both sides together stand in the outermost bins.
ENDS = (0.5, 99.5)


def histograms(made: Pixels, real: Pixels, stats: BandStats) -> list[dict[str, Any]]:
    """For each band ``name``, ``edges`` in native units, and shares of the pixels per bin.

    Real pixels are weighed to hold the samples' classes in the samples' proportions, since classes differ.

    Parameters
    ----------
    made, real:
        Standardised spectra ``(n, bands)`` and classes ``(n,)``.
    """
    wanted, there = (np.bincount(labels, minlength=256) for _, labels in (made, real))
    weights = np.where(there > 0, wanted / np.maximum(there, 1), 0)[real[1]]
    if not weights.sum():
        return []
    found = []
    for band, name in enumerate(stats.names):
        ours, theirs = (
            values[:, band].astype(float) * stats.std[band] + stats.mean[band]
            for values in (made[0], real[0][weights > 0])
        )
        low, high = np.percentile(np.concatenate([ours, theirs]), ENDS)
        edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
        shares = [
            np.histogram(np.clip(values, edges[0], edges[-1]), edges, weights=own)[0]
            for values, own in ((ours, None), (theirs, weights[weights > 0]))
        ]
        found.append(
            {
                "name": name,
                "edges": [float(f"{edge:.6g}") for edge in edges],
                "synthetic": [round(float(v), 5) for v in shares[0] / shares[0].sum()],
                "real": [round(float(v), 5) for v in shares[1] / shares[1].sum()],
            }
        )
    return found
