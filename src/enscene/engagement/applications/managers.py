"""Relationship managers: people of the console with that role, and who of them is right for whom."""

from __future__ import annotations

from enscene.engagement.applications import store
from enscene.shelf import standard_shelf
from enscene.work import read_server, read_skills

MANAGER = "manager"


async def managers_of(connection: store.Connection, tenant: int) -> list[str]:
    """Login names of those who are at work, sorted."""
    return await store.read_managers(connection, tenant, MANAGER)


async def right_managers(
    connection: store.Connection, tenant: int, customer: int, product: str | None = None
) -> list[str]:
    """Who may be asked to serve a customer about a product: those who advise on its kind, everybody
    where nobody does; of these the one alone who has served the customer last. Sorted; who has room
    is not looked at here."""
    managers = await managers_of(connection, tenant)
    known = standard_shelf().products.get(product or "")
    if known is not None:
        skills = await read_skills(connection, tenant)
        skilled = [
            name for name in managers if known.kind in skills.get(name.rpartition("@")[0], ())
        ]
        managers = skilled or managers
    served = await read_server(connection, tenant, customer, managers)
    return managers if served is None else [served]
