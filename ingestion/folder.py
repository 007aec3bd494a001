"""A local folder as the source: every file below it is a delivery."""

import errno
import hashlib
import os
import re
import shutil
import stat
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.sources import (
    LEADS_NOWHERE,
    ChangingError,
    DownloadError,
    SourceError,
    SourceFile,
    as_text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAIN = "main"  # the name of the folder that was given without one
SPEC = re.compile(r"folder:(?P<name>[\w-]+):(?P<path>.+)", re.DOTALL)
TEMPORARY = (".", "~$")  # hidden files, and those that spreadsheet programs keep while open


def split_spec(spec: str) -> tuple[str | None, Path]:
    """The name (None: it has none) and the path of `folder:NAME:PATH`, or of a plain path."""
    found = SPEC.fullmatch(spec)
    return (found["name"], Path(found["path"])) if found else (None, Path(spec))


class FolderSource:
    """Files below a folder, but hidden and temporary ones. Raises SourceError when unreadable.

    Links to folders are followed, each folder once: where it really is, if that is below, too.
    """

    kind = "folder"

    def __init__(self, root: Path, name: str | None = None) -> None:
        """`name` tells several folders of one lake apart; without one it is the lake's `main`."""
        self.folder = root
        self.places: dict[str, Path] = {}  # of the files that were listed, by id
        self.dangling: list[str] = []
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
        """Every file, by path; those behind links to folders last.

        Raises SourceError for a folder below that cannot be read.
        """
        self.dangling = []
        seen: set[str] = set()
        folders = deque([self.folder])
        while folders:
            for path in _walk(folders.popleft(), seen, folders):
                file = self._describe(path)
                self.places[file.file_id] = path
                if _leads_nowhere(path):
                    self.dangling.append(file.path)
                yield file

    def download(self, file: SourceFile, target: Path) -> SourceFile:
        """Copy the file. Raises DownloadError, ChangingError when it changes meanwhile."""
        path = self.places.get(file.file_id, self.folder / file.path)
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise DownloadError("is no file but a pipe, a socket or a device: take it away")
            shutil.copyfile(path, target)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise  # our disk is full, not this file unreadable
            raise DownloadError(_explain(path, error)) from error
        after = self._describe(path)
        if (after.bytes, after.modified_at) != (file.bytes, file.modified_at):
            raise ChangingError("changed while it was copied; the next run takes it")
        return file

    def _describe(self, path: Path) -> SourceFile:
        """A file as it is now; one that cannot be looked at has no bytes, and no download."""
        size, changed = _look_at(path)
        relative = path.relative_to(self.folder).as_posix()
        identity = relative if self.root == "folder" else f"{self.root}\0{relative}"
        digest = hashlib.sha256(os.fsencode(identity)).hexdigest()
        return SourceFile(
            file_id=f"f{digest[:32]}",
            name=as_text(path.name),
            path=as_text(relative),
            bytes=size,
            modified_at=EPOCH + timedelta(microseconds=changed // 1000),
        )


def _walk(top: Path, seen: set[str], links: deque[Path]) -> Iterator[Path]:
    """The files below a folder; links to folders are put aside, folders in `seen` left out."""
    for folder, names, files in os.walk(top, onerror=_refuse):
        place = os.path.realpath(folder)
        if place in seen:
            names.clear()
            continue
        seen.add(place)
        names[:] = sorted(name for name in names if not name.startswith(TEMPORARY))
        links += [path for name in names if (path := Path(folder) / name).is_symlink()]
        for name in sorted(files):
            if not name.startswith(TEMPORARY):
                yield Path(folder) / name


def _look_at(path: Path) -> tuple[int, int]:
    """Size and time of modification (in nanoseconds since 1970)."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _explain(path: Path, error: OSError) -> str:
    if _leads_nowhere(path):
        return f"is a link that leads nowhere ({error.strerror}): {LEADS_NOWHERE}"
    if isinstance(error, FileNotFoundError):
        return "is gone since it was listed; the next run looks again"
    return f"cannot be read: {error.strerror}. Check its permissions"


def _refuse(error: OSError) -> None:
    raise SourceError(f"{error.filename} cannot be read: {error.strerror}. Check its permissions.")
