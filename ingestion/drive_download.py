"""Downloads from Drive: resumed by Range, verified by hash and size, of one revision.

The hash is sha256, and md5 of older files, which have no other.
"""

import hashlib
import logging
from dataclasses import replace
from pathlib import Path

import requests

from ingestion.contract import FileRejectedError
from ingestion.drive_client import NATIVE, SHEET, XLSX, DriveClient, Item
from ingestion.parsing.sheet import digest_cells
from ingestion.parsing.unpack import DAMAGE, Bounds
from ingestion.retry import RefusedError
from ingestion.sources import ChangingError, DownloadError, SourceFile

log = logging.getLogger(__name__)

CHUNK = 1 << 18  # is still in the processor's cache when it is hashed
ATTEMPTS = 4  # downloads of one file: a cut body is resumed, a wrong one is fetched again


class _WrongBytesError(Exception):
    pass


def download_binary(client: DriveClient, file: SourceFile, target: Path) -> Item | None:
    """Write the verified bytes; the metadata afterwards when the file was edited meanwhile.

    Raises DownloadError.
    """
    failure = ""
    for _ in range(ATTEMPTS):
        try:
            _fetch(client, file, target)
            break
        except (requests.RequestException, _WrongBytesError) as error:
            failure = str(error) if isinstance(error, _WrongBytesError) else type(error).__name__
            log.info("the download of file %s is tried again: %s", file.file_id, failure)
            if isinstance(error, _WrongBytesError) and (now := _changed(client, file)):
                return now
    else:
        raise DownloadError(f"{ATTEMPTS} downloads failed, the last one because {failure}")
    return _changed(client, file)


def download_export(client: DriveClient, file: SourceFile, target: Path) -> SourceFile:
    """Write a Google Sheet as a workbook; the file with the hash of its cells.

    Raises DownloadError, ChangingError.
    """
    if file.mime != SHEET:
        kind = file.mime.removeprefix(NATIVE)
        raise DownloadError(f"is a Google {kind}, which holds no rows: save it as CSV or xlsx")
    edited = False
    for _ in range(ATTEMPTS):
        try:
            with client.export(file.file_id, XLSX) as answer:
                target.write_bytes(answer.content)
        except requests.RequestException as error:
            failure = type(error).__name__
            log.info("the export of file %s is tried again: %s", file.file_id, failure)
            continue
        except RefusedError as error:
            raise DownloadError(f"cannot be exported: {error}") from error
        if (now := _metadata(client, file))["version"] == str(file.version):
            return replace(file, cells=_digest_cells(target.read_bytes()))
        file, edited = replace(file, version=int(now["version"])), True
    if edited:
        raise ChangingError("was edited while it was exported; the next run has it")
    raise DownloadError("could not be exported; the next run tries it again")


def _digest_cells(data: bytes) -> str:
    """A hash of the cells, or of the bytes where clean will say what is wrong with them.

    Raises DownloadError for what is no workbook at all: that is Drive's fault and not the file's.
    """
    try:
        return digest_cells(data, Bounds())
    except FileRejectedError:
        return hashlib.sha256(data).hexdigest()
    except DAMAGE as error:
        raise DownloadError(
            "was exported as something that is no workbook; the next run tries it again. If it "
            "stays so, open the Sheet in Drive, or save it there as CSV or xlsx"
        ) from error


def _changed(client: DriveClient, file: SourceFile) -> Item | None:
    """The metadata of a file whose bytes are others than when it was listed. DownloadError."""
    now = _metadata(client, file)
    if now.get("trashed"):
        raise DownloadError("was moved to the trash while it was downloaded")
    if file.sha256:
        return None if now.get("sha256Checksum") == file.sha256 else now
    same = (now.get("md5Checksum", ""), now.get("headRevisionId", "")) == (file.md5, file.head)
    return None if same else now


def _metadata(client: DriveClient, file: SourceFile) -> Item:
    try:
        return client.metadata(file.file_id)
    except RefusedError as error:
        raise DownloadError(str(error)) from error


def _fetch(client: DriveClient, file: SourceFile, target: Path) -> None:
    """One download, from where an earlier one was cut; hashed as it is written."""
    have = target.stat().st_size if target.exists() else 0
    digest, announced = _announced(file)
    if have < file.bytes or not have:
        _append(client, file, target, have, digest)
    else:
        _add_file(digest, target)
    size = target.stat().st_size
    if size < file.bytes:
        raise _WrongBytesError(f"only {size} of {file.bytes} bytes came")
    if size != file.bytes or digest.hexdigest() != announced:
        target.unlink()  # complete and wrong: nothing of it can be kept
        raise _WrongBytesError(f"its {digest.name} or size differs from what Drive announced")


def _announced(file: SourceFile) -> tuple["hashlib._Hash", str]:
    """What computes the hash that Drive announced, and that hash. Raises DownloadError."""
    if file.sha256:
        return hashlib.sha256(), file.sha256
    if file.md5:
        return hashlib.md5(usedforsecurity=False), file.md5
    raise DownloadError(
        "Drive knows no checksum of it, so that no download can be verified: make a copy of it "
        "there, which gets one, and take the old one away"
    )


def _append(
    client: DriveClient, file: SourceFile, target: Path, have: int, digest: "hashlib._Hash"
) -> None:
    """Write what is missing behind the first `have` bytes, and hash the whole."""
    try:
        answer = client.media(file.file_id, have)
    except RefusedError as error:
        if have and error.status == 416:  # the file has become shorter than what we have
            target.unlink()
            raise _WrongBytesError("the file became shorter") from error
        raise DownloadError(str(error)) from error
    is_rest = answer.status_code == 206
    if is_rest:
        _add_file(digest, target)
    with answer, target.open("ab" if is_rest else "wb") as handle:
        for chunk in answer.iter_content(CHUNK):
            handle.write(chunk)
            digest.update(chunk)


def _add_file(digest: "hashlib._Hash", path: Path) -> None:
    with path.open("rb") as handle:
        hashlib.file_digest(handle, lambda: digest)
