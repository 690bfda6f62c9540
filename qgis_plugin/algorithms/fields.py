"""Kinds of parameters: how QGIS asks for them, and how the engine's command line is told."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingParameterVectorLayer,
)

from ..layers.rasters import raster_path, raster_paths
from ..preferences import preferred
from ..texts import tr
from .engine_settings import Setting, has_setting, setting

Definition = QgsProcessingParameterDefinition


@dataclass(frozen=True)
class Field:
    """One parameter of an algorithm, and the engine's setting that it gives a value to.

    ``name`` never changes: models and scripts know it. ``kind`` is a key of :data:`MAKERS`. ``help`` stands
    before the engine's own sentence, where that speaks of a command line. ``more`` holds what a kind needs:
    the ``parent`` of a field, the ``filter`` of files, the ``raster`` whose CRS an extent is given in, the
    ``options`` of a choice or of choices (told joined by ``+``), whether labels may be ``points``.
    ``command`` is the only one of the algorithm's commands that the value is for, where the other has a
    setting of the same name with another meaning.
    """

    name: str
    label: str
    kind: str
    setting: str = ""
    help: str = ""
    optional: bool = False
    advanced: bool = False
    default: Any = None
    more: Optional[dict] = None
    command: str = ""

    def settings_in(self, commands: Iterable[str]) -> dict[str, Setting]:
        """Return the engine's setting in each command that is told of it; {} for what is no setting.

        Raises ``KeyError`` when no command has a setting of that name.
        """
        if not self.setting:
            return {}
        asked = (self.command,) if self.command else commands
        found = {c: setting(c, self.setting) for c in asked if has_setting(c, self.setting)}
        if not found:
            raise KeyError(self.setting)
        return found

    def engine_setting(self, commands: Iterable[str]) -> Optional[Setting]:
        """Return the engine's setting in the first command that has it, or None for what is no setting."""
        return next(iter(self.settings_in(commands).values()), None)

    def sentence(self, commands: Iterable[str]) -> str:
        """Return the help of the form and of the help page."""
        if self.help:
            return self.help
        found = self.engine_setting(commands)
        return found.description if found else ""

    def definition(self, commands: Iterable[str]) -> Definition:
        """Return QGIS's definition, with the engine's limits, default and sentence."""
        made = MAKERS[self.kind](self, self.engine_setting(commands))
        made.setHelp(self.sentence(commands))
        flags = made.flags()
        if self.optional:
            flags |= Definition.Flag.FlagOptional
        if self.advanced:
            flags |= Definition.Flag.FlagAdvanced
        made.setFlags(flags)
        return made


def _number(whole: bool) -> Callable:
    def make(field: Field, engine: Setting) -> Definition:
        kind = QgsProcessingParameterNumber.Type
        default = engine.default if field.default is None else field.default
        made = QgsProcessingParameterNumber(
            field.name, field.label, kind.Integer if whole else kind.Double, default, field.optional
        )
        if engine.minimum is not None:
            made.setMinimum(engine.minimum)
        if engine.maximum is not None:
            made.setMaximum(engine.maximum)
        return made

    return make


def _choice(field: Field, engine: Setting) -> Definition:
    options = list((field.more or {}).get("options", engine.choices))
    default = field.default or preferred(field.setting, options) or engine.default
    return QgsProcessingParameterEnum(
        field.name, field.label, options, defaultValue=default, usesStaticStrings=True
    )


def _choices(field: Field, engine: Setting) -> Definition:
    options = list((field.more or {})["options"])
    return QgsProcessingParameterEnum(
        field.name, field.label, options, allowMultiple=True, optional=field.optional,
        usesStaticStrings=True,
    )  # fmt: skip


def _text(field: Field, engine: Optional[Setting]) -> Definition:
    default = field.default
    if default is None and engine is not None and isinstance(engine.default, str):
        default = engine.default
    return QgsProcessingParameterString(field.name, field.label, default, optional=field.optional)


def _file(field: Field, engine: Optional[Setting]) -> Definition:
    return QgsProcessingParameterFile(
        field.name, field.label, QgsProcessingParameterFile.Behavior.File,
        optional=field.optional, fileFilter=(field.more or {}).get("filter", ""),
    )  # fmt: skip


def _folder(field: Field, engine: Optional[Setting]) -> Definition:
    behavior = QgsProcessingParameterFile.Behavior.Folder
    return QgsProcessingParameterFile(field.name, field.label, behavior, optional=field.optional)


def _features(field: Field, engine: Optional[Setting]) -> Definition:
    kinds = [QgsProcessing.SourceType.TypeVectorPolygon]
    if (field.more or {}).get("points"):
        kinds.append(QgsProcessing.SourceType.TypeVectorPoint)
    return QgsProcessingParameterFeatureSource(
        field.name, field.label, kinds, optional=field.optional
    )


#: Makes QGIS's definition of each kind.
MAKERS: dict[str, Callable[[Field, Any], Definition]] = {
    "rasters": lambda field, _: QgsProcessingParameterMultipleLayers(
        field.name, field.label, QgsProcessing.SourceType.TypeRaster, optional=field.optional
    ),
    "raster": lambda field, _: QgsProcessingParameterRasterLayer(
        field.name, field.label, optional=field.optional
    ),
    "labels": _features,
    "area": _features,
    "vector": lambda field, _: QgsProcessingParameterVectorLayer(field.name, field.label),
    "field": lambda field, _: QgsProcessingParameterField(
        field.name,
        field.label,
        parentLayerParameterName=(field.more or {})["parent"],
        defaultValue=field.default,
        optional=field.optional,
    ),
    "text": _text,
    "texts": _text,
    "integer": _number(whole=True),
    "number": _number(whole=False),
    "choice": _choice,
    "choices": _choices,
    "flag": lambda field, engine: QgsProcessingParameterBoolean(
        field.name, field.label, bool(engine.default)
    ),
    "crs": lambda field, _: QgsProcessingParameterCrs(
        field.name, field.label, optional=field.optional
    ),
    "extent": lambda field, _: QgsProcessingParameterExtent(
        field.name, field.label, optional=field.optional
    ),
    "file": _file,
    "folder": _folder,
    "raster out": lambda field, _: QgsProcessingParameterRasterDestination(
        field.name, field.label, optional=field.optional, createByDefault=not field.optional
    ),
    "vector out": lambda field, _: QgsProcessingParameterVectorDestination(
        field.name, field.label, optional=field.optional, createByDefault=not field.optional
    ),
    "file out": lambda field, _: QgsProcessingParameterFileDestination(
        field.name,
        field.label,
        fileFilter=(field.more or {})["filter"],
        optional=field.optional,
        createByDefault=not field.optional,
    ),
    "folder out": lambda field, _: QgsProcessingParameterFolderDestination(
        field.name, field.label, optional=field.optional, createByDefault=not field.optional
    ),
}
#: Kinds whose values are files that the engine writes.
OUTPUTS = ("raster out", "vector out", "file out", "folder out")


def split_names(text: str) -> list[str]:
    """Return names that commas part; one that has a comma itself stands in double quotes, as in CSV."""
    parts = next(csv.reader([text], skipinitialspace=True), [])
    return [part.strip() for part in parts if part.strip()]


def join_names(names: Iterable[str]) -> str:
    """Return what :func:`split_names` reads back."""
    quoted = (name.replace('"', '""') for name in names)
    return ",".join(f'"{name}"' if "," in name or '"' in name else name for name in quoted)


def words(engine: Setting, values: list[str]) -> list[str]:
    """Return the words of the command line for a setting's values.

    Free text is joined to its option by ``=``, so that a class called ``--help`` stays a class.
    """
    if engine.positional:
        return values
    return [f"{engine.option}={value}" for value in values]


def values_of(
    field: Field,
    engine: Optional[Setting],
    algorithm: QgsProcessingAlgorithm,
    parameters: dict,
    context: QgsProcessingContext,
    feedback: Any,
) -> list[str]:
    """Return what the engine is told for a parameter that is no output and no layer of labels.

    Values that are the engine's own defaults are left out. Must run in the thread of the layers.

    Raises ``QgsProcessingException`` with a sentence for layers that the engine cannot read.
    """
    name, kind = field.name, field.kind
    if kind == "rasters":
        if field.optional and not parameters.get(name):
            return []
        layers = algorithm.parameterAsLayerList(parameters, name, context)
        return list(raster_paths(parameters.get(name), layers, context))
    if kind == "raster":
        if field.optional and not parameters.get(name):
            return []
        layer = algorithm.parameterAsRasterLayer(parameters, name, context)
        if layer is None:
            raise QgsProcessingException(algorithm.invalidRasterError(parameters, name))
        return [raster_path(layer)]
    if kind in ("area", "vector"):
        return _vector(field, algorithm, parameters, context, feedback)
    if kind == "field":
        text = algorithm.parameterAsString(parameters, name, context).strip()
        return [text] if text else []
    if kind == "flag":
        return ["yes"] if algorithm.parameterAsBool(parameters, name, context) else []
    if parameters.get(name) in (None, "") and field.optional:
        return []
    if kind == "crs":
        crs = algorithm.parameterAsCrs(parameters, name, context)
        if not crs.isValid():
            raise QgsProcessingException(
                tr("“{value}” is no CRS. Choose one from the list.").format(value=parameters[name])
            )
        return [crs.authid() or crs.toWkt()]
    if kind == "extent":
        return _extent(field, algorithm, parameters, context)
    if kind in ("integer", "number"):
        whole = kind == "integer"
        read = algorithm.parameterAsInt if whole else algorithm.parameterAsDouble
        value = read(parameters, name, context)
        return [] if engine is not None and value == engine.default else [f"{value:.15g}"]
    if kind == "choice":
        return [algorithm.parameterAsEnumString(parameters, name, context)]
    if kind == "choices":
        chosen = filter(None, algorithm.parameterAsEnumStrings(parameters, name, context))
        joined = "+".join(chosen)
        return [joined] if joined else []
    if kind in ("file", "folder"):
        path = algorithm.parameterAsString(parameters, name, context)
        return [str(Path(path).absolute())] if path else []
    text = algorithm.parameterAsString(parameters, name, context).strip()
    if kind == "texts":
        return split_names(text)
    return [text] if text else []


def _vector(
    field: Field,
    algorithm: QgsProcessingAlgorithm,
    parameters: dict,
    context: QgsProcessingContext,
    feedback: Any,
) -> list[str]:
    """A layer as ``path|layername=…``; QGIS writes a copy of what is no plain file."""
    if not parameters.get(field.name):
        return []
    path, layer = algorithm.parameterAsCompatibleSourceLayerPathAndLayerName(
        parameters, field.name, context, ["gpkg", "shp", "geojson"], "gpkg", feedback
    )
    if not path:
        raise QgsProcessingException(algorithm.invalidSourceError(parameters, field.name))
    return [f"{path}|layername={layer}" if layer and path.lower().endswith(".gpkg") else path]


def _extent(
    field: Field, algorithm: QgsProcessingAlgorithm, parameters: dict, context: QgsProcessingContext
) -> list[str]:
    raster = algorithm.parameterAsRasterLayer(parameters, (field.more or {})["raster"], context)
    if raster is None:
        raise QgsProcessingException(tr("The extent needs a raster whose CRS it is given in."))
    box = algorithm.parameterAsExtent(parameters, field.name, context, raster.crs())
    if box.isEmpty():
        return []
    corners = (box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum())
    return [",".join(f"{value:.15g}" for value in corners)]
