"""What was said to a customer follows who they are: whom a tie joins are counted together, whom it
joins no more have each what was said to themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from enscene.customers.identity import read_tied
from enscene.engagement.contact_log import read_contacts
from enscene.engagement.decisions import Contacts
from enscene.engagement.engine import Engine
from enscene.engagement.running import store
from enscene.engagement.running.known import Known
from enscene.kernel.clock import micros_of


async def follow_ties(
    connection: store.Connection, tenant: int, engine: Engine, customers: Collection[int]
) -> None:
    """Of those whose ties have changed since the engine last looked, contacts, benefits and refused
    channels are read anew from the decisions of all parties that they are now; of those who are one
    with others each time, since what was waited for before the tie comes under a number of its own.
    Their states are in the engine."""
    tied = await read_tied(connection, tenant, customers)
    for customer in customers:
        known = Known.of(engine.kept_of(customer))
        at, parties = tied.get(customer, (None, [customer]))
        tied_us = 0 if at is None else micros_of(at)
        if known.tied_us == tied_us and len(parties) == 1:
            continue
        known.tied_us = tied_us
        heard = {each[:3]: each.outcome for each in known.read_contacts() or ()}
        contacts = Contacts()
        found = await read_contacts(connection, tenant, parties)
        contacts.benefits, contacts.refused = found.benefits, found.refused
        for each in found:
            # An answer that the engine has not heard yet it shall still hear, and learn from.
            contacts.add(each._replace(outcome=heard.get(each[:3], each.outcome)))
        known.contacts = contacts.to_row()
        engine.keep(customer, known.to_bytes())


async def second_of_one(
    connection: store.Connection, tenant: int, due: Mapping[int, datetime]
) -> datetime | None:
    """When the first falls due who is one with somebody who does so earlier; None: nobody is. What
    falls due in the same microsecond does so together."""
    first: dict[int, datetime] = {}
    tied = await read_tied(connection, tenant, list(due))
    for customer, at in sorted(due.items(), key=lambda each: each[1]):
        _, parties = tied.get(customer, (None, [customer]))
        before = first.setdefault(min(parties), at)
        if before < at:
            return at
    return None
