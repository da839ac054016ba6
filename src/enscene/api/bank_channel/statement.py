"""A channel's signed statement of the second factor that it has asked its customer for.

A compact JWS of one of the channel's registered keys, `typ` `factor+jwt`. What it says is for this
server (`aud`), of this channel (`iss`), about one customer (`sub`), one request and its whole extent
(`signs`). `docs/decisions/0012-customers-of-a-live-bank.md` says why.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enscene.api.auth.assertion import check_audience, check_signature, check_times
from enscene.api.auth.jwt import Malformed, SignedJwt, decode_part, parse_jwt
from enscene.customers.authorizations import Statement
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Unauthenticated
from enscene.tenants.apps import App

TYPE = "factor+jwt"
_JTI_MOST = 200
_METHODS_MOST = 8


def read_statement(text: str, app: App, issuer: str) -> Statement:
    """The statement, whose signature, issuer, audience and times are good; whether it fits a
    request is for the request to say. Raises: Forbidden("factor.statement")."""
    try:
        parsed = parse_jwt(text)
    except Malformed:
        raise _bad("it is no signed JWT") from None
    try:
        check_statement_issuer(parsed, app)
        check_signature(parsed, app)
        check_audience(parsed.claims.get("aud"), (issuer,))
        check_times(parsed.claims, datetime.now(UTC).timestamp())
    except Unauthenticated as error:
        raise _bad(error.detail) from None
    claims = parsed.claims
    jti = _text(claims, "jti", _JTI_MOST)
    return Statement(
        app=app.id,
        digest=hashlib.sha256(jti.encode()).digest(),
        party=_text(claims, "sub", 64),
        request=_request(claims),
        signs=_signs(claims),
        methods=_methods(claims),
        at=_moment(claims, "auth_time"),
        until=_moment(claims, "exp"),
    )


@control("statement_issuer")
def check_statement_issuer(parsed: SignedJwt, app: App) -> None:
    """It is a statement, and this application's own. Raises: Forbidden."""
    if parsed.header.get("typ") != TYPE:
        raise _bad(f"typ must be {TYPE}")
    if parsed.claims.get("iss") != app.client_id:
        raise _bad("iss must be the client_id of the channel")


def _text(claims: dict[str, Any], name: str, most: int) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise _bad(f"{name} must be a text of 1 to {most} characters")
    return value


def _request(claims: dict[str, Any]) -> UUID:
    try:
        return UUID(_text(claims, "request", 36))
    except ValueError:
        raise _bad("request must be the number of the request") from None


def _signs(claims: dict[str, Any]) -> bytes:
    try:
        return decode_part(_text(claims, "signs", 64))
    except Malformed:
        raise _bad("signs must be base64url, as the request was shown with") from None


def _methods(claims: dict[str, Any]) -> tuple[str, ...]:
    methods = claims.get("amr")
    if (
        not isinstance(methods, list)
        or len(methods) > _METHODS_MOST
        or not all(isinstance(each, str) for each in methods)
    ):
        raise _bad(f"amr must be a list of at most {_METHODS_MOST} methods")
    return tuple(methods)


def _moment(claims: dict[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11:
        return datetime.fromtimestamp(value, UTC)
    raise _bad(f"{name} must be a number of seconds")


def _bad(detail: str) -> Forbidden:
    return Forbidden(
        f"the statement of the second factor is not good: {detail}",
        code="factor.statement", param="factor",
    )  # fmt: skip
