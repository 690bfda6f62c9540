"""A small, complete run folder made by code: every file the report reads, with known numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.crs import CRS

from overseed.assessment.comparison import compare_matrices
from overseed.map_settings import AssessSettings, SamplePointsSettings
from overseed.mapping.style import write_category_names
from overseed.reporting.comparison_figures import draw_areas, draw_comparison
from overseed.scenes.class_maps import read_class_map
from overseed.scenes.classes import ClassTable, LandClass, write_classes
from overseed.stages.assess import assess
from overseed.stages.point_files import read_sample, write_sample
from overseed.stages.sample_points import sample_points

BANDS = ("red_B04", "green_B03", "blue_B02", "nir_B08")
CLASSES = (
    ("farm", "#f0d264", False, 3000),
    ("forest", "#1b6e3c", False, 1500),
    ("water", "#0072b2", True, 120),
    ("wetland & reeds", "#5fc8c8", True, 60),
)
TRANSFORM = (10.0, 0.0, 370000.0, 0.0, -10.0, 5820000.0)
SCORES = {
    "none": [0.81, 0.72, 0.43, None],
    "pix2pix": [0.80, 0.73, 0.51, None],
    "random-forest": [0.75, 0.66, 0.37, None],
}
ALL_STAGES = ("tiles", "generator", "synthetic", "models", "comparison", "map")


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


class RunMaker:
    """Writes the parts of a run folder one by one, from a scene given as arrays."""

    def __init__(
        self,
        root: Path,
        image: np.ndarray,
        labels: np.ndarray,
        band_names: tuple[str, ...] = BANDS,
        classes: tuple[tuple[str, str, bool, int], ...] = CLASSES,
        transform: tuple[float, ...] = TRANSFORM,
        settings: dict[str, Any] | None = None,
        tile: int = 32,
        epsg: int = 32633,
    ) -> None:
        self.root, self.image, self.labels = root, image, labels
        self.band_names, self.transform, self.tile = band_names, transform, tile
        self.crs = CRS.from_epsg(epsg)
        self.table = ClassTable(
            tuple(
                LandClass(i, i + 1, name, colour, rare, (name,), pixels, 3)
                for i, (name, colour, rare, pixels) in enumerate(classes)
            )
        )
        self.settings = {
            "run": str(root),
            "raster": ["/data/scene.tif"],
            "labels": ["/data/polygons.gpkg"],
            "class_field": "kind",
            "augment": "pix2pix",
            "seed": 0,
            **(settings or {}),
        }
        self.rng = np.random.default_rng(5)
        root.mkdir(parents=True, exist_ok=True)

    @property
    def names(self) -> list[str]:
        return self.table.names

    def make(self, stages: tuple[str, ...] = ALL_STAGES) -> Path:
        for stage in stages:
            getattr(self, stage)()
        return self.root

    def record(
        self,
        folder: Path,
        stage: str,
        seconds: float,
        warnings: list[str] = (),
        inputs: dict[str, str] | None = None,
    ) -> None:
        write_json(
            folder / "record.json",
            {
                "stage": stage,
                "key": "k",
                "inputs": inputs or {},
                "settings": {**self.settings, "method": "pix2pix"},
                "versions": {"python": "3.11.9", "torch": "2.15.0"},
                "device": {"kind": "cpu", "name": "x86_64", "threads": 2, "bf16": False},
                "seed": 0,
                "started": "2025-03-01T12:00:00+00:00",
                "seconds": seconds,
                "outputs": [],
                "warnings": [{"code": "c", "message": m} for m in warnings],
            },
        )

    def run_yaml(self) -> None:
        (self.root / "run.yaml").write_text(json.dumps(self.settings), encoding="utf-8")

    def tiles(self) -> None:
        height, width = self.labels.shape
        folder = self.root / "tiles" / "scene-001"
        folder.mkdir(parents=True)
        side = np.zeros((height, width), np.uint8)
        side[:, width // 2 : 3 * width // 4] = 1
        side[:, 3 * width // 4 :] = 2
        if self.image.dtype.kind == "f":
            side[~np.isfinite(self.image).all(axis=0)] = 255
        for name, array in (("image", self.image), ("labels", self.labels), ("side", side)):
            np.save(folder / f"{name}.npy", array)
        write_json(
            folder / "grid.json",
            {
                "source": "/data/scene.tif",
                "crs": self.crs.to_wkt(),
                "transform": list(self.transform),
                "width": width,
                "height": height,
                "band_names": list(self.band_names),
            },
        )
        write_json(
            self.root / "tiles" / "windows.json",
            {"tile_size": self.tile, "scenes": 1, "windows": []},
        )
        write_classes(self.table, self.root / "classes.csv")
        self.inspect()
        blocks = [
            {
                "scene": 0,
                "row": 0,
                "col": 0,
                "height": 9,
                "width": 9,
                "side": name,
                "pixels": pixels,
            }
            for name, pixels in (
                ("train", [2000, 900, 70, 60]),
                ("train", [11, 0, 0, 0]),
                ("validation", [500, 300, 20, 0]),
                ("test", [489, 300, 30, 0]),
            )
        ]
        for block in blocks:
            block["pixels"] = (block["pixels"] + [0] * len(self.names))[: len(self.names)]
        write_json(
            self.root / "split-0" / "split.json",
            {
                "block_size": 48,
                "range_px": 61,
                "blocks": blocks,
                "missing": [{"class": self.names[-1], "side": "test"}],
            },
        )
        self.record(self.root / "tiles", "prepare", 3.5, ["Blocks are 48 pixels wide."])

    def inspect(self) -> None:
        height, width = self.labels.shape
        write_json(
            self.root / "inspect.json",
            {
                "rasters": [
                    {
                        "path": "/data/scene.tif",
                        "crs": self.crs.to_wkt(),
                        "width": width,
                        "height": height,
                        "bands": list(self.band_names),
                        "dtype": str(self.image.dtype),
                        "nodata": None,
                        "resolution": [10.0, 10.0],
                        "valid_pixels": height * width,
                    }
                ],
                "classes": [
                    {
                        "index": c.index,
                        "code": c.code,
                        "name": c.name,
                        "colour": c.colour,
                        "rare": c.rare,
                        "pixels": c.pixels,
                        "polygons": c.polygons,
                        "share": share,
                    }
                    for c, share in zip(self.table.classes, self.table.shares, strict=True)
                ],
                "labelled_pixels": sum(c.pixels for c in self.table.classes),
                "total_pixels": height * width,
                "notes": ["Class 'water' has a single polygon."],
            },
        )

    def generator(self) -> None:
        folder = self.root / "split-0" / "generators" / "pix2pix" / "seed-0"
        folder.mkdir(parents=True)
        rows = [
            {"step": s, "losses": {"generator": 2 + 1 / s, "discriminator": 0.7, "l1": 9 / s}}
            for s in range(1, 40)
        ]
        # A writer that was killed leaves half a line.
        text = "".join(json.dumps(row) + "\n" for row in rows) + '{"step": 40, "los'
        (folder / "training.jsonl").write_text(text)
        self.record(folder, "train-generator", 120.0)

    def synthetic(self, count: int = 8) -> None:
        folder = self.root / "split-0" / "synthetic" / "pix2pix" / "seed-0"
        folder.mkdir(parents=True)
        size = self.tile
        images = np.empty((count, self.image.shape[0], size, size), self.image.dtype)
        labels = np.empty((count, size, size), np.uint8)
        changed = np.zeros((count, size, size), bool)
        rare = self.table.rare_indices or [len(self.names) - 1]
        entries = []
        for n in range(count):
            row = int(self.rng.integers(0, self.labels.shape[0] - size + 1))
            col = int(self.rng.integers(0, max(1, self.labels.shape[1] // 2 - size + 1)))
            window = (slice(row, row + size), slice(col, col + size))
            images[n], labels[n] = self.image[:, *window], self.labels[window]
            changed[n, size // 4 : size // 2, size // 4 : 3 * size // 4] = True
            sown = rare[n % len(rare)]
            labels[n][changed[n]] = sown
            images[n] = np.where(changed[n], images[n][:, ::-1], images[n])
            pixels = int(changed[n].sum())
            entries.append(
                {
                    "source": [0, row, col],
                    "changed_share": pixels / size**2,
                    "classes": {self.names[sown]: pixels},
                }
            )
        for name, array in (("images", images), ("labels", labels), ("changed", changed)):
            np.save(folder / f"{name}.npy", array)
        equal = 1 / len(self.names)
        write_json(
            folder / "index.json",
            {
                "count": count,
                "target": dict.fromkeys(self.names, equal),
                "achieved": dict.fromkeys(self.names, equal * 0.9),
                "samples": entries,
            },
        )
        write_json(
            folder / "rejected.json", {"count": 3, "reasons": {"too close to a training tile": 3}}
        )
        self.fidelity(folder)
        self.record(folder, "synthesize", 33.0)

    def fidelity(self, folder: Path) -> None:
        classes = [
            {
                "name": self.names[i],
                "rare": True,
                "recall_synthetic": 0.62 - 0.1 * n,
                "recall_real_test": 0.71 if n == 0 else None,
                "ratio": 0.873 if n == 0 else None,
                "pixels_synthetic": 4321,
                "pixels_real_test": 30 if n == 0 else 0,
            }
            for n, i in enumerate(self.table.rare_indices)
        ]
        bands = [
            {"name": name, "native": n < 4, "synthetic": 0.031, "real": 0.025, "ratio": 1.24}
            for n, name in enumerate(self.band_names)
        ]
        write_json(
            folder / "fidelity.json",
            {
                "lda": {
                    "mean_ratio": 0.873,
                    "mean_recall_synthetic": 0.62,
                    "mean_recall_real_test": 0.71,
                    "classes": classes,
                },
                "spectral": {
                    "bands": bands,
                    "patch": 32,
                    "patches_synthetic": 40,
                    "patches_real": 44,
                },
                "changed_share": 0.125,
            },
        )

    def models(self, arms: tuple[str, ...] = ("none", "pix2pix", "random-forest")) -> None:
        for arm in arms:
            folder = self.root / "split-0" / "models" / arm / "seed-0"
            folder.mkdir(parents=True)
            self.scores(folder, arm)
            if arm != "random-forest":
                rows = [
                    {"step": s, "losses": {"train": 1 / s}, "val_macro_f1": 0.5 - 0.4 / s}
                    for s in range(10, 110, 10)
                ]
                text = "".join(json.dumps(row) + "\n" for row in rows)
                (folder / "training.jsonl").write_text(text)
            self.record(folder, "train", 95.0)

    def scores(self, folder: Path, arm: str) -> None:
        f1 = [*(SCORES[arm][:3] + [0.5] * len(self.names))[: len(self.names) - 1], None]
        iou = [None if v is None else round(v / (2 - v), 4) for v in f1]
        known = [v for v in f1 if v is not None]
        known_iou = [v for v in iou if v is not None]
        rare = [f1[i] for i in self.table.rare_indices if f1[i] is not None]
        write_json(
            folder / "scores.json",
            {
                "arm": arm,
                "side": "test",
                "classes": [
                    {
                        "name": c.name,
                        "rare": c.rare,
                        "iou": iou[c.index],
                        "f1": f1[c.index],
                        "precision": f1[c.index],
                        "recall": f1[c.index],
                        "support": 100 * (c.index + 1) if f1[c.index] is not None else 0,
                    }
                    for c in self.table.classes
                ],
                "macro_f1": sum(known) / len(known),
                "macro_iou": sum(known_iou) / len(known_iou),
                "rare_macro_f1": sum(rare) / len(rare) if rare else None,
                "rare_macro_iou": None,
                "overall_accuracy": 0.7654,
                "confusion": [],
                "pixels": 819,
                "validation": {"macro_f1": 0.6, "rare_macro_f1": 0.5},
                "best_step": 90,
                "mapped_share": {},
                "reference_share": {},
            },
        )

    def comparison(self) -> None:
        write_json(
            self.root / "split-0" / "comparison.json",
            {
                "pairs": [
                    {
                        "arm": "pix2pix",
                        "against": "none",
                        "metric": "rare_macro_f1",
                        "difference": 0.08,
                        "low": -0.0212,
                        "high": 0.1731,
                        "blocks": 5,
                        "classes": [
                            {
                                "name": n,
                                "difference": 0.01 * i,
                                "low": -0.05 if i else None,
                                "high": 0.07 if i else None,
                            }
                            if i < len(self.names) - 1
                            else {"name": n, "difference": None, "low": None, "high": None}
                            for i, n in enumerate(self.names)
                        ],
                    }
                ],
                "verdict": "pix2pix may have helped here, but the interval includes zero.",
            },
        )

    def compared(self) -> None:
        """What `compare` leaves: spade finds water better than none, weighted does not."""
        rng = np.random.default_rng(1)
        found = {"none": 32, "weighted": 28, "spade": 60, "noise": 20}
        matrices = {}
        for arm, water in found.items():
            own = np.zeros((3, 12, 4, 4), np.int64)
            own[..., 0, 0], own[..., 1, 1] = 500, 400
            own[..., 2, 2] = water + rng.integers(-4, 5, (3, 12))
            own[..., 2, 0] = 100 - own[..., 2, 2]
            own[:, :2, 3, 3] = 20
            matrices[arm] = own
        result = compare_matrices(matrices, self.names, self.table.rare_indices, 0)
        for arm in result["arms"]:
            arm |= {"real_crops": 2160.0, "synthetic_crops": 720.0, "minutes": 2.5}
        folder = self.root / "comparison"
        write_json(folder / "comparison.json", result)
        draw_comparison(result, folder / "differences.png")
        draw_areas(result, folder / "areas.png")
        self.record(folder, "compare", 1.0, inputs={"0/none/0": "k"})

    def map(self) -> None:
        folder = self.root / "map"
        folder.mkdir()
        height, width = self.labels.shape
        codes = np.where(self.labels == 255, 0, self.labels) + 1
        codes[:2] = 0
        with rasterio.open(
            folder / "classified.tif",
            "w",
            driver="GTiff",
            height=height,
            width=width,
            count=1,
            dtype="uint8",
            nodata=0,
            crs=self.crs,
            transform=Affine(*self.transform),
        ) as target:
            target.write(codes.astype(np.uint8), 1)
        write_category_names(folder / "classified.tif.aux.xml", self.table)
        shares = self.table.shares
        write_json(
            folder / "shares.json",
            {
                "mapped": {n: 1 / len(self.names) for n in self.names},
                "labelled": dict(zip(self.names, shares, strict=True)),
            },
        )
        write_json(
            self.root / "best.json",
            {
                "model": "split-0/models/none/seed-0",
                "arm": "none",
                "validation_rare_macro_f1": 0.5234,
            },
        )
        self.record(folder, "classify", 8.0)

    def confidence(self) -> None:
        """What `run` writes beside the map: 100 % on the left, 40 % on the right."""
        with rasterio.open(self.root / "map" / "classified.tif") as source:
            profile, codes = source.profile, source.read(1)
        percent = np.where(np.arange(codes.shape[1]) < codes.shape[1] // 2, 100, 40)
        percent = np.where(codes == 0, 255, percent).astype(np.uint8)
        with rasterio.open(
            self.root / "map" / "confidence.tif", "w", **{**profile, "nodata": 255}
        ) as target:
            target.write(percent, 1)
            target.set_band_description(1, "probability in percent")

    def points(self, out: Path, wrong: int = 5, **more: Any) -> Path:
        """A sample of the map with its answers: every so many-th point is really of the class after."""
        path = self.root / "map" / "classified.tif"
        sample_points(SamplePointsSettings(map=path, out=out, **{"count": 120, **more}))
        found = read_class_map(path)
        _, sample = read_sample(str(out))
        codes = found.codes_at(sample.places[:, 0], sample.places[:, 1])
        names = [
            self.names[(code - 1 + (n % wrong == 0)) % len(self.names)]
            for n, code in enumerate(codes.tolist())
        ]
        answers = out.with_name(f"answered-{out.name}")
        write_sample(answers, sample, found.info, names, [None] * len(names))
        return answers

    def assessment(
        self, maps: list[Path] | None = None, name: str = "assessment", **more: Any
    ) -> Any:
        """Draw points on the map, answer them and assess it; what `assess` writes is returned."""
        reference = more.pop("reference", None) or self.points(self.root.parent / "points.gpkg")
        out = self.root / "assessment" / f"{name}.json"
        maps = maps or [self.root / "map" / "classified.tif"]
        assess(
            AssessSettings(map=list(map(str, maps)), reference=[str(reference)], out=out, **more)
        )
        return json.loads(out.read_text())


def small_scene(
    bands: int = 4, dtype: str = "uint16", height: int = 70, width: int = 130
) -> tuple[np.ndarray, np.ndarray]:
    """A scene of odd size with a parcel per class and some unlabelled ground."""
    rng = np.random.default_rng(3)
    labels = np.full((height, width), 255, np.uint8)
    labels[5:40, 4:60] = 0
    labels[10:60, 70:100] = 1
    labels[45:60, 5:30] = 2
    labels[44:55, 40:50] = 3
    base = np.where(labels == 255, 4, labels).astype(float)[None] * 150 + 500
    image = (base + rng.normal(0, 30, (bands, height, width))).astype(dtype)
    return image, labels
