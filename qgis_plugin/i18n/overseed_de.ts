<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Overseed</name>
    <message>
        <source> (step {number})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clear…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Download it (5 MB, in the package {package} {version}, from {host})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Effort</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Folder of the project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Python interpreter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Show runs and their logs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(further lines of this kind are left out)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A GeoPackage; how the points were drawn stands in further layers of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A GeoTIFF with one class code per pixel, 0 where nothing is mapped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A GeoTIFF with one class code per pixel, 0 where the image has no data. Colours are in the file, class names in the style beside it. With several rasters the second map gets -002 at the end of its name, and so on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A Python interpreter in whose environment Overseed's engine is installed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A class with less than 5 % of the labelled training ground, unless you say otherwise or name the rare classes yourself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A made image with its labels. It says in its own metadata that it is synthetic.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A mask of classes, real or made, which a generator turns into an image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A method that learns from training ground and makes image values for a layout.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model.onnx that “Train segmentation network” has made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model.onnx, or a run folder whose best model is taken; repeat to average several.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A polygon for each patch, with class, area and mean confidence.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A raster and the polygons, or other labels, that say what is known of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A raster with one class code per pixel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A real scene with polygons, to try Overseed on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run folder, or a model.safetensors, of the same architecture to start from: what it knows of classes and bands that both have by name is taken over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run folder, whose best model is taken, or a model.onnx in one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A square of ground that goes to training, validation or test as a whole. Neighbouring pixels are alike, so that only blocks that lie apart make a fair test.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A square window of a scene, 128 pixels wide unless you say otherwise.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A way to treat imbalance, such as oversampling or made samples. In a comparison each way is an arm; all arms get the same ground and the same number of steps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A web page in one file: the classes, real beside synthetic samples, scores on ground that was kept apart, and whether augmentation helped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About Overseed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accuracy and areas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address of a dask.distributed scheduler, such as tcp://host:8786, whose workers make the map; they must see raster, model and map under the same paths.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also measure in the features of this network: a model.safetensors, or a run folder, that was trained on the same bands.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also put the finished map here, a .tif.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also put the report here, an .html.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also put the report here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write how sure the map is, in percent, to this .tif.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write the map as polygons with class, area and mean confidence to this .gpkg.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write the probability of each class to this .tif, a band each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Also write the samples as GeoTIFFs (image, label, changed) to this folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An earlier sample of the same map, whose points stay with their answers; only what is missing is drawn anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Architecture of the network, of segmentation-models-pytorch.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Area to map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arms to compare, parted by commas (see train --augment); none and random-forest always take part.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the model about each window turned and mirrored in all eight ways and average: slower, often a little better.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Assess map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Augmentation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Augmentation, arm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Average eight views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Band to use, by number (from 1) or name; repeat. All bands when left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Block size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CSV file with the columns stratum and pixels, for strata that are not the map's classes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled. Run with the same inputs continues, for as long as QGIS stays open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled. Run with the same inputs continues.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose at least one raster layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class field of the reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class of everything outside the polygons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class polygons (path or path|layername=NAME) or a label raster; repeat to pair with the rasters in order, or give one vector layer for all.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class shares to aim at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class shares to aim at in the samples (see synthesize).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class shares to aim at in the samples: equal, sqrt (of the real shares), or NAME=SHARE,NAME=SHARE.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class shares to aim at in the synthetic samples (see synthesize).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Class table (CSV with the columns value, name, code, colour, rare, use) that renames, merges, drops or recolours classes; 'inspect --write-classes' writes one to edit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classes below this share of the labelled pixels are rare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classes, split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classified map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classified maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classify rare classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classify rare classes…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classify raster</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear stored runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands that repeat the run, a paragraph on methods with references for a paper, versions, seeds and the device that really computed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare augmentations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare networks with these. They are not the accuracy of the map, because test blocks hold polygons that somebody drew where it was easy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compute in half the precision: float16 on CUDA, bfloat16 on processors that have it; with --backend torch or tensorrt.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Could not be deleted: {paths}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Crops in a step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut the scene into training, validation and test ground and store it as tiles.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cuts rasters and polygons into training, validation and test ground, in blocks that lie apart, and stores them in a run folder, in which all further steps work.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete all stored runs ({size})? Maps and reports that were saved elsewhere stay; interrupted runs cannot be continued any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deletes finished and interrupted runs, never your maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Design</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Did augmentation help here?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw a probability sample of a map's pixels, to be looked at by people who then say what is there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw in each class of the map by itself, so that rare ones get points too, or anywhere alike.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draws a probability sample of a map's pixels. People then fill in the field “reference” with what is really there, best without having seen the map, and “Assess map” turns their answers into accuracy and areas with intervals. A page with instructions is written beside the points.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Earlier sample to keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Effort</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encoder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encoder of the network, a name of segmentation-models-pytorch or timm; only tf_efficientnet_lite0 has ImageNet weights without a download.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encoder weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End after this many of the ten validations without gain; 0 trains to the end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engine, folder of runs, effort and device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything for one data set: from rasters and polygons to a map and a report.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expected user's accuracy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Extent to map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F1, IoU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Factor on the distances between the classes' spectra relative to their variation; with 6 nearly every pixel can be told.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fewer leave more of the machine to other work.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fewest points of a class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fewest points of a class, as far as it has pixels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Field of the points with their strata, for --design stratified; the map's classes if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Field of the polygons that holds the class's colour.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Field of the polygons that holds the class, as text or whole number.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Field of the reference that holds the class, by name or code; 'reference' if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Field with strata</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Figures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File that was downloaded before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filled only when a map was assessed with reference data. With points drawn by “Sample reference points” it has 95 % intervals; hectares counted on the map itself are wrong where the map is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First the sentence at the top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold to work on; repeat. All folds of prepare when left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder for &amp;runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder for scene.tif, polygons.gpkg, truth.tif and limit.json.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of the project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For models, scripts and the command line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Generator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GeoPackage for the points; instructions for interpreters are written beside it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ground to leave out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ground where no points are drawn: a polygon layer, or a run folder, whose training and validation blocks are left out; repeat. The sample then speaks for the rest alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HTML files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height in pixels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Highest learning rate.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold ways to treat imbalance against each other on the same ground, and say what each is worth.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Holds synthetic samples against real ground that the generator has not seen: values, texture, features, what classifiers make of them, and whether they are copies.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How good the synthetic samples are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How imbalance is treated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How imbalance is treated: none; weighted, focal or logit-adjust; oversample; spade, pix2pix, statistical, replace, copy-paste; layout-only, noise; joined by +; or random-forest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How it was made</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long networks train: quick for a look, normal, thorough for a result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long to train. “quick” is for a first look (minutes on a laptop), “normal” for everyday use, “thorough” for final maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long to train: quick for a look, thorough for a result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much ground each class has, and which blocks trained, validated and tested. A class whose test ground is a handful of pixels has scores that say little.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How points are shared out to classes: as many each, by area, or by area and expected errors, which makes the overall accuracy as certain as it can be.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How points were drawn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How points were drawn: as sample-points has noted beside them (auto; chosen where it did not), at random in strata, at random anywhere, or chosen by somebody, which gives no intervals.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How samples are made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How samples get more of the rare classes: reassign parcels of others, resize or move their own, paste their shapes, or simulate parcels; auto takes what fits the scene.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How samples get rare classes (see synthesize).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How samples of rare classes are made. “spade” and the older “pix2pix” train a conditional generative adversarial network. “statistical” draws them from each class's colours and textures, “replace” weaves them from other real parcels of the class, and “copy-paste” puts real parcels in other places; these three take seconds. “oversample” makes none, but looks at each class as often as at the others; it can be joined with samples. The map is made with whichever model is best on ground kept apart, with or without samples; “none” trains on real samples alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How sure the map is, in percent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How sure the network is of a pixel; no measure of whether it is right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the learning rate falls.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How to read the report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How well a class is found, from 0 to 1: both count missed and wrongly found pixels. Macro means the mean of classes, each counting the same however small it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If you only drew the rare class, give a name such as “background” and all other ground becomes a class of that name. Left empty, ground outside the polygons counts as unknown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ignore finished stages and checkpoints and start anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ignore synthetic pixels on which the network trained on real samples alone has a loss more than this many times the class's mean on real pixels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Independent classifiers, colours and fine detail of made pixels, always beside how much real ground differs from real ground.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspect classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Instructions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It says whether augmentation helped here, hurt, or made no difference that this much ground can show. The little table beneath has the F1 of rare classes and of all classes on the test blocks. Under “Before you read on” stands what makes the figures weak, such as a class that no test block holds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its last lines were:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>JSON file for the result; tables in CSV are written beside it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the statistics of batch normalisation as they start.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Land use (fclass)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layouts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learns from the training ground to make labelled samples of rare classes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence: GNU General Public License, version 2 or later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log: {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at rasters and labels: class table, shares, and what is wrong, in words.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at these with your own eyes: would you map them as the class they claim? Rejected samples stand apart, with the gate's reasons.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looks at rasters and polygons before any work is done: how much ground each class has, which are rare, and what is wrong, in words. The table of classes can be edited and given to “Prepare data set”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss of the network: ce, weighted, focal, dice, tversky, lovasz, joined by +; unlabelled pixels never count.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a scene with known truth and known limit: parcels, rivers, forest, settlements, rare classes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make an 8-bit version of a model, which maps faster on a processor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make labelled samples of the rare classes with a trained generator.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Makes everything outside the polygons a class of this name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Makes labelled samples of the rare classes with a trained generator. A gate keeps only those that look like real ground; a gallery shows both.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map as polygons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map only this part, as xmin,ymin,xmax,ymax in the raster's CRS.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map to assess; repeat.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map whole rasters with a trained model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map with the 8-bit version that quantize has made, on the processor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps a whole raster, of any size, with a trained model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps land cover from class polygons, also classes with hardly any of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps land cover whose interesting classes are rare, and says with numbers whether made samples helped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean F1 of all classes, test blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean F1 of rare classes, test blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure fidelity of samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure of confidence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of a rare class, instead of --rare-below; repeat.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Networks learn on the first, are chosen on the second, and are scored once on the third, which no step has seen before.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No points are drawn inside these polygons, and the sample does not speak for them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing can be written to the folder for runs, {path} ({reason}). Choose another one in Settings → Options → Overseed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing leaves this machine: your rasters, polygons, maps and settings are sent nowhere, and there is no telemetry. Something is only downloaded when you ask for it: the engine when it is set up, the sample project, and the ImageNet weights of an encoder other than tf_efficientnet_lite0 when a network is trained with one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of bands.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of points drawn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of points.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of rare classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of samples made</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of samples of each method; set by --effort if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of samples; set by --effort if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of splits whose test ground covers all blocks once.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Often the memory was full: close other programs or choose a lower effort.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One of several ways to divide the same blocks, so that chance weighs less.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One of the rasters, which is held out as test ground as a whole; repeat.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One or several multispectral images with the same bands, of any band count and number type. They must be files with a CRS. Each gets a map of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One or several multispectral images with the same bands. They must be files with a CRS.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only this part is mapped. Left empty, the whole raster.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only what these polygons cover is mapped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open sample project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open sample project…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the folder of runs; each run folder has a file run.log.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Optimizer steps, or batches of crops to look at for statistical, replace and copy-paste; set by --effort if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Optimizer steps, or trees of the forest; set by --effort if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overall accuracy of the first map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlap of windows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed engine {version} on {device}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed maps land cover whose interesting classes are rare. It learns from your polygons, makes more samples of classes that have hardly any, classifies the whole raster, and says with numbers, on ground that no step has seen, whether the made samples helped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed sample project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed sample: rare land cover along the Havel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed's engine cannot be started: {path} is not a program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed's engine could not be started: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed's engine gave no sign of life for {seconds:.0f} seconds and was ended. Press Run to continue from the last finished step; if it gets stuck again, choose a lower effort or a smaller raster.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed's engine is not set up yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed's engine was not found: {path} does not exist.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed: map land cover, also classes with hardly any polygons</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overseed: stored runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Page of pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages about every step, which open without a network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pixel size in metres that every raster is resampled to; each keeps its own grid if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pixel size in metres that the rasters are resampled to; left out, that of the training rasters if they were resampled, else their own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points drawn so that every pixel had a known chance. Only such a sample gives accuracy and areas with honest intervals.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points for each class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points with what is really there, or polygons of known classes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygon layer; blocks that it touches are the test ground.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygon layer; only what it covers is mapped (path or path|layername=NAME).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Polygons with known classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prepare data set</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Privacy and help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor &amp;threads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Processor threads to use; 0 means all cores.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rare class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rare classes, separated by commas</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster layer “{name}” is not a file (its provider is “{provider}”). Save it as a GeoTIFF (Export → Save As…) and choose that layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster layer “{name}” is opened with driver options, which the engine does not know. Save it as a GeoTIFF (Export → Save As…) and choose that layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster layer “{name}” was given the CRS {given} in QGIS, but its file says {own}. Write the CRS into the file (Raster → Projections → Assign Projection…) and choose it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster layers to classify</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Raster to learn from and to map; repeat for several scenes. Several files of one place go in one value, as 'a.tif;b.tif' or a pattern in quotes; Sentinel-2 .SAFE and Landsat products too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rasters to map, named as for prepare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Real crops in a step; synthetic ones come on top.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Real tiles beside synthetic ones</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run folder whose training ground to leave out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run folder; the same command continues in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run “python3 build.py install” in Overseed's folder, or store the path of the Python interpreter that has Overseed's engine under “{key}” in QGIS's advanced settings (or in the environment variable {variable}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample reference points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample reference points…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples as GeoTIFF files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say how accurate maps are and how large their classes really are, with intervals where these hold.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say how faithful synthetic samples are, against real ground that a generator has not seen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say what this installation is and which device it would use.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Says how accurate maps are and how large their classes really are. From points that were drawn by “Sample reference points”, with 95 % intervals (Olofsson et al. 2014, Stehman 2014). Several maps are compared at the same points.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scene</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scores on the test blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed of every random draw: split, crops, weights, layouts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sentinel-2 2017, Havel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share below which classes are rare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share for test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share for validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of a training tile's pixels that may carry the label of --rest-as; the surplus is left unlabelled.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of a window that overlaps the next one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of each batch that synthetic samples make up, on top of the real crops, or auto, which tries several on validation ground.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of synthetic samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the ground for the test.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the ground for validation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the labelled ground that each of the two rare classes gets.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the parcels that get a class polygon.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the scene under cloud.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the steps, the first ones, in which spade and pix2pix learn from unlabelled training ground too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of a block of the split in pixels, or in metres as 5000m; chosen from the scene if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of a tile in pixels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of the windows that the network sees, in pixels, rounded up to a multiple of 32.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smallest patch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smallest patch that stays on the map, in pixels, or in hectares as 0.5ha; for single classes as NAME=SIZE, parted by commas. Smaller ones are filled from around.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spectral index as a further band: NDVI, NDWI, NDBI, or NAME=FORMULA such as 'wet=nd(green, swir1)'; repeat.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spectral indices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Standard error that the user's accuracy of classes shall have at most, as NAME=0.05; they get as many points as that takes, beyond --count if need be.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start with “{algorithm}”: choose a raster, polygons and the field with their classes, and press Run. Effort “quick” gives a first map in minutes. “{sample}” in the menu Raster → Overseed loads a real scene to try it on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step by step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps of each generator that trains a network; set by --effort if left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping the engine…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stored runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Synthesize samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table of classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table with the strata's pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take a Fréchet distance (FID) of fewer than 1000 crops too, although it is biased then.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The Python interpreter that is set for Overseed does not hold the engine. Run “python3 build.py install” in Overseed's folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The areas to learn from. A filter on the layer and “Selected features only” are obeyed. Colours of a layer that is styled by its class field are taken over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The areas to learn from. A filter on the layer and “Selected features only” are obeyed. Where polygons overlap, the smaller one counts. If the layer is styled by categories of the class field, the map takes over its colours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The classes to make more samples of. Left empty, these are all classes with less than 5 % of the labelled area.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The classes with code, name and colour, and which of them are rare. Code 0 means no data.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The classified map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The difference between two networks with its 95 % interval. An interval that holds zero means that the difference may be chance; a wide one means that more test ground is needed. “Compare augmentations” repeats trainings and is the stronger proof.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine did not stop by itself and was ended.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine ended unexpectedly (exit code {code}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine ended without a result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine failed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine has been silent for {seconds:.0f} seconds; it may be stuck.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine is at work. Clear the runs when it has finished.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine reported success, but there is no map at {path}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine was killed by the system (signal {name}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine was stopped from outside QGIS. Press Run to continue where it stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The engine's interpreter is there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The extent needs a raster whose CRS it is given in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The field of the polygon layer that says which class each polygon shows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The filter that rejects samples that do not look like real ground or copy it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder in which all steps of one work lie; a step that stopped continues there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder that “Prepare data set” has made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The help pages cannot be written anywhere on this machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The image to map. Its bands are matched to the model's by name, else by their order.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The map, a .tif; with several rasters the folder that takes the maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The method whose samples are measured.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The package index {page} does not list {wheel}. Download that file on another machine and choose it here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The polygons could not be copied to {path}: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample cannot be written to {path} ({reason}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample could not be unpacked: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample is a real scene: 15 × 8 km along the Havel, 13 bands of Sentinel-2, and 604 polygons of 8 land-use classes, of which several are rare. It takes 10 MB on disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample is already on its way; QGIS's task bar shows how far it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The shares of classes on the map stand beside those of the polygons; a rare class that is far more frequent on the map is probably mapped too often. Ground of low confidence is worth a look.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training and validation blocks of this run folder are left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This plugin does not fit Overseed's engine {engine}: it speaks version {theirs} of their common language, the plugin version {ours}. Install plugin and engine of the same release.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Those pixels of a sample that a generator made; all others stay as they were.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tile size in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Title</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Title of the report.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train a U-Net on real samples, with or without synthetic ones, and score it on the test blocks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train a generator of labelled samples on the training blocks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train generator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train segmentation network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training, validation and test ground</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trainings at the same time, which share the threads.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trainings of each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trainings of each arm, with the seeds from --seed on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trainings side by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trains a U-Net on your polygons and classifies the whole raster. For classes with hardly any polygons, a generator learns from the labelled ground and makes more samples. The map comes from the model that did better on validation ground; the report shows, on test ground that no step has seen, whether the made samples helped. The work is done by Overseed's engine outside QGIS; after a cancel, Run with the same inputs continues, for as long as QGIS stays open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trains a network on the real ground, with or without synthetic samples, and scores it on ground that no step has seen. Samples of a method must have been synthesized before.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trains every way to treat imbalance on the same ground with the same steps and says what each is worth, with intervals. This takes long: each training several minutes. What is finished is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use a &amp;file that was downloaded before:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use the 8-bit model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User's accuracy that is expected of classes, as NAME=0.6,NAME=0.9; 0.8 of those that are not named. For --allocation neyman and --error.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version, licence, and what leaves this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wanted standard error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ways to compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What --confidence holds: the probability of the chosen class, what it leads the next one by, or the entropy of all.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What forms propose: quick for a look, thorough for a result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What forms propose; auto takes a graphics card when there is one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is done about rare classes, an arm as in train: a method that makes samples of them, oversample, or both as in oversample+spade. none, and the arm without its samples, are trained beside it; the best on validation ground makes the map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is really there, used only to assess a map, best at points that were drawn by chance.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is really there: points with their classes, class polygons or a label raster; one for all maps, or repeat to pair with the maps in order.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What leaves this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What runs the model: ONNX Runtime, the same with NVIDIA's TensorRT, or PyTorch from the model.safetensors beside it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the encoder starts from: imagenet, none (random weights), or a file with weights.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When synthetic samples come: all along, or all before the last fifth of the steps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where runs are kept, so that they can go on after QGIS was closed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the networks run; auto takes a GPU when there is one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether augmentation helped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which of prepare's --folds to work on, from 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who made the data; stands in the report.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width in pixels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Window in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write one self-contained HTML page about a run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the class table to this CSV file, to edit and to pass to --classes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writes one web page about everything that was done in a run folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>being measured…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>each form's own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its layers cannot be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>land cover,classification,segmentation,u-net,gan,pix2pix,imbalance,augmentation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>meaning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>optional</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>result</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>temporary, until QGIS is closed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{address} could not be loaded: {reason}. Check the proxy in Settings → Options → Network, or choose a file that was downloaded before.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} GB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} kB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is not the file that was expected (the wheel of {package} {version}), so it is not used.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{layer}” has no field “{field}”. Its fields are: {present}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has no polygon to learn from. Check its filter and its selection.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not a readable raster layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{path}” cannot be read as a raster layer.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
