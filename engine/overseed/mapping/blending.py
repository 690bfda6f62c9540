"""Blending of overlapping windows: weights, and sums in a band of rows that moves down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overseed.mapping.windows import AxisPlan, WindowPlan


def axis_weights(plan: AxisPlan, number: int) -> NDArray[np.float32]:
    """Weights of one window's pixels along one axis, each in [0, 1].

    Near a window's edge the network sees padding instead of ground, so the outer quarter of an overlap weighs
    nothing: a network whose field is narrower than half the overlap gives what it would give on the whole
    raster. Over the middle half a raised cosine rises, sampled between the pixels so that two neighbours add
    up to 1; then the weight stays 1, as it does at the raster's own edges, where no neighbour helps out.
    """
    overlap = min(plan.overlap, plan.size // 2)
    unseen = overlap // 4
    ramp = overlap - 2 * unseen
    weights = np.ones(plan.size, dtype=np.float32)
    if overlap:
        rise = np.zeros(overlap, np.float32)
        rise[unseen : unseen + ramp] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(ramp) + 0.5) / ramp)
        rise[unseen + ramp :] = 1
        if number > 0:
            weights[:overlap] *= rise
        if number + 1 < len(plan.starts):
            weights[-overlap:] *= rise[::-1]
    return weights


class RowBand:
    """Weighted sums of probabilities for the rows that windows still touch.

    Its size is (classes, window height, raster width), whatever the raster's height. Windows are
    added from top to bottom; :meth:`finish` hands out the rows that are done. What it hands out is the band
    itself, not a copy, which would be as large again; the next window moves the band on.
    """

    def __init__(self, plan: WindowPlan, classes: int) -> None:
        self._plan = plan
        shape = (plan.rows.size, plan.cols.padded)
        self._sums = np.zeros((classes, *shape), dtype=np.float32)
        self._weights = np.zeros(shape, dtype=np.float32)
        self._done = 0
        self._column_weights = [axis_weights(plan.cols, i) for i in range(len(plan.cols.starts))]

    def add(self, row: int, column: int, probabilities: NDArray[np.float32]) -> None:
        """Add a window.

        Parameters
        ----------
        row, column:
            Numbers of the window in the plan; ``row`` is that of the window row being worked on.
        probabilities:
            ``(classes, height, width)`` of the window.
        """
        self._move()
        weights = np.outer(axis_weights(self._plan.rows, row), self._column_weights[column])
        start = self._plan.cols.starts[column]
        part = slice(start, start + self._plan.cols.size)
        self._sums[:, :, part] += probabilities * weights
        self._weights[:, part] += weights

    def finish(self, row: int) -> NDArray[np.float32]:
        """Hand out the rows that no window row after ``row`` touches.

        Returns
        -------
        ``(classes, rows, raster width)``: the blended probabilities; where no window was added all are 0. They
        hold until the next window is added or rows are finished.
        """
        self._move()
        top = self._plan.rows.starts[row]
        self._done = self._plan.rows.finished(row) - top
        width = self._plan.cols.length
        weights = self._weights[: self._done, :width]
        sums = self._sums[:, : self._done, :width]
        # Where nothing was added the sums are 0 already.
        return np.divide(sums, weights, out=sums, where=weights > 0)

    def _move(self) -> None:
        """Let go of the rows that were handed out."""
        count, self._done = self._done, 0
        if not count:
            return
        kept = self._weights.shape[0] - count
        # Plane by plane, since numpy copies what it moves when source and target overlap.
        for plane in (*self._sums, self._weights):
            plane[:kept] = plane[count:]
            plane[kept:] = 0
