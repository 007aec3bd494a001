"""What a Drive folder held when it was last listed, brought up to date by what has changed since.

Only an accelerator: ten thousand folders are ten thousand requests, a day's changes are a few. The
snapshot is used for a shared drive alone, whose log of changes is complete, and for a week at most.
Whatever is not plainly a changed file (a folder, a shortcut, a refused token) means a full listing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.drive_client import FOLDER, SHORTCUT, DriveClient, Item
from ingestion.retry import RefusedError

SCHEMA_VERSION = 1
LONGEST = timedelta(days=7)
REFUSED = (400, 403, 404, 410)  # of a token that Drive does not know any more, or never gives


@dataclass
class Listing:
    """Folders and files below one folder: their paths, and the token of the changes since.

    `folders` gives the path of each folder by id, ending with a slash; `files` the path of the
    folder and the metadata of each file. `token` is empty where changes cannot be followed.
    """

    drive_id: str | None
    token: str = ""
    listed_at: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, Item]] = field(default_factory=dict)

    @classmethod
    def begin(cls, client: DriveClient, drive_id: str | None) -> "Listing":
        """An empty listing; its token is older than whatever will be listed."""
        token = _start_token(client, drive_id) if drive_id else ""
        return cls(drive_id, token, datetime.now(UTC).isoformat())

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> "Listing":
        """What `facts` gave. Raises ValueError for that of another version of ours."""
        if facts.pop("schema_version", None) != SCHEMA_VERSION:
            raise ValueError("another version of a listing")
        files = {file_id: (path, item) for file_id, (path, item) in facts["files"].items()}
        return cls(**facts | {"files": files})

    def facts(self) -> dict[str, Any] | None:
        """The snapshot as JSON; None when it must not be used again."""
        return self.__dict__ | {"schema_version": SCHEMA_VERSION} if self.token else None

    def update(self, client: DriveClient) -> bool:
        """Apply what has changed since; False when only a full listing can tell."""
        if datetime.now(UTC) - datetime.fromisoformat(self.listed_at) > LONGEST:
            return False
        try:
            changes, token = client.changes(self.token, self.drive_id)
        except RefusedError as error:
            if error.status in REFUSED:
                return False
            raise
        self.token = token
        return all(self._apply(change) for change in changes)

    def _apply(self, change: dict[str, Any]) -> bool:
        file_id, item = change.get("fileId"), change.get("file") or {}
        if not file_id or file_id in self.folders:
            return False
        folder = next((p for p in item.get("parents", ()) if p in self.folders), None)
        is_gone = change.get("removed") or item.get("trashed") or folder is None
        if is_gone:
            self.files.pop(file_id, None)
        elif item["mimeType"] in (FOLDER, SHORTCUT):
            return False
        else:
            self.files[file_id] = (self.folders[folder], item)
        return True


def _start_token(client: DriveClient, drive_id: str) -> str:
    """Empty for who is no member of the drive and only has a folder of it: all is listed then."""
    try:
        return client.start_token(drive_id)
    except RefusedError as error:
        if error.status not in REFUSED:
            raise
        return ""
