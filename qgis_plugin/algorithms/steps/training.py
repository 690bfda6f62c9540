"""Steps that train networks, compare ways to train them, and tell of a whole run."""

from pathlib import Path
from typing import Any

from ...texts import tr
from ..fields import Field
from ..table import Result, Table
from .common import device, effort, pipeline, run, run_again, seed

#: Arms that people choose from; others can be written in `compareaugmentations`.
ARMS = (
    "none",
    "weighted",
    "focal",
    "logit-adjust",
    "oversample",
    "copy-paste",
    "statistical",
    "replace",
    "pix2pix",
    "spade",
    "pseudo-labels",
    "diffusion",
    "sd-inpaint",
    "oversample+copy-paste",
    "oversample+spade",
    "random-forest",
)


def train_segmentation() -> Table:
    return Table(
        name="trainsegmentation",
        label=tr("Train segmentation network"),
        command="train",
        help=tr(
            "Trains a network on the real ground, with or without synthetic samples, and scores it on ground "
            "that no step has seen. Samples of a method must have been synthesized before."
        ),
        tags="u-net,deep learning,segmentation,training",
        fields=(
            run(),
            Field(
                "AUGMENT",
                tr("How imbalance is treated"),
                "choice",
                "augment",
                more={"options": ARMS},
            ),
            effort(),
            Field("ARCHITECTURE", tr("Architecture"), "choice", "architecture", advanced=True),
            Field("ENCODER", tr("Encoder"), "text", "encoder", advanced=True),
            Field(
                "ENCODER_WEIGHTS", tr("Encoder weights"), "text", "encoder_weights", advanced=True
            ),
            Field("LOSS", tr("Loss"), "text", "loss", advanced=True),
            Field("SHARE", tr("Share of synthetic samples"), "text", "share", advanced=True),
            Field("STEPS", tr("Steps"), "integer", "steps", optional=True, advanced=True),
            Field("BATCH", tr("Crops in a step"), "integer", "batch", advanced=True),
            seed(),
            device(),
        ),
        results=(
            run_again(),
            Result("MODEL", tr("Model"), "file", _model_file),
            Result(
                "RARE_F1",
                tr("Mean F1 of rare classes, test blocks"),
                "number",
                _score("rare_macro_f1"),
            ),
            Result(
                "MACRO_F1", tr("Mean F1 of all classes, test blocks"), "number", _score("macro_f1")
            ),
        ),
    )


def compare_augmentations() -> Table:
    return Table(
        name="compareaugmentations",
        label=tr("Compare augmentations"),
        command="compare",
        help=tr(
            "Trains every way to treat imbalance on the same ground with the same steps and says what each is "
            "worth, with intervals. This takes long: each training several minutes. What is finished is kept."
        ),
        tags="comparison,imbalance,augmentation,statistics",
        fields=(
            run(),
            Field("ARMS", tr("Ways to compare"), "text", "arms"),
            Field("TRAININGS", tr("Trainings of each"), "integer", "seeds"),
            effort(),
            Field("STEPS", tr("Steps"), "integer", "steps", optional=True, advanced=True),
            Field("BATCH", tr("Crops in a step"), "integer", "batch", advanced=True),
            Field("JOBS", tr("Trainings side by side"), "integer", "jobs", advanced=True),
            *pipeline(),
            seed(),
            device(),
        ),
        results=(
            run_again(),
            Result(
                "COMPARISON", tr("Comparison"), "file", lambda outputs, _: outputs["comparison"]
            ),
            Result("VERDICT", tr("What it says"), "text", lambda outputs, _: outputs["verdict"]),
        ),
    )


def make_report() -> Table:
    return Table(
        name="makereport",
        label=tr("Make report"),
        command="report",
        help=tr("Writes one web page about everything that was done in a run folder."),
        tags="report,html",
        fields=(
            run(),
            Field("TITLE", tr("Title"), "text", "title", optional=True),
            Field("OUTPUT", tr("Report"), "file out", "out", more={"filter": "HTML (*.html)"}),
        ),
        results=(run_again(),),
    )


def _model_file(outputs: dict, _: dict) -> Any:
    path = Path(outputs["model"]) / "model.onnx"
    return str(path) if path.is_file() else None


def _score(name: str) -> Any:
    return lambda outputs, _: (outputs.get("scores") or {}).get(name)
