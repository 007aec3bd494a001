"""Law 1 over random damage: every line of every file is loaded or quarantined."""

import gzip
import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEADER = "ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,ITEM_NAME,ITEM_PRICE,ITEM_QUANTITY"
PLAIN = [f"O{n},L{n},R1,2024-03-01T18:30:00Z,Burrito,12.50,1" for n in range(1, 31)]
ODD = ['O98,L98,R1,2024-03-01T18:30:00Z,"Taco, hot",2.00,1', "O99,L99,R1,2024-03-01,Taco,2.00,1"]
QUOTED = 'O97,L97,R1,2024-03-01T18:30:00Z,"Nachos\nlarge",4.00,2'
LINES = [HEADER, *PLAIN[:10], ODD[0], *PLAIN[10:20], "", QUOTED, ODD[1], *PLAIN[20:]]
TEXT = "\n".join(LINES) + "\n"
SNIPPETS = [
    b'"',
    b'""',
    b'","',
    b",",
    b";",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff",
    b"\xe9",
]
SNIPPETS += [
    b" ",
    b"\t",
    b"'",
    b"=",
    b"\\",
    b"\x1a",
    b",\n",
    b"sep=;\n",
    "é".encode(),
    "\u2028".encode(),
    b"\xef\xbb\xbf",
]


def workbook():
    book = openpyxl.Workbook()
    for line in (HEADER, *PLAIN):
        book.active.append(line.split(","))
    book.active.merge_cells("A5:A7")
    book.active.merge_cells("E10:F10")
    book.copy_worksheet(book.active).sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def bare_workbook():
    """A workbook without compression and of few parts, so that damage meets its cells."""
    rows = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{v}</t></is></c>' for v in line.split(","))
        + '<c t="e"><v>#N/A</v></c></row>'
        for line in (HEADER, *PLAIN[:2])
    )
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "_rels/.rels": '<Relationships><Relationship Id="w" '
        f'Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns:r="{relation}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="i"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="i" '
        f'Type="{relation}/worksheet" Target="worksheets/a.xml"/></Relationships>',
        "xl/worksheets/a.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as found:
        for name, content in parts.items():
            found.writestr(name, content)
    return buffer.getvalue()


def archive():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as found:
        found.writestr("a.csv", TEXT)
        found.writestr("b/c.csv", TEXT)
    return buffer.getvalue()


PACKED = [gzip.compress(TEXT.encode(), mtime=0), archive(), workbook(), bare_workbook()]
PACKED += ["\n".join([HEADER, *(f"{line}," for line in LINES[1:])]).encode() + b"\n\x1a"]
PACKED += [TEXT.encode("utf-16"), b"\xef\xbb\xbf" + TEXT.encode()]

mutation = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 1 << 16), st.sampled_from(SNIPPETS)),
    st.tuples(st.just("insert"), st.integers(0, 1 << 16), st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("delete"), st.integers(0, 1 << 16), st.integers(1, 200)),
    st.tuples(st.just("flip"), st.integers(0, 1 << 16), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(0, 1 << 16), st.none()),
    st.tuples(st.just("repeat"), st.integers(0, 1 << 16), st.integers(1, 300)),
)
mutations = st.lists(mutation, min_size=1, max_size=8)
relaxed = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120
)


def mutate(data, steps):
    """Damage bytes step by step; a place beyond the end counts on from the beginning."""
    found = bytearray(data)
    for kind, place, detail in steps:
        place %= len(found) + 1
        if kind == "insert":
            found[place:place] = detail
        elif kind == "delete":
            del found[place : place + detail]
        elif kind == "flip" and place < len(found):
            found[place] ^= detail
        elif kind == "cut":
            del found[place:]
        elif kind == "repeat":
            found[place:place] = found[place : place + detail]
    return bytes(found)


def physical_lines(data):
    """The lines of a text, counted apart from the product."""
    text = re.sub(rb"\r\n|\r", b"\n", data.removeprefix(b"\xef\xbb\xbf"))
    return text.removesuffix(b"\n").split(b"\n") if text else []


def check_accounts(cleaner, ledger):
    """Every line has exactly one fate, and the outputs hold what the ledger says."""
    counts = ledger["counts"]
    fates = ("header", "loaded", "rejected", "blank", "embedded_newlines")
    assert counts["lines"] == sum(counts[fate] for fate in fates)
    assert min(counts.values()) >= 0
    loaded, rejected = cleaner.loaded(ledger), cleaner.rejected(ledger)
    assert len(loaded) == len(set(loaded)) == counts["loaded"]
    assert not set(loaded) & set(rejected)
    if ledger["status"] == "loaded":
        assert len(rejected) == counts["rejected"]
    else:
        assert (counts["loaded"], bool(ledger["reason"])) == (0, True)


def test_the_undamaged_file_is_counted_by_hand(cleaner):
    ledger = cleaner.clean(TEXT.encode())
    assert ledger["counts"] == {
        "lines": 36,
        "header": 1,
        "loaded": 32,
        "rejected": 1,
        "blank": 1,
        "embedded_newlines": 1,
    }


def test_the_bare_workbook_is_read(cleaner):
    counts = cleaner.clean(bare_workbook())["counts"]
    assert (counts["lines"], counts["header"], counts["loaded"]) == (3, 1, 2)


@relaxed
@given(mutations)
def test_no_damage_to_a_text_loses_a_line(cleaner, steps):
    check_text(cleaner, mutate(TEXT.encode(), steps))


@settings(relaxed, max_examples=30)
@given(mutations)
def test_no_damage_to_a_big_text_loses_a_line(cleaner, steps):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingestion.parsing.table.BULK", 1)
        check_text(cleaner, mutate(TEXT.encode(), steps))


def check_text(cleaner, data):
    """The accounts of a text, and that every whole line of it is loaded."""
    ledger = cleaner.clean(data)
    check_accounts(cleaner, ledger)
    lines = physical_lines(data)
    unreadable = ("no_text", "undecodable_file", "empty_file")  # bytes that have no lines
    if ledger["reason"] not in unreadable and not str(ledger["encoding"]).startswith("utf-16"):
        assert ledger["counts"]["lines"] == len(lines)
    if ledger["status"] == "loaded":
        whole = {n for n, line in enumerate(lines, 1) if line.decode("latin-1") in PLAIN}
        assert whole <= set(cleaner.loaded(ledger))


@relaxed
@given(st.sampled_from(PACKED), mutations)
def test_no_damage_to_a_packed_file_breaks_the_accounts(cleaner, data, steps):
    check_accounts(cleaner, cleaner.clean(mutate(data, steps)))


@relaxed
@given(st.text(alphabet='abAB01,;"\n\r\t =-.$€', max_size=300))
def test_no_lines_below_a_good_header_break_the_accounts(cleaner, text):
    ledger = cleaner.clean(f"{HEADER}\n{text}".encode())
    check_accounts(cleaner, ledger)
    assert ledger["counts"]["lines"] == len(physical_lines(f"{HEADER}\n{text}".encode()))


@relaxed
@given(st.binary(max_size=400))
def test_no_bytes_break_the_accounts(cleaner, data):
    check_accounts(cleaner, cleaner.clean(data))
