"""Rules about function calls: the closed world of names, and how a few of them may be called."""

from collections.abc import Iterator

from sqlglot import exp

from redshift_standin.findings import DATE_PARTS, FUNCTIONS_PAGE, LEADER_PAGE, PG_FUNCTIONS, Finding
from redshift_standin.parse import call_name, calls, reads_tables
from redshift_standin.vocabulary import FUNCTIONS, LEADER_ONLY, REMEDIES, words

PARTS = words(
    """century centuries c cent cents day days d decade decades dec decs dayofweek dow dw weekday
    dayofyear doy dy yearday epoch hour hours hr hrs h millennium millennia mil mils millisecond
    milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon microsecond
    microseconds microsec microsecs us usecond useconds usec usecs minute minutes min mins m month
    months mon mons quarter quarters qtr qtrs second seconds sec secs s timezone timezone_hour
    timezone_minute week weeks w year years y yr yrs"""
)
PART_CALLS = ("date_part", "date_trunc", "dateadd", "date_add", "datediff", "date_diff")


def unknown_functions(tree: exp.Expression) -> Iterator[Finding]:
    """Names that the guide does not list."""
    for node in calls(tree):
        name = call_name(node)
        if name not in FUNCTIONS and name not in LEADER_ONLY and name != "values":
            yield Finding(
                f"{name}()",
                "Redshift has no such function",
                REMEDIES.get(name, "it with functions of the guide"),
                PG_FUNCTIONS if name in REMEDIES else FUNCTIONS_PAGE,
            )


def leader_only_functions(tree: exp.Expression) -> Iterator[Finding]:
    """Functions that fail as soon as the query reads a table."""
    if not reads_tables(tree):
        return
    for node in calls(tree, *LEADER_ONLY):
        name = call_name(node)
        yield Finding(
            f"{name}()",
            "it runs on the leader node only, and fails in a query that reads tables",
            LEADER_ONLY[name],
            LEADER_PAGE,
        )


def concat_of_two(tree: exp.Expression) -> Iterator[Finding]:
    """concat() takes exactly two arguments."""
    for node in calls(tree, "concat"):
        if len(node.expressions) != 2:
            yield Finding(
                "concat()",
                f"it takes two arguments, not {len(node.expressions)}",
                "a || b || c, with coalesce() where a part may be null",
                "r_CONCAT.html",
            )


def date_parts(tree: exp.Expression) -> Iterator[Finding]:
    """Date parts that Redshift does not know, such as isodow."""
    for part in _parts(tree):
        if part.lower() not in PARTS:
            yield Finding(
                f"date part {part.lower()}",
                "Redshift has no such date part",
                "dow (0 is Sunday) and date_trunc('week', d) (Mondays)",
                DATE_PARTS,
            )


def ordered_arguments(tree: exp.Expression) -> Iterator[Finding]:
    """f(x order by y): Redshift orders with WITHIN GROUP only."""
    for node in calls(tree):
        if any(isinstance(argument, exp.Order) for argument in node.expressions):
            yield Finding(
                f"{call_name(node)}(.. order by ..)",
                "an aggregate has no ORDER BY inside its parentheses",
                "listagg(x, ',') within group (order by y)",
                "r_LISTAGG.html",
            )


def percentile_disc(tree: exp.Expression) -> Iterator[Finding]:
    """percentile_disc is a window function only."""
    for group in tree.find_all(exp.WithinGroup):
        if call_name(group.this) == "percentile_disc" and not isinstance(group.parent, exp.Window):
            yield Finding(
                "percentile_disc as an aggregate",
                "it is a window function only",
                "percentile_cont(..), or rank the rows and pick one",
                "r_WF_PERCENTILE_DISC.html",
            )


def one_order_per_select(tree: exp.Expression) -> Iterator[Finding]:
    """All ordered-set aggregates of one SELECT share one ORDER BY."""
    for select in tree.find_all(exp.Select):
        orders = {order for node in _own(select) if (order := _aggregate_order(node))}
        if len(orders) > 1:
            yield Finding(
                " and ".join(f"within group ({order})" for order in sorted(orders)),
                "within group ORDER BY clauses for aggregate functions must be the same",
                "one CTE per ORDER BY, then join them",
                "r_PERCENTILE_CONT.html",
            )


def _own(select: exp.Select) -> Iterator[exp.Expression]:
    """The nodes of a SELECT that belong to no SELECT inside it."""
    return (n for n in select.walk() if n is not select and n.find_ancestor(exp.Select) is select)


def _aggregate_order(node: exp.Expression) -> str | None:
    if isinstance(node.parent, exp.Window):
        return None
    if isinstance(node, exp.WithinGroup):
        ordered = node.expression.expressions[0]
        return f"order by {ordered.this.sql()}{' desc' * bool(ordered.args.get('desc'))}".lower()
    if call_name(node) == "median":
        return f"order by {node.expressions[0].sql()}".lower()
    return None


def _parts(tree: exp.Expression) -> Iterator[str]:
    yield from (node.name for node in tree.find_all(exp.Extract))
    for node in calls(tree, *PART_CALLS):
        if node.expressions and isinstance(node.expressions[0], exp.Column | exp.Literal):
            yield node.expressions[0].name


RULES = (
    unknown_functions,
    leader_only_functions,
    concat_of_two,
    date_parts,
    ordered_arguments,
    percentile_disc,
    one_order_per_select,
)
