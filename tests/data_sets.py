"""Real data sets with published answers; they are not part of the repository.

They are looked for in the folder that the variable FRANCHISE_SHARED_DATA names, else in
`../shared/data` beside the repository.
"""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
DATA = Path(os.environ.get("FRANCHISE_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
ORDERS = ("order_items.csv.gz", "order_item_options.csv.gz")


def needs(name: str) -> pytest.MarkDecorator:
    """Skip a test, and say so, where the data set is not to be found."""
    return pytest.mark.skipif(
        not (DATA / name).is_dir(),
        reason=f"NOT PROVEN HERE: {name} is not in {DATA}; set FRANCHISE_SHARED_DATA",
    )


def deliver(name: str, folder: Path) -> None:
    """Put the files of a data set into a new folder, as its operators would."""
    folder.mkdir()
    for file in ORDERS:
        (folder / file).write_bytes((DATA / name / file).read_bytes())
