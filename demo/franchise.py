"""The simulated franchise: what happened, what its operators deliver when, and the truth."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo.content import Source, write_delivery
from demo.deliveries import Delivery, cut_slices, moment_of
from demo.headquarters import deliver_headquarters
from demo.rows import give_names
from demo.scenarios import tell_stories
from demo.settings import FranchiseSettings
from demo.simulation import write_order_book
from demo.truth import Truth, find_truth


class ForeignFileError(ValueError):
    """The folder holds a file that this franchise does not deliver."""


@dataclass(frozen=True)
class Franchise:
    """A franchise with its order book (`source`) and all `deliveries` in order of time."""

    source: Source
    deliveries: list[Delivery]

    @property
    def settings(self) -> FranchiseSettings:
        """What it was simulated from."""
        return self.source.settings

    def list_files(self, day: int | None = None) -> list[Delivery]:
        """The live revision of every file at 12:00 UTC of the day after `day` (None: the last).

        A day index beyond the last is allowed: what was outstanding has come by then.
        """
        state: dict[str, Delivery] = {}
        end = moment_of(self.settings, self.settings.days - 1 if day is None else day)
        for delivery in self.deliveries:
            if delivery.at <= end:
                state[delivery.path] = delivery
        return list(state.values())

    def deliver(self, folder: Path, day: int | None = None) -> list[Path]:
        """Make `folder` what operators see in their Drive at that moment; return what was written.

        Files that are there already in the same revision (by their time of modification) are left
        alone. Raises ForeignFileError, before anything is written, for a file of another origin.
        """
        state = self.list_files(day)
        _refuse_foreign(folder, {delivery.path for delivery in state})
        return list(self._write(folder, state))

    def _write(self, folder: Path, state: list[Delivery]) -> Iterator[Path]:
        for delivery in state:
            path = folder / delivery.path
            changed = delivery.at * 1000
            if path.exists() and path.stat().st_mtime_ns == changed:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(write_delivery(self.source, delivery))
            os.utime(path, ns=(changed, changed))
            yield path

    def truth(self, day: int | None = None, excluded_apps: tuple[str, ...] = ()) -> Truth:
        """What a perfect pipeline must find in the files of `list_files(day)`."""
        return find_truth(self.source, self.list_files(day), excluded_apps)


def simulate(settings: FranchiseSettings | None = None) -> Franchise:
    """Simulate a franchise; equal settings give the same franchise to the byte."""
    settings = settings or FranchiseSettings()
    restaurants, people, book = write_order_book(settings)
    names = give_names(settings.seed, restaurants, people)
    slices = cut_slices(settings, restaurants, book)
    if settings.dirty:
        deliveries = tell_stories(settings, slices, book)
    else:
        deliveries = [delivery for part in slices for delivery in part.pair]
    deliveries += deliver_headquarters(settings, restaurants)
    source = Source(settings, restaurants, book, names)
    return Franchise(source, sorted(deliveries, key=lambda d: (d.at, d.path)))


def _refuse_foreign(folder: Path, expected: set[str]) -> None:
    for found in sorted(folder.rglob("*")) if folder.exists() else []:
        path = found.relative_to(folder).as_posix()
        if found.is_file() and path not in expected:
            raise ForeignFileError(
                f"{folder} holds {path}, which this franchise has not delivered by that day: "
                "name an empty folder"
            )
