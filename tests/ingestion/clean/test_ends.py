"""How files and their rows end: cut off, with the mark of DOS, with one separator more."""

import pytest

from tests.ingestion.dirty_files import counts


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("missing", [1, 3])
def test_a_wide_text_that_was_cut_off_loses_its_last_line_only(lake, encoding, missing):
    text = "\ufeff" + lake.items(lake.item(), lake.item(LINEITEM_ID="L2"))
    ledger = lake.clean(text.encode(encoding)[:-missing])
    assert lake.rejects(ledger) == [(3, None, None, "cut_off")]
    assert counts(ledger) == (3, 1, 1, 1, 0, 0)
    assert lake.rows(ledger)[0]["lineitem_id"] == "L1"


def test_half_a_character_behind_the_last_line_is_a_line_of_its_own(lake):
    ledger = lake.clean(lake.items(lake.item()).encode("utf-16") + b"O")
    assert lake.rejects(ledger) == [(3, None, None, "cut_off")]
    assert counts(ledger) == (3, 1, 1, 1, 0, 0)


def test_a_header_that_was_cut_off_is_no_closed_day(lake):
    header = lake.items().encode("utf-16")
    ledger = lake.clean(header[:-3])
    assert ledger["reason"] == "bytes_missing"
    assert ledger["message"] == (
        "Bytes of the file are missing: the file ends in the middle of its header."
    )
    assert ledger["remedy"].startswith("Upload the file again")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_byte_that_is_missing_in_the_middle_says_in_which_line(lake, encoding, newline):
    lines = [lake.item(LINEITEM_ID=f"L{n}") for n in range(5)]
    lines[2] = lake.item(LINEITEM_ID="here")
    data = ("\ufeff" + lake.items(*lines).replace("\n", newline)).encode(encoding)
    place = data.index("here".encode(encoding))
    ledger = lake.clean(data[:place] + data[place + 1 :])
    assert ledger["reason"] == "bytes_missing"
    assert ledger["message"].endswith(
        "missing: one byte in line 4, so that nothing behind it can be read."
    )


@pytest.mark.parametrize(
    ("end", "found"),
    [
        ("\x1a", (3, 1, 1, 0, 1, 0)),
        ("\x1a\r\n", (3, 1, 1, 0, 1, 0)),
        ("\x1a\x1a\x1a", (3, 1, 1, 0, 1, 0)),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_the_mark_that_dos_writes_at_the_end_is_a_repair(lake, end, found, encoding):
    text = lake.items(lake.item(ITEM_NAME="Crème"))
    ledger = lake.clean((text + end).encode(encoding))
    assert counts(ledger) == found
    assert ledger["repaired_by_kind"] == {"end_of_file_mark": 1}


def test_the_mark_of_dos_is_no_end_in_the_middle_of_a_file(lake):
    ledger = lake.clean(lake.items(lake.item(), "\x1a\n", lake.item(LINEITEM_ID="L2")))
    assert lake.rejects(ledger) == [(3, None, None, "control_character")]
    assert counts(ledger) == (4, 1, 2, 1, 0, 0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_separator_behind_every_row_is_a_repair(lake, delimiter, quote):
    values = [f"{quote}{value}{quote}" for value in lake.item()[:-1].split(",")]
    row = delimiter.join([*values, ""]) + "\n"
    ledger = lake.clean(lake.items().replace(",", delimiter) + row + row)
    assert counts(ledger) == (3, 1, 2, 0, 0, 0)
    assert ledger["repaired_by_kind"] == {"trailing_delimiter": 2}
    assert lake.rows(ledger)[0]["item_quantity"] == 1


def test_a_value_behind_the_last_column_is_never_dropped(lake):
    wide = lake.item()[:-1] + ","
    ledger = lake.clean(lake.items(f"{wide}\n", f"{wide} \n", f"{wide}x\n", f'{wide}"y"\n'))
    assert [(n, reason) for n, _, _, reason in lake.rejects(ledger)] == [
        (4, "wrong_number_of_columns"),
        (5, "wrong_number_of_columns"),
    ]
    assert ledger["repaired_by_kind"] == {"trailing_delimiter": 2}


def test_a_separator_behind_some_rows_only_is_no_repair(lake):
    wide = lake.item()[:-1] + ",\n"
    ledger = lake.clean(lake.items(lake.item(), wide))
    assert lake.rejects(ledger) == [(3, None, None, "wrong_number_of_columns")]
    assert counts(ledger) == (3, 1, 1, 1, 0, 0)
