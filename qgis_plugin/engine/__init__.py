"""The engine as a child process. Nothing in here needs QGIS; sentences leave it as exceptions."""
