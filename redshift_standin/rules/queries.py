"""Rules about queries: constructs of Postgres or DuckDB that Redshift's grammar does not have."""

from collections.abc import Iterator

from sqlglot import exp

from redshift_standin.findings import (
    CORRELATED,
    FEATURES,
    FROM,
    INSERT,
    PG_FUNCTIONS,
    PG_TYPES,
    SELECT,
    Finding,
)
from redshift_standin.parse import calls
from redshift_standin.vocabulary import CLUSTER_VIEWS

NODES: dict[type[exp.Expression], tuple[str, str, str]] = {
    exp.Lateral: ("LATERAL", "a join with a CTE", FROM),
    exp.Filter: ("FILTER (where ..)", "sum(case when .. then .. end)", FEATURES),
    exp.NullSafeEQ: ("IS NOT DISTINCT FROM", "a = b or (a is null and b is null)", PG_FUNCTIONS),
    exp.NullSafeNEQ: ("IS DISTINCT FROM", "a comparison of coalesce()d values", PG_FUNCTIONS),
    exp.OnConflict: ("ON CONFLICT", "MERGE, or DELETE and INSERT in one transaction", INSERT),
    exp.Returning: ("RETURNING", "a SELECT after it", FEATURES),
    exp.TableSample: ("TABLESAMPLE", "where random() < 0.1", SELECT),
    exp.Lock: ("FOR UPDATE", "LOCK TABLE in a transaction", SELECT),
    exp.Fetch: ("FETCH FIRST", "LIMIT n", SELECT),
    exp.Array: ("ARRAY[..]", "array(..), which makes a SUPER, or rows", PG_TYPES),
    exp.Unnest: ("unnest()", "a join with a table of the values", FROM),
    exp.Lambda: ("a lambda", "rows and joins instead of lists", FROM),
    exp.JSONExtract: ("->", "json_extract_path_text(x, 'key')", PG_TYPES),
    exp.JSONExtractScalar: ("->>", "json_extract_path_text(x, 'key')", PG_TYPES),
    exp.ArrayContainsAll: ("@>", "rows and joins instead of arrays", PG_TYPES),
    exp.ArrayOverlaps: ("&&", "rows and joins instead of arrays", PG_TYPES),
}


def absent_constructs(tree: exp.Expression) -> Iterator[Finding]:
    """One finding per construct that does not exist at all."""
    for kind in {type(node) for node in tree.walk()}:
        if kind in NODES:
            construct, remedy, page = NODES[kind]
            yield Finding(construct, "Redshift does not have it", remedy, page)


def distinct_on(tree: exp.Expression) -> Iterator[Finding]:
    """SELECT DISTINCT ON (..)."""
    if any(node.args.get("on") for node in tree.find_all(exp.Distinct)):
        remedy = "qualify row_number() over (partition by .. order by ..) = 1"
        yield Finding("DISTINCT ON", "Redshift does not have it", remedy, SELECT)


def values_as_a_table(tree: exp.Expression) -> Iterator[Finding]:
    """VALUES outside INSERT."""
    values = [*tree.find_all(exp.Values), *calls(tree, "values")]
    if any(not node.find_ancestor(exp.Insert) for node in values):
        remedy = "select .. union all select .., or a seed"
        yield Finding("VALUES as a table", "VALUES belongs to INSERT only", remedy, FROM)


def group_by_all(tree: exp.Expression) -> Iterator[Finding]:
    """GROUP BY ALL."""
    if any(node.args.get("all") for node in tree.find_all(exp.Group)):
        why = "the stand-in does not know it, and neither do older patches"
        yield Finding("GROUP BY ALL", why, "the names of the columns", "r_GROUP_BY_clause.html")


def derived_tables_have_names(tree: exp.Expression) -> Iterator[Finding]:
    """A sub-query in FROM needs an alias."""
    for node in tree.find_all(exp.Subquery):
        if isinstance(node.parent, exp.From | exp.Join) and not node.alias:
            why = "subquery in FROM must have an alias"
            yield Finding("(select ..) in FROM", why, "(select ..) as name, or a CTE", FROM)


def correlated_queries(tree: exp.Expression) -> Iterator[Finding]:
    """Correlated sub-queries may compare with = only, and have no LIMIT."""
    for select in tree.find_all(exp.Select):
        outer = _outer_columns(select)
        if not outer:
            continue
        if select.args.get("limit"):
            yield _correlated("with LIMIT", "this pattern is not supported yet")
        if any(_predicate(column) is not exp.EQ for column in outer):
            yield _correlated("without =", "it may refer to the outer query in = only")


def serverless_views(tree: exp.Expression) -> Iterator[Finding]:
    """System views that a Serverless workgroup does not have."""
    for table in tree.find_all(exp.Table):
        if table.name.lower().startswith(CLUSTER_VIEWS):
            why = "Redshift Serverless has no STL, STV, SVL and SVCS views"
            remedy = "the SYS_ view that replaces it"
            yield Finding(table.name.lower(), why, remedy, "serverless-monitoring.html")


def _outer_columns(select: exp.Select) -> list[exp.Column]:
    """The columns of a nested SELECT whose table stands in a query around it."""
    if not select.find_ancestor(exp.Select) or select.find_ancestor(exp.CTE, exp.From):
        return []
    sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
    own = {source.this.alias_or_name for source in sources if source}
    columns = [c for c in select.find_all(exp.Column) if c.find_ancestor(exp.Select) is select]
    return [c for c in columns if c.table and c.table not in own]


def _predicate(column: exp.Column) -> type[exp.Expression] | None:
    found = column.find_ancestor(exp.Predicate, exp.Select)
    return type(found) if found else None


def _correlated(how: str, why: str) -> Finding:
    return Finding(f"a correlated sub-query {how}", why, "a join with a grouped CTE", CORRELATED)


RULES = (
    absent_constructs,
    distinct_on,
    values_as_a_table,
    group_by_all,
    derived_tables_have_names,
    correlated_queries,
    serverless_views,
)
