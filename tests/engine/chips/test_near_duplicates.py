"""Chips of one picture are found however they are turned, and others are not."""

import numpy as np
import pytest

from overseed.chips.chip_split import joined
from overseed.chips.near_duplicates import (
    ALIKE,
    _invariant,
    find_links,
    is_constant,
    same_detail,
    thumbnail,
    turned,
)


def scenes(count, size=64, bands=3, seed=0):
    """Chips with coarse and fine structure, as pictures have: ``(count, bands, size, size)`` uint8."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.normal(size=(count, 1, 4, 4)), np.ones((1, 1, size // 4, size // 4)))
    fine = rng.normal(size=(count, 1, size, size))
    colour = rng.normal(size=(count, bands, size, size))
    image = 120 + 30 * coarse + 15 * fine + 4 * colour
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def linked(images, valid=None, **options):
    if valid is None:
        valid = np.ones((len(images), *images.shape[-2:]), bool)
    thumbnails = np.array(
        [thumbnail((image, known)) for image, known in zip(images, valid, strict=True)]
    )
    return find_links(thumbnails, lambda n: (images[n], valid[n]), **options)


@pytest.mark.parametrize("size", [16, 32, 64, 100])
def test_every_turn_of_a_chip_is_found_and_nothing_else(size):
    images = scenes(30, size, bands=2)
    copies = np.stack(turned(images[3]))
    links = linked(np.concatenate([images, copies]))
    groups = joined(38, links)
    assert (groups[30:] == groups[3]).all()
    assert len(np.unique(groups)) == 30
    assert len(links) == 8


def test_a_brighter_coarser_and_noisier_copy_is_found():
    rng = np.random.default_rng(1)
    images = scenes(12)
    copy = 0.8 * images[5].astype(float) + 30 + rng.normal(0, 6, images[5].shape)
    changed = np.clip(np.rot90(copy, axes=(1, 2)), 0, 255).astype(np.uint8)
    assert linked(np.concatenate([images, changed[None]])) == [(5, 12)]


def test_chips_alike_from_afar_but_of_other_detail_are_no_copies():
    images = scenes(2)
    shared = np.kron(np.random.default_rng(3).normal(size=(4, 4)), np.ones((16, 16)))
    rng = np.random.default_rng(4)
    alike = [
        np.clip(120 + 50 * shared + rng.normal(0, 5, (3, 64, 64)), 0, 255).astype(np.uint8)
        for _ in range(2)
    ]
    known = np.ones((64, 64), bool)
    one, other = (thumbnail((image, known)) for image in alike)
    assert float((one * other).sum()) > ALIKE
    assert not same_detail((alike[0], known), (alike[1], known))
    assert linked(np.concatenate([images, alike])) == []


def test_turns_never_bring_sorted_thumbnails_apart():
    """What makes the search safe: sorted thumbnails agree at least as well as thumbnails under any turn."""
    rng = np.random.default_rng(5)
    squares = rng.normal(size=(40, 16, 16)).astype(np.float32)
    squares[20:] = 0.5 * squares[20:] + np.stack([np.rot90(s) for s in squares[:20]])
    squares /= np.linalg.norm(squares, axis=(1, 2), keepdims=True)
    sorted_likeness = _invariant(squares) @ _invariant(squares).T
    best = np.max(
        [np.einsum("nij,mij->nm", squares, np.stack(t)) for t in
         zip(*[turned(s) for s in squares], strict=True)], axis=0,
    )  # fmt: skip
    assert (sorted_likeness >= best - 1e-5).all()
    assert np.ptp([_invariant(t[None]) for t in turned(squares[0])], axis=0).max() < 1e-6


def test_chips_of_one_value_or_none_are_like_no_others():
    images = scenes(3)
    images[1], images[2] = 7, 7
    valid = np.ones((3, 64, 64), bool)
    assert [is_constant((images[n], valid[n])) for n in range(3)] == [False, True, True]
    assert is_constant((images[0], ~valid[0]))
    assert linked(images, valid) == []


def test_what_has_no_value_is_not_compared():
    images = scenes(4).astype(np.float32)
    valid = np.ones((5, 64, 64), bool)
    copy = images[2].copy()
    copy[:, :12], valid[4, :12] = np.nan, False
    assert linked(np.concatenate([images, copy[None]]), valid) == [(2, 4)]


def test_known_links_are_kept_and_not_looked_at_again():
    images = scenes(6)
    images[4] = images[1]
    looks = []
    thumbnails = np.array([thumbnail((i, np.ones((64, 64), bool))) for i in images])

    def chip(number):
        looks.append(number)
        return images[number], np.ones((64, 64), bool)

    assert find_links(thumbnails, chip, [(1, 4)]) == [(1, 4)]
    assert looks == []
