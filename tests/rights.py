"""Rights of the process, for tests of folders that may not be read or written."""

import contextlib
import os

NOBODY = 65534


@contextlib.contextmanager
def as_nobody():
    """Without the rights of root, which may read and write everywhere."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
