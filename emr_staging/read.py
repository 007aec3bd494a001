"""Reading the lake by explicit lists of files, with explicit schemas; never by a listing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from emr_staging.live import Landing
from emr_staging.schemas import clean_schema, normalized_schema
from lake.store import Store


@dataclass(frozen=True)
class Reader:
    """A session and the store that it reads."""

    spark: SparkSession
    store: Store

    def clean(self, entity: str, landings: Iterable[Landing]) -> DataFrame:
        """Clean rows of the landings that are of this entity; an empty frame when there is none."""
        keys = sorted(each.key for each in landings if each.key and each.entity == entity)
        return self._parquet(keys, clean_schema(entity))

    def normalized(self, entity: str, files: Iterable[dict[str, Any]]) -> DataFrame:
        """Normalized rows of files of a run file; an empty frame when there is none."""
        return self._parquet([f["key"] for f in files], normalized_schema(entity))

    def _parquet(self, keys: list[str], schema: Any) -> DataFrame:
        if not keys:
            return self.spark.createDataFrame([], schema)
        urls = [self.store.url(key) for key in keys]
        return self.spark.read.schema(schema).parquet(*urls)
