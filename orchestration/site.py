"""The sites of a workspace, served on this machine only."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from orchestration.workspace import Workspace, WorkspaceError


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """A reader's clicks are nobody's business."""


@contextmanager
def serve_site(workspace: Workspace, port: int) -> Iterator[str]:
    """Serve the docs site on 127.0.0.1 while the block runs: its address.

    Raises WorkspaceError when there is no site yet or when the port is taken.
    """
    if not workspace.docs.is_file():
        raise WorkspaceError(
            f"there is no docs site at {workspace.docs}. Run `make demo` or `franchise run` first, "
            "or name the workspace with --workspace."
        )
    handler = partial(_QuietHandler, directory=str(workspace.docs.parent))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise WorkspaceError(
            f"port {port} of 127.0.0.1 cannot be used: {error.strerror}. Name another with --port."
        ) from error
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
