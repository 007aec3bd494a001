"""Landings: what the ledgers say of every delivered file, and which of them count now."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from emr_staging.errors import NormalizeError
from lake import layout
from lake.store import Store

SCHEMA_VERSION = 1
# the newest contract that is known of each entity; clean rows of it and of all before it are read
CONTRACT_VERSIONS = {"order_items": 2, "order_item_options": 2, "restaurants": 2}
READERS = 8
TOMBSTONE = "trashed-"
KEPT = (
    "file_id",
    "entity",
    "sha256",
    "modified_at",
    "version",
    "landed_at",
    "rows",
    "loaded",
)


@dataclass(frozen=True)
class Landing:
    """One revision of one delivered file; `rows` is what clean loaded of it."""

    landing_id: str
    file_id: str
    entity: str | None
    sha256: str
    modified_at: str
    version: int
    landed_at: str
    rows: int
    loaded: bool

    @property
    def order(self) -> tuple[str, int, str]:
        """Deliveries in the order in which their operators made them."""
        return self.modified_at, self.version, self.landing_id


@dataclass(frozen=True)
class CleanFile:
    """The clean rows of one landing, as its ledger names them; `price` is their exact sum."""

    landing_id: str
    entity: str
    key: str
    sha256: str
    bytes: int
    rows: int
    price: Decimal


def new_ledgers(store: Store, known: Iterable[str]) -> list[dict[str, Any]]:
    """The ledgers of landings that are not in `known`. Raises NormalizeError as `read_ledgers`."""
    known = set(known)
    found = (key.rsplit("/", 1)[1] for key in store.list(layout.LEDGERS) if key.endswith(".json"))
    return read_ledgers(store, [name[:-5] for name in found if name[:-5] not in known])


def read_ledgers(store: Store, landing_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Ledgers by landing id. Raises NormalizeError when one is of a version unknown here."""
    with ThreadPoolExecutor(READERS) as pool:
        ledgers = [json.loads(d) for d in pool.map(store.read, map(layout.ledger, landing_ids))]
    for ledger in ledgers:
        _check_versions(ledger)
    return ledgers


def _check_versions(ledger: dict[str, Any]) -> None:
    schema, contract = ledger.get("schema_version"), ledger.get("contract_version")
    newest = CONTRACT_VERSIONS.get(ledger.get("entity"), max(CONTRACT_VERSIONS.values()))
    if schema != SCHEMA_VERSION or contract not in range(1, newest + 1):
        raise NormalizeError(
            f"{layout.ledger(ledger['landing_id'])} ({ledger.get('path')}) has schema version "
            f"{schema} and contract version {contract}; this program knows schema version "
            f"{SCHEMA_VERSION} and contract versions up to {newest}. Nothing was written. "
            "Normalize with the version of the program that cleaned the file, or clean it again."
        )


def to_landing(ledger: dict[str, Any]) -> Landing:
    """What the decisions need of a ledger."""
    names = ("landing_id", "file_id", "entity", "sha256", "modified_at", "version", "landed_at")
    loaded = ledger["status"] == "loaded"
    rows = ledger["counts"]["loaded"] if loaded else 0
    return Landing(**{name: ledger[name] for name in names}, rows=rows, loaded=loaded)


def to_clean_file(ledger: dict[str, Any]) -> CleanFile | None:
    """The clean file that a ledger names; None when the delivery held no rows."""
    output = ledger["outputs"]["clean"]
    if not output or ledger["status"] != "loaded":
        return None
    price = next(iter((ledger["money"] or {}).values()), None) or "0"
    return CleanFile(
        landing_id=ledger["landing_id"],
        entity=ledger["entity"],
        key=output["key"],
        sha256=output["sha256"],
        bytes=output["bytes"],
        rows=output["rows"],
        price=Decimal(price),
    )


def remember(landing: Landing, state: str) -> dict[str, Any]:
    """The entry of a landing in `current.json`."""
    return {"state": state} | {name: getattr(landing, name) for name in KEPT}


def recall(landing_id: str, entry: dict[str, Any]) -> Landing:
    """The landing behind an entry of `current.json`."""
    values = {name: entry[name] for name in KEPT}
    return Landing(landing_id, **values)


def decide(landings: Iterable[Landing], withdrawn: frozenset[str]) -> dict[str, str]:
    """The state of every landing: a pure function of the landings, in whatever order they come.

    The latest revision of a file counts; of equal bytes under several files only the first
    delivery counts. `withdrawn` are files whose rows are retracted.
    """
    latest: dict[str, Landing] = {}
    everything = list(landings)
    for landing in everything:
        held = latest.get(landing.file_id)
        if held is None or held.order < landing.order:
            latest[landing.file_id] = landing
    states = {landing.landing_id: "superseded" for landing in everything}
    first: dict[str, Landing] = {}
    for landing in sorted(latest.values(), key=lambda found: found.order):
        states[landing.landing_id] = _state(landing, withdrawn, first)
    return states


def _state(landing: Landing, withdrawn: frozenset[str], first: dict[str, Landing]) -> str:
    if landing.file_id in withdrawn:
        return "withdrawn"
    if not landing.loaded:
        return "quarantined"
    if landing.rows and first.setdefault(landing.sha256, landing) is not landing:
        return "held"
    return "live"


def withdrawn_files(store: Store, landings: Iterable[Landing]) -> frozenset[str]:
    """Files that were gone from the source after their last revision had landed."""
    keys = [k for k in store.list(layout.MANIFESTS) if k.rsplit("/", 1)[1].startswith(TOMBSTONE)]
    if not keys:
        return frozenset()
    with ThreadPoolExecutor(READERS) as pool:
        stones = [json.loads(data) for data in pool.map(store.read, keys)]
    landed: dict[str, str] = {}
    for landing in landings:
        landed[landing.file_id] = max(landing.landed_at, landed.get(landing.file_id, ""))
    return frozenset(s["file_id"] for s in stones if s["landed_at"] >= landed.get(s["file_id"], ""))
