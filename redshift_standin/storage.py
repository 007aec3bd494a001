"""What COPY and UNLOAD see as S3: buckets that are local folders, or a server that speaks S3."""

from pathlib import Path
from typing import Any

from lake.folder import FolderStore


class StorageError(Exception):
    """There is no such bucket or object, in the words of Redshift."""


class BucketFolder(FolderStore):
    """A lake in a local folder whose addresses are those of a bucket, as COPY wants them."""

    def __init__(self, bucket: str, root: Path) -> None:
        super().__init__(root)
        self.bucket = bucket

    def url(self, key: str = "") -> str:
        return f"s3://{self.bucket}/{key}"


class Storage:
    """Objects by `s3://bucket/key`: in `folders`, by bucket, or behind a boto3 client."""

    def __init__(self, folders: dict[str, Path] | None = None, client: Any = None) -> None:
        self.folders = folders or {}
        self.client = client

    def read(self, url: str) -> bytes:
        """The bytes of an object. Raises StorageError when it does not exist."""
        bucket, key = _parts(url)
        try:
            if bucket in self.folders:
                return (self.folders[bucket] / key).read_bytes()
            return self._client(bucket).get_object(Bucket=bucket, Key=key)["Body"].read()
        except (OSError, self._errors()) as error:
            raise StorageError(f"The specified key does not exist: {url}") from error

    def write(self, url: str, data: bytes) -> None:
        """Write an object."""
        bucket, key = _parts(url)
        if bucket in self.folders:
            path = self.folders[bucket] / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        else:
            self._client(bucket).put_object(Bucket=bucket, Key=key, Body=data)

    def list(self, url: str) -> list[str]:
        """The objects whose URL starts so, in order."""
        bucket, prefix = _parts(url)
        if bucket in self.folders:
            root = self.folders[bucket]
            keys = [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()]
        else:
            answer = self._client(bucket).list_objects_v2(Bucket=bucket, Prefix=prefix)
            keys = [item["Key"] for item in answer.get("Contents", [])]
        return [f"s3://{bucket}/{key}" for key in sorted(keys) if key.startswith(prefix)]

    def _client(self, bucket: str) -> Any:
        if self.client is None:
            raise StorageError(f"The specified bucket does not exist: {bucket}")
        return self.client

    def _errors(self) -> type[Exception]:
        from botocore.exceptions import ClientError

        return ClientError


def _parts(url: str) -> tuple[str, str]:
    if not url.startswith("s3://"):
        raise StorageError(f"{url} is not an s3:// URL")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
