"""The operations marts equal their recomputation from the lake, to the row and the cent."""

from collections import Counter

import pytest

from tests.oracle.operations import MARTS, Lake, delivery_days
from tests.oracle.rows import differences, read_mart

AS_CONTROL_SAYS = {"nothing_sold": "on_time"}


@pytest.fixture(scope="module")
def lake(recomputed):
    return Lake(recomputed.workspace / "lake", recomputed.facts)


@pytest.mark.parametrize("mart", MARTS)
def test_the_mart_equals_its_recomputation_from_the_lake(recomputed, lake, mart):
    key, recompute = MARTS[mart]
    found = read_mart(recomputed.warehouse, mart)
    assert differences(found, recompute(lake), key) == []
    assert bool(found) or (mart == "quarantined_rows" and recomputed.name != "demo")


def test_delivery_control_and_the_mart_give_every_day_the_same_state(recomputed, lake):
    found = {
        (row["restaurant_id"], row["business_date"]): row["delivery_status"]
        for row in read_mart(recomputed.warehouse, "delivery_status")
    }
    judged = {key: AS_CONTROL_SAYS.get(state, state) for key, state in found.items()}
    days = delivery_days(lake)
    assert judged == {(day.restaurant_id, day.business_date): day.state for day in days}
    if recomputed.name == "demo":
        assert Counter(judged.values()).keys() == {"on_time", "late", "missing", "held"}
