"""How much a run holds in memory at once, and how large its files are; no limit changes a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

from emr_staging.errors import NormalizeError

ROW_BYTES = 32  # of a normalized row in Parquet, measured on order lines; options take less
MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The defaults fit a machine with 8 GB of memory, and files that a warehouse loads well.

    `file_bytes`: what a file of a business date should have; half to twice as much may stay.
    `small_files`: more smaller files than this of one date and run are merged.
    `batch_rows`: order lines, with all columns, that the embedded engine rebuilds at once (about
    3 GB), and `batch_dates`: days of orders (about 2 MB for the files of each that are open).
    `part_rows`: order lines of which it looks at a few columns at once.
    `collected_ids`: up to so many changed orders are looked for one by one.
    `bundled_files`: more small clean files than this (of fewer bytes than `small_clean_bytes`) are
    bundled before the engine reads them.
    """

    file_bytes: int = 128 * MB
    small_files: int = 4
    batch_rows: int = 2_500_000
    batch_dates: int = 500
    part_rows: int = 6_000_000
    collected_ids: int = 500_000
    bundled_files: int = 100
    small_clean_bytes: int = MB

    @classmethod
    def of_files(cls, megabytes: float) -> "Limits":
        """The defaults, but for the size of files. Raises NormalizeError when there is none."""
        if not megabytes > 0:
            raise NormalizeError(f"target_file_mb {megabytes:g}: choose more than 0")
        return cls(file_bytes=ceil(megabytes * MB))

    @property
    def file_rows(self) -> int:
        """About how many rows a file of `file_bytes` has."""
        return max(1, self.file_bytes // ROW_BYTES)


TARGET_FILE_MB = Limits.file_bytes / MB


def group_by_rows(counted: Iterable[tuple[Any, int]], most: int | None) -> list[list[Any]]:
    """Consecutive things (thing, rows) with at most so many rows together, or one thing."""
    groups: list[list[Any]] = []
    held = 0
    for thing, rows in counted:
        if not groups or (most is not None and held + rows > most):
            groups.append([])
            held = 0
        groups[-1].append(thing)
        held += rows
    return groups
