"""A QGIS without windows in which the engine is set up by clicks on its card, told what by a file.

    python setup_session.py PLAN.json

The plan holds `plugins` (the folder with `overseed_qgis`), `wheels` (a folder, or "" for the
network), `cancel` (cancel the first attempt when the bar is there, or null) and `parameters` for
the algorithm, or null for an end after the set-up. Moments are JSON lines on standard output.
"""

import json
import subprocess
import sys
import time

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QEventLoop, QTimer
from qgis.PyQt.QtWidgets import QFileDialog, QPushButton, QWidget

PLAN = json.load(open(sys.argv[1], encoding="utf-8"))
sys.path.insert(0, PLAN["plugins"])


def say(kind, **fields):
    """Tell the test something."""
    print(json.dumps({"kind": kind, "time": time.monotonic(), **fields}), flush=True)


def until(done):
    """Keep QGIS's events going until something is so."""
    while not done():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


#: Ticks as the pulse does and prints its longest pause: that of a process that has nothing to do.
CONTROL = """
import sys, threading, time
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
longest, last = 0.0, time.monotonic()
while not ended.wait(0.01):
    now = time.monotonic()
    longest, last = max(longest, now - last), now
print(longest)
"""


class Pulse:
    """Measures for how long the main thread is not free, and an idle process beside it."""

    def __init__(self):
        self.longest, self._last = 0.0, time.monotonic()
        self._control = subprocess.Popen(
            [sys.executable, "-c", CONTROL], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(10)

    def end(self):
        """Return the longest pause here and in the idle process, in seconds."""
        self._timer.stop()
        return {"blocked": self.longest, "idle": float(self._control.communicate()[0])}

    def _tick(self):
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now


def set_up():
    """Consent, install, and in between perhaps cancel; returns the card's session."""
    from overseed_qgis.setup import session as states
    from overseed_qgis.setup.card import EngineCard
    from overseed_qgis.setup.session import shared_session

    card, session = EngineCard(), shared_session()
    card.resize(360, 500)
    card.show()
    say("before", state=session.state)

    def click(name):
        card.findChild(QPushButton, f"overseedEngine{name}").click()

    def rest():
        until(lambda: session.state != states.WORKING)

    def consent(name):
        click(name)
        rest()
        offline = card.findChild(QWidget, "overseedEngineOffline")
        if PLAN["wheels"] and not offline.isChecked():
            QFileDialog.getExistingDirectory = lambda *words: PLAN["wheels"]
            offline.click()
        say("consent", text=card.findChild(QWidget, "overseedEngineText").text())

    consent("Plan")
    pulse = Pulse()
    click("Install")
    if PLAN["cancel"] is not None:
        until(lambda: session.percent >= PLAN["cancel"] or session.state != states.WORKING)
        click("Cancel")
        rest()
        pulse.end()
        say("cancelled", state=session.state, notice=session.notice)
        consent("Resume")
        pulse = Pulse()
        click("Install")
    rest()
    say("installed", state=session.state, notice=session.notice, **pulse.end())
    say("diagnosis", text=session.diagnosis())


def main():
    """Set up, then map."""
    application = QgsApplication([], True)
    application.initQgis()
    set_up()
    if PLAN["parameters"] is not None:
        sys.path.append("/usr/share/qgis/python/plugins")
        import processing
        from processing.core.Processing import Processing

        from overseed_qgis.menu import MAIN_ALGORITHM
        from overseed_qgis.plugin import OverseedPlugin

        Processing.initialize()
        plugin = OverseedPlugin(None)
        plugin.initProcessing()
        say("mapped", outputs={k: str(v) for k, v in run(processing, MAIN_ALGORITHM).items()})
        plugin.unload()
    application.exitQgis()


def run(processing, algorithm):
    """Run the algorithm on a scene that the engine just installed makes."""
    from overseed_qgis.settings import child_environment, engine_python

    folder = PLAN["parameters"]["folder"]
    words = ["simulate", folder, "--width", "384", "--height", "320", "--bands", "4", "--json"]
    done = subprocess.run(
        [engine_python(), "-m", "overseed", *words, "--labelled", "0.6"],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    scene = json.loads(done.stdout)["outputs"]
    parameters = {
        "RASTERS": [scene["raster"]],
        "POLYGONS": scene["labels"],
        "CLASS_FIELD": scene["class_field"],
        "AUGMENT": "none",
        "EFFORT": "quick",
        "OUTPUT": PLAN["parameters"]["map"],
    }
    return processing.run(algorithm, parameters)


main()
