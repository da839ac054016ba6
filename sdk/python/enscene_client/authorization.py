"""Asking a customer: authorization code, pushed request, PKCE (FAPI 2.0)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from enscene_client.errors import Problem
from enscene_client.keys import b64


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked. Send the customer's browser to `url`; keep the rest in its session."""

    url: str
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def new_verifier() -> tuple[str, str]:
    """A fresh code verifier, and its challenge (S256)."""
    verifier = secrets.token_urlsafe(32)
    return verifier, b64(hashlib.sha256(verifier.encode()).digest())


def code_of(asked: Asked, back: str, issuer: str) -> str:
    """The code in the address that the browser came back to.

    Raises: Problem("access_denied") when the customer said no; Problem("bad_return") when it is not
    the answer to what was asked, or not of this bank (RFC 9207).
    """
    parts = urlsplit(back)
    told = {name: values[0] for name, values in parse_qs(parts.query).items()}
    same = parts._replace(query="", fragment="").geturl() == asked.redirect_uri
    mine = hmac.compare_digest(told.get("state", "").encode(), asked.state.encode())
    if not same or not mine or told.get("iss") != issuer:
        raise Problem(
            400, {"code": "bad_return", "detail": "this is not the answer to what was asked"}
        )
    if "error" in told:
        raise Problem(403, {"code": told["error"], "detail": told.get("error_description", "")})
    return told.get("code", "")
