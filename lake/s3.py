"""The lake in an S3 bucket: create-only and conditional writes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFLICT_RETRIES = 5


class S3Store:
    """A `lake.store.Store` below `s3://bucket/prefix`."""

    def __init__(self, bucket: str, prefix: str, client: S3Client) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.client = client

    @classmethod
    def from_uri(cls, uri: str) -> S3Store:
        """Open `s3://bucket/prefix` with the credentials and endpoint of the environment."""
        import boto3

        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        return cls(bucket, prefix, boto3.client("s3"))

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

    def list(self, prefix: str) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2")
        below = f"{self.prefix}{prefix.rstrip('/')}/"
        for page in pages.paginate(Bucket=self.bucket, Prefix=below):
            for item in page.get("Contents", []):
                yield item["Key"][len(self.prefix) :]

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
        if not self._put(key, data, **condition):
            raise FileExistsError(f"{key} was changed by somebody else in the meantime")

    def fetch(self, key: str, folder: Path) -> Path:
        target = folder / key.replace("/", "_")
        with target.open("wb") as handle:
            for chunk in self._get(key)["Body"].iter_chunks(1 << 20):
                handle.write(chunk)
        return target

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def _put(self, key: str, data: bytes | Path, **condition: str) -> bool:
        """One conditional put; False when the condition failed (412). A 409 is a race: again."""
        from botocore.exceptions import ClientError

        body: Any = data.read_bytes() if isinstance(data, Path) else data
        for attempt in range(CONFLICT_RETRIES):
            try:
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=self.prefix + key,
                    Body=body,
                    ChecksumAlgorithm="SHA256",
                    **condition,
                )
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status == 412 or (status == 404 and "IfMatch" in condition):
                    return False
                if status != 409 or attempt == CONFLICT_RETRIES - 1:
                    raise
                time.sleep(0.1 * 2**attempt)
            else:
                return True
        return False

    def _get(self, key: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(key) from None
            raise

    def _head(self, key: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise
