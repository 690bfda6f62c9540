"""What the first steps of a training learn from unlabelled ground."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from overseed.devices import choose_device
from overseed.generators.contract import FitPlan
from overseed.generators.examples import stand_ins
from overseed.generators.methods import make_generator
from overseed.tiles.sampling import Batch, CropSampler
from overseed.tiles.statistics import band_statistics
from overseed.tiles.store import StoredScene
from overseed.unlabelled import UNLABELLED

PLAN = FitPlan(10, 0, "key", pretrain=0.5)


@pytest.fixture
def half_labelled():
    """Parcels of two classes that leave every other stripe free, which is much brighter than they are."""
    rng = np.random.default_rng(0)
    row, col = np.indices((128, 128)) // 16
    labels = np.where((row + col) % 2, (row // 2 % 2).astype(np.uint8), np.uint8(UNLABELLED))
    image = rng.normal(150, 5, (2, 128, 128)) + 100 * (labels == UNLABELLED)
    return StoredScene(image.astype(np.uint16), labels, np.zeros_like(labels))


def gan(scene, method):
    stats = band_statistics(scene.image.reshape(2, -1), ["a", "b"])
    return make_generator(method, stats, 2, 64, 0), CropSampler([scene], 0, 64, "balanced")


def test_shapes_of_one_crop_are_lent_to_the_free_ground_of_the_next():
    labels = np.full((2, 4, 4), UNLABELLED, np.uint8)
    labels[0, :2], labels[1, :, :2] = 1, 0
    visible = np.ones_like(labels, bool)
    visible[1, 0, 3] = False
    lent = stand_ins(Batch(np.zeros((2, 1, 4, 4), np.uint16), labels, visible))
    assert (lent[0, :2] == 1).all()
    assert (lent[0, 2:, :2] == 0).all()
    assert (lent[0, 2:, 2:] == UNLABELLED).all()
    assert (lent[1, :, :2] == 0).all()
    assert lent[1, :2, 2:].tolist() == [[1, UNLABELLED], [1, 1]]


@pytest.mark.parametrize("method", ["pix2pix", "spade"])
def test_unlabelled_ground_is_painted_in_its_own_style_in_the_first_steps_alone(
    half_labelled, method
):
    generator, source = gan(half_labelled, method)
    free = [[], []]
    for step in range(10):
        example = generator._example(source, PLAN, step)
        unlabelled = (example.hidden * example.layout[:, -1:])[:, 0] > 0
        early = step < 5
        assert example.stand_ins == early
        assert bool(unlabelled.any()) or not early
        if early:
            assert (example.parcel[unlabelled] > 0).all()
            level = (example.styles[:, :2] @ example.axes.T)[example.parcel[unlabelled]]
            real = example.real.movedim(1, -1)[unlabelled]
            assert abs(float((level - real).mean())) < 0.2
        free[early].append(float(example.textured[:, 2:].sum()))
    assert all(free[True])
    assert not any(free[False])


@pytest.mark.parametrize("method", ["pix2pix", "spade"])
def test_losses_count_unlabelled_ground_only_while_it_stands_in(half_labelled, method):
    generator, source = gan(half_labelled, method)
    device = choose_device("cpu", 1)
    example = generator._example(source, PLAN, 0)
    rng = torch.Generator().manual_seed(0)
    unlike = 2 * torch.randn(example.real.shape, generator=rng) * example.layout[:, -1:]
    made = example.real + unlike
    # The same images both times: only whether unlabelled ground counts is another thing.
    with_it, without = (
        generator.generator_loss(replace(example, stand_ins=flag), made, device, 0)[1]
        for flag in (True, False)
    )
    assert with_it["texture"] > 0.1
    assert without["texture"] < 1e-4
    if method == "spade":
        assert with_it["adversarial"] > without["adversarial"]
