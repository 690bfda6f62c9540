"""Overlapping windows that cover a raster, as pure geometry."""

from __future__ import annotations

from dataclasses import dataclass

from overseed.tiles.grid import STRIDE


@dataclass(frozen=True)
class AxisPlan:
    """Windows along one axis.

    ``starts`` ascend from 0. Every window lies inside the raster, except when the raster is shorter
    than one: then there is a single window, the raster padded at its far end to ``size``.
    ``overlap`` is the number of pixels that neighbours share at least (the last window is shifted
    back and shares more).
    """

    length: int
    size: int
    overlap: int
    starts: tuple[int, ...]

    @property
    def padded(self) -> int:
        """Length that holds all windows: ``length``, or ``size`` when that is larger."""
        return max(self.length, self.size)

    def finished(self, number: int) -> int:
        """End of the pixels that no window after the given one covers."""
        last = number + 1 == len(self.starts)
        return self.length if last else self.starts[number + 1]


@dataclass(frozen=True)
class WindowPlan:
    """Windows of a raster: every pair of a start in ``rows`` and a start in ``cols``."""

    rows: AxisPlan
    cols: AxisPlan

    def __len__(self) -> int:
        return len(self.rows.starts) * len(self.cols.starts)


def plan_axis(length: int, size: int, overlap: float) -> AxisPlan:
    """Plan windows along one axis.

    Parameters
    ----------
    length:
        The raster's extent, at least 1.
    size:
        The window's side, a multiple of 32. A shorter raster gets one window of its own length,
        rounded up to a multiple of 32.
    overlap:
        Share of a window that the next one covers again, in [0, 1).
    """
    if length < size:
        return AxisPlan(length, -(-length // STRIDE) * STRIDE, 0, (0,))
    step = min(size, max(1, round(size * (1 - overlap))))
    starts = [*range(0, length - size, step), length - size]
    return AxisPlan(length, size, size - step, tuple(starts))


def plan_windows(
    height: int, width: int, size: int, overlap: float, most_rows: int | None = None
) -> WindowPlan:
    """Plan windows of ``size`` over a raster; see :func:`plan_axis` for small rasters.

    Windows are square but for ``most_rows``, which limits their height, to one stride at least.
    """
    rows = size if most_rows is None else max(STRIDE, min(size, most_rows // STRIDE * STRIDE))
    return WindowPlan(plan_axis(height, rows, overlap), plan_axis(width, size, overlap))
