"""The two warehouses that a run may fill: `local`, a DuckDB file, and `redshift`.

They are the targets of dbt_project/profiles.yml, by the same names.
"""

from orchestration.duckdb_warehouse import DuckDBWarehouse, connect
from orchestration.settings import SettingsError
from orchestration.warehouse import Warehouse
from orchestration.workspace import Workspace

LOCAL, REDSHIFT = "local", "redshift"
TARGETS = (LOCAL, REDSHIFT)


def check_target(target: str) -> None:
    """Raise SettingsError unless there is such a warehouse."""
    if target not in TARGETS:
        raise SettingsError(f"--target {target}: choose one of {', '.join(TARGETS)}")


def open_warehouse(workspace: Workspace, target: str, read_only: bool = False) -> Warehouse:
    """A connection to the workspace's warehouse; close it.

    Raises LoadError when it is busy, cannot be reached or refuses the credentials.
    """
    if target == REDSHIFT:
        from orchestration.redshift_warehouse import open_redshift

        return open_redshift(workspace.store, read_only)
    return DuckDBWarehouse(connect(workspace.warehouse, read_only), workspace.store)
