"""Help pages that open without a network: written on this machine in QGIS's language when first asked for.

They come from the algorithms' own tables, so that they always say what this version does, and are not part
of the package: in it they would be in one language only.
"""

import contextlib
import tempfile
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QUrl

from ..translation import qgis_locale
from .pages import INDEX, pages

#: Where pages were written in this session, by language.
_written: dict[str, Path] = {}


def help_url(algorithm: str) -> str:
    """Return the address of an algorithm's page, by its id; the index where it has none, "" on failure."""
    return _url(f"{algorithm}.html")


def index_url() -> str:
    """Return the address of the first page, "" when pages cannot be written anywhere."""
    return _url(INDEX)


def write_pages(folder: Path) -> None:
    """Write all pages into ``folder``; pages that are already right are left alone.

    Raises ``OSError`` when that is not possible.
    """
    folder.mkdir(parents=True, exist_ok=True)
    provider = QgsApplication.processingRegistry().providerById("overseed")
    for name, text in pages(provider.algorithms() if provider is not None else []).items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _url(page: str) -> str:
    folder = _folder()
    if folder is None:
        return ""
    path = folder / page
    return QUrl.fromLocalFile(str(path if path.is_file() else folder / INDEX)).toString()


def _folder():
    locale = qgis_locale()
    if locale in _written and (_written[locale] / INDEX).is_file():
        return _written[locale]
    # A profile may be read-only.
    for base in (QgsApplication.qgisSettingsDirPath(), tempfile.gettempdir()):
        folder = Path(base) / "overseed" / "help" / locale
        with contextlib.suppress(OSError):
            write_pages(folder)
            _written[locale] = folder
            return folder
    return None
