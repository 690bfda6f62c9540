"""What the plugin brings along for a set-up: its version, lists of libraries, and the engine itself."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ..texts import tr

PLUGIN = Path(__file__).resolve().parent.parent
_EXTRA_LIST = re.compile(r"engine-([a-z0-9]+)\.txt")


@dataclass(frozen=True)
class Materials:
    """The files that a set-up starts from; ``problem`` says in a sentence what is missing, or "".

    ``engine`` is the wheel in the plugin's zip, or the folder of a checkout. ``extras`` are the
    optional parts of the engine for which a list of libraries is here.
    """

    version: str
    lists: Path
    engine: Path
    extras: tuple[str, ...] = ()
    problem: str = ""

    def list_of(self, extra: str = "") -> Path:
        """Return the pinned list of the engine, or of one of its extras with all that it needs."""
        return self.lists / (f"engine-{extra}.txt" if extra else "engine.txt")

    @property
    def uv_list(self) -> Path:
        """The pinned list that holds uv."""
        return self.lists / "uv.txt"

    @property
    def is_wheel(self) -> bool:
        """Whether the engine is a wheel, rather than a folder with sources."""
        return self.engine.suffix == ".whl"


def find_materials(plugin: Path = PLUGIN) -> Materials:
    """Return what lies in the plugin's folder, else in the checkout that the plugin is a part of."""
    version = plugin_version(plugin)
    wheel = plugin / "engine" / f"overseed-{version}-py3-none-any.whl"
    lists = plugin / "engine" / "requirements"
    checkout = plugin.parent
    if not wheel.is_file() and (checkout / "engine" / "overseed" / "__init__.py").is_file():
        wheel, lists = checkout, checkout / "requirements"
    problem = ""
    if not wheel.exists() or not (lists / "engine.txt").is_file():
        problem = tr(
            "This copy of the plugin has no engine in it, so it cannot install one. Install the "
            "plugin from its zip, or use an interpreter that has the engine already."
        )
    found = [_EXTRA_LIST.fullmatch(path.name) for path in sorted(lists.glob("engine-*.txt"))]
    extras = tuple(match[1] for match in found if match)
    return Materials(version, lists, wheel, extras, problem)


def plugin_version(plugin: Path = PLUGIN) -> str:
    """Return the version in the plugin's ``metadata.txt``; "0" when there is none."""
    for folder in (plugin, plugin.parent):
        version = _version_in(folder / "metadata.txt")
        if version:
            return version
    return "0"


def _version_in(path: Path) -> Optional[str]:
    try:
        found = re.search(r"^version=(\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None
