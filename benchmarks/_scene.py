"""What benchmarks on a real scene have in common: which scene, and where to keep runs."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
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


def parse_scene(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Parse; exits in words when the demo's sample is wanted and was not fetched."""
    options = parser.parse_args()
    if options.raster == str(ROOT / RASTER):
        options.class_field = options.class_field or FIELD
        if not Path(options.raster).exists():
            sys.exit(f"{options.raster} is missing; run 'python3 build.py demo' first.")
    if options.work is None:
        options.work = Path(tempfile.mkdtemp(prefix="overseed-benchmark-"))
    return options


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]
