"""The bytes of a delivery, and the sheet behind them that the truth is counted from."""

import hashlib
import json
import re
from dataclasses import dataclass, replace

import numpy as np

from demo.deliveries import Delivery
from demo.dirt import NUMBER_CELL, STRAY_QUOTE, Row, Sheet, spoil_rows
from demo.formats import PLAIN, encode_lines, encode_sheet, join_rows, zip_bytes
from demo.headquarters import list_known
from demo.orders import OrderBook
from demo.restaurants import Restaurant
from demo.rows import (
    COLUMNS,
    Names,
    list_item_rows,
    list_option_rows,
    list_restaurant_rows,
    shape_cells,
    shape_header,
)
from demo.settings import FranchiseSettings

PDF = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n\x00\x01\x02\xff\n%%EOF\n"
)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]{1,2})?")
LOCAL_TIME = "06/21/2026 12:30 PM"
ROTA = b"Employee,Shift start,Shift end\nA. Miller,08:00,16:00\nB. Jones,10:00,18:00\n"
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
FIXED = {"empty": b"", "not_csv": PDF, "unknown_header": ROTA, "old_workbook": XLS}


@dataclass(frozen=True)
class Source:
    """All that the content of a delivery is made from."""

    settings: FranchiseSettings
    restaurants: list[Restaurant]
    book: OrderBook
    names: Names


def lay_out(source: Source, delivery: Delivery) -> Sheet:
    """The rows of a delivery with its dirt; row i of a sound file is the i-th of its slice."""
    columns = COLUMNS[delivery.entity]
    cells = _list_cells(source, delivery)
    start = _first_index(source.book, delivery)
    rows = [Row(row, start + number) for number, row in enumerate(cells)]
    if delivery.without:
        rows = [
            row for row in rows if _order_of(source.book, delivery, row) not in delivery.without
        ]
    sheet = Sheet(columns, rows)
    spoil_rows(sheet, delivery.spoils, _generator(source.settings, delivery))
    return sheet


def write_delivery(source: Source, delivery: Delivery) -> bytes:
    """The bytes that the operator's file holds."""
    if delivery.content in FIXED:
        return FIXED[delivery.content]
    if delivery.content == "mixed_kinds":
        return _mix_kinds(source, delivery)
    content = _write_rows(source, delivery)
    return content[: len(content) * 3 // 5] if delivery.content == "truncated" else content


def _write_rows(source: Source, delivery: Delivery) -> bytes:
    form, columns = delivery.form, COLUMNS[delivery.entity]
    header = shape_header(columns, form)
    notes = []
    if delivery.spoils or delivery.without:
        sheet = lay_out(source, delivery)
        rows = [_shape_row(row, columns, delivery) for row in sheet.rows if not row.note]
        notes = [row.cells for row in sheet.rows if row.note]
    else:
        rows = [shape_cells(row, columns, form) for row in _list_cells(source, delivery)]
    table = _break_table([header, *rows], delivery.content)
    if form.container == "xlsx":
        return encode_sheet([header, *(_type_cells(row, header) for row in table[1:])], notes)
    lines = [line.replace(STRAY_QUOTE, '"') for line in join_rows(table, form)]
    return encode_lines(lines, form, delivery.entity)


def _mix_kinds(source: Source, delivery: Delivery) -> bytes:
    """One archive with the items and the options of a day."""
    members = {}
    for entity in ("order_items", "order_item_options"):
        part = replace(delivery, entity=entity, form=PLAIN, content="rows")
        members[f"{entity}.csv"] = _write_rows(source, part)
    return zip_bytes(members)


def _type_cells(row: list[str], header: list[str]) -> list[str | float]:
    """A row as it is in a workbook: prices and quantities are numbers, everything else is text."""
    return [
        float(cell.removeprefix(NUMBER_CELL))
        if cell.startswith(NUMBER_CELL)
        or (name.endswith(("_PRICE", "_QUANTITY")) and NUMBER.fullmatch(cell))
        else cell
        for name, cell in zip(header, row, strict=True)
    ]


def _shape_row(row: Row, columns: tuple[str, ...], delivery: Delivery) -> list[str]:
    if row.blank:
        return []
    cells = shape_cells(row.cells, columns, delivery.form)
    if row.extra_cells < 0:
        return cells[: row.extra_cells]
    return cells + ["x"] * row.extra_cells


def _break_table(table: list[list[str]], content: str) -> list[list[str]]:
    """The table with the price column twice or not at all, or with local times, if it is broken."""
    if content == "local_times":
        at = [name.upper() for name in table[0]].index("CREATION_TIME_UTC")
        return [table[0], *([*row[:at], LOCAL_TIME, *row[at + 1 :]] for row in table[1:])]
    if content not in ("duplicate_header", "missing_required"):
        return table
    at = next(i for i, name in enumerate(table[0]) if name.upper().endswith("_PRICE"))
    times = 2 if content == "duplicate_header" else 0
    return [row[:at] + row[at : at + 1] * times + row[at + 1 :] for row in table]


def _list_cells(source: Source, delivery: Delivery) -> list[list[str]]:
    number, orders = delivery.restaurant, delivery.orders
    if delivery.entity == "restaurants":
        known = list_known(source.settings, source.restaurants, delivery)
        return list_restaurant_rows(known, source.settings.first_day)
    if delivery.entity == "order_items":
        return list_item_rows(source.book, source.names, number, orders, delivery.form.times)
    return list_option_rows(source.book, source.names, number, orders)


def _first_index(book: OrderBook, delivery: Delivery) -> int:
    if delivery.entity == "order_items":
        return book.lines_of(delivery.orders)[0]
    return book.options_of(delivery.orders)[0] if delivery.entity == "order_item_options" else 0


def _order_of(book: OrderBook, delivery: Delivery, row: Row) -> int:
    line = row.index if delivery.entity == "order_items" else book.option_line[row.index]
    return int(book.line_order[line])


def _generator(settings: FranchiseSettings, delivery: Delivery) -> np.random.Generator:
    """Dirt depends on the file and its version alone, not on what was written before it."""
    key = json.dumps([settings.seed, delivery.path, delivery.at])
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))
