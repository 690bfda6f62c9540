"""From bright objects on a raster to a heat map of them, through `qgis_process` with the real engine."""

from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr, osr
from qgis.core import QgsRasterLayer, QgsSingleBandPseudoColorRenderer

gdal.UseExceptions()
ogr.UseExceptions()

#: Sides of the raster and of a chip in pixels; each place below is the middle of a chip.
SIDE, CHIP = 1024, 64
WEST, NORTH, PIXEL = 400_000, 5_800_000, 10


@pytest.fixture
def objects():
    """Return the columns and rows of the objects' middles, spread over the whole raster."""
    rng = np.random.default_rng(5)
    cells = rng.permutation(64)[:30]
    return [(int(cell % 8) * 128 + 64, int(cell // 8) * 128 + 64) for cell in cells]


@pytest.fixture
def ground(objects, tmp_path):
    """Return the path of a raster of noise with a bright ellipse at each object, each with another look."""
    rng = np.random.default_rng(1)
    image = rng.integers(300, 700, (3, SIDE, SIDE)).astype(np.uint16)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for column, row in objects:
        angle, (long, short) = rng.uniform(0, np.pi), rng.uniform((12, 6), (20, 12))
        along = (columns - column) * np.cos(angle) + (rows - row) * np.sin(angle)
        across = (rows - row) * np.cos(angle) - (columns - column) * np.sin(angle)
        inside = (along / long) ** 2 + (across / short) ** 2 < 1
        image[:, inside] += rng.integers(1500, 3500, (3, 1)).astype(np.uint16)
    path = tmp_path / "ground ü.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIDE, SIDE, 3, gdal.GDT_UInt16)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((WEST, PIXEL, 0, NORTH, 0, -PIXEL))
    dataset.WriteArray(image)
    dataset = None
    return path


@pytest.fixture
def points(objects, tmp_path):
    """Return the path of a GeoPackage with a point of the class “tank” at each object."""
    path = tmp_path / "objects.gpkg"
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    layer = source.CreateLayer("objects", reference, ogr.wkbPoint)
    layer.CreateField(ogr.FieldDefn("kind", ogr.OFTString))
    for column, row in objects:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("kind", "tank")
        place = f"POINT ({WEST + column * PIXEL} {NORTH - row * PIXEL})"
        feature.SetGeometry(ogr.CreateGeometryFromWkt(place))
        layer.CreateFeature(feature)
    source = None
    return path


def test_from_points_to_a_heat_map(
    qgis_process, listed, ground, points, objects, tmp_path, qgis_app
):
    run = tmp_path / "run ü"
    made = qgis_process(
        "overseed:preparechips", RASTERS=[ground], LABELS=points, CLASS_FIELD="kind",
        REST_AS="nothing", REST_COUNT=60, RARE="tank", SIZE=CHIP, RUN=run,
    )  # fmt: skip
    assert made["CHIPS"] == 90
    assert made["RARE_COUNT"] == 1
    assert "tank" in made["TEXT"]
    quick = {"RUN": run, "EFFORT": "quick"}
    found = qgis_process(
        "overseed:clusterchips", **quick, STEPS=1, BATCH=8, METHOD="k-means", CLUSTERS=3
    )
    assert found["FOUND"] == 3
    assert Path(found["PICTURE"]).is_file()
    assert Path(found["REVIEW"]).is_file()
    assert found["TO_REVIEW"] >= 0
    trained = qgis_process(
        "overseed:trainchipgan", **quick, GAN="dcgan", CONDITION="cluster", STEPS=4, BATCH=4,
        WIDTH=8, LATENT=8, COUNT=12, TILES=tmp_path / "tiles",
    )  # fmt: skip
    assert (trained["MADE"], trained["WAY"]) == (12, "dcgan-cluster")
    assert Path(trained["SAMPLES"], "gallery.png").is_file()
    assert len(list((tmp_path / "tiles").rglob("*.tif"))) == 12
    scored = qgis_process(
        "overseed:classifychips", **quick, AUGMENT=["flips", trained["WAY"]], STEPS=10, BATCH=8
    )
    assert 0 <= scored["AVERAGE_PRECISION"] <= 1
    assert 0 <= scored["MACRO_F1"] <= 1
    assert Path(scored["MODEL"]).parts[-3] == "flips+dcgan-cluster"
    mapped = qgis_process(
        "overseed:mapchips", RASTER=ground, MODEL=scored["MODEL"], STEP=32,
        OUTPUT=tmp_path / "heat.tif",
    )  # fmt: skip
    assert mapped["CLASS"] == "tank"
    heat = gdal.Open(mapped["OUTPUT"])
    band, (west, across, _, north, _, down) = heat.ReadAsArray(), heat.GetGeoTransform()
    assert (band.shape, across) == ((SIDE // 32, SIDE // 32), 32 * PIXEL)
    hot = np.zeros(band.shape, bool)
    for column, row in objects:
        x, y = WEST + column * PIXEL, NORTH - row * PIXEL
        # An object may lie on the corner of four of the heat map's pixels.
        at = int((y - north) / down), int((x - west) / across)
        hot[at[0] - 1 : at[0] + 1, at[1] - 1 : at[1] + 1] = True
    assert band[hot].mean() > band[~hot].mean() + 20
    layer = QgsRasterLayer(mapped["OUTPUT"], "heat")
    assert Path(mapped["OUTPUT"]).with_suffix(".qml").is_file()
    assert isinstance(layer.renderer(), QgsSingleBandPseudoColorRenderer)
    assert set(qgis_process.ran) == {name for name, group in listed.items() if group == "Chips"}
