"""The load's contract, the same on DuckDB and on the stand-in for Redshift."""

import json

import pytest

from lake import layout
from orchestration.duckdb_warehouse import DuckDBWarehouse, connect
from orchestration.load import LoadError, load_into
from orchestration.redshift_warehouse import open_redshift

JAN_2, JAN_3 = "2026-01-02", "2026-01-03"
PRICES = "select business_date, item_price from pos.order_items order by business_date, order_id"


@pytest.fixture(params=["duckdb", "redshift"])
def warehouse(request, lake, tmp_path):
    """Opens the warehouse of this test anew at every call."""
    if request.param == "duckdb":
        return lambda: DuckDBWarehouse(connect(tmp_path / "w.duckdb"), lake.store)
    bucket = request.getfixturevalue("redshift")["REDSHIFT_DATABASE"]
    store = request.getfixturevalue("standin").open_bucket(bucket, lake.store.root)
    return lambda: open_redshift(store)


@pytest.fixture
def load(lake, warehouse):
    return lambda full=False: load_into(warehouse(), lake.store, full)


@pytest.fixture
def read(warehouse):
    def read_texts(query):
        opened = warehouse()
        rows = [tuple(map(str, row)) for row in opened.execute(query).fetchall()]
        opened.close()
        return rows

    return read_texts


@pytest.fixture
def prices(read):
    return lambda: read(PRICES)


@pytest.fixture
def loaded(lake, load):
    """The first load: one line on each of two dates."""
    files = {
        JAN_2: [lake.write_items("run1", JAN_2, {"item_price": "10.00"})],
        JAN_3: [lake.write_items("run1", JAN_3, {"order_id": "o2", "item_price": "20.00"})],
    }
    lake.commit("run1", files, {JAN_2: "run1", JAN_3: "run1"})
    return load()


def test_every_business_date_is_loaded_once(loaded, prices):
    assert loaded.rows["order_items"] == 2
    assert prices() == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_loading_the_same_state_again_changes_nothing(loaded, load, prices):
    assert load().partitions == 0
    assert prices() == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_a_restated_date_replaces_its_rows_and_leaves_the_others(lake, loaded, load, prices):
    files = {JAN_2: [lake.write_items("run2", JAN_2, {"item_price": "11.50"})]}
    lake.commit("run2", files, {JAN_2: "run2", JAN_3: "run1"})
    assert load().partitions == 2  # its lines and its options
    assert prices() == [(JAN_2, "11.5000"), (JAN_3, "20.0000")]


def test_a_date_that_became_empty_loses_its_rows(lake, loaded, load, prices):
    lake.commit("run2", {JAN_3: []}, {JAN_2: "run1", JAN_3: "run2"})
    load()
    assert prices() == [(JAN_2, "10.0000")]


@pytest.mark.parametrize("full", [False, True])
def test_a_date_that_is_gone_from_the_lake_is_gone_from_the_warehouse(
    lake, loaded, load, prices, full
):
    lake.commit("run2", {}, {JAN_2: "run1"})
    load(full)
    assert prices() == [(JAN_2, "10.0000")]


def test_a_skipped_load_is_caught_up_by_the_next(lake, loaded, load, prices):
    for run_id, price in (("run2", "12.00"), ("run3", "13.00")):
        files = {JAN_2: [lake.write_items(run_id, JAN_2, {"item_price": price})]}
        lake.commit(run_id, files, {JAN_2: run_id, JAN_3: "run1"})
    load()
    assert prices() == [(JAN_2, "13.0000"), (JAN_3, "20.0000")]


def test_a_full_load_replaces_everything(loaded, load, prices):
    assert load(full=True).partitions == 4
    assert prices() == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_files_with_other_rows_than_their_run_counted_load_nothing(lake, loaded, load, prices):
    files = {JAN_2: [lake.write_items("run2", JAN_2, {"item_price": "12.00"}, counted=5)]}
    lake.commit("run2", files, {JAN_2: "run2", JAN_3: "run1"})
    with pytest.raises(LoadError, match=r"pos.order_items: 1 files hold 1 rows, .* counted 5"):
        load()
    assert prices() == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_an_empty_lake_makes_an_empty_warehouse(load):
    assert load().rows["order_items"] == 0


def test_a_normalized_file_that_is_gone_is_named_and_nothing_is_loaded(lake, loaded, load, prices):
    entry = lake.write_items("run2", JAN_2, {"item_price": "12.00"})
    lake.commit("run2", {JAN_2: [entry]}, {JAN_2: "run2", JAN_3: "run1"})
    lake.store.delete(entry["key"])
    with pytest.raises(LoadError, match=r"part-0\.parquet"):
        load()
    assert prices() == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_the_deliveries_and_counts_of_a_date_are_replaced_with_it(lake, loaded, load, read):
    lake.commit(
        "run2",
        {JAN_2: [lake.write_items("run2", JAN_2, {"item_price": "11.50"})]},
        {JAN_2: "run2", JAN_3: "run1"},
        landings={JAN_2: ["landing-1", "landing-2"]},
        counts={JAN_2: {"superseded": 1, "item_price": "11.5", "superseded_item_price": "10"}},
    )
    load()
    assert read("select entity, business_date, landing_id from pos.delivered_dates order by 3") == [
        ("order_items", JAN_2, "landing-1"),
        ("order_items", JAN_2, "landing-2"),
    ]
    counted = "select superseded, price_total, superseded_price_total from pos._partitions"
    assert read(f"{counted} where entity = 'order_items' order by business_date") == [
        ("1", "11.5000", "10.0000"),
        ("0", "0.0000", "0.0000"),
    ]


SPANS = (
    "select landing_id, first_created_at, last_created_at from pos.delivered_spans order by 1, 2"
)
MORNING, NIGHT, NEXT = "2026-01-02 08:00:00", "2026-01-02 23:45:00", "2026-01-05 12:00:00"


def write_ledger(lake, landing_id, **changed):
    """The ledger of a file with rows on two days, one of them a single row."""
    spans = [
        [f"{low}.000000Z", f"{high}.000000Z"] for low, high in ((MORNING, NIGHT), (NEXT, NEXT))
    ]
    counted = dict.fromkeys(("lines", "header", "rejected", "blank", "embedded_newlines"), 0)
    ledger = {
        **dict.fromkeys(("landing_id", "file_id", "name", "path"), landing_id),
        **dict.fromkeys(("modified_at", "landed_at", "cleaned_at"), "2026-01-06T06:00:00.000000Z"),
        **dict.fromkeys(("reason", "message", "money"), None),
        "entity": "order_items",
        "status": "loaded",
        "counts": counted | {"loaded": 3},
        "restaurants": ["r1"],
        "outputs": {"rejects": None},
        "first_created_at": spans[0][0],
        "last_created_at": spans[1][1],
        "spans": spans,
    } | changed
    lake.store.write(layout.ledger(landing_id), json.dumps(ledger).encode())


def test_the_spans_of_every_revision_are_loaded_once(lake, loaded, load, read):
    write_ledger(lake, "a")
    load()
    write_ledger(lake, "refused", status="quarantined", spans=[], restaurants=[])
    load()
    assert read(SPANS) == [("a", MORNING, NIGHT), ("a", NEXT, NEXT)]


def test_a_warehouse_that_knew_no_spans_gets_those_of_earlier_deliveries(
    lake, loaded, load, read, warehouse
):
    write_ledger(lake, "a")
    load()
    opened = warehouse()
    opened.execute("delete from pos.delivered_spans")
    opened.close()
    write_ledger(lake, "b", spans=[[f"{NEXT}.000000Z"] * 2])
    load()
    assert read(SPANS) == [("a", MORNING, NIGHT), ("a", NEXT, NEXT), ("b", NEXT, NEXT)]
