"""Normalize: rebuild exactly the business dates that new, corrected or withdrawn files touch.

The rows of a date are a pure function of the live files. A run writes new files under its own id,
then its run file, then swaps `current.json`: killed at any point, the state before still stands.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from emr_staging.live import Landing, decide_states, read_landings, read_withdrawn, verify
from emr_staging.read import Reader
from emr_staging.scope import Scope, find_scope, place
from emr_staging.state import (
    SCHEMA_VERSION,
    Current,
    describe_landings,
    known_landings,
    read_current,
    sum_totals,
    swap_current,
)
from emr_staging.transforms import (
    mark_superseded_lines,
    mark_superseded_options,
    partition_of,
    pick_restaurants,
    place_lines,
    place_options,
)
from emr_staging.write import (
    Written,
    add_counts,
    add_kept,
    find_files,
    write_restaurants,
    write_rows,
    write_run_file,
)
from lake.store import Store

Progress = Callable[[int, int], None]
PHASES = 5


@dataclass(frozen=True)
class NormalizeSettings:
    """Settings that decide rows: when one changes, everything is rebuilt.

    `withdrawn`: `keep` the rows of files that are gone from the source, or `retract` them.
    """

    default_timezone: str = "America/New_York"
    business_day_start_hour: int = 0
    withdrawn: str = "keep"


@dataclass(frozen=True)
class NormalizeRun:
    """What a run did: `mode` is unchanged, incremental or full; `rows` are those of all dates."""

    run_id: str
    mode: str
    dates: int = 0
    files_read: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    restaurants_without_timezone: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Compared:
    """All landings with their state now, and those whose rows come in or go out."""

    landings: dict[str, Landing]
    states: dict[str, str]
    changed: list[Landing]

    @property
    def live(self) -> dict[str, Landing]:
        return {i: each for i, each in self.landings.items() if self.states[i] == "live"}


def normalize(
    spark: SparkSession,
    store: Store,
    run_id: str,
    settings: NormalizeSettings,
    full: bool = False,
    progress: Progress | None = None,
) -> NormalizeRun:
    """Bring the normalized rows to the state of the live files; one business date is one partition.

    Raises LedgerError before anything is written when a clean file is not what its ledger says, and
    ConflictError when another run was faster.
    """
    tell = progress or (lambda done, total: None)
    tell(0, PHASES)
    started = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    current, version = read_current(store)
    compared = _compare(store, current, settings)
    full = full or current is None or current["settings"] != asdict(settings)
    if not full and compared.states == {i: f["state"] for i, f in current["landings"].items()}:
        return NormalizeRun(run_id, "unchanged")
    verify(store, compared.live.values() if full else compared.changed)
    tell(1, PHASES)
    reader = Reader(spark, store)
    base = None if full else current
    scope = find_scope(reader, base, compared.live, compared.changed, settings)
    tell(2, PHASES)
    written = Written()
    unzoned = _write_items(reader, scope, settings, run_id, written)
    tell(3, PHASES)
    _write_options(reader, scope, run_id, written)
    tell(4, PHASES)
    restaurants = pick_restaurants(reader.clean("restaurants", scope.restaurants))
    written.restaurants = write_restaurants(reader, restaurants, run_id)
    facts = {"run_id": run_id, "started_at": started, "settings": asdict(settings)}
    write_run_file(reader, written, facts | {"previous_run_id": current and current["run_id"]})
    following = _next(base, run_id, settings, compared, scope, written)
    swap_current(store, following, version)
    tell(5, PHASES)
    states = list(compared.states.values())
    return NormalizeRun(
        run_id,
        "full" if full else "incremental",
        dates=len(written.files),
        files_read=len(scope.items) + len(scope.options),
        rows={name: total["rows"] for name, total in following["totals"].items()},
        states={state: states.count(state) for state in sorted({*states})},
        restaurants_without_timezone=unzoned,
    )


def _compare(store: Store, current: Current | None, settings: NormalizeSettings) -> _Compared:
    """What the ledgers say now against what is folded in."""
    landings = known_landings(current)
    landings |= {each.landing_id: each for each in read_landings(store, landings)}
    withdrawn = read_withdrawn(store) if settings.withdrawn == "retract" else set()
    states = decide_states(landings.values(), withdrawn)
    before = {i: facts["state"] for i, facts in current["landings"].items()} if current else {}
    changed = [
        each
        for i, each in sorted(landings.items())
        if (states[i] == "live") != (before.get(i) == "live")
    ]
    return _Compared(landings, states, changed)


def _write_items(
    reader: Reader, scope: Scope, settings: NormalizeSettings, run_id: str, written: Written
) -> list[str]:
    """Write the winning lines of the scope's orders; restaurants that had no time zone."""
    items = _only(reader.clean("order_items", scope.items), scope.orders)
    lines = mark_superseded_lines(items)
    orders = place(reader, lines, scope.zones, settings)
    placed = place_lines(lines, orders).withColumn("partition", partition_of("ordered_on"))
    _write(reader, "order_items", placed, run_id)
    for day in scope.touched or ():
        written.add_date(day)
    add_counts(written, "order_items", placed)
    find_files(reader, written, "order_items", run_id)
    found = orders.select("order_restaurant_id").distinct().collect()
    return sorted(restaurant for (restaurant,) in found if not scope.zones.get(restaurant))


def _write_options(reader: Reader, scope: Scope, run_id: str, written: Written) -> None:
    """Write the winning options of the scope's orders beside the lines that were just written."""
    files = [file for day in written.files.values() for file in day["order_items"]]
    lines = reader.normalized("order_items", files)
    options = _only(reader.clean("order_item_options", scope.options), scope.orders)
    placed = place_options(mark_superseded_options(options), lines)
    _write(reader, "order_item_options", placed, run_id)
    add_counts(written, "order_item_options", placed)
    if scope.kept is not None:
        kept = scope.kept.withColumn("partition", partition_of("ordered_on"))
        write_rows(reader, "order_item_options", kept, run_id)
        add_kept(written, scope.kept, scope.kept_landings)
    find_files(reader, written, "order_item_options", run_id)


def _only(rows: DataFrame, orders: DataFrame | None) -> DataFrame:
    return rows if orders is None else rows.join(orders, on="order_id", how="left_semi")


def _write(reader: Reader, entity: str, placed: DataFrame, run_id: str) -> None:
    write_rows(reader, entity, placed.where(~F.col("is_superseded")).drop("is_superseded"), run_id)


def _next(
    base: Current | None,
    run_id: str,
    settings: NormalizeSettings,
    compared: _Compared,
    scope: Scope,
    written: Written,
) -> dict[str, Any]:
    """The `current.json` after this run."""
    dates = dict(base["dates"]) if base else {}
    dates |= {day: {"run_id": run_id} | written.counts[day] for day in written.files}
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "settings": asdict(settings),
        "landings": describe_landings(compared.landings, compared.states),
        "zones": dict(sorted(scope.zones.items())),
        "restaurants": run_id,
        "dates": dict(sorted(dates.items())),
        "totals": sum_totals(dates),
    }
