"""Decode: delivered bytes to UTF-8 with LF line ends, by declared rules and never by guessing.

Order: a byte-order mark, then strict UTF-8, then the fallback declared for the operator. The
fallback is taken only when NO line with a byte above 127 is UTF-8; a file in which some are is a
damaged UTF-8 file, and only its broken lines are rejected. A file that was cut off in the middle of
a character loses its last line only.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ingestion.contract import FileRejectedError

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
OTHERS = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"%PDF-",
    b"{\\rtf",
    b"Rar!",
    b"7z\xbc\xaf",
)  # files
PROBE = 4096
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19]")  # what no text has, however it was damaged
DOS_END = b"\x1a"  # what DOS programs write behind the last line
SWAPPED_NEWLINE = "\u0a00"  # no character: an LF whose two bytes belong to different characters


@dataclass(frozen=True)
class Text:
    """UTF-8 bytes with LF line ends.

    `unreadable` holds the 0-based lines that cannot be read, with the reason code; `repairs` how
    often what was repaired.
    """

    data: bytes
    encoding: str
    unreadable: Mapping[int, str] = field(default_factory=dict)
    repairs: Mapping[str, int] = field(default_factory=dict)


def decode(data: bytes, fallback: str | None) -> Text:
    """Bring `data` to UTF-8 and LF.

    Raises FileRejectedError: no_text (binary), undecodable_file (most lines cannot be read, or a
    mark and its bytes disagree), bytes_missing.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding)
    if data.startswith(OTHERS) or _is_binary(data[:PROBE]):
        raise FileRejectedError("no_text")
    data, repairs = _unify_ends(data)
    broken, sound = _broken_lines(data)
    damaged = sum(code == "undecodable_text" for code in broken.values())
    if damaged and fallback and not sound:
        try:
            return Text(data.decode(fallback).encode(), fallback, repairs=repairs)
        except UnicodeDecodeError:
            pass
    if damaged and damaged > data.count(b"\n") / 2:
        raise FileRejectedError("undecodable_file")
    return Text(data, "utf-8", broken, repairs)


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
        data, repairs = _unify_ends(data)
        return Text(data, "utf-8", _broken_lines(data)[0], repairs)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(data)
        is_cut = bool(decoder.getstate()[0])  # bytes that are no whole character
        if SWAPPED_NEWLINE in text:
            raise FileRejectedError("bytes_missing", _swapped_place(text))
        data, repairs = _unify_ends((text + "\ufffd" * is_cut).encode())
    except UnicodeError:
        raise FileRejectedError("undecodable_file") from None
    if is_cut and not text:
        raise FileRejectedError("undecodable_file")
    return Text(data, encoding, {data.count(b"\n"): "cut_off"} if is_cut else {}, repairs)


def _swapped_place(text: str) -> str:
    """Where the first byte is missing; the line ends before it are still whole."""
    whole = text[: text.index(SWAPPED_NEWLINE)]
    line = len(re.findall(r"\r\n|\r|\n", whole)) + 1
    return f"one byte in line {line}, so that nothing behind it can be read"


def _unify_ends(data: bytes) -> tuple[bytes, dict[str, int]]:
    """LF as line ends, and no mark of DOS at the end; the number of repairs.

    A mark on a line of its own leaves that line blank.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if DOS_END not in data[-2:]:
        return data, {}
    return data.removesuffix(b"\n").rstrip(DOS_END) + b"\n", {"end_of_file_mark": 1}


def _broken_lines(data: bytes) -> tuple[dict[int, str], bool]:
    """Lines that are not UTF-8, with the reason code, and whether any line beyond ASCII is."""
    if data.isascii():
        return {}, False
    if _is_utf_8(data):
        return {}, True
    broken, sound = {}, False
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        if line.isascii():
            continue
        if _is_utf_8(line):
            sound = True
        elif number == len(lines) - 1 and _is_utf_8(_without_cut_character(line)):
            broken[number] = "cut_off"
        else:
            broken[number] = "undecodable_text"
    return broken, sound


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_cut_character(line: bytes) -> bytes:
    """A line without the bytes at its end that begin a character and do not finish it."""
    decoder = codecs.getincrementaldecoder("utf-8")("ignore")
    decoder.decode(line)
    return line.removesuffix(decoder.getstate()[0])
