"""Local clocks, at the hours where they jump."""

from datetime import UTC, date, datetime

import numpy as np

from demo.clock import read_clock


def _ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def test_the_hour_before_and_after_the_clocks_go_forward():
    clock = read_clock("America/New_York", date(2026, 3, 1), date(2026, 3, 31))
    utc = np.array([_ms("2026-03-08T06:59:00"), _ms("2026-03-08T07:00:00")])
    local = [_ms("2026-03-08T01:59:00"), _ms("2026-03-08T03:00:00")]
    assert clock.to_local(utc).tolist() == local
    assert clock.to_utc(np.array(local)).tolist() == utc.tolist()


def test_there_and_back_is_the_same_away_from_the_jump():
    clock = read_clock("America/Los_Angeles", date(2025, 10, 1), date(2025, 12, 31))
    local = np.array([_ms("2025-10-31T23:30:00"), _ms("2025-11-30T00:10:00")])
    assert clock.to_local(clock.to_utc(local)).tolist() == local.tolist()
    assert clock.to_utc(local).tolist() == [_ms("2025-11-01T06:30:00"), _ms("2025-11-30T08:10:00")]
