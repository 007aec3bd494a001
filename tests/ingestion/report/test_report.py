"""What operators read: in their words, safe to open, complete after any number of runs."""

import csv
import io
import json

import pytest

from emr_staging.landings import decide, new_ledgers, read_ledgers, to_landing
from ingestion.report import write_reports
from lake import layout
from lake.folded import SCHEMA, write_folded

LATER = "2024-03-02T09:00:00.000000Z"


def rows(lake, owner="R1", day="2024-03-02"):
    text = lake.store.read(layout.operator_report(owner, day, "csv")).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def page(lake, owner="R1", day="2024-03-02"):
    return lake.store.read(layout.operator_report(owner, day, "html")).decode()


def test_a_report_says_what_was_not_taken_and_what_to_do(lake):
    lake.clean(lake.items(lake.item(), lake.item(ITEM_PRICE="free")), name="boston/items.csv")
    assert write_reports(lake.store) == [
        "reports/restaurant=R1/day=2024-03-02/report.csv",
        "reports/restaurant=R1/day=2024-03-02/report.html",
    ]
    about = ["R1", "boston/items.csv", "2024-03-02T06:00:00", "taken in part"]
    head, whole, problem = rows(lake)
    assert head[:8] == [
        "restaurant",
        "file",
        "received (UTC)",
        "result",
        "rows received",
        "rows taken",
        "rows counted in another file",
        "rows not taken",
    ]
    assert whole == [*about, "2", "1", "0", "1", "", "", "", "", ""]
    assert problem == [
        *about,
        *("", "", "", ""),
        *("3", "ITEM_PRICE", "free"),
        "ITEM_PRICE is not a number: free",
        "Write ITEM_PRICE as digits with a decimal point, such as 12.50.",
    ]
    assert "1 files with 2 rows: 1 were taken, 1 were not." in page(lake)
    assert "Sales from 2024-03-01T18:30 to 2024-03-01T18:30 (UTC)." in page(lake)


def test_a_file_that_is_held_back_is_reported_with_its_folders_restaurant(lake):
    lake.clean(lake.items(lake.item()), name="boston/items.csv")
    lake.clean("what,is,this\n1,2,3\n", name="boston/broken.csv", at=LATER)
    write_reports(lake.store)
    held = rows(lake)[2]
    assert held[:4] == ["R1", "boston/broken.csv", "2024-03-02T09:00:00", "held back"]
    assert held[11] == "The header is none of the known kinds of file; it begins: what, is, this"
    assert "Nothing of this file was taken." in page(lake)


def test_options_are_reported_with_the_restaurant_of_their_folder(lake):
    lake.clean(lake.options(), name="boston/options.csv")
    lake.clean(lake.items(lake.item()), name="boston/items.csv")
    write_reports(lake.store)
    assert [row[1] for row in rows(lake)[1:]] == ["boston/items.csv", "boston/options.csv"]


def test_a_file_of_no_known_restaurant_is_reported_by_its_folder(lake):
    lake.clean(b"", name="unknown/empty.csv")
    lake.clean(b"", name="flat.csv")
    assert [key.split("/")[1] for key in write_reports(lake.store)[::2]] == [
        "restaurant=all restaurants",
        "restaurant=unknown",
    ]


def test_a_day_without_sales_is_a_delivery(lake):
    lake.clean(lake.items(lake.item()), name="boston/items.csv")
    lake.clean(lake.items(), name="boston/closed.csv")
    write_reports(lake.store)
    assert rows(lake)[1][1:8] == ["boston/closed.csv", "2024-03-02T06:00:00", "empty", *"0000"]


def test_a_second_run_writes_nothing(lake):
    lake.clean(lake.items(lake.item()))
    assert len(write_reports(lake.store)) == 2
    assert write_reports(lake.store) == []


def test_what_comes_later_on_a_day_joins_its_report(lake):
    lake.clean(lake.items(lake.item()), name="a.csv")
    write_reports(lake.store)
    lake.clean(lake.items(lake.item(LINEITEM_ID="L2")), name="b.csv", at=LATER)
    write_reports(lake.store)
    assert [row[1] for row in rows(lake)[1:]] == ["a.csv", "b.csv"]


def test_a_run_killed_before_its_end_is_repeated(lake):
    lake.clean(lake.items(lake.item()))
    write_reports(lake.store)
    before = rows(lake)
    lake.store.delete(layout.REPORTED)
    assert len(write_reports(lake.store)) == 2
    assert rows(lake) == before


@pytest.mark.parametrize(
    ("price", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1+cmd|' /C calc'!A0", "'+9+aaa|' /A aaaa'!A9"),
        ("-2+3", "'-2+3"),
        ("@SUM(1)", "'@AAA(9)"),
    ],
)
def test_no_cell_is_a_formula(lake, price, cell):
    lake.clean(lake.items(lake.item(), lake.item(ITEM_PRICE=price)))
    write_reports(lake.store)
    assert rows(lake)[2][10] == cell


def test_no_file_name_is_a_formula_or_markup(lake):
    lake.clean(lake.items(lake.item()), name="=HYPERLINK(1)<script>.csv")
    write_reports(lake.store)
    assert rows(lake)[1][1] == "'=HYPERLINK(1)<script>.csv"
    assert "<script>" not in page(lake)
    assert "=HYPERLINK(1)&lt;script&gt;.csv" in page(lake)


@pytest.mark.parametrize(
    ("restaurant", "segment"),
    [
        ("../../etc", "restaurant=%2E%2E%2F%2E%2E%2Fetc"),
        ("a/b", "restaurant=a%2Fb"),
        ("Zürich 1", "restaurant=Z%C3%BCrich 1"),
        (".", "restaurant=%2E"),
    ],
)
def test_a_restaurants_name_never_becomes_a_path(lake, restaurant, segment):
    lake.clean(lake.items(lake.item(RESTAURANT_ID=restaurant)))
    assert write_reports(lake.store)[0] == f"reports/{segment}/day=2024-03-02/report.csv"


def test_a_very_long_name_is_a_short_key(lake):
    lake.clean(lake.items(lake.item(RESTAURANT_ID="ü" * 128)))
    (key, _) = write_reports(lake.store)
    assert len(key) < 150


def test_a_report_lists_a_thousand_problems_of_a_file_and_says_how_many_more_there_are(lake):
    bad = [lake.item(ITEM_PRICE="free")] * 900 + [lake.item(ITEM_PRICE="free", ORDER_ID="")] * 582
    lake.clean(lake.items(*bad), name="a.csv")
    write_reports(lake.store)
    *listed, last = rows(lake, "all restaurants")
    assert len(listed) == 1 + 1 + 1000  # two problems each of the lines 902 to 951
    assert (listed[-1][8], listed[-2][8]) == ("951", "951")
    rest = "532 more rows are not listed here; the lake's quarantine holds them."
    assert last[8:] == ["", "", "", rest, ""]
    assert f"</table><p>{rest}</p>" in page(lake, "all restaurants")


def test_a_report_that_lists_everything_says_nothing_of_more(lake):
    lake.clean(lake.items(lake.item(), lake.item(ITEM_PRICE="free")))
    write_reports(lake.store)
    assert "not listed" not in page(lake)


def test_a_file_whose_bytes_came_before_says_where_they_are_counted(lake):
    text = lake.items(lake.item(), lake.item(ITEM_PRICE="free"), lake.item(LINEITEM_ID="L3"))
    lake.clean(text, name="a.csv")
    lake.clean(text, name="a (1).csv", at=LATER)
    write_reports(lake.store)
    whole = [row for row in rows(lake)[1:] if row[4]]
    assert [row[1:8] for row in whole] == [
        ["a.csv", "2024-03-02T06:00:00", "taken in part", "3", "2", "0", "1"],
        ["a (1).csv", "2024-03-02T09:00:00", "counted once", "3", "0", "2", "1"],
    ]
    assert whole[1][11] == "Same content as a.csv; counted once."
    assert "2 files with 6 rows: 2 were taken, 2 counted in another file, 2 were not." in page(lake)
    assert "3 rows, 0 taken, 2 counted in another file, 1 not taken." in page(lake)


def test_copies_are_those_that_normalize_holds_though_it_comes_later(lake):
    one, two = lake.items(lake.item()), lake.items(lake.item(ORDER_ID="O2"))
    before = [lake.clean(one, name="a.csv"), lake.clean(two, name="b.csv")]
    landings = [to_landing(ledger) for ledger in before]
    entries = [found._asdict() | {"state": "live"} for found in landings]
    files = write_folded(lake.store, "run-1", SCHEMA.empty_table(), {}, entries)
    lake.store.write(layout.CURRENT, json.dumps({"landings": files}).encode())
    write_reports(lake.store)
    lake.clean(lake.items(lake.item(ORDER_ID="O3")), name="b.csv", at=LATER)  # corrected
    lake.clean(one, name="copy of a.csv", at=LATER)  # a copy of what counts
    lake.clean(two, name="old b.csv", at=LATER)  # of what counts no longer: it counts itself
    states = decide(map(to_landing, new_ledgers(lake.store, [])), frozenset())
    paths = {x["landing_id"]: x["path"] for x in read_ledgers(lake.store, states)}
    assert [paths[i] for i, state in states.items() if state == "held"] == ["copy of a.csv"]
    write_reports(lake.store)
    assert [row[1] for row in rows(lake) if row[3] == "counted once"] == ["copy of a.csv"]


@pytest.mark.usefixtures("both_stores")
def test_reports_are_written_to_either_store(lake, store):
    ledger = lake.clean(lake.items(lake.item(), lake.item(ITEM_PRICE="free")))
    for prefix in ("clean", "quarantine"):
        for key in lake.store.list(prefix):
            store.write(key, lake.store.read(key))
    assert len(write_reports(store)) == 2
    state = json.loads(store.read(layout.REPORTED))
    assert state == {"landings": [ledger["landing_id"]], "folders": {"": "R1"}}
