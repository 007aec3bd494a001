"""One session of the embedded engine for all tests, and a fresh hand-made lake for each."""

import os

import pytest

from emr_staging.engine import spark_session
from emr_staging.normalize import NormalizeSettings, normalize
from tests.emr_staging.lakes import HandMadeLake

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
