"""Workbooks: a look through the parts of an xlsx file before its cells are read.

The fast reader holds a sheet as a whole grid, however few cells are filled, and leaves error cells
blank. So the sheets that the workbook names are walked first, by a parser that keeps nothing.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from xml.parsers import expat

from ingestion.contract import FileRejectedError
from ingestion.parsing.unpack import Bounds, read_member

MOST_CELLS = 50_000_000  # of a grid
MOST_MERGES = 1_000_000  # ranges of merged cells in a sheet
LONGEST_ERROR = 40  # characters of an error's text, such as #DIV/0!
READ_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}  # by the reader
ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\s[^<>]*?\bt\s*=\s*)(["'])e\2""")
COLUMN = re.compile("[A-Za-z]{1,3}")
DIGITS = "0123456789"

Attributes = dict[str, str]
Errors = list[tuple[int, int, str]]  # row and column, from 1 on, and the text of an error cell


def inspect_workbook(data: bytes, bounds: Bounds) -> dict[str, Errors]:
    """The error cells of every sheet, by the sheet's name, in the order of the workbook.

    Raises FileRejectedError: archive_damaged, archive_too_large, workbook_damaged.
    """
    parts = _read_parts(data, bounds)
    try:
        return {name: _Sheet(parts[part]).errors for name, part in _sheets(parts).items()}
    except (expat.ExpatError, LookupError, ValueError):
        raise FileRejectedError("workbook_damaged") from None


def make_readable(data: bytes, errors: dict[str, Errors]) -> bytes:
    """The workbook, its error cells made texts if some are of a kind that the reader does not know.

    `errors` are those that `inspect_workbook` found. Excel adds kinds, such as #SPILL!.
    """
    if all(text in READ_ERRORS for found in errors.values() for *_, text in found):
        return data
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as copy:
        for entry in archive.infolist():
            content = read_member(archive, entry)
            copy.writestr(entry.filename, ERROR_CELL.sub(rb"\1\2str\2", content))
    return buffer.getvalue()


def _read_parts(data: bytes, bounds: Bounds) -> dict[str, bytes]:
    """The XML parts by name in lower case, as the fast reader looks them up."""
    parts: dict[str, bytes] = {}
    left = bounds.bytes
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            content = read_member(archive, entry)
            left -= len(content)
            if left < 0:
                raise FileRejectedError("archive_too_large", f"over {bounds.bytes} bytes")
            name = entry.filename.replace("\\", "/").lower()
            if name in parts:
                raise FileRejectedError("workbook_damaged")
            if name.endswith((".xml", ".rels")):
                parts[name] = content
    return parts


def _sheets(parts: dict[str, bytes]) -> dict[str, str]:
    """Sheet name -> part. Raises ExpatError, LookupError, ValueError."""
    targets: list[tuple[str, str]] = []
    sheets: list[tuple[str, str]] = []

    def relationship(name: str, attributes: Attributes) -> None:
        if _local(name) == "Relationship":
            targets.append((attributes["Id"], _part(attributes["Target"])))

    def sheet(name: str, attributes: Attributes) -> None:
        if _local(name) == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            sheets.append((attributes["name"], relation))

    _parser(relationship).Parse(parts["xl/_rels/workbook.xml.rels"], True)
    _parser(sheet).Parse(parts["xl/workbook.xml"], True)
    part_of = _unique(targets)
    return {name: part_of[relation] for name, relation in _unique(sheets).items()}


def _part(target: str) -> str:
    """The name of a part that the workbook refers to."""
    target = target.replace("\\", "/").lower()
    if target.startswith("/"):
        return target[1:]
    return target if target.startswith("xl/") else f"xl/{target}"


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    if Counter(name for name, _ in pairs).most_common(1)[0][1] > 1:
        raise ValueError("a name stands twice")
    return dict(pairs)


class _Sheet:
    """One walk through a sheet: how far its cells reach, and which of them hold an error.

    A cell without a place of its own stands beside the one before it, as the fast reader has it.
    """

    def __init__(self, content: bytes) -> None:
        self.errors: Errors = []
        self._height = self._width = self._merges = 0
        self._row, self._next_row, self._column = 1, 1, 0
        self._texts: list[str] = []
        self._parser = _parser(self._start)
        self._parser.Parse(content, True)
        if self._height * self._width > MOST_CELLS:
            cells = f"{self._height} rows of {self._width} cells"
            raise FileRejectedError("archive_too_large", cells)
        if self._merges > MOST_MERGES:
            raise FileRejectedError("archive_too_large", f"{self._merges} ranges of merged cells")

    def _start(self, name: str, attributes: Attributes) -> None:
        name = _local(name) if ":" in name else name
        if name == "c":
            row, column = self._row, self._column + 1
            if place := attributes.get("r"):
                letters = place.rstrip(DIGITS)
                row, column = int(place[len(letters) :]), _column_number(letters)
            self._add_cell(row, column, attributes.get("t") == "e")
        elif name == "row":
            self._row = int(attributes.get("r", self._next_row))
            self._next_row, self._column = self._row + 1, 0
        elif name == "mergeCell":
            self._merges += 1

    def _add_cell(self, row: int, column: int, is_error: bool) -> None:
        self._column = column
        if row > self._height:  # max() would take a tenth of the walk
            self._height = row
        if column > self._width:
            self._width = column
        if is_error:
            self._start_error(row, column)

    def _start_error(self, row: int, column: int) -> None:
        """Hear what stands in the elements of this cell, until it ends."""
        texts: list[str] = []
        parser = self._parser

        def start(name: str, _: Attributes) -> None:
            texts.clear()  # a formula stands before the value

        def end(name: str) -> None:
            if _local(name) == "c":
                if text := "".join(texts).strip():
                    self.errors.append((row, column, text[:LONGEST_ERROR]))
                parser.StartElementHandler = self._start
                parser.CharacterDataHandler = parser.EndElementHandler = None

        parser.StartElementHandler = start
        parser.CharacterDataHandler = texts.append
        parser.EndElementHandler = end


def _parser(start: Callable[[str, Attributes], None]) -> expat.XMLParserType:
    """A parser that tells of every element that begins, and raises ValueError for a DOCTYPE."""
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a workbook declares no entities")


def _local(name: str) -> str:
    """The name of an element without its prefix."""
    return name[name.rfind(":") + 1 :]


@cache
def _column_number(letters: str) -> int:
    """A is 1. Raises ValueError for more than three letters, or what is no letter."""
    if not COLUMN.fullmatch(letters):
        raise ValueError("no name of a column")
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
