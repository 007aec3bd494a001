"""The stand-in as a whole: a private Postgres, and the proxy before it on 127.0.0.1."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any

from redshift_standin import wire
from redshift_standin.backend import Answer, Backend
from redshift_standin.postgres import OWNER, Postgres
from redshift_standin.session import Session, Shared
from redshift_standin.storage import BucketFolder, Storage

HOST = "127.0.0.1"
TEMPLATE = "rs_template"
SEMANTICS = tuple(Path(__file__).with_name(f"{name}.sql") for name in ("semantics", "policies"))


class StandIn:
    """A strict stand-in for a Redshift workgroup; use it as a context manager.

    `buckets` maps names of S3 buckets to local folders; `s3` is a boto3 client for the others.
    `users` maps names to passwords; all of them are superusers, as Redshift's admin user is. A
    session connects to one of the databases that `new_database` made.
    """

    def __init__(
        self,
        buckets: dict[str, Path] | None = None,
        s3: Any = None,
        users: dict[str, str] | None = None,
    ) -> None:
        self.users = users or {"admin": "secret"}
        self.postgres = Postgres()
        self.shared = Shared(str(self.postgres.socket), self.users, Storage(buckets, s3))
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "StandIn":
        self.postgres.__enter__()
        self._thread.start()
        try:
            self._do(self._prepare())
            self.port = self._do(self._listen())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop listening, stop Postgres, and remove its folder."""
        if self._thread.is_alive():
            self._do(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()
        self.postgres.stop()

    def new_database(self, name: str) -> dict[str, str]:
        """Make an empty database; the variables that profiles.yml and the load reach it with."""
        self._do(self._run("postgres", f'create database "{name}" template {TEMPLATE}'))
        user, password = next(iter(self.users.items()))
        return {
            "REDSHIFT_HOST": HOST,
            "REDSHIFT_PORT": str(self.port),
            "REDSHIFT_DATABASE": name,
            "REDSHIFT_USER": user,
            "REDSHIFT_PASSWORD": password,
            "REDSHIFT_SSLMODE": "disable",
            "REDSHIFT_POLICIES": "off",
        }

    def empty(self, name: str) -> None:
        """Drop everything that was made in a database: faster than a new one."""
        self._do(self._run(name, "call rs.empty()"))

    def open_bucket(self, name: str, folder: Path) -> BucketFolder:
        """Let COPY and UNLOAD find a local folder as an S3 bucket; the folder as a lake."""
        self.shared.storage.folders[name] = folder
        return BucketFolder(name, folder)

    def inject(self, fault: str) -> None:
        """Let the next chance for a fault be taken; `drop in COPY` is the one there is."""
        self.shared.faults.add(fault)

    def _do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    async def _prepare(self) -> None:
        await self._run("postgres", f"create database {TEMPLATE}")
        roles = [f'create role "{user}" superuser login;' for user in self.users]
        await self._run(TEMPLATE, "".join([*(path.read_text() for path in SEMANTICS), *roles]))

    async def _run(self, database: str, sql: str) -> Answer:
        backend = await Backend.connect(str(self.postgres.socket))
        await backend.send(wire.encode_startup({"user": OWNER, "database": database}))
        await backend.until_ready()
        answer = await backend.run(sql)
        backend.close()
        if answer.error:
            raise RuntimeError(f"the stand-in cannot be prepared: {answer.error.decode()}")
        return answer

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        return self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # the stand-in stops
            await Session(self.shared, reader, writer).serve()

    async def _close(self) -> None:
        if hasattr(self, "_server"):
            self._server.close()
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
