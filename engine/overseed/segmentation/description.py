"""What a model file says about itself: to this engine, to other programs, and to a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from overseed import __version__
from overseed.scenes.bands import BandRecipe
from overseed.scenes.classes import ClassTable
from overseed.tiles.statistics import BandStats

FORMAT = 1
KEY = "overseed"
#: What a description says of its kind where the model is a classifier of chips; maps' models say nothing.
KIND, CHIPS = "kind", "chips"
#: How far neighbouring windows of a map should overlap, as other programs are told.
OVERLAP_PERCENT = 50
#: Deepness divides 8-bit values by this before it standardises them.
DEEPNESS_RANGE = 255.0


def describe(
    table: ClassTable, recipe: BandRecipe, stats: BandStats, tile: int, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that is needed to use a model, as JSON values.

    ``about`` is taken over: ``arm``, ``seed``, ``synthetic``, and whatever a training has to tell.
    """
    return {
        "format": FORMAT,
        "engine": __version__,
        "classes": [
            {"index": c.index, "code": c.code, "name": c.name, "colour": c.colour, "rare": c.rare}
            for c in table.classes
        ],
        "bands": list(stats.names),
        "statistics": {
            "mean": list(stats.mean),
            "std": list(stats.std),
            "low": list(stats.low),
            "high": list(stats.high),
            "dtype": stats.dtype,
        },
        "recipe": recipe.as_json(),
        "fill": list(stats.mean),
        "tile_size": tile,
        **about,
    }


def properties(description: Mapping[str, Any]) -> dict[str, str]:
    """Metadata of the ONNX file: the description, and what the QGIS plugin Deepness reads.

    Deepness wants the resolution in centimetres and divides what it reads by 255; the standardisation
    given to it undoes that, since the network takes native units.
    """
    names = {str(c["index"]): c["name"] for c in description["classes"]}
    bands = len(description["bands"])
    found: dict[str, Any] = {
        KEY: description,
        "model_type": "Segmentor",
        "class_names": names,
        "tile_size": description["tile_size"],
        "tiles_overlap": OVERLAP_PERCENT,
        "standardization_mean": [0.0] * bands,
        "standardization_std": [1 / DEEPNESS_RANGE] * bands,
    }
    if description.get("pixel_metres"):
        found["resolution"] = round(100 * description["pixel_metres"], 3)
    return {name: json.dumps(value, ensure_ascii=False) for name, value in found.items()}


def model_card(description: Mapping[str, Any]) -> str:
    """A page in Markdown that goes with a model: what it maps and how well (Mitchell et al. 2019)."""
    classes, recipe = description["classes"], description["recipe"]
    training = description.get("training", {})
    made = "real and synthetic samples" if description["synthetic"] else "real samples"
    lines = [
        "# Land-cover model",
        "",
        f"Made by Overseed {description['engine']}: {_network(description)}, trained on {made} "
        f"(arm `{description['arm']}`, seed {description['seed']}).",
        "",
        "## What it takes",
        "",
        f"Rasters with the bands {', '.join(recipe['names'])}"
        + (
            f" of about {description['pixel_metres']:g} m"
            if description.get("pixel_metres")
            else ""
        )
        + f", in windows of {description['tile_size']} pixels. Values as in the training rasters: "
        "scaling is inside the model.",
        "",
        "| band | mean | standard deviation |",
        "|---|---|---|",
        *(
            f"| {name} | {mean:.6g} | {std:.6g} |"
            for name, mean, std in zip(
                description["bands"],
                description["statistics"]["mean"],
                description["statistics"]["std"],
                strict=True,
            )
        ),
        "",
        "## What it gives",
        "",
        "| code | class | rare | share of the training ground |"
        + (" IoU on test blocks |" if "test_iou" in training else ""),
        "|---|---|---|---|" + ("---|" if "test_iou" in training else ""),
        *(_class_row(c, description, training) for c in classes),
        "",
    ]
    if training:
        lines += [
            f"{training['real_crops']} real and {training['synthetic_crops']} synthetic crops were shown. "
            f"Mean F1 of the rare classes on validation blocks: {_figure(training['validation_f1'])}.",
            "",
        ]
    lines += [
        "## Limits",
        "",
        "Scores are of test blocks of the scenes it was trained on, not of other places or dates. The "
        "accuracy of a map takes reference data that was sampled for it.",
        "",
    ]
    return "\n".join(lines)


def _network(description: Mapping[str, Any]) -> str:
    if "architecture" not in description:
        return "a network"
    return f"a {description['architecture']} with the encoder {description['encoder']}"


def _class_row(
    one: Mapping[str, Any], description: Mapping[str, Any], training: Mapping[str, Any]
) -> str:
    priors = description.get("priors")
    share = "" if priors is None else f"{priors[one['index']]:.2%}"
    row = f"| {one['code']} | {one['name']} | {'yes' if one['rare'] else ''} | {share} |"
    if "test_iou" in training:
        row += f" {_figure(training['test_iou'][one['index']])} |"
    return row


def _figure(value: float | None) -> str:
    return "not evaluated" if value is None else f"{value:.3f}"
