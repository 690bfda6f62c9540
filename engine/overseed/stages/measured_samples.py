"""A run's samples held against its real ground: what both sides are, and figures of a set of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.channels import make_channels
from overseed.assessment.copies import CopyCheck
from overseed.assessment.histograms import histograms
from overseed.assessment.sample_quality import (
    Features,
    RealGround,
    made_ground,
    measure,
    real_ground,
)
from overseed.devices import Device
from overseed.errors import InputError
from overseed.files import read_json
from overseed.generators.compose import compose, inner_pixels
from overseed.generators.contract import Canvas, LabellingGenerator, SampleGenerator
from overseed.stages.context import Prepared
from overseed.stages.sample_series import GATE_SEED
from overseed.tiles.split import TEST, TRAIN

#: Layouts that are made again from other seeds, and from how many.
LAYOUTS_AGAIN, SEEDS_AGAIN = 16, 10
IMAGENET, UNET = "imagenet", "unet"


@dataclass(frozen=True)
class Samples:
    """Stored samples: ``(n, bands, h, w)``, ``(n, h, w)`` uint8 and bool."""

    images: NDArray[Any]
    labels: NDArray[np.uint8]
    changed: NDArray[np.bool_]


def load_samples(folder: Path, prefix: str = "") -> Samples:
    """Samples that `synthesize` has stored; with the prefix ``rejected_`` those that its gate has rejected."""
    arrays = [np.load(folder / f"{prefix}{name}.npy") for name in ("images", "labels", "changed")]
    return Samples(*arrays)


def ungated_samples(folder: Path) -> Samples | None:
    """Accepted and rejected samples in the proportion in which they were made.

    ``None`` where `synthesize` has kept no rejected ones.
    """
    if not (folder / "rejected_images.npy").is_file():
        return None
    accepted, rejected = load_samples(folder), load_samples(folder, "rejected_")
    # Of many rejected samples just some are kept.
    all_rejected = read_json(folder / "rejected.json")["gate"]["rejected"]
    share = len(rejected.images) / all_rejected if all_rejected else 1.0
    own = slice(0, max(1, round(len(accepted.images) * share)))
    return Samples(
        np.concatenate([accepted.images[own], rejected.images]),
        np.concatenate([accepted.labels[own], rejected.labels]),
        np.concatenate([accepted.changed[own], rejected.changed]),
    )


def gather_ground(
    prepared: Prepared, features: Mapping[str, Features], seed: int, threads: int
) -> RealGround:
    """What all methods of a run are held against."""
    rng = np.random.default_rng([seed, 0x6D])
    table = prepared.table
    channels = make_channels(prepared.scenes, prepared.stats, prepared.recipe, TRAIN, rng)
    return real_ground(
        prepared.scenes, prepared.blocks[TRAIN], prepared.blocks[TEST], prepared.halves(), table.names,
        table.rare_indices, channels, prepared.native_bands(), features, rng, threads,
    )  # fmt: skip


def imagenet_encoder(prepared: Prepared, device: Device) -> tuple[Features, list[str]]:
    """Features of the offline ImageNet encoder, and the bands that it sees as red, green and blue."""
    from overseed.segmentation.features import imagenet_features, three_bands

    stats = prepared.stats
    shown = three_bands(stats.names)
    low, high = (
        np.array([(value[i] - stats.mean[i]) / stats.std[i] for i in shown], np.float32)
        for value in (stats.low, stats.high)
    )
    return imagenet_features(shown, low, high, device), [stats.names[i] for i in shown]


def trained_encoder(prepared: Prepared, weights: Path, device: Device) -> Features:
    """Features of a network that was trained on the run's bands, from its ``model.safetensors``.

    Raises
    ------
    InputError
        ``fidelity.bands`` when it takes other bands, or what refuses the file.
    """
    from overseed.mapping.torch_model import load_torch_model
    from overseed.segmentation.features import unet_features
    from overseed.segmentation.network import SpectralUNet

    model = load_torch_model(weights, device)
    names = prepared.stats.names
    if model.bands != names:
        raise InputError(
            "fidelity.bands",
            f"The network {weights} sees the bands {', '.join(model.bands)}, the samples have "
            f"{', '.join(names)}.",
            "Give a network that was trained on the samples' bands.",
        )
    network = model.network.network
    assert isinstance(network, SpectralUNet)
    return unet_features(network, len(names), device)


def painted(
    generator: SampleGenerator, layouts: Samples, prepared: Prepared, seed: int, device: Device
) -> Samples:
    """The same layouts painted anew, which no gate has looked at."""
    # Where a side may not see the ground, samples hold the bands' means.
    hidden = np.zeros(layouts.labels.shape[1:], bool)
    fill = prepared.stats.fill(layouts.images[0], hidden)
    visible = (layouts.images != fill).any(axis=1) | layouts.changed
    canvas = Canvas(layouts.labels, layouts.changed, layouts.images, visible)
    made = generator.generate(canvas, seed, device)
    images = [
        compose(real, image, changed)
        for real, image, changed in zip(layouts.images, made, layouts.changed, strict=True)
    ]
    return Samples(np.stack(images), layouts.labels, layouts.changed)


def figures(
    samples: Samples,
    ground: RealGround,
    prepared: Prepared,
    generator: SampleGenerator | LabellingGenerator,
    rng: np.random.Generator,
    device: Device,
    force: bool = False,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """All measures of a set of samples, diversity from its first layouts painted from ten seeds.

    ``tick`` is told how many of the ten there are: methods that paint by diffusion take minutes. Images that
    come before their labels have no layout that could be painted again, so no diversity; they show other
    classes too than the real ground that they are held against, which are left out.
    """
    counted, versions = samples.changed, None
    if isinstance(generator, LabellingGenerator):
        counted = counted & np.isin(samples.labels, ground.classes)
    else:
        first = slice(0, LAYOUTS_AGAIN)
        some = Samples(samples.images[first], samples.labels[first], samples.changed[first])
        again = []
        for number in range(SEEDS_AGAIN):
            tick(number, SEEDS_AGAIN)
            again.append(painted(generator, some, prepared, 90_000 + number, device).images)
        tick(SEEDS_AGAIN, SEEDS_AGAIN)
        versions = np.stack(again)
    made = made_ground(samples.images, samples.labels, counted, ground, rng, versions)
    return measure(made, ground, rng, force=force) | {
        # Methods that paste real pixels are meant to be copies.
        "copies": near_copies(samples, prepared) if generator.learned else None,
        "samples": len(samples.images),
        "histograms": histograms(made.pixels, ground.training, prepared.stats),
    }


def near_copies(samples: Samples, prepared: Prepared) -> dict[str, Any]:
    """Share of samples nearer to training ground than real ground comes to other real ground."""
    rng = np.random.default_rng(GATE_SEED)
    check = CopyCheck.fit(
        prepared.scenes, prepared.blocks[TRAIN], TRAIN, prepared.table.rare_indices,
        prepared.stats, prepared.tile, rng,
    )  # fmt: skip
    near, ratios = [], []
    for image, labels, inner in zip(
        samples.images, samples.labels, inner_pixels(samples.changed), strict=True
    ):
        found = check.distances(image, labels, inner)
        near.append(any(found[index] < check.limits[index] for index in found))
        ratios += [found[index] / check.limits[index] for index in found if check.limits[index] > 0]
    return {
        "share": float(np.mean(near)),
        "passes": not any(near),
        # Distance over the limit: below 1 is a near copy.
        "nearest": round(float(np.min(ratios)), 4) if ratios else None,
        "median": round(float(np.median(ratios)), 4) if ratios else None,
    }
