"""What the corpus is made of: a good delivery, and the ways in which its file may differ."""

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import openpyxl

ROWS = 200  # every good row is 1.25 USD
ITEM = {
    "APP_NAME": "Store App",
    "RESTAURANT_ID": "0042",
    "CREATION_TIME_UTC": "2024-03-01T18:30:00.9Z",
    "ORDER_ID": "O{n}",
    "USER_ID": "U{n}",
    "PRINTED_CARD_NUMBER": "012345678901",
    "IS_LOYALTY": "TRUE",
    "CURRENCY": "USD",
    "LINEITEM_ID": "L{n}",
    "ITEM_CATEGORY": "Sweets",
    "ITEM_NAME": "Crème brûlée",
    "ITEM_PRICE": "1.25",
    "ITEM_QUANTITY": "1",
}
OPTION = {
    "ORDER_ID": "O{n}",
    "LINEITEM_ID": "L{n}",
    "OPTION_GROUP_NAME": "Extras",
    "OPTION_NAME": '"Sugar, brown"',
    "OPTION_PRICE": "0.50",
    "OPTION_QUANTITY": "1",
}
RESTAURANT = {"RESTAURANT_ID": "{n}", "TIMEZONE": "Europe/Paris", "OPENED_ON": "2024-01-31"}
Changes = dict[int, dict[str, str]]


@dataclass(frozen=True)
class Case:
    """A file, and what its ledger must say.

    `counts` are lines, header, loaded, rejected, blank and embedded newlines; `rejects` are the
    refused values and rows by reason; `held` is the reason for which the whole file is held.
    `declared` is what operators.yml says of the file.
    """

    name: str
    data: bytes
    counts: tuple[int, int, int, int, int, int]
    rejects: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)
    held: str | None = None
    money: str | None = None
    declared: dict[str, Any] = field(default_factory=dict)


def lines(kind: dict[str, str] = ITEM, changes: Changes | None = None, rows: int = ROWS):
    """The lines of a delivery, header first; `changes` replaces values of a row by its number."""
    body = [(kind | (changes or {}).get(n, {})).values() for n in range(1, rows + 1)]
    filled = [",".join(values).format(n=n) for n, values in enumerate(body, 1)]
    return [",".join(kind), *filled]


def text(found: list[str], newline: str = "\n") -> str:
    return newline.join(found) + newline


def items(changes: Changes | None = None, rows: int = ROWS) -> bytes:
    return text(lines(ITEM, changes, rows)).encode()


def inserted(at: int, *extra: str) -> bytes:
    """The good delivery with further lines before physical line `at` + 1."""
    found = lines()
    return text([*found[:at], *extra, *found[at:]]).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def workbook(*sheets: list[list], hidden: str = "", merged: str = "") -> bytes:
    """A workbook of sheets `Sheet 1`, ...; one is hidden, cells of the first one are merged."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    if hidden:
        book[hidden].sheet_state = "hidden"
    if merged:
        book.worksheets[0].merge_cells(merged)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def cells(changes: Changes | None = None, rows: int = 20) -> list[list]:
    return [line.split(",") for line in lines(ITEM, changes, rows)]


def counts(ledger: dict) -> tuple[int, ...]:
    """lines, header, loaded, rejected, blank, embedded newlines."""
    return tuple(ledger["counts"].values())
