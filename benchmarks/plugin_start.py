"""What enabling the plugin adds to QGIS's start, against the limit of 100 ms.

    python3 build.py bench plugin_start

Each start is a process of its own with the Python of QGIS (OVERSEED_QGIS_PYTHON names another one), which first
loads QGIS's libraries and then the plugin: `classFactory` and `initGui`. The first start also compiles the
plugin's modules, as after an installation.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from build_tools.processes import Stop, clean_environment  # noqa: E402
from build_tools.qgis import qgis_python  # noqa: E402

LIMIT_MS = 100
STARTS = 9


def main() -> int:
    try:
        python = qgis_python()
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="overseed-benchmark-") as folder:
        plugins = Path(folder, "plugins")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "qgis_plugin", plugins / "overseed_qgis", ignore=ignored)
        warm_up(python)
        first = start(python, plugins, folder)
        later = [start(python, plugins, folder) for _ in range(STARTS)]
    qgis = 1000 * statistics.median(one["qgis"] for one in later)
    print(
        f"QGIS's libraries alone: {qgis:.0f} ms; the plugin loads {len(first['modules'])} modules"
    )
    for what, starts in (("first start", [first]), (f"median of {STARTS} starts", later)):
        taken = 1000 * statistics.median(one["plugin"] for one in starts)
        processor = 1000 * statistics.median(one["processor"] for one in starts)
        row = {
            "what": f"enabling the plugin, {what}",
            "value": f"{taken:.0f} ms ({processor:.0f} ms of processor time)",
            "against": f"limit, {LIMIT_MS} ms",
            "ratio": round(taken / LIMIT_MS, 2),
        }
        print(json.dumps(row))
    return 0


def warm_up(python: str) -> None:
    """Bring QGIS's libraries into the page cache, so that the first start is the plugin's alone."""
    subprocess.run(
        [python, "-c", "import qgis.core, qgis.gui"], check=True, env=clean_environment()
    )


def start(python: str, plugins: Path, home: str) -> dict:
    """One start in a profile of its own; returns what `_plugin_start.py` prints."""
    script = Path(__file__).with_name("_plugin_start.py")
    environment = clean_environment(HOME=home, QGIS_CUSTOM_CONFIG_PATH=home)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [python, script, plugins],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
