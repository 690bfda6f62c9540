"""Widgets that need Qt alone: they show values and give them back, and know nothing of QGIS or the engine."""
