"""Tables: the records of one text under its header, with every physical line accounted for."""

import csv
import re
from dataclasses import dataclass, field, replace

import numpy as np

from ingestion.contract import FileRejectedError, Header, match_header, recognised
from ingestion.masking import mask_rows
from ingestion.parsing.decode import Text
from ingestion.parsing.lines import LONGEST, Lines, is_blank, sort_lines
from ingestion.parsing.records import Odd, Shape, parse_odd, split_line

DELIMITERS = (",", ";", "\t", "|")
BULK = 2 << 20  # bytes from which plain lines are read in blocks
BLOCK = 1 << 20  # bytes
MARKUP = re.compile(
    r"\ufeff?\s*(<(!doctype|html|table|\?xml)\b|[\[{]\s*([\[{\"]|$))", re.IGNORECASE
)
HINT = re.compile(rb"sep=(.)", re.IGNORECASE)  # what Excel writes before a header


@dataclass
class Table:
    """Records of one member (a text, or a sheet) of a delivery.

    Line numbers in `numbers` and `broken` are 1-based within the member. `records` are lists of
    values in the order of the file; the plain lines of a big text are not among them but stay in
    `bulk` as pieces of the text, one record a line. `lines` counts the physical lines or rows,
    `repairs` what was repaired in them, by kind.
    """

    member: str
    header: Header
    delimiter: str | None
    encoding: str
    lines: int
    header_lines: int
    records: list[list[str]]
    numbers: np.ndarray
    blank: int = 0
    embedded: int = 0
    broken: list[tuple[int, str]] = field(default_factory=list)
    faults: list[tuple[int, str, str, str]] = field(default_factory=list)
    repairs: dict[str, int] = field(default_factory=dict)
    bulk: list[memoryview] = field(default_factory=list)
    bulk_numbers: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    bulk_padded: bool = False
    has_odd_lines: bool = False


def read_table(member: str, text: Text) -> Table:
    """Parse one text.

    Raises FileRejectedError: empty_file, bytes_missing, no_table, or those of `match_header`.
    """
    first, names, delimiter = _find_header(text.data)
    if text.unreadable.get(first) == "cut_off":
        raise FileRejectedError("bytes_missing", "the file ends in the middle of its header")
    header = match_header(names)
    lines, odd = _parse(text, first, header, delimiter)
    repairs = dict(text.repairs)
    if len(odd.broken) > (fitting := _count(lines, odd)):
        wide = replace(header, width=header.width + 1)
        again = _parse(text, first, wide, delimiter, trailing=True)
        if (records := _count(*again)) > fitting:
            header, (lines, odd) = wide, again
            repairs["trailing_delimiter"] = records - odd.unended
    hints = bool(HINT.fullmatch(text.data[: lines.ends[0]].strip()))
    table = Table(
        member=member,
        header=header,
        delimiter=delimiter,
        encoding=text.encoding,
        lines=lines.total,
        header_lines=1 + hints,
        records=[values for _, values in odd.records],
        numbers=np.array([number + 1 for number, _ in odd.records], dtype=np.int64),
        blank=odd.blank + first - hints,
        embedded=odd.embedded,
        broken=[(number + 1, code) for number, code in odd.broken],
        repairs=repairs,
        has_odd_lines=bool(odd.records or odd.broken),
    )
    _add_plain(table, lines, odd, delimiter)
    return table


def _parse(
    text: Text, first: int, header: Header, delimiter: str, trailing: bool = False
) -> tuple[Lines, Odd]:
    """The lines of a text, the odd ones parsed; `trailing`: a separator stands behind the rows.

    Where it does, a file that does not end with one was cut off.
    """
    unreadable = text.unreadable
    if trailing and not text.data.rstrip(b" ").endswith((b"\n", delimiter.encode())):
        unreadable = {text.data.count(b"\n"): "cut_off"} | unreadable
    lines = sort_lines(text.data, delimiter, header.width, first + 1, unreadable)
    if trailing:
        last = np.frombuffer(lines.data, np.uint8)[lines.ends - 1]
        lines.odd[last != ord(delimiter)] = True
    columns = {c.name for c in header.contract.columns if c.multiline}
    multiline = frozenset(p for name, p in header.positions.items() if name in columns)
    return lines, parse_odd(lines, Shape(delimiter, header.width, multiline, trailing))


def _count(lines: Lines, odd: Odd) -> int:
    """The number of records."""
    return len(lines.plain()) + len(odd.records)


def count_lines(text: Text) -> tuple[int, int]:
    """Physical lines of a text, and how many of them are blank."""
    lines = text.data.removesuffix(b"\n").split(b"\n")
    return len(lines), sum(not line.strip() for line in lines)


def _find_header(data: bytes) -> tuple[int, list[str], str]:
    """Number of the header line, its names, and the delimiter under which most are known."""
    for number, line in enumerate(data[:LONGEST].split(b"\n")):
        text = line.decode("utf-8", "replace")
        is_hint = number == 0 and HINT.fullmatch(line.strip())
        if is_hint or is_blank(text, "".join(DELIMITERS)):
            continue
        if MARKUP.match(text):
            raise FileRejectedError("no_table")
        choices = [(names, d) for d in DELIMITERS if (names := _split_header(text, d))]
        if not choices:
            raise FileRejectedError("header_unknown", mask_rows(text[:200]))
        names, delimiter = max(choices, key=lambda choice: recognised(choice[0]))
        return number, names, delimiter
    raise FileRejectedError("empty_file")


def _split_header(text: str, delimiter: str) -> list[str] | None:
    try:
        return split_line(text, delimiter)
    except csv.Error:
        return None


def _add_plain(table: Table, lines: Lines, odd: Odd, delimiter: str) -> None:
    """Add the plain lines: as records, or as bytes when they are many."""
    numbers = lines.plain()
    if len(lines.data) >= BULK:
        table.bulk, table.bulk_numbers = _plain_pieces(lines, numbers), numbers + 1
        table.bulk_padded = lines.padded
        return
    texts = lines.data.decode("utf-8", "replace").split("\n")
    plain = [texts[number] for number in numbers.tolist()]
    if b'"' in lines.data:
        records = list(csv.reader(plain, delimiter=delimiter))
    else:
        records = [line.split(delimiter) for line in plain]
    table.records = records + table.records
    table.numbers = np.concatenate((numbers + 1, table.numbers))


def _plain_pieces(lines: Lines, numbers: np.ndarray) -> list[memoryview]:
    """The plain lines alone: the spans between odd lines, cut into blocks."""
    if not len(numbers):
        return []
    blocks = lines.starts[numbers] // BLOCK
    breaks = np.flatnonzero((np.diff(numbers) > 1) | (np.diff(blocks) > 0))
    begins = lines.starts[numbers[np.concatenate(([0], breaks + 1))]]
    ends = lines.ends[numbers[np.concatenate((breaks, [len(numbers) - 1]))]] + 1
    view = memoryview(lines.data)
    return [view[b:e] for b, e in zip(begins.tolist(), ends.tolist(), strict=True)]
