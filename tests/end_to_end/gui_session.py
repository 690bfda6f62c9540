"""A real QGIS on a display of its own: opens the dialog, runs it, and takes pictures.

    python3 tests/end_to_end/gui_session.py --raster scene.tif --polygons fields.gpkg \\
        --class-field kind --out pictures

Needs QGIS, Xvfb and ImageMagick's `import`. The profile is a new one in a temporary home. Pictures:
`dialog.png` (the form, filled in), `running.png` (its log, while the engine works), `finished.png`
(the styled map, its legend and the dialog) and `map.png` (the same without the dialog). Ends with 0
when the map was made and loaded. With `--dock` the way goes through the dock instead, with a picture
after each step; `outcome.json` then says how long the window's thread was busy at most in each.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from build_tools.packaging import plugin_files  # noqa: E402

STARTUP = Path(__file__).with_name("gui_startup.py")
DOCK_STARTUP = Path(__file__).with_name("dock_startup.py")


def main():
    """Start the display and QGIS in it, and wait for the end of the session."""
    options = read_options()
    out = Path(options.out).absolute()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="overseed-gui-") as home:
        install_plugin(Path(home), options.engine_python, options.locale)
        plan = Path(home) / "plan.json"
        plan.write_text(json.dumps(make_plan(options, out)), encoding="utf-8")
        display, number = start_display(options.size)
        try:
            startup = DOCK_STARTUP if options.dock else STARTUP
            code = run_qgis(Path(home), number, plan, options, startup)
        finally:
            display.terminate()
            display.wait()
    outcome = out / "outcome.json"
    if code == 0 and outcome.is_file():
        print(outcome.read_text(encoding="utf-8"))
        return 0 if json.loads(outcome.read_text(encoding="utf-8"))["ok"] else 1
    print(f"QGIS ended with {code} before the session did.", file=sys.stderr)
    return 1


def read_options():
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--raster", action="append", default=[], help="none: the sample project")
    parser.add_argument("--polygons", default="", help="path or path|layername=x")
    parser.add_argument("--class-field", required=True)
    parser.add_argument("--rare", default="")
    parser.add_argument("--rest-as", default="")
    parser.add_argument("--augment", default="spade")
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--bands", default="", help="bands shown as red, green, blue: 1,2,3")
    parser.add_argument("--colours", action="store_true", help="style the polygons by categories")
    parser.add_argument("--cancel-after", type=float, help="seconds until Cancel is clicked")
    parser.add_argument("--dock", action="store_true", help="go through the dock, step by step")
    parser.add_argument("--dark", action="store_true", help="in QGIS's dark theme")
    parser.add_argument("--locale", default="", help="language of QGIS, such as de")
    parser.add_argument(
        "--scale", default="1", help="of everything, as on a display of high density"
    )
    parser.add_argument("--tile-size", type=int, default=0, help="in the dock")
    parser.add_argument("--out", required=True, help="folder for the pictures and the map")
    parser.add_argument("--size", default="1600x960", help="of the display, in pixels")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for the session")
    parser.add_argument(
        "--engine-python",
        default=os.environ.get("OVERSEED_ENGINE_PYTHON", str(ROOT / ".venv/bin/python")),
    )
    return parser.parse_args()


def make_plan(options, out):
    """Return what `gui_startup.py` has to do inside QGIS."""
    return {
        "rasters": [str(Path(raster).absolute()) for raster in options.raster],
        "polygons": str(Path(options.polygons).absolute()),
        "parameters": {
            "CLASS_FIELD": options.class_field,
            "RARE": options.rare,
            "REST_AS": options.rest_as,
            "AUGMENT": options.augment,
            "EFFORT": options.effort,
            "OUTPUT": str(out / "map.tif"),
            "REPORT": str(out / "report.html"),
        },
        "bands": [int(band) for band in options.bands.split(",") if band],
        "colours": options.colours,
        "cancel_after": options.cancel_after,
        "size": [int(int(side) / float(options.scale)) for side in options.size.split("x")],
        "dark": options.dark,
        "tile_size": options.tile_size,
        "out": str(out),
    }


def install_plugin(home, engine_python, locale):
    """Make a profile with the plugin enabled and without the greetings of a first start."""
    profile = home / ".local/share/QGIS/QGIS3/profiles/default"
    plugin = profile / "python/plugins/overseed_qgis"
    for inside, path in plugin_files():
        (plugin / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, plugin / inside)
    settings = profile / "QGIS/QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f"[overseed]\nengine_python={engine_python}\n"
        f"[locale]\noverrideFlag={str(bool(locale)).lower()}\nuserLocale={locale or 'en_US'}\n"
        "[PythonPlugins]\noverseed_qgis=true\nprocessing=true\n"
        "[qgis]\ncheckVersion=false\nnewsFeed=false\nshowTips=false\n"
        "[app]\nnews-feed\\httpsfeedqgisorg\\disabled=true\nfirstRunVersionFlag=99999\n"
        "[migration]\nfirstRunVersionFlag=99999\nsettings=true\n"
        "[Processing]\nConfiguration\\SHOW_DEBUG_INFO=false\n",
        encoding="utf-8",
    )


def start_display(size):
    """Start a virtual display and return it with its number."""
    reading, writing = os.pipe()
    display = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        number = stream.readline().strip()
    if not number:
        raise SystemExit("Xvfb did not start.")
    return display, number


def run_qgis(home, number, plan, options, startup):
    """Run QGIS to its own end and return its exit code."""
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    dropped = ("QGIS", "XDG_", "QT_QPA_PLATFORM", "OVERSEED_ENGINE_PYTHON", "WAYLAND")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    environment.update(
        HOME=str(home),
        # The Python inside QGIS looks for its home beside the first `python3` on the path.
        PATH=os.pathsep.join(["/usr/bin", os.environ.get("PATH", "")]),
        DISPLAY=f":{number}",
        XDG_RUNTIME_DIR=str(runtime),
        OVERSEED_GUI_PLAN=str(plan),
        QT_SCALE_FACTOR=options.scale,
    )
    command = ["qgis", "--noversioncheck", "--nologo", "--code", str(startup)]
    qgis = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        return qgis.wait(options.timeout)
    except subprocess.TimeoutExpired:
        return "a timeout"
    finally:
        qgis.kill()
        qgis.wait()


if __name__ == "__main__":
    sys.exit(main())
