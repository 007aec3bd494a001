"""What must become of one file: the verdict on it and the counts of its ledger."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from demo.content import Source, lay_out
from demo.deliveries import Delivery
from demo.headquarters import list_known

FILE_REASONS = {
    "empty": "empty_file",
    "not_csv": "no_text",
    "unknown_header": "header_unknown",
    "duplicate_header": "duplicate_header",
    "missing_required": "required_column_missing",
    "old_workbook": "old_workbook",
    "mixed_kinds": "mixed_kinds",
    "local_times": "rejects_above_threshold",
    "truncated": "archive_damaged",
}
HOLD_ROWS, HOLD_SHARE = 10, 0.05  # the defaults of cleaning
NOTHING = np.arange(0)
KIND_KNOWN = ("duplicate_header", "missing_required", "local_times")


@dataclass(frozen=True)
class FileTruth:
    """What must become of one file. `status` is loaded, held (same bytes as an earlier file) or
    quarantined; counts are those of its ledger: a held file is read like any other. `money` is the
    sum of the loaded rows' price column. Counts of a quarantined file are not foretold (0)."""

    path: str
    entity: str | None
    status: str
    reason: str | None
    scenario: str
    spoils: tuple[str, ...]
    loaded: int = 0
    rejected: int = 0
    rejected_by_reason: tuple[tuple[str, int], ...] = ()
    headers: int = 1
    blank: int = 0
    embedded_newlines: int = 0
    duplicate_keys: int = 0
    money: Decimal = Decimal(0)

    @property
    def lines(self) -> int:
        """Physical lines of a loaded file: header, loaded, rejected, blank, embedded newlines."""
        if self.status == "quarantined":
            return 0
        return self.headers + self.loaded + self.rejected + self.blank + self.embedded_newlines


def judge_file(
    source: Source, delivery: Delivery
) -> tuple[FileTruth, np.ndarray, np.ndarray | None]:
    """(verdict, indexes of the loaded rows in file order, their cents where they may differ)."""
    file = FileTruth(
        delivery.path,
        delivery.entity,
        "loaded",
        None,
        delivery.scenario,
        delivery.spoils,
        headers=delivery.form.members,
    )
    if delivery.content != "rows":
        entity = delivery.entity if delivery.content in KIND_KNOWN else None
        reason = FILE_REASONS[delivery.content]
        return replace(file, entity=entity, status="quarantined", reason=reason), NOTHING, None
    if delivery.entity == "restaurants":
        rows = len(list_known(source.settings, source.restaurants, delivery))
        return replace(file, loaded=rows), NOTHING, None
    if delivery.spoils or delivery.without:
        return _judge_dirty(source, delivery, file)
    cents, (low, high) = _slice(source, delivery)
    money = Decimal(int(cents[low:high].sum())) / 100
    return replace(file, loaded=high - low, money=money), np.arange(low, high), None


def _slice(source: Source, delivery: Delivery) -> tuple[np.ndarray, tuple[int, int]]:
    book = source.book
    if delivery.entity == "order_items":
        return book.line_cents, book.lines_of(delivery.orders)
    return book.option_cents, book.options_of(delivery.orders)


def _is_hopeless(sound: int, bad: int) -> bool:
    """Whether cleaning holds the whole file: all rows are bad, or many and more than 1 in 20."""
    return bad > 0 and (sound == 0 or (bad > HOLD_ROWS and bad > HOLD_SHARE * (sound + bad)))


def _judge_dirty(
    source: Source, delivery: Delivery, file: FileTruth
) -> tuple[FileTruth, np.ndarray, np.ndarray]:
    sheet = lay_out(source, delivery)
    book_cents, _ = _slice(source, delivery)
    sound = [row for row in sheet.rows if not row.reason and not row.blank]
    reasons = [row.reason for row in sheet.rows if row.reason]
    if _is_hopeless(len(sound), len(reasons)):
        file = replace(file, status="quarantined", reason=FILE_REASONS["local_times"])
        return file, NOTHING, NOTHING
    indexes = np.array([row.index for row in sound], dtype=np.int64)
    cents = [int(book_cents[r.index]) if r.cents is None else r.cents for r in sound]
    file = replace(
        file,
        spoils=tuple(sheet.kinds),
        loaded=len(sound),
        rejected=len(reasons),
        rejected_by_reason=tuple((code, reasons.count(code)) for code in sorted(set(reasons))),
        blank=sum(row.blank for row in sheet.rows),
        embedded_newlines=sum(row.newlines for row in sound),
        duplicate_keys=len(indexes) - len(np.unique(indexes)),
        money=Decimal(sum(cents)) / 100,
    )
    return file, indexes, np.array(cents, dtype=np.int64)
