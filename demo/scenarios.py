"""What happens to single files and days: late, corrected, re-sent, cut too early, unreadable.

A scenario takes the slices of one restaurant for two days in a row and says what is delivered
instead of them.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from demo.deliveries import (
    CORRECTION,
    Delivery,
    Slice,
    correct,
    move,
    rename,
    time_delivery,
)
from demo.dirt import (
    ITEM_KINDS,
    ITEM_SPOILS,
    OPTION_KINDS,
    OPTION_SPOILS,
    TEXT_ONLY,
    WORKBOOK_KINDS,
)
from demo.formats import Format
from demo.orders import OrderBook
from demo.settings import FranchiseSettings

Story = Callable[[FranchiseSettings, Slice, Slice], list[Delivery]]
DIRTY_SHARE = 0.06  # of the files that are large enough and have no scenario
LEAST_ORDERS = 6  # a file of bad rows alone would be held back whole


def _late(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    late = [move(settings, d, today.last + 2, "late") for d in today.pair]
    return [*late, *tomorrow.pair]


def _never(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    return tomorrow.pair


def _late_items(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    items = move(settings, today.items, today.last + 1, "late_items")
    return [items, replace(today.options, scenario="late_items"), *tomorrow.pair]


def _pending(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    items = move(settings, tomorrow.items, tomorrow.last + 1, "pending")
    return [*today.pair, items, replace(tomorrow.options, scenario="pending")]


def _cut_early(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    """The last two orders of a day are missing in its items file and stand in the next day's."""
    low, high = today.items.orders
    cut = max(low, high - 2)
    early = replace(today.items, orders=(low, cut), scenario="cut_early")
    rest = replace(tomorrow.items, orders=(cut, tomorrow.items.orders[1]), scenario="cut_early")
    return [early, today.options, rest, tomorrow.options]


def _corrected(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    draft = replace(today.items, spoils=("draft",), scenario="corrected")
    final = correct(settings, today.items, tomorrow.last, "corrected")
    return [draft, final, today.options, *tomorrow.pair]


def _resent(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    """The correction comes under another name; so do the options, unchanged but for one blank."""
    draft = replace(today.items, spoils=("draft",), scenario="resent")
    day = tomorrow.last
    again = [correct(settings, rename(d, "_corrected", False), day, "resent") for d in today.pair]
    again[1] = replace(again[1], spoils=("blank_line",))
    return [draft, today.options, *again, *tomorrow.pair]


def _withdrawn(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    """The corrected files leave out one order that never was."""
    gone = (today.items.orders[0],)
    final = [correct(settings, d, tomorrow.last, "withdrawn") for d in today.pair]
    return [*today.pair, *(replace(d, without=gone) for d in final), *tomorrow.pair]


def _same_bytes(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    copies = [rename(d, " (1)", True) for d in today.pair]
    at = [time_delivery(settings, d.path, today.last, CORRECTION) for d in copies]
    named = [replace(d, at=a, scenario="same_bytes") for d, a in zip(copies, at, strict=True)]
    return [*today.pair, *named, *tomorrow.pair]


def _wrong_day(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    """Tomorrow's files hold today's bytes until they are corrected a day later."""
    drafts, finals = [], []
    for old, new in zip(today.pair, tomorrow.pair, strict=True):
        draft = replace(new, orders=old.orders, copy_of=old.path, scenario="wrong_day")
        drafts.append(draft)
        finals.append(correct(settings, new, tomorrow.last + 1, "wrong_day"))
    return [*today.pair, *drafts, *finals]


def _by_hand(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
    """A workbook that somebody typed in: ids that became numbers, and a sheet of notes."""
    typed = replace(today.items, spoils=WORKBOOK_KINDS, scenario="by_hand")
    return [typed, today.options, *tomorrow.pair]


def _broken(content: str, mended: bool, entity: int = 0) -> Story:
    """One of today's two files holds something else, and is mended a day later or never."""

    def tell(settings: FranchiseSettings, today: Slice, tomorrow: Slice) -> list[Delivery]:
        sound, other = today.pair[entity], today.pair[1 - entity]
        broken = replace(sound, content=content, scenario=content)
        mend = [correct(settings, sound, tomorrow.last, content)] if mended else []
        return [broken, *mend, other, *tomorrow.pair]

    return tell


# story by name, and its share of all days delivered daily; each happens at least once if it can
STORIES: dict[str, tuple[Story, float]] = {
    "pending": (_pending, 0),
    "corrected": (_corrected, 0.006),
    "late": (_late, 0.008),
    "resent": (_resent, 0.003),
    "late_items": (_late_items, 0.003),
    "cut_early": (_cut_early, 0.004),
    "same_bytes": (_same_bytes, 0.004),
    "withdrawn": (_withdrawn, 0.002),
    "wrong_day": (_wrong_day, 0.002),
    "empty": (_broken("empty", True), 0.002),
    "empty_options": (_broken("empty", False, 1), 0.001),
    "not_csv": (_broken("not_csv", False), 0.001),
    "duplicate_header": (_broken("duplicate_header", True), 0.002),
    "missing_required": (_broken("missing_required", False), 0.002),
    "local_times": (_broken("local_times", True), 0.001),
    "mixed_kinds": (_broken("mixed_kinds", True), 0.001),
    "by_hand": (_by_hand, 0.001),
    "truncated": (_broken("truncated", True), 0.001),
    "never": (_never, 0.002),
}


def tell_stories(
    settings: FranchiseSettings, slices: list[Slice], book: OrderBook
) -> list[Delivery]:
    """All deliveries of the restaurants: stories on pairs of days, row dirt elsewhere."""
    rng = np.random.default_rng([settings.seed, 6])
    daily = {(s.restaurant, s.last): s for s in slices if s.first == s.last >= settings.daily_from}
    told: set[tuple[int, int]] = set()
    deliveries: list[Delivery] = []
    for name, (story, share) in STORIES.items():
        for restaurant, day in _places(rng, settings, name, share, daily, told):
            today, tomorrow = daily[restaurant, day], daily[restaurant, day + 1]
            told |= {(restaurant, day), (restaurant, day + 1)}
            deliveries += story(settings, today, tomorrow)
    kinds = _Turns()
    for part in slices:
        if (part.restaurant, part.last) not in told or part.first != part.last:
            deliveries += [_soil(rng, delivery, kinds) for delivery in part.pair]
    return deliveries


def _places(
    rng: np.random.Generator,
    settings: FranchiseSettings,
    name: str,
    share: float,
    daily: dict[tuple[int, int], Slice],
    told: set[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Where a story is told: once in the last days, the others anywhere; never side by side."""
    free = [cell for cell in daily if _fits(name, cell, settings, daily)]
    recent = [cell for cell in free if cell[1] >= settings.days - settings.daily_days]
    wanted = round(share * len(daily))
    order = [recent[i] for i in rng.permutation(len(recent))][:40]
    order += [free[i] for i in rng.permutation(len(free))][: wanted * 8]
    taken = set(told)
    places: list[tuple[int, int]] = []
    for restaurant, day in order:
        pair = {(restaurant, day), (restaurant, day + 1)}
        if not pair & taken:
            taken |= pair
            places.append((restaurant, day))
        if len(places) >= max(1, wanted):
            break
    return places


def _fits(
    name: str,
    cell: tuple[int, int],
    settings: FranchiseSettings,
    daily: dict[tuple[int, int], Slice],
) -> bool:
    """A story needs two days with a few orders each; some need a format or the last day."""
    restaurant, day = cell
    today, tomorrow = daily[cell], daily.get((restaurant, day + 1))
    if tomorrow is None or any(b - a < 3 for a, b in (today.items.orders, tomorrow.items.orders)):
        return False
    if name == "pending":
        return day + 1 == settings.days - 1
    form = today.items.form
    if name in NEEDS_CONTAINER:
        return form.container == NEEDS_CONTAINER[name]
    return form.container == "" and not form.quote_all if name in NEEDS_TEXT else True


NEEDS_CONTAINER = {"truncated": "gz", "mixed_kinds": "zip", "by_hand": "xlsx"}
NEEDS_TEXT = {"duplicate_header", "missing_required", "local_times", "empty", "resent"}


class _Turns:
    """Hands out kinds of dirt in turn, so that every kind comes before any comes again."""

    def __init__(self) -> None:
        self.given = {"order_items": 0, "order_item_options": 0}

    def take(self, delivery: Delivery, count: int) -> tuple[str, ...]:
        """The next kinds for a file, without those that its format cannot show."""
        kinds = ITEM_KINDS if delivery.entity == "order_items" else OPTION_KINDS
        start = self.given[delivery.entity]
        self.given[delivery.entity] = start + count
        chosen = [kinds[(start + i) % len(kinds)] for i in range(count)]
        return tuple(kind for kind in chosen if _shows(kind, delivery.form))


def _shows(kind: str, form: Format) -> bool:
    """Whether a file of this format can hold this kind of dirt."""
    spoil = (ITEM_SPOILS | OPTION_SPOILS).get(kind)
    if spoil and spoil.column in form.missing:
        return False
    if kind == "embedded_newline" and form.newline == "\r":
        return False
    if kind == "broken_byte" and not form.encoding.startswith("utf-8"):
        return False
    return kind not in TEXT_ONLY or (form.container != "xlsx" and not form.quote_all)


def _soil(rng: np.random.Generator, delivery: Delivery, kinds: _Turns) -> Delivery:
    if delivery.orders[1] - delivery.orders[0] < LEAST_ORDERS or rng.random() > DIRTY_SHARE:
        return delivery
    return replace(delivery, spoils=kinds.take(delivery, 2), scenario="dirty_rows")
