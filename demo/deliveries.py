"""Which file appears in the operators' Drive at which moment, with which content."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from demo.formats import PLAIN, Format, choose_format
from demo.orders import OrderBook
from demo.restaurants import Restaurant
from demo.settings import FranchiseSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR_US = 3_600_000_000
MORNING, CORRECTION = 9.0, 10.6  # UTC hours of the day after; the state of a day is that of 12:00
STATE_HOUR = 12
LAYOUT = 1  # raise it when the bytes of a delivery change: it moves every time of modification


@dataclass(frozen=True)
class Delivery:
    """One revision of one file. `at` is when the operator made it, in microseconds UTC.

    `orders` is the range of the order book that it holds, `without` single orders left out again.
    `content` is `rows` or what the file holds instead; `spoils` the dirt in its rows; `scenario`
    the story that it belongs to; `copy_of` the path of the earlier file with the same bytes.
    """

    path: str
    at: int
    entity: str | None
    restaurant: int = -1
    orders: tuple[int, int] = (0, 0)
    form: Format = PLAIN
    content: str = "rows"
    spoils: tuple[str, ...] = ()
    without: tuple[int, ...] = ()
    scenario: str = ""
    copy_of: str | None = None

    @property
    def delivered_at(self) -> datetime:
        """When the operator made this revision (UTC)."""
        return EPOCH + timedelta(microseconds=self.at)


@dataclass(frozen=True)
class Slice:
    """What one restaurant delivers for the days `first` to `last`: two files."""

    restaurant: int
    first: int
    last: int
    items: Delivery
    options: Delivery

    @property
    def pair(self) -> list[Delivery]:
        """Both files, items first."""
        return [self.items, self.options]


def moment_of(settings: FranchiseSettings, day: int) -> int:
    """Microseconds UTC of the state of a day: 12:00 UTC of the day after, all have delivered."""
    return _base(settings, day) + STATE_HOUR * HOUR_US


def time_delivery(settings: FranchiseSettings, path: str, day: int, hour: float = MORNING) -> int:
    """Microseconds UTC in the 80 minutes after `hour` of the day after `day`; differs by file."""
    digest = hashlib.sha256(
        f"{LAYOUT}/{settings.fingerprint}/{path}/{day}/{hour}".encode()
    ).digest()
    spread = int.from_bytes(digest[:8], "big") % (80 * 60 * 1_000_000)
    return _base(settings, day) + int(hour * HOUR_US) + spread


def _base(settings: FranchiseSettings, day: int) -> int:
    midnight = datetime.combine(settings.date_of(day + 1), time(), UTC)
    return (midnight - EPOCH) // timedelta(microseconds=1)


def cut_slices(
    settings: FranchiseSettings, restaurants: list[Restaurant], book: OrderBook
) -> list[Slice]:
    """One slice per restaurant and month of the history, then one per restaurant and day."""
    slices = []
    for restaurant in restaurants:
        months = defaultdict(list)
        for day in range(restaurant.opened, settings.daily_from):
            months[settings.date_of(day).replace(day=1)].append(day)
        spans = [(days[0], days[-1], False) for days in months.values()]
        first_daily = max(restaurant.opened, settings.daily_from)
        spans += [(day, day, True) for day in range(first_daily, settings.days)]
        slices += [_cut(settings, restaurant, book, *span) for span in spans]
    return slices


def _cut(
    settings: FranchiseSettings,
    restaurant: Restaurant,
    book: OrderBook,
    first: int,
    last: int,
    daily: bool,
) -> Slice:
    in_sheets = daily and last >= settings.days - max(settings.daily_days, 1)
    form = choose_format(restaurant.number, in_sheets, settings.dirty)
    orders = book.orders_between(restaurant.number, first, last)
    pair = []
    for entity in ("order_items", "order_item_options"):
        name = form.pattern.format(entity=entity, day=settings.date_of(last))
        name = name if daily else f"{entity}_{settings.date_of(first):%Y-%m}"
        path = f"{restaurant.slug}/{name}{form.suffix}"
        at = time_delivery(settings, path, last)
        pair.append(Delivery(path, at, entity, restaurant.number, orders, form))
    return Slice(restaurant.number, first, last, *pair)


def move(settings: FranchiseSettings, delivery: Delivery, day: int, scenario: str) -> Delivery:
    """The same file delivered on the morning after `day` instead."""
    return replace(delivery, at=time_delivery(settings, delivery.path, day), scenario=scenario)


def correct(settings: FranchiseSettings, delivery: Delivery, day: int, scenario: str) -> Delivery:
    """A sound second version of the same file, late in the morning after `day`."""
    at = time_delivery(settings, delivery.path, day, CORRECTION)
    return replace(delivery, at=at, scenario=scenario, spoils=(), content="rows", copy_of=None)


def rename(delivery: Delivery, suffix: str, copy: bool) -> Delivery:
    """The same content under another name; with `copy`, as the second file with the same bytes."""
    stem = delivery.path.removesuffix(delivery.form.suffix)
    path = f"{stem}{suffix}{delivery.form.suffix}"
    return replace(delivery, path=path, copy_of=delivery.path if copy else None)
