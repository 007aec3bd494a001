"""The warehouse in production: a Redshift Serverless workgroup, loaded with COPY from a manifest.

The connection is the one of dbt's target `redshift` (dbt_project/profiles.yml), so both are set up
in one place. COPY reads the lake with the namespace's IAM role; no key ever stands in SQL.
"""

import io
import json
import os
from typing import Any

import pyarrow.parquet as pq
import redshift_connector
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from lake import layout
from lake.store import Store
from orchestration.tables import KEYS, TABLES, arrow_rows, create_statement
from orchestration.warehouse import File, LoadError
from orchestration.workspace import DBT_PROJECT

ROLE = "default"  # the role that is attached to the namespace
UNREACHABLE = (
    "cannot be reached",
    "Check REDSHIFT_HOST, REDSHIFT_PORT and that the workgroup is available and lets this network "
    "in, then run again. Nothing was loaded.",
)
REFUSED = (
    "refused the connection",
    "Check REDSHIFT_USER and REDSHIFT_PASSWORD (or REDSHIFT_METHOD=iam_role) and "
    "REDSHIFT_DATABASE, then run again. Nothing was loaded.",
)
NO_CREDENTIALS = (
    "cannot be entered by the role of this process",
    "Check REDSHIFT_HOST, that the workgroup exists and is available, and that the role may call "
    "redshift-serverless:GetCredentials, then run again. Nothing was loaded.",
)
UNDONE = "The transaction was undone, the warehouse holds what it held. Mend the cause, run again."


def open_redshift(store: Store, read_only: bool = False) -> "RedshiftWarehouse":
    """Connect to the workgroup that the REDSHIFT_ variables describe.

    Raises LoadError when it cannot be reached, refuses the credentials, or could not load the lake.
    """
    if not read_only and not store.url().startswith("s3://"):
        raise LoadError(
            f"Redshift's COPY reads S3, but the lake is {store.url()}: set "
            "FRANCHISE_LAKE=s3://bucket/prefix. Nothing was loaded."
        )
    from dbt.adapters.redshift.connections import RedshiftCredentials, get_connection_method
    from dbt_common.exceptions import DbtRuntimeError

    settings = RedshiftCredentials.translate_aliases(_profile())
    try:
        connection = get_connection_method(RedshiftCredentials.from_dict(settings))()
    except (BotoCoreError, ClientError) as error:
        what, remedy = NO_CREDENTIALS
        raise LoadError(f"Redshift {what}: {error}. {remedy}") from error
    except (redshift_connector.Error, DbtRuntimeError, OSError) as error:
        answered = bool(error.args) and isinstance(error.args[0], dict)
        what, remedy = REFUSED if answered else UNREACHABLE
        raise LoadError(f"Redshift {what}: {_message(error)}. {remedy}") from error
    connection.autocommit = True  # transactions are begun and ended by name
    return RedshiftWarehouse(connection, store)


class RedshiftWarehouse:
    """A `Warehouse` in a Redshift workgroup."""

    def __init__(self, connection: redshift_connector.Connection, store: Store) -> None:
        self.connection = connection
        self.store = store

    def execute(self, sql: str, parameters: list[Any] | None = None) -> redshift_connector.Cursor:
        cursor = self.connection.cursor()
        cursor.paramstyle = "qmark"
        try:
            return cursor.execute(sql, parameters or ())
        except (redshift_connector.Error, OSError) as error:
            raise LoadError(f"Redshift: {_message(error)} at `{sql[:80]}`. {UNDONE}") from error

    def create_tables(self) -> None:
        self.execute("create schema if not exists pos")
        for table, keys in KEYS.items():
            self.execute(create_statement(table, keys))

    def begin(self) -> None:
        self.execute("begin")
        self.execute("lock table pos._partitions")  # before any snapshot: a second load waits here

    def commit(self) -> None:
        self.execute("commit")

    def add_files(self, table: str, files: list[File]) -> int:
        stage = f"stage_{table.strip('_')}"
        self.execute(f"create temporary table {stage} (like pos.{table})")
        manifest = self._write_manifest(table, files)
        copy = f"copy {stage} from '{manifest}' iam_role {ROLE} format as parquet manifest"
        self.execute(copy)
        rows = self.execute(f"select count(*) from {stage}").fetchone()[0]
        columns = ", ".join(TABLES[table])
        self.execute(f"insert into pos.{table} ({columns}) select {columns} from {stage}")
        self.execute(f"drop table {stage}")
        return rows

    def add_rows(self, table: str, rows: list[dict[str, Any]]) -> None:
        sink = io.BytesIO()
        pq.write_table(arrow_rows(table, rows), sink)
        key = layout.load_rows(table)
        self.store.write(key, sink.getvalue())
        self.add_files(table, [{"key": key, "rows": len(rows), "bytes": sink.tell()}])

    def close(self) -> None:
        try:
            self.connection.close()
        except (redshift_connector.Error, OSError):
            return  # it is gone already, and its transaction with it

    def _write_manifest(self, table: str, files: list[File]) -> str:
        """Name exactly these files, each of them mandatory and of its known length."""
        entries = [
            {
                "url": self.store.url(file["key"]),
                "mandatory": True,
                "meta": {"content_length": file["bytes"]},
            }
            for file in files
        ]
        key = layout.copy_manifest(table)
        self.store.write(key, json.dumps({"entries": entries}).encode())
        return self.store.url(key)


def _profile() -> dict[str, Any]:
    """The settings of dbt's target `redshift`, with the environment filled in."""
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    set_invocation_context(dict(os.environ))
    text = (DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8")
    target = yaml.safe_load(text)["franchise"]["outputs"]["redshift"]
    settings = ProfileRenderer({}).render_data(target)
    settings.pop("type")
    return settings


def _message(error: Exception) -> str:
    """The driver puts the server's own words into a dictionary."""
    first = error.args[0] if error.args else error
    return str(first.get("M", first) if isinstance(first, dict) else first)
