"""Steps that gather chips, small images with one label each, and find clusters of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Optional

from ...texts import tr
from ..fields import Field
from ..table import CHIPS, RUN, Result, Table
from .common import device, effort, run_again, seed


def prepare_chips() -> Table:
    return Table(
        name="preparechips",
        label=tr("Prepare chips"),
        command="chips prepare",
        help=tr(
            "Gathers chips, small images with one label each, and parts them into training, validation and "
            "test in a run folder, in which all further steps work. Chips are cut from rasters around points "
            "or polygons, or are files: a folder with one folder per class, or a table that lists them."
        ),
        tags="patches,scenes,objects,points,split,training,test",
        fields=(
            Field(
                "RASTERS",
                tr("Raster layers"),
                "rasters",
                "raster",
                tr(
                    "Images to cut chips from, with the same bands. They must be files with a CRS. "
                    "Left empty where the chips are files."
                ),
                optional=True,
            ),
            Field(
                "LABELS",
                tr("Points or polygons with known classes"),
                "labels",
                "labels",
                tr(
                    "A chip is cut around each. A filter on the layer and “Selected features only” are obeyed."
                ),
                optional=True,
                more={"points": True},
            ),
            Field(
                "CLASS_FIELD",
                tr("Class field"),
                "field",
                "class_field",
                optional=True,
                more={"parent": "LABELS"},
            ),
            Field(
                "REST_AS",
                tr("Class of chips from everywhere else"),
                "text",
                "rest_as",
                tr(
                    "If the layer only has the rare class, give a name such as “background”; chips are then "
                    "also cut elsewhere on the rasters, away from all points and polygons."
                ),
                optional=True,
            ),
            Field(
                "REST_COUNT",
                tr("Number of chips from everywhere else"),
                "integer",
                "rest_count",
                tr("Left empty, ten for each other chip."),
                optional=True,
                advanced=True,
            ),
            Field(
                "FOLDER",
                tr("Folder with a folder of chips for each class"),
                "folder",
                "folder",
                tr("The chips are files of any raster format; the folders' names are the classes."),
                optional=True,
            ),
            Field(
                "TABLE",
                tr("Table that lists chips"),
                "file",
                "table",
                optional=True,
                more={"filter": "CSV (*.csv)"},
            ),
            Field(
                "TABLE_CRS",
                tr("CRS of the table's x and y"),
                "crs",
                "crs",
                tr(
                    "The CRS of the table's columns x and y, and of files that do not say theirs. With "
                    "coordinates, chips are parted by ground."
                ),
                optional=True,
                advanced=True,
            ),
            Field(
                "PIXEL_SIZE",
                tr("Side of a pixel of the table's chips"),
                "number",
                "pixel_size",
                tr(
                    "In units of the CRS, for chips that only x and y (their centres) place; then it is known "
                    "which of them overlap."
                ),
                optional=True,
                advanced=True,
            ),
            Field("SIZE", tr("Size of chips in pixels"), "integer", "size", optional=True),
            Field("RARE", tr("Rare classes, separated by commas"), "texts", "rare", optional=True),
            Field(
                "RARE_BELOW",
                tr("Share below which classes are rare"),
                "number",
                "rare_below",
                advanced=True,
            ),
            Field("BANDS", tr("Bands"), "texts", "bands", optional=True, advanced=True),
            Field(
                "GROUP_BY",
                tr("What parts of one picture share in their names"),
                "text",
                "group_by",
                optional=True,
                advanced=True,
            ),
            Field(
                "OTHER_REGION",
                tr("Regions for a second test, separated by commas"),
                "texts",
                "other_region",
                tr(
                    "Values of the table's column region, or names of rasters without their suffix. Their "
                    "chips are not learned from; classifiers are tested on them as well."
                ),
                optional=True,
                advanced=True,
            ),
            Field(
                "BLOCK_SIZE", tr("Block size"), "text", "block_size", optional=True, advanced=True
            ),
            Field("VALIDATION", tr("Share for validation"), "number", "val", advanced=True),
            Field("TEST", tr("Share for test"), "number", "test", advanced=True),
            Field("THIN", tr("Classes to thin out"), "text", "thin", optional=True, advanced=True),
            seed(),
            Field(RUN, tr("Run folder"), "folder out", "run"),
        ),
        results=(
            Result("CHIPS", tr("Number of chips"), "number", lambda outputs, _: outputs["chips"]),
            Result(
                "RARE_COUNT",
                tr("Number of rare classes"),
                "number",
                lambda outputs, _: sum(bool(row["rare"]) for row in outputs["classes"]),
            ),
            Result("TEXT", tr("What was found"), "text", lambda outputs, _: outputs.get("text")),
        ),
        ways=(("RASTERS", "LABELS"), ("FOLDER",), ("TABLE",)),
        group=CHIPS,
    )


def cluster_chips() -> Table:
    return Table(
        name="clusterchips",
        label=tr("Cluster chips"),
        command="chips features",
        then="chips cluster",
        help=tr(
            "Describes every chip by the features of a network that has learned the classes, and finds groups "
            "of chips that look alike. A picture shows which chips lie near each other; chips of a rare class "
            "that hide among others are listed for review."
        ),
        tags="k-means,agglomerative,t-SNE,features,silhouette,review",
        fields=(
            chip_run(),
            Field("METHOD", tr("How clusters are found"), "choice", "method"),
            Field("CLUSTERS", tr("Number of clusters"), "integer", "clusters", optional=True),
            Field("LEAST", tr("Fewest clusters to try"), "integer", "least", advanced=True),
            Field("MOST", tr("Most clusters to try"), "integer", "most", advanced=True),
            Field("METRIC", tr("Distance of features"), "choice", "metric", advanced=True),
            Field("LINKAGE", tr("Linkage"), "choice", "linkage", advanced=True),
            Field("COMPONENTS", tr("Principal components"), "integer", "components", advanced=True),
            Field("PERPLEXITY", tr("Perplexity"), "number", "perplexity", advanced=True),
            effort(),
            *chip_network(tr("Steps of fine-tuning")),
            seed(),
            device(),
        ),
        results=(
            run_again(),
            Result(
                "FOUND",
                tr("Number of clusters found"),
                "number",
                lambda outputs, _: outputs["count"],
            ),
            Result(
                "TO_REVIEW",
                tr("Number of chips to review"),
                "number",
                lambda outputs, _: outputs["for_review"],
            ),
            Result("REVIEW", tr("Table of chips to review"), "file", _of_clusters("review.csv")),
            Result(
                "PICTURE", tr("Picture of chips and clusters"), "file", _of_clusters("tsne.png")
            ),
            Result("TEXT", tr("What it says"), "text", lambda outputs, _: outputs.get("text")),
        ),
        group=CHIPS,
    )


def chip_run() -> Field:
    return Field(
        RUN, tr("Run folder"), "folder", "run", tr("The folder that “Prepare chips” has made.")
    )


def chip_network(steps: str) -> tuple[Field, ...]:
    """The settings of networks that look at chips."""
    return (
        Field("NETWORK", tr("Network"), "text", "network", advanced=True),
        Field("WEIGHTS", tr("Weights to start from"), "text", "weights", advanced=True),
        Field("STEPS", steps, "integer", "steps", optional=True, advanced=True),
        Field("BATCH", tr("Chips in a step"), "integer", "batch", advanced=True),
        Field(
            "LEARNING_RATE",
            tr("Highest learning rate"),
            "number",
            "learning_rate",
            advanced=True,
        ),
    )


def _of_clusters(name: str) -> Callable[[dict, dict], Optional[str]]:
    """Takes a file of the clusters' folder where there is one: few chips make no picture."""

    def pick(outputs: dict, _: dict) -> Optional[str]:
        path = Path(outputs["clusters"]) / name
        return str(path) if path.is_file() else None

    return pick
