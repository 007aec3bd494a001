"""Files of a business date have about the size that is wanted, and the rows that they had."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from emr_staging.limits import MB, Limits
from emr_staging.state import State
from emr_staging.vacuum import vacuum
from lake import layout
from tests.emr_staging.lakes import everything, item, option
from tests.emr_staging.test_bad_input import run_job

JAN_2 = "2026-01-02"
LINES = [item(f"o{n // 3:04d}", f"l{n}", item_name=f"Item {n * n}") for n in range(3000)]
ONE_DATE_PER_BATCH = {"batch_rows": 1, "part_rows": 10}


def files(lake, date, entity="order_items"):
    return State(lake.store).files(entity, [date])


@pytest.fixture
def day(lake):
    """3,000 lines of one business date and an option of each."""
    lake.deliver("order_items", "f", LINES)
    rows = [option(line["order_id"], line["lineitem_id"]) for line in LINES]
    lake.deliver("order_item_options", "p", rows)
    return lake


def test_a_date_is_one_file_as_long_as_it_is_not_too_large(day, run):
    run()
    assert [file["rows"] for file in files(day, JAN_2)] == [3000]
    assert [file["rows"] for file in files(day, JAN_2, "order_item_options")] == [3000]


def test_a_date_that_is_too_large_becomes_files_of_the_size_that_is_wanted(day, run):
    run()
    before = everything(day.store)
    (whole,) = files(day, JAN_2)
    run(full=True, limits=Limits(file_bytes=whole["bytes"] // 4))
    parts = files(day, JAN_2)
    assert len(parts) in (4, 5)  # the whole is a bit larger than four times its fourth
    assert sum(part["rows"] for part in parts) == 3000
    assert max(part["bytes"] for part in parts) < whole["bytes"] // 2
    assert everything(day.store) == before


def test_a_date_that_was_split_is_one_file_again_when_it_is_rebuilt_by_a_larger_size(day, run):
    run(limits=Limits(file_bytes=10_000))
    before = everything(day.store)
    assert len(files(day, JAN_2)) >= 4
    run(full=True)
    assert len(files(day, JAN_2)) == 1
    assert everything(day.store) == before


def test_small_files_of_many_batches_are_merged(lake, run):
    """Six batches of one date each leave options of their orders that wait for another line."""
    for day in range(2, 8):
        order = f"o{day}"
        lake.deliver("order_items", f"f{day}", [item(order, "l1", f"2026-01-0{day}T17:00:00")])
        lake.deliver("order_item_options", f"p{day}", [option(order, "l9")])
    run(limits=Limits(**ONE_DATE_PER_BATCH, small_files=6))
    before = everything(lake.store)
    assert len(files(lake, "pending", "order_item_options")) == 6
    run(full=True, limits=Limits(**ONE_DATE_PER_BATCH, small_files=5))
    (merged,) = files(lake, "pending", "order_item_options")
    assert merged["rows"] == 6
    assert everything(lake.store) == before


def test_files_written_again_have_the_columns_of_those_they_replace(day, run):
    run()
    (whole,) = files(day, JAN_2)
    run(full=True, limits=Limits(file_bytes=whole["bytes"] // 4))
    part = files(day, JAN_2)[0]
    before, after = (pq.ParquetFile(day.store.url(f["key"])).schema for f in (whole, part))
    names = range(len(before))
    kinds = [(before.column(n).name, before.column(n).physical_type) for n in names]
    assert [(after.column(n).name, after.column(n).physical_type) for n in names] == kinds
    assert {str(before.column(n).logical_type) for n in names} == {
        str(after.column(n).logical_type) for n in names
    }


def test_vacuum_removes_replaced_files_and_only_those(day, run):
    run(limits=Limits(file_bytes=10_000))
    before = everything(day.store)
    parts = [f["key"] for e in ("order_items", "order_item_options") for f in files(day, JAN_2, e)]
    replaced = set(day.store.list("normalized/entity=order_items")) - set(parts)
    assert len(replaced) == 1
    month, later = timedelta(days=30), datetime.now(UTC) + timedelta(days=31)
    assert vacuum(day.store, month, later).files == 2
    kept = {key for key in day.store.list("normalized") if key.endswith(".parquet")}
    assert kept == set(parts)
    assert everything(day.store) == before


@pytest.mark.parametrize("size", ["0", "-1", "nan"])
def test_a_size_that_no_file_can_have_is_refused_in_one_line(day, size):
    done = run_job(day, "sail", f"--target-file-mb={size}")
    assert (done.returncode, done.stderr) == (
        1,
        f"error: target_file_mb {size}: choose more than 0\n",
    )


@pytest.mark.parametrize("engine", ["sail", pytest.param("spark", marks=pytest.mark.long)])
def test_the_job_takes_the_size_as_a_parameter(day, engine):
    """10 kB are 320 rows: Spark ends a file there, Sail's one file is written again."""
    done = run_job(day, engine, "--target-file-mb", str(10_240 / MB))
    assert done.returncode == 0, done.stderr
    parts = files(day, JAN_2)
    assert len(parts) >= 2
    assert sum(part["rows"] for part in parts) == 3000
    assert max(part["bytes"] for part in parts) <= 2 * 10_240
    folder = layout.normalized("order_items", JAN_2, State(day.store).current["run_id"])
    assert {Path(part["key"]).parent for part in parts} == {Path(folder)}
