"""An answer of the function `land` is never larger than Lambda lets through."""

import hashlib
import json

import pytest

from ingestion import lambda_handler
from ingestion.verdicts import LandingRun, Verdict
from lake import layout

LIMIT = 6 << 20  # of a synchronous invocation's answer


class Context:
    aws_request_id = "0123abcd"

    def get_remaining_time_in_millis(self):
        return 900_000


@pytest.fixture
def waiting(tmp_path, monkeypatch):
    """A backlog of 60,000 landings, and a run in which as many files failed; landing id -> key."""
    digests = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(60_000)]
    found = {d[:32]: layout.manifest(f"1{d[:32]}", d) for d in digests}
    failed = [Verdict(d, f"ü{d}/{d}.csv", "failed", reason="HTTP 403: forbidden") for d in digests]
    monkeypatch.setattr(lambda_handler, "waiting", lambda store: found)
    monkeypatch.setattr(lambda_handler, "land_files", lambda *_, **__: LandingRun("run-1", failed))
    monkeypatch.setenv("FRANCHISE_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("FRANCHISE_SOURCE", str(tmp_path))
    lambda_handler._store.cache_clear()
    yield found
    lambda_handler._store.cache_clear()


def test_an_answer_fits_into_six_megabytes_whatever_the_backlog(waiting):
    answer = lambda_handler.land({"run_id": "run-1"}, Context())
    assert 4_000_000 < len(json.dumps(answer).encode()) < LIMIT
    assert (answer["complete"], answer["others"]) == (False, {"failed": 60_000})
    assert answer["failed"][0]["reason"] == "HTTP 403: forbidden"


def test_the_rest_is_told_by_later_invocations(waiting):
    answer = lambda_handler.land({}, Context())
    told = answer["landings"]
    while not answer["complete"]:
        answer = lambda_handler.land({"after": told[-1]["landing_id"]}, Context())
        assert len(json.dumps(answer)) < LIMIT
        assert answer["landings"]
        told += answer["landings"]
    assert told == [{"landing_id": i, "manifest": waiting[i]} for i in sorted(waiting)]


def test_a_backlog_shrinks_when_what_was_told_is_cleaned(waiting):
    rounds = 0
    while waiting:
        for landing in lambda_handler.land({}, Context())["landings"]:
            del waiting[landing["landing_id"]]
        rounds += 1
    assert rounds == 4  # 60,000 landings of 171 bytes, in answers of 3 MB
