"""What a single value becomes, and why it is refused."""

from datetime import datetime
from decimal import Decimal

import pytest

from tests.ingestion.dirty_files import workbook


def test_a_line_becomes_a_typed_row_with_its_lineage(lake):
    ledger = lake.clean(lake.items(lake.item()))
    assert lake.rows(ledger) == [
        {
            "order_id": "O1",
            "lineitem_id": "L1",
            "restaurant_id": "R1",
            "user_id": "U1",
            # printf 012345678901 | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102..1f
            "card_hash": "d9ab5da1cf681d32510a65b0f46dcca8e835ed875f347a98b90134bce71bf415",
            "app_name": "Store App",
            "currency": "USD",
            "is_loyalty": True,
            "item_category": "Mains",
            "item_name": "Burrito",
            "item_price": Decimal("12.5000"),
            "item_quantity": 1,
            "created_at": datetime(2024, 3, 1, 18, 30),
            "_landing_id": ledger["landing_id"],
            "_source_row": 2,
            "_delivered_at": datetime(2024, 3, 2, 6, 0),
        }
    ]


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0", "0.0000"),
        ("-5.25", "-5.2500"),
        ("+3", "3.0000"),
        (".5", "0.5000"),
        ("5.", "5.0000"),
        ("1.2345", "1.2345"),
        ("1.50000", "1.5000"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("$12.50", "12.5000"),
        ("-$12.50", "-12.5000"),
        ("12.50 €", "12.5000"),
        ('"1,234.56"', "1234.5600"),
        ('"$1,234,567.8"', "1234567.8000"),
        ("  7.00 ", "7.0000"),
    ],
)
def test_a_price_is_an_exact_decimal(lake, text, price):
    assert lake.row(ITEM_PRICE=text)["item_price"] == Decimal(price)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "required_blank"),
        ("abc", "number_unreadable"),
        ("1e3", "number_unreadable"),
        ("1_000", "number_unreadable"),
        ("12.50.1", "number_unreadable"),
        ("(5.00)", "number_unreadable"),
        ("infinity", "number_unreadable"),
        ("-", "number_unreadable"),
        ('"1,234"', "number_ambiguous"),
        ('"12,50"', "number_unreadable"),
        ("1.23456", "too_many_decimals"),
        ("123456789012345", "number_too_large"),
        ("#DIV/0!", "spreadsheet_error"),
    ],
)
def test_a_price_is_never_guessed(lake, text, reason):
    assert lake.reason(ITEM_PRICE=text) == reason


@pytest.mark.parametrize(("text", "quantity"), [("2", 2), ("2.0", 2), ("-1", -1), ("0", 0)])
def test_a_quantity_is_a_whole_number(lake, text, quantity):
    assert lake.row(ITEM_QUANTITY=text)["item_quantity"] == quantity


@pytest.mark.parametrize(
    ("text", "reason"),
    [("1.5", "quantity_not_whole"), (".5", "quantity_not_whole"), ("two", "number_unreadable")],
)
def test_a_broken_quantity_is_refused(lake, text, reason):
    assert lake.reason(ITEM_QUANTITY=text) == reason


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01T06:00:00.223Z", datetime(2024, 3, 1, 6, 0, 0, 223000)),
        ("2024-03-01T06:00:00.9Z", datetime(2024, 3, 1, 6, 0, 0, 900000)),
        ("2024-03-01 06:00:00", datetime(2024, 3, 1, 6)),
        ("2024-03-01 06:00", datetime(2024, 3, 1, 6)),
        ("2024-03-01T06:00:00.123456789012Z", datetime(2024, 3, 1, 6, 0, 0, 123456)),
        ("2024-03-01T06:00:00+02:00", datetime(2024, 3, 1, 4)),
        ("2024-03-01T06:00:00-0530", datetime(2024, 3, 1, 11, 30)),
        ("2024-03-01 06:00 +02", datetime(2024, 3, 1, 4)),
        ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59)),
        ("2024-03-03T05:59:59Z", datetime(2024, 3, 3, 5, 59, 59)),
    ],
)
def test_a_time_is_utc(lake, text, moment):
    assert lake.row(CREATION_TIME_UTC=text)["created_at"] == moment


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2024-02-30T06:00:00Z", "time_unreadable"),
        ("2024-03-01T24:00:00Z", "time_unreadable"),
        ("2024-03-01", "time_unreadable"),
        ("03/01/2024 06:00", "time_unreadable"),
        ("2024-03-03T06:00:01Z", "time_in_future"),
        ("2025-03-01T06:00:00Z", "time_in_future"),
        ("1970-01-01T00:00:00Z", "time_too_old"),
    ],
)
def test_a_time_is_neither_guessed_nor_from_another_year(lake, text, reason):
    assert lake.reason(CREATION_TIME_UTC=text) == reason


@pytest.mark.parametrize(
    ("text", "flag"),
    [("TRUE", True), ("yes", True), ("1", True), ("FALSE", False), ("n", False), ("", False)],
)
def test_a_blank_flag_is_false(lake, text, flag):
    assert lake.row(IS_LOYALTY=text)["is_loyalty"] is flag


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"IS_LOYALTY": "maybe"}, "flag_unreadable"),
        ({"CURRENCY": "US$"}, "currency_unreadable"),
        ({"ORDER_ID": "6.78E+11"}, "id_damaged"),
        ({"ORDER_ID": " "}, "required_blank"),
        ({"LINEITEM_ID": ""}, "required_blank"),
        ({"RESTAURANT_ID": "x" * 257}, "text_too_long"),
        ({"ITEM_NAME": "#N/A"}, "spreadsheet_error"),
    ],
)
def test_other_values_are_refused_by_name(lake, changed, reason):
    assert lake.reason(**changed) == reason


def test_ids_keep_leading_zeros_and_any_form(lake):
    row = lake.row(ORDER_ID="007", USER_ID="5e10", LINEITEM_ID="№-1.2")
    assert (row["order_id"], row["user_id"], row["lineitem_id"]) == ("007", "5e10", "№-1.2")


@pytest.mark.parametrize("text", ["6.78E+11", "6.78123456789e+11", "678123456789.0"])
def test_a_card_that_a_spreadsheet_damaged_is_blanked_and_counted(lake, text):
    ledger = lake.clean(lake.items(lake.item(PRINTED_CARD_NUMBER=text)))
    assert lake.rows(ledger)[0]["card_hash"] is None
    assert ledger["repaired_by_kind"] == {"card_unreadable": 1}


def test_a_customer_id_that_a_spreadsheet_damaged_is_refused_and_shown_by_its_shape(lake):
    lines = [lake.item(), lake.item(USER_ID="6.78E+11"), lake.item(USER_ID="")]
    ledger = lake.clean(lake.items(*lines))
    assert lake.rejects(ledger) == [(3, "USER_ID", "9.99A+99", "id_damaged")]
    assert [row["user_id"] for row in lake.rows(ledger)] == ["U1", None]


def test_a_number_cell_is_no_customer_and_no_card(lake):
    header, good, numbers, date = [lake.item().strip().split(",") for _ in range(4)]
    header[:] = lake.items().strip().split(",")
    numbers[header.index("USER_ID")] = 1234567890123456789
    good[header.index("PRINTED_CARD_NUMBER")] = 12345678901  # was 012345678901
    date[header.index("PRINTED_CARD_NUMBER")] = datetime(2024, 3, 1)
    ledger = lake.clean(workbook([header, good, numbers, date]), name="items.xlsx")
    assert lake.rejects(ledger) == [(3, "USER_ID", "9.99999999999999a+99", "number_in_id_column")]
    assert [row["card_hash"] for row in lake.rows(ledger)] == [None, None]
    assert ledger["repaired_by_kind"] == {"card_unreadable": 2}


def test_blanks_around_values_are_trimmed_and_counted(lake):
    line = lake.item(ORDER_ID="  O7\t", ITEM_CATEGORY=" ", ITEM_NAME='" Burrito\u00a0"')
    ledger = lake.clean(lake.items(line))
    (row,) = lake.rows(ledger)
    assert (row["order_id"], row["item_category"], row["item_name"]) == ("O7", None, "Burrito")
    assert ledger["repaired_by_kind"] == {"trimmed": 3}


@pytest.mark.parametrize(
    "padded",
    [
        {"APP_NAME": " Store App"},  # the first value of a line
        {"APP_NAME": "\tStore App"},
        {"ITEM_NAME": "Burrito "},
        {"ITEM_NAME": "\u00a0Burrito"},
        {"ITEM_NAME": '" Burrito"'},
        {"ITEM_QUANTITY": "1 "},  # the last one
        {"ITEM_QUANTITY": '"1 "'},
    ],
)
@pytest.mark.parametrize("chunk", [1, 1 << 17])  # lines are looked at one by one, or all at once
def test_a_big_file_is_trimmed_wherever_the_blank_stands(lake, monkeypatch, padded, chunk):
    monkeypatch.setattr("ingestion.parsing.table.BULK", 1)
    monkeypatch.setattr("ingestion.parsing.lines.CHUNK", chunk)
    ledger = lake.clean(lake.items(lake.item(), lake.item(LINEITEM_ID="L2", **padded)))
    row = lake.rows(ledger)[1]
    assert (row["app_name"], row["item_name"], row["item_quantity"]) == ("Store App", "Burrito", 1)
    assert ledger["repaired_by_kind"] == {"trimmed": 1}


def test_repairs_are_counted_by_kind(lake):
    lines = [
        lake.item(ITEM_PRICE="$12.50", CURRENCY="usd"),
        lake.item(LINEITEM_ID="L2", ITEM_PRICE='"$1,200.00"'),
        lake.item(LINEITEM_ID="L3", CREATION_TIME_UTC="2024-03-01T06:00:00+02:00"),
    ]
    ledger = lake.clean(lake.items(*lines))
    assert ledger["repaired_by_kind"] == {
        "currency_sign": 2,
        "offset_converted": 1,
        "thousands_separator": 1,
        "upper_cased": 1,
    }


def test_a_semicolon_file_may_hold_decimal_commas(lake):
    text = lake.items(lake.item(ITEM_PRICE="X")).replace(",", ";")
    ledger = lake.clean(text.replace("X", "12,50"))
    assert lake.rows(ledger)[0]["item_price"] == Decimal("12.5000")
    assert (ledger["delimiter"], ledger["repaired_by_kind"]) == (";", {"decimal_comma": 1})


@pytest.mark.parametrize("text", ["1,234", "1.234"])
def test_three_digits_after_a_mark_may_be_thousands_in_a_semicolon_file(lake, text):
    good, bad = lake.item().replace(",", ";"), lake.item(ITEM_PRICE="X").replace(",", ";")
    ledger = lake.clean(lake.items().replace(",", ";") + good + bad.replace("X", text))
    assert lake.rejects(ledger) == [(3, "ITEM_PRICE", text, "number_ambiguous")]


def test_negative_options_are_discounts(lake):
    (row,) = lake.rows(lake.clean(lake.options(OPTION_PRICE="-2.00")))
    assert (row["option_price"], row["option_name"]) == (Decimal("-2.0000"), "Cheese")


def test_a_restaurant_in_an_unknown_time_zone_is_refused(lake):
    text = "restaurant_id,name,timezone,opened_on\nR1,A,America/New_York,2020-05-01\n"
    text += "R2,B,Mars,\nR3,C,Factory,\n"
    ledger = lake.clean(text)
    assert lake.rejects(ledger) == [
        (3, "TIMEZONE", "Mars", "timezone_unknown"),
        (4, "TIMEZONE", "Factory", "timezone_unknown"),  # a clock that nobody has set
    ]
    assert [r["timezone"] for r in lake.rows(ledger)] == ["America/New_York"]


def test_a_personal_value_is_masked_in_the_rejects(lake):
    ledger = lake.clean(lake.items(lake.item(), lake.item(USER_ID="Ann7" * 70)))
    ((_, column, value, reason),) = lake.rejects(ledger)
    assert (column, value[:8], reason) == ("USER_ID", "Aaa9Aaa9", "text_too_long")
