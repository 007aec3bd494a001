"""The lint: what Redshift would refuse in a text of SQL, without any database."""

from collections.abc import Iterable

from sqlglot import exp

from redshift_standin.findings import SELECT, Finding
from redshift_standin.parse import RedshiftSyntaxError, parse
from redshift_standin.rules import functions, queries, statements, traps, types, windows
from redshift_standin.vocabulary import CATALOGS

REFUSED = (
    *functions.RULES,
    *windows.RULES,
    *queries.RULES,
    *types.RULES,
    *statements.RULES,
)


def lint(sql: str) -> list[Finding]:
    """Every construct of a text that Redshift refuses."""
    try:
        trees = parse(sql)
    except RedshiftSyntaxError as error:
        return [Finding("syntax", str(error), "Redshift's own grammar", SELECT)]
    return [finding for tree in trees for finding in lint_tree(tree)]


def lint_tree(tree: exp.Expression) -> list[Finding]:
    """Every construct of one statement that Redshift refuses; the catalog may be read freely."""
    rules = (queries.serverless_views,) if reads_catalog(tree) else REFUSED
    return list(dict.fromkeys(finding for rule in rules for finding in rule(tree)))


def lint_models(compiled: Iterable[tuple[str, str]]) -> list[str]:
    """One message per finding in compiled models: refused constructs, and traps."""
    messages = []
    for name, sql in compiled:
        findings = lint(sql)
        if not any(finding.construct == "syntax" for finding in findings):
            trapped = [f for tree in parse(sql) for rule in traps.RULES for f in rule(tree)]
            findings += dict.fromkeys(trapped)
        messages += [f"{name}: {finding}" for finding in findings]
    return messages


def reads_catalog(tree: exp.Expression) -> bool:
    """Whether a statement reads system tables, which the leader node reads."""
    return any(
        t.name.lower().startswith(CATALOGS) or t.db.lower() in ("information_schema", "pg_catalog")
        for t in tree.find_all(exp.Table)
    )
