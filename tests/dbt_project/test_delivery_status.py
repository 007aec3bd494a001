"""Delivery control and the mart `delivery_status` judge the same files alike."""

import json
from datetime import UTC, date, datetime

import duckdb
import pytest

from lake import layout
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
]
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
}


def ledger(number, file_id, came, days):
    """The ledger of one revision; `days` None: it is held back whole."""
    noons = [f"2026-03-{day:02}T17:00:00.000000Z" for day in days or []]
    status = "quarantined" if days is None else "loaded"
    counted = dict.fromkeys(("header", "blank", "embedded_newlines"), 0)
    counted |= {"lines": 2, "loaded": len(noons), "rejected": 2 - len(noons)}
    texts = dict.fromkeys(("landing_id", "sha256"), f"landing-{number}")
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
    landings = {}
    for number, (file_id, came, days, state) in enumerate(DELIVERIES):
        written = ledger(number, file_id, came, days)
        store.write(layout.ledger(written["landing_id"]), json.dumps(written).encode())
        landings[written["landing_id"]] = {"state": state}
    current = {"schema_version": 1, "zones": {}, "landings": landings}
    store.write(layout.CURRENT, json.dumps(current).encode())
    return store


def fill(warehouse, store):
    """Load the deliveries, and one order for each day of each file that counts."""
    for number, (_, _, days, state) in enumerate(DELIVERIES):
        for day in days if state == "live" else []:
            lines = [item(f"o{number}-{day}", _landing_id=f"landing-{number}")]
            warehouse.load(**{f"d2026_03_{day:02}": lines})
            dated = f"('order_items', '2026-03-{day:02}', 'landing-{number}')"
            warehouse.change(f"insert into pos.delivered_dates values {dated}")
    opened = DuckDBWarehouse(duckdb.connect(str(warehouse.path)), store)
    deliveries.load(opened, store, json.loads(store.read(layout.CURRENT))["landings"])
    opened.close()


def test_growing_shrinking_refused_and_withdrawn_files_are_judged_alike(warehouse, store):
    fill(warehouse, store)
    warehouse.run("build", "--select", "+delivery_status", *NO_TESTS)
    marts = "select business_date, delivery_status from marts.delivery_status"
    mart = {day.day: status for day, status in warehouse.rows(marts)}

    begin, now = date(2026, 3, 1), datetime(2026, 3, 25, tzinfo=UTC)
    days = control_days(store, read_defaults(), begin, now)
    control = {day.business_date.day: day.state for day in days if day.business_date.day <= 17}

    assert mart == EXPECTED
    assert control == EXPECTED
