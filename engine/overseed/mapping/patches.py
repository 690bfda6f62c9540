"""Patches of a class map: connected pixels of one code, found strip by strip in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Rows that are looked at together.
STRIP = 256

#: Gives some rows of a map as codes ``(rows, width)`` uint8.
ReadRows = Callable[[range], NDArray[np.uint8]]


@dataclass(frozen=True)
class Patches:
    """All patches of a map; pixels touch along their sides, and code 0 makes patches like any other.

    ``codes`` and ``sizes`` (in pixels) are those of each patch. What is kept grows with their number, not
    with the map's size.
    """

    height: int
    codes: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    _read: ReadRows
    _numbers: NDArray[np.int64]
    _firsts: NDArray[np.int64]

    def strips(self) -> Iterator[range]:
        """The rows of each strip, from top to bottom."""
        return _strips(self.height)

    def numbers(self, strip: int) -> NDArray[np.int64]:
        """The patch of each pixel of a strip, ``(rows, width)``."""
        parts, _ = _parts(self._read(list(self.strips())[strip]))
        return self._numbers[self._firsts[strip] + parts]


def find_patches(read: ReadRows, height: int, check: Callable[[], None] = lambda: None) -> Patches:
    """Find a map's patches; ``check`` is called between strips and may end the work by raising."""
    firsts, codes, sizes, borders = [0], [], [], []
    above: tuple[NDArray[np.uint8], NDArray[np.int64]] | None = None
    for rows in _strips(height):
        check()
        strip = read(rows)
        parts, count = _parts(strip)
        sizes.append(np.bincount(parts.ravel(), minlength=count))
        own = np.empty(count, np.uint8)
        own[parts] = strip
        codes.append(own)
        if above is not None:
            same = above[0] == strip[0]
            borders.append(np.stack([above[1][same], firsts[-1] + parts[0][same]]))
        above = strip[-1].copy(), firsts[-1] + parts[-1]
        firsts.append(firsts[-1] + count)
    pairs = np.concatenate(borders, axis=1) if borders else np.empty((2, 0), np.int64)
    numbers, count = _joined(firsts[-1], *pairs)
    of_patch = np.empty(count, np.uint8)
    of_patch[numbers] = np.concatenate(codes)
    total = np.zeros(count, np.int64)
    np.add.at(total, numbers, np.concatenate(sizes))
    return Patches(height, of_patch, total, read, numbers, np.array(firsts))


def sieved(
    patches: Patches,
    read: ReadRows,
    least: NDArray[np.int64],
    check: Callable[[], None] = lambda: None,
) -> Iterator[NDArray[np.uint8]]:
    """A map without its small patches: their pixels take the code of the nearest pixel of a large one.

    Only mapped ground that hangs together with a patch can fill it; small islands in unmapped ground stay.

    Parameters
    ----------
    least:
        ``(256,)``: pixels that a patch of each code needs to stay. Code 0 always stays and spreads nowhere.

    Yields
    ------
    The map's strips from top to bottom. A pixel with no large patch in its own strip or the two beside it
    keeps its code.
    """
    from scipy.ndimage import distance_transform_edt, label

    small = (patches.sizes < least[patches.codes]) & (patches.codes != 0)
    strips = list(patches.strips())
    known: dict[int, tuple[NDArray[np.uint8], NDArray[np.bool_]]] = {}
    for number in range(len(strips)):
        check()
        around = [n for n in (number - 1, number, number + 1) if 0 <= n < len(strips)]
        for n in around:
            if n not in known:
                known[n] = read(strips[n]), small[patches.numbers(n)]
        known.pop(number - 2, None)
        codes = np.concatenate([known[n][0] for n in around])
        lost = np.concatenate([known[n][1] for n in around])
        kept = ~lost & (codes != 0)
        first = len(known[number - 1][0]) if number else 0
        own = slice(first, first + len(strips[number]))
        if lost[own].any() and kept.any():
            rows, cols = distance_transform_edt(~kept, return_distances=False, return_indices=True)[
                :, own
            ]
            ground, _ = label(codes != 0)
            filled = lost[own] & (ground[rows, cols] == ground[own])
            yield np.where(filled, codes[rows, cols], codes[own])
        else:
            yield codes[own]


def _strips(height: int) -> Iterator[range]:
    for start in range(0, height, STRIP):
        yield range(start, min(height, start + STRIP))


def _parts(codes: NDArray[np.uint8]) -> tuple[NDArray[np.int64], int]:
    """Number of the connected part of each pixel of a strip, and how many there are."""
    begins = np.ones(codes.shape, bool)
    begins[:, 1:] = codes[:, 1:] != codes[:, :-1]
    runs = np.cumsum(begins.ravel()).reshape(codes.shape) - 1
    same = codes[1:] == codes[:-1]
    upper, lower = runs[:-1][same], runs[1:][same]
    # Two runs touch along many pixels; one of these is enough.
    fresh = np.ones(len(upper), bool)
    fresh[1:] = (upper[1:] != upper[:-1]) | (lower[1:] != lower[:-1])
    numbers, count = _joined(int(runs[-1, -1]) + 1, upper[fresh], lower[fresh])
    return numbers[runs], count


def _joined(
    count: int, one: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """Groups of things that pairs connect: the group of each, and how many there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(count, count))
    groups, of_each = connected_components(graph, directed=False)
    return of_each.astype(np.int64), int(groups)
