"""Local clocks: UTC milliseconds to local milliseconds and back, for whole arrays."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

HOUR = 3_600_000
DAY = 24 * HOUR
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Clock:
    """Offsets of one time zone over a range: from instants[i] (UTC ms) on, offsets[i] ms hold."""

    instants: np.ndarray
    offsets: np.ndarray

    def to_local(self, utc: np.ndarray) -> np.ndarray:
        """UTC milliseconds to milliseconds on the local clock."""
        return utc + self.offsets[np.searchsorted(self.instants, utc, side="right") - 1]

    def to_utc(self, local: np.ndarray) -> np.ndarray:
        """Local milliseconds to UTC; an hour that does not exist becomes one that does."""
        guess = local - (self.to_local(local) - local)
        return local - (self.to_local(guess) - guess)


@cache
def read_clock(zone: str, first: date, last: date) -> Clock:
    """The clock of an IANA zone, exact from 3 days before `first` to 3 days after `last`."""
    here = ZoneInfo(zone)
    moment = datetime.combine(first, time(), UTC) - timedelta(days=3)
    end = datetime.combine(last, time(), UTC) + timedelta(days=4)
    instants, offsets = [], []
    while moment < end:
        offset = _offset(moment, here)
        if not offsets or offsets[-1] != offset:
            instants.append(int(moment.timestamp()) * 1000)
            offsets.append(offset)
        moment += timedelta(hours=1)
    instants[0] = np.iinfo(np.int64).min
    return Clock(np.array(instants, dtype=np.int64), np.array(offsets, dtype=np.int64))


def _offset(moment: datetime, here: ZoneInfo) -> int:
    return int(moment.astimezone(here).utcoffset().total_seconds()) * 1000


def start_of(day: date) -> int:
    """Milliseconds from 1970-01-01 to 00:00 of a date, on whichever clock is meant."""
    return (day - EPOCH).days * DAY
