"""The files of made chips: arrays, index with what each is most like, GeoTIFFs for other programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.chips.chip_set import ChipSet, Place
from overseed.chips.near_copies import Nearest
from overseed.files import check_folder, read_json, whole, write_json


@dataclass(frozen=True)
class MadeChips:
    """Chips that a GAN made.

    ``images`` ``(n, bands, size, size)`` in native units and type; ``labels`` ``(n,)`` class indices;
    ``clusters`` ``(n,)``, -1 where the GAN was not told clusters; ``seeds`` ``(n,)``.
    """

    images: NDArray[Any]
    labels: NDArray[np.int64]
    clusters: NDArray[np.int64]
    seeds: NDArray[np.int64]


def store_chips(
    made: MadeChips,
    nearest: Nearest,
    numbers: NDArray[np.intp],
    chips: ChipSet,
    head: dict[str, Any],
    folder: Path,
) -> list[str]:
    """Write ``images.npy``, ``labels.npy`` and ``index.json``; returns their names.

    Each chip's entry has its nearest training chip, of which ``numbers`` are those that ``nearest`` has looked
    at, with its place: CRS (a position in ``systems``), transform, and the pixel size that the made chip has
    from it.
    """
    for name, array in (("images.npy", made.images), ("labels.npy", made.labels)):
        with whole(folder / name) as partial:
            np.save(partial, array)
    systems: list[str] = []
    entries = []
    for number, label in enumerate(made.labels.tolist()):
        entry: dict[str, Any] = {
            "number": number,
            "class": chips.table.names[label],
            "cluster": None if made.clusters[number] < 0 else int(made.clusters[number]),
            "seed": int(made.seeds[number]),
            "synthetic": True,
            "near_copy": bool(nearest.near[number]),
            "nearest": None,
            "pixel_size": None,
        }
        if nearest.rows[number] >= 0:
            like = int(numbers[nearest.rows[number]])
            place = chips.places[like]
            entry["nearest"] = {
                "chip": like,
                "file": chips.names[like],
                "distance": round(float(nearest.distances[number]), 5),
                "crs": _position(systems, place.crs_wkt),
                "transform": None if place.transform is None else list(place.transform),
            }
            entry["pixel_size"] = pixel_size(place)
        entries.append(entry)
    write_json(
        folder / "index.json",
        head | {"count": len(entries), "synthetic": True, "systems": systems, "chips": entries},
    )
    return ["images.npy", "labels.npy", "index.json"]


def pixel_size(place: Place) -> list[float] | None:
    """Width and height of a pixel in units of the CRS; ``None`` where a chip's place is unknown."""
    if place.transform is None:
        return None
    a, b, _, d, e, _ = place.transform
    return [float(np.hypot(a, d)), float(np.hypot(b, e))]


def export_chips(
    folder: Path,
    chips: ChipSet,
    target: Path,
    tags: dict[str, str],
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write stored chips as GeoTIFFs in a folder per class, which `chips prepare` takes.

    They have the bands' names and, where it is known, the pixel size of the nearest training chip, but no CRS:
    a made chip lies nowhere. Tags say that they are synthetic, and have the chip's entry of the index. Chips of
    an earlier, larger export are removed. ``check`` may raise to end it.
    """
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.transform import Affine

    check_folder(target)
    images = np.load(folder / "images.npy", mmap_mode="r")
    index = read_json(folder / "index.json")
    written = set()
    for number, entry in enumerate(index["chips"]):
        check()
        place = check_target_folder(target, entry["class"]) / f"synthetic-{number:05}.tif"
        size = entry["pixel_size"]
        transform = Affine.identity() if size is None else Affine(size[0], 0, 0, 0, -size[1], 0)
        array = np.asarray(images[number])
        with (
            warnings.catch_warnings(),
            whole(place) as partial,
        ):
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(
                partial, "w", driver="GTiff", compress="deflate", dtype=array.dtype,
                count=array.shape[0], height=array.shape[1], width=array.shape[2],
                transform=transform,
            ) as dataset:  # fmt: skip
                dataset.write(array)
                for band, name in enumerate(chips.stats.names, start=1):
                    dataset.set_band_description(band, name)
                record = json.dumps(entry, ensure_ascii=False)
                dataset.update_tags(**tags, OVERSEED_SAMPLE=record)
        written.add(place)
    for path in target.glob("*/synthetic-[0-9][0-9][0-9][0-9][0-9].tif"):
        if path not in written:
            path.unlink()


def check_target_folder(target: Path, name: str) -> Path:
    """The folder of a class, made; what a file system may not take in a name becomes an underscore."""
    folder = target / (re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).rstrip(". ") or "_")
    check_folder(folder)
    return folder


def _position(systems: list[str], wkt: str) -> int | None:
    """Where a CRS is in the list, into which it is put; ``None`` for none."""
    if not wkt:
        return None
    if wkt not in systems:
        systems.append(wkt)
    return systems.index(wkt)
