"""A lake too large for memory is worked through in batches of business dates."""

import pyarrow.parquet as pq
import pytest

from emr_staging import batches, bundles
from emr_staging.bundles import bundle
from emr_staging.limits import Limits
from emr_staging.plan import make_plan
from emr_staging.state import State
from emr_staging.tables import Tables, new_attempt
from tests.emr_staging.conftest import NEW_YORK
from tests.emr_staging.lakes import columns_of, item, option
from tests.emr_staging.test_any_sequence import TINY, everything

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


def test_files_are_bundled_some_at_a_time_and_no_row_is_lost(lake, tmp_path, monkeypatch):
    """Five files by twos: a bundle holds every file's footer in memory until it is written."""
    monkeypatch.setattr(bundles, "FILES_PER_BUNDLE", 2)
    for n in range(5):
        lake.deliver("order_items", f"f{n}", [item(f"o{n}", "l1")])
    urls = [lake.store.url(key) for key in lake.store.list("clean/entity=order_items")]
    found = [pq.read_table(path) for path in bundle(urls, tmp_path / "scratch")]
    assert [rows.num_rows for rows in found] == [2, 2, 1]
    orders = [order for rows in found for order in rows["order_id"].to_pylist()]
    assert sorted(orders) == ["o0", "o1", "o2", "o3", "o4"]


def test_only_small_files_are_bundled(lake, spark, tmp_path):
    """A file of 300 orders and two of one: the two are put together."""
    lake.deliver("order_items", "f", [item(f"o{n}", "l1") for n in range(300)])
    for name in ("g", "h"):
        lake.deliver("order_items", name, [item(name, "l1")])
    plan = make_plan(lake.store, State(lake.store), NEW_YORK, full=False)
    files = plan.files(plan.live)
    largest = max(file.bytes for file in files)
    limits = Limits(bundled_files=1, small_clean_bytes=largest)
    tables = Tables(spark, lake.store, new_attempt("run"), tmp_path / "scratch", limits)
    tables.scratch.mkdir()
    rows = tables.clean("order_items", files)
    assert rows.count() == 302
    (bundle,) = tables.scratch.rglob("*.parquet")
    assert pq.read_metadata(bundle).num_rows == 2
