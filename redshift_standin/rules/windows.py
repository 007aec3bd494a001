"""Rules about window functions: frames that Redshift demands, forbids or does not have."""

from collections.abc import Iterator

from sqlglot import exp

from redshift_standin.findings import WINDOWS, Finding
from redshift_standin.parse import call_name
from redshift_standin.vocabulary import NEED_FRAME, RANKING

FRAME = "rows between unbounded preceding and current row, and a unique ORDER BY"


def frames(tree: exp.Expression) -> Iterator[Finding]:
    """An ordered aggregate needs a ROWS frame; a ranking function may have none."""
    for window in tree.find_all(exp.Window):
        name, spec = _function(window), window.args.get("spec")
        if spec and str(spec.args.get("kind", "")).upper() in ("RANGE", "GROUPS"):
            kind = spec.args["kind"].upper()
            yield _finding(f"{name}() over (.. {kind} ..)", f"{kind} frames do not exist", FRAME)
        elif window.args.get("order") and not spec and name in NEED_FRAME:
            why = "aggregate window functions with an ORDER BY clause require a frame clause"
            yield _finding(f"{name}() over (order by ..)", why, FRAME)
        elif spec and name in RANKING:
            yield _finding(
                f"{name}() with a frame", "ranking functions take none", "it without ROWS"
            )


def distinct_in_a_window(tree: exp.Expression) -> Iterator[Finding]:
    """count(distinct x) over (..)."""
    for window in tree.find_all(exp.Window):
        if window.this.find(exp.Distinct):
            name = f"{_function(window)}(distinct ..) over (..)"
            remedy = "dense_rank() and its max(), or a grouped CTE"
            yield _finding(name, "DISTINCT is not allowed in a window function", remedy)


def named_windows(tree: exp.Expression) -> Iterator[Finding]:
    """WINDOW w AS (..)."""
    for select in tree.find_all(exp.Select):
        if select.args.get("windows"):
            yield _finding("WINDOW clause", "windows have no names", "each OVER (..) in full")


def _function(window: exp.Window) -> str:
    node = window.this
    while isinstance(node, exp.IgnoreNulls | exp.RespectNulls | exp.Filter | exp.WithinGroup):
        node = node.this
    return call_name(node) or node.key


def _finding(construct: str, why: str, remedy: str) -> Finding:
    return Finding(construct, why, remedy, WINDOWS)


RULES = (frames, distinct_in_a_window, named_windows)
