"""A real workgroup in the stand-in's place, for the same tests. NOT RUN YET by anybody.

`tests/redshift/real_workgroup.sh` starts it: it needs the REDSHIFT_ variables of profiles.yml and
REDSHIFT_TEST_LAKE=s3://bucket/prefix, which the namespace's default role can read.
"""

import os
from pathlib import Path
from unittest import mock

from lake.folder import FolderStore
from lake.store import open_store
from orchestration.redshift_warehouse import open_redshift

OWN = "select nspname from pg_namespace where nspname in ({})"
SCHEMAS = "'pos', 'staging', 'intermediate', 'marts', 'seeds', 'snapshots', 'main', 'monitoring'"


class UploadedFolder(FolderStore):
    """A lake in a local folder whose files are put into the bucket when COPY is told of them."""

    def __init__(self, uri: str, root: Path) -> None:
        super().__init__(root)
        self.remote = open_store(uri)

    def url(self, key: str = "") -> str:
        if key and self.exists(key):
            self.remote.write(key, self.root / key)
        return self.remote.url(key)


class Workgroup:
    """What `StandIn` gives to tests, from the workgroup that the REDSHIFT_ variables describe."""

    def __init__(self, lake: str) -> None:
        self.lake = lake.rstrip("/")
        self.variables = {k: v for k, v in os.environ.items() if k.startswith("REDSHIFT_")}
        self.databases: list[str] = []

    def new_database(self, name: str) -> dict[str, str]:
        """Make an empty database, which `stop` drops."""
        self._run(self.variables["REDSHIFT_DATABASE"], f"create database franchise_{name}")
        self.databases.append(f"franchise_{name}")
        return self.variables | {"REDSHIFT_DATABASE": f"franchise_{name}"}

    def empty(self, name: str) -> None:
        """Drop the schemas that the pipeline makes, and every table of `public`."""
        database = f"franchise_{name}"
        for (schema,) in self._run(database, OWN.format(SCHEMAS)):
            self._run(database, f"drop schema {schema} cascade")
        tables = "select tablename from pg_tables where schemaname = 'public'"
        for (table,) in self._run(database, tables):
            self._run(database, f"drop table public.{table} cascade")

    def open_bucket(self, name: str, folder: Path) -> UploadedFolder:
        """The lake in a local folder, as COPY sees it."""
        return UploadedFolder(f"{self.lake}/{name}", folder)

    def stop(self) -> None:
        """Drop the databases that were made."""
        for database in self.databases:
            self._run(self.variables["REDSHIFT_DATABASE"], f"drop database {database}")

    def _run(self, database: str, sql: str) -> list[tuple]:
        with mock.patch.dict(os.environ, self.variables | {"REDSHIFT_DATABASE": database}):
            opened = open_redshift(open_store(self.lake))
        cursor = opened.execute(sql)
        rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        opened.close()
        return rows
