"""Settings of the commands, each with its type, limits, default and one sentence.

Those for maps are in :mod:`overseed.map_settings`, those for chips in :mod:`overseed.chip_settings`. The
command line, ``run.yaml``, the help pages and the JSON Schema for the QGIS plugin are made from these models;
nothing else may define an option.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from overseed.arms import parse_arm, parse_arms
from overseed.diffusion_settings import (
    DIFFUSION,
    AgreementSettings,
    DiffusionSampling,
    DiffusionTraining,
    refuse_foreign,
)
from overseed.setting_types import (
    ArmName,
    ArmNames,
    LabelsName,
    Length,
    LossName,
    MappingArm,
    Numbers,
    RasterName,
    Share,
    Target,
)

Effort = Literal["quick", "normal", "thorough"]
Method = Literal[
    "spade",
    "pix2pix",
    "statistical",
    "replace",
    "copy-paste",
    "pseudo-labels",
    "diffusion",
    "sd-inpaint",
]
#: Methods, and the controls of a comparison, which nobody would want for anything else.
SampleMethod = Literal[Method, "layout-only", "noise"]
#: Methods that look at crops instead of training a network.
WITHOUT_NETWORK: tuple[SampleMethod, ...] = (
    "statistical",
    "replace",
    "copy-paste",
    "layout-only",
    "noise",
)
#: Methods whose images come before their labels: there is no layout to change.
WITHOUT_LAYOUTS: tuple[SampleMethod, ...] = ("pseudo-labels",)
Layouts = Literal[
    "auto", "reassign", "resize", "move", "paste", "simulate", "box", "ellipse", "blob"
]
Backgrounds = Literal["any", "similar"]


def argument(description: str, **limits: Any) -> Any:
    """Field that the command line takes by position; a list takes all that are left."""
    return Field(description=description, json_schema_extra={"argument": True}, **limits)


class Settings(BaseModel):
    """What all commands share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(
        0, description="Seed of every random draw: split, crops, weights, layouts."
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="Where the networks run; auto takes a GPU when there is one."
    )
    threads: Annotated[int, Field(ge=0)] = Field(
        0, description="Processor threads to use; 0 means all cores."
    )
    effort: Effort = Field(
        "normal", description="How long to train: quick for a look, thorough for a result."
    )
    fresh: bool = Field(False, description="Ignore finished stages and checkpoints and start anew.")


class DataSettings(Settings):
    """Which rasters and which labels."""

    raster: list[RasterName] = Field(
        min_length=1,
        description="Raster to learn from and to map; repeat for several scenes. Several files of one place "
        "go in one value, as 'a.tif;b.tif' or a pattern in quotes; Sentinel-2 .SAFE and Landsat products "
        "too.",
    )
    labels: list[LabelsName] = Field(
        min_length=1,
        description="Class polygons (path or path|layername=NAME) or a label raster; repeat to pair "
        "with the rasters in order, or give one vector layer for all.",
    )
    class_field: str | None = Field(
        None, description="Field of the polygons that holds the class, as text or whole number."
    )
    colour_field: str | None = Field(
        None, description="Field of the polygons that holds the class's colour."
    )
    classes: Path | None = Field(
        None,
        description="Class table (CSV with the columns value, name, code, colour, rare, use) that renames, "
        "merges, drops or recolours classes; 'inspect --write-classes' writes one to edit.",
    )
    rest_as: str | None = Field(
        None, description="Makes everything outside the polygons a class of this name."
    )
    rare_below: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="Classes below this share of the labelled pixels are rare."
    )
    rare: list[str] = Field(
        default_factory=list, description="Name of a rare class, instead of --rare-below; repeat."
    )
    bands: list[str] = Field(
        default_factory=list,
        description="Band to use, by number (from 1) or name; repeat. All bands when left out.",
    )
    index: list[str] = Field(
        default_factory=list,
        description="Spectral index as a further band: NDVI, NDWI, NDBI, or NAME=FORMULA such as "
        "'wet=nd(green, swir1)'; repeat.",
    )
    resolution: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Pixel size in metres that every raster is resampled to; each keeps its own grid if "
        "left out.",
    )


class InspectSettings(DataSettings):
    """Look at rasters and labels: class table, shares, and what is wrong, in words."""

    write_classes: Path | None = Field(
        None,
        description="Write the class table to this CSV file, to edit and to pass to --classes.",
    )


class SplitSettings(DataSettings):
    """How the ground is cut into tiles and blocks."""

    tile_size: Annotated[int, Field(ge=32, le=1024)] = Field(
        128, description="Side of a tile in pixels."
    )
    block_size: Length | None = Field(
        None,
        description="Side of a block of the split in pixels, or in metres as 5000m; chosen from the scene if "
        "left out.",
    )
    val: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.2, description="Share of the ground for validation."
    )
    test: Annotated[float, Field(gt=0, lt=0.6)] = Field(
        0.25, description="Share of the ground for the test."
    )
    test_raster: list[RasterName] = Field(
        default_factory=list,
        description="One of the rasters, which is held out as test ground as a whole; repeat.",
    )
    test_area: LabelsName | None = Field(
        None, description="Polygon layer; blocks that it touches are the test ground."
    )
    rest_share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5,
        description="Share of a training tile's pixels that may carry the label of --rest-as; the surplus "
        "is left unlabelled.",
    )

    @model_validator(mode="after")
    def _ground_is_left_for_training(self) -> Self:
        if self.val + self.test > 0.8:
            raise ValueError("--val and --test together leave less than 20 % for training")
        return self


class PrepareSettings(SplitSettings):
    """Cut the scene into training, validation and test ground and store it as tiles."""

    run: Path = argument("Run folder.")
    folds: Annotated[int, Field(ge=1, le=20)] = Field(
        1, description="Number of splits whose test ground covers all blocks once."
    )

    @model_validator(mode="after")
    def _one_kind_of_test_ground(self) -> Self:
        if self.folds > 1 and (self.test_raster or self.test_area):
            raise ValueError("--folds and held-out test ground exclude each other")
        return self


class TrainGeneratorSettings(DiffusionTraining, Settings):
    """Train a generator of labelled samples on the training blocks."""

    run: Path = argument("Run folder.")
    fold: Annotated[int, Field(ge=0)] = Field(
        0, description="Which of prepare's --folds to work on, from 0."
    )
    method: SampleMethod = Field("spade", description="How samples are made.")
    steps: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Optimizer steps, or batches of crops to look at for statistical, replace and copy-paste; "
        "set by --effort if left out.",
    )
    pretrain: Annotated[float, Field(ge=0, le=0.9)] = Field(
        0.0,
        description="Share of the steps, the first ones, in which spade and pix2pix learn from unlabelled "
        "training ground too.",
    )
    export_model: Path | None = Field(
        None,
        description="For sd-inpaint: also write the model with what it has learned as one .safetensors file, "
        "which other programs read too.",
    )

    @model_validator(mode="after")
    def _settings_are_of_the_method(self) -> Self:
        if self.pretrain and self.method in (*WITHOUT_LAYOUTS, *DIFFUSION):
            raise ValueError(f"--pretrain is for spade and pix2pix, not for {self.method}")
        refuse_foreign(self, [self.method])
        return self


class SynthesizeSettings(AgreementSettings, DiffusionSampling, Settings):
    """Make labelled samples of the rare classes with a trained generator."""

    run: Path = argument("Run folder.")
    fold: Annotated[int, Field(ge=0)] = Field(
        0, description="Which of prepare's --folds to work on, from 0."
    )
    method: SampleMethod = Field("spade", description="How samples are made.")
    target: Target = Field(
        "equal",
        description="Class shares to aim at in the samples: equal, sqrt (of the real shares), or "
        "NAME=SHARE,NAME=SHARE.",
    )
    count: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Number of samples; set by --effort if left out."
    )
    layouts: Layouts = Field(
        "auto",
        description="How samples get more of the rare classes: reassign parcels of others, resize or move "
        "their own, paste their shapes, simulate parcels, or draw boxes, ellipses or fractal blobs of their "
        "sizes; auto takes what fits the scene.",
    )
    backgrounds: Backgrounds = Field(
        "any",
        description="Where parcels are sown: any ground that suits the layout, or only where the image around "
        "looks like that around real parcels of the class.",
    )
    label_precision: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        0.9,
        description="For pseudo-labels: share of the pixels given a class that must be right on "
        "training ground that it was not learned from; where the network is less sure than that takes, samples "
        "stay unlabelled.",
    )
    export_tiles: Path | None = Field(
        None,
        description="Also write the samples as GeoTIFFs (image, label, changed) to this folder.",
    )

    @model_validator(mode="after")
    def _settings_are_of_the_method(self) -> Self:
        if self.method in WITHOUT_LAYOUTS and (self.layouts, self.backgrounds) != ("auto", "any"):
            name = "layouts" if self.layouts != "auto" else "backgrounds"
            raise ValueError(
                f"--{name} is for methods that start from layouts; {self.method} has none to change"
            )
        if self.method not in WITHOUT_LAYOUTS and self.label_precision != 0.9:
            raise ValueError("--label-precision is for --method pseudo-labels alone")
        refuse_foreign(self, [self.method])
        return self


class ReviewSettings(Settings):
    """Look through synthetic samples by eye; those that will not do are left out of all later steps."""

    run: Path = argument("Run folder.")
    fold: Annotated[int, Field(ge=0)] = Field(
        0, description="Which of prepare's --folds to work on, from 0."
    )
    method: SampleMethod = Field("spade", description="The method whose samples are reviewed.")
    reject: Numbers | None = Field(
        None,
        description="Samples that will not do, by their numbers on the sheets, as 3,17-20; they stay rejected "
        "until they are accepted again, or other samples are made.",
    )
    accept: Numbers | None = Field(
        None, description="Rejected samples that will do after all, by their numbers."
    )


class NetworkSettings(Settings):
    """Which network is trained, and how; every arm of a comparison takes the same."""

    architecture: Literal["unet", "unet++", "deeplabv3+", "fpn", "segformer"] = Field(
        "unet", description="Architecture of the network, of segmentation-models-pytorch."
    )
    encoder: str = Field(
        "tf_efficientnet_lite0",
        description="Encoder of the network, a name of segmentation-models-pytorch or timm; only "
        "tf_efficientnet_lite0 has ImageNet weights without a download.",
    )
    encoder_weights: str = Field(
        "imagenet",
        description="What the encoder starts from: imagenet, none (random weights), or a file with weights.",
    )
    initial: Path | None = Field(
        None,
        description="A run folder, or a model.safetensors, of the same architecture to start from: what it "
        "knows of classes and bands that both have by name is taken over.",
    )
    loss: LossName = Field(
        "ce+dice",
        description="Loss of the network: ce, weighted, focal, dice, tversky, lovasz, joined by +; unlabelled "
        "pixels never count.",
    )
    schedule: Literal["cosine", "one-cycle", "plateau"] = Field(
        "cosine", description="How the learning rate falls."
    )
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        3e-3, description="Highest learning rate."
    )
    batch: Annotated[int, Field(ge=1)] = Field(
        6, description="Real crops in a step; synthetic ones come on top."
    )
    patience: Annotated[int, Field(ge=0)] = Field(
        0,
        description="End after this many of the ten validations without gain; 0 trains to the end.",
    )
    freeze_norm: bool = Field(
        False, description="Keep the statistics of batch normalisation as they start."
    )
    share: Share = Field(
        "0.25",
        description="Share of each batch that synthetic samples make up, on top of the real crops, or auto, "
        "which tries several on validation ground.",
    )
    order: Literal["mixed", "synthetic-first"] = Field(
        "mixed",
        description="When synthetic samples come: all along, or all before the last fifth of the steps.",
    )
    distrust: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Ignore synthetic pixels on which the network trained on real samples alone has a loss "
        "more than this many times the class's mean on real pixels.",
    )
    steps: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Optimizer steps, or trees of the forest; set by --effort if left out."
    )


class TrainSettings(NetworkSettings):
    """Train a U-Net on real samples, with or without synthetic ones, and score it on the test blocks."""

    run: Path = argument("Run folder.")
    fold: Annotated[int, Field(ge=0)] = Field(
        0, description="Which of prepare's --folds to work on, from 0."
    )
    augment: ArmName = Field(
        "none",
        description="How imbalance is treated: none; weighted, focal or logit-adjust; oversample; spade, "
        "pix2pix, statistical, replace, copy-paste, pseudo-labels, diffusion, sd-inpaint; layout-only, noise; "
        "joined by +; or random-forest.",
    )


class CompareSettings(DiffusionTraining, DiffusionSampling, NetworkSettings):
    """Hold ways to treat imbalance against each other on the same ground, and say what each is worth."""

    run: Path = argument("Run folder.")
    arms: ArmNames = Field(
        "weighted,logit-adjust,oversample,copy-paste,statistical,replace,pix2pix,spade,oversample+spade,"
        "layout-only,noise",
        description="Arms to compare, parted by commas (see train --augment); none and random-forest always "
        "take part.",
    )
    seeds: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="Trainings of each arm, with the seeds from --seed on."
    )
    folds: list[int] = Field(
        default_factory=list,
        description="Fold to work on; repeat. All folds of prepare when left out.",
    )
    jobs: Annotated[int, Field(ge=1)] = Field(
        1, description="Trainings at the same time, which share the threads."
    )
    target: Target = Field(
        "equal", description="Class shares to aim at in the samples (see synthesize)."
    )
    count: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Number of samples of each method; set by --effort if left out."
    )
    layouts: Layouts = Field("auto", description="How samples get rare classes (see synthesize).")
    backgrounds: Backgrounds = Field("any", description="Where parcels are sown (see synthesize).")
    generator_steps: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Steps of each generator that trains a network; set by --effort if left out.",
    )

    @model_validator(mode="after")
    def _settings_are_of_the_methods(self) -> Self:
        refuse_foreign(self, self.methods)
        return self

    @property
    def methods(self) -> list[str]:
        """The methods whose samples take part, each once."""
        return list(dict.fromkeys(m for arm in parse_arms(self.arms) for m in arm.samples))


class ReportSettings(Settings):
    """Write one self-contained HTML page about a run."""

    run: Path = argument("Run folder.")
    title: str | None = Field(None, description="Title of the report.")
    out: Path | None = Field(None, description="Also put the report here.")


class RunSettings(DiffusionTraining, DiffusionSampling, SplitSettings):
    """Everything for one data set: from rasters and polygons to a map and a report."""

    run: Path = argument("Run folder; the same command continues in it.")
    augment: MappingArm = Field(
        "oversample+copy-paste",
        description="What is done about rare classes, an arm as in train: a method that makes samples of them, "
        "oversample, or both as in oversample+spade. none, and the arm without its samples, are trained beside "
        "it; the best on validation ground makes the map.",
    )
    target: Target = Field(
        "equal", description="Class shares to aim at in the synthetic samples (see synthesize)."
    )
    title: str | None = Field(None, description="Title of the report.")
    credits: str | None = Field(None, description="Who made the data; stands in the report.")
    map: Path | None = Field(None, description="Also put the finished map here, a .tif.")
    report: Path | None = Field(None, description="Also put the report here, an .html.")

    @model_validator(mode="after")
    def _settings_are_of_the_methods(self) -> Self:
        refuse_foreign(self, parse_arm(self.augment).samples)
        return self


class SimulateSettings(Settings):
    """Make a scene with known truth and known limit: parcels, rivers, forest, settlements, rare classes."""

    folder: Path = argument("Folder for scene.tif, polygons.gpkg, truth.tif and limit.json.")
    width: Annotated[int, Field(ge=32, le=10980)] = Field(768, description="Width in pixels.")
    height: Annotated[int, Field(ge=32, le=10980)] = Field(768, description="Height in pixels.")
    bands: Annotated[int, Field(ge=1, le=500)] = Field(6, description="Number of bands.")
    labelled: Annotated[float, Field(gt=0, le=1)] = Field(
        0.4, description="Share of the parcels that get a class polygon."
    )
    rare_share: Annotated[float, Field(ge=0.0005, le=0.2)] = Field(
        0.024, description="Share of the labelled ground that each of the two rare classes gets."
    )
    separability: Annotated[float, Field(ge=0.1, le=20)] = Field(
        1.0,
        description="Factor on the distances between the classes' spectra relative to their variation; "
        "with 6 nearly every pixel can be told.",
    )
    cloud: Annotated[float, Field(ge=0, le=0.9)] = Field(
        0.0, description="Share of the scene under cloud."
    )


class FidelitySettings(Settings):
    """Say how faithful synthetic samples are, against real ground that a generator has not seen."""

    run: Path = argument("Run folder.")
    fold: Annotated[int, Field(ge=0)] = Field(
        0, description="Which of prepare's --folds to work on, from 0."
    )
    method: SampleMethod = Field("spade", description="The method whose samples are measured.")
    weights: Path | None = Field(
        None,
        description="Also measure in the features of this network: a model.safetensors, or a run folder, that "
        "was trained on the same bands.",
    )
    force: bool = Field(
        False,
        description="Take a Fréchet distance (FID) of fewer than 1000 crops too, although it is biased then.",
    )


class DoctorSettings(Settings):
    """Say what this installation is and which device it would use."""
