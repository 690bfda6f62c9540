"""`inspect` counts exactly and names what will hurt."""

import json
from pathlib import Path

import numpy as np
import pytest

from overseed.config import InspectSettings
from overseed.stages.inspect import inspect

SHARED = Path(__file__).parents[4] / "shared" / "data"
real = pytest.mark.skipif(not SHARED.is_dir(), reason="the real scenes are not on this machine")


def look(raster, labels, **more):
    return inspect(InspectSettings(raster=[raster], labels=[labels], **more))


def noted(outputs, *words):
    return [n for n in outputs["notes"] if all(word in n for word in words)]


@real
def test_havel_s_figures_are_those_of_its_makers():
    stats = json.loads((SHARED / "havel/stats.json").read_text())
    raster = next((SHARED / "havel").glob("*.tif"))
    polygons = next((SHARED / "havel").glob("*.gpkg"))
    outputs = look(raster, str(polygons), class_field="fclass")
    wanted = {c["name"]: c["pixels"] for c in stats["classes"]}
    assert {c["name"]: c["pixels"] for c in outputs["classes"]} == wanted
    assert outputs["labelled_pixels"] == stats["labelled_px"]
    assert outputs["total_pixels"] == stats["total_px"]
    for c in outputs["classes"]:
        assert c["hectares"] == pytest.approx(c["pixels"] / 100)
    assert outputs["polygons"][0]["overlapping_pairs"] > 0
    assert noted(outputs, "overlap", "the smaller polygon wins")


@real
def test_zion_s_figures_with_names_through_a_class_table(tmp_path):
    stats = json.loads((SHARED / "zion/stats.json").read_text())["8class"]
    table = tmp_path / "classes.csv"
    rows = [f"{c['value']},{c['name']}" for c in stats["classes"]]
    table.write_text("\n".join(["value,name", *rows]))
    outputs = look(
        SHARED / "zion/zion_landsat8_rgbn.tif", str(SHARED / "zion/zion_nlcd_8class.tif"),
        classes=table,
    )  # fmt: skip
    wanted = {c["name"]: c["pixels"] for c in stats["classes"]}
    assert {c["name"]: c["pixels"] for c in outputs["classes"]} == wanted
    rare = {c["name"] for c in outputs["classes"] if c["rare"]}
    assert rare == {"Water", "Developed", "Herbaceous", "Cultivated", "Wetlands"}
    assert outputs["polygons"] == [None]


@pytest.fixture
def image():
    """Two halves that differ, a constant band, and one with a fifth of its pixels at the type's top."""
    rng = np.random.default_rng(0)
    image = rng.normal(1000, 50, (4, 120, 200))
    image[0, :, 100:] += 400
    image[2] = 7
    image[3] = np.minimum(image[3] * 60, 64_000 + rng.integers(0, 3000, (120, 200)))
    image[3, :24] = 65_535
    return np.clip(image, 0, 65_535).astype(np.uint16)


def test_what_will_hurt_is_named(image, write_raster, write_polygons):
    image[:, :60, :12] = 0
    raster = write_raster(image, nodata=0)
    labels = write_polygons(
        [
            ("a", (0, 0, 40, 40)),
            ("a", (50, 10, 80, 60)),
            ("a", (50, 10, 80, 60)),
            ("b", (110, 10, 180, 110)),
            ("b", (60, 50, 70, 70)),
            ("b", (190, 100, 220, 110)),
            ("b", (300, 0, 320, 20)),
            ("b", (185, 5, 186, 6)),
            ("c", (10, 80, 30, 110)),
        ]
    )
    outputs = look(raster, labels, class_field="class")
    assert noted(outputs, "'c' has a single polygon")
    assert noted(outputs, "1 polygons", "smaller than 3 pixels")
    assert noted(outputs, "1 polygons lie outside")
    assert noted(outputs, "1 polygons reach over the edge")
    assert noted(outputs, "1 pairs", "same outline")
    assert noted(outputs, "1 of them with different classes") or noted(outputs, "2 of them")
    assert noted(outputs, "drawn pixels of 'a' have no value")
    assert not noted(outputs, "drawn pixels of 'b'")
    assert noted(outputs, "band_3", "7 everywhere")
    assert noted(outputs, "band_4", "saturated")
    assert not noted(outputs, "band_1", "saturated")
    figures = outputs["polygons"][0]
    assert figures["duplicate_pairs"] == 1
    assert figures["outside"] == 1
    assert figures["partly_outside"] == 1


def test_separability_tells_like_from_unlike(image, write_raster, write_polygons):
    labels = write_polygons(
        [
            ("left", (5, 5, 40, 50)),
            ("left", (5, 60, 40, 110)),
            ("also left", (50, 5, 90, 50)),
            ("also left", (50, 60, 90, 110)),
            ("right", (110, 5, 150, 110)),
            ("right", (160, 5, 190, 110)),
        ]
    )
    outputs = look(write_raster(image[:2]), labels, class_field="class")
    found = {c["name"]: (c["nearest"], c["separability"]) for c in outputs["classes"]}
    assert found["left"][0] == "also left"
    assert found["left"][1] < 0.1
    assert found["right"][1] > 1.9
    assert noted(outputs, "'also left' and 'left' look much alike") or noted(
        outputs, "'left' and 'also left' look much alike"
    )


def test_prepare_s_size_is_told_before(image, write_raster, write_polygons, overseed, tmp_path):
    labels = write_polygons([("a", (0, 0, 90, 120)), ("b", (100, 0, 200, 120))])
    raster = write_raster(image)
    outputs = look(raster, labels, class_field="class")
    assert outputs["prepare"]["bytes"] == 120 * 200 * (4 * 2 + 2)
    assert "MB and take about" in outputs["text"]
    done = overseed(
        "prepare", tmp_path / "run", "--raster", raster, "--labels", labels, "--tile-size", 32,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    arrays = (tmp_path / "run/tiles/scene-001").glob("*.npy")
    assert sum(p.stat().st_size for p in arrays) == outputs["prepare"]["bytes"] + 3 * 128


def test_a_written_class_table_is_read_back(image, write_raster, write_polygons, tmp_path):
    labels = write_polygons([("a", (0, 0, 90, 120)), ("b", (100, 0, 200, 120))])
    raster = write_raster(image)
    first = look(raster, labels, class_field="class", write_classes=tmp_path / "classes.csv")
    second = look(raster, labels, class_field="class", classes=tmp_path / "classes.csv")
    assert second["classes"] == first["classes"]
