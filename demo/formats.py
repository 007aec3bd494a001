"""How operators save their files: encodings, delimiters, line ends, containers.

Everything is deterministic: no clock and no host name gets into gz, zip or xlsx.
"""

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from openpyxl import Workbook

from demo.dirt import BROKEN_BYTE

END = "\0\r\n"  # its CR and LF make the writer quote cells that hold one, on every Python
ZIP_DATE = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Format:
    """One operator's habit of saving; the defaults are the documented feed."""

    name: str = "plain"
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\n"
    decimal_comma: bool = False
    header: str = "upper"
    reordered: bool = False
    extra: bool = False
    missing: tuple[str, ...] = ()
    times: str = "millis"
    quote_all: bool = False
    final_newline: bool = True
    container: str = ""  # gz, zip, xlsx
    members: int = 1  # of a zip: each register exports its share of the rows, with a header
    pattern: str = "{entity}_{day:%Y-%m-%d}"

    @property
    def suffix(self) -> str:
        """The end of the file's name."""
        return {"": ".csv", "gz": ".csv.gz", "zip": ".zip", "xlsx": ".xlsx"}[self.container]


PLAIN = Format()
FORMATS = (
    PLAIN,
    Format("bom", encoding="utf-8-sig", newline="\r\n", pattern="{entity}-{day:%Y%m%d}"),
    Format("gzip", container="gz"),
    Format("lower", header="lower", times="variable", pattern="{day:%Y-%m-%d} {entity}"),
    Format("cp1252", encoding="cp1252", delimiter=";", newline="\r\n", decimal_comma=True),
    Format("reordered", reordered=True, extra=True, times="variable"),
    Format("utf16", encoding="utf-16", newline="\r\n", pattern="Export {entity} {day:%d-%m-%Y}"),
    Format("zip", container="zip", times="seconds", members=2),
    Format("mac", newline="\r", header="title"),
    Format("quoted", quote_all=True, times="seconds", final_newline=False),
    Format("sparse", missing=("CURRENCY", "PRINTED_CARD_NUMBER"), times="blank"),
    Format("sheet", container="xlsx"),
    Format("semicolon", delimiter=";", times="offset"),
)


def choose_format(restaurant: int, daily: bool, dirty: bool) -> Format:
    """The habit of a restaurant's operator; sheets only for the daily files of the last weeks."""
    if not dirty:
        return PLAIN
    habit = FORMATS[restaurant % len(FORMATS)]
    return PLAIN if habit.container == "xlsx" and not daily else habit


def join_rows(rows: Iterable[Sequence[str]], form: Format) -> list[str]:
    """Each row as the text of its line, without the line end."""
    buffer = io.StringIO()
    quoting = csv.QUOTE_ALL if form.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(buffer, delimiter=form.delimiter, quoting=quoting, lineterminator=END)
    writer.writerows(rows)
    return buffer.getvalue().split(END)[:-1]


def encode_lines(lines: Sequence[str], form: Format, name: str) -> bytes:
    """The bytes of a text file of these lines (header first), packed if the format says so."""
    if form.container == "zip":
        return zip_bytes(dict(_share_out(lines, form, name)))
    content = _encode(lines, form)
    return gzip.compress(content, compresslevel=6, mtime=0) if form.container == "gz" else content


def _encode(lines: Sequence[str], form: Format) -> bytes:
    text = form.newline.join(lines) + (form.newline if form.final_newline else "")
    return text.encode(form.encoding).replace(BROKEN_BYTE.encode(), b"\xe9")


def _share_out(lines: Sequence[str], form: Format, name: str) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each member: the same header, then a part of the rows."""
    header, rows = lines[0], lines[1:]
    size = -(-len(rows) // form.members)
    for number in range(form.members):
        part = rows[number * size : (number + 1) * size]
        yield f"{name}_register_{number + 1}.csv", _encode([header, *part], form)


def encode_sheet(rows: Sequence[Sequence[object]], notes: Sequence[Sequence[object]]) -> bytes:
    """An xlsx of two sheets: the data, then notes, which may be none."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    for row in rows:
        sheet.append(row)
    second = book.create_sheet("Sheet2")
    for row in notes:
        second.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return _freeze(buffer.getvalue())


def zip_bytes(members: dict[str, bytes]) -> bytes:
    """A zip of members by name, dated the same whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _freeze(xlsx: bytes) -> bytes:
    """The same workbook without the moment of saving."""
    with zipfile.ZipFile(io.BytesIO(xlsx)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    core = members["docProps/core.xml"]
    members["docProps/core.xml"] = re.sub(rb"20\d\d-[^<]*Z", b"2020-01-01T00:00:00Z", core)
    return zip_bytes(members)
