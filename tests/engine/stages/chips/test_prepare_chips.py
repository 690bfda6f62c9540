"""`chips prepare` from files: what is stored, on which sides, and that no picture and no ground is on two."""

import csv
import json

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.transform import from_origin

from overseed.chip_settings import PrepareChipsSettings
from overseed.chips.chip_set import CHIP_SIDES, NO_CLUSTER, OTHER_REGION
from overseed.events import Reporter
from overseed.files import read_json
from overseed.stages.chips.chip_files import open_chips
from overseed.stages.chips.prepare import prepare
from overseed.tiles.split import TEST, TRAIN, VALIDATION
from tests.engine.stages.chips.made_chips import (
    CRS,
    class_folders,
    grid_of_chips,
    picture,
    write_chip,
    write_table,
)


def prepared(run, **settings):
    """The chips that the command stores, and what it returns."""
    outputs = prepare(PrepareChipsSettings(run=run, **settings))
    return open_chips(run).chips, outputs


def record_of(run):
    return read_json(run / "chips" / "record.json")


def counts_of(chips, name):
    own = chips.labels == chips.table.index_of(name)
    return np.bincount(chips.sides[own], minlength=4).tolist()


def outlines(chips):
    square = [(0, 0), (chips.size, 0), (chips.size, chips.size), (0, chips.size)]
    return np.array(
        [
            shapely.Polygon([Affine.from_gdal(*p.transform) @ c for c in square])
            for p in chips.places
        ]
    )


def shared_pixels(chips):
    """Largest area, in pixels, that two chips of different sides have in common."""
    shapes = outlines(chips)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    differ = chips.sides[one] != chips.sides[other]
    areas = shapely.area(shapely.intersection(shapes[one[differ]], shapes[other[differ]]))
    pixel = abs(Affine.from_gdal(*chips.places[0].transform).determinant)
    return float(areas.max(initial=0)) / pixel


def test_folders_are_classes_and_files_are_stored_as_they_are(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 20, "wood": 40, "panel": 3})
    (folder / "field" / "notes.txt").write_text("no chip")
    (folder / "field" / ".hidden.png").write_text("no chip")
    chips, outputs = prepared(tmp_path / "run", folder=folder)
    assert len(chips) == outputs["chips"] == 63
    assert chips.table.names == ["field", "panel", "wood"]
    assert chips.images.dtype == np.uint8
    assert chips.names[0] == "field/000.png"
    for number, name in enumerate(chips.names):
        index = ["field", "wood", "panel"].index(name.split("/")[0])
        expected = picture([index, int(name[-7:-4])])
        assert (chips.images[number] == expected).all()
    assert chips.valid.all()
    assert all(place.transform is None for place in chips.places)
    assert counts_of(chips, "field") == [11, 4, 5, 0]
    assert counts_of(chips, "wood") == [22, 8, 10, 0]
    assert counts_of(chips, "panel") == [1, 1, 1, 0]
    assert len(np.unique(chips.groups)) == 63


def test_tables_count_training_chips_and_statistics_are_theirs(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 40, "wood": 40, "panel": 4})
    chips, outputs = prepared(tmp_path / "run", folder=folder, rare_below=0.1)
    training = chips.of_side(TRAIN)
    assert [c.pixels for c in chips.table.classes] == np.bincount(chips.labels[training]).tolist()
    assert [c.rare for c in chips.table.classes] == [False, True, False]
    pixels = np.asarray(chips.images[training]).transpose(1, 0, 2, 3).reshape(3, -1).astype(float)
    np.testing.assert_allclose(chips.stats.mean, pixels.mean(axis=1))
    np.testing.assert_allclose(chips.stats.std, pixels.std(axis=1))
    np.testing.assert_allclose(chips.stats.max, pixels.max(axis=1))
    text = outputs["text"]
    assert "84 chips of 24×24 pixels, 3 bands of uint8" in text
    row = next(line for line in text.splitlines() if line.startswith("panel"))
    assert row.split() == ["panel", *map(str, counts_of(chips, "panel")), "0", "rare"]


def test_band_statistics_of_many_pixels_are_those_of_a_sample(tmp_path, monkeypatch):
    monkeypatch.setattr("overseed.stages.chips.prepare.STATISTICS", 3000)
    folder = class_folders(tmp_path / "in", {"field": 40, "wood": 40})
    chips, _ = prepared(tmp_path / "run", folder=folder)
    pixels = np.asarray(chips.images[chips.of_side(TRAIN)]).transpose(1, 0, 2, 3).reshape(3, -1)
    assert (np.abs(np.array(chips.stats.mean) - pixels.mean(axis=1)) < 3).all()
    assert not np.allclose(chips.stats.mean, pixels.mean(axis=1), rtol=1e-12)
    assert chips.stats.max == tuple(pixels.max(axis=1).astype(float).tolist())


def test_the_same_seed_is_the_same_split_and_another_one_is_not(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 40, "wood": 40})
    sides = [
        prepared(tmp_path / f"run-{number}", folder=folder, seed=seed, thin="wood=0.2")[0]
        for number, seed in enumerate((3, 3, 4))
    ]
    assert sides[0].names == sides[1].names
    assert (sides[0].sides == sides[1].sides).all()
    assert sides[0].names != sides[2].names


def test_copies_of_a_picture_are_never_on_two_sides(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 30, "wood": 30}, size=48)
    for number in range(12):
        image = picture([0, number], 48).astype(float)
        turned = np.rot90(image, number % 4, axes=(1, 2))
        changed = turned[:, :, ::-1] if number % 2 else turned
        copy = np.clip(0.9 * changed + 12, 0, 255).astype(np.uint8)
        suffix, profile = (".jpg", {"quality": 80}) if number % 3 else (".png", {})
        write_chip(folder / "field" / f"copy-{number:03}{suffix}", copy, **profile)
    for number in range(6):
        write_chip(folder / "field" / f"same-{number:03}.png", picture([0, 20 + number], 48))
    reporter = Reporter()
    prepare(PrepareChipsSettings(run=tmp_path / "run", folder=folder), reporter)
    chips = open_chips(tmp_path / "run").chips
    place = {name: number for number, name in enumerate(chips.names)}
    pairs = [(n, "copy-" + n[6:9]) for n in chips.names if n.startswith("field/0")]
    found = 0
    for name, copy in pairs:
        other = next((n for n in chips.names if n.startswith(f"field/{copy}")), None)
        if other:
            found += 1
            assert chips.sides[place[name]] == chips.sides[place[other]]
            assert chips.groups[place[name]] == chips.groups[place[other]]
    assert found == 12
    for number in range(6):
        one, other = place[f"field/{20 + number:03}.png"], place[f"field/same-{number:03}.png"]
        assert chips.sides[one] == chips.sides[other]
    figures = record_of(tmp_path / "run")["figures"]["same_picture"]
    assert figures == {"chips": 36, "pictures": 18, "identical_pairs": 6}
    assert any(w["code"] == "chips.near-duplicates" for w in reporter.warnings)
    assert any("36 chips repeat" in w["message"] for w in record_of(tmp_path / "run")["warnings"])


def test_a_copy_with_another_class_is_named(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 10, "wood": 10}, size=32)
    write_chip(folder / "wood" / "turned.png", np.rot90(picture([0, 4], 32), axes=(1, 2)).copy())
    _, outputs = prepared(tmp_path / "run", folder=folder)
    assert "field/004.png and wood/turned.png" in outputs["text"].splitlines()[-1]


def test_groups_by_file_name_stay_together(tmp_path):
    for picture_number in range(12):
        for part in range(4):
            name = "field" if picture_number % 2 else "wood"
            path = tmp_path / "in" / name / f"p{picture_number:02}_{part}.png"
            write_chip(path, picture([picture_number, part]))
    chips, _ = prepared(tmp_path / "run", folder=tmp_path / "in", group_by=r"^(p\d+)_")
    by_group = {}
    for name, side in zip(chips.names, chips.sides.tolist(), strict=True):
        by_group.setdefault(name.split("/")[1].split("_")[0], set()).add(side)
    assert len(by_group) == 12
    assert all(len(sides) == 1 for sides in by_group.values())
    assert {side for sides in by_group.values() for side in sides} == {TRAIN, VALIDATION, TEST}


def test_thinning_leaves_the_test_alone_and_decides_what_is_rare(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 100, "wood": 100})
    chips, outputs = prepared(tmp_path / "run", folder=folder, thin="wood=0.05")
    assert counts_of(chips, "field") == [55, 20, 25, 0]
    assert counts_of(chips, "wood") == [3, 1, 25, 0]
    assert [c.rare for c in chips.table.classes] == [False, False]
    assert record_of(tmp_path / "run")["figures"]["left_out"] == {"thinned out": 71}
    assert outputs["classes"][1]["left-out"] == 71
    rows = list(csv.DictReader((tmp_path / "run/chips/left-out.csv").open(encoding="utf-8")))
    assert len(rows) == 71
    assert {row["class"] for row in rows} == {"wood"}
    assert not {row["file"] for row in rows} & set(chips.names)
    rarer, _ = prepared(tmp_path / "run", folder=folder, thin="wood=0.02", rare_below=0.04)
    assert counts_of(rarer, "wood") == [2, 1, 25, 0]
    assert [c.rare for c in rarer.table.classes] == [False, True]


def test_files_of_other_sizes_are_brought_to_one(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 8}, size=40)
    class_folders(folder, {"field-": 0, "wood": 8}, size=20)
    write_chip(folder / "wood" / "wide.png", picture([7, 7], (20, 50)))
    chips, _ = prepared(tmp_path / "run", folder=folder, size=20)
    assert chips.images.shape == (17, 3, 20, 20)
    first = picture([0, 0], 40).astype(float).reshape(3, 20, 2, 20, 2).mean(axis=(2, 4))
    np.testing.assert_array_equal(chips.images[0], np.rint(first))
    wide = chips.names.index("wood/wide.png")
    np.testing.assert_array_equal(chips.images[wide], picture([7, 7], (20, 50))[:, :, 15:35])


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_type_nodata_and_band_names_of_geotiffs_are_kept(tmp_path, dtype):
    for number in range(12):
        image = picture(number, 32, bands=2).astype(dtype) * 100
        image[:, :4, :6] = -9999 if dtype != "uint16" else 0
        write_chip(
            tmp_path / "in" / "ab"[number % 2] / f"{number:02}.tif",
            image,
            nodata=-9999 if dtype != "uint16" else 0,
            descriptions=("red", "nir"),
        )
    chips, _ = prepared(tmp_path / "run", folder=tmp_path / "in", size=16)
    assert chips.images.dtype == dtype
    assert chips.stats.names == ("red", "nir")
    assert not chips.valid[:, :2, :3].any()
    assert chips.valid.sum() == 12 * (256 - 6)
    assert min(chips.stats.min) > 0
    scaled = chips.standardised(np.arange(12))
    assert (scaled[:, :, :2, :3] == 0).all()
    one, _ = prepared(tmp_path / "one", folder=tmp_path / "in", size=16, bands=["nir"])
    assert one.stats.names == ("nir",)
    assert (np.asarray(one.images)[:, 0] == np.asarray(chips.images)[:, 1]).all()


def test_alpha_is_what_has_a_value_and_no_band(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 6, "wood": 6})
    image = np.concatenate([picture(1), np.full((1, 24, 24), 255, np.uint8)])
    image[3, :, :10] = 0
    write_chip(folder / "wood" / "alpha.png", image)
    chips, _ = prepared(tmp_path / "run", folder=folder)
    own = chips.names.index("wood/alpha.png")
    assert chips.bands == 3
    assert chips.valid[own].sum() == 24 * 14


def test_places_of_geotiffs_fit_the_chips_after_resampling(tmp_path):
    turned = Affine.translation(500000, 5800000) @ Affine.rotation(30) @ Affine.scale(10, -10)
    for number in range(16):
        own = turned @ Affine.translation(100 * number, 0)
        shape = (64, 64) if number else (64, 96)
        write_chip(
            tmp_path / "in" / "ab"[number % 2] / f"{number:02}.tif",
            picture(number, shape),
            crs=CRS,
            transform=own,
        )
    chips, _ = prepared(tmp_path / "run", folder=tmp_path / "in", size=16)
    for name, place in zip(chips.names, chips.places, strict=True):
        number = int(name[2:4])
        found = Affine.from_gdal(*place.transform)
        own = turned @ Affine.translation(100 * number + (0 if number else 16), 0)
        for corner in ((0, 0), (16, 0), (16, 16)):
            np.testing.assert_allclose(found @ corner, own @ (4 * corner[0], 4 * corner[1]))
        assert "UTM zone 33N" in place.crs_wkt


@pytest.mark.parametrize("overlap", [0, 5])
def test_no_pixel_of_ground_is_on_two_sides(tmp_path, overlap):
    folder = grid_of_chips(tmp_path / "in", 16, 18, overlap=overlap)
    chips, _ = prepared(tmp_path / "run", folder=folder)
    assert shared_pixels(chips) < 0.5
    found = np.bincount(chips.sides, minlength=3) / len(chips)
    assert np.abs(found[:3] - (0.55, 0.2, 0.25)).max() < 0.12
    figures = record_of(tmp_path / "run")["figures"]
    assert figures["blocks"]["metres"] >= 2 * 0.95 * 16 * 10
    out = figures["left_out"].get("overlaps a chip of another side", 0)
    assert len(chips) + out == 288
    assert (out > 0) == (overlap > 0)
    # Blocks, not chips, were dealt out: most neighbours are on one side.
    rows = {name: int(name.split("/")[1][:3]) for name in chips.names}
    place = {(rows[n], int(n[-7:-4])): s for n, s in zip(chips.names, chips.sides, strict=True)}
    same = [place[r, c] == place[r, c + 1] for r, c in place if (r, c + 1) in place]
    assert np.mean(same) > 0.6


def test_the_size_of_blocks_can_be_given_in_metres_and_pixels(tmp_path):
    folder = grid_of_chips(tmp_path / "in", 12, 12)
    for number, (text, metres) in enumerate({"640m": 640, "64": 640}.items()):
        run = tmp_path / f"run-{number}"
        prepared(run, folder=folder, block_size=text)
        assert record_of(run)["figures"]["blocks"]["metres"] == pytest.approx(metres, rel=0.02)


def region_rows(folder, counts, **more):
    """Pictures in a folder and their rows for a table, by region and class."""
    rows = []
    for (region, name), count in counts.items():
        for number in range(count):
            path = folder / region / name / f"{number:03}.png"
            seed = [sum(map(ord, region + name)), number]
            write_chip(path, picture(seed, 32))
            rows.append({"file": path.relative_to(folder), "class": name, "region": region} | more)
    return rows


def test_a_table_gives_classes_clusters_and_regions(tmp_path):
    counts = {("north", "no"): 40, ("north", "yes"): 12, ("south", "no"): 10, ("south", "yes"): 5}
    rows = region_rows(tmp_path / "data", counts)
    for number, row in enumerate(rows):
        row["cluster"] = number % 3 if row["class"] == "yes" else ""
    write_chip(
        tmp_path / "data" / "turned.png",
        np.rot90(picture([sum(map(ord, "southno")), 2], 32), 2, axes=(1, 2)).copy(),
    )
    rows.append({"file": "turned.png", "class": "no", "region": "north", "cluster": ""})
    table = write_table(tmp_path / "data" / "chips.csv", rows, delimiter=";")
    chips, outputs = prepared(tmp_path / "run", table=table, other_region=["south"])
    assert counts_of(chips, "no") == [22, 8, 10, 10]
    assert counts_of(chips, "yes")[OTHER_REGION] == 5
    apart = [name.startswith("south") for name in chips.names]
    assert (np.array(apart) == (chips.sides == OTHER_REGION)).all()
    assert chips.names[0] == "north/no/000.png"
    for name, cluster, label in zip(
        chips.names, chips.given_clusters.tolist(), chips.labels, strict=True
    ):
        assert (cluster == NO_CLUSTER) == (chips.table.names[label] == "no"), name
    # What shows the same picture as the other region must not be learned from.
    assert "turned.png" not in chips.names
    assert "1 chips repeat, or are in a group with, chips of the other region" in outputs["text"]
    with (tmp_path / "run/chips/chips.csv").open(encoding="utf-8") as stream:
        assert {row["region"] for row in csv.DictReader(stream)} == {"north", "south"}


def test_coordinates_in_a_table_part_chips_by_ground(tmp_path):
    rows = region_rows(tmp_path / "data", {("a", "no"): 100, ("a", "yes"): 44})
    for number, row in enumerate(rows):
        row |= {"x": 500000 + 200 * (number % 12), "y": 5800000 + 200 * (number // 12)}
    table = write_table(tmp_path / "data" / "chips.csv", rows)
    chips, outputs = prepared(tmp_path / "run", table=table, crs=CRS, block_size="600m")
    assert all(place.transform is None for place in chips.places)
    assert 9 <= len(np.unique(chips.groups)) <= 25
    assert "--pixel-size" in outputs["text"]
    # With pixels of 10 m chips of 32 pixels are wider than they are apart.
    chips, _ = prepared(tmp_path / "sized", table=table, crs=CRS, pixel_size=10.0)
    assert shared_pixels(chips) < 0.5
    first = Affine.from_gdal(*chips.places[0].transform)
    number = int(chips.names[0][-7:-4])
    assert first @ (16, 16) == (500000 + 200 * (number % 12), 5800000 + 200 * (number // 12))
    assert record_of(tmp_path / "sized")["figures"]["left_out"]


def test_a_group_column_keeps_chips_together(tmp_path):
    rows = region_rows(tmp_path / "data", {("a", "no"): 60, ("a", "yes"): 60})
    for number, row in enumerate(rows):
        row["group"] = f"flight {number % 15}"
    table = write_table(tmp_path / "data" / "chips.csv", rows)
    chips, _ = prepared(tmp_path / "run", table=table)
    assert len(np.unique(chips.groups)) == 15
    for group in range(15):
        assert len(set(chips.sides[chips.groups == group].tolist())) == 1


def test_what_is_up_to_date_is_left_alone_and_changes_are_seen(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 10, "wood": 10})
    run = tmp_path / "run"
    prepared(run, folder=folder)
    fitted = run / "split-0" / "models"
    fitted.mkdir(parents=True)
    first = record_of(run)
    _, again = prepared(run, folder=folder)
    assert record_of(run) == first
    assert fitted.is_dir()
    assert "20 chips" in again["text"]
    write_chip(folder / "wood" / "new.png", picture(77))
    chips, _ = prepared(run, folder=folder)
    assert len(chips) == 21
    assert record_of(run)["key"] != first["key"]
    assert not fitted.exists()
    assert sorted(p.name for p in (run / "chips").iterdir()) == sorted(
        [".lock", "chips.csv", "images.npy", "left-out.csv", "places.json", "recipe.json",
         "record.json", "valid.npy"]
    )  # fmt: skip


def test_chips_without_any_value_are_left_out_and_constant_ones_stay(tmp_path):
    profile = {"nodata": 0, "crs": CRS}
    for number in range(20):
        image = picture(number)
        if number == 3:
            image[:] = 0
        if number in (5, 7, 8):
            image[:] = 9
        write_chip(
            tmp_path / "in" / "ab"[number % 2] / f"{number:02}.tif",
            image,
            transform=from_origin(500000 + 1000 * number, 5800000, 10, 10),
            **profile,
        )
    chips, outputs = prepared(tmp_path / "run", folder=tmp_path / "in")
    assert len(chips) == 19
    assert "1 chips have no pixel with a value" in outputs["text"]
    # One value everywhere proves nothing: they are in no group, nor a contradiction.
    assert "repeat" not in outputs["text"]


def test_sides_have_names_that_the_set_of_chips_knows(tmp_path):
    folder = class_folders(tmp_path / "in", {"field": 10, "wood": 2})
    _, outputs = prepared(tmp_path / "run", folder=folder)
    assert set(outputs["classes"][0]) == {"name", "rare", "left-out", *CHIP_SIDES}
    assert "Class 'wood' has no chips on the validation side." in outputs["text"]
    assert json.dumps(outputs)


def test_the_command_line_prints_the_table_and_refuses_in_words(tmp_path, overseed):
    folder = class_folders(tmp_path / "in", {"field": 10, "wood": 10})
    done = overseed("chips", "prepare", tmp_path / "run", "--folder", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "20 chips of 24×24 pixels, 3 bands of uint8"
    assert "Warning" not in done.stderr
    refused = overseed("chips", "prepare", tmp_path / "other", "--folder", folder, "--rest-as", "x")
    assert refused.returncode == 2
    assert "--rest-as goes with --raster alone" in " ".join(refused.stderr.split())
