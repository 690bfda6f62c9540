"""Simulated scenes: the truth is known, rare classes are everywhere, any size and bands, row by row."""

import numpy as np
import pytest
import rasterio
import shapely
from scipy import ndimage

from overseed.scenes.simulation.covers import NAMES, RARE
from overseed.scenes.simulation.labelling import draw_labels
from overseed.scenes.simulation.landscape import draw_landscape
from overseed.scenes.simulation.layout import Layout, pure
from overseed.scenes.simulation.noise import Noise
from overseed.scenes.simulation.scene import Recipe, write_scene
from tests.engine.scenes.simulated import CODES, make


@pytest.mark.parametrize(
    ("width", "height", "bands"),
    [(32, 32, 1), (33, 200, 2), (128, 96, 3), (500, 300, 13), (90, 70, 50)],
)
def test_any_size_and_band_count(tmp_path, width, height, bands):
    made = make(tmp_path, width, height, bands)

    assert made.image.shape == (bands, height, width)
    assert made.image.dtype == np.uint16
    assert made.truth.shape == (height, width)
    assert len(set(made.band_names)) == bands
    np.testing.assert_array_equal((made.image == 0).any(axis=0), made.truth == 0)
    assert 0 < (made.truth == 0).mean() < 0.05
    assert len(set(made.names)) >= 4
    # Nothing is cut off at the lowest value: dark ground keeps its noise.
    assert (made.image == 1).sum() == 0


@pytest.mark.parametrize(
    ("labelled", "rare_share", "seed"),
    [(0.3, 0.024, 0), (1.0, 0.024, 1), (0.5, 0.012, 2), (0.5, 0.1, 0), (1.0, 0.2, 1)],
)
def test_rare_classes_are_as_rare_as_asked_and_everywhere(tmp_path, labelled, rare_share, seed):
    made = make(tmp_path, 768, 640, 1, seed, labelled=labelled, rare_share=rare_share)
    labels = made.labels()

    shares = np.bincount(labels[labels > 0], minlength=len(NAMES) + 1) / (labels > 0).sum()
    for code in RARE:
        # Whole parcels are drawn, so the share is met to within about one of them.
        assert shares[code] == pytest.approx(rare_share, rel=0.2, abs=0.003)
        assert (made.names == NAMES[code - 1]).sum() >= 3
        rows, columns = np.nonzero(labels == code)
        assert len(set(zip(rows // 320, columns // 384, strict=True))) >= 3
    common = [code for code in CODES.values() if code not in RARE]
    assert shares[common].min() > 0.02


def test_polygons_tell_the_truth(tmp_path):
    made = make(tmp_path, seed=3)
    labels = made.labels()

    assert (labels > 0).mean() > 0.2
    np.testing.assert_array_equal(labels[labels > 0], made.truth[labels > 0])
    assert shapely.is_valid(made.polygons).all()
    assert (shapely.get_type_id(made.polygons) == shapely.GeometryType.POLYGON).all()
    assert made.scene.polygon_counts.total() == len(made.polygons)


def test_same_seed_same_scene_other_seed_other_scene(tmp_path):
    first, again, other = (make(tmp_path, seed=seed) for seed in (5, 5, 6))

    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.truth, again.truth)
    assert shapely.equals(first.polygons, again.polygons).all()
    assert (first.truth != other.truth).mean() > 0.1


@pytest.fixture(scope="module")
def tall(tmp_path_factory):
    return make(tmp_path_factory.mktemp("tall"), 150, 530, 3, seed=7, cloud=0.2)


@pytest.mark.parametrize("rows", [7, 100, 1000])
def test_the_height_of_the_bands_changes_nothing(tall, tmp_path, rows):
    first, other = tall, make(tmp_path, 150, 530, 3, seed=7, cloud=0.2, rows=rows)

    np.testing.assert_array_equal(first.image, other.image)
    np.testing.assert_array_equal(first.truth, other.truth)
    np.testing.assert_array_equal(first.cloud, other.cloud)
    for scope, by_priors in first.scene.confusion.items():
        for priors, matrix in by_priors.items():
            np.testing.assert_array_equal(matrix, other.scene.confusion[scope][priors])


def test_bands_look_and_clouds_leave_the_ground_alone(tmp_path):
    first = make(tmp_path, 200, 150, 3, seed=4)
    other = make(tmp_path, 200, 150, 5, seed=4, separability=3.0, cloud=0.3)

    np.testing.assert_array_equal(first.truth, other.truth)
    assert shapely.equals(first.polygons, other.polygons).all()


@pytest.mark.parametrize(
    ("width", "height", "share"), [(400, 300, 0.1), (300, 420, 0.5), (64, 48, 0.3), (300, 300, 0.9)]
)
def test_clouds_cover_the_share_asked(tmp_path, width, height, share):
    made = make(tmp_path, width, height, 4, seed=1, cloud=share)
    clear = make(tmp_path, width, height, 4, seed=1)

    assert (made.cloud > 0).mean() == pytest.approx(share, abs=0.03)
    hidden = (made.cloud > 0) & (made.truth > 0)
    np.testing.assert_array_equal(made.image[:, ~hidden], clear.image[:, ~hidden])
    # What lies under thick cloud cannot be seen: its brightness does not go with the ground's.
    thick = (made.cloud == 100) & (made.truth > 0)
    assert made.image[:, thick].min() > clear.image[2, clear.truth > 0].max()
    assert made.image[0, thick].std() < 100
    limit = made.scene.confusion["labelled"]["equal"]
    labels = made.labels()
    assert limit.sum() == ((labels > 0) & (made.cloud == 0)).sum()


def test_a_scene_without_clouds_leaves_no_mask_of_an_earlier_one(tmp_path):
    assert make(tmp_path, 64, 64, 1, cloud=0.2).scene.cloud.exists()
    assert make(tmp_path, 64, 64, 1).scene.cloud is None
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["polygons.gpkg", "scene.tif", "truth.tif"]


def test_more_labelled_parcels_on_demand(tmp_path):
    few, many = (make(tmp_path, labelled=share).labels() for share in (0.3, 0.9))
    assert (many > 0).sum() > 2 * (few > 0).sum()


def test_a_larger_scene_has_the_same_mix_of_classes():
    """Roads, rivers and patches grow in number with the scene."""
    shares = []
    for size in (1000, 3000):
        rng = np.random.default_rng(2)
        landscape = draw_landscape(size, size, 0.03, rng, lambda: None)
        layout = Layout(landscape, np.empty(0, dtype=object), size, size)
        truth = layout.rows(0, size).truth
        shares.append(np.bincount(truth.ravel(), minlength=8)[1:] / truth.size)
    np.testing.assert_allclose(shares[1], shares[0], rtol=0.5)
    np.testing.assert_allclose(shares[1][[code - 1 for code in RARE]], 0.03, rtol=0.3)


def test_ten_thousand_polygons_can_be_had():
    rng = np.random.default_rng(0)
    landscape = draw_landscape(2500, 2500, 0.024, rng, lambda: None)
    polygons, codes = draw_labels(landscape, 2500, 2500, 1.0, 0.024, rng)

    assert len(polygons) > 9000
    assert set(codes.tolist()) == set(CODES.values())


def test_pure_pixels_have_no_other_class_or_parcel_within_reach():
    rng = np.random.default_rng(8)
    landscape = draw_landscape(120, 300, 0.05, rng, lambda: None)
    layout = Layout(landscape, np.empty(0, dtype=object), 120, 300)
    every = layout.rows(0, 300)
    place = every.parcels * 10 + every.truth
    same = ndimage.maximum_filter(place, 5, mode="nearest") == ndimage.minimum_filter(
        place, 5, mode="nearest"
    )

    assert 0.1 < same.mean() < 0.9
    np.testing.assert_array_equal(pure(layout, 0, 300, 2), same)
    np.testing.assert_array_equal(pure(layout, 250, 263, 2), same[250:263])


def test_noise_is_the_same_whatever_rows_are_asked_for():
    noise = Noise(3, 4000)

    rows = noise.smooth(1, 4.0, -5, 60)
    np.testing.assert_array_equal(noise.smooth(1, 4.0, 20, 21)[0], rows[25])
    assert not np.array_equal(noise.white(0, 0, 1), noise.white(1, 0, 1))
    assert rows.std() == pytest.approx(1, abs=0.05)
    assert noise.smooth(2, 0.8, 0, 60).std() == pytest.approx(1, abs=0.01)


def test_what_the_callback_raises_ends_the_work_and_leaves_nothing(tmp_path):
    seen = []

    def tick(done, total, unit):
        seen.append((done, total))
        if done >= 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_scene(Recipe(64, 80, 2), tmp_path, np.random.default_rng(0), tick, rows=20)
    assert list(tmp_path.iterdir()) == []
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {total for _, total in seen} == {160}


def test_many_bands_lie_one_after_the_other_in_the_file(tmp_path):
    """Writing them interleaved would need all bands of a row of tiles at once."""
    with rasterio.open(make(tmp_path, 64, 64, 20).scene.raster) as raster:
        assert raster.profile["interleave"] == "band"
        assert raster.tags()["OVERSEED_SYNTHETIC"] == "yes"
