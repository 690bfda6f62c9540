"""Running the benchmarks and gathering the ratios they print into one table."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from build_tools.environments import bench_environment, engine_environment, test_environment
from build_tools.processes import ROOT, Stop, clean_environment, say

FOLDER = ROOT / "benchmarks"
COLUMNS = ("what", "value", "against", "ratio")
#: Benchmarks against packages that the engine does not need; they run in `.venv-bench`.
WITH_PEERS = frozenset({"sampler_against_torchgeo"})
#: Benchmarks of methods that need the extra `diffusion`, which `.venv-test` holds.
WITH_EXTRA = frozenset({"memorisation"})


def run(name: str | None) -> int:
    """Run one benchmark or all; prints their output and then the table of their ratios.

    A benchmark is a script in benchmarks/. Each of its results is one line of JSON with the keys
    `what`, `value`, `against` and `ratio`; its other lines are passed on as they are.
    """
    scripts = _chosen(name)
    python = engine_environment()
    rows, failed = [], []
    for script in scripts:
        say(f"\n== {script.stem} ==")
        try:
            own = _environment(script.stem) or python
        except Stop as stop:
            # Peers that cannot be installed do not keep the other benchmarks from running.
            say(str(stop))
            failed.append(script.stem)
            continue
        found, code = _results(own, script)
        rows += [[script.stem, *(str(row[column]) for column in COLUMNS)] for row in found]
        if code != 0:
            failed.append(script.stem)
    say("")
    for line in table([["benchmark", *COLUMNS], *rows]):
        say(line)
    if failed:
        say(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def _environment(name: str) -> Path | None:
    """The interpreter that a benchmark needs, None for the engine's own."""
    if name in WITH_PEERS:
        return bench_environment()
    return test_environment() if name in WITH_EXTRA else None


def table(rows: list[list[str]]) -> list[str]:
    """Lines in which each column is as wide as its widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _chosen(name: str | None) -> list[Path]:
    scripts = {path.stem: path for path in sorted(FOLDER.glob("[!_]*.py"))}
    if not scripts:
        raise Stop("There are no benchmarks yet.")
    if name is None:
        return list(scripts.values())
    if name not in scripts:
        raise Stop(f"There is no benchmark {name!r}; there are: {', '.join(scripts)}.")
    return [scripts[name]]


def _results(python: Path, script: Path) -> tuple[list[dict], int]:
    results = []
    command = [str(python), str(script)]
    options = {"cwd": ROOT, "env": clean_environment(PYTHONUNBUFFERED="1"), "encoding": "utf-8"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as process:
        for line in process.stdout:
            result = _result_in(line)
            if result is None:
                print(line, end="", flush=True)
            else:
                results.append(result)
    return results, process.returncode


def _result_in(line: str) -> dict | None:
    try:
        result = json.loads(line)
    except ValueError:
        return None
    return result if isinstance(result, dict) and set(COLUMNS) <= set(result) else None
