"""Token endpoints of the local Drive: what Google's would answer to each way of signing in."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

GRANT = "urn:ietf:params:oauth:grant-type:"
SUPPORTED = (f"{GRANT}jwt-bearer", f"{GRANT}token-exchange", "refresh_token")


class TokenError(ValueError):
    """The request for a token is one that Google would refuse."""


def answer_token(path: str, body: bytes, token: str, seconds: int) -> dict[str, Any]:
    """The answer of /token and /sts (OAuth forms) and of :generateAccessToken (JSON).

    Raises TokenError.
    """
    if path.endswith(":generateAccessToken"):
        if not json.loads(body).get("scope"):
            raise TokenError("scope is missing")
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        return {"accessToken": token, "expireTime": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    form = read_form(body)
    grant = form.get("grant_type", "")
    if grant not in SUPPORTED:
        raise TokenError(f"unsupported_grant_type {grant}")
    if grant.endswith("jwt-bearer") and not read_claims(form.get("assertion", "")).get("scope"):
        raise TokenError("invalid_grant: the assertion has no scope")
    if grant.endswith("token-exchange") and not form.get("subject_token"):
        raise TokenError("invalid_request: there is no subject token")
    answer = {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}
    return answer | {"issued_token_type": f"{GRANT.replace('grant', 'token')}access_token"}


def read_form(body: bytes) -> dict[str, str]:
    """The fields of an OAuth form."""
    return {name: values[-1] for name, values in parse_qs(body.decode()).items()}


def read_claims(assertion: str) -> dict[str, Any]:
    """The claims of a signed assertion (its signature is not checked); empty when it is none."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return {}
    return json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
