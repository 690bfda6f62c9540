"""Maps of whole rasters: every pixel right on any grid and type, nothing left after a failure."""

import errno
import hashlib
import json
import shutil
import subprocess
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from affine import Affine

from overseed.errors import Cancelled, InputError, ResourceError
from overseed.mapping import rows, writers
from overseed.mapping.mapper import map_raster as map_request
from overseed.mapping.onnx_model import load_model
from overseed.mapping.rows import Request
from tests.engine.mapping.model_maker import (
    BANDS,
    CLASSES,
    COLOURS,
    Pixelwise,
    expected_map,
    random_weights,
    write_model,
    write_raster,
)


@pytest.fixture
def make_model(tmp_path):
    """Return a function that gives a pixelwise model with its weights."""

    def make(bands=3, scale=5000.0, **description):
        weight, bias = random_weights(bands, scale)
        path = write_model(tmp_path / "model.onnx", Pixelwise(weight, bias), bands, **description)
        return load_model(path, threads=1, device="cpu"), weight, bias

    return make


def map_raster(raster, model, out, about=None, tick=lambda *call: None, **wanted):
    return map_request(Request(raster, out, **wanted), model, about=about, tick=tick)


def random_image(bands, height, width, dtype="uint16", top=10_000):
    rng = np.random.default_rng(height * width)
    return rng.uniform(1, top, (bands, height, width)).astype(dtype)


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def assert_map(codes, expected, clear):
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(codes[clear], expected[clear])


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 300), (33, 47), (63, 65), (64, 64), (128, 128), (300, 517), (31, 200)]
)
@pytest.mark.parametrize("overlap", [0.0, 0.5])
def test_map_is_the_model_at_every_pixel(tmp_path, make_model, shape, overlap):
    model, weight, bias = make_model()
    image = random_image(3, *shape)
    raster = write_raster(tmp_path / "r.tif", image, BANDS)

    summary = map_raster(raster, model, tmp_path / "map.tif", overlap=overlap)

    valid = np.ones(shape, bool)
    codes = read(tmp_path / "map.tif")
    if codes.size > 1:
        assert_map(codes, *expected_map(image, valid, weight, bias))
    assert summary.valid_pixels == valid.sum()
    assert summary.pixels == {c["code"]: int((codes == c["code"]).sum()) for c in CLASSES}
    assert summary.provider == "CPUExecutionProvider"


@pytest.mark.parametrize("size", [64, 256])
def test_tiles_of_any_size_give_the_same_map(tmp_path, make_model, size):
    model, weight, bias = make_model(tile_size=size)
    image = random_image(3, 301, 270)
    raster = write_raster(tmp_path / "r.tif", image, BANDS)

    map_raster(raster, model, tmp_path / "map.tif", overlap=0.3)

    expected = expected_map(image, np.ones((301, 270), bool), weight, bias)
    assert_map(read(tmp_path / "map.tif"), *expected)


def test_a_wide_raster_is_mapped_in_lower_windows(tmp_path, make_model, monkeypatch):
    model, weight, bias = make_model(tile_size=32)
    image = random_image(3, 150, 400)
    raster = write_raster(tmp_path / "r.tif", image, BANDS)
    monkeypatch.setattr(rows, "MOST_BYTES", 400 * 72 * 40)
    calls = []

    map_raster(
        raster, model, tmp_path / "map.tif", window=128, overlap=0.0,
        tick=lambda done, total, unit: calls.append(total),
    )  # fmt: skip

    # Five rows of 32 pixels instead of two of 128, of four windows each.
    assert set(calls) == {20}
    assert_map(
        read(tmp_path / "map.tif"), *expected_map(image, np.ones((150, 400), bool), weight, bias)
    )


@pytest.mark.parametrize(
    ("bands", "dtype", "top"),
    [(1, "uint8", 255), (2, "int16", 8000), (3, "float32", 1), (3, "float64", 1), (12, "int32", 9)],
)
def test_any_type_and_band_count(tmp_path, make_model, bands, dtype, top):
    model, weight, bias = make_model(bands, scale=float(top))
    image = random_image(bands, 70, 90, dtype, top)
    raster = write_raster(tmp_path / "r.tif", image)

    map_raster(raster, model, tmp_path / "map.tif")

    expected = expected_map(image, np.ones((70, 90), bool), weight, bias)
    assert_map(read(tmp_path / "map.tif"), *expected)


@pytest.mark.parametrize(("dtype", "nodata"), [("uint16", 0), ("float32", np.nan), ("int16", -1)])
def test_nodata_becomes_0_and_everything_else_a_class(tmp_path, make_model, dtype, nodata):
    model, weight, bias = make_model(fill=[4000.0, 3000.0, 2000.0])
    image = random_image(3, 150, 200, dtype)
    valid = np.ones((150, 200), bool)
    valid[:, 120:] = False  # whole windows without data
    valid[20:50, 30:60] = False
    image[:, ~valid] = nodata
    image[1, 0, 0] = nodata  # one band without a value is enough
    valid[0, 0] = False
    raster = write_raster(tmp_path / "r.tif", image, BANDS, nodata=nodata)

    summary = map_raster(
        raster, model, tmp_path / "map.tif", confidence=tmp_path / "confidence.tif"
    )

    codes = read(tmp_path / "map.tif")
    np.testing.assert_array_equal(codes == 0, ~valid)
    assert_map(codes, *expected_map(image, valid, weight, bias))
    assert summary.valid_pixels == valid.sum()
    confidence = read(tmp_path / "confidence.tif")
    np.testing.assert_array_equal(confidence == 255, ~valid)
    assert confidence[valid].max() <= 100
    assert confidence[valid].min() >= 33


def test_not_a_number_in_a_float_raster_without_nodata(tmp_path, make_model):
    model, _, _ = make_model(scale=1.0)
    image = random_image(3, 40, 40, "float32", 1)
    image[0, 3, 4], image[2, 5, 6] = np.nan, np.inf
    raster = write_raster(tmp_path / "r.tif", image, BANDS)

    map_raster(raster, model, tmp_path / "map.tif")

    assert sorted(zip(*np.nonzero(read(tmp_path / "map.tif") == 0), strict=True)) == [
        (3, 4),
        (5, 6),
    ]


def test_constant_model_has_constant_confidence(tmp_path):
    shares = np.array([0.2, 0.73, 0.07])
    network = Pixelwise(np.zeros((3, 3)), np.log(shares))
    model = load_model(write_model(tmp_path / "m.onnx", network, 3), device="cpu")
    raster = write_raster(tmp_path / "r.tif", random_image(3, 131, 257), BANDS)

    map_raster(raster, model, tmp_path / "map.tif", confidence=tmp_path / "c.tif", overlap=0.6)

    assert set(np.unique(read(tmp_path / "map.tif"))) == {7}
    assert set(np.unique(read(tmp_path / "c.tif"))) == {73}


def test_bands_are_matched_by_name(tmp_path, make_model):
    model, _, _ = make_model()
    image = random_image(3, 60, 50)
    map_raster(write_raster(tmp_path / "a.tif", image, BANDS), model, tmp_path / "map-a.tif")
    other = np.stack([image[2], image[0], image[0] + 7, image[1]])
    names = (BANDS[2], BANDS[0], "other", BANDS[1])
    map_raster(write_raster(tmp_path / "b.tif", other, names), model, tmp_path / "map-b.tif")

    np.testing.assert_array_equal(read(tmp_path / "map-a.tif"), read(tmp_path / "map-b.tif"))
    assert len(np.unique(read(tmp_path / "map-a.tif"))) > 1


def test_grid_is_the_rasters_also_when_rotated(tmp_path, make_model):
    model, _, _ = make_model()
    transform = Affine.translation(370_000, 5_810_000) * Affine.rotation(30) * Affine.scale(10, -7)
    raster = write_raster(
        tmp_path / "r.tif", random_image(3, 50, 70), BANDS, transform=transform, crs="EPSG:3035"
    )

    map_raster(raster, model, tmp_path / "map.tif")

    with rasterio.open(tmp_path / "map.tif") as dataset:
        assert dataset.shape == (50, 70)
        assert dataset.crs.to_epsg() == 3035
        assert dataset.transform.almost_equals(transform, precision=1e-6)


def test_map_explains_itself(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 1100, 700), BANDS)

    map_raster(raster, model, tmp_path / "map.tif", overlap=0.0)

    with rasterio.open(tmp_path / "map.tif") as dataset:
        assert dataset.dtypes == ("uint8",)
        assert dataset.nodata == 0
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        colours = dataset.colormap(1)
        assert {code: colours[code] for code in COLOURS} == COLOURS
        assert colours[0][3] == 0
        tags = dataset.tags()
        assert tags["OVERSEED_ARM"] == "pix2pix"
        assert tags["OVERSEED_SYNTHETIC"] == "yes"
        assert tags["OVERSEED_MODEL"] == "model.onnx"
        digest = hashlib.sha256((tmp_path / "model.onnx").read_bytes()).hexdigest()
        assert tags["OVERSEED_MODEL_SHA256"] == digest
        codes = set(np.unique(dataset.read(1)))
        assert dataset.overviews(1)
        for level in range(len(dataset.overviews(1))):
            with rasterio.open(tmp_path / "map.tif", overview_level=level) as overview:
                assert set(np.unique(overview.read(1))) <= codes
    assert sorted(p.name for p in tmp_path.glob("map*")) == [
        "map.qml",
        "map.tif",
        "map.tif.aux.xml",
        "map.tif.json",
    ]


def test_the_record_beside_the_map_says_what_made_it(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 40, 40), BANDS)

    map_raster(raster, model, tmp_path / "map.tif", about={"inputs": [1]})

    record = json.loads((tmp_path / "map.tif.json").read_text())
    digest = hashlib.sha256((tmp_path / "model.onnx").read_bytes()).hexdigest()
    assert [m["sha256"] for m in record["models"]] == [digest]
    assert record["inputs"] == [1]
    codes = read(tmp_path / "map.tif")
    pixels = {c["code"]: c["pixels"] for c in record["classes"]}
    assert pixels == {c["code"]: int((codes == c["code"]).sum()) for c in CLASSES}
    assert str(tmp_path) not in json.dumps(record)


def test_probabilities_and_measures_of_confidence_agree(tmp_path, make_model):
    model, weight, bias = make_model()
    image = random_image(3, 70, 90)
    image[:, :5] = 0
    raster = write_raster(tmp_path / "r.tif", image, BANDS, nodata=0)
    for measure in ("probability", "margin", "entropy"):
        map_raster(
            raster, model, tmp_path / "map.tif", confidence=tmp_path / f"{measure}.tif", measure=measure,
            probabilities=tmp_path / "p.tif",
        )  # fmt: skip

    scores = np.einsum("kb,bhw->khw", weight, image[:, 5:].astype(float)) + bias[:, None, None]
    shares = np.exp(scores - scores.max(axis=0))
    shares /= shares.sum(axis=0)
    first, second = np.sort(shares, axis=0)[::-1][:2]
    entropy = -(shares * np.log(np.maximum(shares, 1e-12))).sum(axis=0) / np.log(3)
    with rasterio.open(tmp_path / "p.tif") as dataset:
        found = dataset.read()
        assert dataset.descriptions == tuple(c["name"] for c in CLASSES)
        assert dataset.scales == (0.01,) * 3
        assert dataset.nodata == 255
    assert (found[:, :5] == 255).all()
    np.testing.assert_allclose(found[:, 5:], 100 * shares, atol=0.51)
    for measure, values in (
        ("probability", first),
        ("margin", first - second),
        ("entropy", entropy),
    ):
        np.testing.assert_allclose(
            read(tmp_path / f"{measure}.tif")[5:], 100 * values, atol=0.51, err_msg=measure
        )


def test_category_names_lie_beside_the_map(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 40, 40), BANDS)

    map_raster(raster, model, tmp_path / "map.tif")

    text = (tmp_path / "map.tif.aux.xml").read_text(encoding="utf-8")
    assert text.startswith("<PAMDataset>")  # GDAL finds no names behind an XML declaration
    root = ElementTree.fromstring(text)
    names = [c.text or "" for c in root.find("PAMRasterBand[@band='1']/CategoryNames")]
    assert names == ["", "Äcker", "", "water & ice", "", "", "", 'moor "<wet>"']


@pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="gdalinfo is not installed")
def test_gdal_shows_the_category_names(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 40, 40), BANDS)

    map_raster(raster, model, tmp_path / "map.tif")

    command = ["gdalinfo", "-json", str(tmp_path / "map.tif")]
    done = subprocess.run(command, capture_output=True, check=True)
    (band,) = json.loads(done.stdout)["bands"]
    assert band["categories"] == ["", "Äcker", "", "water & ice", "", "", "", 'moor "<wet>"']


def test_style_has_every_class(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 40, 40), BANDS)

    map_raster(raster, model, tmp_path / "map.tif")

    renderer = ElementTree.parse(tmp_path / "map.qml").getroot().find("pipe/rasterrenderer")
    assert renderer.get("type") == "paletted"
    entries = [
        (int(e.get("value")), e.get("color"), e.get("label")) for e in renderer.iter("paletteEntry")
    ]
    assert entries == [(c["code"], c["colour"], c["name"]) for c in CLASSES]


def test_an_older_map_is_replaced_with_all_that_belongs_to_it(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 40, 40), BANDS)
    for name in ("map.tif", "map.tif.aux.xml", "map.qml", "map.tif.ovr"):
        (tmp_path / name).write_text("old")

    map_raster(raster, model, tmp_path / "map.tif")

    assert read(tmp_path / "map.tif").shape == (40, 40)
    assert not (tmp_path / "map.tif.ovr").exists()
    assert "old" not in (tmp_path / "map.qml").read_text()


class Stop:
    """A tick that cancels at its n-th call."""

    def __init__(self, call):
        self.left = call

    def __call__(self, done, total, unit):
        assert 0 <= done <= total
        self.left -= 1
        if not self.left:
            raise Cancelled


def files(folder):
    return sorted(p.name for p in folder.rglob("*"))


@pytest.mark.parametrize("call", [1, 2, 25])
def test_cancel_leaves_what_was_there(tmp_path, make_model, call):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 400, 300), BANDS)
    out = tmp_path / "out"
    out.mkdir()
    (out / "map.tif").write_text("old")

    with pytest.raises(Cancelled):
        map_raster(
            raster, model, out / "map.tif", confidence=out / "confidence.tif", tick=Stop(call)
        )

    assert files(out) == ["map.tif"]
    assert (out / "map.tif").read_text() == "old"


def test_cancel_is_heard_while_the_file_is_finished(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 100, 100), BANDS)
    out = tmp_path / "out"
    out.mkdir()
    total = []
    map_raster(raster, model, out / "map.tif", tick=lambda *call: total.append(call))
    for path in out.iterdir():
        path.unlink()

    with pytest.raises(Cancelled):
        map_raster(raster, model, out / "map.tif", tick=Stop(len(total)))

    assert files(out) == []


def test_errors_of_the_reading_thread_surface(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 400, 300), BANDS)
    raster.write_bytes(raster.read_bytes()[:200_000])
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(InputError) as caught:
        map_raster(raster, model, out / "map.tif")

    assert caught.value.code == "raster.corrupt"
    assert files(out) == []


def test_errors_of_the_writing_thread_surface(tmp_path, make_model, monkeypatch):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 400, 300), BANDS)
    out = tmp_path / "out"
    out.mkdir()

    def fail(self):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writers.RowWriter, "_flush", fail)
    with pytest.raises(OSError, match="No space left"):
        map_raster(raster, model, out / "map.tif")

    assert files(out) == []


def test_errors_of_the_last_copy_surface(tmp_path, make_model, monkeypatch):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 40, 30), BANDS)
    out = tmp_path / "out"
    out.mkdir()
    original = writers._copy_as_cog
    monkeypatch.setattr(
        writers,
        "_copy_as_cog",
        lambda source, *rest: original(source.with_name("none.tif"), *rest),
    )

    with pytest.raises(ResourceError) as caught:
        map_raster(raster, model, out / "map.tif")

    assert caught.value.code == "machine.disk"
    assert str(out) in caught.value.message
    assert files(out) == []


def test_a_file_that_lost_pixels_on_its_way_is_not_handed_out(tmp_path, make_model, monkeypatch):
    """A full disk at closing time: GDAL reports success and the last tiles read as 0."""
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(3, 400, 30), BANDS)
    out = tmp_path / "out"
    out.mkdir()
    original = writers._copy_as_cog

    def lose(source, *rest):
        with rasterio.open(source, "r+") as dataset:
            rows = dataset.read(1)
            rows[256:] = 0
            dataset.write(rows, 1)
        original(source, *rest)

    monkeypatch.setattr(writers, "_copy_as_cog", lose)
    with pytest.raises(ResourceError) as caught:
        map_raster(raster, model, out / "map.tif")

    assert caught.value.exit_code == 4
    assert files(out) == []


def test_refuses_a_raster_without_valid_pixels(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", np.zeros((3, 40, 40), "uint16"), BANDS, nodata=0)
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(InputError) as caught:
        map_raster(raster, model, out / "map.tif")

    assert caught.value.code == "raster.all-nodata"
    assert files(out) == []


def test_refuses_other_bands(tmp_path, make_model):
    model, _, _ = make_model()
    raster = write_raster(tmp_path / "r.tif", random_image(2, 40, 40), BANDS[:2])

    with pytest.raises(InputError) as caught:
        map_raster(raster, model, tmp_path / "map.tif")

    assert caught.value.code == "bands.mismatch"
