"""Parcels as the unit in which synthetic and real ground are compared: small windows seen through stencils.

Pixels of a parcel resemble each other far more than those of two parcels, so parcels and not pixels are
drawn, split and counted. Real parcels of rare classes are often flecks, synthetic ones large; a window of
a synthetic parcel is therefore looked at through the outline of a real window of its class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.channels import Channels
from overseed.tiles.grid import Window
from overseed.tiles.store import StoredScene, read_crop
from overseed.unlabelled import UNLABELLED

#: Side of the windows that stand for a parcel, in pixels.
WINDOW = 8
#: Fewest pixels of a parcel that a window shows.
LEAST_PIXELS = 12
#: Windows per parcel, at most.
WINDOWS = 4
#: Side of the crops around parcels, in pixels.
CROP = 32
#: Distance from other pixels, beyond which pixels count as a parcel's inside, where the class allows it.
DEEPEST = 2
#: Outlines that are tried on a window.
TRIES = 8


@dataclass(frozen=True)
class Parcel:
    """A connected piece of one class.

    ``windows`` ``(m, channels, 8, 8)`` float32 with ``masks`` ``(m, 8, 8)``, the parcel's pixels in them;
    ``crop`` ``(channels, 32, 32)`` around it; ``place`` (image or scene, row, column) of the crop's centre.
    """

    label: int
    windows: NDArray[np.float32]
    masks: NDArray[np.bool_]
    crop: NDArray[np.float32]
    place: tuple[int, int, int]

    def pixels(self, bands: int) -> NDArray[np.float32]:
        """``(n, bands)``: all pixels that the windows show, in the first ``bands`` channels."""
        return np.moveaxis(self.windows[:, :bands], 1, -1)[self.masks]


def interior(
    labels: NDArray[np.uint8], ground: NDArray[np.bool_], depth: Mapping[int, int]
) -> NDArray[np.bool_]:
    """Pixels of ``ground`` that are farther than their class's ``depth`` from any pixel that differs.

    ``labels`` and ``ground`` are ``(h, w)``; classes that ``depth`` lacks have no interior. The array's edge
    is no border.
    """
    from scipy.ndimage import binary_erosion

    inside = np.zeros(labels.shape, bool)
    for index, distance in depth.items():
        own = ground & (labels == index)
        if own.any() and distance:
            structure = np.ones((2 * distance + 1,) * 2, bool)
            own = binary_erosion(own, structure, border_value=1)
        inside |= own
    return inside


def synthetic_parcels(
    images: NDArray[Any],
    labels: NDArray[np.uint8],
    inner: NDArray[np.bool_],
    channels: Channels,
    rng: np.random.Generator,
    most: int = 400,
) -> list[Parcel]:
    """Parcels of samples ``(n, bands, h, w)``, ``(n, h, w)``: what ``inner`` shows of them, bool ``(n, h, w)``.

    At most about ``most`` per class, as many from each sample.
    """
    found = []
    quota = max(2, -(-most // max(1, len(images))))
    for number in range(len(images)):
        if not inner[number].any():
            continue
        values = channels.of(images[number], np.ones(labels.shape[1:], bool))
        found += [
            replace(parcel, place=(number, *parcel.place[1:]))
            for parcel in _parcels(values, labels[number], inner[number], quota, rng)
        ]
    return _at_most(found, most, rng)


def real_parcels(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    classes: Sequence[int],
    channels: Channels,
    rng: np.random.Generator,
    most: int = 400,
) -> tuple[list[Parcel], dict[int, int]]:
    """Real parcels of some classes on the blocks of one side, and how deep inside their borders they are seen.

    The depth of a class is the largest up to ``DEEPEST`` at which half of its parcels still show
    ``LEAST_PIXELS`` pixels: classes of flecks are seen whole, mixed border pixels and all.
    """
    depth = depths(scenes, blocks, side, classes)
    found = []
    quota = max(4, -(-most // max(1, len(blocks))))
    for number, window in blocks:
        crop = read_crop(scenes[number], window, side)
        inside = interior(crop.labels, crop.labels != UNLABELLED, depth)
        if not inside.any():
            continue
        values = channels.of(crop.image, crop.visible)
        found += [
            replace(p, place=(number, p.place[1] + window.row, p.place[2] + window.col))
            for p in _parcels(values, crop.labels, inside, quota, rng)
        ]
    return _at_most(found, most, rng), depth


def depths(
    scenes: Sequence[StoredScene],
    blocks: Sequence[tuple[int, Window]],
    side: int,
    classes: Sequence[int],
) -> dict[int, int]:
    """The depth of each class, as :func:`real_parcels` says."""
    counts = {index: np.zeros(DEEPEST + 1, np.int64) for index in classes}
    for number, window in blocks:
        labels = read_crop(scenes[number], window, side).labels
        for distance in range(DEEPEST + 1):
            inside = interior(labels, labels != UNLABELLED, dict.fromkeys(classes, distance))
            for index, components, boxes in _components(labels, inside, classes):
                sizes = np.bincount(components.ravel(), minlength=len(boxes) + 1)[1:]
                counts[index][distance] += (sizes >= LEAST_PIXELS).sum()
    return {
        index: int(np.flatnonzero(2 * count >= count[0]).max()) for index, count in counts.items()
    }


def through_stencils(
    made: Sequence[Parcel], real: Sequence[Parcel], rng: np.random.Generator
) -> list[Parcel]:
    """Synthetic parcels seen through outlines of real windows of their class.

    Windows that show too little through ``TRIES`` outlines, and parcels without a window left, drop out,
    as do classes without real parcels.
    """
    stencils = {
        index: np.concatenate([p.masks for p in real if p.label == index])
        for index in {p.label for p in real}
    }
    found = []
    for parcel in made:
        if parcel.label not in stencils:
            continue
        masks = [_stencilled(mask, stencils[parcel.label], rng) for mask in parcel.masks]
        kept = [number for number, mask in enumerate(masks) if mask.any()]
        if kept:
            shown = np.stack([masks[number] for number in kept])
            found.append(replace(parcel, windows=parcel.windows[kept], masks=shown))
    return found


def by_class(parcels: Sequence[Parcel]) -> dict[int, list[Parcel]]:
    """Parcels by class index, in ascending order."""
    return {
        index: [p for p in parcels if p.label == index]
        for index in sorted({p.label for p in parcels})
    }


def _stencilled(
    mask: NDArray[np.bool_], stencils: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    for number in rng.integers(len(stencils), size=TRIES):
        shown = mask & stencils[number]
        if shown.sum() >= LEAST_PIXELS:
            return shown
    return np.zeros_like(mask)


def _components(
    labels: NDArray[np.uint8], inside: NDArray[np.bool_], classes: Sequence[int]
) -> Iterator[tuple[int, NDArray[np.int32], list[tuple[slice, slice]]]]:
    from scipy.ndimage import find_objects, label

    for index in classes:
        own = inside & (labels == index)
        if own.any():
            components, _ = label(own)
            yield index, components, find_objects(components)


def _parcels(
    values: NDArray[np.float32],
    labels: NDArray[np.uint8],
    inside: NDArray[np.bool_],
    quota: int,
    rng: np.random.Generator,
) -> list[Parcel]:
    """Up to ``quota`` parcels of each class, drawn at random."""
    found = []
    classes = [int(index) for index in np.unique(labels[inside]) if index != UNLABELLED]
    for index, components, boxes in _components(labels, inside, classes):
        sizes = np.bincount(components.ravel(), minlength=len(boxes) + 1)[1:]
        large = np.flatnonzero(sizes >= LEAST_PIXELS)
        for number in rng.permutation(large)[:quota].tolist():
            parcel = _cut(values, components, number + 1, boxes[number], index, rng)
            if parcel is not None:
                found.append(parcel)
    return found


def _cut(
    values: NDArray[np.float32],
    components: NDArray[np.int32],
    number: int,
    box: tuple[slice, slice],
    index: int,
    rng: np.random.Generator,
) -> Parcel | None:
    """Windows that show most of a component, without overlap; ``None`` when none shows enough of it."""
    height, width = components.shape
    if min(height, width) < WINDOW:
        return None
    # At least a window's size, shifted back into the array.
    top = max(0, min(box[0].start, height - WINDOW))
    left = max(0, min(box[1].start, width - WINDOW))
    bottom, right = max(box[0].stop, top + WINDOW), max(box[1].stop, left + WINDOW)
    own = components[top:bottom, left:right] == number
    windows: list[NDArray[np.float32]] = []
    masks: list[NDArray[np.bool_]] = []
    centre = (0, 0)
    for _ in range(WINDOWS):
        sums = _box_sums(own)
        if sums.max() < LEAST_PIXELS:
            break
        row, col = np.unravel_index(rng.choice(np.flatnonzero(sums == sums.max())), sums.shape)
        part = slice(row, row + WINDOW), slice(col, col + WINDOW)
        if not windows:
            centre = top + int(row) + WINDOW // 2, left + int(col) + WINDOW // 2
        windows.append(values[:, top + row : top + row + WINDOW, left + col : left + col + WINDOW])
        masks.append(own[part].copy())
        own[part] = False
    if not windows:
        return None
    crop = _crop(values, *centre)
    return Parcel(index, np.stack(windows), np.stack(masks), crop, (0, *centre))


def _box_sums(own: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pixels in the window that begins at each place."""
    table = np.pad(np.cumsum(np.cumsum(own, axis=0, dtype=np.int64), axis=1), ((1, 0), (1, 0)))
    high, low = table[WINDOW:], table[:-WINDOW]
    sums: NDArray[np.int64] = (
        high[:, WINDOW:] - high[:, :-WINDOW] - low[:, WINDOW:] + low[:, :-WINDOW]
    )
    return sums


def _crop(values: NDArray[np.float32], row: int, col: int) -> NDArray[np.float32]:
    """Around a pixel, shifted back into the image; images that are smaller are continued by mirroring."""
    missing = [max(0, CROP - length) for length in values.shape[1:]]
    if any(missing):
        values = np.pad(values, ((0, 0), *((0, short) for short in missing)), mode="symmetric")
    top = max(0, min(row - CROP // 2, values.shape[1] - CROP))
    left = max(0, min(col - CROP // 2, values.shape[2] - CROP))
    return values[:, top : top + CROP, left : left + CROP].copy()


def _at_most(parcels: list[Parcel], most: int, rng: np.random.Generator) -> list[Parcel]:
    kept = []
    for members in by_class(parcels).values():
        chosen = np.sort(rng.permutation(len(members))[:most])
        kept += [members[number] for number in chosen]
    return kept
