"""Reconciliation: every file, row and cent accounted for, from the ledgers to the marts.

Each check compares two figures that were counted apart: in the ledgers (clean), in `current.json`
(normalize), in schema `pos` (load) and in the marts (dbt).
"""

import json
from decimal import Decimal
from typing import Any

import duckdb

from lake import layout
from orchestration.load import connect
from orchestration.workspace import Workspace

LIVE = "state = 'live' and status = 'loaded'"


def reconcile(workspace: Workspace) -> dict[str, Any]:
    """Checks (name, expected, found, ok), row totals, quarantined files and headline numbers."""
    found = workspace.store.read_version(layout.CURRENT)
    totals = json.loads(found[0])["totals"] if found else {}
    connection = connect(workspace.warehouse, read_only=True)
    try:
        checks = [*_file_checks(connection), *_row_checks(connection, totals)]
        checks += _mart_checks(connection)
        return {
            "checks": checks,
            "rows": _rows(connection, totals),
            "quarantined": _quarantined(connection),
            "headlines": _headlines(connection),
        }
    finally:
        connection.close()


def _check(name: str, expected: Any, found: Any) -> dict[str, Any]:
    return {"name": name, "expected": str(expected), "found": str(found), "ok": expected == found}


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def _file_checks(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    lines, accounted = connection.execute(
        "select coalesce(sum(lines), 0), coalesce(sum(header_lines + loaded + rejected + blank "
        "+ embedded_newlines), 0) from pos.deliveries"
    ).fetchone()
    uneven = _value(
        connection,
        "select count(*) from pos.deliveries "
        "where lines <> header_lines + loaded + rejected + blank + embedded_newlines",
    )
    return [
        _check("every delivered line is loaded, rejected, blank or header", lines, accounted),
        _check("files with a line that is not accounted for", 0, uneven),
    ]


def _row_checks(
    connection: duckdb.DuckDBPyConnection, totals: dict[str, Any]
) -> list[dict[str, Any]]:
    """Cleaned rows of live files = rows in the warehouse + rows superseded by a later delivery."""
    checks = []
    for entity, price in (("order_items", "item_price"), ("order_item_options", "option_price")):
        cleaned, money = connection.execute(
            "select coalesce(sum(loaded), 0), coalesce(sum(price_total), 0) "
            f"from pos.deliveries where entity = ? and {LIVE}",
            [entity],
        ).fetchone()
        rows, stored = connection.execute(_stored(entity, price)).fetchone()
        counted = totals.get(entity, {})
        superseded = counted.get("superseded", 0)
        superseded_money = Decimal(counted.get(f"superseded_{price}", "0"))
        checks += [
            _check(f"{entity}: cleaned rows = warehouse + superseded", cleaned, rows + superseded),
            _check(
                f"{entity}: cleaned money = warehouse + superseded",
                money,
                stored + superseded_money,
            ),
        ]
    return checks


def _stored(entity: str, price: str) -> str:
    tables = ["order_items"] if entity == "order_items" else [entity, f"pending_{entity}"]
    union = " union all ".join(f"select {price} from pos.{table}" for table in tables)
    return f"select count(*), coalesce(sum({price}), 0) from ({union})"


def _mart_checks(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Every loaded line is in the facts or left out by a setting, and the marts add up to them."""
    in_pos = _value(connection, "select count(*) from pos.order_items")
    in_facts = _value(connection, "select count(*) from marts.fct_order_items")
    left_out = _value(
        connection, "select coalesce(sum(lines_left_out), 0)::bigint from marts.run_scope"
    )
    net = _value(connection, "select coalesce(sum(net_revenue), 0) from marts.fct_orders")
    by_category = _value(
        connection,
        "select coalesce(sum(net_revenue), 0) from marts.sales_trends where period_grain = 'month'",
    )
    by_location = _value(
        connection, "select coalesce(sum(total_revenue), 0) from marts.location_performance"
    )
    return [
        _check(
            "warehouse lines = lines in facts + left out by a setting", in_pos, in_facts + left_out
        ),
        _check("net revenue: facts = sales_trends", net, by_category),
        _check("net revenue: facts = location_performance", net, by_location),
    ]


def _rows(connection: duckdb.DuckDBPyConnection, totals: dict[str, Any]) -> dict[str, int]:
    loaded, rejected = connection.execute(
        "select coalesce(sum(loaded), 0)::bigint, coalesce(sum(rejected), 0)::bigint "
        "from pos.deliveries"
    ).fetchone()
    return {
        "loaded": loaded,
        "rejected": rejected,
        "superseded": sum(counted.get("superseded", 0) for counted in totals.values()),
        "pending": _value(connection, "select count(*) from pos.pending_order_item_options"),
    }


def _quarantined(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Files that are quarantined whole and were not replaced or withdrawn since."""
    relation = connection.execute(
        "select path, reason, message from pos.deliveries "
        "where status = 'quarantined' and state = 'quarantined' order by path"
    )
    names = [column[0] for column in relation.description]
    return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]


def _headlines(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    net, orders, last = connection.execute(
        "select coalesce(sum(net_revenue), 0), count(*) filter (where is_sale_order), "
        "max(business_date) from marts.fct_orders"
    ).fetchone()
    customers, at_risk, revenue_at_risk = connection.execute(
        "select count(*), count(*) filter (where is_at_risk), coalesce(sum(revenue_at_risk), 0) "
        "from marts.customer_churn"
    ).fetchone()
    top = connection.execute(
        "select restaurant_id, total_revenue from marts.location_performance "
        "where revenue_rank = 1 order by restaurant_id limit 1"
    ).fetchone()
    return {
        "Net revenue": f"{net:,.2f} from {orders:,} orders, to {last}",
        "Customers": f"{customers:,}, of them {at_risk:,} at risk ({revenue_at_risk:,.2f})",
        "Top location": f"{top[0]} with {top[1]:,.2f}" if top else "none",
    }
