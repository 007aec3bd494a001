"""The lake in an S3 bucket: create-only and conditional writes."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.errors import S3_REMEDIES, LakeError, LakeReadError, LakeWriteError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

CONFLICT_RETRIES = 5
KMS_VARIABLE = "FRANCHISE_KMS_KEY"
PART = 64 << 20  # bytes; what is larger is sent in parts of this size


class S3Store:
    """A `lake.store.Store` below `s3://bucket/prefix`.

    With `kms_key` (an id, alias or ARN) every object is encrypted by that key of KMS; without it as
    the bucket's default says.
    """

    def __init__(
        self, bucket: str, prefix: str, client: S3Client, kms_key: str | None = None
    ) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.client = client
        self.options: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"}
        if kms_key:
            self.options |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key}

    @classmethod
    def from_uri(cls, uri: str) -> S3Store:
        """Open `s3://bucket/prefix` with credentials, endpoint and key of the environment."""
        import boto3

        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        return cls(bucket, prefix, boto3.client("s3"), os.environ.get(KMS_VARIABLE))

    def url(self, key: str = "") -> str:
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def read(self, key: str) -> bytes:
        return self._get(key)["Body"].read()

    def exists(self, key: str) -> bool:
        return self._head(key) is not None

    def size(self, key: str) -> int:
        head = self._head(key)
        if head is None:
            raise FileNotFoundError(key)
        return head["ContentLength"]

    def checksum(self, key: str) -> str | None:
        head = self._head(key, ChecksumMode="ENABLED")
        if head is None:
            raise FileNotFoundError(key)
        found = head.get("ChecksumSHA256", "-")
        return None if "-" in found else base64.b64decode(found).hex()  # "...-3": of three parts

    def list(self, prefix: str) -> Iterator[str]:
        from botocore.exceptions import ClientError

        pages = self.client.get_paginator("list_objects_v2")
        below = f"{self.prefix}{prefix.rstrip('/')}/"
        try:
            for page in pages.paginate(Bucket=self.bucket, Prefix=below):
                yield from (item["Key"][len(self.prefix) :] for item in page.get("Contents", []))
        except ClientError as error:
            raise self._in_words(prefix, error, LakeReadError) from error

    def create(self, key: str, data: bytes | Path) -> bool:
        return self._put(key, data, IfNoneMatch="*")

    def write(self, key: str, data: bytes | Path) -> None:
        self._put(key, data)

    def read_version(self, key: str) -> tuple[bytes, str] | None:
        try:
            answer = self._get(key)
        except FileNotFoundError:
            return None
        return answer["Body"].read(), answer["ETag"]

    def swap(self, key: str, data: bytes, version: str | None) -> None:
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        if not (self._put(key, data, **condition) or self._holds(key, data)):
            raise FileExistsError(f"{key} was changed by somebody else in the meantime")

    def fetch(self, key: str, folder: Path) -> Path:
        target = folder / key.replace("/", "_")
        with target.open("wb") as handle:
            for chunk in self._get(key)["Body"].iter_chunks(1 << 20):
                handle.write(chunk)
        return target

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def scratch(self) -> Path | None:
        return None

    def _put(self, key: str, data: bytes | Path, **condition: str) -> bool:
        """One conditional write; False when the condition failed (412). A 409 is a race: again."""
        from botocore.exceptions import ClientError

        is_large = isinstance(data, Path) and data.stat().st_size > PART
        send = self._send_parts if is_large else self._send_once
        for attempt in range(CONFLICT_RETRIES):
            try:
                send({"Bucket": self.bucket, "Key": self.prefix + key}, data, condition)
            except ClientError as error:
                status = _status(error)
                if status == 412 or (status == 404 and "IfMatch" in condition):
                    return False
                if status != 409 or attempt == CONFLICT_RETRIES - 1:
                    raise self._in_words(key, error, LakeWriteError) from error
                time.sleep(0.1 * 2**attempt)
            else:
                return True
        return False

    def _holds(self, key: str, data: bytes) -> bool:
        """Whether a refused write is done: its answer was lost and the client sent it again."""
        found = self.read_version(key)
        return found is not None and found[0] == data

    def _send_once(
        self, place: dict[str, str], data: bytes | Path, condition: dict[str, str]
    ) -> None:
        body = data.read_bytes() if isinstance(data, Path) else data
        self.client.put_object(**place, Body=body, **self.options, **condition)

    def _send_parts(self, place: dict[str, str], data: Path, condition: dict[str, str]) -> None:
        """Send a large file in parts; nothing is visible before the last, conditional call."""
        started = self.client.create_multipart_upload(**place, **self.options)
        upload = place | {"UploadId": started["UploadId"]}
        try:
            parts = [
                {"PartNumber": number} | self._send_part(upload, number, part)
                for number, part in enumerate(_parts(data), 1)
            ]
            self.client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, **condition
            )
        except BaseException:
            self.client.abort_multipart_upload(**upload)
            raise

    def _send_part(self, upload: dict[str, str], number: int, part: bytes) -> dict[str, str]:
        answer = self.client.upload_part(
            **upload, PartNumber=number, Body=part, ChecksumAlgorithm="SHA256"
        )
        return {name: answer[name] for name in ("ETag", "ChecksumSHA256") if name in answer}

    def _get(self, key: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)
        except ClientError as error:
            if _status(error) == 404:
                raise FileNotFoundError(key) from None
            raise self._in_words(key, error, LakeReadError) from error

    def _head(self, key: str, **options: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self.client.head_object(Bucket=self.bucket, Key=self.prefix + key, **options)
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise self._in_words(key, error, LakeReadError) from error

    def _in_words(self, key: str, error: ClientError, kind: type[LakeError]) -> Exception:
        """A refusal with its remedy; any other error as it is."""
        if _status(error) == 403 or error.response["Error"].get("Code") in S3_REMEDIES:
            return kind.at(self.url(key), error)
        return error


def _status(error: Any) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        while part := handle.read(PART):
            yield part
