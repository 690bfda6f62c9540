"""What “About Overseed” says."""

import configparser
from html import escape
from pathlib import Path

from .help.words import privacy
from .texts import tr

METADATA = Path(__file__).with_name("metadata.txt")


def version() -> str:
    """Return the plugin's version, "" where its metadata cannot be read."""
    parser = configparser.RawConfigParser()
    parser.read(METADATA, encoding="utf-8")
    return parser.get("general", "version", fallback="")


def about_text() -> str:
    """Return the text as HTML."""
    what = tr(
        "Maps land cover whose interesting classes are rare, and says with numbers whether made samples helped."
    )
    licence = tr("Licence: GNU General Public License, version 2 or later.")
    paragraphs = [
        f"<b>Overseed {escape(version())}</b>",
        escape(what),
        escape(privacy()),
        escape(licence),
    ]
    return "".join(f"<p>{text}</p>" for text in paragraphs)
