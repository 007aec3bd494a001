"""Deliveries: from the bytes of one delivered file to its tables, all of one kind."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingestion.contract import Contract, FileRejectedError, load_contracts
from ingestion.parsing.decode import decode
from ingestion.parsing.sheet import read_sheets
from ingestion.parsing.table import Table, count_lines, read_table
from ingestion.parsing.unpack import Bounds, Unpacked, unpack


@dataclass
class Delivery:
    """What one delivered file holds.

    Lines are numbered through all members: `offsets[i]` lines stand before the table `tables[i]`.
    `ignored` counts files of an archive that are no delivery. `rejection` is why the whole file is
    quarantined; `lines`, `header` and `blank` then tell what could still be counted.
    """

    compression: str | None = None
    ignored: int = 0
    tables: list[Table] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    rejection: FileRejectedError | None = None
    lines: int = 0
    header: int = 0
    blank: int = 0
    encoding: str | None = None

    @property
    def contract(self) -> Contract | None:
        """The contract of the tables; of a rejected file, when its kind could be told."""
        if self.rejection:
            return load_contracts().get(self.rejection.entity or "")
        return self.tables[0].header.contract


def read_delivery(data: bytes, bounds: Bounds, fallback: str | None) -> Delivery:
    """Unpack, decode and parse one delivered file; a file that cannot be read says why."""
    delivery = Delivery()
    try:
        unpacked = unpack(data, bounds)
        delivery.compression, delivery.ignored = unpacked.compression, unpacked.ignored
        for table in _read_tables(delivery, unpacked, bounds, fallback):
            delivery.offsets.append(delivery.lines)
            delivery.tables.append(table)
            delivery.lines += table.lines
        _check_one_kind(delivery.tables)
    except FileRejectedError as rejection:
        delivery.rejection = rejection
    delivery.header += sum(t.header_lines for t in delivery.tables)
    delivery.blank += sum(t.blank for t in delivery.tables)
    return delivery


def _read_tables(
    delivery: Delivery, unpacked: Unpacked, bounds: Bounds, fallback: str | None
) -> Iterator[Table]:
    """The tables one by one; what was read before a rejection stays counted."""
    if unpacked.kind == "workbook":
        yield from read_sheets(unpacked.members[0][1], bounds)
        return
    for name, content in unpacked.members:
        text = None
        try:
            text = decode(content, fallback)
            delivery.encoding = text.encoding
            yield read_table(name, text)
        except FileRejectedError as rejection:
            rejection.member = name
            if text:
                lines, blank = count_lines(text)
                delivery.lines += lines
                delivery.blank += blank
                delivery.header += blank < lines
            raise


def _check_one_kind(tables: list[Table]) -> None:
    kinds = sorted({t.header.contract.entity for t in tables})
    if len(kinds) > 1:
        raise FileRejectedError("mixed_kinds", ", ".join(kinds))
