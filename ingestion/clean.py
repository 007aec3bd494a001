"""Clean: every row of a delivered file becomes a typed row, or a reject with its reason.

The outputs of a file have one deterministic key each and its ledger is written last, so a cleaner
may be killed at any point and run again, and two at once do no harm.
"""

import json
import logging
import multiprocessing
import traceback
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import closing
from functools import cache
from pathlib import Path

import duckdb

from ingestion.batch import DamagedBlobError, clean_batch, hold_file
from ingestion.cards import claim_card_key
from ingestion.contract import FileRejectedError
from ingestion.ledger import Ledger, Manifest
from ingestion.revisions import TOMBSTONE
from ingestion.settings import CleanSettings
from ingestion.sources import as_text
from ingestion.validate import connect
from lake import layout
from lake.store import Store, open_store

__all__ = ["CleanError", "CleanSettings", "clean", "clean_new", "pending", "waiting"]

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
Cleaned = tuple[list[Ledger], list[str]]  # ledgers, and what went wrong with the other files

BATCH_FILES = 200
BATCH_BYTES = 8 << 20
READERS = 8
# What keeps one file from being cleaned by no fault of its own: it waits for the next run. A full
# disk or a lost store (OSError) is not among it and ends the run.
FAULTS = (DamagedBlobError, FileNotFoundError, MemoryError, duckdb.OperationalError)


class CleanError(Exception):
    """Some files could not be cleaned, by no fault of theirs; all others were."""


def clean(store: Store, manifest: Manifest, settings: CleanSettings) -> Ledger:
    """Clean one landed file; its ledger, written last. Raises CleanError."""
    with closing(connect()) as connection:
        ledgers, failures = _clean_safely(connection, store, [manifest], settings)
    if failures:
        raise CleanError(failures[0])
    return ledgers[0]


def clean_new(
    store: Store,
    settings: CleanSettings,
    workers: int,
    progress: Progress | None = None,
    only: Collection[str] | None = None,
) -> list[Ledger]:
    """Clean every landed file that has no ledger yet, in `workers` processes.

    `only` names the landing ids to clean; `progress` hears (files done, files in all). Raises
    CardKeyError for another key than the lake's; CleanError, after all others are done, when files
    could not be cleaned.
    """
    manifests = pending(store, only)
    if manifests:
        claim_card_key(store, settings.card_key)
    ledgers: list[Ledger] = []
    failures: list[str] = []
    for cleaned, failed in _run(store, settings, list(_batches(manifests)), workers):
        ledgers += cleaned
        failures += failed
        if progress:
            progress(len(ledgers) + len(failures), len(manifests))
    if failures:
        raise CleanError(f"{len(failures)} files could not be cleaned: " + "; ".join(failures[:5]))
    return sorted(ledgers, key=lambda ledger: ledger["landing_id"])


def pending(store: Store, only: Collection[str] | None = None) -> list[Manifest]:
    """The manifests that have no ledger yet; `only` names the landing ids to look for."""
    found = waiting(store)
    wanted = found if only is None else found.keys() & {*only}
    with ThreadPoolExecutor(READERS) as pool:
        return [
            json.loads(data)
            for data in pool.map(store.read, (found[landing_id] for landing_id in sorted(wanted)))
        ]


def waiting(store: Store) -> dict[str, str]:
    """Landing id -> key of every manifest without a ledger, by two listings; no tombstones."""
    cleaned = {key.rsplit("/", 1)[1].removesuffix(".json") for key in store.list(layout.LEDGERS)}
    keys = [key for key in store.list(layout.MANIFESTS) if f"/{TOMBSTONE}" not in key]
    return {i: key for key in keys if (i := _landing_of(key)) not in cleaned}


def _landing_of(key: str) -> str:
    file_id, revision = (
        key.removeprefix(f"{layout.MANIFESTS}/file=").removesuffix(".json").split("/")
    )
    return layout.landing_id(file_id, revision)


def _batches(manifests: list[Manifest]) -> Iterator[list[Manifest]]:
    """Manifests in groups of a bounded number of files and bytes."""
    batch: list[Manifest] = []
    size = 0
    for manifest in manifests:
        if batch and (len(batch) == BATCH_FILES or size + manifest["bytes"] > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(manifest)
        size += manifest["bytes"]
    if batch:
        yield batch


def _run(
    store: Store, settings: CleanSettings, batches: list[list[Manifest]], workers: int
) -> Iterator[Cleaned]:
    """Clean batches here, or in processes when there are several; results as they come."""
    if workers == 1 or len(batches) < 2:
        with closing(connect()) as connection:
            for batch in batches:
                yield _clean_safely(connection, store, batch, settings)
        return
    context = multiprocessing.get_context("spawn")  # a fork would inherit locks of open threads
    count = min(workers, len(batches))
    with ProcessPoolExecutor(count, context) as pool:
        tasks = [pool.submit(_clean_remotely, store.url(), batch, settings) for batch in batches]
        try:
            for task in as_completed(tasks):
                yield task.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _clean_remotely(lake: str, batch: list[Manifest], settings: CleanSettings) -> Cleaned:
    """One batch in a process of its own, which keeps its DuckDB for the next one."""
    return _clean_safely(_process_connection(), open_store(lake), batch, settings)


@cache
def _process_connection() -> duckdb.DuckDBPyConnection:
    return connect()


def _clean_safely(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    batch: list[Manifest],
    settings: CleanSettings,
) -> Cleaned:
    """Clean a batch; if that fails, file by file, so that one file hurts no other.

    A file that the cleaner itself fails at, in whatever way, is held: else it would stop every run.
    """
    try:
        return clean_batch(connection, store, batch, settings), []
    except FAULTS as error:
        if len(batch) == 1:
            return [], [_describe(batch[0], error)]
    except OSError:
        raise
    except Exception as error:
        if len(batch) == 1:
            log.error("landing %s is held: %s", batch[0]["landing_id"], _place(error))
            reason = FileRejectedError("cleaner_failed", type(error).__name__)
            return [hold_file(store, batch[0], reason, settings)], []
    results = [_clean_safely(connection, store, [manifest], settings) for manifest in batch]
    return [c for cleaned, _ in results for c in cleaned], [
        f for _, failed in results for f in failed
    ]


def _describe(manifest: Manifest, error: Exception) -> str:
    """What went wrong, in our own words only: an engine's message may quote a customer's data."""
    ours = isinstance(error, DamagedBlobError | FileNotFoundError)
    message = f"{as_text(manifest['path'])}: {error if ours else type(error).__name__}"
    log.error("landing %s could not be cleaned: %s", manifest["landing_id"], type(error).__name__)
    return message


def _place(error: Exception) -> str:
    """An error's class and where it was raised, without its words."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
