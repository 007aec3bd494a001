"""The rows of one delivery as text cells, straight from the order book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from demo.clock import HOUR
from demo.customers import NEVER, Customers, name_user, number_card
from demo.formats import Format
from demo.menu import ITEMS, list_options
from demo.orders import APPS, GUEST, OrderBook
from demo.restaurants import Restaurant

ITEM_COLUMNS = (
    "APP_NAME", "RESTAURANT_ID", "CREATION_TIME_UTC", "ORDER_ID", "USER_ID",
    "PRINTED_CARD_NUMBER", "IS_LOYALTY", "CURRENCY", "LINEITEM_ID", "ITEM_CATEGORY", "ITEM_NAME",
    "ITEM_PRICE", "ITEM_QUANTITY",
)  # fmt: skip
OPTION_COLUMNS = (
    "ORDER_ID", "LINEITEM_ID", "OPTION_GROUP_NAME", "OPTION_NAME", "OPTION_PRICE",
    "OPTION_QUANTITY",
)  # fmt: skip
RESTAURANT_COLUMNS = ("RESTAURANT_ID", "NAME", "TIMEZONE", "OPENED_ON", "CITY", "REGION")
COLUMNS = {
    "order_items": ITEM_COLUMNS,
    "order_item_options": OPTION_COLUMNS,
    "restaurants": RESTAURANT_COLUMNS,
}
CURRENCY = "USD"


@dataclass(frozen=True)
class Names:
    """The text of everything that is a number in the order book."""

    restaurants: list[Restaurant]
    users: list[str]
    cards: list[str]

    def order_id(self, restaurant: int, order: int) -> str:
        """24 hex digits; at every fourth restaurant 12 decimal digits with leading zeros."""
        if restaurant % 4 == 3:
            return f"0{restaurant:03d}{order:08d}"
        return f"{self.restaurants[restaurant].restaurant_id[:14]}{order:010x}"

    def who(self, customer: int, member: bool) -> tuple[str, str, str]:
        """USER_ID, PRINTED_CARD_NUMBER and IS_LOYALTY of an order; a guest's are blank."""
        user = "" if customer == GUEST else self.users[customer]
        return user, self.cards[customer] if member else "", "TRUE" if member else "FALSE"

    def line_id(self, restaurant: int, line: int) -> str:
        """Formed like the order's id, from the number of the line."""
        if restaurant % 4 == 3:
            return f"0{restaurant:03d}{line:08d}"
        return f"{self.restaurants[restaurant].restaurant_id[10:24]}{line:010x}"


def give_names(seed: int, restaurants: list[Restaurant], people: Customers) -> Names:
    """Names of all customers; only those who join hold a card."""
    users = [name_user(seed, number) for number in range(len(people))]
    joined = (people.join != NEVER).tolist()
    cards = [number_card(seed, n) if held else "" for n, held in enumerate(joined)]
    return Names(restaurants, users, cards)


def list_item_rows(
    book: OrderBook, names: Names, restaurant: int, orders: tuple[int, int], times: str
) -> list[list[str]]:
    """One row per line of a range of orders of one restaurant, cells in ITEM_COLUMNS order."""
    lines = book.lines_of(orders)
    here, part = slice(*orders), slice(*lines)
    items = [(item.category, item.name) for item in ITEMS]
    heads = [
        (APPS[app], names.order_id(restaurant, order), *names.who(customer, member))
        for order, app, customer, member in zip(
            range(*orders),
            book.order_app[here].tolist(),
            book.order_customer[here].tolist(),
            book.order_member[here].tolist(),
            strict=True,
        )
    ]
    place = names.restaurants[restaurant].restaurant_id
    rows = []
    for line, order, at, item, cents, quantity in zip(
        range(*lines),
        book.line_order[part].tolist(),
        write_times(book.line_at[part], times),
        book.line_item[part].tolist(),
        book.line_cents[part].tolist(),
        book.line_quantity[part].tolist(),
        strict=True,
    ):
        app, order_id, user, card, loyalty = heads[order - orders[0]]
        line_id = names.line_id(restaurant, line)
        ids = [app, place, at, order_id, user, card, loyalty, CURRENCY, line_id]
        rows.append([*ids, *items[item], write_cents(cents), str(quantity)])
    return rows


def list_option_rows(
    book: OrderBook, names: Names, restaurant: int, orders: tuple[int, int]
) -> list[list[str]]:
    """One row per option of a range of orders of one restaurant, cells in OPTION_COLUMNS order."""
    part = slice(*book.options_of(orders))
    lines = book.option_line[part]
    options = list_options()
    return [
        [
            names.order_id(restaurant, order),
            names.line_id(restaurant, line),
            *options[choice][:2],
            write_cents(cents),
            str(quantity),
        ]
        for order, line, choice, cents, quantity in zip(
            book.line_order[lines].tolist(),
            lines.tolist(),
            book.option_choice[part].tolist(),
            book.option_cents[part].tolist(),
            book.option_quantity[part].tolist(),
            strict=True,
        )
    ]


def list_restaurant_rows(restaurants: Sequence[Restaurant], first_day: date) -> list[list[str]]:
    """One row per restaurant that headquarters knows, cells in RESTAURANT_COLUMNS order."""
    return [
        [
            r.restaurant_id,
            r.name,
            r.timezone,
            date.fromordinal(first_day.toordinal() + r.opened).isoformat(),
            r.city,
            r.region,
        ]
        for r in restaurants
    ]


def write_cents(cents: int) -> str:
    """Whole cents as an amount with two places."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def write_times(utc: np.ndarray, style: str) -> list[str]:
    """UTC ms as text: millis `.223Z`, variable `.9Z` or none, seconds `Z`, blank ` ` without Z,
    offset `-05:00` (the same instant on a clock five hours behind).

    Styles without a fraction cut it off: no rule of the metrics looks at milliseconds.
    """
    if style == "offset":
        return [f"{t[:-1]}-05:00" for t in write_times(utc - 5 * HOUR, "millis")]
    unit = "ms" if style in ("millis", "variable") else "s"
    text = np.datetime_as_string(utc.astype("datetime64[ms]"), unit=unit).tolist()
    if style == "millis":
        return [f"{t}Z" for t in text]
    if style == "variable":
        return [f"{t.rstrip('0').rstrip('.')}Z" if t.endswith("0") else f"{t}Z" for t in text]
    return [f"{t}Z" for t in text] if style == "seconds" else [t.replace("T", " ") for t in text]


def shape_header(columns: Sequence[str], form: Format) -> list[str]:
    """Column names as this operator writes them."""
    names = [name for name in columns if name not in form.missing]
    if form.reordered:
        names = names[::-1]
    if form.extra:
        names = [*names, "REGISTER_NO", "COMMENT"]
    spelled = {"upper": str, "lower": str.lower, "title": str.title}[form.header]
    return [spelled(name) for name in names]


def shape_cells(cells: list[str], columns: Sequence[str], form: Format) -> list[str]:
    """The cells of one row in this operator's columns."""
    if form.decimal_comma:
        cells = [
            c.replace(".", ",") if name.endswith("_PRICE") else c
            for c, name in zip(cells, columns, strict=True)
        ]
    if form.missing:
        cells = [c for c, name in zip(cells, columns, strict=True) if name not in form.missing]
    if form.reordered:
        cells = cells[::-1]
    return [*cells, "3", "checked; all fine"] if form.extra else cells
