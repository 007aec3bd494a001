"""A lake in a folder, files put into it as landing does, and what cleaning made of them."""

import hashlib
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingestion.cards import CardKey
from ingestion.clean import CleanSettings, clean
from lake import layout
from lake.folder import FolderStore

DELIVERED = "2024-03-02T06:00:00.000000Z"
ITEM = {
    "APP_NAME": "Store App",
    "RESTAURANT_ID": "R1",
    "CREATION_TIME_UTC": "2024-03-01T18:30:00Z",
    "ORDER_ID": "O1",
    "USER_ID": "U1",
    "PRINTED_CARD_NUMBER": "012345678901",
    "IS_LOYALTY": "TRUE",
    "CURRENCY": "USD",
    "LINEITEM_ID": "L1",
    "ITEM_CATEGORY": "Mains",
    "ITEM_NAME": "Burrito",
    "ITEM_PRICE": "12.50",
    "ITEM_QUANTITY": "1",
}
OPTION = {
    "ORDER_ID": "O1",
    "LINEITEM_ID": "L1",
    "OPTION_GROUP_NAME": "Extras",
    "OPTION_NAME": "Cheese",
    "OPTION_PRICE": "0.50",
    "OPTION_QUANTITY": "1",
}


SETTINGS = CleanSettings(CardKey(bytes(range(32))))


@dataclass(frozen=True)
class Lake:
    """A store with landing and cleaning in one call."""

    store: FolderStore
    settings: CleanSettings = SETTINGS

    def item(self, **changed: str) -> str:
        """One line of an order_items file; keywords change single values."""
        return ",".join((ITEM | changed).values()) + "\n"

    def items(self, *lines: str) -> str:
        """An order_items file of these lines."""
        return ",".join(ITEM) + "\n" + "".join(lines)

    def options(self, **changed: str) -> str:
        """An order_item_options file of one line."""
        return ",".join(OPTION) + "\n" + ",".join((OPTION | changed).values()) + "\n"

    def land(self, data: str | bytes, name: str = "items.csv", at: str = DELIVERED) -> dict:
        data = data.encode() if isinstance(data, str) else data
        sha256 = hashlib.sha256(data).hexdigest()
        file_id = "f" + hashlib.sha256(name.encode()).hexdigest()[:32]
        manifest = {
            "schema_version": 1,
            "landing_id": layout.landing_id(file_id, sha256),
            "file_id": file_id,
            "revision": sha256,
            "sha256": sha256,
            "bytes": len(data),
            "name": name.rsplit("/", 1)[-1],
            "path": name,
            "mime": "text/csv",
            "modified_at": at,
            "version": 0,
            "source": "folder",
            "run_id": "20240302T060500Z-000000",
            "landed_at": at,
        }
        self.store.create(layout.blob(sha256), data)
        self.store.create(layout.manifest(file_id, sha256), json.dumps(manifest).encode())
        return manifest

    def clean(
        self, data: str | bytes, settings: CleanSettings | None = None, **landed: str
    ) -> dict:
        return clean(self.store, self.land(data, **landed), settings or self.settings)

    def rows(self, ledger: dict) -> list[dict]:
        output = ledger["outputs"]["clean"]
        return self._read(output["key"]) if output else []

    def row(self, **changed: str) -> dict:
        """What the only line of an order_items file becomes."""
        (row,) = self.rows(self.clean(self.items(self.item(**changed))))
        return row

    def reason(self, **changed: str) -> str:
        """Why a line is rejected that stands beside a good one."""
        ledger = self.clean(self.items(self.item(), self.item(**changed)))
        ((line, _, _, reason),) = self.rejects(ledger)
        assert (line, ledger["counts"]["loaded"]) == (3, 1)
        return reason

    def rejects(self, ledger: dict) -> list[tuple]:
        """(line, column, value, reason) of every reject."""
        output = ledger["outputs"]["rejects"]
        found = self._read(output["key"]) if output else []
        return [(r["source_row"], r["column_name"], r["value"], r["reason"]) for r in found]

    def _read(self, key: str) -> list[dict]:
        return pq.read_table(BytesIO(self.store.read(key))).to_pylist()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(FolderStore(tmp_path / "lake"))
