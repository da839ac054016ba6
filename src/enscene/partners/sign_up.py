"""Sign up: anybody may become a partner that has not applied yet."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from enscene.kernel.errors import Invalid, Unavailable
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.partner import Partner, access_of, new_access_key, partner_of
from enscene.tenants import Tenant
from enscene.tenants.apps import split_scope

DRAFTS_MOST = 2_000
DRAFT_KEPT = timedelta(days=30)
SCOPES_MOST = 20
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,6}")
WEBHOOKS = frozenset({"webhooks:read", "webhooks:write"})
TICKETS = frozenset({"tickets:read", "tickets:write"})
PLATFORM = WEBHOOKS | TICKETS
"""What a partner may ask for beside scenes."""
LENGTHS = {"name": (2, 100), "contact": (1, 60), "email": (5, 200), "purpose": (5, 1_000)}
"""The fewest and the most characters of each text."""


async def sign_up(
    pool: store.Pool,
    tenant: Tenant,
    *,
    name: str,
    contact: str,
    email: str,
    purpose: str,
    level: Literal["A1", "A2"] = "A1",
    scopes: Sequence[str] = (),
) -> tuple[Partner, str]:
    """A new partner of the bank, and its access key, which is told this once.

    `scopes` are what it would like to do: of scenes, of webhooks and of its tickets.
    Raises: Invalid; Unavailable("partner.full") when too many have signed up and never applied.
    """
    checked = check_scopes(scopes)
    for field, text in (("name", name), ("contact", contact), ("email", email),
                        ("purpose", purpose)):  # fmt: skip
        check_text(field, text)
    key = new_access_key(tenant.id)
    found = access_of(key)
    assert found is not None, "a new key has its form"
    ref = "".join(secrets.choice(_LETTERS) for _ in range(10))
    async with store.admitted(pool, tenant.id) as connection:
        await store.forget_drafts(connection, tenant.id, datetime.now(UTC) - DRAFT_KEPT)
        if await store.count_drafts(connection, tenant.id) >= DRAFTS_MOST:
            raise Unavailable(
                "too many have signed up and not applied yet",
                code="partner.full",
                hint="try again tomorrow, or ask the bank",
                facts={"retry_after_s": 3_600},
            )
        row = await store.insert(
            connection, tenant.id, new_uuid(), ref, name, contact, email, purpose, level,
            checked, found[1],
        )  # fmt: skip
        partner = partner_of(row)
        await store.log_stage(connection, tenant.id, partner.id, "draft", partner.number, "")
    return partner, key


def check_text(field: str, text: str) -> str:
    """Raises: Invalid("partner.text")."""
    least, most = LENGTHS[field]
    good = least <= len(text.strip()) and len(text) <= most and not re.search(r"[\x00-\x08]", text)
    if not good or (field == "email" and not _EMAIL.fullmatch(text)):
        raise Invalid(
            f"{field} has {least} to {most} characters"
            + (" and is an address" if field == "email" else ""),
            code="partner.text",
            param=field,
            facts={"least": least, "most": most},
        )
    return text


def check_scopes(scopes: Sequence[str]) -> list[str]:
    """Those that a partner may ask for, each once. Raises: Invalid("partner.scope")."""
    found = list(dict.fromkeys(scopes))
    for scope in found:
        if scope not in PLATFORM and split_scope(scope) is None:
            raise Invalid(
                f"{scope[:60]!r} is not for partners",
                code="partner.scope",
                param="scopes",
                facts={"scope": scope[:200]},
                hint="ask for scene:<scene>:<action>, scene:<scene>:*, webhooks:read, "
                "webhooks:write, tickets:read, tickets:write",
            )
    if len(found) > SCOPES_MOST:
        raise Invalid(f"at most {SCOPES_MOST} scopes", code="partner.scopes_many", param="scopes")
    return found
