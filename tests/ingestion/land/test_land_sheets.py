"""Google Sheets, which Drive exports anew each time, into raw."""

import io
from datetime import UTC, datetime

import openpyxl

from ingestion.drive_client import XLSX


def sheet(value):
    """A workbook of one cell; each call gives other bytes."""
    book = openpyxl.Workbook()
    book.active.append([value])
    book.properties.creator = str(datetime.now(UTC))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_google_sheet_is_landed_once_per_content(landing):
    file_id = landing.files.add_sheet(landing.drive.root_id, "orders", {XLSX: sheet("a")})
    assert landing.run() == {"orders": "landed"}
    sent = landing.drive.bytes_sent
    assert landing.run() == {"orders": "same"}
    assert landing.drive.bytes_sent == sent
    landing.files.edit_sheet(file_id, {XLSX: sheet("a")})
    assert landing.run() == {"orders": "same"}
    sent = landing.drive.bytes_sent
    assert [landing.run(), landing.run()] == [{"orders": "same"}] * 2
    assert landing.drive.bytes_sent == sent, "it is exported once per edit"
    landing.files.edit_sheet(file_id, {XLSX: sheet("b")})
    assert landing.run() == {"orders": "landed"}
    assert len(landing.manifests()) == len(landing.blobs()) == 2


def test_a_sheet_that_drive_exports_as_a_page_hurts_only_itself(landing):
    file_id = landing.files.add_sheet(landing.drive.root_id, "orders", {XLSX: b"<html>"})
    landing.add("a.csv", b"a")
    assert landing.run() == {"a.csv": "landed", "orders": "failed"}
    (reason,) = [f["reason"] for f in landing.record(1)["files"] if f["reason"]]
    assert reason.startswith("was exported as something that is no workbook; the next run tries")
    landing.files.edit_sheet(file_id, {XLSX: sheet("a")})
    assert landing.run() == {"a.csv": "same", "orders": "landed"}
