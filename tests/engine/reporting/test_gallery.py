"""The sheet of samples that `synthesize` leaves beside its arrays."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from overseed.reporting.bands import composites
from overseed.reporting.gallery import MOST_BYTES, ClassSection, Tile, draw_gallery
from overseed.scenes.classes import ClassTable, LandClass

TABLE = ClassTable(
    (
        LandClass(0, 1, "farm", "#ff0000", False, ("farm",)),
        LandClass(1, 2, "$pond$", "#0000ff", True, ("pond",)),
    )
)


def colours_in(path) -> set[tuple[int, int, int]]:
    pixels = np.array(Image.open(path).convert("RGB")).reshape(-1, 3)
    return set(map(tuple, np.unique(pixels, axis=0).tolist()))


def tile(bands, seed=0, size=40, note=""):
    image = np.random.default_rng(seed).integers(1, 3000, (bands, size, size)).astype("uint16")
    changed = np.zeros((size, size), bool)
    changed[10:30, 10:30] = True
    known = np.ones((size, size), bool)
    known[:, -5:] = False
    return Tile(image, np.where(changed, 1, 0).astype(np.uint8), known, changed, note)


def stats(bands):
    names = tuple(f"band_{n}" for n in range(bands))
    return SimpleNamespace(names=names, low=(0.0,) * bands, high=(3000.0,) * bands)


@pytest.mark.parametrize("bands", [1, 2, 3, 5])
def test_sheet_shows_labels_and_blank_ground(tmp_path, bands):
    path = tmp_path / "gallery.png"
    section = ClassSection(1, [tile(bands)], [tile(bands, 1), tile(bands, 2)])
    draw_gallery([section], [tile(bands, 3, note="too smooth")], TABLE, stats(bands), path)
    assert {(255, 0, 0), (0, 0, 255), (238, 238, 238)} <= colours_in(path)
    assert path.stat().st_size < MOST_BYTES


def test_rejected_samples_make_the_sheet_taller(tmp_path):
    heights = []
    for rejected in ([], [tile(3)], [tile(3)] * 3):
        path = tmp_path / f"{len(rejected)}.png"
        draw_gallery([ClassSection(1, [], [tile(3)])], rejected, TABLE, stats(3), path)
        with Image.open(path) as sheet:
            heights.append(sheet.height)
    assert heights[0] + 100 < heights[1] < heights[2] - 100


def test_a_large_sheet_stays_a_small_file(tmp_path):
    path = tmp_path / "gallery.png"
    tiles = [tile(5, seed, size=256) for seed in range(3)]
    draw_gallery([ClassSection(1, tiles, tiles)] * 4, tiles * 2, TABLE, stats(5), path)
    assert path.stat().st_size < 1_500_000


def test_two_ways_to_look_at_a_scene():
    looks = composites(["red_B04", "green_B03", "blue_B02", "nir_B08"])
    assert [look.bands for look in looks] == [(0, 1, 2), (3, 0, 1)]
    assert [look.title for look in looks] == ["natural colour", "near infrared, red, green"]
    assert [look.bands for look in composites(["a", "b", "c", "d", "e"])] == [(0, 1, 2), (2, 3, 4)]
    assert [look.bands for look in composites(["red", "green", "blue"])] == [(0, 1, 2), (2,)]
    assert [look.bands for look in composites(["a", "b"])] == [(0,), (1,)]
    assert [look.bands for look in composites(["a"])] == [(0,)]
