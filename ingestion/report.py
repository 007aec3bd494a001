"""Operator reports: what a restaurant delivered on a day, what was taken, what was not, and why.

A report is made from the ledgers that are not in one yet, and joins what the same restaurant
delivered earlier on that day. It is written as CSV and HTML and published; `reported.json`, swapped
last, says which ledgers are in reports. A run that was killed, or whose pages could not be
published, is therefore repeated, and two at once end in the same.
"""

import io
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow.parquet as pq

from ingestion.owners import Folders, learn, owner_of
from ingestion.report_pages import to_csv, to_html
from lake import layout
from lake.folded import read_folded, related
from lake.store import Store

READERS = 8
MOST_ROWS = 1000  # reasons of one file in a report; the quarantine holds them all
ATTEMPTS = 10

File = dict[str, Any]
Twins = dict[str, str]
Report = dict[str, Any]


class ReportError(Exception):
    """Reports could not be written, since others kept writing them."""


def write_reports(
    store: Store, publish: Callable[[list[str]], object] = lambda keys: None
) -> list[str]:
    """Write the reports of all ledgers that are in none yet; the keys of the pages, sorted.

    `publish` takes the pages elsewhere, once more when it failed or was killed: it must be able to
    do the same twice. Raises ReportError, and what `publish` raises.
    """
    for _ in range(ATTEMPTS):
        found = store.read_version(layout.REPORTED)
        state = json.loads(found[0]) if found else {"landings": [], "folders": {}}
        ledgers = _read_new(store, set(state["landings"]))
        if not ledgers:
            return []
        learn(state["folders"], ledgers)
        twins = _find_twins(store, ledgers)
        keys = sorted(_write(store, ledgers, state["folders"], twins))
        publish(keys)
        state["landings"] = sorted({*state["landings"], *(x["landing_id"] for x in ledgers)})
        try:
            store.swap(layout.REPORTED, json.dumps(state).encode(), found[1] if found else None)
        except FileExistsError:
            continue
        return keys
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


def _find_twins(store: Store, ledgers: list[dict[str, Any]]) -> Twins:
    """The path of the file that counts instead, by landing id, of files whose bytes came before.

    By the rule of normalize, which comes later: the latest revision of a file counts, and of equal
    bytes under several files the first delivery.
    """
    found = store.read_version(layout.CURRENT)
    held = read_folded(store, json.loads(found[0]) if found else {})
    new = [x | {"rows": x["counts"]["loaded"] * (x["status"] == "loaded")} for x in ledgers]
    known = related(held, {x["file_id"] for x in new}, {x["sha256"] for x in new})
    everything = [*known, *new]
    latest = {x["file_id"]: x for x in sorted(everything, key=_order)}
    first: dict[str, File] = {}
    for x in sorted(latest.values(), key=_order):
        if x["rows"]:
            first.setdefault(x["sha256"], x)
    copies = [x for x in new if latest[x["file_id"]] is x and first.get(x["sha256"], x) is not x]
    twins = {x["landing_id"]: first[x["sha256"]]["landing_id"] for x in copies}
    return {i: json.loads(store.read(layout.ledger(twin)))["path"] for i, twin in twins.items()}


def _order(landing: File) -> tuple[str, int, str]:
    return landing["modified_at"], landing["version"], landing["landing_id"]


def _write(
    store: Store, ledgers: list[dict[str, Any]], folders: Folders, twins: Twins
) -> Iterable[str]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for ledger in ledgers:
        place = (owner_of(ledger, folders), ledger["modified_at"][:10])
        groups.setdefault(place, []).append(ledger)
    with ThreadPoolExecutor(READERS) as pool:
        written = pool.map(
            lambda place: _write_report(store, *place, groups[place], twins), sorted(groups)
        )
        return [key for keys in written for key in keys]


def _write_report(
    store: Store, owner: str, day: str, ledgers: list[dict[str, Any]], twins: Twins
) -> tuple[str, str]:
    """Add files to the report of one restaurant and day, and write its pages."""
    key = layout.operator_report(owner, day, "json")
    pages = layout.operator_report(owner, day, "csv"), layout.operator_report(owner, day, "html")
    files = {x["landing_id"]: _describe(store, x, twins.get(x["landing_id"])) for x in ledgers}
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


def _describe(store: Store, ledger: dict[str, Any], twin: str | None) -> File:
    """What a report says of one file; `twin` is the path of the file that counts instead."""
    counts = ledger["counts"]
    problems, unlisted = _problems(store, ledger)
    return {
        "landing_id": ledger["landing_id"],
        "path": ledger["path"],
        "received_at": ledger["modified_at"],
        "kind": ledger["entity"],
        "result": "counted once" if twin else _result(ledger),
        "rows_received": counts["loaded"] + counts["rejected"],
        "rows_loaded": 0 if twin else counts["loaded"],
        "rows_in_twin": counts["loaded"] if twin else 0,
        "rows_rejected": counts["rejected"],
        "first_created_at": ledger["first_created_at"],
        "last_created_at": ledger["last_created_at"],
        "message": f"Same content as {twin}; counted once." if twin else ledger["message"] or "",
        "remedy": ledger["remedy"] or "",
        "missing_columns": ledger["missing_columns"],
        "unknown_columns": ledger["unknown_columns"],
        "repaired": ledger["repaired_by_kind"],
        "problems": problems,
        "unlisted": unlisted,
    }


def _result(ledger: dict[str, Any]) -> str:
    if ledger["status"] == "not_needed":
        return "not needed"
    if ledger["status"] == "quarantined":
        return "held back"
    if ledger["counts"]["rejected"]:
        return "taken in part"
    return "taken" if ledger["counts"]["loaded"] else "empty"


def _problems(store: Store, ledger: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """The first rejected rows of a file, by line, and how many rows more there are."""
    output = ledger["outputs"]["rejects"]
    if not output:
        return [], 0
    table = pq.read_table(io.BytesIO(store.read(output["key"])))
    listed = [
        {
            "line": row["source_row"],
            "column": row["column_name"] or "",
            "value": row["value"] or "",
            "message": row["message"],
            "remedy": row["remedy"],
        }
        for row in table.slice(0, MOST_ROWS).to_pylist()
    ]
    lines = set(table["source_row"].to_pylist())
    return listed, len(lines - {row["line"] for row in listed})
