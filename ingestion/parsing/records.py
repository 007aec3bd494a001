"""Records: parse the odd lines one by one, and account for every one of them.

A quoted value may go on over the following odd lines only in a column that the contract declares
multiline, and only if it does not look like two stray quotes with rows between them. Where a
record cannot be finished, its first line alone is rejected and parsing starts anew on the next.
"""

import csv
import re
from dataclasses import dataclass, field

from ingestion.parsing.lines import LONGEST, WHITESPACE, Lines, is_blank

MOST_LINES = 20  # of one record
CONTROL = re.compile(rb"[\x00-\x08\x0d-\x1f]")
csv.field_size_limit(LONGEST * MOST_LINES)


@dataclass(frozen=True)
class Shape:
    """What a record of a file looks like; `multiline` holds places of columns that may hold LF.

    `trailing`: a separator stands behind the last value, so the last of `width` fields is empty; a
    row may lack it when it is whole otherwise, so that its last value is not blank.
    """

    delimiter: str
    width: int
    multiline: frozenset[int] = frozenset()
    trailing: bool = False


@dataclass
class Odd:
    """What became of the odd lines: line numbers are 0-based physical lines.

    `records` are (first line, values); `broken` are (line, reason code); `embedded` counts the
    line ends inside values, `unended` the records that lack the trailing separator.
    """

    records: list[tuple[int, list[str]]] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    blank: int = 0
    embedded: int = 0
    unended: int = 0


def parse_odd(lines: Lines, shape: Shape) -> Odd:
    """Parse the odd lines after the header."""
    odd = Odd()
    numbers = [n for n in lines.odd.nonzero()[0].tolist() if n >= lines.first]
    readable = {n: lines.text(n).decode() for n in numbers if not _fault(lines, n)}
    done = -1
    for number in numbers:
        if number <= done:
            continue
        if number not in readable:
            odd.broken.append((number, _fault(lines, number)))
        elif is_blank(readable[number], shape.delimiter):
            odd.blank += 1
        else:
            done = _take(odd, readable, number, shape)
    return odd


def split_line(text: str, delimiter: str) -> list[str] | None:
    """The values of one line or record; None when a quote is left open. Raises csv.Error."""
    if simple := _split_simple(text, delimiter):
        return simple
    skip = f'{delimiter} "' in text
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=skip))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        raise
    return rows[0] if rows else []


def _split_simple(text: str, delimiter: str) -> list[str] | None:
    """The values of a line with one well-quoted value, as most odd lines are; else None."""
    pieces = text.split('"')
    if len(pieces) != 3:
        return None
    before, quoted, after = pieces
    if (before and before[-1] != delimiter) or (after and after[0] != delimiter):
        return None
    first = before[:-1].split(delimiter) if before else []
    last = after[1:].split(delimiter) if after else []
    return [*first, quoted, *last]


def _take(odd: Odd, readable: dict[int, str], number: int, shape: Shape) -> int:
    """Take the record that begins on this line, or reject the line; return the last line taken."""
    values, last = _read_record(readable, number, shape)
    if is_unended := _is_unended(values, shape):
        values = [*values, ""]
    code = _refusal(values, last > number, shape)
    if code or values is None:
        odd.broken.append((number, code or "quote_unclosed"))
        return number
    odd.embedded += last - number
    odd.unended += is_unended
    odd.records.append((number, values))
    return last


def _read_record(
    readable: dict[int, str], number: int, shape: Shape
) -> tuple[list[str] | None, int]:
    """Values and last line of the record that begins here; None when its quotes are wrong."""
    text, last = readable[number], number
    try:
        values = split_line(text, shape.delimiter)
        while values is None:
            last += 1
            line = readable.get(last)
            if line is None or last - number >= MOST_LINES or _is_record(line, shape):
                return None, number
            text = f"{text}\n{line}"
            values = split_line(text, shape.delimiter)
    except csv.Error:
        return None, number
    return values, last


def _is_record(line: str, shape: Shape) -> bool:
    """Whether a line is a whole record by itself, which no value may swallow."""
    try:
        return len(split_line(line, shape.delimiter) or ()) == shape.width
    except csv.Error:
        return False


def _is_unended(values: list[str] | None, shape: Shape) -> bool:
    """Whether a record is whole but for the separator that the others have behind it."""
    if not shape.trailing or values is None or len(values) != shape.width - 1:
        return False
    return bool(values[-1].strip(WHITESPACE))


def _refusal(values: list[str] | None, long: bool, shape: Shape) -> str | None:
    """Why a record is not believed."""
    if values is None:
        return "quote_unclosed"
    if len(values) != shape.width or (shape.trailing and values[-1].strip(WHITESPACE)):
        return "wrong_number_of_columns"
    for place, value in enumerate(values if long else ()):
        if "\n" in value and place not in shape.multiline:
            return "newline_in_value"
        if "\n" in value and value.count(shape.delimiter) >= shape.width - 1:
            return "quote_unclosed"  # as many separators as whole rows hold
    return None


def _fault(lines: Lines, number: int) -> str:
    """Why a line cannot be parsed at all; empty when it can."""
    if code := lines.unreadable.get(number):
        return code
    text = lines.text(number)
    if len(text) > LONGEST:
        return "line_too_long"
    return "control_character" if CONTROL.search(text) else ""
