"""Installing the plugin into a QGIS user profile, wired to the engine of this repository."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from build_tools.environments import engine_environment
from build_tools.packaging import PLUGIN_FOLDER, plugin_files
from build_tools.processes import Stop, say


def run(profile: str) -> int:
    """Install into the named profile of QGIS 3, and of QGIS 4 where that has one; returns 0."""
    folders = profile_folders(profile)
    python = engine_environment()
    for major, folder in folders:
        target = install_files(folder)
        settings = folder / "QGIS" / f"QGIS{major}.ini"
        set_values(
            settings,
            {
                ("PythonPlugins", PLUGIN_FOLDER): "true",
                ("overseed", "engine_python"): quoted(python.as_posix()),
            },
        )
        say(f"Installed and enabled for QGIS {major} in {target}; restart QGIS if it is running.")
    return 0


def profile_folders(profile: str) -> list[tuple[int, Path]]:
    """(major version, folder) of each QGIS in whose profile the plugin is to go.

    The default profile of QGIS 3 need not exist yet; raises `Stop` when another one does not.
    """
    homes = {major: _home(major) / "profiles" for major in (3, 4)}
    found = [(major, home / profile) for major, home in homes.items() if (home / profile).is_dir()]
    if found:
        return found
    if profile != "default":
        names = {path.name for home in homes.values() for path in home.glob("*/") if path.is_dir()}
        known = f"there are: {', '.join(sorted(names))}" if names else "there is none yet"
        raise Stop(f"There is no QGIS profile {profile!r}; {known}.")
    major = 4 if homes[4].parent.is_dir() and not homes[3].parent.is_dir() else 3
    return [(major, homes[major] / profile)]


def install_files(folder: Path) -> Path:
    """Put the plugin's files into a profile in place of an older copy; returns their folder."""
    plugins = folder / "python" / "plugins"
    target = plugins / PLUGIN_FOLDER
    unfinished = plugins / f".{PLUGIN_FOLDER}.unfinished"
    _remove(unfinished)
    for inside, path in plugin_files():
        (unfinished / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, unfinished / inside)
    _remove(target)
    unfinished.rename(target)
    return target


def set_values(path: Path, values: dict[tuple[str, str], str]) -> None:
    """Set (group, key) → value in a QSettings INI file; every other byte of it stays.

    Values are taken as they are written (see `quoted`). The file need not exist.
    """
    # Latin-1 gives each byte a character of its own, so what is not understood survives.
    text = path.read_bytes().decode("latin-1") if path.exists() else ""
    for (group, key), value in values.items():
        text = with_value(text, group, key, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_bytes(text.encode("latin-1"))
    if path.exists():
        shutil.copymode(path, unfinished)
    unfinished.replace(path.resolve())


def with_value(text: str, group: str, key: str, value: str) -> str:
    """The text of an INI file with one value set: in place, else at the end of its group."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
    setting = f"{key}={value}{newline}"
    end, replaced, inside = None, False, False
    for number, line in enumerate(lines):
        header = re.match(r"\s*\[([^\]]*)\]", line)
        if header:
            inside = header[1] == group
        if inside and line.strip():
            end = number + 1
        # A group may stand there twice, and the last one counts: all are set.
        if inside and not header and line.split("=", 1)[0].strip() == key:
            lines[number], replaced = setting, True
    if end is None:
        gap = newline if lines and lines[-1].strip() else ""
        lines += [gap, f"[{group}]{newline}", setting]
    elif not replaced:
        lines.insert(end, setting)
    return "".join(lines)


def quoted(value: str) -> str:
    r"""A text as QSettings writes it: in quotes, other characters than ASCII as \x escapes.

    Qt 5 reads such files as Latin-1 and Qt 6 as UTF-8; both understand the escapes.
    """
    written, after_escape = [], False
    for unit in _utf16_units(value):
        character = chr(unit)
        # A hexadecimal digit after an escape would be read as part of it.
        if unit > 126 or unit < 32 or (after_escape and character in "0123456789abcdefABCDEF"):
            written.append(f"\\x{unit:x}")
            after_escape = True
        else:
            written.append("\\" + character if character in '"\\' else character)
            after_escape = False
    return '"' + "".join(written) + '"'


def _utf16_units(value: str) -> list[int]:
    data = value.encode("utf-16-le")
    return [int.from_bytes(data[start : start + 2], "little") for start in range(0, len(data), 2)]


def _home(major: int) -> Path:
    """Where a QGIS of this major version keeps its profiles folder."""
    custom = os.environ.get("QGIS_CUSTOM_CONFIG_PATH")
    if custom:
        return Path(custom)
    if os.name == "nt":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "QGIS" / f"QGIS{major}"


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
