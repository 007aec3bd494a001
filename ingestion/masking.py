"""Masking: what may identify a person is shown by its shape only."""

import re

LONG_NUMBER = re.compile(r"\d{10,}")  # a card or phone number, whatever column it strayed into
MOST_DIGITS = 9  # of a number in groups, which 12 digits of a card may also be written in
SHORTEST = 7  # letters of a value that could be the id or name of a person
NUMBER = re.compile(r"[-+$€£¥%.,'() \d]*([eE][-+]?\d+)?")
MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
DATE = (
    r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4}|\d{8}(?=T)"
    rf"|\d\d?[- ]{MONTH}[- ,]+\d{{2,4}}|{MONTH} \d\d?,? \d{{4}})"
)
TIME = re.compile(rf"{DATE}(?!\d)([-+:., \dTZ]|[ap]m|utc|gmt)*", re.IGNORECASE)
SPREADSHEET_ERROR = re.compile(r"#(N/A|DIV/0!|GETTING_DATA|[A-Z]{3,8}[!?])")
ADDRESS = re.compile(r"\S@\S")  # of mail


def mask(value: str) -> str:
    """The shape of a value that may identify a person: 6.78E+11 becomes 9.99A+99."""
    value = re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", value))
    return re.sub(r"[^\W\d_A]", "a", value)


def mask_long_numbers(value: str) -> str:
    """A value that is no personal one by its column, without any long number in it."""
    return LONG_NUMBER.sub(lambda found: "9" * len(found[0]), value)


def mask_unless_plain(value: str) -> str:
    """What stands where a number, time or flag is due: as it is if it tells nothing of a person.

    That is a short value such as 12,5O, a number, a time in any form, or a spreadsheet's error.
    Columns that have shifted bring customers here, of whom the shape is shown.
    """
    is_short = len(value) < SHORTEST and not ADDRESS.search(value)
    is_number = NUMBER.fullmatch(value) and sum(c.isdigit() for c in value) <= MOST_DIGITS
    if is_short or is_number or TIME.fullmatch(value) or SPREADSHEET_ERROR.fullmatch(value):
        return mask_long_numbers(value)
    return mask(value)


def mask_rows(text: str) -> str:
    """A line that should be a header; a row, known by a digit or address, is shown by its shape."""
    return mask(text) if re.search(r"\d", text) or ADDRESS.search(text) else text
