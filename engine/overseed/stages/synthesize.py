"""`synthesize`: labelled samples of the rare classes, their checks, their fidelity and a gallery."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overseed.arms import CONTROLS
from overseed.assessment.fidelity import (
    Patch,
    fine_detail,
    label_agreement,
    patches,
)
from overseed.assessment.sample_gate import advice
from overseed.config import WITHOUT_LAYOUTS, SynthesizeSettings
from overseed.devices import Device, choose_device
from overseed.diffusion_settings import without_foreign
from overseed.efforts import EFFORTS
from overseed.errors import InputError
from overseed.events import Reporter
from overseed.extras import check_extras
from overseed.files import check_folder, read_json, write_json
from overseed.generators.compose import inner_pixels
from overseed.generators.contract import LabellingGenerator
from overseed.generators.diffusion_options import Sampling
from overseed.runs import Leaf, open_leaf, settings_record
from overseed.stages.agreement_text import agreement_text
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.labelled_series import draw_labelled, fit_filter, open_labelled
from overseed.stages.refined_labels import RefinedLabels, fit_refined
from overseed.stages.sample_agreement import (
    agreement_weights,
    discard_agreement,
    measure_agreement,
)
from overseed.stages.sample_files import Collected, export_samples, store_samples
from overseed.stages.sample_gallery import draw_sheet
from overseed.stages.sample_series import Series, draw_samples, fit_gate, open_series
from overseed.stages.train_generator import load_generator
from overseed.tiles.sampling import CropSampler
from overseed.tiles.split import TEST, TRAIN
from overseed.tiles.statistics import sample_pixels
from overseed.unlabelled import UNLABELLED

#: Real training tiles that synthetic ones' spectra are held against.
REAL_TILES = 192
PIXELS = 100_000
#: From this share of rejected samples on, the person is told what to try.
MOST_REJECTED = 0.5
#: From this share of real tiles on that the gate would reject, the person is told so.
MOST_REAL_REJECTED = 0.3


def synthesize(settings: SynthesizeSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/synthetic/<method>/seed-<n>``.

    Raises
    ------
    InputError
        ``diffusion.not-installed``, ``agreement.no-weights``, ``agreement.not-clip``,
        ``synthesize.no-rare``, ``synthesize.nothing-to-change``, ``synthesize.all-rejected``,
        ``pseudo-labels.unsure``, ``pseudo-labels.nothing-usable`` or ``classes.unknown`` in the target. What
        the folder held before stays as it was.
    """
    reporter = reporter or Reporter()
    reporter.stage("synthesize", "Synthesize samples of the rare classes")
    check_extras([settings.method])
    words = agreement_weights(settings)
    prepared = open_prepared(settings.run, settings.fold)
    if settings.export_tiles:
        check_folder(settings.export_tiles)
    folder = prepared.run.synthetic(settings.method, settings.seed)
    source = prepared.run.generator(settings.method, settings.seed)
    key = prepared.run.key_of(source, f"train-generator --method {settings.method}")
    count = settings.count or EFFORTS[settings.effort].samples
    record = without_foreign(settings_record(settings) | {"count": count}, [settings.method])
    del record["layouts" if settings.method in WITHOUT_LAYOUTS else "label_precision"]
    if settings.backgrounds == "any":
        # As it was before there was a choice.
        del record["backgrounds"]
    with open_leaf(
        folder, "synthesize", record, {"generator": key}, settings.seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            _fill(prepared, settings, count, leaf, reporter)
    if settings.export_tiles:
        export_samples(
            prepared, folder, settings.export_tiles, settings.method, settings.seed, reporter.check
        )
        reporter.artifact("folder", "tiles", settings.export_tiles)
    index = read_json(folder / "index.json")
    outputs = {
        "samples": str(folder),
        "count": index["count"],
        "achieved": index["achieved"],
        "fidelity": read_json(folder / "fidelity.json"),
    }
    if words is None:
        return outputs
    found = measure_agreement(prepared, settings, words, folder, reporter)
    text = f"Samples: {folder}\n{index['count']} samples\n{agreement_text(found)}"
    return outputs | {"agreement": found["classes"], "text": text}


def _fill(
    prepared: Prepared, settings: SynthesizeSettings, count: int, leaf: Leaf, reporter: Reporter
) -> None:
    without = settings.method in WITHOUT_LAYOUTS
    series = (open_labelled if without else open_series)(prepared, settings)
    device = choose_device(settings.device, settings.threads)
    generator = load_generator(
        prepared, settings.method, settings.seed, Sampling.of(settings_record(settings))
    )
    gate = fit_gate(prepared, series.takers, generator.learned, ajar=settings.method in CONTROLS)
    strict = gate.gate.figures["unseen_tiles_rejected"]
    if strict is not None and strict > MOST_REAL_REJECTED:
        reporter.warning(
            "synthesize.gate-strict",
            f"The gate would reject {strict:.0%} of real tiles that it has not seen: there is too little "
            "training ground to know how much the classes vary, so good samples are rejected too.",
        )
    strangers = gate.gate.strangers(series.takers)
    if strangers:
        reporter.warning(
            "synthesize.gate-blind",
            f"The gate's half of the training ground shows too little of {', '.join(strangers)}, so it cannot "
            "tell whether samples look like that. Draw more polygons of it in other places.",
        )
    found = Collected()
    common = gate, count, settings.seed, device, reporter
    refined: RefinedLabels | None = None
    if isinstance(generator, LabellingGenerator):
        chosen = fit_filter(
            prepared, series.takers, generator, settings.label_precision, device, reporter
        )
        series.labels = chosen.figures(prepared.table.names)
        samples = draw_labelled(prepared, series, generator, chosen, *common)
    else:
        refined = fit_refined(prepared, settings, series.takers, reporter)
        samples = draw_samples(prepared, series, generator, *common, refined)
    for sample in samples:
        found.add(sample)
    if refined is not None:
        series.labels = refined.figures()
    _check(series, found, count, reporter)
    leaf.begin()
    discard_agreement(leaf.folder)
    leaf.figures = {"gate": gate.figures(), "rejected_share": round(found.rejected_share, 4)}
    _store(prepared, series, found, leaf, reporter, device)


def _check(series: Series, found: Collected, count: int, reporter: Reporter) -> None:
    """Refuse a series without samples; say what to try when many were rejected."""
    if not found.generated and series.layouts is None:
        raise InputError(
            "pseudo-labels.nothing-usable",
            f"None of {series.passed_by.total()} images could be used, most often because "
            f"{series.passed_by.most_common(1)[0][0]}.",
            "Train the generator longer (--steps), be content with a lower --label-precision, or take a method "
            "that starts from labels, as spade.",
        )
    if not found.generated:
        raise InputError(
            "synthesize.nothing-to-change",
            "No training tile has parcels that could become a rare class.",
            "Draw more polygons of common classes, or use a smaller --tile-size.",
        )
    kinds = list(found.kinds.elements())
    if not found.accepted:
        raise InputError(
            "synthesize.all-rejected",
            f"All {found.generated} samples were rejected, most often because "
            f"{found.reasons.most_common(1)[0][0]}.",
            advice(kinds),
        )
    if found.rejected_share > MOST_REJECTED:
        reporter.warning(
            "synthesize.gate",
            f"{found.rejected_share:.0%} of {found.generated} samples were rejected, most often because "
            f"{found.reasons.most_common(1)[0][0]}. {advice(kinds)}",
        )
    if len(found.accepted) < count:
        reporter.warning(
            "synthesize.fewer",
            f"{len(found.accepted)} of {count} samples were made; "
            + (
                "the others were rejected."
                if found.kinds
                else "the training tiles have few parcels that can change."
                if series.layouts is not None
                else f"of the others, {series.passed_by.most_common(1)[0][0]}."
            ),
        )


def _store(
    prepared: Prepared,
    series: Series,
    found: Collected,
    leaf: Leaf,
    reporter: Reporter,
    device: Device,
) -> None:
    files, achieved = store_samples(prepared, series, found, leaf.folder)
    fidelity = judge_samples(
        prepared,
        np.stack([sample.image for sample in found.accepted]),
        np.stack([sample.labels for sample in found.accepted]),
        np.stack([sample.changed for sample in found.accepted]),
    )
    write_json(leaf.folder / "fidelity.json", fidelity)
    draw_sheet(prepared, series.takers, found, leaf.folder / "gallery.png")
    reporter.preview(leaf.folder / "gallery.png")
    leaf.figures |= {"fidelity": fidelity, "achieved": achieved.round(4).tolist()}
    leaf.finish([*files, "fidelity.json", "gallery.png"], reporter, device)


def judge_samples(
    prepared: Prepared,
    images: NDArray[Any],
    labels: NDArray[np.uint8],
    changed: NDArray[np.bool_],
) -> dict[str, Any]:
    """Fidelity on changed pixels inside the seam; the judge learns from real training pixels alone."""
    rng = np.random.default_rng(0)
    inner = inner_pixels(changed) & (labels != UNLABELLED)
    values = np.moveaxis(images, 1, -1)[inner]
    chosen = rng.permutation(len(values))[:PIXELS]
    agreement = label_agreement(
        sample_pixels(prepared.scenes, TRAIN, PIXELS, rng, labelled=True),
        sample_pixels(prepared.scenes, TEST, PIXELS, rng, labelled=True),
        (values[chosen], labels[inner][chosen]),
        prepared.table.names,
        prepared.table.rare_indices,
    )
    return {
        "lda": agreement,
        "spectral": fine_detail(
            patches(images, labels, inner),
            _real_patches(prepared, rng),
            list(zip(prepared.stats.names, prepared.native_bands(), strict=True)),
        ),
        "changed_share": round(float(changed.mean()), 4),
    }


def _real_patches(prepared: Prepared, rng: np.random.Generator) -> list[Patch]:
    """Patches of one class out of training tiles, drawn so that each class is met alike."""
    sampler = CropSampler(prepared.scenes, TRAIN, prepared.tile, "balanced")
    batch = sampler.draw(REAL_TILES, rng)
    return patches(batch.images, batch.labels, batch.labels != UNLABELLED)
