"""The customer allows what is asked, or refuses; either way the browser goes back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from enscene.customers.authorizations import store
from enscene.customers.authorizations.factor import SecondFactor
from enscene.customers.authorizations.log import log_consent
from enscene.customers.authorizations.request import (
    AuthorizationRequest,
    check_request_party,
    find_request,
)
from enscene.customers.store import lock
from enscene.kernel.errors import EnsceneError

REDEEM_S = 60
"""How long a code may be redeemed."""


async def allow_request(
    pool: store.Pool,
    tenant: int,
    request: UUID,
    *,
    party: str,
    customer: int,
    factor: SecondFactor,
) -> str:
    """Grant what is asked, for the second factor; where the browser goes back to.

    Raises: NotFound (over, answered, another's), Forbidden and Refused (the factor).
    """
    fault: EnsceneError | None
    async with store.admitted(pool, tenant) as connection:
        found = await find_request(connection, tenant, request)
        check_request_party(found, party)
        fault = await factor.check(connection, found, party, customer)
    if fault is not None:
        raise fault
    async with store.admitted(pool, tenant) as connection:
        stamp = await lock(connection, tenant)
        found = await find_request(connection, tenant, request, lock=True)
        check_request_party(found, party)
        now, asked = datetime.now(UTC), found.asked
        grant = await store.insert_consent(
            connection, tenant, found.app, party, asked.scene, asked.actions,
            now + timedelta(days=asked.days), asked.purpose, asked.fields,
        )  # fmt: skip
        answer = secrets.token_urlsafe(32)
        await store.insert_code(
            connection, tenant, code_digest(answer), found.id, found.app, grant, party,
            now + timedelta(seconds=REDEEM_S),
        )  # fmt: skip
        await store.answer_request(connection, tenant, found.id)
        await store.note_grant(connection, tenant, found.id, grant)
        await log_consent(connection, stamp, tenant, "consent.granted", found.app_name, grant,
                          party=party, scene=asked.scene, purpose=asked.purpose)  # fmt: skip
    return _back(found, code=answer)


async def refuse_request(pool: store.Pool, tenant: int, request: UUID, *, party: str) -> str:
    """Grant nothing; where the browser goes back to. Raises: NotFound."""
    async with store.admitted(pool, tenant) as connection:
        found = await find_request(connection, tenant, request, lock=True)
        check_request_party(found, party)
        await store.answer_request(connection, tenant, found.id)
    return _back(found, error="access_denied", error_description="the customer refused")


def code_digest(code: str) -> bytes:
    """How a code is kept."""
    return hashlib.sha256(code.encode()).digest()


def _back(request: AuthorizationRequest, **told: str) -> str:
    asked = request.asked
    if asked.state is not None:
        told["state"] = asked.state
    told["iss"] = asked.issuer
    joined = "&" if "?" in asked.redirect_uri else "?"
    return f"{asked.redirect_uri}{joined}{urlencode(told)}"
