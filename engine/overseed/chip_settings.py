"""Every setting of the commands for chips, small images with one label each; see :mod:`overseed.config`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from overseed.chip_arms import parse_chip_arm, parse_chip_arms
from overseed.config import Settings, argument
from overseed.setting_types import LabelsName, Length, NamedShares, RasterName

Gan = Literal["dcgan", "wgan", "wgan-gp", "sagan"]
Condition = Literal["none", "class", "cluster"]
ChipArmName = Annotated[str, AfterValidator(lambda text: parse_chip_arm(text).name)]
ChipArmNames = Annotated[
    str, AfterValidator(lambda text: ",".join(arm.name for arm in parse_chip_arms(text)))
]


def _checked_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"'{text}' is no regular expression ({error})") from error
    return text


Pattern = Annotated[str, AfterValidator(_checked_pattern)]


class PrepareChipsSettings(Settings):
    """Gather chips, small images with one label each, and part them into training, validation and test."""

    run: Path = argument("Run folder.")
    folder: Path | None = Field(
        None, description="Folder that holds one folder of chips per class."
    )
    table: Path | None = Field(
        None,
        description="CSV file with the columns file and class, and where there are any cluster, region, group, "
        "x and y; files are looked for beside it.",
    )
    raster: list[RasterName] = Field(
        default_factory=list, description="Raster to cut chips from; repeat for several."
    )
    labels: list[LabelsName] = Field(
        default_factory=list,
        description="Points or polygons with classes; a chip is cut around each. One layer for all rasters, or "
        "repeat to pair with them in order.",
    )
    class_field: str | None = Field(
        None, description="Field of the points or polygons that holds the class."
    )
    rest_as: str | None = Field(
        None,
        description="Name of a class for chips that are cut elsewhere on the rasters, away from all points and "
        "polygons.",
    )
    rest_count: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Number of chips for --rest-as; ten for each other chip if left out."
    )
    size: Annotated[int, Field(ge=16, le=512)] | None = Field(
        None,
        description="Side of the chips in pixels. Files of another size are resampled to it; chips are cut "
        "from rasters with it (64 if left out).",
    )
    bands: list[str] = Field(
        default_factory=list,
        description="Band to use, by number (from 1) or name; repeat. All bands when left out.",
    )
    crs: str | None = Field(
        None,
        description="CRS of the columns x and y of --table, and of files that do not say theirs, such as "
        "EPSG:32633.",
    )
    pixel_size: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Side of a file's pixel in units of --crs, for chips that only x and y (their centres) "
        "place; then it is known which of them overlap.",
    )
    group_by: Pattern | None = Field(
        None,
        description="Regular expression; chips whose file names have the same match stay on one side, as parts "
        "of one picture must.",
    )
    other_region: list[str] = Field(
        default_factory=list,
        description="Region, a value of the column region or the name of a raster without its suffix, that is "
        "kept for a second test; repeat.",
    )
    block_size: Length | None = Field(
        None,
        description="Side of the blocks of ground that go to one side as a whole, in metres as 500m, or in "
        "pixels; chosen from the chips if left out.",
    )
    val: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.2, description="Share of the chips for validation."
    )
    test: Annotated[float, Field(gt=0, lt=0.6)] = Field(
        0.25, description="Share of the chips for the test."
    )
    rare_below: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.05, description="Classes below this share of the training chips are rare."
    )
    rare: list[str] = Field(
        default_factory=list, description="Name of a rare class, instead of --rare-below; repeat."
    )
    thin: NamedShares | None = Field(
        None,
        description="Share of the chips of classes to keep for training and validation, as NAME=0.05, to try "
        "what rarity does; the test keeps all.",
    )

    @model_validator(mode="after")
    def _one_kind_of_input(self) -> Self:
        given = [self.folder is not None, self.table is not None, bool(self.raster)]
        if sum(given) != 1:
            raise ValueError("chips come from one of --folder, --table, or --raster with --labels")
        if self.raster and not self.labels:
            raise ValueError("--raster needs --labels: points or polygons to cut chips around")
        for name in ("labels", "class_field", "rest_as"):
            if getattr(self, name) and not self.raster:
                raise ValueError(f"--{name.replace('_', '-')} goes with --raster alone")
        for name in ("crs", "pixel_size", "group_by"):
            if getattr(self, name) is not None and self.raster:
                raise ValueError(f"--{name.replace('_', '-')} goes with files, not with --raster")
        return self

    @model_validator(mode="after")
    def _options_that_need_others(self) -> Self:
        if self.rest_count is not None and self.rest_as is None:
            raise ValueError("--rest-count needs --rest-as")
        if self.pixel_size is not None and (self.table is None or self.crs is None):
            raise ValueError("--pixel-size needs --table with the columns x and y, and --crs")
        if self.other_region and self.folder is not None:
            raise ValueError(
                "--other-region needs regions: a --table with such a column, or rasters"
            )
        if self.val + self.test > 0.8:
            raise ValueError("--val and --test together leave less than 20 % for training")
        return self


class ChipNetworkSettings(Settings):
    """Which network looks at chips, and how it learns."""

    network: str = Field(
        "tf_efficientnet_lite0",
        description="Network, a name of timm such as vgg11 or resnet18; only tf_efficientnet_lite0 has "
        "ImageNet weights without a download.",
    )
    weights: str = Field(
        "imagenet",
        description="What it starts from: imagenet, none (random weights), or a file with weights.",
    )
    batch: Annotated[int, Field(ge=2)] = Field(32, description="Real chips in a step.")
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        1e-3, description="Highest learning rate."
    )


class ChipFeaturesSettings(ChipNetworkSettings):
    """Describe every chip by the features of a network that has learned the classes from training chips."""

    run: Path = argument("Run folder.")
    steps: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="Optimizer steps of fine-tuning; 0 takes the weights as they are; set by --effort if left "
        "out.",
    )


class ClusterChipsSettings(Settings):
    """Find clusters of training chips by their features, and positives that hide among negatives."""

    run: Path = argument("Run folder.")
    method: Literal["all", "k-means", "agglomerative"] = Field(
        "all", description="How clusters are found; all tries every way and proposes the best."
    )
    metric: Literal["all", "euclidean", "cosine"] = Field(
        "all", description="Distance of features."
    )
    linkage: Literal["all", "ward", "complete", "average", "single"] = Field(
        "all",
        description="What agglomerative clustering holds for the distance of clusters; naming one leaves "
        "k-means out.",
    )
    least: Annotated[int, Field(ge=2, le=254)] = Field(2, description="Fewest clusters to try.")
    most: Annotated[int, Field(ge=2, le=254)] = Field(12, description="Most clusters to try.")
    clusters: Annotated[int, Field(ge=2, le=254)] | None = Field(
        None, description="Number of clusters, instead of the proposed one."
    )
    components: Annotated[int, Field(ge=0, le=512)] = Field(
        50, description="Principal components that features are reduced to first; 0 for none."
    )
    perplexity: Annotated[float, Field(gt=1, le=200)] = Field(
        30.0, description="Perplexity of the t-SNE picture."
    )

    @model_validator(mode="after")
    def _leaves_something_to_try(self) -> Self:
        if self.clusters is None and self.least > self.most:
            raise ValueError("--least is larger than --most")
        if self.method == "k-means" and self.linkage != "all":
            raise ValueError("k-means has no --linkage; agglomerative clustering has")
        if self.linkage == "ward" and self.metric == "cosine":
            raise ValueError("--linkage ward goes with the Euclidean distance alone")
        return self


class TrainGanSettings(Settings):
    """Train a GAN on the training chips."""

    run: Path = argument("Run folder.")
    gan: Gan = Field("wgan-gp", description="Kind of GAN.")
    condition: Condition = Field(
        "class", description="What the GAN is told of a chip: nothing, its class, or its cluster."
    )
    conditioning: Literal["projection", "one-hot"] = Field(
        "projection",
        description="How the discriminator is told: by projection, or by a channel for each class or cluster.",
    )
    of: list[str] = Field(
        default_factory=list,
        description="Name of a class to learn from; repeat. Left out, all classes, or the rare ones where "
        "the GAN is told nothing.",
    )
    steps: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Updates of the generator; set by --effort if left out."
    )
    critic_steps: Annotated[int, Field(ge=1, le=20)] | None = Field(
        None,
        description="Updates of the discriminator for one of the generator; 5 for wgan and wgan-gp and 1 for "
        "the others if left out.",
    )
    batch: Annotated[int, Field(ge=2, le=1024)] = Field(32, description="Chips in a step.")
    width: Annotated[int, Field(ge=8, le=256)] = Field(
        32, description="Channels of the layers next to full resolution; deeper ones have more."
    )
    latent: Annotated[int, Field(ge=2, le=1024)] = Field(
        128, description="Length of the random vector that a chip is made from."
    )
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Learning rate of the generator; the published one if left out."
    )


class SampleChipsSettings(Settings):
    """Make synthetic chips with a trained GAN, and say how near they come to real ones."""

    run: Path = argument("Run folder.")
    gan: Gan = Field("wgan-gp", description="Kind of GAN.")
    condition: Condition = Field(
        "class", description="What the GAN was told: nothing, the class, or the cluster."
    )
    of: list[str] = Field(
        default_factory=list,
        description="Name of a class to make chips of; repeat. The rare ones if left out.",
    )
    cluster: list[int] = Field(
        default_factory=list,
        description="Number of a cluster to make chips of, instead of all of a class; repeat.",
    )
    count: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Number of chips of each class; set by --effort if left out."
    )
    truncation: Annotated[float, Field(gt=0, le=10)] | None = Field(
        None,
        description="Random numbers beyond this are drawn again: small values give typical chips, none gives "
        "all kinds.",
    )
    weights: Path | None = Field(
        None,
        description="Measure distances in the features of this run's network or file instead of ImageNet's.",
    )
    force: bool = Field(
        False, description="Take a Fréchet distance (FID) of fewer than 1000 chips too."
    )
    export_tiles: Path | None = Field(
        None, description="Also write the chips as GeoTIFFs, one folder per class, to this folder."
    )


class ClassifyChipsSettings(ChipNetworkSettings):
    """Train a classifier of chips, with or without synthetic ones, and score it on chips it has not seen."""

    run: Path = argument("Run folder.")
    augment: ChipArmName = Field(
        "none",
        description="How rare classes are treated: none; weighted, oversample, flips; a GAN's chips, as dcgan, "
        "wgan-gp-class or sagan-cluster; joined by +.",
    )
    share: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.25,
        description="Share of each batch that synthetic chips make up, on top of the real ones.",
    )
    gan_seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(
        None, description="Seed of the GAN whose chips are taken; --seed if left out."
    )
    steps: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Optimizer steps; set by --effort if left out."
    )


class CompareChipsSettings(ChipNetworkSettings):
    """Hold ways to treat rare classes of chips against each other, with several trainings of each."""

    run: Path = argument("Run folder.")
    arms: ChipArmNames = Field(
        "weighted,oversample,flips,wgan-gp-class,wgan-gp-cluster",
        description="Arms to compare, parted by commas (see classify-chips --augment); none always takes part.",
    )
    seeds: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="Trainings of each arm, with the seeds from --seed on."
    )
    share: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.25, description="Share of synthetic chips (see classify-chips)."
    )
    steps: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Optimizer steps of each classifier; set by --effort if left out."
    )
    count: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Synthetic chips of each class; set by --effort if left out."
    )
    gan_steps: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Steps of each GAN; set by --effort if left out."
    )
    one_gan: bool = Field(
        False,
        description="Train each GAN with the first seed alone and give its chips to all classifiers.",
    )
    jobs: Annotated[int, Field(ge=1)] = Field(
        1, description="Trainings at the same time, which share the threads."
    )


class MapChipsSettings(Settings):
    """Classify a raster chip by chip: a heat map of how likely each place is of a class."""

    raster: list[RasterName] = argument("Rasters to look over.", min_length=1)
    model: Path = Field(
        description="A run folder whose best chip classifier is taken, or its model.onnx."
    )
    out: Path = Field(
        description="The heat map, a .tif in percent; with several rasters the folder that takes them."
    )
    of: str | None = Field(
        None,
        description="Class that is looked for; the rare one if left out and there is only one.",
    )
    step: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Pixels from one chip to the next, and the side of the heat map's pixels; a quarter of a "
        "chip if left out.",
    )
