"""What a simulated franchise looks like: size, seed, calendar, how its operators deliver."""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property

LAST_DAY = date(2026, 6, 30)  # fixed, so that two runs on two days give the same bytes


@dataclass(frozen=True)
class FranchiseSettings:
    """Settings of one simulation; equal settings give equal bytes. Raises ValueError.

    `orders_per_day` is the mean per restaurant and day it is open. The last `daily_days` days come
    as one file pair per restaurant and day, the history before as one per restaurant and month, or
    daily too with `daily_throughout`. `opened_share` of the restaurants are there on the first
    day, the others open one after another. Without `dirty` every operator delivers flawless UTF-8
    CSV in time.
    """

    restaurants: int = 40
    days: int = 730
    seed: int = 7
    last_day: date = LAST_DAY
    daily_days: int = 14
    orders_per_day: float = 6.5
    daily_throughout: bool = False
    opened_share: float = 0.2
    dirty: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated, in one clear line."""
        _require(1 <= self.restaurants <= 999, "restaurants must be between 1 and 999")
        _require(1 <= self.days <= 3660, "days must be between 1 and 3660")
        _require(self.seed >= 0, "seed must not be negative")
        _require(self.daily_days >= 0, "daily days must not be negative")
        _require(0 < self.orders_per_day <= 5000, "orders per day must be above 0, at most 5000")
        _require(0 < self.opened_share <= 1, "opened share must be above 0, at most 1")
        _require(self.last_day.year >= 2000, "last day must not be before 2000-01-01")

    @property
    def first_day(self) -> date:
        """The business date of day 0."""
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def daily_from(self) -> int:
        """Day index from which files come daily; the days before come monthly."""
        return 0 if self.daily_throughout else max(0, self.days - self.daily_days)

    @cached_property
    def fingerprint(self) -> str:
        """The same text for equal settings, however their numbers were written (55 or 55.0)."""
        values = [(field.type, getattr(self, field.name)) for field in fields(self)]
        return "/".join(str(float(value) if kind is float else value) for kind, value in values)

    def date_of(self, day: int) -> date:
        """The business date of a day index (0 = first day)."""
        return self.first_day + timedelta(days=day)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
