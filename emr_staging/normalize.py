"""Normalize: rebuild exactly the business dates that new, corrected or withdrawn files touch.

The rows of a date are a pure function of the live files. A run writes new files into folders of its
own, then its run file, then swaps `current.json`: killed at any point, the state before still
stands, and what was written is never read.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from emr_staging.accounts import Account, check_against_ledgers, count_written, live_files
from emr_staging.batches import split
from emr_staging.file_sizes import right_size
from emr_staging.integrity import verify_files
from emr_staging.landings import CONTRACT_VERSIONS
from emr_staging.limits import Limits
from emr_staging.plan import Plan, make_plan
from emr_staging.restaurants import moved_restaurants, read_restaurants
from emr_staging.settings import NormalizeSettings, check_run_id
from emr_staging.spans import Span
from emr_staging.state import ENTITIES, SCHEMA_VERSION, Json, State, sum_totals
from emr_staging.tables import Tables, new_attempt
from emr_staging.touched import Scope, Zones, find_scope
from emr_staging.transforms import (
    FOLDER,
    PENDING,
    SUPERSEDED,
    normalize_options,
    normalize_order_items,
)
from lake.folded import write_folded
from lake.store import Store

__all__ = ["NormalizeRun", "NormalizeSettings", "normalize"]

Progress = Callable[[int, int], None]
PHASES = 4


@dataclass(frozen=True)
class NormalizeRun:
    """What a run did; `mode` is empty (no file was cleaned yet), unchanged, incremental or full.

    `dates` were replaced from `files_read` clean files; `rows` are those of all dates together,
    `states` counts all landings. The time zones are of restaurants whose orders were placed anew.
    """

    run_id: str
    mode: str
    why_full: str | None = None
    dates: int = 0
    files_read: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    superseded: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    restaurants_without_timezone: list[str] = field(default_factory=list)
    unknown_timezones: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    """One run's settings, what it found, and where its rows go."""

    settings: NormalizeSettings
    state: State
    plan: Plan
    tables: Tables
    started_at: str


def normalize(
    spark: SparkSession,
    store: Store,
    run_id: str,
    settings: NormalizeSettings,
    full: bool = False,
    progress: Progress | None = None,
    bundles: bool = True,
    limits: Limits | None = None,
) -> NormalizeRun:
    """Bring the normalized rows to the state of the live files; one business date is one partition.

    `full` rebuilds from nothing. `progress` hears (phases done, phases in all). `bundles`: many
    small files are put together on the local disk first, which a cluster does not need. Raises
    NormalizeError, with nothing changed that readers see: before anything is written when a clean
    file is not what its ledger says or a rebuild finds no ledger, and LostRaceError when another
    run finished first.
    """
    check_run_id(run_id)
    tell = progress or (lambda done, total: None)
    tell(0, PHASES)
    state = State(store)
    plan = make_plan(store, state, settings, full)
    if plan.is_empty:
        return NormalizeRun(run_id, "empty" if plan.is_first else "unchanged")
    with tempfile.TemporaryDirectory() as scratch:
        local = Path(scratch) if bundles else None
        tables = Tables(spark, store, new_attempt(run_id), local, limits)
        done = _run(_Job(settings, state, plan, tables, _now()), tell)
    tell(PHASES, PHASES)
    return done


def _run(job: _Job, tell: Progress) -> NormalizeRun:
    plan, tables = job.plan, job.tables
    changed = set(plan.changed_files())
    verify_files(tables.store, changed)
    tell(1, PHASES)
    default, start_hour = job.settings.default_timezone, job.settings.business_day_start_hour
    restaurants = read_restaurants(tables, plan, job.state, default)
    zones = Zones(restaurants.zone_frame(tables.spark), default, start_hour)
    moved = moved_restaurants(job.state.zones, restaurants.zones, default)
    scope = find_scope(tables, plan, job.state, zones, moved)
    verify_files(tables.store, [f for f in scope.files if f not in changed])
    tell(2, PHASES)
    account = _write_rows(job, scope, zones, tell)
    without = sorted(account.restaurants - restaurants.zones.keys())
    run = _run_file(job, scope, account) | {
        "restaurants": restaurants.write(tables),
        "restaurants_without_timezone": without,
        "unknown_timezones": restaurants.unknown,
    }
    current = _following(job, run, account) | {"zones": restaurants.zones}
    check_against_ledgers(plan, job.state, current["totals"])
    job.state.commit(run, current | {"landings": _fold(job, account.spans)})
    return NormalizeRun(
        tables.attempt,
        "full" if plan.is_full else "incremental",
        plan.rebuild,
        dates=len(run["touched"]),
        files_read=len(scope.files),
        rows={entity: total["rows"] for entity, total in current["totals"].items()},
        superseded={entity: total["superseded"] for entity, total in current["totals"].items()},
        states=plan.count_states(),
        restaurants_without_timezone=without,
        unknown_timezones=restaurants.unknown,
    )


def _write_rows(job: _Job, scope: Scope, zones: Zones, tell: Progress) -> Account:
    """Write the lines of the scope's orders, then their options beside them; count both."""
    if scope.is_empty:
        return Account()
    known: set[str] = set()
    for batch in split(job.tables, scope):
        known |= _write_batch(job.tables, batch, zones, known)
    if not job.plan.is_full:
        job.tables.write(_waiting(job, scope), "order_item_options")
    tell(3, PHASES)
    written = {entity: job.tables.written(entity) for entity in ENTITIES}
    files = {entity: right_size(job.tables, entity, found) for entity, found in written.items()}
    return count_written(job.tables, files)


def _write_batch(tables: Tables, scope: Scope, zones: Zones, known: set[str]) -> set[str]:
    """Write lines and options of whole orders; the keys of new files of lines, beside `known`."""
    items = scope.only(tables.clean("order_items", scope.files))
    tables.write(normalize_order_items(items, *zones.arguments), "order_items")
    written = tables.written("order_items", known)
    lines = tables.normalized("order_items", live_files(written))
    options = scope.only(tables.clean("order_item_options", scope.files))
    tables.write(normalize_options(options, lines), "order_item_options")
    return {file["key"] for files in written.values() for file in files}


def _waiting(job: _Job, scope: Scope) -> DataFrame:
    """Options of other orders that wait for their line: they go on waiting, in this run's files."""
    entity = "order_item_options"
    waiting = job.tables.normalized(entity, job.state.files(entity, [PENDING]))
    replaced = job.tables.normalized(entity, job.state.superseded_files(entity, PENDING))
    replaced = replaced.where(F.col("ordered_on").isNull())
    rows = waiting.withColumn(FOLDER, F.lit(PENDING))
    return scope.others(rows.unionByName(replaced.withColumn(FOLDER, F.lit(SUPERSEDED))))


def _run_file(job: _Job, scope: Scope, account: Account) -> Json:
    """What this run wrote, for those who load it and for the next runs."""
    dates = sorted((scope.dates or set()) | account.counts.keys())
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": job.tables.attempt,
        "previous_run_id": job.state.current.get("run_id"),
        "started_at": job.started_at,
        "finished_at": _now(),
        "settings": asdict(job.settings),
        "rebuild": job.plan.rebuild,
        "touched": {d: {e: account.files[e].get(d, []) for e in ENTITIES} for d in dates},
        "landings": {d: {e: sorted(account.landings[d][e]) for e in ENTITIES} for d in dates},
        "superseded": {e: account.files[e].get(SUPERSEDED, []) for e in ENTITIES},
    }


def _following(job: _Job, run: Json, account: Account) -> Json:
    """`current.json` after this run."""
    held = {} if job.plan.is_full else job.state.current
    dates = {d: facts for d, facts in held.get("dates", {}).items() if d not in run["touched"]}
    dates |= {d: {"run_id": run["run_id"]} | account.entry(d) for d in sorted(account.counts)}
    written = run["restaurants"] is not None
    return {
        "schema_version": SCHEMA_VERSION,
        "contract_versions": CONTRACT_VERSIONS,
        "run_id": run["run_id"],
        "settings": asdict(job.settings),
        "dates": dict(sorted(dates.items())),
        "totals": sum_totals(dates),
        "restaurants": run["run_id"] if written else held.get("restaurants"),
    }


def _fold(job: _Job, spans: dict[str, Span]) -> Json:
    """Write what the landings are after this run, `spans` of its lines among it; the files."""
    plan, held = job.plan, {} if job.plan.is_full else job.state.current["landings"]
    rows = plan.changed_rows(spans)
    return write_folded(job.tables.store, job.tables.attempt, plan.held, held, rows)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
