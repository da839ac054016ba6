"""Relationship managers: people of the console with that role."""

from __future__ import annotations

from enscene.engagement.applications import store

MANAGER = "manager"


async def managers_of(connection: store.Connection, tenant: int) -> list[str]:
    """Login names of those who are at work, sorted."""
    return await store.read_managers(connection, tenant, MANAGER)
