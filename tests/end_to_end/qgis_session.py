"""A QGIS without windows that runs the algorithm as its window does, told what by a JSON file.

    python qgis_session.py PLAN.json

The plan holds `plugins` (the folder with `overseed_qgis`), `parameters`, and `runs`, one entry per
run: null, or `{"stage": …, "progress": true|false}`, which cancels the run when that stage of the
engine begins or has made some progress. Every noteworthy moment is a JSON line on standard output;
after a run QGIS stays open and the next run waits for a line on standard input.
"""

import json
import sys
import time

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)
from qgis.PyQt.QtCore import QCoreApplication

ALGORITHM = "overseed:classifyrareclasses"


def say(**fields):
    """Tell the test something; the time is the same clock in every process."""
    print(json.dumps({"time": time.monotonic(), **fields}), flush=True)


class Feedback(QgsProcessingFeedback):
    """Passes on what the person would read."""

    def __init__(self):
        super().__init__(False)

    def reportError(self, error, fatalError=False):
        """Pass on why the algorithm failed."""
        say(kind="failure", message=error)

    def pushWarning(self, warning):
        """Pass on a warning."""
        say(kind="warning", message=warning)


def watch_events(heard):
    """Call ``heard`` with every event of the engine."""
    from overseed_qgis.engine import runner

    parse = runner.parse_event

    def parse_and_tell(line):
        event = parse(line)
        if event is not None:
            heard(event)
        return event

    runner.parse_event = parse_and_tell


class Session:
    """The runs of one plan, one after the other."""

    def __init__(self, plan):
        self._plan = plan
        self._feedback = None
        self._cancel = None
        self._stage = ""
        watch_events(self._heard)

    def run_all(self):
        """Run the plan's runs; each in a thread of its own while this one keeps its event loop."""
        for number, cancel in enumerate(self._plan["runs"]):
            if number:
                sys.stdin.readline()
            self._run(cancel)
        sys.stdin.readline()

    def _run(self, cancel):
        self._cancel, self._feedback, context = cancel, Feedback(), QgsProcessingContext()
        context.setProject(QgsProject.instance())
        algorithm = QgsApplication.processingRegistry().algorithmById(ALGORITHM).create()
        parameters = self._plan["parameters"]
        ok, message = algorithm.checkParameterValues(parameters, context)
        if not ok:
            say(kind="refused", message=message)
            return
        ended = []
        task = QgsProcessingAlgRunnerTask(algorithm, parameters, context, self._feedback)
        task.executed.connect(lambda ok, results: ended.append((ok, results)))
        QgsApplication.taskManager().addTask(task)
        while not ended:
            QCoreApplication.processEvents()
            time.sleep(0.02)
        say(kind="ended", ok=ended[0][0], results=ended[0][1])

    def _heard(self, event):
        kind = event["event"]
        if kind == "stage":
            self._stage = event["stage"]
        if kind in ("stage", "progress", "result"):
            say(kind=kind, stage=self._stage, done=event.get("done"), label=event.get("label"))
        wanted = self._cancel
        if wanted is None or self._feedback.isCanceled() or self._stage != wanted["stage"]:
            return
        moment = "progress" if wanted["progress"] else "stage"
        if kind == moment and (kind == "stage" or event["done"] > 0):
            say(kind="cancel", stage=self._stage)
            self._feedback.cancel()


def main():
    """Start QGIS, register the provider and run."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        plan = json.load(stream)
    sys.path.insert(0, plan["plugins"])
    application = QgsApplication([], False)
    application.initQgis()
    from overseed_qgis import classFactory

    plugin = classFactory(None)
    plugin.initProcessing()
    Session(plan).run_all()
    plugin.unload()
    application.exitQgis()


if __name__ == "__main__":
    main()
