"""Tests that dbt Labs publish for every adapter (package dbt-tests-adapter), on the stand-in."""

import itertools

import pytest
from dbt.tests.adapter.aliases.test_aliases import BaseAliases
from dbt.tests.adapter.basic.test_base import BaseSimpleMaterializations
from dbt.tests.adapter.basic.test_empty import BaseEmpty
from dbt.tests.adapter.basic.test_generic_tests import BaseGenericTests
from dbt.tests.adapter.basic.test_incremental import BaseIncremental
from dbt.tests.adapter.incremental.test_incremental_predicates import BaseIncrementalPredicates
from dbt.tests.adapter.utils.test_datediff import BaseDateDiff
from dbt.tests.adapter.utils.test_listagg import BaseListagg

NUMBERS = itertools.count(1)
pytestmark = pytest.mark.filterwarnings("ignore:Class-scoped fixtures")  # of the package itself
pytest_plugins = ["dbt.tests.fixtures.project"]


@pytest.fixture(scope="class")
def dbt_profile_target(standin):
    """A database of its own for each class, as dbt's profile describes it."""
    variables = standin.new_database(f"adapter{next(NUMBERS)}")
    return {
        "type": "redshift",
        "host": variables["REDSHIFT_HOST"],
        "port": int(variables["REDSHIFT_PORT"]),
        "user": variables["REDSHIFT_USER"],
        "password": variables["REDSHIFT_PASSWORD"],
        "dbname": variables["REDSHIFT_DATABASE"],
        "sslmode": "disable",
        "retries": 0,
        "threads": 2,
    }


class TestAliases(BaseAliases):
    pass


class TestSimpleMaterializations(BaseSimpleMaterializations):
    pass


class TestEmpty(BaseEmpty):
    pass


class TestGenericTests(BaseGenericTests):
    pass


class TestIncremental(BaseIncremental):
    pass


class TestIncrementalPredicates(BaseIncrementalPredicates):
    pass


class TestDateDiff(BaseDateDiff):
    pass


class TestListagg(BaseListagg):
    pass
