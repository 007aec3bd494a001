"""Faults of the local Drive: what goes wrong with a request, on purpose."""

import re
from collections.abc import Callable
from dataclasses import dataclass

REFUSALS = {
    "unauthorized": (401, "authError"),
    "rate": (403, "userRateLimitExceeded"),
    "forbidden": (403, "insufficientFilePermissions"),
    "quota": (403, "storageQuotaExceeded"),
    "gone": (404, "notFound"),
    "expired": (410, "pageTokenExpired"),
    "busy": (429, "rateLimitExceeded"),
    "broken": (500, "backendError"),
    "unavailable": (503, "backendError"),
    "bad_token": (400, "invalid"),
}


@dataclass
class Fault:
    """What goes wrong with the next `count` requests whose path and query match `pattern`.

    Refusals: `unauthorized` (401), `rate` (403 userRateLimitExceeded), `forbidden` and `quota`
    (other 403), `gone` (404), `expired` (410), `busy` (429, Retry-After: `seconds`), `broken`
    (500), `unavailable` (503), `bad_token` (400, for a request with a page token).
    Bodies, of files and of JSON: `truncate` (half of it, then the connection ends), `reset` (half
    of it, then the connection is reset), `corrupt` (a wrong first byte), `slow` (after `seconds`).
    Any: `lost` (all is done as asked, then the connection is reset instead of an answer).
    Lists: `incomplete` (incompleteSearch is true), `partial` (a query over several parents finds
    the files of the first one only, as Drive has been seen to do).
    `call` runs `action` after the answer was made and before it is sent: edit the file there, and
    the reader gets the old bytes of a file that has changed.
    """

    pattern: str
    kind: str
    count: int = 1
    seconds: float = 0
    action: Callable[[], None] | None = None

    def applies(self, target: str) -> bool:
        """Whether it meets this request; a fault is used up by the requests that it met."""
        return self.count > 0 and re.search(self.pattern, target) is not None
