"""The corpus of dirty files: each ends in exactly the ledger that was counted by hand."""

from dataclasses import replace

import pytest
import yaml

from ingestion.contract import CONTRACTS
from tests.ingestion.corpus import corpus

CORPUS = corpus()


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_a_dirty_file_ends_as_counted_by_hand(lake, case):
    ledger = lake.clean(case.data, declared(lake, case), name=case.name)
    assert ledger["reason"] == case.held
    held = "not_needed" if case.held == "calendar_not_needed" else "quarantined"
    assert ledger["status"] == (held if case.held else "loaded")
    assert tuple(ledger["counts"].values()) == case.counts
    assert ledger["rejected_by_reason"] == case.rejects
    assert ledger["repaired_by_kind"] == case.repairs
    if case.money:
        assert list(ledger["money"].values()) == [case.money]
    assert len(lake.rows(ledger)) == case.counts[2]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_a_big_file_ends_as_a_small_one_does(lake, case, monkeypatch):
    settings = declared(lake, case)
    small = found(lake, lake.clean(case.data, settings, name=case.name))
    monkeypatch.setattr("ingestion.parsing.table.BULK", 1)
    assert found(lake, lake.clean(case.data, settings, name=case.name)) == small


def declared(lake, case):
    return replace(lake.settings, declared={"*": case.declared})


def found(lake, ledger):
    """All that came of a file but times and the bytes of its Parquet."""
    rows = sorted(lake.rows(ledger), key=lambda row: row["_source_row"])
    facts = {name: ledger[name] for name in ledger.keys() - {"cleaned_at", "outputs"}}
    return facts, rows, lake.rejects(ledger)


def test_every_reason_that_an_operator_may_read_stands_in_the_corpus():
    reasons = set(yaml.safe_load((CONTRACTS / "reasons.yml").read_text()))
    seen = {code for case in CORPUS for code in (case.held, *case.rejects) if code}
    assert seen == reasons - {"cleaner_failed"}  # which no file is known to bring about


def test_names_of_the_corpus_are_unique():
    assert len({case.name for case in CORPUS}) == len(CORPUS)
