"""What a workbook hides, or says for several rows at once, is never loaded in silence."""

import io
import zipfile
from functools import partial

import pytest

from ingestion.parsing.sheet import digest_cells
from ingestion.parsing.unpack import Bounds
from tests.ingestion.dirty_files import cells, workbook

four_rows = partial(cells, rows=4)


def counts(ledger: dict) -> tuple[int, ...]:
    """lines, header, loaded, rejected, blank, embedded newlines."""
    return tuple(ledger["counts"].values())


def test_rows_of_a_hidden_sheet_are_rejected_and_the_sheet_is_named(lake):
    ledger = lake.clean(workbook(four_rows(), four_rows(), hidden="Sheet 1"))
    assert counts(ledger) == (10, 2, 4, 4, 0, 0)
    assert ledger["rejected_by_reason"] == {"hidden_sheet": 4}
    assert ledger["members"] == [
        {"name": "Sheet 2", "first_line": 1, "lines": 5},
        {"name": "Sheet 1", "first_line": 6, "lines": 5},
    ]
    assert [line for line, *_ in lake.rejects(ledger)] == [7, 8, 9, 10]


def test_a_hidden_sheet_however_long_holds_no_file(lake):
    ledger = lake.clean(workbook(four_rows(), cells(rows=50), hidden="Sheet 2"))
    assert (ledger["status"], counts(ledger)) == ("loaded", (56, 2, 4, 50, 0, 0))


def test_a_hidden_sheet_that_is_no_data_is_rejected_whole(lake):
    ledger = lake.clean(workbook(four_rows(), [["draft"], [], ["x"]], hidden="Sheet 2"))
    assert counts(ledger) == (8, 1, 4, 2, 1, 0)
    assert ledger["rejected_by_reason"] == {"hidden_sheet": 2}


def test_an_empty_hidden_sheet_is_nothing(lake):
    ledger = lake.clean(workbook(four_rows(), [], hidden="Sheet 2"))
    assert counts(ledger) == (5, 1, 4, 0, 0, 0)


def test_a_workbook_whose_only_data_are_hidden_is_held(lake):
    ledger = lake.clean(workbook([["notes"]], four_rows(), hidden="Sheet 2"))
    assert ledger["reason"] == "data_hidden"
    assert ledger["message"] == "In 'Sheet 2': The data are in a hidden sheet."
    assert ledger["remedy"] == "Unhide the sheet and deliver the workbook again."


def test_rows_that_share_a_merged_value_are_rejected_with_its_column(lake):
    ledger = lake.clean(workbook(four_rows(), merged="L3:L4"))
    assert lake.rejects(ledger) == [
        (3, "ITEM_PRICE", "1.25", "merged_cells"),
        (4, "ITEM_PRICE", "", "merged_cells"),
    ]
    assert counts(ledger) == (5, 1, 2, 2, 0, 0)


@pytest.mark.parametrize(
    ("merged", "rejected"),
    [
        ("A2:A5", {2, 3, 4, 5}),
        ("K3:L3", {3}),  # the price lies below the item's name
        ("K3:L4", {3, 4}),
        ("A1:A2", {2}),  # with the header
        ("M5:M9", set()),  # nothing stands below the last row
        ("M5:P5", set()),  # nor beside the last column
    ],
)
def test_a_merged_range_costs_the_rows_whose_values_it_takes(lake, merged, rejected):
    ledger = lake.clean(workbook(four_rows(), merged=merged))
    assert {line for line, *_ in lake.rejects(ledger)} == rejected
    assert ledger["counts"]["loaded"] == 4 - len(rejected)


def test_more_merged_ranges_than_any_sheet_has_hold_the_file(lake, monkeypatch):
    monkeypatch.setattr("ingestion.parsing.workbook.MOST_MERGES", 0)
    ledger = lake.clean(workbook(four_rows(), merged="M5:M6"))
    assert ledger["message"].endswith("more than is allowed: 1 ranges of merged cells")


def test_merged_blanks_are_blanks(lake):
    rows = four_rows()
    rows[2][4] = rows[3][4] = ""  # USER_ID of guests
    ledger = lake.clean(workbook(rows, merged="E3:E4"))
    assert counts(ledger) == (5, 1, 4, 0, 0, 0)


def test_rows_that_are_two_rows_high_are_read(lake):
    rows = four_rows()
    rows.insert(2, [])
    ledger = lake.clean(workbook(rows, merged="A2:A3"))
    assert counts(ledger) == (6, 1, 4, 0, 1, 0)
    assert [r["app_name"] for r in lake.rows(ledger)] == ["Store App"] * 4


def test_what_is_not_in_the_contract_may_be_merged(lake):
    rows = [[*row, "Note" if n == 0 else "seen"] for n, row in enumerate(four_rows())]
    ledger = lake.clean(workbook(rows, merged="N2:N5"))
    assert counts(ledger) == (5, 1, 4, 0, 0, 0)


def test_a_sheet_that_is_shown_again_or_unmerged_is_another_delivery():
    shown, hidden, merged = (
        digest_cells(workbook(four_rows(), [["x"], [], []], **how), Bounds())
        for how in ({}, {"hidden": "Sheet 2"}, {"merged": "M5:M6"})
    )
    assert len({shown, hidden, merged}) == 3


def with_error(text):
    """A workbook of four rows; the price of the third is an error cell."""
    rows = four_rows()
    rows[3][11] = "#N/A"
    data = workbook(rows)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, archive.read(name).replace(b">#N/A<", f">{text}<".encode()))
    return buffer.getvalue()


@pytest.mark.parametrize("text", ["#N/A", "#SPILL!", "#CALC!", "#GETTING_DATA", "#LATER_KIND!"])
def test_an_error_cell_of_any_kind_costs_its_row_only(lake, text):
    ledger = lake.clean(with_error(text))
    shown = text if text != "#LATER_KIND!" else "#AAAAA_AAAA!"
    assert lake.rejects(ledger) == [(4, "ITEM_PRICE", shown, "spreadsheet_error")]
    assert counts(ledger) == (5, 1, 3, 1, 0, 0)


def test_a_newer_error_in_a_text_file_is_told_as_one(lake):
    ledger = lake.clean(lake.items(lake.item(), lake.item(ITEM_PRICE="#SPILL!")))
    assert lake.rejects(ledger) == [(3, "ITEM_PRICE", "#SPILL!", "spreadsheet_error")]
