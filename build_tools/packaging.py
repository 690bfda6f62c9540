"""The package: the plugin's zip, installable in QGIS, with the engine's wheel in it."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from build_tools import translations
from build_tools.environments import choose_python, find_uv, uv_variables
from build_tools.processes import CACHE, ROOT, Stop, must, say

DIST = ROOT / "dist"
PLUGIN = ROOT / "qgis_plugin"
#: The plugin's folder in a zip and in a QGIS profile; never the engine's name.
PLUGIN_FOLDER = "overseed_qgis"
#: Files that stand at the top of the repository and belong into the plugin.
TOP_FILES = ["LICENSE", "metadata.txt"]
#: Where the plugin's set-up of the engine finds the pinned lists; `engine-<extra>.txt` are extras.
LISTS_FOLDER = "engine/requirements"
LISTS = ["uv.txt", "engine.txt", "engine-*.txt"]
#: Goes into every time stamp, so that the same sources make the same bytes: 1 January 2020, UTC.
EPOCH = "1577836800"
EPOCH_DATE = (2020, 1, 1, 0, 0, 0)


def run() -> int:
    """Build dist/overseed-<version>.zip and the wheel; returns 0."""
    wheel = build_wheel(DIST)
    archive = build_zip(DIST, wheel)
    for path in (archive, wheel):
        say(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} KiB")
    return 0


def version() -> str:
    """The version; engine/overseed/__init__.py is the one place where it is decided."""
    text = (ROOT / "engine" / "overseed" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if not found:
        raise Stop('engine/overseed/__init__.py holds no line `__version__ = "…"`.')
    return found[1]


def plugin_files() -> list[tuple[str, Path]]:
    """(path below the plugin's folder, file) of all that the plugin consists of, in order.

    Translations are made into the form that Qt loads; the repository holds their sources only.
    """
    files = {name: ROOT / name for name in TOP_FILES}
    for pattern in LISTS:
        for path in (ROOT / "requirements").glob(pattern):
            files[f"{LISTS_FOLDER}/{path.name}"] = path
    for path in PLUGIN.rglob("*"):
        inside = path.relative_to(PLUGIN)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if path.is_file() and not hidden and path.suffix not in (".pyc", ".pyo", ".ts", ".qm"):
            files[inside.as_posix()] = path
    for path in translations.compile_into(CACHE / "i18n"):
        files[f"i18n/{path.name}"] = path
    return sorted(files.items())


def build_wheel(out: Path) -> Path:
    """Build the engine's wheel into `out`, the build backend pinned by requirements/engine.txt.

    The sources are copied first: setuptools leaves a build folder, and what it finds there of
    files that are gone since would go into the wheel.
    """
    name = f"overseed-{version()}-py3-none-any.whl"
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch, "sources")
        sources.mkdir()
        for top in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(ROOT / top, sources / top)
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info", ".*")
        shutil.copytree(ROOT / "engine", sources / "engine", ignore=ignored)
        for path in sources.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        must(
            [
                *(find_uv(), "build", "--quiet", "--wheel", "--python", choose_python()),
                *("--require-hashes", "--build-constraints", ROOT / "requirements" / "engine.txt"),
                *("--out-dir", Path(scratch, "out"), sources),
            ],
            "The engine's wheel could not be built; the lines above say why.",
            dict(uv_variables(), SOURCE_DATE_EPOCH=EPOCH),
        )
        out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(scratch, "out", name), out / name)
    return out / name


def build_zip(out: Path, wheel: Path) -> Path:
    """Write the plugin's zip into `out`: sorted, plain permissions, fixed times."""
    files = [*plugin_files(), (f"engine/{wheel.name}", wheel)]
    target = out / f"overseed-{version()}.zip"
    unfinished = target.with_suffix(".zip.part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for inside, path in sorted(files):
            entry = zipfile.ZipInfo(f"{PLUGIN_FOLDER}/{inside}", EPOCH_DATE)
            entry.create_system = 3  # Unix, also when built on Windows
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    unfinished.replace(target)
    return target
