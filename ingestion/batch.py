"""Batches: clean several delivered files of a store at once, each on its own account."""

import hashlib
import json
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ingestion.big import BigRows
from ingestion.cards import CardKey
from ingestion.contract import Contract, FileRejectedError, declared_contract
from ingestion.ledger import Ledger, Manifest, Outcome, build_ledger
from ingestion.outputs import CleanFile, Lineage, big_file, small_files
from ingestion.parsing.delivery import Delivery, read_delivery
from ingestion.quarantine import Reject, make_reject, rejects_parquet
from ingestion.rows import Input, RawRows, build_rows
from ingestion.settings import CleanSettings
from ingestion.summary import Summary, sum_up_file, sum_up_rows
from ingestion.validate import Refusal, define_rows, find_refusals, read_rows
from lake import layout
from lake.store import Store

SHEETS_ASIDE = ("unknown_sheet", "hidden_sheet")  # reasons that say nothing of the other sheets


class DamagedBlobError(ValueError):
    """The bytes in the lake are not those that were landed."""


def clean_batch(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    manifests: list[Manifest],
    settings: CleanSettings,
) -> list[Ledger]:
    """Clean some landed files and write their outputs and ledgers; the ledgers, in the same order.

    Raises DamagedBlobError; a file that is merely bad is quarantined.
    """
    own = [settings.of(manifest["path"]) for manifest in manifests]
    deliveries = [_read(store, m, declared) for m, declared in zip(manifests, own, strict=True)]
    ledgers: dict[int, Ledger] = {}
    for places in _groups(deliveries, own):
        group = [(manifests[place], deliveries[place]) for place in places]
        with tempfile.TemporaryDirectory(prefix="clean-") as scratch:
            results = _clean_group(connection, group, settings, Path(scratch))
            for place, (outcome, file) in zip(places, results, strict=True):
                ledgers[place] = _write(store, manifests[place], outcome, file, settings)
    return [ledgers[place] for place in range(len(manifests))]


def hold_file(
    store: Store, manifest: Manifest, reason: FileRejectedError, settings: CleanSettings
) -> Ledger:
    """Hold one landed file whole, of which nothing could be read; its ledger."""
    outcome = Outcome(Delivery(rejection=reason), Summary(), [], reason)
    return _write(store, manifest, outcome, None, settings)


def _read(store: Store, manifest: Manifest, settings: CleanSettings) -> Delivery:
    data = store.read(layout.blob(manifest["sha256"]))
    if hashlib.sha256(data).hexdigest() != manifest["sha256"]:
        raise DamagedBlobError(
            f"{manifest['path']}: the stored bytes are not those that were landed. "
            f"Delete {layout.blob(manifest['sha256'])} and land the file again."
        )
    return read_delivery(data, settings.bounds, settings.fallback_encoding)


def _groups(deliveries: list[Delivery], own: list[CleanSettings]) -> list[list[int]]:
    """Places of deliveries that are validated together: small ones by contract, the rest alone."""
    groups: dict[Any, list[int]] = {}
    for place, (delivery, declared) in enumerate(zip(deliveries, own, strict=True)):
        alone = delivery.rejection or any(t.bulk for t in delivery.tables)
        groups.setdefault(place if alone else _contract(delivery, declared), []).append(place)
    return list(groups.values())


def _contract(delivery: Delivery, declared: CleanSettings) -> Contract:
    """The contract of a delivery as its operator has declared it."""
    return declared_contract(delivery.contract, declared.time_format, declared.date_format)


def _clean_group(
    connection: duckdb.DuckDBPyConnection,
    group: list[tuple[Manifest, Delivery]],
    settings: CleanSettings,
    scratch: Path,
) -> list[tuple[Outcome, CleanFile | None]]:
    """What becomes of deliveries of one contract, and the rows of each that fit."""
    first = group[0][1]
    if first.rejection:
        return [(Outcome(first, Summary(), [], first.rejection), None)]
    own = [settings.of(manifest["path"]) for manifest, _ in group]
    contract = _contract(first, own[0])
    lineages = [Lineage(m["landing_id"], _moment(m["modified_at"])) for m, _ in group]
    inputs = [
        Input(delivery, lineage.delivered_at, declared.decimal_comma)
        for (_, delivery), lineage, declared in zip(group, lineages, own, strict=True)
    ]
    source = build_rows(inputs)
    files, summaries, refusals = _type_rows(
        connection, contract, source, lineages, settings.card_key, scratch
    )
    rejects = _rejects([delivery for _, delivery in group], contract, source, refusals)
    outcomes = [
        _judge(
            delivery,
            summaries.get(place, Summary()),
            rejects[place],
            own[place],
            manifest.get("released", False),
        )
        for place, (manifest, delivery) in enumerate(group)
    ]
    return list(zip(outcomes, files, strict=True))


def _type_rows(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    source: RawRows,
    lineages: list[Lineage],
    key: CardKey,
    scratch: Path,
) -> tuple[list[CleanFile | None], dict[int, Summary], list[Refusal]]:
    """The rows that fit, a file per delivery; what the rows of each add up to; refused values."""
    if source.bulk:
        rows = BigRows(connection, contract, source)
        file = big_file(rows, contract, source, lineages[0], key, scratch)
        summary = sum_up_file(connection, contract, rows.counts, file and file.data)
        return [file], {0: summary}, rows.refusals
    define_rows(connection, contract, source.records)
    rows = read_rows(connection, contract)
    files = small_files(rows, contract, source, lineages, key)
    summaries = sum_up_rows(connection, contract)
    is_sound = not any(summary.refused for summary in summaries.values())
    return files, summaries, [] if is_sound else find_refusals(connection, contract)


def _rejects(
    deliveries: list[Delivery], contract: Contract, source: RawRows, refusals: list[Refusal]
) -> list[list[Reject]]:
    """The rejects of each delivery: broken lines, and values that break a rule, by line."""
    rejects = [_broken(delivery) for delivery in deliveries]
    for refusal in refusals:
        place = int(np.searchsorted(source.bounds, refusal.row, side="right")) - 1
        line = int(source.numbers[refusal.row])
        rejects[place].append(
            make_reject(
                contract, line, refusal.code, refusal.column, refusal.value, refusal.is_personal
            )
        )
    return [sorted(found, key=lambda r: r.source_row) for found in rejects]


def _broken(delivery: Delivery) -> list[Reject]:
    """What parsing rejected: broken lines, and cells that no text can stand for."""
    contract = delivery.contract
    found: list[Reject] = []
    for table, offset in zip(delivery.tables, delivery.offsets, strict=True):
        found += [make_reject(contract, offset + line, code) for line, code in table.broken]
        found += [
            make_reject(contract, offset + line, code, name, value)
            for line, name, value, code in table.faults
        ]
    return found


def _judge(
    delivery: Delivery,
    summary: Summary,
    rejects: list[Reject],
    settings: CleanSettings,
    is_released: bool,
) -> Outcome:
    """Hold the whole file when too much of it is rejected and nobody has released it."""
    rejected = len({r.source_row for r in rejects if r.reason not in SHEETS_ASIDE})
    loaded = summary.rows - summary.refused
    too_many = rejected > settings.hold_rows and rejected > settings.hold_share * (
        loaded + rejected
    )
    held = not is_released and (too_many or (rejected > 0 and loaded == 0))
    if not held:
        return Outcome(delivery, summary, rejects)
    words = f"{rejected} of {loaded + rejected} rows were rejected ({_most_frequent(rejects)})"
    rejection = FileRejectedError("rejects_above_threshold", words)
    return Outcome(delivery, summary, rejects, rejection)


def _most_frequent(rejects: list[Reject]) -> str:
    """The reason that most values or rows were rejected for, as the column and its code."""
    found = Counter((r.column, r.reason) for r in rejects if r.reason not in SHEETS_ASIDE)
    (column, code), count = found.most_common(1)[0]
    return f"{column + ' ' if column else ''}{code} {count} times"


def _write(
    store: Store,
    manifest: Manifest,
    outcome: Outcome,
    file: CleanFile | None,
    settings: CleanSettings,
) -> Ledger:
    """Write the outputs of one delivery, then its ledger."""
    landing = manifest["landing_id"]
    outputs = {"clean": None, "rejects": None}
    if file and not outcome.rejection:
        key = layout.clean(outcome.delivery.contract.entity, landing)
        outputs["clean"] = file.facts(key)
    if outcome.rejects:
        data = rejects_parquet(landing, outcome.rejects)
        rejects = CleanFile(data, hashlib.sha256(data).hexdigest(), len(data), len(outcome.rejects))
        outputs["rejects"] = rejects.facts(layout.rejects(landing))
    ledger = build_ledger(manifest, outcome, outputs, settings.card_key.id)
    if outputs["clean"]:
        store.write(outputs["clean"]["key"], file.data)
    if outputs["rejects"]:
        store.write(outputs["rejects"]["key"], rejects.data)
    store.write(layout.ledger(landing), json.dumps(ledger, ensure_ascii=False).encode())
    return ledger


def _moment(text: str) -> datetime:
    """A manifest's time as naive UTC."""
    return datetime.fromisoformat(text.removesuffix("Z"))
