"""What goes wrong on the way to the warehouse: a clear error, no partial day, a rerun mends it."""

import json
import threading
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake import layout
from orchestration.load import LoadError, load_into
from orchestration.redshift_warehouse import open_redshift
from orchestration.tables import TABLES, arrow_rows

JAN_2, JAN_3 = "2026-01-02", "2026-01-03"
ITEM = {
    **dict.fromkeys(TABLES["order_items"]),
    "order_id": "o1",
    "lineitem_id": "l1",
    "order_restaurant_id": "r1",
    "restaurant_id": "r1",
    "is_loyalty": False,
    "item_quantity": 1,
    "created_at": "2026-01-02 17:00:00",
    "ordered_at": "2026-01-02 17:00:00",
    "ordered_at_local": "2026-01-02 12:00:00",
    "_landing_id": "landing",
    "_source_row": 2,
    "_delivered_at": "2026-01-03 06:00:00",
}


class Lake:
    """A lake with one order line per business date, as normalize leaves it."""

    def __init__(self, store):
        self.store = store

    def write(self, run_id, prices, current=None, change=None):
        """One run that touched the dates of `prices`, and what is current after it."""
        touched = {d: self._touch(run_id, d, price, change) for d, price in prices.items()}
        run = {"run_id": run_id, "touched": touched, "restaurants": None}
        self.store.write(layout.normalized_run(run_id), json.dumps(run).encode())
        dates = {d: {"run_id": r} for d, r in (current or dict.fromkeys(prices, run_id)).items()}
        state = {"dates": dates, "restaurants": None, "landings": {}}
        self.store.write(layout.CURRENT, json.dumps(state).encode())
        return touched

    def _touch(self, run_id, day, price, change):
        key = f"{layout.normalized('order_items', day, run_id)}/part-0.parquet"
        rows = arrow_rows("order_items", [ITEM | {"business_date": day, "item_price": price}])
        sink = pa.BufferOutputStream()
        pq.write_table(change(rows) if change else rows, sink)
        data = sink.getvalue().to_pybytes()
        self.store.write(key, data)
        file = {"key": key, "rows": 1, "bytes": len(data)}
        return {"order_items": [file], "order_item_options": []}


@pytest.fixture
def lake(standin, redshift, tmp_path):
    """A lake whose first run, of two dates, is loaded."""
    lake = Lake(standin.open_bucket(redshift["REDSHIFT_DATABASE"], tmp_path))
    lake.write("run1", {JAN_2: "10.00", JAN_3: "20.00"})
    load_into(open_redshift(lake.store), lake.store)
    return lake


def load(lake):
    return load_into(open_redshift(lake.store), lake.store)


def prices(lake):
    opened = open_redshift(lake.store)
    query = "select business_date, item_price from pos.order_items order by 1, 2"
    rows = [(day.isoformat(), price) for day, price in opened.execute(query).fetchall()]
    opened.close()
    return rows


BEFORE = [(JAN_2, Decimal("10.0000")), (JAN_3, Decimal("20.0000"))]
AFTER = [(JAN_2, Decimal("11.0000")), (JAN_3, Decimal("20.0000"))]
SECOND_RUN = {JAN_2: "run2", JAN_3: "run1"}


def test_wrong_credentials_are_named_with_the_variables_to_check(lake, monkeypatch):
    monkeypatch.setenv("REDSHIFT_PASSWORD", "wrong")
    with pytest.raises(LoadError, match=r"password authentication failed.*REDSHIFT_PASSWORD"):
        load(lake)


def test_a_role_without_credentials_is_told_what_it_must_be_allowed(lake, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("REDSHIFT_METHOD", "iam_role")
    monkeypatch.setenv("REDSHIFT_SSLMODE", "prefer")
    host = "franchise.123456789012.us-east-1.redshift-serverless.amazonaws.com"
    monkeypatch.setenv("REDSHIFT_HOST", host)
    with pytest.raises(LoadError, match=r"redshift-serverless:GetCredentials.*Nothing was loaded"):
        load(lake)


def test_a_workgroup_that_does_not_answer_is_named_with_what_to_check(lake, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("REDSHIFT_PORT", "1")
        with pytest.raises(LoadError, match=r"cannot be reached.*REDSHIFT_HOST"):
            load(lake)
    assert prices(lake) == BEFORE


def test_a_connection_that_drops_in_copy_leaves_the_rows_and_a_rerun_mends_it(lake, standin):
    lake.write("run2", {JAN_2: "11.00"}, SECOND_RUN)
    standin.inject("drop in COPY")
    with pytest.raises(LoadError, match=r"server socket closed.*Mend the cause, run again"):
        load(lake)
    assert prices(lake) == BEFORE
    assert load(lake).partitions == 2  # the lines and the options of the date
    assert prices(lake) == AFTER


def test_a_file_that_is_gone_is_named_and_a_rerun_mends_it(lake):
    touched = lake.write("run2", {JAN_2: "11.00"}, SECOND_RUN)
    key = touched[JAN_2]["order_items"][0]["key"]
    data = lake.store.read(key)
    lake.store.delete(key)
    with pytest.raises(LoadError, match=r"does not exist: .*part-0\.parquet"):
        load(lake)
    assert prices(lake) == BEFORE
    lake.store.write(key, data)
    load(lake)
    assert prices(lake) == AFTER


def test_a_file_of_other_bytes_than_its_run_wrote_is_refused(lake):
    touched = lake.write("run2", {JAN_2: "11.00"}, SECOND_RUN)
    key = touched[JAN_2]["order_items"][0]["key"]
    lake.store.write(key, lake.store.read(key) + b"more")
    with pytest.raises(LoadError, match="its manifest says"):
        load(lake)
    assert prices(lake) == BEFORE


def _without_a_column(rows):
    return rows.drop_columns(["user_id"])


def _with_another_type(rows):
    quantity = rows.schema.get_field_index("item_quantity")
    return rows.set_column(quantity, "item_quantity", rows["item_quantity"].cast(pa.int32()))


@pytest.mark.parametrize(
    ("change", "message"),
    [(_without_a_column, "19 columns, the table has 20"), (_with_another_type, "int32, incompat")],
)
def test_a_schema_that_drifted_is_refused_and_the_next_good_run_is_loaded(lake, change, message):
    lake.write("run2", {JAN_2: "11.00"}, SECOND_RUN, change)
    with pytest.raises(LoadError, match=rf"pos\.order_items: .*{message}"):
        load(lake)
    assert prices(lake) == BEFORE
    lake.write("run3", {JAN_2: "11.00"}, {JAN_2: "run3", JAN_3: "run1"})
    load(lake)
    assert prices(lake) == AFTER


def test_the_second_of_two_loads_at_once_waits_and_finds_nothing_to_do(lake):
    lake.write("run2", {JAN_2: "11.00"}, SECOND_RUN)
    first = open_redshift(lake.store)
    first.begin()
    done = []
    second = threading.Thread(target=lambda: done.append(load(lake)))
    second.start()
    second.join(0.5)
    assert done == []  # it waits for the first
    first.close()  # which is undone
    second.join(30)
    assert done[0].partitions == 2
    assert prices(lake) == AFTER


def test_loads_that_start_together_end_in_the_state_of_one(lake):
    lake.write("run2", {JAN_2: "11.00"}, SECOND_RUN)
    done = []
    threads = [threading.Thread(target=lambda: done.append(load(lake))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(loaded.partitions for loaded in done) == [0, 0, 2]
    assert prices(lake) == AFTER
