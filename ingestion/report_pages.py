"""The pages of an operator report: CSV for a spreadsheet, HTML for a browser.

Every text in them was written by somebody else: it is escaped in HTML, and a cell that a
spreadsheet would take for a formula begins with an apostrophe.
"""

import csv
import io
from html import escape
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
COLUMNS = (
    "restaurant",
    "file",
    "received (UTC)",
    "result",
    "rows received",
    "rows taken",
    "rows counted in another file",
    "rows not taken",
    "line",
    "column",
    "value",
    "what is wrong",
    "what to do",
)
# Received is the sum of the others. The third is missing in reports of before it was told apart.
NUMBERS = ("rows_received", "rows_loaded", "rows_in_twin", "rows_rejected")
RESULTS = {
    "taken": "All rows were taken.",
    "taken in part": "Some rows were not taken; they are listed below.",
    "held back": "Nothing of this file was taken.",
    "not needed": "Nothing of this file is read, and nothing has to be done.",
    "counted once": "Its rows are in the numbers already.",
    "empty": "The file has a header and no rows: a day without sales.",
}
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}h2{overflow-wrap:anywhere}"
)

Report = dict[str, Any]
File = dict[str, Any]


def to_csv(report: Report) -> bytes:
    """A row per file, then one per problem in it; UTF-8 with a mark, so that Excel sees it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for file in report["files"]:
        about = [report["owner"], file["path"], file["received_at"][:19], file["result"]]
        numbers = [file.get(name, 0) for name in NUMBERS]
        whole = ["", "", "", file["message"], file["remedy"]]
        writer.writerow([safe_cell(cell) for cell in [*about, *numbers, *whole]])
        for problem in file["problems"]:
            cells = [*about, *[""] * len(NUMBERS), *problem.values()]
            writer.writerow([safe_cell(cell) for cell in cells])
        if rest := _unlisted(file):
            cells = [*about, *[""] * len(NUMBERS), "", "", "", rest, ""]
            writer.writerow([safe_cell(cell) for cell in cells])
    return "\ufeff".encode() + buffer.getvalue().encode()


def safe_cell(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers of our own stay numbers."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def to_html(report: Report) -> bytes:
    """One page: the day in numbers, then every file with what is wrong and what to do."""
    title = escape(f"Deliveries of {report['owner']} on {report['day']}")
    files = report["files"]
    sums = {name: sum(file.get(name, 0) for file in files) for name in NUMBERS}
    body = "".join(_section(file) for file in files)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>"
        f"<p>{len(files)} files with {sums['rows_received']:,} rows: {sums['rows_loaded']:,} were "
        f"taken, {_in_twins(sums)}{sums['rows_rejected']:,} were not.</p>{body}</body></html>\n"
    ).encode()


def _section(file: File) -> str:
    lines = [f"<p>{escape(RESULTS[file['result']])} {escape(_why(file))}</p>"]
    covers = [file["first_created_at"], file["last_created_at"]]
    if all(covers):
        lines.append(f"<p>Sales from {covers[0][:16]} to {covers[1][:16]} (UTC).</p>")
    for words, names in (
        ("Columns that are missing", file["missing_columns"]),
        ("Columns that are not used", file["unknown_columns"]),
    ):
        if names:
            lines.append(f"<p>{words}: {escape(', '.join(names))}.</p>")
    if file["repaired"]:
        repairs = ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in file["repaired"].items())
        lines.append(f"<p>Values that were read after a repair: {escape(repairs)}.</p>")
    return (
        f"<section><h2>{escape(file['path'])}</h2>"
        f"<p>Received {file['received_at'][:16]} (UTC): {file['rows_received']:,} rows, "
        f"{file['rows_loaded']:,} taken, {_in_twins(file)}{file['rows_rejected']:,} not taken.</p>"
        f"{''.join(lines)}{_table(file['problems'])}{_rest(file)}</section>"
    )


def _in_twins(numbers: dict[str, Any]) -> str:
    """The rows that the same bytes in another file have brought in; empty when there are none."""
    rows = numbers.get("rows_in_twin", 0)
    return f"{rows:,} counted in another file, " if rows else ""


def _unlisted(file: File) -> str:
    """What the page does not list; empty when that is nothing."""
    more = file.get("unlisted")
    if not more:
        return ""
    return f"{more:,} more rows are not listed here; the lake's quarantine holds them."


def _rest(file: File) -> str:
    rest = _unlisted(file)
    return f"<p>{rest}</p>" if rest else ""


def _why(file: File) -> str:
    return f"{file['message']} {file['remedy']}".strip()


def _table(problems: list[dict[str, Any]]) -> str:
    if not problems:
        return ""
    heads = "".join(
        f"<th>{head}</th>" for head in ("Line", "Column", "Value", "What is wrong", "What to do")
    )
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in problem.values())}</tr>"
        for problem in problems
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
