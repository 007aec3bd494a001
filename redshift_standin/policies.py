"""Masking policies and row-level security: Redshift's statements, and what they do to a query.

A table with a masked column is replaced, where a statement reads it, by a query that applies the
masks of the user who asks. Rows are left to Postgres' own policies.
"""

import re
from collections.abc import Callable, Sequence

from sqlglot import exp

from redshift_standin.parse import parse

# (schema, table, column, the policy's name for the column, the policy's expression)
Columns = tuple[tuple[str, str, str, str | None, str | None], ...]

COLUMNS = "select schema_name, table_name, column_name, input, expression from rs.columns_masked"
NAME = r"([\w.\"]+)"
STATEMENTS: dict[str, Callable[[re.Match], str]] = {
    rf"create masking policy {NAME}( if not exists)? with \({NAME} [^)]*\)+ using \((.*)\)": (
        lambda m: _call("create_masking_policy", m[1], m[3], m[4], bool(m[2]))
    ),
    rf"attach masking policy {NAME} on {NAME} ?\( ?{NAME} ?\) to (role )?{NAME}"
    r"(?: priority (\d+))?": (
        lambda m: _call("attach_mask", m[1], m[2], m[3], m[5], _kind(m), int(m[6] or 0))
    ),
    rf"create rls policy {NAME}(?: with \(.*?\)+)? using \((.*)\)": (
        lambda m: _call("create_row_policy", m[1], m[2])
    ),
    rf"attach rls policy {NAME} on (?:table )?{NAME} to role {NAME}": (
        lambda m: _call("attach_row_policy", m[1], m[2], m[3])
    ),
    rf"alter table {NAME} row level security (on|off)": (
        lambda m: f"alter table {m[1]} {ENABLE[m[2].lower()]} row level security"
    ),
    rf"grant select on (?:table )?{NAME} to rls policy {NAME}": lambda m: _call(
        "grant_lookup", m[1]
    ),
}
ENABLE = {"on": "enable", "off": "disable"}


def policy_statement(sql: str) -> str | None:
    """Postgres' statement for one of these; None for any other text."""
    plain = " ".join(sql.split()).rstrip("; ")
    for pattern, translated in STATEMENTS.items():
        found = re.fullmatch(pattern, plain, re.IGNORECASE)
        if found:
            return translated(found)
    return None


def _call(function: str, *arguments: str | int | bool) -> str:
    texts = [
        str(a).lower() if isinstance(a, int) else "'{}'".format(a.replace("'", "''"))
        for a in arguments
    ]
    return f"select rs.{function}({', '.join(texts)})"


def _kind(found: re.Match) -> str:
    if found[4]:
        return "role"
    return "public" if found[5].lower() == "public" else "user"


def mask(tree: exp.Expression, columns: Columns) -> exp.Expression:
    """The statement with every table that it reads as its user may see it."""
    masked: dict[tuple[str, str], list[Sequence[str | None]]] = {}
    for schema, table, *column in columns:
        masked.setdefault((schema, table), []).append(column)
    tree = tree.copy()
    for table in list(tree.find_all(exp.Table)):
        seen = masked.get((table.db.lower(), table.name.lower()))
        if seen and _is_read(table):
            query = exp.select(*(_seen(*column) for column in seen)).from_(_bare(table))
            table.replace(query.subquery(table.alias_or_name))
    return tree


def _is_read(table: exp.Table) -> bool:
    return isinstance(table.parent, exp.From | exp.Join) or table.arg_key == "using"


def _bare(table: exp.Table) -> exp.Table:
    bare = table.copy()
    bare.set("alias", None)
    return bare


def _seen(column: str, name: str | None, expression: str | None) -> exp.Expression:
    if name is None:
        return exp.column(column)
    shown = parse(f"select {expression}")[0].expressions[0]
    for inner in list(shown.find_all(exp.Column)):
        if inner.name == name:
            inner.set("this", exp.to_identifier(column))
    return exp.alias_(shown, column)
