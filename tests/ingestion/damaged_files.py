"""The files of the corpus whose structure is damaged, and those that are held whole."""

import gzip

from tests.ingestion.dirty_files import (
    OPTION,
    Case,
    cells,
    inserted,
    items,
    lines,
    text,
    workbook,
    zipped,
)


def structure() -> list[Case]:
    """Damage to the structure: quotes, widths, bytes. Only the damaged lines are lost."""
    pair = items({50: {"ITEM_NAME": '"Crème'}, 60: {"ITEM_NAME": 'Crème"'}})
    cut = items()[: -len(lines()[-1].encode()) // 2]
    soup = items({9: {"ITEM_NAME": '"Soup,\nof the ""day"""'}})
    byte = (
        items().replace("Crème".encode(), b"Cr\xe8me", 5).replace(b"Cr\xe8me", "Crème".encode(), 4)
    )
    one = "248.7500"
    wide = trailing()
    return [
        *ends(),
        Case(
            "trailing_delimiter.csv",
            text(wide).encode(),
            (201, 1, 200, 0, 0, 0),
            repairs={"trailing_delimiter": 200},
            money="250.0000",
        ),
        Case(
            "trailing_delimiter_and_a_value.csv",
            text([*wide[:100], wide[100] + "x", *wide[101:]]).encode(),
            (201, 1, 199, 1, 0, 0),
            {"wrong_number_of_columns": 1},
            {"trailing_delimiter": 199},
            money=one,
        ),
        Case(
            "trailing_delimiter_here_and_there.csv",
            text([*lines()[:150], *wide[150:155], *lines()[155:]]).encode(),
            (201, 1, 195, 5, 0, 0),
            {"wrong_number_of_columns": 5},
            money="243.7500",
        ),
        Case(
            "trailing_delimiter_but_once.csv",
            text([*wide[:100], lines()[100], *wide[101:]]).encode(),
            (201, 1, 200, 0, 0, 0),
            repairs={"trailing_delimiter": 199},
            money="250.0000",
        ),
        Case(
            "trailing_delimiter_cut_off.csv",
            text(wide)[:-2].encode(),  # neither separator nor line end: 1 may have been 12
            (201, 1, 199, 1, 0, 0),
            {"cut_off": 1},
            {"trailing_delimiter": 199},
            money=one,
        ),
        Case(
            "trailing_delimiter_and_a_column_lost.csv",
            text([*wide[:100], wide[100].replace("Store App,", ""), *wide[101:]]).encode(),
            (201, 1, 199, 1, 0, 0),
            {"wrong_number_of_columns": 1},
            {"trailing_delimiter": 199},
            money=one,
        ),
        Case(
            "stray_quote.csv",
            items({150: {"ITEM_NAME": '"Crème'}}),
            (201, 1, 199, 1, 0, 0),
            {"quote_unclosed": 1},
            money=one,
        ),
        Case(
            "pair_of_stray_quotes.csv",
            pair,
            (201, 1, 199, 1, 0, 0),
            {"quote_unclosed": 1},
            money=one,
        ),
        Case("name_over_two_lines.csv", soup, (202, 1, 200, 0, 0, 1), money="250.0000"),
        Case("cut_off.csv", cut, (201, 1, 199, 1, 0, 0), {"wrong_number_of_columns": 1}, money=one),
        Case(
            "too_many_columns.csv",
            inserted(20, lines()[1] + ",x"),
            (202, 1, 200, 1, 0, 0),
            {"wrong_number_of_columns": 1},
            money="250.0000",
        ),
        Case(
            "blank_lines.csv",
            inserted(20, "", "," * 12, "", " ," * 12, "\u00a0,\t" + "," * 11, ",  " * 3),
            (207, 1, 200, 0, 6, 0),
            money="250.0000",
        ),
        Case(
            "blank_first_row.csv",
            text(["," * 12, *lines()]).encode(),
            (202, 1, 200, 0, 1, 0),
            money="250.0000",
        ),
        Case(
            "one_broken_byte.csv", byte, (201, 1, 199, 1, 0, 0), {"undecodable_text": 1}, money=one
        ),
        Case(
            "endless_line.csv",
            inserted(20, "x" * (1 << 20) + "x"),
            (202, 1, 200, 1, 0, 0),
            {"line_too_long": 1},
            money="250.0000",
        ),
        Case(
            "header_in_the_middle.csv",
            items() + items(),
            (402, 1, 400, 1, 0, 0),
            {
                "time_unreadable": 1,
                "flag_unreadable": 1,
                "currency_unreadable": 1,
                "number_unreadable": 2,
            },
            money="500.0000",
        ),
    ]


def ends() -> list[Case]:
    """What stands, or is missing, at the end of a file."""
    marked = {"end_of_file_mark": 1}
    wide = text(lines()).encode("utf-16")
    middle = len(wide) // 2
    none = (0, 0, 0, 0, 0, 0)
    return [
        Case("dos.csv", items() + b"\x1a", (202, 1, 200, 0, 1, 0), {}, marked, money="250.0000"),
        Case(
            "dos_without_final_newline.csv",
            items().replace(b"\n", b"\r\n")[:-2] + b"\x1a" * 80,
            (201, 1, 200, 0, 0, 0),
            {},
            marked,
            money="250.0000",
        ),
        Case(
            "utf_16_cut_off.csv",
            wide[:-1],
            (201, 1, 199, 1, 0, 0),
            {"cut_off": 1},
            money="248.7500",
        ),
        Case(
            "utf_8_cut_off.csv",
            items()[: items().rindex(b"\xa8")],
            (201, 1, 199, 1, 0, 0),
            {"cut_off": 1},
            money="248.7500",
        ),
        Case(
            "utf_8_with_mark_cut_off.csv",
            b"\xef\xbb\xbf" + items()[: items().rindex(b"\xa8")],
            (201, 1, 199, 1, 0, 0),
            {"cut_off": 1},
            money="248.7500",
        ),
        Case(
            "ascii_cut_off_in_its_first_accent.csv",
            items().replace("Crème brûlée".encode(), b"Tart", 199)[
                : -len("ème brûlée,1.25,1\n".encode()) + 1
            ],
            (201, 1, 199, 1, 0, 0),
            {"cut_off": 1},
            money="248.7500",
            declared={"fallback_encoding": "cp1252"},
        ),
        Case(
            "header_cut_off.csv",
            b"ORDER_ID,LINEITEM_ID,Caf\xc3",
            (1, 1, 0, 0, 0, 0),
            held="bytes_missing",
        ),
        Case(
            "utf_16_without_a_byte.csv",
            wide[:middle] + wide[middle + 1 :],
            none,
            held="bytes_missing",
        ),
    ]


def trailing() -> list[str]:
    """The good lines, with a separator behind the last value of each row."""
    return [line + "," * (n > 0) for n, line in enumerate(lines())]


def held() -> list[Case]:
    """Files that are held whole; none of their rows is loaded."""
    bad = {n: {"ITEM_PRICE": "free"} for n in range(1, 12)}
    none = (0, 0, 0, 0, 0, 0)
    twice = text(lines()).replace("USER_ID", "item price", 1).encode()
    missing = text([line.rsplit(",", 1)[0] for line in lines()]).encode()
    packed = gzip.compress(items(), mtime=0)
    protected = bytearray(zipped({"a.csv": items()}))
    protected[6] |= 1  # the flags of the member, here and in the archive's list
    protected[protected.index(b"PK\x01\x02") + 8] |= 1
    options = text(lines(OPTION)).encode()
    sheet = workbook(cells())
    return [
        Case(
            "many_bad_rows.csv",
            items(bad),
            (201, 1, 0, 200, 0, 0),
            {"number_unreadable": 11},
            held="rejects_above_threshold",
        ),
        Case("empty.csv", b"", none, held="empty_file"),
        Case("picture.csv", b"\xff\xd8\xff\xe0\n" + items(), none, held="no_text"),
        Case("page.xls", b"<html><table>\n</table></html>\n", (2, 1, 0, 1, 0, 0), held="no_table"),
        Case("api.csv", b'[{"ORDER_ID": 1, "ITEM_PRICE": 2}]', (1, 1, 0, 0, 0, 0), held="no_table"),
        Case("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x00", none, held="no_text"),
        Case(
            "report.csv", b"Date,Total\n2024-01-01,5\n", (2, 1, 0, 1, 0, 0), held="header_unknown"
        ),
        Case(
            "sales_by_restaurant.csv",
            b"RESTAURANT_ID,NAME,DATE,TOTAL\nR1,Downtown,2024-01-01,5\n",
            (2, 1, 0, 1, 0, 0),
            held="kind_unclear",
        ),
        Case(
            "date_dim.csv",
            b"date_key;year;month;week;day_of_week;is_holiday\n15-03-2023;2023;3;11;Wednesday;0\n",
            (2, 1, 0, 1, 0, 0),
            held="calendar_not_needed",
        ),
        Case("no_quantity.csv", missing, (201, 1, 0, 200, 0, 0), held="required_column_missing"),
        Case("price_twice.csv", twice, (201, 1, 0, 200, 0, 0), held="duplicate_header"),
        Case(
            "both_kinds.zip",
            zipped({"items.csv": items(), "options.csv": options}),
            (402, 2, 0, 400, 0, 0),
            held="mixed_kinds",
        ),
        Case(
            "all_data_hidden.xlsx",
            workbook([["my", "notes"]], cells(), hidden="Sheet 2"),
            none,
            held="data_hidden",
        ),
        Case("half_a_character.csv", b"\xff\xfea", none, held="undecodable_file"),
        Case("cut_off.csv.gz", packed[:-9], none, held="archive_damaged"),
        Case("password.zip", bytes(protected), none, held="archive_encrypted"),
        Case("bomb.csv.gz", gzip.compress(b"0" * (64 << 20)), none, held="archive_too_large"),
        Case("packed_twice.gz", gzip.compress(packed, mtime=0), none, held="archive_nested"),
        Case("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", none, held="old_workbook"),
        Case(
            "damaged.xlsx",
            sheet.replace(b"xl/worksheets/sheet1.xml", b"xl/worksheets/sheet9.xml"),
            none,
            held="workbook_damaged",
        ),
    ]
