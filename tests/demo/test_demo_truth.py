"""The truth by hand, and by an independent reading of flawless files."""

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from demo.deliveries import Delivery
from demo.franchise import simulate
from demo.settings import FranchiseSettings
from demo.truth import find_truth

LIST = Delivery("headquarters/restaurants.csv", 1_772_355_600_000_000, "restaurants")  # 1 March
NEW_YORK = Delivery("ny/items.csv", LIST.at + 1, "order_items", 0, (0, 2))
OPTIONS = Delivery("ny/options.csv", LIST.at + 2, "order_item_options", 0, (0, 2))
LOS_ANGELES = Delivery("la/items.csv", LIST.at + 3, "order_items", 1, (2, 3))
ALL = [LIST, NEW_YORK, OPTIONS, LOS_ANGELES]


def test_gross_discount_and_refund_are_those_of_the_order_book(by_hand):
    totals = find_truth(by_hand, ALL).totals
    assert totals.gross == Decimal("24.50")  # 10.00 + 5.00 + 2 x 1.00 + 7.50
    assert totals.discount == Decimal("3.00")
    assert totals.refund == Decimal("5.00")
    assert totals.net == Decimal("16.50")
    assert (totals.tickets, totals.sale_orders, totals.lines, totals.options) == (3, 2, 4, 2)


def test_the_business_date_is_that_of_the_restaurants_clock(by_hand):
    by_date = find_truth(by_hand, ALL).by_date
    assert {day: totals.net for day, totals in by_date.items()} == {
        date(2026, 3, 1): Decimal("21.50"),  # 15.00 + 2.00 - 3.00 + 7.50 of the late evening
        date(2026, 3, 2): Decimal("-5.00"),
    }


def test_a_restaurant_that_no_list_names_keeps_the_default_clock(by_hand):
    by_date = find_truth(by_hand, [NEW_YORK, LOS_ANGELES]).by_date
    assert by_date[date(2026, 3, 2)].net == Decimal("2.50")  # 02:30 in New York


def test_guests_and_members_are_counted_apart(by_hand):
    truth = find_truth(by_hand, ALL)
    assert (truth.customers, truth.members, truth.guest_orders) == (1, 1, 1)
    assert truth.discounted_orders == 1
    assert {user: totals.net for user, totals in truth.by_customer.items()} == {
        "anna": Decimal("9.00")  # 15.00 + 2.00 - 3.00 - 5.00
    }


def test_every_restaurant_has_its_own_totals(by_hand):
    by_restaurant = find_truth(by_hand, ALL).by_restaurant
    assert {place: (t.sale_orders, t.net) for place, t in by_restaurant.items()} == {
        "ny": (1, Decimal("9.00")),
        "la": (1, Decimal("7.50")),
    }


def test_options_without_their_line_are_pending_and_bring_no_money(by_hand):
    truth = find_truth(by_hand, [LIST, OPTIONS, LOS_ANGELES])
    assert truth.pending_options == 2
    assert truth.totals.net == Decimal("7.50")


def test_the_same_bytes_under_a_second_name_are_held(by_hand):
    copy = replace(NEW_YORK, path="ny/items (1).csv", at=LIST.at + 9, copy_of=NEW_YORK.path)
    truth = find_truth(by_hand, [*ALL, copy])
    assert truth.files["ny/items (1).csv"].status == "held"
    assert truth.totals.net == Decimal("16.50")


def test_a_draft_counts_as_delivered_until_its_correction_wins(by_hand):
    draft = replace(NEW_YORK, spoils=("draft",))  # 10.00 becomes 11.00, the refund is missing
    assert find_truth(by_hand, [LIST, draft]).totals.net == Decimal("16.00")
    assert find_truth(by_hand, [LIST, draft, NEW_YORK]).totals.net == Decimal("10.00")


def test_a_rejected_line_is_missing_with_its_reason(by_hand):
    bad = replace(NEW_YORK, orders=(0, 1), spoils=("long_row",))  # one of its two lines
    truth = find_truth(by_hand, [LIST, bad])
    assert truth.files["ny/items.csv"].rejected_by_reason == (("wrong_number_of_columns", 1),)
    assert truth.files["ny/items.csv"].lines == 3
    assert truth.totals.lines == 1


def test_a_file_of_bad_rows_alone_is_quarantined_whole(by_hand):
    bad = replace(LOS_ANGELES, spoils=("word_price",))
    truth = find_truth(by_hand, [LIST, NEW_YORK, bad])
    assert truth.files["la/items.csv"].reason == "rejects_above_threshold"
    assert truth.totals.lines == 3


def test_test_traffic_can_be_left_out(default):
    with_tests = default.truth().totals
    without = default.truth(excluded_apps=("Franchise POS - DEVELOPMENT",)).totals
    assert 0 < with_tests.tickets - without.tickets < with_tests.tickets / 100
    assert without.net < with_tests.net


def test_an_independent_reading_of_flawless_files_finds_the_truth(tmp_path):
    franchise = simulate(FranchiseSettings(restaurants=4, days=40, daily_days=5, dirty=False))
    franchise.deliver(tmp_path)
    zones = {r["RESTAURANT_ID"]: ZoneInfo(r["TIMEZONE"]) for r in _read(tmp_path, "restaurants")}
    day_of, net = {}, defaultdict(Decimal)
    for row in _read(tmp_path, "order_items"):
        at = datetime.fromisoformat(row["CREATION_TIME_UTC"])
        here = at.astimezone(zones[row["RESTAURANT_ID"]])
        earliest = day_of.setdefault(row["ORDER_ID"], here)
        day_of[row["ORDER_ID"]] = min(earliest, here)
    for row in _read(tmp_path, "order_items"):
        net[day_of[row["ORDER_ID"]].date()] += Decimal(row["ITEM_PRICE"])
    for row in _read(tmp_path, "order_item_options"):
        amount = Decimal(row["OPTION_PRICE"]) * int(row["OPTION_QUANTITY"])
        net[day_of[row["ORDER_ID"]].date()] += amount
    truth = franchise.truth()
    assert dict(net) == {day: totals.net for day, totals in truth.by_date.items()}
    assert sum(net.values()) == truth.totals.net > 1000


def _read(folder, entity):
    rows = []
    for path in sorted(folder.rglob(f"{entity}*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows
