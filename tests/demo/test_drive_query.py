"""The `q` and `fields` that the local Drive understands, and what it refuses as Drive does."""

import pytest

from demo.drive_fields import FieldsError, mask
from demo.drive_query import QueryError, parse_query

FILE = {"name": "it's.csv", "mimeType": "text/csv", "parents": ["A"], "trashed": False}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True),
        ("'A' in parents", True),
        ("'B' in parents", False),
        ("'A' in parents and trashed = false", True),
        ("'A' in parents and trashed=true", False),
        ("'B' in parents or 'A' in parents", True),
        ("('A' in parents or 'B' in parents) and trashed = true", False),
        ("'B' in parents and trashed = false or name = 'it\\'s.csv'", True),
        ("mimeType != 'text/csv'", False),
        ("name='it\\'s.csv' and (mimeType = 'text/csv')", True),
    ],
)
def test_a_query_selects(text, found):
    matches, _ = parse_query(text)
    assert matches(FILE) is found


@pytest.mark.parametrize(
    "text",
    [
        "parents in 'A'",
        "'A' in parents trashed = false",
        "name = 'it's.csv'",
        "name contains 'x'",
        "('A' in parents",
        "'A' in parents and",
        "trashed",
    ],
)
def test_what_drive_refuses_is_refused(text):
    with pytest.raises(QueryError, match="Invalid value"):
        parse_query(text)


def test_the_parents_of_a_query_are_known():
    assert parse_query("'A' in parents or 'it\\'s' in parents")[1] == ["A", "it's"]


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("*", {"files": [{"id": "1", "name": "a", "size": "3"}], "nextPageToken": "t"}),
        ("files(id,size)", {"files": [{"id": "1", "size": "3"}]}),
        ("files/id, nextPageToken", {"files": [{"id": "1"}], "nextPageToken": "t"}),
        ("files(id,shortcutDetails(targetId)),kind", {"files": [{"id": "1"}]}),
    ],
)
def test_a_mask_keeps_only_what_it_names(fields, kept):
    answer = {"files": [{"id": "1", "name": "a", "size": "3"}], "nextPageToken": "t"}
    assert mask(answer, fields) == kept


def test_a_mask_with_an_unknown_name_is_refused():
    with pytest.raises(FieldsError, match="Invalid field selection sha256"):
        mask({"files": []}, "files(id),sha256")
