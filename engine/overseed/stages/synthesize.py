"""`synthesize`: labelled samples of the rare classes, their checks, their fidelity and a gallery."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed import __version__
from overseed.assessment.fidelity import (
    Patch,
    fine_detail,
    label_agreement,
    native_bands,
    patches,
)
from overseed.config import EFFORTS, SynthesizeSettings, parse_target
from overseed.devices import Device, choose_device
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.files import check_folder, read_json, whole, write_json
from overseed.generators.compose import compose, inner_pixels
from overseed.generators.contract import Canvas, SampleGenerator
from overseed.layouts.bank import ShapeBank
from overseed.layouts.maker import LayoutMaker
from overseed.layouts.series import Layout
from overseed.layouts.targets import target_shares
from overseed.runs import Leaf, open_leaf, settings_record
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.train_generator import load_generator
from overseed.tiles.grid import Window
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.split import TEST, TRAIN
from overseed.tiles.statistics import sample_pixels
from overseed.tiles.store import Crop, read_crop, scene_folder

#: Real training tiles that synthetic ones' spectra are held against.
REAL_TILES = 192
#: A source tile must be mostly on the training side.
LEAST_VISIBLE = 0.8
TRIES_PER_SAMPLE = 12
BATCH = 8
PIXELS = 100_000


@dataclass
class Samples:
    """What becomes of the tiles: the accepted samples and the reasons for rejecting others."""

    images: list[NDArray[Any]] = field(default_factory=list)
    labels: list[NDArray[np.uint8]] = field(default_factory=list)
    changed: list[NDArray[np.bool_]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)


def synthesize(settings: SynthesizeSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/synthetic/<method>/seed-<n>``.

    Raises
    ------
    InputError
        ``synthesize.no-rare``, ``synthesize.nothing-to-change`` or ``classes.unknown`` in the target.
    """
    reporter = reporter or Reporter()
    reporter.stage("synthesize", "Synthesize samples of the rare classes")
    prepared = open_prepared(settings.run, settings.fold)
    folder = prepared.run.synthetic(settings.method, settings.seed)
    source = prepared.run.generator(settings.method, settings.seed)
    key = prepared.run.key_of(source, f"train-generator --method {settings.method}")
    count = settings.count or EFFORTS[settings.effort].samples
    record = settings_record(settings) | {"count": count}
    with open_leaf(
        folder, "synthesize", record, {"generator": key}, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            leaf.begin()
            device = choose_device(settings.device, settings.threads)
            generator = load_generator(prepared, settings.method, settings.seed)
            samples, wanted = make_samples(prepared, generator, settings, count, device, reporter)
            _store(prepared, samples, wanted, leaf, reporter, device)
    if settings.export_tiles:
        _export(prepared, folder, settings.export_tiles)
        reporter.artifact("folder", "tiles", settings.export_tiles)
    index = read_json(folder / "index.json")
    return {
        "samples": str(folder),
        "count": index["count"],
        "achieved": index["achieved"],
        "fidelity": read_json(folder / "fidelity.json"),
    }


def make_samples(
    prepared: Prepared,
    generator: SampleGenerator,
    settings: SynthesizeSettings,
    count: int,
    device: Device,
    reporter: Reporter,
) -> tuple[Samples, NDArray[np.float64]]:
    """Draw source tiles, change their layouts, generate and compose until ``count`` samples are accepted."""
    table = prepared.table
    if not table.rare_indices:
        raise InputError(
            "synthesize.no-rare",
            "No class is rare, so there is nothing to synthesize.",
            "Name rare classes with --rare or raise --rare-below in 'overseed prepare'.",
        )
    target = parse_target(settings.target)
    if isinstance(target, dict):
        for name in target:
            table.index_of(name)
    shares = prepared.side_shares(TRAIN)
    wanted = target_shares(target, table.names, shares.tolist())
    named = [table.index_of(n) for n in target] if isinstance(target, dict) else []
    # A class without a training pixel is not known to the generator, so it cannot be sown.
    takers = [i for i in sorted(set(table.rare_indices) | set(named)) if shares[i] > 0]
    if not takers:
        raise InputError(
            "synthesize.nothing-to-change",
            "No rare class has labels on training ground, so none can be synthesized.",
            "Draw polygons of the rare classes in more places.",
        )
    bank = ShapeBank.of_scenes(prepared.scenes, TRAIN, prepared.tile, takers, settings.seed)
    rng = rng_for(settings.seed, 0, purpose=8)
    maker = LayoutMaker(wanted, takers, bank, prepared.tile, rng, settings.layouts)
    sampler = CropSampler(prepared.scenes, TRAIN, prepared.tile, "natural")
    samples = Samples()
    attempt = 0
    while len(samples.images) < count and attempt < count * TRIES_PER_SAMPLE:
        batch: list[tuple[Crop, Layout, tuple[int, Window]]] = []
        while (
            len(batch) < min(BATCH, count - len(samples.images))
            and attempt < count * TRIES_PER_SAMPLE
        ):
            rng = rng_for(settings.seed, attempt, purpose=2)
            attempt += 1
            place = sampler.place(rng)
            crop = read_crop(prepared.scenes[place[0]], place[1], TRAIN)
            layout = maker.propose(crop.labels, rng, crop.visible)
            if crop.visible.mean() < LEAST_VISIBLE:
                samples.rejected["too little of the tile is training ground"] += 1
            elif not maker.enough(layout):
                samples.rejected["too little of the tile would change"] += 1
                maker.pass_by(crop.labels)
            else:
                maker.accept(layout)
                batch.append((crop, layout, place))
        if not batch:
            break
        canvas = Canvas(
            labels=np.stack([layout.labels for _, layout, _ in batch]),
            changed=np.stack([layout.changed for _, layout, _ in batch]),
            images=np.stack([crop.image for crop, _, _ in batch]),
            visible=np.stack([crop.visible for crop, _, _ in batch]),
        )
        made = generator.generate(canvas, settings.seed * 1_000_003 + attempt, device)
        for (crop, layout, place), image in zip(batch, made, strict=True):
            real = prepared.stats.fill(crop.image, crop.visible)
            _add(samples, table.names, real, layout, place, image)
        reporter.progress(len(samples.images), count, "sample")
    if not samples.images:
        raise InputError(
            "synthesize.nothing-to-change",
            "No training tile has parcels that could become a rare class.",
            "Draw more polygons of common classes, or use a smaller --tile-size.",
        )
    if len(samples.images) < count:
        reporter.warning(
            "synthesize.fewer",
            f"{len(samples.images)} of {count} samples were made; the training tiles have few parcels "
            "that can change.",
        )
    return samples, wanted


def _add(
    samples: Samples, names: list[str], real: NDArray[Any], layout: Layout,
    place: tuple[int, Window], image: NDArray[Any],
) -> None:  # fmt: skip
    if not np.isfinite(image.astype(np.float64)).all():
        samples.rejected["the generator gave no finite values"] += 1
        return
    sown = np.bincount(layout.labels[layout.changed], minlength=256)
    samples.images.append(compose(real, image, layout.changed))
    samples.labels.append(layout.labels)
    samples.changed.append(layout.changed)
    samples.entries.append(
        {
            "source": [place[0], place[1].row, place[1].col],
            "changed_share": round(float(layout.changed.mean()), 4),
            "classes": {name: int(sown[i]) for i, name in enumerate(names) if sown[i]},
        }
    )


def _store(
    prepared: Prepared,
    samples: Samples,
    wanted: NDArray[np.float64],
    leaf: Leaf,
    reporter: Reporter,
    device: Device,
) -> None:
    names = prepared.table.names
    arrays = {
        "images": np.stack(samples.images),
        "labels": np.stack(samples.labels),
        "changed": np.stack(samples.changed),
    }
    for name, array in arrays.items():
        with whole(leaf.folder / f"{name}.npy") as partial:
            np.save(partial, array)
    counts = np.bincount(arrays["labels"].ravel(), minlength=256)[: len(names)]
    achieved = counts / max(1, counts.sum())
    write_json(
        leaf.folder / "index.json",
        {
            "count": len(samples.images),
            "target": {n: round(float(s), 4) for n, s in zip(names, wanted, strict=True)},
            "achieved": {n: round(float(s), 4) for n, s in zip(names, achieved, strict=True)},
            "samples": samples.entries,
            "synthetic": True,
        },
    )
    write_json(
        leaf.folder / "rejected.json",
        {"count": sum(samples.rejected.values()), "reasons": dict(samples.rejected)},
    )
    fidelity = judge_samples(prepared, arrays["images"], arrays["labels"], arrays["changed"])
    write_json(leaf.folder / "fidelity.json", fidelity)
    _gallery(prepared, arrays, samples.entries, leaf.folder / "gallery.png")
    reporter.preview(leaf.folder / "gallery.png")
    leaf.figures = {"fidelity": fidelity, "achieved": achieved.round(4).tolist()}
    files = [f"{name}.npy" for name in arrays]
    leaf.finish(
        [*files, "index.json", "rejected.json", "fidelity.json", "gallery.png"], reporter, device
    )


def judge_samples(
    prepared: Prepared,
    images: NDArray[Any],
    labels: NDArray[np.uint8],
    changed: NDArray[np.bool_],
) -> dict[str, Any]:
    """Fidelity on changed pixels inside the seam; the judge learns from real training pixels alone."""
    rng = np.random.default_rng(0)
    inner = inner_pixels(changed)
    values = np.moveaxis(images, 1, -1)[inner]
    chosen = rng.permutation(len(values))[:PIXELS]
    agreement = label_agreement(
        sample_pixels(prepared.scenes, TRAIN, PIXELS, rng, labelled=True),
        sample_pixels(prepared.scenes, TEST, PIXELS, rng, labelled=True),
        (values[chosen], labels[inner][chosen]),
        prepared.table.names,
        prepared.table.rare_indices,
    )
    scene = max(prepared.scenes, key=lambda s: s.labels.size)
    rows, cols = (max(0, n // 2 - 128) for n in scene.labels.shape)
    native = native_bands(np.asarray(scene.image[:, rows : rows + 256, cols : cols + 256]))
    return {
        "lda": agreement,
        "spectral": fine_detail(
            patches(images, labels, inner),
            _real_patches(prepared, rng),
            list(zip(prepared.stats.names, native, strict=True)),
        ),
        "changed_share": round(float(changed.mean()), 4),
    }


def _real_patches(prepared: Prepared, rng: np.random.Generator) -> list[Patch]:
    """Patches of one class out of training tiles, drawn so that each class is met alike."""
    sampler = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
    batch = sampler.draw(REAL_TILES, rng)
    return patches(batch.images, batch.labels, batch.labels != 255)


def _gallery(
    prepared: Prepared, arrays: dict[str, NDArray[Any]], entries: list[dict[str, Any]], path: Path
) -> None:
    from overseed.reporting.gallery import draw_gallery

    rows = []
    for number in range(min(6, len(entries))):
        scene, row, col = entries[number]["source"]
        window = Window(row, col, prepared.tile, prepared.tile)
        crop = read_crop(prepared.scenes[scene], window, TRAIN)
        rows.append(
            (crop.image, crop.labels, arrays["images"][number], arrays["labels"][number],
             arrays["changed"][number], entries[number]["classes"])
        )  # fmt: skip
    with whole(path) as partial:
        draw_gallery(rows, prepared.table, prepared.stats, partial)


def _export(prepared: Prepared, folder: Path, target: Path) -> None:
    """Write the samples as georeferenced GeoTIFFs in the scene's units and the table's codes."""
    import rasterio
    from rasterio.crs import CRS
    from rasterio.transform import Affine

    check_folder(target)
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r")
        for name in ("images", "labels", "changed")
    }
    codes = np.zeros(256, np.uint8)
    codes[: len(prepared.table)] = prepared.table.codes
    for number, entry in enumerate(read_json(folder / "index.json")["samples"]):
        scene, row, col = entry["source"]
        grid = read_json(scene_folder(prepared.run.tiles, scene + 1) / "grid.json")
        files = {
            "image": arrays["images"][number],
            "label": codes[arrays["labels"][number]][None],
            "changed": arrays["changed"][number].astype(np.uint8)[None],
        }
        for kind, array in files.items():
            with whole(target / f"sample-{number:05}_{kind}.tif") as partial:
                with rasterio.open(
                    partial, "w", driver="GTiff", compress="deflate", dtype=array.dtype,
                    count=array.shape[0], height=array.shape[1], width=array.shape[2],
                    crs=CRS.from_wkt(grid["crs"]),
                    transform=Affine(*grid["transform"]) * Affine.translation(col, row),
                ) as dataset:  # fmt: skip
                    dataset.write(array)
                    if kind == "image":
                        for band, name in enumerate(prepared.stats.names, start=1):
                            dataset.set_band_description(band, name)
                    dataset.update_tags(
                        OVERSEED_SYNTHETIC="yes",
                        OVERSEED_VERSION=__version__,
                        OVERSEED_SAMPLE=json.dumps(entry, ensure_ascii=False),
                    )
