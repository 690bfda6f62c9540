"""Tiles: geometry of windows and blocks, the spatial split, the store on disk and crops from it."""
