"""Class polygons: any OGR source and filter, colours, repair, and burning that agrees with GDAL."""

import sqlite3
import subprocess
from pathlib import Path
from shutil import which
from urllib.parse import quote
from zipfile import ZipFile

import numpy as np
import pyogrio.raw
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.crs import CRS
from rasterio.features import rasterize
from rasterio.transform import Affine

from overseed.errors import InputError
from overseed.scenes.colours import as_hex
from overseed.scenes.labels import PolygonLabels, is_vector
from overseed.scenes.overlaps import overlaps, placement
from overseed.scenes.polygons import read_polygons, transform_to
from overseed.scenes.rasters import RasterInfo
from overseed.scenes.vector_sources import Source, split_source

UTM = "EPSG:32633"
NORTH_UP = Affine(10, 0, 500000, 0, -10, 5800000)
GRIDS = {
    "north-up": NORTH_UP,
    "south-up": Affine(10, 0, 500000, 0, 10, 5800000),
    "rotated": Affine(8, 6, 500000, 6, -8, 5800000),
    "degrees": Affine(9e-5, 0, 14.9, 0, -6e-5, 52.3),
}


def grid(transform=NORTH_UP, width=60, height=50):
    return RasterInfo(Path("r.tif"), "", transform, width, height, ("b",), "uint8", None)


def in_pixels(transform, points):
    return shapely.Polygon([transform * point for point in points])


@pytest.fixture
def write_layer(tmp_path):
    """Write shapely geometries with named columns; returns the path."""

    def write(shapes, columns, name="l.gpkg", layer=None, crs=UTM, append=False):
        drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}
        path = tmp_path / name
        pyogrio.raw.write(
            path, layer=layer, append=append, driver=drivers[path.suffix], crs=crs,
            geometry=np.array([None if s is None else shapely.to_wkb(s) for s in shapes], object),
            field_data=[np.array(v) if not isinstance(v, np.ndarray) else v
                        for v in columns.values()],
            fields=np.array(list(columns)), geometry_type="Unknown",
        )  # fmt: skip
        return path

    return write


SQUARES = [shapely.box(500000 + 100 * i, 5799900, 500090 + 100 * i, 5799990) for i in range(4)]
FCLASS = {"fclass": np.array(["grass", "wood", "grass", "it's"], object), "n": [1, 2, 3, 4]}


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("a b.gpkg", Source("a b.gpkg")),
        ("a.gpkg|layername=x y", Source("a.gpkg", "x y")),
        ("a.gpkg|LayerName=x|layerid=3", Source("a.gpkg", "x")),
        ("a.shp|layerid=0", Source("a.shp", 0)),
        ("a.shp|layerid=0|subset=\"n\" || '|' = 'a|'", Source("a.shp", 0, "\"n\" || '|' = 'a|'")),
        ("a.kml|layername=x|geometrytype=Polygon25D", Source("a.kml", "x")),
        ("a.kml|layername=x|subset=n = 1|geometrytype=Polygon", Source("a.kml", "x", "n = 1")),
        ("a.kml|geometrytype=MultiPolygon|uniqueGeometryType=yes", Source("a.kml")),
        ("a.dxf|option:CLOSED=YES", Source("a.dxf", options=(("CLOSED", "YES"),))),
        ("file:///data/My%20Layer.gpkg|layername=x", Source("/data/My Layer.gpkg", "x")),
        ("50%25.gpkg", Source("50%25.gpkg")),
        ("/vsizip//d/z.zip/in.shp", Source("/vsizip//d/z.zip/in.shp")),
    ],
)
def test_sources_as_qgis_writes_them(source, parts):
    assert split_source(source) == parts


@pytest.mark.parametrize(
    "source",
    [
        'dbname=\'gis\' host=localhost table="public"."landuse" (geom)',
        "Polygon?crs=EPSG:4326&field=class:string&uid={1}",
        "file:///d/points.csv?delimiter=,&xField=x&yField=y",
        "?query=SELECT * FROM a",
        "https://example.org/a.geojson",
        "a.gpkg|style=plain",
        "a.gpkg|layerid=first",
    ],
)
def test_layers_that_are_no_files_are_to_be_exported(source):
    with pytest.raises(InputError) as caught:
        split_source(source)
    assert caught.value.code == "labels.source"
    assert "Export" in caught.value.hint


def test_points_are_refused_by_the_geometry_type_asked_for():
    with pytest.raises(InputError) as caught:
        split_source("a.kml|layername=x|geometrytype=Point")
    assert caught.value.code == "labels.not-polygons"


@pytest.mark.parametrize("name", ["l.gpkg", "l.shp", "l.geojson"])
def test_filters_go_to_ogr(write_layer, name):
    path = write_layer(SQUARES, FCLASS, name=name)
    assert read_polygons(f"{path}|subset=\"fclass\" = 'grass'", "fclass").values == ("grass",) * 2
    assert read_polygons(f"{path}|subset=\"fclass\" = 'it''s'", "fclass").values == ("it's",)
    found = read_polygons(f"{path}|layername=l|subset=SELECT * FROM l WHERE n > 2", "fclass")
    assert found.values == ("grass", "it's")
    for broken, reason in (("nofield = 1", "nofield"), ("fclass = = 'a'", "=")):
        with pytest.raises(InputError) as caught:
            read_polygons(f"{path}|subset={broken}", "fclass")
        assert caught.value.code == "labels.filter"
        assert reason in caught.value.message.partition("cannot be used: ")[2]
    with pytest.raises(InputError) as caught:
        read_polygons(f"{path}|subset=n > 99", "fclass")
    assert caught.value.code == "labels.empty"
    assert "n > 99" in caught.value.message


def test_layers_by_name_by_number_and_the_first_with_a_note(write_layer):
    write_layer(SQUARES[:1], {"c": np.array(["one"], object)}, layer="first")
    path = write_layer(SQUARES[1:2], {"c": np.array(["two"], object)}, layer="second", append=True)
    assert read_polygons(f"{path}|layername=second", None).values == ("two",)
    assert read_polygons(f"{path}|layerid=1", None).values == ("two",)
    default = read_polygons(str(path), None)
    assert default.values == ("one",)
    assert "'first' is used" in default.notes[0]
    for wrong in ("layername=third", "layerid=2"):
        with pytest.raises(InputError) as caught:
            read_polygons(f"{path}|{wrong}", None)
        assert caught.value.code == "labels.layer"
        assert "first, second" in caught.value.hint


def test_zipped_files_and_file_addresses(write_layer, tmp_path):
    path = write_layer(SQUARES, FCLASS, name="my layer.geojson")
    with ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(path, "inner.geojson")
    for source in (f"/vsizip/{tmp_path}/z.zip/inner.geojson", f"file://{quote(str(path))}"):
        assert is_vector(source)
        assert len(read_polygons(source, "fclass").values) == 4


def test_a_geopackage_is_read_while_it_is_open_for_writing(write_layer):
    path = write_layer(SQUARES, FCLASS)
    held = sqlite3.connect(path)
    held.execute("PRAGMA journal_mode=WAL")
    try:
        assert len(read_polygons(str(path), "fclass").values) == 4
    finally:
        held.close()


@pytest.mark.parametrize(
    ("text", "shade"),
    [
        ("#1B9E77", "#1b9e77"),
        ("#1b9e77ff", "#1b9e77"),
        ("#fa0", "#ffaa00"),
        ("27,158,119", "#1b9e77"),
        ("27, 158, 119, 128", "#1b9e77"),
        ("27,158,119,255,rgb:0.1058824,0.6196078,0.4666667,1", "#1b9e77"),
        ("rgb(27, 158, 119)", "#1b9e77"),
        ("BRUSH(fc:#1b9e77ff,bc:#000000)", "#1b9e77"),
        ("DarkGreen", "#006400"),
        ("300,0,0", None),
        ("leafy", None),
        ("12", None),
        ("", None),
    ],
)
def test_colours_are_brought_to_one_form(text, shade):
    assert as_hex(text) == shade


def test_the_most_frequent_colour_of_a_class_is_used(write_layer):
    columns = {
        "class": np.array(["a", "a", "a", "b"], object),
        "shade": np.array(["red", "#FF0000", "0,0,255", "what"], object),
    }
    polygons = read_polygons(str(write_layer(SQUARES, columns)), None, colour_field="shade")
    assert polygons.values == ("a", "a", "a", "b")
    assert polygons.colours == {"a": "#ff0000"}
    assert any("class 'a' have 2 colours" in note for note in polygons.notes)
    assert any("'what'" in note for note in polygons.notes)
    with pytest.raises(InputError) as caught:
        read_polygons(str(write_layer(SQUARES, columns, name="m.gpkg")), "class", "tint")
    assert caught.value.code == "labels.field-missing"


def test_repair_is_counted_and_what_is_no_polygon_is_left_out(write_layer):
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    shapes = [bow_tie, SQUARES[0], shapely.Point(1, 1), None, SQUARES[1]]
    values = np.array(["a", "b", "c", "d", None], object)
    polygons = read_polygons(str(write_layer(shapes, {"class": values})), "class")
    assert polygons.values == ("a", "b")
    assert (polygons.repaired, polygons.dropped) == (1, 3)
    assert shapely.area(polygons.geometries[0]) == pytest.approx(50)
    assert shapely.is_valid(polygons.geometries).all()


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (np.array([None, None, None, ""], object), "labels.field-null"),
        (np.array([np.nan] * 4), "labels.field-null"),
        (np.array([1.5, 2, 3, 4]), "labels.field-type"),
        (np.array(["2020-01-01"] * 4, "datetime64[ms]"), "labels.field-type"),
    ],
)
def test_fields_that_cannot_be_classes(write_layer, column, code):
    path = write_layer(SQUARES, {"class": column})
    with pytest.raises(InputError) as caught:
        read_polygons(str(path), "class")
    assert caught.value.code == code
    assert "'class'" in caught.value.message


def test_a_crs_that_leads_nowhere_is_refused(write_layer):
    local = 'LOCAL_CS["site grid",UNIT["metre",1]]'
    path = write_layer(SQUARES, FCLASS, crs=local)
    with pytest.raises(InputError) as caught:
        transform_to(read_polygons(str(path), "fclass"), CRS.from_string(UTM).to_wkt())
    assert caught.value.code == "labels.crs"
    assert "site grid" in caught.value.message


def polygons_of(seed, transform, width, height, count):
    """Random polygons, some with holes or of several parts, some reaching over the raster's edge."""
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        x, y = rng.uniform(-5, width + 5), rng.uniform(-5, height + 5)
        radius = rng.choice([0.7, 3, 9, 40])
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 30))))
        reach = radius * rng.uniform(0.3, 1, len(angles))
        points = np.column_stack([x + reach * np.cos(angles), y + reach * np.sin(angles)])
        shape = shapely.make_valid(shapely.Polygon(points))
        if rng.random() < 0.4:
            shape = shape.difference(shapely.Point(x, y).buffer(radius / 4))
        if rng.random() < 0.3:
            shape = shape.union(shapely.box(x + 2 * radius, y, x + 3 * radius, y + radius))
        parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
        shapes.append(shapely.MultiPolygon(parts))
    affine = [transform.a, transform.b, transform.d, transform.e, transform.c, transform.f]
    from shapely.affinity import affine_transform

    return np.array([affine_transform(shape, affine) for shape in shapes], object)


def one_by_one(shapes, indices, info):
    """The reference: GDAL burns each polygon alone on the whole grid, larger ones first."""
    burnt = np.full((info.height, info.width), 255, np.uint8)
    for number in np.argsort(-shapely.area(shapes), kind="stable"):
        if shapes[number].is_empty:
            continue
        mask = rasterize(
            [shapes[number]], out_shape=burnt.shape, transform=info.transform, dtype="uint8"
        )
        burnt[mask == 1] = indices[number]
    return burnt


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    name=st.sampled_from(sorted(GRIDS)),
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    band=st.integers(1, 70),
)
def test_bands_of_any_height_equal_gdal_on_the_whole(seed, name, width, height, band):
    info = grid(GRIDS[name], width, height)
    shapes = polygons_of(seed, info.transform, width, height, 12)
    values = tuple(f"c{number % 5}" for number in range(len(shapes)))
    mapping = {f"c{number}": number for number in range(5)}
    labels = PolygonLabels(shapes, values, info)
    whole = labels.read(mapping)
    bands = [labels.read(mapping, (top, min(top + band, height))) for top in range(0, height, band)]
    np.testing.assert_array_equal(np.concatenate(bands), whole)
    expected = one_by_one(shapes, [mapping[value] for value in values], info)
    np.testing.assert_array_equal(whole, expected)


@settings(max_examples=60)
@given(
    corners=st.lists(
        st.tuples(st.integers(-6, 46), st.integers(-6, 46)), min_size=3, max_size=8, unique=True
    ),
    band=st.integers(1, 40),
)
def test_vertices_on_pixel_centres_fall_the_same_way_in_any_band(corners, band):
    shape = shapely.make_valid(shapely.Polygon([(x / 2, y / 2) for x, y in corners]))
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    if not parts:
        return
    info = grid(Affine.identity(), 20, 20)
    labels = PolygonLabels(np.array([shapely.MultiPolygon(parts)], object), ("a",), info)
    whole = labels.read({"a": 0})
    bands = [labels.read({"a": 0}, (top, min(top + band, 20))) for top in range(0, 20, band)]
    np.testing.assert_array_equal(np.concatenate(bands), whole)
    # A centre on the border may fall to either side, all others are plain.
    columns, rows = np.meshgrid(np.arange(20) + 0.5, np.arange(20) + 0.5)
    centres = shapely.points(columns, rows)
    clear = shapely.distance(centres, shapely.boundary(labels.geometries[0])) > 1e-5
    inside = shapely.covers(labels.geometries[0], centres)
    np.testing.assert_array_equal((whole == 0)[clear], inside[clear])


@pytest.mark.skipif(which("gdal_rasterize") is None, reason="gdal_rasterize is not installed")
@pytest.mark.parametrize("name", sorted(GRIDS))
def test_burning_equals_gdal_rasterize(name, tmp_path, write_raster, write_layer):
    info = grid(GRIDS[name], 90, 70)
    crs = "EPSG:4326" if name == "degrees" else UTM
    shapes = polygons_of(3, info.transform, 90, 70, 40)
    order = np.argsort(-shapely.area(shapes), kind="stable")
    # The program burns in the file's order.
    codes = np.arange(1, len(shapes) + 1)
    layer = write_layer(shapes[order], {"code": codes[order]}, crs=crs)
    target = write_raster(
        np.zeros((1, 70, 90), np.uint8), name="t.tif", transform=info.transform, crs=crs
    )
    subprocess.run(["gdal_rasterize", "-q", "-a", "code", layer, target], check=True)
    import rasterio

    with rasterio.open(target) as dataset:
        expected = dataset.read(1)
    labels = PolygonLabels(shapes, tuple(str(c) for c in codes), info)
    found = labels.read({str(c): c for c in codes}, fill=0)
    np.testing.assert_array_equal(found, expected)
    assert len(np.unique(found)) > 20


def test_unlabelled_ground_wins_by_size_and_stays_out_of_the_rest():
    info = grid(width=30, height=30)
    boxes = [(0, 0, 20, 20), (5, 5, 15, 15), (8, 8, 10, 10)]
    shapes = np.array(
        [in_pixels(NORTH_UP, [(a, b), (c, b), (c, d), (a, d)]) for a, b, c, d in boxes], object
    )
    labels = PolygonLabels(shapes, ("wood", "cloud", "hut"), info)
    found = labels.read({"wood": 0, "cloud": 255, "hut": 1}, fill=2)
    assert found[2, 2] == 0
    assert found[6, 6] == 255
    assert found[9, 9] == 1
    assert found[25, 25] == 2
    dropped = labels.read({"wood": 0, "hut": 1}, fill=2)
    assert (dropped[6, 6], dropped[9, 9]) == (0, 1)


def test_overlaps_duplicates_and_contradictions():
    def box(left, top, right, bottom):
        return in_pixels(NORTH_UP, [(left, top), (right, top), (right, bottom), (left, bottom)])

    shapes = np.array(
        [
            box(0, 0, 20, 20), box(10, 10, 30, 30),  # 100 pixels claimed by both
            box(12, 12, 14, 14),  # inside both of these
            box(40, 0, 50, 10), box(40, 0, 50, 10),  # the same ground twice
            box(49.8, 0, 59, 10),  # a sliver over these
            box(30, 0, 40, 10),  # only a shared border
        ],
        object,
    )  # fmt: skip
    values = ("a", "b", "b", "c", "c", "d", "d")
    found = overlaps(shapes, values, grid())
    assert (found.pairs, found.duplicates, found.contradictions) == (4, 1, 2)
    assert found.contradicting_area == 100 * 100
    merged = overlaps(shapes, values, grid(), {"a": 0, "b": 0, "d": 1})
    assert (merged.pairs, merged.duplicates, merged.contradictions) == (3, 0, 0)
    assert merged.contradicting_area == 0


def test_polygons_small_outside_and_partly_outside():
    def box(left, top, right, bottom):
        return in_pixels(NORTH_UP, [(left, top), (right, top), (right, bottom), (left, bottom)])

    shapes = [box(1, 1, 2, 3), box(0, 0, 60, 50), box(-5, 1, 5, 9), box(70, 1, 80, 9)]
    found = placement(np.array(shapes, object), grid())
    assert (found.small, found.outside, found.partly_outside) == (1, 1, 1)
