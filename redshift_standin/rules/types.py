"""Rules about types: the closed world of names, and casts that Redshift does not have."""

from collections.abc import Iterator

from sqlglot import exp

from redshift_standin.findings import PG_TYPES, TYPES_PAGE, Finding
from redshift_standin.vocabulary import TYPES, words

REMEDIES = {
    "ARRAY": "SUPER, or rows",
    "BIGSERIAL": "bigint identity(1, 1)",
    "JSON": "SUPER, or varchar(n)",
    "JSONB": "SUPER, or varchar(n)",
    "SERIAL": "integer identity(1, 1)",
    "UUID": "char(36)",
}
TEXTS = words("BPCHAR CHAR NCHAR NVARCHAR TEXT VARCHAR")
TRUTHS = (exp.Predicate, exp.Boolean, exp.And, exp.Or, exp.Not)


def unknown_types(tree: exp.Expression) -> Iterator[Finding]:
    """Types that the guide does not list."""
    for node in tree.find_all(exp.DataType):
        name = getattr(node.this, "name", str(node.this))
        if name not in TYPES:
            remedy = REMEDIES.get(name, "a type of the guide, such as varchar(n) or decimal(p, s)")
            yield Finding(f"type {node.sql().lower()}", "no such type", remedy, PG_TYPES)


def boolean_to_text(tree: exp.Expression) -> Iterator[Finding]:
    """cast(a = b as varchar): Redshift casts no boolean to text."""
    for cast in tree.find_all(exp.Cast):
        operand = cast.this.unnest()
        if isinstance(operand, TRUTHS) and getattr(cast.to.this, "name", "") in TEXTS:
            remedy = "case when .. then 'true' else 'false' end, or dbt.cast_bool_to_text"
            yield Finding("a boolean cast to text", "no such cast", remedy, TYPES_PAGE)


RULES = (unknown_types, boolean_to_text)
