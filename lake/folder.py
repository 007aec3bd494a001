"""The lake in a local folder: atomic by write-to-temporary, fsync, then link or rename."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lake.errors import REMEDIES, LakeReadError, LakeWriteError

TEMPORARY = ".tmp-"
ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)  # no fault of the lake


class FolderStore:
    """A `lake.store.Store` in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root).absolute()
        with self._as_lake_error(self.root):
            self.root.mkdir(parents=True, exist_ok=True)

    def url(self, key: str = "") -> str:
        return str(self._path(key)) if key else str(self.root)

    def read(self, key: str) -> bytes:
        with _reading(self._path(key)) as path:
            return path.read_bytes()

    def exists(self, key: str) -> bool:
        with _reading(self._path(key)) as path:
            return path.is_file()

    def size(self, key: str) -> int:
        with _reading(self._path(key)) as path:
            return path.stat().st_size

    def checksum(self, key: str) -> str | None:
        self.size(key)
        return None

    def list(self, prefix: str) -> Iterator[str]:
        base = self._path(prefix)
        for folder, names, files in os.walk(base, onerror=_refuse):
            names.sort()
            relative = Path(folder).relative_to(self.root).as_posix()
            yield from (f"{relative}/{f}" for f in sorted(files) if not f.startswith(TEMPORARY))

    def create(self, key: str, data: bytes | Path) -> bool:
        path = self._path(key)
        if path.exists():
            return False
        with self._complete(path, data) as temporary:
            try:
                os.link(temporary, path)  # unlike a rename, a link never replaces what is there
            except FileExistsError:
                return False
        return True

    def write(self, key: str, data: bytes | Path) -> None:
        path = self._path(key)
        with self._temporary(path, data) as temporary:
            os.replace(temporary, path)

    def read_version(self, key: str) -> tuple[bytes, str] | None:
        try:
            data = self.read(key)
        except FileNotFoundError:
            return None
        return data, hashlib.sha256(data).hexdigest()

    def swap(self, key: str, data: bytes, version: str | None) -> None:
        path = self._path(key)
        with self._as_lake_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = path.with_name(f"{TEMPORARY}lock-{path.name}").open("w")
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            found = self.read_version(key)
            if (found[1] if found else None) != version:
                raise FileExistsError(f"{key} was changed by somebody else in the meantime")
            self.write(key, data)

    def fetch(self, key: str, folder: Path) -> Path:
        if not self.exists(key):
            raise FileNotFoundError(key)
        return self._path(key)

    def delete(self, key: str) -> None:
        self._path(key).unlink()

    def _path(self, key: str) -> Path:
        path = self.root / key
        if ".." in path.parts:
            raise ValueError(f"a key must stay inside the lake: {key!r}")
        return path

    def scratch(self) -> Path | None:
        folder = self.root / f"{TEMPORARY}scratch"
        with self._as_lake_error(folder):
            folder.mkdir(exist_ok=True)
        return folder

    @contextlib.contextmanager
    def _complete(self, path: Path, data: bytes | Path) -> Iterator[str]:
        """A complete and synced file to be linked to: that of a caller's own, when it is ours."""
        if not isinstance(data, Path) or self.root / f"{TEMPORARY}scratch" not in data.parents:
            with self._temporary(path, data) as temporary:
                yield temporary
            return
        with self._as_lake_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with data.open("rb+") as handle:
                os.fsync(handle.fileno())
        os.chmod(data, 0o644)
        yield str(data)

    @contextlib.contextmanager
    def _temporary(self, path: Path, data: bytes | Path) -> Iterator[str]:
        """A complete and synced file beside `path`, which is gone afterwards."""
        with self._as_lake_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
        try:
            with self._as_lake_error(path), os.fdopen(handle, "wb") as target:
                if isinstance(data, Path):
                    with data.open("rb") as source:
                        shutil.copyfileobj(source, target, 1 << 20)
                else:
                    target.write(data)
                target.flush()
                os.fsync(target.fileno())
            os.chmod(name, 0o644)
            yield name
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)

    @contextlib.contextmanager
    def _as_lake_error(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in REMEDIES:
                raise LakeWriteError.at(str(path), error) from error
            raise


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[Path]:
    try:
        yield path
    except OSError as error:
        if isinstance(error, ABSENT):
            raise
        raise LakeReadError.at(str(path), error) from error


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed is not taken for an empty one."""
    if not isinstance(error, ABSENT):
        raise LakeReadError.at(str(error.filename), error) from error
