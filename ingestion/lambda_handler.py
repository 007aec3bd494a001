"""The Lambda functions: `land` for the whole source, `clean` for one landed file.

Both may be invoked twice or be killed at any point: what is done is found done. Settings come from
the environment: FRANCHISE_LAKE (s3://bucket/prefix), FRANCHISE_SOURCE (drive:FOLDER_ID), and
FRANCHISE_CARD_KEY_SECRET (the ARN of a secret) or FRANCHISE_CARD_KEY.
"""

import bisect
import itertools
import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from ingestion.cards import CardKey, card_key, claim_card_key
from ingestion.clean import clean as clean_file
from ingestion.clean import waiting
from ingestion.land import land as land_files
from ingestion.land import open_source
from ingestion.settings import read_settings
from lake import layout
from lake.store import Store, open_store

LAKE = "FRANCHISE_LAKE"
SOURCE = "FRANCHISE_SOURCE"
RESERVE_MS = 30_000  # what is left when no other file is begun
LARGEST = 256 << 20  # bytes of a file that fits the function's memory; others are for a batch
TOO_LARGE = "too_large"  # the status of such a file, which has no ledger yet
ROOM = 6_000_000  # bytes of an answer, which Lambda bounds to 6 MB

logging.getLogger().setLevel(logging.INFO)

Event = dict[str, Any]


class Context(Protocol):
    """What Lambda tells a function about its invocation."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


class EventError(ValueError):
    """The event or the environment lacks something; a retry will not help."""


class OutOfTimeError(Exception):
    """There is no time left to begin; invoke again."""


def land(event: Event, context: Context) -> dict[str, Any]:
    """Land what is new: {run_id, counts, failed, complete, landings}.

    `landings` are events for `clean`, by landing id, one per landed file without a ledger. An
    answer holds as many of them, and of `failed`, as fit; `complete` is false when there are more
    landings, or when time ran out before every file was looked at: invoke again, when these are
    cleaned, or with the last landing id as `after` to be told only of those behind it. Raises
    SourceError.
    """
    store = _store()
    if after := event.get("after"):
        return _landings(store, after)
    run_id = event.get("run_id") or _run_id(context)
    source = open_source(event.get("source") or _variable(SOURCE))
    facts = land_files(source, store, run_id, has_time=_has_time(context)).facts()
    facts |= {"run_id": run_id, "failed": _first(facts["failed"], ROOM // 4)}
    found = _landings(store)
    complete = found["complete"] and not facts["others"].get("postponed")
    return facts | found | {"complete": complete}


def clean(event: Event, context: Context) -> dict[str, Any]:
    """Clean one landed file, unless it is done: {landing_id, path, status, reason, counts, ...}.

    A file that does not fit into the function has the status `too_large` and stays waiting.

    The event is one of the `landings` of `land`; without its `manifest` the key is searched for.
    Raises EventError, OutOfTimeError, CleanError, CardKeyError, DeclarationError.
    """
    landing_id = event.get("landing_id")
    if not isinstance(landing_id, str):
        raise EventError("the event must name a landing_id")
    store = _store()
    if store.exists(layout.ledger(landing_id)):
        return _summary(json.loads(store.read(layout.ledger(landing_id))), done_before=True)
    manifest = json.loads(store.read(_manifest_key(store, landing_id, event.get("manifest"))))
    if manifest["landing_id"] != landing_id:
        raise EventError(f"{event['manifest']} is not the manifest of landing {landing_id}")
    if manifest["bytes"] > LARGEST:
        return _too_large(manifest)
    if not _has_time(context)():
        raise OutOfTimeError(f"landing {landing_id} was not begun")
    return _summary(
        clean_file(store, manifest, read_settings(store, _card_key())), done_before=False
    )


def _landings(store: Store, after: str = "") -> dict[str, Any]:
    """What waits to be cleaned, from behind a landing id on, and whether that is all of it."""
    keys = sorted((i, key) for i, key in waiting(store).items() if i > after)
    found = [{"landing_id": i, "manifest": key} for i, key in keys]
    landings = _first(found, ROOM // 2)
    return {"complete": len(landings) == len(found), "landings": landings}


def _first(entries: list[Any], room: int) -> list[Any]:
    """As many of the entries as fit into `room` bytes of JSON."""
    sizes = itertools.accumulate(len(json.dumps(entry)) + 2 for entry in entries)
    return entries[: bisect.bisect_right(list(sizes), room)]


def _manifest_key(store: Store, landing_id: str, key: Any) -> str:
    if key is None:
        key = waiting(store).get(landing_id)
    if not isinstance(key, str) or not key.startswith(f"{layout.MANIFESTS}/"):
        raise EventError(f"there is no landing {landing_id}")
    return key


def _summary(ledger: dict[str, Any], done_before: bool) -> dict[str, Any]:
    names = ("landing_id", "path", "entity", "status", "reason", "message", "counts")
    return {name: ledger[name] for name in names} | {"done_before": done_before}


def _too_large(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "landing_id": manifest["landing_id"],
        "path": manifest["path"],
        "entity": None,
        "status": TOO_LARGE,
        "reason": TOO_LARGE,
        "message": f"{manifest['bytes']:,} bytes do not fit into the function, which takes "
        f"{LARGEST:,}. Run `franchise clean` over this lake on a machine with the memory; the next "
        "run takes the rows in.",
        "counts": {"loaded": 0, "rejected": 0},
        "done_before": False,
    }


def _has_time(context: Context) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > RESERVE_MS


def _run_id(context: Context) -> str:
    """Sorts by time; a retry is a run of its own, whose id ends alike."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{context.aws_request_id[:6]}"


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise EventError(f"the variable {name} is not set")
    return value


@cache
def _store() -> Store:
    return open_store(_variable(LAKE))


@cache
def _card_key() -> CardKey:
    key = card_key()
    claim_card_key(_store(), key)
    return key
