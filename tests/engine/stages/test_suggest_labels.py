"""`suggest-labels` on maps with all that can be odd about them: grids, nodata, measures, layers, refusals."""

import json

import numpy as np
import pyogrio
import pytest
import shapely
from rasterio.transform import Affine

from overseed.errors import InputError
from overseed.events import Reporter
from overseed.map_settings import SuggestLabelsSettings
from overseed.mapping.style import write_category_names
from overseed.scenes.classes import ClassTable, LandClass
from overseed.stages import suggest_labels as stage
from overseed.stages.suggest_labels import suggest_labels
from tests.engine.conftest import last_json

CODES = {1: "field", 4: "grass", 9: "fen"}
TABLE = ClassTable(
    tuple(
        LandClass(i, code, name, "#336699", False, (name,))
        for i, (code, name) in enumerate(CODES.items())
    )
)
ROTATED = Affine.translation(500000, 5800000) @ Affine.rotation(30) @ Affine.scale(10, -10)


@pytest.fixture
def ground(write_raster):
    """A map of 120 × 150 pixels: field left, grass right, a little fen; doubt at (40, 100), fen at (80, 20)."""

    def make(measure="probability", **profile):
        codes = np.full((1, 120, 150), 1, np.uint8)
        codes[:, :, 75:] = 4
        codes[:, 100:104, 100:104] = 9
        codes[:, :10] = 0
        sure = np.full(codes.shape, 90, np.uint8)
        sure[:, 32:48, 96:112] = 40
        if measure == "entropy":
            sure = 100 - sure
        sure[codes == 0] = 255
        fen = np.zeros(codes.shape, np.uint8)
        fen[:, 80:96, 16:32] = 35
        chances = np.concatenate([100 - fen - (codes == 4) * 90, (codes == 4) * 90, fen]).astype(
            np.uint8
        )
        path = write_raster(codes, name="map.tif", nodata=0, **profile)
        write_category_names(path.with_name("map.tif.aux.xml"), TABLE)
        return {
            "map": path,
            "confidence": write_raster(
                sure, name="sure.tif", nodata=255, descriptions=[f"{measure} in percent"], **profile
            ),
            "probabilities": write_raster(
                chances,
                name="chances.tif",
                nodata=255,
                descriptions=list(CODES.values()),
                **profile,
            ),
        }

    return make


def suggested(out, **settings):
    result = suggest_labels(SuggestLabelsSettings(out=out, **settings))
    return result, read(out)


def read(path):
    meta, _, shapes, fields = pyogrio.raw.read(path, layer="places")
    columns = dict(zip(meta["fields"], fields, strict=True))
    return meta, shapely.from_wkb(shapes), columns


def refusal(**settings):
    with pytest.raises(InputError) as caught:
        suggest_labels(SuggestLabelsSettings(**settings))
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    return caught.value.code


@pytest.mark.parametrize("measure", ["probability", "margin", "entropy"])
def test_the_doubtful_place_comes_first_by_any_measure(ground, tmp_path, measure):
    files = ground(measure) | {"probabilities": None}
    result, (meta, shapes, columns) = suggested(tmp_path / "p.gpkg", count=5, by="unsure", **files)
    assert result["count"] == 5 == len(shapes)
    assert result["by"] == {"unsure": 5, "rare": 0}
    assert shapes[0].bounds == (500960, 5799520, 501120, 5799680)
    assert columns["rank"].tolist() == [1, 2, 3, 4, 5]
    assert columns["mapped_class"][0] == "grass"
    assert columns["mapped_code"][0] == 4
    assert columns["confidence"][0] == 40
    assert columns["sentence"][0].startswith("The map says grass and ")
    said = "60 %" if measure == "entropy" else "40 %"
    assert said in columns["sentence"][0]
    assert columns["likely_class"][0] is None
    assert meta["crs"] == "EPSG:32633"
    # Both classes have their turn, and places lie apart.
    assert set(columns["mapped_class"]) == {"field", "grass"}
    middles = shapely.get_coordinates(shapely.centroid(shapes))
    gaps = np.hypot(*(middles[:, None] - middles).T)[~np.eye(5, dtype=bool)]
    assert gaps.min() >= result["min_distance"]
    assert result["min_distance"] == pytest.approx(np.sqrt(110 * 150 * 100 / 5) / 2, rel=1e-3)


def test_a_rare_class_is_looked_for_where_the_map_says_something_else(ground, tmp_path):
    result, (_, shapes, columns) = suggested(tmp_path / "p.gpkg", count=4, **ground())
    assert result["rare"] == ["fen"]
    assert columns["why"].tolist() == ["rare", "unsure", "unsure", "unsure"]
    assert shapes[0].bounds == (500160, 5799040, 500320, 5799200)
    assert (columns["mapped_class"][0], columns["likely_class"][0]) == ("field", "fen")
    assert columns["likely_percent"][0] == 35
    assert np.isnan(columns["likely_percent"][1])
    assert result["list"][0]["x"] == 500240
    assert "fen has 35 % probability" in result["text"]


def test_wanted_classes_are_looked_for_without_probabilities(ground, tmp_path):
    files = ground() | {"probabilities": None}
    _, (_, _, columns) = suggested(
        tmp_path / "p.gpkg", count=3, by="rare", rare=["grass"], min_distance=50, **files
    )
    assert set(columns["likely_class"]) == {"grass"}
    assert columns["confidence"][0] == 40


def test_rotated_grids_and_edges(ground, tmp_path):
    """Squares lie on the map's own pixels and end with it."""
    files = ground(transform=ROTATED) | {"probabilities": None}
    result, (_, shapes, _) = suggested(
        tmp_path / "p.gpkg", count=99, size=20, min_distance=1, by="unsure", **files
    )
    pixels = shapely.transform(shapes, lambda xy: np.column_stack(~ROTATED @ tuple(xy.T)))
    corners = shapely.bounds(pixels).round(6)
    assert (corners[:, 2] <= 150).all()
    assert set(corners[:, 2] - corners[:, 0]) == {20, 10}
    # Of the upper right corner too little is mapped.
    assert result["count"] == 6 * 8 - 1
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx((120 * 150 - 10 * 20) * 100)
    assert result["side"] == pytest.approx(200)


def test_labelled_ground_is_left_out(ground, write_polygons, tmp_path):
    layer = write_polygons([("a", (0, 0, 110, 120)), ("b", (120, 50, 150, 60))])
    _, (_, shapes, _) = suggested(
        tmp_path / "p.gpkg", count=50, min_distance=1, leave_out=[str(layer)], **ground()
    )
    drawn = shapely.union_all(shapely.from_wkb(pyogrio.raw.read(layer)[2]))
    assert len(shapes)
    assert shapely.area(shapely.intersection(shapely.union_all(shapes), drawn)) == 0


def test_rows_read_at_once_do_not_matter(ground, tmp_path, monkeypatch):
    files = ground()
    first, _ = suggested(tmp_path / "a.gpkg", **files)
    monkeypatch.setattr(stage, "PIXELS", 1)
    second, _ = suggested(tmp_path / "b.gpkg", **files)
    assert first["list"] == second["list"]


def test_how_places_were_chosen_stands_in_the_file(ground, tmp_path):
    suggested(tmp_path / "p.gpkg", seed=3, **ground())
    _, _, _, fields = pyogrio.raw.read(tmp_path / "p.gpkg", layer="about", read_geometry=False)
    about = {key: json.loads(value) for key, value in zip(*fields, strict=True)}
    assert about["measure"] == "probability"
    assert about["seed"] == 3
    assert about["rare"] == ["fen"]
    assert about["map"] == "map.tif"


def test_fewer_places_than_asked_for_are_announced(ground, tmp_path):
    reporter = Reporter()
    settings = SuggestLabelsSettings(out=tmp_path / "p.gpkg", min_distance=900, **ground())
    result = suggest_labels(settings, reporter)
    assert 0 < result["count"] < 30
    assert [w["code"] for w in reporter.warnings] == ["suggest.fewer"]


def test_refusals(ground, write_raster, write_polygons, tmp_path):
    files, out = ground(), tmp_path / "p.gpkg"
    assert refusal(out=tmp_path / "p.shp", **files) == "output.not-gpkg"
    assert refusal(out=out, by="unsure", **files) == "suggest.idle"
    assert refusal(out=out, rare=["bog"], **files) == "classes.unknown"
    other = write_raster(np.zeros((1, 120, 149), np.uint8), name="other.tif")
    assert refusal(out=out, **files | {"confidence": other}) == "raster.other-grid"
    shares = write_raster(np.zeros((1, 120, 150), np.float32), name="float.tif")
    assert refusal(out=out, **files | {"confidence": shares}) == "raster.not-percent"
    assert (
        refusal(out=out, **files | {"probabilities": files["confidence"]})
        == "suggest.other-classes"
    )
    everywhere = write_polygons([("a", (0, 0, 150, 120))])
    assert refusal(out=out, leave_out=[str(everywhere)], **files) == "map.empty"
    certain = write_raster(np.full((1, 120, 150), 100, np.uint8), name="certain.tif")
    alone = files | {"confidence": certain, "probabilities": None}
    assert refusal(out=out, **alone) == "suggest.nothing"
    assert not out.exists()


def test_nothing_is_rare(ground, tmp_path, write_raster):
    half = np.repeat([[1, 4]], 75, axis=1).repeat(120, axis=0)[None].astype(np.uint8)
    files = ground() | {"probabilities": None}
    files["map"] = write_raster(half, name="half.tif", nodata=0)
    assert refusal(out=tmp_path / "p.gpkg", by="rare", **files) == "suggest.no-rare"
    result, _ = suggested(tmp_path / "p.gpkg", count=3, **files)
    assert result["by"] == {"unsure": 3, "rare": 0}


def test_the_command_line(ground, overseed, tmp_path):
    files = ground()
    done = overseed(
        "suggest-labels", files["map"], "--confidence", files["confidence"], "--count", 2,
        "--out", tmp_path / "p.gpkg", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outputs = last_json(done.stdout)["outputs"]
    assert outputs["count"] == 2
    assert (tmp_path / "p.qml").is_file()
    refused = overseed(
        "suggest-labels",
        files["map"],
        "--confidence",
        tmp_path / "none.tif",
        "--out",
        tmp_path / "q.gpkg",
    )
    assert refused.returncode == 2
    assert "none.tif" in refused.stderr
    assert not (tmp_path / "q.gpkg").exists()
