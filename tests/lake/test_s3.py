"""What only a lake in S3 does: encryption, parts, and answers of S3 to conditional writes."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import boto3
import pytest
from botocore.awsrequest import AWSResponse

import lake.s3
from lake.errors import LakeReadError, LakeWriteError
from lake.s3 import S3Store
from lake.store import open_store

CONFLICT = b"<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>"


class Body:
    def __init__(self, content):
        self.content = content

    def stream(self, **_):
        yield self.content


def answer(store, operation, status, times, content=CONFLICT, headers=None):
    """Let S3 answer `times` requests of one operation with this status; how many were sent."""
    sent = []

    def handle(request, **_):
        sent.append(request.url)
        if len(sent) <= times:
            return AWSResponse(request.url, status, headers or {}, Body(content))
        return None

    store.client.meta.events.register(f"before-send.s3.{operation}", handle)
    return sent


@pytest.fixture
def store(bucket):
    return open_store(f"s3://{bucket}/lake")


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A file of three parts; S3 takes no smaller ones than 5 MB, but for the last."""
    monkeypatch.setattr(lake.s3, "PART", 5 << 20)
    path = tmp_path / "large"
    path.write_bytes(b"0123456789abcdef" * 700_000)  # 11.2 MB
    return path


@pytest.mark.parametrize("write", ["write", "create"])
def test_a_large_file_is_sent_in_parts(store, large, write):
    sent = answer(store, "UploadPart", 200, 0)
    getattr(store, write)("a", large)
    assert (len(sent), store.size("a")) == (3, 11_200_000)
    assert store.read("a") == large.read_bytes()


def test_the_checksum_is_the_sha256_of_the_bytes(store):
    store.write("a", b"abc")
    assert store.checksum("a") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_what_another_program_wrote_has_no_checksum(store):
    store.client.put_object(Bucket=store.bucket, Key="lake/a", Body=b"abc")
    assert store.checksum("a") is None


def test_the_checksum_of_a_file_that_came_in_parts_is_not_that_of_its_bytes(store):
    """S3 answers with the hash of the parts' hashes and how many there were; moto without."""
    headers = {"x-amz-checksum-sha256": "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=-3"}
    store.client.meta.events.register(
        "before-send.s3.HeadObject",
        lambda request, **_: AWSResponse(request.url, 200, headers, Body(b"")),
    )
    assert store.checksum("a") is None


def test_a_large_file_never_replaces_what_is_there(store, large):
    store.create("a", b"first")
    assert store.create("a", large) is False
    assert store.read("a") == b"first"
    assert "Uploads" not in store.client.list_multipart_uploads(Bucket=store.bucket)


def test_a_large_upload_that_fails_leaves_no_parts(store, large):
    answer(store, "UploadPart", 403, 1, b"<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(LakeWriteError):
        store.create("a", large)
    assert "Uploads" not in store.client.list_multipart_uploads(Bucket=store.bucket)
    assert not store.exists("a")


def test_objects_are_encrypted_by_the_key_that_is_asked_for(bucket, large, monkeypatch):
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    monkeypatch.setenv("FRANCHISE_KMS_KEY", key)
    store = open_store(f"s3://{bucket}")
    store.create("small", b"1")
    store.create("large", large)
    for name in ("small", "large"):
        head = store.client.head_object(Bucket=bucket, Key=name)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_without_a_key_the_bucket_decides(store):
    store.write("a", b"1")
    head = store.client.head_object(Bucket=store.bucket, Key="lake/a")
    assert "SSEKMSKeyId" not in head


def test_every_write_carries_its_checksum(store):
    store.write("a", b"abc")
    head = store.client.head_object(Bucket=store.bucket, Key="lake/a", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="


def test_a_conflict_with_another_writer_is_tried_again(store):
    sent = answer(store, "PutObject", 409, 2)
    assert store.create("a", b"1") is True
    assert (len(sent), store.read("a")) == (3, b"1")


def test_a_large_file_in_conflict_is_sent_anew(store, large):
    answer(store, "CompleteMultipartUpload", 409, 1)
    assert store.create("a", large) is True
    assert store.size("a") == 11_200_000
    assert "Uploads" not in store.client.list_multipart_uploads(Bucket=store.bucket)


def test_a_conflict_without_end_is_an_error(store, monkeypatch):
    monkeypatch.setattr(lake.s3.time, "sleep", lambda seconds: None)
    answer(store, "PutObject", 409, 100)
    with pytest.raises(store.client.exceptions.ClientError, match=r"ConditionalRequestConflict"):
        store.create("a", b"1")


def test_a_bucket_that_may_not_be_written_to_says_so(store):
    answer(store, "PutObject", 403, 1, b"<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(
        LakeWriteError,
        match=r"the lake cannot be written to at s3://lake-\d+/lake/a: .*AccessDenied.*"
        r"Allow this user to write there, then run again\.",
    ):
        store.write("a", b"1")


def test_a_lake_may_be_a_whole_bucket(bucket):
    store = S3Store(bucket, "", boto3.client("s3"))
    store.write("a/b", b"1")
    assert (list(store.list("a")), store.url("a/b")) == (["a/b"], f"s3://{bucket}/a/b")


def test_credentials_that_expire_in_the_middle_say_so(store):
    expired = b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>"
    answer(store, "PutObject", 400, 1, expired)
    with pytest.raises(LakeWriteError, match=r"The token has expired\. Renew the credentials, "):
        store.create("a", b"1")
    assert store.create("a", b"1") is True


READS = {
    "GetObject": lambda store: store.read("a"),
    "HeadObject": lambda store: store.exists("a"),
    "ListObjectsV2": lambda store: list(store.list("a")),
}


@pytest.mark.parametrize("operation", READS)
def test_credentials_that_expire_before_a_read_say_so(store, operation):
    expired = b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>"
    answer(store, operation, 400, 9, b"" if operation == "HeadObject" else expired)
    message = (
        rf"the lake cannot be read at {store.url('a')}: .*{operation} .* Renew the credentials"
    )
    with pytest.raises(LakeReadError, match=message):
        READS[operation](store)


@pytest.mark.parametrize("operation", READS)
def test_a_bucket_that_may_not_be_read_says_so(store, operation):
    denied = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    answer(store, operation, 403, 1, b"" if operation == "HeadObject" else denied)
    with pytest.raises(LakeReadError, match=r"Allow this user to read there, then run again\.$"):
        READS[operation](store)


def test_a_clock_that_is_wrong_is_what_is_to_be_set(store):
    skewed = b"<Error><Code>RequestTimeTooSkewed</Code><Message>too large</Message></Error>"
    server = format_datetime(datetime.now(UTC) + timedelta(minutes=42))
    answer(store, "PutObject", 403, 9, skewed, {"date": server})
    with pytest.raises(LakeWriteError, match=r"Set this machine's clock: it is off by 42 minutes"):
        store.write("a", b"x")


def test_a_key_that_is_not_there_is_no_refusal(store):
    with pytest.raises(FileNotFoundError):
        store.read("a")


@pytest.mark.parametrize("version", ["first", "later"])
def test_a_swap_whose_answer_was_lost_and_that_is_sent_again_is_no_lost_race(
    store, monkeypatch, version
):
    """As botocore does after a broken connection: the second request meets the first one's key."""
    if version == "later":
        store.swap("current", b"0", None)
    found, put = store.read_version("current"), store.client.put_object

    def put_twice(**request):
        put(**request)
        return put(**request)

    monkeypatch.setattr(store.client, "put_object", put_twice)
    store.swap("current", b"1", found and found[1])
    assert store.read("current") == b"1"
    with pytest.raises(FileExistsError):
        store.swap("current", b"2", found[1] if found else None)
