"""Time formats: how an operator writes times and dates, as `operators.yml` declares it.

A format is written as for strptime, `%d/%m/%Y %H:%M`. It is applied exactly: `%d` is two digits,
`%-d` one or two, every other character stands for itself, and a format that could be read in two
ways is refused.
"""

import re
from itertools import pairwise
from typing import Any

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
TWO_DIGITS, UP_TO_TWO = "[0-9]{2}", "[1-9]?[0-9]"
# Directive -> (what it tells, the form of its values, an example).
DIRECTIVES = {
    "%Y": ("year", "[0-9]{4}", "2024"),
    "%y": ("year", TWO_DIGITS, "24"),
    "%m": ("month", TWO_DIGITS, "12"),
    "%-m": ("month", UP_TO_TWO, "12"),
    "%b": ("month", f"({'|'.join(m[:3] for m in MONTHS)})", "Dec"),
    "%B": ("month", f"({'|'.join(MONTHS)})", "December"),
    "%d": ("day", TWO_DIGITS, "31"),
    "%-d": ("day", UP_TO_TWO, "31"),
    "%H": ("hour", TWO_DIGITS, "18"),
    "%-H": ("hour", UP_TO_TWO, "18"),
    "%I": ("hour", TWO_DIGITS, "06"),
    "%-I": ("hour", UP_TO_TWO, "6"),
    "%p": ("half of the day", "[AP]M", "PM"),
    "%M": ("minute", TWO_DIGITS, "30"),
    "%S": ("second", TWO_DIGITS, "00"),
    "%f": ("fraction of a second", "[0-9]{1,6}", "000"),
    "%%": ("", "%", "%"),
}
PARTS = re.compile(r"%-?.?|[^%]+", re.DOTALL)
DATE, CLOCK = ("year", "month", "day"), ("hour", "minute")
HALF_HOURS = ("%I", "%-I")


def time_fault(value: Any) -> str | None:
    """What is wrong with a declared format of times, to follow its name; None if nothing is."""
    return _fault(value, "%d/%m/%Y %H:%M", (*DATE, *CLOCK))


def date_fault(value: Any) -> str | None:
    """The same of a format of dates, which have no time of day."""
    fault = _fault(value, "%d/%m/%Y", DATE)
    if fault or value is None:
        return fault
    told = {*_told(value)} - {*DATE}
    return f"has the {min(told)}, but a date has no time of day: take it out" if told else None


def timestamp_sql(text: str, time_format: str) -> str:
    """SQL of the timestamp of a text that is exactly in this format, else null.

    strptime alone is lenient with digits and blanks.
    """
    parts = PARTS.findall(time_format)
    forms = (DIRECTIVES[part][1] if part in DIRECTIVES else re.escape(part) for part in parts)
    pattern = f"(?i:{''.join(forms)})".replace("'", "''")
    quoted = time_format.replace("'", "''")
    return (
        f"case when regexp_full_match({text}, '{pattern}') "
        f"then try_strptime({text}, '{quoted}') end"
    )


def describe(time_format: str) -> str:
    """The format in words for an operator: itself and the last evening of 2024 written in it."""
    parts = PARTS.findall(time_format)
    example = (DIRECTIVES[part][2] if part in DIRECTIVES else part for part in parts)
    return f"{time_format}, such as {''.join(example)}"


def _fault(value: Any, example: str, needed: tuple[str, ...]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return f'must be a format such as "{example}", or null'
    parts = PARTS.findall(value)
    unknown = [part for part in parts if part.startswith("%") and part not in DIRECTIVES]
    if unknown:
        return f"has the unknown directive {unknown[0]}. There are {' '.join(DIRECTIVES)}"
    told = _told(value)
    if lacking := [what for what in needed if what not in told]:
        return f'lacks the {" and the ".join(lacking)}: write it as in "{example}"'
    return _contradiction(parts, told) or _ambiguity(parts)


def _contradiction(parts: list[str], told: list[str]) -> str | None:
    """What no value could fulfil, or only by chance."""
    if twice := [what for what in told if told.count(what) > 1]:
        return f"has the {twice[0]} twice: keep one of them"
    if any(part in HALF_HOURS for part in parts) != ("%p" in parts):
        return "must have %p (AM or PM) where the hour is %I, and only there"
    if "fraction of a second" in told and "second" not in told:
        return "has %f but no second: write %S.%f"
    if parts[0][0].isspace() or parts[-1][-1].isspace():
        return "begins or ends with a blank, which no value does: take it out"
    return None


def _told(time_format: str) -> list[str]:
    """What the directives of a format tell, in their order."""
    parts = PARTS.findall(time_format)
    return [DIRECTIVES[part][0] for part in parts if DIRECTIVES.get(part, ("",))[0]]


def _ambiguity(parts: list[str]) -> str | None:
    """Digits of varying number must not touch other digits."""
    for left, right in pairwise(parts):
        varies = {left, right} & {p for p in DIRECTIVES if p.startswith("%-") or p == "%f"}
        if varies and _shows(left)[-1].isdigit() and _shows(right)[0].isdigit():
            return f"may be read in two ways at {left}{right}: put another character between them"
    return None


def _shows(part: str) -> str:
    return DIRECTIVES[part][2] if part in DIRECTIVES else part
