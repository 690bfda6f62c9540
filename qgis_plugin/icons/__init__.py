"""The plugin's icons: one drawing each, in colours for light and for dark surroundings."""

from functools import cache
from pathlib import Path

from qgis.PyQt.QtGui import QIcon, QPalette
from qgis.PyQt.QtWidgets import QApplication

FOLDER = Path(__file__).parent
#: The algorithms' pictures, by id, in the order of the work; a kind of step has one picture.
ALGORITHM_ICONS = {
    "classifyrareclasses": "overseed",
    "inspectclasses": "inspect",
    "preparedataset": "prepare",
    "traingenerator": "generator",
    "synthesizesamples": "samples",
    "reviewsamples": "review",
    "measuresamples": "assess",
    "trainsegmentation": "train",
    "compareaugmentations": "compare",
    "classifyraster": "map",
    "suggestlabels": "suggest",
    "samplereferencepoints": "points",
    "assessmap": "assess",
    "makereport": "report",
    "preparechips": "chips",
    "clusterchips": "clusters",
    "trainchipgan": "chip-gan",
    "classifychips": "chip-classifier",
    "mapchips": "heat-map",
}


def icon(name: str) -> QIcon:
    """Return an icon for the surroundings that QGIS has at this moment; ``name`` is a file's."""
    return _read(icon_path(name))


def icon_path(name: str) -> str:
    """Return the path of the SVG file that suits QGIS's surroundings at this moment."""
    return str(FOLDER / ("dark" if is_dark() else "light") / f"{name}.svg")


def algorithm_icon(algorithm: str) -> QIcon:
    """Return the icon of an algorithm, by its id; the plugin's own where it has none."""
    return icon(ALGORITHM_ICONS.get(algorithm, "overseed"))


def overseed_icon() -> QIcon:
    """Return the icon of the plugin: a sown field with one rare patch."""
    return icon("overseed")


def is_dark() -> bool:
    """Return whether windows are dark, whatever theme made them so; they are light without windows."""
    if QApplication.instance() is None:
        return False
    return QApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128


@cache
def _read(path: str) -> QIcon:
    return QIcon(path)
