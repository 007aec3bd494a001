"""Delivery control and the mart `delivery_status` judge the same files alike."""

import json
from datetime import UTC, date, datetime

import duckdb
import pytest

from lake import layout
from lake.folded import SCHEMA, write_folded
from lake.folder import FolderStore
from orchestration import deliveries
from orchestration.control import control_days
from orchestration.duckdb_warehouse import DuckDBWarehouse
from orchestration.settings import read_defaults

from .conftest import item

# file, when it came in March 2026 (UTC), the days of March that it has rows of, and its state.
# A day is due at 12:00 of the next one in New York: at 17:00 UTC, from the 8th on at 16:00.
DELIVERIES = [
    ("grows late", "02T09:00", [1], "superseded"),
    ("grows late", "20T09:00", [1, 6], "live"),
    ("grows daily", "08T09:00", [7], "superseded"),
    ("grows daily", "09T09:00", [7, 8], "live"),
    ("shrinks", "11T09:00", [9, 10], "superseded"),
    ("shrinks", "12T09:00", [10], "live"),
    ("is refused between", "12T09:00", [11], "superseded"),
    ("is refused between", "14T09:00", None, "superseded"),
    ("is refused between", "15T09:00", [11, 12], "live"),
    ("is refused and taken away", "14T10:00", None, "withdrawn"),
    ("is loaded and taken away", "15T08:00", [14], "withdrawn"),
    ("is refused", "16T09:00", None, "quarantined"),
    ("comes whole and late", "19T09:00", [16, 17], "live"),
    ("has an order", "19T10:00", [18], "live"),
    ("has a later line of that order", "20T09:00", [19], "live"),
    ("is sent once", "23T09:00", [22], "live"),
    ("is sent again", "23T10:00", [22], "held"),
]
ORDERED_ON = {("has a later line of that order", 19): 18}  # where it is not the day of the lines
COPIED = {"is sent again": "is sent once"}  # the same bytes
MART = "marts.delivery_status"
NO_TESTS = ("--exclude-resource-type", "test", "unit_test")
EXPECTED = {
    1: "on_time",
    **dict.fromkeys((2, 3, 4, 5), "missing"),
    6: "late",
    7: "on_time",
    8: "on_time",
    9: "missing",
    10: "on_time",
    11: "on_time",
    12: "late",
    13: "missing",
    14: "missing",
    15: "held",
    16: "late",
    17: "late",
    18: "on_time",
    **dict.fromkeys((19, 20, 21), "missing"),
    22: "on_time",
}
CHANGED = {1, 6, 7, 8, 10, 11, 12}
RESENT = {22}


def ledger(number, file_id, came, days):
    """The ledger of one revision; `days` None: it is held back whole."""
    noons = [f"2026-03-{day:02}T17:00:00.000000Z" for day in days or []]
    status = "quarantined" if days is None else "loaded"
    counted = dict.fromkeys(("header", "blank", "embedded_newlines"), 0)
    counted |= {"lines": 2, "loaded": len(noons), "rejected": 2 - len(noons)}
    texts = {"landing_id": f"landing-{number}", "sha256": f"bytes-{number}"}
    if file_id in COPIED:
        texts["sha256"] = f"bytes-{[f for f, *_ in DELIVERIES].index(COPIED[file_id])}"
    texts |= {"file_id": file_id, "name": f"{file_id}.csv", "path": f"r1/{file_id}.csv"}
    times = dict.fromkeys(("modified_at", "landed_at", "cleaned_at"), f"2026-03-{came}:00.000000Z")
    spans = {"spans": [[noon, noon] for noon in noons]}
    spans |= {"first_created_at": min(noons, default=None)}
    spans |= {"last_created_at": max(noons, default=None)}
    what = {"entity": "order_items", "status": status, "reason": None, "message": None}
    what |= {"restaurants": ["r1"] if noons else [], "money": {}, "outputs": {"rejects": None}}
    return texts | times | spans | what | {"counts": counted}


@pytest.fixture
def store(tmp_path):
    """A lake that holds what clean and normalize say of the deliveries."""
    store = FolderStore(tmp_path / "lake")
    rows = []
    for number, (file_id, came, days, state) in enumerate(DELIVERIES):
        written = ledger(number, file_id, came, days)
        store.write(layout.ledger(written["landing_id"]), json.dumps(written).encode())
        rows.append({k: written[k] for k in ("landing_id", "landed_at")} | {"state": state})
    placed = {day: {"order_items": landings} for day, landings in dated().items()}
    store.write(layout.normalized_run("run"), json.dumps({"landings": placed}).encode())
    landings = write_folded(store, "run", SCHEMA.empty_table(), {}, rows)
    current = {"schema_version": 2, "zones": {}, "landings": landings}
    current["dates"] = {day: {"run_id": "run"} for day in placed}
    store.write(layout.CURRENT, json.dumps(current).encode())
    return store


def dated():
    """Business date -> the landings with orders of it that count."""
    found = {}
    for number, (file_id, _, days, state) in enumerate(DELIVERIES):
        for day in days if state == "live" else []:
            ordered_on = f"2026-03-{ORDERED_ON.get((file_id, day), day):02}"
            found.setdefault(ordered_on, []).append(f"landing-{number}")
    return found


def fill(warehouse, store):
    """Load the deliveries, and one order for each day of each file that counts."""
    for day, landings in dated().items():
        lines = [item(f"o-{landing}-{day}", _landing_id=landing) for landing in landings]
        warehouse.load(**{f"d{day.replace('-', '_')}": lines})
        for landing in landings:
            values = f"('order_items', '{day}', '{landing}')"
            warehouse.change(f"insert into pos.delivered_dates values {values}")
    opened = DuckDBWarehouse(duckdb.connect(str(warehouse.path)), store)
    deliveries.load(opened, store, json.loads(store.read(layout.CURRENT)))
    opened.close()


def test_a_lake_is_judged_alike_from_its_ledgers_and_in_the_warehouse(warehouse, store):
    fill(warehouse, store)
    warehouse.run("build", "--select", "+delivery_status", *NO_TESTS)
    facts = "business_date, delivery_status, is_changed, is_resent"
    mart = {day.day: found for day, *found in warehouse.rows(f"select {facts} from {MART}")}

    begin, now = date(2026, 3, 1), datetime(2026, 3, 25, tzinfo=UTC)
    days = control_days(store, read_defaults(), begin, now)
    control = {d.business_date.day: [d.state, d.changed, d.resent] for d in days}

    expected = {day: [state, day in CHANGED, day in RESENT] for day, state in EXPECTED.items()}
    assert mart == expected
    assert {day: found for day, found in control.items() if day <= 22} == expected
