"""Steps that make maps, say how good they are, and where to label next."""

from ...texts import tr
from ..fields import Field
from ..table import Result, Table
from .common import device, seed


def classify_raster() -> Table:
    return Table(
        name="classifyraster",
        label=tr("Classify raster"),
        command="classify",
        help=tr("Maps a whole raster, of any size, with a trained model."),
        tags="map,inference,onnx,land cover",
        fields=(
            Field(
                "RASTER",
                tr("Raster layer"),
                "raster",
                "raster",
                tr(
                    "The image to map. Its bands are matched to the model's by name, else by their order."
                ),
            ),
            Field(
                "MODEL",
                tr("Model"),
                "file",
                "model",
                tr("A model.onnx that “Train segmentation network” has made."),
                more={"filter": "ONNX (*.onnx)"},
            ),
            Field(
                "EXTENT",
                tr("Extent to map"),
                "extent",
                "extent",
                tr("Only this part is mapped. Left empty, the whole raster."),
                optional=True,
                more={"raster": "RASTER"},
            ),
            Field(
                "AREA",
                tr("Area to map"),
                "area",
                "aoi",
                tr("Only what these polygons cover is mapped."),
                optional=True,
            ),
            Field(
                "MIN_PATCH", tr("Smallest patch"), "text", "min_patch", optional=True, advanced=True
            ),
            Field("MEASURE", tr("Measure of confidence"), "choice", "measure", advanced=True),
            Field("VIEWS", tr("Average eight views"), "flag", "views", advanced=True),
            Field("QUANTIZED", tr("Use the 8-bit model"), "flag", "quantized", advanced=True),
            Field("WINDOW", tr("Window in pixels"), "integer", "window", advanced=True),
            Field("OVERLAP", tr("Overlap of windows"), "number", "overlap", advanced=True),
            device(),
            Field(
                "OUTPUT",
                tr("Classified map"),
                "raster out",
                "out",
                tr("A GeoTIFF with one class code per pixel, 0 where nothing is mapped."),
            ),
            Field(
                "CONFIDENCE",
                tr("Confidence"),
                "raster out",
                "confidence",
                tr("How sure the map is, in percent."),
                optional=True,
            ),
            Field(
                "PROBABILITIES",
                tr("Probabilities"),
                "raster out",
                "probabilities",
                tr("The probability of each class in percent, a band for each."),
                optional=True,
                advanced=True,
            ),
            Field(
                "POLYGONS",
                tr("Map as polygons"),
                "vector out",
                "polygons",
                tr("A polygon for each patch, with class, area and mean confidence."),
                optional=True,
            ),
        ),
        maps=("OUTPUT",),
    )


def sample_reference_points() -> Table:
    return Table(
        name="samplereferencepoints",
        label=tr("Sample reference points"),
        command="sample-points",
        help=tr(
            "Draws a probability sample of a map's pixels. People then fill in the field “reference” with what "
            "is really there, best without having seen the map, and “Assess map” turns their answers into "
            "accuracy and areas with intervals. A page with instructions is written beside the points."
        ),
        tags="accuracy,sampling,validation,area estimation,Olofsson",
        fields=(
            Field("MAP", tr("Classified map"), "raster", "map"),
            Field("COUNT", tr("Number of points"), "integer", "count"),
            Field("DESIGN", tr("Design"), "choice", "design"),
            Field("ALLOCATION", tr("Points for each class"), "choice", "allocation"),
            Field("LEAST", tr("Fewest points of a class"), "integer", "least", advanced=True),
            Field(
                "EXPECT",
                tr("Expected user's accuracy"),
                "text",
                "expect",
                optional=True,
                advanced=True,
            ),
            Field(
                "ERROR", tr("Wanted standard error"), "text", "error", optional=True, advanced=True
            ),
            Field(
                "LEAVE_OUT",
                tr("Ground to leave out"),
                "area",
                "leave_out",
                tr(
                    "No points are drawn inside these polygons, and the sample does not speak for them."
                ),
                optional=True,
            ),
            Field(
                "LEAVE_OUT_RUN",
                tr("Run folder whose training ground to leave out"),
                "folder",
                "leave_out",
                tr("The training and validation blocks of this run folder are left out."),
                optional=True,
            ),
            Field(
                "KEEP",
                tr("Earlier sample to keep"),
                "file",
                "keep",
                optional=True,
                advanced=True,
                more={"filter": "GeoPackage (*.gpkg)"},
            ),
            seed(),
            Field(
                "OUTPUT",
                tr("Points"),
                "vector out",
                "out",
                tr("A GeoPackage; how the points were drawn stands in further layers of it."),
            ),
        ),
        results=(
            Result(
                "POINTS",
                tr("Number of points drawn"),
                "number",
                lambda outputs, _: outputs["count"],
            ),
            Result(
                "INSTRUCTIONS",
                tr("Instructions"),
                "file",
                lambda outputs, _: outputs["instructions"],
            ),
        ),
    )


def assess_map() -> Table:
    return Table(
        name="assessmap",
        label=tr("Assess map"),
        command="assess",
        help=tr(
            "Says how accurate maps are and how large their classes really are. From points that were drawn by "
            "“Sample reference points”, with 95 % intervals (Olofsson et al. 2014, Stehman 2014). Several maps "
            "are compared at the same points."
        ),
        tags="accuracy,area estimation,confusion matrix,validation,Olofsson",
        fields=(
            Field("MAPS", tr("Classified maps"), "rasters", "map"),
            Field(
                "REFERENCE",
                tr("Reference"),
                "vector",
                "reference",
                tr("Points with what is really there, or polygons of known classes."),
            ),
            Field(
                "CLASS_FIELD",
                tr("Class field of the reference"),
                "field",
                "class_field",
                optional=True,
                default="reference",
                more={"parent": "REFERENCE"},
            ),
            Field("DESIGN", tr("How points were drawn"), "choice", "design"),
            Field(
                "STRATA",
                tr("Field with strata"),
                "field",
                "strata",
                optional=True,
                advanced=True,
                more={"parent": "REFERENCE"},
            ),
            Field(
                "STRATA_PIXELS",
                tr("Table with the strata's pixels"),
                "file",
                "strata_pixels",
                optional=True,
                advanced=True,
                more={"filter": "CSV (*.csv)"},
            ),
            Field("OUTPUT", tr("Assessment"), "file out", "out", more={"filter": "JSON (*.json)"}),
        ),
        results=(
            Result(
                "OVERALL_ACCURACY",
                tr("Overall accuracy of the first map"),
                "number",
                lambda outputs, _: outputs["overall_accuracy"][0],
            ),
            Result(
                "CLASSES", tr("Table of classes"), "file", lambda outputs, _: outputs["classes"]
            ),
            Result("MATRIX", tr("Confusion matrix"), "file", lambda outputs, _: outputs["matrix"]),
            Result("TEXT", tr("What it says"), "text", lambda outputs, _: outputs["text"]),
        ),
    )


def suggest_labels() -> Table:
    return Table(
        name="suggestlabels",
        label=tr("Suggest where to label next"),
        command="suggest-labels",
        help=tr(
            "Names the places where the map is least sure or a rare class is likely, best first, as squares to "
            "draw new polygons in. They lie apart and are spread over the classes of the map."
        ),
        tags="active learning,uncertainty,labels,digitise,rare",
        fields=(
            Field("MAP", tr("Classified map"), "raster", "map"),
            Field(
                "CONFIDENCE",
                tr("Confidence"),
                "raster",
                "confidence",
                tr("The confidence that “Classify raster” has written with the map."),
            ),
            Field(
                "PROBABILITIES",
                tr("Probabilities"),
                "raster",
                "probabilities",
                tr(
                    "The probability of each class, a band each, as the engine has written it with the map. "
                    "Rare classes are then looked for where the map says something else, not just where it "
                    "shows them."
                ),
                optional=True,
            ),
            Field("COUNT", tr("Number of places"), "integer", "count"),
            Field("BY", tr("Why a place is suggested"), "choice", "by"),
            Field(
                "RARE",
                tr("Classes to look for, separated by commas"),
                "texts",
                "rare",
                optional=True,
            ),
            Field(
                "LEAVE_OUT",
                tr("Polygons that are drawn already"),
                "area",
                "leave_out",
                tr("No place touches these polygons."),
                optional=True,
            ),
            Field(
                "MIN_DISTANCE",
                tr("Least distance of two places in metres"),
                "number",
                "min_distance",
                optional=True,
                advanced=True,
            ),
            Field("SIZE", tr("Side of a place in pixels"), "integer", "size", advanced=True),
            seed(),
            Field(
                "OUTPUT",
                tr("Places"),
                "vector out",
                "out",
                tr(
                    "A GeoPackage with a square for each place: rank, why, mapped class, confidence."
                ),
            ),
        ),
        results=(
            Result("PLACES", tr("Number of places"), "number", lambda outputs, _: outputs["count"]),
            Result(
                "UNSURE",
                tr("Number of places where the map is unsure"),
                "number",
                lambda outputs, _: outputs["by"]["unsure"],
            ),
            Result(
                "LIKELY",
                tr("Number of places where a rare class is likely"),
                "number",
                lambda outputs, _: outputs["by"]["rare"],
            ),
            Result("TEXT", tr("What it says"), "text", lambda outputs, _: outputs["text"]),
        ),
    )
