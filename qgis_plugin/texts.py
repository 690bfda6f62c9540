"""Sentences for people: the one place through which they pass to be translated."""

from qgis.PyQt.QtCore import QCoreApplication


def tr(sentence: str) -> str:
    """Return ``sentence`` in the language of QGIS; English where there is no translation."""
    return QCoreApplication.translate("Overseed", sentence)
