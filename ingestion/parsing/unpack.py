"""Unpack a delivered file within bounds: plain bytes, gzip, or every member of a zip.

Formats are told by their first bytes, never by the file's name; names inside an archive are only
words for the report and never become paths.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.contract import FileRejectedError

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
CHUNK = 1 << 20
SLICE = 512
WORKBOOK = "xl/workbook.xml"
ADDED = {"thumbs.db", "desktop.ini"}  # how Windows shows a folder
# What reading a damaged archive has been seen to raise (tests/ingestion/properties).
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True)
class Bounds:
    """How much a delivered file may unpack to."""

    bytes: int = 512 << 20
    ratio: int = 200  # a real export compresses 5 to 40 times
    members: int = 1000


@dataclass(frozen=True)
class Unpacked:
    """The content of a delivery: (name, bytes) of each member, and how it was compressed.

    `kind` is "text" or "workbook"; the name of an uncompressed file's only member is "". `ignored`
    counts the files that a system added to the archive.
    """

    members: tuple[tuple[str, bytes], ...]
    compression: str | None
    kind: str = "text"
    ignored: int = 0


def unpack(data: bytes, bounds: Bounds) -> Unpacked:
    """Unpack `data`, one level deep.

    Raises FileRejectedError: empty_file, archive_damaged, archive_encrypted, archive_too_large,
    archive_nested, old_workbook.
    """
    if not data:
        raise FileRejectedError("empty_file")
    if data.startswith(OLD_OFFICE):
        raise FileRejectedError("old_workbook")
    if data.startswith(GZIP):
        return _single(_gunzip(data, bounds), bounds)
    if data.startswith((ZIP, EMPTY_ZIP)):
        return _unzip(data, bounds)
    return Unpacked((("", data),), None)


def _single(data: bytes, bounds: Bounds) -> Unpacked:
    if data.startswith((ZIP, EMPTY_ZIP)) and WORKBOOK in _names(data):
        _check_sizes(_open(data), bounds)
        return Unpacked((("", data),), "gzip", "workbook")
    if data.startswith((GZIP, ZIP, EMPTY_ZIP)):
        raise FileRejectedError("archive_nested", "gzip")
    return Unpacked((("", data),), "gzip")


def _gunzip(data: bytes, bounds: Bounds) -> bytes:
    """All members of a gzip stream; a stream without its end is damaged, not short."""
    parts: list[bytes] = []
    limit = min(bounds.bytes, max(len(data) * bounds.ratio, CHUNK))
    left = io.BytesIO(data)
    while _skip_zeros(left):
        for part in _gunzip_member(left, limit + 1):
            limit -= len(part)
            if limit < 0:
                raise FileRejectedError("archive_too_large", f"over {bounds.bytes} bytes")
            parts.append(part)
    return b"".join(parts)


def _gunzip_member(left: io.BytesIO, limit: int) -> Iterator[bytes]:
    """The parts of one member of at most `limit` bytes in all; `left` then stands behind it.

    It is read in slices that grow: zlib copies what it does not use, for each of many members.
    """
    stream, size = zlib.decompressobj(wbits=31), SLICE
    while not stream.eof:
        slice_, size = stream.unconsumed_tail or left.read(size), min(2 * size, CHUNK)
        if not slice_:
            raise FileRejectedError("archive_damaged")
        try:
            part = stream.decompress(slice_, limit)
        except zlib.error:
            raise FileRejectedError("archive_damaged") from None
        limit = max(limit - len(part), 1)
        yield part
    left.seek(-len(stream.unused_data), io.SEEK_CUR)


def _skip_zeros(left: io.BytesIO) -> bool:
    """Whether anything comes behind the zeros that tapes and some tools pad with."""
    while byte := left.read(1):
        if byte != b"\0":
            left.seek(-1, io.SEEK_CUR)
            return True
    return False


def _unzip(data: bytes, bounds: Bounds) -> Unpacked:
    archive = _open(data)
    _check_sizes(archive, bounds)
    if WORKBOOK in archive.namelist():
        return Unpacked((("", data),), None, "workbook")
    entries = [e for e in archive.infolist() if _is_data(e.filename)]
    if not entries:
        raise FileRejectedError("empty_file")
    members = tuple((e.filename, read_member(archive, e)) for e in entries)
    for name, content in members:
        if content.startswith((GZIP, ZIP, OLD_OFFICE)):
            raise FileRejectedError("archive_nested", name)
    ignored = sum(not e.is_dir() for e in archive.infolist()) - len(entries)
    return Unpacked(members, "zip", ignored=ignored)


def _is_data(name: str) -> bool:
    """Not a folder, nor what macOS and Windows add to every archive."""
    *folders, last = name.split("/")
    is_added = last.startswith(".") or last.lower() in ADDED or "__MACOSX" in folders
    return bool(last) and not is_added


def _open(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except DAMAGE:
        raise FileRejectedError("archive_damaged") from None


def _names(data: bytes) -> list[str]:
    return _open(data).namelist()


def _check_sizes(archive: zipfile.ZipFile, bounds: Bounds) -> None:
    entries = archive.infolist()
    if len(entries) > bounds.members:
        raise FileRejectedError("archive_too_large", f"{len(entries)} members")
    if any(e.flag_bits & 1 for e in entries):
        raise FileRejectedError("archive_encrypted")
    total = sum(e.file_size for e in entries)
    packed = sum(e.compress_size for e in entries)
    if total > min(bounds.bytes, max(packed * bounds.ratio, CHUNK)):
        raise FileRejectedError("archive_too_large", f"{total} bytes")


def read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One member, reading never more than the directory announced. Raises FileRejectedError."""
    try:
        with archive.open(entry) as stream:
            content = stream.read(entry.file_size + 1)
    except DAMAGE:
        raise FileRejectedError("archive_damaged") from None
    if len(content) > entry.file_size:
        raise FileRejectedError("archive_damaged")
    return content
