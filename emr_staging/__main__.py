"""The job that EMR Serverless runs: normalize a lake. Exit code 1 and one line when it stops."""

import argparse
import json
import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from emr_staging.engine import ENGINES, spark_session
from emr_staging.errors import NormalizeError
from emr_staging.java import NoJavaError
from emr_staging.limits import TARGET_FILE_MB, Limits
from emr_staging.normalize import normalize
from emr_staging.settings import POLICIES, NormalizeSettings
from lake.store import open_store

log = logging.getLogger("emr_staging")
STOPS = (
    *(NormalizeError, NoJavaError, OSError),
    *(BotoCoreError, ClientError, PySparkException, Py4JError),
)
EXAMPLE = "example: python -m emr_staging --lake ./workspace/lake --engine sail"


def build_parser() -> argparse.ArgumentParser:
    """The job's parameters."""
    parser = argparse.ArgumentParser("python -m emr_staging", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--lake", required=True, help="a folder, or s3://bucket/prefix")
    parser.add_argument("--run-id", default=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    parser.add_argument("--engine", choices=ENGINES, default="cluster")
    parser.add_argument("--full", action="store_true", help="rebuild from nothing")
    parser.add_argument("--default-timezone", default="America/New_York")
    parser.add_argument("--business-day-start-hour", type=int, default=0)
    parser.add_argument("--withdrawn", choices=POLICIES, default="keep")
    parser.add_argument(
        "--target-file-mb", type=float, default=TARGET_FILE_MB, help="of the Parquet of one date"
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the job; the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    given = build_parser().parse_args(arguments)
    try:
        settings = NormalizeSettings(
            given.default_timezone, given.business_day_start_hour, given.withdrawn
        )
        limits = Limits.of_files(given.target_file_mb)
        with spark_session(given.engine) as spark:
            done = normalize(
                *(spark, open_store(given.lake), given.run_id, settings, given.full),
                bundles=given.engine != "cluster",
                limits=limits,
            )
    except STOPS as error:
        log.error("error: %s", " ".join(str(error).split()))
        return 1
    log.info(json.dumps(asdict(done)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
