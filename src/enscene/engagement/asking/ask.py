"""Ask in one's own words inside a scene: led to a service, or a person asked for."""

from __future__ import annotations

import asyncio

from enscene.engagement.applications import store
from enscene.engagement.applications.managers import right_managers
from enscene.engagement.asking.features import LONGEST
from enscene.engagement.asking.recognise import PERSON, Answer, recogniser_of
from enscene.kernel.errors import Invalid
from enscene.scenes.language.model import Pack
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.work import Need, Task, find_waiting, make_task

WAITING = "call_back"


def checked(said: str) -> str:
    """What was typed, without what stands around it. Raises: Invalid("asking.length")."""
    said = said.strip()
    if not said or len(said) > LONGEST or "\0" in said:
        raise Invalid(
            f"say it in 1 to {LONGEST} characters",
            code="asking.length", param="say", facts={"most": LONGEST},
        )  # fmt: skip
    return said


def services_of(pack: Pack, member: Member) -> frozenset[str]:
    """What somebody may be led to: what they may call themselves."""
    roles = set(member.roles)
    return frozenset(name for name, action in pack.actions.items() if roles & set(action.by))


async def ask(scene: RunningScene, member: Member, said: str) -> Answer:
    """Where a need leads. Nothing is done and nothing is kept. Raises: Invalid."""
    said = checked(said)
    allowed = services_of(scene.pack, member)
    if not allowed:
        return Answer(PERSON, None, ())
    # Learnt once for each pack, which takes up to a second: nobody else waits for it.
    recogniser = await asyncio.to_thread(recogniser_of, scene.pack)
    return recogniser.ask(said, allowed)


async def ask_for_person(
    connection: store.Connection, scene: RunningScene, member: Member, said: str
) -> Task:
    """Somebody calls the customer back about what was said; while that is under way, asking again
    asks nobody else. Raises: Invalid."""
    said = checked(said)
    tenant = scene.tenant
    waiting = await find_waiting(connection, tenant, scene.id, member.id, WAITING, said)
    if waiting is not None:
        return waiting
    now = (await store.read_clock(connection, tenant))["now"]
    task = await make_task(
        connection, tenant, WAITING, scene=scene.id, customer=member.id, reason=said,
        need=Need(insists=True), at=now, managers=await right_managers(connection, tenant, member.id),
    )  # fmt: skip
    assert task is not None, "only follow-ups are made once"
    return task
