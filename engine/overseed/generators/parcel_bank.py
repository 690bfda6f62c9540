"""A bank of real parcels: pixels of connected components, gathered from crops within a fixed memory."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.generators.components import Components, find_components
from overseed.tiles.sampling import Batch
from overseed.unlabelled import UNLABELLED

#: Bytes of pixels that a bank holds, shared evenly by the classes: small beside what a training of a network
#: takes, and still 120 tiles of 128 × 128 pixels and 4 bands of 16 bits for each of 8 classes.
BANK_BYTES = 128 * 2**20
#: Parcels of a class; speckled labels would otherwise fill the bank with single pixels.
PARCELS = 400
#: No parcel takes more than this share of its class's memory; a larger one is cut.
LARGEST = 1 / 4
#: Turns and mirror images of a square, itself among them.
SYMMETRIES = 8


@dataclass(frozen=True)
class Parcel:
    """One connected component of a class.

    Parameters
    ----------
    label:
        Its class index.
    mask:
        ``(height, width)`` bool in its bounding box.
    pixels:
        ``(area, bands)`` in native units and type, in the order of the mask's rows.
    rim:
        Sums over the bands of the pixels beside it, in the order of :func:`rim_mask`'s rows; NaN where not
        visible. They tell whether a place is where the parcel came from. Empty unless whole.
    whole:
        Whether all of the component was seen.
    """

    label: int
    mask: NDArray[np.bool_]
    pixels: NDArray[Any]
    rim: NDArray[np.float64]
    whole: bool


class ParcelGatherer:
    """Collects parcels from crops; each one once, however often and however turned it is met.

    A class whose parcels do not all fit keeps a random part of them, in which a parcel's chance grows with
    the root of its area (weighted reservoir sampling: Efraimidis & Spirakis, "Weighted random sampling with
    a reservoir", 2006). The random number of a parcel comes from its pixels and the seed, so that the order
    in which crops show parcels does not matter.
    """

    def __init__(self, classes: int, bands: int, dtype: np.dtype[Any] | str, seed: int) -> None:
        self._room = max(16, int(BANK_BYTES / classes / bands / np.dtype(dtype).itemsize))
        self._key = str(seed).encode()
        self._found: list[dict[bytes, tuple[float, Parcel]]] = [{} for _ in range(classes)]

    def add(self, batch: Batch) -> dict[str, float]:
        """Take a batch's parcels in; returns how many parcels and pixels the bank has."""
        labels = batch.labels
        known = (labels != UNLABELLED) & batch.visible & (labels < len(self._found))
        found = find_components(labels, known)
        sums = np.where(batch.visible, batch.images.sum(axis=1, dtype=np.float64), np.nan)
        # Beyond a crop's edge nothing is visible.
        sums = np.pad(sums, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
        for number in range(len(found)):
            self._take(_cut(batch, sums, found, number, int(self._room * LARGEST)))
        for index in np.unique(found.labels):
            self._prune(int(index))
        kept = [parcel for own in self._found for _, parcel in own.values()]
        return {"parcels": len(kept), "pixels": sum(len(parcel.pixels) for parcel in kept)}

    def parcels(self) -> list[Parcel]:
        """All parcels, class by class, those of a class in an order that is random but always the same."""
        return [
            entry[1] for found in self._found for _, entry in sorted(found.items(), reverse=True)
        ]

    def _take(self, parcel: Parcel) -> None:
        digest = hashlib.blake2b(digest_size=8, key=self._key)
        digest.update(f"{parcel.whole}{sorted(parcel.mask.shape)}".encode())
        # What turning and mirroring leaves as it is.
        digest.update(np.sort(parcel.pixels.sum(axis=1, dtype=np.float64)).tobytes())
        name = digest.digest()
        chance = (int.from_bytes(name, "big") + 1) / 2**64
        priority = float(np.log(chance) / np.sqrt(len(parcel.pixels)))
        self._found[parcel.label].setdefault(name, (priority, parcel))

    def _prune(self, label: int) -> None:
        found = self._found[label]
        areas = sum(len(parcel.pixels) for _, parcel in found.values())
        if len(found) <= PARCELS and areas <= self._room:
            return
        kept: dict[bytes, tuple[float, Parcel]] = {}
        used = 0
        for name, entry in sorted(found.items(), key=lambda item: -item[1][0]):
            used += len(entry[1].pixels)
            # Nothing behind the first that has no room, however small: so the order of crops does not matter.
            if len(kept) == PARCELS or used > self._room:
                break
            kept[name] = entry
        self._found[label] = kept


def _cut(
    batch: Batch, sums: NDArray[np.float64], found: Components, number: int, largest: int
) -> Parcel:
    tile, rows, cols = found.window(number)
    mask = found.mask(number)
    height, width = mask.shape
    image = batch.images[tile][:, rows, cols]
    around = sums[tile][rows.start : rows.stop + 2, cols.start : cols.stop + 2]
    rim = around[rim_mask(mask)]
    whole = bool(np.isfinite(rim).all())
    if mask.sum() > largest:
        # The part around a pixel in the middle of the list, as large as there is room for.
        middle = np.argwhere(mask)[int(mask.sum()) // 2]
        side = max(1, int(np.sqrt(largest)))
        top, left = (
            int(np.clip(m - side // 2, 0, max(0, n - side)))
            for m, n in zip(middle, (height, width), strict=True)
        )
        part = slice(top, top + side), slice(left, left + side)
        image, mask, whole = image[:, *part], mask[part], False
    return Parcel(
        int(found.labels[number]),
        mask.copy(),
        np.ascontiguousarray(image[:, mask].T),
        rim if whole else np.empty(0),
        whole,
    )


def rim_mask(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The 4-neighbours of a parcel ``(h, w)``, in its box with a pixel more on each side: ``(h+2, w+2)``."""
    padded = np.pad(mask, 1)
    near = np.zeros_like(padded)
    near[1:] |= padded[:-1]
    near[:-1] |= padded[1:]
    near[:, 1:] |= padded[:, :-1]
    near[:, :-1] |= padded[:, 1:]
    return near & ~padded


def filled_grid(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Which pixel of a parcel to show at each place of its box: ``(h, w)`` int32, numbers of its pixels.

    A place outside the parcel shows the one as far behind the parcel's edge as the place is before it, like
    in a mirror, within the box, or the nearest one where the mirrored place is not the parcel's.
    """
    from scipy.ndimage import distance_transform_edt

    numbers = np.full(mask.shape, -1, np.int32)
    numbers[mask] = np.arange(mask.sum(), dtype=np.int32)
    if mask.all():
        return numbers
    nearest = distance_transform_edt(~mask, return_distances=False, return_indices=True)
    places = np.indices(mask.shape)
    limits = np.array(mask.shape)[:, None, None] - 1
    behind = np.clip(2 * nearest - places, 0, limits)
    mirrored = numbers[tuple(behind)]
    return np.where(mirrored >= 0, mirrored, numbers[tuple(nearest)])


def reflected(positions: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Fold positions back into ``[0, length)`` like a mirror at both ends that repeats the end pixel."""
    turned = positions % (2 * length)
    return np.where(turned < length, turned, 2 * length - 1 - turned)


def turned(array: NDArray[Any], symmetry: int) -> NDArray[Any]:
    """A view of ``(height, width)`` under one of the eight symmetries of the square."""
    if symmetry & 1:
        array = array.T
    return array[:: -1 if symmetry & 2 else 1, :: -1 if symmetry & 4 else 1]


def to_tensors(parcels: list[Parcel]) -> dict[str, NDArray[Any]]:
    """What a bank needs to be read back by :func:`from_tensors`; needs at least one parcel."""
    return {
        "labels": np.array([p.label for p in parcels], np.int16),
        "whole": np.array([p.whole for p in parcels], np.uint8),
        "shapes": np.array([p.mask.shape for p in parcels], np.int32),
        "masks": np.packbits(np.concatenate([p.mask.ravel() for p in parcels])),
        "pixels": np.concatenate([p.pixels for p in parcels]),
        "rims": np.concatenate([p.rim for p in parcels]),
    }


def from_tensors(tensors: dict[str, NDArray[Any]]) -> list[Parcel]:
    """The parcels that :func:`to_tensors` was given."""
    shapes = tensors["shapes"].astype(np.int64)
    boxes = shapes.prod(axis=1)
    bits = np.unpackbits(tensors["masks"], count=int(boxes.sum())).astype(bool)
    parcels = []
    box, pixel, beside = 0, 0, 0
    for label, whole, shape, size in zip(
        tensors["labels"].tolist(), tensors["whole"].tolist(), shapes, boxes.tolist(), strict=True
    ):
        mask = bits[box : box + size].reshape(shape)
        area, rim = int(mask.sum()), int(rim_mask(mask).sum()) if whole else 0
        parcels.append(
            Parcel(
                label,
                mask,
                tensors["pixels"][pixel : pixel + area],
                tensors["rims"][beside : beside + rim],
                bool(whole),
            )
        )
        box, pixel, beside = box + size, pixel + area, beside + rim
    return parcels
