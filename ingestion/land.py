"""Land: every new or changed file of the source, byte for byte, into the lake.

Bytes are stored under their hash, then a manifest names them: writing the manifest is the commit
point. Both are create-only, so a landing may be killed at any point and run again, and two at once
do no harm.
"""

import hashlib
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.drive import open_drive
from ingestion.folder import FolderSource
from ingestion.sources import DownloadError, Source, SourceError, SourceFile
from lake import layout
from lake.store import Store

__all__ = ["LandingRun", "SourceError", "land", "open_source"]

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
SCHEMA_VERSION = 1
TOMBSTONE = "trashed-"


@dataclass(frozen=True)
class Verdict:
    """What a run did with one file: landed, same, trashed, or failed with its reason."""

    file_id: str
    path: str
    verdict: str
    bytes: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class LandingRun:
    """One run of land: a verdict for every file that was seen or is gone."""

    run_id: str
    verdicts: list[Verdict]

    def facts(self) -> dict[str, Any]:
        """Counts for the run report, and the files that could not be had."""
        counts = Counter(v.verdict for v in self.verdicts)
        return {
            "files": len(self.verdicts) - counts["trashed"],
            "landed": counts.pop("landed", 0),
            "others": dict(counts),
            "bytes_downloaded": sum(v.bytes for v in self.verdicts),
            "failed": [{"path": v.path, "reason": v.reason} for v in self.verdicts if v.reason],
        }


def open_source(spec: str) -> Source:
    """The source that `drive:FOLDER_ID` or a folder's path names. Raises SourceError."""
    if spec.startswith("drive:"):
        return open_drive(spec.removeprefix("drive:"))
    return FolderSource(Path(spec))


def land(
    source: Source,
    store: Store,
    run_id: str,
    progress: Progress | None = None,
    workers: int = 8,
) -> LandingRun:
    """Land what is new or changed, in `workers` threads; a file that fails hurts only itself.

    Files that the source no longer has get a tombstone. The verdicts are written to
    `raw/runs/<run_id>.json`. Raises SourceError when the source cannot be listed.
    """
    files = list(source.list_files())
    known = _known_revisions(store)
    landed = _Landing(source, store, run_id)
    with ThreadPoolExecutor(workers) as pool, tempfile.TemporaryDirectory() as scratch:
        tasks = [
            pool.submit(landed.land_file, file, known.get(file.file_id, []), Path(scratch) / str(i))
            for i, file in enumerate(files)
        ]
        verdicts = []
        for task in tasks:
            verdicts.append(task.result())
            if progress:
                progress(len(verdicts), len(files))
    seen = {file.file_id for file in files}
    gone = [file_id for file_id in sorted(known) if file_id not in seen]
    verdicts += [v for file_id in gone for v in landed.bury(file_id, known[file_id])]
    run = LandingRun(run_id, verdicts)
    record = {"run_id": run_id, "source": source.kind, "files": [v.__dict__ for v in verdicts]}
    store.write(layout.landing_run(run_id), json.dumps(record).encode())
    return run


def _known_revisions(store: Store) -> dict[str, list[str]]:
    """Revisions of every file that was ever landed, by one listing: file id -> manifest names."""
    known: dict[str, list[str]] = {}
    for key in store.list(layout.MANIFESTS):
        folder, name = key.removeprefix(f"{layout.MANIFESTS}/").split("/")
        known.setdefault(folder.removeprefix("file="), []).append(name.removesuffix(".json"))
    return known


@dataclass(frozen=True)
class _Landing:
    source: Source
    store: Store
    run_id: str

    def land_file(self, file: SourceFile, revisions: list[str], target: Path) -> Verdict:
        """Land one file unless its latest revision has the same bytes."""
        if file.sha256 and self._is_latest(file, revisions, file.sha256):
            return Verdict(file.file_id, file.path, "same")
        try:
            file = self.source.download(file, target)
            file = replace(file, sha256=_sha256(target), bytes=target.stat().st_size)
            if self._is_latest(file, revisions, file.sha256):
                return Verdict(file.file_id, file.path, "same")
            self._commit(file, revisions, target)
        except DownloadError as error:
            log.warning("%s could not be landed: %s", file.path, error)
            return Verdict(file.file_id, file.path, "failed", reason=str(error))
        finally:
            target.unlink(missing_ok=True)
        return Verdict(file.file_id, file.path, "landed", file.bytes)

    def bury(self, file_id: str, revisions: list[str]) -> Iterator[Verdict]:
        """Record that a file is gone from the source, once."""
        last = self._latest(file_id, revisions)
        if last.get("trashed"):
            return
        number = sum(r.startswith(TOMBSTONE) for r in revisions) + 1
        now = _utc(datetime.now(UTC))
        stone = {
            "schema_version": SCHEMA_VERSION,
            "file_id": file_id,
            "revision": f"{TOMBSTONE}{number}",
            "trashed": True,
            "path": last["path"],
            "modified_at": max(now, last["modified_at"]),
            "version": last["version"],
            "run_id": self.run_id,
            "landed_at": now,
        }
        self.store.create(layout.manifest(file_id, stone["revision"]), json.dumps(stone).encode())
        yield Verdict(file_id, last["path"], "trashed")

    def _is_latest(self, file: SourceFile, revisions: list[str], sha256: str) -> bool:
        if not any(_content(revision) == sha256 for revision in revisions):
            return False
        if len(revisions) == 1:
            return True
        return self._latest(file.file_id, revisions).get("sha256") == sha256

    def _latest(self, file_id: str, revisions: list[str]) -> dict[str, Any]:
        keys = [layout.manifest(file_id, revision) for revision in revisions]
        manifests = [json.loads(self.store.read(key)) for key in keys]
        return max(manifests, key=lambda m: (m["modified_at"], m["version"], m["landed_at"]))

    def _commit(self, file: SourceFile, revisions: list[str], target: Path) -> None:
        """Blob first, manifest last: a manifest never names bytes that are not there."""
        self.store.create(layout.blob(file.sha256), target)
        revision = _name_revision(file.sha256, revisions)
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "landing_id": layout.landing_id(file.file_id, revision),
            "file_id": file.file_id,
            "revision": revision,
            "sha256": file.sha256,
            "bytes": file.bytes,
            "name": file.name,
            "path": file.path,
            "mime": file.mime,
            "modified_at": _utc(file.modified_at),
            "version": file.version,
            "source": self.source.kind,
            "run_id": self.run_id,
            "landed_at": _utc(datetime.now(UTC)),
        }
        self.store.create(layout.manifest(file.file_id, revision), json.dumps(manifest).encode())


def _content(revision: str) -> str:
    return revision.partition(".")[0]


def _name_revision(sha256: str, revisions: list[str]) -> str:
    """The hash, or `<hash>.<n>` when these bytes come back after another revision."""
    before = sum(_content(revision) == sha256 for revision in revisions)
    return sha256 if before == 0 else f"{sha256}.{before + 1}"


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
