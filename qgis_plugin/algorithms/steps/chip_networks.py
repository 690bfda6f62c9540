"""Steps that train networks on chips, make synthetic ones, and look over rasters chip by chip."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...texts import tr
from ..fields import Field
from ..table import CHIPS, Result, Table
from .chips import chip_network, chip_run
from .common import device, effort, run_again, seed

#: The engine's commands; some have a setting of the same name for different things.
TRAIN_GAN, SAMPLE = "chips train-gan", "chips sample"
GANS = tuple(
    f"{gan}{condition}"
    for gan in ("dcgan", "wgan", "wgan-gp", "sagan")
    for condition in ("", "-class", "-cluster")
)
#: Ways to treat rare classes; people may join several.
PARTS_OF_ARMS = ("weighted", "oversample", "flips", *GANS)


def train_chip_gan() -> Table:
    return Table(
        name="trainchipgan",
        label=tr("Train chip GAN and make chips"),
        command=TRAIN_GAN,
        then=SAMPLE,
        help=tr(
            "Trains a generative adversarial network on the training chips, then makes synthetic chips with it "
            "and says how near they come to real ones. What it is told, a class or a cluster, decides what can "
            "be asked of it; for clusters, run “Cluster chips” first."
        ),
        tags="gan,dcgan,wgan,sagan,synthetic,samples,augmentation",
        fields=(
            chip_run(),
            Field("GAN", tr("Kind of GAN"), "choice", "gan"),
            Field("CONDITION", tr("What it is told"), "choice", "condition"),
            Field(
                "OF",
                tr("Classes to make chips of, separated by commas"),
                "texts",
                "of",
                tr("Left empty, the rare ones."),
                optional=True,
                command=SAMPLE,
            ),
            Field("COUNT", tr("Number of chips of each class"), "integer", "count", optional=True),
            effort(),
            Field(
                "LEARN_FROM",
                tr("Classes to learn from, separated by commas"),
                "texts",
                "of",
                tr(
                    "Left empty, all classes; a GAN that is told nothing learns from the rare ones alone."
                ),
                optional=True,
                advanced=True,
                command=TRAIN_GAN,
            ),
            Field("CONDITIONING", tr("How it is told"), "choice", "conditioning", advanced=True),
            Field(
                "STEPS",
                tr("Updates of the generator"),
                "integer",
                "steps",
                optional=True,
                advanced=True,
            ),
            Field(
                "CRITIC_STEPS",
                tr("Updates of the discriminator for each"),
                "integer",
                "critic_steps",
                optional=True,
                advanced=True,
            ),
            Field("BATCH", tr("Chips in a step"), "integer", "batch", advanced=True),
            Field("WIDTH", tr("Channels of the networks"), "integer", "width", advanced=True),
            Field("LATENT", tr("Length of the random vector"), "integer", "latent", advanced=True),
            Field(
                "LEARNING_RATE",
                tr("Learning rate"),
                "number",
                "learning_rate",
                optional=True,
                advanced=True,
            ),
            Field(
                "CLUSTER",
                tr("Clusters to make chips of, separated by commas"),
                "texts",
                "cluster",
                tr(
                    "Numbers of clusters, instead of all of a class; only for a GAN that is told the cluster."
                ),
                optional=True,
                advanced=True,
            ),
            Field(
                "TRUNCATION", tr("Truncation"), "number", "truncation", optional=True, advanced=True
            ),
            Field(
                "MEASURE_BY",
                tr("Network to measure distances by"),
                "file",
                "weights",
                tr(
                    "A file with weights; how near synthetic chips come to real ones is measured in its "
                    "features. Left empty, in those of the ImageNet network."
                ),
                optional=True,
                advanced=True,
            ),
            Field("FORCE", tr("FID of few chips too"), "flag", "force", advanced=True),
            seed(),
            device(),
            Field(
                "TILES",
                tr("Chips as GeoTIFF files"),
                "folder out",
                "export_tiles",
                tr("The synthetic chips as files too, in one folder per class."),
                optional=True,
            ),
        ),
        results=(
            run_again(),
            Result("GENERATOR", tr("Generator"), "folder", lambda outputs, _: outputs["generator"]),
            Result(
                "SAMPLES", tr("Synthetic chips"), "folder", lambda outputs, _: outputs["samples"]
            ),
            Result(
                "MADE", tr("Number of chips made"), "number", lambda outputs, _: outputs["count"]
            ),
            Result("KID", tr("Distance to real chips (KID)"), "number", _kid),
            Result(
                "WAY",
                tr("Name of this GAN in “Train chip classifier”"),
                "text",
                lambda outputs, _: Path(outputs["generator"]).parent.name,
            ),
        ),
        group=CHIPS,
    )


def classify_chips() -> Table:
    return Table(
        name="classifychips",
        label=tr("Train chip classifier"),
        command="chips classify-chips",
        help=tr(
            "Trains a classifier of chips, with or without synthetic ones, chooses its threshold on validation "
            "chips, and scores it on test chips that no step has seen. Chips of a GAN must have been made "
            "before."
        ),
        tags="classification,deep learning,scenes,imbalance,average precision",
        fields=(
            chip_run(),
            Field(
                "AUGMENT",
                tr("How rare classes are treated"),
                "choices",
                "augment",
                tr(
                    "Several ways can be joined; none is plain training. “weighted” makes errors on rare "
                    "classes dearer, “oversample” shows their chips more often, “flips” mirrors and turns "
                    "chips; the others add the chips of a GAN."
                ),
                optional=True,
                more={"options": PARTS_OF_ARMS},
            ),
            Field("SHARE", tr("Share of synthetic chips"), "number", "share", advanced=True),
            Field(
                "GAN_SEED",
                tr("Seed of the GAN"),
                "integer",
                "gan_seed",
                optional=True,
                advanced=True,
            ),
            effort(),
            *chip_network(tr("Steps")),
            seed(),
            device(),
        ),
        results=(
            run_again(),
            Result("MODEL", tr("Model"), "file", _model_file),
            Result(
                "RARE_F1",
                tr("Mean F1 of rare classes, test chips"),
                "number",
                _score("rare_macro_f1"),
            ),
            Result(
                "AVERAGE_PRECISION",
                tr("Mean average precision of rare classes, test chips"),
                "number",
                _score("rare_macro_average_precision"),
            ),
            Result(
                "F1_AT_THRESHOLD",
                tr("Mean F1 of rare classes at their thresholds, test chips"),
                "number",
                _score("f1_at_threshold"),
            ),
            Result(
                "MACRO_F1", tr("Mean F1 of all classes, test chips"), "number", _score("macro_f1")
            ),
            Result(
                "OTHER_RARE_F1",
                tr("Mean F1 of rare classes, other region"),
                "number",
                _score("rare_macro_f1", "other_region"),
            ),
            Result(
                "OTHER_AVERAGE_PRECISION",
                tr("Mean average precision of rare classes, other region"),
                "number",
                _score("rare_macro_average_precision", "other_region"),
            ),
        ),
        group=CHIPS,
    )


def map_chips() -> Table:
    return Table(
        name="mapchips",
        label=tr("Heat map of chips"),
        command="chips map",
        help=tr(
            "Looks over a raster of any size chip by chip, and maps in percent how likely each place is of a "
            "class. Its hottest places are where to look first."
        ),
        tags="heat map,detection,search,objects,probability,onnx",
        fields=(
            Field(
                "RASTER",
                tr("Raster layer"),
                "raster",
                "raster",
                tr(
                    "The image to look over. Its bands are matched to the model's by name, else by their order."
                ),
            ),
            Field(
                "MODEL",
                tr("Model"),
                "file",
                "model",
                tr("A model.onnx that “Train chip classifier” has made."),
                more={"filter": "ONNX (*.onnx)"},
            ),
            Field("OF", tr("Class to look for"), "text", "of", optional=True),
            Field("STEP", tr("Pixels from chip to chip"), "integer", "step", optional=True),
            device(),
            Field(
                "OUTPUT",
                tr("Heat map"),
                "raster out",
                "out",
                tr(
                    "A GeoTIFF with the probability in percent; colours come from the style beside it."
                ),
            ),
        ),
        results=(
            Result(
                "CLASS",
                tr("Class that was looked for"),
                "text",
                lambda outputs, _: outputs["class"],
            ),
        ),
        group=CHIPS,
    )


def _kid(outputs: dict, _: dict) -> Any:
    """None where there are too few real chips to say it."""
    found = outputs["fidelity"]["all"]
    return found["estimate"][0] if found else None


def _model_file(outputs: dict, _: dict) -> str:
    return str(Path(outputs["model"]) / "model.onnx")


def _score(name: str, side: str = "test") -> Callable[[dict, dict], Any]:
    """Takes a score; None where a side has no chips, or none of the classes."""

    def pick(outputs: dict, _: dict) -> Any:
        found = outputs["scores"][side]
        return found[name] if found else None

    return pick
