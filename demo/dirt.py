"""What goes wrong inside a file, row by row, and what must become of each row.

Every kind of dirt says which rows it touches and the reason with which cleaning must reject them
(None: the row is loaded with the very values of the order book).
"""

from dataclasses import dataclass, field

import numpy as np

STRAY_QUOTE = "\x01"  # stands for a bare quote until the line is text
NUMBER_CELL = "\x02"  # before the digits of a cell that a workbook holds as a number
BROKEN_BYTE = "\x03"  # stands for a byte that is not UTF-8 until the file is bytes


@dataclass
class Row:
    """One line of a sheet. `index` is its line or option in the order book, -1 for none."""

    cells: list[str]
    index: int
    reason: str | None = None
    blank: bool = False
    cents: int | None = None  # the price as delivered, where it is not the order book's
    extra_cells: int = 0
    newlines: int = 0
    touched: bool = False
    note: bool = False  # stands in the second sheet of a workbook


@dataclass
class Sheet:
    """The rows of one delivery, in file order, with what must become of each."""

    columns: tuple[str, ...]
    rows: list[Row]
    kinds: list[str] = field(default_factory=list)  # dirt that found a row to spoil


@dataclass(frozen=True)
class Spoil:
    """Replace the cell of `column` ({} is its old text); `reason` None means it is repaired."""

    column: str
    text: str
    reason: str | None


ITEM_SPOILS = {
    "blank_order_id": Spoil("ORDER_ID", "", "required_blank"),
    "blank_lineitem_id": Spoil("LINEITEM_ID", "  ", "required_blank"),
    "blank_restaurant_id": Spoil("RESTAURANT_ID", "", "required_blank"),
    "blank_price": Spoil("ITEM_PRICE", "", "required_blank"),
    "blank_time": Spoil("CREATION_TIME_UTC", "", "required_blank"),
    "word_price": Spoil("ITEM_PRICE", "free", "number_unreadable"),
    "sheet_error": Spoil("ITEM_PRICE", "#REF!", "spreadsheet_error"),
    "many_decimals": Spoil("ITEM_PRICE", "{}12345", "too_many_decimals"),
    "word_quantity": Spoil("ITEM_QUANTITY", "two", "number_unreadable"),
    "half_quantity": Spoil("ITEM_QUANTITY", "1.5", "quantity_not_whole"),
    "word_time": Spoil("CREATION_TIME_UTC", "yesterday noon", "time_unreadable"),
    "local_time": Spoil("CREATION_TIME_UTC", "06/21/2026 12:30 PM", "time_unreadable"),
    "impossible_time": Spoil("CREATION_TIME_UTC", "2026-02-30T12:00:00Z", "time_unreadable"),
    "old_time": Spoil("CREATION_TIME_UTC", "1970-01-01T00:00:00Z", "time_too_old"),
    "future_time": Spoil("CREATION_TIME_UTC", "2062-06-21T12:30:00Z", "time_in_future"),
    "damaged_id": Spoil("ORDER_ID", "6.78E+11", "id_damaged"),
    "word_currency": Spoil("CURRENCY", "US dollars", "currency_unreadable"),
    "word_flag": Spoil("IS_LOYALTY", "maybe", "flag_unreadable"),
    "open_quote": Spoil("ITEM_NAME", f"{STRAY_QUOTE}Classic Burger", "quote_unclosed"),
    "ambiguous_price": Spoil("ITEM_PRICE", "1,234", "number_ambiguous"),
    "huge_quantity": Spoil("ITEM_QUANTITY", "9999999999999999", "number_too_large"),
    "control_character": Spoil("ITEM_NAME", "Classic\x07Burger", "control_character"),
    "broken_byte": Spoil("ITEM_NAME", f"Caf{BROKEN_BYTE} Latte", "undecodable_text"),
    "number_cell": Spoil("ORDER_ID", f"{NUMBER_CELL}300001234", "number_in_id_column"),
    "small_currency": Spoil("CURRENCY", "usd", None),
    "card_as_number": Spoil("PRINTED_CARD_NUMBER", "6.78E+11", None),
    "currency_sign": Spoil("ITEM_PRICE", "${}", None),
    "spaces": Spoil("ORDER_ID", "  {} ", None),
    "decimal_quantity": Spoil("ITEM_QUANTITY", "{}.0", None),
    "embedded_newline": Spoil("ITEM_NAME", "Classic\nBurger", None),
    "pasted_category": Spoil("ITEM_CATEGORY", "https://example.com/menu#sides", None),
}
OPTION_SPOILS = {
    "option_blank_order_id": Spoil("ORDER_ID", "", "required_blank"),
    "option_blank_lineitem_id": Spoil("LINEITEM_ID", "", "required_blank"),
    "option_word_price": Spoil("OPTION_PRICE", "n/a", "number_unreadable"),
    "option_half_quantity": Spoil("OPTION_QUANTITY", "0.5", "quantity_not_whole"),
    "option_currency_sign": Spoil("OPTION_PRICE", "${}", None),
    "option_open_quote": Spoil("OPTION_NAME", f"{STRAY_QUOTE}Ranch", "quote_unclosed"),
}
TEXT_ONLY = {"short_row", "long_row", "open_quote", "option_open_quote", "blank_line", "spaces",
             "embedded_newline", "card_as_number", "control_character", "broken_byte"}  # fmt: skip
WORKBOOK_KINDS = ("number_cell", "notes_sheet")
SHAPES = ("short_row", "long_row", "blank_line", "repeated_line", "corrected_line")
ITEM_KINDS = tuple(kind for kind in (*ITEM_SPOILS, *SHAPES) if kind not in WORKBOOK_KINDS)
OPTION_KINDS = (*OPTION_SPOILS, "short_row", "blank_line")


def spoil_rows(sheet: Sheet, kinds: tuple[str, ...], rng: np.random.Generator) -> None:
    """Apply each kind of dirt to one or two rows that are still sound."""
    for kind in kinds:
        if kind == "draft":
            _draft(sheet)
        elif kind == "notes_sheet":
            _take_notes(sheet)
        elif kind == "broken_byte" and not _has_accents(sheet):
            continue  # without any UTF-8 the file would be read as cp1252, and that byte be right
        elif kind in SHAPES:
            _reshape(sheet, kind, rng)
        else:
            _replace(sheet, (ITEM_SPOILS | OPTION_SPOILS)[kind], kind, rng)


def _sound(sheet: Sheet, column: str | None = None) -> list[int]:
    """Positions of rows that nothing has touched yet, with a non-blank cell in `column`."""
    at = sheet.columns.index(column) if column else None
    return [
        position
        for position, row in enumerate(sheet.rows)
        if not (row.touched or row.blank) and (at is None or row.cells[at])
    ]


def _pick(positions: list[int], rng: np.random.Generator, most: int = 2) -> list[int]:
    count = min(len(positions), int(rng.integers(1, most + 1)))
    return sorted(int(p) for p in rng.choice(positions, count, replace=False)) if count else []


def _replace(sheet: Sheet, spoil: Spoil, kind: str, rng: np.random.Generator) -> None:
    at = sheet.columns.index(spoil.column)
    for position in _pick(_sound(sheet, spoil.column), rng):
        row = sheet.rows[position]
        row.cells[at] = spoil.text.replace("{}", row.cells[at])
        row.reason = spoil.reason
        row.touched = True
        row.newlines = spoil.text.count("\n")
        sheet.kinds.append(kind)


def _reshape(sheet: Sheet, kind: str, rng: np.random.Generator) -> None:
    for position in _pick(_sound(sheet), rng, most=1):
        row = sheet.rows[position]
        row.touched = True
        sheet.kinds.append(kind)
        if kind == "short_row":
            row.extra_cells, row.reason = -2, "wrong_number_of_columns"
        elif kind == "long_row":
            row.extra_cells, row.reason = 3, "wrong_number_of_columns"
        elif kind == "blank_line":
            row.touched = False
            sheet.rows.insert(position, Row([], -1, blank=True))
        else:
            _repeat(sheet, row, other_price=kind == "corrected_line")


def _repeat(sheet: Sheet, row: Row, other_price: bool) -> None:
    """The line stands again at the end of the file, which wins; before, its price may differ."""
    sheet.rows.append(Row(list(row.cells), row.index, touched=True))
    if other_price:
        _raise_price(sheet, row)


def _draft(sheet: Sheet) -> None:
    """A first version of a day: one price in three is wrong by 1.00, the last line is missing."""
    if len(sheet.rows) > 1:
        del sheet.rows[-1]
    for row in sheet.rows[::3]:
        _raise_price(sheet, row)
    sheet.kinds.append("draft")


def _take_notes(sheet: Sheet) -> None:
    """A second sheet of the workbook, with two rows that are no data."""
    for note in ("Exported by hand", "Till 2 was out of order"):
        sheet.rows.append(Row([note], -1, "unknown_sheet", note=True, touched=True))
    sheet.kinds.append("notes_sheet")


def _has_accents(sheet: Sheet) -> bool:
    """Whether several rows hold letters beyond ASCII."""
    return sum(not "".join(row.cells).isascii() for row in sheet.rows) > 3


def _raise_price(sheet: Sheet, row: Row) -> None:
    at = sheet.columns.index("ITEM_PRICE")
    whole, places = row.cells[at].split(".")
    cents = (-1 if whole.startswith("-") else 1) * (abs(int(whole)) * 100 + int(places)) + 100
    row.cents = cents
    row.cells[at] = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
