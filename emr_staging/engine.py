"""The engine under the PySpark code: Sail, embedded and without Java, or Spark's local mode."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import SparkSession

from emr_staging.java import java_home

CORES = os.cpu_count() or 1
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": str(2 * CORES),
    "spark.sql.files.openCostInBytes": "16384",  # many small files: 28 % less CPU than with 4 MB
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.partitionOverwriteMode": "static",  # nothing is ever overwritten
}


@contextlib.contextmanager
def spark_session(engine: str) -> Iterator[SparkSession]:
    """A session on `sail` or `spark` while the block runs. Raises NoJavaError without a Java.

    One process holds sessions of one kind only: PySpark decides once between Connect and classic.
    """
    with _sail() if engine == "sail" else _spark() as session:
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
        yield session


@contextlib.contextmanager
def _sail() -> Iterator[SparkSession]:
    os.environ.setdefault("RUST_LOG", "error")  # the server's own notices
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    try:
        _, port = server.listening_address
        session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
        try:
            yield session
        finally:
            session.stop()
    finally:
        server.stop()


@contextlib.contextmanager
def _spark() -> Iterator[SparkSession]:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["JAVA_HOME"] = str(java_home(Path(scratch) / "java"))
        session = (
            SparkSession.builder.master(f"local[{CORES}]")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.warehouse.dir", f"{scratch}/warehouse")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        try:
            yield session
        finally:
            session.stop()
