"""The few calls to the Drive v3 API that landing needs: paced, retried, one folder per query."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import requests

from ingestion.retry import Budget, RefusedError, send, send_for_json

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
SHEET = "application/vnd.google-apps.spreadsheet"
NATIVE = "application/vnd.google-apps."
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RESTARTS = 3  # of one folder's listing, when Drive does not know its own page token any more
FILE_FIELDS = (
    "id,name,mimeType,size,sha256Checksum,md5Checksum,modifiedTime,version,headRevisionId,driveId,"
    "parents,trashed,shortcutDetails(targetId,targetMimeType)"
)

Item = dict[str, Any]


class IncompleteListError(Exception):
    """Drive says that a list is not complete."""


class Pace:
    """At most `rate` requests a second over all threads; no limit when it is 0."""

    def __init__(self, rate: float) -> None:
        self.interval = 1 / rate if rate else 0.0
        self.lock = threading.Lock()
        self.next = 0.0
        self.requests = 0

    def wait(self) -> None:
        """Count a request, and sleep until it may be sent."""
        with self.lock:
            self.requests += 1
            now = time.monotonic()
            start = max(now, self.next)
            self.next = start + self.interval
        if self.interval:
            time.sleep(start - now)


class DriveClient:
    """Drive at `url`, asked at most `rate` times a second; a request is tried for `budget` seconds.

    Every call raises RefusedError when Drive refuses for good or for too long.
    """

    def __init__(
        self, session: requests.Session, url: str, rate: float = 0, budget: float = 120
    ) -> None:
        self.session = session
        self.url = f"{url.rstrip('/')}/drive/v3/files"
        self.changes_url = f"{url.rstrip('/')}/drive/v3/changes"
        self.pace = Pace(rate)
        self.budget = budget
        self.closed: set[str] = set()  # shared drives of which only a folder is shared with us

    def metadata(self, file_id: str) -> Item:
        """The metadata of a file or folder, trashed or not."""
        parameters = {"fields": FILE_FIELDS, "supportsAllDrives": "true"}
        return self._json(f"{self.url}/{file_id}", parameters)

    def children(self, folder_id: str, drive_id: str | None) -> Iterator[Item]:
        """What lies in one folder, all pages; an item may come twice when a list was restarted.

        One folder per query: a query over several parents may answer with a partial list. A shared
        drive itself is hidden from who is no member of it, though a folder of it is shared with
        him: then the drive is not named. Raises IncompleteListError.
        """
        quoted = folder_id.replace("\\", "\\\\").replace("'", "\\'")
        parameters = {
            "q": f"'{quoted}' in parents and trashed = false",
            "fields": f"nextPageToken,incompleteSearch,files({FILE_FIELDS})",
            "pageSize": "1000",
            "orderBy": "name",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
        }
        if drive_id and drive_id not in self.closed:
            try:
                yield from self._list(parameters | {"corpora": "drive", "driveId": drive_id})
            except RefusedError as error:
                if error.status != 404:
                    raise
                self.closed.add(drive_id)
            else:
                return
        yield from self._list(parameters)

    def _list(self, parameters: dict[str, str]) -> Iterator[Item]:
        for page in self._pages(parameters):
            if page.get("incompleteSearch"):
                raise IncompleteListError
            yield from page["files"]

    def start_token(self, drive_id: str) -> str:
        """The token by which later changes in a shared drive are asked for; only of a member."""
        parameters = {"driveId": drive_id, "supportsAllDrives": "true"}
        return self._json(f"{self.changes_url}/startPageToken", parameters)["startPageToken"]

    def changes(self, token: str, drive_id: str) -> tuple[list[dict[str, Any]], str]:
        """What changed in a shared drive since the token, and the token for the next time."""
        change = f"fileId,removed,file({FILE_FIELDS})"
        parameters = {
            "driveId": drive_id,
            "fields": f"nextPageToken,newStartPageToken,changes({change})",
            "pageSize": "1000",
            "includeItemsFromAllDrives": "true",
            "supportsAllDrives": "true",
        }
        found: list[dict[str, Any]] = []
        while True:
            page = self._json(self.changes_url, parameters | {"pageToken": token})
            found += page["changes"]
            if "newStartPageToken" in page:
                return found, page["newStartPageToken"]
            token = page["nextPageToken"]

    def media(self, file_id: str, start: int) -> requests.Response:
        """The bytes of a file from `start` on, not read yet; 206 when they do begin there."""
        headers = {"Accept-Encoding": "identity"}  # a Range counts the bytes of the file itself
        if start:
            headers["Range"] = f"bytes={start}-"
        parameters = {"alt": "media", "supportsAllDrives": "true"}
        return self._get(f"{self.url}/{file_id}", parameters, headers)

    def export(self, file_id: str, mime: str) -> requests.Response:
        """A Google document in another format, not read yet; Drive refuses more than 10 MB."""
        return self._get(f"{self.url}/{file_id}/export", {"mimeType": mime})

    def _pages(self, parameters: dict[str, str]) -> Iterator[dict[str, Any]]:
        """All pages of a list, from the first one again when a page token is refused."""
        token, restarts = None, 0
        while True:
            asked = parameters | ({"pageToken": token} if token else {})
            try:
                page = self._json(self.url, asked)
            except RefusedError as error:
                restarts += 1
                if not token or error.status not in (400, 410) or restarts > RESTARTS:
                    raise
                token = None
                continue
            yield page
            token = page.get("nextPageToken")
            if not token:
                return

    def _json(self, url: str, parameters: dict[str, str]) -> dict[str, Any]:
        return send_for_json(self.session, self.pace.wait, url, parameters, Budget(self.budget))

    def _get(
        self, url: str, parameters: dict[str, str], headers: dict[str, str] | None = None
    ) -> requests.Response:
        budget = Budget(self.budget)
        return send(self.session, self.pace.wait, url, parameters, budget, headers)
