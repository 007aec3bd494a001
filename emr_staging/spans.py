"""Spans: where the orders of a file may stand, so that looking for a few orders opens few dates.

The span of a landing is [lowest order_id, highest order_id, first date, last date] of its lines in
normalized. A span may be wider than its rows, never narrower.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from emr_staging.landings import CleanFile
from emr_staging.state import State
from emr_staging.tables import Tables
from emr_staging.transforms import PENDING
from lake.folded import SPAN

Span = list[str]
Range = tuple[str, str]  # lowest and highest order_id


def changed_ranges(tables: Tables, orders: DataFrame, files: list[CleanFile]) -> list[Range]:
    """Rising ranges of order ids, without overlap, that hold every changed order.

    One per order while there are few, else one per changed file.
    """
    if sum(f.rows for f in files) > tables.limits.collected_ids:
        rows = [tables.clean(e, files) for e in ("order_items", "order_item_options")]
        ids = rows[0].select("order_id", "_landing_id")
        ids = ids.union(rows[1].select("order_id", "_landing_id")).groupBy("_landing_id")
        found = ids.agg(F.min("order_id").alias("low"), F.max("order_id").alias("high"))
        return _merge((row["low"], row["high"]) for row in found.toArrow().to_pylist())
    return _merge((i, i) for i in orders.toArrow()["order_id"].to_pylist())


def near_dates(state: State, ranges: list[Range]) -> list[str]:
    """The business dates in which an order of these ranges may stand."""
    highs = [high for _, high in ranges]
    periods = set()
    for low, high, first, last in _spans_between(state.landings, ranges):
        place = bisect_left(highs, low)
        if place < len(ranges) and ranges[place][0] <= high:
            periods.add((first, last))
    dates = sorted(d for d in state.dates if d != PENDING)
    found: set[str] = set()
    for first, last in periods:
        found.update(dates[bisect_left(dates, first) : bisect_right(dates, last)])
    return sorted(found)


def widen(row: dict[str, Any], span: Span) -> dict[str, Any]:
    """A row of `lake.folded` with the smallest span that holds its own and this one."""
    held = [row[name] for name in SPAN]
    return row | to_columns(join_spans(None if None in held else held, span))


def to_columns(span: Span | None) -> dict[str, str | None]:
    """A span as columns of `lake.folded`."""
    return dict(zip(SPAN, span or [None] * len(SPAN), strict=True))


def join_spans(held: Span | None, span: Span) -> Span:
    """The smallest span that holds both."""
    if held is None:
        return span
    lows = [min(held[i], span[i]) for i in (0, 2)]
    highs = [max(held[i], span[i]) for i in (1, 3)]
    return [lows[0], highs[0], lows[1], highs[1]]


def _spans_between(landings: pa.Table, ranges: list[Range]) -> Iterable[tuple[str, ...]]:
    """Those that are not wholly below or above all of the ranges."""
    if not ranges:
        return ()
    low, high, _, _ = SPAN
    near = pc.and_(
        pc.less_equal(landings[low], ranges[-1][1]), pc.greater_equal(landings[high], ranges[0][0])
    )
    found = landings.filter(near)
    return zip(*(found[name].to_pylist() for name in SPAN), strict=True)


def _merge(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return merged
