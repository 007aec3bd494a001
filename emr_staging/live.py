"""Which delivered files count: a pure function of what the ledgers say, in any order of arrival."""

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lake import layout
from lake.store import Store

READERS = 8
LEDGER_VERSION = 1
CONTRACT_VERSIONS = {1}
TOMBSTONE = "trashed-"


class LedgerError(Exception):
    """A ledger or the clean file that it names cannot be trusted; nothing was written."""


@dataclass(frozen=True)
class Landing:
    """One revision of one delivered file as its ledger tells it; `current.json` keeps these."""

    landing_id: str
    file_id: str
    sha256: str
    modified_at: str
    version: int
    entity: str | None
    status: str
    rows: int
    key: str | None  # of its clean Parquet; None when it has no rows
    key_sha256: str | None = None

    @property
    def place(self) -> tuple[str, int, str]:
        """Order of deliveries: a property of the delivery, never of when it was read."""
        return (self.modified_at, self.version, self.landing_id)


def read_landings(store: Store, known: Iterable[str]) -> list[Landing]:
    """The landings whose ledger is not among the `known` ids. Raises LedgerError."""
    skip = set(known)
    keys = [key for key in store.list(layout.LEDGERS) if _id_of(key) not in skip]
    with ThreadPoolExecutor(READERS) as pool:
        return [_landing(json.loads(data)) for data in pool.map(store.read, keys)]


def read_withdrawn(store: Store) -> set[str]:
    """File ids whose last word in the source is that they are gone."""
    revisions: dict[str, list[str]] = {}
    for key in store.list(layout.MANIFESTS):
        folder, _, name = key.removeprefix(f"{layout.MANIFESTS}/").partition("/")
        revisions.setdefault(folder.removeprefix("file="), []).append(name)
    buried = {i: names for i, names in revisions.items() if any(TOMBSTONE in n for n in names)}
    return {file_id for file_id, names in buried.items() if _is_gone(store, file_id, names)}


def decide_states(landings: Iterable[Landing], withdrawn: set[str]) -> dict[str, str]:
    """Landing id -> live, superseded, held, withdrawn or quarantined.

    The latest revision of a file is the one that counts, whatever became of it; of live files with
    the same bytes only the first counts, the others are held. Files of `withdrawn` ids do not.
    """
    latest: dict[str, Landing] = {}
    for landing in landings:
        if landing.file_id not in latest or landing.place > latest[landing.file_id].place:
            latest[landing.file_id] = landing
    states = {landing.landing_id: "superseded" for landing in landings}
    contents: set[str] = set()
    for landing in sorted(latest.values(), key=lambda each: each.place):
        state = _state(landing, withdrawn, contents)
        states[landing.landing_id] = state
        if state == "live":
            contents.add(landing.sha256)
    return states


def verify(store: Store, landings: Iterable[Landing]) -> None:
    """Raise LedgerError unless every landing's clean file is there with the bytes of its ledger."""
    wanted = [landing for landing in landings if landing.key]
    with ThreadPoolExecutor(READERS) as pool:
        for problem in pool.map(lambda landing: _problem(store, landing), wanted):
            if problem:
                raise LedgerError(problem)


def _landing(ledger: dict[str, Any]) -> Landing:
    name = f"ledger {ledger.get('landing_id')}"
    if ledger.get("schema_version") != LEDGER_VERSION:
        raise LedgerError(f"{name} has schema version {ledger.get('schema_version')}: update us")
    if ledger["contract_version"] not in CONTRACT_VERSIONS:
        raise LedgerError(
            f"{name} was written under contract version {ledger['contract_version']}, this code "
            f"knows {sorted(CONTRACT_VERSIONS)}: update it, or clean the file again"
        )
    output = (ledger.get("outputs") or {}).get("clean") or {}
    return Landing(
        landing_id=ledger["landing_id"],
        file_id=ledger["file_id"],
        sha256=ledger["sha256"],
        modified_at=ledger["modified_at"],
        version=ledger["version"],
        entity=ledger["entity"],
        status=ledger["status"],
        rows=ledger["counts"]["loaded"],
        key=output.get("key"),
        key_sha256=output.get("sha256"),
    )


def _state(landing: Landing, withdrawn: set[str], contents: set[str]) -> str:
    if landing.file_id in withdrawn:
        return "withdrawn"
    if landing.status != "loaded":
        return "quarantined"
    if landing.rows and landing.sha256 in contents:
        return "held"
    return "live"


def _problem(store: Store, landing: Landing) -> str | None:
    try:
        data = store.read(landing.key)
    except FileNotFoundError:
        return f"{landing.key} is missing, but its ledger names it. Clean the file again."
    if hashlib.sha256(data).hexdigest() != landing.key_sha256:
        return f"{landing.key} has other bytes than its ledger says. Clean the file again."
    return None


def _is_gone(store: Store, file_id: str, names: list[str]) -> bool:
    keys = [layout.manifest(file_id, name.removesuffix(".json")) for name in names]
    manifests = [json.loads(store.read(key)) for key in keys]
    last = max(manifests, key=lambda m: (m["modified_at"], m["version"], m["landed_at"]))
    return bool(last.get("trashed"))


def _id_of(key: str) -> str:
    return key.rsplit("/", 1)[1].removesuffix(".json")
