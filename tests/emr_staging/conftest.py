"""One session of the embedded engine for all tests, and a fresh hand-made lake for each."""

import os
import shutil

import pytest

from emr_staging.engine import spark_session
from emr_staging.normalize import NormalizeSettings, normalize
from tests.emr_staging.lakes import HandMadeLake, everything, item, option

NEW_YORK = NormalizeSettings("America/New_York")


ENGINE = os.environ.get("FRANCHISE_TEST_ENGINE", "sail")  # one process knows one kind only


@pytest.fixture(scope="session")
def spark():
    with spark_session(ENGINE) as session:
        yield session


@pytest.fixture
def lake(tmp_path):
    return HandMadeLake(tmp_path / "lake")


@pytest.fixture
def run(spark, lake):
    """Normalize the lake once more."""

    def run_again(settings=NEW_YORK, full=False, limits=None):
        return normalize(spark, lake.store, "run", settings, full, limits=limits)

    return run_again


@pytest.fixture
def two_rounds(lake, run):
    """A lake with one round normalized and one delivered, a copy of it, and what it holds now."""
    _first_deliveries(lake)
    run()
    before = everything(lake.store)
    _second_deliveries(lake)
    copy = HandMadeLake(shutil.copytree(lake.store.url(), f"{lake.store.url()} done"))
    return lake, copy, before


def _first_deliveries(lake):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1", "2026-01-05T17:00:00")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o3", "l1")])


def _second_deliveries(lake):
    at = "2026-01-04T06:00:00"
    lake.deliver("order_items", "f", [item("o1", "l1", item_price="11.00")], at)
    lake.deliver("order_items", "g", [item("o3", "l1", "2026-01-03T17:00:00")], at)
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "timezone": "UTC"}], at)
