"""Every mart is recomputed in Python from the normalized rows: equal to the cent and to the row.

The oracle (the modules beside this file) is written from the definitions, without SQL, and shares
no code with the models.
"""

import pytest

from tests.oracle.marts import MARTS
from tests.oracle.rows import differences, read_mart

SPAN_TOO_SHORT = {  # one month of orders: nothing lies a year or 90 days back
    ("dannys_diner", "churn_backtest"),
    ("dannys_diner", "same_store_sales"),
    ("dannys_diner", "same_store_sales_by_location"),
}


@pytest.mark.parametrize("mart", MARTS)
def test_the_mart_equals_its_independent_recomputation(recomputed, mart):
    key, recompute = MARTS[mart]
    found = read_mart(recomputed.warehouse, mart)
    assert differences(found, recompute(recomputed.facts), key) == []
    assert bool(found) == ((recomputed.name, mart) not in SPAN_TOO_SHORT)
