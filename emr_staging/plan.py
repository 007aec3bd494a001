"""What a normalize run has to do, decided from ledgers and `current.json` alone: no rows read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from emr_staging.errors import NormalizeError
from emr_staging.landings import (
    CONTRACT_VERSIONS,
    CleanFile,
    Landing,
    decide,
    latest_revisions,
    new_ledgers,
    read_ledgers,
    read_tombstones,
    recall,
    to_clean_file,
    to_landing,
    withdrawn_files,
)
from emr_staging.settings import NormalizeSettings
from emr_staging.spans import Span, to_columns, widen
from emr_staging.state import State
from lake import layout
from lake.folded import SCHEMA, is_any_of, related
from lake.store import Store

LIVE = "live"


@dataclass
class Plan:
    """Landings as they were folded before, and those whose state changes in this run."""

    store: Store
    is_first: bool  # nothing was normalized before
    rebuild: str | None  # why everything is built anew; None: only what changed
    held: pa.Table  # as `lake.folded` has them; none when everything is built anew
    changed: dict[str, Landing]  # those that are new or have another state than before
    states: dict[str, str]  # of `changed`, now
    before: dict[str, str]  # of `changed`, when they are not new
    _ledgers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing is new and nothing is to be rebuilt."""
        return not self.changed

    @property
    def is_full(self) -> bool:
        """Everything is built, for the first time or anew."""
        return self.is_first or self.rebuild is not None

    @cached_property
    def appeared(self) -> list[str]:
        """The landings whose rows begin to count."""
        return sorted(i for i, state in self.states.items() if state == LIVE)

    @cached_property
    def gone(self) -> list[str]:
        """The landings whose rows cease to count."""
        return sorted(i for i, state in self.before.items() if state == LIVE)

    def live(self, column: str, values: Iterable[str]) -> set[str]:
        """The landings whose rows count, of those with one of these values in a column."""
        wanted = set(values)
        held = self.held.filter(is_any_of(self.held[column], wanted))
        before = held.filter(pc.equal(held["state"], LIVE))["landing_id"].to_pylist()
        appeared = (i for i in self.appeared if getattr(self.changed[i], column) in wanted)
        return {*before, *appeared} - {*self.gone}

    def files(self, landing_ids: Iterable[str]) -> list[CleanFile]:
        """The clean files of these landings, in order of delivery; without empty ones."""
        ids = set(landing_ids)
        before = self.held.filter(is_any_of(self.held["landing_id"], ids - self.changed.keys()))
        landings = [*map(recall, before.to_pylist())]
        landings += [self.changed[i] for i in ids & self.changed.keys()]
        wanted = {found.landing_id: found for found in landings if found.rows}
        for ledger in read_ledgers(self.store, sorted(wanted.keys() - self._ledgers.keys())):
            self._ledgers[ledger["landing_id"]] = ledger
        ordered = sorted(wanted, key=lambda i: wanted[i].order)
        files = (to_clean_file(self._ledgers[i]) for i in ordered)
        return [f for f in files if f]

    def changed_files(self) -> list[CleanFile]:
        """The clean files whose rows begin or cease to count."""
        return self.files({*self.appeared, *self.gone})

    def changed_rows(self, spans: dict[str, Span]) -> list[dict[str, Any]]:
        """Rows of `lake.folded` that are new or other than before; `spans` of this run's lines."""
        changed = [
            found._asdict() | {"state": self.states[i]} | to_columns(spans.get(i))
            for i, found in self.changed.items()
        ]
        others = is_any_of(self.held["landing_id"], spans.keys() - self.changed.keys())
        rows = self.held.filter(others).to_pylist()
        wider = [widen(row, spans[row["landing_id"]]) for row in rows]
        return changed + [now for row, now in zip(rows, wider, strict=True) if now != row]

    def count_states(self) -> dict[str, int]:
        """Landings by state."""
        held = pc.value_counts(self.held["state"]).to_pylist()
        counts = Counter({found["values"]: found["counts"] for found in held})
        counts.subtract(self.before.values())
        counts.update(self.states.values())
        return {state: n for state, n in sorted(counts.items()) if n}


def make_plan(store: Store, state: State, settings: NormalizeSettings, full: bool) -> Plan:
    """Compare the ledgers with what normalized holds; for a rebuild every ledger is read again.

    Raises NormalizeError on a ledger that cannot be read, and when a rebuild finds none.
    """
    rebuild = _reason(state, settings, full)
    held = SCHEMA.empty_table() if rebuild else state.landings
    found = new_ledgers(store, held["landing_id"].to_pylist())
    ledgers = {ledger["landing_id"]: ledger for ledger in found}
    if rebuild and state.current and not ledgers:
        raise NormalizeError(
            f"{layout.LEDGERS} holds no ledger to rebuild from ({rebuild}), but {layout.CURRENT} "
            "names rows. Nothing was written. Restore the ledgers, or run clean again."
        )
    new = [to_landing(ledger) for ledger in ledgers.values()]
    landings, before, now = _decide_again(store, held, new, settings.withdrawn == "keep")
    changed = {i: found for i, found in landings.items() if now[i] != before.get(i)}
    return Plan(
        store=store,
        is_first=not state.current,
        rebuild=rebuild,
        held=held,
        changed=changed,
        states={i: now[i] for i in changed},
        before={i: before[i] for i in changed if i in before},
        _ledgers=ledgers,
    )


def _decide_again(
    store: Store, held: pa.Table, new: list[Landing], keep: bool
) -> tuple[dict[str, Landing], dict[str, str], dict[str, str]]:
    """By id: the landings that new ones may change, their states before, and their states now.

    These are the revisions of files that came or may be gone, and the landings with bytes as
    theirs; on no other landing does any of it bear. Of files that have rows only `retract` asks
    whether they are gone.
    """
    stones = [] if keep else read_tombstones(store)
    doubtful = pc.invert(held["loaded"]) if keep else pc.equal(held["state"], "withdrawn")
    files = {landing.file_id for landing in new} | {stone["file_id"] for stone in stones}
    files.update(held.filter(doubtful)["file_id"].to_pylist())
    rows = related(held, files, [landing.sha256 for landing in new])
    landings = [*map(recall, rows), *new]
    latest = latest_revisions(landings)
    if keep:
        stones = read_tombstones(store, [i for i in files if not latest[i].loaded])
    states = decide(landings, withdrawn_files(stones, latest))
    bytes_ = {landing.sha256 for landing in landings if landing.file_id in files}
    return (
        {found.landing_id: found for found in landings if found.sha256 in bytes_},
        {row["landing_id"]: row["state"] for row in rows},
        states,
    )


def _reason(state: State, settings: NormalizeSettings, full: bool) -> str | None:
    if full:
        return "asked for with --full"
    if not state.current:
        return None
    held = state.current["settings"]
    changed = [name for name, value in asdict(settings).items() if held.get(name) != value]
    if changed:
        return f"settings changed: {', '.join(changed)}"
    if state.current.get("contract_versions") != CONTRACT_VERSIONS:
        return "a contract's version changed"
    return None
