"""`fidelity`: how faithful synthetic samples are, in figures and on one page of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from overseed.arms import NONE
from overseed.assessment.frechet import LEAST
from overseed.assessment.sample_quality import Features, verdicts
from overseed.config import FidelitySettings
from overseed.devices import Device, choose_device
from overseed.events import Reporter
from overseed.files import json_values, read_json, whole, write_json
from overseed.generators.contract import LabellingGenerator
from overseed.generators.diffusion_options import Sampling
from overseed.runs import RECORD, Leaf, fingerprint, open_leaf, settings_record
from overseed.stages.context import Prepared, open_prepared
from overseed.stages.initial import initial_file
from overseed.stages.measured_samples import (
    IMAGENET,
    UNET,
    Samples,
    figures,
    gather_ground,
    imagenet_encoder,
    load_samples,
    trained_encoder,
    ungated_samples,
)
from overseed.stages.sample_review import BY_HAND, kept_samples, rejected_by_hand
from overseed.stages.train_generator import load_generator

#: Samples that the gate let through, and all that were made.
ACCEPTED, ALL = "accepted", "all"
OWN = "weights"
OUTPUTS = ["fidelity.json", "fidelity.png"]


def fidelity(settings: FidelitySettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/fidelity/<method>/seed-<n>``.

    Samples as the gate let them through, and all that were made where these were kept, are held against real
    ground on changed pixels inside the seam.

    Returns
    -------
    ``fidelity`` (the JSON file), ``page`` (the picture), ``verdicts`` of the accepted samples, ``text``.

    Raises
    ------
    InputError
        ``run.stage-missing``, ``fidelity.bands``, or what refuses the network of ``weights``.
    """
    reporter = reporter or Reporter()
    prepared = open_prepared(settings.run, settings.fold)
    method, seed = settings.method, settings.seed
    own = None if settings.weights is None else initial_file(settings.weights)
    source = prepared.run.synthetic(method, seed)
    inputs: dict[str, Any] = {
        "samples": prepared.run.key_of(source, f"synthesize --method {method}"),
        "unet": _unet_key(prepared, seed),
        "weights": None if own is None else fingerprint(own),
    }
    if rejected_by_hand(source):
        inputs["samples" + BY_HAND] = rejected_by_hand(source)
    folder = prepared.run.fidelity(method, seed)
    with open_leaf(
        folder, "fidelity", settings_record(settings), inputs, seed, settings.fresh
    ) as leaf:
        if leaf is not None:
            _fill(prepared, settings, own, leaf, reporter)
    return _outputs(folder)


def _unet(prepared: Prepared, seed: int) -> Path:
    """The network that was trained on this run's real tiles with the same seed."""
    return prepared.run.model(NONE, seed) / "model.safetensors"


def _unet_key(prepared: Prepared, seed: int) -> str | None:
    if not _unet(prepared, seed).is_file():
        return None
    return prepared.run.key_of(prepared.run.model(NONE, seed), "train --augment none")


def _fill(
    prepared: Prepared,
    settings: FidelitySettings,
    own: Path | None,
    leaf: Leaf,
    reporter: Reporter,
) -> None:
    from overseed.reporting.fidelity_page import draw_fidelity

    method, seed = settings.method, settings.seed
    device = choose_device(settings.device, settings.threads)
    made = read_json(prepared.run.synthetic(method, seed) / RECORD)["settings"]
    generator = load_generator(prepared, method, seed, Sampling.of(made))
    reporter.stage("fidelity", "Look at real ground")
    encoders, notes = _encoders(prepared, own, seed, device, reporter)
    ground = gather_ground(prepared, encoders, seed, device.threads)
    if isinstance(generator, LabellingGenerator):
        notes.append(
            f"{method} fills no layouts, so there is no diversity of one layout's versions to measure."
        )
    source = prepared.run.synthetic(method, seed)
    accepted = load_samples(source)
    kept = kept_samples(source, len(accepted.images))
    if len(kept) < len(accepted.images):
        notes.append(
            f"{len(accepted.images) - len(kept)} samples that were rejected by hand are not among the accepted."
        )
        accepted = Samples(accepted.images[kept], accepted.labels[kept], accepted.changed[kept])
    sets: dict[str, Samples] = {ACCEPTED: accepted}
    every = ungated_samples(source)
    if every is not None:
        sets[ALL] = every
    found: dict[str, Any] = {}
    for number, (name, samples) in enumerate(sets.items(), start=1):
        reporter.stage("fidelity", f"Measure samples ({name})", number, len(sets))
        rng = np.random.default_rng([seed, 0x71])
        found[name] = figures(
            samples, ground, prepared, generator, rng, device, settings.force,
            lambda done, total: reporter.progress(done, total, "version"),
        )  # fmt: skip
        found[name]["verdicts"] = verdicts(found[name])
        reporter.check()
    result = {
        "method": method,
        "seed": seed,
        "classes": prepared.table.names,
        "rare": [prepared.table.names[i] for i in prepared.table.rare_indices],
        "notes": notes + _notes(found[ACCEPTED]),
        "kid": found[ACCEPTED]["kid"],
        "sets": found,
    }
    leaf.begin()
    write_json(leaf.folder / "fidelity.json", json_values(result))
    with whole(leaf.folder / "fidelity.png") as partial:
        draw_fidelity(json_values(result), prepared.table.colours, partial)
    reporter.preview(leaf.folder / "fidelity.png")
    leaf.figures = {"verdicts": json_values(found[ACCEPTED]["verdicts"])}
    leaf.finish(OUTPUTS, reporter, device)


def _encoders(
    prepared: Prepared, own: Path | None, seed: int, device: Device, reporter: Reporter
) -> tuple[dict[str, Features], list[str]]:
    """Feature extractors by name, and sentences on what they see."""
    imagenet, shown = imagenet_encoder(prepared, device)
    found = {IMAGENET: imagenet}
    notes = [f"The ImageNet encoder sees {', '.join(shown)} as red, green and blue."]
    if _unet(prepared, seed).is_file():
        found[UNET] = trained_encoder(prepared, _unet(prepared, seed), device)
    else:
        notes.append(
            "No network of this run was trained on real samples alone, so none sees all bands."
        )
        reporter.warning(
            "fidelity.no-unet",
            f"{notes[-1]} Run 'overseed train {prepared.run.root} --augment none --seed {seed}' first, and the "
            "samples are measured in its features too.",
        )
    if own is not None:
        found[OWN] = trained_encoder(prepared, own, device)
    return found, notes


def _notes(measured: dict[str, Any]) -> list[str]:
    """What could not be said, in sentences."""
    notes = []
    for encoder, row in measured["kid"].items():
        if row is None:
            notes.append(f"Too few crops for distances in the features of {encoder}.")
        elif row["fid"] is None:
            notes.append(
                f"No Fréchet distance (FID) in the features of {encoder}: {min(row['pool'])} crops, {LEAST} "
                "are the least that it means anything with."
            )
    if measured["missing"]:
        notes.append(f"No sample holds {', '.join(measured['missing'])}.")
    return notes


def _outputs(folder: Path) -> dict[str, Any]:
    from overseed.stages.fidelity_text import as_text

    result = read_json(folder / "fidelity.json")
    return {
        "fidelity": str(folder / "fidelity.json"),
        "page": str(folder / "fidelity.png"),
        "verdicts": result["sets"][ACCEPTED]["verdicts"],
        "text": as_text(result, folder / "fidelity.png"),
    }
