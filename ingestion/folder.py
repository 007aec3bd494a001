"""A local folder as the source: every file below it is a delivery."""

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.sources import DownloadError, SourceError, SourceFile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAIN = "main"  # the name of the folder that was given without one
SPEC = re.compile(r"folder:(?P<name>[\w-]+):(?P<path>.+)", re.DOTALL)
TEMPORARY = (".", "~$")  # hidden files, and those that spreadsheet programs keep while open


def split_spec(spec: str) -> tuple[str | None, Path]:
    """The name (None: it has none) and the path of `folder:NAME:PATH`, or of a plain path."""
    found = SPEC.fullmatch(spec)
    return (found["name"], Path(found["path"])) if found else (None, Path(spec))


class FolderSource:
    """Files below a folder, but hidden and temporary ones. Raises SourceError when unreadable."""

    kind = "folder"

    def __init__(self, root: Path, name: str | None = None) -> None:
        """`name` tells several folders of one lake apart; without one it is the lake's `main`."""
        self.folder = root
        self.is_named = name is not None
        self.root = "folder" if name in (None, MAIN) else f"folder:{name}"
        if not root.is_dir():
            raise SourceError(
                f"the source folder {root} does not exist or is no folder. "
                "Name a folder, or drive:FOLDER_ID, with --source."
            )
        if not os.access(root, os.R_OK | os.X_OK):
            raise SourceError(f"the source folder {root} cannot be read. Check its permissions.")

    def list_files(self) -> Iterator[SourceFile]:
        """Every file, by path. Raises SourceError for a folder below that cannot be read."""
        for folder, names, files in os.walk(self.folder, onerror=_refuse):
            names[:] = sorted(name for name in names if not name.startswith(TEMPORARY))
            for name in sorted(files):
                if not name.startswith(TEMPORARY):
                    yield self._describe(Path(folder) / name)

    def download(self, file: SourceFile, target: Path) -> SourceFile:
        """Copy the file. Raises DownloadError when it cannot be read or changes meanwhile."""
        path = self.folder / file.path
        try:
            shutil.copyfile(path, target)
            after = self._describe(path)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise  # our disk is full, not this file unreadable
            raise DownloadError(f"cannot be read: {error.strerror}") from error
        if (after.bytes, after.modified_at) != (file.bytes, file.modified_at):
            raise DownloadError("changed while it was copied; the next run takes it")
        return file

    def _describe(self, path: Path) -> SourceFile:
        stat = path.stat()
        relative = path.relative_to(self.folder).as_posix()
        identity = relative if self.root == "folder" else f"{self.root}\0{relative}"
        digest = hashlib.sha256(os.fsencode(identity)).hexdigest()
        return SourceFile(
            file_id=f"f{digest[:32]}",
            name=path.name,
            path=relative,
            bytes=stat.st_size,
            modified_at=EPOCH + timedelta(microseconds=stat.st_mtime_ns // 1000),
        )


def _refuse(error: OSError) -> None:
    raise SourceError(f"{error.filename} cannot be read: {error.strerror}. Check its permissions.")
