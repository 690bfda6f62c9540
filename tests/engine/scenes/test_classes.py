"""Class tables: codes, colours, rarity, and what a person may write into the CSV."""

import csv
import io

import pytest

from overseed.errors import InputError
from overseed.scenes.classes import (
    Rarity,
    build_table,
    read_classes,
    read_overrides,
    with_counts,
    write_classes,
)


def test_whole_numbers_keep_their_value_and_text_is_numbered():
    assert build_table(["3", "11"]).codes == [3, 11]
    assert build_table(["wood", "farm"]).codes == [1, 2]
    assert build_table(["3", "300"]).codes == [1, 2]


def test_every_class_has_its_own_colour():
    names = [f"class {i}" for i in range(255)]
    assert len(set(build_table(names).colours)) == 255
    assert build_table(["Lake", "Rock"]).colours[0] == "#0072b2"


def test_more_than_255_classes_are_refused():
    with pytest.raises(InputError, match="256 classes"):
        build_table([f"c{i}" for i in range(256)])


def test_rarity_by_share_by_name_and_by_table():
    table = build_table(["a", "b", "c"])
    assert Rarity(0.05).decide(table, [90, 8, 2]).rare_indices == [2]
    assert Rarity(0.05).decide(table, [90, 10, 0]).rare_indices == []
    assert Rarity(0.05, ("b",)).decide(table, [90, 8, 2]).rare_indices == [1]
    assert Rarity(0.05, (), {"a": "yes", "c": "no"}).decide(table, [90, 8, 2]).rare_indices == [0]
    with pytest.raises(InputError, match="no class 'd'") as caught:
        Rarity(0.05, ("d",)).decide(table, [1, 1, 1])
    assert "a, b, c" in caught.value.hint


def test_the_table_survives_a_round_trip_with_awkward_names(tmp_path):
    values = ["=cmd()", "<script>alert(1)</script>", 'comma, "quote"', "Grünland"]
    table = with_counts(build_table(values), [1, 2, 3, 4], [1, 1, 1, 1])
    write_classes(table, tmp_path / "classes.csv")
    assert read_classes(tmp_path / "classes.csv") == table


def test_overrides_rename_recolour_and_order(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("value,name,code,colour,rare\nb,Beech,9,#112233,yes\na,,,,\n", encoding="utf-8")
    table = build_table(["a", "b"], read_overrides(path))
    assert [(c.value, c.name, c.code) for c in table.classes] == [("b", "Beech", 9), ("a", "a", 2)]
    assert table.colours[0] == "#112233"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,A,300,,", "code '300'"),
        ("a,A,,red,", "colour 'red'"),
        ("a,A,,,maybe", "rare 'maybe'"),
        (",A,,,", "value ''"),
    ],
)
def test_a_bad_row_is_named(tmp_path, row, said):
    path = tmp_path / "t.csv"
    path.write_text(f"value,name,code,colour,rare\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2") as caught:
        read_overrides(path)
    assert said in caught.value.message


def test_written_csv_has_the_columns_people_edit(tmp_path):
    write_classes(build_table(["a"]), tmp_path / "c.csv")
    header = next(csv.reader(io.StringIO((tmp_path / "c.csv").read_text())))
    assert header[:5] == ["code", "name", "colour", "rare", "value"]
