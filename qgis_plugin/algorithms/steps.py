"""The engine's commands as algorithms, one table each; ids and names never change."""

from pathlib import Path
from typing import Any

from ..texts import tr
from .engine_algorithm import RUN, RUN_FOLDER, Result, Table
from .fields import Field

#: Arms that people choose from; others can be written in `compareaugmentations`.
ARMS = (
    "none",
    "weighted",
    "focal",
    "logit-adjust",
    "oversample",
    "copy-paste",
    "statistical",
    "replace",
    "pix2pix",
    "spade",
    "oversample+copy-paste",
    "oversample+spade",
    "random-forest",
)
METHODS = ("spade", "pix2pix", "statistical", "replace", "copy-paste")


def tables() -> list[Table]:
    """Return all of them, in the order of the work."""
    return [
        inspect_classes(),
        prepare_dataset(),
        train_generator(),
        synthesize_samples(),
        measure_samples(),
        train_segmentation(),
        compare_augmentations(),
        classify_raster(),
        sample_reference_points(),
        assess_map(),
        make_report(),
    ]


def inspect_classes() -> Table:
    return Table(
        name="inspectclasses",
        label=tr("Inspect classes"),
        command="inspect",
        help=tr(
            "Looks at rasters and polygons before any work is done: how much ground each class has, which "
            "are rare, and what is wrong, in words. The table of classes can be edited and given to "
            "“Prepare data set”."
        ),
        tags="classes,imbalance,check",
        fields=(
            *_data(),
            Field(
                "CLASSES_OUT",
                tr("Table of classes"),
                "file out",
                "write_classes",
                optional=True,
                more={"filter": "CSV (*.csv)"},
            ),
        ),
        results=(
            Result("CLASS_COUNT", tr("Number of classes"), "number", _count("classes")),
            Result("RARE_COUNT", tr("Number of rare classes"), "number", _rare_count),
            Result("TEXT", tr("What was found"), "text", lambda outputs, _: outputs.get("text")),
        ),
    )


def prepare_dataset() -> Table:
    return Table(
        name="preparedataset",
        label=tr("Prepare data set"),
        command="prepare",
        help=tr(
            "Cuts rasters and polygons into training, validation and test ground, in blocks that lie apart, "
            "and stores them in a run folder, in which all further steps work."
        ),
        tags="tiles,split,training,validation,test",
        fields=(
            *_data(),
            Field("BANDS", tr("Bands"), "texts", "bands", optional=True, advanced=True),
            Field(
                "INDICES", tr("Spectral indices"), "texts", "index", optional=True, advanced=True
            ),
            Field("TILE_SIZE", tr("Tile size in pixels"), "integer", "tile_size"),
            Field(
                "BLOCK_SIZE", tr("Block size"), "text", "block_size", optional=True, advanced=True
            ),
            Field("FOLDS", tr("Folds"), "integer", "folds", advanced=True),
            Field("VALIDATION", tr("Share for validation"), "number", "val", advanced=True),
            Field("TEST", tr("Share for test"), "number", "test", advanced=True),
            _seed(),
            Field(RUN, tr("Run folder"), "folder out", "run"),
        ),
    )


def train_generator() -> Table:
    return Table(
        name="traingenerator",
        label=tr("Train generator"),
        command="train-generator",
        help=tr("Learns from the training ground to make labelled samples of rare classes."),
        tags="gan,spade,pix2pix,augmentation",
        fields=(
            _run(),
            _method(),
            _effort(),
            Field("STEPS", tr("Steps"), "integer", "steps", optional=True, advanced=True),
            _seed(),
            _device(),
        ),
        results=(
            _run_again(),
            Result("GENERATOR", tr("Generator"), "folder", lambda outputs, _: outputs["generator"]),
        ),
    )


def synthesize_samples() -> Table:
    return Table(
        name="synthesizesamples",
        label=tr("Synthesize samples"),
        command="synthesize",
        help=tr(
            "Makes labelled samples of the rare classes with a trained generator. A gate keeps only those "
            "that look like real ground; a gallery shows both."
        ),
        tags="gan,samples,augmentation,gallery",
        fields=(
            _run(),
            _method(),
            Field("TARGET", tr("Class shares to aim at"), "text", "target"),
            Field("COUNT", tr("Number of samples"), "integer", "count", optional=True),
            Field("LAYOUTS", tr("Layouts"), "choice", "layouts", advanced=True),
            _effort(),
            _seed(),
            _device(),
            Field(
                "TILES", tr("Samples as GeoTIFF files"), "folder out", "export_tiles", optional=True
            ),
        ),
        results=(
            _run_again(),
            Result("SAMPLES", tr("Samples"), "folder", lambda outputs, _: outputs["samples"]),
            Result(
                "MADE", tr("Number of samples made"), "number", lambda outputs, _: outputs["count"]
            ),
        ),
    )


def measure_samples() -> Table:
    return Table(
        name="measuresamples",
        label=tr("Measure fidelity of samples"),
        command="fidelity",
        help=tr(
            "Holds synthetic samples against real ground that the generator has not seen: values, texture, "
            "features, what classifiers make of them, and whether they are copies."
        ),
        tags="fidelity,kid,fid,gan,quality",
        fields=(_run(), _method(), _seed(), _device()),
        results=(
            _run_again(),
            Result("FIGURES", tr("Figures"), "file", lambda outputs, _: outputs["fidelity"]),
            Result("PAGE", tr("Page of pictures"), "file", lambda outputs, _: outputs["page"]),
        ),
    )


def train_segmentation() -> Table:
    return Table(
        name="trainsegmentation",
        label=tr("Train segmentation network"),
        command="train",
        help=tr(
            "Trains a network on the real ground, with or without synthetic samples, and scores it on ground "
            "that no step has seen. Samples of a method must have been synthesized before."
        ),
        tags="u-net,deep learning,segmentation,training",
        fields=(
            _run(),
            Field(
                "AUGMENT",
                tr("How imbalance is treated"),
                "choice",
                "augment",
                more={"options": ARMS},
            ),
            _effort(),
            Field("ARCHITECTURE", tr("Architecture"), "choice", "architecture", advanced=True),
            Field("ENCODER", tr("Encoder"), "text", "encoder", advanced=True),
            Field(
                "ENCODER_WEIGHTS", tr("Encoder weights"), "text", "encoder_weights", advanced=True
            ),
            Field("LOSS", tr("Loss"), "text", "loss", advanced=True),
            Field("SHARE", tr("Share of synthetic samples"), "text", "share", advanced=True),
            Field("STEPS", tr("Steps"), "integer", "steps", optional=True, advanced=True),
            Field("BATCH", tr("Crops in a step"), "integer", "batch", advanced=True),
            _seed(),
            _device(),
        ),
        results=(
            _run_again(),
            Result("MODEL", tr("Model"), "file", _model_file),
            Result(
                "RARE_F1",
                tr("Mean F1 of rare classes, test blocks"),
                "number",
                _score("rare_macro_f1"),
            ),
            Result(
                "MACRO_F1", tr("Mean F1 of all classes, test blocks"), "number", _score("macro_f1")
            ),
        ),
    )


def compare_augmentations() -> Table:
    return Table(
        name="compareaugmentations",
        label=tr("Compare augmentations"),
        command="compare",
        help=tr(
            "Trains every way to treat imbalance on the same ground with the same steps and says what each is "
            "worth, with intervals. This takes long: each training several minutes. What is finished is kept."
        ),
        tags="comparison,imbalance,augmentation,statistics",
        fields=(
            _run(),
            Field("ARMS", tr("Ways to compare"), "text", "arms"),
            Field("TRAININGS", tr("Trainings of each"), "integer", "seeds"),
            _effort(),
            Field("STEPS", tr("Steps"), "integer", "steps", optional=True, advanced=True),
            Field("BATCH", tr("Crops in a step"), "integer", "batch", advanced=True),
            Field("JOBS", tr("Trainings side by side"), "integer", "jobs", advanced=True),
            _seed(),
            _device(),
        ),
        results=(
            _run_again(),
            Result(
                "COMPARISON", tr("Comparison"), "file", lambda outputs, _: outputs["comparison"]
            ),
            Result("VERDICT", tr("What it says"), "text", lambda outputs, _: outputs["verdict"]),
        ),
    )


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
            _device(),
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
            _seed(),
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


def make_report() -> Table:
    return Table(
        name="makereport",
        label=tr("Make report"),
        command="report",
        help=tr("Writes one web page about everything that was done in a run folder."),
        tags="report,html",
        fields=(
            _run(),
            Field("TITLE", tr("Title"), "text", "title", optional=True),
            Field("OUTPUT", tr("Report"), "file out", "out", more={"filter": "HTML (*.html)"}),
        ),
        results=(_run_again(),),
    )


def _data() -> tuple[Field, ...]:
    return (
        Field(
            "RASTERS",
            tr("Raster layers"),
            "rasters",
            "raster",
            tr(
                "One or several multispectral images with the same bands. They must be files with a CRS."
            ),
        ),
        Field(
            "LABELS",
            tr("Polygons with known classes"),
            "labels",
            "labels",
            tr(
                "The areas to learn from. A filter on the layer and “Selected features only” are obeyed. "
                "Colours of a layer that is styled by its class field are taken over."
            ),
        ),
        Field(
            "CLASS_FIELD",
            tr("Class field"),
            "field",
            "class_field",
            more={"parent": "LABELS"},
        ),
        Field(
            "CLASSES",
            tr("Table of classes"),
            "file",
            "classes",
            optional=True,
            advanced=True,
            more={"filter": "CSV (*.csv)"},
        ),
        Field("RARE", tr("Rare classes, separated by commas"), "texts", "rare", optional=True),
        Field(
            "RARE_BELOW",
            tr("Share below which classes are rare"),
            "number",
            "rare_below",
            advanced=True,
        ),
        Field(
            "REST_AS",
            tr("Class of everything outside the polygons"),
            "text",
            "rest_as",
            optional=True,
        ),
    )


def _run() -> Field:
    return Field(
        RUN, tr("Run folder"), "folder", "run", tr("The folder that “Prepare data set” has made.")
    )


def _run_again() -> Result:
    """The run folder once more, so that steps can be chained in models."""
    return Result("RUN_FOLDER", tr("Run folder"), "folder", _run_folder)


def _run_folder(outputs: dict, _: dict) -> Any:
    return outputs.get(RUN_FOLDER)


def _method() -> Field:
    return Field("METHOD", tr("Method"), "choice", "method", more={"options": METHODS})


def _effort() -> Field:
    return Field("EFFORT", tr("Effort"), "choice", "effort")


def _seed() -> Field:
    return Field("SEED", tr("Seed"), "integer", "seed", advanced=True)


def _device() -> Field:
    return Field("DEVICE", tr("Device"), "choice", "device", advanced=True)


def _model_file(outputs: dict, _: dict) -> Any:
    path = Path(outputs["model"]) / "model.onnx"
    return str(path) if path.is_file() else None


def _score(name: str) -> Any:
    return lambda outputs, _: (outputs.get("scores") or {}).get(name)


def _count(name: str) -> Any:
    return lambda outputs, _: len(outputs.get(name) or ())


def _rare_count(outputs: dict, _: dict) -> int:
    return sum(bool(row.get("rare")) for row in outputs.get("classes") or ())
