"""What a normalize run has to do, decided from ledgers and `current.json` alone: no rows read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from emr_staging.landings import (
    CONTRACT_VERSIONS,
    CleanFile,
    Landing,
    decide,
    new_ledgers,
    read_ledgers,
    recall,
    remember,
    to_clean_file,
    to_landing,
    withdrawn_files,
)
from emr_staging.settings import NormalizeSettings
from emr_staging.state import State
from lake.store import Store

LIVE = "live"


@dataclass
class Plan:
    """Landings with their states, and those whose rows begin or cease to count in this run."""

    store: Store
    is_first: bool  # nothing was normalized before
    rebuild: str | None  # why everything is built anew; None: only what changed
    landings: dict[str, Landing]
    states: dict[str, str]
    new: list[str]
    appeared: list[str]
    gone: list[str]
    moved: int  # landings that have another state than before
    _entries: dict[str, dict[str, Any]]  # as they are remembered now
    _ledgers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing is new and nothing is to be rebuilt."""
        return not self.landings or not (self.new or self.moved or self.rebuild)

    @property
    def is_full(self) -> bool:
        """Everything is built, for the first time or anew."""
        return self.is_first or self.rebuild is not None

    @cached_property
    def live(self) -> set[str]:
        """The landings whose rows count."""
        return {i for i, state in self.states.items() if state == LIVE}

    def files(self, landing_ids: Iterable[str]) -> list[CleanFile]:
        """The clean files of these landings, in order of delivery; without empty ones."""
        wanted = {i for i in landing_ids if self.landings[i].rows}
        for ledger in read_ledgers(self.store, sorted(wanted - self._ledgers.keys())):
            self._ledgers[ledger["landing_id"]] = ledger
        ordered = sorted(wanted, key=lambda i: self.landings[i].order)
        files = (to_clean_file(self._ledgers[i]) for i in ordered)
        return [f for f in files if f]

    def changed_files(self) -> list[CleanFile]:
        """The clean files whose rows begin or cease to count."""
        return self.files({*self.appeared, *self.gone})

    def entries(self) -> dict[str, dict[str, Any]]:
        """The landings as `current.json` remembers them."""
        return {i: self._entry(i, state) for i, state in sorted(self.states.items())}

    def _entry(self, landing_id: str, state: str) -> dict[str, Any]:
        held = self._entries.get(landing_id)
        if held and held["state"] == state:
            return held
        return remember(self.landings[landing_id], state)

    def count_states(self) -> dict[str, int]:
        """Landings by state."""
        return dict(sorted(Counter(self.states.values()).items()))


def make_plan(store: Store, state: State, settings: NormalizeSettings, full: bool) -> Plan:
    """Compare the ledgers with what normalized holds; for a rebuild every ledger is read again.

    Raises NormalizeError on a ledger that cannot be read.
    """
    rebuild = _reason(state, settings, full)
    entries = {} if rebuild else state.current.get("landings", {})
    known = {i: recall(i, entry) for i, entry in entries.items()}
    before = {i: entry["state"] for i, entry in entries.items()}
    ledgers = {ledger["landing_id"]: ledger for ledger in new_ledgers(store, known)}
    landings = known | {i: to_landing(ledger) for i, ledger in ledgers.items()}
    keep = settings.withdrawn == "keep"
    withdrawn = withdrawn_files(store, landings.values(), only_refused=keep)
    states = decide(landings.values(), withdrawn)
    was = {i for i, s in before.items() if s == LIVE}
    now = {i for i, s in states.items() if s == LIVE}
    return Plan(
        store=store,
        is_first=not state.current,
        rebuild=rebuild,
        landings=landings,
        states=states,
        new=sorted(ledgers),
        appeared=sorted(now - was),
        gone=sorted(was - now),
        moved=sum(states[i] != s for i, s in before.items()),
        _entries=entries,
        _ledgers=ledgers,
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
