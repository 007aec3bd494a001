"""Sheets: every sheet of an xlsx workbook as a table; a row of cells counts as a line.

Cells are turned into the text that an export would hold. What a spreadsheet has damaged beyond
repair, such as an id that became a number, is refused, never guessed.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from ingestion.contract import Column, FileRejectedError, Header, match_header
from ingestion.parsing.table import Table
from ingestion.parsing.unpack import Bounds
from ingestion.parsing.workbook import Errors, inspect_workbook

DAMAGED_CARD = "0E+0"  # a number in the form that the rule of cards blanks and counts

Grid = list[list[object]]


def read_sheets(data: bytes, bounds: Bounds) -> Iterator[Table]:
    """The tables of a workbook: its sheets that hold one of the known kinds.

    The rows of any other sheet that is not empty are rejected as `unknown_sheet`, and given last.
    Raises FileRejectedError: old_workbook, workbook_damaged, archive_too_large, header_unknown and
    the other reasons of `match_header`.
    """
    grids = _read_grids(data, bounds)
    headers = {name: _find_header(grid) for name, grid in grids.items()}
    known = {name: found for name, found in headers.items() if isinstance(found, tuple)}
    if not known:
        reasons = [e for e in headers.values() if isinstance(e, FileRejectedError)]
        raise next((e for e in reasons if e.code != "header_unknown"), None) or (
            reasons[0] if reasons else FileRejectedError("empty_file")
        )
    for name, (first, header) in known.items():
        yield _read_table(name, grids[name], first, header)
    some_header = next(iter(known.values()))[1]
    for name, grid in grids.items():
        if name not in known and any(_texts(row) for row in grid):
            yield _refuse_sheet(name, grid, some_header)


def digest_cells(data: bytes, bounds: Bounds) -> str:
    """A hash of what the cells of a workbook say, whatever its container's bytes are.

    Raises FileRejectedError.
    """
    digest = hashlib.sha256()
    for name, grid in _read_grids(data, bounds).items():
        rows = [[_text(cell) for cell in row] for row in grid]
        digest.update(json.dumps([name, rows]).encode())
    return digest.hexdigest()


def _read_grids(data: bytes, bounds: Bounds) -> dict[str, Grid]:
    """The cells of every sheet by name, errors included, rows from the first one on."""
    errors = inspect_workbook(data, bounds)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        grids = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in workbook.sheet_names
        }
    except PasswordError:
        raise FileRejectedError("old_workbook") from None
    except CalamineError:
        raise FileRejectedError("workbook_damaged") from None
    if [*grids] != [*errors]:
        raise FileRejectedError("workbook_damaged")
    try:
        for name, grid in grids.items():
            _add_errors(grid, errors[name])
    except IndexError:  # a cell that stands beside the sheet's data
        raise FileRejectedError("workbook_damaged") from None
    return grids


def _add_errors(grid: Grid, errors: Errors) -> None:
    """Put #DIV/0! and the like where the fast reader leaves blanks."""
    for row, column, text in errors:
        grid[row - 1][column - 1] = text


def _find_header(grid: Grid) -> tuple[int, Header] | FileRejectedError | None:
    """The place of the first filled row and its header; why not; None for an empty sheet."""
    for place, row in enumerate(grid):
        if _texts(row):
            try:
                return place, match_header([_text(cell).strip() for cell in row])
            except FileRejectedError as rejection:
                return rejection
    return None


def _read_table(name: str, grid: Grid, first: int, header: Header) -> Table:
    """The rows below the header; a row with a fault of its own is kept out of the records."""
    columns = [(p, header.contract.column(c)) for c, p in header.positions.items()]
    cards = [place for place, column in columns if column.type == "card"]
    records, numbers, faults, blank = [], [], [], first
    for number, row in enumerate(grid[first + 1 :], first + 2):
        cells = row[: header.width]
        if not _texts(row):
            blank += 1
            continue
        found = [(number, *fault) for p, c in columns if (fault := _fault(c, cells[p]))]
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


def _refuse_sheet(name: str, grid: Grid, header: Header) -> Table:
    filled = [number for number, row in enumerate(grid, 1) if _texts(row)]
    return Table(
        member=name,
        header=Header(header.contract, 0, {}, (), ()),
        delimiter=None,
        encoding="utf-8",
        lines=len(grid),
        header_lines=0,
        records=[],
        numbers=np.empty(0, dtype=np.int64),
        blank=len(grid) - len(filled),
        broken=[(number, "unknown_sheet") for number in filled],
    )


def _fault(column: Column, cell: object) -> tuple[str, str, str] | None:
    """(column, value, reason) of a cell that no text can stand for."""
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
