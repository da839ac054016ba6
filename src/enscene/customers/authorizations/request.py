"""A request of an application, kept from the moment it is pushed until the customer has answered.

Its address is good for a minute: the application leads the customer here at once. Whoever has come
in time may then read it, log in and answer for ten minutes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from enscene.customers.authorizations import store
from enscene.customers.authorizations.asked import Asked
from enscene.kernel.controls import control
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.tenants.apps import App

ADDRESS_LIFE = timedelta(seconds=60)
ANSWER_LIFE = timedelta(minutes=10)
PREFIX = "urn:ietf:params:oauth:request_uri:"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """`app` is the application's number, `jkt` the key that the code is bound to, if any. `party`
    is the customer whom a channel of the bank has shown it to: no other may answer it then."""

    tenant: int
    id: UUID
    app: int
    app_name: str
    app_title: str
    asked: Asked
    jkt: str | None
    until: datetime
    ends_at: datetime
    opened: bool
    answered: bool
    party: str | None = None


async def push_request(pool: store.Pool, app: App, asked: Asked, jkt: str | None) -> str:
    """Keep it; the `request_uri` with which the customer is led here."""
    reference = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    async with store.admitted(pool, app.tenant) as connection:
        await store.drop_old_requests(connection, app.tenant, now - timedelta(days=1))
        await store.insert_request(
            connection, app.tenant, new_uuid(), _digest(reference), app.id,
            msgspec.to_builtins(asked), jkt, now + ADDRESS_LIFE, now + ANSWER_LIFE,
        )  # fmt: skip
    return reference


async def open_request(pool: store.Pool, app: App, reference: str) -> AuthorizationRequest:
    """The customer has come. Coming again does not use it up: answering does.

    Raises: NotFound("authorization.no_request") for one that is unknown, answered, too old, or
    of another application.
    """
    if not reference.startswith(PREFIX):
        raise no_request()
    async with store.admitted(pool, app.tenant) as connection:
        row = await store.open_request(connection, app.tenant, _digest(reference))
    if row is None:
        raise no_request()
    found = _request(app.tenant, row)
    check_request_client(found, app)
    check_request_time(found)
    check_request_once(found)
    return found


@control("request_client")
def check_request_client(found: AuthorizationRequest, app: App) -> None:
    """A request is good for whoever pushed it. Raises: NotFound."""
    if found.app != app.id:
        raise no_request()


@control("request_time")
def check_request_time(found: AuthorizationRequest) -> None:
    """An address has an end. Raises: NotFound."""
    if found.until <= datetime.now(UTC):
        raise no_request()


@control("request_once")
def check_request_once(found: AuthorizationRequest) -> None:
    """A request is answered once. Raises: NotFound."""
    if found.answered:
        raise no_request()


async def find_request(
    connection: store.Connection, tenant: int, request: UUID, *, lock: bool = False
) -> AuthorizationRequest:
    """A request that a customer may still answer. Raises: NotFound."""
    row = await store.read_request(connection, tenant, request, lock=lock)
    if row is None:
        raise no_request()
    found = _request(tenant, row)
    check_request_once(found)
    if not found.opened or found.ends_at <= datetime.now(UTC):
        raise no_request()
    return found


async def show_request(
    connection: store.Connection, tenant: int, request: UUID, party: str
) -> AuthorizationRequest:
    """The same, shown to a customer by a channel of the bank: from then on it is that customer's.

    Raises: NotFound, also where it was shown to another.
    """
    found = await find_request(connection, tenant, request, lock=True)
    check_request_party(found, party)
    await store.name_customer(connection, tenant, found.id, party)
    return found


@control("request_party")
def check_request_party(found: AuthorizationRequest, party: str) -> None:
    """A request that was shown to one customer is not answered by another. Raises: NotFound."""
    if found.party not in (None, party):
        raise no_request()


def request_id(text: str) -> UUID:
    """The number of a request in an address. Raises: NotFound."""
    try:
        return UUID(text)
    except ValueError:
        raise no_request() from None


def _request(tenant: int, row: store.Row) -> AuthorizationRequest:
    try:
        asked = msgspec.convert(row["asked"], Asked)
    except msgspec.ValidationError as error:
        raise Invalid("the request cannot be read", code="authorization.bad") from error
    return AuthorizationRequest(
        tenant, row["id"], row["app"], row["name"], row["title"], asked, row["jkt"],
        row["until"], row["ends_at"], row["opened_at"] is not None,
        row["answered_at"] is not None, row["party"],
    )  # fmt: skip


def _digest(reference: str) -> bytes:
    return hashlib.sha256(reference.encode()).digest()


def no_request() -> NotFound:
    """There is none to answer."""
    return NotFound(
        "there is no such request, or it is over", code="authorization.no_request",
        param="request_uri", hint="begin again in the application",
    )  # fmt: skip
