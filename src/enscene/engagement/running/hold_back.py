"""What was decided by the log alone is looked at once more by the tables, before it is written: what
others have said meanwhile, and what the log told of before anybody listened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from enscene.engagement.contact_log import read_contacts_of_many
from enscene.engagement.decisions import ContactPolicy
from enscene.engagement.running import store
from enscene.engagement.running.pack_decider import PackMoment
from enscene.engagement.store import open_products
from enscene.kernel.clock import micros_of
from enscene.tenants.apps.store import read_grant

_CHANNEL = "channel"


async def hold_back(
    connection: store.Connection, tenant: int, rows: Sequence[store.Row],
    of_packs: Mapping[UUID, tuple[PackMoment, int | None]], policy: ContactPolicy | None,
    customers: Mapping[UUID, int],
) -> list[store.Row]:  # fmt: skip
    """The rows; those that are not said after all are `dismissed`, with what has `stopped` them.
    `of_packs` are moments of packs with the consent to an application that they came of; `policy`
    the rules of contact that packs count by, if there are any."""
    said = [row for row in rows if row[8] == "offered" and not row[9]]
    if not said or (policy is None and not of_packs):
        return list(rows)
    parties = {row[3] for row in said} | ({customers[row[0]] for row in said} if policy else set())
    await store.share_parties(connection, tenant, parties)
    stopped: dict[UUID, str] = {}
    for row in said:
        if row[0] in of_packs:
            why = await _why_not(connection, tenant, row, *of_packs[row[0]])
            if why is not None:
                stopped[row[0]] = why
    if policy is not None and policy.caps:
        left = [row for row in said if row[0] not in stopped]
        stopped |= await _capped(connection, tenant, left, policy, customers)
    return [_stopped(row, stopped[row[0]]) if row[0] in stopped else row for row in rows]


async def _why_not(
    connection: store.Connection, tenant: int, row: store.Row, of: PackMoment, grant: int | None
) -> str | None:
    if grant is not None and await read_grant(connection, tenant, grant) is None:
        return "consent"
    product = of.scene.pack.products[row[6] or ""].shelf
    return "has_it" if product in await open_products(connection, tenant, row[3], []) else None


async def _capped(
    connection: store.Connection, tenant: int, said: Sequence[store.Row], policy: ContactPolicy,
    customers: Mapping[UUID, int],
) -> dict[UUID, str]:  # fmt: skip
    if not said:
        return {}
    span = timedelta(microseconds=max(cap.within_us for cap in policy.caps))
    since = min(row[5] for row in said) - span
    found = await read_contacts_of_many(connection, tenant, set(customers.values()), since)
    contacts = [(customer, micros_of(at), channel) for customer, at, channel in found]
    stopped: dict[UUID, str] = {}
    for row in said:
        customer, at_us, channel = customers[row[0]], micros_of(row[5]), row[7][_CHANNEL]
        for cap in policy.caps:
            if cap.channel in (None, channel) and cap.times <= sum(
                who == customer and abs(when - at_us) < cap.within_us and cap.channel in (None, how)
                for who, when, how in contacts
            ):
                stopped[row[0]] = "cap"
        if row[0] not in stopped:
            contacts.append((customer, at_us, channel))
    return stopped


def _stopped(row: store.Row, why: str) -> store.Row:
    rights: dict[str, Any] = {**row[7], "stopped": why}
    return (*row[:7], rights, "dismissed", row[9])
