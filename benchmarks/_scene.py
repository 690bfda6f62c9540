"""What benchmarks on a real scene have in common: which scene, and where to keep runs."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What `python3 build.py demo` fetches.
RASTER, LABELS, FIELD = "demo/sample/havel.tif", "demo/sample/landuse.gpkg", "fclass"


def scene_parser(description: str, seeds: str) -> argparse.ArgumentParser:
    """Options for a scene; OVERSEED_RASTER, OVERSEED_LABELS, OVERSEED_CLASS_FIELD, OVERSEED_SEEDS stand in."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    env = os.environ.get
    parser.add_argument("--raster", default=env("OVERSEED_RASTER", str(ROOT / RASTER)))
    parser.add_argument("--labels", default=env("OVERSEED_LABELS", str(ROOT / LABELS)))
    parser.add_argument("--class-field", default=env("OVERSEED_CLASS_FIELD"))
    parser.add_argument("--seeds", type=numbers, default=numbers(env("OVERSEED_SEEDS", seeds)))
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--work", type=Path, help="keep runs here and continue them")
    return parser


def prepared_run(options: argparse.Namespace, tile: int = 64) -> Path:
    """The prepared run folder that was named, or one of the scene, in such tiles and blocks of 128 pixels."""
    from overseed.config import PrepareSettings
    from overseed.events import Reporter
    from overseed.stages.prepare import prepare

    if options.run is not None:
        return Path(options.run)
    run = Path(options.work) / "all"
    settings = PrepareSettings(
        run=run, raster=[options.raster], labels=[options.labels],
        class_field=options.class_field, tile_size=tile, block_size="128",
    )  # fmt: skip
    prepare(settings, Reporter())
    return run


def copied_run(run: Path, copy: Path, models: Sequence[str]) -> Path:
    """A run folder like ``run``, with the networks of these arms alone; kept when it is there already."""
    if copy.is_dir():
        return copy
    partial = copy.with_name(f"{copy.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)

    def unwanted(folder: str, names: list[str]) -> list[str]:
        if Path(folder).name == "models":
            return [name for name in names if name not in models]
        return [name for name in names if name in ("comparison", "map", "best.json")]

    shutil.copytree(run, partial, ignore=unwanted)
    partial.rename(copy)
    return copy


def parse_scene(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Parse; exits in words when the demo's sample is wanted and was not fetched."""
    options = parser.parse_args()
    if options.raster == str(ROOT / RASTER):
        options.class_field = options.class_field or FIELD
        if not Path(options.raster).exists() and getattr(options, "run", None) is None:
            sys.exit(f"{options.raster} is missing; run 'python3 build.py demo' first.")
    if options.work is None:
        options.work = Path(tempfile.mkdtemp(prefix="overseed-benchmark-"))
    return options


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]
