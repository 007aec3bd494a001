"""Law 4: the same Parquet gives the same marts on DuckDB and through dbt-redshift, row by row."""

import json
from contextlib import contextmanager

import duckdb
import pytest
from rich.console import Console

from demo.franchise import simulate
from demo.settings import FranchiseSettings
from ingestion.land import open_source
from orchestration import browse
from orchestration.build import release_warehouse
from orchestration.load import load_into
from orchestration.pipeline import Run
from orchestration.redshift_warehouse import open_redshift
from orchestration.run import execute
from orchestration.targets import TARGETS, open_warehouse
from orchestration.workspace import open_workspace
from redshift_standin.dbt import run_dbt
from redshift_standin.parity import differences
from tests import data_sets

SCHEMAS = ("marts", "seeds", "snapshots")
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
WITHOUT_TESTS = (*WITHOUT_UNIT_TESTS, "--exclude-resource-type", "test")
LONGEST = {  # every one as many bytes as its column may hold: 4,000, and 256 of a customer's id
    "USER_ID": "ü" * 128,
    "APP_NAME": "äöü " * 571 + "ßa",
    "ITEM_CATEGORY": "é" * 2000,
    "ITEM_NAME": "🍕" * 1000,
}
LONG_ITEMS = f"""\
ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,ITEM_PRICE,ITEM_QUANTITY,{",".join(LONGEST)}
long,1,texts,2026-06-01T17:00:00Z,12.50,1,{",".join(LONGEST.values())}
long,2,texts,2026-06-01T17:00:00Z,1.00,1,,,,{"é" * 2000}!
"""
LONG_OPTIONS = f"""\
ORDER_ID,LINEITEM_ID,OPTION_GROUP_NAME,OPTION_NAME,OPTION_PRICE,OPTION_QUANTITY
long,1,{"ñ" * 2000},{"漢" * 1333}a,1.50,1
"""


class Both:
    """One lake, built by `franchise run` on DuckDB and by dbt-redshift on the stand-in."""

    def __init__(self, root, standin, variables):
        self.root, self.variables = root, variables
        bucket = variables["REDSHIFT_DATABASE"]
        self.store = standin.open_bucket(bucket, root / "ws" / "lake")

    def run_on_duckdb(self, settings=None):
        workspace = open_workspace(self.root / "ws")
        run = Run(workspace, open_source(str(self.root / "source")), settings or {})
        execute(run, ["land", "clean", "normalize", "load"], Console(quiet=True))
        self._dbt("local", settings, *WITHOUT_TESTS)
        release_warehouse()

    def build_on_redshift(self, settings=None, *options, datasharing=False):
        self.variables["REDSHIFT_DATASHARING"] = str(datasharing).lower()
        with self._environment():
            load_into(open_redshift(self.store), self.store)
        self._dbt("redshift", settings, *options)

    def docs(self, datasharing):
        """Generate the docs on the stand-in; the catalog."""
        self.variables["REDSHIFT_DATASHARING"] = str(datasharing).lower()
        with self._environment():
            run_dbt(["docs", "generate", "--no-compile"], self.root / "redshift")
        return json.loads((self.root / "redshift" / "catalog.json").read_text())["nodes"]

    def _dbt(self, target, settings, *options):
        arguments = ["build", "--vars", json.dumps(settings or {}), *options]
        with self._environment():
            run_dbt(arguments, self.root / target, target)

    @contextmanager
    def _environment(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FRANCHISE_WAREHOUSE", str(self.root / "ws" / "warehouse.duckdb"))
            for name, value in self.variables.items():
                patch.setenv(name, value)
            yield

    def differences(self):
        with self._environment():
            redshift = open_redshift(self.store)
        with duckdb.connect(str(self.root / "ws" / "warehouse.duckdb"), read_only=True) as here:
            found = differences(here, redshift, SCHEMAS)
        redshift.close()
        return found

    def open_both(self):
        """Both warehouses, as commands that only read open them."""
        with self._environment():
            workspace = open_workspace(self.root / "ws")
            return [open_warehouse(workspace, target, read_only=True) for target in TARGETS]

    def on_both(self, query):
        """The rows of a query on DuckDB and on Redshift."""
        found = []
        for warehouse in self.open_both():
            found.append([tuple(row) for row in warehouse.execute(query).fetchall()])
            warehouse.close()
        return found

    def value_on_duckdb(self, query):
        with duckdb.connect(str(self.root / "ws" / "warehouse.duckdb"), read_only=True) as here:
            return here.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def franchise(standin, tmp_path_factory):
    """Two mornings of a small franchise: the second brings new, late and corrected files."""
    root = tmp_path_factory.mktemp("parity")
    both = Both(root, standin, standin.new_database("parity"))
    simulated = simulate(FranchiseSettings(restaurants=4, days=70, opened_share=0.5, seed=3))
    simulated.deliver(root / "source", day=68)
    both.run_on_duckdb()
    both.build_on_redshift(None, *WITHOUT_TESTS)
    both.first_morning = both.differences()
    simulated.deliver(root / "source", day=69)
    (root / "source" / "texts order_items.csv").write_text(LONG_ITEMS, encoding="utf-8")
    (root / "source" / "texts order_item_options.csv").write_text(LONG_OPTIONS, encoding="utf-8")
    both.run_on_duckdb()
    both.build_on_redshift(None, *WITHOUT_TESTS)
    both.second_morning = both.differences()
    return both


def test_a_first_run_gives_every_mart_the_same_rows_on_both_engines(franchise):
    assert franchise.first_morning == []


def test_an_incremental_run_gives_every_mart_the_same_rows_on_both_engines(franchise):
    assert franchise.second_morning == []


def test_the_marts_that_were_compared_are_not_empty(franchise):
    assert franchise.value_on_duckdb("select count(*) from marts.fct_orders") > 300
    assert franchise.value_on_duckdb("select count(*) from marts.customer_rfm") > 50


@pytest.mark.parametrize(
    ("column", "relation", "text"),
    [
        ("customer_id", "marts.customer_clv", LONGEST["USER_ID"]),
        ("app_name", "marts.fct_orders", LONGEST["APP_NAME"]),
        ("item_category", "marts.sales_trends", LONGEST["ITEM_CATEGORY"]),
        ("item_name", "marts.fct_order_items", LONGEST["ITEM_NAME"]),
        ("option_group_name", "pos.order_item_options", "ñ" * 2000),
        ("option_name", "pos.order_item_options", "漢" * 1333 + "a"),
    ],
)
def test_a_text_of_as_many_bytes_as_its_column_holds_arrives_whole_on_both_engines(
    franchise, column, relation, text
):
    query = f"select distinct {column} from {relation} where {column} = '{text}'"
    assert franchise.on_both(query) == [[(text,)], [(text,)]]


def test_a_text_with_one_byte_more_is_quarantined_with_its_column_on_both_engines(franchise):
    query = "select column_name, reason, source_row from pos.rejected_rows where source_row = 3"
    query += " and reason = 'text_too_long'"
    assert franchise.on_both(query) == [[("ITEM_NAME", "text_too_long", 3)]] * 2
    lines = "select count(*) from pos.order_items where order_id = 'long'"
    assert franchise.on_both(lines) == [[(1,)]] * 2


@pytest.mark.parametrize("mart", ["fct_orders", "customer_rfm", "sales_trends", "dim_dates"])
def test_an_export_of_a_mart_is_the_same_file_from_both_engines(franchise, tmp_path, mart):
    exported = []
    for target, warehouse in zip(TARGETS, franchise.open_both(), strict=True):
        files = [tmp_path / f"{target}{ending}" for ending in (".csv", ".parquet")]
        rows = {browse.export(warehouse, mart, file) for file in files}
        shown = Console(width=200, record=True, quiet=True)
        shown.print(browse.table(warehouse, mart, 3, 200))
        exported.append([rows, *(file.read_bytes() for file in files), shown.export_text()])
        warehouse.close()
    assert exported[0] == exported[1]
    count = franchise.value_on_duckdb(f"select count(*) from marts.{mart}")
    assert exported[0][0] == {count}
    assert exported[0][1].count(b"\n") == count + 1


METADATA = pytest.mark.parametrize("datasharing", [False, True], ids=["catalog tables", "SHOW"])


@METADATA
def test_the_docs_know_every_mart_with_its_rows_and_keys(franchise, datasharing):
    catalog = franchise.docs(datasharing)
    mart = catalog["model.franchise.fct_orders"]
    orders = franchise.value_on_duckdb("select count(*) from marts.fct_orders")
    assert mart["stats"]["rows"]["value"] == orders
    assert mart["stats"]["diststyle"]["value"] == "KEY(order_id)"
    assert mart["columns"]["net_revenue"]["type"].startswith("numeric")
    marts = "select count(*) from information_schema.tables where table_schema = 'marts'"
    listed = [node for node in catalog.values() if node["metadata"]["schema"] == "marts"]
    assert len(listed) == franchise.value_on_duckdb(marts)


@pytest.mark.long
def test_a_full_refresh_by_the_other_metadata_path_changes_nothing(franchise):
    franchise.build_on_redshift(None, "--full-refresh", *WITHOUT_TESTS, datasharing=True)
    assert franchise.differences() == []


@pytest.mark.long
@METADATA
def test_a_full_refresh_and_a_run_after_it_pass_every_data_test_and_change_nothing(
    franchise, datasharing
):
    full = ("--full-refresh", *WITHOUT_UNIT_TESTS)
    franchise.build_on_redshift(None, *full, datasharing=datasharing)
    assert franchise.differences() == []
    franchise.build_on_redshift(None, *WITHOUT_UNIT_TESTS, datasharing=datasharing)
    assert franchise.differences() == []


@pytest.mark.long
def test_every_unit_test_passes_on_redshift(standin, tmp_path):
    """Over a warehouse without a row: they test definitions."""
    both = Both(tmp_path, standin, standin.new_database("empty"))
    with both._environment():
        opened = open_redshift(both.store)
    opened.create_tables()
    opened.close()
    both._dbt("redshift", None)


def _shared(name, standin, root, settings=None):
    data_sets.deliver(name, root / "source")
    both = Both(root, standin, standin.new_database(name))
    both.run_on_duckdb(settings)
    both.build_on_redshift(settings, *WITHOUT_UNIT_TESTS)
    return both


@data_sets.needs("dannys_diner")
@pytest.mark.long
def test_dannys_diner_has_the_same_marts_on_both_engines(standin, tmp_path):
    both = _shared("dannys_diner", standin, tmp_path, {"item_price_basis": "unit"})
    assert both.differences() == []


@data_sets.needs("cdnow")
@pytest.mark.long
def test_cdnow_has_the_same_marts_on_both_engines(standin, tmp_path):
    both = _shared("cdnow", standin, tmp_path)
    assert both.differences() == []
