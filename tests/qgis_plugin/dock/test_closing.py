"""QGIS itself is closed or ended while a job of the dock runs: it ends, and so does all that it started."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STARTUP = Path(__file__).with_name("closing_startup.py")
DROPPED = ("QGIS", "XDG_", "PYTHON", "QT_QPA_PLATFORM", "WAYLAND")
#: Works until it is told to stop, with a child that knows of nothing; a deaf one does not listen.
ENGINE = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
hello()
open({started!r}, "w").close()
{then}
child.kill()
sys.exit(3)
"""


@pytest.fixture(scope="module")
def display():
    """Start a display that no one sees; QGIS's own program ends without one."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        number = stream.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture
def qgis(display, engine_python, no_orphans, raster, saved_polygons, tmp_path):
    """Return a function that starts a QGIS with windows that no one sees, and one that reads its log."""
    program = shutil.which("qgis.bin") or shutil.which("qgis")
    if program is None:
        pytest.skip("QGIS's program is not installed, only its libraries")
    home = tmp_path / "home ü"
    profile = home / ".local/share/QGIS/QGIS3/profiles/default"
    plugin = profile / "python/plugins/overseed_qgis"
    shutil.copytree(
        ROOT / "qgis_plugin", plugin, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    shutil.copy(ROOT / "metadata.txt", plugin)
    settings = profile / "QGIS/QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        "[PythonPlugins]\noverseed_qgis=true\nprocessing=true\n"
        "[qgis]\ncheckVersion=false\nnewsFeed=false\nshowTips=false\n"
        "[app]\nnews-feed\\httpsfeedqgisorg\\disabled=true\nfirstRunVersionFlag=99999\n"
        "[migration]\nfirstRunVersionFlag=99999\nsettings=true\n"
    )
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    plan = {
        "log": str(tmp_path / "log"), "raster": str(raster), "run": str(tmp_path / "run"),
        "polygons": f"{saved_polygons}|layername=fields", "started": str(tmp_path / "started"),
    }  # fmt: skip
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    processes = []

    def start(then, close):
        engine_python(ENGINE.format(started=plan["started"], then=then))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(DROPPED)}
        environment = {
            **kept,
            "PATH": os.pathsep.join(["/usr/bin", kept.get("PATH", "")]),
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "DISPLAY": display,
            "OVERSEED_TEST_PLAN": str(path),
        }
        if not close:
            plan["started"] = str(tmp_path / "never")
            path.write_text(json.dumps(plan), encoding="utf-8")
        words = [program, "--nologo", "--noversioncheck", "--code", str(STARTUP)]
        output = (tmp_path / "output").open("w")
        processes.append(subprocess.Popen(words, env=environment, stdout=output, stderr=output))
        return processes[-1]

    def log():
        file = Path(plan["log"])
        return file.read_text(encoding="utf-8") if file.exists() else ""

    yield start, log
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "then",
    [
        pytest.param("sys.stdin.readline()", id="hears"),
        pytest.param("time.sleep(300)", id="deaf", marks=pytest.mark.slow),
    ],
)
def test_qgis_is_closed(qgis, no_orphans, then):
    start, log = qgis
    process = start(then, close=True)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        pytest.fail("QGIS does not close:\n" + log())
    assert "failed" not in log()
    assert "asked: The following tasks are currently running" in log()
    assert process.returncode == 0, log()
    no_orphans()


@pytest.mark.parametrize(
    "how", [signal.SIGTERM, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)]
)
def test_qgis_is_ended(qgis, no_orphans, tmp_path, how):
    start, log = qgis
    process = start("sys.stdin.readline()", close=False)
    end = time.monotonic() + 60
    while not (tmp_path / "started").exists():
        assert process.poll() is None, log()
        assert time.monotonic() < end, log()
        time.sleep(0.1)
    process.send_signal(how)
    process.wait(30)
    no_orphans()
