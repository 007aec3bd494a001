"""Owners: the restaurant that a delivered file belongs to, as far as files and folders tell."""

from typing import Any

Folders = dict[str, str | None]  # folder -> its only restaurant; None when it has several


def learn(folders: Folders, ledgers: list[dict[str, Any]]) -> None:
    """Note which restaurants the files in each folder speak of."""
    for ledger in ledgers:
        for restaurant in ledger["restaurants"]:
            folder = folder_of(ledger["path"])
            if folders.setdefault(folder, restaurant) != restaurant:
                folders[folder] = None


def owner_of(ledger: dict[str, Any], folders: Folders) -> str:
    """The restaurant of a file: the only one in it, else that of its folder, else the folder."""
    if len(ledger["restaurants"]) == 1:
        return ledger["restaurants"][0]
    folder = folder_of(ledger["path"])
    return folders.get(folder) or folder or "all restaurants"


def folder_of(path: str) -> str:
    """The folder that a file lies in, relative to the source; empty for the source itself."""
    return path.rpartition("/")[0]
