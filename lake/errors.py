"""What goes wrong with a lake, in words that say what to do."""

from __future__ import annotations

import errno

REMEDIES = {
    errno.ENOSPC: "Free space on its disk",
    errno.EDQUOT: "Free space or raise the quota",
    errno.EFBIG: "Allow larger files",
    errno.EROFS: "Mount it writable",
    errno.EACCES: "Allow this user to write there",
    errno.EPERM: "Allow this user to write there",
}


class LakeWriteError(OSError):
    """The lake cannot be written to; what was written before is whole and stays."""

    @classmethod
    def at(cls, place: str, error: Exception) -> LakeWriteError:
        """The error for a key's path or URL."""
        number = getattr(error, "errno", None) or errno.EACCES
        reason = getattr(error, "strerror", None) or str(error)
        remedy = REMEDIES.get(number, "Mend this")
        if "Expired" in reason:
            remedy = "Renew the credentials"
        message = f"the lake cannot be written to at {place}: {reason}. {remedy}, then run again."
        return cls(number, message)

    def __str__(self) -> str:
        return str(self.args[1])
