"""`chips prepare` from rasters: chips around points and polygons, and of the rest."""

import numpy as np
import pyogrio.raw
import pytest
import rasterio
import shapely
from affine import Affine
from pyproj import Transformer
from rasterio.transform import from_origin

from overseed.chip_settings import PrepareChipsSettings
from overseed.chips.chip_set import OTHER_REGION
from overseed.errors import InputError
from overseed.files import read_json
from overseed.stages.chips.chip_files import open_chips
from overseed.stages.chips.prepare import prepare
from tests.engine.stages.chips.made_chips import CRS, picture, write_chip
from tests.engine.stages.chips.test_prepare_chips import outlines, shared_pixels

GRID = from_origin(500000, 5800000, 10, 10)


def write_points(path, pixels, values, transform=GRID, crs=CRS, to=None):
    """Points at the centres of pixels (row, col), in another CRS where ``to`` is given."""
    xy = np.array([transform @ (col + 0.5, row + 0.5) for row, col in pixels])
    if to:
        xy = np.column_stack(Transformer.from_crs(crs, to, always_xy=True).transform(*xy.T))
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(shapely.Point(p)) for p in xy], object),
        field_data=[np.array(values, object)],
        fields=np.array(["kind"]),
        geometry_type="Point",
        crs=to or crs,
        driver="GPKG",
    )
    return str(path)


def scattered(shape, count, seed, margin=0):
    """Pixels (row, col) of a raster, drawn with a seed."""
    rng = np.random.default_rng(seed)
    return [
        (int(rng.integers(margin, shape[0] - margin)), int(rng.integers(margin, shape[1] - margin)))
        for _ in range(count)
    ]


def cut(run, raster, labels, **settings):
    outputs = prepare(
        PrepareChipsSettings(
            run=run, raster=[str(r) for r in raster], labels=labels, class_field="kind", **settings
        )
    )
    return open_chips(run).chips, outputs


def test_a_chip_lies_around_each_point(tmp_path):
    turned = Affine.translation(500000, 5800000) @ Affine.rotation(20) @ Affine.scale(10, -10)
    image = picture(0, (300, 400), bands=4, dtype="uint16")
    raster = write_chip(tmp_path / "scene.tif", image, crs=CRS, transform=turned, nodata=0)
    pixels = [(0, 0), (299, 399), *scattered(image.shape[1:], 60, 1)]
    values = ["oak", "elm"] * 31
    labels = write_points(tmp_path / "trees.gpkg", pixels, values, turned, to="EPSG:4326")
    # As QGIS names a layer of points.
    source = f"{labels}|layername=trees|geometrytype=Point"
    chips, _ = cut(tmp_path / "run", [raster], [source], size=16)
    assert chips.images.dtype == np.uint16
    padded = np.pad(image, ((0, 0), (8, 8), (8, 8)))
    for number, name in enumerate(chips.names):
        feature = int(name.removeprefix("scene.tif#")) - 1
        row, col = pixels[feature]
        expected = padded[:, row : row + 16, col : col + 16]
        assert (chips.images[number] == expected).all()
        assert (chips.valid[number] == (expected != 0).all(axis=0)).all()
        assert chips.table.names[chips.labels[number]] == values[feature]
        t = Affine.from_gdal(*chips.places[number].transform)
        np.testing.assert_allclose(t @ (8.5, 8.5), turned @ (col + 0.5, row + 0.5))
    assert shared_pixels(chips) < 0.5


def test_of_a_polygon_a_pixel_inside_it_counts_and_the_rest_keeps_away(tmp_path):
    raster = write_chip(
        tmp_path / "scene.tif", picture(0, (400, 400)), crs=CRS, transform=GRID, nodata=0
    )
    horseshoe = shapely.box(0, 0, 40, 40) - shapely.box(10, 10, 40, 30)
    shapes = [
        shapely.transform(horseshoe, lambda xy, at=at: xy + at)
        for at in [(20, 20), (300, 40), (60, 300), (330, 330), (180, 180), (150, 20)]
    ]
    ground = [
        shapely.transform(s, lambda xy: np.column_stack(GRID @ (xy[:, 0], xy[:, 1])))
        for s in shapes
    ]
    pyogrio.raw.write(
        tmp_path / "ponds.gpkg",
        geometry=np.array([shapely.to_wkb(s) for s in ground], object),
        field_data=[np.array(["pond"] * 6, object)],
        fields=np.array(["kind"]),
        geometry_type="Polygon",
        crs=CRS,
        driver="GPKG",
    )
    chips, _ = cut(
        tmp_path / "run", [raster], [str(tmp_path / "ponds.gpkg")],
        size=20, rest_as="other", rest_count=40,
    )  # fmt: skip
    assert chips.table.names == ["pond", "other"]
    windows = outlines(chips)
    ponds, others = windows[chips.labels == 0], windows[chips.labels == 1]
    assert len(ponds) == 6
    assert (
        len(others)
        + read_json(tmp_path / "run/chips/record.json")["figures"]["chips"]["other"]["left-out"]
        == 40
    )
    for window in ponds:
        assert sum(shape.contains(window.centroid) for shape in ground) == 1
    for window in others:
        assert max(window.intersection(shape).area for shape in [*ground, *ponds]) == 0
        assert shapely.box(500000, 5796000, 504000, 5800000).covers(window)
    tree = shapely.STRtree(others)
    one, other = tree.query(others, predicate="overlaps")
    assert one.size == other.size == 0
    again, _ = cut(
        tmp_path / "again", [raster], [str(tmp_path / "ponds.gpkg")],
        size=20, rest_as="other", rest_count=40,
    )  # fmt: skip
    assert again.names == chips.names
    assert again.places == chips.places


def test_the_rest_lies_where_there_are_values(tmp_path):
    image = picture(0, (300, 300))
    image[:, :, 150:] = 0
    raster = write_chip(tmp_path / "scene.tif", image, crs=CRS, transform=GRID, nodata=0)
    labels = write_points(tmp_path / "p.gpkg", scattered((300, 130), 12, 2, 20), ["panel"] * 12)
    chips, outputs = cut(tmp_path / "run", [raster], [labels], size=16, rest_as="none")
    rest = chips.labels == chips.table.index_of("none")
    assert rest.sum() > 20
    assert chips.valid[rest].mean(axis=(1, 2)).min() >= 0.5
    # Ten for each chip have no room on half of the scene.
    assert "room for just" in outputs["text"]


def test_a_second_raster_can_be_the_other_region(tmp_path):
    rasters = [
        write_chip(
            tmp_path / f"{name}.tif", picture(number, (200, 200)), crs=CRS,
            transform=from_origin(500000 + 50000 * number, 5800000, 10, 10),
        )
        for number, name in enumerate(("home", "away"))
    ]  # fmt: skip
    labels = [
        write_points(
            tmp_path / f"{number}.gpkg",
            scattered((200, 200), 40, number, 10),
            ["oak", "elm"] * 20,
            rasterio.open(raster).transform,
        )
        for number, raster in enumerate(rasters)
    ]
    chips, _ = cut(tmp_path / "run", rasters, labels, size=16, other_region=["away"])
    away = np.array([name.startswith("away.tif") for name in chips.names])
    assert (away == (chips.sides == OTHER_REGION)).all()
    assert away.sum() == 40


def test_points_outside_the_raster_are_told(tmp_path):
    raster = write_chip(tmp_path / "scene.tif", picture(0, (200, 200)), crs=CRS, transform=GRID)
    pixels = [*scattered((200, 200), 30, 5, 10), (-50, 20), (20, 900)]
    labels = write_points(tmp_path / "p.gpkg", pixels, [*(["oak", "elm"] * 16)[:31], ""])
    chips, outputs = cut(tmp_path / "run", [raster], [labels], size=16)
    assert "1 points or polygons lie outside scene.tif." in outputs["text"]
    assert "1 features of" in outputs["text"]
    assert all(int(name.partition("#")[2]) <= 30 for name in chips.names)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_rasters_of_two_types_are_read_as_one_that_holds_both(tmp_path, dtype):
    rasters = [
        write_chip(
            tmp_path / f"{kind}.tif", picture(number, (160, 160), dtype=kind), crs=CRS,
            transform=from_origin(500000 + 1600 * number, 5800000, 10, 10),
        )
        for number, kind in enumerate(("uint8", dtype))
    ]  # fmt: skip
    labels = write_points(
        tmp_path / "p.gpkg", scattered((160, 320), 60, 3, 8), ["oak", "elm", "ash"] * 20
    )
    chips, outputs = cut(tmp_path / "run", rasters, [labels], size=16)
    assert chips.images.dtype == dtype
    assert "different number types" in outputs["text"]


@pytest.mark.parametrize("noise", [0, 3])
def test_objects_of_one_make_in_sixty_places_are_sixty_objects(tmp_path, noise):
    image = np.random.default_rng(0).normal(110, noise, (3, 250, 400))
    pixels = [(25 + 40 * row, 20 + 40 * col) for row in range(6) for col in range(10)]
    for row, col in pixels:
        image[:, row - 6 : row + 6, col - 9 : col + 9] -= 60
    raster = write_chip(
        tmp_path / "roofs.tif", np.rint(image).astype(np.uint8), crs=CRS, transform=GRID
    )
    # Without noise they are alike to the bit, of whatever class.
    labels = write_points(tmp_path / "p.gpkg", pixels, ["panel", "heater"] * 30)
    chips, outputs = cut(tmp_path / "run", [raster], [labels], size=32, block_size="64")
    assert "repeat each other" not in outputs["text"]
    record = read_json(tmp_path / "run" / "chips" / "record.json")
    assert record["figures"]["same_picture"] == {
        "chips": 0, "pictures": 0, "identical_pairs": 0,
    }  # fmt: skip
    assert len(np.unique(chips.groups)) > 20
    assert set(chips.sides.tolist()) == {0, 1, 2}


def test_one_photograph_in_two_places_is_one_picture(tmp_path):
    image = picture(3, (400, 400))
    image[:, 250:290, 300:340] = image[:, 30:70, 40:80]
    raster = write_chip(tmp_path / "scene.tif", image, crs=CRS, transform=GRID)
    pixels = [(50, 60), (270, 320), *scattered((400, 400), 40, 1, 20)]
    labels = write_points(tmp_path / "p.gpkg", pixels, ["oak", "oak", *["oak", "elm"] * 20])
    chips, outputs = cut(tmp_path / "run", [raster], [labels], size=24, block_size="48")
    assert "2 chips repeat each other" in outputs["text"]
    one, other = (chips.names.index(f"scene.tif#{number}") for number in (1, 2))
    assert chips.groups[one] == chips.groups[other]
    labels = write_points(tmp_path / "q.gpkg", pixels, ["oak", "elm", *["oak", "elm"] * 20])
    with pytest.raises(InputError, match="the same picture") as refusal:
        cut(tmp_path / "other", [raster], [labels], size=24)
    assert refusal.value.code == "chips.contradiction"
