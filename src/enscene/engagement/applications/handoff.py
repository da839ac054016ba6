"""Handoff to the mobile bank: a signed, one-time, short-lived link to the application as it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from enscene.engagement.applications import _contact_store, store
from enscene.engagement.applications.application import OPEN, Application
from enscene.engagement.applications.read_application import read_application
from enscene.kernel.errors import Conflict, Forbidden, Unauthenticated
from enscene.kernel.ids import new_uuid

LIFE = timedelta(minutes=10)
_MOST = 400


class _Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link says; `until` is in seconds of real time."""

    tenant: int
    handoff: UUID
    until: int


@dataclass(frozen=True, slots=True)
class Handoff:
    """`token` is the last part of the link's path."""

    token: str
    expires_in: int


async def hand_off(
    connection: store.Connection, tenant: int, application: Application, channel: str, actor: str
) -> Handoff:
    """A link for the customer of this application. Raises: Conflict (state)."""
    application.need(*OPEN)
    clock = await store.read_clock(connection, tenant)
    handoff, until = new_uuid(), clock["real"] + LIFE
    await _contact_store.insert_handoff(
        connection, tenant, handoff, application.id, application.customer, clock["real"], until
    )
    await store.add_step(
        connection, tenant, application.id, "handed_off", channel, actor, clock["now"]
    )
    link = _Link(tenant, handoff, int(until.timestamp()))
    key = await _contact_store.read_link_key(connection)
    return Handoff(_seal(key, link), int(LIFE.total_seconds()))


async def read_link(pool: store.Pool, tenant: int, token: str) -> _Link:
    """The link, if it is of this bank and not over; it is not used up.

    Raises: Unauthenticated("handoff.bad"), Forbidden("handoff.over").
    """
    async with store.writing(pool, tenant) as connection:
        key = await _contact_store.read_link_key(connection)
        real = (await store.read_clock(connection, tenant))["real"]
    link = _open(key, token)
    if link is None or link.tenant != tenant:
        raise Unauthenticated("the link is not one of ours", code="handoff.bad")
    if link.until <= real.timestamp():
        raise Forbidden("the link is over", code="handoff.over")
    return link


async def look_at_handoff(pool: store.Pool, tenant: int, token: str, customer: int) -> Application:
    """The application behind a link, for the customer who has logged in; it is not used up.

    Raises: Unauthenticated("handoff.bad"), Forbidden("handoff.over", "handoff.another"),
    Conflict("handoff.used").
    """
    link = await read_link(pool, tenant, token)
    async with store.reading(pool, tenant) as connection:
        row = await _row_of(connection, tenant, link, customer)
        if row["used_at"] is not None:
            raise _used()
        return await read_application(connection, tenant, row["application"])


async def open_handoff(
    pool: store.Pool, tenant: int, token: str, customer: int, actor: str
) -> Application:
    """The application behind a link, for the customer who has logged in; the link is used up.

    Raises: Unauthenticated("handoff.bad"), Forbidden("handoff.over", "handoff.another"),
    Conflict("handoff.used").
    """
    link = await read_link(pool, tenant, token)
    async with store.writing(pool, tenant) as connection:
        row = await _row_of(connection, tenant, link, customer)
        if not await _contact_store.use_handoff(connection, tenant, link.handoff):
            raise _used()
        found = await read_application(connection, tenant, row["application"], lock=True)
        now = (await store.read_clock(connection, tenant))["now"]
        await store.add_step(connection, tenant, found.id, "opened", "bank_app", actor, now)
        return found


async def _row_of(connection: store.Connection, tenant: int, link: _Link, customer: int) -> Any:
    row = await _contact_store.read_handoff(connection, tenant, link.handoff)
    if row is None:
        raise Unauthenticated("the link is not one of ours", code="handoff.bad")
    if row["customer"] != customer:
        raise Forbidden("the link is another customer's", code="handoff.another",
                        hint="log out, and log in as the customer of the application")  # fmt: skip
    return row


def _used() -> Conflict:
    return Conflict("the link was used before", code="handoff.used",
                    hint="the application stands among your own")  # fmt: skip


def _seal(key: bytes, link: _Link) -> str:
    body = base64.urlsafe_b64encode(msgspec.json.encode(link)).rstrip(b"=")
    return f"{body.decode()}.{_sign(key, body)}"


def _open(key: bytes, token: str) -> _Link | None:
    body, dot, sign = token.partition(".")
    if not dot or len(token) > _MOST or not token.isascii():
        return None
    if not hmac.compare_digest(_sign(key, body.encode()), sign):
        return None
    return msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Link)


def _sign(key: bytes, body: bytes) -> str:
    digest = hmac.new(key, b"handoff." + body, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
