import duckdb
import pytest

from orchestration.load import LoadError, load

JAN_2, JAN_3 = "2026-01-02", "2026-01-03"


def prices(warehouse):
    query = "select business_date::varchar, item_price::varchar from pos.order_items order by all"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def first_load(lake, warehouse):
    files = {
        JAN_2: [lake.write_items("run1", JAN_2, {"item_price": "10.00"})],
        JAN_3: [lake.write_items("run1", JAN_3, {"order_id": "o2", "item_price": "20.00"})],
    }
    lake.commit("run1", files, {JAN_2: "run1", JAN_3: "run1"})
    return load(lake.store, warehouse)


def test_every_business_date_is_loaded_once(lake, tmp_path):
    loaded = first_load(lake, tmp_path / "w.duckdb")
    assert loaded.rows["order_items"] == 2
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_loading_the_same_state_again_changes_nothing(lake, tmp_path):
    first_load(lake, tmp_path / "w.duckdb")
    again = load(lake.store, tmp_path / "w.duckdb")
    assert again.partitions == 0
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_a_restated_date_replaces_its_rows_and_leaves_the_others(lake, tmp_path):
    first_load(lake, tmp_path / "w.duckdb")
    files = {JAN_2: [lake.write_items("run2", JAN_2, {"item_price": "11.50"})]}
    lake.commit("run2", files, {JAN_2: "run2", JAN_3: "run1"})
    assert load(lake.store, tmp_path / "w.duckdb").partitions == 2  # its lines and its options
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "11.5000"), (JAN_3, "20.0000")]


def test_a_date_that_became_empty_loses_its_rows(lake, tmp_path):
    first_load(lake, tmp_path / "w.duckdb")
    lake.commit("run2", {JAN_3: []}, {JAN_2: "run1", JAN_3: "run2"})
    load(lake.store, tmp_path / "w.duckdb")
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "10.0000")]


def test_a_date_that_is_gone_from_the_lake_is_gone_from_the_warehouse(lake, tmp_path):
    first_load(lake, tmp_path / "w.duckdb")
    lake.commit("run2", {}, {JAN_2: "run1"})
    load(lake.store, tmp_path / "w.duckdb")
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "10.0000")]


def test_a_skipped_load_is_caught_up_by_the_next(lake, tmp_path):
    first_load(lake, tmp_path / "w.duckdb")
    for run_id, price in (("run2", "12.00"), ("run3", "13.00")):
        files = {JAN_2: [lake.write_items(run_id, JAN_2, {"item_price": price})]}
        lake.commit(run_id, files, {JAN_2: run_id, JAN_3: "run1"})
    load(lake.store, tmp_path / "w.duckdb")
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "13.0000"), (JAN_3, "20.0000")]


def test_files_with_other_rows_than_their_run_counted_load_nothing(lake, tmp_path):
    first_load(lake, tmp_path / "w.duckdb")
    files = {JAN_2: [lake.write_items("run2", JAN_2, {"item_price": "12.00"}, counted=5)]}
    lake.commit("run2", files, {JAN_2: "run2", JAN_3: "run1"})
    with pytest.raises(LoadError, match=r"pos.order_items: 1 files hold 1 rows, .* counted 5"):
        load(lake.store, tmp_path / "w.duckdb")
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]


def test_an_empty_lake_makes_an_empty_warehouse(lake, tmp_path):
    assert load(lake.store, tmp_path / "w.duckdb").rows["order_items"] == 0


def test_a_normalized_file_that_is_gone_is_named_and_nothing_is_loaded(lake, tmp_path):
    first_load(lake, tmp_path / "w.duckdb")
    entry = lake.write_items("run2", JAN_2, {"item_price": "12.00"})
    lake.commit("run2", {JAN_2: [entry]}, {JAN_2: "run2", JAN_3: "run1"})
    lake.store.delete(entry["key"])
    with pytest.raises(LoadError, match=r"part-0\.parquet"):
        load(lake.store, tmp_path / "w.duckdb")
    assert prices(tmp_path / "w.duckdb") == [(JAN_2, "10.0000"), (JAN_3, "20.0000")]
