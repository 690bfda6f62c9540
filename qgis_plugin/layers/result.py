"""Finished maps in the project: loaded and styled with class names and colours."""

from collections import deque
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
)

#: QGIS does not own post-processors; Python would delete one that nobody else holds.
_kept: deque[Any] = deque(maxlen=1000)


class _MapStyle(QgsProcessingLayerPostProcessorInterface):
    """Gives a map the style that lies beside it, whatever Processing's settings made of it."""

    def __init__(self, map_path: str) -> None:
        super().__init__()
        self._style = Path(map_path).with_suffix(".qml")

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        if self._style.is_file():
            layer.loadNamedStyle(str(self._style))
            layer.triggerRepaint()


def load_maps(context: QgsProcessingContext, maps: list[str], output: str) -> None:
    """Have all ``maps`` loaded and styled when ``output``, the first of them, is to be loaded."""
    if not context.willLoadLayerOnCompletion(output):
        return
    details = context.layerToLoadOnCompletionDetails(output)
    for path in maps:
        style = _MapStyle(path)
        _kept.append(style)
        if Path(path) == Path(output):
            details.setPostProcessor(style)
            continue
        other = QgsProcessingContext.LayerDetails(
            Path(path).stem, details.project, details.outputName
        )
        other.setPostProcessor(style)
        context.addLayerToLoadOnCompletion(path, other)
