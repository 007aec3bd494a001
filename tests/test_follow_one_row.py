"""The README's "Follow one row": one line of a delivered file, with its value at every stop."""

import gzip
import hashlib
import json
import os
import subprocess
import sys

import duckdb
import pytest

from tests.parsed import parsed_environment

ITEMS = """\
ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,USER_ID,ITEM_CATEGORY,ITEM_NAME,ITEM_PRICE,ITEM_QUANTITY
1001,1,007,2026-03-08T03:30:00Z,0042,Pizza,Margherita,12.50,1
"""
OPTIONS = """\
ORDER_ID,LINEITEM_ID,OPTION_GROUP_NAME,OPTION_NAME,OPTION_PRICE,OPTION_QUANTITY
1001,1,Extras,Burrata,1.50,1
1001,1,Promotion,Happy hour,-2.00,1
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The workspace after one `franchise run` over a folder with two files."""
    root = tmp_path_factory.mktemp("one_row")
    deliveries = root / "deliveries" / "downtown"
    deliveries.mkdir(parents=True)
    (deliveries / "saturday.csv").write_text(ITEMS)
    (deliveries / "saturday options.csv.gz").write_bytes(gzip.compress(OPTIONS.encode(), mtime=0))
    command = [sys.executable, "-m", "orchestration", "run", "--source", str(root / "deliveries")]
    done = subprocess.run(
        [*command, "--workspace", str(root / "ws")],
        capture_output=True,
        text=True,
        env=os.environ | parsed_environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "ws"


def warehouse_row(workspace, query):
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchone()


def items_ledger(workspace):
    ledgers = [json.loads(p.read_text()) for p in (workspace / "lake/clean/ledger").glob("*.json")]
    (ledger,) = [entry for entry in ledgers if entry["entity"] == "order_items"]
    return ledger


def test_the_blob_holds_the_bytes_as_delivered_and_the_manifest_names_it(workspace):
    sha256 = hashlib.sha256(ITEMS.encode()).hexdigest()
    assert (workspace / f"lake/raw/blobs/sha256/{sha256[:2]}/{sha256}").read_text() == ITEMS
    (path,) = (workspace / "lake/raw/manifests").glob(f"file=*/{sha256}.json")
    assert json.loads(path.read_text())["path"] == "downtown/saturday.csv"


def test_the_clean_row_is_typed_and_knows_its_file_and_line(workspace):
    ledger = items_ledger(workspace)
    file = workspace / "lake" / ledger["outputs"]["clean"]["key"]
    query = (
        "select item_price::varchar, created_at::varchar, user_id, _landing_id, _source_row "
        f"from read_parquet('{file}')"
    )
    expected = ("12.5000", "2026-03-08 03:30:00", "0042", ledger["landing_id"], 2)
    assert duckdb.execute(query).fetchone() == expected


def test_the_normalized_row_lies_in_its_business_date(workspace):
    """03:30 UTC on 8 March is 22:30 on 7 March in New York."""
    folder = workspace / "lake/normalized/entity=order_items"
    (file,) = folder.glob("run=*/business_date=2026-03-07/*.parquet")
    query = (
        "select order_id, ordered_on::varchar, ordered_at_local::varchar "
        f"from read_parquet('{file}', hive_partitioning = false)"
    )
    assert duckdb.execute(query).fetchone() == ("1001", "2026-03-07", "2026-03-07 22:30:00")


def test_staging_holds_the_line_with_its_own_price(workspace):
    query = "select item_price::varchar, customer_id from staging.stg_pos__order_items"
    assert warehouse_row(workspace, query) == ("12.5000", "0042")


def test_the_priced_line_adds_paid_options_and_takes_discounts_off(workspace):
    query = (
        "select gross_revenue::varchar, discount_amount::varchar, net_revenue::varchar "
        "from intermediate.int_order_items_priced"
    )
    assert warehouse_row(workspace, query) == ("14.0000", "2.0000", "12.0000")


def test_the_order_is_worth_its_lines(workspace):
    query = "select business_date::varchar, net_revenue::varchar from marts.fct_orders"
    assert warehouse_row(workspace, query) == ("2026-03-07", "12.0000")


def test_the_customer_is_worth_the_order(workspace):
    query = "select customer_id, historical_clv::varchar, orders from marts.customer_clv"
    assert warehouse_row(workspace, query) == ("0042", "12.0000", 1)
