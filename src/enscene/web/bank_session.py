"""Sessions of the bank's pages: a signed cookie that names one customer of one tenant.

In a sandbox the customer has logged in, which stands in for the bank's own app. Anywhere a channel
of the bank may have led the customer here for a visit: it is shorter, and opens fewer pages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

import msgspec

from enscene.kernel.ids import new_uuid
from enscene.web.store import read_h5_key

LIFE_S = 30 * 60
COOKIE = "enscene_bank"
_MOST = 600


class BankSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who has logged in. `until` is in seconds of real time; `nonce` makes each one different.
    `visit` is the number of the visit that a channel has opened, `request` what may be answered in
    it; both are empty for who has logged in to a sandbox."""

    tenant: int
    party: str
    customer: int
    until: int
    nonce: str
    visit: str = ""
    request: str = ""


async def issue_bank_session(
    pool: Any,
    tenant: int,
    party: str,
    customer: int,
    *,
    life_s: int = LIFE_S,
    visit: str = "",
    request: str = "",
) -> str:
    """The cookie of a fresh session."""
    session = BankSession(
        tenant=tenant,
        party=party,
        customer=customer,
        until=int(time.time()) + life_s,
        nonce=new_uuid().hex,
        visit=visit,
        request=request,
    )
    body = base64.urlsafe_b64encode(msgspec.json.encode(session)).rstrip(b"=")
    return f"{body.decode()}.{_sign(await read_h5_key(pool), b'bank.' + body)}"


async def read_bank_session(pool: Any, cookie: str, tenant: int) -> BankSession | None:
    """The session of a cookie, if it is this tenant's and not over."""
    body, dot, sign = cookie.partition(".")
    if not dot or len(cookie) > _MOST or not cookie.isascii():
        return None
    key = await read_h5_key(pool)
    if not hmac.compare_digest(_sign(key, b"bank." + body.encode()), sign):
        return None
    padded = body + "=" * (-len(body) % 4)
    session = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=BankSession)
    return session if session.tenant == tenant and session.until >= time.time() else None


async def csrf_of(pool: Any, session: BankSession) -> str:
    """What every form of this session carries."""
    return _sign(await read_h5_key(pool), b"bank-form." + session.nonce.encode())


def _sign(key: bytes, body: bytes) -> str:
    digest = hmac.new(key, body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
