"""The stand-in's own statements on a session's Postgres connection, between the client's."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from redshift_standin import wire


@dataclass
class Answer:
    """What Postgres answered: an ErrorResponse or rows, and the transaction's state after it."""

    error: bytes | None = None
    columns: list[tuple[str, int, int]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    copied: bytes = b""
    state: bytes = b"I"  # I idle, T in a transaction, E in a failed one


class Backend:
    """One connection to Postgres."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, socket: str) -> "Backend":
        """Open the connection; the start-up message is the caller's."""
        return cls(*await asyncio.open_unix_connection(socket))

    async def send(self, data: bytes) -> None:
        """Send messages."""
        self.writer.write(data)
        await self.writer.drain()

    async def until_ready(self) -> list[wire.Message]:
        """Every message up to ReadyForQuery."""
        messages = [await wire.read_message(self.reader)]
        while messages[-1][0] != b"Z":
            messages.append(await wire.read_message(self.reader))
        return messages

    async def run(self, sql: str, data: Iterable[bytes] = ()) -> Answer:
        """Run one statement; `data` is what a COPY FROM STDIN reads."""
        await self.send(wire.encode(b"Q", sql.encode() + b"\0"))
        answer, copied = Answer(), []
        while True:
            kind, body = await wire.read_message(self.reader)
            if kind == b"Z":
                answer.state, answer.copied = body, b"".join(copied)
                return answer
            if kind == b"E":
                answer.error = answer.error or body
            elif kind == b"T":
                answer.columns = wire.parse_description(body)
            elif kind == b"D":
                answer.rows.append(wire.parse_row(body))
            elif kind == b"d":
                copied.append(body)
            elif kind == b"G":
                await self._copy_in(data)

    async def _copy_in(self, data: Iterable[bytes]) -> None:
        for chunk in data:
            await self.send(wire.encode(b"d", chunk))
        await self.send(wire.encode(b"c"))

    def close(self) -> None:
        """Hang up; Postgres rolls back what is open."""
        self.writer.close()
