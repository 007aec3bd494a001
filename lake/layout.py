"""Every key of the lake, in one place; no other module spells a key.

Keys are relative to `<lake>`, which is a folder or `s3://bucket/prefix`. Readers trust only
manifests, ledgers and run files, never a listing of data files: half-written output is invisible.
"""

import hashlib
from urllib.parse import quote

BLOBS = "raw/blobs/sha256"
MANIFESTS = "raw/manifests"
LANDING_RUNS = "raw/runs"
LISTINGS = "raw/listings"
FOLDERS = "raw/folders.json"
CLEAN = "clean"
LEDGERS = "clean/ledger"
CARD_KEY = "clean/card_key"  # the id of the key that all card hashes are made with; create-only
QUARANTINE = "quarantine"
REPORTS = "reports"
REPORTED = "reports/reported.json"
OPERATORS = "operators.yml"  # what people declare about operators' files; written by hand
NORMALIZED = "normalized"
NORMALIZED_RUNS = "normalized/runs"
FOLDED = "normalized/landings"
CURRENT = "normalized/current.json"
LONGEST_SEGMENT = 150
LOADS = "normalized/loads"
TOLD = "alerts/overdue"


def blob(sha256: str) -> str:
    """Bytes exactly as delivered; create-only."""
    return f"{BLOBS}/{sha256[:2]}/{sha256}"


def manifest(file_id: str, revision: str) -> str:
    """One revision of one delivered file; create-only, and the commit point of landing.

    `revision` is the sha256 of the bytes, or `<sha256>.<n>` when a file comes back to bytes that it
    had before another revision.
    """
    return f"{manifests(file_id)}/{revision}.json"


def manifests(file_id: str) -> str:
    """Folder of the manifests of one delivered file."""
    return f"{MANIFESTS}/file={file_id}"


def landing_id(file_id: str, revision: str) -> str:
    """The id of one revision of one delivered file: 32 hex digits, the same on every machine."""
    return hashlib.sha256(f"{file_id}|{revision}".encode()).hexdigest()[:32]


def landing_run(run_id: str) -> str:
    """Every file seen in a run and the verdict on it."""
    return f"{LANDING_RUNS}/{run_id}.json"


def listing(source: str) -> str:
    """What a Drive folder held when it was last listed; only an accelerator."""
    return f"{LISTINGS}/{_quote(source)}.json"


def memory(source: str) -> str:
    """What land remembers of the files of a source; only an accelerator."""
    return f"{LISTINGS}/{_quote(source)}.memory.json"


def clean(entity: str, landing: str) -> str:
    """Typed rows of one delivered file."""
    return f"{CLEAN}/entity={entity}/landing={landing}.parquet"


def ledger(landing: str) -> str:
    """What became of one delivered file: counts, identity check, outputs; written last."""
    return f"{LEDGERS}/{landing}.json"


def rejects(landing: str) -> str:
    """Rejected rows of one delivered file, one row per row and reason."""
    return f"{QUARANTINE}/landing={landing}/rejects.parquet"


def operator_report(owner: str, day: str, kind: str) -> str:
    """What one restaurant (or folder) delivered on one day, as its operator reads it.

    `kind` is csv or html, or json for what both are made from. The owner's name is quoted: it is
    whatever stands in a file.
    """
    return f"{REPORTS}/restaurant={_quote(owner)}/day={day}/report.{kind}"


def told(business_date: str) -> str:
    """The restaurants of which people were told that this date's delivery is overdue."""
    return f"{TOLD}/{business_date}.json"


def normalized_rows(entity: str, run_id: str) -> str:
    """Folder of an entity's rows of one attempt at a run, in which nothing else ever writes."""
    return f"{NORMALIZED}/entity={entity}/run={run_id}"


def normalized(entity: str, business_date: str, run_id: str) -> str:
    """Folder of one business date's rows as one run wrote them; never overwritten."""
    return f"{normalized_rows(entity, run_id)}/business_date={business_date}"


def normalized_run(run_id: str) -> str:
    """What one normalize run touched, with its files; written before `current.json` is swapped."""
    return f"{NORMALIZED_RUNS}/{run_id}.json"


def folded(month: str, run_id: str) -> str:
    """What normalize knows of the landings of one month, as one run wrote it; never overwritten."""
    return f"{FOLDED}/run={run_id}/{month}.arrow"


def _quote(name: str) -> str:
    """A name as one segment of a key, whatever letters it has; long ones by their hash."""
    quoted = quote(name, safe=" ").replace(".", "%2E") or "%"
    if len(quoted) <= LONGEST_SEGMENT:
        return quoted
    return hashlib.sha256(name.encode()).hexdigest()


def copy_manifest(table: str) -> str:
    """The files that one table's COPY reads; rewritten by every load, under a lock."""
    return f"{LOADS}/{table}.manifest"


def load_rows(table: str) -> str:
    """Rows that a load itself adds to a table by COPY; rewritten as `copy_manifest` is."""
    return f"{LOADS}/{table}.parquet"
