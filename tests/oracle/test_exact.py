from datetime import date
from decimal import Decimal

import pytest

from tests.oracle.exact import add_months, change_pct, rank_from_top, ratio, smaller_shares
from tests.oracle.rows import differences


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 3, "0.3333"), (2, 3, "0.6667"), (57, 800, "0.0713"), (-57, 800, "-0.0713"), (7, 1, "7")],
)
def test_a_ratio_is_rounded_half_away_from_zero(numerator, denominator, expected):
    assert ratio(numerator, denominator) == Decimal(expected)


def test_nothing_to_divide_by_is_no_ratio():
    assert ratio(5, 0) is None


def test_growth_from_nothing_is_unknown():
    assert change_pct(150, 100) == Decimal(50)
    assert change_pct(150, 0) is None
    assert change_pct(150, -100) is None


def test_a_month_back_from_a_long_month_ends_in_the_shorter_one():
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert add_months(date(2024, 2, 29), -12) == date(2023, 2, 28)
    assert add_months(date(2024, 11, 30), 2) == date(2025, 1, 30)


def test_equal_values_share_a_rank():
    assert rank_from_top([5, 9, 9, 1]) == [3, 1, 1, 4]
    assert smaller_shares([5, 9, 9, 1]) == [(1, 3), (2, 3), (2, 3), (0, 3)]


def test_a_difference_is_named():
    found = [{"id": 1, "net": Decimal("1.00")}, {"id": 3, "net": None}]
    expected = [{"id": 1, "net": Decimal("2.00")}, {"id": 2, "net": None}]
    assert differences(found, expected, ("id",)) == [
        "missing (2,)",
        "surplus (3,)",
        "(1,) net: found Decimal('1.00'), expected Decimal('2.00')",
    ]
    assert differences(found, found, ("id",)) == []
