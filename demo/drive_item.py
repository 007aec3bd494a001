"""One file or folder of the local Drive."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
SHEET = "application/vnd.google-apps.spreadsheet"
BINARY = "application/octet-stream"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Item:
    """One file or folder; `parent` is one folder's id, and `path` is set when it is on disk."""

    file_id: str
    name: str
    mime: str
    parent: str | None
    modified: datetime
    content: bytes = b""
    path: Path | None = None
    drive_id: str | None = None
    target: str | None = None
    exports: dict[str, bytes] = field(default_factory=dict)
    version: int = 1
    revision: int = 1
    trashed: bool = False

    def read(self) -> bytes:
        """The bytes of a binary file."""
        return self.path.read_bytes() if self.path else self.content
