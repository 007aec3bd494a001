"""Plain values: typed in Arrow, a block of rows at a time, where their form leaves no doubt.

The rules stand in `rules`, as SQL. What is plain here is sound by them, has the same value and
needs no repair; everything else is left to them. Most tests are of all bytes of a column at once.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contract import Column, Contract
from ingestion.rules import LONGEST_ID, NUMBER, TIME

TIMES = re.compile(f"{TIME}Z?".encode())
AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
FLAGS = pa.array(["TRUE", "FALSE", "true", "false"])
TRUE = pa.array(["TRUE", "true"])
A_DAY = timedelta(days=1)

Mask = pa.BooleanArray | None  # which values are plain; None: all of them


def split_plain(rows: pa.Table, contract: Contract) -> tuple[pa.Table | None, pa.Table]:
    """The rows of one block that hold plain values only, typed, and the raw rows left over.

    Typed rows have _row and the columns of the contract; None when there are none.
    """
    if not _may_be_plain(rows, contract):
        return None, rows
    values = {c.name: rows[c.name].chunk(0) for c in contract.columns}
    masks = [mask for c in contract.columns for mask in _masks(c, values[c.name])]
    left = rows.slice(0, 0)
    if masks:
        plain = reduce(pc.and_, (mask.fill_null(True) for mask in masks))
        left = rows.filter(pc.invert(plain))
        values = {name: array.filter(plain) for name, array in values.items()}
        keys = rows["_row"].filter(plain)
    else:
        keys = rows["_row"]
    if not len(keys):
        return None, rows
    try:
        typed = {c.name: _CASTS.get(c.type, _as_is)(values[c.name]) for c in contract.columns}
    except pa.ArrowInvalid:  # 31 February: the rules find out where
        return None, rows
    if not all(_is_timely(c, typed[c.name], rows) for c in contract.columns if c.type == "time"):
        return None, rows
    return pa.table({"_row": keys} | typed), left


def _may_be_plain(rows: pa.Table, contract: Contract) -> bool:
    """Neither a decimal comma nor a form of times was declared, and all types are known here."""
    known = all(c.type in _CHECKS and not c.format for c in contract.columns)
    return known and not rows["_comma"][0].as_py()


def _masks(column: Column, values: pa.StringArray) -> list[pa.BooleanArray]:
    """Which values of a column are plain, by each test that not all of them pass."""
    found = [] if values.null_count == len(values) else [_CHECKS[column.type](column, values)]
    if column.required and values.null_count:
        found.append(pc.is_valid(values))
    return [mask for mask in found if mask is not None]


def _is_text(column: Column, values: pa.StringArray) -> Mask:
    """No spreadsheet error and not too long."""
    return _none_of(_text_doubts(values, column.max_length))


def _is_id(column: Column, values: pa.StringArray) -> Mask:
    """As a text, and surely no number that a spreadsheet made of an id."""
    body = _body(values)
    marks = [mark for mark in (".", "+") if mark.encode() in body]
    doubts = [pc.match_substring(values, mark) for mark in marks]
    return _none_of(doubts + _text_doubts(values, LONGEST_ID))


def _text_doubts(values: pa.StringArray, longest: int) -> list[pa.BooleanArray]:
    doubts = []
    if b"#" in _body(values):
        doubts.append(pc.starts_with(values, "#"))
    if _lengths(values).max() > longest:
        doubts.append(pc.greater(pc.binary_length(values), longest))
    return doubts


def _is_decimal(column: Column, values: pa.StringArray) -> Mask:
    """Made of these characters, what is no number fails to be cast."""
    if not _body(values).translate(None, b"0123456789.-"):
        return None
    return _matches(values, NUMBER)


def _is_quantity(column: Column, values: pa.StringArray) -> Mask:
    if not _body(values).translate(None, b"0123456789") and _lengths(values).max() <= 14:
        return None
    return _matches(values, "[0-9]{1,14}")


def _is_currency(column: Column, values: pa.StringArray) -> Mask:
    if all(re.fullmatch("[A-Z]{3}", code or "USD") for code in values.unique().to_pylist()):
        return None
    return _matches(values, "[A-Z]{3}")


def _is_flag(column: Column, values: pa.StringArray) -> Mask:
    known = pc.is_in(values, FLAGS)
    is_all = known.true_count + values.null_count == len(values)
    return None if is_all else pc.or_(known, pc.is_null(values))


def _is_time(column: Column, values: pa.StringArray) -> Mask:
    """All of one form, digits apart; what is no time of it fails to be cast."""
    body, length = _body(values).translate(AS_ZERO), int(_lengths(values)[0])
    form = body[:length]
    if TIMES.fullmatch(form) and (_lengths(values) == length).all() and body == form * len(values):
        return None
    return _matches(values, f"{TIME}Z?")


def _matches(values: pa.StringArray, pattern: str) -> pa.BooleanArray:
    return pc.match_substring_regex(values, rf"\A(?:{pattern})\z")


def _none_of(doubts: list[pa.BooleanArray]) -> Mask:
    return pc.invert(reduce(pc.or_, doubts)) if doubts else None


def _body(values: pa.StringArray) -> bytes:
    """The bytes of all values behind each other."""
    offsets, data = _offsets(values), values.buffers()[2]
    return memoryview(data)[offsets[0] : offsets[-1]].tobytes() if data else b""


def _lengths(values: pa.StringArray) -> np.ndarray:
    """The length of each value in bytes; 0 where it is null."""
    return np.diff(_offsets(values))


def _offsets(values: pa.StringArray) -> np.ndarray:
    offsets = np.frombuffer(values.buffers()[1], np.int32)
    return offsets[values.offset : values.offset + len(values) + 1]


def _is_timely(column: Column, moments: pa.TimestampArray, rows: pa.Table) -> bool:
    """Whether all are within the limits of the contract and of the delivery."""
    earliest = datetime.fromisoformat(str(column.earliest or "0001-01-01"))
    latest = rows["_delivered_at"][0].as_py() + A_DAY
    found = pc.min_max(moments)
    early = pc.less(found["min"], pa.scalar(earliest, pa.timestamp("us"))).as_py()
    late = pc.greater(found["max"], pa.scalar(latest, pa.timestamp("us"))).as_py()
    return not early and not late


def _as_is(values: pa.StringArray) -> pa.Array:
    return values


def _as_time(values: pa.StringArray) -> pa.TimestampArray:
    """Naive UTC."""
    zone = "UTC" if str(values[0]).endswith("Z") else None
    return values.cast(pa.timestamp("us", zone)).cast(pa.timestamp("us"))


_CHECKS: dict[str, Callable[[Column, pa.StringArray], Mask]] = {
    "text": _is_text,
    "id": _is_id,
    "card": _is_id,
    "decimal": _is_decimal,
    "quantity": _is_quantity,
    "currency": _is_currency,
    "flag": _is_flag,
    "time": _is_time,
}
_CASTS: dict[str, Callable[[pa.StringArray], pa.Array]] = {
    "decimal": lambda values: values.cast(pa.decimal128(18, 4)),
    "quantity": lambda values: values.cast(pa.int64()),
    "flag": lambda values: pc.is_in(values, TRUE),
    "time": _as_time,
}
