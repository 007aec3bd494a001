"""What people order: lines, options, discounts and refunds, as arrays without an order yet."""

from dataclasses import dataclass

import numpy as np

from demo.customers import Customers
from demo.menu import ITEMS, OPTION_GROUPS, list_options, price_cents
from demo.orders import GUEST
from demo.restaurants import Restaurant
from demo.settings import FranchiseSettings
from demo.visits import Visits, is_festival

MINUTE = 60_000
GUEST_EXTRA_LINES, GUEST_BARGAIN = 0.45, 0.25


@dataclass(frozen=True)
class Baskets:
    """Lines with the number of their visit, options with the number of their line; whole cents."""

    line_visit: np.ndarray
    line_item: np.ndarray
    line_cents: np.ndarray
    line_quantity: np.ndarray
    line_delay: np.ndarray
    option_line: np.ndarray
    option_choice: np.ndarray
    option_cents: np.ndarray
    option_quantity: np.ndarray


def fill_baskets(
    settings: FranchiseSettings,
    restaurants: list[Restaurant],
    people: Customers,
    visits: Visits,
    member: np.ndarray,
) -> Baskets:
    """Lines, options and discounts of every visit."""
    rng = np.random.default_rng([settings.seed, 4])
    guest = visits.customer == GUEST
    extra = np.where(guest, GUEST_EXTRA_LINES, people.extra_lines[visits.customer])
    counts = 1 + np.minimum(rng.poisson(extra), 60)
    line_visit = np.repeat(np.arange(len(guest)), counts)
    item = _choose_items(rng, visits.daypart[line_visit])
    quantity = _choose_quantities(rng, len(item))
    cents = _price(settings, restaurants, visits, line_visit, item) * quantity
    options = _choose_options(rng, item)
    discounts = _grant_discounts(rng, settings, people, visits, member, line_visit, cents)
    return Baskets(
        line_visit=line_visit,
        line_item=item,
        line_cents=cents,
        line_quantity=quantity,
        line_delay=_delay_lines(rng, line_visit),
        option_line=np.concatenate([options[0], discounts[0]]),
        option_choice=np.concatenate([options[1], discounts[1]]),
        option_cents=np.concatenate([options[2], discounts[2]]),
        option_quantity=np.concatenate([options[3], np.ones(len(discounts[0]), dtype=np.int64)]),
    )


def _choose_items(rng: np.random.Generator, daypart: np.ndarray) -> np.ndarray:
    appeal = np.array([item.appeal for item in ITEMS], dtype=float).T
    running = (appeal / appeal.sum(axis=1, keepdims=True)).cumsum(axis=1)
    item = np.empty(len(daypart), dtype=np.int64)
    for part in range(len(running)):
        here = daypart == part
        item[here] = np.searchsorted(running[part, :-1], rng.random(int(here.sum())), side="right")
    return item


def _choose_quantities(rng: np.random.Generator, count: int) -> np.ndarray:
    """1 on 93 % of lines; one line in 5,000 is a party of up to 60."""
    many = rng.random(count)
    quantity = np.where(many < 0.07, rng.integers(2, 5, count), 1)
    return np.where(many < 0.0002, rng.integers(20, 61, count), quantity)


def _price(
    settings: FranchiseSettings,
    restaurants: list[Restaurant],
    visits: Visits,
    line_visit: np.ndarray,
    item: np.ndarray,
) -> np.ndarray:
    """Cents of one unit at the restaurant's price level in the year of the visit."""
    years = np.array([settings.date_of(d).year for d in range(settings.days)])
    years -= settings.first_day.year
    table = np.array(
        [
            [[price_cents(i.cents, level, y) for i in ITEMS] for y in range(years.max() + 1)]
            for level in range(3)
        ],
        dtype=np.int64,
    )
    level = np.array([r.price_level for r in restaurants])[visits.restaurant]
    return table[level[line_visit], years[visits.day][line_visit], item]


def _delay_lines(rng: np.random.Generator, line_visit: np.ndarray) -> np.ndarray:
    """ms after the order's first line: one later line in 40 comes up to 40 minutes afterwards."""
    first = np.concatenate([[True], line_visit[1:] != line_visit[:-1]])[: len(line_visit)]
    added = (rng.random(len(line_visit)) < 0.025) & ~first
    return np.where(added, rng.integers(5 * MINUTE, 40 * MINUTE, len(line_visit)), 0)


def _choose_options(rng: np.random.Generator, item: np.ndarray) -> tuple[np.ndarray, ...]:
    """(line, choice, cents, quantity); once per group, now and then twice (a double shot)."""
    lines, choices = [], []
    number = 0
    for group in OPTION_GROUPS:
        fits = np.array([i.category in group.categories for i in ITEMS])[item]
        taken = np.flatnonzero(fits & (rng.random(len(item)) < group.share))
        again = taken[rng.random(len(taken)) < 0.03]
        for rows in (taken, again):
            lines.append(rows)
        picks = number + rng.integers(0, len(group.choices), len(taken))
        choices += [picks, picks[np.searchsorted(taken, again)]]
        number += len(group.choices)
    line, choice = np.concatenate(lines), np.concatenate(choices)
    cents = np.array([c for _, _, c in list_options()], dtype=np.int64)[choice]
    quantity = np.where(rng.random(len(line)) < 0.03, 2, 1).astype(np.int64)
    return line, choice, cents, quantity


def _grant_discounts(
    rng: np.random.Generator,
    settings: FranchiseSettings,
    people: Customers,
    visits: Visits,
    member: np.ndarray,
    line_visit: np.ndarray,
    cents: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """(line, choice, negative cents): at most one discount per visit, on its first line."""
    total = np.bincount(line_visit, weights=cents, minlength=len(member)).astype(np.int64)
    guest = visits.customer == GUEST
    bargain = np.where(guest, GUEST_BARGAIN, people.bargain[visits.customer])
    luck = rng.random(len(member))
    happy_hour = (visits.daypart == 2) & (luck < bargain)
    welcome = _is_first(visits) & ~guest & (luck < 0.25)
    reward = member & (luck > 0.92)
    festival = is_festival(settings, visits.day) & (luck < 0.15 + 0.7 * bargain)
    kind = np.select([festival, welcome, happy_hour, reward], [3, 1, 0, 2], default=-1)
    amount = np.select(
        [kind == 3, kind == 1, kind == 0, kind == 2],
        [total * 20 // 100, np.minimum(300, total), total * 15 // 100, np.minimum(500, total)],
    )
    granted = np.flatnonzero(amount > 0)
    first_line = np.searchsorted(line_visit, granted)
    first_discount = len(list_options()) - 4
    return first_line, first_discount + kind[granted], -amount[granted]


def _is_first(visits: Visits) -> np.ndarray:
    """True on the first visit of each customer (guests share one, which the caller leaves out)."""
    by_time = np.lexsort((visits.at, visits.customer))
    first = np.zeros(len(by_time), dtype=bool)
    customers = visits.customer[by_time]
    first[by_time[np.concatenate([[True], customers[1:] != customers[:-1]])[: len(customers)]]] = (
        True
    )
    return first
