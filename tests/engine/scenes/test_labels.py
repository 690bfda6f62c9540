"""Labels of a scene: label raster codes, names and colours; sources with class tables on a scene."""

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.warp import reproject

from overseed.errors import InputError
from overseed.scenes.classes import build_table, read_overrides, sorted_values, write_classes
from overseed.scenes.label_rasters import STRIP
from overseed.scenes.labels import load_labels
from overseed.scenes.raster_sources import read_info
from tests.engine.scenes.datasets import labels_of, load

GRID = Affine(10, 0, 500000, 0, -10, 5800000)


def flat(height=64, width=80):
    return np.random.default_rng(0).integers(1, 200, (2, height, width)).astype(np.uint16)


def load_one(source, raster, **options):
    entries, notes = load_labels(str(source), None, [read_info(raster)], **options)
    return entries[0], notes


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "uint32"])
def test_codes_of_any_whole_number_type_are_found_and_read(write_raster, dtype):
    signed, wide = dtype.startswith("i"), dtype != "uint8"
    kinds = [*([-7] if signed else []), 0, 3, 200, *([300, 9001] if wide else [])]
    codes = np.random.default_rng(1).choice(kinds, (1, 64, 80)).astype(dtype)
    labels, notes = load_one(write_raster(codes, name="l.tif"), write_raster(flat()))
    present = sorted(set(kinds) - {0})
    assert labels.values == tuple(str(code) for code in present)
    assert any("renumbered" in note for note in notes) == wide
    found = labels.read({str(code): n for n, code in enumerate(present) if code != 3}, fill=77)
    expected = np.full((64, 80), 77)
    for index, code in enumerate(present):
        if code != 3:
            expected[codes[0] == code] = index
    np.testing.assert_array_equal(found, expected)


def test_codes_that_do_not_fit_are_renumbered_in_order(write_raster):
    codes = np.zeros((1, 64, 80), np.int16)
    codes[0, :20], codes[0, 20:40], codes[0, 40:] = 300, -5, 12
    dataset = load(write_raster(flat()), write_raster(codes, name="l.tif"))
    assert [(c.values, c.code) for c in dataset.table.classes] == [
        (("-5",), 1),
        (("12",), 2),
        (("300",), 3),
    ]
    assert (labels_of(dataset)[:20] == 2).all()


def test_nodata_and_zero_are_no_classes(write_raster):
    codes = np.ones((1, 64, 80), np.uint8)
    codes[0, :10], codes[0, 10:20], codes[0, 20:30] = 99, 0, 2
    raster = write_raster(flat())
    labels, notes = load_one(write_raster(codes, name="l.tif", nodata=99), raster)
    assert labels.values == ("1", "2")
    assert any("Code 0" in note for note in notes)
    assert (labels.read({"1": 0, "2": 1})[:20] == 255).all()
    labels, notes = load_one(write_raster(codes, name="m.tif", nodata=0), raster)
    assert labels.values == ("1", "2", "99")
    assert notes == []


def test_names_and_colours_of_the_file_become_the_tables(write_raster):
    codes = np.tile(np.repeat(np.arange(1, 5), 20), (1, 64, 1)).astype(np.uint8)
    path = write_raster(codes, name="l.tif")
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {1: (27, 158, 119, 255), 2: (1, 2, 3, 255)})
    aux = path.with_name("l.tif.aux.xml")
    aux.write_text(
        '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category>none</Category>'
        "<Category>Wood</Category><Category>Wasser &amp; Eis</Category></CategoryNames>"
        "</PAMRasterBand></PAMDataset>",
        encoding="utf-8",
    )
    dataset = load(write_raster(flat()), path)
    assert dataset.table.names == ["Wood", "Wasser & Eis", "3", "4"]
    assert dataset.table.codes == [1, 2, 3, 4]
    assert dataset.table.colours[:2] == ["#1b9e77", "#010203"]
    assert "#000000" not in dataset.table.colours


def test_names_and_colours_of_an_attribute_table(write_raster):
    codes = np.tile(np.repeat([7, 300], 40), (1, 64, 1)).astype(np.int16)
    path = write_raster(codes, name="l.tif")
    columns = (("Code", 0, 5), ("Klasse", 2, 2), ("r", 0, 6), ("g", 0, 7), ("b", 0, 8))
    head = "".join(
        f'<FieldDefn index="{i}"><Name>{n}</Name><Type>{t}</Type><Usage>{u}</Usage></FieldDefn>'
        for i, (n, t, u) in enumerate(columns)
    )
    rows = "".join(
        f'<Row index="{i}">{"".join(f"<F>{cell}</F>" for cell in row)}</Row>'
        for i, row in enumerate([(300, "Far", 1, 2, 3), (7, "Near", 255, 0, 0), (9, "No", 0, 0, 0)])
    )
    path.with_name("l.tif.aux.xml").write_text(
        f'<PAMDataset><PAMRasterBand band="1"><GDALRasterAttributeTable tableType="thematic">'
        f"{head}{rows}</GDALRasterAttributeTable></PAMRasterBand></PAMDataset>"
    )
    labels, _ = load_one(path, write_raster(flat()))
    assert labels.defaults == {
        "7": {"name": "Near", "colour": "#ff0000"},
        "300": {"name": "Far", "colour": "#010203"},
    }
    # A table may name a class that the file has, only not on this scene.
    assert labels.known == {"7", "300", "9"}


@pytest.mark.parametrize(
    ("transform", "crs"),
    [
        (GRID, "EPSG:32633"),
        (Affine(17, 0, 499950, 0, -23, 5800100), "EPSG:32633"),
        (Affine(10, 0, 500000, 0, 10, 5800000 - 12000), "EPSG:32633"),
        (Affine(8, 6, 500000, 6, -8, 5799000), "EPSG:32633"),
        (Affine(1.5e-4, 0, 14.99, 0, -1e-4, 52.36), "EPSG:4326"),
    ],
)
def test_bands_of_rows_are_the_whole_and_follow_the_nearest_pixel(write_raster, transform, crs):
    height, width = 2 * STRIP + 100, 40
    codes = np.random.default_rng(2).integers(1, 5, (1, 1200, 90)).astype(np.uint8)
    if transform == GRID:
        codes = codes[:, :height, :width]
    path = write_raster(codes, name="l.tif", transform=transform, crs=crs)
    raster = write_raster(np.ones((1, height, width), np.uint8))
    labels, _ = load_one(path, raster)
    mapping = {value: int(value) - 1 for value in labels.values}
    whole = labels.read(mapping)
    assert len(np.unique(whole[whole != 255])) == 4
    for band in (100, 333, 700):
        parts = [
            labels.read(mapping, (top, min(top + band, height))) for top in range(0, height, band)
        ]
        np.testing.assert_array_equal(np.concatenate(parts), whole)
    expected = np.zeros((height, width), np.uint8)
    reproject(
        codes[0], expected, src_transform=transform, src_crs=crs, dst_transform=GRID,
        dst_crs="EPSG:32633", resampling=Resampling.nearest, tolerance=0.001,
    )  # fmt: skip
    wrong = np.where(expected == 0, 255, expected - 1) != whole
    # Between two CRS GDAL may be an eighth of a pixel off; within one, not at all.
    assert wrong.mean() <= (0.02 if crs == "EPSG:4326" else 0)


def test_degree_grids_that_differ_by_little_are_not_taken_for_the_same(write_raster):
    here = Affine(9e-5, 0, 15, 0, -9e-5, 52)
    codes = np.tile(np.arange(1, 201, dtype=np.uint8), (1, 64, 1))
    coarser = Affine(9.5e-5, 0, 15, 0, -9e-5, 52)
    path = write_raster(codes, name="l.tif", transform=coarser, crs="EPSG:4326")
    raster = write_raster(np.ones((1, 64, 200), np.uint8), transform=here, crs="EPSG:4326")
    labels, _ = load_one(path, raster)
    found = labels.read({value: int(value) for value in labels.values})
    assert found[0, -1] == int(199.5 * 9 / 9.5) + 1


@pytest.mark.parametrize(
    ("profile", "array", "code"),
    [
        ({"crs": None}, np.ones((1, 64, 80), np.uint8), "labels.no-crs"),
        ({}, np.ones((1, 64, 80), np.float32), "labels.field-type"),
        ({}, np.arange(12000, dtype=np.int32).reshape(1, 100, 120), "classes.too-many"),
        ({}, np.zeros((1, 64, 80), np.uint8), "labels.no-overlap"),
        ({"crs": 'LOCAL_CS["site",UNIT["metre",1]]'}, np.ones((1, 9, 9), np.uint8), "labels.crs"),
    ],
)
def test_rasters_that_are_no_labels(write_raster, profile, array, code):
    path = write_raster(array, name="l.tif", **profile)
    with pytest.raises(InputError) as caught:
        load_one(path, write_raster(flat(100, 120)))
    assert caught.value.code == code
    assert "l.tif" in caught.value.message


def test_a_table_merges_drops_and_unlabels_on_the_ground(write_raster, write_polygons, tmp_path):
    boxes = [
        ("oak", (0, 0, 20, 20)), ("beech", (20, 0, 40, 20)), ("lake", (40, 0, 60, 20)),
        ("cloud", (5, 5, 15, 15)), ("typo", (45, 5, 50, 10)),
    ]  # fmt: skip
    table = tmp_path / "t.csv"
    table.write_text(
        "value,name,use\noak,Forest,\nbeech,Forest,yes\ncloud,,unlabelled\ntypo,,drop\n"
    )
    polygons, raster = str(write_polygons(boxes)), write_raster(flat())
    for rest in (None, "other"):
        dataset = load(raster, polygons, classes=table, rest_as=rest)
        assert dataset.table.names == ["Forest", "lake", *([rest] if rest else [])]
        labels = labels_of(dataset)
        assert (labels[5:15, 5:15] == 255).all()
        assert (labels[5:10, 45:50] == 1).all()
        assert (labels[:20, 20:40] == 0).all()
        assert (labels[30:] == (2 if rest else 255)).all()
        assert dataset.table.classes[0].pixels == 2 * 400 - 100
        assert dataset.table.classes[0].polygons == 2
        # What is written says the same when it is read back.
        write_classes(dataset.table, tmp_path / "again.csv")
        again = load(raster, polygons, classes=tmp_path / "again.csv", rest_as=rest)
        assert again.table == dataset.table


def test_a_table_may_name_a_class_that_lies_beside_the_scene(
    write_raster, write_polygons, tmp_path
):
    boxes = [("a", (0, 0, 20, 20)), ("b", (30, 0, 50, 20)), ("far", (500, 0, 520, 20))]
    table = tmp_path / "t.csv"
    table.write_text("value,name\nfar,Far away\na,A\n")
    entries, _ = load_labels(str(write_polygons(boxes)), None, [read_info(write_raster(flat()))])
    labels = entries[0]
    assert labels.outside == 1
    found = build_table(
        sorted_values(set(labels.values)), read_overrides(table), known=labels.known
    )
    assert found.names == ["A", "b"]
