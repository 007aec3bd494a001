"""File sizes: many small files of one business date become few, one that is too large several.

A run writes a business date as one file, a large lake's `pending` and `superseded` once per batch.
Spark splits large files while it writes; what is still too large or too small is written again
here, row by row and without an engine. Replaced files stay, named by nobody, until vacuum.
"""

from math import ceil

from emr_staging.state import Json
from emr_staging.tables import Tables


def right_size(tables: Tables, entity: str, files: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Files (key, rows, bytes) per folder of this run, with the rows of `files`."""
    return {folder: _resize(tables, entity, folder, found) for folder, found in files.items()}


def _resize(tables: Tables, entity: str, folder: str, files: list[Json]) -> list[Json]:
    limits = tables.limits
    total = sum(file["bytes"] for file in files)
    is_too_large = any(file["bytes"] > 2 * limits.file_bytes for file in files)
    are_too_small = len(files) > limits.small_files and 2 * total < len(files) * limits.file_bytes
    if not (is_too_large or are_too_small):
        return files
    rows = sum(file["rows"] for file in files)
    wanted = ceil(total / limits.file_bytes)
    return tables.rewrite(entity, folder, files, rows_per_file=ceil(rows / wanted))
