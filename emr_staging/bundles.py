"""Rows of Parquet files in other files, copied without an engine.

Many small clean files are bundled on a local disk before the embedded engine reads them: it holds
every file of a query open, and small files cost every engine more than their bytes. On a cluster
the engine reads them itself.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as arrow_fs

FILES_PER_BUNDLE = 2_000  # each keeps 40 kB of memory until the bundle is written
ROWS_PER_FILE = 4_000_000
ROWS_PER_GROUP = 122_880


def bundle(urls: Sequence[str], folder: Path) -> list[str]:
    """Files in `folder`, which is made, with the rows of all `urls`."""
    folder.mkdir()
    for start in range(0, len(urls), FILES_PER_BUNDLE):
        some = urls[start : start + FILES_PER_BUNDLE]
        copy_rows(some, None, str(folder), f"bundle-{start}", ROWS_PER_FILE)
    return sorted(str(path) for path in folder.glob("*.parquet"))


def copy_rows(
    urls: Sequence[str], schema: pa.Schema | None, folder: str, name: str, rows_per_file: int
) -> None:
    """Write the rows of all `urls`, in their order, to `name`-0.parquet and so on in a folder.

    `schema`: types of the columns; None: those of the first file. Rows are passed on in groups, so
    memory does not grow with the files.
    """
    rows = ds.dataset(paths_of(urls), schema, format="parquet", filesystem=filesystem_of(urls[0]))
    ds.write_dataset(
        rows,
        paths_of([folder])[0],
        basename_template=f"{name}-{{i}}.parquet",
        format="parquet",
        file_options=ds.ParquetFileFormat().make_write_options(
            compression="zstd", store_decimal_as_integer=True
        ),
        filesystem=filesystem_of(folder),
        max_rows_per_file=rows_per_file,
        min_rows_per_group=min(ROWS_PER_GROUP // 2, rows_per_file),
        max_rows_per_group=min(ROWS_PER_GROUP, rows_per_file),
        existing_data_behavior="overwrite_or_ignore",
        create_dir=False,
        preserve_order=True,
    )


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
