"""Failed dbt nodes in words; of a data test up to five of the rows that failed, by their keys.

No column that tells of a person is shown: messages end in logs and mails.
"""

from typing import Any

from orchestration.warehouse import LoadError, Warehouse

SHOWN_ROWS, SHOWN_COLUMNS = 5, 6
PERSONAL = {"customer_id", "user_id", "card_hash", "value", "masked_value"}
OF_THE_TESTED_COLUMN = {"unique_field", "value_field", "from_field"}
KEY_ENDINGS = ("_id", "_date", "_on", "_grain", "_start", "_row", "_group", "daypart", "currency")


def describe(result: Any, warehouse: Warehouse) -> str:
    """One failed node: its kind, its name, and its rows (data test) or dbt's own words."""
    node = result.node
    said = " ".join(str(result.message or "").split())
    if str(node.resource_type) == "test" and str(result.status) in ("fail", "warn"):
        said = f"{result.failures} row(s) fail{_examples(node, warehouse)}"
    return f"- {node.resource_type} {node.name}: {said}"


def _examples(node: Any, warehouse: Warehouse) -> str:
    try:
        cursor = warehouse.execute(f"select * from ({_query(node)}\n) as failed limit {SHOWN_ROWS}")
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    except LoadError:
        return ""
    shown = _shown(names, node.column_name)
    told = [", ".join(f"{names[i]}={row[i]}" for i in shown) for row in rows]
    return ", such as\n" + "\n".join(f"    {line}" for line in told) if shown else ""


def _query(node: Any) -> str:
    """The rows that failed, whole: `not_null` itself selects nothing but the nulls."""
    column, sql = node.column_name, node.compiled_code.rstrip().rstrip(";")
    if node.test_metadata is not None and node.test_metadata.name == "not_null":
        return sql.replace(f"select {column}", "select *", 1)
    return sql


def _shown(names: list[str], tested: str | None) -> list[int]:
    """Which columns to show: keys where there are any, and nothing of a person."""
    hidden = PERSONAL | (OF_THE_TESTED_COLUMN if tested in PERSONAL else set())
    open_ones = [i for i, name in enumerate(names) if name not in hidden]
    keys = [i for i in open_ones if names[i].endswith(KEY_ENDINGS)]
    return (keys or open_ones)[:SHOWN_COLUMNS]
