"""From Redshift's SQL to Postgres', by the syntax tree; functions keep their names.

What a function does is written in semantics.sql, in schema `rs`, which stands before pg_catalog in
the search path. Only what Postgres' grammar cannot express is changed here.
"""

from collections.abc import Callable

from sqlglot import exp

from redshift_standin.parse import call_name, calls
from redshift_standin.qualify import without_qualify
from redshift_standin.rules.functions import PART_CALLS

ABSENT: dict[type[exp.Expression], str] = {
    exp.Bracket: "navigation into SUPER",
    exp.IgnoreNulls: "IGNORE NULLS",
    exp.Pivot: "PIVOT and UNPIVOT",
}
NO_EFFECT = (
    exp.DistKeyProperty,
    exp.DistStyleProperty,
    exp.SortKeyProperty,
    exp.BackupProperty,
    exp.PrimaryKey,
    exp.ForeignKey,
    exp.EncodeColumnConstraint,
    exp.UniqueColumnConstraint,
    exp.PrimaryKeyColumnConstraint,
    exp.Reference,
)


class NotEmulatedError(Exception):
    """Redshift knows this, the stand-in does not; the README lists such things."""


def rewrite(tree: exp.Expression) -> str:
    """The statement in Postgres' SQL. Raises NotEmulatedError."""
    _refuse_absent(tree)
    keys = _keys(tree)
    tree = without_qualify(tree.copy())
    for step in STEPS:
        tree = step(tree)
    return keys + tree.sql(dialect="postgres")


def _refuse_absent(tree: exp.Expression) -> None:
    for node in tree.walk():
        if type(node) in ABSENT:
            raise NotEmulatedError(f"{ABSENT[type(node)]} is not emulated by the stand-in")
        if isinstance(node, exp.Column) and node.args.get("join_mark"):
            raise NotEmulatedError("(+) joins are not emulated by the stand-in")
        if isinstance(node, exp.Select) and node.args.get("exclude"):
            raise NotEmulatedError("EXCLUDE is not emulated by the stand-in")


def _keys(tree: exp.Expression) -> str:
    """Dist and sort key as a comment, which an event trigger of semantics.sql writes down."""
    dist = tree.find(exp.DistKeyProperty)
    sort = tree.find(exp.SortKeyProperty)
    style = tree.find(exp.DistStyleProperty)
    if not (dist or sort or style) or not isinstance(tree, exp.Create):
        return ""
    named = f"KEY({dist.name.lower()})" if dist else style.name.upper() if style else "AUTO"
    first = sort.this[0].name.lower() if sort else ""
    count = len(sort.this) if sort else 0
    return f"/* keys: {named} {first or '-'} {count} */ "


def fold_names(tree: exp.Expression) -> exp.Expression:
    """Redshift folds every identifier to lower case, quoted or not."""
    for node in tree.find_all(exp.Identifier):
        node.set("this", node.this.lower())
    return tree


def drop_what_has_no_effect(tree: exp.Expression) -> exp.Expression:
    """Keys, encodings and informational constraints."""
    for node in list(tree.find_all(*NO_EFFECT)):
        outer = node.parent if isinstance(node.parent, exp.ColumnConstraint) else node
        outer.pop()
    for node in tree.find_all(exp.Create):
        node.set("no_schema_binding", None)
        properties = node.args.get("properties")
        if properties is not None and not properties.expressions:
            node.set("properties", None)
    return tree


def map_types(tree: exp.Expression) -> exp.Expression:
    """text and varchar are varchar(256), float has eight bytes, SUPER is jsonb here."""
    names = {
        "FLOAT": "DOUBLE",
        "NCHAR": "CHAR",
        "NVARCHAR": "VARCHAR",
        "SUPER": "JSONB",
        "TEXT": "VARCHAR",
    }
    for node in tree.find_all(exp.DataType):
        name = node.this.name
        node.set("this", exp.DType[names.get(name, name)])
        if node.this.name == "VARCHAR" and not node.expressions:
            length = exp.DataTypeParam(this=exp.Literal.number(256))
            node.set("expressions", [length])
    return tree


def limit_bytes(tree: exp.Expression) -> exp.Expression:
    """varchar(n) of a table counts bytes: a check constraint says so."""
    for column in tree.find_all(exp.ColumnDef):
        kind = column.args.get("kind")
        if not isinstance(kind, exp.DataType) or kind.this.name != "VARCHAR":
            continue
        size = exp.Anonymous(this="octet_length", expressions=[exp.column(column.this.copy())])
        check = exp.CheckColumnConstraint(
            this=exp.LTE(this=size, expression=kind.expressions[0].this)
        )
        if isinstance(tree, exp.Create):
            column.append("constraints", exp.ColumnConstraint(kind=check))
    return tree


def quote_date_parts(tree: exp.Expression) -> exp.Expression:
    """dateadd(month, ..) names its part without quotes."""
    for node in calls(tree, *PART_CALLS):
        if node.expressions and isinstance(node.expressions[0], exp.Column):
            part = exp.Literal.string(node.expressions[0].name.lower())
            node.set("expressions", [part, *node.expressions[1:]])
    return tree


def rename_calls(tree: exp.Expression) -> exp.Expression:
    """Calls that Postgres writes with its grammar, or under a name that is a keyword there."""
    for node in list(tree.walk()):
        change = RENAMED.get(call_name(node) or "")
        if change and isinstance(node, exp.Anonymous):
            node.replace(change(node))
    return tree


def plain_merge_inserts(tree: exp.Expression) -> exp.Expression:
    """`insert values (..)` of a MERGE, which the parser takes for a call."""
    for node in calls(tree, "values"):
        insert = node.find_ancestor(exp.Insert)
        insert.set("this", None)
        insert.set("expression", exp.Tuple(expressions=node.expressions))
    return tree


def order_lists(tree: exp.Expression) -> exp.Expression:
    """listagg(..) within group (order by ..) is string_agg(.. order by ..)."""
    for group in list(tree.find_all(exp.WithinGroup)):
        if call_name(group.this) == "string_agg":
            if isinstance(group.parent, exp.Window):
                raise NotEmulatedError("LISTAGG as a window function is not emulated")
            arguments = group.this.expressions
            if isinstance(arguments[0], exp.Distinct):  # then Postgres orders by the value itself
                group.expression.expressions[0].set("this", arguments[0].expressions[0].copy())
            ordered = exp.Order(this=arguments[-1], expressions=group.expression.expressions)
            group.this.set("expressions", [*arguments[:-1], ordered])
            group.replace(group.this)
    return tree


def try_casts(tree: exp.Expression) -> exp.Expression:
    """try_cast(a as int) is rs.try_cast(text, null::int)."""
    for node in list(tree.find_all(exp.TryCast)):
        wanted = exp.Cast(this=exp.Null(), to=node.to)
        text = exp.Cast(this=node.this, to=exp.DataType(this=exp.DType.TEXT))
        node.replace(exp.Anonymous(this="try_cast", expressions=[text, wanted]))
    return tree


def _listagg(node: exp.Anonymous) -> exp.Expression:
    value, *rest = node.expressions
    text = exp.DataType(this=exp.DType.TEXT)
    if isinstance(value, exp.Distinct):  # it holds the separator as well
        first, *rest = value.expressions
        value.set("expressions", [exp.Cast(this=first, to=text)])
    else:
        value = exp.Cast(this=value, to=text)
    return exp.Anonymous(
        this="string_agg", expressions=[value, *(rest or [exp.Literal.string("")])]
    )


def _median(node: exp.Anonymous) -> exp.Expression:
    if isinstance(node.parent, exp.Window):
        raise NotEmulatedError("MEDIAN as a window function is not emulated")
    order = exp.Order(expressions=[exp.Ordered(this=node.expressions[0])])
    half = exp.Anonymous(this="percentile_cont", expressions=[exp.Literal.number("0.5")])
    return exp.WithinGroup(this=half, expression=order)


def _decode(node: exp.Anonymous) -> exp.Expression:
    value, *rest = node.expressions
    case = exp.Case()
    for search, result in zip(rest[::2], rest[1::2], strict=False):
        case = case.when(exp.NullSafeEQ(this=value.copy(), expression=search), result)
    return case.else_(rest[-1]) if len(rest) % 2 else case


def _nvl2(node: exp.Anonymous) -> exp.Expression:
    value, present, absent = node.expressions
    known = exp.Not(this=exp.Is(this=value, expression=exp.Null()))
    return exp.Case().when(known, present).else_(absent)


def _ratio_to_report(node: exp.Anonymous) -> exp.Expression:
    raise NotEmulatedError("RATIO_TO_REPORT is not emulated")


def _named(name: str) -> Callable[[exp.Anonymous], exp.Expression]:
    return lambda node: exp.Anonymous(this=name, expressions=node.expressions)


RENAMED: dict[str, Callable[[exp.Anonymous], exp.Expression]] = {
    "date_add": _named("dateadd"),
    "date_diff": _named("datediff"),
    "decode": _decode,
    "len": _named("length"),
    "textlen": _named("length"),
    "listagg": _listagg,
    "median": _median,
    "nvl": _named("coalesce"),
    "nvl2": _nvl2,
    "ratio_to_report": _ratio_to_report,
    "replicate": _named("repeat"),
}

STEPS = (
    fold_names,
    try_casts,
    map_types,
    limit_bytes,
    drop_what_has_no_effect,
    quote_date_parts,
    rename_calls,
    plain_merge_inserts,
    order_lists,
)
