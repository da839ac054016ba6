"""The checker's half: a second person approves a request, or returns it."""

from __future__ import annotations

from uuid import UUID

from enscene.kernel.errors import Conflict, Forbidden, NotFound
from enscene.operations import store
from enscene.operations.launch import Launch, launch_of
from enscene.operations.templates import Templates
from enscene.scenes.administer import change_state, change_terms, create_scene


async def approve_launch(
    pool: store.Pool, tenant: int, templates: Templates, launch: UUID, who: str
) -> str:
    """Approve, and in the same transaction make the scene (to its sandbox) or change its terms.

    Returns the scene's ref. Raises: Forbidden (one's own request), Conflict (decided by now, the
    template moved on since it was submitted, the reference is taken), NotFound.
    """
    async with store.writing(pool, tenant) as connection:
        found = await _lock(connection, tenant, launch, who)
        pack = templates.get(found.pack)
        if pack.digest != found.digest:
            raise Conflict(
                "the template has changed since it was submitted",
                code="launch.template_moved",
                hint="return it, so that it is checked and submitted again",
            )
        order = found.wish.order()
        if found.kind == "new":
            await create_scene(connection, tenant, pack, order, who)
            await change_state(connection, tenant, order.ref, "sandbox", who)
        else:
            await change_terms(connection, tenant, order.ref, pack, order, who)
            await store.update_profile(connection, tenant, order.ref, dict(order.profile))
        await _decide(connection, tenant, launch, who, "approved", scene=order.ref)
    return order.ref


async def return_launch(pool: store.Pool, tenant: int, launch: UUID, who: str, note: str) -> None:
    """Give it back to its maker, with a note. Raises: Forbidden, Conflict, NotFound."""
    async with store.writing(pool, tenant) as connection:
        await _lock(connection, tenant, launch, who)
        await _decide(connection, tenant, launch, who, "returned", note=note[:1000])


async def _lock(connection: store.Connection, tenant: int, launch: UUID, who: str) -> Launch:
    row = await store.read_launch(connection, tenant, launch, lock=True)
    if row is None:
        raise NotFound("there is no such request", code="launch.not_found")
    found = launch_of(row)
    if found.state != "submitted":
        raise Conflict("the request is in another state by now", code="launch.moved_on")
    if who in (found.submitted_by, found.chosen_by):
        raise Forbidden("a second person decides", code="launch.own_request")
    return found


async def _decide(
    connection: store.Connection, tenant: int, launch: UUID, who: str, state: str, **more: str
) -> None:
    await store.update_launch(
        connection,
        tenant,
        launch,
        ["submitted"],
        state=state,
        decided_by=who,
        decided_at=await connection.fetchval("select clock_timestamp()"),
        **more,
    )
