"""Stacks, products and other grids are read as what they are, with what is not valid left out."""

import shutil
import tarfile
import zipfile

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.transform import Affine, from_origin

from overseed.errors import InputError
from overseed.scenes.band_reader import open_bands
from overseed.scenes.bands import BandRecipe
from overseed.scenes.raster_sources import display_stem, read_info, real_files
from overseed.scenes.rasters import pixel_metres, recipe_for

RNG = np.random.default_rng(0)


def save(path, array, resolution=10.0, crs="EPSG:32633", origin=(500_000, 5_800_000), **more):
    array = np.atleast_3d(np.asarray(array)) if np.ndim(array) == 2 else np.asarray(array)
    array = array.transpose(2, 0, 1) if array.shape[-1] == 1 else array
    path.parent.mkdir(parents=True, exist_ok=True)
    names = more.pop("descriptions", ())
    profile = {
        "driver": "GTiff", "count": len(array), "height": array.shape[1], "width": array.shape[2],
        "dtype": array.dtype, "crs": crs, "transform": from_origin(*origin, resolution, resolution),
    }  # fmt: skip
    with rasterio.open(path, "w", **(profile | more)) as out:
        out.write(array)
        if names:
            out.descriptions = names
    return path


def values(side, dtype="uint16", low=1, high=4000):
    return RNG.integers(low, high, (side, side)).astype(dtype)


def read(info, bands=None, indices=()):
    numbers = bands or list(range(1, len(info.band_names) + 1))
    with open_bands(info, recipe_for(info, numbers, indices)) as reader:
        return reader.read(0, 0, info.height, info.width)


def repeated(array, times):
    return array.repeat(times, axis=0).repeat(times, axis=1)


def test_a_stack_of_three_resolutions_is_each_band_repeated_on_the_finest_grid(tmp_path):
    fine, middle, coarse = values(96), values(48), values(16)
    save(tmp_path / "T1_B02.tif", fine)
    save(tmp_path / "T1_B05.tif", middle, 20.0)
    save(tmp_path / "T1_B09.tif", coarse, 60.0)
    for source in (str(tmp_path / "*.tif"), ";".join(map(str, sorted(tmp_path.glob("*.tif"))))):
        info = read_info(source)
        image, valid = read(info)
        assert info.band_names == ("B02", "B05", "B09")
        assert valid.all()
        np.testing.assert_array_equal(image[0], fine)
        np.testing.assert_array_equal(image[1], repeated(middle, 2))
        np.testing.assert_array_equal(image[2], repeated(coarse, 6))
    assert display_stem(read_info(str(tmp_path / "*.tif"))) == "T1_B02"
    assert set(tmp_path.glob("*.tif")) <= set(real_files(read_info(str(tmp_path / "*.tif"))))


def test_where_a_file_of_a_stack_has_no_ground_the_stack_is_not_valid(tmp_path):
    whole, part = values(64), values(32)
    save(tmp_path / "a.tif", whole)
    save(tmp_path / "b.tif", part, origin=(500_000, 5_800_000 - 160))
    image, valid = read(read_info(f"{tmp_path}/a.tif;{tmp_path}/b.tif"))
    expected = np.zeros((64, 64), bool)
    expected[16:48, :32] = True
    np.testing.assert_array_equal(valid, expected)
    np.testing.assert_array_equal(image[1][16:48, :32], part)


def test_a_stack_of_files_that_are_apart_is_refused(tmp_path):
    save(tmp_path / "a.tif", values(40))
    save(tmp_path / "b.tif", values(40), origin=(600_000, 5_800_000))
    with pytest.raises(InputError) as refusal:
        read_info(f"{tmp_path}/*.tif")
    assert refusal.value.code == "raster.stack-apart"


@pytest.fixture
def safe(tmp_path):
    """A small level 2A product: folder and the arrays inside."""
    root = tmp_path / "S2A_MSIL2A_20230601T101601_N0509_R065_T33UUU_20230601.SAFE"
    inside = root / "GRANULE/L2A_T33UUU_A041_20230601/IMG_DATA"
    arrays = {"B02": values(96), "B04": values(96), "B08": values(96), "B05": values(48)}
    arrays |= {"B8A": values(48), "B11": values(48), "B01": values(16)}
    for name, array in arrays.items():
        metres = {96: 10, 48: 20, 16: 60}[len(array)]
        save(inside / f"R{metres}m/T33UUU_20230601T101601_{name}_{metres}m.tif", array, metres)
    # The coarser copies that products carry must not be taken.
    save(inside / "R20m/T33UUU_20230601T101601_B02_20m.tif", values(48), 20.0)
    classification = np.full((48, 48), 4, np.uint8)
    classification[:10] = 9
    classification[20:22, 20:22] = 3
    save(inside / "R20m/T33UUU_20230601T101601_SCL_20m.tif", classification, 20.0)
    (root / "MTD_MSIL2A.xml").write_text(
        '<x><BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>'
        '<BOA_ADD_OFFSET band_id="1">-1000</BOA_ADD_OFFSET>'
        '<BOA_ADD_OFFSET band_id="3">-1000</BOA_ADD_OFFSET>'
        '<BOA_ADD_OFFSET band_id="7">-1000</BOA_ADD_OFFSET></x>'
    )
    return root, arrays, classification


def zipped(root):
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in root.rglob("*"):
            archive.write(file, file.relative_to(root.parent))
    return path


def tarred(root):
    path = root.with_suffix(".tar")
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(root, arcname=root.name)
    return path


@pytest.mark.parametrize("form", [lambda root: root, zipped, tarred], ids=["folder", "zip", "tar"])
def test_a_sentinel_2_product_is_read_with_its_classification_as_mask(safe, form):
    root, arrays, classification = safe
    info = read_info(form(root))
    image, valid = read(info)
    assert info.band_names == ("B01", "B02", "B04", "B05", "B08", "B8A", "B11")
    np.testing.assert_array_equal(image[info.band_names.index("B02")], arrays["B02"])
    np.testing.assert_array_equal(image[info.band_names.index("B05")], repeated(arrays["B05"], 2))
    np.testing.assert_array_equal(valid, repeated(classification, 2) == 4)
    red = info.sources[info.band_names.index("B04")]
    assert (red.scale, red.offset) == pytest.approx((1e-4, -0.1))
    assert display_stem(info).startswith("S2A_MSIL2A_20230601")
    assert all(path.exists() for path in real_files(info))
    if form(root).is_dir():
        assert root / "MTD_MSIL2A.xml" in real_files(info)


def test_the_ndvi_of_a_product_knows_the_offset(safe):
    root, arrays, _ = safe
    info = read_info(root)
    image, valid = read(info, indices=(("NDVI", "nd(B08, B04)"),))
    red, nir = (arrays[name].astype(float) * 1e-4 - 0.1 for name in ("B04", "B08"))
    wanted = np.clip((nir - red) / (nir + red), -1, 1)
    np.testing.assert_allclose(image[-1][valid], wanted[valid], rtol=1e-3, atol=1e-4)


def landsat(folder, mission, numbers, level2=True):
    kind = "SR_B" if level2 else "B"
    arrays = {n: values(40, low=8000, high=20000) for n in numbers}
    name = f"L{mission}_L2SP_193023_20200601_20200607_02_T1"
    for number, array in arrays.items():
        save(folder / f"{name}_{kind}{number}.TIF", array, 30.0)
    quality = np.full((40, 40), 0b1000000, np.uint16)
    quality[:5] |= 1 << 3
    quality[5:8] |= 1 << 4
    quality[8:10] |= 1
    save(folder / f"{name}_QA_PIXEL.TIF", quality, 30.0)
    return arrays


def test_landsat_missions_agree_on_band_names_and_mask_by_their_quality_band(tmp_path):
    new, old = tmp_path / "new", tmp_path / "old"
    arrays = landsat(new, "C08", range(1, 8))
    earlier = landsat(old, "T05", (1, 2, 3, 4, 5, 7))
    info = read_info(new)
    assert info.band_names == ("coastal", "blue", "green", "red", "nir", "swir1", "swir2")
    assert info.sources[0].scale == 2.75e-5
    image, valid = read(info)
    np.testing.assert_array_equal(image[3], arrays[4])
    assert not valid[:10].any()
    assert valid[10:].all()
    with tarfile.open(tmp_path / "old.tar", "w") as tar:
        tar.add(old, arcname=".")
    info = read_info(tmp_path / "old.tar")
    assert info.band_names == ("blue", "green", "red", "nir", "swir1", "swir2")
    np.testing.assert_array_equal(read(info)[0][2], earlier[3])


def test_two_landsat_scenes_in_one_folder_are_not_mixed(tmp_path):
    landsat(tmp_path, "C08", range(1, 8))
    landsat(tmp_path, "C09", range(1, 8))
    with pytest.raises(InputError) as refusal:
        read_info(tmp_path)
    assert refusal.value.code == "raster.product"


def test_a_folder_of_other_bands_is_no_landsat_scene(tmp_path):
    for number in range(1, 4):
        save(tmp_path / f"flight_B{number}.tif", values(40))
    with pytest.raises(InputError) as refusal:
        read_info(tmp_path)
    assert refusal.value.code == "raster.folder"
    assert "*.tif" in refusal.value.hint


def test_rasters_with_another_scale_are_brought_to_the_units_of_the_recipe(tmp_path):
    stored = values(40)
    path = save(tmp_path / "dn.tif", stored)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = [2e-4], [-0.1]
    recipe = BandRecipe(("band_1",), (1e-4,), (0.0,))
    with open_bands(read_info(path), recipe) as reader:
        image, _ = reader.read(0, 0, 40, 40)
    assert reader.dtype == np.float32
    np.testing.assert_allclose(image[0] * 1e-4, stored * 2e-4 - 0.1, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("bands", [1, 5, 120])
def test_nodata_and_not_finite_values_are_not_valid_in_any_type(tmp_path, dtype, bands):
    image = RNG.integers(1, 100, (bands, 40, 44)).astype(dtype)
    image[0, 3] = 77
    image[1:, 3] = 5
    image[0][(image[0] == 77) & (np.arange(40) != 3)[:, None]] = 76
    expected = np.ones((40, 44), bool)
    expected[3] = False
    if dtype.startswith("float"):
        image[-1, 7, :3] = np.nan, np.inf, -np.inf
        expected[7, :3] = False
    info = read_info(save(tmp_path / "x.tif", image, nodata=77))
    found, valid = read(info)
    expected &= ~(image == 77).any(axis=0)
    np.testing.assert_array_equal(valid, expected)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, image)


def test_masks_and_alpha_are_no_bands_but_say_what_is_valid(tmp_path):
    image = RNG.integers(1, 250, (3, 40, 40)).astype(np.uint8)
    alpha = np.full((1, 40, 40), 255, np.uint8)
    alpha[0, :9] = 0
    path = save(
        tmp_path / "rgba.tif", np.concatenate([image, alpha]), photometric="RGB", alpha="yes"
    )
    info = read_info(path)
    found, valid = read(info)
    assert len(info.band_names) == 3
    assert not valid[:9].any()
    assert valid[9:].all()
    np.testing.assert_array_equal(found, image)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(save(tmp_path / "mask.tif", image), "r+") as out,
    ):
        out.write_mask(alpha[0])
    np.testing.assert_array_equal(read(read_info(tmp_path / "mask.tif"))[1], alpha[0] > 0)


def test_other_resolutions_average_finer_pixels_and_repeat_coarser_ones(tmp_path):
    stored = values(60)
    path = save(tmp_path / "x.tif", stored)
    coarse = read_info(path, resolution=30.0)
    assert (coarse.height, coarse.width) == (20, 20)
    image, valid = read(coarse)
    wanted = stored.reshape(20, 3, 20, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(image[0], wanted, atol=0.51)
    assert valid.all()
    fine = read_info(path, resolution=5.0)
    np.testing.assert_array_equal(read(fine)[0][0], repeated(stored, 2))


def test_alpha_and_nodata_per_band_hold_on_other_grids_too(tmp_path):
    image = RNG.integers(1, 250, (4, 40, 40)).astype(np.uint8)
    image[3] = 255
    image[3, :20] = 0
    rgba = save(tmp_path / "rgba.tif", image, photometric="RGB", alpha="yes")
    _, valid = read(read_info(rgba, resolution=20.0))
    assert not valid[:10].any()
    assert valid[10:].all()
    parts = [save(tmp_path / f"{n}.tif", image[n], nodata=n + 7) for n in (0, 1)]
    for part, band in zip(parts, (0, 1), strict=True):
        with rasterio.open(part, "r+") as dataset:
            stored = np.where(np.arange(40)[:, None] < 8 * (band + 1), band + 7, 200)
            dataset.write(np.broadcast_to(stored, (40, 40)).astype(np.uint8), 1)
    _, valid = read(read_info(";".join(map(str, parts)), resolution=20.0))
    assert not valid[:8].any()
    assert valid[8:].all()


def test_a_vrt_of_a_vrt_consists_of_the_innermost_file_too(tmp_path):
    inner = save(tmp_path / "A.tif", values(40))
    for source, out in ((inner, tmp_path / "in.vrt"), (tmp_path / "in.vrt", tmp_path / "out.vrt")):
        rasterio.shutil.copy(source, out, driver="VRT")
    assert inner in real_files(read_info(tmp_path / "out.vrt"))


def test_pixels_have_metres_in_any_crs(tmp_path):
    degrees = 1 / 3600
    path = save(tmp_path / "geo.tif", values(40), degrees, crs="EPSG:4326", origin=(13.0, 60.0))
    x, y = pixel_metres(read_info(path))
    assert x == pytest.approx(15.5, abs=0.1)
    assert y == pytest.approx(30.95, abs=0.1)
    web = save(tmp_path / "web.tif", values(40), 10.0, crs="EPSG:3857", origin=(1.5e6, 6.8e6))
    assert pixel_metres(read_info(web))[0] == pytest.approx(6.15, abs=0.05)
    feet = save(tmp_path / "feet.tif", values(40), 10.0, crs="EPSG:2263", origin=(1e6, 2e5))
    assert pixel_metres(read_info(feet)) == pytest.approx((3.048, 3.048), abs=1e-3)


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_damaged_part_is_named_with_its_window(tmp_path, damage):
    ramp = np.add.outer(np.arange(256), np.arange(256)).astype(np.uint16)
    path = save(
        tmp_path / "x.tif", ramp, tiled=True, blockxsize=64, blockysize=64, compress="deflate"
    )
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    if damage == "cut":
        del content[half:]
    else:
        content[half : half + 300] = b"\xff" * 300
    path.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        read(read_info(path))
    assert refusal.value.code == "raster.corrupt"
    assert "row 0, column 0 (256×256 pixels)" in refusal.value.message


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("none/*.tif", "raster.missing"),
        (" ; ", "raster.missing"),
        ("empty", "raster.folder"),
        ("not.zip", "raster.unreadable"),
    ],
)
def test_what_is_no_raster_is_refused_with_a_hint(tmp_path, name, code):
    (tmp_path / "empty").mkdir()
    (tmp_path / "not.zip").write_bytes(b"no zip")
    with pytest.raises(InputError) as refusal:
        read_info(name if name.strip() == ";" else tmp_path / name)
    assert refusal.value.code == code
    assert refusal.value.hint


def test_rotated_and_south_up_grids_are_read_as_they_lie(tmp_path):
    stored = values(40)
    for number, transform in enumerate(
        (
            Affine.translation(5e5, 5.8e6) @ Affine.rotation(30) @ Affine.scale(10, -10),
            Affine(10, 0, 5e5, 0, 10, 5.8e6),
        )
    ):
        path = save(tmp_path / f"{number}.tif", stored, transform=transform)
        info = read_info(path)
        assert info.transform.almost_equals(transform)
        assert info.resolution == pytest.approx((10, 10))
        np.testing.assert_array_equal(read(info)[0][0], stored)


def test_a_folder_with_one_raster_in_a_zip_is_that_raster(tmp_path):
    path = save(tmp_path / "x.tif", values(40))
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        archive.write(path, "x.tif")
    shutil.move(path, tmp_path / "moved.tif")
    info = read_info(tmp_path / "one.zip")
    assert (info.height, info.width) == (40, 40)
    assert real_files(info) == [tmp_path / "one.zip"]
