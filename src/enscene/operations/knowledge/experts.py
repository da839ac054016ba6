"""Who knows a vertical, and is asked: a question is a voice that the expert answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.knowledge import store
from enscene.operations.teamwork.texts import NAME_MOST, TEXT_MOST, said
from enscene.operations.voices import Words, enter_voice

EXPERTS_MOST = 500


@dataclass(frozen=True, slots=True)
class Expert:
    """`login` of the bank's people, None for somebody outside; `asked_as` is the name under which
    questions wait for them."""

    id: UUID
    name: str
    login: str | None
    vertical: str
    knows: str
    added_by: str
    added_at: datetime
    asked_as: str


async def add_expert(
    source: operations_store.Source, tenant: int, name: str, login: str | None, vertical: str,
    knows: str, who: str,
) -> UUID:  # fmt: skip
    """Their number. Raises: Invalid("expert.login", "teamwork.text"), Conflict("expert.many")."""
    called, sector = said(name, "name", NAME_MOST), said(vertical, "vertical", NAME_MOST)
    text, number = said(knows, "knows", TEXT_MOST), new_uuid()
    async with operations_store.writing(source, tenant) as connection:
        if login and not await store.has_login(connection, tenant, login):
            raise Invalid("nobody logs in so", code="expert.login", param="login")
        if await store.count_experts(connection, tenant) >= EXPERTS_MOST:
            raise Conflict("there are too many", code="expert.many", facts={"most": EXPERTS_MOST})
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.insert_expert(
            connection, tenant, number, called, login or None, sector, text, who, now
        )
    return number


async def end_expert(source: operations_store.Source, tenant: int, expert: UUID) -> None:
    """They are asked no more. Raises: NotFound."""
    async with operations_store.writing(source, tenant) as connection:
        now = (await operations_store.read_clock(connection, tenant))["now"]
        if not await store.end_expert(connection, tenant, expert, now):
            raise _none()


async def find_experts(
    source: operations_store.Source, tenant: int, wanted: str = ""
) -> tuple[Expert, ...]:
    """Whose name, vertical or knowledge has all words that are wanted, in small or large letters."""
    async with operations_store.reading(source, tenant) as connection:
        found = [Expert(**dict(row)) for row in await store.read_experts(connection, tenant)]
    words = wanted.lower().split()
    return tuple(
        each for each in found
        if all(word in f"{each.name} {each.vertical} {each.knows}".lower() for word in words)
    )  # fmt: skip


async def ask_expert(
    source: operations_store.Source, tenant: int, expert: UUID, says: str, who: str, *,
    scene: str | None = None, project: str | None = None,
) -> UUID:  # fmt: skip
    """Ask something, of a scene or a project or neither; the number of the voice that it is.

    Raises: NotFound, Invalid("voice.text").
    """
    async with operations_store.writing(source, tenant) as connection:
        found = next((each for each in await find_experts(connection, tenant) if each.id == expert),
                     None)  # fmt: skip
        if found is None:
            raise _none()
        words = Words(
            "question", says, scene=scene, project=project, owner=found.asked_as[:NAME_MOST],
            department="scene_business" if found.login else "partner",
        )  # fmt: skip
        return await enter_voice(connection, tenant, words, who)


def _none() -> NotFound:
    return NotFound("there is no such expert", code="expert.not_found")
