"""Landings: what the ledgers say of every delivered file, and which of them count now."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from emr_staging.errors import NormalizeError
from lake import layout
from lake.store import Store

SCHEMA_VERSION = 1
# the newest contract that is known of each entity; clean rows of it and of all before it are read
CONTRACT_VERSIONS = {"order_items": 3, "order_item_options": 3, "restaurants": 3}
READERS = 8
TOMBSTONE = "trashed-"
NEEDED = (
    *("landing_id", "file_id", "entity", "sha256", "modified_at", "version", "landed_at"),
    "status",
)
NEEDED_OF_LOADED = ("counts", "money", "outputs")
NEEDED_OF_CLEAN = ("key", "sha256", "bytes", "rows")
REMEDY = "Nothing was written. Remove the ledger, run clean again, then `normalize --full`."


class Landing(NamedTuple):
    """One revision of one delivered file; `rows` is what clean loaded of it.

    A tuple, since a rebuild makes one of every file that was ever delivered.
    """

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
    start, end = len(layout.ledger("")) - len(".json"), -len(".json")
    new = [key for key in store.list(layout.LEDGERS) if key[start:end] not in known]
    return read_ledgers(store, [key[start:end] for key in new if key.endswith(".json")])


def read_ledgers(store: Store, landing_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Ledgers by landing id.

    Raises NormalizeError when one is of a version unknown here, damaged, or contradicts itself.
    """
    keys = [layout.ledger(landing_id) for landing_id in landing_ids]
    with ThreadPoolExecutor(READERS) as pool:
        return [_parse(*found) for found in zip(keys, pool.map(store.read, keys), strict=True)]


def _parse(key: str, data: bytes) -> dict[str, Any]:
    try:
        ledger = json.loads(data)
    except ValueError as error:
        raise NormalizeError(f"{key} is no JSON ({error}). {REMEDY}") from error
    if not isinstance(ledger, dict):
        raise NormalizeError(f"{key} is no JSON object. {REMEDY}")
    _check_versions(key, ledger)
    if fault := _find_fault(ledger):
        raise NormalizeError(f"{key} ({ledger.get('path')}) {fault}. {REMEDY}")
    return ledger


def _find_fault(ledger: dict[str, Any]) -> str | None:
    """What a ledger lacks, or where it contradicts itself; None: it may be read."""
    is_loaded = ledger.get("status") == "loaded"
    output = (ledger.get("outputs") or {}).get("clean") or {}
    lacking = [name for name in NEEDED if name not in ledger]
    if is_loaded:
        lacking += [name for name in NEEDED_OF_LOADED if name not in ledger]
        lacking += [f"outputs.clean.{n}" for n in NEEDED_OF_CLEAN if output and n not in output]
    if lacking:
        return f"lacks {', '.join(lacking)}"
    if not is_loaded:
        return None
    if ledger["entity"] not in CONTRACT_VERSIONS:
        return f"is loaded as {ledger['entity']!r}, which is no entity"
    loaded, rows = (ledger["counts"] or {}).get("loaded"), output.get("rows", 0)
    return None if loaded == rows else f"counts {loaded} loaded rows, but {rows} in its clean file"


def _check_versions(key: str, ledger: dict[str, Any]) -> None:
    schema, contract = ledger.get("schema_version"), ledger.get("contract_version")
    newest = CONTRACT_VERSIONS.get(ledger.get("entity"), max(CONTRACT_VERSIONS.values()))
    if schema != SCHEMA_VERSION or contract not in range(1, newest + 1):
        raise NormalizeError(
            f"{key} ({ledger.get('path')}) has schema version "
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


def recall(row: dict[str, Any]) -> Landing:
    """The landing behind a row of `lake.folded`."""
    return Landing(*(row[name] for name in Landing._fields))


def decide(landings: Iterable[Landing], withdrawn: frozenset[str]) -> dict[str, str]:
    """The state of every landing: a pure function of the landings, in whatever order they come.

    The latest revision of a file counts; of equal bytes under several files only the first
    delivery counts. `withdrawn` are files that are gone and whose rows, if any, are retracted.
    """
    everything = list(landings)
    latest = latest_revisions(everything)
    states = dict.fromkeys((landing.landing_id for landing in everything), "superseded")
    first: dict[str, Landing] = {}
    for landing in latest.values():
        state = _own_state(landing, withdrawn)
        states[landing.landing_id] = state
        if state == "live" and landing.rows:
            held = first.setdefault(landing.sha256, landing)
            if held is not landing:
                earlier, later = sorted((held, landing), key=lambda found: found.order)
                first[landing.sha256] = earlier
                states[later.landing_id] = "held"
    return states


def latest_revisions(landings: Iterable[Landing]) -> dict[str, Landing]:
    """The latest revision of every file."""
    latest: dict[str, Landing] = {}
    for landing in landings:
        held = latest.setdefault(landing.file_id, landing)
        if held is not landing and held.order < landing.order:
            latest[landing.file_id] = landing
    return latest


def _own_state(landing: Landing, withdrawn: frozenset[str]) -> str:
    """The state of a file's latest revision, whatever other files hold."""
    if landing.file_id in withdrawn:
        return "withdrawn"
    return "live" if landing.loaded else "quarantined"


def read_tombstones(store: Store, file_ids: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """What land noted of files, of these or of any (None), that were gone from the source."""
    folders = [layout.MANIFESTS] if file_ids is None else map(layout.manifests, sorted(file_ids))
    with ThreadPoolExecutor(READERS) as pool:
        keys = [key for found in pool.map(store.list, folders) for key in found]
        stones = [key for key in keys if key.rsplit("/", 1)[1].startswith(TOMBSTONE)]
        return [json.loads(data) for data in pool.map(store.read, stones)]


def withdrawn_files(
    tombstones: Iterable[dict[str, Any]], latest: dict[str, Landing]
) -> frozenset[str]:
    """Files whose last word is that they are gone from the source, by the source's own time."""
    return frozenset(
        stone["file_id"]
        for stone in tombstones
        if (found := latest.get(stone["file_id"]))
        and (stone["modified_at"], stone["version"], stone["landed_at"])
        >= (found.modified_at, found.version, found.landed_at)
    )
