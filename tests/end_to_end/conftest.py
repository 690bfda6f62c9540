"""Real QGIS processes with the real engine, in a home and a profile of their own."""

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SESSION = Path(__file__).with_name("qgis_session.py")


@pytest.fixture(scope="session")
def engine_python():
    """Return the interpreter that has the engine."""
    python = os.environ.get("OVERSEED_ENGINE_PYTHON", "")
    if not Path(python).is_file():
        pytest.fail("Set OVERSEED_ENGINE_PYTHON to the Python interpreter that has the engine.")
    return python


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """Return a home whose QGIS profile has the plugin, installed and enabled."""
    home = tmp_path_factory.mktemp("home")
    profile = home / ".local/share/QGIS/QGIS3/profiles/default"
    plugin = profile / "python/plugins/overseed_qgis"
    shutil.copytree(
        ROOT / "qgis_plugin", plugin, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    shutil.copy(ROOT / "metadata.txt", plugin)
    settings = profile / "QGIS/QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text("[PythonPlugins]\noverseed_qgis=true\n")
    return home


@pytest.fixture
def environment(home, engine_python, tmp_path):
    """Return the environment for QGIS; its mark is inherited by all that QGIS starts."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("QGIS", "XDG_"))}
    # The Python inside QGIS looks for its home beside the first `python3` on the path, and another
    # one than the system's has no `qgis`.
    kept["PATH"] = os.pathsep.join(["/usr/bin", kept.get("PATH", "")])
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    return {
        **kept,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "TMPDIR": str(temporary),
        "QT_QPA_PLATFORM": "offscreen",
        "OVERSEED_ENGINE_PYTHON": engine_python,
        "OVERSEED_TEST_MARK": uuid.uuid4().hex,
    }


@pytest.fixture(scope="session")
def scene(engine_python, tmp_path_factory):
    """Return the outputs of `simulate`: a small scene with its polygons and its class field."""
    folder = tmp_path_factory.mktemp("scene")
    size = ["--width", "384", "--height", "320", "--bands", "4", "--labelled", "0.6"]
    command = [engine_python, "-m", "overseed", "simulate", str(folder), *size, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["outputs"]


@pytest.fixture
def parameters(scene, tmp_path):
    """Return the shortest complete run of the algorithm."""
    return {
        "RASTERS": [scene["raster"]],
        "POLYGONS": scene["labels"],
        "CLASS_FIELD": scene["class_field"],
        "AUGMENT": "none",
        "EFFORT": "quick",
        "OUTPUT": str(tmp_path / "out" / "map.tif"),
    }


class Session:
    """A running `qgis_session.py`."""

    def __init__(self, plan, environment, folder):
        folder.mkdir(exist_ok=True)
        path = folder / "plan.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        self._log = (folder / "session.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(SESSION), str(path)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.heard = []

    def until(self, kind, **wanted):
        """Read on until a line of this kind and return it."""
        for line in self.process.stdout:
            if not line.startswith("{"):
                continue
            said = json.loads(line)
            self.heard.append(said)
            if said["kind"] == kind and all(said.get(k) == v for k, v in wanted.items()):
                return said
        self._log.seek(0)
        last = "\n".join(str(said) for said in self.heard[-5:])
        pytest.fail(f"QGIS ended before “{kind} {wanted}”.\n{last}\n{self._log.read()[-3000:]}")

    def go_on(self):
        """Let QGIS begin the next run, or end after the last."""
        self.heard.clear()
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self):
        """Kill QGIS if it still runs."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self._log):
            stream.close()


@pytest.fixture
def start_session(environment, home, parameters, tmp_path):
    """Return a function that starts QGIS with the runs of a plan."""
    sessions = []

    def start(*runs):
        (tmp_path / "out").mkdir(exist_ok=True)
        plugins = home / ".local/share/QGIS/QGIS3/profiles/default/python/plugins"
        plan = {"plugins": str(plugins), "parameters": parameters, "runs": list(runs)}
        sessions.append(Session(plan, environment, tmp_path / "session"))
        return sessions[-1]

    yield start
    for session in sessions:
        session.kill()


@pytest.fixture
def engines(environment):
    """Return a function that lists the living engine processes of this test: {pid: command}."""
    mark = f"OVERSEED_TEST_MARK={environment['OVERSEED_TEST_MARK']}".encode()

    def living():
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark not in (folder / "environ").read_bytes().split(b"\0"):
                    continue
                words = (folder / "cmdline").read_bytes().decode().split("\0")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state != "Z" and str(SESSION) not in words:
                found[int(folder.name)] = " ".join(words)
        return found

    return living


@pytest.fixture
def wait_until_gone(engines):
    """Return a function that waits for the end of all engine processes, at most until a moment."""

    def wait(deadline):
        while engines() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert engines() == {}, "engine processes are left"

    return wait


@pytest.fixture
def program():
    """Return the path of qgis_process."""
    found = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
    assert found, "qgis_process is not installed"
    return found


@pytest.fixture
def qgis_process(program, environment):
    """Return a function that runs an algorithm or model and returns its results; `.ran` lists the ids."""

    def run(algorithm, **parameters):
        words = [
            f"{name}={one}"
            for name, value in parameters.items()
            for one in (value if isinstance(value, list) else [value])
        ]
        done = subprocess.run(
            [program, "--json", "run", str(algorithm), "--", *words],
            env=environment, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        told = json.loads(done.stdout)
        run.ran.append(told["algorithm_details"]["id"])
        assert set(told["inputs"]) == set(parameters)
        return told["results"]

    run.ran = []
    return run


@pytest.fixture
def listed(program, environment):
    """Return the groups of all algorithms of Overseed that qgis_process lists, by id."""
    done = subprocess.run(
        [program, "--json", "list"], env=environment, capture_output=True, text=True, timeout=120
    )
    found = json.loads(done.stdout)["providers"]["overseed"]["algorithms"]
    return {name: about["group"] for name, about in found.items()}
