"""One connection to the local Drive: requests in, answers out, faults between them."""

import json
import re
import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, unquote_plus, urlparse

from demo.drive_answers import (
    FIELDS,
    RefusalError,
    export_file,
    find_file,
    first_token,
    list_changes,
    list_files,
    store_upload,
)
from demo.drive_faults import REFUSALS, Fault
from demo.drive_fields import FieldsError, mask
from demo.drive_item import BINARY
from demo.drive_query import QueryError
from demo.drive_tokens import TokenError, answer_token

FILES = "/drive/v3/files"
CHANGES = "/drive/v3/changes"
UPLOAD = f"/upload{FILES}"
TOKEN_PATHS = re.compile(r"/token|/sts|/v1/projects/-/serviceAccounts/[^/]+:generateAccessToken")


class Handler(BaseHTTPRequestHandler):
    """One connection; `server.drive` is what it serves."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for head and body
    fault: Fault | None = None

    def do_GET(self) -> None:
        """Answer a request that reads."""
        self._respond("GET", b"")

    def do_POST(self) -> None:
        """Answer a request that creates a file or asks for a token."""
        self._respond("POST", self._body())

    def do_PATCH(self) -> None:
        """Answer a request that changes a file."""
        self._respond("PATCH", self._body())

    def log_message(self, *_: Any) -> None:
        """Requests are recorded in `Drive.requests`, not printed."""

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _respond(self, method: str, body: bytes) -> None:
        self.drive = self.server.drive  # type: ignore[attr-defined]
        url = urlparse(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        self.drive.record(self.path)
        try:
            self.fault = self.drive.take_fault(unquote_plus(self.path))
            if self.fault and self.fault.kind in REFUSALS:
                raise RefusalError(*REFUSALS[self.fault.kind])
            if method == "POST" and TOKEN_PATHS.fullmatch(url.path):
                return self._token(url.path, body)
            if self.headers.get("Authorization") != f"Bearer {self.drive.token}":
                raise RefusalError(401, "authError", "Invalid Credentials")
            return self._route(method, url.path, query, body)
        except (QueryError, FieldsError, TokenError) as error:
            self._refuse(RefusalError(400, "invalid", str(error)))
        except RefusalError as refusal:
            self._refuse(refusal)

    def _token(self, path: str, body: bytes) -> None:
        self.drive.tokens_asked.append((path, body))
        self._answer(answer_token(path, body, self.drive.token, self.drive.token_seconds))

    def _route(self, method: str, path: str, query: dict[str, str], body: bytes) -> None:
        if method == "GET" and path == FILES:
            kind = self.fault.kind if self.fault else ""
            return self._answer(list_files(self.drive.files, query, kind))
        if method == "GET" and path == f"{CHANGES}/startPageToken":
            return self._answer(first_token(self.drive.files, query))
        if method == "GET" and path == CHANGES:
            return self._answer(list_changes(self.drive.files, query))
        found = re.fullmatch(f"({FILES}|{UPLOAD})(?:/([^/]+))?(/export)?", path)
        if not found:
            raise RefusalError(404, "notFound")
        prefix, file_id, export = found.groups()
        if method == "GET" and file_id and prefix == FILES:
            return self._get(unquote(file_id), query, bool(export))
        if prefix == UPLOAD and (method == "POST") != bool(file_id):
            content_type = self.headers.get("Content-Type", "")
            return self._answer(store_upload(self.drive.files, file_id, query, content_type, body))
        raise RefusalError(404, "notFound")

    def _get(self, file_id: str, query: dict[str, str], export: bool) -> None:
        item = find_file(self.drive.files, file_id, query, export)
        if export:
            return self._send_bytes(export_file(item, query))
        if query.get("alt") == "media":
            if item.mime != BINARY:
                raise RefusalError(403, "fileNotDownloadable")
            return self._send_bytes(item.read())
        return self._answer(mask(self.drive.files.describe(item), query.get("fields", FIELDS)))

    def _send_bytes(self, data: bytes) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(wanted[1]) if wanted else 0
        last = min(int(wanted[2]) if wanted and wanted[2] else len(data) - 1, len(data) - 1)
        if wanted and first >= len(data):
            raise RefusalError(416, "requestedRangeNotSatisfiable")
        headers = {"Content-Range": f"bytes {first}-{last}/{len(data)}"} if wanted else {}
        self._send(data[first : last + 1], 206 if wanted else 200, headers, self.drive.count)

    def _send(
        self,
        data: bytes,
        status: int,
        headers: dict[str, str],
        sent: Callable[[bytes], None] = lambda body: None,
    ) -> None:
        """Send an answer as the fault leaves it; `sent` hears the body that went out."""
        body = self._spoil(data)
        if self.fault and self.fault.kind == "lost":
            self.close_connection = True
            return self._reset()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        sent(body)
        if self.fault and self.fault.kind == "reset":
            self._reset()

    def _spoil(self, body: bytes) -> bytes:
        """The body as the fault leaves it."""
        kind = self.fault.kind if self.fault else ""
        if kind == "call" and self.fault.action:
            self.fault.action()
        if kind == "corrupt" and body:
            return bytes([body[0] ^ 1]) + body[1:]
        if kind in ("truncate", "reset"):
            self.close_connection = True
            return body[: len(body) // 2]
        return body

    def _reset(self) -> None:
        """End the connection by RST, as a crashed server or a broken line does."""
        lingering = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)

    def _answer(self, body: dict[str, Any], status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"Content-Type": "application/json; charset=UTF-8"}
        self._send(json.dumps(body).encode(), status, kind | named)

    def _refuse(self, refusal: RefusalError) -> None:
        error = {"code": refusal.status, "message": str(refusal)}
        error["errors"] = [{"reason": refusal.reason, "message": str(refusal)}]
        seconds = self.fault.seconds if self.fault else 0
        headers = {"Retry_After": f"{seconds:g}"} if refusal.status == 429 else {}
        self._answer({"error": error}, refusal.status, **headers)
