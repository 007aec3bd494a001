"""Masking: what may identify a person is shown by its shape only."""

import re

LONG_NUMBER = re.compile(r"\d{10,}")  # a card or phone number, whatever column it strayed into


def mask(value: str) -> str:
    """The shape of a value that may identify a person: 6.78E+11 becomes 9.99A+99."""
    value = re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", value))
    return re.sub(r"[^\W\d_A]", "a", value)


def mask_long_numbers(value: str) -> str:
    """A value that is no personal one by its column, without any long number in it."""
    return LONG_NUMBER.sub(lambda found: "9" * len(found[0]), value)


def mask_rows(text: str) -> str:
    """A line that should be a header; one with digits is a row, of which the shape is shown."""
    return mask(text) if re.search(r"\d", text) else text
