"""Squares around the larger parcels of a class in a tile: how made and real objects are looked at alike.

All squares of a class have one side, which its real parcels set: a square that followed each parcel's own size
would be enlarged more where parcels are smaller, and what compares pictures would compare blur.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from overseed.tiles.grid import Window, cells
from overseed.tiles.store import StoredScene, read_crop

#: Pixels of the smallest parcel that can be seen.
LEAST_PARCEL = 6
#: Smallest side of a square in pixels, and how much wider than the middle one of the real parcels it is.
LEAST_SIDE, MARGIN = 24, 1.5
#: Parcels of a class that are looked at in one tile, and really, at most.
MOST_IN_TILE, MOST_REAL = 4, 128


@dataclass(frozen=True)
class Place:
    """The pixel of a parcel that is deepest inside it, and the longer side of the parcel's box in pixels."""

    row: int
    col: int
    extent: int
    scene: int = 0


def larger_parcels(mask: NDArray[np.bool_]) -> list[Place]:
    """The largest connected parts (8 neighbours) of a mask ``(h, w)``, none of them tiny, the largest first."""
    from scipy.ndimage import distance_transform_edt, find_objects, label

    numbered, count = label(mask, np.ones((3, 3), bool))
    sizes = np.bincount(numbered.ravel(), minlength=count + 1)[1:]
    boxes = find_objects(numbered)
    found = []
    for number in np.argsort(-sizes, kind="stable")[:MOST_IN_TILE].tolist():
        if sizes[number] >= LEAST_PARCEL:
            box = boxes[number]
            depth = distance_transform_edt(np.pad(numbered[box] == number + 1, 1))[1:-1, 1:-1]
            row, col = np.unravel_index(int(depth.argmax()), depth.shape)
            corner = box[0].start, box[1].start
            found.append(Place(corner[0] + int(row), corner[1] + int(col), max(depth.shape)))
    return found


def real_places(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    tile: int,
    classes: Sequence[int],
    check: Callable[[], None] = lambda: None,
) -> dict[int, list[Place]]:
    """The larger parcels of each class in each tile of some blocks, as one side of the split sees it.

    Tiles lie beside each other; of more than :data:`MOST_REAL` places of a class evenly chosen ones are kept.
    ``check`` is called before each block and may raise to end it.
    """
    found: dict[int, list[Place]] = {index: [] for index in classes}
    for number, block in blocks:
        check()
        for cell in cells(block.height, block.width, tile):
            window = replace(cell, row=cell.row + block.row, col=cell.col + block.col)
            labels = read_crop(scenes[number], window, side).labels
            for index in classes:
                for place in larger_parcels(labels == index):
                    row, col = place.row + window.row, place.col + window.col
                    found[index].append(replace(place, row=row, col=col, scene=number))
    return {index: _thinned(places) for index, places in found.items()}


def side_for(places: Sequence[Place], tile: int) -> int:
    """The side of a class's squares, from its real places; never more than a tile has."""
    if not places:
        return min(LEAST_SIDE, tile)
    middle = MARGIN * float(np.median([place.extent for place in places]))
    return min(tile, max(LEAST_SIDE, round(middle)))


def square_around(place: Place, side: int, shape: tuple[int, ...]) -> Window:
    """A square with the place at its middle, moved so that it lies in ``(h, w)`` where that is large enough."""
    row, col = (
        min(max(0, at - side // 2), max(0, length - side))
        for at, length in zip((place.row, place.col), shape[-2:], strict=True)
    )
    return Window(row, col, side, side)


def _thinned(places: list[Place]) -> list[Place]:
    count = min(len(places), MOST_REAL)
    return [places[n] for n in np.linspace(0, len(places) - 1, count).astype(int).tolist()]
