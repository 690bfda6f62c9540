"""A whole simulated scene: drawn, written to files in bands of rows, and held against its limit."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from overseed.files import whole
from overseed.scenes.simulation.cloud import Cloud, draw_cloud
from overseed.scenes.simulation.covers import COVERS, NAMES, colour_table, draw_look
from overseed.scenes.simulation.image import REACH, Painter, draw_painter
from overseed.scenes.simulation.labelling import draw_labels
from overseed.scenes.simulation.landscape import draw_landscape
from overseed.scenes.simulation.layout import Layout, pure
from overseed.scenes.simulation.limit import (
    BayesRule,
    Population,
    Tally,
    expected_confusion,
    population,
)

if TYPE_CHECKING:
    from affine import Affine

CRS = "EPSG:32633"
PIXEL_METRES = 10.0
LEFT, TOP = 370_000.0, 5_810_000.0
NODATA = 0
CLASS_FIELD = "landuse"
LAYER = "parcels"
#: Sides of a GeoTIFF tile; bands of rows of this height write each tile once.
TILE = 256
#: With more bands than this, the file holds them one after the other, which needs less memory to write.
INTERLEAVED_BANDS = 16
#: Megabytes that GDAL may keep of written tiles; its own default is a share of the machine's memory.
GDAL_CACHE = 64

#: Progress: done, total and unit; may raise to end the work.
Tick = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Recipe:
    """What a scene shall be like.

    ``width`` and ``height`` are pixels (at least 32), ``labelled`` is the share of each common class's
    parcels that get a polygon, in (0, 1]; ``rare_share`` is the share of the labelled ground that each
    rare class gets (more in scenes so small that three polygons are more); ``separability`` is a factor on
    the distances between class spectra relative to all variation; ``cloud`` is the share under cloud,
    in [0, 1).
    """

    width: int
    height: int
    bands: int
    labelled: float = 0.4
    rare_share: float = 0.024
    separability: float = 1.0
    cloud: float = 0.0


@dataclass(frozen=True)
class Scene:
    """Where :func:`write_scene` put a scene, and what is known about it.

    ``cloud`` is ``None`` for a scene without clouds. ``polygon_counts`` has class names.
    ``confusion`` maps scope → priors → (classes, classes) counts of the Bayes rule, rows the truth, classes
    in code order. Scopes: ``expected`` (drawn from the population), ``pure`` (pixels of the scene that the
    point spread leaves unmixed) and ``labelled`` (all pixels of the polygons, mixed ones too); none holds
    pixels under cloud or without data.
    """

    raster: Path
    labels: Path
    truth: Path
    cloud: Path | None
    polygon_counts: Counter[str]
    population: Population
    confusion: dict[str, dict[str, NDArray[np.int64]]]


def write_scene(
    recipe: Recipe,
    folder: Path,
    rng: np.random.Generator,
    tick: Tick | None = None,
    rows: int = TILE,
    threads: int = 0,
) -> Scene:
    """Write scene.tif, truth.tif, polygons.gpkg (layer ``parcels``) and, with clouds, cloud.tif.

    ``scene.tif`` is uint16, 10000 · reflectance + 1000, 0 = no data; ``truth.tif`` holds the class code of
    the ground, also under cloud, 0 = no data; ``cloud.tif`` the clouds' opacity in percent. All appear
    together, when all are whole. Memory holds ``rows`` rows of the scene and the polygons, never the
    scene; neither ``rows`` nor ``threads`` (that compress; 0 = all cores) changes the result.

    ``tick`` is called at least once for every band of rows; what it raises ends the work and leaves the
    folder as it was.
    """
    ground_rng, label_rng, look_rng, pixel_rng, cloud_rng, limit_rng = rng.spawn(6)
    width, height = recipe.width, recipe.height
    steps = _Steps(tick, 2 * height)
    landscape = draw_landscape(width, height, recipe.rare_share, ground_rng, steps.check)
    polygons, codes = draw_labels(
        landscape, width, height, recipe.labelled, recipe.rare_share, label_rng
    )
    steps.check()
    layout = Layout(landscape, polygons, width, height)
    look = draw_look(recipe.bands, recipe.separability, look_rng)
    cloud = draw_cloud(width, height, recipe.cloud, cloud_rng)
    painter = draw_painter(layout, look, cloud, len(landscape.parcels), pixel_rng)
    rule = BayesRule(population(look))
    cloud_path = folder / "cloud.tif"
    with contextlib.ExitStack() as files:
        raster, labels, truth = (
            (path, files.enter_context(whole(path)))
            for path in (folder / "scene.tif", folder / "polygons.gpkg", folder / "truth.tif")
        )
        _write_polygons(labels[1], polygons, codes)
        if recipe.cloud:
            _write_cloud(files.enter_context(whole(cloud_path)), cloud, height, rows)
        shares = _write_truth(truth[1], layout, cloud, rows, threads, steps)
        tally = _write_image(raster[1], painter, rule, shares, rows, threads, steps)
    if not recipe.cloud:
        cloud_path.unlink(missing_ok=True)
    expected = expected_confusion(rule, shares["pure"], limit_rng)
    return Scene(
        raster=raster[0],
        labels=labels[0],
        truth=truth[0],
        cloud=cloud_path if recipe.cloud else None,
        polygon_counts=Counter(NAMES[code - 1] for code in codes.tolist()),
        population=rule.population,
        confusion={"expected": expected, **tally.confusion},
    )


class _Steps:
    """Counts finished rows and passes them on."""

    def __init__(self, tick: Tick | None, total: int):
        self._tick, self._done, self._total = tick, 0, total

    def check(self, rows: int = 0) -> None:
        self._done += rows
        if self._tick is not None:
            self._tick(self._done, self._total, "row")


def _write_truth(
    path: Path, layout: Layout, cloud: Cloud, rows: int, threads: int, steps: _Steps
) -> dict[str, NDArray[np.float64]]:
    """Write the true classes; return for each scope the classes' shares in it."""
    counts: dict[str, NDArray[np.int64]] = {}
    with _geotiff(path, layout, 1, "uint8", threads) as raster:
        for start, stop in _bands_of_rows(layout.height, rows):
            here = layout.rows(start, stop)
            raster.write(here.truth * here.inside, 1, window=_window(start, stop, layout.width))
            for scope, members in _scopes(layout, cloud, start, stop).items():
                found = np.bincount(here.truth[members], minlength=len(COVERS) + 1)[1:]
                counts[scope] = counts.get(scope, 0) + found
            steps.check(stop - start)
        raster.write_colormap(1, colour_table())
    return {scope: count / max(1, count.sum()) for scope, count in counts.items()}


def _write_image(
    path: Path,
    painter: Painter,
    rule: BayesRule,
    shares: dict[str, NDArray[np.float64]],
    rows: int,
    threads: int,
    steps: _Steps,
) -> Tally:
    """Write the image and count on the way what the rule says of its pixels."""
    layout = painter.layout
    tally = Tally(shares)
    names = painter.look.band_names
    with _geotiff(path, layout, len(names), "uint16", threads) as raster:
        raster.descriptions = names
        raster.update_tags(
            OVERSEED_SYNTHETIC="yes",
            OVERSEED_VALUES="simulated reflectance * 10000 + 1000",
        )
        # Tiles that hold several bands must come with all of them, or GDAL rewrites each for every band.
        together = len(names) <= INTERLEAVED_BANDS
        for start, stop in _bands_of_rows(layout.height, rows):
            here = layout.rows(start, stop)
            window = _window(start, stop, layout.width)
            projected = rule.start(stop - start, layout.width)
            shape = (len(names) if together else 0, stop - start, layout.width)
            image = np.empty(shape, dtype=np.uint16)
            for band, values in enumerate(painter.bands(start, stop)):
                rule.add_band(projected, band, values)
                values[~here.inside] = NODATA
                if together:
                    image[band] = values
                else:
                    raster.write(values, band + 1, window=window)
                steps.check()
            if together:
                raster.write(image, window=window)
            tally.add(
                rule.log_densities(projected),
                here.truth,
                _scopes(layout, painter.cloud, start, stop),
            )
            steps.check(stop - start)
    return tally


def _scopes(layout: Layout, cloud: Cloud, start: int, stop: int) -> dict[str, NDArray[np.bool_]]:
    """The sets of pixels that the rule is scored on, as masks of these rows."""
    here = layout.rows(start, stop)
    clear = here.inside & (cloud.opacity(start, stop) == 0)
    return {
        "pure": pure(layout, start, stop, REACH) & clear,
        "labelled": here.labelled & clear,
    }


def _write_cloud(path: Path, cloud: Cloud, height: int, rows: int) -> None:
    import rasterio

    with rasterio.open(
        path, "w", count=1, dtype="uint8", **_profile(cloud.width, height) | {"nodata": None}
    ) as raster:
        for start, stop in _bands_of_rows(height, rows):
            percent = np.ceil(cloud.opacity(start, stop) * 100).astype(np.uint8)
            raster.write(percent, 1, window=_window(start, stop, cloud.width))


@contextlib.contextmanager
def _geotiff(path: Path, layout: Layout, bands: int, dtype: str, threads: int) -> Iterator[Any]:
    import rasterio

    profile = _profile(layout.width, layout.height)
    if dtype == "uint16":
        interleave = "pixel" if bands <= INTERLEAVED_BANDS else "band"
        # Noise hardly compresses; the first level takes the least time and, measured, the least space.
        profile |= {"predictor": 2, "zlevel": 1, "interleave": interleave}
    profile |= {"num_threads": threads or "all_cpus"}
    with (
        rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE),
        rasterio.open(path, "w", count=bands, dtype=dtype, **profile) as raster,
    ):
        yield raster


def _profile(width: int, height: int) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "crs": CRS,
        "transform": _transform(),
        "nodata": NODATA,
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
    }


def _write_polygons(path: Path, polygons: NDArray[Any], codes: NDArray[np.uint8]) -> None:
    """Write polygons given in pixels with the names of their classes."""
    import pyogrio.raw
    import shapely

    transform = _transform()
    scale, origin = (transform.a, transform.e), (transform.c, transform.f)
    on_map = shapely.transform(polygons, lambda points: points * scale + origin)
    pyogrio.raw.write(
        str(path),
        geometry=shapely.to_wkb(on_map),
        field_data=[np.array(NAMES, dtype=object)[codes - 1]],
        fields=[CLASS_FIELD],
        layer=LAYER,
        driver="GPKG",
        geometry_type="Polygon",
        crs=CRS,
    )


def _transform() -> Affine:
    from affine import Affine

    return Affine(PIXEL_METRES, 0.0, LEFT, 0.0, -PIXEL_METRES, TOP)


def _bands_of_rows(height: int, rows: int) -> list[tuple[int, int]]:
    return [(start, min(start + rows, height)) for start in range(0, height, rows)]


def _window(start: int, stop: int, width: int) -> Any:
    from rasterio.windows import Window

    return Window(0, start, width, stop - start)
