"""Clean files are what their ledgers say, before a single row of them is read."""

import hashlib
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from emr_staging.errors import NormalizeError
from emr_staging.landings import READERS, CleanFile
from lake import layout
from lake.store import Store

REMEDY = (
    "Nothing was written. Restore the file, or remove its ledger and run clean again, "
    "then `normalize --full`."
)


def verify_files(store: Store, files: Iterable[CleanFile]) -> None:
    """Compare bytes and sha256 with the ledgers. Raises NormalizeError naming the first fault.

    Where the store keeps a sha256 of its own (S3 checks it against the bytes that it takes), that
    one counts and nothing is read; else the file is read.
    """
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(READERS) as pool:
        faults = [f for f in pool.map(partial(_fault, store, Path(scratch)), files) if f]
    if faults:
        others = f" (and {len(faults) - 1} more files)" if len(faults) > 1 else ""
        raise NormalizeError(f"{faults[0]}{others}. {REMEDY}")


def _fault(store: Store, scratch: Path, file: CleanFile) -> str | None:
    ledger = layout.ledger(file.landing_id)
    try:
        if store.checksum(file.key) == file.sha256:
            return None
        size = store.size(file.key)
        if size != file.bytes:
            return f"{file.key} has {size} bytes, but {ledger} says {file.bytes}"
        local = store.fetch(file.key, scratch)
    except FileNotFoundError:
        return f"{file.key} is missing, but {ledger} names it"
    with local.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    if local.is_relative_to(scratch):
        local.unlink()
    return None if digest == file.sha256 else f"{file.key} has another sha256 than {ledger} says"
