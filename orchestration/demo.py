"""The demo: a simulated franchise behind a local Drive server, through the whole pipeline.

The simulator knows the truth it generated, so the demo ends by comparing the marts with it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import duckdb

from demo.drive_server import serve
from demo.franchise import Franchise
from demo.tally import Totals, Truth
from ingestion.drive import DriveSource, open_drive
from orchestration.load import connect
from orchestration.workspace import Workspace

ENVIRONMENT = ("FRANCHISE_DRIVE_URL", "FRANCHISE_DRIVE_TOKEN")


@contextmanager
def drive_of(franchise: Franchise, workspace: Workspace) -> Iterator[DriveSource]:
    """The franchise's files in a Drive folder on 127.0.0.1 while the block runs.

    Files are delivered into `drive/` of the workspace; those that lie there already stay untouched.
    Raises ForeignFileError when another franchise's files lie there.
    """
    franchise.deliver(workspace.drive)
    with serve(workspace.drive) as (url, drive):
        os.environ.update(zip(ENVIRONMENT, (url, drive.token), strict=True))
        try:
            yield open_drive(drive.root_id)
        finally:
            for name in ENVIRONMENT:
                del os.environ[name]


def compare_with_truth(workspace: Workspace, truth: Truth) -> list[dict[str, Any]]:
    """Checks (name, expected, found, ok) of the marts against what was simulated."""
    connection = connect(workspace.warehouse, read_only=True)
    try:
        return [
            _check(name, expected, _value(connection, query))
            for name, expected, query in _figures(truth)
        ] + [
            _agree("net revenue of every restaurant", truth.by_restaurant, connection, RESTAURANTS),
            _agree("orders and net revenue of every customer", truth.by_customer, connection, CLV),
        ]
    finally:
        connection.close()


RESTAURANTS = "select restaurant_id, orders, total_revenue from marts.location_performance"
CLV = "select customer_id, orders, historical_clv from marts.customer_clv"


def _figures(truth: Truth) -> list[tuple[str, Any, str]]:
    held = sum(1 for file in truth.files.values() if file.status == "quarantined")
    return [
        ("net revenue", truth.totals.net, "select sum(net_revenue) from marts.fct_orders"),
        ("discounts", truth.totals.discount, "select sum(discount_amount) from marts.fct_orders"),
        ("refunds", truth.totals.refund, "select sum(refund_amount) from marts.fct_orders"),
        ("order lines", truth.totals.lines, "select count(*) from marts.fct_order_items"),
        (
            "guests' orders",
            truth.guest_orders,
            "select count(*) from marts.fct_orders where is_sale_order and is_guest",
        ),
        (
            "discounted orders",
            truth.discounted_orders,
            "select count(*) from marts.fct_orders where is_sale_order and is_discounted",
        ),
        (
            "customers at risk",
            truth.at_risk,
            "select count(*) from marts.customer_churn where is_at_risk",
        ),
        (
            "options that wait for their line",
            truth.pending_options,
            "select count(*) from pos.pending_order_item_options",
        ),
        (
            "files quarantined whole",
            held,
            "select count(*) from pos.deliveries where state = 'quarantined'",
        ),
    ]


def _agree(
    name: str, expected: dict[str, Totals], connection: duckdb.DuckDBPyConnection, query: str
) -> dict[str, Any]:
    """One check over a whole mart: how many of its rows are as they were simulated."""
    wanted = {key: (totals.sale_orders, totals.net) for key, totals in expected.items()}
    found = {key: (orders, net) for key, orders, net in connection.execute(query).fetchall()}
    agreeing = sum(1 for key, figures in wanted.items() if found.get(key) == figures)
    return _check(name, len(wanted), agreeing if found.keys() == wanted.keys() else len(found))


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    return connection.execute(query).fetchone()[0] or 0


def _check(name: str, expected: Any, found: Any) -> dict[str, Any]:
    name = f"simulated truth: {name}"
    ok = Decimal(expected) == Decimal(found)
    return {"name": name, "expected": str(expected), "found": str(found), "ok": ok}
