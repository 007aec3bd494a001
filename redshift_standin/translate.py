"""One statement of a client: what the stand-in does with it."""

import functools
import re
from dataclasses import dataclass

from sqlglot import exp

from redshift_standin.lint import lint_tree, reads_catalog
from redshift_standin.parquet import Copy, CopyError, read_copy
from redshift_standin.parse import RedshiftSyntaxError, parse
from redshift_standin.policies import Columns, mask, policy_statement
from redshift_standin.rewrite import NotEmulatedError, rewrite
from redshift_standin.unload import Unload, read_unload

NOTHING = "set rs.nothing to ''"
SHOWN = {
    "tables": ("rs.show_tables", "schema_name"),
    "columns": ("rs.svv_redshift_columns", "table_name"),
    "schemas": ("rs.show_schemas", "schema_name"),
    "grants": ("rs.svv_relation_privileges", "relation_name"),
}
COMMENTS = re.compile(r"^\s*(/\*.*?\*/\s*)+", re.DOTALL)  # dbt begins every statement with one
SYNTAX_ERROR, NOT_SUPPORTED = "42601", "0A000"


@dataclass(frozen=True)
class Step:
    """What to run: SQL for Postgres; before it a COPY or UNLOAD, or an error; after it a commit."""

    sql: str = NOTHING
    copy: Copy | None = None
    unload: Unload | None = None
    error: tuple[str, str] | None = None  # message and code
    commits: bool = False


@functools.lru_cache(maxsize=4096)
def translate(sql: str, masked: Columns = ()) -> Step:
    """The step for one statement's text, of a user who sees `masked` instead of some tables."""
    sql = COMMENTS.sub("", sql)
    unload, policy = read_unload(sql), policy_statement(sql)
    if unload or policy:
        return Step(unload=unload, sql=policy or NOTHING)
    try:
        trees = parse(sql)
    except RedshiftSyntaxError as error:
        return Step(error=(f"syntax error: {error}", SYNTAX_ERROR))
    if not trees:
        return Step(sql=sql)
    if len(trees) > 1:
        return Step(error=("cannot run several statements at once", SYNTAX_ERROR))
    findings = [f"{f.construct}: {f.why}" for f in lint_tree(trees[0])]
    if findings:
        return Step(error=("; ".join(findings), NOT_SUPPORTED))
    try:
        return _step(mask(trees[0], masked) if masked else trees[0], sql)
    except (CopyError, NotEmulatedError) as error:
        return Step(error=(str(error), NOT_SUPPORTED))


def _step(tree: exp.Expression, sql: str) -> Step:
    if reads_catalog(tree):
        return Step(sql=re.sub(r"\bpg_catalog\.(svv_)", r"rs.\1", sql))
    if isinstance(tree, exp.Copy):
        return Step(copy=read_copy(tree))
    word = str(tree.this).upper() if isinstance(tree, exp.Command) else ""
    if isinstance(tree, exp.Grant | exp.Revoke) or word in ("GRANT", "REVOKE"):
        if re.match(r"\s*(grant|revoke)\s+role\s+sys:", sql, re.IGNORECASE):
            return Step()  # Redshift's own roles: the stand-in's superusers may do everything
        return Step(sql=re.sub(r"\b(role|group)\s+", "", sql, flags=re.IGNORECASE))
    if word:
        return Step(sql=_command(word, sql))
    if isinstance(tree, exp.Create) and tree.kind == "DATABASE":
        return Step(sql=f"{rewrite(tree)} template rs_template")
    return Step(sql=rewrite(tree), commits=isinstance(tree, exp.TruncateTable))


def _command(word: str, sql: str) -> str:
    if word in ("VACUUM", "ANALYZE"):
        return NOTHING
    if word == "SHOW":
        return _show(sql)
    if re.match(r"\s*(create|alter|drop)\s+(user|role|group|default)\b", sql, re.IGNORECASE):
        return re.sub(r"\bto\s+(role|group)\s+", "to ", sql, flags=re.IGNORECASE)
    if word == "LOCK":
        return re.sub(r"^\s*lock\s+(?!table)", "lock table ", sql, flags=re.IGNORECASE)
    raise NotEmulatedError(f"{' '.join(sql.split()[:3])}: not emulated by the stand-in")


def _show(sql: str) -> str:
    found = re.match(
        r"\s*show\s+(tables|columns|schemas|grants)\s+(?:from|on)\s+(.*)", sql, re.I | re.S
    )
    if not found:
        return sql
    view, column = SHOWN[found[1].lower()]
    target, _, like = re.sub(r"^\w+\s+", "", found[2].strip()).partition(" LIKE ")
    names = [name.strip('"').lower() for name in target.strip().rstrip(";").split(".")]
    where = [f"database_name = '{names[0]}'"] if found[1].lower() != "grants" else []
    if found[1].lower() != "schemas":
        where.append(f"{column} = '{names[-1]}'")
    if len(names) == 3:
        schema = "namespace_name" if view.endswith("privileges") else "schema_name"
        where.append(f"{schema} = '{names[1]}'")
    if like:
        where.append(f"{column} like {like.strip().rstrip(';')}")
    return f"select * from {view} where {' and '.join(where)}"
