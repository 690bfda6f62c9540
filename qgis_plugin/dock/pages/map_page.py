"""Step 5: the map, and where labelling more would help it most."""

from functools import partial
from typing import Optional

from qgis.core import QgsProcessingOutputLayerDefinition, QgsProject

from ...texts import tr
from ..estimates import Cost, mapping_cost
from ..jobs import Job
from ..session import MAP, Session
from .data_page import ground_of
from .page import Page, Step, sentence


class MapPage(Page):
    """Classify the rasters; then find places to label next."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session, tr("Classifies the whole image with the network that was trained last.")
        )
        self.classify = self.add_bar(
            Step(
                tr("Make the map"),
                tr(
                    "A styled layer with one class per pixel; how sure it is lies beside it in the run folder."
                ),
                MAP,
                self._map_jobs,
                self._cost,
            )
        )
        self.layout_.addWidget(
            sentence(
                tr(
                    "<b>Label here next.</b> Places where the map is least sure or a rare class is likely. "
                    "Draw polygons there in the layer that opens for it, then train again."
                )
            )
        )
        self.suggest = self.add_bar(
            Step(
                tr("Find places to label"),
                tr("A layer of squares, the most useful first, and a layer to draw in."),
                MAP,
                self._place_jobs,
            ),
            primary=False,
        )
        self.layout_.addStretch(1)

    def refresh(self) -> None:
        """Show what is possible."""
        run, choices = self.session.run, self.session.choices
        rasters = bool(self.session.raster_layers())
        self.classify.refresh(run.has_model(choices.arm) and rasters)
        self.suggest.refresh(run.map.is_file() and run.confidence.is_file())

    def _map_jobs(self) -> list[Job]:
        return [
            Job(
                tr("Map {raster}").format(raster=layer.name()),
                "classifyraster",
                partial(self._map_parameters, number, layer.id()),
            )
            for number, layer in enumerate(self.session.raster_layers())
        ]

    def _map_parameters(self, number: int, raster: str) -> dict:
        # The first raster's map is the run's, which accuracy and report are about.
        run, choices = self.session.run, self.session.choices
        stem = "classified" if number == 0 else f"classified-{number + 1}"
        target = run.map.with_name(f"{stem}.tif")
        output = QgsProcessingOutputLayerDefinition(str(target), QgsProject.instance())
        output.destinationName = tr("Map ({run})").format(run=run.root.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        return {
            "RASTER": raster,
            "MODEL": str(run.model(choices.arm) / "model.onnx"),
            "DEVICE": choices.device,
            "OUTPUT": output,
            # The first map's are what places to label are looked for with.
            **(
                {"CONFIDENCE": str(run.confidence), "PROBABILITIES": str(run.probabilities)}
                if number == 0
                else {"CONFIDENCE": str(target.with_name(f"confidence-{number + 1}.tif"))}
            ),
        }

    def _place_jobs(self) -> list[Job]:
        return [Job(tr("Find places to label"), "suggestlabels", self._place_parameters)]

    def _place_parameters(self) -> dict:
        run = self.session.run
        target = run.root / "map" / "places.gpkg"
        output = QgsProcessingOutputLayerDefinition(str(target), QgsProject.instance())
        output.destinationName = tr("Label here next")
        return {
            "MAP": str(run.map),
            "CONFIDENCE": str(run.confidence),
            "PROBABILITIES": str(run.probabilities) if run.probabilities.is_file() else None,
            "LEAVE_OUT": self.session.choices.polygons,
            "OUTPUT": output,
        }

    def _cost(self) -> Optional[Cost]:
        ground = ground_of(self.session)
        classes = len(self.session.inspection.classes)
        return mapping_cost(ground, classes) if ground.pixels else None
