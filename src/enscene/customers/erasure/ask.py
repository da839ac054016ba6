"""A customer asks to be erased: heard once, after a second factor for just that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from enscene.customers.authorizations import Statement, check_code_for, make_code_for
from enscene.customers.erasure import store
from enscene.customers.erasure.stands import Standing, what_stands
from enscene.kernel.errors import Conflict, EnsceneError, Refused
from enscene.kernel.ids import new_uuid

LAW = "PIPL 47"
"""The Personal Information Protection Law of the PRC, article 47: a person may ask for erasure."""
MOST = 200
_NUMBERS = UUID("7c1f6a52-6f60-4a8e-9a4e-2f4f7f0f6d0e")


@dataclass(frozen=True, slots=True)
class Erasure:
    """One that was asked for. `number` counts in the tenant; `ref` is what the party is called now,
    `opaque` what it is called since it was erased. All times are real ones."""

    id: UUID
    number: int
    party: int
    ref: str
    law: str
    asked_in: str
    asked_at: datetime
    state: str
    verdict: str | None
    why: str
    checked_by: str | None
    checked_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    opaque: str | None


def asked_number(tenant: int, party: int) -> UUID:
    """What a second factor for an erasure is bound to, before anything is asked."""
    return uuid5(_NUMBERS, f"{tenant}:{party}")


def what_is_erased(tenant: int, party: int, ref: str) -> bytes:
    """The digest of all that the customer confirms."""
    asked = {"erase": ref, "party": party, "tenant": tenant, "law": LAW}
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).digest()


async def make_erasure_code(connection: store.Connection, tenant: int, party: int, ref: str) -> str:
    """A code for the customer's telephone. Raises: Unavailable("code.too_many")."""
    number, signs = asked_number(tenant, party), what_is_erased(tenant, party, ref)
    return await make_code_for(connection, tenant, number, party, signs)


async def ask_erasure(
    pool: store.Pool, tenant: int, party: int, *, asked_in: str, factor: Statement | str
) -> list[Standing]:
    """Ask, after the code or the channel's statement; what stands against it now, which does not
    keep anybody from asking.

    Raises: Refused (no person), Conflict (asked already), Forbidden (the factor).
    """
    wrong: EnsceneError | None = None
    async with store.admitted(pool, tenant) as connection:
        row = await store.read_party(connection, tenant, party)
        if row is None or row["kind"] != "person":
            raise Refused("only persons are erased", code="erasure.no_person")
        ref = str(row["ref"])
        latest = await store.list_erasures(connection, tenant, party, 1)
        if latest and latest[0]["state"] != "refused":
            raise Conflict("it is asked for already", code="erasure.asked")
        number, signs = asked_number(tenant, party), what_is_erased(tenant, party, ref)
        if isinstance(factor, Statement):
            await factor.keep_for(connection, tenant, number, ref, signs, used=True)
        else:
            wrong = await check_code_for(connection, tenant, number, party, signs, factor.strip())
        if wrong is None:
            await store.insert_erasure(connection, tenant, new_uuid(), party, LAW, asked_in)
        found = await what_stands(connection, tenant, party, ref)
    if wrong is not None:  # the try has been counted
        raise wrong
    return found


async def find_erasure(connection: store.Connection, tenant: int, party: int) -> Erasure | None:
    """The last one of a party."""
    rows = await store.list_erasures(connection, tenant, party, 1)
    return Erasure(*rows[0]) if rows else None


async def list_erasures(connection: store.Connection, tenant: int) -> list[Erasure]:
    """The newest first, `MOST` of them."""
    return [Erasure(*row) for row in await store.list_erasures(connection, tenant, None, MOST)]
