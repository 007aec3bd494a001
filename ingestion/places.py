"""Places: where each file was in the run before, and which files are only out of sight."""

import json
from collections.abc import Iterable
from dataclasses import replace

from ingestion.verdicts import Verdict
from lake import layout
from lake.store import Store


def last_paths(store: Store) -> dict[str, str]:
    """Where each file was in the run before this one, by file id."""
    last = max(store.list(layout.LANDING_RUNS), default=None)
    record = json.loads(store.read(last)) if last else {"files": []}
    return {v["file_id"]: v["path"] for v in record["files"]}


def note_move(verdict: Verdict, paths: dict[str, str]) -> Verdict:
    """The verdict `renamed` for a file that is the same under another path than before."""
    before = paths.get(verdict.file_id, verdict.path)
    if verdict.verdict != "same" or before == verdict.path:
        return verdict
    return replace(verdict, verdict="renamed", before=before)


def is_behind(path: str, links: Iterable[str]) -> bool:
    """Whether one of these links leads to the file at this path, or to a folder above it."""
    return any(path == link or path.startswith(f"{link}/") for link in links)
