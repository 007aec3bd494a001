"""Coverage-guided fuzzing of clean: `python -m tests.fuzz.fuzz_clean -max_total_time=60 [FOLDER]`.

Any bytes must end in a ledger whose lines add up. FOLDER keeps the inputs that reached new code, so
a later run goes on from there. A file that breaks clean is written to the current folder.
"""

import sys

import atheris

with atheris.instrument_imports(include=["ingestion.parsing", "ingestion.contract"]):
    from tests.ingestion.properties.conftest import Cleaner
    from tests.ingestion.properties.test_nothing_is_lost import PACKED, TEXT, check_accounts

CLEANER = Cleaner()


def clean_any_bytes(data: bytes) -> None:
    """Clean one input; the first byte may stand for a header and a whole good file before it."""
    if data[:1] == b"H":
        data = TEXT.encode()[:120] + data[1:]
    check_accounts(CLEANER, CLEANER.clean(data))


def main() -> None:
    """Fuzz until the options of libFuzzer say stop; the property tests give the seeds."""
    for seed in (TEXT.encode(), *PACKED):
        clean_any_bytes(seed)
    atheris.Setup(sys.argv, clean_any_bytes)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
