"""One client's connection: its start-up, and then its messages, batch by batch.

Redshift's drivers end every batch with Sync and wait for the answer. So a session reads a batch,
does what its statements need, and hands Postgres the rest of it.
"""

import asyncio
import logging
import re
from dataclasses import dataclass, field

from redshift_standin import wire
from redshift_standin.backend import Answer, Backend
from redshift_standin.parquet import Column, Copy, CopyError, read_files, to_csv
from redshift_standin.policies import COLUMNS as MASKED
from redshift_standin.storage import Storage, StorageError
from redshift_standin.translate import Step, translate
from redshift_standin.unload import Unload, unload

log = logging.getLogger(__name__)

USER = re.compile(r"\s*create user (\w+) password '([^']*)'", re.IGNORECASE)
SERVER_VERSION = "8.0.2"
KEPT_PARAMETERS = ("user", "database", "application_name")
SESSION_SETTINGS = {
    "client_encoding": "UTF8",
    "search_path": "public, rs, pg_catalog",
    "options": "-c client_min_messages=warning",
}
COLUMNS = """select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = to_regclass('{}') and attnum > 0 and not attisdropped order by attnum"""


@dataclass
class Shared:
    """What all sessions share: where Postgres is, the users, the storage, and faults to inject.

    `masking` is true from the first statement that attaches a masking policy.
    """

    socket: str
    users: dict[str, str]
    storage: Storage
    faults: set[str] = field(default_factory=set)
    masking: bool = False


class DroppedError(Exception):
    """A fault that a test asked for: the connection is cut in the middle of COPY."""


class Session:
    """A client's connection and the Postgres connection behind it."""

    def __init__(
        self, shared: Shared, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.shared = shared
        self.reader, self.writer = reader, writer
        self.backend: Backend | None = None
        self.steps: dict[bytes, Step] = {}  # by the name of the prepared statement
        self.state = b"I"

    async def serve(self) -> None:
        """Serve the client until it hangs up."""
        try:
            if await self._start():
                while await self._batch():
                    pass
        except (asyncio.IncompleteReadError, ConnectionError, DroppedError):
            log.debug("a client hung up")
        finally:
            if self.backend:
                self.backend.close()
            self.writer.close()

    async def _start(self) -> bool:
        code, body = await wire.read_startup(self.reader)
        while code in (wire.SSL_REQUEST, wire.GSS_REQUEST):
            await self._answer(b"N")
            code, body = await wire.read_startup(self.reader)
        if code == wire.CANCEL_REQUEST:
            return False
        given = wire.parse_parameters(body)
        await self._answer(wire.encode(b"R", (3).to_bytes(4)))  # send your password as it is
        _, password = await wire.read_message(self.reader)
        user = given.get("user", "")
        if self.shared.users.get(user) != password.rstrip(b"\0").decode():
            message = f'password authentication failed for user "{user}"'
            await self._answer(wire.encode_error(message, "28000", "FATAL"))
            return False
        self.backend = await Backend.connect(self.shared.socket)
        kept = {name: given[name] for name in KEPT_PARAMETERS if name in given}
        await self.backend.send(wire.encode_startup(kept | SESSION_SETTINGS))
        for kind, body in await self._greeting():
            if kind == b"S" and body.startswith(b"server_version\0"):
                body = f"server_version\0{SERVER_VERSION}\0".encode()
            await self._answer(wire.encode(kind, body))
        return True

    async def _greeting(self) -> list[wire.Message]:
        messages = [await wire.read_message(self.backend.reader)]
        while messages[-1][0] not in b"ZE":
            messages.append(await wire.read_message(self.backend.reader))
        return messages

    async def _batch(self) -> bool:
        """Handle the messages up to the next Sync; False when the client said goodbye."""
        batch = [await wire.read_message(self.reader)]
        while batch[-1][0] not in b"SQX":
            batch.append(await wire.read_message(self.reader))
        if batch[-1][0] == b"X":
            return False
        forward, commits = b"", False
        for kind, body in batch:
            if kind == b"H":  # a Flush in the middle of a batch changes nothing here
                continue
            kind, body, step = await self._read(kind, body)
            if step:
                error = await self._before(step)
                if error:
                    await self._answer(wire.encode(b"E", error) + wire.encode(b"Z", self.state))
                    return True
                commits = commits or step.commits
            forward += wire.encode(kind, body)
        await self._forward(forward, commits)
        return True

    async def _read(self, kind: bytes, body: bytes) -> tuple[bytes, bytes, Step | None]:
        """A message with its SQL translated, and the step that is due before it is forwarded."""
        if kind == b"Q":
            step = await self._translate(body.rstrip(b"\0").decode())
            return kind, step.sql.encode() + b"\0", step
        if kind == b"P":
            name, sql, rest = wire.split_text(body, 2)
            step = self.steps[name] = await self._translate(sql.decode())
            changed = b"\0".join((name, step.sql.encode(), rest))
            return kind, changed, step if step.error else None
        if kind == b"B":
            _, name, _ = wire.split_text(body, 2)
            return kind, body, self.steps.get(name)
        return kind, body, None

    async def _translate(self, sql: str) -> Step:
        made = USER.match(sql)
        if made:
            self.shared.users[made[1]] = made[2]
        self.shared.masking = self.shared.masking or "attach masking" in sql.lower()
        if not self.shared.masking or self.state == b"E":
            return translate(sql)
        masked = await self._run(MASKED)
        return translate(sql, tuple(tuple(row) for row in masked.rows))

    async def _forward(self, messages: bytes, commits: bool) -> None:
        await self.backend.send(messages)
        answers = await self.backend.until_ready()
        if commits and answers[-1][1] == b"T":  # TRUNCATE commits the transaction it is in
            answers[-1] = (b"Z", (await self.backend.run("commit")).state)
        self.state = answers[-1][1]
        await self._answer(b"".join(wire.encode(*message) for message in answers))

    async def _before(self, step: Step) -> bytes | None:
        """Do what a step needs beside its SQL; the body of an ErrorResponse when that fails."""
        if step.error:
            return await self._refuse(*step.error)
        try:
            if step.copy:
                return await self._copy(step.copy)
            if step.unload:
                return await self._unload(step.unload)
        except (CopyError, StorageError) as error:
            return await self._refuse(str(error), "XX000")
        return None

    async def _copy(self, copy: Copy) -> bytes | None:
        found = await self._run(COLUMNS.format(copy.table.replace("'", "''")))
        if found.error:
            return found.error
        if not found.rows:
            raise CopyError(f"Cannot COPY into nonexistent table {copy.table}")
        columns = [Column(name, kind) for name, kind in found.rows]
        for url, data in read_files(copy, self.shared.storage):
            chunks = list(to_csv(url, data, columns))
            if "drop in COPY" in self.shared.faults:
                self.shared.faults.discard("drop in COPY")
                raise DroppedError
            answer = await self._run(f"copy {copy.table} from stdin (format csv)", chunks)
            if answer.error:
                return answer.error
        return None

    async def _unload(self, statement: Unload) -> bytes | None:
        step = translate(statement.query)
        if step.error:
            return await self._refuse(*step.error)
        error = await unload(statement, step.sql, self.backend, self.shared.storage)
        if error:
            self.state = b"E" if self.state == b"T" else self.state
        return error

    async def _run(self, sql: str, data: list[bytes] | None = None) -> Answer:
        answer = await self.backend.run(sql, data or [])
        self.state = answer.state
        return answer

    async def _refuse(self, message: str, code: str) -> bytes:
        """Fail inside Postgres, so that an open transaction fails as well."""
        text = message.replace("'", "''")
        return (await self._run(f"select rs.refuse(E'{_escaped(text)}', '{code}')")).error

    async def _answer(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\0", "")
