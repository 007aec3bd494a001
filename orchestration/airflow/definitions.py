"""What the marts of a DAG run are built from: found after load, remembered when all has agreed.

The command line keeps the same record (`orchestration.basis`), so the two may take turns on one
warehouse.
"""

from contextlib import closing
from dataclasses import asdict

from orchestration import basis
from orchestration.load import connect
from orchestration.pipeline import Facts, Run


def before_build(run: Run) -> Facts:
    """The basis of the build to come, and whether it is `full`: from nothing.

    The marts are in doubt from here on: should the run end before `after_build`, the next is full.
    """
    with closing(connect(run.workspace.warehouse)) as connection:
        basis.check_as_of(connection, run.settings.get("as_of_date", ""))
        before, now = basis.recall(connection), basis.find_basis(connection, run.settings)
        basis.forget(connection)
    full = run.full or before is None or before.definitions != now.definitions
    return {"full": full, "basis": asdict(now)}


def after_build(run: Run, found: dict[str, str]) -> None:
    """Say that the marts stand, built from the basis that `before_build` found."""
    with closing(connect(run.workspace.warehouse)) as connection:
        basis.forget(connection)
        basis.remember(connection, basis.Basis(**found))
