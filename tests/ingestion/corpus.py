"""The corpus of dirty files: what operators do to their exports, and what must come of each file.

`python -m tests.ingestion.corpus FOLDER` writes the files and `expected.json` into a folder, for a
look at them or for another cleaner. Every expected number here was counted by hand.
"""

import gzip
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.ingestion.dirty_files import (
    OPTION,
    RESTAURANT,
    ROWS,
    Case,
    cells,
    inserted,
    items,
    lines,
    text,
    workbook,
    zipped,
)


def dialects() -> list[Case]:
    """Good files in other clothes: nothing is refused, and every cent is there."""
    good = text(lines())
    whole = (201, 1, 200, 0, 0, 0)
    upside_down = [",".join(reversed(line.split(","))) for line in lines()]
    short = [line.split(",", 1)[1] for line in lines()]  # without APP_NAME
    longer = [line + ("," + ("NOTE" if n == 0 else "x")) for n, line in enumerate(lines())]
    files = {
        "plain.csv": good.encode(),
        "no_final_newline.csv": good.rstrip("\n").encode(),
        "windows.csv": good.replace("\n", "\r\n").encode(),
        "old_mac.csv": good.replace("\n", "\r").encode(),
        "byte_order_mark.csv": good.encode("utf-8-sig"),
        "utf_16.csv": good.encode("utf-16"),
        "cp1252_semicolons.csv": good.replace(",", ";").encode("cp1252"),
        "tabs.tsv": good.replace(",", "\t").encode(),
        "lower_case_header.csv": good.replace(lines()[0], lines()[0].lower()).encode(),
        "columns_reversed.csv": text(upside_down).encode(),
        "optional_column_missing.csv": text(short).encode(),
        "unknown_column.csv": text(longer).encode(),
        "packed.csv.gz": gzip.compress(good.encode(), mtime=0),
        "named_csv_but_packed.csv": gzip.compress(good.encode(), mtime=0),
        "workbook.xlsx": workbook(cells(rows=ROWS)),
    }
    cases = [Case(name, data, whole, money="250.0000") for name, data in files.items()]
    two = zipped({"../../a.csv": items(rows=120), "b.csv": items(rows=80)})
    return [
        *cases,
        Case("two_members.zip", two, (202, 2, 200, 0, 0, 0), money="250.0000"),
        Case("two_sheets.xlsx", workbook(cells(), cells()), (42, 2, 40, 0, 0, 0), money="50.0000"),
        Case("separator_hint.csv", b"sep=,\n" + items(), (202, 2, 200, 0, 0, 0), money="250.0000"),
        Case("closed_day.csv", items(rows=0), (1, 1, 0, 0, 0, 0), money="0.0000"),
        Case("options.csv", text(lines(OPTION)).encode(), whole, money="100.0000"),
        Case("restaurants.csv", text(lines(RESTAURANT)).encode(), whole),
    ]


def values() -> list[Case]:
    """Values that are repaired and counted, or refused with their row and nothing else."""
    repaired = {
        "trimmed": {"ITEM_CATEGORY": "  Sweets "},
        "currency_sign": {"ITEM_PRICE": "$1.25"},
        "thousands_separator": {"ITEM_PRICE": '"1,000.25"'},
        "upper_cased": {"CURRENCY": "usd"},
        "offset_converted": {"CREATION_TIME_UTC": "2024-03-01T13:30:00-05:00"},
        "card_unreadable": {"PRINTED_CARD_NUMBER": "6.78E+11"},
    }
    refused = {
        "required_blank": {"ORDER_ID": ""},
        "text_too_long": {"ORDER_ID": "x" * 257},
        "id_damaged": {"LINEITEM_ID": "6.78E+11"},
        "number_unreadable": {"ITEM_PRICE": "1.2.5"},
        "too_many_decimals": {"ITEM_PRICE": "1.25001"},
        "number_too_large": {"ITEM_PRICE": "9" * 15},
        "quantity_not_whole": {"ITEM_QUANTITY": "1.5"},
        "time_unreadable": {"CREATION_TIME_UTC": "2024-02-30T18:30:00Z"},
        "time_in_future": {"CREATION_TIME_UTC": "2042-03-01T18:30:00Z"},
        "time_too_old": {"CREATION_TIME_UTC": "1970-01-01T00:00:00Z"},
        "currency_unreadable": {"CURRENCY": "dollars"},
        "flag_unreadable": {"IS_LOYALTY": "perhaps"},
        "spreadsheet_error": {"ITEM_PRICE": "#DIV/0!"},
        "control_character": {"ITEM_NAME": "a\x07b"},
        "newline_in_value": {"USER_ID": '"U\n1"'},
    }
    found = []
    for kind, change in repaired.items():
        money = "1249.0000" if kind == "thousands_separator" else "250.0000"
        data = items({100: change})
        found.append(Case(f"{kind}.csv", data, (201, 1, 200, 0, 0, 0), {}, {kind: 1}, None, money))
    for reason, change in refused.items():
        broken = {"newline_in_value": (202, 1, 199, 2, 0, 0)}.get(reason, (201, 1, 199, 1, 0, 0))
        rejects = {reason: 1} | ({"wrong_number_of_columns": 1} if broken[0] == 202 else {})
        found.append(Case(f"{reason}.csv", items({100: change}), broken, rejects, money="248.7500"))
    comma = text(lines(changes={7: {"ITEM_PRICE": "1.250"}})).replace(",", ";")
    zone = text(lines(RESTAURANT, {3: {"TIMEZONE": "Mars/Base"}, 4: {"OPENED_ON": "31/01/2024"}}))
    number = cells()
    number[5][3] = 678000000000  # an id that a spreadsheet holds as a number
    foreign = workbook(cells(), [["my", "notes"], ["call", "Ann"]])
    return [
        *found,
        Case(
            "ambiguous_number.csv",
            comma.encode(),
            (201, 1, 199, 1, 0, 0),
            {"number_ambiguous": 1},
            money="248.7500",
        ),
        Case(
            "bad_restaurants.csv",
            zone.encode(),
            (201, 1, 198, 2, 0, 0),
            {"timezone_unknown": 1, "date_unreadable": 1},
        ),
        Case(
            "number_in_id.xlsx",
            workbook(number),
            (21, 1, 19, 1, 0, 0),
            {"number_in_id_column": 1},
            money="23.7500",
        ),
        Case(
            "hidden_sheet.xlsx",
            workbook(cells(), cells(), hidden="Sheet 2"),
            (42, 2, 20, 20, 0, 0),
            {"hidden_sheet": 20},
            money="25.0000",
        ),
        Case(
            "merged_cells.xlsx",
            workbook(cells(), merged="D6:D8"),  # ORDER_ID of three rows
            (21, 1, 17, 3, 0, 0),
            {"merged_cells": 3},
            money="21.2500",
        ),
        Case(
            "notes_sheet.xlsx", foreign, (23, 1, 20, 2, 0, 0), {"unknown_sheet": 2}, money="25.0000"
        ),
    ]


def formats() -> list[Case]:
    """Times and dates in a form that the operator has declared: no other one is read."""
    day_first = {n: {"CREATION_TIME_UTC": "01/03/2024 18:30"} for n in range(1, 201)}
    mixed = day_first | {100: {}, 101: {"CREATION_TIME_UTC": "30/02/2024 18:30"}}
    opened = {n: {"OPENED_ON": "31.1.24"} for n in range(1, 201)} | {3: {}}
    time, date = {"time_format": "%d/%m/%Y %H:%M"}, {"date_format": "%-d.%-m.%y"}
    return [
        Case(
            "day_first.csv",
            items(day_first),
            (201, 1, 200, 0, 0, 0),
            repairs={"declared_format": 200},
            money="250.0000",
            declared=time,
        ),
        Case(
            "day_first_and_not.csv",
            items(mixed),
            (201, 1, 198, 2, 0, 0),
            {"time_not_as_declared": 2},
            {"declared_format": 198},
            money="247.5000",
            declared=time,
        ),
        Case(
            "opened_on_day_first.csv",
            text(lines(RESTAURANT, opened)).encode(),
            (201, 1, 199, 1, 0, 0),
            {"date_not_as_declared": 1},
            {"declared_format": 199},
            declared=date,
        ),
        Case(
            "day_first_undeclared.csv",
            items(day_first),
            (201, 1, 0, 200, 0, 0),
            {"time_unreadable": 200},
            held="rejects_above_threshold",
        ),
    ]


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
            inserted(20, "", "," * 12, ""),
            (204, 1, 200, 0, 3, 0),
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
        Case("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x00", none, held="no_text"),
        Case(
            "report.csv", b"Date,Total\n2024-01-01,5\n", (2, 1, 0, 1, 0, 0), held="header_unknown"
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


def corpus() -> list[Case]:
    """Every file of the corpus."""
    return [*dialects(), *values(), *formats(), *structure(), *held()]


def main() -> None:
    """Write the files, and beside them what must come of each."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    found = corpus()
    for case in found:
        (folder / case.name).write_bytes(case.data)
    expected = [{k: v for k, v in asdict(case).items() if k != "data"} for case in found]
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    print(f"{len(found)} files in {folder}")


if __name__ == "__main__":
    main()
