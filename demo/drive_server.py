"""A local server that speaks the Drive v3 API, for the demo and for tests. Standard library only.

It serves a local folder as a Drive folder on 127.0.0.1 (`python -m demo.drive_server DIR`). Spoken
so far: files.list (q with parents, name, mimeType, trashed; pageToken, pageSize, fields) and
files.get (fields; alt=media with Range). Faults can be injected, and every request is recorded.
"""

import hashlib
import json
import re
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from demo.drive_query import QueryError, matches, parse_query

FOLDER = "application/vnd.google-apps.folder"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FILES = "/drive/v3/files"
DEFAULT_PAGE, LARGEST_PAGE = 100, 1000


@dataclass
class Fault:
    """What goes wrong for the next `count` requests whose path and query match `pattern`.

    Kinds: `rate` (403 userRateLimitExceeded), `busy` (429 with Retry-After 0), `broken` (500),
    `truncate` (half of the body, then the connection ends), `corrupt` (a wrong first byte),
    `gone` (404).
    """

    pattern: str
    kind: str
    count: int = 1


@dataclass
class Drive:
    """A folder as a Drive: ids are derived from relative paths, times from the file system."""

    root: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    bytes_sent: int = 0
    hashes: dict[tuple[str, int, int], str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def root_id(self) -> str:
        """The id of the served folder."""
        return self.id_of(self.root)

    def id_of(self, path: Path) -> str:
        """Drive's id of a file or folder: the same on every machine and at every start."""
        relative = path.relative_to(self.root).as_posix()
        return "d" + hashlib.sha256(relative.encode()).hexdigest()[:32]

    def find(self, file_id: str) -> Path | None:
        """The path behind an id, if it is still there; the folder is searched for an unknown id."""
        path = self.paths.get(file_id)
        if path is None or not path.exists():
            self.paths = {self.id_of(path): path for path in (self.root, *self.root.rglob("*"))}
        return self.paths.get(file_id)

    def describe(self, path: Path) -> dict[str, Any]:
        """The metadata of a file or folder, as Drive gives it."""
        stat = path.stat()
        modified = EPOCH + timedelta(microseconds=stat.st_mtime_ns // 1000)
        item = {
            "kind": "drive#file",
            "id": self.id_of(path),
            "name": path.name,
            "mimeType": FOLDER if path.is_dir() else "application/octet-stream",
            "trashed": False,
            "parents": [] if path == self.root else [self.id_of(path.parent)],
            "modifiedTime": f"{modified:%Y-%m-%dT%H:%M:%S}.{modified.microsecond // 1000:03d}Z",
            "version": str(stat.st_mtime_ns // 1_000_000_000),
        }
        if path.is_file():
            digest = self._sha256(path, stat.st_size, stat.st_mtime_ns)
            item |= {"size": str(stat.st_size), "sha256Checksum": digest, "headRevisionId": digest}
        return item

    def take_fault(self, target: str) -> str | None:
        """The kind of the first fault that applies to a request, used up once."""
        with self.lock:
            for fault in self.faults:
                if fault.count > 0 and re.search(fault.pattern, target):
                    fault.count -= 1
                    return fault.kind
        return None

    def _sha256(self, path: Path, size: int, mtime: int) -> str:
        key = (str(path), size, mtime)
        if key not in self.hashes:
            with path.open("rb") as handle:
                self.hashes[key] = hashlib.file_digest(handle, "sha256").hexdigest()
        return self.hashes[key]


class Handler(BaseHTTPRequestHandler):
    """One connection; `server.drive` is what it serves."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for head and body

    @property
    def drive(self) -> Drive:
        """What is served."""
        return self.server.drive  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        """Answer files.list and files.get."""
        url = urlparse(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        with self.drive.lock:
            self.drive.requests.append(self.path)
        if self.headers.get("Authorization") != f"Bearer {self.drive.token}":
            return self._fail(401, "authError")
        fault = self.drive.take_fault(unquote(self.path))
        if fault in REFUSALS:
            return self._fail(*REFUSALS[fault])
        if url.path == FILES:
            return self._list(query)
        if url.path.startswith(f"{FILES}/"):
            return self._get(url.path.removeprefix(f"{FILES}/"), query, fault)
        return self._fail(404, "notFound")

    def _list(self, query: dict[str, str]) -> None:
        try:
            conditions = parse_query(query.get("q", ""))
            start = int(query.get("pageToken", "0"))
            size = min(int(query.get("pageSize", DEFAULT_PAGE)), LARGEST_PAGE)
        except (QueryError, ValueError) as error:
            return self._fail(400, "invalid", str(error))
        folders = self._candidates(conditions)
        items = [self.drive.describe(path) for path in folders]
        found = sorted((i for i in items if matches(conditions, i)), key=lambda i: i["name"])
        page: dict[str, Any] = {"files": found[start : start + size], "incompleteSearch": False}
        if start + size < len(found):
            page["nextPageToken"] = str(start + size)
        return self._answer(mask(page, query.get("fields", "files(id,name,mimeType)")))

    def _candidates(self, conditions: Any) -> list[Path]:
        parents = [c.value for c in conditions if c.field == "parents"]
        if not parents:
            return [self.drive.root, *self.drive.root.rglob("*")]
        folder = self.drive.find(parents[0])
        return sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []

    def _get(self, file_id: str, query: dict[str, str], fault: str | None) -> None:
        path = self.drive.find(file_id)
        if path is None:
            return self._fail(404, "notFound")
        if query.get("alt") != "media":
            item = self.drive.describe(path)
            return self._answer(mask(item, query.get("fields", "id,name,mimeType")))
        if path.is_dir():
            return self._fail(403, "fileNotDownloadable")
        return self._send_bytes(path.read_bytes(), fault)

    def _send_bytes(self, data: bytes, fault: str | None) -> None:
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(start[1]) if start else 0
        if first and first >= len(data):
            return self._fail(416, "requestedRangeNotSatisfiable")
        body = data[first:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if fault == "corrupt":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "truncate":
            body, self.close_connection = body[: len(body) // 2], True
        self.wfile.write(body)
        self.wfile.flush()
        with self.drive.lock:
            self.drive.bytes_sent += len(body)
        return None

    def _answer(self, body: dict[str, Any], status: int = 200, **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def _fail(self, status: int, reason: str, message: str = "") -> None:
        error = {"code": status, "message": message or reason, "errors": [{"reason": reason}]}
        headers = {"Retry_After": "0"} if status == 429 else {}
        self._answer({"error": error}, status, **headers)

    def log_message(self, *_: Any) -> None:
        """Requests are recorded in `Drive.requests`, not printed."""


REFUSALS = {
    "rate": (403, "userRateLimitExceeded"),
    "busy": (429, "rateLimitExceeded"),
    "broken": (500, "backendError"),
    "gone": (404, "notFound"),
}


def mask(item: dict[str, Any], fields: str) -> dict[str, Any]:
    """Only the fields that the request names: `a,b,c(d,e)`; `*` is all of them."""
    if fields == "*":
        return item
    kept: dict[str, Any] = {}
    for name, inner in re.findall(r"(\w+)(?:\(((?:[^()]|\([^()]*\))*)\))?", fields):
        if name not in item:
            continue
        value = item[name]
        if inner and isinstance(value, list):
            value = [mask(entry, inner) for entry in value]
        elif inner:
            value = mask(value, inner)
        kept[name] = value
    return kept


@contextmanager
def serve(root: Path, port: int = 0) -> Iterator[tuple[str, Drive]]:
    """Serve `root` on 127.0.0.1 while the block runs: (base URL, the Drive)."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.drive = Drive(root.absolute())  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.drive  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(arguments: list[str] | None = None) -> int:
    """Serve a folder until the process is interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m demo.drive_server FOLDER\n")
        return 2
    with serve(Path(arguments[0])) as (url, drive):
        sys.stdout.write(
            f"export FRANCHISE_DRIVE_URL={url} FRANCHISE_DRIVE_TOKEN={drive.token}\n"
            f"franchise run --source drive:{drive.root_id}\n"
        )
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
