"""Simulated scenes: a landscape whose true class is known everywhere.

They serve tests, teaching and demos. The ground is cut into parcels by recursive random cuts; the
first cuts become roads, wavy patches become forest and settlement, a river and ponds become water.
Two rare classes get a few small parcels that are spread over the whole scene, so that a split by
ground can hold them on every side. Reflectance is the class's spectrum plus an offset per parcel,
texture whose grain and strength depend on the class, and white variation per pixel, all of them
correlated between bands; then a point spread mixes pixels at edges and the sensor adds noise of its
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from overseed.files import whole

if TYPE_CHECKING:
    from affine import Affine
    from shapely.geometry.base import BaseGeometry

CRS = "EPSG:32633"
PIXEL_METRES = 10.0
NODATA = 0
CLASS_FIELD = "landuse"
LAYER = "parcels"

#: Wavelengths (nm) of the typical spectra below; bands are spread evenly over this axis.
WAVELENGTHS = (490, 560, 665, 840, 1610, 2190)


@dataclass(frozen=True)
class Cover:
    """How a class looks: reflectance at ``WAVELENGTHS`` and how strongly it varies in which way."""

    name: str
    colour: str
    spectrum: tuple[float, ...]
    parcel: float
    coarse: float
    fine: float


#: In code order from 1. The rare classes stand last and resemble common ones, as in the field.
COVERS = (
    Cover("grain", "#e3c75f", (0.056, 0.086, 0.086, 0.295, 0.250, 0.155), 1.15, 0.45, 0.30),
    Cover("meadow", "#8fc15a", (0.042, 0.078, 0.058, 0.360, 0.230, 0.115), 0.90, 0.45, 0.35),
    Cover("forest", "#1f6b3a", (0.026, 0.044, 0.030, 0.255, 0.125, 0.055), 0.55, 0.50, 0.90),
    Cover("water", "#2c6fb3", (0.050, 0.048, 0.030, 0.022, 0.012, 0.008), 0.30, 0.35, 0.15),
    Cover("settlement", "#b4413c", (0.090, 0.108, 0.114, 0.225, 0.215, 0.175), 0.80, 0.50, 1.60),
    Cover("orchard", "#8a4fa3", (0.054, 0.076, 0.080, 0.225, 0.180, 0.125), 0.40, 0.30, 1.10),
    Cover("wetland", "#3fb0a8", (0.040, 0.064, 0.056, 0.200, 0.130, 0.072), 0.50, 0.80, 0.40),
)
GRAIN, MEADOW, FOREST, WATER, SETTLEMENT, ORCHARD, WETLAND = range(1, 8)
RARE = (ORCHARD, WETLAND)
#: Share of the ground that each rare class gets, and of the labelled ground.
RARE_SHARE = 0.024


@dataclass(frozen=True)
class Scene:
    """A simulated scene.

    ``image`` is (bands, height, width) uint16, reflectance × 10000, 0 where there is no data;
    ``truth`` is (height, width) uint8 with codes from 1 in the order of ``COVERS``, 0 where there
    is no data; ``polygons`` and ``polygon_classes`` are the labelled parcels in map coordinates
    and their class names.
    """

    image: np.ndarray
    truth: np.ndarray
    band_names: tuple[str, ...]
    transform: Affine
    polygons: tuple[BaseGeometry, ...]
    polygon_classes: tuple[str, ...]


@dataclass(frozen=True)
class SceneFiles:
    """Where :func:`write_scene` put a scene."""

    raster: Path
    labels: Path
    truth: Path


@dataclass(frozen=True)
class _Ground:
    """The landscape in pixels (x = column, y = row); later layers lie on top of earlier ones."""

    parcels: np.ndarray  # shapely polygons
    classes: np.ndarray  # class code of each parcel where no other layer lies on it
    forest: BaseGeometry
    settlement: BaseGeometry
    roads: BaseGeometry
    water: BaseGeometry


def simulate_scene(
    width: int, height: int, bands: int, labelled: float, rng: np.random.Generator
) -> Scene:
    """Simulate a scene.

    Parameters
    ----------
    width, height:
        Size in pixels, at least 32 each. In small scenes the parcels shrink, and a rare class may
        exceed its usual share, since it keeps at least three parcels.
    bands:
        Number of bands, at least 1, ordered by wavelength.
    labelled:
        Share of the parcels of each common class that get a polygon, in (0, 1]. Of the rare classes
        as many get one as keep the class near 2.4 % of the labelled ground.
    """
    from affine import Affine

    ground = _make_ground(width, height, rng)
    truth, parcel_ids = _rasterize(ground, width, height)
    wavelengths = _band_wavelengths(bands)
    image = _make_image(truth, parcel_ids, len(ground.parcels), wavelengths, rng)
    outside = _nodata_wedge(width, height)
    image[:, outside] = NODATA
    truth[outside] = 0
    transform = Affine(PIXEL_METRES, 0.0, 370_000.0, 0.0, -PIXEL_METRES, 5_810_000.0)
    polygons, names = _label(ground, labelled, rng)
    return Scene(
        image=image,
        truth=truth,
        band_names=tuple(f"{wavelength:.0f}nm" for wavelength in wavelengths),
        transform=transform,
        polygons=tuple(_to_map(polygon, transform) for polygon in polygons),
        polygon_classes=tuple(names),
    )


def write_scene(scene: Scene, folder: Path) -> SceneFiles:
    """Write scene.tif, truth.tif and polygons.gpkg (layer ``parcels``), each atomically."""
    import pyogrio.raw
    import rasterio
    import shapely

    files = SceneFiles(folder / "scene.tif", folder / "polygons.gpkg", folder / "truth.tif")
    bands, height, width = scene.image.shape
    profile = {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "crs": CRS,
        "transform": scene.transform,
        "nodata": NODATA,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
    }
    with whole(files.raster) as partial:
        with rasterio.open(
            partial, "w", count=bands, dtype="uint16", predictor=2, interleave="pixel", **profile
        ) as raster:
            raster.descriptions = scene.band_names
            raster.write(scene.image)
    with whole(files.truth) as partial:
        with rasterio.open(partial, "w", count=1, dtype="uint8", **profile) as raster:
            raster.write(scene.truth, 1)
            raster.write_colormap(1, {0: (0, 0, 0, 0), **_colour_table()})
    with whole(files.labels) as partial:
        pyogrio.raw.write(
            str(partial),
            geometry=shapely.to_wkb(np.array(scene.polygons, dtype=object)),
            field_data=[np.array(scene.polygon_classes, dtype=object)],
            fields=[CLASS_FIELD],
            layer=LAYER,
            driver="GPKG",
            geometry_type="Polygon",
            crs=CRS,
        )
    return files


def _colour_table() -> dict[int, tuple[int, int, int, int]]:
    return {
        code: (*bytes.fromhex(cover.colour[1:]), 255) for code, cover in enumerate(COVERS, start=1)
    }


def _make_ground(width: int, height: int, rng: np.random.Generator) -> _Ground:
    import shapely

    # Small scenes still need a few hundred parcels' worth of variety, so parcels shrink with them.
    mean_area = float(np.clip(width * height / 350, 20, 900))
    corners, cuts = _cut_into_parcels(width, height, mean_area, rng)
    parcels = np.array([shapely.Polygon(corner) for corner in corners], dtype=object)
    unit = mean_area**0.5
    roads = shapely.union_all(
        [shapely.LineString(cut).buffer(0.55, cap_style="flat") for cut in cuts]
    )
    river = _river(width, height, unit, rng)
    ponds = _patches(width, height, 0.03, 0.9 * unit, rng)
    classes = _assign_classes(parcels, width, height, rng)
    rare = shapely.union_all(parcels[np.isin(classes, RARE)])
    forest = _patches(width, height, 0.20, 2.2 * unit, rng)
    settlement = _patches(width, height, 0.085, 1.5 * unit, rng)
    return _Ground(
        parcels=parcels,
        classes=classes,
        forest=shapely.difference(forest, rare),
        settlement=shapely.difference(settlement, rare),
        roads=roads,
        water=shapely.union(river, ponds),
    )


def _cut_into_parcels(
    width: int, height: int, mean_area: float, rng: np.random.Generator
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Cut the scene into convex polygons; also return the first cuts, which become roads."""
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=float)
    pending = [(frame, 0)]
    parcels: list[np.ndarray] = []
    roads: list[np.ndarray] = []
    road_depth = 3 if width * height > 200 * 200 else 2
    while pending:
        polygon, depth = pending.pop()
        if _area(polygon) < mean_area * rng.uniform(0.7, 2.2):
            parcels.append(polygon)
            continue
        centre = polygon.mean(axis=0)
        spread = polygon - centre
        # The cut runs across the long axis, so that parcels stay compact, with a random tilt.
        axis = np.linalg.svd(spread, full_matrices=False)[2][0]
        angle = np.arctan2(axis[1], axis[0]) + np.pi / 2 + rng.normal(0, 0.3)
        direction = np.array([np.cos(angle), np.sin(angle)])
        through = centre + axis * rng.uniform(-0.2, 0.2) * np.abs(spread @ axis).max()
        first, second, chord = _halves(polygon, through, direction)
        if min(len(first), len(second)) < 3:
            parcels.append(polygon)
            continue
        if depth < road_depth:
            roads.append(chord)
        pending += [(first, depth + 1), (second, depth + 1)]
    return parcels, roads


def _halves(
    polygon: np.ndarray, through: np.ndarray, direction: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut a convex polygon by a line into two; the third value is the cut itself."""
    normal = np.array([-direction[1], direction[0]])
    side = (polygon - through) @ normal
    first: list[np.ndarray] = []
    second: list[np.ndarray] = []
    chord: list[np.ndarray] = []
    for i, (a, side_a) in enumerate(zip(polygon, side, strict=True)):
        b, side_b = polygon[(i + 1) % len(polygon)], side[(i + 1) % len(side)]
        (first if side_a >= 0 else second).append(a)
        if (side_a >= 0) != (side_b >= 0):
            crossing = a + (b - a) * (side_a / (side_a - side_b))
            first.append(crossing)
            second.append(crossing)
            chord.append(crossing)
    return np.array(first), np.array(second), np.array(chord)


def _area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _assign_classes(
    parcels: np.ndarray, width: int, height: int, rng: np.random.Generator
) -> np.ndarray:
    """Make every parcel grain or meadow, and some small ones all over the scene a rare class."""
    import shapely

    classes = np.where(rng.random(len(parcels)) < 0.58, GRAIN, MEADOW)
    areas = shapely.area(parcels)
    candidates = np.flatnonzero(areas <= np.median(areas))
    for code in RARE:
        # Roads and water will cover about a tenth of the ground, rare parcels included.
        wanted = RARE_SHARE * width * height / 0.9
        for parcel in _spread_order(parcels, candidates, width, height, rng):
            if wanted <= 0 and (classes == code).sum() >= 3:
                break
            if classes[parcel] not in RARE:
                classes[parcel] = code
                wanted -= areas[parcel]
    return classes


def _spread_order(
    parcels: np.ndarray,
    candidates: np.ndarray,
    width: int,
    height: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Order parcels so that the first n of them, for any n, lie in different parts of the scene."""
    import shapely

    points = shapely.get_coordinates(shapely.centroid(parcels[candidates]))
    cell = (points / (width, height) * 4).astype(int).clip(0, 3) @ (4, 1)
    shuffled = rng.permutation(len(candidates))
    turn = np.zeros(len(candidates), dtype=int)
    seen = np.zeros(16, dtype=int)
    for i in shuffled:
        turn[i] = seen[cell[i]]
        seen[cell[i]] += 1
    cell_order = rng.permutation(16)
    return candidates[np.lexsort((cell_order[cell], turn))]


def _patches(
    width: int, height: int, share: float, radius: float, rng: np.random.Generator
) -> BaseGeometry:
    """Wavy blobs in every part of the scene that together cover about ``share`` of it."""
    import shapely

    patches = []
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    waves = np.arange(2, 6)
    frame = shapely.box(0, 0, width, height)
    covered = 0.0
    cells = np.empty(0, dtype=int)
    while covered < share * width * height:
        if not len(cells):
            cells = rng.permutation(9)
        (column, row), cells = divmod(int(cells[0]), 3), cells[1:]
        centre = (np.array([column, row]) + rng.random(2)) / 3 * (width, height)
        phase = rng.uniform(0, 2 * np.pi, len(waves))
        wobble = (0.5 / waves * np.cos(np.outer(angles, waves) + phase)).sum(axis=1)
        reach = radius * rng.uniform(0.5, 1.4) * np.exp(wobble)
        ring = centre + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        patch = shapely.intersection(shapely.Polygon(ring).buffer(0), frame)
        covered += patch.area
        patches.append(patch)
    return shapely.union_all(patches)


def _river(width: int, height: int, unit: float, rng: np.random.Generator) -> BaseGeometry:
    """A winding band of water from one edge of the scene to the opposite one."""
    import shapely

    along = np.linspace(-0.05, 1.05, 200)
    across = rng.uniform(0.35, 0.65) + sum(
        rng.uniform(0.3, 1.0) * 0.16 / wave * np.sin(wave * np.pi * along + rng.uniform(0, 6.3))
        for wave in (1, 2, 5)
    )
    line = np.stack([along * width, across * height], axis=1)
    if rng.random() < 0.5:
        line = np.stack([across * width, along * height], axis=1)
    # Wide enough that water stays a common class: about 5 % of the ground, 8 % with the ponds.
    breadth = max(1.0, 0.022 * min(width, height))
    river = shapely.LineString(line).buffer(min(breadth, 1.2 * unit))
    return shapely.intersection(river, shapely.box(0, 0, width, height))


def _rasterize(ground: _Ground, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Class codes (uint8) and parcel numbers from 0 (int32), by the centres of the pixels."""
    from rasterio import features

    shape = (height, width)
    numbers = range(1, len(ground.parcels) + 1)
    parcel_ids = features.rasterize(
        zip(ground.parcels, numbers, strict=True), out_shape=shape, fill=0, dtype="int32"
    )
    # A centre that lies exactly on a cut may be left to neither side.
    missed = parcel_ids == 0
    if missed.any():
        nearest = ndimage.distance_transform_edt(
            missed, return_distances=False, return_indices=True
        )
        parcel_ids = parcel_ids[tuple(nearest)]
    parcel_ids -= 1
    truth = ground.classes[parcel_ids].astype(np.uint8)
    for layer, code in (
        (ground.forest, FOREST),
        (ground.settlement, SETTLEMENT),
        (ground.roads, SETTLEMENT),
        (ground.water, WATER),
    ):
        if not layer.is_empty:
            features.rasterize([(layer, code)], out=truth)
    return truth, parcel_ids


def _band_wavelengths(bands: int) -> np.ndarray:
    """Wavelengths (nm), evenly over the axis of ``WAVELENGTHS``; a single one is near infrared."""
    if bands == 1:
        return np.array([840.0])
    knots = np.linspace(0, 1, len(WAVELENGTHS))
    return np.interp(np.linspace(0, 1, bands), knots, WAVELENGTHS)


def _make_image(
    truth: np.ndarray,
    parcel_ids: np.ndarray,
    parcel_count: int,
    wavelengths: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Reflectance × 10000 as (bands, height, width) uint16, never 0.

    Variation inside a class is drawn for three factors that each move all bands together
    (brightness, vegetation, moisture), so that separability does not grow with the number of bands.
    """
    position = np.interp(wavelengths, WAVELENGTHS, np.linspace(0, 1, len(WAVELENGTHS)))
    knots = np.linspace(0, 1, len(WAVELENGTHS))
    spectra = np.array([cover.spectrum for cover in COVERS])
    spectra = spectra * np.exp(rng.normal(0, 0.05, spectra.shape))
    spectra = np.array([np.interp(position, knots, spectrum) for spectrum in spectra])
    loadings = np.stack(
        [
            np.interp(position, knots, (0.010, 0.013, 0.016, 0.030, 0.028, 0.020)),
            np.interp(position, knots, (-0.006, -0.004, -0.012, 0.045, 0.006, -0.006)),
            np.interp(position, knots, (0.002, 0.003, 0.004, 0.008, 0.034, 0.026)),
        ]
    )
    factors = _variation(truth, parcel_ids, parcel_count, len(loadings), rng)
    # A darker class also varies less; its near-infrared level says how dark it is.
    depth = np.sqrt([0.0, *(cover.spectrum[3] / 0.36 for cover in COVERS)]).astype(np.float32)[
        truth
    ]
    factors *= depth
    image = np.empty((len(wavelengths), *truth.shape), dtype=np.uint16)
    for band, levels in enumerate(spectra.T):
        clean = np.concatenate([[0], levels]).astype(np.float32)[truth]
        for factor, loading in zip(factors, loadings[:, band], strict=True):
            clean += factor * np.float32(loading)
        seen = ndimage.gaussian_filter(clean, 0.6, mode="nearest")
        seen += 0.004 * rng.standard_normal(seen.shape, dtype=np.float32)
        image[band] = np.clip(np.rint(seen * 10_000), 1, 20_000).astype(np.uint16)
    return image


def _variation(
    truth: np.ndarray,
    parcel_ids: np.ndarray,
    parcel_count: int,
    count: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """(count, height, width): offset per parcel + coarse and fine texture + white variation."""
    strength = np.array(
        [(0.0, 0.0, 0.0), *((cover.parcel, cover.coarse, cover.fine) for cover in COVERS)],
        dtype=np.float32,
    )
    offsets = rng.standard_normal((count, parcel_count), dtype=np.float32)
    factors = np.empty((count, *truth.shape), dtype=np.float32)
    for factor in range(count):
        factors[factor] = strength[truth, 0] * offsets[factor, parcel_ids]
        for kind, sigma in ((1, 4.0), (2, 0.8)):
            texture = rng.standard_normal(truth.shape, dtype=np.float32)
            texture = ndimage.gaussian_filter(texture, sigma, mode="wrap")
            # White noise smoothed by a Gaussian keeps this standard deviation.
            texture *= np.float32(2 * np.sqrt(np.pi) * sigma)
            factors[factor] += strength[truth, kind] * texture
        factors[factor] += 0.45 * rng.standard_normal(truth.shape, dtype=np.float32)
    return factors


def _nodata_wedge(width: int, height: int) -> np.ndarray:
    """The corner that the swath missed: a triangle at the lower right, an eighth of each side."""
    column = (np.arange(width) + 0.5) / width
    row = (np.arange(height) + 0.5) / height
    return column[None, :] + row[:, None] > 2 - 0.125


def _label(
    ground: _Ground, labelled: float, rng: np.random.Generator
) -> tuple[list[BaseGeometry], list[str]]:
    """Choose the parcels that a person would have drawn, a little inside their borders."""
    import shapely

    codes, pieces = _visible_pieces(ground)
    areas = shapely.area(pieces)
    frame = shapely.total_bounds(ground.parcels)
    chosen: list[int] = []
    for code in range(1, len(COVERS) + 1):
        members = np.flatnonzero(codes == code)
        order = _spread_order(pieces, members, frame[2], frame[3], rng)
        if code in RARE:
            # The rare classes come last, so the labelled ground of the others is known by now.
            wanted = RARE_SHARE * float(areas[chosen].sum())
            count = max(3, int(np.searchsorted(np.cumsum(areas[order]), wanted)) + 1)
        else:
            count = max(1, round(labelled * len(members)))
        chosen += order[:count].tolist()
    chosen = rng.permutation(chosen).astype(int).tolist()
    return [pieces[i] for i in chosen], [COVERS[codes[i] - 1].name for i in chosen]


def _visible_pieces(ground: _Ground) -> tuple[np.ndarray, np.ndarray]:
    """Class code and polygon of every part of a parcel on one layer, shrunk by 0.6 pixel."""
    import shapely

    rest = ground.parcels
    layers = []
    for layer, code in (
        (ground.water, WATER),
        (ground.roads, None),
        (ground.settlement, SETTLEMENT),
        (ground.forest, FOREST),
    ):
        near = _near(ground.parcels, layer)
        if code is not None:
            layers.append((np.full(len(rest), code), shapely.intersection(rest, near)))
        rest = shapely.difference(rest, near)
    layers.append((ground.classes, rest))
    codes, pieces = [], []
    for codes_here, shapes in layers:
        parts, owner = shapely.get_parts(shapely.buffer(shapes, -0.6), return_index=True)
        large = shapely.area(parts) >= 4
        pieces.append(parts[large])
        codes.append(codes_here[owner[large]])
    return np.concatenate(codes), np.concatenate(pieces)


def _near(parcels: np.ndarray, layer: BaseGeometry) -> np.ndarray:
    """What of a layer lies near each parcel; an overlay with the whole layer would be quadratic."""
    import shapely

    parts = shapely.get_parts(layer)
    near = np.full(len(parcels), shapely.Polygon(), dtype=object)
    owner, part = shapely.STRtree(parts).query(parcels, predicate="intersects")
    order = np.argsort(owner, kind="stable")
    parcels_hit, starts = np.unique(owner[order], return_index=True)
    for parcel, members in zip(parcels_hit, np.split(part[order], starts[1:]), strict=True):
        near[parcel] = shapely.union_all(parts[members])
    return near


def _to_map(polygon: BaseGeometry, transform: Affine) -> BaseGeometry:
    from shapely import affinity

    return affinity.affine_transform(
        polygon,
        [transform.a, transform.b, transform.d, transform.e, transform.c, transform.f],
    )
