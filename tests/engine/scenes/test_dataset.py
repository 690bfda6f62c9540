"""Labels on pixels: centres, overlaps, other CRS, label raster, the rest, several scenes."""

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from overseed.errors import InputError
from overseed.scenes.band_reader import open_bands
from overseed.scenes.bands import match_bands
from overseed.scenes.raster_sources import read_info
from overseed.scenes.rasters import recipe_for
from tests.engine.scenes.datasets import image_of, labels_of, load


def flat(bands=2, height=64, width=80, dtype="uint16"):
    return np.random.default_rng(0).integers(1, 200, (bands, height, width)).astype(dtype)


def test_a_polygon_covers_the_pixels_whose_centre_it_covers(write_raster, write_polygons):
    boxes = [("a", (10.4, 5, 20.4, 15)), ("b", (30.6, 5, 40.6, 15))]
    labels = labels_of(load(write_raster(flat()), write_polygons(boxes)))
    a, b = (labels == 0), (labels == 1)
    assert np.argwhere(a.any(axis=0)).ravel().tolist() == list(range(10, 20))
    assert np.argwhere(b.any(axis=0)).ravel().tolist() == list(range(31, 41))


def test_of_overlapping_polygons_the_smaller_wins_in_any_order(write_raster, write_polygons):
    boxes = [("big", (0, 0, 40, 40)), ("small", (10, 10, 20, 20))]
    raster = write_raster(flat())
    for order in (boxes, boxes[::-1]):
        dataset = load(raster, write_polygons(order))
        small = dataset.table.names.index("small")
        assert (labels_of(dataset)[10:20, 10:20] == small).all()
        assert dataset.table.classes[small].pixels == 100


def test_polygons_in_degrees_give_nearly_the_same_labels(write_raster, write_polygons, tmp_path):
    import pyogrio.raw
    import shapely
    from pyproj import Transformer

    boxes = [("a", (3, 3, 40, 30)), ("b", (45, 20, 75, 60))]
    raster, source = write_raster(flat()), write_polygons(boxes)
    meta, _, shapes, fields = pyogrio.raw.read(source)
    move = Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    moved = shapely.transform(
        shapely.from_wkb(shapes), lambda xy: np.column_stack(move.transform(*xy.T))
    )
    pyogrio.raw.write(
        tmp_path / "degrees.gpkg", geometry=np.array(shapely.to_wkb(moved), dtype=object),
        field_data=fields, fields=meta["fields"], geometry_type="Polygon", crs="EPSG:4326",
    )  # fmt: skip
    one, two = (labels_of(load(raster, p)) for p in (source, tmp_path / "degrees.gpkg"))
    assert (one != two).mean() <= 0.005
    assert (two != 255).any()


def test_rotated_and_south_up_rasters(write_raster, write_polygons):
    south_up = Affine(10, 0, 500000, 0, 10, 5800000 - 640)
    upright = labels_of(
        load(write_raster(flat()), write_polygons([("a", (5, 6, 25, 16)), ("b", (40, 40, 60, 60))]))
    )
    flipped = labels_of(
        load(
            write_raster(flat(), name="up.tif", transform=south_up),
            write_polygons([("a", (5, 6, 25, 16)), ("b", (40, 40, 60, 60))]),
        )
    )
    np.testing.assert_array_equal(flipped, upright[::-1])


def test_nodata_and_nan_are_not_labelled(write_raster, write_polygons):
    polygons = write_polygons([("a", (0, 0, 40, 64)), ("b", (40, 0, 80, 64))])
    image = flat(dtype="float32")
    image[1, :10] = np.nan
    image[0, 10:20] = -9999
    labels = labels_of(load(write_raster(image, nodata=-9999), polygons))
    assert (labels[:20] == 255).all()
    assert (labels[20:] != 255).all()


def test_the_rest_becomes_a_class_of_its_own(write_raster, write_polygons):
    dataset = load(
        write_raster(flat()), write_polygons([("rare", (10, 10, 20, 20))]), rest_as="other"
    )
    assert dataset.table.names == ["rare", "other"]
    assert dataset.table.codes == [1, 2]
    labels = labels_of(dataset)
    assert (labels == dataset.rest_index).sum() == 64 * 80 - 100
    assert dataset.table.rare_indices == [0]


def test_numbers_keep_their_codes_beside_the_rest(write_raster, write_polygons):
    dataset = load(
        write_raster(flat()),
        write_polygons([(1, (0, 0, 9, 9)), (7, (20, 20, 30, 30))]),
        rest_as="other",
    )
    assert [(c.name, c.code) for c in dataset.table.classes] == [("1", 1), ("7", 7), ("other", 2)]


def test_a_label_raster_on_another_grid(write_raster):
    codes = np.zeros((1, 32, 40), np.uint8)
    codes[0, :16], codes[0, 20:] = 4, 9
    labels = write_raster(
        codes, name="labels.tif", transform=Affine(20, 0, 500000, 0, -20, 5800000)
    )
    dataset = load(write_raster(flat()), labels)
    assert dataset.table.codes == [4, 9]
    found = labels_of(dataset)
    assert (found[:32] == 0).all()
    assert (found[32:40] == 255).all()
    assert (found[40:] == 1).all()


def test_several_scenes_share_classes_and_bands_by_name(write_raster, write_polygons):
    one = write_raster(flat(3), name="one.tif", descriptions=("red", "green", "nir"))
    two = write_raster(
        flat(3), name="two.tif", descriptions=("nir", "red", "green"),
        transform=Affine(10, 0, 500800, 0, -10, 5800000),
    )  # fmt: skip
    polygons = write_polygons([("a", (0, 0, 40, 64)), ("b", (90, 0, 140, 64))])
    dataset = load([one, two], polygons)
    np.testing.assert_array_equal(image_of(dataset, 0), flat(3))
    np.testing.assert_array_equal(image_of(dataset, 1), flat(3)[[1, 2, 0]])
    assert (labels_of(dataset, 0) != 1).all()
    assert (labels_of(dataset, 1) == 1).sum() == 50 * 64


def test_bands_can_be_chosen_by_number_and_name(write_raster, write_polygons):
    raster = write_raster(flat(3), descriptions=("red", "green", "nir"))
    polygons = write_polygons([("a", (0, 0, 40, 64)), ("b", (40, 0, 80, 64))])
    dataset = load(raster, polygons, bands=["nir", "1"])
    assert dataset.band_names == ("nir", "red")
    np.testing.assert_array_equal(image_of(dataset), flat(3)[[2, 0]])


@pytest.mark.parametrize(
    ("names", "wanted", "numbers"),
    [
        ((), ("band_3", "band_2", "band_1"), [3, 2, 1]),
        ((), ("band_3", "band_1"), [3, 1]),
        (("Gray", "Gray", "Gray"), ("band_1", "band_2", "band_3"), [1, 2, 3]),
        (("r", "g", "b"), ("b", "r"), [3, 1]),
        (("x", "y", "z"), ("r", "g", "b"), [1, 2, 3]),
        (("r", "g", "z"), ("r", "g", "b"), None),
        ((), ("band_4", "band_1"), None),
        (("r", "g", "b"), ("band_1", "band_2"), None),
    ],
)
def test_bands_of_another_scene_are_found_or_refused(write_raster, names, wanted, numbers):
    found = read_info(write_raster(flat(3), descriptions=names)).band_names
    if numbers is None:
        with pytest.raises(InputError, match=r"do not match|are needed"):
            match_bands("raster.tif", found, wanted)
    else:
        assert match_bands("raster.tif", found, wanted) == numbers


def test_bands_of_different_types_are_read_together(write_raster, tmp_path):
    whole, parts = flat(1), flat(1, dtype="float32") / 7
    paths = [write_raster(whole, name="w.tif"), write_raster(parts, name="p.tif")]
    bands = "".join(
        f'<VRTRasterBand dataType="{kind}" band="{n}"><SimpleSource><SourceFilename>{path}'
        "</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
        for n, (kind, path) in enumerate(zip(("UInt16", "Float32"), paths, strict=True), start=1)
    )
    grid = "<GeoTransform>500000, 10, 0, 5800000, 0, -10</GeoTransform>"
    vrt = tmp_path / "mixed.vrt"
    vrt.write_text(
        f'<VRTDataset rasterXSize="80" rasterYSize="64"><SRS>EPSG:32633</SRS>{grid}{bands}</VRTDataset>'
    )
    info = read_info(vrt)
    assert info.dtype == "float32"
    with open_bands(info, recipe_for(info, [1, 2])) as bands:
        image, valid = bands.read(3, 4, 20, 30)
    np.testing.assert_array_equal(image[0], whole[0, 3:23, 4:34])
    np.testing.assert_array_equal(image[1], parts[0, 3:23, 4:34])
    assert valid.all()


def test_bands_of_different_sizes_become_one_stack(write_raster, tmp_path):
    from overseed.scenes.stack import stack_bands

    fine = write_raster(flat(1, 60, 60), name="fine.tif")
    coarse = write_raster(
        flat(1, 30, 30), name="coarse.tif", transform=Affine(20, 0, 500000, 0, -20, 5800000)
    )
    stack_bands([coarse, fine], ["swir", "red"], tmp_path / "stack.tif")
    with rasterio.open(tmp_path / "stack.tif") as stack, rasterio.open(coarse) as source:
        assert stack.descriptions == ("swir", "red")
        assert stack.shape == (60, 60)
        np.testing.assert_array_equal(stack.read(1), source.read(1).repeat(2, 0).repeat(2, 1))
