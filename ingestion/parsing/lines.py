"""Lines: sort the physical lines of a text into plain ones and odd ones, all at once.

A plain line holds no control character, the right number of separators, a value, and no quotes but
those around whole values: it is one record, whatever stands around it. Everything else is odd and
goes to `records`. A stray quote can therefore never swallow a good line: good lines never wait for
a quote to close.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

TAB, NEWLINE, BLANK, QUOTE = 9, 10, 32, 34
WHITESPACE = " \t\v\f\u00a0\u200b\ufeff"  # what is trimmed off a value, beside line ends
RARE_BLANKS = (9, 11, 12)  # tab, vertical tab, form feed
LONGEST = 1 << 20
CHUNK = 1 << 18  # fits the processor's cache


@dataclass(frozen=True)
class Lines:
    """The physical lines of `data`, by 0-based number; those before `first` are the header's.

    `starts` and `ends` are byte offsets (the newline excluded) and `odd` is a mask, per line;
    `padded` says that a plain line may hold a value with blanks around it. `unreadable` lines are
    odd; their reason codes are given.
    """

    data: bytes
    first: int
    starts: np.ndarray
    ends: np.ndarray
    odd: np.ndarray
    padded: bool
    unreadable: Mapping[int, str]

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
    data: bytes, delimiter: str, width: int, first: int, unreadable: Mapping[int, str]
) -> Lines:
    """Sort the lines of UTF-8 text with LF line ends."""
    if not data.endswith(b"\n"):
        data += b"\n"
    scans = [_scan(data, begin, end, ord(delimiter), width) for begin, end in _chunks(data)]
    starts, ends, odd, padded = (np.concatenate(parts) for parts in zip(*scans, strict=True))
    odd[list(unreadable)] = True
    may_pad = bool(padded.any()) or _holds_rare_blanks(data)
    return Lines(data, first, starts, ends, odd, may_pad, unreadable)


def is_blank(line: str, separators: str) -> bool:
    """Whether a line holds no value: nothing but blanks and separators."""
    return not line.strip(WHITESPACE + separators)


def _holds_rare_blanks(data: bytes) -> bool:
    """Whether any whitespace beyond ASCII occurs at all; a false alarm only costs time."""
    return not data.isascii() and any(c.encode() in data for c in WHITESPACE if not c.isascii())


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
    """Starts, ends, oddness of the lines in one span, and which plain ones look padded."""
    text = np.frombuffer(data, np.uint8, end - begin, begin)
    controls = np.flatnonzero(text < BLANK)
    is_end = text[controls] == NEWLINE
    ends, others = controls[is_end], controls[~is_end]
    starts = np.concatenate(([0], ends[:-1] + 1))
    separators = np.flatnonzero(text == delimiter)
    counts = np.diff(np.searchsorted(separators, ends), prepend=0)
    stray, pairs, padded = _pair_quotes(text, ends, delimiter)
    counts -= _count_enclosed(separators, pairs, ends)
    lengths = ends - starts
    odd = stray | (counts != width - 1) | (lengths < width) | (lengths > LONGEST)
    odd[_find_blank(text, starts, ends, odd, delimiter)] = True
    padded |= (text[starts] == BLANK) | (text[ends - 1] == BLANK)
    # the text ends with a newline, which also stands "before" a separator at 0
    beside = (text[separators - 1] == BLANK) | (text[separators + 1] == BLANK)
    blanks = separators[beside]
    blanks = blanks[np.searchsorted(pairs, blanks) & 1 == 0]  # not inside a quoted value
    padded[np.searchsorted(ends, blanks)] = True
    if len(others):
        is_rare = np.isin(text[others], RARE_BLANKS)
        odd[np.searchsorted(ends, others[~is_rare])] = True
        padded[np.searchsorted(ends, others[is_rare & (text[others] != delimiter)])] = True
    return starts + begin, ends + begin, odd, padded & ~odd


def _find_blank(
    text: np.ndarray, starts: np.ndarray, ends: np.ndarray, odd: np.ndarray, delimiter: int
) -> list[int]:
    """Places of lines without a value among those that are not odd for another reason.

    Hardly any line has a blank or separator at its begin, middle and end; these are looked at.
    """
    is_bare = np.zeros(256, bool)
    is_bare[[*RARE_BLANKS, BLANK, delimiter]] = is_bare[128:] = True
    doubtful = np.flatnonzero(is_bare[text[starts]] & ~odd)
    for probe in ((starts + ends) // 2, ends - 1) if len(doubtful) else ():
        doubtful = doubtful[is_bare[text[probe[doubtful]]]]
    lines = ((n, text[starts[n] : ends[n]].tobytes()) for n in doubtful.tolist())
    return [n for n, line in lines if is_blank(line.decode("utf-8", "replace"), chr(delimiter))]


def _pair_quotes(
    text: np.ndarray, ends: np.ndarray, delimiter: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lines with quotes that do not stand around a whole value, as a mask; the quotes of all
    other lines, in pairs; the lines with a blank inside of a quote, as a mask.
    """
    quotes = np.flatnonzero(text == QUOTE)
    counts = np.diff(np.searchsorted(quotes, ends), prepend=0)
    lines = np.repeat(np.arange(len(ends)), counts)
    firsts = np.cumsum(counts) - counts
    closes = (np.arange(len(quotes)) - np.repeat(firsts, counts)) & 1 == 1
    # the text ends with a newline, which also stands "before" a quote at 0
    before, after = text[quotes - 1], text[quotes + 1]
    outside, inside = np.where(closes, (after, before), (before, after))
    is_wrong = (outside != delimiter) & (outside != NEWLINE)
    # a separator, a blank and a quote: for `records` a quoted value with a blank before it
    is_wrong |= (before == BLANK) & (text[quotes - 2] == delimiter)
    stray = counts & 1 == 1
    stray[lines[is_wrong]] = True
    padded = np.zeros(len(ends), bool)
    padded[lines[(inside == BLANK) | (inside == TAB)]] = True
    return stray, quotes[np.repeat(~stray, counts)], padded


def _count_enclosed(separators: np.ndarray, pairs: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The number of separators inside quoted values, per line."""
    places = np.searchsorted(separators, pairs)
    enclosed = places[1::2] - places[::2]
    found = np.flatnonzero(enclosed)
    counts = np.zeros(len(ends), np.int64)
    np.add.at(counts, np.searchsorted(ends, pairs[::2][found]), enclosed[found])
    return counts
