"""Contracts: what a delivered file of each kind looks like, read from `contracts/*.yml`.

A kind is recognised by its header, never by its name. Headers match without regard to case, blanks,
underscores, hyphens and order.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingestion.masking import mask_rows

CONTRACTS = Path(__file__).parent / "contracts"
ENTITIES = ("order_items", "order_item_options", "restaurants")
# A calendar may be delivered too; the dates are generated, so that nothing of it is read.
CALENDAR = frozenset(
    ("datekey", "year", "month", "week", "dayofweek", "isweekend", "isholiday", "holidayname")
)


@dataclass(frozen=True)
class Column:
    """One column: its name in clean Parquet, its header in a delivery, and what a value must be.

    `format` is the only form that an operator's times or dates have (None: ISO-8601). A `telling`
    header stands in no other kind of file, whatever stands beside it.
    """

    name: str
    header: str
    type: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    pii: bool = False
    multiline: bool = False
    telling: bool = False
    max_length: int = 4000
    earliest: date | None = None
    format: str | None = None


@dataclass(frozen=True, eq=False)
class Contract:
    """One kind of file. `version` goes up when the same file would be read differently."""

    entity: str
    version: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    money: str | None

    def column(self, name: str) -> Column:
        """The column of this name in clean Parquet."""
        return next(c for c in self.columns if c.name == name)


@dataclass(frozen=True)
class Reason:
    """A reason code in words for the operator."""

    message: str
    remedy: str


@dataclass(frozen=True)
class Header:
    """A header line read under a contract.

    `positions` gives the place of each contract column in the file (absent: column missing);
    `unknown` and `missing` are headers as a person would write them.
    """

    contract: Contract
    width: int
    positions: dict[str, int]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


class FileRejectedError(Exception):
    """The whole file is quarantined; `code` is a key of reasons.yml, `value` what it speaks of.

    `member` names the file inside an archive, or the sheet, that is to blame.
    """

    def __init__(self, code: str, value: str = "", entity: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.entity = entity
        self.member = ""


@cache
def load_contracts() -> dict[str, Contract]:
    """Every contract by entity."""
    return {entity: _load(CONTRACTS / f"{entity}.yml") for entity in ENTITIES}


@cache
def load_reasons() -> dict[str, Reason]:
    """Every reason code with its message and remedy."""
    raw = yaml.safe_load((CONTRACTS / "reasons.yml").read_text(encoding="utf-8"))
    return {code: Reason(**words) for code, words in raw.items()}


@cache
def declared_contract(
    contract: Contract, time_format: str | None, date_format: str | None
) -> Contract:
    """The contract for an operator who has declared the form of times or dates."""
    if not time_format and not date_format:
        return contract
    formats = {"time": time_format, "date": date_format}
    columns = tuple(replace(c, format=formats.get(c.type)) for c in contract.columns)
    return replace(contract, columns=columns)


def explain(code: str, column: str = "", value: str = "", form: str = "") -> Reason:
    """Message and remedy of a code, with the column's header and the (masked) value filled in.

    `form` is how the value should have been written.
    """
    words = load_reasons()[code]
    return Reason(
        words.message.replace("{column}", column).replace("{form}", form).replace("{value}", value),
        words.remedy.replace("{column}", column).replace("{form}", form),
    )


def match_header(names: list[str]) -> Header:
    """Recognise the kind of file by its header.

    Raises FileRejectedError: duplicate_header, calendar_not_needed, kind_unclear, header_unknown,
    required_column_missing.
    """
    folded = [fold(name) for name in names]
    kinds = [c for c in load_contracts().values() if _is_of(c, {*folded} - {""})]
    if not kinds:
        raise FileRejectedError(_why_unknown({*folded}), mask_rows(", ".join(names)[:200]))
    contract = max(kinds, key=lambda c: _rank(c, set(folded)))
    known = _known(contract)
    _check_duplicates(names, [known.get(name, name) for name in folded], contract.entity)
    positions = {known[name]: place for place, name in enumerate(folded) if name in known}
    lacking = [c for c in contract.columns if c.name not in positions]
    if required := [c.header for c in lacking if c.required]:
        others = [n.strip() for n, f in zip(names, folded, strict=True) if f and f not in known]
        besides = f" (unknown ones in it: {mask_rows(', '.join(others)[:200])})" if others else ""
        value = ", ".join(required) + besides
        raise FileRejectedError("required_column_missing", value, contract.entity)
    return Header(
        contract=contract,
        width=len(names),
        positions=positions,
        missing=tuple(c.header for c in lacking),
        unknown=tuple(n.strip() for n, f in zip(names, folded, strict=True) if f not in known),
    )


def _is_of(contract: Contract, folded: set[str]) -> bool:
    """Whether a header is surely of this kind.

    Of a kind with telling headers, one of them must be there and none of another kind, or nothing
    but headers of this kind: the others stand in many a report.
    """
    hits, others = _hits(contract, folded), folded - _known(contract).keys()
    telling = {c.name for c in contract.columns if c.telling}
    if telling and others:
        foreign = {name for c in load_contracts().values() for name in _known(c)}
        return bool(hits & telling) and not others & foreign
    return len(hits) > 1 or _is_complete(contract, hits)


def _why_unknown(folded: set[str]) -> str:
    """The code of a header that is surely of no kind."""
    if len(CALENDAR & folded) > 3:
        return "calendar_not_needed"
    ranks = [_rank(c, folded) for c in load_contracts().values()]
    is_like_one = any(hits > 1 and complete for hits, complete in ranks)
    return "kind_unclear" if is_like_one else "header_unknown"


def recognised(names: list[str]) -> int:
    """How many of these headers the best fitting contract, or a calendar, knows."""
    folded = {fold(name) for name in names}
    kinds = [CALENDAR, *(_known(c).keys() for c in load_contracts().values())]
    return max(len(folded & known) for known in kinds)


def fold(name: str) -> str:
    """A header without what operators' tools change: case, blanks, underscores, hyphens, quotes."""
    return re.sub(r"[\s_\-\"'\u00a0\ufeff]", "", name).lower()


def _rank(contract: Contract, folded: set[str]) -> tuple[int, bool]:
    hits = _hits(contract, folded)
    return (len(hits), _is_complete(contract, hits))


def _hits(contract: Contract, folded: set[str]) -> set[str]:
    """The columns of a contract that a header has."""
    known = _known(contract)
    return {known[name] for name in folded & known.keys()}


def _is_complete(contract: Contract, hits: set[str]) -> bool:
    return all(c.name in hits for c in contract.columns if c.required)


@cache
def _known(contract: Contract) -> dict[str, str]:
    """Folded header or alias -> column name."""
    return {fold(h): c.name for c in contract.columns for h in (c.header, *c.aliases)}


def _check_duplicates(names: list[str], columns: list[str], entity: str) -> None:
    twice = {c for c in columns if c and columns.count(c) > 1}
    if twice:
        listed = ", ".join(n for n, c in zip(names, columns, strict=True) if c in twice)
        raise FileRejectedError("duplicate_header", listed, entity)


def _load(path: Path) -> Contract:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns = tuple(_column(fields) for fields in raw["columns"])
    return Contract(raw["entity"], raw["version"], columns, tuple(raw["key"]), raw["money"])


def _column(fields: dict[str, Any]) -> Column:
    return Column(**fields | {"aliases": tuple(fields.get("aliases", ()))})
