"""Land: every new or changed file of the source, byte for byte, into the lake.

Bytes are stored under their hash, then a manifest names them: writing the manifest is the commit
point. Both are create-only, so a landing may be killed at any point and run again, and two at once
do no harm.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingestion.drive import DriveSource, open_drive
from ingestion.folder import FolderSource, split_spec
from ingestion.freshness import is_fresh, read_patience
from ingestion.known_folders import know_folder
from ingestion.memory import Memory, recall, remember
from ingestion.places import is_behind, last_paths, note_move
from ingestion.revisions import (
    SCHEMA_VERSION,
    content_of,
    known_revisions,
    later,
    latest_manifest,
    name_revision,
    tombstone,
    utc_text,
)
from ingestion.scratch import explain, make_scratch
from ingestion.sources import ChangingError, DownloadError, Source, SourceError, SourceFile
from ingestion.verdicts import LandingRun, Verdict
from lake import layout
from lake.store import Store

__all__ = ["LandingRun", "SourceError", "land", "open_source"]

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


def open_source(spec: str) -> Source:
    """The source of `drive:FOLDER_ID`, `folder:NAME:PATH` or a path. Raises SourceError."""
    if spec.startswith("drive:"):
        return open_drive(spec.removeprefix("drive:"))
    name, path = split_spec(spec)
    return FolderSource(path, name)


def land(
    source: Source,
    store: Store,
    run_id: str,
    progress: Progress | None = None,
    workers: int = 8,
    has_time: Callable[[], bool] = lambda: True,
) -> LandingRun:
    """Land what is new or changed, in `workers` threads; a file that fails hurts only itself.

    Files that are not begun when `has_time` says no are postponed, and so are those that may still
    be written (`freshness`), as `too_fresh`. Files that the source no longer has get a tombstone,
    but for those behind a link that leads nowhere now: they are `unseen` and stay.
    The verdicts are written to `raw/runs/<run_id>.json`. Raises SourceError when the source cannot
    be listed, or is another folder than the one that the lake knows.
    """
    if isinstance(source, FolderSource):
        know_folder(source, store)
    patience, memory = read_patience(), recall(store, source.root)
    files = _list(source, store, has_time)
    known = known_revisions(store)
    paths = last_paths(store)
    landed = _Landing(source, store, run_id, has_time, patience, memory)
    seen = {file.file_id for file in files}
    gone = [file_id for file_id in sorted(known) if file_id not in seen]
    with ThreadPoolExecutor(workers) as pool, make_scratch(store) as scratch:
        tasks = [
            pool.submit(landed.land_file, file, known.get(file.file_id, []), Path(scratch) / str(i))
            for i, file in enumerate(files)
        ]
        try:
            verdicts = []
            for task in tasks:
                verdicts.append(note_move(task.result(), paths))
                if progress:
                    progress(len(verdicts), len(files))
            buried = pool.map(
                landed.bury, gone, (known[i] for i in gone), (paths.get(i) for i in gone)
            )
            verdicts += [verdict for verdict in buried if verdict]
        finally:
            pool.shutdown(cancel_futures=True)
    remember(store, source.root, memory.of(seen))
    run = LandingRun(run_id, verdicts)
    record = {
        "run_id": run_id,
        "source": source.kind,
        "root": source.root,
        "requests": getattr(source, "requests", 0),
        "files": [v.__dict__ for v in verdicts],
    }
    store.write(layout.landing_run(run_id), json.dumps(record).encode())
    return run


def _list(source: Source, store: Store, has_time: Callable[[], bool]) -> list[SourceFile]:
    """Every file of the source; Drive is asked for changes where the last listing may be used."""
    if not isinstance(source, DriveSource):
        return list(source.list_files())
    source.has_time = has_time
    found = store.read_version(layout.listing(source.root))
    if found:
        source.resume(json.loads(found[0]))
    files = list(source.list_files())
    if snapshot := source.snapshot():
        store.write(layout.listing(source.root), json.dumps(snapshot).encode())
    return files


@dataclass(frozen=True)
class _Landing:
    source: Source
    store: Store
    run_id: str
    has_time: Callable[[], bool]
    patience: timedelta
    memory: Memory

    def land_file(self, file: SourceFile, revisions: list[str], target: Path) -> Verdict:
        """Land one file unless its latest revision has the same content."""
        same = Verdict(file.file_id, file.path, "same")
        if self._is_known(file, revisions):
            return same
        if is_fresh(file.modified_at, self.patience):
            return Verdict(file.file_id, file.path, "too_fresh")
        if not self.has_time():
            return Verdict(file.file_id, file.path, "postponed")
        try:
            file = self.source.download(file, target)
            sha256 = file.sha256 or _sha256(target)  # what the source announced is verified
            file = replace(file, sha256=sha256, bytes=target.stat().st_size)
            if self._has_content(file, revisions) or not self._commit(file, revisions, target):
                if file.is_export:  # its bytes were needed to know
                    self.memory.sheets[file.file_id] = file.version
                    same = replace(same, bytes=file.bytes)
                return same
        except DownloadError as error:
            return _not_had(file, error)
        except OSError as error:
            raise explain(error, target.parent.parent) from error
        finally:
            target.unlink(missing_ok=True)
        return Verdict(file.file_id, file.path, "landed", file.bytes)

    def bury(self, file_id: str, revisions: list[str], path: str | None) -> Verdict | None:
        """Record that a file is gone from this source, once; `path`: where it was last seen."""
        if self.memory.settled.get(file_id) == len(revisions):
            return None
        verdict = self._bury(file_id, revisions, path)
        if not verdict or verdict.verdict != "unseen":
            self.memory.settled[file_id] = len(revisions) + bool(verdict)
        return verdict

    def _bury(self, file_id: str, revisions: list[str], path: str | None) -> Verdict | None:
        last = latest_manifest(self.store, file_id, revisions)
        if last.get("trashed") or last.get("root", self.source.root) != self.source.root:
            return None
        if is_behind(path or last["path"], self.source.dangling):
            return Verdict(file_id, path or last["path"], "unseen")
        stone = tombstone(last | {"root": self.source.root}, revisions, self.run_id)
        self.store.create(layout.manifest(file_id, stone["revision"]), json.dumps(stone).encode())
        return Verdict(file_id, last["path"], "trashed")

    def _is_known(self, file: SourceFile, revisions: list[str]) -> bool:
        """Whether what the source says of a file proves that it need not be downloaded."""
        if file.is_export:
            return bool(revisions) and self._holds_version(file, revisions)
        if file.sha256:
            return self._has_content(file, revisions)
        return bool(file.md5 and revisions) and self._latest_md5(file, revisions) == file.md5

    def _latest_md5(self, file: SourceFile, revisions: list[str]) -> str | None:
        return latest_manifest(self.store, file.file_id, revisions).get("md5")

    def _holds_version(self, file: SourceFile, revisions: list[str]) -> bool:
        last = latest_manifest(self.store, file.file_id, revisions)
        versions = (last["version"], self.memory.sheets.get(file.file_id))
        return not last.get("trashed") and file.version in versions

    def _has_content(self, file: SourceFile, revisions: list[str]) -> bool:
        """Whether the latest revision holds what this file holds: its bytes, or its cells."""
        if file.cells:
            return bool(revisions) and self._latest_cells(file, revisions) == file.cells
        if not any(content_of(revision) == file.sha256 for revision in revisions):
            return False
        if len(revisions) == 1:
            return True
        return latest_manifest(self.store, file.file_id, revisions).get("sha256") == file.sha256

    def _latest_cells(self, file: SourceFile, revisions: list[str]) -> str | None:
        return latest_manifest(self.store, file.file_id, revisions).get("cells_sha256")

    def _commit(self, file: SourceFile, revisions: list[str], target: Path) -> bool:
        """Blob first, manifest last: a manifest never names bytes that are not there.

        False when somebody else has written the same manifest meanwhile.
        """
        self.store.create(layout.blob(file.sha256), target)
        revision = name_revision(file.sha256, revisions)
        modified_at = utc_text(file.modified_at)
        if revisions:  # what the source holds now is the last word, even with an older time
            last = latest_manifest(self.store, file.file_id, revisions)
            modified_at = max(modified_at, later(last["modified_at"]))
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "landing_id": layout.landing_id(file.file_id, revision),
            "file_id": file.file_id,
            "revision": revision,
            "sha256": file.sha256,
            "md5": file.md5 or None,
            "cells_sha256": file.cells or None,
            "bytes": file.bytes,
            "name": file.name,
            "path": file.path,
            "mime": file.mime,
            "modified_at": modified_at,
            "version": file.version,
            "source": self.source.kind,
            "root": self.source.root,
            "run_id": self.run_id,
            "landed_at": utc_text(datetime.now(UTC)),
        }
        data = json.dumps(manifest).encode()
        return self.store.create(layout.manifest(file.file_id, revision), data)


def _not_had(file: SourceFile, error: DownloadError) -> Verdict:
    log.warning("file %s could not be landed: %s", file.file_id, error)
    if isinstance(error, ChangingError):
        return Verdict(file.file_id, file.path, "too_fresh")
    return Verdict(file.file_id, file.path, "failed", reason=str(error))


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
