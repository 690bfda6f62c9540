"""Texts of the help that belong to no algorithm: the words, the report, and what leaves the machine."""

from ..texts import tr


def privacy() -> str:
    """Return what is true of the network, in full."""
    return tr(
        "Nothing leaves this machine: your rasters, polygons, maps and settings are sent nowhere, and there "
        "is no telemetry. Something is only downloaded when you ask for it: the engine when it is set up, "
        "the sample project, and the ImageNet weights of an encoder other than tf_efficientnet_lite0 when a "
        "network is trained with one."
    )


def words() -> list[tuple[str, str]]:
    """Return (word, what it means) in the order in which one meets them."""
    return [
        (
            tr("Scene"),
            tr("A raster and the polygons, or other labels, that say what is known of it."),
        ),
        (
            tr("Class table"),
            tr(
                "The classes with code, name and colour, and which of them are rare. Code 0 means no data."
            ),
        ),
        (
            tr("Rare class"),
            tr(
                "A class with less than 5 % of the labelled training ground, unless you say otherwise or "
                "name the rare classes yourself."
            ),
        ),
        (
            tr("Run folder"),
            tr(
                "The folder in which all steps of one work lie; a step that stopped continues there."
            ),
        ),
        (tr("Tile"), tr("A square window of a scene, 128 pixels wide unless you say otherwise.")),
        (
            tr("Block"),
            tr(
                "A square of ground that goes to training, validation or test as a whole. Neighbouring "
                "pixels are alike, so that only blocks that lie apart make a fair test."
            ),
        ),
        (
            tr("Training, validation and test ground"),
            tr(
                "Networks learn on the first, are chosen on the second, and are scored once on the third, "
                "which no step has seen before."
            ),
        ),
        (
            tr("Fold"),
            tr("One of several ways to divide the same blocks, so that chance weighs less."),
        ),
        (
            tr("Layout"),
            tr("A mask of classes, real or made, which a generator turns into an image."),
        ),
        (
            tr("Generator"),
            tr("A method that learns from training ground and makes image values for a layout."),
        ),
        (
            tr("Sample"),
            tr("A made image with its labels. It says in its own metadata that it is synthetic."),
        ),
        (
            tr("Changed pixels"),
            tr("Those pixels of a sample that a generator made; all others stay as they were."),
        ),
        (
            tr("Gate"),
            tr("The filter that rejects samples that do not look like real ground or copy it."),
        ),
        (
            tr("Effort"),
            tr("How long networks train: quick for a look, normal, thorough for a result."),
        ),
        (
            tr("Augmentation, arm"),
            tr(
                "A way to treat imbalance, such as oversampling or made samples. In a comparison each way "
                "is an arm; all arms get the same ground and the same number of steps."
            ),
        ),
        (
            tr("Chip"),
            tr("A small image with one label for the whole image, such as solar panels or none."),
        ),
        (
            tr("Cluster"),
            tr("Chips that look alike, grouped without regard to their labels."),
        ),
        (tr("Map"), tr("A raster with one class code per pixel.")),
        (
            tr("Confidence"),
            tr("How sure the network is of a pixel; no measure of whether it is right."),
        ),
        (
            tr("Reference"),
            tr(
                "What is really there, used only to assess a map, best at points that were drawn by chance."
            ),
        ),
        (
            tr("Probability sample"),
            tr(
                "Points drawn so that every pixel had a known chance. Only such a sample gives accuracy and "
                "areas with honest intervals."
            ),
        ),
        (
            tr("F1, IoU"),
            tr(
                "How well a class is found, from 0 to 1: both count missed and wrongly found pixels. Macro "
                "means the mean of classes, each counting the same however small it is."
            ),
        ),
    ]


def report_sections() -> list[tuple[str, str]]:
    """Return (heading, text) of the page on the report."""
    return [
        (
            tr("First the sentence at the top"),
            tr(
                "It says whether augmentation helped here, hurt, or made no difference that this much ground "
                "can show. The little table beneath has the F1 of rare classes and of all classes on the "
                "test blocks. Under “Before you read on” stands what makes the figures weak, such as a class "
                "that no test block holds."
            ),
        ),
        (
            tr("Classes, split"),
            tr(
                "How much ground each class has, and which blocks trained, validated and tested. A class "
                "whose test ground is a handful of pixels has scores that say little."
            ),
        ),
        (
            tr("Real tiles beside synthetic ones"),
            tr(
                "Look at these with your own eyes: would you map them as the class they claim? Rejected "
                "samples stand apart, with the gate's reasons."
            ),
        ),
        (
            tr("Scores on the test blocks"),
            tr(
                "Compare networks with these. They are not the accuracy of the map, because test blocks hold "
                "polygons that somebody drew where it was easy."
            ),
        ),
        (
            tr("Did augmentation help here?"),
            tr(
                "The difference between two networks with its 95 % interval. An interval that holds zero "
                "means that the difference may be chance; a wide one means that more test ground is needed. "
                "“Compare augmentations” repeats trainings and is the stronger proof."
            ),
        ),
        (
            tr("How good the synthetic samples are"),
            tr(
                "Independent classifiers, colours and fine detail of made pixels, always beside how much "
                "real ground differs from real ground."
            ),
        ),
        (
            tr("The map"),
            tr(
                "The shares of classes on the map stand beside those of the polygons; a rare class that is "
                "far more frequent on the map is probably mapped too often. Ground of low confidence "
                "is worth a look."
            ),
        ),
        (
            tr("Accuracy and areas"),
            tr(
                "Filled only when a map was assessed with reference data. With points drawn by “Sample "
                "reference points” it has 95 % intervals; hectares counted on the map itself are wrong "
                "where the map is."
            ),
        ),
        (
            tr("How it was made"),
            tr(
                "Commands that repeat the run, a paragraph on methods with references for a paper, versions, "
                "seeds and the device that really computed."
            ),
        ),
    ]
