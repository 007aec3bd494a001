"""Big deliveries: typed block by block as they are read, so that they need little memory.

Rows of plain values are typed in Arrow; the others are gathered and get their second look, by the
rules in SQL, when they are many or the delivery ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contract import Contract
from ingestion.plain import split_plain
from ingestion.rows import RawRows
from ingestion.summary import Counts, count_repairs
from ingestion.validate import Refusal, define_rows, find_refusals, read_rows

GATHERED = 50_000  # rows with doubtful values that are looked at together


@dataclass
class BigRows:
    """The rows of one big delivery; when they have been read, what was counted and refused."""

    connection: duckdb.DuckDBPyConnection
    contract: Contract
    source: RawRows
    counts: Counts = field(default_factory=Counts)
    refusals: list[Refusal] = field(default_factory=list)

    def __iter__(self) -> Iterator[pa.Table]:
        """The rows that fit: _row, then the typed columns."""
        doubtful: list[pa.Table] = []
        for rows in self.source.batches():
            self.counts.rows += rows.num_rows
            self.counts.trimmed += pc.sum(rows["_trimmed"]).as_py()
            plain, left = split_plain(rows, self.contract)
            if plain:
                yield plain
            if left.num_rows:
                doubtful.append(left)
            if sum(table.num_rows for table in doubtful) >= GATHERED:
                yield self._look_again(doubtful)
                doubtful = []
        if doubtful:
            yield self._look_again(doubtful)

    def _look_again(self, doubtful: list[pa.Table]) -> pa.Table:
        define_rows(self.connection, self.contract, pa.concat_tables(doubtful))
        refused, repairs = count_repairs(self.connection, self.contract)
        self.counts.refused += refused
        self.counts.repairs.update(repairs)
        if refused:
            self.refusals += find_refusals(self.connection, self.contract)
        return read_rows(self.connection, self.contract).read_all()
