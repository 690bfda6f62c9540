"""The plugin's icons."""

from pathlib import Path

from qgis.PyQt.QtGui import QIcon


def overseed_icon() -> QIcon:
    """Return the icon of the plugin: a sown field with one rare patch."""
    return QIcon(str(Path(__file__).with_name("overseed.svg")))
