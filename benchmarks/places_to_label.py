"""Whether labelling where `suggest-labels` says makes a map better than labelling somewhere.

    PYTHONPATH=engine python benchmarks/places_to_label.py [--seeds 0,1,2] [--by auto,unsure,rare] [--work W]

For each seed a scene with known truth is simulated, few of whose parcels have polygons. The engine's random
forest learns from these and maps the scene, or with --learner network a U-Net, which takes a hundred times as
long. Then squares are labelled with the truth: those that `suggest-labels` names, and as many drawn anywhere
outside the polygons. It learns anew from old and new labels, with the same seed, and each map is held against
the truth where none of them has had labels. Results are kept in W and a second call continues.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.features import rasterize
from sklearn.ensemble import RandomForestClassifier

from overseed.assessment.confusion import class_scores, macro
from overseed.config import PrepareSettings, SimulateSettings, TrainSettings
from overseed.files import read_json, write_json
from overseed.map_settings import ClassifySettings, SuggestLabelsSettings
from overseed.scenes.polygons import read_areas, read_polygons
from overseed.scenes.simulation.covers import NAMES, RARE
from overseed.stages.classify import classify
from overseed.stages.prepare import prepare
from overseed.stages.simulate import simulate
from overseed.stages.suggest_labels import suggest_labels
from overseed.stages.train import train
from overseed.tiles.pixel_features import pixel_features

RANDOM, BEFORE = "random", "before"


def main() -> int:
    options = parse()
    rows = [one_seed(options, seed) for seed in options.seeds]
    ways = [BEFORE, RANDOM, *options.by]
    print(
        f"Mean F1 of {' and '.join(NAMES[code - 1] for code in RARE)} on ground without labels, "
        f"{options.count} squares of {options.size} pixels."
    )
    print("| labels | " + " | ".join(f"seed {seed}" for seed in options.seeds) + " | mean |")
    print("|---" * (len(rows) + 2) + "|")
    means = {}
    for way in ways:
        scores = [row[way]["rare_f1"] for row in rows]
        means[way] = float(np.mean(scores))
        print(f"| {way} | " + " | ".join(f"{s:.3f}" for s in scores) + f" | {means[way]:.3f} |")
    for way in ways:
        pixels = [row[way]["rare_labelled"] for row in rows]
        print(f"{way}: {np.mean(pixels):.0f} labelled pixels of rare classes")
    for way in options.by:
        result = {
            "what": f"rare-class F1 gained by labelling at places of suggest-labels --by {way}",
            "value": round(means[way] - means[BEFORE], 3),
            "against": f"places at random, {means[RANDOM] - means[BEFORE]:.3f}",
            "ratio": round(means[way] / means[RANDOM], 3),
        }
        print(json.dumps(result, ensure_ascii=False))
    return 0


def one_seed(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Scores by way of labelling."""
    folder = Path(options.work) / f"seed-{seed}"
    if (folder / "scores.json").is_file():
        found: dict[str, Any] = read_json(folder / "scores.json")
        return found
    scene = simulate(
        SimulateSettings(
            folder=folder / "scene", width=options.side, height=options.side, labelled=options.labelled,
            separability=options.separability, seed=seed,
        )
    )  # fmt: skip
    with rasterio.open(scene["truth"]) as dataset:
        truth, profile = dataset.read(1), dataset.profile
    polygons = read_polygons(scene["labels"], scene["class_field"])
    drawn = rasterize(polygons.geometries, truth.shape, transform=profile["transform"]) > 0
    labels = {BEFORE: drawn}
    maps = {BEFORE: mapped(options, scene, truth, profile, drawn, folder / BEFORE, seed)}
    for way in options.by:
        suggest_labels(
            SuggestLabelsSettings(
                map=folder / BEFORE / "map.tif", confidence=folder / BEFORE / "confidence.tif",
                probabilities=None if way == "unsure" else folder / BEFORE / "probabilities.tif",
                out=folder / f"{way}.gpkg", count=options.count, by=way, size=options.size,
                leave_out=[scene["labels"]], seed=seed,
            )
        )  # fmt: skip
        squares = read_areas(f"{folder / way}.gpkg|layername=places", profile["crs"].to_wkt())
        labels[way] = drawn | (rasterize(squares, truth.shape, transform=profile["transform"]) > 0)
    labels[RANDOM] = drawn | at_random(drawn, options, np.random.default_rng([seed, 1]))
    for way in (RANDOM, *options.by):
        maps[way] = mapped(options, scene, truth, profile, labels[way], folder / way, seed)
    free = ~np.any(list(labels.values()), axis=0) & (truth > 0)
    scores = {}
    for way, codes in maps.items():
        pairs = (truth[free].astype(np.int64) - 1) * len(NAMES) + codes[free] - 1
        matrix = np.bincount(pairs[codes[free] > 0], minlength=len(NAMES) ** 2)
        found = class_scores(matrix.reshape(len(NAMES), -1))["f1"]
        rare = [code - 1 for code in RARE]
        scores[way] = {
            "rare_f1": float(macro(found[rare])),
            "f1": {name: float(f) for name, f in zip(NAMES, found, strict=True)},
            "rare_labelled": int(np.isin(truth[labels[way]], RARE).sum()),
        }
    write_json(folder / "scores.json", scores)
    return scores


def mapped(
    options: argparse.Namespace,
    scene: dict[str, Any],
    truth: NDArray[np.uint8],
    profile: dict[str, Any],
    labelled: NDArray[np.bool_],
    folder: Path,
    seed: int,
) -> NDArray[np.uint8]:
    """The map of whoever has learned from the truth where it is labelled, with all that belongs to it."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = np.where(labelled, truth, 0).astype(np.uint8)
    if options.learner == "forest":
        return map_by_forest(scene["raster"], labels, profile, folder, seed)
    with rasterio.open(folder / "labels.tif", "w", **profile | {"nodata": 0}) as dataset:
        dataset.write(labels, 1)
    run = folder / "run"
    prepare(
        PrepareSettings(
            run=run, raster=[scene["raster"]], labels=[str(folder / "labels.tif")], tile_size=64,
            rare=[str(code) for code in RARE], val=0.2, test=0.1,
        )
    )  # fmt: skip
    common = {"threads": options.threads, "seed": seed}
    train(TrainSettings(run=run, augment="oversample", steps=options.steps, batch=4, **common))
    extra = {name: folder / f"{name}.tif" for name in ("confidence", "probabilities")}
    classify(
        ClassifySettings(
            raster=[scene["raster"]], model=[run], out=folder / "map.tif", **extra, **common
        )
    )
    with rasterio.open(folder / "map.tif") as dataset:
        codes: NDArray[np.uint8] = dataset.read(1)
    return codes


def map_by_forest(
    raster: str, labels: NDArray[np.uint8], profile: dict[str, Any], folder: Path, seed: int
) -> NDArray[np.uint8]:
    """The engine's random forest on all labelled pixels; files as `classify` writes them."""
    with rasterio.open(raster) as dataset:
        image, valid = dataset.read(), dataset.dataset_mask() > 0
    features = pixel_features(image, valid).reshape(-1, labels.size).T
    known = labels.ravel() > 0
    forest = RandomForestClassifier(
        100, class_weight="balanced_subsample", min_samples_leaf=2, n_jobs=-1, random_state=seed
    ).fit(features[known], labels.ravel()[known])
    chances = forest.predict_proba(features).T.reshape(-1, *labels.shape)
    percent = np.rint(chances * 100).astype(np.uint8)
    codes = forest.classes_.astype(np.uint8)[chances.argmax(axis=0)]
    for name, array, bands, nodata in (
        ("map", codes[None], ["class"], 0),
        ("confidence", percent.max(axis=0)[None], ["probability in percent"], 255),
        ("probabilities", percent, [str(code) for code in forest.classes_], 255),
    ):
        shape = {"driver": "GTiff", "dtype": "uint8", "count": len(array), "nodata": nodata}
        grid = {key: profile[key] for key in ("crs", "transform", "width", "height")}
        with rasterio.open(folder / f"{name}.tif", "w", **grid, **shape) as dataset:
            dataset.write(array)
            dataset.descriptions = bands
    return codes


def at_random(
    drawn: NDArray[np.bool_], options: argparse.Namespace, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """As many squares anywhere, none of which touches a polygon or another square."""
    size, height, width = options.size, *drawn.shape
    corners = [
        (row, col)
        for row in range(0, height - size + 1, size)
        for col in range(0, width - size + 1, size)
        if not drawn[row : row + size, col : col + size].any()
    ]
    found = np.zeros(drawn.shape, bool)
    for number in rng.permutation(len(corners))[: options.count].tolist():
        row, col = corners[number]
        found[row : row + size, col : col + size] = True
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seeds", type=lambda text: [int(part) for part in text.split(",")],
        default=os.environ.get("OVERSEED_SEEDS", "0,1,2"),
    )  # fmt: skip
    parser.add_argument("--by", type=lambda text: text.split(","), default="auto,unsure,rare")
    parser.add_argument("--learner", choices=["forest", "network"], default="forest")
    parser.add_argument("--side", type=int, default=448, help="of the scene, in pixels")
    parser.add_argument("--labelled", type=float, default=0.06, help="share of parcels")
    parser.add_argument("--separability", type=float, default=1.0)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--work", type=Path, help="keep runs here and continue them")
    options = parser.parse_args()
    if options.work is None:
        options.work = Path(tempfile.mkdtemp())
    return options


if __name__ == "__main__":
    raise SystemExit(main())
