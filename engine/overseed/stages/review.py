"""`review`: contact sheets of samples to look through, and decisions on single ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.config import ReviewSettings
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import (
    check_folder,
    folder_lock,
    read_json,
    sweep_partials,
    whole,
    write_json,
)
from overseed.setting_texts import parse_numbers, written_numbers
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.measured_samples import Samples, load_samples
from overseed.stages.sample_gallery import real_places
from overseed.stages.sample_review import (
    all_rejected,
    is_void,
    rejected_by_hand,
    samples_fingerprint,
    write_decisions,
)
from overseed.tiles.grid import Window
from overseed.tiles.split import TRAIN
from overseed.tiles.store import Crop, read_crop

#: The folder of the sheets below that of the samples, and the file that says what is where on them.
FOLDER, INDEX = "review", "sheets.json"
#: Real tiles of a class among which the one that most resembles a sample is looked for.
REAL_TILES = 12


def review(settings: ReviewSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Draw the sheets where they are missing or show other samples, and keep decisions.

    Returns
    -------
    ``folder`` with the sheets, ``index`` (``sheets.json``), ``sheets`` (PNG files), ``count``, ``accepted``,
    ``rejected``: numbers of the rejected samples, ``text``.

    Raises
    ------
    InputError
        ``run.stage-missing`` without samples, ``review.no-sample``, ``review.both``, ``review.all-rejected`` or
        ``run.busy``.
    """
    reporter = reporter or Reporter()
    reporter.stage("review", "Review samples")
    prepared = open_prepared(settings.run, settings.fold)
    folder = prepared.run.synthetic(settings.method, settings.seed)
    prepared.run.key_of(folder, f"synthesize --method {settings.method}")
    with folder_lock(folder):
        entries = read_json(folder / "index.json")["samples"]
        if is_void(folder):
            reporter.warning(
                "review.void",
                f"Earlier decisions in {folder} were about other samples than those that are there now; they "
                "do not count.",
            )
        rejected = _decided(settings, folder, len(entries))
        if settings.reject or settings.accept:
            write_decisions(folder, rejected)
        target = folder / FOLDER
        check_folder(target)
        sweep_partials(target)
        index = _sheets(prepared, settings, folder, entries, reporter)
        for sample in index["samples"]:
            sample["accepted"] = sample["number"] not in rejected
        write_json(target / INDEX, index)
    sheets = [target / name for name in index["sheets"]]
    for path in sheets[:1]:
        reporter.preview(path)
    reporter.artifact("folder", "review", target)
    accepted = len(entries) - len(rejected)
    said = f" Rejected: {written_numbers(rejected)}." if rejected else ""
    return {
        "folder": str(target),
        "index": str(target / INDEX),
        "sheets": [str(path) for path in sheets],
        "count": len(entries),
        "accepted": accepted,
        "rejected": rejected,
        "text": f"Sheets: {target}\n{accepted} of {len(entries)} samples are accepted.{said}",
    }


def _decided(settings: ReviewSettings, folder: Path, count: int) -> list[int]:
    """The numbers of the rejected samples after what was asked for."""
    reject, accept = (
        set(parse_numbers(text)) if text else set() for text in (settings.reject, settings.accept)
    )
    unknown = sorted(number for number in reject | accept if number > count)
    if unknown:
        raise InputError(
            "review.no-sample",
            f"There is no sample {written_numbers(unknown)}; those of {settings.method} are 1 to {count}.",
            "Take the numbers that stand on the sheets.",
        )
    if reject & accept:
        raise InputError(
            "review.both",
            f"Sample {written_numbers(sorted(reject & accept))} is to be both rejected and accepted.",
            "Name each sample once.",
        )
    rejected = sorted((set(rejected_by_hand(folder)) | reject) - accept)
    if len(rejected) == count:
        raise all_rejected(folder)
    return rejected


def _sheets(
    prepared: Prepared,
    settings: ReviewSettings,
    folder: Path,
    entries: Sequence[dict[str, Any]],
    reporter: Reporter,
) -> dict[str, Any]:
    """What is where on the sheets, which are drawn unless they are there."""
    from overseed.reporting.review_sheets import Cell, draw_sheet, per_sheet

    target, digests = folder / FOLDER, samples_fingerprint(folder)
    if (target / INDEX).is_file() and not settings.fresh:
        known: dict[str, Any] = read_json(target / INDEX)
        whole_set = all((target / name).is_file() for name in known["sheets"])
        if known["fingerprint"] == digests and whole_set:
            return known
    # Sheets of other samples must not be taken for those of these.
    (target / INDEX).unlink(missing_ok=True)
    for old in target.glob("sheet-*.png"):
        old.unlink()
    samples = load_samples(folder)
    real = _Real(prepared)
    index: dict[str, Any] = {
        "method": settings.method,
        "seed": settings.seed,
        "fingerprint": digests,
        "synthetic": True,
        "sheets": [],
        "samples": [],
    }
    for first in range(0, len(entries), per_sheet()):
        numbers = range(first, min(first + per_sheet(), len(entries)))
        name = f"sheet-{len(index['sheets']) + 1:03}.png"
        cells, places = [], []
        for number in numbers:
            tile, likeness, place = _shown(prepared, samples, entries[number], number, real)
            cells.append(Cell(number + 1, tile, likeness, _caption(number + 1, entries[number])))
            places.append(place)
        with whole(target / name) as partial:
            title = f"{settings.method}: synthetic sample, real ground most like it, labels"
            rectangles = draw_sheet(cells, prepared.table, prepared.stats, title, partial)
        index["sheets"].append(name)
        index["samples"] += [
            {
                "number": number + 1,
                "sheet": name,
                "rectangle": list(rectangle),
                "classes": entries[number]["classes"],
                "layout": entries[number]["layout"],
                "source": entries[number]["source"],
                "real": place,
            }
            for number, rectangle, place in zip(numbers, rectangles, places, strict=True)
        ]
        reporter.progress(numbers.stop, len(entries), "sample")
    return index


def _caption(number: int, entry: dict[str, Any]) -> str:
    from overseed.reporting import wording

    classes = sorted(entry["classes"], key=entry["classes"].get, reverse=True)
    return wording.shortened(f"{number}  {', '.join(classes)}", 48)


def _shown(
    prepared: Prepared, samples: Samples, entry: dict[str, Any], number: int, real: _Real
) -> tuple[Any, Any, list[int] | None]:
    """A sample's tile, that of real ground like it, and where this lies: scene, row and column."""
    from overseed.reporting.gallery import Tile

    image, labels, changed = samples.images[number], samples.labels[number], samples.changed[number]
    visible = changed
    if entry["source"] is not None:
        scene, row, col = entry["source"]
        window = Window(row, col, *labels.shape)
        visible = visible | read_crop(prepared.scenes[scene], window, TRAIN).visible
    tile = Tile(image, labels, visible, changed, "")
    made = np.bincount(labels[changed], minlength=256)[: len(prepared.table)]
    main = int(made.argmax())
    found = real.most_alike(main, image, changed & (labels == main))
    if found is None:
        return tile, None, None
    place, crop = found
    own = Tile(crop.image, crop.labels, crop.visible, crop.visible & (crop.labels == main), "")
    return tile, own, [place[0], place[1].row, place[1].col]


class _Real:
    """Real training tiles of each class, and how their pixels of the class look."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._known: dict[int, list[tuple[tuple[int, Window], Crop, NDArray[np.float64]]]] = {}

    def most_alike(
        self, index: int, image: NDArray[Any], chosen: NDArray[np.bool_]
    ) -> tuple[tuple[int, Window], Crop] | None:
        """The tile whose pixels of a class are nearest in mean and spread of the standardised bands."""
        if index not in self._known:
            tiles = []
            for place in real_places(self._prepared, index, REAL_TILES):
                crop = read_crop(self._prepared.scenes[place[0]], place[1], TRAIN)
                own = crop.visible & (crop.labels == index)
                if own.any():
                    tiles.append((place, crop, self._looks(crop.image, own)))
            self._known[index] = tiles
        tiles = self._known[index]
        if not tiles or not chosen.any():
            return None
        looks = self._looks(image, chosen)
        place, crop, _ = min(tiles, key=lambda tile: float(np.square(tile[2] - looks).sum()))
        return place, crop

    def _looks(self, image: NDArray[Any], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        stats = self._prepared.stats
        values = (image[:, chosen].T - np.array(stats.mean)) / np.array(stats.std)
        return np.concatenate([values.mean(axis=0), values.std(axis=0)])
