"""Areas of rare classes by correction, from counts that can be added up by hand."""

from overseed.assessment.areas import mapped_areas


def sides(validation, test):
    return {"validation": validation, "test": test}


def test_pixels_of_all_trainings_are_added_up():
    trainings = [
        {"reference": sides([90, 10, 0], [50, 0, 4]), "none": sides([100, 0, 0], [40, 5, 9])},
        {"reference": sides([90, 10, 0], [50, 0, 4]), "none": sides([70, 30, 0], [51, 0, 3])},
    ]
    (row,) = mapped_areas("none", trainings, ["none", "areas"], ["a", "b", "c"], [1, 2])
    assert (row["arm"], row["correction"], row["taken"], row["trainings"]) == ("none", "none", 1, 2)
    assert row["classes"] == [
        {"name": "b", "validation": 1.5, "test": None},
        {"name": "c", "validation": None, "test": 1.5},
    ]


def test_a_correction_counts_where_it_was_tried():
    reference = sides([8, 2], [8, 2])
    trainings = [
        {"reference": reference, "none": sides([0, 10], [0, 10])},
        {"reference": reference, "none": sides([9, 1], [9, 1]), "areas": sides([8, 2], [7, 3])},
    ]
    none, areas = mapped_areas("weighted", trainings, ["none", "areas"], ["a", "b"], [1])
    assert (none["trainings"], none["classes"][0]["validation"]) == (2, 2.75)
    assert (areas["trainings"], areas["taken"], areas["classes"][0]["test"]) == (1, 1, 1.5)
