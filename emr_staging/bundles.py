"""Rows of Parquet files in other files, copied without an engine.

Many small clean files are bundled on a local disk before the embedded engine reads them: it holds
every file of a query open, and small files cost every engine more than their bytes. On a cluster
the engine reads them itself.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as arrow_fs
import pyarrow.parquet as pq

from emr_staging.landings import READERS, CleanFile
from emr_staging.limits import group_by_rows
from lake.store import Store

ROWS_PER_BUNDLE = 250_000  # in memory at once, about 60 MB
FILES_PER_BUNDLE = 2_000
ROWS_PER_GROUP = 122_880


@dataclass(frozen=True)
class Bundle:
    """A local Parquet file with the rows of these landings' clean files, all of one entity."""

    path: str
    landings: frozenset[str]


def bundle(
    store: Store, files: Sequence[CleanFile], schema: pa.Schema, folder: Path
) -> list[Bundle]:
    """Bundles in `folder`, which is made, of consecutive files, with the columns of `schema`.

    Each file is read once, whole, which costs less than a dataset of them.
    """
    folder.mkdir(parents=True)
    least = ROWS_PER_BUNDLE // FILES_PER_BUNDLE  # what a file counts with few rows
    groups = group_by_rows(((f, max(f.rows, least)) for f in files), ROWS_PER_BUNDLE)
    bundles = []
    with ThreadPoolExecutor(READERS) as pool:
        for number, group in enumerate(groups):
            tables = pool.map(_read, [store.url(file.key) for file in group])
            path = str(folder / f"{number}.parquet")
            pq.write_table(
                _unite(tables, schema),
                path,
                row_group_size=ROWS_PER_GROUP,
                compression="zstd",
                store_decimal_as_integer=True,
            )
            bundles.append(Bundle(path, frozenset(file.landing_id for file in group)))
    return bundles


def _read(url: str) -> pa.Table:
    with filesystem_of(url).open_input_stream(paths_of([url])[0]) as handle:
        data = pa.BufferReader(handle.read())
    return pq.ParquetFile(data).read(use_threads=False)


def _unite(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """The rows of all; a column that a file does not have yet is null."""
    united = pa.concat_tables([schema.empty_table(), *tables], promote_options="default")
    return united.select(schema.names)


def copy_rows(
    urls: Sequence[str], schema: pa.Schema, folder: str, name: str, rows_per_file: int
) -> None:
    """Write the rows of all `urls`, in their order, to `name`-0.parquet and so on in a folder.

    `schema`: types of the columns. Rows are passed on in groups, so memory does not grow with the
    files.
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
