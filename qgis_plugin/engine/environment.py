"""The child's environment: QGIS's own, less what would lead the engine to QGIS's libraries."""

import os
from collections.abc import Iterable, Mapping

#: Beginnings of names of variables that the engine must not inherit.
REMOVED_PREFIXES = (
    # QGIS on Windows and macOS points PYTHONHOME and PYTHONPATH at the Python it carries; another
    # interpreter that obeys them cannot even import its own standard library.
    "PYTHON",
    # GDAL_DATA and GDAL_DRIVER_PATH belong to QGIS's GDAL; the engine's wheels carry another
    # version.
    "GDAL_",
    # The layout of proj.db differs between versions; QGIS's makes the wheel's PROJ find no CRS at
    # all.
    "PROJ_",
    # Qt's plugins and QML of QGIS, of no use to a program without windows and fatal for another Qt.
    "QT_",
    "QML",
    # QGIS_PREFIX_PATH and its kin: a program that reads them would take itself for a part of QGIS.
    "QGIS",
    # The set-up scripts of OSGeo4W find their folder by it and put PROJ and GDAL back.
    "OSGEO4W",
    # Libraries of QGIS as an AppImage, a Snap, a Flatpak or a macOS bundle; they would be loaded in
    # place of those that the engine's wheels were built with.
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_",
    # macOS' framework Python leaves the path of the running interpreter here, and the child would
    # believe that it is QGIS's interpreter.
    "__PYVENV_LAUNCHER__",
    # A virtual environment that QGIS was started from is not the engine's.
    "VIRTUAL_ENV",
    # OSGeo4W points these at the modules and settings of its own OpenSSL; another version that loads
    # them fails, and with it every download.
    "OPENSSL_",
    # A window for plots that some plugin chose for QGIS; the engine has no windows to draw in.
    "MPLBACKEND",
    # A conda environment that QGIS lives in is not the engine's either.
    "CONDA_",
    # GeoTIFF's tables of QGIS's GDAL, the name that older versions use for GDAL_DATA.
    "GEOTIFF_CSV",
)

#: Removed on Windows where they name files of QGIS: OSGeo4W's list of certificates lacks those that a
#: company has added to the system, whose own list is used without these variables.
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE")

ADDED = {
    # Events are UTF-8; without this a Windows child would write paths in the local code page.
    "PYTHONUTF8": "1",
    # Packages that a user put into ~/.local must not shadow the engine's pinned ones.
    "PYTHONNOUSERSITE": "1",
}


def engine_environment(
    environ: Mapping[str, str] = os.environ,
    qgis_folders: Iterable[str] = (),
    windows: bool = os.name == "nt",
) -> dict[str, str]:
    """Return the environment for the engine.

    ``qgis_folders`` are the folders of QGIS's own programs. On Windows libraries are searched for
    along PATH, so entries below them are dropped from it there, and certificates with them;
    elsewhere PATH stays as it is.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith(REMOVED_PREFIXES)
    }
    if windows:
        roots = [_normalised(folder) for folder in qgis_folders if folder]
        for name in [name for name in kept if name.upper() == "PATH"]:
            kept[name] = ";".join(
                entry for entry in kept[name].split(";") if not _is_below(entry, roots)
            )
        for name in [name for name in kept if name.upper() in CERTIFICATES]:
            if _is_below(kept[name], roots):
                del kept[name]
    return {**kept, **ADDED}


def _is_below(entry: str, roots: list[str]) -> bool:
    path = _normalised(entry)
    return any(path == root or path.startswith(root + "/") for root in roots)


def _normalised(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").lower()
