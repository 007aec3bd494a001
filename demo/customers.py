"""The people who come: how often, for how long, when, with whom, and whether they join.

Habits are correlated, so that segments and churn mean something: heavy customers spend more, join
the loyalty programme more often and stay longer; occasional ones wait for discounts and lapse soon.
"""

from dataclasses import dataclass

import numpy as np

from demo.restaurants import Restaurant
from demo.settings import FranchiseSettings

KINDS = ("account", "heavy", "regular", "occasional")
SHARES = (0.0015, 0.10, 0.33, 0.5685)
VISITS_PER_30_DAYS = (55.0, 8.0, 2.4, 0.75)
MEAN_STAY_DAYS = (900.0, 480.0, 260.0, 140.0)
JOIN_CHANCE = (0.0, 0.55, 0.30, 0.10)
EXTRA_LINES = (2.5, 0.75, 0.5, 0.4)
BARGAIN_HUNTING = (0.02, 0.15, 0.35, 0.6)
GUEST_SHARE = 0.12
LOYALTY_LIFT = 1.12  # visits after joining, against before
NEVER = 1 << 30

# share of a habit's visits by daypart (Breakfast .. Late Night)
HABITS = np.array(
    [
        [0.70, 0.12, 0.10, 0.06, 0.02],  # commuter
        [0.06, 0.68, 0.14, 0.10, 0.02],  # lunch
        [0.04, 0.14, 0.10, 0.64, 0.08],  # family
        [0.03, 0.10, 0.10, 0.27, 0.50],  # night
        [0.22, 0.26, 0.20, 0.24, 0.08],  # anyone
    ]
)


@dataclass(frozen=True)
class Customers:
    """One entry per customer in every array; days are day indexes, `end` is exclusive."""

    kind: np.ndarray
    home: np.ndarray
    start: np.ndarray
    end: np.ndarray
    visits_per_day: np.ndarray
    join: np.ndarray
    habit: np.ndarray
    extra_lines: np.ndarray
    bargain: np.ndarray
    second_home: np.ndarray

    def __len__(self) -> int:
        """How many customers there are."""
        return len(self.kind)


def invite_customers(
    settings: FranchiseSettings, restaurants: list[Restaurant], days: np.ndarray
) -> Customers:
    """Customers whose visits come to `orders_per_day` over `days` open days per restaurant."""
    rng = np.random.default_rng([settings.seed, 2])
    wanted = settings.orders_per_day * float(days.sum()) * (1 - GUEST_SHARE)
    count = max(3, round(wanted / 9))
    kind = rng.choice(len(KINDS), count, p=SHARES)
    opened = np.array([r.opened for r in restaurants])
    demand = np.array([r.popularity for r in restaurants]) * days
    home = rng.choice(len(restaurants), count, p=demand / demand.sum())
    start = _first_days(rng, opened[home], settings.days)
    end = _last_days(rng, kind, start, settings.days)
    rate = np.array(VISITS_PER_30_DAYS)[kind] / 30 * rng.gamma(3.0, 1 / 3.0, count)
    rate *= wanted / max(1e-9, float((rate * (end - start)).sum()))
    return Customers(
        kind=kind,
        home=home,
        start=start,
        end=end,
        visits_per_day=rate,
        join=_join_days(rng, kind, start, settings.days),
        habit=rng.choice(len(HABITS), count, p=[0.22, 0.26, 0.24, 0.08, 0.20]),
        extra_lines=np.array(EXTRA_LINES)[kind] * rng.gamma(4.0, 0.25, count),
        bargain=np.clip(np.array(BARGAIN_HUNTING)[kind] * rng.gamma(4.0, 0.25, count), 0, 0.9),
        second_home=rng.integers(0, len(restaurants), count),
    )


def _first_days(rng: np.random.Generator, opened: np.ndarray, days: int) -> np.ndarray:
    """One in four comes in the month of the opening, the others at any time after."""
    span = days - opened
    late = rng.random(len(opened)) * span
    early = rng.random(len(opened)) * np.minimum(30, span)
    curious = rng.random(len(opened)) < 0.25
    return (opened + np.where(curious, early, late)).astype(np.int64)


def _last_days(
    rng: np.random.Generator, kind: np.ndarray, start: np.ndarray, days: int
) -> np.ndarray:
    stay = rng.exponential(np.array(MEAN_STAY_DAYS)[kind]).astype(np.int64) + 1
    return np.minimum(start + stay, days)


def _join_days(
    rng: np.random.Generator, kind: np.ndarray, start: np.ndarray, days: int
) -> np.ndarray:
    """The programme starts on day 30 (or at once in a short simulation); most join within weeks."""
    programme = min(30, days // 10)
    joins = rng.random(len(kind)) < np.array(JOIN_CHANCE)[kind]
    day = np.maximum(start, programme) + rng.exponential(70, len(kind)).astype(np.int64)
    return np.where(joins, day, NEVER)


def name_user(seed: int, customer: int) -> str:
    """The feed's USER_ID of a customer: 16 characters, some with leading zeros."""
    mixed = (customer * 0x9E3779B97F4A7C15 + (seed + 1) * 0xBF58476D1CE4E5B9) % (1 << 64)
    return f"{mixed:016x}"


def number_card(seed: int, customer: int) -> str:
    """The 12-digit number printed on a member's card, some with leading zeros."""
    return f"{(customer * 982_451_653 + seed * 57_885_161 + 123_457) % 10**12:012d}"
