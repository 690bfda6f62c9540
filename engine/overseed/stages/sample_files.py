"""The files of a series of samples: arrays, index, reasons, gallery, and GeoTIFFs for other programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.files import check_folder, read_json, whole, write_json
from overseed.mapping.style import colour_table, write_category_names
from overseed.stages.context import Prepared
from overseed.stages.provenance import about_synthetic
from overseed.stages.sample_review import rejected_by_hand
from overseed.stages.sample_series import Sample, Series
from overseed.tiles.grid import Window
from overseed.tiles.split import TRAIN
from overseed.tiles.store import read_crop, scene_folder

ARRAYS = ("images", "labels", "changed")
#: Rejected samples that are kept for the gallery and for whoever wants to know why.
REJECTED_KEPT = 24


@dataclass
class Collected:
    """The accepted samples, some of the rejected ones, and how many were rejected for which reason."""

    accepted: list[Sample] = field(default_factory=list)
    rejected: list[Sample] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, sample: Sample) -> None:
        """Sort in one sample; rejected ones beyond ``REJECTED_KEPT`` are only counted."""
        if sample.accepted:
            self.accepted.append(sample)
            return
        self.reasons[str(sample.verdict.reason)] += 1
        self.kinds[str(sample.verdict.kind)] += 1
        if len(self.rejected) < REJECTED_KEPT:
            self.rejected.append(sample)

    @property
    def generated(self) -> int:
        """How many samples were made."""
        return len(self.accepted) + sum(self.kinds.values())

    @property
    def rejected_share(self) -> float:
        """Share of the samples made that the gate rejected."""
        return sum(self.kinds.values()) / max(1, self.generated)


def store_samples(
    prepared: Prepared, series: Series, found: Collected, folder: Path
) -> tuple[list[str], NDArray[np.float64]]:
    """Write the arrays, ``index.json`` and ``rejected.json``; their names and the class shares reached."""
    names = prepared.table.names
    files = []
    for prefix, samples in (("", found.accepted), ("rejected_", found.rejected)):
        for name, array in _arrays(prepared, samples).items():
            files.append(f"{prefix}{name}.npy")
            with whole(folder / files[-1]) as partial:
                np.save(partial, array)
    counts = np.zeros(256, np.int64)
    for sample in found.accepted:
        counts += np.bincount(sample.labels.ravel(), minlength=256)
    achieved = counts[: len(names)] / max(1, counts[: len(names)].sum())
    write_json(
        folder / "index.json",
        {
            "count": len(found.accepted),
            "target": _by_name(names, series.wanted),
            "achieved": _by_name(names, achieved),
            **_how_made(series, names, achieved),
            "samples": [_entry(sample, names) for sample in found.accepted],
            "synthetic": True,
        },
    )
    reasons = series.passed_by + found.reasons
    write_json(
        folder / "rejected.json",
        {
            "count": sum(reasons.values()),
            "reasons": dict(reasons.most_common()),
            "generated": found.generated,
            "gate": {
                "rejected": sum(found.kinds.values()),
                "share": round(found.rejected_share, 4),
                "kinds": dict(found.kinds.most_common()),
            },
            "samples": [
                _entry(sample, names) | {"reason": sample.verdict.reason}
                for sample in found.rejected
            ],
        },
    )
    return [*files, "index.json", "rejected.json"], achieved


def export_samples(
    prepared: Prepared,
    folder: Path,
    target: Path,
    method: str,
    seed: int,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write stored samples as GeoTIFFs: image, label and changed pixels of each, on the scene's own grid.

    A sample that was made without a real tile lies nowhere: its files have the scene's pixel size and no CRS.
    Images have the scene's bands, type and nodata value; where nothing is known (ground of another side, no
    value in the scene) they hold that value, or are masked where the scene has none. Labels are the table's
    codes, with colours and names; 0 is unlabelled. All carry tags that say they are synthetic. Samples of an
    earlier, larger export, and those that are rejected by hand, are removed. ``check`` may raise to end it.
    """
    check_folder(target)
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}
    codes = np.zeros(256, np.uint8)
    codes[: len(prepared.table)] = prepared.table.codes
    entries = read_json(folder / "index.json")["samples"]
    rejected = {number - 1 for number in rejected_by_hand(folder)}
    for path in target.glob("sample-[0-9][0-9][0-9][0-9][0-9]_*.tif*"):
        if int(path.name[7:12]) >= len(entries) or int(path.name[7:12]) in rejected:
            path.unlink()
    for number, entry in enumerate(entries):
        check()
        if number in rejected:
            continue
        changed = np.asarray(arrays["changed"][number])
        tags = {"OVERSEED_SAMPLE": json.dumps(entry, ensure_ascii=False)}
        sheet, known = _sheet_of(prepared, entry["source"], changed, method, seed, tags)
        name = f"sample-{number:05}"
        _write_image(
            target / f"{name}_image.tif",
            sheet,
            np.asarray(arrays["images"][number]),
            known,
            prepared,
        )
        labels = codes[np.asarray(arrays["labels"][number])]
        _write_labels(target / f"{name}_label.tif", sheet, labels, prepared)
        sheet.write(target / f"{name}_changed.tif", changed.astype(np.uint8)[None])


def _sheet_of(
    prepared: Prepared,
    source: list[int] | None,
    changed: NDArray[np.bool_],
    method: str,
    seed: int,
    tags: dict[str, str],
) -> tuple[_Sheet, NDArray[np.bool_]]:
    """Where a sample goes and which of its pixels have a value; from nowhere it has the first scene's grid."""
    if source is None:
        grid = read_json(scene_folder(prepared.run.tiles, 1) / "grid.json")
        return _Sheet(grid, None, about_synthetic(prepared, method, seed) | tags), changed
    scene, row, col = source
    grid = read_json(scene_folder(prepared.run.tiles, scene + 1) / "grid.json")
    window = Window(row, col, *changed.shape)
    known = changed | read_crop(prepared.scenes[scene], window, TRAIN).visible
    return _Sheet(grid, window, about_synthetic(prepared, method, seed, scene) | tags), known


@dataclass(frozen=True)
class _Sheet:
    """Where on the ground a sample lies (``None``: nowhere, so its file has no CRS), and its tags."""

    grid: dict[str, Any]
    window: Window | None
    tags: dict[str, str]

    def write(self, path: Path, array: NDArray[Any], **more: Any) -> None:
        """Write ``(bands, h, w)``; ``more`` are ``nodata``, ``mask``, ``names``, ``colours``, ``units``."""
        import rasterio
        from rasterio.crs import CRS
        from rasterio.transform import Affine

        place, crs = Affine(*self.grid["transform"]), None
        if self.window is None:
            place = Affine(place.a, place.b, 0, place.d, place.e, 0)
        else:
            place = place * Affine.translation(self.window.col, self.window.row)
            crs = CRS.from_wkt(self.grid["crs"])
        with (
            whole(path) as partial,
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(
                partial, "w", driver="GTiff", compress="deflate", dtype=array.dtype,
                count=array.shape[0], height=array.shape[1], width=array.shape[2],
                crs=crs, transform=place, nodata=more.get("nodata"),
            ) as dataset,
        ):  # fmt: skip
            dataset.write(array)
            for band, name in enumerate(more.get("names", ()), start=1):
                dataset.set_band_description(band, name)
            if "colours" in more:
                dataset.write_colormap(1, more["colours"])
            if "units" in more:
                dataset.scales, dataset.offsets = more["units"]
            if more.get("mask") is not None:
                dataset.write_mask(more["mask"])
            dataset.update_tags(**self.tags)


def _write_image(
    path: Path, sheet: _Sheet, image: NDArray[Any], known: NDArray[np.bool_], prepared: Prepared
) -> None:
    nodata = nodata_of(sheet.grid.get("nodata"), image.dtype)
    mask = None
    if nodata is not None:
        image = np.where(known, _off_nodata(image, nodata), np.asarray(nodata, image.dtype))
    elif not known.all():
        mask = known
    recipe, more = prepared.recipe, len(prepared.recipe.indices)
    units = (*recipe.scales, *[1.0] * more), (*recipe.offsets, *[0.0] * more)
    plain = set(units[0]) == {1.0} and set(units[1]) == {0.0}
    sheet.write(
        path, image, nodata=nodata, mask=mask, names=prepared.stats.names,
        **({} if plain else {"units": units}),
    )  # fmt: skip


def _write_labels(path: Path, sheet: _Sheet, codes: NDArray[np.uint8], prepared: Prepared) -> None:
    sheet.write(path, codes[None], nodata=0, names=["class"], colours=colour_table(prepared.table))
    with whole(path.with_name(f"{path.name}.aux.xml")) as partial:
        write_category_names(partial, prepared.table)


def nodata_of(text: str | None, dtype: np.dtype[Any]) -> float | int | None:
    """A scene's nodata value in an image's type; ``None`` when there is none or the type cannot hold it."""
    if text is None:
        return None
    value = float(text)
    if dtype.kind == "f":
        return value
    limits = np.iinfo(dtype)
    return int(value) if value.is_integer() and limits.min <= value <= limits.max else None


def _off_nodata(image: NDArray[Any], nodata: float | int) -> NDArray[Any]:
    """Move generated values that happen to be the nodata value to the next one."""
    if np.isnan(nodata):
        return image
    value = np.asarray(nodata, image.dtype)
    if image.dtype.kind == "f":
        return np.where(image == value, np.nextafter(value, np.asarray(np.inf, image.dtype)), image)
    other = nodata + 1 if nodata < np.iinfo(image.dtype).max else nodata - 1
    return np.where(image == value, np.asarray(other, image.dtype), image)


def _arrays(prepared: Prepared, samples: Sequence[Sample]) -> dict[str, NDArray[Any]]:
    size, bands = prepared.tile, len(prepared.stats.names)
    if not samples:
        dtype = np.result_type(*(scene.image.dtype for scene in prepared.scenes))
        return {
            "images": np.zeros((0, bands, size, size), dtype),
            "labels": np.zeros((0, size, size), np.uint8),
            "changed": np.zeros((0, size, size), bool),
        }
    return {
        "images": np.stack([sample.image for sample in samples]),
        "labels": np.stack([sample.labels for sample in samples]),
        "changed": np.stack([sample.changed for sample in samples]),
    }


def _entry(sample: Sample, names: Sequence[str]) -> dict[str, Any]:
    sown = np.bincount(sample.labels[sample.changed], minlength=256)
    return {
        "source": _corner(sample.place),
        **({"beside": _corner(sample.beside)} if sample.place is None else {}),
        "layout": sample.how,
        "changed_share": round(float(sample.changed.mean()), 4),
        "classes": {name: int(sown[i]) for i, name in enumerate(names) if sown[i]},
        **({} if sample.kept is None else {"labels_kept": sample.kept}),
        "scores": sample.verdict.scores,
    }


def _corner(place: tuple[int, Window] | None) -> list[int] | None:
    """Scene, row and column."""
    return None if place is None else [place[0], place[1].row, place[1].col]


def _how_made(
    series: Series, names: Sequence[str], achieved: NDArray[np.float64]
) -> dict[str, Any]:
    """How far the accepted samples met the target, and how all layouts were made and resemble the scene.

    How labels were found is there where they are not the layouts'.
    """
    labels = {} if series.labels is None else {"labels": series.labels}
    if series.layouts is None:
        return labels
    report = series.layouts.report()
    report |= {"achieved": achieved, "shortfall": np.maximum(0, series.wanted - achieved)}
    for key in ("wanted", "achieved", "shortfall"):
        report[key] = _by_name(names, np.asarray(report[key]))
    report["classes"] = {names[int(index)]: value for index, value in report["classes"].items()}
    return {"layouts": report, **labels}


def _by_name(names: Sequence[str], shares: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(float(share), 4) for name, share in zip(names, shares, strict=True)}
