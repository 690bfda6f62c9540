"""`chips map`: planted objects are hot, places are right on any grid, nodata stays, refusals come first."""

import json

import numpy as np
import pytest
import rasterio
import torch
from rasterio.transform import Affine
from torch import nn

from overseed.chip_settings import MapChipsSettings
from overseed.chips.classifier_export import export_classifier
from overseed.errors import Cancelled, InputError
from overseed.events import Reporter
from overseed.files import write_json
from overseed.map_settings import ClassifySettings
from overseed.mapping import heat_map as heat_maps
from overseed.mapping.chip_model import load_chip_model
from overseed.scenes.bands import BandRecipe
from overseed.stages.chips.heat_map import heat_map
from overseed.stages.classify import classify as map_pixels
from tests.engine.chips.planted_chips import PANEL, SIZE, planted

ROW, COL = 60, 90
MODEL = "split-0/models/none/seed-0"


class Bright(nn.Module):
    """Finds chips with a bright middle: a classifier of which one knows what it must say."""

    def forward(self, chips):
        middle = chips[:, :, 10:22, 10:22].mean((1, 2, 3))
        return torch.stack([middle * 0, middle * 0 - 4, 3 * (middle - 2)], 1)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with such a classifier, whose training chips had pixels of 10 m."""
    root = tmp_path_factory.mktemp("mapped") / "run"
    folder = root / MODEL
    folder.mkdir(parents=True)
    about = {
        "arm": "none", "seed": 0, "synthetic": False, "network": "none", "pixel_metres": 10.0,
        "thresholds": {"panel": 0.375},
    }  # fmt: skip
    network = Bright()
    export_classifier(
        network, planted(), BandRecipe(("b1", "b2"), (1.0, 1.0), (0.0, 0.0)), about, folder
    )
    write_json(root / "best.json", {"kind": "chips", "model": MODEL, "arm": "none"})
    return root


def ground(height=130, width=150, seed=3, bands=2):
    """Ground with one bright panel whose centre is at (ROW, COL)."""
    image = np.random.default_rng(seed).normal(400, 25, (bands, height, width))
    image[:, ROW - 6 : ROW + 6, COL - 6 : COL + 6] += 260
    return image.clip(0).astype(np.uint16)


def mapped(run, out, *rasters, reporter=None, **more):
    settings = {"threads": 1, "device": "cpu", "model": run, "out": out} | more
    return heat_map(MapChipsSettings(raster=[str(r) for r in rasters], **settings), reporter)


def read(path):
    with rasterio.open(path) as dataset:
        return dataset.read(1), dataset.profile, dataset.transform


def test_the_planted_panel_is_the_hottest_place(run, write_raster, tmp_path):
    raster = write_raster(ground(), descriptions=("b1", "b2"))
    reporter = Reporter()
    outputs = mapped(run, tmp_path / "heat.tif", raster, reporter=reporter)
    heat, profile, transform = read(tmp_path / "heat.tif")
    # A quarter of a chip; the last pixels reach beyond the raster.
    assert outputs["step"] == 8
    assert heat.shape == (17, 19)
    assert (profile["dtype"], profile["nodata"]) == ("uint8", 255)
    assert profile["crs"].to_epsg() == 32633
    hottest = np.argwhere(heat == heat.max())
    assert heat.max() > 60
    assert heat.max() <= 100
    centres = (hottest + 0.5) * 8
    assert np.hypot(*(centres - (ROW, COL)).T).max() < SIZE * 0.75
    far = np.hypot(*(np.moveaxis(np.indices(heat.shape), 0, -1) * 8 + 4 - (ROW, COL)).T).T > SIZE
    assert np.median(heat[far]) < heat.max() / 3
    x, y = transform @ (hottest[0][1] + 0.5, hottest[0][0] + 0.5)
    assert abs(x - (500000 + 10 * COL)) < 10 * SIZE
    assert abs(y - (5800000 - 10 * ROW)) < 10 * SIZE
    assert reporter.warnings == []
    record = json.loads((tmp_path / "heat.tif.json").read_text())
    assert record["class"] == "panel"
    assert record["highest_percent"] == heat.max()
    assert record["places"] == heat.size
    wanted = (heat >= record["threshold_percent"]).sum()
    assert record["places_from_threshold"] == wanted
    assert f"{wanted} of {heat.size}" in outputs["text"]
    assert str(tmp_path) not in (tmp_path / "heat.tif.json").read_text()


def test_a_pixel_is_what_the_chip_centred_there_is(run, write_raster, tmp_path, monkeypatch):
    image = ground(height=61, width=77)
    raster = write_raster(image, descriptions=("b1", "b2"))
    mapped(run, tmp_path / "heat.tif", raster, step=7)
    heat, _, _ = read(tmp_path / "heat.tif")
    model = load_chip_model(run / MODEL / "model.onnx", 1, "cpu")
    for row, col in ((0, 0), (4, 5), (8, 10), (3, 10)):
        top = min(max(0, ((2 * row + 1) * 7 - SIZE) // 2), 61 - SIZE)
        left = min(max(0, ((2 * col + 1) * 7 - SIZE) // 2), 77 - SIZE)
        chip = image[:, top : top + SIZE, left : left + SIZE].astype(np.float32)
        assert abs(heat[row, col] - 100 * model.predict(chip[None])[0, PANEL]) <= 0.51
    # In small blocks, also where one row does not fit, the map is the same.
    for size in (200_000, 12_000):
        monkeypatch.setattr(heat_maps, "BLOCK_BYTES", size)
        mapped(run, tmp_path / f"{size}.tif", raster, step=7)
        again = read(tmp_path / f"{size}.tif")[0].astype(int)
        assert np.abs(again - heat.astype(int)).max() <= 1


def test_rotated_grids_keep_their_place(run, write_raster, tmp_path):
    transform = Affine.translation(500000, 5800000) @ Affine.rotation(30) @ Affine.scale(10, -10)
    raster = write_raster(ground(), descriptions=("b1", "b2"), transform=transform)
    mapped(run, tmp_path / "heat.tif", raster, step=10)
    heat, _, own = read(tmp_path / "heat.tif")
    assert np.allclose(own @ (3, 2), transform @ (30, 20))
    row, col = np.argwhere(heat == heat.max())[0]
    found = np.array(own @ (col + 0.5, row + 0.5))
    assert np.hypot(*(found - np.array(transform @ (COL, ROW)))) < 10 * SIZE


def test_nodata_stays_and_is_not_looked_at(run, write_raster, tmp_path):
    image = ground()
    image[:, :, :48] = 0
    raster = write_raster(image, descriptions=("b1", "b2"), nodata=0)
    mapped(run, tmp_path / "heat.tif", raster, step=8)
    heat, _, _ = read(tmp_path / "heat.tif")
    assert (heat[:, :6] == 255).all()
    assert (heat[:, 6:] <= 100).all()
    image[:] = 0
    empty = write_raster(image, "empty.tif", descriptions=("b1", "b2"), nodata=0)
    with pytest.raises(InputError) as refused:
        mapped(run, tmp_path / "none.tif", empty)
    assert refused.value.code == "raster.all-nodata"
    assert not list(tmp_path.glob("none*"))


def test_bands_are_matched_by_name_and_several_rasters_go_to_a_folder(run, write_raster, tmp_path):
    image = ground(bands=3)
    image[2] = 9
    plain = write_raster(image[:2], "one.tif", descriptions=("b1", "b2"))
    other = write_raster(image[[2, 1, 0]], "two.tif", descriptions=("extra", "b2", "b1"))
    outputs = mapped(run, tmp_path / "maps", plain, other)
    assert outputs["maps"] == [str(tmp_path / "maps" / n) for n in ("one.tif", "two.tif")]
    one, two = (read(path)[0] for path in outputs["maps"])
    assert np.array_equal(one, two)
    for name in ("one", "two"):
        assert (tmp_path / "maps" / f"{name}.qml").is_file()
        assert (tmp_path / "maps" / f"{name}.tif.json").is_file()


def test_values_are_brought_to_the_units_of_the_chips(run, write_raster, tmp_path):
    """A raster that stores hundredths of what chips had, and says so, is read as they were."""
    plain = write_raster(ground(), "plain.tif", descriptions=("b1", "b2"))
    finer = write_raster(
        ground().astype(np.uint32) * 100, "finer.tif", descriptions=("b1", "b2"), dtype="uint32"
    )
    with rasterio.open(finer, "r+") as dataset:
        dataset.scales = (0.01, 0.01)
    mapped(run, tmp_path / "a.tif", plain)
    mapped(run, tmp_path / "b.tif", finer)
    assert np.array_equal(read(tmp_path / "a.tif")[0], read(tmp_path / "b.tif")[0])


def test_other_pixels_and_other_values_are_warned_of(run, write_raster, tmp_path):
    transform = Affine(2, 0, 500000, 0, -2, 5800000)
    raster = write_raster(ground() * 3, descriptions=("b1", "b2"), transform=transform)
    codes = []

    class Listening(Reporter):
        def warning(self, code, message):
            codes.append(code)

    mapped(run, tmp_path / "heat.tif", raster, step=40, reporter=Listening())
    assert codes == ["chips.other-pixels", "chips.gaps", "classify.shifted"]


def test_a_cancelled_map_leaves_nothing(run, write_raster, tmp_path):
    raster = write_raster(ground(), descriptions=("b1", "b2"))
    reporter = Reporter()
    reporter.progress = lambda done, total, unit="step": reporter.cancel.set() or reporter.check()
    with pytest.raises(Cancelled):
        mapped(run, tmp_path / "heat.tif", raster, reporter=reporter)
    assert [path.name for path in tmp_path.iterdir()] == ["raster.tif"]


def test_the_old_category_names_go(run, write_raster, tmp_path):
    raster = write_raster(ground(), descriptions=("b1", "b2"))
    (tmp_path / "heat.tif.aux.xml").write_text("<PAMDataset/>")
    mapped(run, tmp_path / "heat.tif", raster, step=30)
    assert not (tmp_path / "heat.tif.aux.xml").exists()


@pytest.mark.parametrize(
    ("change", "more", "code"),
    [
        ({}, {"of": "pond"}, "classes.unknown"),
        ({"shape": (2, 20, 90)}, {}, "raster.too-small"),
        ({"shape": (4, 40, 90)}, {}, "bands.mismatch"),
        ({}, {"out": "heat.png"}, "output.not-tif"),
        ({}, {"out": "raster.tif"}, "output.clash"),
        ({}, {"model": "missing.onnx"}, "model.missing"),
        ({}, {"model": "."}, "model.missing"),
    ],
)
def test_refusals_come_before_any_work(run, write_raster, tmp_path, change, more, code):
    raster = write_raster(np.full(change.get("shape", (2, 40, 90)), 400, np.uint16))
    given = {k: tmp_path / v if k in ("out", "model") else v for k, v in more.items()}
    with pytest.raises(InputError) as refused:
        mapped(run, given.pop("out", tmp_path / "heat.tif"), raster, **given)
    assert refused.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["raster.tif"]


def test_models_of_the_other_kind_are_refused(run, write_raster, tmp_path):
    raster = write_raster(ground(), descriptions=("b1", "b2"))
    with pytest.raises(InputError) as refused:
        map_pixels(ClassifySettings(raster=[str(raster)], model=[run], out=tmp_path / "map.tif"))
    assert refused.value.code == "model.kind"
    assert "chips map" in refused.value.hint
    import onnx

    other = tmp_path / "pixels.onnx"
    graph = onnx.load(run / MODEL / "model.onnx")
    about = {p.key: json.loads(p.value) for p in graph.metadata_props}["overseed"]
    onnx.helper.set_model_props(graph, {"overseed": json.dumps(about | {"kind": None})})
    onnx.save(graph, other)
    with pytest.raises(InputError) as refused:
        mapped(other, tmp_path / "heat.tif", raster)
    assert refused.value.code == "model.kind"
    onnx.helper.set_model_props(graph, {"overseed": json.dumps(about | {"tile_size": 48})})
    onnx.save(graph, other)
    with pytest.raises(InputError) as refused:
        mapped(other, tmp_path / "heat.tif", raster)
    assert refused.value.code == "model.description"
