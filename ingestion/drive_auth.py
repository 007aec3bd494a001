"""Who we are to Drive: a service account's secret, the environment's identity, or a local token."""

import os
from pathlib import Path
from urllib.parse import urlparse

import google.auth
import google.auth.credentials
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2 import service_account

from ingestion.sources import SourceError

SCOPES = ["https://www.googleapis.com/auth/drive.readonly"]
CREDENTIALS = "FRANCHISE_DRIVE_CREDENTIALS"  # path of a service account's key file
TOKEN = "FRANCHISE_DRIVE_TOKEN"  # noqa: S105 - the name of a variable; for a local server only
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}


def open_session(url: str) -> requests.Session:
    """A session that is authorized at `url`. Raises SourceError, with the remedy."""
    token = os.environ.get(TOKEN)
    if token:
        if urlparse(url).hostname not in LOCAL_HOSTS:
            raise SourceError(f"{TOKEN} is for a Drive server on this machine only. Unset it.")
        session = requests.Session()
        session.trust_env = False  # a proxy has no business between two ports of this machine
        session.headers["Authorization"] = f"Bearer {token}"
        return session
    try:
        return AuthorizedSession(_credentials())
    except (GoogleAuthError, OSError, ValueError) as error:
        raise SourceError(
            f"there are no usable Drive credentials: {error}. Set {CREDENTIALS} to the path of a "
            "service account's key file and share the folder with that account."
        ) from error


def _credentials() -> google.auth.credentials.Credentials:
    path = os.environ.get(CREDENTIALS)
    if path:
        return service_account.Credentials.from_service_account_file(path, scopes=SCOPES)
    credentials, _ = google.auth.default(scopes=SCOPES)
    return credentials


def describe_auth() -> list[tuple[str, bool, str, str]]:
    """What is configured: (what, ok, found, remedy) for `franchise doctor`; nothing is sent."""
    if os.environ.get(TOKEN):
        return [("token of a local Drive server", True, f"{TOKEN} is set", "")]
    path = os.environ.get(CREDENTIALS)
    if path:
        found = Path(path).is_file()
        return [("service account key", found, path, f"{CREDENTIALS} names no file: correct it")]
    default = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if default:
        found = Path(default).is_file()
        remedy = "GOOGLE_APPLICATION_CREDENTIALS names no file: correct it"
        return [("application default credentials", found, default, remedy)]
    return [("credentials", True, f"none (a drive: source needs {CREDENTIALS})", "")]
