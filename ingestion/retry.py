"""Requests that are sent again when the server says "later": full jitter, Retry-After, a budget."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import requests
from google.auth.exceptions import RefreshError, TransportError

BASE_SECONDS = 0.5
LONGEST_WAIT = 32.0
OPTIONS = {"stream": True, "timeout": (10, 60)}  # seconds to connect, and between two pieces
# No answer, or one that was cut or damaged on its way
PASSING = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.JSONDecodeError,
    TransportError,
)
RATE_REASONS = {"rateLimitExceeded", "userRateLimitExceeded"}


class RefusedError(Exception):
    """The server refused for good, or for longer than the budget; the message says why.

    `status` is that of HTTP; 0 when there was no answer.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Budget:
    """How long one request may be tried, in seconds of wall clock."""

    seconds: float = 120.0
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - (time.monotonic() - self.started)


def send(
    session: requests.Session,
    pace: Callable[[], None],
    url: str,
    parameters: dict[str, Any],
    budget: Budget,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    """A GET with retries; the answer's body is not read yet. Raises RefusedError."""
    request = partial(session.request, "GET", url, params=parameters, headers=headers, **OPTIONS)
    return retry(request, pace, url, budget, lambda answer: answer)


def send_for_json(
    session: requests.Session,
    pace: Callable[[], None],
    url: str,
    parameters: dict[str, Any],
    budget: Budget,
) -> Any:
    """What the answer to a request says in JSON; one that is cut or damaged is asked for again.

    Raises RefusedError.
    """
    request = partial(session.request, "GET", url, params=parameters, **OPTIONS)
    return retry(request, pace, url, budget, requests.Response.json)


def retry(
    request: Callable[[], requests.Response],
    pace: Callable[[], None],
    url: str,
    budget: Budget,
    read: Callable[[requests.Response], Any],
) -> Any:
    """What `read` makes of the first good answer to `request`, which is called for every try.

    Raises RefusedError, and nothing else.
    """
    server = url.split("/drive/")[0]
    attempt = 0
    while True:
        pace()
        wait = 0.0
        try:
            answer = request()
            if answer.status_code in (200, 206):
                return read(answer)
            failure = _describe(answer)
            if not _is_passing(answer):
                raise RefusedError(failure, answer.status_code)
            wait = _retry_after(answer)
        except RefreshError as error:
            raise RefusedError(f"the credentials are not accepted: {error}") from error
        except PASSING as error:
            failure = f"no answer from {server}: {type(error).__name__}"
        except requests.RequestException as error:
            raise RefusedError(f"{server} cannot be asked: {type(error).__name__}") from error
        wait = max(wait, random.uniform(0, min(LONGEST_WAIT, BASE_SECONDS * 2**attempt)))  # noqa: S311
        attempt += 1
        if wait > budget.left():
            raise RefusedError(f"{failure}, after {attempt} tries in {budget.seconds:.0f} seconds")
        time.sleep(wait)


def _is_passing(answer: requests.Response) -> bool:
    if answer.status_code == 429 or answer.status_code >= 500:
        return True
    return answer.status_code == 403 and _reason(answer) in RATE_REASONS


def _reason(answer: requests.Response) -> str:
    """Drive's own word for an error, e.g. `userRateLimitExceeded`; empty when there is none."""
    try:
        return answer.json()["error"]["errors"][0]["reason"]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def _describe(answer: requests.Response) -> str:
    hints = {
        401: "the credentials are not accepted; run `franchise doctor`",
        404: "not found, or not shared with the account that reads it",
    }
    parts = [f"HTTP {answer.status_code}", _reason(answer), hints.get(answer.status_code, "")]
    return ": ".join(part for part in parts if part)


def _retry_after(answer: requests.Response) -> float:
    """Seconds, or the time until a date by the server's own clock, which may differ from ours."""
    text = answer.headers.get("Retry-After", "0")
    if text.isdigit():
        return float(text)
    try:
        until, now = (parsedate_to_datetime(t) for t in (text, answer.headers.get("Date", "")))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a time zone
        return 0.0
