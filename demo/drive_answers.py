"""What the local Drive answers: lists of files and changes, exports, uploads; no HTTP in here."""

import hashlib
import json
from email import message_from_bytes
from typing import Any

from demo.drive_fields import mask
from demo.drive_files import DriveFiles
from demo.drive_item import BINARY, FOLDER, SHORTCUT, Item
from demo.drive_query import parse_query

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
LARGEST_EXPORT = 10 << 20
FIELDS = "kind,id,name,mimeType"

Query = dict[str, str]


class RefusalError(Exception):
    """The request gets this status and reason."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.status, self.reason = status, reason


def find_file(files: DriveFiles, file_id: str, query: Query, export: bool) -> Item:
    """The item of an id. Raises RefusalError when it is gone or hidden from this client."""
    item = files.find(file_id)
    hidden = files.drive_of(item) and not _says(query, "supportsAllDrives")
    if item is None or (hidden and not export):
        raise RefusalError(404, "notFound", f"File not found: {file_id}.")
    return item


def list_files(files: DriveFiles, query: Query, fault: str) -> dict[str, Any]:
    """files.list. Raises RefusalError, QueryError, FieldsError."""
    size = int(query.get("pageSize", DEFAULT_PAGE))
    if not 1 <= size <= LARGEST_PAGE:
        raise RefusalError(400, "invalid", "pageSize must be within [1, 1000]")
    mark = hashlib.sha256(query.get("q", "").encode()).hexdigest()[:12]
    start, _, owner = query.get("pageToken", f"0-{mark}").partition("-")
    if not start.isdigit() or owner != mark:
        raise RefusalError(400, "invalid", "Invalid Value for pageToken")
    if "pageToken" not in query:
        files.found[mark] = _find(files, query, fault)
    end = int(start) + size
    page = [files.describe(item) for item in files.found[mark][int(start) : end]]
    next_token = f"{end}-{mark}" if end < len(files.found[mark]) else None
    answer = {"kind": "drive#fileList", "files": page, "incompleteSearch": fault == "incomplete"}
    if next_token:
        answer["nextPageToken"] = next_token
    default = f"kind,incompleteSearch,nextPageToken,files({FIELDS})"
    return mask(answer, query.get("fields", default))


def check_drive(files: DriveFiles, query: Query) -> None:
    """Raises RefusalError for a shared drive that the client is no member of, as Drive does."""
    drive_id = query.get("driveId")
    if drive_id and not files.is_member:
        raise RefusalError(404, "notFound", f"Shared drive not found: {drive_id}")


def first_token(files: DriveFiles, query: Query) -> dict[str, Any]:
    """changes.getStartPageToken. Raises RefusalError."""
    check_drive(files, query)
    files.scan()
    return {"startPageToken": str(len(files.changes))}


def list_changes(files: DriveFiles, query: Query) -> dict[str, Any]:
    """changes.list. Raises RefusalError, FieldsError."""
    check_drive(files, query)
    files.scan()
    start, size = query.get("pageToken", ""), int(query.get("pageSize", DEFAULT_PAGE))
    if not start.isdigit() or int(start) > len(files.changes):
        raise RefusalError(400, "invalid", "Invalid Value for pageToken")
    end = min(int(start) + size, len(files.changes))
    changes = []
    for file_id, removed in files.changes[int(start) : end]:
        item = files.items.get(file_id)
        change = {"kind": "drive#change", "changeType": "file", "fileId": file_id}
        change["removed"] = removed or item is None
        changes.append(change | ({"file": files.describe(item)} if item else {}))
    last = end == len(files.changes)
    answer = {"changes": changes, "newStartPageToken" if last else "nextPageToken": str(end)}
    return mask(answer, query.get("fields", "*"))


def export_file(item: Item, query: Query) -> bytes:
    """files.export. Raises RefusalError."""
    if item.mime in (BINARY, FOLDER, SHORTCUT):
        raise RefusalError(403, "fileNotExportable")
    if query.get("mimeType") not in item.exports:
        raise RefusalError(400, "badRequest", "The requested conversion is not supported.")
    data = item.exports[query["mimeType"]]
    if len(data) > LARGEST_EXPORT:
        raise RefusalError(403, "exportSizeLimitExceeded")
    return data


def store_upload(
    files: DriveFiles, file_id: str | None, query: Query, content_type: str, body: bytes
) -> dict[str, Any]:
    """files.create and files.update. Raises RefusalError, as My Drive does to service accounts."""
    metadata, content = _read_upload(content_type, query, body)
    if file_id:
        if files.find(file_id) is None:
            raise RefusalError(404, "notFound", f"File not found: {file_id}.")
        files.edit(file_id, content)
    else:
        parent = metadata.get("parents", [files.root_id])[0]
        if not files.drive_of(files.find(parent)):
            message = "Service Accounts do not have storage quota. Use a shared drive."
            raise RefusalError(403, "storageQuotaExceeded", message)
        file_id = files.add_file(parent, metadata.get("name", "Untitled"), content)
    return mask(files.describe(files.items[file_id]), query.get("fields", FIELDS))


def _find(files: DriveFiles, query: Query, fault: str) -> list[Item]:
    """What a query finds; its pages are cut from this, whatever changes meanwhile."""
    matches, parents = parse_query(query.get("q", ""))
    if fault == "partial":
        parents = parents[:1]
    items = _visible(files, _candidates(files, parents), query)
    return [item for item in items if matches(files.outline(item))]


def _candidates(files: DriveFiles, parents: list[str]) -> list[Item]:
    if not parents:
        return files.all()
    if files.find(parents[0]) is None:
        raise RefusalError(404, "notFound", f"File not found: {parents[0]}.")
    return [item for parent in parents for item in files.children(parent)]


def _visible(files: DriveFiles, items: list[Item], query: Query) -> list[Item]:
    """Items of shared drives are hidden from a client that does not say it knows them."""
    corpora, drive_id = query.get("corpora"), query.get("driveId")
    if (corpora == "drive") != bool(drive_id):
        raise RefusalError(400, "invalid", "driveId must be given with corpora=drive, only")
    check_drive(files, query)
    if drive_id:
        return [item for item in items if files.drive_of(item) == drive_id]
    if _says(query, "supportsAllDrives") and _says(query, "includeItemsFromAllDrives"):
        return items
    return [item for item in items if not files.drive_of(item)]


def _read_upload(content_type: str, query: Query, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Metadata and content of an upload: multipart/related, or the content alone."""
    if query.get("uploadType") == "media":
        return {}, body
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = message.get_payload()
    if query.get("uploadType") != "multipart" or not isinstance(parts, list) or len(parts) != 2:
        raise RefusalError(400, "badContent", "an upload has metadata and content")
    return json.loads(parts[0].get_payload(decode=True)), parts[1].get_payload(decode=True)


def _says(query: Query, name: str) -> bool:
    return query.get(name) == "true"
