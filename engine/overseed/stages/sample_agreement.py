"""How well a series' samples agree with the prompts of their classes: measured beside them, changing nothing.

The figures lie in a file of their own, so that samples, their index and what was trained on them stay what they
were, and samples of earlier days can be measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.assessment.agreement import WEIGHT, Agreement, clearly_lower, is_told
from overseed.assessment.object_crops import (
    Place,
    larger_parcels,
    real_places,
    side_for,
    square_around,
)
from overseed.config import SynthesizeSettings
from overseed.devices import choose_device, versions
from overseed.diffusion_settings import PIPELINE
from overseed.events import Reporter
from overseed.extras import check_agreement_extra
from overseed.files import folder_lock, read_json, write_json
from overseed.runs import RECORD, leaf_key
from overseed.stages.agreement_text import notes
from overseed.stages.context import Prepared
from overseed.stages.sample_review import BY_HAND, rejected_by_hand
from overseed.stages.sample_series import aim
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import TRAIN
from overseed.tiles.store import read_crop

if TYPE_CHECKING:
    from overseed.generators.clip_weights import ClipWeights
    from overseed.generators.shown_bands import ShownBands

AGREEMENT = "agreement.json"
#: Real ground is looked at in the same way for all series.
SEED = 0


@dataclass(frozen=True)
class _Squares:
    """Where one class is looked at, in squares of one side: in samples and on real ground.

    ``samples`` ``(made,)`` are the samples that made places lie in, by their numbers from 0.
    """

    index: int
    side: int
    samples: NDArray[np.int64]
    made: list[Place]
    real: list[Place]

    def __len__(self) -> int:
        return len(self.made) + len(self.real)


def agreement_weights(settings: SynthesizeSettings) -> ClipWeights | None:
    """The CLIP model that is asked for, looked for before any work; None where none is.

    Raises
    ------
    InputError
        ``diffusion.not-installed``, or what :func:`~overseed.generators.clip_weights.find_clip` refuses.
    """
    if settings.agreement_weights is None:
        return None
    check_agreement_extra()
    from overseed.generators.clip_weights import find_clip

    return find_clip(settings.agreement_weights)


def discard_agreement(folder: Path) -> None:
    """Remove what was measured on samples that are about to be replaced."""
    (folder / AGREEMENT).unlink(missing_ok=True)


def measure_agreement(
    prepared: Prepared,
    settings: SynthesizeSettings,
    weights: ClipWeights,
    folder: Path,
    reporter: Reporter,
) -> dict[str, Any]:
    """Measure the accepted samples of a folder and real training ground; the content of ``agreement.json``.

    Samples that are rejected by hand do not count. What lies there is taken when it was measured on the same
    samples with the same model and words. Warns where samples agree clearly less than real ground.
    """
    told, bands = asked_for(prepared, settings)
    inputs: dict[str, Any] = {
        "samples": prepared.run.key_of(folder, f"synthesize --method {settings.method}"),
        "weights": weights.fingerprint,
        "prompts": told,
        "bands": bands,
    }
    rejected = rejected_by_hand(folder)
    if rejected:
        inputs["samples" + BY_HAND] = rejected
    key = leaf_key("agreement", {}, inputs, SEED)
    with folder_lock(folder):
        found: dict[str, Any] = {}
        if (folder / AGREEMENT).is_file() and not settings.fresh:
            found = read_json(folder / AGREEMENT)
        if found.get("key") != key:
            reporter.stage("synthesize", "Hold samples against the words for their classes")
            found = {"key": key, "weights": str(weights.folder), "fingerprint": weights.fingerprint}
            found |= _measured(prepared, settings, weights, folder, reporter, (told, bands))
            write_json(folder / AGREEMENT, found)
    for code, message in notes(found).items():
        reporter.warning(code, message)
    return found


def asked_for(prepared: Prepared, settings: SynthesizeSettings) -> tuple[list[str], list[int]]:
    """The words for each class and the three bands to show, from 0; of sd-inpaint those that it paints."""
    from overseed.generators.prompts import prompts_of, without_rare_word
    from overseed.generators.shown_bands import choose_bands

    names = prepared.table.names
    told, bands = prompts_of(None, names), None
    if settings.method == PIPELINE:
        source = prepared.run.generator(settings.method, settings.seed)
        learning = read_json(source / RECORD)["settings"]
        taught = prompts_of(learning.get("prompt"), names)
        told, bands = prompts_of(settings.prompt, names, taught), learning.get("shown_bands")
    chosen = choose_bands(prepared.stats.names, bands.split(",") if bands else None)
    return list(without_rare_word(told)), list(chosen)


def _measured(
    prepared: Prepared,
    settings: SynthesizeSettings,
    weights: ClipWeights,
    folder: Path,
    reporter: Reporter,
    asked: tuple[list[str], list[int]],
) -> dict[str, Any]:
    from overseed.generators.clip_model import ClipModel

    told, bands = asked
    names = prepared.table.names
    _, takers = aim(prepared, settings)
    shown = _shown(prepared, bands, reporter.check)
    squares = _squares(prepared, folder, takers, reporter.check)
    device = choose_device(settings.device, settings.threads)
    model = ClipModel(weights, device)
    # Classes that are asked for in the same words are one thing to the model.
    different = list(dict.fromkeys(told))
    words = model.words(different)
    images, labels = (np.load(folder / f"{n}.npy", mmap_mode="r") for n in ("images", "labels"))
    rejected = np.array(rejected_by_hand(folder), np.int64) - 1
    total, done = sum(map(len, squares)), 0
    classes: dict[str, Any] = {}
    samples: list[dict[str, Any]] = [{} for _ in images]
    for one in squares:

        def tick(count: int, before: int = done) -> None:
            reporter.progress(before + count, total, "square")

        cover: list[float] = []
        pictures = _pictures(prepared, (images, labels), one, shown, cover)
        vectors = model.pictures(pictures, tick)
        done += len(one)
        own = different.index(told[one.index])
        found = Agreement.of(vectors, words, np.array(cover), own, model.scale)
        made, real = found.part(slice(len(one.made))), found.part(slice(len(one.made), None))
        for sample in np.unique(one.samples).tolist():
            part = made.part(one.samples == sample)
            like = told.index(different[int(np.bincount(part.nearest).argmax())])
            samples[sample][names[one.index]] = part.figures() | {"like": names[like]}
        kept = made.part(~np.isin(one.samples, rejected))
        classes[names[one.index]] = {
            "words": told[one.index],
            "side": one.side,
            "made": kept.figures(),
            "real": real.figures(),
            "lower": clearly_lower(kept, real),
            "told": is_told(real, len(different)),
        }
    return {
        "bands": [prepared.stats.names[band] for band in bands],
        "words": dict(zip(names, told, strict=True)),
        "score_weight": WEIGHT,
        "logit_scale": round(model.scale, 4),
        "classes": classes,
        "samples": samples,
        "device": device.record(),
        "versions": versions(),
    }


def _shown(prepared: Prepared, bands: Sequence[int], check: Callable[[], None]) -> ShownBands:
    """Three bands of the scene as pictures, with limits from training ground."""
    from overseed.generators.pixel_pairs import PixelPairs
    from overseed.generators.shown_bands import ShownBands

    source = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
    pixels = PixelPairs.gather(source, SEED, check).of_classes()
    return ShownBands.fit(bands, prepared.stats, pixels)


def _squares(
    prepared: Prepared, folder: Path, takers: Sequence[int], check: Callable[[], None]
) -> list[_Squares]:
    """Around the larger parcels of each class in each sample, where it was made, and in real tiles."""
    labels = np.load(folder / "labels.npy", mmap_mode="r")
    changed = np.load(folder / "changed.npy", mmap_mode="r")
    real = real_places(prepared.scenes, prepared.blocks[TRAIN], TRAIN, prepared.tile, takers, check)
    made: dict[int, list[tuple[int, Place]]] = {index: [] for index in takers}
    for number, (own, mask) in enumerate(zip(labels, changed, strict=True)):
        check()
        for index in takers:
            made[index] += [(number, place) for place in larger_parcels(mask & (own == index))]
    return [
        _Squares(
            index,
            side_for(real[index], prepared.tile),
            np.array([number for number, _ in made[index]], np.int64),
            [place for _, place in made[index]],
            real[index],
        )
        for index in takers
    ]


def _pictures(
    prepared: Prepared,
    samples: tuple[NDArray[Any], NDArray[np.uint8]],
    squares: _Squares,
    shown: ShownBands,
    cover: list[float],
) -> Iterator[NDArray[np.float32]]:
    """Pictures ``(3, side, side)`` of samples (images and labels), then of real ground.

    What may not be seen of real ground has the bands' means, as in samples. To ``cover`` goes the share of each
    picture that the class takes.
    """
    images, labels = samples
    for number, place in zip(squares.samples.tolist(), squares.made, strict=True):
        window = square_around(place, squares.side, images.shape)
        cover.append(float((labels[number][window.slices] == squares.index).mean()))
        yield _picture(images[number][:, *window.slices], shown)
    for place in squares.real:
        scene = prepared.scenes[place.scene]
        window = square_around(place, squares.side, scene.labels.shape)
        crop = read_crop(scene, window, TRAIN)
        cover.append(float((crop.labels == squares.index).mean()))
        yield _picture(prepared.stats.fill(crop.image, crop.visible), shown)


def _picture(image: NDArray[Any], shown: ShownBands) -> NDArray[np.float32]:
    return shown.picture(image[None], np.ones((1, *image.shape[1:]), bool))[0]
