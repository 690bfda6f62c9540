"""What the tables of several steps have in common."""

from typing import Any

from ...texts import tr
from ..fields import Field
from ..table import RUN, RUN_FOLDER, Result

#: Ways to make samples, as people choose them.
METHODS = (
    "spade",
    "pix2pix",
    "statistical",
    "replace",
    "copy-paste",
    "pseudo-labels",
    "diffusion",
    "sd-inpaint",
)


def run() -> Field:
    return Field(
        RUN, tr("Run folder"), "folder", "run", tr("The folder that “Prepare data set” has made.")
    )


def run_again() -> Result:
    """The run folder once more, so that steps can be chained in models."""
    return Result("RUN_FOLDER", tr("Run folder"), "folder", _run_folder)


def _run_folder(outputs: dict, _: dict) -> Any:
    return outputs.get(RUN_FOLDER)


def method() -> Field:
    return Field("METHOD", tr("Method"), "choice", "method", more={"options": METHODS})


def pipeline() -> tuple[Field, ...]:
    """What sd-inpaint starts from; no other method takes it."""
    return (
        Field(
            "WEIGHTS", tr("Weights of sd-inpaint"), "text", "weights", optional=True, advanced=True
        ),
        Field(
            "REVISION",
            tr("Revision of these weights"),
            "text",
            "revision",
            optional=True,
            advanced=True,
        ),
        Field(
            "SHOWN_BANDS",
            tr("Bands that sd-inpaint paints"),
            "text",
            "shown_bands",
            optional=True,
            advanced=True,
        ),
    )


def prompt() -> Field:
    return Field("PROMPT", tr("Prompt"), "text", "prompt", optional=True, advanced=True)


def effort() -> Field:
    return Field("EFFORT", tr("Effort"), "choice", "effort")


def seed() -> Field:
    return Field("SEED", tr("Seed"), "integer", "seed", advanced=True)


def device() -> Field:
    return Field("DEVICE", tr("Device"), "choice", "device", advanced=True)
