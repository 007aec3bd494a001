"""Verdicts: what a run of land did with every file."""

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What a run did with one file: landed, same, renamed, trashed, or failed with its reason.

    `postponed` files were left for the next run, since the time of this one was up, and `too_fresh`
    ones since they may still be written or changed while they were downloaded. `unseen` ones came
    through a link that leads nowhere now, and stay as they are. `before` is the
    path of a renamed or moved file in the run before; `bytes` were downloaded.
    """

    file_id: str
    path: str
    verdict: str
    bytes: int = 0
    reason: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class LandingRun:
    """One run of land: a verdict for every file that was seen or is gone."""

    run_id: str
    verdicts: list[Verdict]

    def facts(self) -> dict[str, Any]:
        """Counts for the run report, and the files that could not be had."""
        counts = Counter(v.verdict for v in self.verdicts)
        return {
            "files": len(self.verdicts) - counts["trashed"] - counts["unseen"],
            "landed": counts.pop("landed", 0),
            "others": dict(counts),
            "bytes_downloaded": sum(v.bytes for v in self.verdicts),
            "failed": [{"path": v.path, "reason": v.reason} for v in self.verdicts if v.reason],
        }
