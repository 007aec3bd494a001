"""Normalize a lake in this process and kill it, without any farewell, at its nth write.

Usage: python -m tests.emr_staging.killed LAKE N. The exit code is 0 when there are fewer writes.
Files are so small that each is written again in parts.
"""

import os
import signal
import sys

from emr_staging.engine import spark_session
from emr_staging.limits import Limits
from emr_staging.normalize import NormalizeSettings, normalize
from emr_staging.tables import Tables
from lake.folder import FolderStore

WRITES = ((Tables, "write"), (Tables, "rewrite"), (FolderStore, "create"), (FolderStore, "swap"))


def kill_at(number):
    """Before the nth call of any function that writes."""
    left = number

    def counted(function):
        def call(*arguments, **options):
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return call

    for owner, name in WRITES:
        setattr(owner, name, counted(getattr(owner, name)))


if __name__ == "__main__":
    kill_at(int(sys.argv[2]))
    with spark_session("sail") as spark:
        settings = NormalizeSettings("America/New_York")
        normalize(spark, FolderStore(sys.argv[1]), "run", settings, limits=Limits(file_bytes=1))
