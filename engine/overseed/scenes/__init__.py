"""Scenes: rasters, polygons, class tables and simulated scenes; the only floor that opens the user's files."""
