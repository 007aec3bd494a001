"""Lines: sort the physical lines of a text into plain ones and odd ones, all at once.

A plain line holds no quote, no control character, the right number of separators and a value: it
is one record, whatever stands around it. Everything else is odd and goes to `records`. A stray
quote can therefore never swallow a good line: good lines never wait for a quote to close.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

NEWLINE, QUOTE, BLANK = 10, 34, 32
WHITESPACE = " \t\v\f\u00a0\u200b\ufeff"  # what is trimmed off a value, beside line ends
LONGEST = 1 << 20
CHUNK = 1 << 18  # fits the processor's cache


@dataclass(frozen=True)
class Lines:
    """The physical lines of `data`, by 0-based number; those before `first` are the header's.

    `starts` and `ends` are byte offsets (the newline excluded) and `odd` is a mask, per line;
    `padded` says that a plain line may hold a value with blanks around it. `undecodable` lines are
    not UTF-8; they are odd.
    """

    data: bytes
    first: int
    starts: np.ndarray
    ends: np.ndarray
    odd: np.ndarray
    padded: bool
    undecodable: frozenset[int]

    @property
    def total(self) -> int:
        return len(self.starts)

    def plain(self) -> np.ndarray:
        """Numbers of the plain lines after the header."""
        return np.flatnonzero(~self.odd[self.first :]) + self.first

    def text(self, number: int) -> bytes:
        """The bytes of one line, without its newline."""
        return self.data[self.starts[number] : self.ends[number]]


def sort_lines(
    data: bytes, delimiter: str, width: int, first: int, undecodable: frozenset[int]
) -> Lines:
    """Sort the lines of UTF-8 text with LF line ends."""
    if not data.endswith(b"\n"):
        data += b"\n"
    scans = [_scan(data, begin, end, ord(delimiter), width) for begin, end in _chunks(data)]
    starts, ends, odd, padded = (np.concatenate(parts) for parts in zip(*scans, strict=True))
    odd[list(undecodable)] = True
    may_pad = bool(padded.any()) or _holds_rare_blanks(data, delimiter)
    return Lines(data, first, starts, ends, odd, may_pad, undecodable)


def _holds_rare_blanks(data: bytes, delimiter: str) -> bool:
    """Whether any whitespace but the blank occurs at all; a false alarm only costs time."""
    rare = set(WHITESPACE) - {" ", delimiter}
    return any(c.encode() in data for c in rare if c.isascii() or not data.isascii())


def _chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """Spans of whole lines."""
    begin = 0
    while begin < len(data):
        end = data.rfind(b"\n", begin, begin + CHUNK) + 1 or data.index(b"\n", begin) + 1
        yield begin, end
        begin = end


def _scan(
    data: bytes, begin: int, end: int, delimiter: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and oddness of the lines in one span, and whether a plain one looks padded."""
    text = np.frombuffer(data, np.uint8, end - begin, begin)
    controls = np.flatnonzero(text < BLANK)
    is_end = text[controls] == NEWLINE
    ends = controls[is_end]
    starts = np.concatenate(([0], ends[:-1] + 1))
    is_separator = text == delimiter
    separators = np.add.reduceat(is_separator.view(np.int8), starts, dtype=np.int32)
    odd = (separators != width - 1) | (ends - starts < width) | (ends - starts > LONGEST)
    odd[np.searchsorted(ends, np.flatnonzero(text == QUOTE))] = True
    odd[np.searchsorted(ends, _forbidden(text, controls[~is_end]))] = True
    edges = _edges(text, is_separator)
    padded = edges.size > 0 and not odd[np.searchsorted(ends, edges)].all()
    return starts + begin, ends + begin, odd, np.array([padded])


def _forbidden(text: np.ndarray, controls: np.ndarray) -> np.ndarray:
    """Places of control characters other than tab, vertical tab and form feed."""
    return controls[~np.isin(text[controls], (9, 11, 12))]


def _edges(text: np.ndarray, is_separator: np.ndarray) -> np.ndarray:
    """Places of blanks beside a separator or at an end of a line."""
    blank = text == BLANK
    stop = is_separator | (text == NEWLINE)
    beside = blank.copy()
    beside[1:-1] &= stop[:-2] | stop[2:]
    return np.flatnonzero(beside)
