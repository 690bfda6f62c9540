"""One start of QGIS with the plugin, in QGIS's Python: how long the plugin takes and what it loads.

    python3 _plugin_start.py FOLDER

FOLDER holds the plugin as `overseed_qgis`. Prints one line of JSON: `qgis` and `plugin`, the seconds that
QGIS's libraries and the plugin took, `processor`, the plugin's seconds of processor time, and `modules`, the
names that the plugin added to `sys.modules`. QGIS's own Python plugins, which share some of those modules,
are not loaded.
"""

import json
import os
import sys
import time


class Anything:
    """Answers every call and attribute with itself, as far as a plugin only hands things to QGIS."""

    def __call__(self, *arguments, **named):
        return self

    def __getattr__(self, name):
        return self


class Interface(Anything):
    """QGIS's interface with a real window."""

    def __init__(self, window):
        self._window = window

    def mainWindow(self):
        return self._window


def main() -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    began = time.perf_counter()
    import qgis.gui
    import qgis.PyQt.QtGui
    import qgis.PyQt.QtWidgets
    from qgis.core import QgsApplication

    application = QgsApplication([], True)
    application.initQgis()
    ready = time.perf_counter()
    window = qgis.PyQt.QtWidgets.QMainWindow()
    sys.path.insert(0, sys.argv[1])
    before = set(sys.modules)
    started, used = time.perf_counter(), time.process_time()
    import overseed_qgis

    plugin = overseed_qgis.classFactory(Interface(window))
    plugin.initGui()
    taken, used = time.perf_counter() - started, time.process_time() - used
    modules = sorted(set(sys.modules) - before)
    plugin.unload()
    seconds = {"qgis": ready - began, "plugin": taken, "processor": used}
    print(json.dumps({**seconds, "modules": modules}))
    sys.stdout.flush()
    # QGIS's own end is not looked at, and some releases end badly without a main window.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
