"""Writing a run: new Parquet files under its id, counted, then the run file that names them."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from emr_staging.read import Reader
from emr_staging.state import PRICES
from emr_staging.transforms import PENDING, count_rows
from lake import layout

Files = list[dict[str, Any]]
ENTITIES = tuple(PRICES)


class WriteError(Exception):
    """The files that the engine wrote do not hold the rows that were counted; nothing counts."""


@dataclass
class Written:
    """What a run wrote: per date and entity the files, the counts and the contributing landings."""

    files: dict[str, dict[str, Files]] = field(default_factory=dict)
    counts: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    landings: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    restaurants: Files = field(default_factory=list)

    def add_date(self, day: str) -> None:
        """Make a place for a date, empty until something is added."""
        if day not in self.files:
            self.files[day] = {entity: [] for entity in ENTITIES}
            self.counts[day] = {entity: empty_count(PRICES[entity]) for entity in ENTITIES}
            self.landings[day] = {entity: [] for entity in ENTITIES}


def empty_count(price: str) -> dict[str, Any]:
    """The counts of a date without rows."""
    return {"rows": 0, "superseded": 0, price: "0.0000", f"superseded_{price}": "0.0000"}


def write_rows(reader: Reader, entity: str, rows: DataFrame, run_id: str) -> None:
    """Write rows (with a column `partition`) below their dates, about one file each."""
    folder = f"{layout.NORMALIZED}/entity={entity}"
    (
        rows.withColumnRenamed("partition", "business_date")
        .withColumn("run", F.lit(run_id))
        .repartition("business_date")
        .sortWithinPartitions("business_date", "order_id", "lineitem_id")
        .write.mode("append")
        .partitionBy("business_date", "run")
        .parquet(reader.store.url(folder))
    )


def write_restaurants(reader: Reader, rows: DataFrame, run_id: str) -> Files:
    """Write every restaurant into one file; return its entry for the run file."""
    folder = layout.normalized("restaurants", "all", run_id)
    rows.coalesce(1).write.mode("append").parquet(reader.store.url(folder))
    return list_files(reader, folder)


def list_files(reader: Reader, folder: str) -> Files:
    """The Parquet files that this run wrote into one folder of its own, with rows and bytes."""
    keys = [key for key in reader.store.list(folder) if key.endswith(".parquet")]
    return [_describe(reader, key) for key in keys]


def add_counts(written: Written, entity: str, placed: DataFrame) -> None:
    """Count placed rows (marked, with `partition`) per date, and note their landings."""
    price = PRICES[entity]
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in count_rows(placed, price).collect():
        written.add_date(row["partition"])
        written.landings[row["partition"]][entity].append(row["_landing_id"])
        for name in ("rows", "superseded", price, f"superseded_{price}"):
            sums[row["partition"]][name] += row[name]
    for day, totals in sums.items():
        whole = {name: int(totals[name]) for name in ("rows", "superseded")}
        money = {name: f"{totals[name]:.4f}" for name in (price, f"superseded_{price}")}
        written.counts[day][entity] = whole | money
        written.landings[day][entity].sort()


def add_kept(written: Written, kept: DataFrame, landings: Iterable[str]) -> None:
    """Add the pending options that a run carries over to the counts of the pending partition."""
    price = PRICES["order_item_options"]
    total = F.sum(F.col(price).cast("decimal(38,4)"))
    rows, money = kept.agg(F.count("*"), total).first()
    written.add_date(PENDING)
    counts = written.counts[PENDING]["order_item_options"]
    counts["rows"] += rows
    counts[price] = f"{Decimal(counts[price]) + (money or 0):.4f}"
    known = written.landings[PENDING]["order_item_options"]
    written.landings[PENDING]["order_item_options"] = sorted({*known, *landings})


def find_files(reader: Reader, written: Written, entity: str, run_id: str) -> None:
    """Note the files of every date of this run. Raises WriteError when rows are missing."""
    for day in sorted(written.files):
        files = list_files(reader, layout.normalized(entity, day, run_id))
        rows, counted = sum(f["rows"] for f in files), written.counts[day][entity]["rows"]
        if rows != counted:
            raise WriteError(f"{entity} of {day}: {rows} rows were written, {counted} were counted")
        written.files[day][entity] = files


def write_run_file(reader: Reader, written: Written, facts: dict[str, Any]) -> None:
    """Write the run file, which is what load reads; `facts` are the run's own."""
    run = facts | {
        "finished_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "touched": written.files,
        "landings": written.landings,
        "counts": written.counts,
        "restaurants": written.restaurants,
    }
    reader.store.create(layout.normalized_run(facts["run_id"]), json.dumps(run).encode())


def _describe(reader: Reader, key: str) -> dict[str, Any]:
    return {"key": key, "rows": _rows(reader, key), "bytes": reader.store.size(key)}


def _rows(reader: Reader, key: str) -> int:
    """The row count of a Parquet file, from its footer."""
    with tempfile.TemporaryDirectory() as folder:
        return pq.read_metadata(reader.store.fetch(key, Path(folder))).num_rows
