"""What a run of land remembers of a source, so that the next one need not look again.

Only an accelerator: without it every Sheet that was edited in vain is exported, and every file that
is gone is looked up, by each run again.
"""

import json
from collections.abc import Container
from dataclasses import asdict, dataclass, field

from lake import layout
from lake.store import Store

SCHEMA_VERSION = 1


@dataclass
class Memory:
    """`sheets`: the latest version of each Google Sheet whose cells the lake holds, by file id.

    `settled`: files that are not in the source and of which that is recorded, or that came from
    another one, with the number of revisions they had then.
    """

    sheets: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)

    def of(self, present: Container[str]) -> "Memory":
        """What is still of use where the source holds the files `present` and no others."""
        return Memory(
            {i: version for i, version in self.sheets.items() if i in present},
            {i: count for i, count in self.settled.items() if i not in present},
        )


def recall(store: Store, source: str) -> Memory:
    """What the last run over the source has left; nothing for another version of ours."""
    found = store.read_version(layout.memory(source))
    facts = json.loads(found[0]) if found else {}
    return Memory(**facts) if facts.pop("schema_version", None) == SCHEMA_VERSION else Memory()


def remember(store: Store, source: str, memory: Memory) -> None:
    """Leave it for the next run, unless the last one has left the same."""
    if memory != recall(store, source):
        facts = {"schema_version": SCHEMA_VERSION} | asdict(memory)
        store.write(layout.memory(source), json.dumps(facts, sort_keys=True).encode())
