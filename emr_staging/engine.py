"""The engine under the PySpark code: Sail, embedded and without Java, or Spark.

`spark` is Spark's local mode; `cluster` is the session that spark-submit prepared, as on EMR.
"""

import contextlib
import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import SparkSession

from emr_staging.java import java_home

ENGINES = ("sail", "spark", "cluster")
CORES = os.cpu_count() or 1
OPEN_FILES = 65_536
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.files.openCostInBytes": "16384",  # many small files: 28 % less CPU than with 4 MB
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.partitionOverwriteMode": "static",  # nothing is ever overwritten
}


@contextlib.contextmanager
def spark_session(engine: str) -> Iterator[SparkSession]:
    """A session on one of ENGINES while the block runs. Raises NoJavaError without a Java.

    One process holds sessions of one kind only: PySpark decides once between Connect and classic.
    """
    with {"sail": _sail, "spark": _spark, "cluster": _cluster}[engine]() as session:
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
        yield session


@contextlib.contextmanager
def _sail() -> Iterator[SparkSession]:
    os.environ.setdefault("RUST_LOG", "error")  # the server's own notices
    _allow_open_files()
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


def _allow_open_files() -> None:
    """The engine holds all files of a query open: use what the system allows, not its default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextlib.contextmanager
def _spark() -> Iterator[SparkSession]:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # not whatever PATH calls python3
        os.environ["JAVA_HOME"] = str(java_home(Path(scratch) / "java"))
        session = (
            SparkSession.builder.master(f"local[{CORES}]")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", str(2 * CORES))
            .config("spark.sql.warehouse.dir", f"{scratch}/warehouse")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
        try:
            yield session
        finally:
            session.stop()


@contextlib.contextmanager
def _cluster() -> Iterator[SparkSession]:
    session = SparkSession.builder.appName("normalize").getOrCreate()
    try:
        yield session
    finally:
        session.stop()
