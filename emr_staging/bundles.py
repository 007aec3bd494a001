"""Many small clean files become a few large ones, on a local disk, before an engine reads them.

The embedded engine holds every file of a query open, and small files cost every engine more than
their bytes; on a cluster the engine reads them itself.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.fs as arrow_fs

MANY = 100  # files; fewer are read as they are
ROWS_PER_FILE = 4_000_000
ROWS_PER_GROUP = 122_880


def bundle(urls: Sequence[str], folder: Path) -> list[str]:
    """Files in `folder`, which is made, with the rows of all `urls`."""
    rows = ds.dataset(paths_of(urls), format="parquet", filesystem=filesystem_of(urls[0]))
    ds.write_dataset(
        rows,
        folder,
        format="parquet",
        max_rows_per_file=ROWS_PER_FILE,
        min_rows_per_group=ROWS_PER_GROUP // 2,
        max_rows_per_group=ROWS_PER_GROUP,
    )
    return sorted(str(path) for path in folder.glob("*.parquet"))


def filesystem_of(url: str) -> arrow_fs.FileSystem:
    """Where a url's bytes are: this machine, or S3 by the settings of the environment."""
    if not url.startswith("s3://"):
        return arrow_fs.LocalFileSystem()
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return arrow_fs.S3FileSystem()
    scheme, _, place = endpoint.partition("://")
    return arrow_fs.S3FileSystem(scheme=scheme, endpoint_override=place)


def paths_of(urls: Sequence[str]) -> list[str]:
    """The urls as their filesystem spells them."""
    return [url.removeprefix("s3://") for url in urls]
