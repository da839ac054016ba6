"""Client assertions: private_key_jwt of RFC 7523. Real time counts, never a tenant's clock."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from enscene.api.auth.jwt import Malformed, SignedJwt, parse_jwt
from enscene.api.auth.signature import ALGORITHMS, is_signed
from enscene.kernel.controls import control
from enscene.kernel.errors import Unauthenticated
from enscene.tenants.apps import App
from enscene.tenants.apps.keys import algorithms_of, public_key_of

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE_MOST_S = 300
SKEW_S = 10
_JTI_MOST = 200


@dataclass(frozen=True, slots=True)
class Assertion:
    """A checked assertion: what keeps it from being used twice, and until when."""

    digest: bytes
    expires_at: datetime


def client_of(assertion: str) -> tuple[SignedJwt, str]:
    """The parts of an assertion and the client that it claims to be of; nothing is checked yet."""
    try:
        parsed = parse_jwt(assertion)
    except Malformed:
        raise refused("the client assertion is not a signed JWT") from None
    client = parsed.claims.get("iss")
    if not isinstance(client, str) or parsed.claims.get("sub") != client:
        raise refused("iss and sub must both be the client_id")
    return parsed, client


def check_assertion(parsed: SignedJwt, app: App, audiences: Collection[str]) -> Assertion:
    """Check signature and claims. Raises: Unauthenticated("auth.client")."""
    check_signature(parsed, app)
    claims, now = parsed.claims, time.time()
    check_audience(claims.get("aud"), audiences)
    check_times(claims, now)
    expires = _moment(claims, "exp")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= _JTI_MOST:
        raise refused("jti must be a text of 1 to 200 characters, new for each assertion")
    # Kept a little longer than it lives: servers' clocks differ too.
    kept = datetime.fromtimestamp(expires + SKEW_S, UTC)
    return Assertion(hashlib.sha256(jti.encode()).digest(), kept)


@control("assertion_audience")
def check_audience(audience: Any, audiences: Collection[str]) -> None:
    """Raises: Unauthenticated."""
    if not isinstance(audience, str) or audience not in audiences:
        raise refused("aud must be this server's issuer, as one text")


@control("assertion_time")
def check_times(claims: Mapping[str, Any], now: float) -> None:
    """Raises: Unauthenticated."""
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if now >= expires:
        raise refused("the assertion has expired")
    if expires > now + LIFE_MOST_S + SKEW_S or expires - issued > LIFE_MOST_S:
        raise refused("exp may be at most 5 minutes after iat and from now")
    if issued > now + SKEW_S:
        raise refused("iat is in the future: set your clock")
    if "nbf" in claims and _moment(claims, "nbf") > now + SKEW_S:
        raise refused("nbf is in the future: set your clock")


@control("assertion_signature")
def check_signature(parsed: SignedJwt, app: App) -> None:
    """By a registered key and an algorithm of ours. Raises: Unauthenticated."""
    header = parsed.header
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise refused(f"alg must be one of {', '.join(ALGORITHMS)}")
    if "crit" in header or "b64" in header:
        raise refused("the assertion's header asks for something unknown")
    keys = [jwk for jwk in app.jwks if algorithm in algorithms_of(jwk)]
    if kid is not None:
        keys = [jwk for jwk in keys if jwk["kid"] == kid]
    signed = parsed.message, parsed.signature
    if not any(is_signed(public_key_of(jwk), *signed) for jwk in keys):
        raise refused("no registered key of the client signed this")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11:
        return float(value)
    raise refused(f"{name} must be a number of seconds")


def refused(detail: str) -> Unauthenticated:
    """The client could not be authenticated."""
    return Unauthenticated(detail, code="auth.client")
