"""Sheets: every sheet of an xlsx workbook as a table; a row of cells counts as a line.

Cells are turned into the text that an export would hold. What a spreadsheet has damaged beyond
repair, such as an id that became a number, is refused, never guessed.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetVisibleEnum,
)

from ingestion.contract import Column, Contract, FileRejectedError, Header, match_header
from ingestion.parsing.table import Table
from ingestion.parsing.unpack import Bounds
from ingestion.parsing.workbook import Errors, inspect_workbook, make_readable

DAMAGED_CARD = "0E+0"  # a number in the form that the rule of cards blanks and counts

Grid = list[list[object]]
Place = tuple[int, int]  # row and column, from 0 on


class CellError(str):
    """What an error cell shows, such as #DIV/0!."""

    __slots__ = ()


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet from its first row on; `merged` are corners of ranges of cells."""

    grid: Grid
    is_hidden: bool
    merged: list[tuple[Place, Place]]


def read_sheets(data: bytes, bounds: Bounds) -> Iterator[Table]:
    """The tables of a workbook: its sheets that hold one of the known kinds.

    The rows of a sheet that is hidden, or of no known kind, are rejected as `hidden_sheet` or
    `unknown_sheet`, and given last. Raises FileRejectedError: old_workbook, workbook_damaged,
    archive_too_large, data_hidden, header_unknown and the other reasons of `match_header`.
    """
    sheets = _read_sheets(data, bounds)
    headers = {name: _find_header(sheet.grid) for name, sheet in sheets.items()}
    known = {name: found for name, found in headers.items() if isinstance(found, tuple)}
    shown = {name: found for name, found in known.items() if not sheets[name].is_hidden}
    if not shown:
        raise _rejection(list(headers.values()), list(known))
    for name, (first, header) in shown.items():
        yield _read_table(name, sheets[name], first, header)
    some_contract = next(iter(shown.values()))[1].contract
    for name, sheet in sheets.items():
        if name not in shown and any(_texts(row) for row in sheet.grid):
            yield _refuse_sheet(name, sheet, some_contract, has_header=name in known)


def _rejection(
    found: list[tuple[int, Header] | FileRejectedError | None], hidden: list[str]
) -> FileRejectedError:
    """Why no sheet can be read; `hidden` ones could be."""
    if hidden:
        rejection = FileRejectedError("data_hidden")
        rejection.member = hidden[0]
        return rejection
    reasons = [reason for reason in found if isinstance(reason, FileRejectedError)]
    return next((e for e in reasons if e.code != "header_unknown"), None) or (
        reasons[0] if reasons else FileRejectedError("empty_file")
    )


def digest_cells(data: bytes, bounds: Bounds) -> str:
    """A hash of what a workbook says, whatever its container's bytes are.

    That is its cells, and which of them are hidden or merged. Raises FileRejectedError.
    """
    digest = hashlib.sha256()
    for name, sheet in _read_sheets(data, bounds).items():
        rows = [[_text(cell) for cell in row] for row in sheet.grid]
        others = [sheet.is_hidden, sorted(sheet.merged)] if sheet.is_hidden or sheet.merged else []
        digest.update(json.dumps([name, rows, *others]).encode())
    return digest.hexdigest()


def _read_sheets(data: bytes, bounds: Bounds) -> dict[str, Sheet]:
    """Every sheet by name, its cells with their errors."""
    errors = inspect_workbook(data, bounds)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(make_readable(data, errors)))
        sheets = {about.name: _read_sheet(workbook, about) for about in workbook.sheets_metadata}
    except PasswordError:
        raise FileRejectedError("old_workbook") from None
    except CalamineError:
        raise FileRejectedError("workbook_damaged") from None
    if [*sheets] != [*errors]:
        raise FileRejectedError("workbook_damaged")
    try:
        for name, sheet in sheets.items():
            _add_errors(sheet.grid, errors[name])
    except IndexError:  # a cell that stands beside the sheet's data
        raise FileRejectedError("workbook_damaged") from None
    return sheets


def _read_sheet(workbook: CalamineWorkbook, about: SheetMetadata) -> Sheet:
    sheet = workbook.get_sheet_by_name(about.name)
    grid = sheet.to_python(skip_empty_area=False)
    is_hidden = about.visible != SheetVisibleEnum.Visible
    return Sheet(grid, is_hidden, sheet.merged_cell_ranges or [])


def _add_errors(grid: Grid, errors: Errors) -> None:
    """Put #DIV/0! and the like where the fast reader leaves blanks."""
    for row, column, text in errors:
        grid[row - 1][column - 1] = CellError(text)


def _find_header(grid: Grid) -> tuple[int, Header] | FileRejectedError | None:
    """The place of the first filled row and its header; why not; None for an empty sheet."""
    for place, row in enumerate(grid):
        if _texts(row):
            try:
                return place, match_header([_text(cell).strip() for cell in row])
            except FileRejectedError as rejection:
                return rejection
    return None


def _read_table(name: str, sheet: Sheet, first: int, header: Header) -> Table:
    """The rows below the header; a row with a fault of its own is kept out of the records."""
    grid = sheet.grid
    is_shared = _shared_cells(sheet, first + 1)
    columns = [(p, header.contract.column(c)) for c, p in header.positions.items()]
    cards = [place for place, column in columns if column.type == "card"]
    records, numbers, faults, blank = [], [], [], first
    for number, row in enumerate(grid[first + 1 :], first + 2):
        cells = row[: header.width]
        if not _texts(row):
            blank += 1
            continue
        found = [
            (number, *fault)
            for p, c in columns
            if (fault := _fault(c, cells[p], is_shared(number - 1, p)))
        ]
        if found:
            faults += found
        else:
            texts = [_text(cell) for cell in cells]
            for place in cards:
                if not isinstance(cells[place], str):
                    texts[place] = DAMAGED_CARD
            records.append(texts)
            numbers.append(number)
    return Table(
        member=name,
        header=header,
        delimiter=None,
        encoding="utf-8",
        lines=len(grid),
        header_lines=1,
        records=records,
        numbers=np.array(numbers, dtype=np.int64),
        blank=blank,
        faults=faults,
    )


def _refuse_sheet(name: str, sheet: Sheet, contract: Contract, has_header: bool) -> Table:
    filled = [number for number, row in enumerate(sheet.grid, 1) if _texts(row)]
    reason = "hidden_sheet" if sheet.is_hidden else "unknown_sheet"
    return Table(
        member=name,
        header=Header(contract, 0, {}, (), ()),
        delimiter=None,
        encoding="utf-8",
        lines=len(sheet.grid),
        header_lines=int(has_header),
        records=[],
        numbers=np.empty(0, dtype=np.int64),
        blank=len(sheet.grid) - len(filled),
        broken=[(number, reason) for number in filled[has_header:]],
    )


def _shared_cells(sheet: Sheet, first: int) -> Callable[[int, int], bool]:
    """Which cells, from row `first` on, have their value in common with another one.

    A range of merged cells holds one value. It is that of its only filled row, if it begins there,
    and of nobody else; over several rows nobody knows whether each has it or all of them together.
    """
    if not sheet.merged or len(sheet.grid) <= first:
        return lambda row, column: False
    height, width = len(sheet.grid), len(sheet.grid[0])
    filled = np.cumsum([0, *(_texts(row) for row in sheet.grid)])
    marks = np.zeros((height + 1, width + 1), dtype=np.int32)
    for (top, left), (bottom, right) in sheet.merged:
        begin, end, stop = max(top, first), min(bottom + 1, height), min(right + 1, width)
        if begin >= end or left >= stop or not _text(sheet.grid[top][left]).strip():
            continue
        own = int(top >= first and filled[end] - filled[begin] == 1)
        marks[begin, left + own : stop] += 1
        marks[end, left + own : stop] -= 1
    shared = np.cumsum(marks, axis=0, dtype=np.int32) > 0
    return lambda row, column: bool(shared[row, column])


def _fault(column: Column, cell: object, is_shared: bool) -> tuple[str, str, str] | None:
    """(column, value, reason) of a cell that no text can stand for."""
    if is_shared:
        return column.name, _text(cell), "merged_cells"
    if isinstance(cell, CellError):
        return column.name, cell, "spreadsheet_error"
    if column.type == "id" and not isinstance(cell, str):
        return column.name, _text(cell), "number_in_id_column"
    if isinstance(cell, str) and "\n" in cell.strip() and not column.multiline:
        return column.name, cell, "newline_in_value"
    return None


def _texts(row: list[object]) -> bool:
    """Whether a row holds anything."""
    return any(cell != "" and _text(cell).strip() for cell in row)


def _text(cell: object) -> str:
    """A cell as an export would write it: 15 significant digits, ISO times to the millisecond."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        rounded = cell + timedelta(microseconds=500)
        return rounded.isoformat(timespec="milliseconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
