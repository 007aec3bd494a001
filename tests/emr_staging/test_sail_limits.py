"""What the embedded engine does not do, so that a release that changes it is noticed here.

Each test but the last fails when Sail learns something: then read the reason beside it, simplify
what was built around it, and turn the test round.
"""

import re
from pathlib import Path

import pytest
from pyspark.errors.exceptions.connect import AnalysisException, UnsupportedOperationException
from pyspark.sql import Observation
from pyspark.sql import functions as F

from tests.emr_staging.conftest import ENGINE

pytestmark = pytest.mark.skipif(ENGINE != "sail", reason="limits of Sail; Spark has none of these")
CODE = Path(__file__).parents[2] / "emr_staging"


@pytest.fixture
def folder(spark, tmp_path):
    """Two partitions of one row each, as Parquet."""
    rows = spark.createDataFrame([(1, "a"), (2, "b")], "number int, letter string")
    rows.write.partitionBy("letter").parquet(str(tmp_path / "rows"))
    return str(tmp_path / "rows")


def test_an_overwrite_of_one_partition_empties_the_others(spark, folder):
    """Hence a run writes new files, and its run file names what is live."""
    rows = spark.createDataFrame([(3, "a")], "number int, letter string")
    write = rows.write.mode("overwrite").option("partitionOverwriteMode", "dynamic")
    write.partitionBy("letter").parquet(folder)
    found = spark.read.parquet(folder).collect()
    assert [(row["number"], row["letter"]) for row in found] == [(3, "a")]


def test_a_row_does_not_know_its_file(spark, folder):
    """Hence clean writes _landing_id into every row."""
    rows = spark.read.parquet(folder)
    with pytest.raises(UnsupportedOperationException, match="input_file_name"):
        rows.select(F.input_file_name()).collect()
    with pytest.raises(AnalysisException, match="_metadata"):
        rows.select("_metadata.file_path").collect()


def test_a_query_cannot_be_observed(spark, folder):
    """Hence rows are counted from the files that were written."""
    seen = Observation("seen")
    rows = spark.read.parquet(folder).observe(seen, F.count(F.lit(1)).alias("rows"))
    with pytest.raises(UnsupportedOperationException, match="collect metrics"):
        rows.collect()


def test_a_partition_is_one_file_however_many_rows_it_has(spark, tmp_path):
    """Hence file_sizes.py splits what is too large after it was written."""
    rows = spark.range(1000).withColumn("letter", F.lit("a")).repartition(4)
    write = rows.write.option("maxRecordsPerFile", 10).partitionBy("letter")
    write.parquet(str(tmp_path / "rows"))
    assert len(list(tmp_path.rglob("*.parquet"))) == 1


def test_a_plan_cannot_be_cut_by_a_checkpoint(spark):
    """Hence batches.py puts the dates of orders on disk itself."""
    with pytest.raises(AnalysisException, match="checkpoint"):
        spark.range(1).localCheckpoint().count()


def test_the_code_asks_for_none_of_this():
    asked = re.compile(
        r"input_file_name|\"_metadata|\.observe\(|heckpoint\(|\"(?:overwrite|dynamic)\""
    )
    files = sorted(CODE.glob("*.py"))
    found = [f"{f.name}: {hit}" for f in files for hit in asked.findall(f.read_text("utf-8"))]
    assert (found, len(files) > 15) == ([], True)
