"""The real pipeline's ledgers against the truth, file by file, as the days go by."""

import json
from decimal import Decimal

import pytest

from demo.franchise import simulate
from demo.settings import FranchiseSettings
from ingestion.cards import CardKey
from ingestion.clean import CleanSettings, clean_new
from ingestion.land import land, open_source
from lake import layout
from lake.store import open_store

COUNTS = ("lines", "loaded", "rejected", "blank", "embedded_newlines")


@pytest.fixture(scope="module")
def busy():
    """Thirteen restaurants, one per format, and three weeks of daily files."""
    settings = FranchiseSettings(restaurants=13, days=40, daily_days=21, opened_share=1.0, seed=5)
    return simulate(settings)


def _land_and_clean(folder, store, day):
    land(open_source(str(folder)), store, f"20260701T120000Z-{day:06d}", workers=2)
    clean_new(store, CleanSettings(CardKey(b"0" * 32)), workers=1)


def _live_ledgers(store):
    """The ledger of the latest revision of every file, by path."""
    ledgers = [json.loads(store.read(key)) for key in store.list(layout.LEDGERS)]
    return {ledger["path"]: ledger for ledger in sorted(ledgers, key=lambda x: x["modified_at"])}


def _found(ledger):
    """What the ledger says of a file, in the words of the truth."""
    if ledger["status"] == "quarantined":
        return ledger["entity"], "quarantined", ledger["reason"]
    counts = tuple(ledger["counts"][name] for name in COUNTS)
    money = sum(map(Decimal, (ledger["money"] or {}).values()))
    reasons = tuple(sorted(ledger["rejected_by_reason"].items()))
    return ledger["entity"], "loaded", counts, reasons, ledger["duplicate_keys"], money


def _expected(file):
    if file.status == "quarantined":
        return file.entity, "quarantined", file.reason
    counts = tuple(getattr(file, name) for name in COUNTS)
    about = (file.rejected_by_reason, file.duplicate_keys, file.money)
    return file.entity, "loaded", counts, *about


def test_every_ledger_says_what_the_truth_knows(busy, tmp_path):
    store = open_store(str(tmp_path / "lake"))
    for day in (25, 33, 39, 42):
        busy.deliver(tmp_path / "drive", day)
        _land_and_clean(tmp_path / "drive", store, day)
        found = {path: _found(ledger) for path, ledger in _live_ledgers(store).items()}
        expected = {path: _expected(file) for path, file in busy.truth(day).files.items()}
        assert found == expected
    assert len(expected) > 500


def test_the_stories_of_the_busy_weeks_hold_what_the_comparison_needs(busy):
    files = [file for day in (25, 33, 39, 42) for file in busy.truth(day).files.values()]
    reasons = {code for file in files for code, _ in file.rejected_by_reason}
    assert len(reasons) > 12
    assert {file.reason for file in files} > {"empty_file", "no_text", "header_unknown"}
    assert {file.status for file in files} == {"loaded", "held", "quarantined"}
