"""Google Drive as the source: folders listed by id, downloads verified and resumed."""

import logging
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from ingestion.drive_auth import describe_auth, open_session
from ingestion.drive_client import (
    FOLDER,
    NATIVE,
    SHORTCUT,
    DriveClient,
    IncompleteListError,
    Item,
)
from ingestion.drive_download import download_binary, download_export
from ingestion.drive_listing import Listing
from ingestion.retry import RefusedError
from ingestion.sources import (
    LEADS_NOWHERE,
    ChangingError,
    DownloadError,
    SourceError,
    SourceFile,
    as_text,
)

__all__ = ["DriveSource", "describe_auth", "open_drive"]

log = logging.getLogger(__name__)

GOOGLE = "https://www.googleapis.com"
URL_VARIABLE = "FRANCHISE_DRIVE_URL"
RATE_VARIABLE = "FRANCHISE_DRIVE_REQUESTS_PER_SECOND"
GOOGLE_RATE = 10.0
FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")  # becomes a part of keys; Drive has no others
NOWHERE = {403, 404}


class DriveSource:
    """Every file below one Drive folder; nested folders and shortcuts are followed by id."""

    kind = "drive"

    def __init__(self, client: DriveClient, folder_id: str) -> None:
        self.client = client
        self.root = folder_id
        self.listing: Listing | None = None
        self.is_full = True
        self.has_time: Callable[[], bool] = lambda: True  # to list on, one folder after another

    @property
    def dangling(self) -> list[str]:
        """Paths of the shortcuts whose target cannot be seen."""
        found = self.listing.files.values() if self.listing else ()
        return [as_text(path + item["name"]) for path, item in found if _is_dangling(item)]

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self.client.pace.requests

    def list_files(self) -> Iterator[SourceFile]:
        """Every file, each id once: by folders and names, or by ids when `listing` was brought up
        to date. Raises SourceError.
        """
        with _as_source_error(self.root):
            top = self._top_folder()
            self.is_full = not (self.listing and self.listing.update(self.client))
            if self.is_full:
                self.listing = self._list_all(top)
            for path, item in self.listing.files.values():
                yield _source_file(item, path)

    def _list_all(self, top: Item) -> Listing:
        listing = Listing.begin(self.client, top.get("driveId"))
        listing.folders[top["id"]] = ""
        folders = deque([top])
        while folders:
            folder = folders.popleft()
            path = listing.folders[folder["id"]]
            if path and not self.has_time():
                raise _out_of_time(len(listing.folders) - len(folders) - 1, len(listing.folders))
            with _as_source_error(f"{path[:-1]} ({folder['id']})" if path else self.root):
                folders += self._list_folder(listing, folder, path)
        return listing

    def _list_folder(self, listing: Listing, folder: Item, path: str) -> Iterator[Item]:
        """Note the files of one folder; the folders in it that are not known yet."""
        for item in self.client.children(folder["id"], folder.get("driveId")):
            if item["mimeType"] == SHORTCUT:
                listing.token = ""  # what it leads to may change where we do not look
            item = self._resolve(item)
            if item is None or item["id"] in listing.files or item["id"] in listing.folders:
                continue  # shortcuts can make a circle
            if item["mimeType"] == FOLDER:
                listing.folders[item["id"]] = f"{path}{item['name']}/"
                yield item
            else:
                listing.files[item["id"]] = (path, item)

    def download(self, file: SourceFile, target: Path) -> SourceFile:
        """Write the bytes to `target`, resumed by Range and verified by sha256 and size.

        Raises DownloadError when they cannot be had, ChangingError when the file is edited all the
        time.
        """
        if file.mime == SHORTCUT:
            raise DownloadError(
                "is a shortcut to what is gone or is not shared with the account that reads it: "
                + LEADS_NOWHERE
            )
        if file.is_export:
            return download_export(self.client, file, target)
        edited = download_binary(self.client, file, target)
        if edited:
            target.unlink(missing_ok=True)
            file = _source_file(edited, file.path.removesuffix(file.name))
            if download_binary(self.client, file, target):
                raise ChangingError("was edited twice while it was downloaded; the next run has it")
        return file

    def _top_folder(self) -> Item:
        """The folder that the source names, by itself or by a shortcut to it."""
        top = self.client.metadata(self.root)
        top = self._resolve(top) or top
        if top["mimeType"] != FOLDER or top.get("trashed"):
            what = "in the trash" if top.get("trashed") else "no folder"
            raise SourceError(f"{self.root} is {what}. Name a Drive folder by its id.")
        return top

    def _resolve(self, item: Item) -> Item | None:
        """The item itself, or what a shortcut leads to in one hop; a dangling shortcut itself.

        None when it leads to the trash, which is a withdrawal, or to another shortcut.
        """
        if item["mimeType"] != SHORTCUT:
            return item
        try:
            target = self.client.metadata(item["shortcutDetails"]["targetId"])
        except RefusedError as error:
            if error.status not in NOWHERE:
                raise
            log.warning("the shortcut %s leads nowhere", item["id"])
            return item
        if target.get("trashed") or target["mimeType"] == SHORTCUT:
            return None
        return target | {"name": item["name"]}

    def resume(self, facts: dict[str, Any]) -> None:
        """Begin with an earlier run's `snapshot`."""
        with suppress(ValueError):  # of another version of ours: everything is listed
            self.listing = Listing.from_facts(facts)

    def snapshot(self) -> dict[str, Any] | None:
        """What was listed, for the next run; None when that has to list everything again."""
        return self.listing.facts() if self.listing else None


def _out_of_time(listed: int, found: int) -> SourceError:
    return SourceError(
        f"the time of this run was up when {listed} of at least {found} folders were listed; "
        "nothing was landed. Give the function a longer timeout, or run `franchise land` over this "
        "lake on a machine. Later runs of a shared drive without shortcuts ask for changes only."
    )


@contextmanager
def _as_source_error(folder: str) -> Iterator[None]:
    try:
        yield
    except IncompleteListError as error:
        message = f"Drive listed folder {folder} incompletely. Run again later."
        raise SourceError(message) from error
    except (RefusedError, requests.RequestException) as error:
        raise SourceError(f"Drive folder {folder} cannot be read: {error}") from error


def open_drive(folder_id: str) -> DriveSource:
    """The Drive folder with this id, by the credentials of the environment. Raises SourceError."""
    if not FILE_ID.fullmatch(folder_id):
        raise SourceError("drive: needs the id of a folder, e.g. --source drive:1AbCdEf")
    url = os.environ.get(URL_VARIABLE, GOOGLE)
    rate = _read_rate(GOOGLE_RATE if url == GOOGLE else 0)
    return DriveSource(DriveClient(open_session(url), url, rate), folder_id)


def _read_rate(default: float) -> float:
    text = os.environ.get(RATE_VARIABLE)
    if not text:
        return default
    try:
        rate = float(text)
    except ValueError:
        rate = -1
    if not rate >= 0:  # also when it is not a number
        raise SourceError(
            f"{RATE_VARIABLE} is {text!r}: write a number, such as 10, or 0: no limit"
        )
    return rate


def _is_dangling(item: Item) -> bool:
    return item["mimeType"] == SHORTCUT


def _source_file(item: Item, path: str) -> SourceFile:
    if not FILE_ID.fullmatch(item["id"]):
        raise SourceError(f"Drive gave a file an id that is none: {item['id']!r}")
    return SourceFile(
        file_id=item["id"],
        name=as_text(item["name"]),
        path=as_text(path + item["name"]),
        bytes=int(item.get("size", 0)),
        modified_at=datetime.fromisoformat(item["modifiedTime"]),
        version=int(item.get("version", 0)),
        mime=item["mimeType"],
        sha256=item.get("sha256Checksum", ""),
        md5=item.get("md5Checksum", ""),
        head=item.get("headRevisionId", ""),
        is_export=item["mimeType"].startswith(NATIVE),
    )
