"""Decode: delivered bytes to UTF-8 with LF line ends, by declared rules and never by guessing.

Order: a byte-order mark, then strict UTF-8, then the fallback declared for the operator. The
fallback is taken only when NO line with a byte above 127 is UTF-8; a file in which some are is a
damaged UTF-8 file, and only its broken lines are rejected.
"""

import codecs
import re
from dataclasses import dataclass

from ingestion.contract import FileRejectedError

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
PROBE = 4096
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19]")  # what no text has, however it was damaged


@dataclass(frozen=True)
class Text:
    """UTF-8 bytes with LF line ends; `undecodable` holds the 0-based lines that are not UTF-8."""

    data: bytes
    encoding: str
    undecodable: frozenset[int] = frozenset()


def decode(data: bytes, fallback: str | None) -> Text:
    """Bring `data` to UTF-8 and LF.

    Raises FileRejectedError: no_text (binary), undecodable_file (most lines cannot be read, or a
    mark and its bytes disagree).
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding)
    if _is_binary(data[:PROBE]):
        raise FileRejectedError("no_text")
    data = _unify_line_ends(data)
    broken, sound = _broken_lines(data)
    if broken and fallback and not sound:
        try:
            return Text(data.decode(fallback).encode(), fallback)
        except UnicodeDecodeError:
            pass
    if broken and len(broken) > data.count(b"\n") / 2:
        raise FileRejectedError("undecodable_file")
    return Text(data, "utf-8", frozenset(broken))


def _is_binary(begin: bytes) -> bool:
    """A NUL beside other control characters, or in a file whose first line is no text either.

    In a text, a NUL costs only its own line.
    """
    if b"\0" not in begin:
        return False
    first = begin.split(b"\n", 1)[0].replace(b"\t", b"").rstrip(b"\r")
    try:
        return CONTROL.search(begin) is not None or not first.decode().isprintable()
    except UnicodeDecodeError:
        return True


def _marked(data: bytes, encoding: str) -> Text:
    if encoding == "utf-8":
        data = _unify_line_ends(data)
        return Text(data, "utf-8", frozenset(_broken_lines(data)[0]))
    try:
        return Text(_unify_line_ends(data.decode(encoding).encode()), encoding)
    except UnicodeError:
        raise FileRejectedError("undecodable_file") from None


def _unify_line_ends(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _broken_lines(data: bytes) -> tuple[set[int], bool]:
    """Lines that are not UTF-8, and whether any line beyond ASCII is."""
    if data.isascii():
        return set(), False
    try:
        data.decode()
    except UnicodeDecodeError:
        pass
    else:
        return set(), True
    broken, sound = set(), False
    for number, line in enumerate(data.split(b"\n")):
        if line.isascii():
            continue
        try:
            line.decode()
            sound = True
        except UnicodeDecodeError:
            broken.add(number)
    return broken, sound
