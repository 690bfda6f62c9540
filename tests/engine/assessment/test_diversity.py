"""Ten seeds that agree have no diversity; ten that are like other parcels have all of it."""

import numpy as np
import pytest

from overseed.assessment.diversity import diversity
from overseed.assessment.parcels import real_parcels, synthetic_parcels, through_stencils
from tests.engine.assessment.grounds import make_channels_of, make_labels, make_scene, paint

BANDS = 3


def versions(count, **looks):
    """The parcels of one layout, painted from several seeds."""
    scene, training, _ = make_scene(0)
    channels = make_channels_of(scene)
    real, _ = real_parcels([scene], training, 0, [1, 2], channels, np.random.default_rng(0))
    labels = make_labels(np.random.default_rng(5), 64, 4)[None]
    inside = (labels == 1) | (labels == 2)
    found = []
    for seed in range(count):
        image = paint(np.random.default_rng([7, seed]), labels[0], BANDS, **looks)[None]
        rng = np.random.default_rng(1)
        made = synthetic_parcels(image, labels, inside, channels, rng)
        found.append(through_stencils(made, real, rng))
    return [list(group) for group in zip(*found, strict=True)], real


def test_constant_output_has_none():
    made, real = versions(10)
    same = [[group[0]] * 10 for group in made]
    found = diversity(same, real, BANDS, np.random.default_rng(0))
    assert found["spectra"] == 0
    assert found["texture"] == 0


def test_ground_as_varied_as_the_real_has_all_of_it():
    found = diversity(*versions(10), BANDS, np.random.default_rng(0))
    assert set(found["classes"]) == {1, 2}
    assert found["spectra"] == pytest.approx(1, abs=0.3)
    assert found["texture"] == pytest.approx(1, abs=0.15)


def test_independent_pixels_vary_in_texture_but_not_as_parcels():
    found = diversity(
        *versions(10, parcel=0.0, texture=1.1, blur=0), BANDS, np.random.default_rng(0)
    )
    assert found["spectra"] < 0.4
    assert found["texture"] > 0.5


def test_shifts_alone_are_no_texture():
    found = diversity(*versions(10, texture=0.0), BANDS, np.random.default_rng(0))
    assert found["spectra"] > 0.5
    # Neighbouring parcels of a class are one parcel with a step in it.
    assert found["texture"] < 0.3


def test_one_version_or_too_few_real_parcels_are_no_measure():
    made, real = versions(1)
    assert diversity(made, real, BANDS, np.random.default_rng(0))["spectra"] is None
    made, _ = versions(3)
    assert diversity(made, real[:1], BANDS, np.random.default_rng(0))["classes"] == {}
