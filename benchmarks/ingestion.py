"""What landing and cleaning cost, against the least that the same bytes can cost.

`python -m benchmarks.ingestion large|small|land [NUMBER]` prints one row of the README's tables:
large: order lines in 4 files, clean against DuckDB's typed read (`large NUMBER texts|all`: every
text, or every value, stands in quotes); small: files of 20 kB; land: files of 5 MB from the local
Drive server, against plain downloads.
"""

import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.landing import land
from benchmarks.normalize import measure

HEADER = (
    "APP_NAME,RESTAURANT_ID,CREATION_TIME_UTC,ORDER_ID,USER_ID,PRINTED_CARD_NUMBER,IS_LOYALTY,"
    "CURRENCY,LINEITEM_ID,ITEM_CATEGORY,ITEM_NAME,ITEM_PRICE,ITEM_QUANTITY\n"
)
TYPES = {
    "APP_NAME": "varchar",
    "RESTAURANT_ID": "varchar",
    "CREATION_TIME_UTC": "timestamp",
    "ORDER_ID": "varchar",
    "USER_ID": "varchar",
    "PRINTED_CARD_NUMBER": "varchar",
    "IS_LOYALTY": "boolean",
    "CURRENCY": "varchar",
    "LINEITEM_ID": "varchar",
    "ITEM_CATEGORY": "varchar",
    "ITEM_NAME": "varchar",
    "ITEM_PRICE": "decimal(18,4)",
    "ITEM_QUANTITY": "bigint",
}
LINES_PER_SMALL_FILE = 115  # 20 kB
QUOTED = {  # which columns stand in quotes in every line
    "few": set(),
    "texts": {name for name, kind in TYPES.items() if kind == "varchar"},
    "all": {*TYPES},
}
RUNS = 5
START = datetime(2024, 1, 1, 16, tzinfo=UTC)


def lines(first: int, count: int, quoted: str = "few") -> str:
    """Order lines as a point of sale exports them; one in fifty has a comma in a quoted name."""
    made = []
    form = ",".join('"%s"' if name in QUOTED[quoted] else "%s" for name in TYPES) + "\n"
    for number in range(first, first + count):
        at = START + timedelta(seconds=number % 30_000_000)
        card = f"{number % 2000:012d}" if number % 3 == 0 else ""
        name = "Taco, hot" if number % 50 == 0 else "Burrito bowl with everything"
        values = (
            "Store App",
            f"5f1e{number % 60:020x}",
            f"{at:%Y-%m-%dT%H:%M:%S}.{number % 1000:03d}Z",
            f"{number // 2:024x}",
            f"{number % 20_000:024x}",
            card,
            str(bool(card)).upper(),
            "USD",
            f"{number:024x}",
            "Mains",
            f'"{name}"' if "," in name and quoted == "few" else name,
            f"{number % 5000 / 100:.2f}",
            number % 3 + 1,
        )
        made.append(form % values)
    return "".join(made)


def write_large(folder: Path, count: int, quoted: str) -> None:
    """`count` lines in four files."""
    for part in range(4):
        text = HEADER + lines(part * count // 4, count // 4, quoted)
        (folder / f"part{part}.csv").write_text(text)


def write_small(folder: Path, count: int) -> None:
    """`count` files of 20 kB, 1,000 to a folder."""
    for number in range(count):
        target = folder / f"{number // 1000:03d}"
        target.mkdir(exist_ok=True)
        text = HEADER + lines(number * LINES_PER_SMALL_FILE, LINES_PER_SMALL_FILE)
        (target / f"{number}.csv").write_text(text)


def land_folder(folder: Path, lake: Path) -> None:
    """Land a folder, so that clean has something to do."""
    from ingestion.folder import FolderSource
    from ingestion.land import land
    from lake.store import open_store

    land(FolderSource(folder), open_store(str(lake)), "run", workers=4)


def clean_lake(lake: str, workers: str) -> None:
    """What is measured of clean, in a process of its own."""
    from ingestion.cards import CardKey
    from ingestion.clean import CleanSettings, clean_new
    from lake.store import open_store

    ledgers = clean_new(open_store(lake), CleanSettings(CardKey(bytes(32))), int(workers))
    loaded = sum(ledger["counts"]["loaded"] for ledger in ledgers)
    sys.stdout.write(f"{len(ledgers)} files, {loaded} rows\n")


def read_typed(folder: str, target: str) -> None:
    """DuckDB's own typed read, on one thread as clean's, into a table or into Parquet."""
    connection = duckdb.connect(config={"threads": 1})
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    source = (
        f"read_csv('{folder}/*.csv', header = true, auto_detect = false, columns = {{{columns}}})"
    )
    if target == "table":
        connection.execute(f"create table t as select * from {source}")
    else:
        connection.execute(f"copy (select * from {source}) to '{target}' (compression zstd)")


def large(count: int, quoted: str = "few") -> None:
    """CPU of clean against DuckDB's typed read, into a table and into Parquet.

    All by turns, the least of RUNS each: other work on the machine makes CPU seconds dearer.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder, lake = Path(scratch) / "in", Path(scratch) / "lake"
        one, one_lake = Path(scratch) / "one", Path(scratch) / "one-lake"
        folder.mkdir()
        one.mkdir()
        write_large(folder, count, quoted)
        write_small(one, 1)
        land_folder(folder, lake)
        land_folder(one, one_lake)
        sides = {
            "cleaned": _command("clean", str(lake), "1"),
            "table": _command("read", str(folder), "table"),
            "parquet": _command("read", str(folder), f"{scratch}/out.parquet"),
            "one_small_file": _command("clean", str(one_lake), "1"),
            "no_read": _command("nothing"),
        }
        cpu, peak = {}, 0
        for _ in range(RUNS):
            for name, command in sides.items():
                cost = measure(command)
                cpu[name] = min(cost.cpu, cpu.get(name, cost.cpu))
                peak = max(peak, cost.peak) if name == "cleaned" else peak
            for place in (lake, one_lake):
                shutil.rmtree(place / "clean")
    # without the start of Python and the imports, some of which wait for the first file
    spent = cpu["cleaned"] - cpu["one_small_file"]
    table, parquet = (cpu[name] - cpu["no_read"] for name in ("table", "parquet"))
    _print(
        f"| {count:,} lines, {quoted} quoted | {spent:.1f} | {table:.1f} | {parquet:.1f} | "
        f"{spent / table:.2f} | {spent / parquet:.2f} | {peak} MB |"
    )


def small(count: int) -> None:
    """Files of 20 kB: files per CPU second and per second, two processes."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, lake = Path(scratch) / "in", Path(scratch) / "lake"
        folder.mkdir()
        write_small(folder, count)
        land_folder(folder, lake)
        shutil.rmtree(folder)
        cost = measure(_command("clean", str(lake), "2"))
    _print(
        f"| {count:,} files | {cost.cpu:.1f} | {cost.cpu / count * 1000:.2f} ms | "
        f"{2 * count / cost.cpu:.0f} | {count / cost.wall:.0f} |"
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.ingestion", *arguments]


def _print(row: str) -> None:
    sys.stdout.write(f"{row}\n")


BENCHMARKS = {"large": (large, 600_000), "small": (small, 1000), "land": (land, 100)}


def main(arguments: list[str]) -> None:
    """Run one benchmark, or one side of it for the parent process to measure."""
    name, *rest = arguments
    if name in BENCHMARKS:
        function, default = BENCHMARKS[name]
        number, *options = rest or [default]
        function(int(number), *options)
    elif name == "clean":
        clean_lake(*rest)
    elif name == "read":
        read_typed(*rest)
    _print("done")


if __name__ == "__main__":
    main(sys.argv[1:])
