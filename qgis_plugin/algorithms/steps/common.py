"""What the tables of several steps have in common."""

from typing import Any

from ...texts import tr
from ..fields import Field
from ..table import RUN, RUN_FOLDER, Result

#: Ways to make samples, as people choose them.
METHODS = ("spade", "pix2pix", "statistical", "replace", "copy-paste", "pseudo-labels")


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


def effort() -> Field:
    return Field("EFFORT", tr("Effort"), "choice", "effort")


def seed() -> Field:
    return Field("SEED", tr("Seed"), "integer", "seed", advanced=True)


def device() -> Field:
    return Field("DEVICE", tr("Device"), "choice", "device", advanced=True)
