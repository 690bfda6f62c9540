"""Steps that look at rasters and labels and cut them up."""

from typing import Any

from ...texts import tr
from ..fields import Field
from ..table import RUN, Result, Table
from .common import seed


def inspect_classes() -> Table:
    return Table(
        name="inspectclasses",
        label=tr("Inspect classes"),
        command="inspect",
        help=tr(
            "Looks at rasters and polygons before any work is done: how much ground each class has, which "
            "are rare, and what is wrong, in words. The table of classes can be edited and given to "
            "“Prepare data set”."
        ),
        tags="classes,imbalance,check",
        fields=(
            *data(),
            Field(
                "CLASSES_OUT",
                tr("Table of classes"),
                "file out",
                "write_classes",
                optional=True,
                more={"filter": "CSV (*.csv)"},
            ),
        ),
        results=(
            Result("CLASS_COUNT", tr("Number of classes"), "number", _count("classes")),
            Result("RARE_COUNT", tr("Number of rare classes"), "number", _rare_count),
            Result("TEXT", tr("What was found"), "text", lambda outputs, _: outputs.get("text")),
        ),
    )


def prepare_dataset() -> Table:
    return Table(
        name="preparedataset",
        label=tr("Prepare data set"),
        command="prepare",
        help=tr(
            "Cuts rasters and polygons into training, validation and test ground, in blocks that lie apart, "
            "and stores them in a run folder, in which all further steps work."
        ),
        tags="tiles,split,training,validation,test",
        fields=(
            *data(),
            Field("BANDS", tr("Bands"), "texts", "bands", optional=True, advanced=True),
            Field(
                "INDICES", tr("Spectral indices"), "texts", "index", optional=True, advanced=True
            ),
            Field("TILE_SIZE", tr("Tile size in pixels"), "integer", "tile_size"),
            Field(
                "BLOCK_SIZE", tr("Block size"), "text", "block_size", optional=True, advanced=True
            ),
            Field("FOLDS", tr("Folds"), "integer", "folds", advanced=True),
            Field("VALIDATION", tr("Share for validation"), "number", "val", advanced=True),
            Field("TEST", tr("Share for test"), "number", "test", advanced=True),
            seed(),
            Field(RUN, tr("Run folder"), "folder out", "run"),
        ),
    )


def data() -> tuple[Field, ...]:
    return (
        Field(
            "RASTERS",
            tr("Raster layers"),
            "rasters",
            "raster",
            tr(
                "One or several multispectral images with the same bands. They must be files with a CRS."
            ),
        ),
        Field(
            "LABELS",
            tr("Polygons with known classes"),
            "labels",
            "labels",
            tr(
                "The areas to learn from. A filter on the layer and “Selected features only” are obeyed. "
                "Colours of a layer that is styled by its class field are taken over."
            ),
        ),
        Field(
            "CLASS_FIELD",
            tr("Class field"),
            "field",
            "class_field",
            more={"parent": "LABELS"},
        ),
        Field(
            "CLASSES",
            tr("Table of classes"),
            "file",
            "classes",
            optional=True,
            advanced=True,
            more={"filter": "CSV (*.csv)"},
        ),
        Field("RARE", tr("Rare classes, separated by commas"), "texts", "rare", optional=True),
        Field(
            "RARE_BELOW",
            tr("Share below which classes are rare"),
            "number",
            "rare_below",
            advanced=True,
        ),
        Field(
            "REST_AS",
            tr("Class of everything outside the polygons"),
            "text",
            "rest_as",
            optional=True,
        ),
    )


def _count(name: str) -> Any:
    return lambda outputs, _: len(outputs.get(name) or ())


def _rare_count(outputs: dict, _: dict) -> int:
    return sum(bool(row.get("rare")) for row in outputs.get("classes") or ())
