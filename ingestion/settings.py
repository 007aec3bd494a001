"""Settings of cleaning: what an installation declares about its operators' files."""

from dataclasses import dataclass, field

from ingestion.cards import CardKey
from ingestion.parsing.unpack import Bounds


@dataclass(frozen=True)
class CleanSettings:
    """How files are cleaned.

    `fallback_encoding` is what a text without any UTF-8 is read as (None: its lines are rejected);
    `decimal_comma` lets a comma be the decimal mark in files that are not separated by semicolons.
    A file is held whole when more than `hold_share` of its rows and more than `hold_rows` rows are
    rejected, or all of them: fewer bad rows hurt only themselves.
    """

    card_key: CardKey
    fallback_encoding: str | None = "cp1252"
    decimal_comma: bool = False
    hold_share: float = 0.05
    hold_rows: int = 10
    bounds: Bounds = field(default_factory=Bounds)
