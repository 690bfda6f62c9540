"""Chips of one picture are found however they are turned, and others are not."""

import io

import numpy as np
import pytest
from PIL import Image

from overseed.chips.chip_split import joined
from overseed.chips.near_duplicates import (
    ALIKE,
    _invariant,
    find_links,
    has_grain,
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


def panels(count, noise, size=64, seed=0):
    """Photographs of objects of one make: the same frame, lines and slope of light, other noise each time."""
    ground = np.tile(110 + 10 * np.sin(np.arange(size) / 20), (size, 1))
    top, left = size // 4, size // 5
    ground[top : size - top, left : size - left] = 45
    ground[top : size - top : 8, left : size - left] = 80
    colours = np.array([1, 0.9, 1.1])[:, None, None]
    shown = ground * colours + np.random.default_rng(seed).normal(0, noise, (count, 3, size, size))
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def as_jpeg(image, quality):
    stream = io.BytesIO()
    Image.fromarray(np.moveaxis(image, 0, -1)).save(stream, "JPEG", quality=quality)
    return np.moveaxis(np.array(Image.open(stream)), -1, 0)


@pytest.mark.parametrize(("size", "noise"), [(24, 4), (32, 8), (64, 1), (64, 4), (96, 2)])
def test_objects_of_one_make_are_no_copies_of_each_other(size, noise):
    images = panels(20, noise, size)
    known = np.ones((size, size), bool)
    one, other = (thumbnail((image, known)) for image in images[:2])
    assert float((one * other).sum()) > ALIKE
    assert linked(images) == []


def test_edges_alone_would_have_made_them_copies():
    one, other = panels(2, 2)
    known = np.ones((64, 64), bool)
    assert same_detail((one, known), (other, known))


@pytest.mark.parametrize(("noise", "quality"), [(4, 75), (4, 90), (8, 75), (2, 95)])
def test_copies_of_one_of_them_are_found_among_them(noise, quality):
    images = panels(8, noise)
    dark = np.rint(0.8 * images[7] + 10).astype(np.uint8)
    copies = [
        np.ascontiguousarray(np.rot90(images[7], axes=(1, 2))),
        dark[..., ::-1],
        as_jpeg(np.rot90(dark, 3, axes=(1, 2)), quality),
        as_jpeg(images[7], quality),
    ]
    groups = joined(12, linked(np.concatenate([images, copies])))
    assert (groups[8:] == groups[7]).all()
    assert len(np.unique(groups)) == 8


def test_drawings_without_noise_prove_nothing():
    drawn = np.full((2, 3, 64, 64), 110, np.uint8)
    drawn[:, :, 16:48, 14:50] = 45
    known = np.ones((64, 64), bool)
    assert not has_grain((drawn[0], known))
    assert has_grain((panels(1, 1)[0], known))
    assert linked(drawn) == []


def test_grain_is_looked_at_once_for_many_lookalikes():
    images = panels(30, 2)
    known = np.ones((64, 64), bool)
    thumbnails = np.array([thumbnail((image, known)) for image in images])
    looks = []

    def chip(number):
        looks.append(number)
        return images[number], known

    assert find_links(thumbnails, chip) == []
    assert sorted(looks) == list(range(30))


def test_pairs_on_different_ground_are_not_looked_at():
    images = panels(4, 4)
    images[2], images[3] = images[0], images[1]
    known = np.ones((64, 64), bool)
    thumbnails = np.array([thumbnail((image, known)) for image in images])

    def apart(first, second):
        return (first == 0) | (second == 0)

    assert find_links(thumbnails, lambda n: (images[n], known), apart=apart) == [(1, 3)]
