"""What was said to a customer follows who they are: whom a tie joins are counted together, whom it
joins no more have each what was said to themselves."""

from __future__ import annotations

from collections.abc import Collection

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
    channels are read anew from the decisions of all parties that they are now. Their states are in
    the engine."""
    tied = await read_tied(connection, tenant, customers)
    for customer in customers:
        known = Known.of(engine.kept_of(customer))
        at, parties = tied.get(customer, (None, [customer]))
        tied_us = 0 if at is None else micros_of(at)
        if known.tied_us == tied_us:
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
