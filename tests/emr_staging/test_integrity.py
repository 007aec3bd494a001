"""On S3 clean files are compared by the sha256 that S3 keeps; without one they are read."""

from decimal import Decimal

import pytest

from emr_staging.errors import NormalizeError
from emr_staging.integrity import verify_files
from emr_staging.landings import CleanFile
from lake import layout
from lake.store import open_store

KEY = layout.clean("order_items", "1a")
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
FILE = CleanFile("1a", "order_items", KEY, SHA256_OF_ABC, 3, 1, Decimal("1.00"))


@pytest.fixture
def store(bucket):
    return open_store(f"s3://{bucket}/lake")


@pytest.fixture
def reads(store):
    """The keys that are downloaded."""
    found = []
    store.client.meta.events.register(
        "provide-client-params.s3.GetObject", lambda params, **_: found.append(params["Key"])
    )
    return found


def put(store, body):
    """Write without a checksum, as another program may."""
    store.client.put_object(Bucket=store.bucket, Key=f"lake/{KEY}", Body=body)


def test_a_file_that_the_lake_wrote_is_not_read(store, reads):
    store.create(KEY, b"abc")
    verify_files(store, [FILE])
    assert reads == []


def test_a_file_that_another_program_wrote_is_read(store, reads):
    put(store, b"abc")
    verify_files(store, [FILE])
    assert reads == [f"lake/{KEY}"]


@pytest.mark.parametrize("write", [put, lambda store, body: store.write(KEY, body)])
def test_other_bytes_are_named_whoever_wrote_them(store, write):
    write(store, b"abd")
    with pytest.raises(NormalizeError, match=f"^{KEY} has another sha256 than clean/ledger/1a"):
        verify_files(store, [FILE])


def test_a_file_that_is_missing_is_named(store):
    with pytest.raises(NormalizeError, match=f"^{KEY} is missing, but clean/ledger/1a.json names"):
        verify_files(store, [FILE])
