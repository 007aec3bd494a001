"""One small protocol over a folder or an S3 bucket, with the few writes that crash safety needs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from lake.errors import PATTERN, LakePathError
from lake.folder import FolderStore
from lake.s3 import S3Store


class Store(Protocol):
    """Bytes under keys (`a/b/c`, relative). Every write is atomic: a reader sees all or nothing.

    Missing keys raise FileNotFoundError; a lost race in `swap` raises FileExistsError; a lake that
    cannot be written to (full, read-only, not allowed) raises LakeWriteError, one that may not be
    read LakeReadError, both OSErrors.
    """

    def url(self, key: str = "") -> str:
        """Absolute path or `s3://` URI of a key, for engines that read files themselves."""

    def read(self, key: str) -> bytes: ...

    def exists(self, key: str) -> bool: ...

    def size(self, key: str) -> int: ...

    def checksum(self, key: str) -> str | None:
        """The sha256 that the store computed itself when it took the bytes; None: it keeps none."""

    def list(self, prefix: str) -> Iterator[str]:
        """Keys below `prefix` (a whole path segment), sorted; empty when there is none."""

    def create(self, key: str, data: bytes | Path) -> bool:
        """Write a key that must not exist yet; False, and nothing written, when it does."""

    def write(self, key: str, data: bytes | Path) -> None:
        """Write or replace one deterministic key."""

    def read_version(self, key: str) -> tuple[bytes, str] | None:
        """The bytes of a key and the version to hand to `swap`; None when it does not exist."""

    def swap(self, key: str, data: bytes, version: str | None) -> None:
        """Replace a key only if it still has `version` (None: only if it does not exist yet).

        In S3 a key that has just these bytes already counts as replaced.
        """

    def fetch(self, key: str, folder: Path) -> Path:
        """A local file with the bytes of a key: the stored file itself, or a copy in `folder`."""

    def delete(self, key: str) -> None: ...

    def scratch(self) -> Path | None:
        """A folder whose files `create` takes over without copying; None: any folder will do.

        Whoever puts a file there removes it afterwards and never changes it after `create`.
        """


def open_store(lake: str) -> Store:
    """The store behind `<lake>`: `s3://bucket/prefix`, or a folder that is made when missing.

    Raises LakePathError as `check_path`.
    """
    check_path(lake)
    if lake.startswith("s3://"):
        return S3Store.from_uri(lake)
    return FolderStore(Path(lake))


def check_path(lake: str) -> None:
    """Raise LakePathError when an engine would take the lake's path for a pattern."""
    path = lake if lake.startswith("s3://") else str(Path(lake).absolute())
    if set(path) & set(PATTERN):
        raise LakePathError(path)
