"""Polygons or points with known classes, taken from a form: their file, class field and colours."""

import contextlib
from functools import cached_property
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingException

from ..engine.command import content_key
from ..texts import tr
from .colours import ClassStyle, class_styles, classes_table, styles_of
from .polygons import Snapshot, copy_labels, plain_path, unwrapped


def checked_field(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict,
    polygons: str,
    field: str,
    context: QgsProcessingContext,
) -> str:
    """Return the class field that the parameter ``field`` names.

    Raises ``QgsProcessingException`` with a sentence when the layer of the parameter ``polygons`` cannot be
    read or has no such field.
    """
    name = algorithm.parameterAsString(parameters, field, context)
    source = algorithm.parameterAsSource(parameters, polygons, context)
    if source is None:
        raise QgsProcessingException(algorithm.invalidSourceError(parameters, polygons))
    present = source.fields().names()
    if not name:
        raise QgsProcessingException(
            tr(
                "Choose the field of “{layer}” that holds the class. Its fields are: {present}."
            ).format(layer=source.sourceName(), present=", ".join(present) or tr("none"))
        )
    if name not in present:
        raise QgsProcessingException(
            tr("“{layer}” has no field “{field}”. Its fields are: {present}.").format(
                layer=source.sourceName(),
                field=name,
                present=", ".join(present) or tr("none"),
            )
        )
    return name


class LabelLayer:
    """The polygons or points of one run, taken in the thread of their layer and written in another."""

    def __init__(
        self,
        algorithm: QgsProcessingAlgorithm,
        parameters: dict,
        polygons: str,
        field: str,
        context: QgsProcessingContext,
    ) -> None:
        self.field = checked_field(algorithm, parameters, polygons, field, context)
        value = parameters.get(polygons)
        layer = algorithm.parameterAsVectorLayer(
            {**parameters, polygons: unwrapped(value, context)}, polygons, context
        )
        if layer is None:
            raise QgsProcessingException(algorithm.invalidSourceError(parameters, polygons))
        self._path = plain_path(layer, value, self.field)
        self._source = Snapshot(layer, value)
        self._styles = class_styles(layer, self.field)

    @cached_property
    def styles(self) -> list[ClassStyle]:
        """The classes that the layer is styled by, less those that no polygon has."""
        # The engine refuses a table that names such classes. All polygons are looked at for it, so this is
        # not for the window's thread.
        if not self._styles:
            return []
        field = self._source.fields().lookupField(self.field)
        features = self._source.features(field, geometry=False)
        return styles_of(self._styles, (f.attribute(field) for f in features))

    def path(self, folder: Path, feedback: Any) -> str:
        """Return the layer's own file where that is what QGIS shows, else that of a copy in ``folder``.

        Returns "" when ``feedback`` is cancelled meanwhile.
        """
        return self._path or copy_labels(self._source, self.field, folder, feedback)

    def classes_csv(self, folder: Path) -> str:
        """Return the path of a class table with the layer's colours, or "" when it is not styled by class.

        Raises ``QgsProcessingException`` when it cannot be written.
        """
        # Named after its content, so that an unchanged table keeps its time stamp.
        if not self.styles:
            return ""
        table = classes_table(self.styles)
        path = folder / f"classes-{content_key(table)}.csv"
        if not path.exists():
            try:
                path.write_text(table, encoding="utf-8")
            except OSError as error:
                with contextlib.suppress(OSError):
                    path.unlink()
                raise QgsProcessingException(
                    tr("Nothing can be written to {path} ({reason}).").format(
                        path=path, reason=error.strerror or error
                    )
                ) from error
        return str(path)
