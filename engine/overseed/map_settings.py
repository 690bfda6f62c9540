"""Settings of the commands that make maps, look for places on them, and say how good they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from overseed.config import Settings, argument
from overseed.setting_types import (
    Extent,
    LabelsName,
    MinPatch,
    NamedShares,
    RasterName,
    as_list,
)

#: Windows of a map: their side in pixels, and what of it neighbours share.
WINDOW, OVERLAP = 512, 0.125


class ClassifySettings(Settings):
    """Map whole rasters with a trained model."""

    raster: list[RasterName] = argument("Rasters to map, named as for prepare.", min_length=1)
    model: Annotated[list[Path], BeforeValidator(as_list)] = Field(
        min_length=1,
        description="A model.onnx, or a run folder whose best model is taken; repeat to average several.",
    )
    out: Path = Field(
        description="The map, a .tif; with several rasters the folder that takes the maps."
    )
    confidence: Path | None = Field(
        None, description="Also write how sure the map is, in percent, to this .tif."
    )
    measure: Literal["probability", "margin", "entropy"] = Field(
        "probability",
        description="What --confidence holds: the probability of the chosen class, what it leads the next one "
        "by, or the entropy of all.",
    )
    probabilities: Path | None = Field(
        None, description="Also write the probability of each class to this .tif, a band each."
    )
    polygons: Path | None = Field(
        None,
        description="Also write the map as polygons with class, area and mean confidence to this .gpkg.",
    )
    min_patch: MinPatch | None = Field(
        None,
        description="Smallest patch that stays on the map, in pixels, or in hectares as 0.5ha; for single "
        "classes as NAME=SIZE, parted by commas. Smaller ones are filled from around.",
    )
    backend: Literal["onnx", "tensorrt", "torch"] = Field(
        "onnx",
        description="What runs the model: ONNX Runtime, the same with NVIDIA's TensorRT, or PyTorch from the "
        "model.safetensors beside it.",
    )
    scheduler: str | None = Field(
        None,
        description="Address of a dask.distributed scheduler, such as tcp://host:8786, whose workers make the "
        "map; they must see raster, model and map under the same paths.",
    )
    quantized: bool = Field(
        False, description="Map with the 8-bit version that quantize has made, on the processor."
    )
    half: bool = Field(
        False,
        description="Compute in half the precision: float16 on CUDA, bfloat16 on processors that have it; with "
        "--backend torch or tensorrt.",
    )
    views: bool = Field(
        False,
        description="Ask the model about each window turned and mirrored in all eight ways and average: "
        "slower, often a little better.",
    )
    extent: Extent | None = Field(
        None, description="Map only this part, as xmin,ymin,xmax,ymax in the raster's CRS."
    )
    aoi: str | None = Field(
        None,
        description="Polygon layer; only what it covers is mapped (path or path|layername=NAME).",
    )
    resolution: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Pixel size in metres that the rasters are resampled to; left out, that of the training "
        "rasters if they were resampled, else their own.",
    )
    window: Annotated[int, Field(ge=32, le=4096)] = Field(
        WINDOW,
        description="Side of the windows that the network sees, in pixels, rounded up to a multiple of 32.",
    )
    overlap: Annotated[float, Field(ge=0, le=0.9)] = Field(
        OVERLAP, description="Share of a window that overlaps the next one."
    )


class SamplePointsSettings(Settings):
    """Draw a probability sample of a map's pixels, to be looked at by people who then say what is there."""

    map: Path = argument("The classified map.")
    out: Path = Field(
        description="GeoPackage for the points; instructions for interpreters are written beside it."
    )
    count: Annotated[int, Field(ge=2, le=1_000_000)] = Field(400, description="Number of points.")
    design: Literal["stratified", "simple"] = Field(
        "stratified",
        description="Draw in each class of the map by itself, so that rare ones get points too, or anywhere "
        "alike.",
    )
    allocation: Literal["equal", "proportional", "neyman"] = Field(
        "equal",
        description="How points are shared out to classes: as many each, by area, or by area and expected "
        "errors, which makes the overall accuracy as certain as it can be.",
    )
    least: Annotated[int, Field(ge=2)] = Field(
        2, description="Fewest points of a class, as far as it has pixels."
    )
    expect: NamedShares | None = Field(
        None,
        description="User's accuracy that is expected of classes, as NAME=0.6,NAME=0.9; 0.8 of those that are "
        "not named. For --allocation neyman and --error.",
    )
    error: NamedShares | None = Field(
        None,
        description="Standard error that the user's accuracy of classes shall have at most, as NAME=0.05; they "
        "get as many points as that takes, beyond --count if need be.",
    )
    leave_out: list[str] = Field(
        default_factory=list,
        description="Ground where no points are drawn: a polygon layer, or a run folder, whose training and "
        "validation blocks are left out; repeat. The sample then speaks for the rest alone.",
    )
    keep: Path | None = Field(
        None,
        description="An earlier sample of the same map, whose points stay with their answers; only what is "
        "missing is drawn anew.",
    )


class SuggestLabelsSettings(Settings):
    """Suggest where to label next: places where a map is unsure, or where a rare class is likely."""

    map: Path = argument("The classified map.")
    confidence: Path = Field(
        description="How sure the map is: what classify --confidence has written, by any measure."
    )
    probabilities: Path | None = Field(
        None,
        description="What classify --probabilities has written; rare classes are then looked for where the map "
        "says something else, not just where it shows them.",
    )
    out: Path = Field(
        description="GeoPackage for the places; a style for QGIS is written beside it."
    )
    count: Annotated[int, Field(ge=1, le=10_000)] = Field(30, description="Number of places.")
    by: Literal["auto", "unsure", "rare"] = Field(
        "auto",
        description="Why a place is suggested: the map is unsure, a rare class is likely, or both in turn.",
    )
    rare: list[str] = Field(
        default_factory=list,
        description="Name of a class to look for; repeat. Those on less than 5 % of the map when left out.",
    )
    leave_out: list[str] = Field(
        default_factory=list,
        description="Polygon layer of ground that is labelled already; no place touches it. Repeat.",
    )
    min_distance: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="Least distance between the middles of two places, in metres; left out, half of what as "
        "many places would have that are spread evenly.",
    )
    size: Annotated[int, Field(ge=4, le=1024)] = Field(
        16, description="Side of a place in pixels; places are squares."
    )


class AssessSettings(Settings):
    """Say how accurate maps are and how large their classes really are, with intervals where these hold."""

    map: list[str] = argument("Map to assess; repeat.", min_length=1)
    reference: list[LabelsName] = Field(
        min_length=1,
        description="What is really there: points with their classes, class polygons or a label raster; one "
        "for all maps, or repeat to pair with the maps in order.",
    )
    out: Path = Field(description="JSON file for the result; tables in CSV are written beside it.")
    class_field: str | None = Field(
        None,
        description="Field of the reference that holds the class, by name or code; 'reference' if left out.",
    )
    design: Literal["auto", "stratified", "simple", "chosen"] = Field(
        "auto",
        description="How points were drawn: as sample-points has noted beside them (auto; chosen where it did "
        "not), at random in strata, at random anywhere, or chosen by somebody, which gives no intervals.",
    )
    strata: str | None = Field(
        None,
        description="Field of the points with their strata, for --design stratified; the map's classes if left "
        "out.",
    )
    strata_pixels: Path | None = Field(
        None,
        description="CSV file with the columns stratum and pixels, for strata that are not the map's classes.",
    )


class QuantizeSettings(Settings):
    """Make an 8-bit version of a model, which maps faster on a processor."""

    model: Path = argument("A run folder, whose best model is taken, or a model.onnx in one.")
