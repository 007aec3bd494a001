"""Parsing Redshift SQL so that every call keeps the name that the model gave it."""

import logging
import re
import threading
from typing import ClassVar
from unittest import mock

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from redshift_standin.vocabulary import NO_TYPE_WORDS

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of every SHOW and VACUUM

POLICY = re.compile(r"\s*(attach|detach)\s+(.*)", re.IGNORECASE | re.DOTALL)
_PARSER = Redshift.Parser  # may be a compiled class: nothing can inherit from it
_KNOWN = {  # what the parser knows of functions while it reads Redshift's SQL here
    "FUNCTIONS": (),
    "FUNCTION_PARSERS": ("CAST", "CONVERT", "EXTRACT", "POSITION", "TRIM", "TRY_CAST"),
    "NO_PAREN_FUNCTION_PARSERS": ("ANY", "CASE"),
}
_TABLES = {
    table: {name: known for name, known in getattr(_PARSER, table).items() if name in kept}
    for table, kept in _KNOWN.items()
}
_ONE_AT_A_TIME = threading.Lock()


class RedshiftSyntaxError(Exception):
    """The statement is not valid in Redshift's grammar, as far as the parser knows it."""


class Words(Redshift):
    """Redshift's words, with the driver's parameters and without types that it does not have."""

    class Tokenizer(Redshift.Tokenizer):
        HEREDOC_STRINGS: ClassVar = []  # `$1, $2` are the driver's parameters, no quoted text
        SINGLE_TOKENS: ClassVar = {**Redshift.Tokenizer.SINGLE_TOKENS, "$": TokenType.PARAMETER}
        KEYWORDS: ClassVar = {
            word: kind
            for word, kind in Redshift.Tokenizer.KEYWORDS.items()
            if word not in NO_TYPE_WORDS
        }


def parse(sql: str) -> list[exp.Expression]:
    """The statements of a text. Raises RedshiftSyntaxError with the place of the first error."""
    policy = POLICY.match(sql)
    if policy:
        return [exp.Command(this=policy[1].upper(), expression=exp.Literal.string(policy[2]))]
    try:
        with _ONE_AT_A_TIME, mock.patch.multiple(_PARSER, **_TABLES):
            return [tree for tree in Words().parse(sql) if tree is not None]
    except SqlglotError as error:
        first = error.errors[0] if getattr(error, "errors", None) else {}
        near = " ".join(str(first.get(k, "")) for k in ("start_context", "highlight")).strip()[-60:]
        what = first.get("description") or str(error)
        raise RedshiftSyntaxError(f"{what} near `{near}`") from error


def call_name(node: exp.Expression) -> str | None:
    """The lower-case name of a function call; None for anything else."""
    if isinstance(node, exp.Anonymous):
        return str(node.this if isinstance(node.this, str) else node.this.name).lower()
    named = {
        exp.CurrentTimestamp: "current_timestamp",
        exp.CurrentTime: "current_time",
        exp.CurrentSchema: "current_schema",
        exp.Localtime: "localtime",
        exp.Localtimestamp: "localtimestamp",
        exp.StrPosition: "position",
    }
    return named.get(type(node))


def calls(tree: exp.Expression, *names: str) -> list[exp.Expression]:
    """Every call in a tree, or only those with one of the names."""
    found = [(node, call_name(node)) for node in tree.walk()]
    return [node for node, name in found if name and (not names or name in names)]


def reads_tables(select: exp.Expression) -> bool:
    """Whether a SELECT, or one inside it, reads a table that is not of the catalog."""
    return any(isinstance(t.this, exp.Identifier) for t in select.find_all(exp.Table))
