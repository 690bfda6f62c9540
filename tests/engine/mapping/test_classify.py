"""The stage `classify`: which model, which files, and what is refused before any work."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.features
import shapely

from overseed.errors import InputError
from overseed.events import Reporter
from overseed.map_settings import ClassifySettings
from overseed.mapping.onnx_model import load_model
from overseed.scenes.raster_sources import read_info
from overseed.stages.classify import _least_patches, classify
from tests.engine.mapping.model_maker import (
    BANDS,
    CLASSES,
    Pixelwise,
    random_weights,
    write_model,
    write_raster,
)


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "model.onnx", Pixelwise(*random_weights(3, 5000.0)), 3)


@pytest.fixture
def rasters(tmp_path):
    """Two rasters of different size with the same file name, in two folders."""
    rng = np.random.default_rng(0)
    made = []
    for name, size in (("a", 40), ("b", 70)):
        (tmp_path / name).mkdir()
        image = rng.integers(1, 10_000, (3, size, size), dtype=np.uint16)
        made.append(write_raster(tmp_path / name / "scene.tif", image, BANDS))
    return made


def run(**settings):
    return classify(ClassifySettings(device="cpu", threads=1, **settings))


def refusal(**settings):
    with pytest.raises(InputError) as caught:
        run(**settings)
    assert caught.value.hint
    return caught.value.code


def test_one_raster_to_a_file(tmp_path, model, rasters):
    out = tmp_path / "maps" / "map.tif"

    outputs = run(raster=rasters[:1], model=model, out=out)

    assert outputs["maps"] == [str(out)]
    assert outputs["map"] == str(out)
    assert outputs["model"] == str(model)
    assert list(outputs["shares"]) == [c["name"] for c in CLASSES]
    with rasterio.open(out) as dataset:
        codes = dataset.read(1)
    for c in CLASSES:
        assert outputs["shares"][c["name"]] == pytest.approx((codes == c["code"]).mean(), abs=1e-6)
    assert sum(outputs["shares"].values()) == pytest.approx(1, abs=1e-5)


def test_several_rasters_to_a_folder(tmp_path, model, rasters):
    out = tmp_path / "maps"

    outputs = run(raster=rasters, model=model, out=out, confidence=tmp_path / "c.tif")

    assert outputs["maps"] == [str(out / "scene.tif"), str(out / "scene-002.tif")]
    assert [rasterio.open(path).width for path in outputs["maps"]] == [40, 70]
    assert outputs["confidence"] == [str(tmp_path / "c.tif"), str(tmp_path / "c-002.tif")]
    assert (out / "scene-002.tif.aux.xml").is_file()


def test_a_run_folder_means_its_best_model(tmp_path, model, rasters):
    leaf = tmp_path / "run" / "split-0" / "models" / "none" / "seed-0"
    leaf.mkdir(parents=True)
    model.rename(leaf / "model.onnx")
    (tmp_path / "run" / "best.json").write_text(
        json.dumps({"model": "split-0/models/none/seed-0", "arm": "none"})
    )

    outputs = run(raster=rasters[:1], model=tmp_path / "run", out=tmp_path / "map.tif")

    assert outputs["model"] == str(leaf / "model.onnx")
    assert str(leaf / "model.onnx") in outputs["text"]


def test_refuses_a_run_without_a_model(tmp_path, rasters):
    (tmp_path / "run").mkdir()
    out = tmp_path / "map.tif"
    assert refusal(raster=rasters[:1], model=tmp_path / "run", out=out) == "model.missing"


def test_refuses_a_map_over_its_raster(model, rasters):
    before = rasters[0].read_bytes()
    assert refusal(raster=rasters[:1], model=model, out=rasters[0]) == "output.clash"
    assert rasters[0].read_bytes() == before


def test_refuses_a_confidence_over_the_map(tmp_path, model, rasters):
    out = tmp_path / "map.tif"
    assert refusal(raster=rasters[:1], model=model, out=out, confidence=out) == "output.clash"


def test_refuses_another_ending(tmp_path, model, rasters):
    out = tmp_path / "map.png"
    assert refusal(raster=rasters[:1], model=model, out=out) == "output.not-tif"


def test_a_bad_raster_is_refused_before_the_first_map(tmp_path, model, rasters):
    bad = write_raster(tmp_path / "bad.tif", np.ones((2, 40, 40), np.uint8), ("x", "y"))
    out = tmp_path / "maps"

    assert refusal(raster=[rasters[0], bad], model=model, out=out) == "bands.mismatch"
    assert not list(tmp_path.glob("maps/*"))


@pytest.mark.skipif(os.name == "nt", reason="locks files by opening them")
def test_refuses_a_map_that_another_program_holds(tmp_path, model, rasters):
    import fcntl

    out = tmp_path / "map.tif"
    out.write_text("theirs")
    with out.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert refusal(raster=rasters[:1], model=model, out=out) == "output.busy"
    assert out.read_text() == "theirs"


def test_an_extent_is_mapped_as_in_the_whole_map_where_pixels_stand_alone(tmp_path, model, rasters):
    run(raster=rasters[1:], model=model, out=tmp_path / "all.tif")
    with rasterio.open(tmp_path / "all.tif") as dataset:
        whole, transform = dataset.read(1), dataset.transform
    # Half a pixel more or less does not take in the pixel's centre.
    xmin, ymax = transform @ (12.4, 20.6)
    xmax, ymin = transform @ (50.6, 45.4)

    run(
        raster=rasters[1:],
        model=model,
        out=tmp_path / "part.tif",
        extent=f"{xmin},{ymin},{xmax},{ymax}",
    )

    with rasterio.open(tmp_path / "part.tif") as dataset:
        assert dataset.transform @ (0, 0) == pytest.approx(transform @ (12, 21))
        np.testing.assert_array_equal(dataset.read(1), whole[21:45, 12:51])


def test_an_area_of_interest_in_another_crs_is_mapped_alone(tmp_path, model, rasters):
    triangle_file = polygons_file(tmp_path / "aoi.gpkg", rasters[1])
    run(raster=rasters[1:], model=model, out=tmp_path / "all.tif")

    run(raster=rasters[1:], model=model, out=tmp_path / "aoi.tif", aoi=str(triangle_file))

    with rasterio.open(tmp_path / "all.tif") as dataset:
        whole, transform = dataset.read(1), dataset.transform
    with rasterio.open(tmp_path / "aoi.tif") as dataset:
        part, corner = dataset.read(1), ~transform @ (dataset.transform @ (0, 0))
    col, row = (round(value) for value in corner)
    there = whole[row : row + part.shape[0], col : col + part.shape[1]]
    # A triangle: half of its bounds.
    assert 0.4 < (part > 0).mean() < 0.6
    np.testing.assert_array_equal(part[part > 0], there[part > 0])


def polygons_file(path, raster):
    """A triangle over the middle of a raster, in longitude and latitude."""
    import pyogrio
    import shapely
    from pyproj import Transformer

    with rasterio.open(raster) as dataset:
        corners = [dataset.transform @ at for at in ((10, 10), (60, 10), (10, 60))]
        there = Transformer.from_crs(dataset.crs, "EPSG:4326", always_xy=True)
    triangle = shapely.Polygon([there.transform(*corner) for corner in corners])
    pyogrio.raw.write(
        path, geometry=shapely.to_wkb([triangle]), field_data=[], fields=[], crs="EPSG:4326",
        geometry_type="Polygon", driver="GPKG",
    )  # fmt: skip
    return path


def test_refuses_an_extent_beyond_the_raster(tmp_path, model, rasters):
    out = tmp_path / "map.tif"
    assert refusal(raster=rasters[:1], model=model, out=out, extent="0,0,5,5") == "area.outside"
    assert not out.exists()


def test_several_models_are_averaged(tmp_path, rasters):
    weight, bias = random_weights(3, 5000.0)
    for name, sign in (("one", 1), ("two", -1)):
        write_model(tmp_path / f"{name}.onnx", Pixelwise(sign * weight, sign * bias), 3)
    for names in (("one",), ("two",), ("one", "two")):
        run(
            raster=rasters[1:], model=[tmp_path / f"{n}.onnx" for n in names],
            out=tmp_path / "map.tif", probabilities=tmp_path / f"{'-'.join(names)}.tif",
        )  # fmt: skip
    shares = {
        name: rasterio.open(tmp_path / f"{name}.tif").read().astype(float)
        for name in ("one", "two", "one-two")
    }
    np.testing.assert_allclose(shares["one-two"], (shares["one"] + shares["two"]) / 2, atol=1)
    assert np.abs(shares["one"] - shares["two"]).mean() > 10


def test_refuses_to_average_models_of_other_classes(tmp_path, model, rasters):
    network = Pixelwise(*random_weights(3, 5000.0))
    other = write_model(
        tmp_path / "o.onnx", network, 3, classes=[*CLASSES[:2], CLASSES[2] | {"code": 9}]
    )
    out = tmp_path / "map.tif"
    assert refusal(raster=rasters[:1], model=[model, other], out=out) == "model.ensemble"


def test_says_when_a_raster_looks_unlike_the_training_rasters(tmp_path, rasters):
    network = Pixelwise(*random_weights(3, 5000.0))
    usual = {"mean": [5000.0] * 3, "std": [2900.0] * 3}
    far = {"mean": [5000.0, 5000.0, 300.0], "std": [2900.0, 2900.0, 50.0]}
    for name, statistics, expected in (("near", usual, []), ("far", far, ["classify.shifted"])):
        model = write_model(tmp_path / f"{name}.onnx", network, 3, statistics=statistics)
        reporter = Reporter()
        settings = ClassifySettings(raster=rasters[1:], model=model, out=tmp_path / "map.tif")
        classify(settings, reporter)
        assert [w["code"] for w in reporter.warnings] == expected
    assert BANDS[2] in reporter.warnings[0]["message"]
    assert BANDS[0] not in reporter.warnings[0]["message"]


def test_small_patches_go_and_polygons_agree_with_the_map(tmp_path, rasters):
    import pyogrio

    weight, bias = random_weights(3, 5000.0)
    model = write_model(tmp_path / "m.onnx", Pixelwise(weight, bias), 3)
    big, wet = CLASSES[0]["name"], CLASSES[1]["name"]
    outputs = run(
        raster=rasters[1:], model=model, out=tmp_path / "map.tif", polygons=tmp_path / "p.gpkg",
        min_patch=f"{big}=0.06ha,{wet}=1,3", confidence=tmp_path / "c.tif",
    )  # fmt: skip
    with rasterio.open(tmp_path / "map.tif") as dataset:
        codes, grid = dataset.read(1), dataset.transform
    with rasterio.open(tmp_path / "c.tif") as dataset:
        percent = dataset.read(1)
    meta, _, geometry, fields = pyogrio.raw.read(tmp_path / "p.gpkg")
    found = dict(zip(meta["fields"], fields, strict=True))
    least = {c["code"]: n for c, n in zip(CLASSES, (6, 1, 3), strict=True)}
    for code, pixels in zip(found["code"], found["pixels"], strict=True):
        assert pixels >= least[int(code)]
    assert (found["pixels"][found["class"] == wet] == 1).any()
    np.testing.assert_allclose(found["area_ha"], found["pixels"] * 0.01, rtol=0.02)
    assert found["pixels"].sum() == codes.size
    burnt = rasterio.features.rasterize(
        [(shapely.from_wkb(g), i + 1) for i, g in enumerate(geometry)], codes.shape, transform=grid,
        dtype="int32",
    )  # fmt: skip
    np.testing.assert_array_equal(found["code"][burnt - 1], codes)
    for number in np.argsort(found["pixels"])[-5:]:
        assert found["confidence"][number] == pytest.approx(
            percent[burnt == number + 1].mean(), abs=0.01
        )
    counted = {c["name"]: (codes == c["code"]).mean() for c in CLASSES}
    assert outputs["shares"] == pytest.approx(counted, abs=1e-6)


def test_refuses_patches_of_unknown_classes(tmp_path, model, rasters):
    out = tmp_path / "map.tif"
    wrong = refusal(raster=rasters[:1], model=model, out=out, min_patch="lava=3")
    assert wrong == "classify.min-patch"


def test_a_raster_without_crs_is_mapped_with_a_warning(tmp_path, model):
    image = np.random.default_rng(0).integers(1, 10_000, (3, 50, 60), dtype=np.uint16)
    raster = write_raster(tmp_path / "r.tif", image, BANDS, crs=None)
    reporter = Reporter()
    out = tmp_path / "map.tif"
    settings = ClassifySettings(
        raster=[raster], model=model, out=out, polygons=tmp_path / "p.gpkg", device="cpu"
    )
    classify(settings, reporter)
    assert [w["code"] for w in reporter.warnings] == ["raster.no-crs"]
    with rasterio.open(out) as dataset:
        assert dataset.crs is None
        assert dataset.read(1).all()
    # What takes metres or another layer's place cannot be done.
    for wanted in ({"min_patch": "1ha"}, {"resolution": 20}, {"aoi": "some.gpkg"}):
        assert refusal(raster=[raster], model=model, out=out, **wanted) == "raster.no-crs"


def test_two_processes_do_not_write_one_map(tmp_path, model, rasters):
    out = tmp_path / "map.tif"
    holder = "import sys, pathlib\nfrom overseed.files import output_lock\n"
    holder += (
        "with output_lock(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:  # fmt: skip
        assert other.stdout.readline() == "held\n"
        assert refusal(raster=rasters[:1], model=model, out=out) == "output.busy"
        other.communicate("\n")
    run(raster=rasters[:1], model=model, out=out)
    assert out.is_file()


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ("0.07ha", 7),
        ("0.14ha", 14),
        ("0.55ha", 55),
        ("2.2ha", 220),
        ("2.25", 3),
        ("9" * 30, 1 << 62),
    ],
)
def test_sizes_of_patches_in_pixels(model, rasters, size, pixels):
    table = load_model(model, 1, "cpu").table
    settings = ClassifySettings(raster=rasters[:1], model=model, out="m.tif", min_patch=size)
    assert set(_least_patches(settings, table, read_info(rasters[0]))[table.codes]) == {pixels}


def test_refuses_to_overwrite_the_area_of_interest(tmp_path, model, rasters):
    aoi = polygons_file(tmp_path / "aoi.gpkg", rasters[1])
    before = aoi.read_bytes()
    more = {"out": tmp_path / "map.tif", "aoi": str(aoi), "polygons": aoi}
    assert refusal(raster=rasters[1:], model=model, **more) == "output.clash"
    assert aoi.read_bytes() == before


def test_refuses_to_overwrite_the_style_of_a_raster(tmp_path, model, rasters):
    style = rasters[0].with_suffix(".qml")
    style.write_text("mine")
    out = rasters[0].with_suffix(".tiff")
    assert refusal(raster=rasters[:1], model=model, out=out) == "output.clash"
    assert style.read_text() == "mine"


def test_refuses_a_file_name_for_several_maps(tmp_path, model, rasters):
    out = tmp_path / "maps.tif"
    assert refusal(raster=rasters, model=model, out=out) == "output.not-folder"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"measure": "margin"}, "classify.measure"),
        ({"half": True}, "device.half"),
        ({"quantized": True, "backend": "torch"}, "device.quantized"),
        ({"quantized": True, "backend": "tensorrt"}, "device.quantized"),
        ({"backend": "tensorrt"}, "device.absent"),
        ({"scheduler": "tcp://h:1", "backend": "tensorrt"}, "cluster.device"),
        ({"quantized": True}, "model.missing"),
        ({"scheduler": "tcp://h:1", "half": True}, "cluster.device"),
    ],
)
def test_refuses_settings_without_effect(tmp_path, model, rasters, more, code):
    assert refusal(raster=rasters[:1], model=model, out=tmp_path / "map.tif", **more) == code


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a second file system")
def test_outputs_may_lie_on_another_disk(tmp_path, model, rasters):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        elsewhere = Path(other)
        if os.stat(other).st_dev == tmp_path.stat().st_dev:
            pytest.skip("both folders lie on one file system")
        names = {"confidence": "c.tif", "probabilities": "p.tif", "polygons": "p.gpkg"}
        further = {option: elsewhere / name for option, name in names.items()}
        run(raster=rasters[:1], model=model, out=tmp_path / "map.tif", **further)
        assert sorted(os.listdir(other)) == ["c.tif", "p.gpkg", "p.tif"]


def test_an_area_that_only_touches_the_extent_holds_nothing(tmp_path, model, rasters):
    import pyogrio

    with rasterio.open(rasters[1]) as dataset:
        xmin, ymin, xmax, ymax = dataset.bounds
        crs = dataset.crs.to_wkt()
    middle = (xmin + xmax) / 2
    inside, touching = (
        shapely.box(xmin, ymin, middle - 50, ymax),
        shapely.box(middle, ymin, xmax, ymax),
    )
    for shapes, wanted in (([inside, touching], None), ([touching], "area.outside")):
        pyogrio.raw.write(
            tmp_path / "a.gpkg", geometry=shapely.to_wkb(shapes), field_data=[], fields=[], crs=crs,
            geometry_type="Polygon", driver="GPKG",
        )  # fmt: skip
        more = {
            "raster": rasters[1:], "model": model, "out": tmp_path / "map.tif",
            "aoi": str(tmp_path / "a.gpkg"), "extent": f"{xmin},{ymin},{middle},{ymax}",
        }  # fmt: skip
        if wanted:
            assert refusal(**more) == wanted
        else:
            run(**more)
