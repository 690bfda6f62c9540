"""QGIS's own batch dialog with the real engine: two rows, two results, both loaded."""

import sys
import time
from pathlib import Path

import pytest
from qgis.core import Qgis, QgsApplication, QgsProject
from qgis.PyQt.QtCore import QCoreApplication


@pytest.fixture
def dialog(home, engine_python, qgis_app, qgis_processing, monkeypatch):
    """Return the batch dialog of “Sample reference points”."""
    monkeypatch.syspath_prepend(home / ".local/share/QGIS/QGIS3/profiles/default/python/plugins")
    # The interface that pytest-qgis pretends to have is not real enough for the dialog.
    for module in ("BatchPanel", "BatchAlgorithmDialog", "Postprocessing"):
        monkeypatch.setattr(f"processing.gui.{module}.iface", None, raising=False)
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    from overseed_qgis.algorithms.provider import OverseedProvider

    provider = OverseedProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    algorithm = QgsApplication.processingRegistry().algorithmById("overseed:samplereferencepoints")
    dialog = BatchAlgorithmDialog(algorithm.create())
    yield dialog
    dialog.close()
    dialog.deleteLater()
    QgsProject.instance().removeAllMapLayers()
    QgsApplication.processingRegistry().removeProvider(provider)
    for name in [name for name in sys.modules if name.startswith("overseed_qgis")]:
        del sys.modules[name]


def test_two_rows_draw_two_samples_that_are_loaded(dialog, scene, tmp_path):
    panel = dialog.mainWidget()
    panel.addRow(1)
    panel.checkLoadLayersOnCompletion.setChecked(True)
    outputs = [tmp_path / f"points {count}.gpkg" for count in (30, 40)]
    for row, (count, output) in enumerate(zip((30, 40), outputs)):
        for name, value in (("MAP", scene["truth"]), ("COUNT", count)):
            wrapper = panel.wrappers[row][panel.parameter_to_column[name]]
            wrapper.setParameterValue(value, panel.processing_context)
        cell = panel.tblParameters.cellWidget(row + 1, panel.parameter_to_column["OUTPUT"])
        cell.setValue(str(output))
    dialog.show()  # QGIS 3.40 and later delete one that nobody sees when it is done
    dialog.runButton().click()
    wait_for(dialog)
    layers = {
        Path(layer.source().partition("|")[0]).name: layer.featureCount()
        for layer in QgsProject.instance().mapLayers().values()
    }
    assert layers == {"points 30.gpkg": 30, "points 40.gpkg": 40}


def wait_for(dialog):
    """QGIS 3.40 runs the rows in the background, 3.22 in the dialog's own thread."""
    deadline = time.monotonic() + 300
    QCoreApplication.processEvents()
    while Qgis.QGIS_VERSION_INT >= 34000 and dialog.cancelButton().isEnabled():
        assert time.monotonic() < deadline, "the batch does not end"
        QCoreApplication.processEvents()
        time.sleep(0.01)
