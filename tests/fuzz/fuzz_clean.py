"""Coverage-guided fuzzing of clean: `python -m tests.fuzz.fuzz_clean -max_total_time=60 [FOLDER]`.

Any bytes must end in a ledger whose lines add up. The corpus of dirty files is where the fuzzer
starts from; FOLDER keeps the inputs that reached new code, so that a later run goes on from there
(without one they are thrown away). An input that breaks clean is written to the current folder.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingestion.parsing", "ingestion.contract"]):
    from tests.ingestion.corpus import corpus
    from tests.ingestion.properties.conftest import Cleaner
    from tests.ingestion.properties.test_nothing_is_lost import (
        PACKED,
        SNIPPETS,
        TEXT,
        check_accounts,
    )

LONGEST = 16384  # bytes of an input: room for a whole workbook, and still many inputs a second
CLEANER = Cleaner()


def clean_any_bytes(data: bytes) -> None:
    """Clean one input."""
    check_accounts(CLEANER, CLEANER.clean(data))


def plant(folder: Path) -> None:
    """Write the first inputs, and the snippets that do harm, as libFuzzer wants them."""
    seeds = [TEXT.encode(), *PACKED, *(case.data for case in corpus())]
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed[:LONGEST])
    words = ["".join(f"\\x{byte:02x}" for byte in snippet) for snippet in SNIPPETS]
    (folder / "words.dict").write_text("".join(f'"{word}"\n' for word in words))


def main() -> None:
    """Fuzz until the options of libFuzzer say stop."""
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        plant(seeds)
        words = (seeds / "words.dict").rename(Path(folder) / "words.dict")
        options = [f"-dict={words}", f"-max_len={LONGEST}", "-timeout=60"]
        folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
        given = [argument for argument in sys.argv[1:] if argument.startswith("-")]
        atheris.Setup([sys.argv[0], *options, *given, *folders, str(seeds)], clean_any_bytes)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
