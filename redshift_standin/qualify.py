"""QUALIFY, which Postgres does not have, as a sub-query that keeps the columns of the SELECT."""

from sqlglot import exp

KEEP = "rs_keep"


def without_qualify(tree: exp.Expression) -> exp.Expression:
    """The statement with every `select .. qualify ..` replaced by an equal one without it.

    The condition becomes a column of a sub-query. A star of it is kept as the whole row of its
    table, and taken apart again outside.
    """
    for select in list(tree.find_all(exp.Select)):
        if select.args.get("qualify"):
            replacement = _wrap(select)
            if select is tree:
                tree = replacement
            else:
                select.replace(replacement)
    return tree


def _wrap(select: exp.Select) -> exp.Select:
    condition = select.args["qualify"].this.copy()
    aliases = {e.alias: e.this for e in select.expressions if isinstance(e, exp.Alias)}
    for column in list(condition.find_all(exp.Column)):
        if not column.table and column.name in aliases:
            column.replace(exp.Paren(this=aliases[column.name].copy()))
    inner, outer = [], []
    for index, projection in enumerate(_spelled_out(select)):
        if projection.is_star:
            name = f"rs_row{index}"
            inner.append(exp.alias_(exp.column(projection.table), name))
            outer.append(exp.Dot(this=exp.Paren(this=exp.column(name)), expression=exp.Star()))
        else:
            inner.append(projection)
            outer.append(exp.column(projection.alias_or_name))
    body = select.copy()
    for part in ("qualify", "order", "limit", "with_"):
        body.set(part, None)
    body.set("expressions", [*inner, exp.alias_(condition, KEEP)])
    wrapped = exp.select(*outer).from_(body.subquery("rs_qualified")).where(KEEP)
    for part in ("order", "limit", "with_"):
        if select.args.get(part):
            wrapped.set(part, select.args[part])
    return wrapped


def _spelled_out(select: exp.Select) -> list[exp.Expression]:
    """The projections, with a bare star as one star per table."""
    sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
    stars = [
        exp.Column(this=exp.Star(), table=exp.to_identifier(s.this.alias_or_name))
        for s in sources
        if s
    ]
    return [
        part
        for projection in select.expressions
        for part in (stars if isinstance(projection, exp.Star) else [projection])
    ]
