"""The corpus of dirty files: what operators do to their exports, and what must come of each file.

`python -m tests.ingestion.corpus FOLDER` writes the files and `expected.json` into a folder, for a
look at them or for another cleaner. Every expected number here was counted by hand.
"""

import gzip
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.ingestion.damaged_files import held, structure
from tests.ingestion.dirty_files import (
    OPTION,
    RESTAURANT,
    ROWS,
    Case,
    cells,
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
