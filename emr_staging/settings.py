"""What the business says of time and of withdrawn files."""

import re
from dataclasses import dataclass

from emr_staging.errors import NormalizeError
from lake.zones import TIME_ZONES

POLICIES = ("keep", "retract")
RUN_ID = r"[A-Za-z0-9._-]{1,64}"  # a segment of keys, and a clientToken of EMR Serverless


def check_run_id(run_id: str) -> str:
    """The id itself. Raises NormalizeError when it cannot be a part of keys."""
    if not re.fullmatch(RUN_ID, run_id):
        raise NormalizeError(
            f"--run-id {run_id!r}: choose 1 to 64 letters, digits, dots, dashes and underscores"
        )
    return run_id


@dataclass(frozen=True)
class NormalizeSettings:
    """Settings that decide rows: when one changes, everything is rebuilt.

    `default_timezone` is that of restaurants without one; a business day begins at
    `business_day_start_hour` by their clocks. `withdrawn`: `keep` or `retract` the rows of files
    that are gone from the source; a refused one has none, and is withdrawn under both. Raises
    NormalizeError on a value that does not exist.
    """

    default_timezone: str
    business_day_start_hour: int = 0
    withdrawn: str = "keep"

    def __post_init__(self) -> None:
        if self.default_timezone not in TIME_ZONES:
            raise NormalizeError(
                f"default_timezone {self.default_timezone!r} is no IANA time zone; "
                "write it like America/New_York"
            )
        if self.business_day_start_hour not in range(24):
            raise NormalizeError(
                f"business_day_start_hour {self.business_day_start_hour}: choose 0 to 23"
            )
        if self.withdrawn not in POLICIES:
            raise NormalizeError(f"withdrawn {self.withdrawn!r}: choose keep or retract")
