"""Which folder a lake knows by which name: another folder is never taken for it.

Ids of files are paths below their folder. Another folder under the same name would replace files,
and what it lacks would count as gone: so that is asked for, never guessed.
"""

import json

from ingestion.folder import MAIN, FolderSource
from ingestion.sources import SourceError
from lake import layout
from lake.store import Store

Folders = dict[str, str]  # root of a source -> absolute path when it was last landed


class OtherFolderError(SourceError):
    """The folder is not the one that the lake knows by its name; nothing was written."""


def know_folder(source: FolderSource, store: Store) -> None:
    """Remember where the folder is. Raises OtherFolderError unless it was named, or is the same."""
    found = store.read_version(layout.FOLDERS)
    known: Folders = json.loads(found[0]) if found else {}
    place = str(source.folder.resolve())
    if known.get(source.root) == place:
        return
    if not source.is_named:
        _refuse_other(source.root, place, known)
    data = json.dumps(known | {source.root: place}).encode()
    try:
        store.swap(layout.FOLDERS, data, found[1] if found else None)
    except FileExistsError:  # another run of land was first
        know_folder(source, store)


def _refuse_other(root: str, place: str, known: Folders) -> None:
    if named := [other for other, path in known.items() if path == place]:
        raise OtherFolderError(
            f"the lake knows the folder {place} by a name. "
            f"Write it as --source folder:{_name_of(named[0])}:{place}"
        )
    if root in known:
        raise OtherFolderError(
            f"the lake holds deliveries of the folder {known[root]}, and {place} is another one. "
            "Nothing was written. If both deliver, give this one a name: "
            f"--source folder:NAME:{place} If it is the same folder at another place: "
            f"--source folder:{MAIN}:{place}"
        )


def _name_of(root: str) -> str:
    return root.partition(":")[2] or MAIN
