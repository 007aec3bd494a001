"""How long a refused request waits, as the server asks."""

import pytest
import requests

from ingestion.retry import Budget, RefusedError, send

NOON = "Wed, 21 Oct 2026 12:00:00 GMT"


class Session:
    """Refuses once with these headers, then answers."""

    def __init__(self, **headers):
        self.headers = headers
        self.asked = 0

    def request(self, *_, **__):
        self.asked += 1
        answer = requests.Response()
        answer.status_code = 200 if self.asked > 1 else 503
        answer.headers.update({name.replace("_", "-"): v for name, v in self.headers.items()})
        return answer


@pytest.mark.parametrize(
    ("asked", "date", "seconds"),
    [
        ("7", NOON, 7),
        ("Wed, 21 Oct 2026 12:00:40 GMT", NOON, 40),
        ("Wed, 21 Oct 2026 14:00:40 +0200", NOON, 40),
        ("Wed, 21 Oct 2026 11:59:00 GMT", NOON, 0),
        ("Wed, 21 Oct 2026 12:00:40 GMT", "", 0),
        ("Wed, 21 Oct 2026 12:00:40", NOON, 0),
        ("soon", NOON, 0),
    ],
)
def test_a_server_says_how_long_to_wait_in_seconds_or_by_its_own_clock(
    monkeypatch, asked, date, seconds
):
    waits = []
    monkeypatch.setattr("ingestion.retry.time.sleep", waits.append)
    monkeypatch.setattr("ingestion.retry.random.uniform", lambda low, high: 0.0)
    send(Session(Retry_After=asked, Date=date), lambda: None, "http://x", {}, Budget(60))
    assert waits == [seconds]


def test_a_date_beyond_the_budget_is_not_waited_for():
    session = Session(Retry_After="Wed, 21 Oct 2026 13:00:00 GMT", Date=NOON)
    with pytest.raises(RefusedError, match=r"HTTP 503, after 1 tries in 60 seconds"):
        send(session, lambda: None, "http://x", {}, Budget(60))
