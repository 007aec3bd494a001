"""Lines whose quotes stand around whole values are read in bulk, as the careful parser has them."""

from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.parsing.decode import decode
from ingestion.parsing.delivery import Delivery
from ingestion.parsing.lines import sort_lines
from ingestion.parsing.table import read_table
from ingestion.rows import Input, build_rows
from tests.ingestion.properties.test_nothing_is_lost import relaxed

HEADER = "ORDER_ID,LINEITEM_ID,OPTION_GROUP_NAME,OPTION_NAME,OPTION_PRICE,OPTION_QUANTITY"
LINEAGE = ["_file", "_row", "_delivered_at", "_comma"]

value = st.sampled_from(["", "", "a", "b c", " ", " a", "a ", "\t", "é\u00a0", ",", ", ", "a,,b"])
field = st.one_of(
    st.sampled_from(["", "a", "b c", " a", "a ", "\t", "é\u00a0"]),
    value.map('"{}"'.format),
    value.map('"{}"'.format),
    value.map(' "{}" '.format),
    st.text(alphabet='ab ,"\t', max_size=5),
)
row = st.lists(field, min_size=6, max_size=6)
line = st.one_of(row, row, row, st.lists(field, max_size=8)).map(",".join)
lines = st.lists(line | st.text(alphabet='a ,"', max_size=12), max_size=12)


def read(text, chunk=1 << 18, bulk=1 << 21, sort=sort_lines):
    """What is read of a text: line -> values and how many were trimmed; and what is not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingestion.parsing.lines.CHUNK", chunk)
        patch.setattr("ingestion.parsing.table.BULK", bulk)
        patch.setattr("ingestion.parsing.table.sort_lines", sort)
        table = read_table("", decode(text.encode(), None))
    delivery = Delivery(tables=[table], offsets=[0])
    source = build_rows([Input(delivery, datetime(2024, 3, 2), False)])
    found = [row for rows in source.batches() for row in rows.drop(LINEAGE).to_pylist()]
    keys = [key for rows in source.batches() for key in rows["_row"].to_pylist()]
    rows = sorted((int(source.numbers[k]), [*v.values()]) for k, v in zip(keys, found, strict=True))
    return rows, table.broken, table.blank, table.embedded, table.repairs, table.lines


def sort_carefully(*arguments):
    """Leave every line with a quote to the careful parser."""
    found = sort_lines(*arguments)
    for number in range(found.total):
        found.odd[number] |= b'"' in found.text(number)
    return found


@relaxed
@given(
    lines,
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", ","]),
    st.sampled_from([1, 40, 1 << 18]),
)
@example(['a,"b,",a,a,a,a'], "\t", "\n", "", 1 << 18)  # a blank inside of the quotes
def test_in_bulk_the_same_is_read_as_line_by_line(lines, delimiter, end, trailing, chunk):
    text = end.join([HEADER, *(line + trailing for line in lines)]).replace(",", delimiter)
    expected = read(text, sort=sort_carefully)
    assert read(text, chunk) == expected
    assert read(text, chunk, bulk=1) == expected


@pytest.mark.parametrize(
    ("line", "is_plain"),
    [
        ('"a","b","c"', True),
        ('"a, b",c,d', True),
        ('a,b,"c,,,d"', True),
        ('"",x,""', True),
        ('a," b ",c', True),
        ('"a""b",c,d', False),
        ('"a,b,c', False),
        ('a"b,c,"d', False),
        ('a,"b"c,d', False),
        ('a, "b",c', False),
        ('"a" ,b,c', False),
        ('"a,b",c', False),  # two values
    ],
)
def test_a_line_is_plain_when_its_quotes_stand_around_whole_values(line, is_plain):
    data = f'x,y,z\n"a",b,c\n{line}\n"a",b,c\n'.encode()
    assert sort_lines(data, ",", 3, 1, {}).odd.tolist() == [False, False, not is_plain, False]
