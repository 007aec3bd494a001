"""What a source of deliveries is: Drive or a local folder, behind one small protocol."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class SourceError(Exception):
    """The source cannot be read at all; the message names it and the remedy."""


class DownloadError(Exception):
    """One file could not be had; the others go on. The message is the reason."""


class ChangingError(DownloadError):
    """The file is being written while it is downloaded: no failure, the next run looks again."""


@dataclass(frozen=True)
class SourceFile:
    """One file as the source lists it; `modified_at` is UTC.

    `sha256` and `md5` are empty where the source does not know them without reading the bytes;
    `head` names the revision of the bytes, where it has names. `path` is relative to the source and
    ends with the name. `is_export` marks a document without bytes of
    its own: each download may give other bytes, so its `version` tells whether it may have changed
    and `cells`, a hash of what the downloaded cells say, whether it has.
    """

    file_id: str
    name: str
    path: str
    bytes: int
    modified_at: datetime
    version: int = 0
    mime: str = "application/octet-stream"
    sha256: str = ""
    md5: str = ""
    head: str = ""
    is_export: bool = False
    cells: str = ""


def as_text(name: str) -> str:
    """A name that any program can write down: what is no letter becomes a question mark.

    A file system may hold bytes that are no UTF-8; Python carries them in letters of its own.
    """
    return name.encode("utf-8", "replace").decode("utf-8")


LEADS_NOWHERE = "mend it; or take it away, and what came through it is withdrawn"


class Source(Protocol):
    """A place that operators deliver to."""

    kind: str
    root: str  # which folder it is; what is gone is only judged by the source that it came from
    dangling: list[str]  # paths of the links that lead nowhere; known when all files are listed

    def list_files(self) -> Iterator[SourceFile]:
        """Every file below the source, in a stable order. Raises SourceError."""

    def download(self, file: SourceFile, target: Path) -> SourceFile:
        """Write the verified bytes to `target`; the file as it was then.

        Raises DownloadError, and ChangingError for a file that changes meanwhile.
        """
