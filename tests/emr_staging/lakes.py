"""A lake as clean leaves it, written by hand: one clean file and one ledger per delivery."""

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emr_staging.state import State
from lake import layout
from lake.folded import read_folded
from lake.folder import FolderStore

PRICE = pa.decimal128(18, 4)
MOMENT = pa.timestamp("us")
LINEAGE = {"_landing_id": pa.string(), "_source_row": pa.int64(), "_delivered_at": MOMENT}
SCHEMAS = {
    "order_items": {
        "order_id": pa.string(),
        "lineitem_id": pa.string(),
        "restaurant_id": pa.string(),
        "user_id": pa.string(),
        "card_hash": pa.string(),
        "app_name": pa.string(),
        "currency": pa.string(),
        "is_loyalty": pa.bool_(),
        "item_category": pa.string(),
        "item_name": pa.string(),
        "item_price": PRICE,
        "item_quantity": pa.int64(),
        "created_at": MOMENT,
        **LINEAGE,
    },
    "order_item_options": {
        "order_id": pa.string(),
        "lineitem_id": pa.string(),
        "option_group_name": pa.string(),
        "option_name": pa.string(),
        "option_price": PRICE,
        "option_quantity": pa.int64(),
        **LINEAGE,
    },
    "restaurants": {
        "restaurant_id": pa.string(),
        "restaurant_name": pa.string(),
        "timezone": pa.string(),
        "opened_on": pa.date32(),
        "city": pa.string(),
        "region": pa.string(),
        **LINEAGE,
    },
}
DEFAULTS = {
    "order_items": {
        "restaurant_id": "r1",
        "is_loyalty": False,
        "item_price": "10.00",
        "item_quantity": 1,
        "created_at": "2026-01-02T17:00:00",
    },
    "order_item_options": {
        "option_name": "Extra cheese",
        "option_price": "1.00",
        "option_quantity": 1,
    },
    "restaurants": {},
}
MONEY = {"order_items": "item_price", "order_item_options": "option_price"}


class HandMadeLake:
    """Deliveries come in as (entity, file, rows, time); `rows` are dictionaries over defaults."""

    def __init__(self, folder: Path) -> None:
        self.store = FolderStore(folder)

    def deliver(self, entity, file, rows, at="2026-01-03T06:00:00", status="loaded") -> str:
        """One revision of one file; return its landing id. Equal rows are equal bytes."""
        sha256 = hashlib.sha256(json.dumps([entity, rows]).encode()).hexdigest()
        revision = hashlib.sha256(f"{sha256}|{at}".encode()).hexdigest()
        landing = layout.landing_id(file, revision)
        output = self._write_clean(entity, landing, rows, at) if rows else None
        money = sum(Decimal((DEFAULTS[entity] | r).get(MONEY.get(entity), 0)) for r in rows)
        ledger = {
            "schema_version": 1,
            "contract_version": 1,
            "landing_id": landing,
            "file_id": file,
            "sha256": sha256,
            "path": f"{file}.csv",
            "modified_at": f"{at}.000Z",
            "version": 1,
            "landed_at": f"{at}.000Z",
            "entity": entity,
            "status": status,
            "counts": {"loaded": len(rows) if status == "loaded" else 0},
            "money": {MONEY[entity]: f"{money:.4f}"} if entity in MONEY else {},
            "outputs": {"clean": output, "rejects": None},
        }
        self.store.write(layout.ledger(landing), json.dumps(ledger).encode())
        return landing

    def withdraw(self, file, at, landed_at=None) -> None:
        """The file is gone from the source at this time, as a run saw at `landed_at`."""
        at_utc = f"{at}.000Z"
        stone = {"file_id": file, "trashed": True, "modified_at": at_utc, "version": 1}
        stone |= {"landed_at": landed_at or at_utc}
        key = layout.manifest(file, f"trashed-{at.replace(':', '')}")
        self.store.write(key, json.dumps(stone).encode())

    def _write_clean(self, entity, landing, rows, at):
        columns = SCHEMAS[entity]
        table = {name: [] for name in columns}
        for number, row in enumerate(rows, start=2):
            lineage = {"_landing_id": landing, "_source_row": number, "_delivered_at": at}
            values = DEFAULTS[entity] | lineage | row
            for name, kind in columns.items():
                table[name].append(_typed(values.get(name), kind))
        arrays = {name: pa.array(table[name], kind) for name, kind in columns.items()}
        key = layout.clean(entity, landing)
        path = Path(self.store.url(key))
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(arrays), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return {"key": key, "rows": len(rows), "bytes": path.stat().st_size, "sha256": digest}


def _typed(value, kind):
    if value is None:
        return None
    if kind == PRICE:
        return Decimal(value)
    return datetime.fromisoformat(value) if kind == MOMENT else value


def item(order, line, at="2026-01-02T17:00:00", **fields):
    """One order line; 17:00 UTC of 2 January is noon in New York."""
    return {"order_id": order, "lineitem_id": line, "created_at": at, **fields}


def option(order, line, price="1.00", **fields):
    """One option of an order line."""
    return {"order_id": order, "lineitem_id": line, "option_price": price, **fields}


def rows_of(store, entity):
    """Every row of normalized, as text, sorted: (folder, column=value ...)."""
    state = State(store)
    places = {d: state.files(entity, [d]) for d in state.dates} if entity != "restaurants" else {}
    if entity == "restaurants":
        places = {"all": state.restaurant_files()}
    found = []
    for place, files in places.items():
        for file in files:
            table = pq.ParquetFile(store.url(file["key"])).read()
            assert table.num_rows == file["rows"]
            found += [f"{place} {row}" for row in table.to_pylist()]
    return sorted(found)


def everything(store):
    """Every value of every row, all counts, and what became of every landing that has rows."""
    rows = [rows_of(store, entity) for entity in ("order_items", "order_item_options")]
    current = State(store).current
    counts = {d: {**facts, "run_id": None} for d, facts in current.get("dates", {}).items()}
    landings = read_folded(store, current).to_pylist()
    states = sorted((found["landing_id"], found["state"]) for found in landings if found["rows"])
    return rows, counts, current.get("totals"), states


def columns_of(store, entity, *names):
    """Chosen columns of every row of normalized as text, with the folder first, sorted."""
    state = State(store)
    found = []
    for date in state.dates:
        for file in state.files(entity, [date]):
            table = pq.ParquetFile(store.url(file["key"])).read().select(names)
            found += [(date, *(str(row[n]) for n in names)) for row in table.to_pylist()]
    return sorted(found)


def lines(lake):
    """(business date, order, line, price) of every line."""
    return columns_of(lake.store, "order_items", "order_id", "lineitem_id", "item_price")


def options(lake):
    """(business date or pending, order, line, price) of every option."""
    return columns_of(lake.store, "order_item_options", "order_id", "lineitem_id", "option_price")
