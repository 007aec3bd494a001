"""Who comes where on which day and at what time: weekly rhythm, seasons, festivals, dayparts."""

from dataclasses import dataclass

import numpy as np

from demo.clock import DAY, HOUR, read_clock, start_of
from demo.customers import GUEST_SHARE, HABITS, LOYALTY_LIFT, Customers
from demo.menu import HOURS
from demo.orders import GUEST
from demo.restaurants import Restaurant
from demo.settings import FranchiseSettings

WEEKDAYS = (0.84, 0.87, 0.93, 1.0, 1.22, 1.28, 1.02)  # Monday .. Sunday
FESTIVAL_EVERY, FESTIVAL_DAYS, FESTIVAL_LIFT = 56, 5, 1.3


@dataclass(frozen=True)
class Visits:
    """One entry per visit in every array; `at` is UTC ms, `day` the local business date."""

    customer: np.ndarray
    restaurant: np.ndarray
    day: np.ndarray
    at: np.ndarray
    daypart: np.ndarray

    def keep(self, mask: np.ndarray) -> "Visits":
        """The visits for which `mask` is true."""
        return Visits(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def weigh_days(settings: FranchiseSettings) -> np.ndarray:
    """Demand of each day against an average one: weekday x season x festival."""
    days = np.arange(settings.days)
    ordinal = settings.first_day.toordinal() + days
    season = 1 + 0.10 * np.sin(2 * np.pi * (ordinal % 365.25 - 80) / 365.25)
    return (
        np.array(WEEKDAYS)[(ordinal - 1) % 7]
        * season
        * np.where(is_festival(settings, days), FESTIVAL_LIFT, 1.0)
    )


def is_festival(settings: FranchiseSettings, days: np.ndarray) -> np.ndarray:
    """Days with a discount for everyone."""
    return (settings.first_day.toordinal() + days) % FESTIVAL_EVERY < FESTIVAL_DAYS


def draw_visits(
    settings: FranchiseSettings, restaurants: list[Restaurant], people: Customers
) -> Visits:
    """All visits of customers and guests, unsorted, only where and when a restaurant is open."""
    rng = np.random.default_rng([settings.seed, 3])
    weights = weigh_days(settings)
    customer, planned = _plan_customers(rng, people, weights)
    place = people.home[customer]
    elsewhere = rng.random(len(customer)) < 0.08
    place = np.where(elsewhere, people.second_home[customer], place)
    guest_place, guest_day = _plan_guests(rng, settings, restaurants, weights)
    guests = np.full(len(guest_place), GUEST, dtype=np.int64)
    habit = np.concatenate([people.habit[customer], np.full(len(guests), len(HABITS) - 1)])
    customer = np.concatenate([customer, guests])
    place = np.concatenate([place, guest_place])
    planned = np.concatenate([planned, guest_day])
    part = (rng.random(len(habit))[:, None] > HABITS.cumsum(axis=1)[habit][:, :-1]).sum(axis=1)
    begin, end = np.array(HOURS).T
    hour = begin[part] + rng.beta(2, 2, len(part)) * (end - begin)[part]
    at, day = _tell_time(settings, restaurants, place, planned, (hour * HOUR).astype(np.int64))
    visits = Visits(customer, place, day, at, part)
    return visits.keep(_is_open(settings, restaurants, place, day))


def _plan_customers(
    rng: np.random.Generator, people: Customers, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(customer, day) per visit; visits before joining are thinned, so that joining lifts."""
    running = np.concatenate([[0.0], np.cumsum(weights)])
    stay = running[people.end] - running[people.start]
    lift = np.where(people.join < people.end, LOYALTY_LIFT, 1.0)
    counts = rng.poisson(people.visits_per_day * stay * lift)
    customer = np.repeat(np.arange(len(people)), counts)
    position = running[people.start][customer] + rng.random(len(customer)) * stay[customer]
    day = np.searchsorted(running, position, side="right") - 1
    day = np.minimum(day, people.end[customer] - 1)
    kept = (day >= people.join[customer]) | (rng.random(len(day)) < 1 / lift[customer])
    return customer[kept], day[kept]


def _plan_guests(
    rng: np.random.Generator,
    settings: FranchiseSettings,
    restaurants: list[Restaurant],
    weights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    mean = np.array([r.popularity for r in restaurants])[:, None] * weights[None, :]
    counts = rng.poisson(mean * settings.orders_per_day * GUEST_SHARE)
    place, day = np.nonzero(counts)
    return np.repeat(place, counts[place, day]), np.repeat(day, counts[place, day])


def _tell_time(
    settings: FranchiseSettings,
    restaurants: list[Restaurant],
    place: np.ndarray,
    planned: np.ndarray,
    of_day: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """(UTC ms, local business date) of visits planned for a day and a time on the local clock."""
    origin = start_of(settings.first_day)
    local = origin + planned.astype(np.int64) * DAY + of_day
    at, day = np.empty_like(local), np.empty_like(local)
    zones = np.array([r.timezone for r in restaurants])[place]
    for zone in sorted({r.timezone for r in restaurants}):
        here = zones == zone
        clock = read_clock(zone, settings.first_day, settings.last_day)
        at[here] = clock.to_utc(local[here])
        day[here] = (clock.to_local(at[here]) - origin) // DAY
    return at, day


def _is_open(
    settings: FranchiseSettings,
    restaurants: list[Restaurant],
    place: np.ndarray,
    day: np.ndarray,
) -> np.ndarray:
    """True where the restaurant has opened and is not closed on the day."""
    trading = np.zeros((len(restaurants), settings.days + 1), dtype=bool)
    for restaurant in restaurants:
        trading[restaurant.number, restaurant.opened : settings.days] = True
        trading[restaurant.number, sorted(restaurant.closed)] = False
    return trading[place, np.clip(day, 0, settings.days)] & (day >= 0)
