"""The messages of Postgres' wire protocol, version 3, which Redshift's drivers speak too."""

import asyncio
import struct

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102
PROTOCOL_3 = 196608

Message = tuple[bytes, bytes]  # kind (one byte) and body


async def read_message(reader: asyncio.StreamReader) -> Message:
    """The next message. Raises IncompleteReadError when the other side hung up."""
    kind, length = struct.unpack("!cI", await reader.readexactly(5))
    return kind, await reader.readexactly(length - 4)


async def read_startup(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The first message of a connection, which has no kind: its code and body."""
    length, code = struct.unpack("!II", await reader.readexactly(8))
    return code, await reader.readexactly(length - 8)


def encode(kind: bytes, body: bytes = b"") -> bytes:
    """A message as bytes."""
    return kind + struct.pack("!I", len(body) + 4) + body


def encode_startup(parameters: dict[str, str]) -> bytes:
    """The start-up message with these parameters."""
    pairs = b"".join(f"{k}\0{v}\0".encode() for k, v in parameters.items())
    body = struct.pack("!I", PROTOCOL_3) + pairs + b"\0"
    return struct.pack("!I", len(body) + 4) + body


def encode_error(message: str, code: str, severity: str = "ERROR") -> bytes:
    """An ErrorResponse."""
    fields = {"S": severity, "V": severity, "C": code, "M": message}
    return encode(b"E", b"".join(f"{k}{v}\0".encode() for k, v in fields.items()) + b"\0")


def parse_parameters(body: bytes) -> dict[str, str]:
    """Name and value pairs of a start-up message."""
    parts = body.rstrip(b"\0").split(b"\0")
    return {k.decode(): v.decode() for k, v in zip(parts[::2], parts[1::2], strict=False)}


def split_text(body: bytes, count: int) -> list[bytes]:
    """The first `count` zero-terminated texts of a body, and the rest."""
    return body.split(b"\0", count)


def parse_row(body: bytes) -> list[str | None]:
    """The values of a DataRow, as texts."""
    (count,), at, values = struct.unpack_from("!H", body), 2, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return values


def parse_description(body: bytes) -> list[tuple[str, int, int]]:
    """Name, type id and type modifier of every column of a RowDescription."""
    (count,), at, columns = struct.unpack_from("!H", body), 2, []
    for _ in range(count):
        end = body.index(b"\0", at)
        oid, _, modifier = struct.unpack_from("!Ihi", body, end + 7)
        columns.append((body[at:end].decode(), oid, modifier))
        at = end + 19
    return columns
