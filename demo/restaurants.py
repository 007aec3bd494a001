"""The restaurants of the franchise: where they are, when they opened, how busy they are."""

import hashlib
from dataclasses import dataclass

import numpy as np

from demo.settings import FranchiseSettings

DEFAULT_TIMEZONE = "America/New_York"
CITIES = (
    ("Boston", "Northeast", "America/New_York"),
    ("Chicago", "Midwest", "America/Chicago"),
    ("Los Angeles", "West", "America/Los_Angeles"),
    ("New York", "Northeast", "America/New_York"),
    ("Austin", "South", "America/Chicago"),
    ("Seattle", "West", "America/Los_Angeles"),
    ("Atlanta", "South", "America/New_York"),
    ("Minneapolis", "Midwest", "America/Chicago"),
    ("Portland", "West", "America/Los_Angeles"),
    ("Philadelphia", "Northeast", "America/New_York"),
    ("Dallas", "South", "America/Chicago"),
    ("San Diego", "West", "America/Los_Angeles"),
)


@dataclass(frozen=True)
class Restaurant:
    """One location. `opened` and `closed` are day indexes, `popularity` is 1.0 on average."""

    number: int
    restaurant_id: str
    name: str
    slug: str
    timezone: str
    city: str
    region: str
    opened: int
    popularity: float
    price_level: int
    closed: frozenset[int]


def open_restaurants(settings: FranchiseSettings) -> list[Restaurant]:
    """All restaurants in the order of their numbers, which is the order in which they open."""
    rng = np.random.default_rng([settings.seed, 1])
    count = settings.restaurants
    popularity = np.sort(rng.lognormal(0, 0.45, count))[::-1]
    popularity = popularity / popularity.mean()
    at_start = max(1, round(count * settings.opened_share))
    openings = np.sort(rng.random(count - at_start) ** 0.7) * 0.9 * settings.days  # ever faster
    opened = [0] * at_start + [int(day) for day in openings]
    shuffled = rng.permutation(popularity)  # the busiest need not be the oldest
    return [_locate(settings, rng, n, opened[n], float(shuffled[n])) for n in range(count)]


def _locate(
    settings: FranchiseSettings, rng: np.random.Generator, number: int, opened: int, demand: float
) -> Restaurant:
    city, region, timezone = CITIES[number % len(CITIES)]
    in_city = number // len(CITIES) + 1
    identity = hashlib.sha256(f"{settings.seed}/restaurant/{number}".encode()).hexdigest()
    days = np.arange(opened, settings.days)
    return Restaurant(
        number=number,
        restaurant_id=identity[:24],
        name=f"{city} No. {in_city}",
        slug=f"{city.lower().replace(' ', '-')}-{in_city:02d}",
        timezone=timezone,
        city=city,
        region=region,
        opened=opened,
        popularity=demand,
        price_level=int(rng.integers(0, 3)),
        closed=_close(settings, rng, days),
    )


def _close(settings: FranchiseSettings, rng: np.random.Generator, days: np.ndarray) -> frozenset:
    """Christmas Day, and by chance one day in 150; never the day of opening."""
    by_chance = days[1:][rng.random(max(0, len(days) - 1)) < 1 / 150]
    christmas = [
        d for d in days[1:] if (settings.date_of(int(d)).month, _dom(settings, d)) == (12, 25)
    ]
    return frozenset(int(day) for day in [*by_chance, *christmas])


def _dom(settings: FranchiseSettings, day: int) -> int:
    return settings.date_of(int(day)).day
