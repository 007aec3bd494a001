"""Reconciliation: every file, row and cent accounted for, from the ledgers to the marts.

Each check compares two figures that were counted apart: in the ledgers (clean), in `current.json`
(normalize), in schema `pos` (load) and in the marts (dbt).
"""

import json
from contextlib import closing
from decimal import Decimal
from typing import Any

from lake import layout
from orchestration.targets import LOCAL, open_warehouse
from orchestration.warehouse import Warehouse
from orchestration.workspace import Workspace

LIVE = "state = 'live' and status = 'loaded'"


def reconcile(workspace: Workspace, target: str = LOCAL) -> dict[str, Any]:
    """Checks (name, expected, found, ok), row totals, quarantined files and headline numbers.

    `as_of` is the last business date that the marts count, YYYY-MM-DD; None when they are empty.
    """
    found = workspace.store.read_version(layout.CURRENT)
    totals = json.loads(found[0])["totals"] if found else {}
    with closing(open_warehouse(workspace, target, read_only=True)) as warehouse:
        checks = [*_file_checks(warehouse), *_row_checks(warehouse, totals)]
        checks += _mart_checks(warehouse)
        counted = _value(warehouse, "select max(as_of_date) from marts.run_scope")
        return {
            "as_of": counted.isoformat() if counted else None,
            "checks": checks,
            "rows": _rows(warehouse, totals),
            "quarantined": _quarantined(warehouse),
            "headlines": _headlines(warehouse),
        }


def _check(name: str, expected: Any, found: Any) -> dict[str, Any]:
    return {"name": name, "expected": str(expected), "found": str(found), "ok": expected == found}


def _value(warehouse: Warehouse, query: str) -> Any:
    return warehouse.execute(query).fetchone()[0]


def _file_checks(warehouse: Warehouse) -> list[dict[str, Any]]:
    lines, accounted = warehouse.execute(
        "select coalesce(sum(lines), 0), coalesce(sum(header_lines + loaded + rejected + blank "
        "+ embedded_newlines), 0) from pos.deliveries"
    ).fetchone()
    uneven = _value(
        warehouse,
        "select count(*) from pos.deliveries "
        "where lines <> header_lines + loaded + rejected + blank + embedded_newlines",
    )
    return [
        _check("every delivered line is loaded, rejected, blank or header", lines, accounted),
        _check("files with a line that is not accounted for", 0, uneven),
    ]


def _row_checks(warehouse: Warehouse, totals: dict[str, Any]) -> list[dict[str, Any]]:
    """Cleaned rows of live files = rows in the warehouse + rows superseded by a later delivery."""
    checks = []
    for entity, price in (("order_items", "item_price"), ("order_item_options", "option_price")):
        cleaned, money = warehouse.execute(
            "select coalesce(sum(loaded), 0), coalesce(sum(price_total), 0) "
            f"from pos.deliveries where entity = ? and {LIVE}",
            [entity],
        ).fetchone()
        rows, stored = warehouse.execute(_stored(entity, price)).fetchone()
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
    return f"select count(*), coalesce(sum({price}), 0) from ({union}) as stored"


def _mart_checks(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Every loaded line is in the facts or left out by a setting, and the marts add up to them."""
    in_pos = _value(warehouse, "select count(*) from pos.order_items")
    in_facts = _value(warehouse, "select count(*) from marts.fct_order_items")
    left_out = _value(
        warehouse, "select cast(coalesce(sum(lines_left_out), 0) as bigint) from marts.run_scope"
    )
    net = _value(warehouse, "select coalesce(sum(net_revenue), 0) from marts.fct_orders")
    by_category = _value(
        warehouse,
        "select coalesce(sum(net_revenue), 0) from marts.sales_trends where period_grain = 'month'",
    )
    by_location = _value(
        warehouse, "select coalesce(sum(total_revenue), 0) from marts.location_performance"
    )
    return [
        _check(
            "warehouse lines = lines in facts + left out by a setting", in_pos, in_facts + left_out
        ),
        _check("net revenue: facts = sales_trends", net, by_category),
        _check("net revenue: facts = location_performance", net, by_location),
    ]


def _rows(warehouse: Warehouse, totals: dict[str, Any]) -> dict[str, int]:
    loaded, rejected = warehouse.execute(
        "select cast(coalesce(sum(loaded), 0) as bigint), "
        "cast(coalesce(sum(rejected), 0) as bigint) "
        "from pos.deliveries"
    ).fetchone()
    return {
        "loaded": loaded,
        "rejected": rejected,
        "superseded": sum(counted.get("superseded", 0) for counted in totals.values()),
        "pending": _value(warehouse, "select count(*) from pos.pending_order_item_options"),
    }


def _quarantined(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Files that are quarantined whole and were not replaced or withdrawn since."""
    rows = warehouse.execute(
        "select path, reason, message from pos.deliveries "
        "where status = 'quarantined' and state = 'quarantined' order by path"
    ).fetchall()
    return [dict(zip(("path", "reason", "message"), row, strict=True)) for row in rows]


def _headlines(warehouse: Warehouse) -> dict[str, str]:
    net, orders, last = warehouse.execute(
        "select coalesce(sum(net_revenue), 0), "
        "coalesce(sum(case when is_sale_order then 1 else 0 end), 0), "
        "max(business_date) from marts.fct_orders"
    ).fetchone()
    customers, at_risk, revenue_at_risk = warehouse.execute(
        "select count(*), coalesce(sum(case when is_at_risk then 1 else 0 end), 0), "
        "coalesce(sum(revenue_at_risk), 0) from marts.customer_churn"
    ).fetchone()
    top = warehouse.execute(
        "select restaurant_id, total_revenue from marts.location_performance "
        "where revenue_rank = 1 order by restaurant_id limit 1"
    ).fetchone()
    return {
        "Net revenue": f"{net:,.2f} from {orders:,} orders" + (f", to {last}" if last else ""),
        "Customers": f"{customers:,}, of them {at_risk:,} at risk ({revenue_at_risk:,.2f})",
        "Top location": f"{top[0]} with {top[1]:,.2f}" if top else "none",
    }
