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
    sorted_values,
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
    assert [(*c.values, c.name, c.code) for c in table.classes] == [
        ("b", "Beech", 9),
        ("a", "a", 2),
    ]
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


def table_of(tmp_path, text, values, **options):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    return build_table(values, read_overrides(path), **options)


@pytest.mark.parametrize(
    "text",
    [
        "value,name\noak,Forest\nbeech,Forest\n",
        "value,name,code,colour\noak,Forest,7,#112233\nbeech,Forest,,\n",
        "value,name,code\noak,Forest,7\nbeech,,7\n",
        "value,name,code\nbeech,,7\noak,Forest,07\n",
    ],
)
def test_rows_of_one_name_or_code_become_one_class(tmp_path, text):
    table = table_of(tmp_path, text, ["beech", "lake", "oak"])
    assert table.names == ["Forest", "lake"]
    assert set(table.classes[0].values) == {"oak", "beech"}
    assert table.index_of_value == {"oak": 0, "beech": 0, "lake": 1}
    write_classes(table, tmp_path / "out.csv")
    assert read_classes(tmp_path / "out.csv") == table
    assert build_table(["beech", "lake", "oak"], read_overrides(tmp_path / "out.csv")) == table


def test_a_value_renamed_to_another_values_name_joins_it(tmp_path):
    table = table_of(tmp_path, "value,name\noak,beech\n", ["beech", "oak"])
    assert table.names == ["beech"]
    assert table.classes[0].values == ("oak", "beech")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("value,name,code\na,X,1\nb,X,2\n", "row 2 (1) and row 3 (2)"),
        ("value,name,colour\na,X,#000000\nb,X,#000001\n", "its own colour"),
        ("value,name,rare\na,X,yes\nb,X,no\n", "its own rare"),
        ("value,name,code\na,X,4\nb,Y,4\n", "code 4 to row 2 ('X') and row 3 ('Y')"),
    ],
)
def test_rows_that_contradict_are_named(tmp_path, text, said):
    with pytest.raises(InputError) as caught:
        table_of(tmp_path, text, ["a", "b"])
    assert caught.value.code == "classes.contradiction"
    assert said in caught.value.message


def test_dropped_and_unlabelled_values(tmp_path):
    text = "value,use,code\n3,drop,\n4,unlabelled,\n5,yes,\n"
    table = table_of(tmp_path, text, ["3", "4", "5", "9"])
    assert table.codes == [5, 9]
    assert table.index_of_value == {"5": 0, "9": 1, "4": 255}
    assert (table.dropped, table.unlabelled) == (("3",), ("4",))
    write_classes(table, tmp_path / "out.csv")
    assert read_classes(tmp_path / "out.csv") == table
    again = build_table(["3", "4", "5", "9"], read_overrides(tmp_path / "out.csv"))
    assert again == table
    with pytest.raises(InputError) as caught:
        table_of(tmp_path, "value,use\na,drop\n", ["a"])
    assert caught.value.code == "classes.none"


def test_a_row_for_a_class_that_does_not_exist_lists_those_that_do(tmp_path):
    with pytest.raises(InputError) as caught:
        table_of(tmp_path, "value,name\na,A\nz,Z\n", ["a", "b"])
    assert caught.value.code == "classes.unknown-value"
    assert "'z' in row 3" in caught.value.message
    assert "a, b" in caught.value.hint
    assert table_of(tmp_path, "value,name\na,A\nz,Z\n", ["a"], known={"z"}).names == ["A"]


def test_who_names_code_0_of_a_mask_hears_of_rest_as(tmp_path):
    with pytest.raises(InputError) as caught:
        table_of(tmp_path, "value,name\n0,background\n1,building\n", ["1"])
    assert "--rest-as NAME" in caught.value.hint


def test_more_than_255_values_may_be_merged_to_fewer_classes(tmp_path):
    values = [str(number) for number in range(400)]
    rows = "\n".join(f"{value},c{int(value) % 3}" for value in values)
    table = table_of(tmp_path, f"value,name\n{rows}\n", values)
    assert table.names == ["c0", "c1", "c2"]
    assert table.codes == [1, 2, 3]
    assert len(table.index_of_value) == 400


def test_what_the_labels_say_is_used_where_the_table_says_nothing(tmp_path):
    defaults = {"1": {"name": "Wood", "colour": "#112233"}, "2": {"name": "Lake"}}
    table = table_of(tmp_path, "value,name\n2,Pond\n", ["1", "2"], defaults=defaults)
    assert [(c.name, c.code) for c in table.classes] == [("Pond", 2), ("Wood", 1)]
    assert table.colours[1] == "#112233"


def test_a_file_that_gives_two_codes_one_name_does_not_merge_them():
    defaults = {"1": {"name": "Other"}, "2": {"name": "Other"}, "3": {"name": "Wood"}}
    names = build_table(["1", "2", "3"], defaults=defaults).names
    assert names == ["Other (1)", "Other (2)", "Wood"]


def test_the_rest_is_last_and_has_a_code_of_its_own(tmp_path):
    assert build_table(["1", "2", "7"], rest="other").codes == [1, 2, 7, 3]
    table = build_table(["wood", "farm"], rest="other")
    assert [(c.name, c.code) for c in table.classes][2] == ("other", 3)
    assert table.colours[2] == "#c8c8c8"
    table = table_of(tmp_path, "value,name,code\nother,Rest,9\na,A,1\n", ["a"], rest="other")
    assert [(c.name, c.code) for c in table.classes] == [("A", 1), ("Rest", 9)]
    joined = table_of(tmp_path, "value,name\na,other\n", ["a", "b"], rest="other")
    assert joined.names == ["other", "b"]
    assert joined.index_of_value["other"] == joined.index_of_value["a"] == 0


def test_numbering_steps_over_codes_that_the_table_gives(tmp_path):
    table = table_of(tmp_path, "value,code\nc,2\n", ["a", "b", "c"])
    assert table.codes == [2, 3, 4]


def test_two_rows_for_one_value_are_refused(tmp_path):
    with pytest.raises(InputError, match="row 3") as caught:
        table_of(tmp_path, "value,name\na,A\na,B\n", ["a"])
    assert caught.value.code == "classes.bad-row"


def test_values_are_sorted_as_numbers_before_text():
    assert sorted_values({"10", "9", "-5", "b", "a", "²"}) == ["-5", "9", "10", "a", "b", "²"]
