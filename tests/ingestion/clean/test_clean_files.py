"""What a whole file becomes: its kind, its dialect, its lines."""

import gzip
import io
import zipfile

import pytest

from tests.ingestion import dirty_files
from tests.ingestion.dirty_files import counts


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.csv", text)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_text_may_come_in_any_dialect(lake, encoding, newline, delimiter):
    text = lake.items(lake.item(ITEM_NAME="Crème brûlée"), lake.item(LINEITEM_ID="L2"))
    data = text.replace(",", delimiter).replace("\n", newline).encode(encoding)
    ledger = lake.clean(data)
    assert counts(ledger) == (3, 1, 2, 0, 0, 0)
    assert [r["item_name"] for r in lake.rows(ledger)] == ["Crème brûlée", "Burrito"]
    assert ledger["delimiter"] == delimiter


def test_the_encoding_is_recorded(lake):
    text = lake.items(lake.item(ITEM_NAME="Crème"))
    found = {e: lake.clean(text.encode(e))["encoding"] for e in ("utf-8-sig", "utf-16", "cp1252")}
    assert found == {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "cp1252": "cp1252"}


def test_one_broken_byte_in_a_utf8_file_costs_one_line(lake):
    lines = [lake.item(LINEITEM_ID=f"L{n}", ITEM_NAME="Crème").encode() for n in range(3)]
    lines[1] = lines[1].replace("è".encode(), b"\xe8")
    ledger = lake.clean(lake.items().encode() + b"".join(lines))
    assert lake.rejects(ledger) == [(3, None, None, "undecodable_text")]
    assert counts(ledger) == (4, 1, 2, 1, 0, 0)


def test_headers_match_in_any_case_order_and_spacing(lake):
    text = "Item Price,order id,ITEM-QUANTITY,restaurantid,LineItem_ID,creation time utc,Notes\n"
    ledger = lake.clean(text + "1.00,O1,2,R1,L1,2024-03-01T00:00:00Z,hello\n")
    assert ledger["entity"] == "order_items"
    assert ledger["unknown_columns"] == ["Notes"]
    assert ledger["missing_columns"] == [
        "APP_NAME",
        "CURRENCY",
        "IS_LOYALTY",
        "ITEM_CATEGORY",
        "ITEM_NAME",
        "PRINTED_CARD_NUMBER",
        "USER_ID",
    ]


def test_a_kind_is_recognised_by_its_header_never_by_its_name(lake):
    assert lake.clean(lake.options(), name="order_items.csv")["entity"] == "order_item_options"
    assert lake.clean("restaurant_id\nR1\n", name="order_items.csv")["entity"] == "restaurants"


def test_a_report_by_restaurant_is_no_list_of_restaurants(lake):
    ledger = lake.clean("RESTAURANT_ID,DATE,TOTAL\nR1,2024-03-01,55.20\n")
    assert (ledger["reason"], ledger["entity"]) == ("header_unknown", None)
    listed = lake.clean("RESTAURANT_ID,TIMEZONE,MANAGER\nR1,America/New_York,M2\n")
    assert (listed["entity"], listed["unknown_columns"]) == ("restaurants", ["MANAGER"])


def test_what_may_be_a_list_of_restaurants_or_a_report_is_held_and_says_how_to_tell(lake):
    ledger = lake.clean("RESTAURANT_ID,NAME,CITY,SALES\nR1,Downtown,Paris,55.20\n")
    assert ledger["reason"] == "kind_unclear"
    assert ledger["message"] == (
        "The header may be of a list of restaurants or of a report; "
        "it begins: RESTAURANT_ID, NAME, CITY, SALES"
    )
    assert ledger["remedy"].startswith(
        "Give a list of restaurants the column TIMEZONE or OPENED_ON"
    )


def test_a_list_of_restaurants_may_hold_few_columns_when_it_holds_no_others(lake):
    assert lake.clean("RESTAURANT_ID,NAME,CITY\nR1,Downtown,Paris\n")["status"] == "loaded"
    assert lake.clean("RESTAURANT_ID,NAME,,\nR1,Downtown,,\n")["status"] == "loaded"


def test_orders_joined_with_their_restaurants_are_no_list_of_restaurants(lake):
    ledger = lake.clean("RESTAURANT_ID,NAME,TIMEZONE,ORDER_ID,ITEM_PRICE\nR1,A,Asia/Tokyo,O1,5\n")
    assert ledger["message"] == (
        "The header lacks required columns: LINEITEM_ID, ITEM_QUANTITY, CREATION_TIME_UTC "
        "(unknown ones in it: NAME, TIMEZONE)"
    )


def test_the_ledger_tells_in_which_spans_of_time_there_are_rows(lake):
    times = ("2024-02-28T23:40:00Z", "2024-03-01T18:31:00Z", "2024-03-02T03:29:59Z")
    lines = [lake.item(CREATION_TIME_UTC=t, ORDER_ID=f"O{n}") for n, t in enumerate(times)]
    refused = lake.item(LINEITEM_ID="", CREATION_TIME_UTC="2024-02-01T00:00:00Z")
    ledger = lake.clean(lake.items(*lines, refused))
    assert ledger["spans"] == [  # cut down to quarters of an hour
        ["2024-02-28T23:30:00.000000Z", "2024-02-28T23:30:00.000000Z"],
        ["2024-03-01T18:30:00.000000Z", "2024-03-02T03:15:00.000000Z"],
    ]
    assert lake.clean(lake.items(), name="closed.csv")["spans"] == []


@pytest.mark.parametrize("bulk", [1, 1 << 20])
def test_an_order_stands_in_the_spans_by_its_first_line(lake, monkeypatch, bulk):
    monkeypatch.setattr("ingestion.parsing.table.BULK", bulk)
    times = {
        "L1": "2024-03-01T23:40:00Z",
        "L2": "2024-03-02T00:20:00Z",
        "L3": "2024-03-03T01:00:00Z",
    }
    lines = [lake.item(CREATION_TIME_UTC=t, LINEITEM_ID=n) for n, t in reversed(times.items())]
    ledger = lake.clean(lake.items(*lines))
    assert ledger["spans"] == [["2024-03-01T23:30:00.000000Z"] * 2]
    assert ledger["last_created_at"] == "2024-03-03T01:00:00.000000Z"


def test_what_systems_add_to_an_archive_is_ignored_and_counted(lake):
    members = {
        "boston/items.csv": lake.items(lake.item()).encode(),
        "boston/Thumbs.db": b"\xd0\xcf\x11\xe0",
        "boston/.DS_Store": b"\0\0\0\1Bud1",
        "boston/__MACOSX/._items.csv": b"PK\3\4",
        "desktop.ini": b"[.ShellClassInfo]",
    }
    ledger = lake.clean(dirty_files.zipped(members), name="items.zip")
    assert (ledger["status"], ledger["counts"]["loaded"]) == ("loaded", 1)
    assert ledger["ignored_members"] == 4


def test_a_header_without_rows_is_a_delivery_of_nothing(lake):
    ledger = lake.clean(lake.items())
    assert (ledger["status"], ledger["reason"], ledger["entity"]) == ("loaded", None, "order_items")
    assert counts(ledger) == (1, 1, 0, 0, 0, 0)
    assert ledger["outputs"] == {"clean": None, "rejects": None}


@pytest.mark.parametrize(
    ("data", "reason", "lines"),
    [
        (b"", "empty_file", (0, 0, 0, 0, 0, 0)),
        (b"\n\n", "empty_file", (2, 0, 0, 0, 2, 0)),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no_text", (0, 0, 0, 0, 0, 0)),
        (b"%PDF-1.7\n1 0 obj\n\x00\x01\x02\n%%EOF\n", "no_text", (0, 0, 0, 0, 0, 0)),
        (b"Date,Total\n2024-01-01,5\n\n", "header_unknown", (3, 1, 0, 1, 1, 0)),
        (
            b"ORDER_ID,LINEITEM_ID,RESTAURANT_ID\n1,2,3\n",
            "required_column_missing",
            (2, 1, 0, 1, 0, 0),
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_workbook", (0, 0, 0, 0, 0, 0)),
        (b"\xff\xfea", "undecodable_file", (0, 0, 0, 0, 0, 0)),
        (gzip.compress(b"a" * 1000, mtime=0)[:-9], "archive_damaged", (0, 0, 0, 0, 0, 0)),
        (b"PK\x03\x04nothing", "archive_damaged", (0, 0, 0, 0, 0, 0)),
        (gzip.compress(gzip.compress(b"a", mtime=0), mtime=0), "archive_nested", (0,) * 6),
    ],
)
def test_a_file_that_is_no_delivery_is_quarantined_whole(lake, data, reason, lines):
    ledger = lake.clean(data)
    assert (ledger["status"], ledger["reason"]) == ("quarantined", reason)
    assert counts(ledger) == lines
    assert ledger["message"]
    assert ledger["remedy"]


def test_an_archive_that_unpacks_to_more_than_the_bound_is_quarantined(lake):
    ledger = lake.clean(gzip.compress(b"\0" * (600 << 20), 1))
    assert (ledger["status"], ledger["reason"]) == ("quarantined", "archive_too_large")
    assert counts(ledger) == (0, 0, 0, 0, 0, 0)


def test_a_missing_required_column_is_named(lake):
    ledger = lake.clean("ORDER_ID,LINEITEM_ID,OPTION_NAME,OPTION_PRICE\n1,2,a,0\n")
    assert ledger["entity"] == "order_item_options"
    assert ledger["message"] == "The header lacks required columns: OPTION_QUANTITY"


def test_a_column_named_twice_rejects_the_file(lake):
    text = lake.items(lake.item()).replace("USER_ID", "item price", 1)
    ledger = lake.clean(text)
    assert ledger["reason"] == "duplicate_header"
    assert ledger["message"] == "The header names a column more than once: item price, ITEM_PRICE"


def test_a_stray_quote_costs_only_its_own_line(lake):
    lines = [lake.item(LINEITEM_ID=f"L{n}") for n in range(1, 31)]
    lines[9] = lake.item(LINEITEM_ID="L10", ITEM_NAME='"Burrito')
    ledger = lake.clean(lake.items(*lines))
    assert lake.rejects(ledger) == [(11, None, None, "quote_unclosed")]
    assert counts(ledger) == (31, 1, 29, 1, 0, 0)


def test_a_pair_of_stray_quotes_swallows_no_row_between_them(lake):
    lines = [lake.item(LINEITEM_ID=f"L{n}") for n in range(1, 31)]
    lines[9] = lake.item(LINEITEM_ID="L10", ITEM_NAME='"Burrito')
    lines[19] = lake.item(LINEITEM_ID="L20", ITEM_NAME='Burrito"')
    ledger = lake.clean(lake.items(*lines))
    assert lake.rejects(ledger) == [(11, None, None, "quote_unclosed")]
    assert {r["item_name"] for r in lake.rows(ledger)} == {"Burrito", 'Burrito"'}
    assert counts(ledger) == (31, 1, 29, 1, 0, 0)


def test_stray_quotes_on_neighbouring_lines_are_not_taken_for_one_row(lake):
    lines = [lake.item(ITEM_NAME='"Burrito'), lake.item(ITEM_NAME='x"'), lake.item()]
    ledger = lake.clean(lake.items(*lines))
    assert [r["_source_row"] for r in lake.rows(ledger)] == [4, 3]
    assert counts(ledger) == (4, 1, 2, 1, 0, 0)


def test_a_name_may_go_over_several_lines(lake):
    line = lake.item(ITEM_NAME='"Soup,\nof the ""day""\n"')
    ledger = lake.clean(lake.items(line, lake.item(LINEITEM_ID="L2")))
    assert lake.rows(ledger)[1]["item_name"] == 'Soup,\nof the "day"'
    assert [r["_source_row"] for r in lake.rows(ledger)] == [5, 2]
    assert counts(ledger) == (5, 1, 2, 0, 0, 2)


def test_no_other_value_may_go_over_several_lines(lake):
    line = lake.item(ITEM_CATEGORY='"Soups\nand more"')
    ledger = lake.clean(lake.items(line, lake.item()))
    assert [(n, reason) for n, _, _, reason in lake.rejects(ledger)] == [
        (2, "newline_in_value"),
        (3, "wrong_number_of_columns"),
    ]


def test_rows_of_another_width_and_blank_rows_are_counted(lake):
    blank = "," * 12 + "\n"
    ledger = lake.clean(lake.items(lake.item(), "a,b\n", blank, "\n", lake.item()[:-1] + ",x\n"))
    assert [(n, reason) for n, _, _, reason in lake.rejects(ledger)] == [
        (3, "wrong_number_of_columns"),
        (6, "wrong_number_of_columns"),
    ]
    assert counts(ledger) == (6, 1, 1, 2, 2, 0)


@pytest.mark.parametrize("name", ["a\x07b", "a\0b", "\0" * 5000])
def test_a_control_character_costs_its_line(lake, name):
    ledger = lake.clean(lake.items(lake.item(), lake.item(ITEM_NAME=name)))
    assert lake.rejects(ledger) == [(3, None, None, "control_character")]
    assert counts(ledger) == (3, 1, 1, 1, 0, 0)


def test_a_repeated_key_is_loaded_and_counted(lake):
    ledger = lake.clean(lake.items(lake.item(), lake.item(ITEM_PRICE="13.00"), lake.item()))
    assert (ledger["counts"]["loaded"], ledger["duplicate_keys"]) == (3, 2)
    assert ledger["money"] == {"item_price": "38.0000"}


def test_equal_options_are_no_duplicates(lake):
    text = lake.options()
    assert lake.clean(text + text.splitlines()[1] + "\n")["duplicate_keys"] == 0


def test_an_excel_separator_hint_belongs_to_the_header(lake):
    ledger = lake.clean("sep=;\n" + lake.items(lake.item()).replace(",", ";"))
    assert counts(ledger) == (3, 2, 1, 0, 0, 0)


def test_every_member_of_a_zip_is_read_and_lines_are_numbered_through(lake):
    ledger = lake.clean(zipped(a=lake.items(lake.item()), b=lake.items("x\n", lake.item())))
    assert counts(ledger) == (5, 2, 2, 1, 0, 0)
    assert lake.rejects(ledger) == [(4, None, None, "wrong_number_of_columns")]
    assert ledger["members"] == [
        {"name": "a.csv", "first_line": 1, "lines": 2},
        {"name": "b.csv", "first_line": 3, "lines": 3},
    ]


def test_a_zip_of_several_kinds_is_quarantined(lake):
    ledger = lake.clean(zipped(a=lake.items(lake.item()), b=lake.options()))
    assert ledger["reason"] == "mixed_kinds"
    assert ledger["message"].endswith("order_item_options, order_items")
    assert counts(ledger) == (4, 2, 0, 2, 0, 0)


def test_what_is_wrong_with_an_archive_names_the_member(lake):
    ledger = lake.clean(zipped(a=lake.items(lake.item()), b=""))
    assert (ledger["reason"], ledger["counts"]["rejected"]) == ("empty_file", 1)
    assert ledger["message"].startswith("In 'b.csv': The file has no content at all")


def test_a_workbook_in_an_archive_is_told_to_come_by_itself(lake):
    ledger = lake.clean(zipped(a=zipped(b="")))
    assert ledger["message"] == "The archive holds another archive: a.csv"
    assert ledger["remedy"].endswith("deliver a workbook (.xlsx) by itself.")


def test_a_gzip_of_several_streams_is_one_file(lake):
    data = gzip.compress(lake.items().encode()) + gzip.compress(lake.item().encode())
    assert counts(lake.clean(data)) == (2, 1, 1, 0, 0, 0)


def test_too_many_bad_rows_hold_the_whole_file(lake):
    good = [lake.item(LINEITEM_ID=f"L{n}") for n in range(100)]
    bad = [lake.item(ITEM_PRICE="free")] * 11
    ledger = lake.clean(lake.items(*good, *bad))
    assert (ledger["status"], ledger["reason"]) == ("quarantined", "rejects_above_threshold")
    assert counts(ledger) == (112, 1, 0, 111, 0, 0)
    assert ledger["rejected_by_reason"] == {"number_unreadable": 11}
    assert ledger["outputs"]["clean"] is None
    assert ledger["outputs"]["rejects"]["rows"] == 11


def test_a_few_bad_rows_hurt_only_themselves_in_a_small_file(lake):
    ledger = lake.clean(lake.items(lake.item(), lake.item(ITEM_PRICE="free")))
    assert (ledger["status"], counts(ledger)) == ("loaded", (3, 1, 1, 1, 0, 0))


def test_a_file_without_any_good_row_is_held(lake):
    ledger = lake.clean(lake.items(lake.item(ITEM_PRICE="free")))
    assert ledger["reason"] == "rejects_above_threshold"


def test_a_held_file_says_how_many_rows_were_rejected_and_what_for_most_often(lake):
    bad = [lake.item(USER_ID="6.78E+11", LINEITEM_ID=f"L{n}") for n in range(11)]
    ledger = lake.clean(lake.items(*bad, lake.item(ITEM_PRICE="free"), lake.item()))
    assert ledger["message"] == (
        "12 of 13 rows were rejected (USER_ID id_damaged 11 times), "
        "so that the whole file is held back."
    )


def test_a_header_without_required_columns_is_shown_with_those_it_has_instead(lake):
    text = lake.items(lake.item()).replace("ORDER_ID", "PEDIDO").replace("ITEM_PRICE", "PRECIO")
    assert lake.clean(text)["message"] == (
        "The header lacks required columns: ORDER_ID, ITEM_PRICE "
        "(unknown ones in it: PEDIDO, PRECIO)"
    )


@pytest.mark.parametrize("begin", [b"\x89PNG\r\n", b"GIF89a", b"%PDF-1.7\n", b"Rar!", b"{\\rtf1"])
def test_a_file_of_another_kind_is_no_text_however_it_goes_on(lake, begin):
    ledger = lake.clean(begin + lake.items(lake.item()).encode())
    assert (
        ledger["message"] == "The file is neither text nor a spreadsheet, whatever its name says."
    )


@pytest.mark.parametrize(
    "begin", ["<!DOCTYPE html>", " <Table>", "<?xml version='1.0'?>", '{"a":', "[\n"]
)
def test_a_page_or_json_is_no_table_and_says_what_to_do(lake, begin):
    ledger = lake.clean(begin + lake.items(lake.item()))
    assert ledger["message"] == "The file is a web page, XML or JSON, whatever its name says."
    assert ledger["remedy"].startswith(
        "Deliver a CSV or xlsx export. A web page that a program has"
    )
