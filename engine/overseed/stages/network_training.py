"""One arm's network: trained alone or by a team of processes, calibrated, scored and exported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from overseed.arms import parse_arm
from overseed.config import TrainSettings
from overseed.devices import Device, choose_device, team_place
from overseed.events import Reporter
from overseed.runs import Leaf
from overseed.segmentation.calibration import Priors, calibrate
from overseed.segmentation.network import RANDOM, SpectralUNet, adopt, build_network
from overseed.segmentation.training_loop import Trained, TrainingPlan, fit
from overseed.stages.arm_data import open_arm
from overseed.stages.arm_scores import predict_side, write_scores
from overseed.stages.context import Prepared
from overseed.stages.initial import initial_file
from overseed.stages.share_search import search_share
from overseed.tiles.split import TEST, VALIDATION
from overseed.training.team import Team, form_team


@dataclass(frozen=True)
class NetworkTraining:
    """What is to be trained, and where: ``key`` tells its checkpoints from those of other settings."""

    prepared: Prepared
    settings: TrainSettings
    steps: int
    folder: Path
    key: str
    reporter: Reporter

    def help(self) -> None:
        """Be one of the further processes of a shared training."""
        device = choose_device(self.settings.device, self.settings.threads)
        team = form_team(device)
        if team.any(False):
            self._fit(device, team)
        team.wait()

    def fill(self, leaf: Leaf | None) -> None:
        """Train, calibrate, score and export; without a leaf only tell a team that nothing is to be done."""
        from overseed.segmentation.export import export_model
        from overseed.training.checkpoints import discard_checkpoint

        if leaf is None and team_place()[1] < 2:
            return
        prepared, settings, reporter = self.prepared, self.settings, self.reporter
        device = choose_device(settings.device, settings.threads)
        team = form_team(device)
        if not team.any(leaf is not None) or leaf is None:
            team.wait()
            return
        fitted = self._fit(device, team)
        trained, priors = fitted.trained, fitted.priors
        validation = predict_side(trained.network, prepared, VALIDATION, device, reporter)
        calibration = calibrate(
            validation.logits, validation.labels, priors, prepared.table.rare_indices
        )
        test = predict_side(trained.network, prepared, TEST, device, reporter)
        arm = parse_arm(settings.augment)
        scores = write_scores(
            prepared, leaf, arm.name, calibration, validation, test, trained.best_step
        )
        leaf.figures = {
            **trained.figures,
            **fitted.figures,
            "best_step": trained.best_step,
            "temperature": round(calibration.temperature, 4),
            "correction": calibration.correction,
            "trained_share": priors.trained.round(5).tolist(),
            "real_share": priors.real.round(5).tolist(),
        }
        about = {
            "arm": arm.name,
            "seed": settings.seed,
            "synthetic": bool(arm.samples),
            "architecture": settings.architecture,
            "encoder": settings.encoder,
            "pixel_metres": prepared.pixel_metres(),
            "nodata": prepared.nodata(),
            "priors": priors.real.round(6).tolist(),
            "training": {
                "steps": trained.best_step,
                "real_crops": trained.figures["real_crops"],
                "synthetic_crops": trained.figures["synthetic_crops"],
                "validation_f1": scores["validation"]["rare_macro_f1"],
                "test_iou": [c["iou"] for c in scores["classes"]],
            },
        }
        export_model(
            trained.network, trained.last, prepared.table, prepared.recipe, prepared.stats, calibration,
            prepared.tile, about, leaf.folder,
        )  # fmt: skip
        files = [
            "model.onnx", "model.safetensors", "last.safetensors", "model.md",
            "training.jsonl", "scores.json", "blocks.npz",
        ]  # fmt: skip
        leaf.finish(files, reporter, device)
        discard_checkpoint(leaf.folder)
        team.wait()

    def _fit(self, device: Device, team: Team) -> _Fitted:
        """The training itself, which all processes of a team do alike."""
        prepared, settings, reporter = self.prepared, self.settings, self.reporter
        data = open_arm(prepared, parse_arm(settings.augment), settings, device, reporter)

        def plan_with(share: float) -> TrainingPlan:
            return TrainingPlan(
                steps=self.steps,
                seed=settings.seed,
                key=self.key,
                loss=data.loss,
                priors=data.priors(share),
                rare=tuple(prepared.table.rare_indices),
                share=share if data.synthetic is not None else 0.0,
                synthetic_first=settings.order == "synthetic-first",
                schedule=settings.schedule,
                learning_rate=settings.learning_rate,
                batch=settings.batch,
                patience=settings.patience,
                frozen_norm=settings.freeze_norm,
            )

        def fit_with(plan: TrainingPlan, place: Path) -> Trained:
            return fit(
                _network(prepared, settings, reporter), data.real, data.synthetic, prepared.scenes,
                prepared.blocks[VALIDATION], len(prepared.table), prepared.stats, plan, device, place,
                reporter.progress, reporter.metric, team,
            )  # fmt: skip

        figures: dict[str, Any] = {}
        if data.synthetic is None:
            share = 0.0
        elif settings.share == "auto":
            share, scores = search_share(
                lambda plan, place: fit_with(plan, place).figures["validation_score"],
                plan_with, self.folder, team,
            )  # fmt: skip
            figures["share_scores"] = scores
        else:
            share = float(settings.share)
        plan = plan_with(share)
        return _Fitted(fit_with(plan, self.folder), plan.priors, figures | {"share": share})


@dataclass(frozen=True)
class _Fitted:
    trained: Trained
    priors: Priors
    figures: dict[str, Any]


def _network(prepared: Prepared, settings: TrainSettings, reporter: Reporter) -> SpectralUNet:
    """The network that a training starts from."""
    weights = settings.encoder_weights
    if weights == RANDOM and settings.initial is None:
        reporter.warning(
            "train.random-encoder",
            f"The encoder {settings.encoder} starts from random weights, as --encoder-weights none asks.",
        )
    if settings.initial is not None:
        weights = RANDOM
    network = build_network(
        settings.encoder, len(prepared.stats.names), len(prepared.table),
        torch.Generator().manual_seed(settings.seed), settings.architecture, weights,
    )  # fmt: skip
    if settings.initial is not None:
        adopt(
            network,
            initial_file(settings.initial),
            (settings.architecture, settings.encoder),
            prepared.stats.names,
            prepared.table.names,
        )
    return network
