"""Rows that are spoilt know what must become of them."""

import numpy as np
import pytest

from demo.dirt import ITEM_SPOILS, Row, Sheet, spoil_rows
from demo.rows import ITEM_COLUMNS

CELLS = ["POS", "r1", "2026-06-01T12:00:00Z", "007", "anna", "000012345678", "TRUE", "USD", "01"]


@pytest.fixture
def sheet():
    """Three sound lines of one order, 6.95 each."""
    rows = [Row([*CELLS[:-1], f"0{n}", "Sides", "French Fries", "6.95", "1"], n) for n in range(3)]
    return Sheet(ITEM_COLUMNS, rows)


def _spoil(sheet, *kinds):
    spoil_rows(sheet, kinds, np.random.default_rng(1))
    return [(row.index, row.reason) for row in sheet.rows if row.touched]


def test_a_bad_cell_is_marked_with_its_reason(sheet):
    spoilt = _spoil(sheet, "half_quantity")
    assert {reason for _, reason in spoilt} == {"quantity_not_whole"}
    assert sheet.rows[spoilt[0][0]].cells[-1] == "1.5"


def test_what_cleaning_repairs_has_no_reason_and_the_same_price(sheet):
    spoilt = _spoil(sheet, "currency_sign")
    assert {reason for _, reason in spoilt} == {None}
    assert sheet.rows[spoilt[0][0]].cells[-2] == "$6.95"
    assert sheet.rows[spoilt[0][0]].cents is None


def test_a_corrected_line_stands_twice_and_the_later_one_is_right(sheet):
    _spoil(sheet, "corrected_line")
    first, last = (row for row in sheet.rows if row.touched)
    assert first.index == last.index
    assert (first.cents, first.cells[-2]) == (795, "7.95")
    assert (last.cents, last.cells[-2]) == (None, "6.95")
    assert sheet.rows[-1] is last


def test_a_draft_lacks_the_last_line_and_has_wrong_prices(sheet):
    _spoil(sheet, "draft")
    assert [(row.cells[-2], row.cents) for row in sheet.rows] == [("7.95", 795), ("6.95", None)]


def test_no_row_is_spoilt_twice(sheet):
    _spoil(sheet, *ITEM_SPOILS)
    assert sum(row.touched for row in sheet.rows) == 3
    assert len(sheet.kinds) == 3


def test_a_blank_line_belongs_to_no_order(sheet):
    _spoil(sheet, "blank_line")
    assert [row.index for row in sheet.rows if row.blank] == [-1]
    assert len(sheet.rows) == 4
