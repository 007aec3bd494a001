"""Texts from outside, such as names of files, as a terminal or a mail may show them."""


def shown(text: str) -> str:
    """The text on one line; what is no letter or sign, such as a terminal's commands, is a `?`."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
