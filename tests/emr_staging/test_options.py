"""Options stand with their line, wait for it, and are replaced as a set."""

from tests.emr_staging.lakes import item, option, options

JAN_2 = "2026-01-02"
DAY_1, DAY_2, DAY_3 = "2026-01-03T06:00:00", "2026-01-04T06:00:00", "2026-01-05T06:00:00"


def test_an_option_stands_in_the_date_of_its_line(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l1")])
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), (JAN_2, "o1", "l1", "1.0000")]


def test_options_wait_for_their_line_and_are_released_however_late(lake, run):
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o2", "l1", "2.00")])
    run()
    assert {place for place, *_ in options(lake)} == {"pending"}
    lake.deliver("order_items", "x", [item("o9", "l1")], DAY_1)
    run()
    assert {place for place, *_ in options(lake)} == {"pending"}
    lake.deliver("order_items", "f", [item("o1", "l1")], "2026-06-30T06:00:00")
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), ("pending", "o2", "l1", "2.0000")]


def test_an_option_waits_for_its_line_when_the_order_has_only_other_lines(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l2", "2.00")])
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), ("pending", "o1", "l2", "2.0000")]
    lake.deliver("order_items", "g", [item("o1", "l2")])
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), (JAN_2, "o1", "l2", "2.0000")]


def test_an_option_goes_on_waiting_when_another_order_touches_the_date_of_its_order(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l2")])
    run()
    lake.deliver("order_items", "g", [item("o2", "l1")])
    run()
    assert options(lake) == [("pending", "o1", "l2", "1.0000")]


def test_options_of_a_line_that_disappears_wait_again(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1")], DAY_1)
    lake.deliver("order_item_options", "p", [option("o1", "l1")])
    run()
    lake.deliver("order_items", "f", [item("o2", "l1")], DAY_2)
    run()
    assert options(lake) == [("pending", "o1", "l1", "1.0000")]


def test_a_redelivered_orders_options_are_replaced_as_a_set(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o1", "l2")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l2")], DAY_1)
    run()
    lake.deliver("order_item_options", "q", [option("o1", "l1", "3.00")], DAY_2)
    assert run().superseded["order_item_options"] == 2
    assert options(lake) == [(JAN_2, "o1", "l1", "3.0000")]


def test_options_of_an_order_split_over_two_deliveries_both_stand(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.deliver("order_item_options", "p", [option("o1", "l1", "2.00")], DAY_1)
    run()
    lake.deliver("order_items", "g", [item("o1", "l2")], DAY_2)
    lake.deliver("order_item_options", "q", [option("o1", "l2", "3.00")], DAY_2)
    assert run().superseded["order_item_options"] == 0
    assert options(lake) == [(JAN_2, "o1", "l1", "2.0000"), (JAN_2, "o1", "l2", "3.0000")]


def test_only_the_set_that_shares_a_line_with_a_later_delivery_is_replaced(lake, run):
    lake.deliver("order_items", "f", [item("o1", f"l{n}") for n in (1, 2, 3, 4)])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l2")], DAY_1)
    lake.deliver("order_item_options", "q", [option("o1", "l3", "2.00")], DAY_1)
    again = [option("o1", "l2", "3.00"), option("o1", "l4", "4.00")]
    lake.deliver("order_item_options", "r", again, DAY_2)
    assert run().superseded["order_item_options"] == 2
    kept = [("l2", "3.0000"), ("l3", "2.0000"), ("l4", "4.0000")]
    assert options(lake) == [(JAN_2, "o1", line, price) for line, price in kept]


def test_a_replaced_set_still_replaces_an_earlier_one(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o1", "l2")])
    lake.deliver("order_item_options", "p", [option("o1", "l1")], DAY_1)
    both = [option("o1", "l1", "2.00"), option("o1", "l2", "2.00")]
    lake.deliver("order_item_options", "q", both, DAY_2)
    lake.deliver("order_item_options", "r", [option("o1", "l2", "3.00")], DAY_3)
    assert run().superseded["order_item_options"] == 3
    assert options(lake) == [(JAN_2, "o1", "l2", "3.0000")]


def test_replaced_options_come_back_when_the_replacing_file_is_corrected(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l9")], DAY_1)
    lake.deliver("order_item_options", "q", [option("o1", "l1", "3.00")], DAY_2)
    run()
    lake.deliver("order_item_options", "q", [option("o7", "l1", "4.00")], DAY_3)
    run()
    assert options(lake) == [
        (JAN_2, "o1", "l1", "1.0000"),
        ("pending", "o1", "l9", "1.0000"),
        ("pending", "o7", "l1", "4.0000"),
    ]
