"""The real Drive client against the local Drive server, over HTTP."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from demo.drive_server import Drive, serve
from ingestion.drive import DriveSource
from ingestion.drive_client import DriveClient


@dataclass
class Remote:
    """A Drive that is served, and a client of it."""

    url: str
    drive: Drive
    scratch: Path

    @property
    def files(self):
        return self.drive.files

    @property
    def root(self):
        return self.drive.root_id

    def add(self, name, content=b"x\n", parent=None):
        return self.files.add_file(parent or self.root, name, content)

    def source(self, folder_id=None, budget=5.0):
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {self.drive.token}"
        client = DriveClient(session, self.url, budget=budget)
        return DriveSource(client, folder_id or self.root)

    def paths(self, folder_id=None):
        return [file.path for file in self.source(folder_id).list_files()]

    def file(self, file_id):
        return next(f for f in self.source().list_files() if f.file_id == file_id)

    def download(self, file_id, budget=5.0):
        """The bytes that a client gets of one file."""
        target = self.scratch / "target"
        self.source(budget=budget).download(self.file(file_id), target)
        return target.read_bytes()


@pytest.fixture
def remote(tmp_path):
    (tmp_path / "drive").mkdir()
    with serve(tmp_path / "drive") as (url, drive):
        yield Remote(url, drive, tmp_path)


@pytest.fixture
def shared_drive(tmp_path):
    (tmp_path / "shared").mkdir()
    with serve(tmp_path / "shared", shared=True) as (url, drive):
        yield Remote(url, drive, tmp_path)


@pytest.fixture
def shared_folder(tmp_path):
    """A folder of a shared drive, shared with who is no member of the drive."""
    (tmp_path / "shared").mkdir()
    with serve(tmp_path / "shared", shared=True, member=False) as (url, drive):
        yield Remote(url, drive, tmp_path)


class _Credentials(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(
            {
                "AccessKeyId": "FROM-THE-CONTAINER",
                "SecretAccessKey": "s",
                "Token": "t",
                "Expiration": "2099-01-01T00:00:00Z",
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def container_credentials():
    """The address at which a container finds its AWS credentials."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Credentials)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/credentials"
    server.shutdown()
    server.server_close()
