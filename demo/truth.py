"""What a perfect pipeline must find, counted from the order book by the rules of the metrics.

Nothing here reads a file: the deliveries say which orders they hold and which rows they spoilt.
"""

from dataclasses import replace

import numpy as np

from demo.content import Source
from demo.deliveries import Delivery
from demo.headquarters import list_known
from demo.orders import OrderBook
from demo.tally import Delivered, Truth, count
from demo.verdicts import FileTruth, judge_file


def find_truth(source: Source, state: list[Delivery], excluded_apps: tuple[str, ...] = ()) -> Truth:
    """The truth of the files that lie in the folder, without the orders of `excluded_apps`."""
    book = source.book
    got = Delivered(
        np.full(len(book.line_at), -1),
        book.line_cents.copy(),
        np.full(len(book.option_line), -1),
    )
    paths = {delivery.path: delivery for delivery in state}
    known: list = []
    files = {}
    for number, delivery in enumerate(sorted(state, key=lambda d: d.at)):
        if delivery.entity == "restaurants":
            known = list_known(source.settings, source.restaurants, delivery)
        file, indexes, cents = judge_file(source, delivery)
        if _is_held(delivery, paths, file):
            file = replace(file, status="held")
        elif file.status == "loaded":
            _take(source, got, delivery, number, indexes, cents)
        files[delivery.path] = file
    return count(source, got, files, {r.number for r in known}, excluded_apps)


def _is_held(delivery: Delivery, paths: dict[str, Delivery], file: FileTruth) -> bool:
    """Same bytes as the live revision of an earlier file, and any rows."""
    first = paths.get(delivery.copy_of or "")
    return first is not None and file.loaded > 0 and first.at < delivery.at


def _take(
    source: Source,
    got: Delivered,
    delivery: Delivery,
    number: int,
    indexes: np.ndarray,
    cents: np.ndarray | None,
) -> None:
    """Let a delivery win its lines, or replace the sets of options that share a line with it."""
    if delivery.entity == "order_items":
        got.line_by[indexes] = number
        # of a line that stands twice in the file the later one is assigned last
        got.line_cents[indexes] = source.book.line_cents[indexes] if cents is None else cents
    elif delivery.entity == "order_item_options":
        _replace_sets(source.book, got, delivery, number, indexes)
        got.option_by[indexes] = number


def _replace_sets(
    book: OrderBook, got: Delivered, delivery: Delivery, number: int, indexes: np.ndarray
) -> None:
    """Take away the options that any delivery has of an order and that share a line with these."""
    low, high = book.options_of(delivery.orders)
    line, holder = book.option_line[low:high], got.option_by[low:high]
    sets = book.line_order[line] * (number + 1) + holder  # one number per order and holder
    shares = np.isin(line, book.option_line[indexes]) & (holder >= 0)
    holder[np.isin(sets, sets[shares])] = -1
