"""Rows in the lake as DataFrames: read by explicit list of files, written as new files of a run."""

import secrets
import time
from collections.abc import Container, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from emr_staging.bundles import Bundle, bundle, copy_rows, filesystem_of, paths_of
from emr_staging.landings import READERS, CleanFile
from emr_staging.limits import Limits
from emr_staging.schemas import clean_schema, normalized_schema
from emr_staging.transforms import FOLDER
from lake import layout
from lake.store import Store

RESIZED = "resized"


def new_attempt(run_id: str) -> str:
    """The id of one attempt at a run, in which no other ever writes; it holds when it began."""
    return f"{run_id}-{int(time.time()):08x}{secrets.token_hex(2)}"


def started_at(attempt: str) -> datetime:
    """When an attempt began."""
    return datetime.fromtimestamp(int(attempt[-12:-4], 16), UTC)


class Tables:
    """The lake's rows for one run; `attempt` names the folders of its new files.

    `scratch` takes bundles of many small files; None: the engine reads them one by one.
    """

    def __init__(
        self,
        spark: SparkSession,
        store: Store,
        attempt: str,
        scratch: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.spark = spark
        self.store = store
        self.attempt = attempt
        self.scratch = scratch
        self.limits = limits or Limits()
        self._bundles: list[Bundle] = []

    def clean(self, entity: str, files: Sequence[CleanFile]) -> DataFrame:
        """Clean rows of an entity, from exactly these files."""
        own = {f.landing_id: self.store.url(f.key) for f in files if f.entity == entity}
        schema = clean_schema(entity)
        self._bundle(schema, [f for f in files if f.entity == entity])
        held = [found for found in self._bundles if not own.keys().isdisjoint(found.landings)]
        single = own.keys() - frozenset().union(*(found.landings for found in held))
        whole = [found for found in held if found.landings <= own.keys()]
        urls = [*(own[i] for i in single), *(found.path for found in whole)]
        rows = self._read(urls, schema)
        parts = [found for found in held if not found.landings <= own.keys()]
        if not parts:
            return rows
        wanted = sorted(i for part in parts for i in part.landings & own.keys())
        some = self._read([part.path for part in parts], schema)
        return rows.union(some.where(F.col("_landing_id").isin(wanted)))

    def normalized(self, entity: str, files: Iterable[dict[str, Any]]) -> DataFrame:
        """Normalized rows of an entity, from exactly these files."""
        return self._read([self.store.url(f["key"]) for f in files], normalized_schema(entity))

    def write(self, rows: DataFrame, entity: str) -> None:
        """Add files of this attempt, one per value of the column `business_date`.

        The folder is the attempt's own: when Spark is done it clears a `_temporary` in it, with
        whatever another job still writes there. Spark writes several of those with more rows than
        a file should have; Sail writes one.
        """
        (
            rows.repartition(FOLDER)
            .write.mode("append")
            .option("compression", "zstd")
            .option("maxRecordsPerFile", self.limits.file_rows)
            .partitionBy(FOLDER)
            .parquet(self.store.url(layout.normalized_rows(entity, self.attempt)))
        )

    def written(self, entity: str, known: Container[str] = ()) -> dict[str, list[dict]]:
        """Files of this attempt per folder that has any: key, rows (from the footer) and bytes.

        Files that are `known` are left out.
        """
        keys = self.store.list(layout.normalized_rows(entity, self.attempt))
        keys = [k for k in keys if k.endswith(".parquet") and k not in known]
        with ThreadPoolExecutor(READERS) as pool:
            files = list(pool.map(self._describe, keys))
        by_folder: dict[str, list[dict]] = {}
        for file in files:
            if file["rows"]:
                by_folder.setdefault(_folder_of(file["key"]), []).append(file)
        return by_folder

    def rewrite(
        self, entity: str, folder: str, files: list[dict], rows_per_file: int
    ) -> list[dict]:
        """The rows of these files of a folder in new files of this attempt; once per folder."""
        urls = [self.store.url(file["key"]) for file in files]
        place = layout.normalized(entity, folder, self.attempt)
        schema = to_arrow_schema(normalized_schema(entity))
        copy_rows(urls, schema, self.store.url(place), RESIZED, rows_per_file)
        keys = self.store.list(place)
        return [self._describe(key) for key in keys if key.startswith(f"{place}/{RESIZED}-")]

    def _describe(self, key: str) -> dict[str, Any]:
        url = self.store.url(key)
        with filesystem_of(url).open_input_file(paths_of([url])[0]) as handle:
            return {"key": key, "rows": pq.read_metadata(handle).num_rows, "bytes": handle.size()}

    def _bundle(self, schema: StructType, files: list[CleanFile]) -> None:
        """Bundle those of the files that are small and in no bundle yet, when they are many."""
        if self.scratch is None:
            return
        bundled = frozenset().union(*(found.landings for found in self._bundles))
        small = [f for f in files if f.bytes < self.limits.small_clean_bytes]
        new = [f for f in small if f.landing_id not in bundled]
        if len(new) > self.limits.bundled_files:
            folder = self.scratch / f"bundles-{len(self._bundles)}"
            self._bundles += bundle(self.store, new, to_arrow_schema(schema), folder)

    def _read(self, urls: list[str], schema: StructType) -> DataFrame:
        if not urls:
            return self.spark.createDataFrame([], schema)
        return self.spark.read.schema(schema).parquet(*sorted(urls))


def _folder_of(key: str) -> str:
    return key.split(f"/{FOLDER}=")[1].split("/")[0]
