"""The checker's half: a second person approves a request, or returns it."""

from __future__ import annotations

from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden
from enscene.operations import store
from enscene.operations.copying.copies import take_copy
from enscene.operations.launch import Launch, lock_launch, moved_on
from enscene.operations.templates import Templates
from enscene.scenes.administer import change_state, change_terms, create_scene


async def approve_launch(
    source: store.Source,
    tenant: int,
    templates: Templates,
    launch: UUID,
    who: str,
    *,
    version: int | None = None,
) -> str:
    """Approve, and in the same transaction make the scene (to its sandbox) or change its terms.

    `version` is the one that was looked at, so that nothing else is approved. Returns the scene's
    ref. Raises: Forbidden (one's own request), Conflict (decided or changed by now, the template
    moved on since it was submitted, the reference is taken), NotFound.
    """
    async with store.writing(source, tenant) as connection:
        found = await _lock(connection, tenant, launch, who, version)
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
        await take_copy(connection, tenant, launch, order.ref, who)
    return order.ref


async def return_launch(
    source: store.Source,
    tenant: int,
    launch: UUID,
    who: str,
    note: str,
    *,
    version: int | None = None,
) -> None:
    """Give it back to its maker, with a note. Raises: Forbidden, Conflict, NotFound."""
    async with store.writing(source, tenant) as connection:
        await _lock(connection, tenant, launch, who, version)
        await _decide(connection, tenant, launch, who, "returned", note=note[:1000])


async def _lock(
    connection: store.Connection, tenant: int, launch: UUID, who: str, version: int | None
) -> Launch:
    found = await lock_launch(connection, tenant, launch, version)
    if found.state != "submitted":
        raise moved_on()
    check_second(found, who)
    return found


@control("launch_second_person")
def check_second(launch: Launch, who: str) -> None:
    """Who chose or handed in does not decide. Raises: Forbidden("launch.own_request")."""
    if who in (launch.submitted_by, launch.chosen_by):
        raise Forbidden("a second person decides", code="launch.own_request")


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
        decided_at=(await store.read_clock(connection, tenant))["now"],
        **more,
    )
