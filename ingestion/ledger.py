"""Ledgers: what became of one delivered file, with every line and every cent accounted for."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.contract import FileRejectedError, explain, load_contracts
from ingestion.parsing.delivery import Delivery
from ingestion.quarantine import Reject, count_reasons
from ingestion.sources import as_text
from ingestion.summary import Summary

SCHEMA_VERSION = 1
COPIED = (
    "landing_id",
    "file_id",
    "revision",
    "sha256",
    "bytes",
    "name",
    "path",
    "modified_at",
    "version",
    "landed_at",
)

EPOCH = datetime(1970, 1, 1)
QUARTER = timedelta(minutes=15)
SHORTEST_DAY = 22 * 4  # in quarters; 23 hours where clocks change, and the quarters are cut off

Manifest = dict[str, Any]
Ledger = dict[str, Any]


class AccountingError(ValueError):
    """The lines of a file do not add up; nothing of it is loaded."""


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery: its rows summed up, its rejects, and whether it is held whole."""

    delivery: Delivery
    summary: Summary
    rejects: list[Reject] = field(default_factory=list)
    rejection: FileRejectedError | None = None


def build_ledger(
    manifest: Manifest, outcome: Outcome, outputs: dict[str, Any], card_key_id: str
) -> Ledger:
    """The ledger of one delivery. Raises AccountingError when a line is unaccounted for."""
    delivery, rejection = outcome.delivery, outcome.rejection
    contract = delivery.contract
    words = explain(rejection.code, value=rejection.value) if rejection else None
    versions = [c.version for c in load_contracts().values()]
    return (
        {"schema_version": SCHEMA_VERSION}
        | {"contract_version": contract.version if contract else max(versions)}
        | {name: _as_written(manifest[name]) for name in COPIED}
        | {
            "replay_of": manifest.get("replay_of"),
            "released": manifest.get("released", False),
            "cleaned_at": _utc(datetime.now(UTC)),
            "entity": contract.entity if contract else None,
            "status": _status(rejection),
            "reason": rejection.code if rejection else None,
            "message": words and _in_member(rejection.member) + words.message,
            "remedy": words.remedy if words else None,
            "counts": _counts(manifest, outcome),
            "rejected_by_reason": count_reasons(outcome.rejects),
        }
        | _formats(delivery)
        | _contents(outcome)
        | {"card_key_id": card_key_id, "outputs": outputs}
    )


def _status(rejection: FileRejectedError | None) -> str:
    if rejection is None:
        return "loaded"
    return "not_needed" if rejection.code == "calendar_not_needed" else "quarantined"


def _as_written(value: Any) -> Any:
    """Names of older manifests may hold bytes that are no text."""
    return as_text(value) if isinstance(value, str) else value


def _in_member(member: str) -> str:
    """Where in an archive; the name as a Python string, since it may hold anything."""
    return f"In {member!r}: " if member else ""


def _counts(manifest: Manifest, outcome: Outcome) -> dict[str, int]:
    """Lines by what became of them; of a file that is held whole, all data lines are rejected."""
    delivery = outcome.delivery
    embedded = sum(t.embedded for t in delivery.tables)
    counts = {
        "lines": delivery.lines,
        "header": delivery.header,
        "loaded": outcome.summary.rows - outcome.summary.refused,
        "rejected": len({r.source_row for r in outcome.rejects}),
        "blank": delivery.blank,
        "embedded_newlines": embedded,
    }
    if outcome.rejection:
        counts["loaded"] = 0
        counts["rejected"] = delivery.lines - delivery.header - delivery.blank - embedded
    if counts["lines"] != sum(n for name, n in counts.items() if name != "lines"):
        raise AccountingError(f"{manifest['path']}: the lines do not add up: {counts}")
    return counts


def _formats(delivery: Delivery) -> dict[str, Any]:
    tables = delivery.tables
    first = tables[0] if tables else None
    return {
        "missing_columns": sorted({name for t in tables for name in t.header.missing}),
        "unknown_columns": sorted({name for t in tables for name in t.header.unknown if name}),
        "encoding": first.encoding if first else delivery.encoding,
        "delimiter": first.delimiter if first else None,
        "compression": delivery.compression,
        "ignored_members": delivery.ignored,
        "parser": _parser(delivery),
        "members": [
            {"name": t.member, "first_line": offset + 1, "lines": t.lines}
            for t, offset in zip(tables, delivery.offsets, strict=True)
            if t.member
        ],
    }


def _parser(delivery: Delivery) -> str | None:
    """`fast` when no line needed a second look."""
    if not delivery.tables:
        return None
    if any(t.delimiter is None for t in delivery.tables):
        return "sheet"
    return "tolerant" if any(t.has_odd_lines for t in delivery.tables) else "fast"


def _contents(outcome: Outcome) -> dict[str, Any]:
    """What the loaded rows hold; of a file that is held, nothing is loaded."""
    contract = outcome.delivery.contract
    summary = Summary() if outcome.rejection else outcome.summary
    repairs = Counter(summary.repairs | {"trimmed": summary.trimmed})
    for table in () if outcome.rejection else outcome.delivery.tables:
        repairs.update(table.repairs)
    money = {contract.money: f"{summary.money or 0:.4f}"} if contract and contract.money else {}
    return {
        "duplicate_keys": summary.duplicate_keys,
        "repaired_by_kind": {kind: n for kind, n in sorted(repairs.items()) if n},
        "money": money,
        "restaurants": list(summary.restaurants),
        "first_created_at": _utc(summary.first_created_at),
        "last_created_at": _utc(summary.last_created_at),
        "spans": _spans(summary.quarters),
    }


def _spans(quarters: tuple[int, ...]) -> list[list[str]]:
    """First and last quarter hour of orders that follow each other within less than any day.

    So a business date lies in a span exactly when it has orders, in whatever zone and whenever it
    begins: a date without any parts two spans, also the one that a change of clocks makes shorter.
    """
    spans: list[list[int]] = []
    for quarter in quarters:
        if spans and quarter - spans[-1][1] < SHORTEST_DAY:
            spans[-1][1] = quarter
        else:
            spans.append([quarter, quarter])
    return [[_utc(EPOCH + quarter * QUARTER) for quarter in span] for span in spans]


def _utc(moment: datetime | None) -> str | None:
    return moment and moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
