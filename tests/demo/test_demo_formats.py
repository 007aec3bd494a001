"""How files are saved: literal bytes for each habit."""

import csv
import gzip
import io
import time
import zipfile
from dataclasses import replace

import openpyxl

from demo.content import write_delivery
from demo.deliveries import Delivery
from demo.formats import FORMATS, encode_lines, encode_sheet, join_rows

FORM = {form.name: form for form in FORMATS}
ROWS = [["ID", "NAME", "ITEM_PRICE"], ["007", "Mac, Cheese", "6.95"]]


def _written(by_hand, name, content="rows"):
    form = FORM[name]
    delivery = Delivery("la/x", 1, "order_item_options", 0, (0, 1), form, content)
    return write_delivery(by_hand, delivery)


def test_the_documented_feed_is_utf8_with_lf(by_hand):
    assert _written(by_hand, "plain").decode() == (
        "ORDER_ID,LINEITEM_ID,OPTION_GROUP_NAME,OPTION_NAME,OPTION_PRICE,OPTION_QUANTITY\n"
        "ny0000000000,0000000000,Size,Medium,1.00,2\n"
        'ny0000000000,0000000001,Dip,"Sweet, Hot & Sour",-3.00,1\n'
    )


def test_a_decimal_comma_goes_with_semicolons_and_cp1252(by_hand):
    lines = _written(by_hand, "cp1252").split(b"\r\n")
    assert lines[1] == b"ny0000000000;0000000000;Size;Medium;1,00;2"


def test_marks_line_ends_and_headers_are_those_of_the_habit(by_hand):
    assert _written(by_hand, "bom").startswith(b"\xef\xbb\xbfORDER_ID,")
    assert _written(by_hand, "utf16")[:4] == b"\xff\xfeO\x00"
    assert _written(by_hand, "mac").startswith(b"Order_Id,Lineitem_Id,")
    assert _written(by_hand, "mac").count(b"\r") == 3
    assert _written(by_hand, "lower").startswith(b"order_id,")
    assert not _written(by_hand, "quoted").endswith(b"\n")


def test_extra_and_reordered_columns_keep_every_value_under_its_header(by_hand):
    text = _written(by_hand, "reordered").decode()
    row = next(csv.DictReader(io.StringIO(text)))
    assert row == {
        "ORDER_ID": "ny0000000000",
        "LINEITEM_ID": "0000000000",
        "OPTION_GROUP_NAME": "Size",
        "OPTION_NAME": "Medium",
        "OPTION_PRICE": "1.00",
        "OPTION_QUANTITY": "2",
        "REGISTER_NO": "3",
        "COMMENT": "checked; all fine",
    }


def test_archives_hold_the_text_and_no_clock(by_hand, monkeypatch):
    packed = _written(by_hand, "gzip"), _written(by_hand, "zip"), _written(by_hand, "sheet")
    monkeypatch.setattr(time, "time", lambda: 4_000_000_000.0)
    assert (_written(by_hand, "gzip"), _written(by_hand, "zip")) == packed[:2]
    assert gzip.decompress(packed[0]) == _written(by_hand, "plain")
    with zipfile.ZipFile(io.BytesIO(packed[1])) as archive:
        first, second = (archive.read(name).decode().splitlines() for name in archive.namelist())
    header, *rows = _written(by_hand, "plain").decode().splitlines()
    assert (first, second) == ([header, rows[0]], [header, rows[1]])  # a register each


def test_a_sheet_holds_text_cells_and_is_the_same_at_any_time():
    content = encode_sheet(ROWS, [])
    time.sleep(2.1)  # the date of a zip member counts in steps of two seconds
    assert encode_sheet(ROWS, []) == content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [list(row) for row in sheet.iter_rows(values_only=True)] == ROWS


def test_prices_in_a_workbook_are_numbers_and_ids_are_text(by_hand):
    sheet = openpyxl.load_workbook(io.BytesIO(_written(by_hand, "sheet"))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows[0] == ("ny0000000000", "0000000000", "Size", "Medium", 1, 2)
    assert rows[1][-2:] == (-3, 1)


def test_a_broken_header_names_the_price_twice_or_never(by_hand):
    twice = _written(by_hand, "plain", "duplicate_header").decode().splitlines()
    never = _written(by_hand, "plain", "missing_required").decode().splitlines()
    assert twice[0].split(",").count("OPTION_PRICE") == 2
    assert twice[1] == "ny0000000000,0000000000,Size,Medium,1.00,1.00,2"
    assert never[1] == "ny0000000000,0000000000,Size,Medium,2"


def test_a_truncated_archive_has_lost_its_end(by_hand):
    whole, cut = _written(by_hand, "gzip"), _written(by_hand, "gzip", "truncated")
    assert whole.startswith(cut)
    assert len(cut) == len(whole) * 3 // 5


def test_line_ends_inside_a_cell_are_quoted():
    form = replace(FORM["plain"], final_newline=False)
    lines = join_rows([["1", "Classic\nBurger"]], form)
    assert encode_lines(lines, form, "x") == b'1,"Classic\nBurger"'
