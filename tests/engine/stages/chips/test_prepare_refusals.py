"""What `chips prepare` refuses: one sentence that names what is wrong, one that says what to do."""

import numpy as np
import pyogrio.raw
import pytest
import rasterio
import shapely
from pydantic import ValidationError
from rasterio.transform import from_origin

from overseed.chip_settings import PrepareChipsSettings
from overseed.config import PrepareSettings
from overseed.errors import InputError
from overseed.stages.chips.chip_files import open_chips
from overseed.stages.chips.prepare import prepare
from overseed.stages.prepare import prepare as prepare_tiles
from tests.engine.stages.chips.made_chips import (
    CRS,
    class_folders,
    picture,
    write_chip,
    write_table,
)


def refusal_of(run, **settings):
    with pytest.raises(InputError) as refusal:
        prepare(PrepareChipsSettings(run=run, **settings))
    assert refusal.value.message.endswith(".")
    assert refusal.value.hint.endswith(".")
    assert not (run / "chips" / "record.json").exists()
    assert not list((run / "chips").glob(".partial-*"))
    return refusal.value


def two_classes(tmp_path, **options):
    return class_folders(tmp_path / "in", {"field": 6, "wood": 6}, **options)


def spoilt(tmp_path, name, image=None, content=None, **profile):
    """Two classes of chips, and one file more in the second."""
    folder = two_classes(tmp_path)
    if content is None:
        write_chip(folder / "wood" / name, image, **profile)
    else:
        (folder / "wood" / name).write_bytes(content)
    return folder


def test_folders_that_hold_no_classes(tmp_path):
    run = tmp_path / "run"
    assert refusal_of(run, folder=tmp_path / "missing").code == "chips.folder"
    (tmp_path / "empty").mkdir()
    write_chip(tmp_path / "empty" / "a.png", picture(0))
    assert refusal_of(run, folder=tmp_path / "empty").code == "chips.no-class-folders"
    parted = class_folders(tmp_path / "parted", {"train": 3, "test": 3})
    refusal = refusal_of(run, folder=parted)
    assert refusal.code == "chips.split-folders"
    assert "test, train" in refusal.message
    folder = two_classes(tmp_path)
    (folder / "panel").mkdir()
    (folder / "panel" / "readme.txt").write_text("soon")
    refusal = refusal_of(run, folder=folder)
    assert (refusal.code, "panel" in refusal.message) == ("chips.empty-class", True)
    single = class_folders(tmp_path / "single", {"field": 6})
    refusal = refusal_of(run, folder=single)
    assert (refusal.code, "'field'" in refusal.message) == ("chips.one-class", True)


@pytest.mark.parametrize(
    ("name", "image", "profile", "code", "words"),
    [
        ("z.png", picture(1, 30), {}, "chips.mixed-sizes", ["z.png", "30×30", "24×24", "--size"]),
        ("z.png", picture(1, bands=1), {}, "chips.mixed-bands", ["z.png has 1 bands", "3."]),
        ("z.tif", picture(1, dtype="uint16"), {}, "chips.mixed-types", ["uint16", "uint8"]),
        (
            "z.tif",
            picture(1),
            {"descriptions": ("red", "green", "blue")},
            "chips.mixed-bands",
            ["red, green, blue", "band_1, band_2, band_3"],
        ),
    ],
)
def test_files_that_differ_from_the_first(tmp_path, name, image, profile, code, words):
    folder = spoilt(tmp_path, name, image, **profile)
    refusal = refusal_of(tmp_path / "run", folder=folder)
    assert refusal.code == code
    for word in words:
        assert word in str(refusal)


def test_files_that_are_no_chips(tmp_path):
    folder = spoilt(tmp_path, "broken.png", content=b"not a picture")
    refusal = refusal_of(tmp_path / "run", folder=folder)
    assert (refusal.code, "broken.png" in refusal.message) == ("raster.unreadable", True)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_files_that_are_cut_off(tmp_path, suffix):
    folder = class_folders(tmp_path / "in", {"field": 4, "wood": 4}, suffix=suffix, size=64)
    path = folder / "wood" / f"002{suffix}"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refusal = refusal_of(tmp_path / "run", folder=folder)
    assert refusal.code in ("raster.corrupt", "raster.unreadable")
    assert f"002{suffix}" in refusal.message


def test_pictures_with_palettes_and_odd_shapes(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 4, "wood": 4}, size=(24, 30))
    refusal = refusal_of(tmp_path / "run", folder=folder)
    assert (refusal.code, "30×24" in refusal.message) == ("chips.not-square", True)
    tiny = class_folders(tmp_path / "tiny", {"field": 4, "wood": 4}, size=8)
    assert refusal_of(tmp_path / "run", folder=tiny).code == "chips.size"
    path = write_chip(tmp_path / "in" / "field" / "000.png", picture(0, bands=1))
    with rasterio.open(path, "w", driver="PNG", count=1, height=24, width=24, dtype="uint8") as out:
        out.write(picture(0, bands=1))
        out.write_colormap(1, {n: (n, 0, 0, 255) for n in range(256)})
    assert refusal_of(tmp_path / "run", folder=folder, size=24).code == "chips.palette"


def test_the_same_picture_with_two_classes(tmp_path):
    folder = spoilt(tmp_path, "same.png", picture([0, 3]))
    refusal = refusal_of(tmp_path / "run", folder=folder)
    assert refusal.code == "chips.contradiction"
    assert "field/003.png" in refusal.message
    assert "wood/same.png" in refusal.message
    assert "'field'" in refusal.message


def test_names_that_are_not_there(tmp_path):
    folder, run = two_classes(tmp_path), tmp_path / "run"
    for settings in ({"thin": "panel=0.1"}, {"rare": ["panel"]}):
        refusal = refusal_of(run, folder=folder, **settings)
        assert (refusal.code, "field, wood" in refusal.hint) == ("classes.unknown", True)
    assert refusal_of(run, folder=folder, bands=["nir"]).code == "bands.unknown"
    assert refusal_of(run, folder=folder, bands=["4"]).code == "bands.out-of-range"
    assert refusal_of(run, folder=folder, group_by=r"^tile").code == "chips.group-by"
    assert refusal_of(run, folder=folder, block_size="100m").code == "chips.block-size"


def test_chips_that_cannot_be_split(tmp_path):
    folder = two_classes(tmp_path)
    refusal = refusal_of(tmp_path / "run", folder=folder, group_by=r"0")
    assert refusal.code == "chips.split-impossible"
    assert "1 groups" in refusal.message
    few = class_folders(tmp_path / "few", {"field": 1, "wood": 1})
    assert refusal_of(tmp_path / "run", folder=few).code == "chips.split-impossible"


def rows_of(folder, **columns):
    class_folders(folder, {"field": 6, "wood": 6})
    return [
        {"file": path.relative_to(folder).as_posix(), "class": path.parent.name} | columns
        for path in sorted(folder.rglob("*.png"))
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": "wood/missing.png"}, ["row 5", "wood/missing.png"]),
        ({"file": ""}, ["row 5", "file is empty"]),
        ({"class": " "}, ["row 5", "class is empty"]),
        ({"cluster": "b"}, ["row 5", "cluster 'b'"]),
        ({"x": "10,5", "y": "1"}, ["row 5", "'10,5'"]),
        ({"x": "10", "y": ""}, ["row 5", "not two numbers"]),
        ({"file": "field/000.png"}, ["row 5", "already in row 2"]),
    ],
)
def test_rows_of_a_table_that_will_not_do(tmp_path, change, words):
    rows = rows_of(tmp_path / "data", cluster="", x="", y="")
    rows[3] |= change
    table = write_table(tmp_path / "data" / "chips.csv", rows)
    refusal = refusal_of(tmp_path / "run", table=table, crs=CRS)
    assert refusal.code == "chips.table-row"
    for word in ["chips.csv", *words]:
        assert word in refusal.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("file,clas\na.png,b\n", "chips.table-column"),
        ("file,class,kluster\na.png,b,1\n", "chips.table-column"),
        ("file,class,x\na.png,b,1\n", "chips.table-column"),
        ("file,class,class\na.png,b,b\n", "chips.table-column"),
        ("file,class\na.png,b,c\n", "chips.table-row"),
        ("file,class\n", "chips.none"),
        ("", "chips.table-column"),
        ("file,class\n\xff".encode("latin-1"), "chips.table"),
        (None, "chips.table"),
    ],
)
def test_tables_that_will_not_do(tmp_path, text, code):
    table = tmp_path / "chips.csv"
    if text is not None:
        table.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert refusal_of(tmp_path / "run", table=table).code == code


def test_coordinates_and_regions_that_will_not_do(tmp_path):
    rows = rows_of(tmp_path / "data", x="500000", y="5800000", region="north")
    table = write_table(tmp_path / "data" / "chips.csv", rows)
    run = tmp_path / "run"
    assert "--crs" in refusal_of(run, table=table).hint
    assert refusal_of(run, table=table, crs="EPSG:1").code == "chips.crs"
    assert refusal_of(run, table=table, crs="EPSG:4326").code == "chips.crs"
    assert refusal_of(run, table=table, crs=CRS).code == "chips.split-impossible"
    assert refusal_of(run, table=table, crs=CRS, block_size="40").code == "chips.block-size"
    assert refusal_of(run, table=table, crs=CRS, block_size="0").code == "chips.block-size"
    refusal = refusal_of(run, table=table, crs=CRS, other_region=["south"])
    assert (refusal.code, "north" in refusal.hint) == ("chips.region", True)
    assert refusal_of(run, table=table, crs=CRS, other_region=["north"]).code == "chips.region"


def layer(path, geometry, values, kind="Point", crs=CRS):
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(g) for g in geometry], object),
        field_data=[np.array(values, object)],
        fields=np.array(["kind"]),
        geometry_type=kind,
        crs=crs,
        driver="GPKG",
    )
    return str(path)


def test_layers_and_rasters_that_do_not_fit(tmp_path):
    grid = from_origin(500000, 5800000, 10, 10)
    raster = str(write_chip(tmp_path / "s.tif", picture(0, (100, 100)), crs=CRS, transform=grid))
    run, points = tmp_path / "run", [shapely.Point(500100 + 50 * n, 5799800) for n in range(10)]
    inside = layer(tmp_path / "in.gpkg", points, ["panel"] * 10)
    far = layer(tmp_path / "far.gpkg", [shapely.Point(0, 0)] * 4, ["panel"] * 4)
    lines = layer(tmp_path / "l.gpkg", [shapely.LineString([(0, 0), (1, 1)])], ["a"], "LineString")

    def refused(labels, **settings):
        return refusal_of(run, raster=[raster], labels=labels, **settings)

    refusal = refused([inside])
    assert (refusal.code, "--rest-as" in refusal.hint) == ("chips.one-class", True)
    assert refused([far], rest_as="none").code == "labels.no-overlap"
    assert refused([lines]).code == "labels.not-polygons"
    assert refused([raster]).code == "chips.labels"
    assert refused([inside, far]).code == "labels.pairing"
    assert refused([inside], class_field="name").code == "labels.field-missing"
    assert refused([str(tmp_path / "no.gpkg")]).code == "labels.missing"
    assert refused([inside], rest_as="none", size=96).code == "chips.no-room"
    other = str(write_chip(tmp_path / "t.tif", picture(0, (60, 60), 2), crs=CRS, transform=grid))
    assert refusal_of(run, raster=[raster, other], labels=[inside]).code == "bands.mismatch"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "one of --folder"),
        ({"folder": "a", "table": "b"}, "one of --folder"),
        ({"raster": ["a"]}, "--labels"),
        ({"folder": "a", "labels": ["b"]}, "--labels goes with --raster"),
        ({"folder": "a", "rest_as": "b"}, "--rest-as goes with --raster"),
        ({"raster": ["a"], "labels": ["b"], "group_by": "c"}, "--group-by goes with files"),
        ({"raster": ["a"], "labels": ["b"], "rest_count": 3}, "--rest-count needs"),
        ({"table": "a", "pixel_size": 1}, "--pixel-size needs"),
        ({"folder": "a", "other_region": ["b"]}, "--other-region needs"),
        ({"folder": "a", "val": 0.4, "test": 0.5}, "less than 20 %"),
        ({"folder": "a", "group_by": "("}, "no regular expression"),
        ({"folder": "a", "thin": "b=2"}, "between 0 and 1"),
    ],
)
def test_settings_that_contradict_each_other(settings, words):
    with pytest.raises(ValidationError, match=words.replace("(", r"\(")):
        PrepareChipsSettings(run="run", **settings)


def test_a_refusal_leaves_earlier_chips_as_they_are(tmp_path):
    folder, run = two_classes(tmp_path), tmp_path / "run"
    prepare(PrepareChipsSettings(run=run, folder=folder))
    before = (run / "chips" / "record.json").read_bytes()
    write_chip(folder / "wood" / "z.png", picture(1, 30))
    with pytest.raises(InputError):
        prepare(PrepareChipsSettings(run=run, folder=folder))
    assert (run / "chips" / "record.json").read_bytes() == before
    assert len(open_chips(run).chips) == 12
    assert not list((run / "chips").glob(".partial-*"))


def test_a_run_folder_of_tiles_is_no_place_for_chips(tmp_path, scene):
    run, folder = tmp_path / "run", two_classes(tmp_path)
    prepare_tiles(tiles_of(scene, run))
    assert refusal_of(run, folder=folder).code == "chips.run-in-use"
    assert not (run / "chips").exists()


def test_a_run_folder_of_chips_is_no_place_for_tiles(tmp_path, scene):
    run, folder = tmp_path / "run", two_classes(tmp_path)
    prepare(PrepareChipsSettings(run=run, folder=folder))
    with pytest.raises(InputError, match="holds the chips") as refusal:
        prepare_tiles(tiles_of(scene, run))
    assert refusal.value.code == "prepare.run-in-use"
    assert not (run / "tiles").exists()
    assert len(open_chips(run).chips) == 12


def tiles_of(scene, run):
    return PrepareSettings(
        run=run, raster=[scene["raster"]], labels=[scene["labels"]],
        class_field=scene["class_field"], tile_size=64,
    )  # fmt: skip


def test_a_run_folder_among_the_chips_is_refused(tmp_path):
    folder = two_classes(tmp_path)
    assert refusal_of(folder / "run", folder=folder).code == "chips.run-inside"
    assert not (folder / "run").exists()
