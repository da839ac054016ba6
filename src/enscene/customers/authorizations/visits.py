"""Visits: a channel of the bank leads its customer, whom it has let in, to the bank's pages here.

The token is told once and good once, for a minute. Whoever enters may stay for ten.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from enscene.customers.authorizations import store
from enscene.customers.authorizations.request import show_request
from enscene.customers.authorizations.stated_factor import Statement
from enscene.kernel.controls import control
from enscene.kernel.errors import NotFound
from enscene.kernel.ids import new_uuid

TOKEN_LIFE = timedelta(seconds=60)
STAY = timedelta(minutes=10)
_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """`request` is the only one that may be answered; None: the customer's permissions alone."""

    id: UUID
    party: str
    customer: int
    request: UUID | None
    until: datetime
    entered: bool


async def open_visit(
    pool: store.Pool,
    tenant: int,
    app: int,
    *,
    party: str,
    customer: int,
    request: UUID | None,
    statement: Statement | None,
) -> str:
    """The token of a new visit. With a request it is that customer's from then on; a statement
    lets it be granted without more.

    Raises: NotFound (the request), Forbidden (the statement).
    """
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    async with store.admitted(pool, tenant) as connection:
        await store.drop_old_visits(connection, tenant, now - _KEPT)
        if request is not None:
            found = await show_request(connection, tenant, request, party)
            if statement is not None:
                await statement.keep(connection, found, party, used=False)
        await store.insert_visit(
            connection, tenant, new_uuid(), _digest(token), app, party, customer, request,
            None if statement is None else statement.digest, now + TOKEN_LIFE,
        )  # fmt: skip
    return token


async def enter_visit(pool: store.Pool, tenant: int, token: str) -> Visit:
    """The customer has come. Raises: NotFound("visit.over")."""
    async with store.admitted(pool, tenant) as connection:
        row = await store.read_visit(connection, tenant, _digest(token))
        if row is None:
            raise over()
        found = Visit(
            row["id"], row["party"], row["customer"], row["request"], row["until"],
            row["entered_at"] is not None,
        )  # fmt: skip
        check_visit_time(found)
        check_visit_once(found)
        await store.enter_visit(connection, tenant, found.id)
    return found


@control("visit_time")
def check_visit_time(visit: Visit) -> None:
    """Raises: NotFound."""
    if visit.until <= datetime.now(UTC):
        raise over()


@control("visit_once")
def check_visit_once(visit: Visit) -> None:
    """Raises: NotFound."""
    if visit.entered:
        raise over()


async def is_stated(
    connection: store.Connection, tenant: int, visit: UUID, request: UUID, party: str
) -> bool:
    """Whether the customer of a visit may grant the request without more."""
    return await store.has_stated(connection, tenant, visit, request, party)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def over() -> NotFound:
    """There is no such visit any more."""
    return NotFound("the link is over: open it again from the bank's app", code="visit.over")
