"""Operator reports back to a shared drive, when an installation asks for it.

A service account has no storage of its own: only a shared drive takes files from it. The account
needs to be a contributor there; this is the only place where anything is written to Drive.
"""

import json
import logging
import os
import secrets
from collections.abc import Iterable
from functools import partial

import requests

from ingestion.drive import GOOGLE, URL_VARIABLE
from ingestion.drive_auth import WRITE_SCOPE, open_session
from ingestion.retry import OPTIONS, Budget, RefusedError, retry, send_for_json
from ingestion.sources import SourceError
from lake.store import Store

log = logging.getLogger(__name__)

FOLDER_VARIABLE = "FRANCHISE_REPORT_FOLDER"
BUDGET = 60.0
TYPES = {"csv": "text/csv", "html": "text/html"}


def publish_reports(store: Store, keys: Iterable[str]) -> int:
    """Write pages of the lake to the folder of FRANCHISE_REPORT_FOLDER; how many, 0 without one.

    Pages that are there are replaced, so all of them may be published again.

    Raises SourceError.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return 0
    url = os.environ.get(URL_VARIABLE, GOOGLE)
    drive = ReportFolder(open_session(url, WRITE_SCOPE), url, folder)
    return sum(drive.put(_name(key), store.read(key)) for key in keys)


class ReportFolder:
    """One folder of a shared drive that takes files by name."""

    def __init__(self, session: requests.Session, url: str, folder_id: str) -> None:
        self.session = session
        self.files = f"{url.rstrip('/')}/drive/v3/files"
        self.uploads = f"{url.rstrip('/')}/upload/drive/v3/files"
        self.folder_id = folder_id

    def put(self, name: str, content: bytes) -> bool:
        """Create the file, or give the one of that name another content. Raises SourceError.

        What is there is looked up before every try: a file whose creation was done and not answered
        is found, and no second one made.
        """
        upload = partial(self._upload, name, content)
        try:
            retry(upload, _at_once, self.uploads, Budget(BUDGET), requests.Response.json)
        except RefusedError as error:
            hint = ""
            if "storageQuotaExceeded" in str(error):
                hint = " A service account can write to a shared drive only: name a folder in one."
            raise SourceError(
                f"the report {name} cannot be written to Drive: {error}.{hint}"
            ) from None
        return True

    def _find(self, name: str) -> str | None:
        quoted = name.replace("\\", "\\\\").replace("'", "\\'")
        parameters = {
            "q": f"name = '{quoted}' and '{self.folder_id}' in parents and trashed = false",
            "fields": "files(id)",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
        }
        found = send_for_json(self.session, _at_once, self.files, parameters, Budget(BUDGET))
        return next((item["id"] for item in found["files"]), None)

    def _upload(self, name: str, content: bytes) -> requests.Response:
        file_id = self._find(name)
        boundary = secrets.token_hex(16)
        metadata = {} if file_id else {"name": name, "parents": [self.folder_id]}
        kind = TYPES[name.rpartition(".")[2]]
        head = (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
            f"{json.dumps(metadata)}\r\n--{boundary}\r\nContent-Type: {kind}\r\n\r\n"
        )
        return self.session.request(
            "PATCH" if file_id else "POST",
            f"{self.uploads}/{file_id}" if file_id else self.uploads,
            params={"uploadType": "multipart", "supportsAllDrives": "true", "fields": "id"},
            headers={"Content-Type": f"multipart/related; boundary={boundary}"},
            data=head.encode() + content + f"\r\n--{boundary}--\r\n".encode(),
            **OPTIONS,
        )


def _at_once() -> None:
    """A handful of requests needs no pacing."""


def _name(key: str) -> str:
    """`R1 2024-03-02.csv` for `reports/restaurant=R1/day=2024-03-02/report.csv`."""
    _, owner, day, page = key.split("/")
    return f"{owner.partition('=')[2]} {day.partition('=')[2]}.{page.rpartition('.')[2]}"
