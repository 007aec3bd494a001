"""Who we are to Drive: a service account's secret, AWS's own identity, ADC, or a local token.

FRANCHISE_DRIVE_CREDENTIALS holds Google's JSON itself, the path of a file with it, or the ARN of a
secret with it in AWS Secrets Manager. The JSON is a service account's key, or the configuration of
workload identity federation from AWS, for which no secret exists anywhere. Without the variable
Google's application default credentials are taken. FRANCHISE_DRIVE_SUBJECT names a user to act for,
where the domain delegates that to the service account.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import google.auth
import google.auth.aws
import google.auth.credentials
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

from ingestion.aws_secret import read_secret
from ingestion.drive_aws import AwsIdentity
from ingestion.sources import SourceError

SCOPE = "https://www.googleapis.com/auth/drive.readonly"
WRITE_SCOPE = "https://www.googleapis.com/auth/drive.file"
CREDENTIALS = "FRANCHISE_DRIVE_CREDENTIALS"
SUBJECT = "FRANCHISE_DRIVE_SUBJECT"
TOKEN = "FRANCHISE_DRIVE_TOKEN"  # noqa: S105 - the name of a variable; for a local server only
DEFAULT = "GOOGLE_APPLICATION_CREDENTIALS"
WELL_KNOWN = Path("~/.config/gcloud/application_default_credentials.json")
AWS_TOKEN = "urn:ietf:params:aws:token-type:aws4_request"  # noqa: S105 - a name of Google's
LONGEST_PATH = 200  # letters; a key in a path's place is longer, however it is packed
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
REMEDY = (
    f"Set {CREDENTIALS} to a service account's key (its path, its JSON, or the ARN of a secret) or "
    "to the configuration of workload identity federation, and share the folder with that account."
)

Credentials = google.auth.credentials.Credentials


def open_session(url: str, scope: str = SCOPE) -> requests.Session:
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
        return AuthorizedSession(load_credentials(scope)[1])
    except (GoogleAuthError, OSError, ValueError, KeyError) as error:
        message = f"there are no usable Drive credentials: {_explain(error)}. {REMEDY}"
        raise SourceError(message) from None  # Google's own words may hold the variable's value


def load_credentials(scope: str = SCOPE) -> tuple[str, Credentials]:
    """What is used, in words, and the credentials; nothing is sent to Google yet.

    Raises ValueError, OSError, KeyError or GoogleAuthError.
    """
    words, made = _load(scope)
    subject = os.environ.get(SUBJECT)
    if not subject:
        return words, made
    if not isinstance(made, service_account.Credentials):
        raise ValueError(f"{SUBJECT} needs a service account's key, and {words} is none: unset it")
    return f"{words}, for {subject}", made.with_subject(subject)


def _load(scope: str) -> tuple[str, Credentials]:
    text = os.environ.get(CREDENTIALS)
    if not text:
        return "application default credentials", google.auth.default(scopes=[scope])[0]
    where, info = _read(text)
    kind = info.get("type")
    if kind == "service_account":
        made = service_account.Credentials.from_service_account_info(info, scopes=[scope])
        return f"service account {made.service_account_email} from {where}", made
    if kind == "external_account" and info.get("subject_token_type") == AWS_TOKEN:
        return f"workload identity from AWS, from {where}", _from_aws(info, scope)
    return f"{kind} from {where}", google.auth.load_credentials_from_dict(info, scopes=[scope])[0]


def describe_auth() -> list[tuple[str, bool, str, str]]:
    """What is used and whether it works: (what, ok, found, remedy) for `franchise doctor`."""
    if os.environ.get(TOKEN):
        return [("credentials", True, f"token of a local Drive server, from {TOKEN}", "")]
    if not _is_configured():
        return [("credentials", True, f"none (a drive: source needs {CREDENTIALS})", "")]
    return list(_try())


def _try() -> Iterator[tuple[str, bool, str, str]]:
    """Load the credentials and ask for a token with them."""
    try:
        words, credentials = load_credentials()
    except (GoogleAuthError, OSError, ValueError, KeyError) as error:
        yield "credentials", False, _explain(error), REMEDY
        return
    yield "credentials", True, words, ""
    try:
        credentials.refresh(Request())
    except (GoogleAuthError, OSError, ValueError) as error:
        remedy = "Check that the account exists, its key is not revoked, and the clock is right."
        yield "token", False, _explain(error), remedy
    else:
        yield "token", True, "was given", ""


def _is_configured() -> bool:
    variables = any(os.environ.get(name) for name in (CREDENTIALS, DEFAULT))
    return variables or WELL_KNOWN.expanduser().is_file()


def _read(text: str) -> tuple[str, dict[str, Any]]:
    """Where the JSON was found, and what it says. Raises ValueError, never with its content."""
    if text.lstrip().startswith("{"):
        where, found = f"the variable {CREDENTIALS}", text
    elif text.startswith("arn:"):
        where, found = f"the secret {text}", read_secret(text)
    else:
        where = _in_words(text, CREDENTIALS)
        found = _read_file(text, where)
    try:
        info = json.loads(found)
    except ValueError:
        raise ValueError(f"{where} holds no JSON") from None
    if not isinstance(info, dict) or "type" not in info:
        raise ValueError(f"{where} holds no credentials of Google's")
    return where, info


def _read_file(path: str, where: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError(f"{where} does not exist") from None
    except OSError as error:
        raise ValueError(f"{where} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{where} holds no JSON") from None


def _in_words(value: str, variable: str) -> str:
    """A path as it is; whatever may be a secret in its place, never."""
    is_path = len(value) <= LONGEST_PATH and not any(letter in value for letter in "{\n\r")
    return value if is_path else f"the file that {variable} names"


def _from_aws(info: dict[str, Any], scope: str) -> Credentials:
    return google.auth.aws.Credentials(
        audience=info["audience"],
        subject_token_type=info["subject_token_type"],
        token_url=info["token_url"],
        service_account_impersonation_url=info.get("service_account_impersonation_url"),
        aws_security_credentials_supplier=AwsIdentity(),
        scopes=[scope],
    )


def _explain(error: Exception) -> str:
    """One line, without a secret; a KeyError's text is only the name of what is missing."""
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error.args[0] if error.args else error)
    if default := os.environ.get(DEFAULT):
        text = text.replace(default, _in_words(default, DEFAULT))
    return text.splitlines()[0]
