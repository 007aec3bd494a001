"""What can go wrong in normalize, with what to do about it in the message."""


class NormalizeError(Exception):
    """Normalize stopped: nothing that readers see was changed."""


class LostRaceError(NormalizeError):
    """Another normalize run finished first; run again to fold in what it did not see."""
