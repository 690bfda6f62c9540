"""The translation of the plugin's sentences: loaded for the language of QGIS, taken back on unload."""

from pathlib import Path
from typing import Optional

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

FOLDER = Path(__file__).with_name("i18n")


def qgis_locale() -> str:
    """Return the locale that QGIS shows itself in, such as ``de`` or ``pt_BR``."""
    settings = QgsSettings()
    if settings.value("locale/overrideFlag", False, type=bool):
        chosen = str(settings.value("locale/userLocale", "") or "")
        if chosen:
            return chosen
    return QLocale.system().name()


def install_translator() -> Optional[QTranslator]:
    """Install the translation for QGIS's language; None where there is none, such as for English.

    A file of the country (``pt_BR``) goes before one of the language (``pt``).
    """
    locale = qgis_locale()
    for name in (locale, locale.partition("_")[0]):
        path = FOLDER / f"overseed_{name}.qm"
        translator = QTranslator()
        if path.is_file() and translator.load(str(path)):
            QCoreApplication.installTranslator(translator)
            return translator
    return None


def remove_translator(translator: Optional[QTranslator]) -> None:
    """Take a translation back that :func:`install_translator` gave."""
    if translator is not None:
        QCoreApplication.removeTranslator(translator)
