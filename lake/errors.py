"""What goes wrong with a lake, in words that say what to do."""

from __future__ import annotations

import errno
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

REMEDIES = {
    errno.ENOSPC: "Free space on its disk",
    errno.EDQUOT: "Free space or raise the quota",
    errno.EFBIG: "Allow larger files",
    errno.EROFS: "Mount it writable",
    errno.EACCES: "",  # what is to be allowed is the error's own word
    errno.EPERM: "",
}
# Codes of S3; a HEAD is answered without one
S3_REMEDIES = {
    "ExpiredToken": "Renew the credentials",
    "TokenRefreshRequired": "Renew the credentials",
    "InvalidAccessKeyId": "Correct the credentials",
    "SignatureDoesNotMatch": "Correct the credentials",
    "400": "Renew the credentials if they have expired, and check this machine's clock",
}
SKEWED = "RequestTimeTooSkewed"
PATTERN = "[]*?{}"


class LakeError(OSError):
    """The lake cannot be used; what was written before is whole and stays."""

    verb = "used"
    refused = "Mend this"

    @classmethod
    def at(cls, place: str, error: Exception) -> Self:
        """The error for a key's path or URL."""
        number = getattr(error, "errno", None) or errno.EACCES
        reason = (getattr(error, "strerror", None) or str(error)).rstrip(".")
        answer = getattr(error, "response", None)
        remedy = _remedy(answer) if answer else REMEDIES.get(number)
        message = (
            f"the lake cannot be {cls.verb} at {place}: {reason}. "
            f"{remedy or cls.refused}, then run again."
        )
        return cls(number, message)

    def __str__(self) -> str:
        return str(self.args[1])


class LakePathError(LakeError):
    """The lake's path has characters by which engines find many files instead of one."""

    def __init__(self, path: str) -> None:
        super().__init__(
            errno.EINVAL,
            f"the path {path} cannot be that of a lake: the characters {' '.join(PATTERN)} make "
            "patterns of what engines read. Choose a path without them.",
        )


class LakeWriteError(LakeError):
    """The lake cannot be written to."""

    verb = "written to"
    refused = "Allow this user to write there"


class LakeReadError(LakeError):
    """The lake cannot be read, by no fault of the key."""

    verb = "read"
    refused = "Allow this user to read there"


def _remedy(answer: dict[str, Any]) -> str | None:
    """What to do about an answer of S3; None when the user lacks a permission."""
    code = answer["Error"].get("Code", "")
    if code != SKEWED:
        return S3_REMEDIES.get(code)
    date = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    if not date:
        return "Set this machine's clock"
    off = abs(datetime.now(UTC) - parsedate_to_datetime(date))
    return f"Set this machine's clock: it is off by {off.total_seconds() / 60:.0f} minutes"
