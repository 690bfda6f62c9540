"""`chips features`: every chip as the features of a network that has learned the classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overseed.chip_settings import ChipFeaturesSettings
from overseed.chips.chip_set import ChipSet
from overseed.devices import Device, choose_device
from overseed.efforts import EFFORTS
from overseed.events import Reporter
from overseed.runs import Leaf, fingerprint, open_leaf, settings_record
from overseed.stages.chips.chip_files import open_chips
from overseed.stages.chips.feature_files import features_of, write_features, write_network
from overseed.stages.chips.network_checks import refuse_one_class, refuse_size


def features(settings: ChipFeaturesSettings, reporter: Reporter | None = None) -> dict[str, Any]:
    """Fill ``RUN/split-0/features/seed-<n>``; returns the folder, how many chips and how many features.

    Raises
    ------
    InputError
        ``chips.one-class`` when there is nothing to learn, ``chips.network-size``, ``chips.features-broken``,
        or what :func:`~overseed.chips.networks.build_chip_network` refuses.
    """
    reporter = reporter or Reporter()
    reporter.stage("chips features", "Describe the chips by their features")
    prepared = open_chips(settings.run)
    steps = EFFORTS[settings.effort].chip_steps if settings.steps is None else settings.steps
    record = settings_record(settings) | {"steps": steps}
    if not steps:
        del record["batch"], record["learning_rate"]
    inputs: dict[str, Any] = {"chips prepare": prepared.key}
    if settings.weights not in ("imagenet", "none"):
        inputs["weights"] = fingerprint(Path(settings.weights))
    folder = prepared.run.chip_features(settings.seed)
    with open_leaf(folder, "chips features", record, inputs, settings.seed, settings.fresh) as leaf:
        if leaf is not None:
            if steps:
                refuse_one_class(
                    prepared.chips,
                    "Use --steps 0 to take the network's weights as they are, or prepare chips of another "
                    "class too.",
                )
            elif settings.weights == "none":
                reporter.warning(
                    "chips.random-features",
                    "The features are those of a network with random weights, as --weights none and --steps 0 "
                    "ask.",
                )
            _fill(prepared.chips, settings, steps, leaf, reporter)
    found = features_of(prepared, settings.seed)[1]
    outputs = {"features": str(folder), "chips": len(found), "length": found.shape[1]}
    text = f"{found.shape[1]} features of each of {len(found)} chips: {folder}"
    return outputs | {"text": text}


def _fill(
    chips: ChipSet, settings: ChipFeaturesSettings, steps: int, leaf: Leaf, reporter: Reporter
) -> None:
    import torch

    from overseed.chips.chip_features import features_of_chips
    from overseed.chips.networks import ChipNetwork, build_chip_network
    from overseed.training.checkpoints import discard_checkpoint

    device = choose_device(settings.device, settings.threads)
    network = build_chip_network(
        settings.network, chips.bands, len(chips.table),
        torch.Generator().manual_seed(settings.seed), settings.weights,
    )  # fmt: skip
    refuse_size(network, chips, settings.network)
    leaf.begin()
    files = []
    if steps:
        network = _tuned(network, chips, settings, steps, leaf, device, reporter)
        files.append("training.jsonl")
    assert isinstance(network, ChipNetwork)
    found = features_of_chips(
        network, chips, device, lambda done, total: reporter.progress(done, total, "chip")
    )
    about = {
        "network": settings.network,
        "bands": list(chips.stats.names),
        "classes": chips.table.names,
        "steps": steps,
    }
    files += [write_features(leaf.folder, found), write_network(leaf.folder, network, about)]
    leaf.figures["length"] = found.shape[1]
    leaf.finish(files, reporter, device)
    discard_checkpoint(leaf.folder)


def _tuned(
    network: Any,
    chips: ChipSet,
    settings: ChipFeaturesSettings,
    steps: int,
    leaf: Leaf,
    device: Device,
    reporter: Reporter,
) -> Any:
    """The network after training, in the state that the validation side found best.

    Chips come as often as they are, not rare ones more often: seen again and again a few of them would be known
    by heart, and those that look like others would no longer lie among these.
    """
    from overseed.chips.classifier_training import ClassifierPlan, train_classifier

    plan = ClassifierPlan(
        steps=steps,
        seed=settings.seed,
        key=leaf.key,
        rare=tuple(chips.table.rare_indices),
        flips=True,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
    )
    trained = train_classifier(
        network, chips, plan, device, leaf.folder, reporter.progress, reporter.metric
    )
    leaf.figures = {**trained.figures, "best_step": trained.best_step}
    return trained.network
