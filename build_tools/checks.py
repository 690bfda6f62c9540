"""Everything that checks the repository: format, lint, types and all tests, with a summary."""

from __future__ import annotations

import os
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from build_tools import chroots, environments, qgis
from build_tools.processes import CACHE, Word, call, clean_environment, say

RESULTS = CACHE / "tests"
#: Each worker holds PyTorch and its tests' scenes: about 2 GB.
MOST_WORKERS = 6


@dataclass(frozen=True)
class Part:
    """One part of the checks: what was run, whether it passed, and what it counted."""

    name: str
    passed: bool
    counted: str
    seconds: float


def run(with_qgis: bool, release: str | None = None) -> int:
    """Run all parts, also after one fails; returns 0 when every part passed, else 1.

    With `release`, only the tests of and with the plugin run, in that Debian release.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    if release:
        return _run_in_release(release)
    # QGIS comes first: when it cannot be had, nothing else should have been waited for.
    qgis_python = qgis.qgis_python() if with_qgis else None
    python = environments.test_environment()
    engine_python = environments.python_in(environments.ENGINE)
    parts = [
        _tool("format", [python, "-m", "ruff", "format", "--check", "."]),
        _tool("lint", [python, "-m", "ruff", "check", "."]),
        _tool("types", [python, "-m", "mypy", "--python-executable", engine_python]),
        _pytest(
            "tests/engine", python, *_workers(), OMP_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE"
        ),
        _pytest("tests/repository", python),
    ]
    if qgis_python is None:
        without = ["tests/qt6", "tests/qgis_plugin", "tests/end_to_end"]
        return _summary(parts, [f"{name} (--without-qgis)" for name in without])
    # Qt 6 comes as wheels; the system's libraries that it needs come with QGIS.
    parts.append(_pytest("tests/qt6", python))
    python = environments.qgis_environment(qgis_python)
    # Tests that look at real windows start their own display and set the platform for it.
    parts.append(_pytest("tests/qgis_plugin", python, QT_QPA_PLATFORM="offscreen"))
    parts.append(_pytest("tests/end_to_end", python, QT_QPA_PLATFORM="offscreen"))
    return _summary(parts, left_out=[])


def count(junit: Path) -> tuple[int, int]:
    """Tests that ran and tests that were skipped, from pytest's result file; zeros without one."""
    try:
        suites = ElementTree.parse(junit).getroot().iter("testsuite")
        figures = [(int(suite.get("tests", 0)), int(suite.get("skipped", 0))) for suite in suites]
    except (OSError, ElementTree.ParseError):
        return 0, 0
    skipped = sum(figure[1] for figure in figures)
    return sum(figure[0] for figure in figures) - skipped, skipped


def _tool(name: str, command: list[Word]) -> Part:
    _heading(name)
    started = time.monotonic()
    code = call(command, clean_environment())
    return Part(name, code == 0, "", time.monotonic() - started)


def _workers() -> list[str]:
    """Options that spread test files over the cores; each worker's fixtures stay its own.

    The longest files come first because the tests' own order says so, not by their number of tests.
    """
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    if workers == 1:
        return []
    return [f"--numprocesses={workers}", "--dist=loadfile", "--no-loadscope-reorder"]


def _pytest(folder: str, python: Path, *options: str, **variables: str) -> Part:
    _heading(folder)
    junit = RESULTS / f"{Path(folder).name}.xml"
    junit.unlink(missing_ok=True)
    engine = str(environments.python_in(environments.ENGINE))
    variables = clean_environment(OVERSEED_ENGINE_PYTHON=engine, **variables)
    started = time.monotonic()
    code = call([python, "-m", "pytest", folder, f"--junitxml={junit}", *options], variables)
    return _counted(folder, code, junit, started)


def _run_in_release(name: str) -> int:
    release = chroots.Release(name, [*qgis.APT_PACKAGES, *qgis.DISPLAY_PACKAGES])
    parts, left_out = [], []
    for folder in ("tests/qgis_plugin", "tests/end_to_end"):
        engine = folder == "tests/end_to_end"
        if engine and not environments.engine_is_here():
            left_out.append(f"{folder} (python3 build.py test makes the engine that it needs)")
            continue
        part = f"{folder} in {name}"
        _heading(part)
        junit = RESULTS / f"{Path(folder).name}-{name}.xml"
        junit.unlink(missing_ok=True)
        started = time.monotonic()
        parts.append(_counted(part, release.pytest(folder, junit, engine), junit, started))
    return _summary(parts, left_out)


def _counted(name: str, code: int, junit: Path, started: float) -> Part:
    ran, skipped = count(junit)
    counted = f"{ran} tests" + (f", {skipped} skipped" if skipped else "")
    if code > 1:  # pytest did not get to its end, or found nothing
        counted += f", exit code {code}"
    # A part in which nothing ran has shown nothing, whatever pytest says.
    return Part(name, code == 0 and ran > 0, counted, time.monotonic() - started)


def _heading(name: str) -> None:
    say(f"\n== {name} ==")


def _summary(parts: list[Part], left_out: list[str]) -> int:
    say("\n== summary ==")
    width = max((len(part.name) for part in parts), default=0)
    for part in parts:
        result = "passed" if part.passed else "FAILED"
        say(f"{part.name:<{width}} {result:<8} {part.seconds:6.0f} s  {part.counted}")
    for name in left_out:
        say(f"Left out: {name}.")
    failed = [part.name for part in parts if not part.passed]
    say(f"Failed: {', '.join(failed)}." if failed else "All parts passed.")
    return 1 if failed else 0
