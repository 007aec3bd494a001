"""Replay: a file that is held back is released, or any file is read again under today's contract.

Raw stays as it is: a replay adds a manifest, a new revision of the same bytes, which the next clean
takes up and which supersedes the one before. `released` in it lets the file pass the threshold of
rejected rows; nothing else is believed that was not believed before.
"""

import json
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from ingestion.contract import load_contracts
from ingestion.revisions import (
    TOMBSTONE,
    known_revisions,
    later,
    latest_manifest,
    name_revision,
    tombstone,
    utc_text,
)
from lake import layout
from lake.store import Store

READERS = 8
RELEASABLE = "rejects_above_threshold"

Ledger = dict[str, Any]


class ReplayError(Exception):
    """Nothing was selected, or what was selected cannot be released."""


@dataclass(frozen=True)
class Selection:
    """Which cleaned files: all conditions that are given must hold.

    `paths` are patterns such as `boston/*`; `reasons` are codes of reasons.yml; `outdated` means
    cleaned under an older version of the contract.
    """

    paths: Collection[str] = ()
    landing_ids: Collection[str] = ()
    reasons: Collection[str] = ()
    outdated: bool = False

    def holds(self, ledger: Ledger) -> bool:
        """Whether a ledger is selected."""
        return (
            (not self.paths or any(fnmatchcase(ledger["path"], p) for p in self.paths))
            and (not self.landing_ids or ledger["landing_id"] in self.landing_ids)
            and (not self.reasons or ledger["reason"] in self.reasons)
            and (not self.outdated or _is_outdated(ledger))
        )


@dataclass(frozen=True)
class Replayed:
    """One file that will be cleaned again, or `skipped` with the reason why not."""

    path: str
    landing_id: str
    skipped: str | None = None


def replay(
    store: Store, selection: Selection, run_id: str, release: bool = False, note: str = ""
) -> list[Replayed]:
    """Have the selected files cleaned again by the next clean, by path.

    `release` lets files pass whose rejected rows were too many; it takes only those. Raises
    ReplayError when nothing is selected.
    """
    ledgers = [ledger for ledger in _read_ledgers(store) if selection.holds(ledger)]
    if not ledgers:
        raise ReplayError(
            "no cleaned file is selected. `franchise reconcile` lists the files that are held back."
        )
    revisions = known_revisions(store)
    facts = {"run_id": run_id, "released": release, "note": note}
    found = [_replay(store, ledger, revisions[ledger["file_id"]], facts) for ledger in ledgers]
    return sorted(found, key=lambda r: (r.path, r.landing_id))


def _replay(store: Store, ledger: Ledger, revisions: list[str], facts: dict[str, Any]) -> Replayed:
    """Add a revision of the same bytes, unless the file's last word is another one.

    A file that is gone from its source is read again and stays gone.
    """
    path, landing_id = ledger["path"], ledger["landing_id"]
    delivered = [revision for revision in revisions if not revision.startswith(TOMBSTONE)]
    latest = latest_manifest(store, ledger["file_id"], delivered)
    last = latest_manifest(store, ledger["file_id"], revisions)
    if latest.get("landing_id") != landing_id:
        return Replayed(path, landing_id, "a later revision of the file has superseded it")
    if facts["released"] and ledger["reason"] != RELEASABLE:
        why = ledger["reason"] or "it is loaded already"
        return Replayed(path, landing_id, f"not held back for its rejected rows: {why}")
    revision = name_revision(latest["sha256"], revisions)
    manifest = latest | {
        "landing_id": layout.landing_id(ledger["file_id"], revision),
        "revision": revision,
        "modified_at": later(last["modified_at"]),
        "replay_of": landing_id,
        "landed_at": utc_text(datetime.now(UTC)),
    }
    if last.get("trashed"):  # first: there is no moment at which the file seems to be back
        stone = tombstone(manifest | {"root": last.get("root")}, revisions, facts["run_id"])
        store.create(layout.manifest(ledger["file_id"], stone["revision"]), _as_json(stone))
    store.create(layout.manifest(ledger["file_id"], revision), _as_json(manifest | facts))
    return Replayed(path, manifest["landing_id"])


def _as_json(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts).encode()


def _read_ledgers(store: Store) -> Iterator[Ledger]:
    with ThreadPoolExecutor(READERS) as pool:
        yield from (json.loads(data) for data in pool.map(store.read, store.list(layout.LEDGERS)))


def _is_outdated(ledger: Ledger) -> bool:
    contracts = load_contracts()
    newest = max(contract.version for contract in contracts.values())
    contract = contracts.get(ledger["entity"] or "")
    return ledger["contract_version"] < (contract.version if contract else newest)
