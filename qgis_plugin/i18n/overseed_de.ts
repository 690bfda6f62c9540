<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Overseed</name>
    <message>
        <source> (step {number})</source>
        <translation> (Schritt {number})</translation>
    </message>
    <message>
        <source> pixels</source>
        <translation> Pixel</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Clear…</source>
        <translation>&amp;Leeren…</translation>
    </message>
    <message>
        <source>&amp;Continue…</source>
        <translation>&amp;Fortsetzen…</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>&amp;Rechengerät</translation>
    </message>
    <message>
        <source>&amp;Download it (5 MB, in the package {package} {version}, from {host})</source>
        <translation>&amp;Herunterladen (5 MB, im Paket {package} {version}, von {host})</translation>
    </message>
    <message>
        <source>&amp;Effort</source>
        <translation>&amp;Aufwand</translation>
    </message>
    <message>
        <source>&amp;Folder of the project</source>
        <translation>&amp;Ordner des Projekts</translation>
    </message>
    <message>
        <source>&amp;Help pages</source>
        <translation>&amp;Hilfeseiten</translation>
    </message>
    <message>
        <source>&amp;Install</source>
        <translation>&amp;Installieren</translation>
    </message>
    <message>
        <source>&amp;Offline, from a folder of wheels</source>
        <translation>&amp;Offline, aus einem Ordner mit Wheels</translation>
    </message>
    <message>
        <source>&amp;Python:</source>
        <translation>&amp;Python:</translation>
    </message>
    <message>
        <source>&amp;Repair…</source>
        <translation>Repar&amp;ieren…</translation>
    </message>
    <message>
        <source>&amp;Set up…</source>
        <translation>&amp;Einrichten…</translation>
    </message>
    <message>
        <source>&amp;Show runs and their logs</source>
        <translation>Läufe und ihre Protokolle &amp;zeigen</translation>
    </message>
    <message>
        <source>&amp;Upgrade…</source>
        <translation>&amp;Aktualisieren…</translation>
    </message>
    <message>
        <source>(as earlier runs took here)</source>
        <translation>(wie frühere Läufe hier)</translation>
    </message>
    <message>
        <source>(as on an office computer with two cores)</source>
        <translation>(wie auf einem Bürorechner mit zwei Kernen)</translation>
    </message>
    <message>
        <source>(further lines of this kind are left out)</source>
        <translation>(weitere Zeilen dieser Art sind weggelassen)</translation>
    </message>
    <message>
        <source>&lt;b&gt;Did it help?&lt;/b&gt; Trains with and without, several times each, and holds them against each other on test ground. This takes long; what is finished is kept.</source>
        <translation>&lt;b&gt;Hat es geholfen?&lt;/b&gt; Trainiert mit und ohne, jeweils mehrmals, und vergleicht beides auf Testflächen. Das dauert; was fertig ist, bleibt erhalten.</translation>
    </message>
    <message>
        <source>&lt;b&gt;How good is the map?&lt;/b&gt; Draw points at random, say what is really there, and get accuracy and areas with intervals.</source>
        <translation>&lt;b&gt;Wie gut ist die Karte?&lt;/b&gt; Ziehen Sie Zufallspunkte, tragen Sie ein, was wirklich da ist, und Sie erhalten Genauigkeit und Flächen mit Intervallen.</translation>
    </message>
    <message>
        <source>&lt;b&gt;Label here next.&lt;/b&gt; Places where the map is least sure or a rare class is likely. Draw polygons there in the layer that opens for it, then train again.</source>
        <translation>&lt;b&gt;Hier als Nächstes labeln.&lt;/b&gt; Stellen, an denen die Karte am unsichersten oder eine seltene Klasse wahrscheinlich ist. Zeichnen Sie dort Polygone in den Layer, der dafür geöffnet wird, und trainieren Sie dann erneut.</translation>
    </message>
    <message>
        <source>A GeoPackage with a square for each place: rank, why, mapped class, confidence.</source>
        <translation>Ein GeoPackage mit einem Quadrat je Stelle: Rang, Grund, kartierte Klasse, Konfidenz.</translation>
    </message>
    <message>
        <source>A GeoPackage; how the points were drawn stands in further layers of it.</source>
        <translation>Ein GeoPackage; wie die Punkte gezogen wurden, steht in weiteren Layern darin.</translation>
    </message>
    <message>
        <source>A GeoTIFF with one class code per pixel, 0 where nothing is mapped.</source>
        <translation>Ein GeoTIFF mit einem Klassencode je Pixel, 0 wo nichts kartiert ist.</translation>
    </message>
    <message>
        <source>A GeoTIFF with one class code per pixel, 0 where the image has no data. Colours are in the file, class names in the style beside it. With several rasters the second map gets -002 at the end of its name, and so on.</source>
        <translation>Ein GeoTIFF mit einem Klassencode je Pixel, 0 wo das Bild keine Daten hat. Die Farben sind in der Datei, die Klassennamen im Stil daneben. Bei mehreren Rastern endet der Name der zweiten Karte auf -002 und so weiter.</translation>
    </message>
    <message>
        <source>A GeoTIFF with the probability in percent; colours come from the style beside it.</source>
        <translation>Ein GeoTIFF mit der Wahrscheinlichkeit in Prozent; die Farben kommen aus dem Stil daneben.</translation>
    </message>
    <message>
        <source>A chip is cut around each. A filter on the layer and “Selected features only” are obeyed.</source>
        <translation>Um jedes Objekt wird ein Chip ausgeschnitten. Ein Filter des Layers und „Nur gewählte Objekte“ werden beachtet.</translation>
    </message>
    <message>
        <source>A class with less than 5 % of the labelled training ground, unless you say otherwise or name the rare classes yourself.</source>
        <translation>Eine Klasse mit weniger als 5 % der gelabelten Trainingsfläche, sofern Sie nichts anderes angeben oder die seltenen Klassen selbst nennen.</translation>
    </message>
    <message>
        <source>A downloaded file is not the one that Overseed was tested with, so it was not installed. Try again; if it stays so, the package server or the offline folder holds changed files, and its administrator should know.</source>
        <translation>Eine heruntergeladene Datei ist nicht die, mit der Overseed getestet wurde; sie wurde daher nicht installiert. Versuchen Sie es noch einmal; bleibt es dabei, enthält der Paketserver oder der Offline-Ordner veränderte Dateien, und wer ihn verwaltet, sollte das wissen.</translation>
    </message>
    <message>
        <source>A file with weights; how near synthetic chips come to real ones is measured in its features. Left empty, in those of the ImageNet network.</source>
        <translation>Eine Datei mit Gewichten; wie nah künstliche Chips echten kommen, wird an den Merkmalen dieses Netzes gemessen. Bleibt es leer, an denen des ImageNet-Netzes.</translation>
    </message>
    <message>
        <source>A generative adversarial network learns to paint rare classes into the image.</source>
        <translation>Ein generatives Netz (GAN) lernt, seltene Klassen ins Bild zu malen.</translation>
    </message>
    <message>
        <source>A layer of squares, the most useful first, and a layer to draw in.</source>
        <translation>Ein Layer mit Quadraten, die nützlichsten zuerst, und ein Layer zum Zeichnen.</translation>
    </message>
    <message>
        <source>A layer whose field “reference” is to be filled in, with a list to choose from.</source>
        <translation>Ein Layer, dessen Feld „reference“ auszufüllen ist, mit einer Liste zur Auswahl.</translation>
    </message>
    <message>
        <source>A library of the engine does not run on this system. It needs 64-bit Windows 10, macOS 14 on Apple silicon, or a Linux from about 2020 (glibc 2.28) or newer.</source>
        <translation>Eine Bibliothek der Engine läuft auf diesem System nicht. Sie braucht Windows 10 mit 64 Bit, macOS 14 auf Apple Silicon oder ein Linux ab etwa 2020 (glibc 2.28).</translation>
    </message>
    <message>
        <source>A made image with its labels. It says in its own metadata that it is synthetic.</source>
        <translation>Ein erzeugtes Bild mit seinen Labels. In seinen Metadaten steht, dass es synthetisch ist.</translation>
    </message>
    <message>
        <source>A mask of classes, real or made, which a generator turns into an image.</source>
        <translation>Eine echte oder erzeugte Maske von Klassen, aus der ein Generator ein Bild macht.</translation>
    </message>
    <message>
        <source>A method that learns from training ground and makes image values for a layout.</source>
        <translation>Ein Verfahren, das von Trainingsflächen lernt und zu einem Layout Bildwerte erzeugt.</translation>
    </message>
    <message>
        <source>A model.onnx that “Train chip classifier” has made.</source>
        <translation>Eine model.onnx, die „Chip-Klassifikator trainieren“ erzeugt hat.</translation>
    </message>
    <message>
        <source>A model.onnx that “Train segmentation network” has made.</source>
        <translation>Eine model.onnx, die „Segmentierungsnetz trainieren“ erzeugt hat.</translation>
    </message>
    <message>
        <source>A model.onnx, or a run folder whose best model is taken; repeat to average several.</source>
        <translation>Eine model.onnx oder ein Laufordner, dessen bestes Modell genommen wird; mehrere werden gemittelt.</translation>
    </message>
    <message>
        <source>A polygon for each patch, with class, area and mean confidence.</source>
        <translation>Ein Polygon je zusammenhängender Fläche, mit Klasse, Flächengröße und mittlerer Konfidenz.</translation>
    </message>
    <message>
        <source>A raster and the polygons, or other labels, that say what is known of it.</source>
        <translation>Ein Raster und die Polygone oder anderen Labels, die sagen, was man darüber weiß.</translation>
    </message>
    <message>
        <source>A raster with one class code per pixel.</source>
        <translation>Ein Raster mit einem Klassencode je Pixel.</translation>
    </message>
    <message>
        <source>A real scene with polygons, to try Overseed on</source>
        <translation>Eine echte Szene mit Polygonen, um Overseed auszuprobieren</translation>
    </message>
    <message>
        <source>A run folder whose best chip classifier is taken, or its model.onnx.</source>
        <translation>Ein Laufordner, dessen bester Chip-Klassifikator genommen wird, oder dessen model.onnx.</translation>
    </message>
    <message>
        <source>A run folder, or a model.safetensors, of the same architecture to start from: what it knows of classes and bands that both have by name is taken over.</source>
        <translation>Ein Laufordner oder eine model.safetensors derselben Architektur als Ausgangspunkt: Was sie über Klassen und Kanäle weiß, die beide dem Namen nach haben, wird übernommen.</translation>
    </message>
    <message>
        <source>A run folder, whose best model is taken, or a model.onnx in one.</source>
        <translation>Ein Laufordner, dessen bestes Modell genommen wird, oder eine model.onnx darin.</translation>
    </message>
    <message>
        <source>A shell does not know which features are selected. Copy as Python instead, or save the selected features as a layer.</source>
        <translation>Eine Shell weiß nicht, welche Objekte gewählt sind. Kopieren Sie stattdessen als Python, oder speichern Sie die gewählten Objekte als Layer.</translation>
    </message>
    <message>
        <source>A small image with one label for the whole image, such as solar panels or none.</source>
        <translation>Ein kleines Bild mit einem Label für das ganze Bild, etwa Solaranlage oder keine.</translation>
    </message>
    <message>
        <source>A square of ground that goes to training, validation or test as a whole. Neighbouring pixels are alike, so that only blocks that lie apart make a fair test.</source>
        <translation>Ein Quadrat im Gelände, das als Ganzes zu Training, Validierung oder Test gehört. Benachbarte Pixel ähneln sich, daher prüfen nur Blöcke ehrlich, die getrennt liegen.</translation>
    </message>
    <message>
        <source>A square window of a scene, 128 pixels wide unless you say otherwise.</source>
        <translation>Ein quadratischer Ausschnitt einer Szene, 128 Pixel breit, sofern nichts anderes angegeben ist.</translation>
    </message>
    <message>
        <source>A styled layer with one class per pixel; how sure it is lies beside it in the run folder.</source>
        <translation>Ein gestalteter Layer mit einer Klasse je Pixel; wie sicher er ist, liegt daneben im Laufordner.</translation>
    </message>
    <message>
        <source>A way to treat imbalance, such as oversampling or made samples. In a comparison each way is an arm; all arms get the same ground and the same number of steps.</source>
        <translation>Eine Art, mit dem Ungleichgewicht der Klassen umzugehen, etwa häufigeres Ziehen oder erzeugte Beispiele. Im Vergleich ist jede davon eine Variante; alle bekommen dieselben Flächen und gleich viele Schritte.</translation>
    </message>
    <message>
        <source>A web page in one file: the classes, real beside synthetic samples, scores on ground that was kept apart, and whether augmentation helped.</source>
        <translation>Eine Webseite in einer Datei: die Klassen, echte neben synthetischen Beispielen, die Güte auf zurückgehaltenen Flächen und ob die Augmentierung geholfen hat.</translation>
    </message>
    <message>
        <source>About Overseed</source>
        <translation>Über Overseed</translation>
    </message>
    <message>
        <source>About {time}, {memory} of memory, {disk} on disk</source>
        <translation>Etwa {time}, {memory} Arbeitsspeicher, {disk} Plattenplatz</translation>
    </message>
    <message>
        <source>Accept all</source>
        <translation>Alle annehmen</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Accuracy and areas</source>
        <translation>Genauigkeit und Flächen</translation>
    </message>
    <message>
        <source>Address of a dask.distributed scheduler, such as tcp://host:8786, whose workers make the map; they must see raster, model and map under the same paths.</source>
        <translation>Adresse eines Schedulers von dask.distributed, etwa tcp://host:8786, dessen Worker die Karte erzeugen; sie müssen Raster, Modell und Karte unter denselben Pfaden sehen.</translation>
    </message>
    <message>
        <source>All classes alike</source>
        <translation>Alle Klassen gleich</translation>
    </message>
    <message>
        <source>Also install the extra “{name}”</source>
        <translation>Auch das Extra „{name}“ installieren</translation>
    </message>
    <message>
        <source>Also measure how well samples agree with their classes' prompts, beside real ground, by the CLIP model in this folder (in the format of transformers); samples stay the same.</source>
        <translation>Auch messen, wie gut Beispiele zu den Prompts ihrer Klassen passen, neben echtem Boden, mit dem CLIP-Modell in diesem Ordner (im Format von transformers); die Beispiele bleiben dieselben.</translation>
    </message>
    <message>
        <source>Also measure in the features of this network: a model.safetensors, or a run folder, that was trained on the same bands.</source>
        <translation>Zusätzlich in den Merkmalen dieses Netzes messen: eine model.safetensors oder ein Laufordner, trainiert auf denselben Kanälen.</translation>
    </message>
    <message>
        <source>Also put the finished map here, a .tif.</source>
        <translation>Die fertige Karte auch hier ablegen, als .tif.</translation>
    </message>
    <message>
        <source>Also put the report here, an .html.</source>
        <translation>Den Bericht auch hier ablegen, als .html.</translation>
    </message>
    <message>
        <source>Also put the report here.</source>
        <translation>Den Bericht auch hier ablegen.</translation>
    </message>
    <message>
        <source>Also write how sure the map is, in percent, to this .tif.</source>
        <translation>Zusätzlich in diese .tif schreiben, wie sicher die Karte ist, in Prozent.</translation>
    </message>
    <message>
        <source>Also write the chips as GeoTIFFs, one folder per class, to this folder.</source>
        <translation>Die Chips auch als GeoTIFFs in diesen Ordner schreiben, mit einem Ordner je Klasse.</translation>
    </message>
    <message>
        <source>Also write the map as polygons with class, area and mean confidence to this .gpkg.</source>
        <translation>Die Karte zusätzlich als Polygone mit Klasse, Flächengröße und mittlerer Konfidenz in diese .gpkg schreiben.</translation>
    </message>
    <message>
        <source>Also write the probability of each class to this .tif, a band each.</source>
        <translation>Zusätzlich die Wahrscheinlichkeit jeder Klasse in diese .tif schreiben, je Klasse ein Kanal.</translation>
    </message>
    <message>
        <source>Also write the samples as GeoTIFFs (image, label, changed) to this folder.</source>
        <translation>Die Beispiele zusätzlich als GeoTIFFs (Bild, Label, geänderte Pixel) in diesen Ordner schreiben.</translation>
    </message>
    <message>
        <source>An earlier sample of the same map, whose points stay with their answers; only what is missing is drawn anew.</source>
        <translation>Eine frühere Stichprobe derselben Karte, deren Punkte mit ihren Antworten erhalten bleiben; nur was fehlt, wird neu gezogen.</translation>
    </message>
    <message>
        <source>An optional part of the engine, which makes it larger</source>
        <translation>Ein optionaler Teil der Engine, der sie größer macht</translation>
    </message>
    <message>
        <source>Another &amp;folder…</source>
        <translation>Anderer Or&amp;dner…</translation>
    </message>
    <message>
        <source>Another QGIS is setting the engine up in this folder; wait until it is done.</source>
        <translation>Ein anderes QGIS richtet die Engine gerade in diesem Ordner ein; warten Sie, bis es fertig ist.</translation>
    </message>
    <message>
        <source>Another program, often an antivirus scanner, holds or has removed a file of the set-up. Tell it to leave Overseed's folder alone, close programs that use the engine, and press Continue.</source>
        <translation>Ein anderes Programm, oft ein Virenscanner, hält eine Datei der Einrichtung fest oder hat sie entfernt. Nehmen Sie den Ordner von Overseed dort aus, schließen Sie Programme, die die Engine verwenden, und klicken Sie auf „Fortsetzen“.</translation>
    </message>
    <message>
        <source>Apple GPU (MPS)</source>
        <translation>Apple-GPU (MPS)</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>Architektur</translation>
    </message>
    <message>
        <source>Architecture of the network, of segmentation-models-pytorch.</source>
        <translation>Architektur des Netzes, aus segmentation-models-pytorch.</translation>
    </message>
    <message>
        <source>Area to map</source>
        <translation>Zu kartierendes Gebiet</translation>
    </message>
    <message>
        <source>Arms to compare, parted by commas (see classify-chips --augment); none always takes part.</source>
        <translation>Zu vergleichende Varianten, durch Kommas getrennt (siehe classify-chips --augment); none ist immer dabei.</translation>
    </message>
    <message>
        <source>Arms to compare, parted by commas (see train --augment); none and random-forest always take part.</source>
        <translation>Zu vergleichende Varianten, durch Kommas getrennt (siehe train --augment); none und random-forest sind immer dabei.</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>Wie unten eingestellt</translation>
    </message>
    <message>
        <source>Ask the model about each window turned and mirrored in all eight ways and average: slower, often a little better.</source>
        <translation>Das Modell jedes Fenster in allen acht Drehungen und Spiegelungen beurteilen lassen und mitteln: langsamer, oft etwas besser.</translation>
    </message>
    <message>
        <source>Assess map</source>
        <translation>Karte bewerten</translation>
    </message>
    <message>
        <source>Assess the map</source>
        <translation>Karte bewerten</translation>
    </message>
    <message>
        <source>Assessment</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>At work…</source>
        <translation>Arbeitet…</translation>
    </message>
    <message>
        <source>Augmentation</source>
        <translation>Augmentierung</translation>
    </message>
    <message>
        <source>Augmentation, arm</source>
        <translation>Augmentierung, Variante</translation>
    </message>
    <message>
        <source>Average eight views</source>
        <translation>Acht Ansichten mitteln</translation>
    </message>
    <message>
        <source>Balance</source>
        <translation>Ausgleich</translation>
    </message>
    <message>
        <source>Band to use, by number (from 1) or name; repeat. All bands when left out.</source>
        <translation>Zu verwendender Kanal, als Nummer (ab 1) oder Name; wiederholbar. Alle Kanäle, wenn nichts angegeben ist.</translation>
    </message>
    <message>
        <source>Bands</source>
        <translation>Kanäle</translation>
    </message>
    <message>
        <source>Bands that sd-inpaint paints</source>
        <translation>Bänder, die sd-inpaint malt</translation>
    </message>
    <message>
        <source>Bar: wanted share. Mark: share now. Drag or type.</source>
        <translation>Balken: angestrebter Anteil. Marke: Anteil jetzt. Ziehen oder eintippen.</translation>
    </message>
    <message>
        <source>Between now and alike (square root)</source>
        <translation>Zwischen jetzt und gleich (Quadratwurzel)</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>Block size</source>
        <translation>Blockgröße</translation>
    </message>
    <message>
        <source>CLIP model for agreement with words</source>
        <translation>CLIP-Modell für die Übereinstimmung mit Worten</translation>
    </message>
    <message>
        <source>CRS of the columns x and y of --table, and of files that do not say theirs, such as EPSG:32633.</source>
        <translation>KBS der Spalten x und y von --table und von Dateien, die ihres nicht nennen, etwa EPSG:32633.</translation>
    </message>
    <message>
        <source>CRS of the table's x and y</source>
        <translation>KBS von x und y der Tabelle</translation>
    </message>
    <message>
        <source>CSV file with the columns file and class, and where there are any cluster, region, group, x and y; files are looked for beside it.</source>
        <translation>CSV-Datei mit den Spalten file und class und, wo vorhanden, cluster, region, group, x und y; die Dateien werden neben ihr gesucht.</translation>
    </message>
    <message>
        <source>CSV file with the columns stratum and pixels, for strata that are not the map's classes.</source>
        <translation>CSV-Datei mit den Spalten stratum und pixels, für Strata, die nicht die Klassen der Karte sind.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Cancelled. Run with the same inputs continues, for as long as QGIS stays open.</source>
        <translation>Abgebrochen. „Starten“ mit denselben Eingaben setzt fort, solange QGIS geöffnet bleibt.</translation>
    </message>
    <message>
        <source>Cancelled. Run with the same inputs continues.</source>
        <translation>Abgebrochen. „Starten“ mit denselben Eingaben setzt fort.</translation>
    </message>
    <message>
        <source>Cancelled. The same button continues where it stopped.</source>
        <translation>Abgebrochen. Dieselbe Schaltfläche setzt dort fort.</translation>
    </message>
    <message>
        <source>Change nothing</source>
        <translation>Nichts ändern</translation>
    </message>
    <message>
        <source>Changed pixels</source>
        <translation>Geänderte Pixel</translation>
    </message>
    <message>
        <source>Channels of the layers next to full resolution; deeper ones have more.</source>
        <translation>Kanäle der Schichten nächst der vollen Auflösung; tiefere haben mehr.</translation>
    </message>
    <message>
        <source>Channels of the networks</source>
        <translation>Kanäle der Netze</translation>
    </message>
    <message>
        <source>Check a&amp;gain</source>
        <translation>Erneut &amp;prüfen</translation>
    </message>
    <message>
        <source>Checking Overseed's engine</source>
        <translation>Die Engine von Overseed wird geprüft</translation>
    </message>
    <message>
        <source>Chip</source>
        <translation>Chip</translation>
    </message>
    <message>
        <source>Chips</source>
        <translation>Chips</translation>
    </message>
    <message>
        <source>Chips as GeoTIFF files</source>
        <translation>Chips als GeoTIFF-Dateien</translation>
    </message>
    <message>
        <source>Chips in a step</source>
        <translation>Chips je Schritt</translation>
    </message>
    <message>
        <source>Chips in a step.</source>
        <translation>Chips je Schritt.</translation>
    </message>
    <message>
        <source>Chips that look alike, grouped without regard to their labels.</source>
        <translation>Chips, die einander ähnlich sehen, ohne Rücksicht auf ihre Labels zusammengefasst.</translation>
    </message>
    <message>
        <source>Choose a Python interpreter that has Overseed's engine already</source>
        <translation>Einen Python-Interpreter wählen, der die Engine von Overseed schon hat</translation>
    </message>
    <message>
        <source>Choose at least one raster layer.</source>
        <translation>Wählen Sie mindestens einen Rasterlayer.</translation>
    </message>
    <message>
        <source>Choose the field of “{layer}” that holds the class. Its fields are: {present}.</source>
        <translation>Wählen Sie das Feld von „{layer}“, das die Klasse enthält. Seine Felder sind: {present}.</translation>
    </message>
    <message>
        <source>Choose the image and polygons of which you know the class, then look at the classes.</source>
        <translation>Wählen Sie das Bild und Polygone, deren Klasse Sie kennen, und sehen Sie sich dann die Klassen an.</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>Class field</source>
        <translation>Klassenfeld</translation>
    </message>
    <message>
        <source>Class field of the reference</source>
        <translation>Klassenfeld der Referenz</translation>
    </message>
    <message>
        <source>Class of chips from everywhere else</source>
        <translation>Klasse für Chips von überall sonst</translation>
    </message>
    <message>
        <source>Class of everything outside the polygons</source>
        <translation>Klasse für alles außerhalb der Polygone</translation>
    </message>
    <message>
        <source>Class polygons (path or path|layername=NAME) or a label raster; repeat to pair with the rasters in order, or give one vector layer for all.</source>
        <translation>Polygone mit Klassen (Pfad oder Pfad|layername=NAME) oder ein Labelraster; wiederholbar, paarweise mit den Rastern, oder ein Vektorlayer für alle.</translation>
    </message>
    <message>
        <source>Class shares to aim at</source>
        <translation>Angestrebte Klassenanteile</translation>
    </message>
    <message>
        <source>Class shares to aim at in the samples (see synthesize).</source>
        <translation>In den Beispielen angestrebte Klassenanteile (siehe synthesize).</translation>
    </message>
    <message>
        <source>Class shares to aim at in the samples: equal, sqrt (of the real shares), or NAME=SHARE,NAME=SHARE.</source>
        <translation>In den Beispielen angestrebte Klassenanteile: equal (gleich), sqrt (Wurzel der echten Anteile) oder NAME=ANTEIL,NAME=ANTEIL.</translation>
    </message>
    <message>
        <source>Class shares to aim at in the synthetic samples (see synthesize).</source>
        <translation>In den synthetischen Beispielen angestrebte Klassenanteile (siehe synthesize).</translation>
    </message>
    <message>
        <source>Class table</source>
        <translation>Klassentabelle</translation>
    </message>
    <message>
        <source>Class table (CSV with the columns value, name, code, colour, rare, use) that renames, merges, drops or recolours classes; 'inspect --write-classes' writes one to edit.</source>
        <translation>Klassentabelle (CSV mit den Spalten value, name, code, colour, rare, use), die Klassen umbenennt, zusammenfasst, weglässt oder umfärbt; „inspect --write-classes“ schreibt eine zum Bearbeiten.</translation>
    </message>
    <message>
        <source>Class that is looked for; the rare one if left out and there is only one.</source>
        <translation>Gesuchte Klasse; ohne Angabe die seltene, wenn es nur eine gibt.</translation>
    </message>
    <message>
        <source>Class that was looked for</source>
        <translation>Gesuchte Klasse</translation>
    </message>
    <message>
        <source>Class to look for</source>
        <translation>Zu suchende Klasse</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Classes below this share of the labelled pixels are rare.</source>
        <translation>Klassen unter diesem Anteil der gelabelten Pixel gelten als selten.</translation>
    </message>
    <message>
        <source>Classes below this share of the training chips are rare.</source>
        <translation>Klassen unter diesem Anteil der Trainings-Chips gelten als selten.</translation>
    </message>
    <message>
        <source>Classes to learn from, separated by commas</source>
        <translation>Klassen zum Lernen, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Classes to look for, separated by commas</source>
        <translation>Zu suchende Klassen, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Classes to make chips of, separated by commas</source>
        <translation>Klassen, von denen Chips erzeugt werden, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Classes to thin out</source>
        <translation>Auszudünnende Klassen</translation>
    </message>
    <message>
        <source>Classes, split</source>
        <translation>Klassen, Aufteilung</translation>
    </message>
    <message>
        <source>Classified map</source>
        <translation>Klassifizierte Karte</translation>
    </message>
    <message>
        <source>Classified maps</source>
        <translation>Klassifizierte Karten</translation>
    </message>
    <message>
        <source>Classifies the whole image with the network that was trained last.</source>
        <translation>Klassifiziert das ganze Bild mit dem zuletzt trainierten Netz.</translation>
    </message>
    <message>
        <source>Classify a raster chip by chip: a heat map of how likely each place is of a class.</source>
        <translation>Ein Raster Chip für Chip klassifizieren: eine Heatmap, wie wahrscheinlich jede Stelle zu einer Klasse gehört.</translation>
    </message>
    <message>
        <source>Classify rare classes</source>
        <translation>Seltene Klassen klassifizieren</translation>
    </message>
    <message>
        <source>Classify rare classes…</source>
        <translation>Seltene Klassen klassifizieren…</translation>
    </message>
    <message>
        <source>Classify raster</source>
        <translation>Raster klassifizieren</translation>
    </message>
    <message>
        <source>Clear stored runs</source>
        <translation>Gespeicherte Läufe löschen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Cluster chips</source>
        <translation>Chips clustern</translation>
    </message>
    <message>
        <source>Clusters to make chips of, separated by commas</source>
        <translation>Cluster, von denen Chips erzeugt werden, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Commands that repeat the run, a paragraph on methods with references for a paper, versions, seeds and the device that really computed.</source>
        <translation>Befehle, die den Lauf wiederholen, ein Methodenabsatz mit Literatur für eine Veröffentlichung, Versionen, Startwerte und das Gerät, das wirklich gerechnet hat.</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Compare augmentations</source>
        <translation>Augmentierungen vergleichen</translation>
    </message>
    <message>
        <source>Compare networks with these. They are not the accuracy of the map, because test blocks hold polygons that somebody drew where it was easy.</source>
        <translation>Damit vergleicht man Netze. Die Genauigkeit der Karte ist das nicht, denn Testblöcke enthalten Polygone, die jemand dort gezeichnet hat, wo es leicht war.</translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Compute in half the precision: float16 on CUDA, bfloat16 on processors that have it; with --backend torch or tensorrt.</source>
        <translation>Mit halber Genauigkeit rechnen: float16 mit CUDA, bfloat16 auf Prozessoren, die es können; mit --backend torch oder tensorrt.</translation>
    </message>
    <message>
        <source>Computes on the graphics card {name}.</source>
        <translation>Rechnet auf der Grafikkarte {name}.</translation>
    </message>
    <message>
        <source>Computes on the processor, {threads} threads; no graphics card is used.</source>
        <translation>Rechnet auf dem Prozessor, {threads} Threads; eine Grafikkarte wird nicht verwendet.</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>Konfidenz</translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation>Konfusionsmatrix</translation>
    </message>
    <message>
        <source>Contains modified Copernicus Sentinel data 2017; land use © OpenStreetMap contributors, under the Open Database License (ODbL).</source>
        <translation>Enthält veränderte Copernicus-Sentinel-Daten 2017; Landnutzung © OpenStreetMap-Mitwirkende, unter der Open Database License (ODbL).</translation>
    </message>
    <message>
        <source>Copied into other places</source>
        <translation>An andere Stellen kopiert</translation>
    </message>
    <message>
        <source>Copied to the clipboard.</source>
        <translation>In die Zwischenablage kopiert.</translation>
    </message>
    <message>
        <source>Copy &amp;diagnosis</source>
        <translation>&amp;Diagnose kopieren</translation>
    </message>
    <message>
        <source>Copy as Python</source>
        <translation>Als Python kopieren</translation>
    </message>
    <message>
        <source>Copy as qgis_process command</source>
        <translation>Als qgis_process-Befehl kopieren</translation>
    </message>
    <message>
        <source>Copy as shell command</source>
        <translation>Als Shell-Befehl kopieren</translation>
    </message>
    <message>
        <source>Copy this step as a command</source>
        <translation>Diesen Schritt als Befehl kopieren</translation>
    </message>
    <message>
        <source>Copy versions and problems for a bug report</source>
        <translation>Versionen und Probleme für einen Fehlerbericht kopieren</translation>
    </message>
    <message>
        <source>Could not be deleted: {paths}</source>
        <translation>Konnte nicht gelöscht werden: {paths}</translation>
    </message>
    <message>
        <source>Counts pixels and polygons of each class and says what is wrong.</source>
        <translation>Zählt Pixel und Polygone jeder Klasse und sagt, was nicht stimmt.</translation>
    </message>
    <message>
        <source>Crops in a step</source>
        <translation>Ausschnitte je Schritt</translation>
    </message>
    <message>
        <source>Cut the scene into training, validation and test ground and store it as tiles.</source>
        <translation>Die Szene in Trainings-, Validierungs- und Testflächen aufteilen und als Kacheln speichern.</translation>
    </message>
    <message>
        <source>Cuts rasters and polygons into training, validation and test ground, in blocks that lie apart, and stores them in a run folder, in which all further steps work.</source>
        <translation>Teilt Raster und Polygone in Trainings-, Validierungs- und Testflächen aus getrennt liegenden Blöcken auf und speichert sie in einem Laufordner, in dem alle weiteren Schritte arbeiten.</translation>
    </message>
    <message>
        <source>Cuts the ground into training, validation and test blocks that lie apart.</source>
        <translation>Teilt die Fläche in Trainings-, Validierungs- und Testblöcke auf, die getrennt liegen.</translation>
    </message>
    <message>
        <source>Data and classes</source>
        <translation>Daten und Klassen</translation>
    </message>
    <message>
        <source>Delete all stored runs ({size})? Maps and reports that were saved elsewhere stay; interrupted runs cannot be continued any more.</source>
        <translation>Alle gespeicherten Läufe ({size}) löschen? Anderswo gespeicherte Karten und Berichte bleiben; unterbrochene Läufe können nicht mehr fortgesetzt werden.</translation>
    </message>
    <message>
        <source>Delete all that was installed for the engine</source>
        <translation>Alles löschen, was für die Engine installiert wurde</translation>
    </message>
    <message>
        <source>Delete run</source>
        <translation>Lauf löschen</translation>
    </message>
    <message>
        <source>Delete versions that are not in use any more</source>
        <translation>Nicht mehr verwendete Versionen löschen</translation>
    </message>
    <message>
        <source>Delete {folder} with models, samples, map and report?</source>
        <translation>{folder} mit Modellen, Beispielen, Karte und Bericht löschen?</translation>
    </message>
    <message>
        <source>Deletes finished and interrupted runs, never your maps.</source>
        <translation>Löscht abgeschlossene und unterbrochene Läufe, nie Ihre Karten.</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>Löschen…</translation>
    </message>
    <message>
        <source>Describe every chip by the features of a network that has learned the classes from training chips.</source>
        <translation>Jeden Chip durch die Merkmale eines Netzes beschreiben, das die Klassen von Trainings-Chips gelernt hat.</translation>
    </message>
    <message>
        <source>Describes every chip by the features of a network that has learned the classes, and finds groups of chips that look alike. A picture shows which chips lie near each other; chips of a rare class that hide among others are listed for review.</source>
        <translation>Beschreibt jeden Chip durch die Merkmale eines Netzes, das die Klassen gelernt hat, und findet Gruppen ähnlicher Chips. Ein Bild zeigt, welche Chips beieinanderliegen; Chips einer seltenen Klasse, die sich unter anderen verbergen, werden zur Prüfung aufgelistet.</translation>
    </message>
    <message>
        <source>Design</source>
        <translation>Stichprobenverfahren</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Rechengerät</translation>
    </message>
    <message>
        <source>Did augmentation help here?</source>
        <translation>Hat die Augmentierung hier geholfen?</translation>
    </message>
    <message>
        <source>Distance of features</source>
        <translation>Abstand der Merkmale</translation>
    </message>
    <message>
        <source>Distance of features.</source>
        <translation>Abstand der Merkmale.</translation>
    </message>
    <message>
        <source>Distance to real chips (KID)</source>
        <translation>Abstand zu echten Chips (KID)</translation>
    </message>
    <message>
        <source>Download and install what is listed above</source>
        <translation>Herunterladen und installieren, was oben steht</translation>
    </message>
    <message>
        <source>Downloading Python {version}…</source>
        <translation>Python {version} wird heruntergeladen…</translation>
    </message>
    <message>
        <source>Downloading and installing libraries…</source>
        <translation>Bibliotheken werden heruntergeladen und installiert…</translation>
    </message>
    <message>
        <source>Downloading uv…</source>
        <translation>uv wird heruntergeladen…</translation>
    </message>
    <message>
        <source>Downloading {name} {size}…</source>
        <translation>{name} {size} wird heruntergeladen…</translation>
    </message>
    <message>
        <source>Draw a probability sample of a map's pixels, to be looked at by people who then say what is there.</source>
        <translation>Eine Zufallsstichprobe der Pixel einer Karte ziehen, die Menschen ansehen und benennen.</translation>
    </message>
    <message>
        <source>Draw in each class of the map by itself, so that rare ones get points too, or anywhere alike.</source>
        <translation>In jeder Klasse der Karte für sich ziehen, sodass auch seltene Punkte bekommen, oder überall gleich.</translation>
    </message>
    <message>
        <source>Draw points</source>
        <translation>Punkte ziehen</translation>
    </message>
    <message>
        <source>Draw polygons at the squares in “{layer}”, save its edits, then prepare and train again.</source>
        <translation>Zeichnen Sie an den Quadraten Polygone in „{layer}“, speichern Sie die Änderungen, bereiten Sie dann die Daten erneut vor und trainieren Sie noch einmal.</translation>
    </message>
    <message>
        <source>Draws a probability sample of a map's pixels. People then fill in the field “reference” with what is really there, best without having seen the map, and “Assess map” turns their answers into accuracy and areas with intervals. A page with instructions is written beside the points.</source>
        <translation>Zieht eine Zufallsstichprobe der Pixel einer Karte. Menschen tragen danach im Feld „reference“ ein, was wirklich da ist, am besten ohne die Karte gesehen zu haben, und „Karte bewerten“ macht aus ihren Antworten Genauigkeit und Flächen mit Intervallen. Neben die Punkte wird eine Seite mit Anleitung geschrieben.</translation>
    </message>
    <message>
        <source>Draws sheets on which each synthetic sample stands beside the real ground that is most like it. Samples that will not do are rejected by their numbers; training, comparison, measures and report then leave them out.</source>
        <translation>Zeichnet Bilderbögen, auf denen jedes synthetische Beispiel neben der echten Fläche steht, die ihm am ähnlichsten ist. Unbrauchbare Beispiele werden über ihre Nummern verworfen; Training, Vergleich, Messungen und Bericht lassen sie dann weg.</translation>
    </message>
    <message>
        <source>Draws the samples beside the nearest real ground.</source>
        <translation>Zeichnet die Beispiele neben die ähnlichsten echten Flächen.</translation>
    </message>
    <message>
        <source>Each class gets random texture with its own mean, spread and grain.</source>
        <translation>Jede Klasse bekommt eine zufällige Textur mit eigenem Mittel, eigener Streuung und Körnung.</translation>
    </message>
    <message>
        <source>Each picture shows a sample, real ground of the same class that is most like it, and the sample's labels. Click what looks wrong; rejected samples are left out when the network is trained again.</source>
        <translation>Jedes Bild zeigt ein Beispiel, die ihm ähnlichste echte Fläche derselben Klasse und die Labels des Beispiels. Klicken Sie an, was falsch aussieht; verworfene Beispiele werden weggelassen, wenn das Netz erneut trainiert wird.</translation>
    </message>
    <message>
        <source>Earlier runs of this project, and a new one</source>
        <translation>Frühere Läufe dieses Projekts und ein neuer</translation>
    </message>
    <message>
        <source>Earlier runs…</source>
        <translation>Frühere Läufe…</translation>
    </message>
    <message>
        <source>Earlier sample to keep</source>
        <translation>Frühere Stichprobe, die bleibt</translation>
    </message>
    <message>
        <source>Effort</source>
        <translation>Aufwand</translation>
    </message>
    <message>
        <source>Encoder</source>
        <translation>Encoder</translation>
    </message>
    <message>
        <source>Encoder of the network, a name of segmentation-models-pytorch or timm; only tf_efficientnet_lite0 has ImageNet weights without a download.</source>
        <translation>Encoder des Netzes, ein Name aus segmentation-models-pytorch oder timm; nur tf_efficientnet_lite0 hat ImageNet-Gewichte ohne Herunterladen.</translation>
    </message>
    <message>
        <source>Encoder weights</source>
        <translation>Gewichte des Encoders</translation>
    </message>
    <message>
        <source>End after this many of the ten validations without gain; 0 trains to the end.</source>
        <translation>Nach so vielen der zehn Validierungen ohne Gewinn aufhören; 0 trainiert bis zum Ende.</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Engine</translation>
    </message>
    <message>
        <source>Engine {engine}, PyTorch {torch}, Python {python}.</source>
        <translation>Engine {engine}, PyTorch {torch}, Python {python}.</translation>
    </message>
    <message>
        <source>Engine, folder of runs, effort and device</source>
        <translation>Engine, Ordner der Läufe, Aufwand und Rechengerät</translation>
    </message>
    <message>
        <source>Everything for one data set: from rasters and polygons to a map and a report.</source>
        <translation>Alles für einen Datensatz: von Rastern und Polygonen zu Karte und Bericht.</translation>
    </message>
    <message>
        <source>Everything outside the polygons is a class:</source>
        <translation>Alles außerhalb der Polygone ist eine Klasse:</translation>
    </message>
    <message>
        <source>Everything that this run folder holds, in one file.</source>
        <translation>Alles, was dieser Laufordner enthält, in einer Datei.</translation>
    </message>
    <message>
        <source>Expected user's accuracy</source>
        <translation>Erwartete Nutzergenauigkeit</translation>
    </message>
    <message>
        <source>Extent to map</source>
        <translation>Zu kartierende Ausdehnung</translation>
    </message>
    <message>
        <source>Extras: {extras}.</source>
        <translation>Extras: {extras}.</translation>
    </message>
    <message>
        <source>F1 of all classes on validation ground</source>
        <translation>F1 aller Klassen auf Validierungsflächen</translation>
    </message>
    <message>
        <source>F1 of rare classes on validation ground</source>
        <translation>F1 der seltenen Klassen auf Validierungsflächen</translation>
    </message>
    <message>
        <source>F1, IoU</source>
        <translation>F1, IoU</translation>
    </message>
    <message>
        <source>FID of few chips too</source>
        <translation>FID auch von wenigen Chips</translation>
    </message>
    <message>
        <source>Factor on the distances between the classes' spectra relative to their variation; with 6 nearly every pixel can be told.</source>
        <translation>Faktor auf die Abstände zwischen den Spektren der Klassen im Verhältnis zu ihrer Streuung; bei 6 lässt sich fast jedes Pixel zuordnen.</translation>
    </message>
    <message>
        <source>Fast, and as good as any learned generator on the scenes that we measured.</source>
        <translation>Schnell und auf den von uns gemessenen Szenen so gut wie jeder gelernte Generator.</translation>
    </message>
    <message>
        <source>Fewer leave more of the machine to other work.</source>
        <translation>Weniger lassen mehr vom Rechner für andere Arbeit.</translation>
    </message>
    <message>
        <source>Fewer than {n} polygons cannot be spread over training, validation and test ground; draw some more.</source>
        <translation>Weniger als {n} Polygone lassen sich nicht auf Training, Validierung und Test verteilen; zeichnen Sie weitere.</translation>
    </message>
    <message>
        <source>Fewest clusters to try</source>
        <translation>Kleinste Clusterzahl</translation>
    </message>
    <message>
        <source>Fewest clusters to try.</source>
        <translation>Kleinste Clusterzahl, die probiert wird.</translation>
    </message>
    <message>
        <source>Fewest points of a class</source>
        <translation>Mindestzahl von Punkten je Klasse</translation>
    </message>
    <message>
        <source>Fewest points of a class, as far as it has pixels.</source>
        <translation>Mindestzahl von Punkten je Klasse, soweit sie Pixel hat.</translation>
    </message>
    <message>
        <source>Field of the points or polygons that holds the class.</source>
        <translation>Feld der Punkte oder Polygone, das die Klasse enthält.</translation>
    </message>
    <message>
        <source>Field of the points with their strata, for --design stratified; the map's classes if left out.</source>
        <translation>Feld der Punkte mit ihren Strata, für --design stratified; ohne Angabe die Klassen der Karte.</translation>
    </message>
    <message>
        <source>Field of the polygons that holds the class's colour.</source>
        <translation>Feld der Polygone mit der Farbe der Klasse.</translation>
    </message>
    <message>
        <source>Field of the polygons that holds the class, as text or whole number.</source>
        <translation>Feld der Polygone mit der Klasse, als Text oder ganze Zahl.</translation>
    </message>
    <message>
        <source>Field of the reference that holds the class, by name or code; 'reference' if left out.</source>
        <translation>Feld der Referenz mit der Klasse, als Name oder Code; ohne Angabe „reference“.</translation>
    </message>
    <message>
        <source>Field with strata</source>
        <translation>Feld mit Strata</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>Kennzahlen</translation>
    </message>
    <message>
        <source>File that was downloaded before</source>
        <translation>Bereits heruntergeladene Datei</translation>
    </message>
    <message>
        <source>Filled only when a map was assessed with reference data. With points drawn by “Sample reference points” it has 95 % intervals; hectares counted on the map itself are wrong where the map is.</source>
        <translation>Nur gefüllt, wenn eine Karte mit Referenzdaten bewertet wurde. Mit Punkten aus „Referenzpunkte ziehen“ gibt es 95-%-Intervalle; auf der Karte ausgezählte Hektar sind dort falsch, wo die Karte es ist.</translation>
    </message>
    <message>
        <source>Find clusters of training chips by their features, and positives that hide among negatives.</source>
        <translation>Cluster der Trainings-Chips anhand ihrer Merkmale finden, und Positive, die sich unter Negativen verbergen.</translation>
    </message>
    <message>
        <source>Find places to label</source>
        <translation>Stellen zum Labeln suchen</translation>
    </message>
    <message>
        <source>First the sentence at the top</source>
        <translation>Zuerst der Satz ganz oben</translation>
    </message>
    <message>
        <source>Fits the generator, makes samples and trains the network.</source>
        <translation>Passt den Generator an, erzeugt Beispiele und trainiert das Netz.</translation>
    </message>
    <message>
        <source>Fold</source>
        <translation>Teilung (Fold)</translation>
    </message>
    <message>
        <source>Fold to work on; repeat. All folds of prepare when left out.</source>
        <translation>Teilung (Fold), an der gearbeitet wird; wiederholbar. Ohne Angabe alle von prepare.</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Folder for &amp;runs</source>
        <translation>&amp;Ordner für Läufe</translation>
    </message>
    <message>
        <source>Folder for scene.tif, polygons.gpkg, truth.tif and limit.json.</source>
        <translation>Ordner für scene.tif, polygons.gpkg, truth.tif und limit.json.</translation>
    </message>
    <message>
        <source>Folder of the project</source>
        <translation>Ordner des Projekts</translation>
    </message>
    <message>
        <source>Folder of wheels</source>
        <translation>Ordner mit Wheels</translation>
    </message>
    <message>
        <source>Folder that holds one folder of chips per class.</source>
        <translation>Ordner, der je Klasse einen Ordner mit Chips enthält.</translation>
    </message>
    <message>
        <source>Folder to install the engine into</source>
        <translation>Ordner, in den die Engine installiert wird</translation>
    </message>
    <message>
        <source>Folder with a folder of chips for each class</source>
        <translation>Ordner mit einem Ordner voller Chips je Klasse</translation>
    </message>
    <message>
        <source>Folder: {folder}</source>
        <translation>Ordner: {folder}</translation>
    </message>
    <message>
        <source>Folds</source>
        <translation>Teilungen (Folds)</translation>
    </message>
    <message>
        <source>For diffusion and sd-inpaint: how far samples are pushed to what the layout or prompt asks for; 1 for not at all, the method's own value if left out.</source>
        <translation>Für diffusion und sd-inpaint: wie stark Proben zu dem gedrängt werden, was Layout oder Prompt verlangen; 1 für gar nicht, ohne Angabe der eigene Wert der Methode.</translation>
    </message>
    <message>
        <source>For diffusion and sd-inpaint: how the steps are taken.</source>
        <translation>Für diffusion und sd-inpaint: wie die Schritte gemacht werden.</translation>
    </message>
    <message>
        <source>For diffusion and sd-inpaint: label the whole mask as the layout says, instead of what a classifier of real ground recognises in it.</source>
        <translation>Für diffusion und sd-inpaint: die ganze Maske so benennen, wie das Layout es sagt, statt so, wie ein Klassifikator von echtem Boden sie erkennt.</translation>
    </message>
    <message>
        <source>For diffusion and sd-inpaint: steps from noise to an image.</source>
        <translation>Für diffusion und sd-inpaint: Schritte vom Rauschen zum Bild.</translation>
    </message>
    <message>
        <source>For diffusion: what the network is asked for, a mixture of noise and image (v) or the noise (epsilon).</source>
        <translation>Für diffusion: wonach das Netz gefragt wird, nach einer Mischung aus Rauschen und Bild (v) oder nach dem Rauschen (epsilon).</translation>
    </message>
    <message>
        <source>For models, scripts and the command line</source>
        <translation>Für Modelle, Skripte und die Kommandozeile</translation>
    </message>
    <message>
        <source>For pseudo-labels: share of the pixels given a class that must be right on training ground that it was not learned from; where the network is less sure than that takes, samples stay unlabelled.</source>
        <translation>Für pseudo-labels: Anteil der Pixel einer Klasse, der auf Trainingsboden, von dem nicht gelernt wurde, stimmen muss; wo das Netz weniger sicher ist, als das verlangt, bleiben Beispiele ohne Label.</translation>
    </message>
    <message>
        <source>For sd-inpaint: also write the model with what it has learned as one .safetensors file, which other programs read too.</source>
        <translation>Für sd-inpaint: das Modell mit dem, was es gelernt hat, auch als eine .safetensors-Datei schreiben, die auch andere Programme lesen.</translation>
    </message>
    <message>
        <source>For sd-inpaint: commit of the weights, 40 characters, where they are on the hub.</source>
        <translation>Für sd-inpaint: Commit der Gewichte, 40 Zeichen, wenn sie auf dem Hub liegen.</translation>
    </message>
    <message>
        <source>For sd-inpaint: how much the loss counts images that the weights made before they learned, so that they do not forget them; 0 for none.</source>
        <translation>Für sd-inpaint: wie viel Bilder im Verlust zählen, die die Gewichte vor dem Lernen gemacht haben, damit sie diese nicht vergessen; 0 für keine.</translation>
    </message>
    <message>
        <source>For sd-inpaint: rank of the matrices that are learned beside the weights.</source>
        <translation>Für sd-inpaint: Rang der Matrizen, die neben den Gewichten gelernt werden.</translation>
    </message>
    <message>
        <source>For sd-inpaint: share of the noise that painting begins with; below 1 the class's usual colour shines through.</source>
        <translation>Für sd-inpaint: Anteil des Rauschens, mit dem das Malen beginnt; unter 1 scheint die übliche Farbe der Klasse durch.</translation>
    </message>
    <message>
        <source>For sd-inpaint: the inpainting pipeline to start from, a folder in the format of diffusers, a .safetensors file, or OWNER/NAME on the Hugging Face hub.</source>
        <translation>Für sd-inpaint: die Inpainting-Pipeline, von der ausgegangen wird: ein Ordner im Format von diffusers, eine .safetensors-Datei oder OWNER/NAME auf dem Hub von Hugging Face.</translation>
    </message>
    <message>
        <source>For sd-inpaint: the model as one file, which other programs read too. The licence of the weights holds for it.</source>
        <translation>Für sd-inpaint: das Modell als eine Datei, die auch andere Programme lesen. Für sie gilt die Lizenz der Gewichte.</translation>
    </message>
    <message>
        <source>For sd-inpaint: the three bands to paint as red, green and blue, by name or number, parted by commas; chosen by their names if left out.</source>
        <translation>Für sd-inpaint: die drei Bänder, die als Rot, Grün und Blau gemalt werden, nach Namen oder Nummer, durch Kommas getrennt; ohne Angabe nach ihren Namen gewählt.</translation>
    </message>
    <message>
        <source>For sd-inpaint: what not to paint, in words.</source>
        <translation>Für sd-inpaint: was nicht gemalt werden soll, in Worten.</translation>
    </message>
    <message>
        <source>For sd-inpaint: what to paint, in words, where {class} stands for the class's name, or NAME=WORDS for single classes, parted by semicolons; 'a sks {class} seen from above' if left out, or what training was told.</source>
        <translation>Für sd-inpaint: was gemalt werden soll, in Worten, wobei {class} für den Namen der Klasse steht, oder NAME=WORTE für einzelne Klassen, durch Semikolons getrennt; ohne Angabe „a sks {class} seen from above“ oder was dem Training gesagt wurde.</translation>
    </message>
    <message>
        <source>For when only the rare class was drawn. Otherwise ground outside is left out.</source>
        <translation>Für den Fall, dass nur die seltene Klasse gezeichnet wurde. Sonst bleiben Flächen außerhalb unbeachtet.</translation>
    </message>
    <message>
        <source>Forget the chosen interpreter; it is not changed in any way</source>
        <translation>Den gewählten Interpreter vergessen; er wird in keiner Weise verändert</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>Gütefilter</translation>
    </message>
    <message>
        <source>Gather chips, small images with one label each, and part them into training, validation and test.</source>
        <translation>Chips, kleine Bilder mit je einem Label, sammeln und auf Training, Validierung und Test verteilen.</translation>
    </message>
    <message>
        <source>Gathers chips, small images with one label each, and parts them into training, validation and test in a run folder, in which all further steps work. Chips are cut from rasters around points or polygons, or are files: a folder with one folder per class, or a table that lists them.</source>
        <translation>Sammelt Chips, kleine Bilder mit je einem Label, und verteilt sie auf Training, Validierung und Test, in einem Laufordner, in dem alle weiteren Schritte arbeiten. Chips werden aus Rastern um Punkte oder Polygone ausgeschnitten oder sind Dateien: ein Ordner mit einem Ordner je Klasse oder eine Tabelle, die sie aufzählt.</translation>
    </message>
    <message>
        <source>Generator</source>
        <translation>Generator</translation>
    </message>
    <message>
        <source>GeoPackage for the places; a style for QGIS is written beside it.</source>
        <translation>GeoPackage für die Stellen; ein Stil für QGIS wird daneben geschrieben.</translation>
    </message>
    <message>
        <source>GeoPackage for the points; instructions for interpreters are written beside it.</source>
        <translation>GeoPackage für die Punkte; eine Anleitung für die Interpretation wird daneben geschrieben.</translation>
    </message>
    <message>
        <source>Go on with it</source>
        <translation>Damit fortfahren</translation>
    </message>
    <message>
        <source>Go on with what has been downloaded already</source>
        <translation>Mit dem weitermachen, was schon heruntergeladen ist</translation>
    </message>
    <message>
        <source>Ground to leave out</source>
        <translation>Auszulassende Flächen</translation>
    </message>
    <message>
        <source>Ground where no points are drawn: a polygon layer, or a run folder, whose training and validation blocks are left out; repeat. The sample then speaks for the rest alone.</source>
        <translation>Flächen, auf denen keine Punkte gezogen werden: ein Polygonlayer oder ein Laufordner, dessen Trainings- und Validierungsblöcke ausgelassen werden; wiederholbar. Die Stichprobe gilt dann nur für den Rest.</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Führung</translation>
    </message>
    <message>
        <source>HTML files</source>
        <translation>HTML-Dateien</translation>
    </message>
    <message>
        <source>Heat map</source>
        <translation>Heatmap</translation>
    </message>
    <message>
        <source>Heat map of chips</source>
        <translation>Heatmap aus Chips</translation>
    </message>
    <message>
        <source>Height in pixels.</source>
        <translation>Höhe in Pixeln.</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Highest learning rate</source>
        <translation>Höchste Lernrate</translation>
    </message>
    <message>
        <source>Highest learning rate.</source>
        <translation>Höchste Lernrate.</translation>
    </message>
    <message>
        <source>Hold ways to treat imbalance against each other on the same ground, and say what each is worth.</source>
        <translation>Arten, mit Ungleichgewicht umzugehen, auf denselben Flächen gegeneinanderhalten und sagen, was jede wert ist.</translation>
    </message>
    <message>
        <source>Hold ways to treat rare classes of chips against each other, with several trainings of each.</source>
        <translation>Umgangsweisen mit seltenen Klassen von Chips vergleichen, mit mehreren Trainings von jeder.</translation>
    </message>
    <message>
        <source>Holds synthetic samples against real ground that the generator has not seen: values, texture, features, what classifiers make of them, and whether they are copies.</source>
        <translation>Hält synthetische Beispiele gegen echte Flächen, die der Generator nicht gesehen hat: Werte, Textur, Merkmale, was Klassifikatoren daraus machen und ob es Kopien sind.</translation>
    </message>
    <message>
        <source>How clusters are found</source>
        <translation>Wie Cluster gefunden werden</translation>
    </message>
    <message>
        <source>How clusters are found; all tries every way and proposes the best.</source>
        <translation>Wie Cluster gefunden werden; all probiert jede Art und schlägt die beste vor.</translation>
    </message>
    <message>
        <source>How good the synthetic samples are</source>
        <translation>Wie gut die synthetischen Beispiele sind</translation>
    </message>
    <message>
        <source>How imbalance is treated</source>
        <translation>Umgang mit dem Ungleichgewicht</translation>
    </message>
    <message>
        <source>How imbalance is treated: none; weighted, focal or logit-adjust; oversample; spade, pix2pix, statistical, replace, copy-paste, pseudo-labels, diffusion, sd-inpaint; layout-only, noise; joined by +; or random-forest.</source>
        <translation>Umgang mit dem Ungleichgewicht: none (keiner); weighted, focal oder logit-adjust; oversample; spade, pix2pix, statistical, replace, copy-paste, pseudo-labels, diffusion, sd-inpaint; layout-only, noise; mit + verbunden; oder random-forest.</translation>
    </message>
    <message>
        <source>How it is told</source>
        <translation>Wie es ihm gesagt wird</translation>
    </message>
    <message>
        <source>How it was made</source>
        <translation>Wie es entstanden ist</translation>
    </message>
    <message>
        <source>How long networks train: quick for a look, normal, thorough for a result.</source>
        <translation>Wie lange Netze trainieren: quick für einen ersten Blick, normal, thorough für ein Ergebnis.</translation>
    </message>
    <message>
        <source>How long to train. “quick” is for a first look (minutes on a laptop), “normal” for everyday use, “thorough” for final maps.</source>
        <translation>Wie lange trainiert wird. „quick“ ist für einen ersten Blick (Minuten auf einem Laptop), „normal“ für den Alltag, „thorough“ für endgültige Karten.</translation>
    </message>
    <message>
        <source>How long to train: quick for a look, thorough for a result.</source>
        <translation>Wie lange trainiert wird: quick für einen ersten Blick, thorough für ein Ergebnis.</translation>
    </message>
    <message>
        <source>How much ground each class has, and which blocks trained, validated and tested. A class whose test ground is a handful of pixels has scores that say little.</source>
        <translation>Wie viel Fläche jede Klasse hat und welche Blöcke trainiert, validiert und getestet haben. Eine Klasse mit nur einer Handvoll Testpixeln hat Werte, die wenig sagen.</translation>
    </message>
    <message>
        <source>How points are shared out to classes: as many each, by area, or by area and expected errors, which makes the overall accuracy as certain as it can be.</source>
        <translation>Wie sich Punkte auf Klassen verteilen: gleich viele, nach Fläche, oder nach Fläche und erwarteten Fehlern, was die Gesamtgenauigkeit so sicher wie möglich macht.</translation>
    </message>
    <message>
        <source>How points were drawn</source>
        <translation>Wie Punkte gezogen wurden</translation>
    </message>
    <message>
        <source>How points were drawn: as sample-points has noted beside them (auto; chosen where it did not), at random in strata, at random anywhere, or chosen by somebody, which gives no intervals.</source>
        <translation>Wie Punkte gezogen wurden: wie sample-points es daneben vermerkt hat (auto; sonst chosen), zufällig in Strata, zufällig überall oder von jemandem ausgesucht, was keine Intervalle ergibt.</translation>
    </message>
    <message>
        <source>How rare classes are treated</source>
        <translation>Umgang mit seltenen Klassen</translation>
    </message>
    <message>
        <source>How rare classes are treated: none; weighted, oversample, flips; a GAN's chips, as dcgan, wgan-gp-class or sagan-cluster; joined by +.</source>
        <translation>Wie mit seltenen Klassen umgegangen wird: none; weighted, oversample, flips; Chips eines GANs, etwa dcgan, wgan-gp-class oder sagan-cluster; mit + verbunden.</translation>
    </message>
    <message>
        <source>How samples are made.</source>
        <translation>Wie Beispiele erzeugt werden.</translation>
    </message>
    <message>
        <source>How samples get more of the rare classes: reassign parcels of others, resize or move their own, paste their shapes, simulate parcels, or draw boxes, ellipses or fractal blobs of their sizes; auto takes what fits the scene.</source>
        <translation>Wie Beispiele mehr von den seltenen Klassen bekommen: Parzellen anderer umwidmen, eigene vergrößern oder verschieben, ihre Formen einsetzen, Parzellen simulieren oder Rechtecke, Ellipsen oder fraktale Flecken ihrer Größen zeichnen; auto nimmt, was zur Szene passt.</translation>
    </message>
    <message>
        <source>How samples get rare classes (see synthesize).</source>
        <translation>Wie Beispiele seltene Klassen bekommen (siehe synthesize).</translation>
    </message>
    <message>
        <source>How samples of rare classes are made. “spade” and the older “pix2pix” train a conditional generative adversarial network. “statistical” draws them from each class's colours and textures, “replace” weaves them from other real parcels of the class, and “copy-paste” puts real parcels in other places; these three take seconds. “oversample” makes none, but looks at each class as often as at the others; it can be joined with samples. The map is made with whichever model is best on ground kept apart, with or without samples; “none” trains on real samples alone.</source>
        <translation>Wie Beispiele seltener Klassen erzeugt werden. „spade“ und das ältere „pix2pix“ trainieren ein bedingtes generatives Netz (GAN). „statistical“ zieht sie aus Farben und Texturen jeder Klasse, „replace“ webt sie aus anderen echten Parzellen der Klasse, und „copy-paste“ setzt echte Parzellen an andere Stellen; diese drei brauchen Sekunden. „oversample“ erzeugt keine, sieht aber jede Klasse gleich oft an; es lässt sich mit Beispielen verbinden. Die Karte stammt von dem Modell, das auf zurückgehaltenen Flächen am besten ist, mit oder ohne Beispiele; „none“ trainiert nur mit echten Beispielen.</translation>
    </message>
    <message>
        <source>How sure the map is, in percent.</source>
        <translation>Wie sicher die Karte ist, in Prozent.</translation>
    </message>
    <message>
        <source>How sure the map is: what classify --confidence has written, by any measure.</source>
        <translation>Wie sicher die Karte ist: was classify --confidence geschrieben hat, in beliebigem Maß.</translation>
    </message>
    <message>
        <source>How sure the network is of a pixel; no measure of whether it is right.</source>
        <translation>Wie sicher sich das Netz bei einem Pixel ist; kein Maß dafür, ob es stimmt.</translation>
    </message>
    <message>
        <source>How the discriminator is told: by projection, or by a channel for each class or cluster.</source>
        <translation>Wie es dem Diskriminator gesagt wird: durch Projektion oder durch einen Kanal je Klasse oder Cluster.</translation>
    </message>
    <message>
        <source>How the learning rate falls.</source>
        <translation>Wie die Lernrate sinkt.</translation>
    </message>
    <message>
        <source>How to read the report</source>
        <translation>Wie man den Bericht liest</translation>
    </message>
    <message>
        <source>How well a class is found, from 0 to 1: both count missed and wrongly found pixels. Macro means the mean of classes, each counting the same however small it is.</source>
        <translation>Wie gut eine Klasse gefunden wird, von 0 bis 1: Beide zählen übersehene und fälschlich gefundene Pixel. „Macro“ ist das Mittel der Klassen, wobei jede gleich viel zählt, so klein sie auch ist.</translation>
    </message>
    <message>
        <source>If the layer only has the rare class, give a name such as “background”; chips are then also cut elsewhere on the rasters, away from all points and polygons.</source>
        <translation>Wenn der Layer nur die seltene Klasse hat, geben Sie einen Namen wie „Hintergrund“ an; dann werden auch anderswo auf den Rastern Chips ausgeschnitten, abseits aller Punkte und Polygone.</translation>
    </message>
    <message>
        <source>If you only drew the rare class, give a name such as “background” and all other ground becomes a class of that name. Left empty, ground outside the polygons counts as unknown.</source>
        <translation>Wenn Sie nur die seltene Klasse gezeichnet haben, geben Sie einen Namen wie „Hintergrund“ an, und alle übrigen Flächen werden eine Klasse dieses Namens. Bleibt es leer, gelten Flächen außerhalb der Polygone als unbekannt.</translation>
    </message>
    <message>
        <source>Ignore finished stages and checkpoints and start anew.</source>
        <translation>Fertige Schritte und Zwischenstände übergehen und neu beginnen.</translation>
    </message>
    <message>
        <source>Ignore synthetic pixels on which the network trained on real samples alone has a loss more than this many times the class's mean on real pixels.</source>
        <translation>Synthetische Pixel übergehen, bei denen der Verlust des nur mit echten Beispielen trainierten Netzes mehr als so viele Male das Mittel der Klasse auf echten Pixeln beträgt.</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Images to cut chips from, with the same bands. They must be files with a CRS. Left empty where the chips are files.</source>
        <translation>Bilder mit den gleichen Kanälen, aus denen Chips ausgeschnitten werden. Sie müssen Dateien mit einem KBS sein. Bleibt leer, wenn die Chips Dateien sind.</translation>
    </message>
    <message>
        <source>In the samples</source>
        <translation>In den Beispielen</translation>
    </message>
    <message>
        <source>In units of the CRS, for chips that only x and y (their centres) place; then it is known which of them overlap.</source>
        <translation>In Einheiten des KBS, für Chips, die nur durch x und y (ihre Mitten) verortet sind; dann ist bekannt, welche sich überlappen.</translation>
    </message>
    <message>
        <source>In {place}</source>
        <translation>In {place}</translation>
    </message>
    <message>
        <source>In {place}. “Check again” starts it once.</source>
        <translation>In {place}. „Erneut prüfen“ startet sie einmal.</translation>
    </message>
    <message>
        <source>Independent classifiers, colours and fine detail of made pixels, always beside how much real ground differs from real ground.</source>
        <translation>Unabhängige Klassifikatoren, Farben und feine Einzelheiten erzeugter Pixel, immer neben dem, wie sehr sich echte Flächen voneinander unterscheiden.</translation>
    </message>
    <message>
        <source>Inspect classes</source>
        <translation>Klassen prüfen</translation>
    </message>
    <message>
        <source>Inspect samples</source>
        <translation>Beispiele prüfen</translation>
    </message>
    <message>
        <source>Install into a folder on another disk</source>
        <translation>In einen Ordner auf einer anderen Festplatte installieren</translation>
    </message>
    <message>
        <source>Install the engine anew, with all its files</source>
        <translation>Die Engine mit allen ihren Dateien neu installieren</translation>
    </message>
    <message>
        <source>Install the engine anew? Everything is downloaded again; the engine that is there now stays in use until the new one works.</source>
        <translation>Die Engine neu installieren? Alles wird noch einmal heruntergeladen; die jetzige Engine bleibt in Gebrauch, bis die neue funktioniert.</translation>
    </message>
    <message>
        <source>Install the engine that fits this plugin</source>
        <translation>Die Engine installieren, die zu diesem Plugin passt</translation>
    </message>
    <message>
        <source>Installing Overseed's engine</source>
        <translation>Die Engine von Overseed wird installiert</translation>
    </message>
    <message>
        <source>Installing libraries from the offline folder…</source>
        <translation>Bibliotheken werden aus dem Offline-Ordner installiert…</translation>
    </message>
    <message>
        <source>Installing the engine…</source>
        <translation>Die Engine wird installiert…</translation>
    </message>
    <message>
        <source>Instructions</source>
        <translation>Anleitung</translation>
    </message>
    <message>
        <source>It also holds what people have drawn or filled in by hand: {files}. Copy these first if you need them.</source>
        <translation>Darin liegt auch, was jemand von Hand gezeichnet oder ausgefüllt hat: {files}. Kopieren Sie das vorher, wenn Sie es brauchen.</translation>
    </message>
    <message>
        <source>It printed nothing (exit code {code}).</source>
        <translation>Es kam keine Ausgabe (Exit-Code {code}).</translation>
    </message>
    <message>
        <source>It says whether augmentation helped here, hurt, or made no difference that this much ground can show. The little table beneath has the F1 of rare classes and of all classes on the test blocks. Under “Before you read on” stands what makes the figures weak, such as a class that no test block holds.</source>
        <translation>Er sagt, ob die Augmentierung hier geholfen hat, geschadet hat oder keinen Unterschied macht, den so viel Fläche zeigen kann. Die kleine Tabelle darunter enthält das F1 der seltenen und aller Klassen auf den Testblöcken. Unter „Before you read on“ steht, was die Zahlen schwach macht, etwa eine Klasse, die in keinem Testblock vorkommt.</translation>
    </message>
    <message>
        <source>Its class field</source>
        <translation>Deren Klassenfeld</translation>
    </message>
    <message>
        <source>Its last lines were:</source>
        <translation>Ihre letzten Zeilen waren:</translation>
    </message>
    <message>
        <source>JSON file for the result; tables in CSV are written beside it.</source>
        <translation>JSON-Datei für das Ergebnis; Tabellen als CSV werden daneben geschrieben.</translation>
    </message>
    <message>
        <source>Keep decisions on samples</source>
        <translation>Entscheidungen zu Beispielen speichern</translation>
    </message>
    <message>
        <source>Keep the statistics of batch normalisation as they start.</source>
        <translation>Die Statistik der Batch-Normalisierung so lassen, wie sie beginnt.</translation>
    </message>
    <message>
        <source>Keep these decisions</source>
        <translation>Entscheidungen speichern</translation>
    </message>
    <message>
        <source>Keep whole masks as labels</source>
        <translation>Ganze Masken als Label behalten</translation>
    </message>
    <message>
        <source>Kind of GAN</source>
        <translation>Art des GANs</translation>
    </message>
    <message>
        <source>Kind of GAN.</source>
        <translation>Art des GANs.</translation>
    </message>
    <message>
        <source>Label here next</source>
        <translation>Hier als Nächstes labeln</translation>
    </message>
    <message>
        <source>Land use (fclass)</source>
        <translation>Landnutzung (fclass)</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>Layout</source>
        <translation>Layout</translation>
    </message>
    <message>
        <source>Layouts</source>
        <translation>Layouts</translation>
    </message>
    <message>
        <source>Learn to make samples ({method})</source>
        <translation>Lernen, Beispiele zu erzeugen ({method})</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>Learning rate of the generator; the published one if left out.</source>
        <translation>Lernrate des Generators; ohne Angabe die veröffentlichte.</translation>
    </message>
    <message>
        <source>Learns from the training ground to make labelled samples of rare classes.</source>
        <translation>Lernt von den Trainingsflächen, gelabelte Beispiele seltener Klassen zu erzeugen.</translation>
    </message>
    <message>
        <source>Least distance between the middles of two places, in metres; left out, half of what as many places would have that are spread evenly.</source>
        <translation>Mindestabstand zwischen den Mittelpunkten zweier Stellen, in Metern; ohne Angabe die Hälfte dessen, was ebenso viele gleichmäßig verteilte Stellen hätten.</translation>
    </message>
    <message>
        <source>Least distance of two places in metres</source>
        <translation>Mindestabstand zweier Stellen in Metern</translation>
    </message>
    <message>
        <source>Left empty, all classes; a GAN that is told nothing learns from the rare ones alone.</source>
        <translation>Bleibt es leer, alle Klassen; ein GAN, dem nichts gesagt wird, lernt nur von den seltenen.</translation>
    </message>
    <message>
        <source>Left empty, ten for each other chip.</source>
        <translation>Bleibt es leer, zehn für jeden anderen Chip.</translation>
    </message>
    <message>
        <source>Left empty, the rare ones.</source>
        <translation>Bleibt es leer, die seltenen.</translation>
    </message>
    <message>
        <source>Length of the random vector</source>
        <translation>Länge des Zufallsvektors</translation>
    </message>
    <message>
        <source>Length of the random vector that a chip is made from.</source>
        <translation>Länge des Zufallsvektors, aus dem ein Chip entsteht.</translation>
    </message>
    <message>
        <source>Licence: GNU General Public License, version 2 or later.</source>
        <translation>Lizenz: GNU General Public License, Version 2 oder neuer.</translation>
    </message>
    <message>
        <source>Linkage</source>
        <translation>Verknüpfung (Linkage)</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Log: {path}</source>
        <translation>Protokoll: {path}</translation>
    </message>
    <message>
        <source>Look at rasters and labels: class table, shares, and what is wrong, in words.</source>
        <translation>Raster und Labels ansehen: Klassentabelle, Anteile und was nicht stimmt, in Worten.</translation>
    </message>
    <message>
        <source>Look at the classes</source>
        <translation>Klassen ansehen</translation>
    </message>
    <message>
        <source>Look at these with your own eyes: would you map them as the class they claim? Rejected samples stand apart, with the gate's reasons.</source>
        <translation>Sehen Sie selbst hin: Würden Sie diese Flächen als die Klasse kartieren, die sie sein wollen? Verworfene Beispiele stehen getrennt, mit den Gründen des Gütefilters.</translation>
    </message>
    <message>
        <source>Look through synthetic samples by eye; those that will not do are left out of all later steps.</source>
        <translation>Künstliche Beispiele mit eigenen Augen durchsehen; was nichts taugt, bleibt in allen späteren Schritten außen vor.</translation>
    </message>
    <message>
        <source>Looking for Python</source>
        <translation>Python wird gesucht</translation>
    </message>
    <message>
        <source>Looking for Python on this computer…</source>
        <translation>Python wird auf diesem Rechner gesucht…</translation>
    </message>
    <message>
        <source>Looking for uv, which makes Python environments…</source>
        <translation>uv, das Python-Umgebungen anlegt, wird gesucht…</translation>
    </message>
    <message>
        <source>Looks at rasters and polygons before any work is done: how much ground each class has, which are rare, and what is wrong, in words. The table of classes can be edited and given to “Prepare data set”.</source>
        <translation>Sieht sich Raster und Polygone an, bevor gearbeitet wird: wie viel Fläche jede Klasse hat, welche selten sind und was nicht stimmt, in Worten. Die Klassentabelle kann bearbeitet und „Datensatz vorbereiten“ gegeben werden.</translation>
    </message>
    <message>
        <source>Looks over a raster of any size chip by chip, and maps in percent how likely each place is of a class. Its hottest places are where to look first.</source>
        <translation>Sieht ein Raster beliebiger Größe Chip für Chip durch und kartiert in Prozent, wie wahrscheinlich jede Stelle zu einer Klasse gehört. Wo sie am heißesten ist, sollte man zuerst nachsehen.</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Verlustfunktion</translation>
    </message>
    <message>
        <source>Loss of the network: ce, weighted, focal, dice, tversky, lovasz, joined by +; unlabelled pixels never count.</source>
        <translation>Verlustfunktion des Netzes: ce, weighted, focal, dice, tversky, lovasz, mit + verbunden; Pixel ohne Label zählen nie.</translation>
    </message>
    <message>
        <source>Make a scene with known truth and known limit: parcels, rivers, forest, settlements, rare classes.</source>
        <translation>Eine Szene mit bekannter Wahrheit und bekannter Grenze erzeugen: Parzellen, Flüsse, Wald, Siedlungen, seltene Klassen.</translation>
    </message>
    <message>
        <source>Make an 8-bit version of a model, which maps faster on a processor.</source>
        <translation>Eine 8-Bit-Fassung eines Modells erzeugen, die auf einem Prozessor schneller kartiert.</translation>
    </message>
    <message>
        <source>Make labelled samples of the rare classes with a trained generator.</source>
        <translation>Gelabelte Beispiele der seltenen Klassen mit einem trainierten Generator erzeugen.</translation>
    </message>
    <message>
        <source>Make report</source>
        <translation>Bericht erstellen</translation>
    </message>
    <message>
        <source>Make samples ({method})</source>
        <translation>Beispiele erzeugen ({method})</translation>
    </message>
    <message>
        <source>Make synthetic chips with a trained GAN, and say how near they come to real ones.</source>
        <translation>Künstliche Chips mit einem trainierten GAN erzeugen und sagen, wie nah sie echten kommen.</translation>
    </message>
    <message>
        <source>Make the map</source>
        <translation>Karte erzeugen</translation>
    </message>
    <message>
        <source>Makes everything outside the polygons a class of this name.</source>
        <translation>Macht alles außerhalb der Polygone zu einer Klasse dieses Namens.</translation>
    </message>
    <message>
        <source>Makes labelled samples of the rare classes with a trained generator. A gate keeps only those that look like real ground; a gallery shows both.</source>
        <translation>Erzeugt gelabelte Beispiele der seltenen Klassen mit einem trainierten Generator. Ein Gütefilter behält nur, was wie echte Flächen aussieht; eine Galerie zeigt beides.</translation>
    </message>
    <message>
        <source>Makes nothing new; crops with rare classes are seen more often in training.</source>
        <translation>Erzeugt nichts Neues; Ausschnitte mit seltenen Klassen werden im Training häufiger gesehen.</translation>
    </message>
    <message>
        <source>Makes nothing new; errors at rare classes cost more in training.</source>
        <translation>Erzeugt nichts Neues; Fehler bei seltenen Klassen zählen im Training mehr.</translation>
    </message>
    <message>
        <source>Making the environment…</source>
        <translation>Die Umgebung wird angelegt…</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>Map ({run})</source>
        <translation>Karte ({run})</translation>
    </message>
    <message>
        <source>Map as polygons</source>
        <translation>Karte als Polygone</translation>
    </message>
    <message>
        <source>Map only this part, as xmin,ymin,xmax,ymax in the raster's CRS.</source>
        <translation>Nur diesen Teil kartieren, als xmin,ymin,xmax,ymax im KBS des Rasters.</translation>
    </message>
    <message>
        <source>Map to assess; repeat.</source>
        <translation>Zu bewertende Karte; wiederholbar.</translation>
    </message>
    <message>
        <source>Map whole rasters with a trained model.</source>
        <translation>Ganze Raster mit einem trainierten Modell kartieren.</translation>
    </message>
    <message>
        <source>Map with the 8-bit version that quantize has made, on the processor.</source>
        <translation>Mit der 8-Bit-Fassung kartieren, die quantize erzeugt hat, auf dem Prozessor.</translation>
    </message>
    <message>
        <source>Map {raster}</source>
        <translation>Karte von {raster}</translation>
    </message>
    <message>
        <source>Maps a whole raster, of any size, with a trained model.</source>
        <translation>Kartiert ein ganzes Raster beliebiger Größe mit einem trainierten Modell.</translation>
    </message>
    <message>
        <source>Maps land cover from class polygons, also classes with hardly any of them.</source>
        <translation>Kartiert Landbedeckung aus Polygonen mit Klassen, auch solchen, von denen es kaum welche gibt.</translation>
    </message>
    <message>
        <source>Maps land cover whose interesting classes are rare, and says with numbers whether made samples helped.</source>
        <translation>Kartiert Landbedeckung, deren interessante Klassen selten sind, und sagt mit Zahlen, ob erzeugte Beispiele geholfen haben.</translation>
    </message>
    <message>
        <source>Mean F1 of all classes, test blocks</source>
        <translation>Mittleres F1 aller Klassen, Testblöcke</translation>
    </message>
    <message>
        <source>Mean F1 of all classes, test chips</source>
        <translation>Mittleres F1 aller Klassen, Test-Chips</translation>
    </message>
    <message>
        <source>Mean F1 of rare classes at their thresholds, test chips</source>
        <translation>Mittleres F1 der seltenen Klassen bei ihren Schwellenwerten, Test-Chips</translation>
    </message>
    <message>
        <source>Mean F1 of rare classes, other region</source>
        <translation>Mittleres F1 der seltenen Klassen, andere Region</translation>
    </message>
    <message>
        <source>Mean F1 of rare classes, test blocks</source>
        <translation>Mittleres F1 der seltenen Klassen, Testblöcke</translation>
    </message>
    <message>
        <source>Mean F1 of rare classes, test chips</source>
        <translation>Mittleres F1 der seltenen Klassen, Test-Chips</translation>
    </message>
    <message>
        <source>Mean average precision of rare classes, other region</source>
        <translation>Mittlere Average Precision der seltenen Klassen, andere Region</translation>
    </message>
    <message>
        <source>Mean average precision of rare classes, test chips</source>
        <translation>Mittlere Average Precision der seltenen Klassen, Test-Chips</translation>
    </message>
    <message>
        <source>Measure distances in the features of this run's network or file instead of ImageNet's.</source>
        <translation>Abstände an den Merkmalen des Netzes dieses Laufs oder dieser Datei messen statt an denen von ImageNet.</translation>
    </message>
    <message>
        <source>Measure fidelity of samples</source>
        <translation>Echtheit der Beispiele messen</translation>
    </message>
    <message>
        <source>Measure of confidence</source>
        <translation>Maß der Konfidenz</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>Microsoft's Visual C++ runtime is missing or too old. Install the “Visual C++ Redistributable (x64)” from Microsoft, restart QGIS and press Check again.</source>
        <translation>Die Visual-C++-Laufzeit von Microsoft fehlt oder ist zu alt. Installieren Sie „Visual C++ Redistributable (x64)“ von Microsoft, starten Sie QGIS neu und klicken Sie auf „Erneut prüfen“.</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Model of sd-inpaint with what it has learned</source>
        <translation>Modell von sd-inpaint mit dem Gelernten</translation>
    </message>
    <message>
        <source>Most clusters to try</source>
        <translation>Größte Clusterzahl</translation>
    </message>
    <message>
        <source>Most clusters to try.</source>
        <translation>Größte Clusterzahl, die probiert wird.</translation>
    </message>
    <message>
        <source>NVIDIA GPU (CUDA)</source>
        <translation>NVIDIA-GPU (CUDA)</translation>
    </message>
    <message>
        <source>Name of a class for chips that are cut elsewhere on the rasters, away from all points and polygons.</source>
        <translation>Name einer Klasse für Chips, die anderswo auf den Rastern ausgeschnitten werden, abseits aller Punkte und Polygone.</translation>
    </message>
    <message>
        <source>Name of a class to learn from; repeat. Left out, all classes, or the rare ones where the GAN is told nothing.</source>
        <translation>Name einer Klasse, von der gelernt wird; wiederholbar. Ohne Angabe alle Klassen, oder die seltenen, wenn dem GAN nichts gesagt wird.</translation>
    </message>
    <message>
        <source>Name of a class to look for; repeat. Those on less than 5 % of the map when left out.</source>
        <translation>Name einer zu suchenden Klasse; wiederholbar. Ohne Angabe die Klassen mit weniger als 5 % der Karte.</translation>
    </message>
    <message>
        <source>Name of a class to make chips of; repeat. The rare ones if left out.</source>
        <translation>Name einer Klasse, von der Chips erzeugt werden; wiederholbar. Ohne Angabe die seltenen.</translation>
    </message>
    <message>
        <source>Name of a rare class, instead of --rare-below; repeat.</source>
        <translation>Name einer seltenen Klasse, anstelle von --rare-below; wiederholbar.</translation>
    </message>
    <message>
        <source>Name of this GAN in “Train chip classifier”</source>
        <translation>Name dieses GANs in „Chip-Klassifikator trainieren“</translation>
    </message>
    <message>
        <source>Names or numbers of the bands to use, separated by commas.</source>
        <translation>Namen oder Nummern der zu verwendenden Kanäle, durch Kommas getrennt.</translation>
    </message>
    <message>
        <source>Names the places where the map is least sure or a rare class is likely, best first, as squares to draw new polygons in. They lie apart and are spread over the classes of the map.</source>
        <translation>Nennt die Stellen, an denen die Karte am unsichersten oder eine seltene Klasse wahrscheinlich ist, die besten zuerst, als Quadrate, in denen neue Polygone zu zeichnen sind. Sie liegen auseinander und verteilen sich auf die Klassen der Karte.</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>Negativer Prompt</translation>
    </message>
    <message>
        <source>Neither uv nor pip is here to say where the Python package index is. Set index-url in pip's configuration, or choose a file that was downloaded before.</source>
        <translation>Weder uv noch pip ist vorhanden, um zu sagen, wo der Python-Paketindex liegt. Setzen Sie index-url in pips Konfiguration, oder wählen Sie eine zuvor heruntergeladene Datei.</translation>
    </message>
    <message>
        <source>Neither uv nor pip is there to download the engine with. Install one of them (Debian, Ubuntu: apt install python3-pip), or use an offline folder that has uv's wheel in it.</source>
        <translation>Weder uv noch pip ist vorhanden, um die Engine herunterzuladen. Installieren Sie eines davon (Debian, Ubuntu: apt install python3-pip), oder verwenden Sie einen Offline-Ordner, der das Wheel von uv enthält.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Network to measure distances by</source>
        <translation>Netz, mit dem Abstände gemessen werden</translation>
    </message>
    <message>
        <source>Network, a name of timm such as vgg11 or resnet18; only tf_efficientnet_lite0 has ImageNet weights without a download.</source>
        <translation>Netz, ein Name aus timm wie vgg11 oder resnet18; nur tf_efficientnet_lite0 hat ImageNet-Gewichte ohne Herunterladen.</translation>
    </message>
    <message>
        <source>Networks learn on the first, are chosen on the second, and are scored once on the third, which no step has seen before.</source>
        <translation>Auf den ersten lernen Netze, auf den zweiten werden sie ausgewählt, und auf den dritten, die kein Schritt zuvor gesehen hat, einmal geprüft.</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>Neuer Lauf</translation>
    </message>
    <message>
        <source>No folder is chosen</source>
        <translation>Kein Ordner gewählt</translation>
    </message>
    <message>
        <source>No place touches these polygons.</source>
        <translation>Keine Stelle berührt diese Polygone.</translation>
    </message>
    <message>
        <source>No points are drawn inside these polygons, and the sample does not speak for them.</source>
        <translation>Innerhalb dieser Polygone werden keine Punkte gezogen, und die Stichprobe gilt nicht für sie.</translation>
    </message>
    <message>
        <source>No polygon of this class lies on the rasters.</source>
        <translation>Kein Polygon dieser Klasse liegt auf den Rastern.</translation>
    </message>
    <message>
        <source>No run folder yet</source>
        <translation>Noch kein Laufordner</translation>
    </message>
    <message>
        <source>No samples are shown yet.</source>
        <translation>Noch werden keine Beispiele gezeigt.</translation>
    </message>
    <message>
        <source>Normal</source>
        <translation>Normal</translation>
    </message>
    <message>
        <source>Not everything was removed.</source>
        <translation>Nicht alles wurde entfernt.</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Nothing can be written to the folder for runs, {path} ({reason}). Choose another one in Settings → Options → Overseed.</source>
        <translation>In den Ordner für Läufe, {path}, kann nichts geschrieben werden ({reason}). Wählen Sie unter Einstellungen → Optionen → Overseed einen anderen.</translation>
    </message>
    <message>
        <source>Nothing can be written to {folder}. Choose another run folder in step 1.</source>
        <translation>In {folder} kann nichts geschrieben werden. Wählen Sie in Schritt 1 einen anderen Laufordner.</translation>
    </message>
    <message>
        <source>Nothing can be written to {path} ({reason}).</source>
        <translation>In {path} kann nichts geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>Nothing is chosen to begin with. Fill in one of these: {ways}.</source>
        <translation>Es ist nichts gewählt, womit begonnen werden kann. Füllen Sie eines davon aus: {ways}.</translation>
    </message>
    <message>
        <source>Nothing leaves this computer: all steps are computed here.</source>
        <translation>Nichts verlässt diesen Rechner: Alle Schritte werden hier gerechnet.</translation>
    </message>
    <message>
        <source>Nothing leaves this machine: your rasters, polygons, maps and settings are sent nowhere, and there is no telemetry. Something is only downloaded when you ask for it: the engine when it is set up, the sample project, and the ImageNet weights of an encoder other than tf_efficientnet_lite0 when a network is trained with one.</source>
        <translation>Nichts verlässt diesen Rechner: Ihre Raster, Polygone, Karten und Einstellungen werden nirgendwohin gesendet, und es gibt keine Telemetrie. Heruntergeladen wird nur, worum Sie bitten: die Engine bei ihrer Einrichtung, das Beispielprojekt und die ImageNet-Gewichte eines anderen Encoders als tf_efficientnet_lite0, wenn damit ein Netz trainiert wird.</translation>
    </message>
    <message>
        <source>Nothing, class weights, oversampling and what you have chosen.</source>
        <translation>Nichts, Klassengewichte, häufigeres Ziehen und was Sie gewählt haben.</translation>
    </message>
    <message>
        <source>Nothing, class weights, oversampling and “{arm}”.</source>
        <translation>Nichts, Klassengewichte, häufigeres Ziehen und „{arm}“.</translation>
    </message>
    <message>
        <source>Number of a cluster to make chips of, instead of all of a class; repeat.</source>
        <translation>Nummer eines Clusters, von dem Chips erzeugt werden, statt von der ganzen Klasse; wiederholbar.</translation>
    </message>
    <message>
        <source>Number of accepted samples</source>
        <translation>Anzahl angenommener Beispiele</translation>
    </message>
    <message>
        <source>Number of bands.</source>
        <translation>Anzahl der Kanäle.</translation>
    </message>
    <message>
        <source>Number of chips</source>
        <translation>Anzahl der Chips</translation>
    </message>
    <message>
        <source>Number of chips for --rest-as; ten for each other chip if left out.</source>
        <translation>Anzahl der Chips für --rest-as; ohne Angabe zehn für jeden anderen Chip.</translation>
    </message>
    <message>
        <source>Number of chips from everywhere else</source>
        <translation>Anzahl der Chips von überall sonst</translation>
    </message>
    <message>
        <source>Number of chips made</source>
        <translation>Anzahl der erzeugten Chips</translation>
    </message>
    <message>
        <source>Number of chips of each class</source>
        <translation>Anzahl der Chips je Klasse</translation>
    </message>
    <message>
        <source>Number of chips of each class; set by --effort if left out.</source>
        <translation>Anzahl der Chips je Klasse; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Number of chips to review</source>
        <translation>Anzahl der zu prüfenden Chips</translation>
    </message>
    <message>
        <source>Number of classes</source>
        <translation>Anzahl der Klassen</translation>
    </message>
    <message>
        <source>Number of clusters</source>
        <translation>Anzahl der Cluster</translation>
    </message>
    <message>
        <source>Number of clusters found</source>
        <translation>Anzahl der gefundenen Cluster</translation>
    </message>
    <message>
        <source>Number of clusters, instead of the proposed one.</source>
        <translation>Anzahl der Cluster, statt der vorgeschlagenen.</translation>
    </message>
    <message>
        <source>Number of places</source>
        <translation>Anzahl der Stellen</translation>
    </message>
    <message>
        <source>Number of places where a rare class is likely</source>
        <translation>Anzahl der Stellen, an denen eine seltene Klasse wahrscheinlich ist</translation>
    </message>
    <message>
        <source>Number of places where the map is unsure</source>
        <translation>Anzahl der Stellen, an denen die Karte unsicher ist</translation>
    </message>
    <message>
        <source>Number of places.</source>
        <translation>Anzahl der Stellen.</translation>
    </message>
    <message>
        <source>Number of points</source>
        <translation>Anzahl der Punkte</translation>
    </message>
    <message>
        <source>Number of points drawn</source>
        <translation>Anzahl gezogener Punkte</translation>
    </message>
    <message>
        <source>Number of points.</source>
        <translation>Anzahl der Punkte.</translation>
    </message>
    <message>
        <source>Number of rare classes</source>
        <translation>Anzahl seltener Klassen</translation>
    </message>
    <message>
        <source>Number of samples</source>
        <translation>Anzahl der Beispiele</translation>
    </message>
    <message>
        <source>Number of samples made</source>
        <translation>Anzahl erzeugter Beispiele</translation>
    </message>
    <message>
        <source>Number of samples of each method; set by --effort if left out.</source>
        <translation>Anzahl der Beispiele je Verfahren; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Number of samples rejected by hand</source>
        <translation>Anzahl von Hand verworfener Beispiele</translation>
    </message>
    <message>
        <source>Number of samples; set by --effort if left out.</source>
        <translation>Anzahl der Beispiele; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Number of splits whose test ground covers all blocks once.</source>
        <translation>Anzahl der Aufteilungen, deren Testflächen zusammen jeden Block einmal abdecken.</translation>
    </message>
    <message>
        <source>Numbers of clusters, instead of all of a class; only for a GAN that is told the cluster.</source>
        <translation>Nummern von Clustern, statt der ganzen Klasse; nur für ein GAN, dem der Cluster gesagt wird.</translation>
    </message>
    <message>
        <source>Often the memory was full: close other programs or choose a lower effort.</source>
        <translation>Oft war der Arbeitsspeicher voll: Schließen Sie andere Programme oder wählen Sie einen geringeren Aufwand.</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>Belegt</translation>
    </message>
    <message>
        <source>On test blocks: mean F1 {all:.2f}, of rare classes {rare:.2f}.</source>
        <translation>Auf Testblöcken: mittleres F1 {all:.2f}, der seltenen Klassen {rare:.2f}.</translation>
    </message>
    <message>
        <source>One of several ways to divide the same blocks, so that chance weighs less.</source>
        <translation>Eine von mehreren Arten, dieselben Blöcke aufzuteilen, damit der Zufall weniger wiegt.</translation>
    </message>
    <message>
        <source>One of the rasters, which is held out as test ground as a whole; repeat.</source>
        <translation>Eines der Raster, das als Ganzes als Testfläche zurückgehalten wird; wiederholbar.</translation>
    </message>
    <message>
        <source>One or several multispectral images with the same bands, of any band count and number type. They must be files with a CRS. Each gets a map of its own.</source>
        <translation>Ein oder mehrere Multispektralbilder mit denselben Kanälen, mit beliebig vielen davon und jedem Zahlentyp. Es müssen Dateien mit einem KBS sein. Jedes bekommt eine eigene Karte.</translation>
    </message>
    <message>
        <source>One or several multispectral images with the same bands. They must be files with a CRS.</source>
        <translation>Ein oder mehrere Multispektralbilder mit denselben Kanälen. Es müssen Dateien mit einem KBS sein.</translation>
    </message>
    <message>
        <source>One web page with classes, ground, samples, scores, map and accuracy, and a paragraph for your methods section. It needs no network, so you can send it.</source>
        <translation>Eine Webseite mit Klassen, Flächen, Beispielen, Güte, Karte und Genauigkeit und einem Absatz für Ihren Methodenteil. Sie braucht kein Netzwerk, sodass Sie sie verschicken können.</translation>
    </message>
    <message>
        <source>Only the ground as it is, to see what the rest is worth.</source>
        <translation>Nur die Flächen, wie sie sind, um zu sehen, was das Übrige wert ist.</translation>
    </message>
    <message>
        <source>Only this part is mapped. Left empty, the whole raster.</source>
        <translation>Nur dieser Teil wird kartiert. Bleibt es leer, das ganze Raster.</translation>
    </message>
    <message>
        <source>Only what these polygons cover is mapped.</source>
        <translation>Nur was diese Polygone bedecken, wird kartiert.</translation>
    </message>
    <message>
        <source>Open Overseed's set-up card (Settings → Options → Overseed) to install the engine or to choose the Python interpreter that has it. Without windows, the interpreter's path goes into the setting “{key}” or the environment variable {variable}.</source>
        <translation>Öffnen Sie die Einrichtung von Overseed (Einstellungen → Optionen → Overseed), um die Engine zu installieren oder den Python-Interpreter zu wählen, der sie hat. Ohne Fenster kommt der Pfad des Interpreters in die Einstellung „{key}“ oder die Umgebungsvariable {variable}.</translation>
    </message>
    <message>
        <source>Open sample project</source>
        <translation>Beispielprojekt öffnen</translation>
    </message>
    <message>
        <source>Open sample project…</source>
        <translation>Beispielprojekt öffnen…</translation>
    </message>
    <message>
        <source>Open the log of what was done last</source>
        <translation>Das Protokoll des letzten Vorgangs öffnen</translation>
    </message>
    <message>
        <source>Open the report</source>
        <translation>Bericht öffnen</translation>
    </message>
    <message>
        <source>Opens the folder of runs; each run folder has a file run.log.</source>
        <translation>Öffnet den Ordner der Läufe; jeder Laufordner enthält eine Datei run.log.</translation>
    </message>
    <message>
        <source>Optimizer steps of each classifier; set by --effort if left out.</source>
        <translation>Optimierungsschritte jedes Klassifikators; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Optimizer steps of fine-tuning; 0 takes the weights as they are; set by --effort if left out.</source>
        <translation>Optimierungsschritte der Feinabstimmung; 0 nimmt die Gewichte, wie sie sind; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Optimizer steps, or batches of crops to look at for statistical, replace and copy-paste; set by --effort if left out.</source>
        <translation>Optimierungsschritte, oder bei statistical, replace und copy-paste die Zahl der Stapel von Ausschnitten, die angesehen werden; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Optimizer steps, or trees of the forest; set by --effort if left out.</source>
        <translation>Optimierungsschritte oder Bäume des Waldes; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Optimizer steps; set by --effort if left out.</source>
        <translation>Optimierungsschritte; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Overall accuracy of the first map</source>
        <translation>Gesamtgenauigkeit der ersten Karte</translation>
    </message>
    <message>
        <source>Overall accuracy {figure}</source>
        <translation>Gesamtgenauigkeit {figure}</translation>
    </message>
    <message>
        <source>Overall, user's and producer's accuracy, and areas, with 95 % intervals.</source>
        <translation>Gesamt-, Nutzer- und Herstellergenauigkeit sowie Flächen, mit 95-%-Intervallen.</translation>
    </message>
    <message>
        <source>Overlap of windows</source>
        <translation>Überlappung der Fenster</translation>
    </message>
    <message>
        <source>Overseed</source>
        <translation>Overseed</translation>
    </message>
    <message>
        <source>Overseed computes in a program of its own, the engine, which is installed apart from QGIS. QGIS and its Python are not changed, and nothing is installed before you have seen what, where and how large.</source>
        <translation>Overseed rechnet in einem eigenen Programm, der Engine, die getrennt von QGIS installiert wird. QGIS und sein Python werden nicht verändert, und nichts wird installiert, bevor Sie gesehen haben, was, wohin und wie groß.</translation>
    </message>
    <message>
        <source>Overseed engine {version} on {device}</source>
        <translation>Overseed-Engine {version} auf {device}</translation>
    </message>
    <message>
        <source>Overseed help</source>
        <translation>Hilfe zu Overseed</translation>
    </message>
    <message>
        <source>Overseed maps land cover whose interesting classes are rare. It learns from your polygons, makes more samples of classes that have hardly any, classifies the whole raster, and says with numbers, on ground that no step has seen, whether the made samples helped.</source>
        <translation>Overseed kartiert Landbedeckung, deren interessante Klassen selten sind. Es lernt von Ihren Polygonen, erzeugt weitere Beispiele von Klassen, die kaum welche haben, klassifiziert das ganze Raster und sagt mit Zahlen, auf Flächen, die kein Schritt gesehen hat, ob die erzeugten Beispiele geholfen haben.</translation>
    </message>
    <message>
        <source>Overseed may not write into its folder. Choose a folder that belongs to you; on Windows an antivirus scanner or controlled folder access can be the cause as well.</source>
        <translation>Overseed darf nicht in seinen Ordner schreiben. Wählen Sie einen Ordner, der Ihnen gehört; unter Windows kann auch ein Virenscanner oder der überwachte Ordnerzugriff die Ursache sein.</translation>
    </message>
    <message>
        <source>Overseed sample project</source>
        <translation>Beispielprojekt von Overseed</translation>
    </message>
    <message>
        <source>Overseed sample: rare land cover along the Havel</source>
        <translation>Overseed-Beispiel: seltene Landbedeckung an der Havel</translation>
    </message>
    <message>
        <source>Overseed's dock: from layers to a map and its report in numbered steps</source>
        <translation>Das Bedienfeld von Overseed: in nummerierten Schritten von Layern zu Karte und Bericht</translation>
    </message>
    <message>
        <source>Overseed's engine cannot be started: {path} is not a program.</source>
        <translation>Die Engine von Overseed kann nicht gestartet werden: {path} ist kein Programm.</translation>
    </message>
    <message>
        <source>Overseed's engine could not be started: {reason}.</source>
        <translation>Die Engine von Overseed konnte nicht gestartet werden: {reason}.</translation>
    </message>
    <message>
        <source>Overseed's engine gave no sign of life for {seconds:.0f} seconds and was ended. Press Run to continue from the last finished step; if it gets stuck again, choose a lower effort or a smaller raster.</source>
        <translation>Die Engine von Overseed gab {seconds:.0f} Sekunden lang kein Lebenszeichen und wurde beendet. „Starten“ setzt nach dem letzten fertigen Schritt fort; bleibt sie wieder hängen, wählen Sie einen geringeren Aufwand oder ein kleineres Raster.</translation>
    </message>
    <message>
        <source>Overseed's engine is not set up yet.</source>
        <translation>Die Engine von Overseed ist noch nicht eingerichtet.</translation>
    </message>
    <message>
        <source>Overseed's engine was not found: {path} does not exist.</source>
        <translation>Die Engine von Overseed wurde nicht gefunden: {path} gibt es nicht.</translation>
    </message>
    <message>
        <source>Overseed's engine {version} with PyTorch and other libraries, all in tested versions.</source>
        <translation>Overseed-Engine {version} mit PyTorch und weiteren Bibliotheken, alle in getesteten Versionen.</translation>
    </message>
    <message>
        <source>Overseed: map land cover, also classes with hardly any polygons</source>
        <translation>Overseed: Landbedeckung kartieren, auch Klassen mit kaum einem Polygon</translation>
    </message>
    <message>
        <source>Overseed: sizes of runs</source>
        <translation>Overseed: Größe der Läufe</translation>
    </message>
    <message>
        <source>Overseed: stored runs</source>
        <translation>Overseed: gespeicherte Läufe</translation>
    </message>
    <message>
        <source>Overseed: {step}</source>
        <translation>Overseed: {step}</translation>
    </message>
    <message>
        <source>Page of pictures</source>
        <translation>Bilderseite</translation>
    </message>
    <message>
        <source>Pages about every step, which open without a network</source>
        <translation>Seiten zu jedem Schritt, die sich ohne Netzwerk öffnen</translation>
    </message>
    <message>
        <source>Painted by a network (SPADE)</source>
        <translation>Von einem Netz gemalt (SPADE)</translation>
    </message>
    <message>
        <source>Painted by a network (pix2pix)</source>
        <translation>Von einem Netz gemalt (pix2pix)</translation>
    </message>
    <message>
        <source>Painted from class statistics</source>
        <translation>Aus Klassenstatistik gemalt</translation>
    </message>
    <message>
        <source>Painted with real texture</source>
        <translation>Mit echter Textur gemalt</translation>
    </message>
    <message>
        <source>Parcels are filled with texture quilted from real ground of the class.</source>
        <translation>Parzellen werden mit Textur gefüllt, die aus echten Flächen der Klasse zusammengesetzt ist.</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>Perplexität</translation>
    </message>
    <message>
        <source>Perplexity of the t-SNE picture.</source>
        <translation>Perplexität des t-SNE-Bildes.</translation>
    </message>
    <message>
        <source>Picture of chips and clusters</source>
        <translation>Bild der Chips und Cluster</translation>
    </message>
    <message>
        <source>Pixel size in metres that every raster is resampled to; each keeps its own grid if left out.</source>
        <translation>Pixelgröße in Metern, auf die jedes Raster umgerechnet wird; ohne Angabe behält jedes sein eigenes Gitter.</translation>
    </message>
    <message>
        <source>Pixel size in metres that the rasters are resampled to; left out, that of the training rasters if they were resampled, else their own.</source>
        <translation>Pixelgröße in Metern, auf die die Raster umgerechnet werden; ohne Angabe die der Trainingsraster, falls diese umgerechnet wurden, sonst ihre eigene.</translation>
    </message>
    <message>
        <source>Pixels</source>
        <translation>Pixel</translation>
    </message>
    <message>
        <source>Pixels from chip to chip</source>
        <translation>Pixel von Chip zu Chip</translation>
    </message>
    <message>
        <source>Pixels from one chip to the next, and the side of the heat map's pixels; a quarter of a chip if left out.</source>
        <translation>Pixel von einem Chip zum nächsten und zugleich Seitenlänge der Pixel der Heatmap; ohne Angabe ein Viertel eines Chips.</translation>
    </message>
    <message>
        <source>Places</source>
        <translation>Stellen</translation>
    </message>
    <message>
        <source>Points</source>
        <translation>Punkte</translation>
    </message>
    <message>
        <source>Points drawn so that every pixel had a known chance. Only such a sample gives accuracy and areas with honest intervals.</source>
        <translation>So gezogene Punkte, dass jedes Pixel eine bekannte Chance hatte. Nur eine solche Stichprobe ergibt Genauigkeit und Flächen mit ehrlichen Intervallen.</translation>
    </message>
    <message>
        <source>Points for each class</source>
        <translation>Punkte je Klasse</translation>
    </message>
    <message>
        <source>Points or polygons with classes; a chip is cut around each. One layer for all rasters, or repeat to pair with them in order.</source>
        <translation>Punkte oder Polygone mit Klassen; um jedes Objekt wird ein Chip ausgeschnitten. Ein Layer für alle Raster, oder wiederholt, paarweise mit ihnen.</translation>
    </message>
    <message>
        <source>Points or polygons with known classes</source>
        <translation>Punkte oder Polygone mit bekannten Klassen</translation>
    </message>
    <message>
        <source>Points with what is really there, or polygons of known classes.</source>
        <translation>Punkte mit dem, was wirklich da ist, oder Polygone bekannter Klassen.</translation>
    </message>
    <message>
        <source>Polygon layer of ground that is labelled already; no place touches it. Repeat.</source>
        <translation>Polygonlayer schon gelabelter Flächen; keine Stelle berührt sie. Wiederholbar.</translation>
    </message>
    <message>
        <source>Polygon layer; blocks that it touches are the test ground.</source>
        <translation>Polygonlayer; Blöcke, die er berührt, sind die Testflächen.</translation>
    </message>
    <message>
        <source>Polygon layer; only what it covers is mapped (path or path|layername=NAME).</source>
        <translation>Polygonlayer; nur was er bedeckt, wird kartiert (Pfad oder Pfad|layername=NAME).</translation>
    </message>
    <message>
        <source>Polygons</source>
        <translation>Polygone</translation>
    </message>
    <message>
        <source>Polygons that are drawn already</source>
        <translation>Bereits gezeichnete Polygone</translation>
    </message>
    <message>
        <source>Polygons with known classes</source>
        <translation>Polygone mit bekannten Klassen</translation>
    </message>
    <message>
        <source>Precision of pseudo-labels</source>
        <translation>Genauigkeit der Pseudo-Labels</translation>
    </message>
    <message>
        <source>Prepare chips</source>
        <translation>Chips vorbereiten</translation>
    </message>
    <message>
        <source>Prepare data set</source>
        <translation>Datensatz vorbereiten</translation>
    </message>
    <message>
        <source>Prepare the data</source>
        <translation>Daten vorbereiten</translation>
    </message>
    <message>
        <source>Principal components</source>
        <translation>Hauptkomponenten</translation>
    </message>
    <message>
        <source>Principal components that features are reduced to first; 0 for none.</source>
        <translation>Hauptkomponenten, auf die die Merkmale zuerst verringert werden; 0 für keine.</translation>
    </message>
    <message>
        <source>Privacy and help</source>
        <translation>Datenschutz und Hilfe</translation>
    </message>
    <message>
        <source>Probabilities</source>
        <translation>Wahrscheinlichkeiten</translation>
    </message>
    <message>
        <source>Probability sample</source>
        <translation>Zufallsstichprobe</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Processor &amp;threads</source>
        <translation>Prozessor&amp;threads</translation>
    </message>
    <message>
        <source>Processor threads to use; 0 means all cores.</source>
        <translation>Zu verwendende Prozessorthreads; 0 heißt alle Kerne.</translation>
    </message>
    <message>
        <source>Progress of the set-up</source>
        <translation>Fortschritt der Einrichtung</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>PyTorch's build: {name}. The package index has no other one for Windows; for a graphics card, make an environment yourself and choose it as an existing one.</source>
        <translation>PyTorch-Variante: {name}. Der Paketindex hat für Windows keine andere; für eine Grafikkarte legen Sie selbst eine Umgebung an und wählen diese mit „Vorhandene nutzen“.</translation>
    </message>
    <message>
        <source>PyTorch's build: {name}; it uses an {gpu} graphics card, and works without one.</source>
        <translation>PyTorch-Variante: {name}; sie nutzt eine Grafikkarte von {gpu} und läuft auch ohne.</translation>
    </message>
    <message>
        <source>Python for the engine</source>
        <translation>Python für die Engine</translation>
    </message>
    <message>
        <source>Python: {python}.</source>
        <translation>Python: {python}.</translation>
    </message>
    <message>
        <source>QGIS does not know the algorithm {id}.</source>
        <translation>QGIS kennt den Algorithmus {id} nicht.</translation>
    </message>
    <message>
        <source>Quick: for a look</source>
        <translation>Schnell: für einen ersten Blick</translation>
    </message>
    <message>
        <source>Random numbers beyond this are drawn again: small values give typical chips, none gives all kinds.</source>
        <translation>Zufallszahlen jenseits davon werden neu gezogen: Kleine Werte ergeben typische Chips, ohne Angabe kommen alle Arten vor.</translation>
    </message>
    <message>
        <source>Rank of what sd-inpaint learns</source>
        <translation>Rang dessen, was sd-inpaint lernt</translation>
    </message>
    <message>
        <source>Rare</source>
        <translation>Selten</translation>
    </message>
    <message>
        <source>Rare class</source>
        <translation>Seltene Klasse</translation>
    </message>
    <message>
        <source>Rare classes are learned badly because there is little of them. Choose what is done about it, and how often each class shall occur in the samples.</source>
        <translation>Seltene Klassen werden schlecht gelernt, weil es wenig von ihnen gibt. Wählen Sie, was dagegen getan wird und wie oft jede Klasse in den Beispielen vorkommen soll.</translation>
    </message>
    <message>
        <source>Rare classes weigh more</source>
        <translation>Seltene Klassen wiegen mehr</translation>
    </message>
    <message>
        <source>Rare classes, separated by commas</source>
        <translation>Seltene Klassen, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Rare ground more often</source>
        <translation>Seltene Flächen häufiger</translation>
    </message>
    <message>
        <source>Rare ground more often, and copied into other places</source>
        <translation>Seltene Flächen häufiger und an andere Stellen kopiert</translation>
    </message>
    <message>
        <source>Rare ground more often, and painted by a network (SPADE)</source>
        <translation>Seltene Flächen häufiger und von einem Netz gemalt (SPADE)</translation>
    </message>
    <message>
        <source>Raster layer</source>
        <translation>Rasterlayer</translation>
    </message>
    <message>
        <source>Raster layer “{name}” is not a file (its provider is “{provider}”). Save it as a GeoTIFF (Export → Save As…) and choose that layer.</source>
        <translation>Der Rasterlayer „{name}“ ist keine Datei (sein Datenanbieter ist „{provider}“). Speichern Sie ihn als GeoTIFF (Export → Speichern als…) und wählen Sie diesen Layer.</translation>
    </message>
    <message>
        <source>Raster layer “{name}” is opened with driver options, which the engine does not know. Save it as a GeoTIFF (Export → Save As…) and choose that layer.</source>
        <translation>Der Rasterlayer „{name}“ ist mit Treiberoptionen geöffnet, die die Engine nicht kennt. Speichern Sie ihn als GeoTIFF (Export → Speichern als…) und wählen Sie diesen Layer.</translation>
    </message>
    <message>
        <source>Raster layer “{name}” was given the CRS {given} in QGIS, but its file says {own}. Write the CRS into the file (Raster → Projections → Assign Projection…) and choose it again.</source>
        <translation>Der Rasterlayer „{name}“ hat in QGIS das KBS {given} bekommen, aber in seiner Datei steht {own}. Schreiben Sie das KBS in die Datei (Raster → Projektionen → Projektion zuweisen…) und wählen Sie ihn erneut.</translation>
    </message>
    <message>
        <source>Raster layers</source>
        <translation>Rasterlayer</translation>
    </message>
    <message>
        <source>Raster layers to classify</source>
        <translation>Zu klassifizierende Rasterlayer</translation>
    </message>
    <message>
        <source>Raster to cut chips from; repeat for several.</source>
        <translation>Raster, aus dem Chips ausgeschnitten werden; für mehrere wiederholbar.</translation>
    </message>
    <message>
        <source>Raster to learn from and to map; repeat for several scenes. Several files of one place go in one value, as 'a.tif;b.tif' or a pattern in quotes; Sentinel-2 .SAFE and Landsat products too.</source>
        <translation>Raster zum Lernen und Kartieren; für mehrere Szenen wiederholbar. Mehrere Dateien einer Stelle kommen in einen Wert, als „a.tif;b.tif“ oder als Muster in Anführungszeichen; auch Sentinel-2-.SAFE und Landsat-Produkte.</translation>
    </message>
    <message>
        <source>Rasters</source>
        <translation>Raster</translation>
    </message>
    <message>
        <source>Rasters to look over.</source>
        <translation>Raster, die durchgesehen werden.</translation>
    </message>
    <message>
        <source>Rasters to map, named as for prepare.</source>
        <translation>Zu kartierende Raster, benannt wie bei prepare.</translation>
    </message>
    <message>
        <source>Rasters with the same bands; several scenes are learned from together.</source>
        <translation>Raster mit denselben Kanälen; von mehreren Szenen wird gemeinsam gelernt.</translation>
    </message>
    <message>
        <source>Re&amp;move…</source>
        <translation>E&amp;ntfernen…</translation>
    </message>
    <message>
        <source>Ready.</source>
        <translation>Bereit.</translation>
    </message>
    <message>
        <source>Real chips in a step.</source>
        <translation>Echte Chips je Schritt.</translation>
    </message>
    <message>
        <source>Real crops in a step; synthetic ones come on top.</source>
        <translation>Echte Ausschnitte je Schritt; synthetische kommen hinzu.</translation>
    </message>
    <message>
        <source>Real parcels of rare classes are pasted where they do not lie.</source>
        <translation>Echte Parzellen seltener Klassen werden dort eingesetzt, wo sie nicht liegen.</translation>
    </message>
    <message>
        <source>Real tiles beside synthetic ones</source>
        <translation>Echte Kacheln neben synthetischen</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>Referenz</translation>
    </message>
    <message>
        <source>Reference points</source>
        <translation>Referenzpunkte</translation>
    </message>
    <message>
        <source>Region, a value of the column region or the name of a raster without its suffix, that is kept for a second test; repeat.</source>
        <translation>Region, ein Wert der Spalte region oder der Name eines Rasters ohne Endung, die für einen zweiten Test zurückgehalten wird; wiederholbar.</translation>
    </message>
    <message>
        <source>Regions for a second test, separated by commas</source>
        <translation>Regionen für einen zweiten Test, durch Kommas getrennt</translation>
    </message>
    <message>
        <source>Regular expression; chips whose file names have the same match stay on one side, as parts of one picture must.</source>
        <translation>Regulärer Ausdruck; Chips, in deren Dateinamen er dasselbe findet, bleiben auf einer Seite, wie es Teile eines Bildes müssen.</translation>
    </message>
    <message>
        <source>Rejected samples that will do after all, by their numbers.</source>
        <translation>Verworfene Beispiele, die doch brauchbar sind, über ihre Nummern.</translation>
    </message>
    <message>
        <source>Remove &amp;older…</source>
        <translation>&amp;Ältere entfernen…</translation>
    </message>
    <message>
        <source>Remove older versions of the engine? No job may be using them now.</source>
        <translation>Ältere Versionen der Engine entfernen? Kein Lauf darf sie gerade verwenden.</translation>
    </message>
    <message>
        <source>Remove the engine and all that was downloaded for it from {folder}? Maps, runs and QGIS itself stay.</source>
        <translation>Die Engine und alles, was für sie heruntergeladen wurde, aus {folder} entfernen? Karten, Läufe und QGIS selbst bleiben.</translation>
    </message>
    <message>
        <source>Removing Overseed's engine</source>
        <translation>Die Engine von Overseed wird entfernt</translation>
    </message>
    <message>
        <source>Removing files…</source>
        <translation>Dateien werden entfernt…</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Review samples</source>
        <translation>Beispiele durchsehen</translation>
    </message>
    <message>
        <source>Revision of these weights</source>
        <translation>Revision dieser Gewichte</translation>
    </message>
    <message>
        <source>Run folder</source>
        <translation>Laufordner</translation>
    </message>
    <message>
        <source>Run folder whose training ground to leave out</source>
        <translation>Laufordner, dessen Trainingsflächen auszulassen sind</translation>
    </message>
    <message>
        <source>Run folder.</source>
        <translation>Laufordner.</translation>
    </message>
    <message>
        <source>Run folder; the same command continues in it.</source>
        <translation>Laufordner; derselbe Befehl setzt darin fort.</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>Runs of this project</source>
        <translation>Läufe dieses Projekts</translation>
    </message>
    <message>
        <source>S&amp;top using it</source>
        <translation>Nicht &amp;mehr nutzen</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>Beispiel</translation>
    </message>
    <message>
        <source>Sample reference points</source>
        <translation>Referenzpunkte ziehen</translation>
    </message>
    <message>
        <source>Sample reference points…</source>
        <translation>Referenzpunkte ziehen…</translation>
    </message>
    <message>
        <source>Sample sheet: what the generator makes, the real ground there, and the labels.</source>
        <translation>Bilderbogen: was der Generator erzeugt, die echten Flächen dort und die Labels.</translation>
    </message>
    <message>
        <source>Sampler</source>
        <translation>Verfahren vom Rauschen zum Bild</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Beispiele</translation>
    </message>
    <message>
        <source>Samples as GeoTIFF files</source>
        <translation>Beispiele als GeoTIFF-Dateien</translation>
    </message>
    <message>
        <source>Samples that will not do, by their numbers on the sheets, as 3,17-20; they stay rejected until they are accepted again, or other samples are made.</source>
        <translation>Unbrauchbare Beispiele, über ihre Nummern auf den Bilderbögen, etwa 3,17-20; sie bleiben verworfen, bis sie wieder angenommen oder andere Beispiele erzeugt werden.</translation>
    </message>
    <message>
        <source>Samples to accept again</source>
        <translation>Wieder anzunehmende Beispiele</translation>
    </message>
    <message>
        <source>Samples to reject</source>
        <translation>Zu verwerfende Beispiele</translation>
    </message>
    <message>
        <source>Say how accurate maps are and how large their classes really are, with intervals where these hold.</source>
        <translation>Sagen, wie genau Karten und wie groß ihre Klassen wirklich sind, mit Intervallen, wo solche gelten.</translation>
    </message>
    <message>
        <source>Say how faithful synthetic samples are, against real ground that a generator has not seen.</source>
        <translation>Sagen, wie echt synthetische Beispiele sind, gegen echte Flächen, die ein Generator nicht gesehen hat.</translation>
    </message>
    <message>
        <source>Say what this installation is and which device it would use.</source>
        <translation>Sagen, was hier installiert ist und welches Gerät rechnen würde.</translation>
    </message>
    <message>
        <source>Says how accurate maps are and how large their classes really are. From points that were drawn by “Sample reference points”, with 95 % intervals (Olofsson et al. 2014, Stehman 2014). Several maps are compared at the same points.</source>
        <translation>Sagt, wie genau Karten und wie groß ihre Klassen wirklich sind. Aus Punkten von „Referenzpunkte ziehen“ mit 95-%-Intervallen (Olofsson et al. 2014, Stehman 2014). Mehrere Karten werden an denselben Punkten verglichen.</translation>
    </message>
    <message>
        <source>Scene</source>
        <translation>Szene</translation>
    </message>
    <message>
        <source>Scores on the test blocks</source>
        <translation>Güte auf den Testblöcken</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>Seed of every random draw: split, crops, weights, layouts.</source>
        <translation>Startwert aller Zufallszahlen: Aufteilung, Ausschnitte, Gewichte, Layouts.</translation>
    </message>
    <message>
        <source>Seed of the GAN</source>
        <translation>Startwert des GANs</translation>
    </message>
    <message>
        <source>Seed of the GAN whose chips are taken; --seed if left out.</source>
        <translation>Startwert des GANs, dessen Chips genommen werden; ohne Angabe --seed.</translation>
    </message>
    <message>
        <source>Selected features only</source>
        <translation>Nur gewählte Objekte</translation>
    </message>
    <message>
        <source>Sentinel-2 2017, Havel</source>
        <translation>Sentinel-2 2017, Havel</translation>
    </message>
    <message>
        <source>Set-up cannot write its files.</source>
        <translation>Die Einrichtung kann ihre Dateien nicht schreiben.</translation>
    </message>
    <message>
        <source>Set-up failed.</source>
        <translation>Die Einrichtung ist gescheitert.</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>Einstellungen…</translation>
    </message>
    <message>
        <source>Several ways can be joined; none is plain training. “weighted” makes errors on rare classes dearer, “oversample” shows their chips more often, “flips” mirrors and turns chips; the others add the chips of a GAN.</source>
        <translation>Mehreres kann verbunden werden; ohne Auswahl wird einfach trainiert. „weighted“ macht Fehler bei seltenen Klassen teurer, „oversample“ zeigt deren Chips öfter, „flips“ spiegelt und dreht Chips; die anderen fügen Chips eines GANs hinzu.</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>Anteil</translation>
    </message>
    <message>
        <source>Share below which classes are rare</source>
        <translation>Anteil, unter dem Klassen selten sind</translation>
    </message>
    <message>
        <source>Share for test</source>
        <translation>Anteil für den Test</translation>
    </message>
    <message>
        <source>Share for validation</source>
        <translation>Anteil für die Validierung</translation>
    </message>
    <message>
        <source>Share of a training tile's pixels that may carry the label of --rest-as; the surplus is left unlabelled.</source>
        <translation>Anteil der Pixel einer Trainingskachel, die das Label von --rest-as tragen dürfen; der Überschuss bleibt ohne Label.</translation>
    </message>
    <message>
        <source>Share of a window that overlaps the next one.</source>
        <translation>Anteil eines Fensters, der das nächste überlappt.</translation>
    </message>
    <message>
        <source>Share of each batch that synthetic chips make up, on top of the real ones.</source>
        <translation>Anteil künstlicher Chips an jedem Stapel, zusätzlich zu den echten.</translation>
    </message>
    <message>
        <source>Share of each batch that synthetic samples make up, on top of the real crops, or auto, which tries several on validation ground.</source>
        <translation>Anteil synthetischer Beispiele an jedem Stapel, zusätzlich zu den echten Ausschnitten, oder auto, was mehrere Anteile auf Validierungsflächen probiert.</translation>
    </message>
    <message>
        <source>Share of synthetic chips</source>
        <translation>Anteil künstlicher Chips</translation>
    </message>
    <message>
        <source>Share of synthetic chips (see classify-chips).</source>
        <translation>Anteil künstlicher Chips (siehe classify-chips).</translation>
    </message>
    <message>
        <source>Share of synthetic samples</source>
        <translation>Anteil synthetischer Beispiele</translation>
    </message>
    <message>
        <source>Share of the chips for the test.</source>
        <translation>Anteil der Chips für den Test.</translation>
    </message>
    <message>
        <source>Share of the chips for validation.</source>
        <translation>Anteil der Chips für die Validierung.</translation>
    </message>
    <message>
        <source>Share of the chips of classes to keep for training and validation, as NAME=0.05, to try what rarity does; the test keeps all.</source>
        <translation>Anteil der Chips von Klassen, der für Training und Validierung bleibt, als NAME=0.05, um zu sehen, was Seltenheit bewirkt; der Test behält alle.</translation>
    </message>
    <message>
        <source>Share of the ground for the test.</source>
        <translation>Anteil der Fläche für den Test.</translation>
    </message>
    <message>
        <source>Share of the ground for validation.</source>
        <translation>Anteil der Fläche für die Validierung.</translation>
    </message>
    <message>
        <source>Share of the labelled ground that each of the two rare classes gets.</source>
        <translation>Anteil der gelabelten Fläche, den jede der beiden seltenen Klassen bekommt.</translation>
    </message>
    <message>
        <source>Share of the parcels that get a class polygon.</source>
        <translation>Anteil der Parzellen, die ein Klassenpolygon bekommen.</translation>
    </message>
    <message>
        <source>Share of the scene under cloud.</source>
        <translation>Anteil der Szene unter Wolken.</translation>
    </message>
    <message>
        <source>Share of the steps, the first ones, in which spade and pix2pix learn from unlabelled training ground too.</source>
        <translation>Anteil der Schritte, und zwar der ersten, in denen spade und pix2pix auch von Trainingsflächen ohne Label lernen.</translation>
    </message>
    <message>
        <source>Sheets</source>
        <translation>Bilderbögen</translation>
    </message>
    <message>
        <source>Show &amp;log</source>
        <translation>Protokoll &amp;zeigen</translation>
    </message>
    <message>
        <source>Show folder</source>
        <translation>Ordner zeigen</translation>
    </message>
    <message>
        <source>Show the samples</source>
        <translation>Beispiele zeigen</translation>
    </message>
    <message>
        <source>Show what the engine says</source>
        <translation>Zeigen, was die Engine sagt</translation>
    </message>
    <message>
        <source>Show what would be installed; nothing starts yet</source>
        <translation>Zeigen, was installiert würde; noch beginnt nichts</translation>
    </message>
    <message>
        <source>Side of a block of the split in pixels, or in metres as 5000m; chosen from the scene if left out.</source>
        <translation>Seitenlänge eines Blocks der Aufteilung in Pixeln oder, als 5000m, in Metern; ohne Angabe aus der Szene bestimmt.</translation>
    </message>
    <message>
        <source>Side of a file's pixel in units of --crs, for chips that only x and y (their centres) place; then it is known which of them overlap.</source>
        <translation>Seitenlänge eines Pixels der Dateien in Einheiten von --crs, für Chips, die nur durch x und y (ihre Mitten) verortet sind; dann ist bekannt, welche sich überlappen.</translation>
    </message>
    <message>
        <source>Side of a pixel of the table's chips</source>
        <translation>Seitenlänge eines Pixels der Chips der Tabelle</translation>
    </message>
    <message>
        <source>Side of a place in pixels</source>
        <translation>Seitenlänge einer Stelle in Pixeln</translation>
    </message>
    <message>
        <source>Side of a place in pixels; places are squares.</source>
        <translation>Seitenlänge einer Stelle in Pixeln; Stellen sind Quadrate.</translation>
    </message>
    <message>
        <source>Side of a tile in pixels.</source>
        <translation>Seitenlänge einer Kachel in Pixeln.</translation>
    </message>
    <message>
        <source>Side of the blocks of ground that go to one side as a whole, in metres as 500m, or in pixels; chosen from the chips if left out.</source>
        <translation>Seitenlänge der Blöcke der Fläche, die als Ganzes auf eine Seite kommen, in Metern als 500m oder in Pixeln; ohne Angabe aus den Chips bestimmt.</translation>
    </message>
    <message>
        <source>Side of the chips in pixels. Files of another size are resampled to it; chips are cut from rasters with it (64 if left out).</source>
        <translation>Seitenlänge der Chips in Pixeln. Dateien anderer Größe werden darauf umgerechnet; aus Rastern werden Chips dieser Größe ausgeschnitten (64 ohne Angabe).</translation>
    </message>
    <message>
        <source>Side of the windows that the network sees, in pixels, rounded up to a multiple of 32.</source>
        <translation>Seitenlänge der Fenster, die das Netz sieht, in Pixeln, aufgerundet auf ein Vielfaches von 32.</translation>
    </message>
    <message>
        <source>Size of chips in pixels</source>
        <translation>Größe der Chips in Pixeln</translation>
    </message>
    <message>
        <source>Size: {disk} on disk, {free} are free; {download} to download.</source>
        <translation>Größe: {disk} auf der Festplatte, {free} sind frei; herunterzuladen: {download}.</translation>
    </message>
    <message>
        <source>Smallest patch</source>
        <translation>Kleinste Fläche</translation>
    </message>
    <message>
        <source>Smallest patch that stays on the map, in pixels, or in hectares as 0.5ha; for single classes as NAME=SIZE, parted by commas. Smaller ones are filled from around.</source>
        <translation>Kleinste Fläche, die auf der Karte bleibt, in Pixeln oder, als 0.5ha, in Hektar; für einzelne Klassen als NAME=GRÖSSE, durch Kommas getrennt. Kleinere werden aus der Umgebung gefüllt.</translation>
    </message>
    <message>
        <source>Something is running already; wait for it or cancel it.</source>
        <translation>Es läuft schon etwas; warten Sie darauf oder brechen Sie es ab.</translation>
    </message>
    <message>
        <source>Source: only the folder {offline}; the network is not used.</source>
        <translation>Quelle: nur der Ordner {offline}; das Netzwerk wird nicht verwendet.</translation>
    </message>
    <message>
        <source>Spectral index as a further band: NDVI, NDWI, NDBI, or NAME=FORMULA such as 'wet=nd(green, swir1)'; repeat.</source>
        <translation>Spektralindex als weiterer Kanal: NDVI, NDWI, NDBI oder NAME=FORMEL, etwa „wet=nd(green, swir1)“; wiederholbar.</translation>
    </message>
    <message>
        <source>Spectral indices</source>
        <translation>Spektralindizes</translation>
    </message>
    <message>
        <source>Standard error that the user's accuracy of classes shall have at most, as NAME=0.05; they get as many points as that takes, beyond --count if need be.</source>
        <translation>Standardfehler, den die Nutzergenauigkeit von Klassen höchstens haben soll, als NAME=0.05; sie bekommen so viele Punkte, wie das braucht, nötigenfalls über --count hinaus.</translation>
    </message>
    <message>
        <source>Start the engine and ask for versions and device</source>
        <translation>Die Engine starten und nach Versionen und Gerät fragen</translation>
    </message>
    <message>
        <source>Start with “{algorithm}”: choose a raster, polygons and the field with their classes, and press Run. Effort “quick” gives a first map in minutes. “{sample}” in the menu Raster → Overseed loads a real scene to try it on.</source>
        <translation>Beginnen Sie mit „{algorithm}“: Wählen Sie ein Raster, Polygone und das Feld mit deren Klassen, und klicken Sie auf „Starten“. Der Aufwand „quick“ ergibt in Minuten eine erste Karte. „{sample}“ im Menü Raster → Overseed lädt eine echte Szene zum Ausprobieren.</translation>
    </message>
    <message>
        <source>Step by step</source>
        <translation>Schritt für Schritt</translation>
    </message>
    <message>
        <source>Step by step…</source>
        <translation>Schritt für Schritt…</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Steps from noise to image</source>
        <translation>Schritte vom Rauschen zum Bild</translation>
    </message>
    <message>
        <source>Steps of each GAN; set by --effort if left out.</source>
        <translation>Schritte jedes GANs; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Steps of each generator that trains a network; set by --effort if left out.</source>
        <translation>Schritte jedes Generators, der ein Netz trainiert; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Steps of fine-tuning</source>
        <translation>Schritte der Feinabstimmung</translation>
    </message>
    <message>
        <source>Stop; the same button continues later where it stopped.</source>
        <translation>Anhalten; dieselbe Schaltfläche setzt später dort fort, wo angehalten wurde.</translation>
    </message>
    <message>
        <source>Stop; what has been downloaded is kept</source>
        <translation>Anhalten; was heruntergeladen ist, bleibt erhalten</translation>
    </message>
    <message>
        <source>Stopping the engine…</source>
        <translation>Die Engine wird angehalten…</translation>
    </message>
    <message>
        <source>Stopping; what is finished is kept.</source>
        <translation>Wird angehalten; was fertig ist, bleibt erhalten.</translation>
    </message>
    <message>
        <source>Stored runs</source>
        <translation>Gespeicherte Läufe</translation>
    </message>
    <message>
        <source>Stores which samples are rejected; the run's record names them.</source>
        <translation>Speichert, welche Beispiele verworfen sind; die Aufzeichnungen des Laufs nennen sie.</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>Stärke</translation>
    </message>
    <message>
        <source>Suggest where to label next</source>
        <translation>Stellen zum Labeln vorschlagen</translation>
    </message>
    <message>
        <source>Suggest where to label next: places where a map is unsure, or where a rare class is likely.</source>
        <translation>Vorschlagen, wo als Nächstes gelabelt wird: Stellen, an denen eine Karte unsicher oder eine seltene Klasse wahrscheinlich ist.</translation>
    </message>
    <message>
        <source>Synthesize samples</source>
        <translation>Beispiele erzeugen</translation>
    </message>
    <message>
        <source>Synthetic chips</source>
        <translation>Künstliche Chips</translation>
    </message>
    <message>
        <source>Synthetic chips of each class; set by --effort if left out.</source>
        <translation>Künstliche Chips je Klasse; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Table of chips to review</source>
        <translation>Tabelle der zu prüfenden Chips</translation>
    </message>
    <message>
        <source>Table of classes</source>
        <translation>Klassentabelle</translation>
    </message>
    <message>
        <source>Table that lists chips</source>
        <translation>Tabelle, die Chips aufzählt</translation>
    </message>
    <message>
        <source>Table with the strata's pixels</source>
        <translation>Tabelle mit den Pixelzahlen der Strata</translation>
    </message>
    <message>
        <source>Take a Fréchet distance (FID) of fewer than 1000 chips too.</source>
        <translation>Auch von weniger als 1000 Chips einen Fréchet-Abstand (FID) nehmen.</translation>
    </message>
    <message>
        <source>Take a Fréchet distance (FID) of fewer than 1000 crops too, although it is biased then.</source>
        <translation>Eine Fréchet-Distanz (FID) auch bei weniger als 1000 Ausschnitten bestimmen, obwohl sie dann verzerrt ist.</translation>
    </message>
    <message>
        <source>Take off the list</source>
        <translation>Aus Liste nehmen</translation>
    </message>
    <message>
        <source>The CRS of the table's columns x and y, and of files that do not say theirs. With coordinates, chips are parted by ground.</source>
        <translation>Das KBS der Spalten x und y der Tabelle und von Dateien, die ihres nicht nennen. Mit Koordinaten werden Chips nach Flächen aufgeteilt.</translation>
    </message>
    <message>
        <source>The Python interpreter that has Overseed's engine</source>
        <translation>Der Python-Interpreter mit der Engine von Overseed</translation>
    </message>
    <message>
        <source>The Python interpreter that is set for Overseed does not hold the engine. Open Overseed's set-up card (Settings → Options → Overseed) and press “Check again”.</source>
        <translation>Der für Overseed eingestellte Python-Interpreter enthält die Engine nicht. Öffnen Sie die Einrichtung von Overseed (Einstellungen → Optionen → Overseed) und klicken Sie auf „Erneut prüfen“.</translation>
    </message>
    <message>
        <source>The Python that the engine's environment is made from; it is not changed</source>
        <translation>Das Python, aus dem die Umgebung der Engine entsteht; es wird nicht verändert</translation>
    </message>
    <message>
        <source>The areas to learn from. A filter on the layer and “Selected features only” are obeyed. Colours of a layer that is styled by its class field are taken over.</source>
        <translation>Die Flächen, von denen gelernt wird. Ein Filter auf dem Layer und „Nur gewählte Objekte“ werden beachtet. Farben eines nach seinem Klassenfeld gestalteten Layers werden übernommen.</translation>
    </message>
    <message>
        <source>The areas to learn from. A filter on the layer and “Selected features only” are obeyed. Where polygons overlap, the smaller one counts. If the layer is styled by categories of the class field, the map takes over its colours.</source>
        <translation>Die Flächen, von denen gelernt wird. Ein Filter auf dem Layer und „Nur gewählte Objekte“ werden beachtet. Wo Polygone überlappen, zählt das kleinere. Ist der Layer nach Kategorien des Klassenfelds gestaltet, übernimmt die Karte seine Farben.</translation>
    </message>
    <message>
        <source>The best there is</source>
        <translation>Das beste vorhandene</translation>
    </message>
    <message>
        <source>The certificate of the package server is not trusted here, as happens where a company or a school inspects connections. Add its certificate to the system, or in QGIS under Settings → Options → Authentication → Manage certificates, and try again; or install from an offline folder.</source>
        <translation>Dem Zertifikat des Paketservers wird hier nicht vertraut; das kommt vor, wo eine Firma oder eine Schule Verbindungen überprüft. Fügen Sie deren Zertifikat dem System hinzu oder in QGIS unter Einstellungen → Optionen → Authentifizierung → Zertifikate verwalten, und versuchen Sie es noch einmal; oder installieren Sie aus einem Offline-Ordner.</translation>
    </message>
    <message>
        <source>The chips are files of any raster format; the folders' names are the classes.</source>
        <translation>Die Chips sind Dateien eines beliebigen Rasterformats; die Namen der Ordner sind die Klassen.</translation>
    </message>
    <message>
        <source>The classes to make more samples of. Left empty, these are all classes with less than 5 % of the labelled area.</source>
        <translation>Die Klassen, von denen weitere Beispiele erzeugt werden. Bleibt es leer, sind das alle Klassen mit weniger als 5 % der gelabelten Fläche.</translation>
    </message>
    <message>
        <source>The classes with code, name and colour, and which of them are rare. Code 0 means no data.</source>
        <translation>Die Klassen mit Code, Name und Farbe und welche davon selten sind. Code 0 heißt: keine Daten.</translation>
    </message>
    <message>
        <source>The classified map.</source>
        <translation>Die klassifizierte Karte.</translation>
    </message>
    <message>
        <source>The confidence that “Classify raster” has written with the map.</source>
        <translation>Die Konfidenz, die „Raster klassifizieren“ mit der Karte geschrieben hat.</translation>
    </message>
    <message>
        <source>The difference between two networks with its 95 % interval. An interval that holds zero means that the difference may be chance; a wide one means that more test ground is needed. “Compare augmentations” repeats trainings and is the stronger proof.</source>
        <translation>Der Unterschied zwischen zwei Netzen mit seinem 95-%-Intervall. Enthält das Intervall die Null, kann der Unterschied Zufall sein; ein breites heißt, dass mehr Testflächen nötig sind. „Augmentierungen vergleichen“ wiederholt Trainings und ist der stärkere Beleg.</translation>
    </message>
    <message>
        <source>The disk has {free} free and about {missing} more are needed for the engine. Free some space, or choose a folder on another disk.</source>
        <translation>Auf der Festplatte sind {free} frei, und etwa {missing} mehr werden für die Engine gebraucht. Schaffen Sie Platz, oder wählen Sie einen Ordner auf einer anderen Festplatte.</translation>
    </message>
    <message>
        <source>The disk is full. Free some space, or choose a folder on another disk, and press Continue; what has been downloaded is kept.</source>
        <translation>Die Festplatte ist voll. Schaffen Sie Platz, oder wählen Sie einen Ordner auf einer anderen Festplatte, und klicken Sie auf „Fortsetzen“; was heruntergeladen ist, bleibt erhalten.</translation>
    </message>
    <message>
        <source>The engine answered nothing that this plugin understands: {line}</source>
        <translation>Die Engine antwortete nichts, was dieses Plugin versteht: {line}</translation>
    </message>
    <message>
        <source>The engine cannot be installed.</source>
        <translation>Die Engine kann nicht installiert werden.</translation>
    </message>
    <message>
        <source>The engine cannot be started.</source>
        <translation>Die Engine kann nicht gestartet werden.</translation>
    </message>
    <message>
        <source>The engine did not answer within {seconds:.0f} seconds and was ended.</source>
        <translation>Die Engine antwortete {seconds:.0f} Sekunden lang nicht und wurde beendet.</translation>
    </message>
    <message>
        <source>The engine did not stop by itself and was ended.</source>
        <translation>Die Engine hielt nicht von selbst an und wurde beendet.</translation>
    </message>
    <message>
        <source>The engine does not work.</source>
        <translation>Die Engine funktioniert nicht.</translation>
    </message>
    <message>
        <source>The engine ended unexpectedly (exit code {code}).</source>
        <translation>Die Engine endete unerwartet (Exit-Code {code}).</translation>
    </message>
    <message>
        <source>The engine ended without a result.</source>
        <translation>Die Engine endete ohne Ergebnis.</translation>
    </message>
    <message>
        <source>The engine failed.</source>
        <translation>Die Engine ist gescheitert.</translation>
    </message>
    <message>
        <source>The engine has been silent for {seconds:.0f} seconds; it may be stuck.</source>
        <translation>Die Engine schweigt seit {seconds:.0f} Sekunden; vielleicht hängt sie.</translation>
    </message>
    <message>
        <source>The engine has version {engine} and the plugin {plugin}; they must be the same. Press “Upgrade” in Overseed's set-up card (Settings → Options → Overseed).</source>
        <translation>Die Engine hat Version {engine} und das Plugin {plugin}; beide müssen gleich sein. Klicken Sie in der Einrichtung von Overseed (Einstellungen → Optionen → Overseed) auf „Aktualisieren“.</translation>
    </message>
    <message>
        <source>The engine has version {engine} and the plugin {plugin}; they must be the same. Press “Upgrade” to install the one that fits.</source>
        <translation>Die Engine hat Version {engine} und das Plugin {plugin}; beide müssen gleich sein. „Aktualisieren“ installiert die passende.</translation>
    </message>
    <message>
        <source>The engine is at work. Clear the runs when it has finished.</source>
        <translation>Die Engine arbeitet gerade. Löschen Sie die Läufe, wenn sie fertig ist.</translation>
    </message>
    <message>
        <source>The engine is not set up yet</source>
        <translation>Die Engine ist noch nicht eingerichtet</translation>
    </message>
    <message>
        <source>The engine is there and was not tried yet</source>
        <translation>Die Engine ist da und wurde noch nicht ausprobiert</translation>
    </message>
    <message>
        <source>The engine reported success, but there is no map at {path}.</source>
        <translation>Die Engine meldete Erfolg, aber unter {path} ist keine Karte.</translation>
    </message>
    <message>
        <source>The engine was killed by the system (signal {name}).</source>
        <translation>Die Engine wurde vom System beendet (Signal {name}).</translation>
    </message>
    <message>
        <source>The engine was not tried.</source>
        <translation>Die Engine wurde nicht ausprobiert.</translation>
    </message>
    <message>
        <source>The engine was stopped from outside QGIS. Press Run to continue where it stopped.</source>
        <translation>Die Engine wurde von außerhalb von QGIS angehalten. „Starten“ setzt dort fort, wo sie aufgehört hat.</translation>
    </message>
    <message>
        <source>The engine's libraries do not exist for this system. It needs 64-bit Windows on an Intel or AMD processor, macOS 14 on Apple silicon, or Linux with glibc 2.28 or newer.</source>
        <translation>Die Bibliotheken der Engine gibt es für dieses System nicht. Sie braucht Windows mit 64 Bit auf einem Prozessor von Intel oder AMD, macOS 14 auf Apple Silicon oder Linux mit glibc 2.28 oder neuer.</translation>
    </message>
    <message>
        <source>The engine's libraries use instructions that this processor does not have; it is too old, or the virtual machine hides them.</source>
        <translation>Die Bibliotheken der Engine verwenden Befehle, die dieser Prozessor nicht hat; er ist zu alt, oder die virtuelle Maschine verbirgt sie.</translation>
    </message>
    <message>
        <source>The engine's result is not complete ({reason}). Install plugin and engine of the same release.</source>
        <translation>Das Ergebnis der Engine ist unvollständig ({reason}). Installieren Sie Plugin und Engine derselben Ausgabe.</translation>
    </message>
    <message>
        <source>The environment cannot be made.</source>
        <translation>Die Umgebung kann nicht angelegt werden.</translation>
    </message>
    <message>
        <source>The extent needs a raster whose CRS it is given in.</source>
        <translation>Die Ausdehnung braucht ein Raster, in dessen KBS sie angegeben ist.</translation>
    </message>
    <message>
        <source>The field of the polygon layer that says which class each polygon shows.</source>
        <translation>Das Feld des Polygonlayers, das sagt, welche Klasse jedes Polygon zeigt.</translation>
    </message>
    <message>
        <source>The field that says which class a polygon is.</source>
        <translation>Das Feld, das sagt, welche Klasse ein Polygon ist.</translation>
    </message>
    <message>
        <source>The filter that rejects samples that do not look like real ground or copy it.</source>
        <translation>Der Filter, der Beispiele verwirft, die nicht wie echte Flächen aussehen oder sie kopieren.</translation>
    </message>
    <message>
        <source>The folder in which all steps of one work lie; a step that stopped continues there.</source>
        <translation>Der Ordner, in dem alle Schritte einer Arbeit liegen; ein angehaltener Schritt wird dort fortgesetzt.</translation>
    </message>
    <message>
        <source>The folder that “Prepare chips” has made.</source>
        <translation>Der Ordner, den „Chips vorbereiten“ angelegt hat.</translation>
    </message>
    <message>
        <source>The folder that “Prepare data set” has made.</source>
        <translation>Der Ordner, den „Datensatz vorbereiten“ angelegt hat.</translation>
    </message>
    <message>
        <source>The heat map, a .tif in percent; with several rasters the folder that takes them.</source>
        <translation>Die Heatmap, eine .tif in Prozent; bei mehreren Rastern der Ordner, der sie aufnimmt.</translation>
    </message>
    <message>
        <source>The help page on set-up says how such a folder is filled on another computer</source>
        <translation>Die Hilfeseite zur Einrichtung sagt, wie ein solcher Ordner auf einem anderen Rechner gefüllt wird</translation>
    </message>
    <message>
        <source>The help pages cannot be written anywhere on this machine.</source>
        <translation>Die Hilfeseiten können auf diesem Rechner nirgends geschrieben werden.</translation>
    </message>
    <message>
        <source>The image to look over. Its bands are matched to the model's by name, else by their order.</source>
        <translation>Das Bild, das durchgesehen wird. Seine Kanäle werden denen des Modells nach Namen zugeordnet, sonst nach der Reihenfolge.</translation>
    </message>
    <message>
        <source>The image to map. Its bands are matched to the model's by name, else by their order.</source>
        <translation>Das zu kartierende Bild. Seine Kanäle werden denen des Modells nach dem Namen zugeordnet, sonst nach der Reihenfolge.</translation>
    </message>
    <message>
        <source>The last lines were:</source>
        <translation>Die letzten Zeilen waren:</translation>
    </message>
    <message>
        <source>The libraries cannot be installed.</source>
        <translation>Die Bibliotheken können nicht installiert werden.</translation>
    </message>
    <message>
        <source>The map</source>
        <translation>Die Karte</translation>
    </message>
    <message>
        <source>The map, a .tif; with several rasters the folder that takes the maps.</source>
        <translation>Die Karte, als .tif; bei mehreren Rastern der Ordner für die Karten.</translation>
    </message>
    <message>
        <source>The method whose samples are measured.</source>
        <translation>Das Verfahren, dessen Beispiele gemessen werden.</translation>
    </message>
    <message>
        <source>The method whose samples are reviewed.</source>
        <translation>Das Verfahren, dessen Beispiele durchgesehen werden.</translation>
    </message>
    <message>
        <source>The offline folder lacks a library that is needed. Fill it for this very platform and Python version with the command that the help page on set-up gives.</source>
        <translation>Dem Offline-Ordner fehlt eine Bibliothek, die gebraucht wird. Füllen Sie ihn für genau diese Plattform und Python-Version mit dem Befehl, der auf der Hilfeseite zur Einrichtung steht.</translation>
    </message>
    <message>
        <source>The older of the two networks; simpler to explain, seldom better.</source>
        <translation>Das ältere der beiden Netze; einfacher zu erklären, selten besser.</translation>
    </message>
    <message>
        <source>The package index {page} does not list {wheel}. Download that file on another machine and choose it here.</source>
        <translation>Der Paketindex {page} führt {wheel} nicht. Laden Sie diese Datei auf einem anderen Rechner herunter und wählen Sie sie hier.</translation>
    </message>
    <message>
        <source>The package server cannot be reached. Check the connection, and the proxy in QGIS under Settings → Options → Network, and press Continue; or install from an offline folder.</source>
        <translation>Der Paketserver ist nicht zu erreichen. Prüfen Sie die Verbindung und in QGIS den Proxy unter Einstellungen → Optionen → Netzwerk, und klicken Sie auf „Fortsetzen“; oder installieren Sie aus einem Offline-Ordner.</translation>
    </message>
    <message>
        <source>The package server does not have what Overseed needs. If pip or uv is set to a mirror here, the mirror may be incomplete; or install from an offline folder.</source>
        <translation>Der Paketserver hat nicht, was Overseed braucht. Sind pip oder uv hier auf einen Spiegelserver eingestellt, ist dieser vielleicht unvollständig; oder installieren Sie aus einem Offline-Ordner.</translation>
    </message>
    <message>
        <source>The points after you have filled them in.</source>
        <translation>Die Punkte, nachdem Sie sie ausgefüllt haben.</translation>
    </message>
    <message>
        <source>The polygons could not be copied into {folder} to draw in.</source>
        <translation>Die Polygone konnten nicht zum Zeichnen nach {folder} kopiert werden.</translation>
    </message>
    <message>
        <source>The polygons could not be copied to {path}: {reason}</source>
        <translation>Die Polygone konnten nicht nach {path} kopiert werden: {reason}</translation>
    </message>
    <message>
        <source>The polygons to learn from; a filter on the layer is obeyed.</source>
        <translation>Die Polygone, von denen gelernt wird; ein Filter auf dem Layer wird beachtet.</translation>
    </message>
    <message>
        <source>The probability of each class in percent, a band for each.</source>
        <translation>Die Wahrscheinlichkeit jeder Klasse in Prozent, je Klasse ein Kanal.</translation>
    </message>
    <message>
        <source>The probability of each class, a band each, as the engine has written it with the map. Rare classes are then looked for where the map says something else, not just where it shows them.</source>
        <translation>Die Wahrscheinlichkeit jeder Klasse, je Klasse ein Kanal, wie die Engine sie mit der Karte geschrieben hat. Seltene Klassen werden dann dort gesucht, wo die Karte etwas anderes sagt, nicht nur dort, wo sie sie zeigt.</translation>
    </message>
    <message>
        <source>The proxy could not be used. Check its address, user and password in QGIS under Settings → Options → Network, or install from an offline folder.</source>
        <translation>Der Proxy konnte nicht verwendet werden. Prüfen Sie Adresse, Benutzer und Passwort in QGIS unter Einstellungen → Optionen → Netzwerk, oder installieren Sie aus einem Offline-Ordner.</translation>
    </message>
    <message>
        <source>The sample cannot be written to {path} ({reason}).</source>
        <translation>Das Beispiel kann nicht nach {path} geschrieben werden ({reason}).</translation>
    </message>
    <message>
        <source>The sample could not be unpacked: {reason}</source>
        <translation>Das Beispiel konnte nicht entpackt werden: {reason}</translation>
    </message>
    <message>
        <source>The sample is a real scene: 15 × 8 km along the Havel, 13 bands of Sentinel-2, and 604 polygons of 8 land-use classes, of which several are rare. It takes 10 MB on disk.</source>
        <translation>Das Beispiel ist eine echte Szene: 15 × 8 km an der Havel, 13 Kanäle von Sentinel-2 und 604 Polygone aus 8 Landnutzungsklassen, von denen mehrere selten sind. Es belegt 10 MB.</translation>
    </message>
    <message>
        <source>The sample is already on its way; QGIS's task bar shows how far it is.</source>
        <translation>Das Beispiel ist schon unterwegs; wie weit, zeigt die Aufgabenleiste von QGIS.</translation>
    </message>
    <message>
        <source>The set-up was interrupted</source>
        <translation>Die Einrichtung wurde unterbrochen</translation>
    </message>
    <message>
        <source>The shares of classes on the map stand beside those of the polygons; a rare class that is far more frequent on the map is probably mapped too often. Ground of low confidence is worth a look.</source>
        <translation>Die Klassenanteile der Karte stehen neben denen der Polygone; eine seltene Klasse, die auf der Karte viel häufiger ist, ist wahrscheinlich zu oft kartiert. Flächen mit geringer Konfidenz sind einen Blick wert.</translation>
    </message>
    <message>
        <source>The synthetic chips as files too, in one folder per class.</source>
        <translation>Die künstlichen Chips auch als Dateien, mit einem Ordner je Klasse.</translation>
    </message>
    <message>
        <source>The system ended it, most often since memory was full. Close other programs.</source>
        <translation>Das System hat den Vorgang beendet, meist weil der Arbeitsspeicher voll war. Schließen Sie andere Programme.</translation>
    </message>
    <message>
        <source>The training and validation blocks of this run folder are left out.</source>
        <translation>Die Trainings- und Validierungsblöcke dieses Laufordners werden ausgelassen.</translation>
    </message>
    <message>
        <source>There is no uv.</source>
        <translation>uv ist nicht vorhanden.</translation>
    </message>
    <message>
        <source>These layers of the project lie in it and will be empty: {layers}.</source>
        <translation>Diese Layer des Projekts liegen darin und werden leer sein: {layers}.</translation>
    </message>
    <message>
        <source>This Python does not hold Overseed's engine.</source>
        <translation>Dieses Python enthält die Engine von Overseed nicht.</translation>
    </message>
    <message>
        <source>This Python does not suit the engine, which needs 3.11 to 3.14 with 64 bits. Choose another one, or let one be downloaded for Overseed alone.</source>
        <translation>Dieses Python passt nicht zur Engine, die 3.11 bis 3.14 mit 64 Bit braucht. Wählen Sie ein anderes, oder lassen Sie eines nur für Overseed herunterladen.</translation>
    </message>
    <message>
        <source>This copy of the plugin has no engine in it, so it cannot install one. Install the plugin from its zip, or use an interpreter that has the engine already.</source>
        <translation>Diese Kopie des Plugins enthält keine Engine und kann daher keine installieren. Installieren Sie das Plugin aus seinem Zip, oder verwenden Sie einen Interpreter, der die Engine schon hat.</translation>
    </message>
    <message>
        <source>This plugin does not fit Overseed's engine {engine}: it speaks version {theirs} of their common language, the plugin version {ours}. Install plugin and engine of the same release.</source>
        <translation>Dieses Plugin passt nicht zur Overseed-Engine {engine}: Sie spricht Version {theirs} der gemeinsamen Sprache, das Plugin Version {ours}. Installieren Sie Plugin und Engine derselben Ausgabe.</translation>
    </message>
    <message>
        <source>This step cannot be written as a command with these layers.</source>
        <translation>Mit diesen Layern lässt sich dieser Schritt nicht als Befehl schreiben.</translation>
    </message>
    <message>
        <source>Thorough: for a result; takes hours without a GPU</source>
        <translation>Gründlich: für ein Ergebnis; dauert ohne GPU Stunden</translation>
    </message>
    <message>
        <source>Those pixels of a sample that a generator made; all others stay as they were.</source>
        <translation>Diejenigen Pixel eines Beispiels, die ein Generator erzeugt hat; alle anderen bleiben, wie sie waren.</translation>
    </message>
    <message>
        <source>Tile</source>
        <translation>Kachel</translation>
    </message>
    <message>
        <source>Tile size</source>
        <translation>Kachelgröße</translation>
    </message>
    <message>
        <source>Tile size in pixels</source>
        <translation>Kachelgröße in Pixeln</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Title of the report.</source>
        <translation>Titel des Berichts.</translation>
    </message>
    <message>
        <source>Too much is chosen. Fill in one of these and empty the others: {ways}.</source>
        <translation>Es ist zu viel gewählt. Füllen Sie eines davon aus und leeren Sie die anderen: {ways}.</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <source>Train a GAN on the training chips.</source>
        <translation>Ein GAN mit den Trainings-Chips trainieren.</translation>
    </message>
    <message>
        <source>Train a U-Net on real samples, with or without synthetic ones, and score it on the test blocks.</source>
        <translation>Ein U-Net mit echten Beispielen, mit oder ohne synthetische, trainieren und auf den Testblöcken prüfen.</translation>
    </message>
    <message>
        <source>Train a classifier of chips, with or without synthetic ones, and score it on chips it has not seen.</source>
        <translation>Einen Klassifikator für Chips trainieren, mit oder ohne künstliche, und an Chips bewerten, die er nicht gesehen hat.</translation>
    </message>
    <message>
        <source>Train a generator of labelled samples on the training blocks.</source>
        <translation>Einen Generator gelabelter Beispiele auf den Trainingsblöcken trainieren.</translation>
    </message>
    <message>
        <source>Train chip GAN and make chips</source>
        <translation>Chip-GAN trainieren und Chips erzeugen</translation>
    </message>
    <message>
        <source>Train chip classifier</source>
        <translation>Chip-Klassifikator trainieren</translation>
    </message>
    <message>
        <source>Train each GAN with the first seed alone and give its chips to all classifiers.</source>
        <translation>Jedes GAN nur mit dem ersten Startwert trainieren und seine Chips allen Klassifikatoren geben.</translation>
    </message>
    <message>
        <source>Train generator</source>
        <translation>Generator trainieren</translation>
    </message>
    <message>
        <source>Train segmentation network</source>
        <translation>Segmentierungsnetz trainieren</translation>
    </message>
    <message>
        <source>Train the network</source>
        <translation>Netz trainieren</translation>
    </message>
    <message>
        <source>Train the network again</source>
        <translation>Netz erneut trainieren</translation>
    </message>
    <message>
        <source>Training, validation and test ground</source>
        <translation>Trainings-, Validierungs- und Testflächen</translation>
    </message>
    <message>
        <source>Trainings at the same time, which share the threads.</source>
        <translation>Gleichzeitige Trainings, die sich die Threads teilen.</translation>
    </message>
    <message>
        <source>Trainings of each</source>
        <translation>Trainings je Variante</translation>
    </message>
    <message>
        <source>Trainings of each arm, with the seeds from --seed on.</source>
        <translation>Trainings je Variante, mit den Startwerten ab --seed.</translation>
    </message>
    <message>
        <source>Trainings side by side</source>
        <translation>Trainings nebeneinander</translation>
    </message>
    <message>
        <source>Trains a U-Net on your polygons and classifies the whole raster. For classes with hardly any polygons, a generator learns from the labelled ground and makes more samples. The map comes from the model that did better on validation ground; the report shows, on test ground that no step has seen, whether the made samples helped. The work is done by Overseed's engine outside QGIS; after a cancel, Run with the same inputs continues, for as long as QGIS stays open.</source>
        <translation>Trainiert ein U-Net mit Ihren Polygonen und klassifiziert das ganze Raster. Für Klassen mit kaum einem Polygon lernt ein Generator von den gelabelten Flächen und erzeugt weitere Beispiele. Die Karte stammt von dem Modell, das auf Validierungsflächen besser war; der Bericht zeigt auf Testflächen, die kein Schritt gesehen hat, ob die erzeugten Beispiele geholfen haben. Die Arbeit macht die Engine von Overseed außerhalb von QGIS; nach einem Abbruch setzt „Starten“ mit denselben Eingaben fort, solange QGIS geöffnet bleibt.</translation>
    </message>
    <message>
        <source>Trains a classifier of chips, with or without synthetic ones, chooses its threshold on validation chips, and scores it on test chips that no step has seen. Chips of a GAN must have been made before.</source>
        <translation>Trainiert einen Klassifikator für Chips, mit oder ohne künstliche, wählt seinen Schwellenwert an Validierungs-Chips und bewertet ihn an Test-Chips, die kein Schritt gesehen hat. Chips eines GANs müssen vorher erzeugt worden sein.</translation>
    </message>
    <message>
        <source>Trains a generative adversarial network on the training chips, then makes synthetic chips with it and says how near they come to real ones. What it is told, a class or a cluster, decides what can be asked of it; for clusters, run “Cluster chips” first.</source>
        <translation>Trainiert ein GAN (Generative Adversarial Network) mit den Trainings-Chips, erzeugt dann künstliche Chips und sagt, wie nah sie echten kommen. Was ihm gesagt wird, Klasse oder Cluster, entscheidet, was man von ihm verlangen kann; für Cluster vorher „Chips clustern“ ausführen.</translation>
    </message>
    <message>
        <source>Trains a network on the real ground, with or without synthetic samples, and scores it on ground that no step has seen. Samples of a method must have been synthesized before.</source>
        <translation>Trainiert ein Netz auf echten Flächen, mit oder ohne synthetische Beispiele, und prüft es auf Flächen, die kein Schritt gesehen hat. Beispiele eines Verfahrens müssen vorher erzeugt worden sein.</translation>
    </message>
    <message>
        <source>Trains every way to treat imbalance on the same ground with the same steps and says what each is worth, with intervals. This takes long: each training several minutes. What is finished is kept.</source>
        <translation>Trainiert jede Art, mit dem Ungleichgewicht umzugehen, auf denselben Flächen mit gleich vielen Schritten und sagt, was jede wert ist, mit Intervallen. Das dauert: jedes Training mehrere Minuten. Was fertig ist, bleibt erhalten.</translation>
    </message>
    <message>
        <source>Trains on the training ground only. Validation ground says when it is best; test ground is looked at once, at the end.</source>
        <translation>Trainiert nur auf den Trainingsflächen. Validierungsflächen sagen, wann es am besten ist; Testflächen werden einmal angesehen, am Ende.</translation>
    </message>
    <message>
        <source>Truncation</source>
        <translation>Trunkierung</translation>
    </message>
    <message>
        <source>Trying the engine…</source>
        <translation>Die Engine wird ausprobiert…</translation>
    </message>
    <message>
        <source>Updates of the discriminator for each</source>
        <translation>Schritte des Diskriminators auf jeden davon</translation>
    </message>
    <message>
        <source>Updates of the discriminator for one of the generator; 5 for wgan and wgan-gp and 1 for the others if left out.</source>
        <translation>Schritte des Diskriminators auf einen des Generators; ohne Angabe 5 bei wgan und wgan-gp und 1 bei den anderen.</translation>
    </message>
    <message>
        <source>Updates of the generator</source>
        <translation>Schritte des Generators</translation>
    </message>
    <message>
        <source>Updates of the generator; set by --effort if left out.</source>
        <translation>Schritte des Generators; ohne Angabe durch --effort bestimmt.</translation>
    </message>
    <message>
        <source>Use a &amp;file that was downloaded before:</source>
        <translation>Eine bereits heruntergeladene &amp;Datei verwenden:</translation>
    </message>
    <message>
        <source>Use an &amp;existing one…</source>
        <translation>&amp;Vorhandene nutzen…</translation>
    </message>
    <message>
        <source>Use the 8-bit model</source>
        <translation>8-Bit-Modell verwenden</translation>
    </message>
    <message>
        <source>User's accuracy that is expected of classes, as NAME=0.6,NAME=0.9; 0.8 of those that are not named. For --allocation neyman and --error.</source>
        <translation>Erwartete Nutzergenauigkeit von Klassen, als NAME=0.6,NAME=0.9; 0.8 bei nicht genannten. Für --allocation neyman und --error.</translation>
    </message>
    <message>
        <source>Values of the table's column region, or names of rasters without their suffix. Their chips are not learned from; classifiers are tested on them as well.</source>
        <translation>Werte der Spalte region der Tabelle oder Namen von Rastern ohne Endung. Von ihren Chips wird nicht gelernt; Klassifikatoren werden auch an ihnen geprüft.</translation>
    </message>
    <message>
        <source>Version, licence, and what leaves this machine</source>
        <translation>Version, Lizenz und was diesen Rechner verlässt</translation>
    </message>
    <message>
        <source>Wanted share of each class</source>
        <translation>Angestrebter Anteil jeder Klasse</translation>
    </message>
    <message>
        <source>Wanted standard error</source>
        <translation>Gewünschter Standardfehler</translation>
    </message>
    <message>
        <source>Warning: {text}</source>
        <translation>Warnung: {text}</translation>
    </message>
    <message>
        <source>Ways to compare</source>
        <translation>Zu vergleichende Varianten</translation>
    </message>
    <message>
        <source>Weight of what sd-inpaint shall not forget</source>
        <translation>Gewicht dessen, was sd-inpaint nicht vergessen soll</translation>
    </message>
    <message>
        <source>Weights of sd-inpaint</source>
        <translation>Gewichte von sd-inpaint</translation>
    </message>
    <message>
        <source>Weights to start from</source>
        <translation>Anfangsgewichte</translation>
    </message>
    <message>
        <source>What --confidence holds: the probability of the chosen class, what it leads the next one by, or the entropy of all.</source>
        <translation>Was --confidence enthält: die Wahrscheinlichkeit der gewählten Klasse, ihren Vorsprung vor der nächsten oder die Entropie aller.</translation>
    </message>
    <message>
        <source>What agglomerative clustering holds for the distance of clusters; naming one leaves k-means out.</source>
        <translation>Was agglomeratives Clustern für den Abstand von Clustern hält; eine Angabe lässt k-means weg.</translation>
    </message>
    <message>
        <source>What classify --probabilities has written; rare classes are then looked for where the map says something else, not just where it shows them.</source>
        <translation>Was classify --probabilities geschrieben hat; seltene Klassen werden dann dort gesucht, wo die Karte etwas anderes sagt, nicht nur dort, wo sie sie zeigt.</translation>
    </message>
    <message>
        <source>What diffusion predicts</source>
        <translation>Was diffusion vorhersagt</translation>
    </message>
    <message>
        <source>What forms propose: quick for a look, thorough for a result.</source>
        <translation>Was Formulare vorschlagen: quick für einen ersten Blick, thorough für ein Ergebnis.</translation>
    </message>
    <message>
        <source>What forms propose; auto takes a graphics card when there is one.</source>
        <translation>Was Formulare vorschlagen; auto nimmt eine Grafikkarte, wenn es eine gibt.</translation>
    </message>
    <message>
        <source>What is broken cannot be removed.</source>
        <translation>Das Beschädigte kann nicht entfernt werden.</translation>
    </message>
    <message>
        <source>What is done</source>
        <translation>Maßnahme</translation>
    </message>
    <message>
        <source>What is done about rare classes, an arm as in train: a method that makes samples of them, oversample, or both as in oversample+spade. none, and the arm without its samples, are trained beside it; the best on validation ground makes the map.</source>
        <translation>Was für seltene Klassen getan wird, eine Variante wie bei train: ein Verfahren, das Beispiele von ihnen erzeugt, oversample oder beides wie in oversample+spade. none und die Variante ohne ihre Beispiele werden daneben trainiert; die beste auf Validierungsflächen macht die Karte.</translation>
    </message>
    <message>
        <source>What is really there, used only to assess a map, best at points that were drawn by chance.</source>
        <translation>Was wirklich da ist, nur zur Bewertung einer Karte verwendet, am besten an zufällig gezogenen Punkten.</translation>
    </message>
    <message>
        <source>What is really there: points with their classes, class polygons or a label raster; one for all maps, or repeat to pair with the maps in order.</source>
        <translation>Was wirklich da ist: Punkte mit ihren Klassen, Polygone mit Klassen oder ein Labelraster; eines für alle Karten, oder wiederholt, paarweise mit den Karten.</translation>
    </message>
    <message>
        <source>What is where</source>
        <translation>Was wo ist</translation>
    </message>
    <message>
        <source>What it is told</source>
        <translation>Was ihm gesagt wird</translation>
    </message>
    <message>
        <source>What it says</source>
        <translation>Was sich ergibt</translation>
    </message>
    <message>
        <source>What it starts from: imagenet, none (random weights), or a file with weights.</source>
        <translation>Womit es beginnt: imagenet, none (zufällige Gewichte) oder eine Datei mit Gewichten.</translation>
    </message>
    <message>
        <source>What leaves this machine</source>
        <translation>Was diesen Rechner verlässt</translation>
    </message>
    <message>
        <source>What parts of one picture share in their names</source>
        <translation>Was Teile eines Bildes im Namen gemeinsam haben</translation>
    </message>
    <message>
        <source>What runs the model: ONNX Runtime, the same with NVIDIA's TensorRT, or PyTorch from the model.safetensors beside it.</source>
        <translation>Was das Modell ausführt: ONNX Runtime, dasselbe mit NVIDIAs TensorRT, oder PyTorch aus der model.safetensors daneben.</translation>
    </message>
    <message>
        <source>What the GAN is told of a chip: nothing, its class, or its cluster.</source>
        <translation>Was dem GAN von einem Chip gesagt wird: nichts, seine Klasse oder sein Cluster.</translation>
    </message>
    <message>
        <source>What the GAN was told: nothing, the class, or the cluster.</source>
        <translation>Was dem GAN gesagt wurde: nichts, die Klasse oder der Cluster.</translation>
    </message>
    <message>
        <source>What the encoder starts from: imagenet, none (random weights), or a file with weights.</source>
        <translation>Womit der Encoder beginnt: imagenet, none (zufällige Gewichte) oder eine Datei mit Gewichten.</translation>
    </message>
    <message>
        <source>What the engine says</source>
        <translation>Was die Engine sagt</translation>
    </message>
    <message>
        <source>What the network sees at once. Smaller tiles suit small scenes and small fields.</source>
        <translation>Was das Netz auf einmal sieht. Kleinere Kacheln eignen sich für kleine Szenen und kleine Felder.</translation>
    </message>
    <message>
        <source>What was finished before is kept. Run with the same inputs goes on there.</source>
        <translation>Was vorher fertig war, bleibt. „Starten“ mit denselben Eingaben macht dort weiter.</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>Was gefunden wurde</translation>
    </message>
    <message>
        <source>What would be installed</source>
        <translation>Was installiert würde</translation>
    </message>
    <message>
        <source>When synthetic samples come: all along, or all before the last fifth of the steps.</source>
        <translation>Wann synthetische Beispiele kommen: durchgehend oder alle vor dem letzten Fünftel der Schritte.</translation>
    </message>
    <message>
        <source>Where everything that is made is kept. A new folder is best.</source>
        <translation>Wo alles Erzeugte abgelegt wird. Am besten ein neuer Ordner.</translation>
    </message>
    <message>
        <source>Where parcels are sown (see synthesize).</source>
        <translation>Wo Parzellen gesät werden (siehe synthesize).</translation>
    </message>
    <message>
        <source>Where parcels are sown: any ground that suits the layout, or only where the image around looks like that around real parcels of the class.</source>
        <translation>Wo Parzellen gesät werden: auf jedem Boden, der zum Layout passt, oder nur dort, wo das Bild ringsum wie das um echte Parzellen der Klasse aussieht.</translation>
    </message>
    <message>
        <source>Where runs are kept, so that they can go on after QGIS was closed.</source>
        <translation>Wo Läufe aufbewahrt werden, damit sie weitergehen können, nachdem QGIS geschlossen wurde.</translation>
    </message>
    <message>
        <source>Where the networks run; auto takes a GPU when there is one.</source>
        <translation>Wo die Netze laufen; auto nimmt eine GPU, wenn es eine gibt.</translation>
    </message>
    <message>
        <source>Whether augmentation helped</source>
        <translation>Ob die Augmentierung geholfen hat</translation>
    </message>
    <message>
        <source>Which of prepare's --folds to work on, from 0.</source>
        <translation>An welcher der --folds von prepare gearbeitet wird, ab 0.</translation>
    </message>
    <message>
        <source>Who made the data; stands in the report.</source>
        <translation>Von wem die Daten stammen; steht im Bericht.</translation>
    </message>
    <message>
        <source>Why a place is suggested</source>
        <translation>Warum eine Stelle vorgeschlagen wird</translation>
    </message>
    <message>
        <source>Why a place is suggested: the map is unsure, a rare class is likely, or both in turn.</source>
        <translation>Warum eine Stelle vorgeschlagen wird: Die Karte ist unsicher, eine seltene Klasse ist wahrscheinlich, oder beides abwechselnd.</translation>
    </message>
    <message>
        <source>Width in pixels.</source>
        <translation>Breite in Pixeln.</translation>
    </message>
    <message>
        <source>Window in pixels</source>
        <translation>Fenster in Pixeln</translation>
    </message>
    <message>
        <source>With the samples as they are now, for example after rejecting some.</source>
        <translation>Mit den Beispielen, wie sie jetzt sind, etwa nachdem einige verworfen wurden.</translation>
    </message>
    <message>
        <source>Without the network no Python can be downloaded. Install Python 3.11 to 3.14 with 64 bits first, then choose it here.</source>
        <translation>Ohne Netzwerk kann kein Python heruntergeladen werden. Installieren Sie zuerst Python 3.11 bis 3.14 mit 64 Bit, und wählen Sie es dann hier.</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>Begriffe</translation>
    </message>
    <message>
        <source>Write one self-contained HTML page about a run.</source>
        <translation>Eine in sich geschlossene HTML-Seite über einen Lauf schreiben.</translation>
    </message>
    <message>
        <source>Write the class table to this CSV file, to edit and to pass to --classes.</source>
        <translation>Die Klassentabelle in diese CSV-Datei schreiben, zum Bearbeiten und für --classes.</translation>
    </message>
    <message>
        <source>Write the report</source>
        <translation>Bericht schreiben</translation>
    </message>
    <message>
        <source>Writes one web page about everything that was done in a run folder.</source>
        <translation>Schreibt eine Webseite über alles, was in einem Laufordner getan wurde.</translation>
    </message>
    <message>
        <source>adversarial loss</source>
        <translation>Adversarieller Verlust</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>background</source>
        <translation>Hintergrund</translation>
    </message>
    <message>
        <source>being measured…</source>
        <translation>wird gemessen…</translation>
    </message>
    <message>
        <source>difference in band values</source>
        <translation>Unterschied der Kanalwerte</translation>
    </message>
    <message>
        <source>difference in how bands go together</source>
        <translation>Unterschied im Zusammenhang der Kanäle</translation>
    </message>
    <message>
        <source>difference in texture</source>
        <translation>Unterschied der Textur</translation>
    </message>
    <message>
        <source>distance to real ground</source>
        <translation>Abstand zu echten Flächen</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>done, but something before it has changed</source>
        <translation>fertig, aber davor hat sich etwas geändert</translation>
    </message>
    <message>
        <source>each form's own</source>
        <translation>wie im Formular</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>gescheitert</translation>
    </message>
    <message>
        <source>from the folder's name</source>
        <translation>Name des Ordners</translation>
    </message>
    <message>
        <source>gone</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>its layers cannot be read</source>
        <translation>seine Layer können nicht gelesen werden</translation>
    </message>
    <message>
        <source>land cover,classification,segmentation,u-net,gan,pix2pix,imbalance,augmentation</source>
        <translation>landbedeckung,landnutzung,klassifikation,segmentierung,u-net,gan,pix2pix,ungleichgewicht,augmentierung,land cover,classification</translation>
    </message>
    <message>
        <source>loss of the discriminator</source>
        <translation>Verlust des Diskriminators</translation>
    </message>
    <message>
        <source>loss of the discriminator, made</source>
        <translation>Verlust des Diskriminators, erzeugt</translation>
    </message>
    <message>
        <source>loss of the discriminator, real</source>
        <translation>Verlust des Diskriminators, echt</translation>
    </message>
    <message>
        <source>mean absolute error</source>
        <translation>Mittlerer absoluter Fehler</translation>
    </message>
    <message>
        <source>meaning</source>
        <translation>Bedeutung</translation>
    </message>
    <message>
        <source>name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>not evaluated</source>
        <translation>nicht bewertet</translation>
    </message>
    <message>
        <source>not possible yet</source>
        <translation>noch nicht möglich</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>on {device}</source>
        <translation>auf {device}</translation>
    </message>
    <message>
        <source>optional</source>
        <translation>optional</translation>
    </message>
    <message>
        <source>rare F1 {f1:.2f}</source>
        <translation>F1 selten {f1:.2f}</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>result</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>temporary, until QGIS is closed</source>
        <translation>temporär, bis QGIS geschlossen wird</translation>
    </message>
    <message>
        <source>texture loss</source>
        <translation>Texturverlust</translation>
    </message>
    <message>
        <source>the Apple GPU</source>
        <translation>der Apple-GPU</translation>
    </message>
    <message>
        <source>the NVIDIA GPU</source>
        <translation>der NVIDIA-GPU</translation>
    </message>
    <message>
        <source>the Python package index</source>
        <translation>dem Python-Paketindex</translation>
    </message>
    <message>
        <source>the best device there is</source>
        <translation>dem besten vorhandenen Gerät</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>der Datenträger ist voll</translation>
    </message>
    <message>
        <source>the processor</source>
        <translation>dem Prozessor</translation>
    </message>
    <message>
        <source>the run folder</source>
        <translation>den Laufordner</translation>
    </message>
    <message>
        <source>type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>uv, which makes Python environments, cannot be downloaded.</source>
        <translation>uv, das Python-Umgebungen anlegt, kann nicht heruntergeladen werden.</translation>
    </message>
    <message>
        <source>uv, which makes the environment, is fetched into the same folder if it is missing.</source>
        <translation>uv, das die Umgebung anlegt, wird in denselben Ordner geholt, falls es fehlt.</translation>
    </message>
    <message>
        <source>version {version}, downloaded by uv for Overseed alone</source>
        <translation>Version {version}, die uv nur für Overseed herunterlädt</translation>
    </message>
    <message>
        <source>{address} could not be loaded: {reason}. Check the proxy in Settings → Options → Network, or choose a file that was downloaded before.</source>
        <translation>{address} konnte nicht geladen werden: {reason}. Prüfen Sie den Proxy unter Einstellungen → Optionen → Netzwerk, oder wählen Sie eine bereits heruntergeladene Datei.</translation>
    </message>
    <message>
        <source>{count} samples, {rejected} of them rejected</source>
        <translation>{count} Beispiele, davon {rejected} verworfen</translation>
    </message>
    <message>
        <source>{folder} could not be deleted: {reason}. Close programs that have its files open.</source>
        <translation>{folder} konnte nicht gelöscht werden: {reason}. Schließen Sie Programme, die Dateien darin geöffnet haben.</translation>
    </message>
    <message>
        <source>{folder} is no run folder, so it was left alone.</source>
        <translation>{folder} ist kein Laufordner und wurde daher nicht angetastet.</translation>
    </message>
    <message>
        <source>{given} needs {missing} as well.</source>
        <translation>{given} braucht außerdem {missing}.</translation>
    </message>
    <message>
        <source>{name}: F1 {f1:.2f}</source>
        <translation>{name}: F1 {f1:.2f}</translation>
    </message>
    <message>
        <source>{name}: no test ground, so not evaluated</source>
        <translation>{name}: keine Testfläche, daher nicht bewertet</translation>
    </message>
    <message>
        <source>{name}: user's accuracy {users}, producer's accuracy {producers}</source>
        <translation>{name}: Nutzergenauigkeit {users}, Herstellergenauigkeit {producers}</translation>
    </message>
    <message>
        <source>{number} GB</source>
        <translation>{number} GB</translation>
    </message>
    <message>
        <source>{number} MB</source>
        <translation>{number} MB</translation>
    </message>
    <message>
        <source>{number} kB</source>
        <translation>{number} kB</translation>
    </message>
    <message>
        <source>{n} classes, {rare} rare</source>
        <translation>{n} Klassen, {rare} selten</translation>
    </message>
    <message>
        <source>{n} h</source>
        <translation>{n} h</translation>
    </message>
    <message>
        <source>{n} min</source>
        <translation>{n} min</translation>
    </message>
    <message>
        <source>{n} s</source>
        <translation>{n} s</translation>
    </message>
    <message>
        <source>{one} and {other}</source>
        <translation>{one} und {other}</translation>
    </message>
    <message>
        <source>{path} is not the file that was expected (the wheel of {package} {version}), so it is not used.</source>
        <translation>{path} ist nicht die erwartete Datei (das Wheel von {package} {version}) und wird daher nicht verwendet.</translation>
    </message>
    <message>
        <source>{polygons} (to draw in)</source>
        <translation>{polygons} (zum Zeichnen)</translation>
    </message>
    <message>
        <source>{step}, on {device}</source>
        <translation>{step}, auf {device}</translation>
    </message>
    <message>
        <source>{version}, to be downloaded for Overseed alone</source>
        <translation>{version}, wird nur für Overseed heruntergeladen</translation>
    </message>
    <message>
        <source>{what} on validation ground</source>
        <translation>{what} auf Validierungsflächen</translation>
    </message>
    <message>
        <source>“{layer}” has no field “{field}”. Its fields are: {present}.</source>
        <translation>„{layer}“ hat kein Feld „{field}“. Die Felder sind: {present}.</translation>
    </message>
    <message>
        <source>“{layer}” has what no file holds yet, so a shell cannot read it. Save the layer and its edits to a file first.</source>
        <translation>„{layer}“ enthält etwas, das noch in keiner Datei steht, sodass eine Shell es nicht lesen kann. Speichern Sie zuerst den Layer und seine Änderungen in eine Datei.</translation>
    </message>
    <message>
        <source>“{name}” has no point to learn from. Check its filter and its selection.</source>
        <translation>„{name}“ hat keinen Punkt zum Lernen. Prüfen Sie Filter und Auswahl.</translation>
    </message>
    <message>
        <source>“{name}” has no polygon to learn from. Check its filter and its selection.</source>
        <translation>„{name}“ hat kein Polygon, von dem gelernt werden kann. Prüfen Sie Filter und Auswahl.</translation>
    </message>
    <message>
        <source>“{name}” is not a readable raster layer.</source>
        <translation>„{name}“ ist kein lesbarer Rasterlayer.</translation>
    </message>
    <message>
        <source>“{path}” cannot be read as a raster layer.</source>
        <translation>„{path}“ kann nicht als Rasterlayer gelesen werden.</translation>
    </message>
    <message>
        <source>“{step}” failed.</source>
        <translation>„{step}“ ist gescheitert.</translation>
    </message>
    <message>
        <source>“{step}” is done.</source>
        <translation>„{step}“ ist fertig.</translation>
    </message>
    <message>
        <source>“{step}” was stopped, since its project was closed. Open the project again, and the same button continues where it stopped.</source>
        <translation>„{step}“ wurde angehalten, weil das Projekt geschlossen wurde. Öffnen Sie es wieder, dann macht dieselbe Schaltfläche dort weiter.</translation>
    </message>
    <message>
        <source>“{value}” is no CRS. Choose one from the list.</source>
        <translation>„{value}“ ist kein KBS. Wählen Sie eines aus der Liste.</translation>
    </message>
    <message>
        <source>✔ The engine is ready</source>
        <translation>✔ Die Engine ist bereit</translation>
    </message>
    <message>
        <source>✘ The engine does not fit this plugin</source>
        <translation>✘ Die Engine passt nicht zu diesem Plugin</translation>
    </message>
    <message>
        <source>✘ The engine does not work</source>
        <translation>✘ Die Engine funktioniert nicht</translation>
    </message>
</context>
</TS>
