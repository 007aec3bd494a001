"""Exact arithmetic of the oracle: money in ten-thousandths, ratios rounded half away from zero."""

from calendar import monthrange
from datetime import date
from decimal import Decimal

UNIT = 10_000  # a money of 1.00


def money(units: int) -> Decimal:
    """Ten-thousandths as an exact decimal."""
    return Decimal(units).scaleb(-4)


def ratio(numerator: int, denominator: int) -> Decimal | None:
    """numerator / denominator to 4 places, half away from zero; None when nothing to divide by."""
    if denominator == 0:
        return None
    negative = (numerator < 0) != (denominator < 0)
    doubled = 2 * abs(numerator) * UNIT + abs(denominator)
    rounded = doubled // (2 * abs(denominator))
    return money(-rounded if negative else rounded)


def per(amount: int, count: int) -> Decimal | None:
    """A money per piece; None without pieces."""
    return ratio(amount, count * UNIT)


def change_pct(new: int, old: int) -> Decimal | None:
    """Growth in percent; None when there was nothing to grow from."""
    return ratio(100 * (new - old), old) if old > 0 else None


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def rank_from_top(values: list) -> list[int]:
    """Positions 1, 1, 3 .. of the values, the largest first."""
    return [1 + sum(other > value for other in values) for value in values]


def smaller_shares(values: list) -> list[tuple[int, int]]:
    """Per value how many are smaller, and out of how many others: the percent rank, unrounded."""
    below: dict = {}
    for position, value in enumerate(sorted(values)):
        below.setdefault(value, position)
    return [(below[value], len(values) - 1) for value in values]
