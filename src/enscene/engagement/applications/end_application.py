"""Applications that come to nothing: given up by the customer, or expired."""

from __future__ import annotations

from uuid import UUID

from enscene.engagement.applications import store
from enscene.engagement.applications.application import OPEN, Application
from enscene.engagement.applications.read_application import read_application


async def give_up_application(
    connection: store.Connection, tenant: int, application: Application, channel: str, actor: str
) -> Application:
    """The customer wants it no longer; its fact is free for another. Giving up twice is once.

    The caller has locked the application. Raises: Conflict (state).
    """
    if application.state == "given_up":
        return application
    application.need(*OPEN)
    now = (await store.read_clock(connection, tenant))["now"]
    await store.update_application(
        connection, tenant, application.id, state="given_up", ended_at=now, ended_in=channel
    )
    await store.add_step(connection, tenant, application.id, "given_up", channel, actor, now)
    await store.free_fact(connection, tenant, application.id)
    return await read_application(connection, tenant, application.id)


async def lock_applications_under(
    connection: store.Connection, tenant: int, grant: int
) -> list[UUID]:
    """Let no step of them be taken until this transaction has ended; those that are open."""
    return await store.lock_under(connection, tenant, grant)


async def end_applications_under(connection: store.Connection, tenant: int, grant: int) -> None:
    """What was begun under a consent and is open is given up with it. Who has signed has signed."""
    for found in await store.lock_under(connection, tenant, grant):
        application = await read_application(connection, tenant, found, lock=True)
        await give_up_application(connection, tenant, application, "bank_app", f"consent:{grant}")


async def end_applications_of(connection: store.Connection, tenant: int, customer: int) -> None:
    """Whatever a customer has begun and not signed is given up: nobody is there to go on."""
    for found in await store.lock_open_of(connection, tenant, customer):
        application = await read_application(connection, tenant, found, lock=True)
        await give_up_application(connection, tenant, application, "bank_app", "erasure")


async def expire_applications(pool: store.Pool, tenant: int) -> int:
    """End those whose quote holds no more; how many."""
    async with store.writing(pool, tenant) as connection:
        now = (await store.read_clock(connection, tenant))["now"]
        ended = 0
        for found in await store.list_overdue(connection, tenant, now):
            application = await read_application(connection, tenant, found, lock=True)
            if application.state not in OPEN:
                continue
            await store.update_application(
                connection, tenant, found, state="expired", ended_at=application.expires_at
            )
            await store.add_step(connection, tenant, found, "expired", "bank_app", "clock", now)
            await store.free_fact(connection, tenant, found)
            ended += 1
        return ended
