"""Cleaning without a disk, for tests that clean thousands of small files."""

import hashlib
from io import BytesIO

import pyarrow.parquet as pq
import pytest

from ingestion.batch import clean_batch
from ingestion.cards import CardKey
from ingestion.settings import CleanSettings
from ingestion.validate import connect
from lake import layout

SETTINGS = CleanSettings(CardKey(bytes(range(32))))


class Cleaner:
    """Cleans bytes; the lake is a dict."""

    def __init__(self):
        self.connection = connect()
        self.keys = {}

    def read(self, key):
        return self.keys[key]

    def write(self, key, data):
        self.keys[key] = data if isinstance(data, bytes) else data.read_bytes()

    def clean(self, data):
        sha256 = hashlib.sha256(data).hexdigest()
        self.keys = {layout.blob(sha256): data}
        times = dict.fromkeys(("modified_at", "landed_at"), "2024-03-02T06:00:00.000000Z")
        names = dict.fromkeys(("file_id", "revision", "name", "path"), "f")
        facts = {"landing_id": "x", "sha256": sha256, "bytes": len(data), "version": 0}
        return clean_batch(self.connection, self, [facts | names | times], SETTINGS)[0]

    def loaded(self, ledger):
        """The source rows of the typed rows."""
        return self._lines(ledger["outputs"]["clean"], "_source_row")

    def rejected(self, ledger):
        """The source rows of the rejects, each once."""
        return sorted(set(self._lines(ledger["outputs"]["rejects"], "source_row")))

    def _lines(self, output, column):
        if output is None:
            return []
        # In this thread: a fuzzer ends while Arrow's own threads may still want Python's lock.
        file = pq.ParquetFile(BytesIO(self.keys[output["key"]]))
        return file.read([column], use_threads=False)[column].to_pylist()


@pytest.fixture(scope="session")
def cleaner():
    return Cleaner()
