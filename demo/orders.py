"""The order book: every order, line and option that really happened, in compact arrays.

Orders are sorted by restaurant, then by local business date, then by time; lines follow their
orders and options their lines, so that the content of any file is a slice. Money is whole cents.
"""

from dataclasses import dataclass

import numpy as np

APPS = ("Franchise POS", "Franchise Mobile", "Franchise POS - DEVELOPMENT")
TEST_APP = 2
GUEST = -1


@dataclass(frozen=True)
class OrderBook:
    """Arrays of orders (order_*), lines (line_*) and options (option_*); times are UTC ms.

    `order_line[i]:order_line[i + 1]` are the lines of order i, `line_option` likewise; `order_day`
    is the business date (day index) of the order's earliest line at its restaurant's clock.
    """

    order_restaurant: np.ndarray
    order_day: np.ndarray
    order_at: np.ndarray
    order_customer: np.ndarray
    order_member: np.ndarray
    order_app: np.ndarray
    order_line: np.ndarray
    line_order: np.ndarray
    line_item: np.ndarray
    line_cents: np.ndarray
    line_quantity: np.ndarray
    line_at: np.ndarray
    line_option: np.ndarray
    option_line: np.ndarray
    option_choice: np.ndarray
    option_cents: np.ndarray
    option_quantity: np.ndarray
    order_key: np.ndarray  # restaurant * days + day: what orders are sorted by
    days: int

    def __len__(self) -> int:
        """How many orders there are."""
        return len(self.order_at)

    def orders_between(self, restaurant: int, first: int, last: int) -> tuple[int, int]:
        """The range of orders of one restaurant from day `first` to day `last`, both inclusive."""
        start = restaurant * self.days
        low, high = np.searchsorted(self.order_key, [start + first, start + last + 1])
        return int(low), int(high)

    def lines_of(self, orders: tuple[int, int]) -> tuple[int, int]:
        """The range of lines of a range of orders."""
        return int(self.order_line[orders[0]]), int(self.order_line[orders[1]])

    def options_of(self, orders: tuple[int, int]) -> tuple[int, int]:
        """The range of options of a range of orders."""
        first, last = self.lines_of(orders)
        return int(self.line_option[first]), int(self.line_option[last])


def start_ranges(parents: np.ndarray, count: int) -> np.ndarray:
    """Where each of `count` parents starts in its sorted children; one entry more than parents."""
    return np.searchsorted(parents, np.arange(count + 1)).astype(np.int64)
