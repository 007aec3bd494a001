"""Scratch: where downloads lie until they are verified."""

import shutil
import tempfile
import time
from pathlib import Path

from lake.errors import REMEDIES, LakeError
from lake.store import Store

STALE_SECONDS = 24 * 3600


class ScratchError(OSError):
    """Downloads have no place on this machine to be verified at."""


def make_scratch(store: Store) -> tempfile.TemporaryDirectory[str]:
    """A new folder, which is gone afterwards; what a killed run left a day ago is removed."""
    folder = store.scratch()
    for left in folder.iterdir() if folder else ():
        if time.time() - left.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix="land-", dir=folder)


def explain(error: OSError, folder: Path) -> OSError:
    """A full scratch folder in words; any other error as it is."""
    if isinstance(error, LakeError) or error.errno not in REMEDIES:
        return error
    return ScratchError(
        f"the temporary folder {folder} cannot be written to: {error.strerror}. "
        "Free space there, then run again."
    )
