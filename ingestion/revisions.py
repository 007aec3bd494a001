"""Revisions: what the manifests in the lake say of every file that was ever landed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from lake import layout
from lake.store import Store

TOMBSTONE = "trashed-"
SCHEMA_VERSION = 1
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


def known_revisions(store: Store) -> dict[str, list[str]]:
    """The revisions of every file, by one listing: file id -> names of its manifests."""
    known: dict[str, list[str]] = {}
    for key in store.list(layout.MANIFESTS):
        folder, name = key.removeprefix(f"{layout.MANIFESTS}/").split("/")
        known.setdefault(folder.removeprefix("file="), []).append(name.removesuffix(".json"))
    return known


def latest_manifest(store: Store, file_id: str, revisions: list[str]) -> dict[str, Any]:
    """The manifest (or tombstone) that is a file's last word."""
    keys = [layout.manifest(file_id, revision) for revision in revisions]
    manifests = [json.loads(store.read(key)) for key in keys]
    return max(manifests, key=lambda m: (m["modified_at"], m["version"], m["landed_at"]))


def tombstone(last: dict[str, Any], revisions: list[str], run_id: str) -> dict[str, Any]:
    """The record, after a file's `last` manifest, that the file is gone from its source."""
    number = sum(revision.startswith(TOMBSTONE) for revision in revisions) + 1
    return {
        "schema_version": SCHEMA_VERSION,
        "file_id": last["file_id"],
        "revision": f"{TOMBSTONE}{number}",
        "trashed": True,
        "path": last["path"],
        "modified_at": later(last["modified_at"]),
        "version": last["version"],
        "root": last.get("root"),
        "run_id": run_id,
        "landed_at": utc_text(datetime.now(UTC)),
    }


def content_of(revision: str) -> str:
    """The sha256 that a revision's name begins with; a tombstone has none."""
    return revision.partition(".")[0]


def name_revision(sha256: str, revisions: list[str]) -> str:
    """The hash, or `<hash>.<n>` when these bytes come back after another revision."""
    before = sum(content_of(revision) == sha256 for revision in revisions)
    return sha256 if before == 0 else f"{sha256}.{before + 1}"


def later(moment: str) -> str:
    """The smallest step after a time, so that revisions of a file have an order."""
    return utc_text(datetime.strptime(moment, TIME).replace(tzinfo=UTC) + timedelta(microseconds=1))


def utc_text(moment: datetime) -> str:
    """A time as manifests hold it; all have the same length, so they sort as texts."""
    return f"{moment.astimezone(UTC):{TIME}}"
