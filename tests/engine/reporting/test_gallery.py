"""The sheet of samples that `synthesize` leaves beside its arrays."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from overseed.reporting.gallery import draw_gallery
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


@pytest.mark.parametrize("bands", [1, 2, 5])
@pytest.mark.parametrize("count", [1, 3])
def test_sheet_shows_both_labels(tmp_path, bands, count):
    rng = np.random.default_rng(0)
    image = rng.integers(1, 3000, (bands, 40, 36)).astype("uint16")
    labels = np.zeros((40, 36), np.uint8)
    changed = np.zeros((40, 36), bool)
    changed[10:30, 10:30] = True
    made_labels = np.where(changed, 1, labels).astype(np.uint8)
    row = (image, labels, image, made_labels, changed, {"$pond$": 400})
    stats = SimpleNamespace(names=tuple(f"band_{i}" for i in range(bands)))
    path = tmp_path / "gallery.png"
    draw_gallery([row] * count, TABLE, stats, path)
    assert {(255, 0, 0), (0, 0, 255)} <= colours_in(path)
    with Image.open(path) as sheet:
        assert sheet.height > count * 150
    assert path.stat().st_size < 1_500_000


def test_ground_that_nobody_may_see_is_grey(tmp_path):
    image = np.full((3, 32, 32), 500, "int16")
    image[:, :, 16:] = 0
    labels = np.where(image[0] == 0, 255, 0).astype(np.uint8)
    row = (image, labels, image, labels, np.zeros((32, 32), bool), {})
    path = tmp_path / "gallery.png"
    draw_gallery([row], TABLE, SimpleNamespace(names=("a", "b", "c")), path)
    assert (238, 238, 238) in colours_in(path)
