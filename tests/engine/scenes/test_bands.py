"""Bands are found by number, name, word or wavelength; formulas compute what they say and nothing else."""

import numpy as np
import pytest

from overseed.errors import InputError
from overseed.scenes.bands import (
    BandRecipe,
    compile_formula,
    make_indices,
    match_bands,
    select_bands,
)

SENTINEL = ("B02", "B03", "B04", "B08", "B8A", "B11")


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("b1 + 2 * b2", 2.0 + 2 * 3.0),
        ("nd(red, nir)", (2.0 - 3.0) / (2.0 + 3.0)),
        ("-(nir - red) / 2", -0.5),
        ("{842 nm} ** 2", 16.0),
        ("maximum(red, nir) - minimum(red, nir)", 1.0),
        ("sqrt({842 nm}) + abs(red - nir)", 3.0),
    ],
)
def test_formulas_compute_what_they_say(formula, wanted):
    bands = [np.full((2, 3), value, np.float32) for value in (2.0, 3.0, 4.0)]
    found = compile_formula(formula, ("red", "nir", "842 nm"))(bands)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_formula_without_a_finite_value_is_nan_and_a_normalised_difference_stays_within_one():
    zero, one, minus = (np.full((1, 1), value, np.float32) for value in (0.0, 1.0, -0.9))
    assert np.isnan(compile_formula("b1 / b2", ("x", "y"))([one, zero]))
    assert compile_formula("nd(b1, b2)", ("x", "y"))([one, minus]) == 1


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        "red.__class__",
        "[red for red in (1,)]",
        "red if nir else 1",
        "red[0]",
        "nd(red)",
        "swir + 1",
        "red +",
        "{green}",
        "'red'",
        "1" + "0" * 100,
        "red + 1" + " " * 400,
        "red\0",
    ],
)
def test_anything_but_arithmetic_on_bands_is_refused(formula):
    with pytest.raises(InputError) as refusal:
        compile_formula(formula, ("red", "nir"))
    assert refusal.value.code == "bands.index"
    assert formula.split("{")[0][:4] in refusal.value.message


@pytest.mark.parametrize(
    ("names", "formula"),
    [
        (("red_B04", "green_B03", "blue_B02", "nir_B08"), "nd({nir_B08}, {red_B04})"),
        (SENTINEL, "nd({B08}, {B04})"),
        (("coastal", "blue", "green", "red", "nir"), "nd({nir}, {red})"),
        (("490nm", "560nm", "665nm", "840nm"), "nd({840nm}, {665nm})"),
        (("Red edge 1", "Red", "Near infrared"), "nd({Near infrared}, {Red})"),
    ],
)
def test_ndvi_finds_its_bands(names, formula):
    assert make_indices(["NDVI"], names) == (("NDVI", formula),)


@pytest.mark.parametrize("wanted", [["NDVI"], ["EVI"], ["=b1"], ["band_1=b2"], ["x=b1", "x=b2"]])
def test_indices_that_cannot_be_made_are_refused(wanted):
    with pytest.raises(InputError) as refusal:
        make_indices(wanted, ("band_1", "band_2"))
    assert refusal.value.code == "bands.index"
    assert refusal.value.hint


def test_bands_are_selected_by_number_and_name():
    assert select_bands("x.tif", SENTINEL, []) == [1, 2, 3, 4, 5, 6]
    assert select_bands("x.tif", SENTINEL, ["B08", "1"]) == [4, 1]
    for wanted, code in (
        (["7"], "bands.out-of-range"),
        (["B1"], "bands.unknown"),
        (
            ["B02", "1"],
            "bands.repeated",
        ),
    ):
        with pytest.raises(InputError) as refusal:
            select_bands("x.tif", SENTINEL, wanted)
        assert refusal.value.code == code


def test_other_scenes_are_matched_by_name_else_by_position():
    assert match_bands("b.tif", ("B08", "B04"), ("B04", "B08")) == [2, 1]
    assert match_bands("b.tif", ("red", "nir"), ("B04", "B08")) == [1, 2]
    assert match_bands("b.tif", ("B01", "B02"), ("band_1", "band_2")) == [1, 2]
    with pytest.raises(InputError, match="3 bands"):
        match_bands("b.tif", ("a", "b", "c"), ("B04", "B08"))
    with pytest.raises(InputError) as refusal:
        match_bands("b.tif", ("B04", "B03"), ("B04", "B08"))
    assert refusal.value.code == "bands.mismatch"


def test_names_of_one_region_are_matched_and_contradicting_ones_refused():
    trained = ("blue", "green", "red", "nir")
    assert match_bands("b.tif", ("nir_B08", "red_B04", "green_B03", "blue_B02"), trained) == [
        4,
        3,
        2,
        1,
    ]
    with pytest.raises(InputError) as refusal:
        match_bands("b.tif", ("nir band", "red band", "x", "y"), trained)
    assert refusal.value.code == "bands.mismatch"
    assert match_bands("b.tif", ("w", "x", "y", "z"), trained) == [1, 2, 3, 4]


def test_a_leading_run_of_unnamed_bands_can_be_chosen():
    assert match_bands("a.tif", ("band_1", "band_2", "band_3"), ("band_1", "band_2")) == [1, 2]


def test_braces_name_a_band_also_where_names_look_like_numbers():
    names = ("b2", "b3", "b4", "b8")
    bands = [np.full((1, 1), value, np.float32) for value in (2.0, 3.0, 4.0, 8.0)]
    assert compile_formula("{b4}", names)(bands) == 4
    assert compile_formula("{b8} - b2", names)(bands) == 6


def test_a_recipe_survives_json():
    recipe = BandRecipe(("B04", "B08"), (1e-4, 1e-4), (-0.1, 0.0), (("NDVI", "nd(B08, B04)"),))
    assert BandRecipe.from_json(recipe.as_json()) == recipe
    assert recipe.all_names == ("B04", "B08", "NDVI")
