"""Overseed for QGIS: the entry point that QGIS looks for, and nothing else."""


def classFactory(iface):
    """Return the plugin; ``iface`` is None when qgis_process loads it."""
    from .plugin import OverseedPlugin

    return OverseedPlugin(iface)
