"""What headquarters keeps in its own folder: the list of restaurants, and files of no feed."""

from demo.deliveries import Delivery, time_delivery
from demo.restaurants import DEFAULT_TIMEZONE, Restaurant
from demo.settings import FranchiseSettings

FOLDER = "headquarters"
LIST = f"{FOLDER}/restaurants.csv"
FORGOTTEN_FOR = 21  # days


def deliver_headquarters(
    settings: FranchiseSettings, restaurants: list[Restaurant]
) -> list[Delivery]:
    """A new version of the list at every opening, a rota and a menu that are no data."""
    known = {r.number: known_from(settings, restaurants, r) for r in restaurants}
    versions = [
        Delivery(LIST, time_delivery(settings, LIST, day - 1), "restaurants", scenario="list")
        for day in sorted(set(known.values()))
    ]
    if not settings.dirty:
        return versions
    return [
        *versions,
        _put_aside(settings, "staff_rota.csv", "unknown_header"),
        _put_aside(settings, "menu.pdf", "not_csv"),
        _put_aside(settings, "budget.xls", "old_workbook"),
    ]


def _put_aside(settings: FranchiseSettings, name: str, content: str) -> Delivery:
    """A file that is no feed, nine days before the end."""
    path = f"{FOLDER}/{name}"
    at = time_delivery(settings, path, max(0, settings.days - 9))
    return Delivery(path, at, None, content=content, scenario=content)


def list_known(
    settings: FranchiseSettings, restaurants: list[Restaurant], version: Delivery
) -> list[Restaurant]:
    """The restaurants that one version of the list holds."""
    day = (version.delivered_at.date() - settings.first_day).days
    return [r for r in restaurants if known_from(settings, restaurants, r) <= day]


def known_from(
    settings: FranchiseSettings, restaurants: list[Restaurant], restaurant: Restaurant
) -> int:
    """The day from which the list holds a restaurant: its opening, or three weeks later for one."""
    if restaurant.number == _forgotten(settings, restaurants):
        return restaurant.opened + FORGOTTEN_FOR
    return restaurant.opened


def _forgotten(settings: FranchiseSettings, restaurants: list[Restaurant]) -> int | None:
    """The first restaurant of the default time zone that opens later: no business date changes."""
    later = [r.number for r in restaurants if r.opened and r.timezone == DEFAULT_TIMEZONE]
    return later[0] if settings.dirty and later else None
