"""Workbooks with fragments of XML where they do not belong: read or held, never a crash."""

import io
import random
import zipfile

import pytest

from ingestion.parsing.delivery import read_delivery
from ingestion.parsing.unpack import Bounds
from tests.ingestion.properties.test_nothing_is_lost import workbook

FRAGMENTS = [
    b"<row>",
    b"</row>",
    b'<row r="0">',
    b'<row r="7"/>',
    b'<row r="99999999999">',
    b'<c r="B4" t="e"><v>#N/A</v></c>',
    b'<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    b'<c t="e"/>',
    b'<c r="ZZZ3"><v>1</v></c>',
    b'<c r="A0"><v>1</v></c>',
    b'<c t="s"><v>99999</v></c>',
    b'<c s="999"><v>1e999</v></c>',
    b'<c t="d"><v>2024-13-45</v></c>',
    b'<x:c r="C3" t="e">',
    b"<fill/>",
    b"<v></v>",
    b"<is><t>x</t></is>",
    b"<mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells>",
    b'<sheet name="x" sheetId="9" r:id="rId1"/>',
    b"<!DOCTYPE x>",
    b"<!-- c -->",
    b"<![CDATA[",
    b"&e;",
    b"&#0;",
    b' r="C3"',
    b' t="e"',
    b"'",
    b'"',
    b">",
    b"\xff",
]


@pytest.fixture(scope="module")
def parts():
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def insert(parts, seed):
    """The workbook with one to three fragments in its parts, mostly between two elements."""
    choose = random.Random(seed)
    changed = dict(parts)
    for _ in range(choose.randint(1, 3)):
        name = choose.choice(sorted(changed))
        content = changed[name]
        place = choose.randrange(len(content) + 1)
        if choose.random() < 0.7:
            place = content.find(b"<", place)
        changed[name] = content[:place] + choose.choice(FRAGMENTS) + content[place:]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in changed.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("hundred", range(0, 300, 100))
def test_no_fragment_in_a_workbook_loses_a_row(parts, hundred):
    reasons = set()
    for seed in range(hundred, hundred + 100):
        delivery = read_delivery(insert(parts, seed), Bounds(), None)
        reasons.add(delivery.rejection and delivery.rejection.code)
        for table in delivery.tables:
            faults = {number for number, *_ in table.faults}
            data = len(table.records) + len(table.broken) + len(faults)
            assert table.lines == table.header_lines + table.blank + data
    assert reasons >= {None, "workbook_damaged"}  # read as well as held
