"""Tokens of customers' pages: short-lived, signed, for one party in one scene.

A token travels in the fragment of the page's address or in a message of the page around it, never
in a cookie, so that no other site can act with it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterable
from typing import Any

import msgspec

from enscene.kernel.errors import Unauthenticated
from enscene.tenants.apps import find_grant
from enscene.web.store import read_h5_key

LIFE_S = 15 * 60
_TOKEN_MOST = 600


class H5Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks at the page. `until` is in seconds of real time; `grants` are the numbers of the
    consents by which an application has asked for the token."""

    tenant: int
    scene: str
    party: str
    until: int
    grants: tuple[int, ...] = ()


async def issue_h5_token(
    pool: Any, tenant: int, scene: str, party: str, *, life_s: int = LIFE_S,
    grants: Iterable[int] = (),
) -> str:  # fmt: skip
    """A token for a party of a scene. The caller has made sure that it may act for the party, by
    these grants: the token is good while all of them are in force."""
    session = H5Session(tenant=tenant, scene=scene, party=party, until=int(time.time()) + life_s,
                        grants=tuple(sorted(grants)))  # fmt: skip
    body = base64.urlsafe_b64encode(msgspec.json.encode(session)).rstrip(b"=")
    return f"{body.decode()}.{_sign(await read_h5_key(pool), body)}"


async def read_h5_token(pool: Any, token: str) -> H5Session:
    """The session of a token. Raises: Unauthenticated("h5.expired")."""
    body, dot, sign = token.partition(".")
    expired = Unauthenticated("the page's session is over", code="h5.expired")
    if not dot or len(token) > _TOKEN_MOST or not token.isascii():
        raise expired
    if not hmac.compare_digest(_sign(await read_h5_key(pool), body.encode()), sign):
        raise expired
    padded = body + "=" * (-len(body) % 4)
    session = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=H5Session)
    if session.until < time.time():
        raise expired
    for grant in session.grants:
        if await find_grant(pool, session.tenant, grant) is None:
            raise expired
    return session


def _sign(key: bytes, body: bytes) -> str:
    digest = hmac.new(key, b"h5." + body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
