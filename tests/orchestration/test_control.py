"""Delivery control of a lake, and as a terminal shows it."""

import json
from datetime import UTC, date, datetime

from rich.console import Console

from ingestion.delivery_control import DayStatus
from lake import layout
from lake.folded import SCHEMA, write_folded
from lake.folder import FolderStore
from orchestration.control import control_days, gaps_table
from orchestration.settings import read_defaults


def test_names_of_files_and_restaurants_are_no_markup():
    due = datetime(2024, 3, 2, 17, tzinfo=UTC)
    files = ("boston [/old].csv", "items [final].csv")
    gap = DayStatus("R[1]", date(2024, 3, 1), "late", due, due, files)
    console = Console(width=200)
    with console.capture() as shown:
        console.print(gaps_table([gap]))
    assert "R[1]" in shown.get()
    assert "boston [/old].csv, items [final].csv" in shown.get()


def test_names_of_files_command_no_terminal_and_only_some_of_many_are_named():
    due = datetime(2024, 3, 2, 17, tzinfo=UTC)
    files = ("a\nb.csv", "\x1b[31mred.csv", "🍕.csv", "4.csv", "5.csv")
    gap = DayStatus("R1", date(2024, 3, 1), "late", due, due, files)
    console = Console(width=200)
    with console.capture() as shown:
        console.print(gaps_table([gap]))
    assert "a?b.csv, ?[31mred.csv, 🍕.csv and 2 more" in shown.get()


def ledger(landing_id, received, noon):
    """A file of NY, received in March 2024, with rows at noon UTC of one day; None: held back."""
    moment = noon and f"2024-03-{noon}T12:00:00.000000Z"
    return {
        **dict.fromkeys(("landing_id", "file_id", "sha256"), landing_id),
        "path": f"ny/{landing_id}.csv",
        "entity": "order_items",
        "status": "loaded" if noon else "quarantined",
        "restaurants": ["NY"] if noon else [],
        "modified_at": f"2024-03-{received}T10:00:00.000000Z",
        "first_created_at": moment,
        "last_created_at": moment,
    }


def test_a_day_of_a_refused_file_that_was_taken_away_is_missing_and_not_held(tmp_path):
    store = FolderStore(tmp_path)
    for file in (ledger("good", "02", "01"), ledger("gone", "03", None), ledger("bad", "04", None)):
        store.write(layout.ledger(file["landing_id"]), json.dumps(file).encode())
    states = {"good": "live", "gone": "withdrawn", "bad": "quarantined"}
    rows = [
        {"landing_id": landing, "state": state, "landed_at": "2024-03-04T10:00:00Z"}
        for landing, state in states.items()
    ]
    landings = write_folded(store, "run-1", SCHEMA.empty_table(), {}, rows)
    current = {"schema_version": 2, "zones": {}, "landings": landings}
    store.write(layout.CURRENT, json.dumps(current).encode())
    now = datetime(2024, 3, 5, 12, tzinfo=UTC)
    days = control_days(store, read_defaults(), date(2024, 3, 1), now)
    assert [(day.business_date.day, day.state) for day in days] == [
        (1, "on_time"),
        (2, "missing"),
        (3, "held"),
        (4, "open"),
    ]
