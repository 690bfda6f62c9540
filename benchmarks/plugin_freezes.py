"""The longest time for which QGIS's window does not answer while the plugin works, against the limit of 200 ms.

    python3 build.py bench plugin_freezes

In a QGIS without a screen (OVERSEED_QGIS_PYTHON names another Python), steps are run from the dock and the main
algorithm from Processing's own dialog, with a child in the engine's place that says as much as no engine
would: 5,000 metrics, 1,000 log lines of 20,000 letters, large previews. A timer in the window's thread beats
every 5 ms; what is told is the longest time between two beats in each part of a run, the median of some runs,
and the processor time that the thread itself used in the longest, which a busy machine does not lengthen.
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

LIMIT_MS = 200
RUNS = 5


def main() -> int:
    try:
        python = qgis_python()
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix="overseed-benchmark-") as folder:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(
                ROOT / "qgis_plugin", Path(folder, "plugins", "overseed_qgis"), ignore=ignored
            )
            runs.append(one_run(python, folder))
    for part in runs[0]:
        seconds = statistics.median(run[part][0] for run in runs)
        processor = statistics.median(run[part][1] for run in runs)
        row = {
            "what": f"longest freeze: {part}",
            "value": f"{1000 * seconds:.0f} ms ({1000 * processor:.0f} ms of processor time)",
            "against": f"limit, {LIMIT_MS} ms",
            "ratio": round(1000 * seconds / LIMIT_MS, 2),
        }
        print(json.dumps(row))
    return 0


def one_run(python: str, folder: str) -> dict[str, tuple[float, float]]:
    """Return the longest freeze of each part, in seconds and in seconds of processor time."""
    script = Path(__file__).with_name("_plugin_freezes.py")
    done = subprocess.run(
        [python, script, folder],
        env=clean_environment(
            HOME=folder, QGIS_CUSTOM_CONFIG_PATH=folder, QT_LOGGING_RULES="*.warning=false"
        ),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=600,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
