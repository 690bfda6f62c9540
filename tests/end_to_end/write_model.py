"""Writes a Processing model that chains prepare, train and classify.

    python write_model.py PLUGINS FILE.model3

PLUGINS is the folder with `overseed_qgis`.
"""

import os
import sys

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
)

Source = QgsProcessingModelChildParameterSource


def main():
    """Start QGIS, register the provider and write the model."""
    plugins, path = sys.argv[1:]
    sys.path.insert(0, plugins)
    application = QgsApplication([], False)
    application.initQgis()
    from overseed_qgis.algorithms.provider import OverseedProvider

    provider = OverseedProvider()
    QgsApplication.processingRegistry().addProvider(provider)
    write_model(path)
    # Models hold algorithms of Python providers, which QGIS takes down in an order of its own.
    os._exit(0)


def write_model(path):
    """Build the model and store it."""
    model = QgsProcessingModelAlgorithm("From polygons to a map")
    for definition in (
        QgsProcessingParameterMultipleLayers(
            "rasters", "Rasters", QgsProcessing.SourceType.TypeRaster
        ),
        QgsProcessingParameterRasterLayer("raster", "Raster"),
        QgsProcessingParameterFeatureSource("labels", "Labels"),
        QgsProcessingParameterField("field", "Field", parentLayerParameterName="labels"),
    ):
        model.addModelParameter(definition, QgsProcessingModelParameter(definition.name()))
    asked, said, of = Source.fromModelParameter, Source.fromStaticValue, Source.fromChildOutput
    steps = {
        "preparedataset": {
            "RASTERS": asked("rasters"), "LABELS": asked("labels"), "CLASS_FIELD": asked("field"),
            "TILE_SIZE": said(64),
        },
        "trainsegmentation": {
            "RUN": of("preparedataset", "RUN"), "AUGMENT": said("none"), "EFFORT": said("quick"),
            "STEPS": said(4), "BATCH": said(2),
        },
        "classifyraster": {
            "RASTER": asked("raster"), "MODEL": of("trainsegmentation", "MODEL"),
        },
    }  # fmt: skip
    for name, sources in steps.items():
        step = QgsProcessingModelChildAlgorithm(f"overseed:{name}")
        step.setChildId(name)
        for parameter, source in sources.items():
            step.addParameterSources(parameter, [source])
        if name == "classifyraster":
            made = QgsProcessingModelOutput("OUTPUT")
            made.setChildId(name)
            made.setChildOutputName("OUTPUT")
            step.setModelOutputs({"OUTPUT": made})
        model.addChildAlgorithm(step)
    assert model.toFile(str(path))


if __name__ == "__main__":
    main()
