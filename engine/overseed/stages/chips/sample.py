"""`chips sample`: labelled chips from a trained GAN, how near they come to real ones, and a gallery."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.feature_distances import feature_distances
from overseed.chip_arms import ChipGan
from overseed.chip_settings import SampleChipsSettings
from overseed.chips.chip_set import CHIP_SIDES, OTHER_REGION, ChipSet
from overseed.chips.near_copies import COPY_PERCENTILE, Nearest, nearest_of
from overseed.devices import choose_device
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.files import check_folder, json_values, read_json, whole, write_json
from overseed.runs import Leaf, open_leaf, settings_record
from overseed.stages.chips.chip_features import encoder_of
from overseed.stages.chips.chip_files import PreparedChips, open_chips
from overseed.stages.chips.gan_files import Lessons
from overseed.stages.chips.made_chips import MadeChips, export_chips, store_chips
from overseed.stages.chips.sample_choice import Order, choose_orders
from overseed.stages.chips.train_gan import about_gan
from overseed.tiles.split import TEST, TRAIN, VALIDATION

#: Seeds of a run's chips do not meet those of another one.
SEEDS_APART = 1_000_000
#: Chips of a class in the gallery, real and made.
SHOWN = 24
#: Chips whose features are taken at a time.
AT_ONCE = 256
#: Above this share of near copies the person is told.
MANY_COPIES = 0.05


def sample(settings: SampleChipsSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/synthetic/<GAN>/seed-<n>``.

    Raises
    ------
    InputError
        What :func:`~overseed.stages.chips.sample_choice.choose_orders` refuses, ``chips.no-classifier``, or
        ``run.stage-missing`` without a trained GAN.
    """
    reporter = reporter or Reporter()
    gan = ChipGan(settings.gan, settings.condition)
    reporter.stage("chips sample", f"Make chips with the GAN {gan.name}")
    prepared = open_chips(settings.run)
    if settings.export_tiles:
        check_folder(settings.export_tiles)
    source = prepared.run.generator(gan.name, settings.seed)
    command = f"chips train-gan --gan {settings.gan} --condition {settings.condition}"
    key = prepared.run.key_of(source, command)
    count = settings.count or EFFORTS[settings.effort].chips
    orders = choose_orders(
        prepared.chips, Lessons.read(source), settings.of, settings.cluster, count, reporter
    )
    record = settings_record(settings) | {"count": count}
    folder = prepared.run.synthetic(gan.name, settings.seed)
    with open_leaf(
        folder, "chips sample", record, {"generator": key}, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            _fill(prepared, settings, gan, orders, leaf, reporter)
    if settings.export_tiles:
        tags = about_gan(gan.name, settings.seed)
        export_chips(folder, prepared.chips, settings.export_tiles, tags, reporter.check)
        reporter.artifact("folder", "tiles", settings.export_tiles)
    index = read_json(folder / "index.json")
    return {
        "samples": str(folder),
        "count": index["count"],
        "fidelity": read_json(folder / "fidelity.json"),
    }


def _fill(
    prepared: PreparedChips,
    settings: SampleChipsSettings,
    gan: ChipGan,
    orders: list[Order],
    leaf: Leaf,
    reporter: Reporter,
) -> None:
    from overseed.chips.chip_gan import ChipGanModel

    chips = prepared.chips
    device = choose_device(settings.device, settings.threads)
    encoder, features = encoder_of(chips, settings.weights, settings.seed, device)
    model = ChipGanModel.load(prepared.run.generator(gan.name, settings.seed), chips.stats)
    labels, clusters, told = (
        np.concatenate([np.full(o.count, value(o), np.int64) for o in orders])
        for value in (lambda o: o.label, lambda o: o.cluster, lambda o: o.told)
    )
    seeds = settings.seed * SEEDS_APART + np.arange(len(labels))
    images = model.generate(
        seeds,
        told if model.design.conditions else None,
        device,
        settings.truncation,
        reporter.check,
    )
    made = MadeChips(images, labels, clusters, seeds)
    wanted = np.unique(labels)
    training = _of_classes(chips, chips.of_side(TRAIN), wanted)
    sides, held_out = _held_out(chips, wanted)

    def describe(images: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
        parts = []
        for start in range(0, len(images), AT_ONCE):
            reporter.check()
            part = slice(start, start + AT_ONCE)
            scaled = chips.stats.scale(np.asarray(images[part]), np.asarray(valid[part]))
            parts.append(features(scaled))
        return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)

    own = describe(images, np.ones((len(images), *images.shape[-2:]), bool))
    seen = describe(chips.images[training], chips.valid[training])
    unseen = describe(chips.images[held_out], chips.valid[held_out])
    nearest = nearest_of(
        own, labels, seen, chips.labels[training], chips.groups[training], unseen,
        chips.labels[held_out],
    )  # fmt: skip
    fidelity = _fidelity(
        chips, own, labels, unseen, chips.labels[held_out], np.random.default_rng(0), settings.force
    )
    fidelity = {
        "encoder": encoder,
        "held_out": {"sides": sides, "chips": len(held_out)},
        **fidelity,
        "copies": _copies(chips, labels, nearest),
    }
    share = fidelity["copies"]["share"]
    if share > MANY_COPIES:
        reporter.warning(
            "chips.near-copies",
            f"{share:.0%} of the chips are nearer to a training chip than real chips are to one another: the "
            "GAN repeats what it has seen. Prepare more chips of the class, or train fewer steps.",
        )
    leaf.begin()
    head = {"gan": gan.gan, "condition": gan.condition, "truncation": settings.truncation}
    files = store_chips(made, nearest, training, chips, head, leaf.folder)
    write_json(leaf.folder / "fidelity.json", json_values(fidelity))
    _draw_gallery(chips, made, training, gan, leaf)
    reporter.preview(leaf.folder / "gallery.png")
    leaf.figures = {"fidelity": json_values(fidelity)}
    leaf.finish([*files, "fidelity.json", "gallery.png"], reporter, device)


def _of_classes(
    chips: ChipSet, numbers: NDArray[np.intp], wanted: NDArray[np.int64]
) -> NDArray[np.intp]:
    return numbers[np.isin(chips.labels[numbers], wanted)]


def _held_out(chips: ChipSet, wanted: NDArray[np.int64]) -> tuple[list[str], NDArray[np.intp]]:
    """Chips of these classes that no training saw; those of the other region only where there are no others."""
    for sides in ((VALIDATION, TEST), (OTHER_REGION,)):
        numbers = _of_classes(chips, np.flatnonzero(np.isin(chips.sides, sides)), wanted)
        if len(numbers):
            break
    return [CHIP_SIDES[side] for side in sides], numbers


def _fidelity(
    chips: ChipSet,
    made: NDArray[np.float32],
    made_labels: NDArray[np.int64],
    real: NDArray[np.float32],
    real_labels: NDArray[np.int64],
    rng: np.random.Generator,
    force: bool,
) -> dict[str, Any]:
    """Distances over all classes and of each by itself, ``None`` where there are too few real chips."""

    def between(mine: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> dict[str, Any] | None:
        if not theirs.any():
            return None
        found = feature_distances(
            made[mine], made_labels[mine].tolist(), real[theirs], real_labels[theirs].tolist(), rng,
            force,
        )  # fmt: skip
        if found is not None:
            del found["classes"]
        return found

    everything = between(np.ones(len(made), bool), np.ones(len(real), bool))
    classes = {
        chips.table.names[index]: between(made_labels == index, real_labels == index)
        for index in np.unique(made_labels).tolist()
    }
    return {"all": everything, "classes": classes}


def _copies(chips: ChipSet, labels: NDArray[np.int64], nearest: Nearest) -> dict[str, Any]:
    """Share of near copies, over all and by class, and below which distance a chip counts as one."""
    return {
        "share": float(nearest.near.mean()),
        "share_of_real": COPY_PERCENTILE / 100,
        "classes": {
            chips.table.names[index]: {
                "share": float(nearest.near[labels == index].mean()),
                "below": nearest.limits.get(index),
                "median": float(np.median(nearest.distances[labels == index])),
            }
            for index in np.unique(labels).tolist()
        },
    }


def _draw_gallery(
    chips: ChipSet, made: MadeChips, training: NDArray[np.intp], gan: ChipGan, leaf: Leaf
) -> None:
    from overseed.reporting.chip_sheets import ChipRows, draw_chips

    sections = []
    for index in np.unique(made.labels).tolist():
        name = chips.table.names[index]
        real = training[chips.labels[training] == index]
        real = real[np.linspace(0, len(real) - 1, min(SHOWN, len(real))).astype(int)]
        own = np.flatnonzero(made.labels == index)
        # Spread, so that each of a class's clusters is met.
        own = own[np.linspace(0, len(own) - 1, min(SHOWN, len(own))).astype(int)]
        shown = np.ones((len(own), chips.size, chips.size), bool)
        sections += [
            ChipRows(f"{name}: real training chips", chips.images[real], chips.valid[real]),
            ChipRows(f"{name}: synthetic, {gan.name}", made.images[own], shown),
        ]
    with whole(leaf.folder / "gallery.png") as partial:
        draw_chips(sections, chips.stats, partial)
