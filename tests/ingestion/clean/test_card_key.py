"""The key of card hashes: where it comes from, and that a lake has one."""

import multiprocessing

import boto3
import pytest

from ingestion.cards import CardKey, CardKeyError, card_key, claim_card_key
from ingestion.clean import CleanSettings, clean_new
from lake import layout
from orchestration.pipeline import Run, clean
from orchestration.workspace import Workspace

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
CARD = "012345678901"


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("FRANCHISE_CARD_KEY", "FRANCHISE_CARD_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def arn(bucket):
    """The ARN of a secret that holds a key."""
    answer = boto3.client("secretsmanager").create_secret(Name=bucket, SecretString=SECRET.hex())
    return answer["ARN"]


def test_the_step_clean_takes_the_key_of_the_secret(lake, arn, monkeypatch):
    lake.land(lake.items(lake.item(PRINTED_CARD_NUMBER=CARD)))
    monkeypatch.setenv("FRANCHISE_CARD_KEY_SECRET", arn)
    monkeypatch.setenv("FRANCHISE_CARD_KEY", OTHER.hex())
    monkeypatch.setenv("FRANCHISE_LAKE", str(lake.store.root))
    clean(Run(Workspace(lake.store.root.parent)), lambda done, total: None)
    (key,) = lake.store.list("clean/entity=order_items")
    (row,) = lake._read(key)
    assert row["card_hash"] == CardKey(SECRET).hash(CARD)


def test_a_secret_that_cannot_be_read_says_which(aws, monkeypatch):
    monkeypatch.setenv("FRANCHISE_CARD_KEY_SECRET", "arn:aws:secretsmanager:us-east-1:1:secret:x")
    with pytest.raises(CardKeyError, match=r"the secret arn:aws:\S+:secret:x cannot be read"):
        card_key()


def test_a_lake_has_one_key(lake):
    clean_new(lake.store, lake.settings, 1)  # nothing waits, so no key is needed yet
    assert not lake.store.exists(layout.CARD_KEY)
    lake.land(lake.items(lake.item()), name="a.csv")
    clean_new(lake.store, CleanSettings(CardKey(SECRET)), 1)
    lake.land(lake.items(lake.item()), name="b.csv")
    with pytest.raises(CardKeyError, match=r"with the key 1a47cabd, this is the key 51c2e661"):
        clean_new(lake.store, CleanSettings(CardKey(OTHER)), 1)
    assert len(list(lake.store.list(layout.LEDGERS))) == 1


def test_the_key_is_changed_on_purpose_by_deleting_its_name(lake):
    claim_card_key(lake.store, CardKey(SECRET))
    lake.store.delete(layout.CARD_KEY)
    claim_card_key(lake.store, CardKey(OTHER))
    assert lake.store.read(layout.CARD_KEY).decode() == CardKey(OTHER).id


def test_a_key_that_others_can_read_is_refused(tmp_path):
    card_key(tmp_path)
    (tmp_path / "card_hash.key").chmod(0o640)
    with pytest.raises(CardKeyError, match=r"can be read by others\. Run: chmod 600 "):
        card_key(tmp_path)


def make_key(folder, barrier, ids):
    barrier.wait()
    ids.put(card_key(folder).id)


def test_processes_that_make_the_key_at_once_have_the_same(tmp_path):
    context = multiprocessing.get_context("forkserver")
    barrier, ids = context.Barrier(4), context.Queue()
    makers = [
        context.Process(target=make_key, args=(tmp_path / "secrets", barrier, ids))
        for _ in range(4)
    ]
    for maker in makers:
        maker.start()
    assert {ids.get(timeout=60) for _ in makers} == {card_key(tmp_path / "secrets").id}
    for maker in makers:
        maker.join()
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["card_hash.key"]
