"""From a map to a sample, from answers to accuracy and areas, and all that can be wrong with either."""

import csv
import json

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from overseed.errors import InputError
from overseed.files import write_text
from overseed.map_settings import AssessSettings, SamplePointsSettings
from overseed.mapping.style import write_category_names
from overseed.scenes.class_maps import count_pixels, read_class_map
from overseed.scenes.classes import ClassTable, LandClass
from overseed.stages.assess import assess
from overseed.stages.point_files import read_sample, write_sample
from overseed.stages.sample_points import sample_points

CODES = {1: "forest", 4: "water", 9: "=cmd()"}
SHARES = [0.7, 0.27, 0.03]


@pytest.fixture
def ground(write_raster):
    """A map with errors, and the truth: 300 × 400 pixels, 40 rows of which are not mapped."""
    rng = np.random.default_rng(0)
    truth = np.kron(rng.choice(list(CODES), (60, 80), p=SHARES), np.ones((5, 5), np.uint8)).astype(
        np.uint8
    )
    mapped = np.where(rng.random(truth.shape) < 0.2, rng.choice(list(CODES), truth.shape), truth)
    mapped[:40] = 0
    path = write_raster(mapped[None].astype(np.uint8), name="map.tif", nodata=0)
    table = ClassTable(
        tuple(
            LandClass(i, code, name, "#336699", False, (name,))
            for i, (code, name) in enumerate(CODES.items())
        )
    )
    write_category_names(path.with_name("map.tif.aux.xml"), table)
    return path, truth


def draw(path, out, **more):
    return sample_points(SamplePointsSettings(map=path, out=out, **more))


def answered(points, truth, out, skip=0):
    """Fill in what is really there."""
    _, sample = read_sample(str(points))
    info = read_class_map(points.with_name("map.tif")).info
    answers = [CODES[int(truth[row, column])] for row, column in sample.places]
    answers[:skip] = [None] * skip
    write_sample(out, sample, info, answers, [None] * len(answers))
    return out


def run(maps, references, out, **more):
    settings = AssessSettings(
        map=[str(m) for m in np.atleast_1d(maps)],
        reference=[str(r) for r in np.atleast_1d(references)],
        out=out,
        **more,
    )
    assess(settings)
    return json.loads(out.read_text())


def refusal(function, *arguments, **more):
    with pytest.raises(InputError) as caught:
        function(*arguments, **more)
    assert caught.value.message.endswith(".")
    assert caught.value.hint
    return caught.value.code


def test_points_are_drawn_in_each_class_and_say_nothing_of_the_map(ground, tmp_path):
    path, _ = ground
    out = draw(path, tmp_path / "p.gpkg", count=90)
    assert [(row["stratum"], row["points"]) for row in out["strata"]] == [
        (name, 30) for name in CODES.values()
    ]
    points, sample = read_sample(out["points"])
    assert set(points.fields) == {"id", "reference", "note"}
    assert points.texts("reference") == [""] * 90
    # In the middle of mapped pixels of their stratum, each pixel once.
    found = read_class_map(path)
    rows, columns = points.pixels(found.info)
    np.testing.assert_array_equal(np.column_stack([rows, columns]), sample.places)
    assert len(set(map(tuple, sample.places.tolist()))) == 90
    codes = found.codes_at(rows, columns)
    assert [sample.strata[s].codes for s in sample.stratum] == [(c,) for c in codes]
    census = count_pixels(found)
    assert {s.codes[0]: s.pixels for s in sample.strata} == census.pixels
    text = (tmp_path / "p-instructions.md").read_text()
    assert "10 m × 10 m" in text
    assert "* water" in text


def test_every_pixel_is_as_likely(write_raster, tmp_path):
    """Over many seeds the drawn pixels of a small map are spread evenly."""
    mapped = np.ones((1, 12, 10), np.uint8)
    mapped[0, :2] = 2
    path = write_raster(mapped, name="map.tif", nodata=0)
    hits = np.zeros((12, 10))
    for seed in range(100):
        draw(path, tmp_path / "p.gpkg", count=20, seed=seed)
        _, sample = read_sample(str(tmp_path / "p.gpkg"))
        np.add.at(hits, tuple(sample.places.T), 1)
    for rows, expected in ((hits[:2], 100 * 10 / 20), (hits[2:], 100 * 10 / 100)):
        assert rows.mean() == expected
        # Chi-square over cells: as far off as chance has it where half, or a tenth, of all pixels is drawn.
        drawn = expected / 100
        chi = ((rows - expected) ** 2 / (expected * (1 - drawn))).sum() / (rows.size - 1)
        assert 0.4 < chi < 1.8


def test_same_seed_same_points(ground, tmp_path):
    path, _ = ground
    places = []
    for number, seed in enumerate((3, 3, 4)):
        out = draw(path, tmp_path / f"{number}.gpkg", count=30, seed=seed)
        places.append(read_sample(out["points"])[1].places.tolist())
    assert places[0] == places[1] != places[2]


def test_a_target_error_gets_as_many_points_as_it_takes(ground, tmp_path):
    path, _ = ground
    out = draw(path, tmp_path / "p.gpkg", count=30, expect="water=0.5", error="water=0.05")
    assert {row["stratum"]: row["points"] for row in out["strata"]}["water"] == pytest.approx(
        100, abs=2
    )


def test_simple_random_sampling_has_one_stratum(ground, tmp_path):
    path, _ = ground
    out = draw(path, tmp_path / "p.gpkg", count=50, design="simple")
    assert [row["points"] for row in out["strata"]] == [50]


def test_what_is_left_out_gets_no_points_and_is_no_part_of_the_ground(
    ground, write_polygons, tmp_path
):
    path, _ = ground
    training = write_polygons([("a", (0, 0, 200, 300))], name="training.gpkg")
    out = draw(path, tmp_path / "p.gpkg", count=60, leave_out=[str(training)])
    _, sample = read_sample(out["points"])
    assert (sample.places[:, 1] >= 200).all()
    assert sum(s.pixels for s in sample.strata) == 260 * 200
    assert sample.about["left_out"] == ["training.gpkg"]


def test_a_sample_is_topped_up_and_its_answers_stay(ground, tmp_path):
    path, truth = ground
    draw(path, tmp_path / "p.gpkg", count=30)
    first = answered(tmp_path / "p.gpkg", truth, tmp_path / "a.gpkg")
    draw(path, tmp_path / "q.gpkg", count=90, keep=first, seed=0)
    old, new = read_sample(str(first)), read_sample(str(tmp_path / "q.gpkg"))
    assert new[1].numbers.tolist() == [*range(1, 91)]
    np.testing.assert_array_equal(new[1].places[:30], old[1].places)
    assert new[0].texts("reference")[:30] == old[0].texts("reference")
    assert new[0].texts("reference")[30:] == [""] * 60
    assert len(set(map(tuple, new[1].places.tolist()))) == 90
    assert np.bincount(new[1].stratum).tolist() == [30, 30, 30]


def test_a_sample_of_another_map_is_not_topped_up(ground, write_raster, tmp_path):
    path, _ = ground
    draw(path, tmp_path / "p.gpkg", count=30)
    other = write_raster(np.ones((1, 300, 400), np.uint8), name="other.tif")
    more = {"count": 60, "keep": tmp_path / "p.gpkg"}
    assert refusal(draw, other, tmp_path / "q.gpkg", **more) == "sample.other-map"
    assert refusal(draw, path, tmp_path / "q.gpkg", design="simple", **more) == "sample.other-map"
    assert refusal(draw, path, tmp_path / "p.gpkg", **more) == "output.clash"


def test_estimates_lie_near_the_truth(ground, tmp_path):
    path, truth = ground
    draw(path, tmp_path / "p.gpkg", count=900)
    found = run(
        path, answered(tmp_path / "p.gpkg", truth, tmp_path / "a.gpkg"), tmp_path / "r.json"
    )
    (entry,) = found["maps"]
    assert (entry["design"], entry["points"]) == ("stratified", 900)
    with rasterio.open(path) as dataset:
        mapped = dataset.read(1)
    real, right = truth[40:], (mapped == truth)[40:].mean()
    overall = entry["overall_accuracy"]
    assert overall["low"] < right < overall["high"]
    assert entry["hectares"] == pytest.approx(260 * 400 * 100 / 10_000)
    for row in entry["classes"]:
        code = next(c for c, name in CODES.items() if name == row["name"])
        hectares = (real == code).sum() * 100 / 10_000
        assert row["hectares"]["low"] < hectares < row["hectares"]["high"]
        # Counting the map's pixels is wrong for the rare class, which is the reason for all this.
        if code == 9:
            assert entry["map_hectares"][row["name"]] > 1.5 * row["hectares"]["high"]
    assert entry["quantity_disagreement"] + entry["allocation_disagreement"] == pytest.approx(
        1 - overall["value"], abs=1e-5
    )


def test_tables_do_no_harm_in_a_spreadsheet(ground, tmp_path):
    path, truth = ground
    draw(path, tmp_path / "p.gpkg", count=90)
    run(path, answered(tmp_path / "p.gpkg", truth, tmp_path / "a.gpkg"), tmp_path / "r.json")
    for name in ("r-classes.csv", "r-matrix.csv"):
        with (tmp_path / name).open(newline="") as stream:
            cells = {cell for row in csv.reader(stream) for cell in row}
        assert "'=cmd()" in cells
        assert not [c for c in cells if c.startswith(("=", "+", "@"))]


def test_points_without_answers_are_counted_and_left_out(ground, tmp_path):
    path, truth = ground
    draw(path, tmp_path / "p.gpkg", count=90)
    answers = answered(tmp_path / "p.gpkg", truth, tmp_path / "a.gpkg", skip=7)
    (entry,) = run(path, answers, tmp_path / "r.json")["maps"]
    assert entry["points"] == 83
    assert "Left out: 7 points without a reference class." in entry["warnings"]


def test_a_stratum_without_answers_is_refused(ground, tmp_path):
    path, _ = ground
    draw(path, tmp_path / "p.gpkg", count=90)
    _, sample = read_sample(str(tmp_path / "p.gpkg"))
    answers = ["water" if s else None for s in sample.stratum]
    write_sample(tmp_path / "a.gpkg", sample, read_class_map(path).info, answers, [None] * 90)
    assert refusal(run, path, tmp_path / "a.gpkg", tmp_path / "r.json") == "assess.stratum-empty"
    assert not (tmp_path / "r.json").exists()
    assert refusal(run, path, tmp_path / "p.gpkg", tmp_path / "r.json") == "assess.no-answers"


def test_few_points_of_a_class_are_said_with_what_the_interval_is_worth(ground, tmp_path):
    path, truth = ground
    draw(path, tmp_path / "p.gpkg", count=60)
    (entry,) = run(
        path, answered(tmp_path / "p.gpkg", truth, tmp_path / "a.gpkg"), tmp_path / "r.json"
    )["maps"]
    said = next(w for w in entry["warnings"] if "fewer than 10 points" in w)
    assert "held the truth in 9" in said
    rare = entry["classes"][2]["area"]
    assert rare["interval"] == "wilson"
    assert rare["low"] > 0


def points_layer(path, truth, places, field="reference", **columns):
    """Somebody's own points, with the truth."""
    places = np.asarray(places)
    xy = np.column_stack([500000 + (places[:, 1] + 0.5) * 10, 5800000 - (places[:, 0] + 0.5) * 10])
    fields = {field: np.array([CODES[int(truth[r, c])] for r, c in places], object)} | columns
    pyogrio.raw.write(
        str(path), shapely.to_wkb(shapely.points(xy)), list(fields.values()), list(fields),
        driver="GPKG", geometry_type="Point", crs="EPSG:32633",
    )  # fmt: skip
    return path


def test_points_that_somebody_chose_get_no_interval(ground, tmp_path):
    path, truth = ground
    places = np.random.default_rng(0).integers(50, 300, (80, 2))
    points = points_layer(tmp_path / "own.gpkg", truth, places)
    (entry,) = run(path, points, tmp_path / "r.json")["maps"]
    assert entry["design"] == "chosen"
    assert "low" not in entry["overall_accuracy"]
    assert entry["classes"][0]["hectares"] == {"value": None}
    assert "chosen, not drawn" in entry["warnings"][-1]


def test_designs_that_a_person_knows_of(ground, tmp_path):
    path, truth = ground
    places = np.random.default_rng(0).integers(50, 300, (200, 2))
    points = points_layer(tmp_path / "own.gpkg", truth, places)
    (simple,) = run(path, points, tmp_path / "r.json", design="simple")["maps"]
    assert simple["overall_accuracy"]["low"] is not None
    (by_class,) = run(path, points, tmp_path / "r.json", design="stratified")["maps"]
    assert by_class["overall_accuracy"]["standard_error"] > 0
    assert by_class["overall_accuracy"] != simple["overall_accuracy"]
    # Strata that are not the map's classes.
    parts = np.where(places[:, 1] < 150, "west", "east").astype(object)
    points = points_layer(tmp_path / "parts.gpkg", truth, places, part=parts)
    write_text(tmp_path / "sizes.csv", "stratum,pixels\nwest,39000\neast,65000\n")
    more = {"design": "stratified", "strata": "part"}
    (entry,) = run(path, points, tmp_path / "r.json", strata_pixels=tmp_path / "sizes.csv", **more)[
        "maps"
    ]
    assert entry["design"] == "stratified"
    assert entry["overall_accuracy"]["low"] < entry["overall_accuracy"]["value"]
    assert refusal(run, path, points, tmp_path / "r.json", **more) == "assess.strata"
    write_text(tmp_path / "sizes.csv", "name;size\nwest;1\n")
    assert (
        refusal(
            run, path, points, tmp_path / "r.json", strata_pixels=tmp_path / "sizes.csv", **more
        )
        == "assess.strata"
    )


def test_points_in_another_crs_and_answers_by_code(ground, tmp_path):
    from pyproj import Transformer

    path, truth = ground
    places = np.random.default_rng(0).integers(50, 300, (100, 2))
    x, y = 500000 + (places[:, 1] + 0.5) * 10, 5800000 - (places[:, 0] + 0.5) * 10
    here = points_layer(tmp_path / "here.gpkg", truth, places)
    lon, lat = Transformer.from_crs(32633, 4326, always_xy=True).transform(x, y)
    codes = truth[places[:, 0], places[:, 1]].astype(np.int32)
    pyogrio.raw.write(
        str(tmp_path / "there.geojson"), shapely.to_wkb(shapely.points(lon, lat)), [codes], ["code"],
        driver="GeoJSON", geometry_type="Point", crs="EPSG:4326",
    )  # fmt: skip
    one = run(path, here, tmp_path / "r.json", design="simple")
    two = run(
        path, tmp_path / "there.geojson", tmp_path / "s.json", design="simple", class_field="code"
    )
    assert one["maps"][0]["matrix"] == two["maps"][0]["matrix"]


def test_polygons_describe_themselves(ground, write_polygons, tmp_path):
    path, _ = ground
    polygons = write_polygons([("water", (0, 100, 50, 150)), ("forest", (100, 100, 200, 200))])
    (entry,) = run(path, polygons, tmp_path / "r.json")["maps"]
    assert (entry["design"], entry["points"]) == ("chosen", 50 * 50 + 100 * 100)
    assert "low" not in entry["overall_accuracy"]


def test_a_raster_of_all_ground_has_no_sampling_error(ground, write_raster, tmp_path):
    path, truth = ground
    reference = write_raster(truth[None], name="truth.tif")
    (entry,) = run(path, reference, tmp_path / "r.json")["maps"]
    assert entry["design"] == "census"
    with rasterio.open(path) as dataset:
        mapped = dataset.read(1)
    hits = (mapped == truth)[40:].sum()
    # Rows that the map leaves empty count as wrong.
    assert entry["overall_accuracy"]["value"] == pytest.approx(hits / truth.size, abs=1e-6)


def test_two_maps_at_the_same_points(ground, write_raster, tmp_path):
    path, truth = ground
    better = truth.copy()
    better[:40] = 0
    second = write_raster(better[None], name="better.tif", nodata=0)
    draw(path, tmp_path / "p.gpkg", count=300)
    answers = answered(tmp_path / "p.gpkg", truth, tmp_path / "a.gpkg")
    # The second map has no names; its codes are the first one's.
    write_text(
        tmp_path / "better.tif.aux.xml", (tmp_path / "map.tif.aux.xml").read_text(encoding="utf-8")
    )
    found = run([path, second], answers, tmp_path / "r.json")
    (pair,) = found["differences"]
    assert (pair["map"], pair["against"]) == ("better.tif", "map.tif")
    assert pair["overall_accuracy"]["low"] > 0.05
    assert pair["mcnemar"] is None
    assert found["maps"][1]["overall_accuracy"]["value"] == 1.0
    draw(path, tmp_path / "s.gpkg", count=300, design="simple")
    answers = answered(tmp_path / "s.gpkg", truth, tmp_path / "b.gpkg")
    (pair,) = run([path, second], answers, tmp_path / "r.json")["differences"]
    assert pair["mcnemar"]["p"] < 0.001


def test_several_maps_with_a_sample_each_count_together(ground, tmp_path):
    path, truth = ground
    references = []
    for seed in (0, 1):
        draw(path, tmp_path / f"p{seed}.gpkg", count=150, seed=seed)
        references.append(answered(tmp_path / f"p{seed}.gpkg", truth, tmp_path / f"a{seed}.gpkg"))
    found = run([path, path], references, tmp_path / "r.json")
    together = found["together"]
    assert together["points"] == 300
    assert together["hectares"] == pytest.approx(2 * found["maps"][0]["hectares"])
    errors = [e["overall_accuracy"]["standard_error"] for e in found["maps"]]
    assert together["overall_accuracy"]["standard_error"] == pytest.approx(
        np.hypot(*errors) / 2, rel=1e-3
    )


def test_pixels_of_a_geographic_crs_weigh_by_their_area(write_raster, tmp_path):
    """From 20° to 70° north a pixel shrinks to a third, and with it the class that lies north."""
    mapped = np.ones((1, 50, 40), np.uint8)
    mapped[0, :25] = 2
    path = write_raster(
        mapped, name="map.tif", crs="EPSG:4326", transform=from_origin(10, 70, 1, 1), nodata=0
    )
    census = count_pixels(read_class_map(path))
    assert census.pixels == {1: 1000, 2: 1000}
    # Sphere: areas go by the difference of the sines of latitude.
    sine = np.sin(np.radians([20, 45, 70]))
    assert census.areas[2] / census.areas[1] == pytest.approx(
        (sine[2] - sine[1]) / (sine[1] - sine[0]), rel=0.01
    )
    draw(path, tmp_path / "p.gpkg", count=400)
    _, sample = read_sample(str(tmp_path / "p.gpkg"))
    assert sample.ground == pytest.approx(census.total)
    answers = ["2" if row < 25 else "1" for row in sample.places[:, 0]]
    write_sample(tmp_path / "a.gpkg", sample, read_class_map(path).info, answers, [None] * 400)
    (entry,) = run(path, tmp_path / "a.gpkg", tmp_path / "r.json")["maps"]
    north = next(row for row in entry["classes"] if row["name"] == "2")["area"]
    # An unweighted count would say 0.5.
    assert north["low"] <= census.areas[2] / census.total <= north["high"]
    assert north["value"] == pytest.approx(census.areas[2] / census.total, abs=0.01)


def test_an_equal_area_and_a_stretched_crs_agree(write_raster):
    """Web mercator doubles lengths at 60° north."""
    mapped = np.ones((1, 20, 20), np.uint8)
    stretched = write_raster(
        mapped, name="web.tif", crs="EPSG:3857", transform=from_origin(1_000_000, 8_400_000, 20, 20)
    )
    area = read_class_map(stretched).row_areas()
    assert area == pytest.approx(100, rel=0.02)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"out": "p.shp"}, "output.not-gpkg"),
        ({"expect": "moon=0.5"}, "classes.unknown"),
        ({"error": "moon=0.05"}, "classes.unknown"),
        ({"design": "simple", "allocation": "neyman"}, "sample.idle"),
        ({"design": "simple", "error": "water=0.05"}, "sample.idle"),
        ({"leave_out": ["none.gpkg"]}, "labels.missing"),
    ],
)
def test_refuses_samples_in_words(ground, tmp_path, more, code):
    path, _ = ground
    out = tmp_path / more.pop("out", "p.gpkg")
    assert refusal(draw, path, out, **more) == code
    assert not out.exists()


def test_refuses_what_is_no_map(write_raster, tmp_path):
    heights = write_raster(np.random.default_rng(0).random((1, 40, 40)).astype(np.float32))
    assert refusal(draw, heights, tmp_path / "p.gpkg") == "map.not-classes"
    numbers = np.arange(1600, dtype=np.uint16).reshape(1, 40, 40)
    assert (
        refusal(draw, write_raster(numbers, name="n.tif"), tmp_path / "p.gpkg") == "map.not-classes"
    )
    empty = write_raster(np.zeros((1, 40, 40), np.uint8), name="e.tif")
    assert refusal(draw, empty, tmp_path / "p.gpkg") == "map.empty"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"out": "r.txt"}, "output.not-json"),
        ({"references": 3}, "assess.pairs"),
        ({"strata": "part"}, "assess.idle"),
        ({"class_field": "moon"}, "labels.field-missing"),
    ],
)
def test_refuses_assessments_in_words(ground, tmp_path, more, code):
    path, truth = ground
    points = points_layer(tmp_path / "own.gpkg", truth, [[100, 100], [120, 130]])
    references = [points] * more.pop("references", 1)
    out = tmp_path / more.pop("out", "r.json")
    assert refusal(run, path, references, out, **more) == code
    assert not out.exists()


def test_a_design_is_for_points(ground, write_polygons, tmp_path):
    path, _ = ground
    polygons = write_polygons([("water", (0, 100, 50, 150))])
    assert refusal(run, path, polygons, tmp_path / "r.json", design="simple") == "assess.idle"


def test_a_map_and_a_reference_without_a_common_class_are_refused(ground, write_polygons, tmp_path):
    path, truth = ground
    polygons = write_polygons([("Water", (0, 100, 50, 150)), ("forest", (100, 100, 200, 200))])
    points = points_layer(tmp_path / "points.gpkg", truth, [(150, 150), (200, 200)])
    run(path, polygons, tmp_path / "r.json")
    path.with_name("map.tif.aux.xml").unlink()
    for reference, names in ((polygons, "Water, forest"), (points, CODES[int(truth[150, 150])])):
        with pytest.raises(InputError) as caught:
            run(path, reference, tmp_path / "none.json")
        assert caught.value.code == "assess.no-common-class"
        assert "map.tif has 1, 4, 9" in caught.value.message
        assert f"has {names}" in caught.value.message
        assert "map.tif.aux.xml" in caught.value.hint
    assert not (tmp_path / "none.json").exists()


def test_points_elsewhere_are_refused(ground, tmp_path):
    path, truth = ground
    places = np.array([[100, 100], [120, 130]])
    points = points_layer(tmp_path / "own.gpkg", truth, places)
    elsewhere = tmp_path / "else.gpkg"
    meta, _, geometry, fields = pyogrio.raw.read(points)
    moved = shapely.transform(shapely.from_wkb(geometry), lambda xy: xy + 1e6)
    pyogrio.raw.write(
        str(elsewhere), shapely.to_wkb(moved), fields, meta["fields"], driver="GPKG",
        geometry_type="Point", crs=meta["crs"],
    )  # fmt: skip
    assert refusal(run, path, elsewhere, tmp_path / "r.json") == "assess.no-answers"


def test_at_a_shell(ground, overseed, tmp_path):
    path, truth = ground
    done = overseed("sample-points", path, "--out", tmp_path / "p.gpkg", "--count", 90)
    assert done.returncode == 0, done.stderr
    assert "30" in done.stdout
    answers = answered(tmp_path / "p.gpkg", truth, tmp_path / "a.gpkg")
    done = overseed("assess", path, "--reference", answers, "--out", tmp_path / "r.json")
    assert done.returncode == 0, done.stderr
    assert "overall accuracy 0." in done.stdout
    assert "=cmd()" in done.stdout
