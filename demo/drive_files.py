"""The files of the local Drive: a folder of this machine, and files that exist in memory only.

Files of the served folder keep an id derived from their path and change as the folder does. Files
in memory have ids of their own, so they can be renamed, moved, edited, trashed, share a name, be
shortcuts or Google Sheets, or lie in a shared drive, as tests need.
"""

import hashlib
import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo.drive_item import BINARY, EPOCH, FOLDER, SHEET, SHORTCUT, Item


class DriveFiles:
    """All files by id, and what changed in which order. `shared` makes it one shared drive.

    Who is no `is_member` of it has the folder by a share only. `lacking` names fields that files do
    not have, as older ones lack sha256Checksum.
    """

    def __init__(self, root: Path, shared: bool = False, member: bool = True) -> None:
        self.root = root
        self.is_member = member
        self.lacking: set[str] = set()
        self.lock = threading.RLock()
        self.changes: list[tuple[str, bool]] = []  # (file id, removed)
        self.hashes: dict[tuple[str, int, int], tuple[str, str]] = {}
        self.scanned: dict[str, tuple[int, int]] = {}
        self.found: dict[str, list[Item]] = {}  # what the queries found that are being paged
        self.below: dict[str | None, set[str]] = {}  # ids by the folder that they lie in
        self.numbers = itertools.count(1)
        self.root_id = self.id_of(root)
        self.items: dict[str, Item] = {}
        self._register(root)
        self.drive_id = self.items[self.root_id].drive_id = self.root_id if shared else None
        self.scan()
        self.changes.clear()

    def id_of(self, path: Path) -> str:
        """The id of a file or folder on disk: the same on every machine and at every start."""
        relative = path.relative_to(self.root).as_posix()
        return "d" + hashlib.sha256(relative.encode("utf-8", "surrogateescape")).hexdigest()[:32]

    def add_folder(self, parent: str, name: str) -> str:
        """A folder in memory; its id."""
        return self._add(parent, name, FOLDER)

    def add_file(self, parent: str, name: str, content: bytes, at: datetime | None = None) -> str:
        """A file in memory, modified `at` (UTC; now); its id."""
        return self._add(parent, name, BINARY, at, content=content)

    def add_sheet(
        self, parent: str, name: str, exports: dict[str, bytes], at: datetime | None = None
    ) -> str:
        """A Google Sheet and what it exports to, by MIME type; its id."""
        return self._add(parent, name, SHEET, at, exports=exports)

    def add_shortcut(self, parent: str, name: str, target: str) -> str:
        """A shortcut to the file or folder `target`, which need not exist; its id."""
        return self._add(parent, name, SHORTCUT, target=target)

    def edit(self, file_id: str, content: bytes, at: datetime | None = None) -> None:
        """A new revision with other bytes."""
        item = self._change(file_id)
        item.content, item.modified = content, at or datetime.now(UTC)
        item.revision += 1

    def edit_sheet(self, file_id: str, exports: dict[str, bytes]) -> None:
        """Another content of a Google Sheet."""
        item = self._change(file_id)
        item.exports, item.modified = exports, datetime.now(UTC)

    def rename(self, file_id: str, name: str) -> None:
        """Another name; id, bytes and time of modification stay."""
        self._change(file_id).name = name

    def move(self, file_id: str, parent: str) -> None:
        """Another folder; id, bytes and time of modification stay."""
        item = self._change(file_id)
        self._put(item, parent)

    def trash(self, file_id: str, trashed: bool = True) -> None:
        """Into the trash, with all that is below, or out of it."""
        self._change(file_id).trashed = trashed

    def remove(self, file_id: str) -> None:
        """Gone for good."""
        with self.lock:
            self._drop(file_id)
            self.changes.append((file_id, True))

    def find(self, file_id: str) -> Item | None:
        """The item of an id; the folder on disk is searched for one that is not known yet."""
        with self.lock:
            item = self.items.get(file_id)
            if item is None or (item.path and not item.path.exists()):
                self.scan()
            return self.items.get(file_id)

    def children(self, folder_id: str) -> list[Item]:
        """What lies directly in a folder, by name."""
        folder = self.find(folder_id)
        with self.lock:
            if folder and folder.path and folder.path.is_dir():
                for path in folder.path.iterdir():
                    self._register(path)
            found = [self.items[file_id] for file_id in self.below.get(folder_id, ())]
            found = [item for item in found if item.path is None or item.path.exists()]
        return sorted(found, key=lambda item: (item.name, item.file_id))

    def all(self) -> list[Item]:
        """Every item, by name."""
        with self.lock:
            self.scan()
            return sorted(self.items.values(), key=lambda item: (item.name, item.file_id))

    def scan(self) -> None:
        """Look at the whole folder on disk; what is new, changed or gone becomes a change."""
        with self.lock:
            found = {self._register(p): _stamp(p) for p in (self.root, *self.root.rglob("*"))}
            gone = [file_id for file_id in self.scanned if file_id not in found]
            changed = [i for i, stamp in found.items() if self.scanned.get(i) != stamp]
            for file_id in gone:
                self._drop(file_id)
            self.changes += [(i, True) for i in gone] + [(i, False) for i in changed]
            self.scanned = found

    def is_trashed(self, item: Item | None) -> bool:
        """Whether the item or a folder above it is in the trash."""
        return any(above.trashed for above in self._lineage(item))

    def drive_of(self, item: Item | None) -> str | None:
        """The id of the shared drive that the item lies in."""
        return next((i.drive_id for i in self._lineage(item) if i.drive_id), None)

    def outline(self, item: Item) -> dict[str, Any]:
        """What a query may ask for."""
        return {
            "name": item.name,
            "mimeType": item.mime,
            "parents": [item.parent] if item.parent else [],
            "trashed": self.is_trashed(item),
        }

    def describe(self, item: Item) -> dict[str, Any]:
        """The metadata of a file or folder, as Drive gives it."""
        modified, version = item.modified, item.version
        if item.path:
            nanoseconds = item.path.stat().st_mtime_ns
            modified = EPOCH + timedelta(microseconds=nanoseconds // 1000)
            version = nanoseconds // 1_000_000_000
        described = {"kind": "drive#file", "id": item.file_id} | self.outline(item)
        described |= {
            "modifiedTime": f"{modified:%Y-%m-%dT%H:%M:%S}.{modified.microsecond // 1000:03d}Z",
            "version": str(version),
        }
        if drive_id := self.drive_of(item):
            described["driveId"] = drive_id
        return described | self._details(item)

    def _details(self, item: Item) -> dict[str, Any]:
        if item.mime == SHORTCUT:
            target = self.items.get(item.target or "")
            kind = target.mime if target else BINARY
            return {"shortcutDetails": {"targetId": item.target, "targetMimeType": kind}}
        if item.mime != BINARY:
            return {}
        digest, md5 = self._digests(item)
        size = item.path.stat().st_size if item.path else len(item.content)
        revision = digest if item.path else f"{item.file_id}-{item.revision}"
        details = {"size": str(size), "sha256Checksum": digest, "md5Checksum": md5}
        details["headRevisionId"] = revision
        return {name: value for name, value in details.items() if name not in self.lacking}

    def _digests(self, item: Item) -> tuple[str, str]:
        """sha256 and md5 of the bytes."""
        if not item.path:
            return _hash(item.content)
        key = (str(item.path), *_stamp(item.path))
        if key not in self.hashes:
            self.hashes[key] = _hash(item.path.read_bytes())
        return self.hashes[key]

    def _register(self, path: Path) -> str:
        file_id = self.id_of(path)
        if file_id not in self.items:
            parent = None if path == self.root else self.id_of(path.parent)
            mime = FOLDER if path.is_dir() else BINARY
            name = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            self._put(Item(file_id, name, mime, parent, EPOCH, path=path), parent)
        return file_id

    def _add(
        self, parent: str, name: str, mime: str, at: datetime | None = None, **details: Any
    ) -> str:
        with self.lock:
            file_id = f"m{next(self.numbers):032d}"
            moment = at or datetime.now(UTC)
            self._put(Item(file_id, name, mime, parent, moment, **details), parent)
            self.changes.append((file_id, False))
        return file_id

    def _put(self, item: Item, parent: str | None) -> None:
        self.below.get(item.parent, set()).discard(item.file_id)
        item.parent = parent
        self.below.setdefault(parent, set()).add(item.file_id)
        self.items[item.file_id] = item

    def _drop(self, file_id: str) -> None:
        item = self.items.pop(file_id, None)
        if item:
            self.below[item.parent].discard(file_id)

    def _change(self, file_id: str) -> Item:
        with self.lock:
            item = self.items[file_id]
            if item.path:
                raise ValueError(f"{item.name} lies on disk: change it there")
            item.version += 1
            self.changes.append((file_id, False))
        return item

    def _lineage(self, item: Item | None) -> Iterator[Item]:
        while item:
            yield item
            item = self.items.get(item.parent or "")


def _hash(data: bytes) -> tuple[str, str]:
    md5 = hashlib.md5(data, usedforsecurity=False)
    return hashlib.sha256(data).hexdigest(), md5.hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of modification of a file; nothing of a folder."""
    stat = path.stat()
    return (0, 0) if path.is_dir() else (stat.st_size, stat.st_mtime_ns)
