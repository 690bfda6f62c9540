"""From QGIS's layers to files that the engine can read, and back from its map to a layer."""
