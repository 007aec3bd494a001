"""Files that may still be written: left alone until nobody has touched them for a while."""

import math
import os
from datetime import UTC, datetime, timedelta

from ingestion.sources import SourceError

VARIABLE = "FRANCHISE_LAND_AFTER_MINUTES"


def read_patience() -> timedelta:
    """How long a file must have been left alone before it is landed. Raises SourceError."""
    text = os.environ.get(VARIABLE) or "0"
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 <= minutes <= 24 * 60:  # also when it is no number
        raise SourceError(
            f"{VARIABLE} is {text!r}: write minutes, such as 5, up to a day; 0: land at once"
        )
    return timedelta(minutes=minutes)


def is_fresh(modified_at: datetime, patience: timedelta) -> bool:
    """Whether a file was just modified. A time that lies further ahead is of a wrong clock."""
    return abs(datetime.now(UTC) - modified_at) < patience
