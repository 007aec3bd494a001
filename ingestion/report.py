"""Operator reports: what a restaurant delivered on a day, what was taken, what was not, and why.

A report is made from the ledgers that are not in one yet, and joins what the same restaurant
delivered earlier on that day. It is written as CSV and HTML; `reported.json`, swapped last, says
which ledgers are in reports. A killed run is therefore repeated, and two at once end in the same.
"""

import io
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow.parquet as pq

from ingestion.owners import Folders, learn, owner_of
from ingestion.report_pages import to_csv, to_html
from lake import layout
from lake.store import Store

READERS = 8
MOST_ROWS = 1000  # of one file in a report; the quarantine holds them all
ATTEMPTS = 10

File = dict[str, Any]
Report = dict[str, Any]


class ReportError(Exception):
    """Reports could not be written, since others kept writing them."""


def write_reports(store: Store) -> list[str]:
    """Write the reports of all ledgers that are in none yet; the keys of the pages, sorted.

    Raises ReportError.
    """
    for _ in range(ATTEMPTS):
        found = store.read_version(layout.REPORTED)
        state = json.loads(found[0]) if found else {"landings": [], "folders": {}}
        ledgers = _read_new(store, set(state["landings"]))
        if not ledgers:
            return []
        learn(state["folders"], ledgers)
        keys = _write(store, ledgers, state["folders"])
        state["landings"] = sorted({*state["landings"], *(x["landing_id"] for x in ledgers)})
        try:
            store.swap(layout.REPORTED, json.dumps(state).encode(), found[1] if found else None)
        except FileExistsError:
            continue
        return sorted(keys)
    raise ReportError("operator reports are being written by others all the time. Run again.")


def _read_new(store: Store, reported: set[str]) -> list[dict[str, Any]]:
    prefix, suffix = f"{layout.LEDGERS}/", ".json"
    keys = [
        key
        for key in store.list(layout.LEDGERS)
        if key.removeprefix(prefix).removesuffix(suffix) not in reported
    ]
    with ThreadPoolExecutor(READERS) as pool:
        return [json.loads(data) for data in pool.map(store.read, keys)]


def _write(store: Store, ledgers: list[dict[str, Any]], folders: Folders) -> Iterable[str]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for ledger in ledgers:
        place = (owner_of(ledger, folders), ledger["modified_at"][:10])
        groups.setdefault(place, []).append(ledger)
    with ThreadPoolExecutor(READERS) as pool:
        written = pool.map(
            lambda place: _write_report(store, *place, groups[place]), sorted(groups)
        )
        return [key for keys in written for key in keys]


def _write_report(
    store: Store, owner: str, day: str, ledgers: list[dict[str, Any]]
) -> tuple[str, str]:
    """Add files to the report of one restaurant and day, and write its pages."""
    key = layout.operator_report(owner, day, "json")
    pages = layout.operator_report(owner, day, "csv"), layout.operator_report(owner, day, "html")
    files = {ledger["landing_id"]: _describe(store, ledger) for ledger in ledgers}
    for _ in range(ATTEMPTS):
        found = store.read_version(key)
        before = json.loads(found[0])["files"] if found else []
        merged = {file["landing_id"]: file for file in before} | files
        ordered = sorted(merged.values(), key=lambda f: (f["received_at"], f["path"]))
        report = {"owner": owner, "day": day, "files": ordered}
        try:
            store.swap(key, json.dumps(report).encode(), found[1] if found else None)
        except FileExistsError:
            continue
        store.write(pages[0], to_csv(report))
        store.write(pages[1], to_html(report))
        if json.loads(store.read(key)) == report:
            return pages
    raise ReportError(f"the report of {owner} for {day} is being written by others all the time")


def _describe(store: Store, ledger: dict[str, Any]) -> File:
    """What a report says of one file."""
    counts = ledger["counts"]
    rejected = counts["rejected"]
    return {
        "landing_id": ledger["landing_id"],
        "path": ledger["path"],
        "received_at": ledger["modified_at"],
        "kind": ledger["entity"],
        "result": _result(ledger),
        "rows_received": counts["loaded"] + rejected,
        "rows_loaded": counts["loaded"],
        "rows_rejected": rejected,
        "first_created_at": ledger["first_created_at"],
        "last_created_at": ledger["last_created_at"],
        "message": ledger["message"] or "",
        "remedy": ledger["remedy"] or "",
        "missing_columns": ledger["missing_columns"],
        "unknown_columns": ledger["unknown_columns"],
        "repaired": ledger["repaired_by_kind"],
        "problems": list(_problems(store, ledger)),
    }


def _result(ledger: dict[str, Any]) -> str:
    if ledger["status"] == "quarantined":
        return "held back"
    if ledger["counts"]["rejected"]:
        return "taken in part"
    return "taken" if ledger["counts"]["loaded"] else "empty"


def _problems(store: Store, ledger: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rejected rows of a file, in the order of its lines."""
    output = ledger["outputs"]["rejects"]
    if not output:
        return
    table = pq.read_table(io.BytesIO(store.read(output["key"]))).slice(0, MOST_ROWS)
    for row in table.to_pylist():
        yield {
            "line": row["source_row"],
            "column": row["column_name"] or "",
            "value": row["value"] or "",
            "message": row["message"],
            "remedy": row["remedy"],
        }
