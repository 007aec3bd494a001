import duckdb
import pytest

from orchestration import basis
from orchestration.load import load

JAN_2, JAN_3 = "2026-01-02", "2026-01-03"


@pytest.fixture
def warehouse(lake, tmp_path):
    """A warehouse with one order line on 2 and one on 3 January."""
    files = {day: [lake.write_items("run1", day, {"order_id": day})] for day in (JAN_2, JAN_3)}
    lake.commit("run1", files, {JAN_2: "run1", JAN_3: "run1"})
    load(lake.store, tmp_path / "w.duckdb")
    return tmp_path / "w.duckdb"


def find(warehouse, **settings):
    with duckdb.connect(str(warehouse)) as connection:
        return basis.find_basis(connection, settings)


def test_the_same_rows_and_settings_are_the_same_basis(lake, warehouse):
    before = find(warehouse, at_risk_days=45)
    load(lake.store, warehouse)
    assert find(warehouse, at_risk_days=45) == before


def test_a_restated_date_is_another_basis_with_the_same_definitions(lake, warehouse):
    before = find(warehouse)
    files = {JAN_2: [lake.write_items("run2", JAN_2, {"item_price": "11.00"})]}
    lake.commit("run2", files, {JAN_2: "run2", JAN_3: "run1"})
    load(lake.store, warehouse)
    after = find(warehouse)
    assert after.contents != before.contents
    assert after.definitions == before.definitions


def test_a_changed_threshold_is_another_definition(warehouse):
    before, after = find(warehouse, at_risk_days=45), find(warehouse, at_risk_days=60)
    assert after.definitions != before.definitions


def test_a_later_as_of_date_is_no_other_definition(warehouse):
    before, after = find(warehouse, as_of_date=JAN_2), find(warehouse, as_of_date=JAN_3)
    assert after.definitions == before.definitions
    assert after.contents != before.contents


def test_what_was_forgotten_before_a_killed_build_is_not_recalled(warehouse):
    with duckdb.connect(str(warehouse)) as connection:
        assert basis.recall(connection) is None
        basis.remember(connection, basis.Basis("d", "c"))
        assert basis.recall(connection) == basis.Basis("d", "c")
        basis.forget(connection)
        assert basis.recall(connection) is None


def test_an_as_of_date_before_the_first_order_is_refused_with_the_range(warehouse):
    with (
        duckdb.connect(str(warehouse)) as connection,
        pytest.raises(basis.AsOfError, match=r"Choose a date from 2026-01-02 to 2026-01-03"),
    ):
        basis.check_as_of(connection, "2026-01-01")


@pytest.mark.parametrize("as_of", ["", JAN_2, "2030-01-01"])
def test_any_other_as_of_date_is_accepted(warehouse, as_of):
    with duckdb.connect(str(warehouse)) as connection:
        basis.check_as_of(connection, as_of)
