"""Rules about statements: DDL and MERGE that Redshift refuses."""

from collections.abc import Iterator

from sqlglot import exp

from redshift_standin.findings import ALTER_TABLE, CREATE_TABLE, FEATURES, MERGE, Finding
from redshift_standin.vocabulary import COMMANDS, words

KINDS = words("DATABASE FUNCTION PROCEDURE SCHEMA TABLE VIEW")
OBJECTS = words("DATASHARE EXTERNAL GROUP IDENTITY MASKING MATERIALIZED MODEL RLS ROLE USER")
TABLE_PARTS: dict[type[exp.Expression], tuple[str, str]] = {
    exp.CheckColumnConstraint: ("CHECK", "a dbt test"),
    exp.ComputedColumnConstraint: ("a generated column", "the expression in the SELECT"),
    exp.GeneratedAsRowColumnConstraint: ("a generated column", "the expression in the SELECT"),
    exp.InheritsProperty: ("INHERITS", "one table"),
    exp.PartitionedByProperty: ("PARTITION BY", "a sort key"),
    exp.UnloggedProperty: ("UNLOGGED", "a temporary table"),
}


def creations(tree: exp.Expression) -> Iterator[Finding]:
    """CREATE of something that Redshift does not have, or of a table with such a part."""
    if not isinstance(tree, exp.Create):
        return
    if tree.kind not in KINDS:
        yield Finding(f"CREATE {tree.kind}", "no such object", "sort and dist keys", FEATURES)
    for kind, (construct, remedy) in TABLE_PARTS.items():
        if tree.find(kind):
            yield Finding(construct, "Redshift does not have it", remedy, CREATE_TABLE)


def alterations(tree: exp.Expression) -> Iterator[Finding]:
    """ALTER TABLE does one thing at a time, and changes types of varchar columns only."""
    if not isinstance(tree, exp.Alter):
        return
    actions = tree.args.get("actions") or []
    if len(actions) > 1:
        remedy = "one ALTER TABLE per action"
        yield Finding("ALTER TABLE with two actions", "it takes one", remedy, ALTER_TABLE)
    for action in actions:
        kind = action.args.get("dtype") if isinstance(action, exp.AlterColumn) else None
        if kind is not None and kind.this.name != "VARCHAR":
            remedy = "a new column, UPDATE, DROP, RENAME"
            why = "only the length of a varchar column can be altered"
            yield Finding("ALTER COLUMN TYPE", why, remedy, ALTER_TABLE)


def merges(tree: exp.Expression) -> Iterator[Finding]:
    """MERGE: one matched and one not-matched branch, plain tables, no alias on the target."""
    if not isinstance(tree, exp.Merge):
        return
    whens = tree.args["whens"].expressions
    if tree.this.alias:
        yield _merge("MERGE with an alias on its target", "the table's own name")
    if any(when.args.get("condition") for when in whens):
        yield _merge("WHEN MATCHED AND ..", "the condition into the source table")
    if sorted(bool(when.args["matched"]) for when in whens) != [False, True]:
        yield _merge("other WHEN branches", "one WHEN MATCHED and one WHEN NOT MATCHED")
    if not isinstance(tree.args["using"], exp.Table):
        yield _merge("MERGE USING (select ..)", "a temporary table as the source")


VERBS = words("ALTER ATTACH CREATE DETACH DROP")
TARGETS = OBJECTS | KINDS | {"DEFAULT"}


def unknown_commands(tree: exp.Expression) -> Iterator[Finding]:
    """Statements that Redshift does not have."""
    if not isinstance(tree, exp.Command):
        return
    word = str(tree.this).upper()
    rest = getattr(tree.expression, "name", None) or str(tree.expression or "")
    target = next(iter(rest.upper().replace("OR REPLACE", "").split()), "")
    if word in COMMANDS or (word in VERBS and target in TARGETS):
        return
    yield Finding(f"{word} {target}".strip(), "no such statement", "dbt configuration", FEATURES)


def _merge(construct: str, remedy: str) -> Finding:
    return Finding(construct, "Redshift's MERGE does not allow it", remedy, MERGE)


RULES = (creations, alterations, merges, unknown_commands)
