"""Places to label next: what counts as unsure, what is likely, and how places are spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overseed.mapping.label_places import RARE, UNSURE, Candidates, Rows, cell_of

SIZE = 8


def rows(codes, surety, labelled=None, rare=None, first=0):
    codes = np.asarray(codes, np.int64)
    return Rows(
        first, codes, np.asarray(surety, np.uint8), np.ones(codes.shape, bool), labelled, rare or {}
    )


def chosen(given_rows, count=5, apart=1.0, whys=(UNSURE,), size=SIZE, seed=0):
    found = Candidates(size, cell_of(apart, (size, size)), seed)
    for one in given_rows:
        found.add(one)
    return found.choose(count, apart, (size, size), whys)


def test_the_mixed_pixels_of_a_border_are_not_what_unsure_means():
    codes = np.ones((SIZE, 4 * SIZE), int)
    surety = np.full(codes.shape, 95)
    # A border runs through the first square; it knows nothing of the pixels along it.
    codes[:, :4] = 2
    surety[:, 3:5] = 0
    # All of the third square is doubtful, but no pixel as much as those.
    surety[:, 16:24] = 60
    (first, *_) = chosen([rows(codes, surety)])
    assert first.col == 2
    assert first.score == pytest.approx(0.4)
    assert first.surety == pytest.approx(60)


def test_no_place_touches_labelled_ground_or_lies_outside_the_map():
    codes = np.ones((2 * SIZE, 4 * SIZE), int)
    codes[:SIZE, : SIZE * 2 - 3] = 0
    surety = np.full(codes.shape, 50)
    labelled = np.zeros(codes.shape, bool)
    labelled[SIZE, 3 * SIZE] = True
    places = chosen([rows(codes, surety, labelled)], count=99)
    assert {(p.row, p.col) for p in places} == {(0, 2), (0, 3), (1, 0), (1, 1), (1, 2)}


def test_a_rare_class_is_likely_where_the_map_says_another_one():
    codes = np.ones((SIZE, 4 * SIZE), int)
    chance = np.zeros(codes.shape, np.uint8)
    codes[:, 3:6] = 7
    chance[:, 2:7] = 90
    # Next to what is mapped as the class its probability says nothing new.
    chance[:, 3 * SIZE :] = 30
    surety = np.full(codes.shape, 90)
    places = chosen([rows(codes, surety, rare={7: chance})], whys=(RARE,))
    assert [(p.col, p.rare, p.code) for p in places] == [(3, 7, 1)]
    assert places[0].likely == pytest.approx(30)


def test_without_probabilities_doubtful_pixels_of_the_class_count():
    codes = np.ones((SIZE, 3 * SIZE), int)
    codes[:, :SIZE] = 7
    codes[:4, 2 * SIZE :] = 7
    surety = np.full(codes.shape, 100)
    surety[:, 2 * SIZE :] = 40
    places = chosen([rows(codes, surety, rare={7: None})], whys=(RARE,))
    assert [p.col for p in places] == [2]
    assert places[0].likely == pytest.approx(50)


def test_classes_take_turns_by_how_unsure_they_are():
    """One class is unsure everywhere, one less so, one not at all."""
    codes = np.repeat([1, 2, 3], 10 * SIZE)[None].repeat(SIZE, axis=0)
    surety = np.repeat([40, 70, 99], 10 * SIZE)[None].repeat(SIZE, axis=0)
    places = chosen([rows(codes, surety)], count=9)
    assert [p.code for p in places].count(1) == 6
    assert [p.code for p in places].count(2) == 3
    # The best comes first.
    assert places[0].code == 1


def test_reasons_take_turns_and_go_on_alone():
    codes = np.ones((SIZE, 9 * SIZE), int)
    surety = np.full(codes.shape, 50)
    chance = np.zeros(codes.shape, np.uint8)
    chance[:, : 2 * SIZE] = 40
    places = chosen([rows(codes, surety, rare={7: chance})], count=6, whys=(RARE, UNSURE))
    assert [p.why for p in places] == [RARE, UNSURE, RARE, UNSURE, UNSURE, UNSURE]
    assert len({p.col for p in places}) == 6


@given(
    seed=st.integers(0, 99),
    height=st.integers(1, 70),
    width=st.integers(4, 70),
    lines=st.integers(1, 4),
    apart=st.floats(1, 40),
)
def test_places_lie_apart_and_do_not_depend_on_how_the_map_is_read(
    seed, height, width, lines, apart
):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (height, width))
    surety = rng.integers(0, 101, codes.shape).astype(np.uint8)
    chance = rng.integers(0, 101, codes.shape).astype(np.uint8)
    size = 4

    def cut(step):
        for top in range(0, height, step):
            part = slice(top, top + step)
            yield rows(codes[part], surety[part], rare={3: chance[part]}, first=top)

    whole, in_parts = (
        chosen(cut(step), 12, apart, (RARE, UNSURE), size, seed)
        for step in (height, size * lines)
        if step == height or step
    )
    assert whole == in_parts
    middles = np.array([(p.row, p.col) for p in whole]).reshape(-1, 2) * size
    for number, middle in enumerate(middles):
        others = np.delete(middles, number, axis=0)
        assert (np.hypot(*(others - middle).T) >= apart).all()
    # The best of all is never passed over.
    if whole:
        every = chosen(cut(height), 999, 0.5, (whole[0].why,), size, seed)
        assert whole[0].score == max(p.score for p in every)


def test_lots_decide_between_equals():
    codes = np.ones((10 * SIZE, 10 * SIZE), int)
    surety = np.full(codes.shape, 50)
    first, again, other = (
        [(p.row, p.col) for p in chosen([rows(codes, surety)], seed=seed)] for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other
