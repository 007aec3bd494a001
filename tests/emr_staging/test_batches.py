"""A lake too large for memory is worked through in batches of business dates."""

import pyarrow.parquet as pq
import pytest

from emr_staging import batches, bundles
from emr_staging.limits import Limits
from emr_staging.plan import make_plan
from emr_staging.state import State
from emr_staging.tables import Tables, new_attempt
from tests.emr_staging.conftest import NEW_YORK
from tests.emr_staging.lakes import columns_of, everything, item, option
from tests.emr_staging.test_any_sequence import TINY

JAN_2, JAN_3, JAN_8 = "2026-01-02", "2026-01-03", "2026-01-08"


@pytest.fixture
def found(monkeypatch):
    """The (orders, number of files) of every batch of the test; no orders: all there are."""
    seen, split = [], batches.split

    def spy(*arguments):
        for scope in split(*arguments):
            orders = scope.orders.collect() if scope.orders is not None else []
            seen.append((sorted(row["order_id"] for row in orders), len(scope.files)))
            yield scope

    monkeypatch.setattr("emr_staging.normalize.split", spy)
    return seen


def deliver(lake):
    """Order o1 lies in two files of two days; o5 has options only; p holds options of two dates."""
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1")])
    lake.deliver("order_items", "g", [item("o1", "l2", "2026-01-03T17:00:00")])
    lake.deliver("order_items", "h", [item("o3", "l1", "2026-01-08T17:00:00")])
    rows = [option("o1", "l1"), option("o1", "l9"), option("o3", "l1"), option("o5", "l1")]
    lake.deliver("order_item_options", "p", rows)


def test_each_batch_reads_the_files_that_have_rows_of_its_orders(lake, run, found):
    deliver(lake)
    run(limits=TINY)
    assert found == [(["o1", "o2"], 3), (["o3"], 2), (["o5"], 1)]
    assert columns_of(lake.store, "order_items", "order_id", "lineitem_id") == [
        *((JAN_2, "o1", "l1"), (JAN_2, "o1", "l2"), (JAN_2, "o2", "l1"), (JAN_8, "o3", "l1"))
    ]
    assert columns_of(lake.store, "order_item_options", "order_id", "lineitem_id") == [
        *((JAN_2, "o1", "l1"), (JAN_8, "o3", "l1"), ("pending", "o1", "l9")),
        ("pending", "o5", "l1"),
    ]


def test_a_few_lines_of_many_days_are_batched_too(lake, run, found):
    """The embedded engine holds a file of every date open while it writes."""
    deliver(lake)
    run(limits=Limits(batch_dates=1))
    assert found == [(["o1", "o2"], 3), (["o3"], 2), (["o5"], 1)]
    in_batches = everything(lake.store)
    run(full=True)
    assert everything(lake.store) == in_batches


def test_changes_too_large_for_memory_are_batched_like_a_whole_lake(lake, run):
    deliver(lake)
    run()
    at = "2026-01-10T06:00:00"
    moved = [item("o1", "l1", "2026-01-08T17:00:00"), item("o2", "l1"), item("o5", "l1")]
    lake.deliver("order_items", "f", moved, at)
    lake.deliver("order_item_options", "q", [option("o3", "l1", "7.00"), option("o8", "l1")], at)
    assert run(limits=TINY).mode == "incremental"
    in_batches = everything(lake.store)
    run(full=True)
    assert everything(lake.store) == in_batches
    assert columns_of(lake.store, "order_item_options", "order_id", "option_price") == [
        *((JAN_2, "o5", "1.0000"), (JAN_3, "o1", "1.0000"), (JAN_8, "o3", "7.0000")),
        *(("pending", "o1", "1.0000"), ("pending", "o8", "1.0000")),
    ]


def test_an_order_that_a_correction_moves_joins_its_date_from_another_batch(lake, run, found):
    """o1 was noted on 2 January and really came on 8 January, as o3; both have an option."""
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1")])
    right = [item("o1", "l1", "2026-01-08T17:00:00")]
    lake.deliver("order_items", "g", right, "2026-01-10T06:00:00")
    lake.deliver("order_items", "h", [item("o3", "l1", "2026-01-08T17:00:00")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o3", "l1")])
    run(limits=Limits(batch_rows=2, part_rows=2))
    assert found == [(["o1", "o2"], 3), (["o3"], 2)]
    assert columns_of(lake.store, "order_items", "order_id") == [
        *((JAN_2, "o2"), (JAN_8, "o1"), (JAN_8, "o3"))
    ]
    assert columns_of(lake.store, "order_item_options", "order_id") == [
        (JAN_8, "o1"),
        (JAN_8, "o3"),
    ]
    assert len(State(lake.store).files("order_items", [JAN_8])) == 2
    in_batches = everything(lake.store)
    run(full=True)
    assert everything(lake.store) == in_batches


@pytest.fixture
def tables(lake, spark, tmp_path):
    """Tables of the lake that bundle clean files of up to 10,000 bytes, two rows to a bundle."""
    limits = Limits(bundled_files=1, small_clean_bytes=10_000)
    return Tables(spark, lake.store, new_attempt("run"), tmp_path / "scratch", limits)


def clean_files(lake):
    plan = make_plan(lake.store, State(lake.store), NEW_YORK, full=False)
    return plan.changed_files()


def orders_of(rows):
    return sorted(row["order_id"] for row in rows.select("order_id").collect())


def bundled_orders(tables):
    """The orders of every bundle, in the order in which the bundles were written."""
    found = sorted(tables.scratch.rglob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    return [pq.read_table(path)["order_id"].to_pylist() for path in found]


def test_small_files_are_bundled_once_in_order_of_delivery(lake, tables, monkeypatch):
    """Five files by twos; then two of them, one of which shares its bundle with another file."""
    monkeypatch.setattr(bundles, "ROWS_PER_BUNDLE", 2)
    for n in range(5):
        lake.deliver("order_items", f"f{n}", [item(f"o{n}", "l1")], f"2026-01-0{n + 1}T06:00:00")
    files = clean_files(lake)
    assert orders_of(tables.clean("order_items", files)) == ["o0", "o1", "o2", "o3", "o4"]
    assert bundled_orders(tables) == [["o0", "o1"], ["o2", "o3"], ["o4"]]
    assert orders_of(tables.clean("order_items", [files[3], files[4]])) == ["o3", "o4"]
    assert len(bundled_orders(tables)) == 3


def test_only_small_files_are_bundled(lake, tables):
    """A file of 300 orders and two of one: the two are put together."""
    many = [item(f"o{n}", "l1", item_name=f"{n**5}") for n in range(300)]
    lake.deliver("order_items", "f", many)
    for name in ("g", "h"):
        lake.deliver("order_items", name, [item(name, "l1")])
    assert tables.clean("order_items", clean_files(lake)).count() == 302
    (orders,) = bundled_orders(tables)
    assert sorted(orders) == ["g", "h"]


def test_a_column_that_an_older_clean_file_lacks_is_null_in_its_bundle(lake, tables):
    for name in ("f", "g"):
        lake.deliver("order_items", name, [item(name, "l1", currency="USD")])
    files = clean_files(lake)
    old = lake.store.url(files[0].key)
    pq.write_table(pq.read_table(old).drop_columns(["currency"]), old)
    rows = tables.clean("order_items", files).select("_landing_id", "currency").collect()
    assert {row["_landing_id"]: row["currency"] for row in rows} == {
        files[0].landing_id: None,
        files[1].landing_id: "USD",
    }
