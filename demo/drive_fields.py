"""The `fields` of a Drive request: `a,b(c,d),e/f`; `*` is all of them."""

from typing import Any

FILE = (
    "kind id name mimeType trashed parents modifiedTime version driveId shortcutDetails targetId "
    "targetMimeType size sha256Checksum md5Checksum headRevisionId"
)
KNOWN = set(
    f"{FILE} files nextPageToken incompleteSearch startPageToken changes newStartPageToken fileId "
    "removed time changeType file".split()
)


class FieldsError(ValueError):
    """The mask names a field that does not exist, as Drive would answer."""


def mask(item: dict[str, Any], fields: str) -> dict[str, Any]:
    """Only the fields that the request names. Raises FieldsError."""
    if fields == "*":
        return item
    kept: dict[str, Any] = {}
    for part in _split(fields):
        name, inner = _parse(part)
        if name not in KNOWN:
            raise FieldsError(f"Invalid field selection {name}")
        if name in item:
            kept[name] = _mask_inner(item[name], inner)
    return kept


def _mask_inner(value: Any, inner: str) -> Any:
    if not inner:
        return value
    if isinstance(value, list):
        return [mask(entry, inner) for entry in value]
    return mask(value, inner)


def _parse(part: str) -> tuple[str, str]:
    """The name of a field, and the mask of what is inside it."""
    slash, bracket = part.find("/"), part.find("(")
    if bracket >= 0 and not 0 <= slash < bracket:
        return part[:bracket], part[bracket + 1 : -1]
    name, _, inner = part.partition("/")
    return name, inner


def _split(fields: str) -> list[str]:
    """The parts between commas that stand in no brackets."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(fields):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(fields[begin:place])
            begin = place + 1
    return [part.strip() for part in [*parts, fields[begin:]]]
