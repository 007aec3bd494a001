"""Landing into either store, from the real Drive client over HTTP or from a folder."""

import itertools
import json
from dataclasses import dataclass, field

import pytest
import requests

from demo.drive_server import serve
from ingestion.drive import DriveSource
from ingestion.drive_client import DriveClient
from ingestion.land import land
from lake import layout


@dataclass
class Landing:
    """A served Drive, a lake, and runs of land between them."""

    drive: object
    url: str
    store: object
    numbers: object = field(default_factory=lambda: itertools.count(1))

    @property
    def files(self):
        return self.drive.files

    def add(self, name, content, **details):
        return self.files.add_file(self.drive.root_id, name, content, **details)

    def source(self):
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {self.drive.token}"
        return DriveSource(DriveClient(session, self.url, budget=2), self.drive.root_id)

    def run(self, source=None):
        """One run; path -> verdict."""
        run_id = f"20260701T120000Z-{next(self.numbers):06d}"
        verdicts = land(source or self.source(), self.store, run_id, workers=4).verdicts
        return {v.path: v.verdict for v in verdicts}

    def record(self, number):
        return json.loads(self.store.read(layout.landing_run(f"20260701T120000Z-{number:06d}")))

    def manifests(self):
        found = [json.loads(self.store.read(key)) for key in self.store.list(layout.MANIFESTS)]
        return sorted(found, key=lambda m: (m["path"], m["modified_at"]))

    def blobs(self):
        return [self.store.read(key) for key in self.store.list(layout.BLOBS)]


@pytest.fixture
def landing(tmp_path, store):
    (tmp_path / "drive").mkdir()
    with serve(tmp_path / "drive") as (url, drive):
        yield Landing(drive, url, store)
