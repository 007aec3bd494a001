"""Vacuum: remove normalized files that no reader needs any more.

Kept are the files that `current.json` names and every file of a run younger than the age that is
given, finished or not. Data goes first and a run file last, so a vacuum that is killed is completed
by the next one.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from emr_staging.errors import NormalizeError
from emr_staging.state import Json, State
from emr_staging.tables import started_at
from lake import layout
from lake.store import Store

YOUNGEST = timedelta(days=1)  # a run may be at work for so long
DELETERS = 8


@dataclass(frozen=True)
class Vacuumed:
    """What was removed."""

    files: int
    bytes: int
    runs: int


def parse_age(text: str) -> timedelta:
    """`30d` or `12w` as a timedelta. Raises NormalizeError."""
    found = re.fullmatch(r"(\d+)([dw])", text.strip())
    if not found:
        raise NormalizeError(f"--older-than {text}: write a number of days or weeks, 30d or 12w")
    days = int(found[1]) * {"d": 1, "w": 7}[found[2]]
    if timedelta(days=days) < YOUNGEST:
        raise NormalizeError(f"--older-than {text}: a run may be at work; choose 1d or more")
    return timedelta(days=days)


def vacuum(store: Store, older_than: timedelta, now: datetime | None = None) -> Vacuumed:
    """Remove what only runs that began more than `older_than` ago wrote and nobody names now."""
    cutoff = (now or datetime.now(UTC)) - older_than
    state = State(store)
    needed = set(_current_keys(state))
    named = {facts["run_id"] for facts in state.dates.values()}
    named |= {state.current.get("run_id"), state.current.get("restaurants")}
    keys = [k for k in store.list(layout.NORMALIZED) if k not in needed and _is_old(k, cutoff)]
    run_files = [k for k in keys if k.startswith(f"{layout.NORMALIZED_RUNS}/")]
    data = [k for k in keys if not k.startswith(f"{layout.NORMALIZED_RUNS}/")]
    unnamed = [k for k in run_files if _run_of(k) not in named]
    freed = _delete(store, data)
    return Vacuumed(len(data), freed + _delete(store, unnamed), len(unnamed))


def _current_keys(state: State) -> Iterator[str]:
    for date, facts in state.dates.items():
        run = state.run(facts["run_id"])
        yield from _keys(run["touched"][date])
        yield from _keys(run["superseded"])
    yield from (file["key"] for file in state.restaurant_files())
    yield from (file["key"] for file in state.current.get("landings", {}).values())


def _keys(files: Json) -> Iterator[str]:
    return (file["key"] for found in files.values() for file in found)


def _is_old(key: str, cutoff: datetime) -> bool:
    run_id = _run_of(key)
    return run_id is not None and started_at(run_id) < cutoff


def _run_of(key: str) -> str | None:
    """The run that wrote a key; None for what belongs to no run, such as `current.json`."""
    found = re.search(r"/runs?[=/]([^/]+-[0-9a-f]{12})(?:/|\.json$)", key)
    return found[1] if found else None


def _delete(store: Store, keys: list[str]) -> int:
    """Delete keys; the bytes that they held."""
    with ThreadPoolExecutor(DELETERS) as pool:
        size = sum(pool.map(store.size, keys))
        list(pool.map(store.delete, keys))
    return size
