"""The second factor of a consent: a one-time code that is bound to what is granted.

It belongs to one request and customer, and to every field, action, purpose and day of it: when one
of them is another, it grants nothing. It is kept as a slow, salted digest. Its life is real time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from enscene.customers.authorizations import store
from enscene.customers.authorizations.request import AuthorizationRequest
from enscene.kernel.errors import EnsceneError, Forbidden, Refused, Unavailable
from enscene.kernel.ids import new_uuid

DIGITS = 6
CODE_LIFE = timedelta(minutes=5)
TRIES_MOST = 5
SENT_MOST, SENT_WITHIN = 5, timedelta(minutes=10)
_CODE = re.compile(r"[0-9]{6}")
_SALT = 16


class SecondFactor(Protocol):
    """How the customer is made sure of once more, for exactly what is granted: by a code that was
    sent here, or by what a channel of the bank states that it has done."""

    async def check(
        self, connection: store.Connection, request: AuthorizationRequest, party: str, customer: int
    ) -> EnsceneError | None:
        """Use it up. What is wrong with it is returned, so that the try is kept."""


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code that `make_code` has made, as the customer has entered it."""

    code: str

    async def check(
        self, connection: store.Connection, request: AuthorizationRequest, party: str, customer: int
    ) -> EnsceneError | None:
        """See `check_code`."""
        return await check_code(connection, request, party, customer, self.code.strip())


def what_is_granted(request: AuthorizationRequest, party: str) -> bytes:
    """The digest of all that the customer agrees to."""
    asked = request.asked
    granted = {
        "request": str(request.id),
        "app": request.app,
        "party": party,
        "scene": asked.scene,
        "actions": asked.actions,
        "fields": asked.fields,
        "purpose": asked.purpose,
        "days": asked.days,
    }
    return hashlib.sha256(msgspec.json.encode(granted, order="deterministic")).digest()


async def make_code(
    connection: store.Connection, request: AuthorizationRequest, party: str, customer: int
) -> str:
    """A fresh code for the customer's telephone; earlier ones are over.

    Raises: Unavailable("code.too_many").
    """
    signs = what_is_granted(request, party)
    return await make_code_for(connection, request.tenant, request.id, customer, signs)


async def make_code_for(
    connection: store.Connection, tenant: int, number: UUID, customer: int, signs: bytes
) -> str:
    """The same for anything that a customer confirms, by its number: `signs` is the digest of all
    of it."""
    now = datetime.now(UTC)
    sent = await store.count_factors(connection, tenant, customer, now - SENT_WITHIN)
    if sent >= SENT_MOST:
        raise Unavailable(
            "too many codes were sent: wait a while",
            code="code.too_many",
            facts={"retry_after_s": int(SENT_WITHIN.total_seconds())},
        )
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    salt = secrets.token_bytes(_SALT)
    kept = salt + await asyncio.to_thread(_digest, code, salt)
    await store.insert_factor(
        connection, tenant, new_uuid(), number, customer, signs, kept, now, now + CODE_LIFE
    )
    return code


async def check_code(
    connection: store.Connection,
    request: AuthorizationRequest,
    party: str,
    customer: int,
    code: str,
) -> EnsceneError | None:
    """Use the code up. What is wrong with it is returned, not raised, so that the try is counted
    by a transaction that commits."""
    signs = what_is_granted(request, party)
    return await check_code_for(connection, request.tenant, request.id, customer, signs, code)


async def check_code_for(
    connection: store.Connection, tenant: int, number: UUID, customer: int, signs: bytes, code: str
) -> EnsceneError | None:
    """See `check_code` and `make_code_for`."""
    if not code:
        return Forbidden("a code is needed", code="code.missing", param="code")
    factor = await store.read_factor(connection, tenant, number, customer)
    if factor is None:
        return Forbidden("no code was asked for", code="code.none", param="code")
    if factor["used_at"] is not None or factor["until"] <= datetime.now(UTC):
        return Forbidden("the code is over: ask for another", code="code.over", param="code")
    if factor["tries"] >= TRIES_MOST:
        return Forbidden("too many wrong codes: ask for another", code="code.tries", param="code")
    if not hmac.compare_digest(bytes(factor["signs"]), signs):
        return Refused("the code is for something else", code="code.other_sum", param="code")
    await store.try_factor(connection, tenant, factor["id"])
    kept = bytes(factor["code"])
    fits = _CODE.fullmatch(code) is not None and hmac.compare_digest(
        await asyncio.to_thread(_digest, code, kept[:_SALT]), kept[_SALT:]
    )
    if not fits:
        left = TRIES_MOST - factor["tries"] - 1
        return Forbidden("the code is wrong", code="code.wrong", param="code", facts={"left": left})
    await store.use_factor(connection, tenant, factor["id"])
    return None


def _digest(code: str, salt: bytes) -> bytes:
    # A million codes are soon tried: each try has to cost.
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
