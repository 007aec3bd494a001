"""Google Drive as the source: folders listed by id, downloads verified and resumed."""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from ingestion.drive_auth import open_session
from ingestion.retry import Budget, RefusedError, send
from ingestion.sources import DownloadError, SourceError, SourceFile

log = logging.getLogger(__name__)

GOOGLE = "https://www.googleapis.com"
URL_VARIABLE = "FRANCHISE_DRIVE_URL"
RATE_VARIABLE = "FRANCHISE_DRIVE_REQUESTS_PER_SECOND"
GOOGLE_RATE = 10.0
FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
NATIVE = "application/vnd.google-apps."
CHUNK = 1 << 20
ATTEMPTS = 4  # downloads of one file: a cut body is resumed, a wrong one is fetched again

FILE_FIELDS = (
    "id,name,mimeType,size,sha256Checksum,modifiedTime,version,headRevisionId,"
    "shortcutDetails(targetId,targetMimeType)"
)


class Pace:
    """At most `rate` requests a second over all threads; no limit when it is 0."""

    def __init__(self, rate: float) -> None:
        self.interval = 1 / rate if rate else 0.0
        self.lock = threading.Lock()
        self.next = 0.0

    def wait(self) -> None:
        """Sleep until the next request may be sent."""
        if not self.interval:
            return
        with self.lock:
            now = time.monotonic()
            start = max(now, self.next)
            self.next = start + self.interval
        time.sleep(start - now)


class DriveSource:
    """Every file below one Drive folder; nested folders and shortcuts are followed by id."""

    kind = "drive"

    def __init__(self, session: requests.Session, url: str, folder_id: str, rate: float) -> None:
        self.session = session
        self.url = f"{url.rstrip('/')}/drive/v3/files"
        self.folder_id = folder_id
        self.pace = Pace(rate)

    def list_files(self) -> Iterator[SourceFile]:
        """Every file, each id once, in the order of folders and names. Raises SourceError."""
        folders = [(self.folder_id, "")]
        seen_folders, seen_files = {self.folder_id}, set()
        while folders:
            folder_id, path = folders.pop(0)
            for item in self._children(folder_id):
                item = self._resolve(item)
                if item is None:
                    continue
                if item["mimeType"] == FOLDER:
                    if item["id"] not in seen_folders:  # shortcuts can make a circle
                        seen_folders.add(item["id"])
                        folders.append((item["id"], f"{path}{item['name']}/"))
                elif item["id"] not in seen_files:
                    seen_files.add(item["id"])
                    yield _source_file(item, path)

    def download(self, file: SourceFile, target: Path) -> SourceFile:
        """Write the bytes to `target`, resumed by Range and verified by sha256 and size.

        Raises DownloadError when they cannot be had, or when the file is edited meanwhile.
        """
        if file.mime.startswith(NATIVE):
            raise DownloadError(
                f"{file.mime} is a Google document without bytes of its own: "
                "save it as CSV or xlsx in the folder"
            )
        for _ in range(ATTEMPTS):
            try:
                self._fetch(file, target)
                break
            except (requests.RequestException, _WrongBytesError) as error:
                log.info("download of file %s is tried again: %s", file.file_id, error)
        else:
            raise DownloadError(f"{ATTEMPTS} downloads did not give the bytes that Drive announced")
        after = self._metadata(file.file_id)
        if (after.get("sha256Checksum"), after.get("trashed")) != (file.sha256, False):
            raise DownloadError("was edited while it was downloaded; the next run takes it")
        return file

    def _children(self, folder_id: str) -> Iterator[dict[str, Any]]:
        """One folder per query: a query over several parents may answer with a partial list."""
        quoted = folder_id.replace("\\", "\\\\").replace("'", "\\'")
        parameters = {
            "q": f"'{quoted}' in parents and trashed = false",
            "fields": f"nextPageToken,incompleteSearch,files({FILE_FIELDS})",
            "pageSize": 1000,
            "orderBy": "name",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
        }
        token = None
        while True:
            page = self._get_json(self.url, parameters | ({"pageToken": token} if token else {}))
            if page.get("incompleteSearch"):
                raise SourceError(f"Drive listed folder {folder_id} incompletely. Run again later.")
            yield from page["files"]
            token = page.get("nextPageToken")
            if not token:
                return

    def _resolve(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """The item itself, or what a shortcut leads to in one hop; None when it leads nowhere."""
        if item["mimeType"] != SHORTCUT:
            return item
        try:
            target = self._metadata(item["shortcutDetails"]["targetId"])
        except DownloadError:
            log.warning("the shortcut %s leads nowhere", item["id"])
            return None
        if target.get("trashed") or target["mimeType"] == SHORTCUT:
            return None
        return target | {"name": item["name"]}

    def _metadata(self, file_id: str) -> dict[str, Any]:
        parameters = {"fields": f"{FILE_FIELDS},trashed", "supportsAllDrives": "true"}
        try:
            return self._get_json(f"{self.url}/{file_id}", parameters)
        except SourceError as error:
            raise DownloadError(str(error)) from error

    def _get_json(self, url: str, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            return send(self.session, self.pace.wait, url, parameters, Budget()).json()
        except (RefusedError, requests.RequestException) as error:
            raise SourceError(f"Drive folder {self.folder_id} cannot be read: {error}") from error

    def _fetch(self, file: SourceFile, target: Path) -> None:
        """One download, from where an earlier one was cut."""
        have = target.stat().st_size if target.exists() else 0
        if have < file.bytes or file.bytes == 0:
            self._append(file, target, have)
        if _digest(target) != file.sha256 or target.stat().st_size != file.bytes:
            if target.stat().st_size >= file.bytes:
                target.unlink()  # complete and wrong: nothing of it can be kept
            raise _WrongBytesError("sha256 or size differ from what Drive announced")

    def _append(self, file: SourceFile, target: Path, have: int) -> None:
        headers = {"Range": f"bytes={have}-"} if have else {}
        parameters = {"alt": "media", "supportsAllDrives": "true"}
        url = f"{self.url}/{file.file_id}"
        try:
            answer = send(self.session, self.pace.wait, url, parameters, Budget(), headers)
        except RefusedError as error:
            raise DownloadError(str(error)) from error
        with answer, target.open("ab" if answer.status_code == 206 else "wb") as handle:
            for chunk in answer.iter_content(CHUNK):
                handle.write(chunk)


class _WrongBytesError(Exception):
    pass


def open_drive(folder_id: str) -> DriveSource:
    """The Drive folder with this id, by the credentials of the environment. Raises SourceError."""
    if not folder_id:
        raise SourceError("drive: needs the id of a folder, e.g. --source drive:1AbCdEf")
    url = os.environ.get(URL_VARIABLE, GOOGLE)
    rate = float(os.environ.get(RATE_VARIABLE, GOOGLE_RATE if url == GOOGLE else 0))
    return DriveSource(open_session(url), url, folder_id, rate)


def _source_file(item: dict[str, Any], path: str) -> SourceFile:
    return SourceFile(
        file_id=item["id"],
        name=item["name"],
        path=path + item["name"],
        bytes=int(item.get("size", 0)),
        modified_at=datetime.fromisoformat(item["modifiedTime"]),
        version=int(item.get("version", 0)),
        mime=item["mimeType"],
        sha256=item.get("sha256Checksum", ""),
    )


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
