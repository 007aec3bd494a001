"""Files that are held back: released, or read again under a new contract, raw untouched."""

import json
from dataclasses import replace

import pytest

import ingestion.contract
from emr_staging.engine import spark_session
from emr_staging.landings import (
    CONTRACT_VERSIONS,
    decide,
    latest_revisions,
    new_ledgers,
    read_tombstones,
    to_landing,
    withdrawn_files,
)
from emr_staging.normalize import normalize
from emr_staging.settings import NormalizeSettings
from ingestion.clean import clean_new
from ingestion.replay import ReplayError, Selection, replay
from ingestion.revisions import known_revisions, latest_manifest, tombstone
from lake import layout


def held(lake, name="boston/items.csv"):
    """A file of 2 good rows, held back since 11 others are bad."""
    good = [lake.item(LINEITEM_ID=f"L{n}") for n in range(2)]
    return lake.clean(lake.items(*good, *[lake.item(ITEM_PRICE="free")] * 11), name=name)


def clean(lake):
    return clean_new(lake.store, lake.settings, workers=1)


def raw(lake):
    return {key: lake.store.read(key) for key in lake.store.list("raw")}


def states(lake):
    """What normalize decides of each landing."""
    landings = [to_landing(ledger) for ledger in new_ledgers(lake.store, [])]
    return decide(landings, frozenset())


def test_a_released_file_is_loaded_without_its_bad_rows(lake):
    before = held(lake)
    (found,) = replay(lake.store, Selection(paths=["boston/*"]), "run-2", release=True)
    (ledger,) = clean(lake)
    assert (found.landing_id, found.skipped) == (ledger["landing_id"], None)
    assert (ledger["status"], ledger["released"]) == ("loaded", True)
    assert ledger["replay_of"] == before["landing_id"]
    assert (ledger["counts"]["loaded"], ledger["counts"]["rejected"]) == (2, 11)
    assert len(lake.rows(ledger)) == 2
    assert states(lake) == {before["landing_id"]: "superseded", ledger["landing_id"]: "live"}


def test_nothing_in_raw_is_changed(lake):
    held(lake)
    before = raw(lake)
    replay(lake.store, Selection(), "run-2", release=True)
    after = raw(lake)
    assert before.items() <= after.items()
    (added,) = after.keys() - before.keys()
    assert added.endswith(".2.json")


def test_a_second_release_finds_it_done(lake):
    held(lake)
    replay(lake.store, Selection(), "run-2", release=True)
    clean(lake)
    again = replay(lake.store, Selection(), "run-3", release=True)
    assert sorted(r.skipped for r in again) == [
        "a later revision of the file has superseded it",
        "not held back for its rejected rows: it is loaded already",
    ]
    assert clean(lake) == []


def test_only_rejected_rows_can_be_released(lake):
    lake.clean("a,b\n1,2\n", name="junk.csv")
    (found,) = replay(lake.store, Selection(), "run-2", release=True)
    assert found.skipped == "not held back for its rejected rows: header_unknown"
    assert clean(lake) == []


def test_a_corrected_file_is_not_superseded_by_a_replay_of_the_old_one(lake):
    old = held(lake)
    lake.clean(lake.items(lake.item()), name="boston/items.csv", at="2024-03-03T06:00:00.000000Z")
    selection = Selection(landing_ids=[old["landing_id"]])
    (found,) = replay(lake.store, selection, "run-3", release=True)
    assert found.skipped == "a later revision of the file has superseded it"


def test_a_file_that_is_gone_is_read_again_and_stays_gone(lake):
    before = lake.clean(lake.items(lake.item()))
    manifest = json.loads(lake.store.read(layout.manifest(before["file_id"], before["revision"])))
    stone = tombstone(manifest, [before["revision"]], "run-2")
    lake.store.create(layout.manifest(before["file_id"], "trashed-1"), json.dumps(stone).encode())
    (found,) = replay(lake.store, Selection(), "run-3")
    (ledger,) = clean(lake)
    assert (found.skipped, ledger["replay_of"]) == (None, before["landing_id"])
    assert states(lake) == {before["landing_id"]: "superseded", ledger["landing_id"]: "live"}
    landings = [to_landing(ledger) for ledger in new_ledgers(lake.store, [])]
    stones = read_tombstones(lake.store)
    assert withdrawn_files(stones, latest_revisions(landings)) == {before["file_id"]}
    revisions = known_revisions(lake.store)[before["file_id"]]
    assert latest_manifest(lake.store, before["file_id"], revisions)["revision"] == "trashed-2"


def test_a_new_contract_reads_a_file_again(lake, monkeypatch):
    text = lake.items(lake.item()).replace("ITEM_PRICE", "PREIS")
    before = lake.clean(text)
    assert before["reason"] == "required_column_missing"
    contracts = with_alias("PREIS")
    for module in ("contract", "ledger", "replay", "parsing.delivery"):
        monkeypatch.setattr(f"ingestion.{module}.load_contracts", lambda: contracts)
    monkeypatch.setitem(CONTRACT_VERSIONS, "order_items", 4)  # raised with the contract's
    ingestion.contract._known.cache_clear()
    replay(lake.store, Selection(outdated=True), "run-2")
    (ledger,) = clean(lake)
    assert (ledger["status"], ledger["contract_version"]) == ("loaded", 4)
    assert normalized(lake).states == {"live": 1, "superseded": 1}
    assert states(lake) == {ledger["landing_id"]: "live", before["landing_id"]: "superseded"}
    with pytest.raises(ReplayError, match=r"no cleaned file is selected"):
        replay(lake.store, Selection(outdated=True, landing_ids=[ledger["landing_id"]]), "run-3")


def with_alias(alias):
    """The contracts with another word for the price, as version 4."""
    contracts = dict(ingestion.contract.load_contracts())
    contract = contracts["order_items"]
    columns = tuple(
        replace(c, aliases=(*c.aliases, alias)) if c.name == "item_price" else c
        for c in contract.columns
    )
    contracts["order_items"] = replace(contract, version=4, columns=columns)
    return contracts


def normalized(lake):
    """What normalize makes of the lake."""
    with spark_session("sail") as spark:
        return normalize(spark, lake.store, "run", NormalizeSettings("UTC"))


def test_a_selection_of_nothing_says_so(lake):
    held(lake)
    with pytest.raises(ReplayError, match=r"no cleaned file is selected"):
        replay(lake.store, Selection(paths=["chicago/*"]), "run-2", release=True)


def test_files_are_selected_by_reason(lake):
    held(lake)
    lake.clean("a,b\n1,2\n", name="junk.csv")
    found = replay(lake.store, Selection(reasons=["header_unknown"]), "run-2")
    assert [r.path for r in found] == ["junk.csv"]


def test_a_replay_that_was_killed_is_taken_up_by_the_next_clean(lake):
    held(lake)
    replay(lake.store, Selection(), "run-2", release=True, note="asked for by boston")
    (key,) = [k for k in lake.store.list(layout.MANIFESTS) if ".2.json" in k]
    assert b'"note": "asked for by boston"' in lake.store.read(key)
    assert [ledger["status"] for ledger in clean(lake)] == ["loaded"]
