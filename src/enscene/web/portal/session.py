"""Sessions of the portal: a signed cookie that names one partner of one bank."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.ids import new_uuid
from enscene.partners.partner import Partner
from enscene.web.store import read_h5_key

LIFE_S = 2 * 3600
COOKIE = "enscene_portal"
_MOST = 600


class PortalSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who has signed in. `until` is in seconds of real time; `nonce` makes each one different, and
    `access` is the beginning of the digest of the access key: another key ends it."""

    tenant: int
    partner: UUID
    until: int
    nonce: str
    access: str


async def issue_portal_session(pool: Any, partner: Partner) -> tuple[str, str]:
    """The cookie of a fresh session, and its nonce."""
    session = PortalSession(
        tenant=partner.tenant,
        partner=partner.id,
        until=int(time.time()) + LIFE_S,
        nonce=new_uuid().hex,
        access=access_mark(partner),
    )
    body = base64.urlsafe_b64encode(msgspec.json.encode(session)).rstrip(b"=")
    cookie = f"{body.decode()}.{_sign(await read_h5_key(pool), b'portal.' + body)}"
    return cookie, session.nonce


async def read_portal_session(pool: Any, cookie: str, tenant: int) -> PortalSession | None:
    """The session of a cookie, if it is this tenant's and not over."""
    body, dot, sign = cookie.partition(".")
    if not dot or len(cookie) > _MOST or not cookie.isascii():
        return None
    key = await read_h5_key(pool)
    if not hmac.compare_digest(_sign(key, b"portal." + body.encode()), sign):
        return None
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        session = msgspec.json.decode(raw, type=PortalSession)
    except (binascii.Error, msgspec.DecodeError):
        return None
    return session if session.tenant == tenant and session.until >= time.time() else None


def access_mark(partner: Partner) -> str:
    """What a session remembers of the access key."""
    return (partner.access or b"")[:8].hex()


async def csrf_of(pool: Any, nonce: str) -> str:
    """What every form of this session carries; of the door's forms, by the nonce of the visit."""
    return _sign(await read_h5_key(pool), b"portal-form." + nonce.encode())


def _sign(key: bytes, body: bytes) -> str:
    digest = hmac.new(key, body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
