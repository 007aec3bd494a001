"""Lineage by column beside the docs site: dbt-colibri over dbt's own files, without any network."""

import contextlib
import io
import logging
import re
from pathlib import Path

from orchestration.workspace import Workspace

REMEDY = 'Lineage by column needs dbt-colibri: pip install "franchise-elt[docs]"'

# The page holds a client of a usage service, which is told to be silent. A browser that keeps to
# this policy could not send anything even if it were not.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'self\' data: blob: '
    "'unsafe-inline' 'unsafe-eval'; connect-src 'none'; form-action 'none'\" />"
)
ABROAD = re.compile(r"(https?://)?[a-z.]*posthog\.com")


class LineageError(Exception):
    """There can be no lineage; the message says what to install or to run."""


def write_lineage(workspace: Workspace) -> Path:
    """Write the lineage page of the last build unless it is there already; return its path.

    Raises LineageError when dbt-colibri is not installed or nothing has been built.
    """
    target = workspace.dbt / "target"
    manifest, catalog = target / "manifest.json", target / "catalog.json"
    page = workspace.docs.parent / "lineage" / "index.html"
    if not (manifest.is_file() and catalog.is_file()):
        raise LineageError(f"There is no build in {workspace.dbt}: `franchise run` makes one.")
    if page.is_file() and page.stat().st_mtime >= catalog.stat().st_mtime:
        return page
    _generate(manifest, catalog, page.parent)
    page.write_text(_closed(page.read_text(encoding="utf-8")), encoding="utf-8")
    return page


def _generate(manifest: Path, catalog: Path, folder: Path) -> None:
    try:
        from dbt_colibri.lineage_extractor.extractor import DbtColumnLineageExtractor
        from dbt_colibri.report.generator import DbtColibriReportGenerator
    except ImportError:
        raise LineageError(REMEDY) from None
    logging.getLogger("colibri").setLevel(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        found = DbtColumnLineageExtractor(str(manifest), str(catalog))
        report = DbtColibriReportGenerator(found, light_mode=True, disable_telemetry=True)
        report.generate_report(output_dir=str(folder))


def _closed(html: str) -> str:
    """The page with a policy that keeps it at home, and without the addresses of services."""
    return ABROAD.sub("about:blank", html.replace("<head>", f"<head>\n    {POLICY}", 1))
