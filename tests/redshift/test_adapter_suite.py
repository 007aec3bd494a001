"""Tests that dbt Labs publish for every adapter (package dbt-tests-adapter), on the stand-in.

Those of snapshots lengthen a text of a seed, whose varchar is as long as its longest value. The
stand-in refuses that, and so, by dbt-redshift's own tests, does Redshift: both widen the column.
"""

import itertools

import pytest
from dbt.adapters.factory import reset_adapters
from dbt.tests.adapter.aliases.test_aliases import BaseAliases
from dbt.tests.adapter.basic.test_adapter_methods import BaseAdapterMethod
from dbt.tests.adapter.basic.test_base import BaseSimpleMaterializations
from dbt.tests.adapter.basic.test_empty import BaseEmpty
from dbt.tests.adapter.basic.test_ephemeral import BaseEphemeral
from dbt.tests.adapter.basic.test_generic_tests import BaseGenericTests
from dbt.tests.adapter.basic.test_incremental import BaseIncremental
from dbt.tests.adapter.basic.test_singular_tests import BaseSingularTests
from dbt.tests.adapter.basic.test_snapshot_check_cols import BaseSnapshotCheckCols
from dbt.tests.adapter.basic.test_snapshot_timestamp import BaseSnapshotTimestamp
from dbt.tests.adapter.basic.test_table_materialization import BaseTableMaterialization
from dbt.tests.adapter.incremental.test_incremental_merge_exclude_columns import (
    BaseMergeExcludeColumns,
)
from dbt.tests.adapter.incremental.test_incremental_on_schema_change import (
    BaseIncrementalOnSchemaChange,
)
from dbt.tests.adapter.incremental.test_incremental_predicates import BaseIncrementalPredicates
from dbt.tests.adapter.utils.test_datediff import BaseDateDiff
from dbt.tests.adapter.utils.test_listagg import BaseListagg

WIDER = {"seeds.yml": "seeds: [{name: added, config: {column_types: {name: varchar(64)}}}]"}
NUMBERS = itertools.count(1)
pytestmark = pytest.mark.filterwarnings("ignore:Class-scoped fixtures")  # of the package itself
pytest_plugins = ["dbt.tests.fixtures.project"]


@pytest.fixture(scope="class")
def dbt_profile_target(standin):
    """A database of its own for each class, as dbt's profile describes it.

    Forgets what an earlier test's dbt has left in this process: the adapter of another database.
    """
    reset_adapters()
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


@pytest.mark.long
class TestSimpleMaterializations(BaseSimpleMaterializations):
    pass


class TestEmpty(BaseEmpty):
    pass


@pytest.mark.long
class TestGenericTests(BaseGenericTests):
    pass


class TestIncremental(BaseIncremental):
    pass


@pytest.mark.long
class TestIncrementalPredicates(BaseIncrementalPredicates):
    pass


class TestDateDiff(BaseDateDiff):
    pass


class TestListagg(BaseListagg):
    pass


@pytest.mark.long
class TestAdapterMethod(BaseAdapterMethod):
    pass


@pytest.mark.long
class TestEphemeral(BaseEphemeral):
    pass


@pytest.mark.long
class TestSingularTests(BaseSingularTests):
    pass


@pytest.mark.long
class TestTableMaterialization(BaseTableMaterialization):
    pass


@pytest.mark.long
class TestMergeExcludeColumns(BaseMergeExcludeColumns):
    pass


@pytest.mark.long
class TestIncrementalOnSchemaChange(BaseIncrementalOnSchemaChange):
    pass


@pytest.mark.long
class TestSnapshotCheckCols(BaseSnapshotCheckCols):
    @pytest.fixture(scope="class")
    def models(self):
        return WIDER


@pytest.mark.long
class TestSnapshotTimestamp(BaseSnapshotTimestamp):
    @pytest.fixture(scope="class")
    def models(self):
        return WIDER
