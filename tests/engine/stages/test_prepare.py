"""What `prepare` stores is what the files hold, split by ground so that nothing leaks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.windows import Window

from overseed.config import PrepareSettings, SimulateSettings
from overseed.errors import InputError
from overseed.stages.context import open_prepared
from overseed.stages.prepare import prepare
from overseed.stages.simulate import simulate
from overseed.tiles.sampling import CropSampler, rng_for
from overseed.tiles.split import SIDES

SHARED = Path(__file__).parents[4] / "shared" / "data"
SCENES = [f"simulated-{seed}" for seed in range(10)] + ["havel", "zion"]


def with_positions(raster, out):
    """A copy of a raster with two more bands that hold each pixel's row and column, from 1."""
    with rasterio.open(raster) as source:
        image, valid = source.read(), source.dataset_mask() > 0
        rows, cols = np.indices(image.shape[1:]).astype(image.dtype) + 1
        image = np.concatenate([image, [rows, cols]])
        profile = source.profile | {"count": len(image), "nodata": 65535, "interleave": "band"}
    image[:, ~valid] = 65535
    with rasterio.open(out, "w", **profile) as target:
        target.write(image)
    return out


@pytest.fixture(scope="module", params=SCENES)
def prepared(request, tmp_path_factory):
    """A prepared run whose last two bands are positions, and the settings that made it."""
    folder = tmp_path_factory.mktemp(request.param)
    kind, _, seed = request.param.partition("-")
    if kind == "simulated":
        made = simulate(
            SimulateSettings(
                folder=folder, width=300, height=340, bands=2, labelled=0.6, seed=int(seed)
            )
        )
        raster, labels, field = made["raster"], made["labels"], made["class_field"]
    else:
        if not SHARED.is_dir():
            pytest.skip("the real scenes are not on this machine")
        raster, labels, field = {
            "havel": (SHARED / "havel/havel_s2.tif", SHARED / "havel/landuse.gpkg", "fclass"),
            "zion": (
                SHARED / "zion/zion_landsat8_rgbn.tif",
                SHARED / "zion/zion_nlcd_8class.tif",
                None,
            ),
        }[kind]
        raster, labels = (found(path) for path in (raster, labels))
    settings = PrepareSettings(
        run=folder / "run",
        raster=[with_positions(raster, folder / "positions.tif")],
        labels=[str(labels)],
        class_field=field,
        tile_size=64,
        seed=int(seed or 0),
    )
    prepare(settings)
    return open_prepared(settings.run), settings


def found(path):
    """The file, or the only one of its kind in its folder, whatever it is called."""
    return path if path.exists() else next(path.parent.glob(f"*{path.suffix}"))


def sides_from_files(settings, scene=0):
    """Each pixel's side, out of blocks.gpkg and the raster's own grid alone."""
    with rasterio.open(settings.raster[scene]) as source:
        shape, transform = source.shape, source.transform
    blocks = pyogrio.raw.read(
        settings.run / "split-0" / "blocks.gpkg", layer=f"scene-{scene + 1:03}"
    )
    outlines, names = shapely.from_wkb(blocks[2]), blocks[3][0]
    codes = [SIDES.index(name) for name in names]
    return rasterize(
        zip(outlines, codes, strict=True), shape, fill=255, transform=transform, dtype="uint8"
    )


def foreign_pixels(images, labels, sides):
    """How many pixels that training crops show, as image or as label, are not on training ground.

    ``images`` ``(n, bands, h, w)`` with row and column from 1 as last bands; 0 where nothing is shown.
    """
    rows, cols = images[:, -2].astype(int) - 1, images[:, -1].astype(int) - 1
    shown = (images != 0).any(axis=1)
    known = labels != 255
    owner = np.where(shown, sides[np.maximum(rows, 0), np.maximum(cols, 0)], 255)
    return int((shown & (owner != 0)).sum() + (known & (owner != 0)).sum())


def test_no_pixel_of_another_side_is_visible_in_any_training_crop(prepared):
    run, settings = prepared
    sides = sides_from_files(settings)
    assert set(np.unique(sides)) == {0, 1, 2}
    for balance in ("natural", "balanced"):
        batch = CropSampler(run.scenes, 0, 96, balance).draw(60, rng_for(settings.seed, 0))
        assert (batch.labels != 255).any()
        assert foreign_pixels(batch.images, batch.labels, sides) == 0


def test_shuffled_tiles_leak_and_the_check_sees_it(prepared):
    scene = prepared[0].scenes[0]
    height, width = scene.labels.shape
    starts = [(row, col) for row in range(0, height - 64, 32) for col in range(0, width - 64, 32)]
    np.random.default_rng(0).shuffle(starts)
    test, train = starts[: len(starts) // 4], starts[len(starts) // 4 :]
    sides = np.zeros((height, width), np.uint8)
    for row, col in test:
        sides[row : row + 64, col : col + 64] = 2
    images = np.stack([scene.image[:, r : r + 64, c : c + 64] for r, c in train])
    images = np.where(images == 65535, 0, images)
    labels = np.stack([scene.labels[r : r + 64, c : c + 64] for r, c in train])
    assert foreign_pixels(images, labels, sides) > 0.1 * labels.size


def test_the_store_holds_the_files_values_and_a_buffer_without_labels(prepared):
    run, settings = prepared
    scene = run.scenes[0]
    with rasterio.open(settings.raster[0]) as source:
        np.testing.assert_array_equal(scene.image, source.read())
        valid = source.dataset_mask() > 0
    sides = sides_from_files(settings)
    np.testing.assert_array_equal(scene.side, np.where(valid, sides, 255))
    # Two pixels away from every labelled pixel lies no other side.
    for axis in (0, 1):
        for shift in (1, 2):
            one = [slice(None)] * 2
            two = [slice(None)] * 2
            one[axis], two[axis] = slice(shift, None), slice(None, -shift)
            border = sides[tuple(one)] != sides[tuple(two)]
            assert (scene.labels[tuple(one)][border] == 255).all()
            assert (scene.labels[tuple(two)][border] == 255).all()


def test_the_pixels_of_blocks_are_counted_after_the_buffer(prepared):
    run, settings = prepared
    blocks = json.loads((settings.run / "split-0/split.json").read_text())["blocks"]
    for block in blocks:
        window = Window(block["col"], block["row"], block["width"], block["height"])
        labels = run.scenes[0].labels[window.toslices()]
        counts = np.bincount(labels.ravel(), minlength=256)[: len(run.table)]
        np.testing.assert_array_equal(counts, block["pixels"])


# --- options, on one small scene -----------------------------------------------------------------------


@pytest.fixture
def ask(scene, tmp_path):
    """Prepare the small scene with more options; give the opened run."""

    def run(name="run", fold=0, **more):
        settings = {
            "raster": [scene["raster"]],
            "labels": [scene["labels"]],
            "class_field": scene["class_field"],
            "tile_size": 32,
        }
        settings = PrepareSettings(run=tmp_path / name, **(settings | more))
        prepare(settings)
        return open_prepared(settings.run, fold)

    return run


def test_the_test_sides_of_folds_cover_all_ground_once(ask, tmp_path):
    ask(folds=3)
    tested = np.zeros((288, 320), int)
    for fold in range(3):
        run = open_prepared(tmp_path / "run", fold)
        tested += run.scenes[0].side == 2
        assert run.side_shares(0).sum() == pytest.approx(1)
        assert {0, 1, 2} <= set(np.unique(run.scenes[0].side))
    valid = open_prepared(tmp_path / "run").scenes[0].side != 255
    np.testing.assert_array_equal(tested, valid.astype(int))


def test_folds_have_band_statistics_and_buffers_of_their_own(ask, tmp_path):
    ask(folds=2)
    one, two = (open_prepared(tmp_path / "run", fold) for fold in (0, 1))
    assert one.stats.mean != two.stats.mean
    assert not np.array_equal(one.scenes[0].labels, two.scenes[0].labels)
    with pytest.raises(InputError) as refusal:
        open_prepared(tmp_path / "run", 2)
    assert refusal.value.code == "run.no-fold"


def test_fewer_folds_later_leave_nothing_of_the_earlier_ones(ask, tmp_path):
    ask(folds=3)
    ask(folds=1)
    assert not list(tmp_path.rglob("fold-*"))
    assert not (tmp_path / "run/split-1").exists()


def test_a_whole_raster_is_held_out_as_test(ask, scene, tmp_path):
    other = simulate(
        SimulateSettings(folder=tmp_path / "b", width=200, height=200, bands=4, seed=9)
    )
    moved = move(other, tmp_path, 50_000)
    run = ask(
        raster=[scene["raster"], moved["raster"]],
        labels=[scene["labels"], moved["labels"]],
        test_raster=[moved["raster"]],
    )
    assert set(np.unique(run.scenes[1].side)) <= {2, 255}
    assert set(np.unique(run.scenes[0].side)) <= {0, 1, 255}


def move(made, folder, metres):
    """A simulated scene that lies elsewhere."""
    moved = {"raster": folder / "moved.tif", "labels": folder / "moved.gpkg"}
    shutil.copy(made["raster"], moved["raster"])
    with rasterio.open(moved["raster"], "r+") as dataset:
        dataset.transform = Affine.translation(metres, 0) @ dataset.transform
    meta, _, geometry, columns = pyogrio.raw.read(made["labels"])
    shapes = shapely.transform(shapely.from_wkb(geometry), lambda xy: np.add(xy, (metres, 0)))
    pyogrio.raw.write(
        moved["labels"], shapely.to_wkb(shapes), columns, meta["fields"],
        geometry_type="Polygon", crs=meta["crs"],
    )  # fmt: skip
    return {name: str(path) for name, path in moved.items()}


def test_an_area_is_held_out_as_test(ask, scene, tmp_path):
    with rasterio.open(scene["raster"]) as dataset:
        left, bottom, right, top = dataset.bounds
        crs = dataset.crs.to_wkt()
    area = shapely.box(left, bottom, left + (right - left) / 4, top)
    pyogrio.raw.write(
        tmp_path / "area.gpkg", shapely.to_wkb(np.array([area])), [], [],
        geometry_type="Polygon", crs=crs,
    )  # fmt: skip
    run = ask(test_area=str(tmp_path / "area.gpkg"))
    side = run.scenes[0].side
    assert set(np.unique(side[:, :80])) <= {2, 255}
    assert {0, 1} <= set(np.unique(side[:, 160:]))


def test_the_same_ground_in_two_scenes_is_on_one_side(ask, scene, tmp_path):
    """The second scene is the first one's lower right part on a grid of its own, 20 m wide pixels."""
    with rasterio.open(scene["raster"]) as source:
        image = source.read(window=Window(101, 83, 210, 200), out_shape=(4, 100, 105))
        transform = source.transform @ Affine.translation(101, 83) @ Affine.scale(2, 2)
        profile = source.profile | {
            "height": 100, "width": 105, "transform": transform, "blockxsize": 16, "blockysize": 16,
        }  # fmt: skip
    with rasterio.open(tmp_path / "part.tif", "w", **profile) as out:
        out.write(image)
    run = ask(raster=[scene["raster"], str(tmp_path / "part.tif")])
    first, second = run.scenes
    # Pixel centres of the second scene on the first one's grid.
    rows, cols = 83 + 2 * np.arange(100) + 1, 101 + 2 * np.arange(105) + 1
    there = first.side[np.ix_(rows, cols)]
    both = (second.side != 255) & (there != 255)
    assert both.sum() > 2000
    np.testing.assert_array_equal(second.side[both], there[both])
    assert (second.labels != 255).sum() > 500
    # Band statistics know nothing but training pixels, also where the second scene gave way.
    training = np.concatenate([s.image[:, s.side == 0] for s in run.scenes], axis=1)
    assert run.stats.max == pytest.approx(training.max(axis=1))
    np.testing.assert_allclose(run.stats.mean, training.mean(axis=1))


def test_adjacent_scenes_have_a_buffer_between_their_sides(ask, scene, tmp_path):
    """The scene cut in two: the second half's labels stay away from the first half's other sides."""
    halves = []
    for number, left in enumerate((0, 160)):
        with rasterio.open(scene["raster"]) as source:
            image = source.read(window=Window(left, 0, 160, 288))
            transform = source.transform @ Affine.translation(left, 0)
            profile = source.profile | {"width": 160, "transform": transform}
        halves.append(tmp_path / f"half-{number}.tif")
        with rasterio.open(halves[-1], "w", **profile) as out:
            out.write(image)
    run = ask(raster=halves, block_size="64")
    first, second = run.scenes
    differs = first.side[:, -1] != second.side[:, 0]
    assert differs.any()
    for column in range(2):
        assert (second.labels[differs & (second.side[:, column] != 255), column] == 255).all()


def test_a_refused_preparation_with_more_scenes_leaves_the_earlier_one_usable(ask, scene, tmp_path):
    ask(folds=2)
    empty = tmp_path / "empty.tif"
    with rasterio.open(scene["raster"]) as source:
        profile = source.profile | {"transform": source.transform @ Affine.translation(9000, 0)}
        blank = np.zeros((4, 288, 320), source.dtypes[0])
    with rasterio.open(empty, "w", **profile) as out:
        out.write(blank)
    with pytest.raises(InputError) as refusal:
        ask(raster=[scene["raster"], empty], folds=2)
    assert refusal.value.code == "raster.all-nodata"
    assert len(open_prepared(tmp_path / "run", 1).scenes) == 1
    assert not (tmp_path / "run/tiles/scene-002").exists()


def test_opening_the_polygons_in_another_program_prepares_nothing_anew(ask, scene, tmp_path):
    labels = tmp_path / "copy.gpkg"
    shutil.copy(scene["labels"], labels)
    ask(labels=[labels])
    record = (tmp_path / "run/tiles/record.json").stat().st_mtime_ns
    (tmp_path / "copy.gpkg-wal").touch()
    ask(labels=[labels])
    assert (tmp_path / "run/tiles/record.json").stat().st_mtime_ns == record


def test_a_label_vrt_s_source_counts(ask, scene, tmp_path):
    import rasterio.shutil

    shutil.copy(scene["truth"], tmp_path / "truth.tif")
    rasterio.shutil.copy(tmp_path / "truth.tif", tmp_path / "labels.vrt", driver="VRT")
    ask(labels=[tmp_path / "labels.vrt"], class_field=None)
    before = (tmp_path / "run/tiles/record.json").read_text()
    with rasterio.open(tmp_path / "truth.tif", "r+") as dataset:
        codes = dataset.read(1)
        dataset.write(np.where(codes == 2, 1, codes).astype(np.uint8), 1)
    ask(labels=[tmp_path / "labels.vrt"], class_field=None)
    assert (tmp_path / "run/tiles/record.json").read_text() != before


def test_an_unmarked_fill_value_is_named(ask, scene, tmp_path):
    with rasterio.open(scene["raster"]) as source:
        image = source.read().astype(np.float64)
        profile = source.profile | {"dtype": "float64", "nodata": None, "predictor": 1}
    image[1, 50:, :200] = -1.797e308
    with rasterio.open(tmp_path / "fill.tif", "w", **profile) as out:
        out.write(image)
    with pytest.raises(InputError) as refusal:
        ask(raster=[tmp_path / "fill.tif"])
    assert refusal.value.code == "raster.extreme"


def test_the_rest_is_limited_on_training_tiles_alone(ask, scene, tmp_path):
    run = ask(class_field=scene["class_field"], rest_as="rest", rest_share=0.25, block_size="64")
    rest = run.table.index_of("rest")
    stored = run.scenes[0]
    windows = json.loads((tmp_path / "run/tiles/windows.json").read_text())["windows"]
    shares = {0: [], 2: []}
    for _, row, col, height, width, side in windows:
        part = stored.labels[row : row + height, col : col + width]
        if side in shares:
            shares[side].append((part == rest).mean())
    assert max(shares[0]) <= 0.25
    assert max(shares[2]) > 0.5


def test_block_sizes_in_metres_are_metres_on_the_ground_in_degrees_too(tmp_path, ask, scene):
    ask(block_size="640m", name="metres")
    blocks = json.loads((tmp_path / "metres/split-0/split.json").read_text())["blocks"]
    assert 43 <= blocks[0]["height"] <= 96
    with pytest.raises(InputError) as refusal:
        ask(block_size="50m", name="small")
    assert refusal.value.code == "split.block-size"
    with rasterio.open(scene["raster"]) as source:
        profile, image = source.profile, source.read()
    # 10 m along a meridian; along a parallel at 60° that is half as many metres.
    degrees = 10 / 111_320
    profile |= {"crs": "EPSG:4326", "transform": Affine(degrees, 0, 20, 0, -degrees, 60.02)}
    with rasterio.open(tmp_path / "degrees.tif", "w", **profile) as out:
        out.write(image)
    truth = tmp_path / "labels.tif"
    with rasterio.open(scene["truth"]) as source:
        codes = source.read()
        profile = source.profile | {"crs": "EPSG:4326", "transform": profile["transform"]}
    with rasterio.open(truth, "w", **profile) as out:
        out.write(codes)
    ask(
        name="degrees", raster=[str(tmp_path / "degrees.tif")], labels=[str(truth)],
        class_field=None, block_size="640m",
    )  # fmt: skip
    blocks = json.loads((tmp_path / "degrees/split-0/split.json").read_text())["blocks"]
    width = np.median([block["width"] for block in blocks])
    height = np.median([block["height"] for block in blocks])
    assert width / height == pytest.approx(2, rel=0.3)


def test_indices_are_further_bands_in_float(ask):
    run = ask(index=["ratio=b1/(b2+1)"])
    stored = run.scenes[0]
    assert stored.image.shape[0] == 5
    assert run.stats.names[-1] == "ratio"
    valid = stored.side != 255
    wanted = stored.image[0] / (stored.image[1] + 1)
    np.testing.assert_allclose(stored.image[4][valid], wanted[valid], rtol=1e-5)


def test_a_refused_split_leaves_an_earlier_preparation_as_it_was(ask, tmp_path):
    ask()
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(InputError) as refusal:
        ask(block_size="5000")
    assert refusal.value.code == "split.impossible"
    after = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    assert after == before


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs Linux")
def test_a_full_disk_ends_with_4_and_nothing_under_a_final_name(scene, tmp_path):
    """A file system of 1 MB takes the place of the full disk; it needs the right to mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small file system")
    command = [
        sys.executable, "-m", "overseed", "prepare", str(disk / "run"), "--raster", scene["raster"],
        "--labels", scene["labels"], "--class-field", scene["class_field"], "--tile-size", "32",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 4, done.stderr
        assert "disk is full" in done.stderr
        left = [p for p in disk.rglob("*") if p.is_file() and p.suffix in (".npy", ".json")]
        assert left == []
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
        assert (disk / "run/tiles/record.json").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
