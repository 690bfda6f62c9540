"""Cells that are no formulas, and come back as they were."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from overseed.csv_tables import as_csv, guarded, plain


@given(st.text(alphabet="'=+-@ab1.,\"\t", max_size=6))
def test_texts_come_back(text):
    cell = guarded(text)
    assert plain(cell) == text
    assert not cell.startswith(("=", "@", "\t", "\r"))


def test_numbers_stay_numbers():
    assert guarded("-0.5") == "-0.5"
    assert guarded("+3") == "+3"
    assert guarded("-cmd") == "'-cmd"


def test_rows():
    text = as_csv([["=1+1", -2, "a,b"], ["'", None, ""]])
    assert list(csv.reader(io.StringIO(text))) == [["'=1+1", "-2", "a,b"], ["'", "None", ""]]
