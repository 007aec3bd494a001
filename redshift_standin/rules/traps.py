"""Traps: valid on Redshift and on DuckDB, with different answers. Only models are held to these."""

from collections.abc import Iterator

from sqlglot import exp

from redshift_standin.findings import DATE_PARTS, Finding
from redshift_standin.parse import call_name, calls

ENOUGH_PLACES = 10  # of a quotient that is rounded to four afterwards
DOUBLE = "cast(x as double precision) inside it, and a cast to decimal around it"


def averages(tree: exp.Expression) -> Iterator[Finding]:
    """avg of an integer is a truncated bigint on Redshift, avg of a decimal keeps its scale."""
    for node in calls(tree, "avg"):
        if not _is_double(node.expressions[0]):
            why = "avg of integers is truncated on Redshift and is a fraction on DuckDB"
            yield Finding("avg()", why, DOUBLE, "r_AVG.html")


def percentiles(tree: exp.Expression) -> Iterator[Finding]:
    """DuckDB rounds a percentile of decimals to their scale, Redshift interpolates."""
    for node, argument in _percentiles(tree):
        if not _is_double(argument):
            why = "over decimals DuckDB answers in their scale, Redshift interpolates"
            yield Finding(f"{node}()", why, DOUBLE, "r_PERCENTILE_CONT.html")


def weeks(tree: exp.Expression) -> Iterator[Finding]:
    """datediff(week) counts other boundaries on each engine."""
    for node in calls(tree, "datediff", "date_diff"):
        if node.expressions and node.expressions[0].name.lower() in ("week", "weeks", "w"):
            remedy = "the days between two date_trunc('week', ..) divided by 7"
            why = "the day on which a week starts differs"
            yield Finding("datediff(week, ..)", why, remedy, DATE_PARTS)


def replacements(tree: exp.Expression) -> Iterator[Finding]:
    """regexp_replace replaces every match on Redshift, the first on DuckDB."""
    if calls(tree, "regexp_replace"):
        why = "Redshift replaces every match, DuckDB only the first"
        yield Finding("regexp_replace()", why, "replace() or translate()", "REGEXP_REPLACE.html")


def concatenations(tree: exp.Expression) -> Iterator[Finding]:
    """concat('a', null) is null on Redshift and 'a' on DuckDB."""
    if calls(tree, "concat"):
        why = "concat('a', null) is null on Redshift and 'a' on DuckDB"
        yield Finding("concat()", why, "a || b, with coalesce()", "r_CONCAT.html")


def integer_divisions(tree: exp.Expression) -> Iterator[Finding]:
    """5 / 2 is 2 on Redshift and 2.5 on DuckDB."""
    for node in tree.find_all(exp.Div):
        if _is_whole(node.this) and _is_whole(node.expression):
            remedy = "cast(a as decimal(18, 4)) / nullif(b, 0), or {{ ratio(a, b) }}"
            why = "Redshift divides integers to an integer, DuckDB to a fraction"
            yield Finding(node.sql().lower(), why, remedy, "r_OPERATOR_SYMBOLS.html")


def decimal_divisions(tree: exp.Expression) -> Iterator[Finding]:
    """A quotient of wide decimals keeps four places on Redshift, and more on DuckDB."""
    for node in tree.find_all(exp.Div):
        top, bottom = _decimal(node.this), _decimal(node.expression)
        if top and bottom and (places := _quotient_scale(*top, *bottom)) < ENOUGH_PLACES:
            why = f"Redshift keeps {places} places of this quotient, and then rounding is too late"
            remedy = "cast(a as decimal(19, 4)) / cast(b as decimal(18, 4)), or {{ ratio(a, b) }}"
            yield Finding(node.sql().lower(), why, remedy, "r_numeric_computations201.html")


def _quotient_scale(p1: int, s1: int, p2: int, s2: int) -> int:
    """Decimal places of decimal(p1, s1) / decimal(p2, s2) by the guide's formula."""
    scale = max(4, s1 + p2 - s2 + 1)
    precision = p1 - s1 + s2 + scale
    return scale if precision <= 38 else max(38 + scale - precision, 4)


def _decimal(node: exp.Expression) -> tuple[int, int] | None:
    """Precision and scale of an expression that is a cast to a decimal, also inside nullif()."""
    node = node.unnest()
    if call_name(node) == "nullif":
        node = node.expressions[0].unnest()
    if not isinstance(node, exp.Cast) or node.to.this.name != "DECIMAL":
        return None
    numbers = [int(part.name) for part in node.to.expressions]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None


def _percentiles(tree: exp.Expression) -> Iterator[tuple[str, exp.Expression]]:
    for node in calls(tree, "median"):
        yield "median", node.expressions[0]
    for group in tree.find_all(exp.WithinGroup):
        if call_name(group.this) == "percentile_cont":
            yield "percentile_cont", group.expression.expressions[0].this


def _is_double(node: exp.Expression) -> bool:
    node = node.unnest()
    return isinstance(node, exp.Cast) and node.to.this.name in ("DOUBLE", "FLOAT")


def _is_whole(node: exp.Expression) -> bool:
    """Whether an expression is surely an integer: a literal, a count, a cast, or made of them."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return not node.is_string and "." not in node.name
    if isinstance(node, exp.Cast):
        return node.to.this.name in ("INT", "BIGINT", "SMALLINT")
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        return _is_whole(node.this) and _is_whole(node.expression)
    return call_name(node) in ("count", "datediff", "length", "len", "row_number")


RULES = (
    averages,
    percentiles,
    weeks,
    replacements,
    concatenations,
    integer_divisions,
    decimal_divisions,
)
