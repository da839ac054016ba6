"""Tell something: it goes to who answers for it, with the day by which an answer is owed."""

from __future__ import annotations

from uuid import UUID

from enscene.customers import find_parties
from enscene.kernel.calendar import add_working_days
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.planning import rules_in_force
from enscene.operations.teamwork.standard import Department
from enscene.operations.teamwork.tasks import department_of
from enscene.operations.teamwork.texts import NAME_MOST
from enscene.operations.voices import store
from enscene.operations.voices.voice import (
    OPEN_MOST,
    PLACE_MOST,
    SAID,
    SOURCES,
    TOLD,
    Words,
    written,
)
from enscene.shelf import standard_shelf


async def tell_voice(source: operations_store.Source, tenant: int, words: Words, who: str) -> UUID:
    """Its number.

    Raises: NotFound (scene, project), Conflict("voice.many"), Invalid("voice.kind", "voice.source",
    "voice.text", "voice.product", "voice.customer", "teamwork.department").
    """
    if words.kind not in TOLD:
        raise Invalid("there is no such kind", code="voice.kind", param="kind")
    return await enter_voice(source, tenant, words, who)


async def enter_voice(source: operations_store.Source, tenant: int, words: Words, who: str) -> UUID:
    """The same, also for questions to experts."""
    _check(words)
    says = written(words.says, "says")
    found_at = (
        written(words.found_at or "", "found_at", PLACE_MOST) if words.source == "outside" else None
    )
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        scene, project, terms, owner = await _about(connection, tenant, words)
        party = await _customer(connection, tenant, words.customer)
        if party is not None and await store.lock_party(connection, tenant, party) >= OPEN_MOST:
            raise Conflict(
                "too many wait for an answer", code="voice.many", facts={"most": OPEN_MOST}
            )
        rules = (await rules_in_force(connection, tenant)).rules
        days = rules.hot_spot_days if words.kind == "hot_spot" else rules.answer_days
        due = add_working_days(local_day(clock["now"], clock["zone"]), days).day
        number, department = new_uuid(), _department(words, scene)
        owner = words.owner.strip() or ("" if words.department else owner)
        await store.insert_voice(
            connection, tenant, number, words.kind, words.source, scene, project,
            words.product or None, says, found_at, party, who, clock["now"], terms, due, department,
            owner[:NAME_MOST],
        )  # fmt: skip
        await store.add_step(
            connection, tenant, number, "told", "", department, owner[:NAME_MOST], who, clock["now"]
        )
    return number


def _check(words: Words) -> None:
    if words.source not in SOURCES:
        raise Invalid("there is no such source", code="voice.source", param="source")
    if words.source != "outside" and (words.found_at or "").strip():
        raise Invalid("only what was found outside", code="voice.found_at", param="found_at")
    if words.source == "customer":
        if words.kind not in SAID:
            raise Invalid("customers tell no such kind", code="voice.kind", param="kind")
        if not words.customer:
            raise Invalid("say who the customer is", code="voice.customer", param="customer")
    if len(words.owner) > NAME_MOST:
        raise Invalid(
            "too long", code="voice.text", param="owner", facts={"most": NAME_MOST}
        )  # fmt: skip
    if words.product and words.product not in standard_shelf().products:
        raise Invalid("no product of the shelf", code="voice.product", param="product")


async def _about(
    connection: store.Connection, tenant: int, words: Words
) -> tuple[int | None, UUID | None, int | None, str]:
    """Scene, project, the number of the scene's terms, and who answers for it."""
    scene, project, terms, owner = None, None, None, ""
    if words.project:
        row = await store.find_project(connection, tenant, words.project)
        if row is None:
            raise NotFound("there is no such project", code="project.not_found")
        project, owner, scene, terms = row["id"], row["owner"], row["scene"], row["terms"]
    if words.scene:
        row = await store.find_scene(connection, tenant, words.scene)
        if row is None:
            raise NotFound(f"there is no scene {words.scene[:60]!r}", code="scene.not_found")
        scene, terms = row["id"], row["terms"]
    if scene is not None:
        owner = await store.read_owner(connection, tenant, scene) or owner
    return scene, project, terms, owner


async def _customer(connection: store.Connection, tenant: int, ref: str | None) -> int | None:
    if not ref:
        return None
    found = (await find_parties(connection, tenant, {ref})).get(ref)
    if found is None or found[1] in ("bank", "device"):
        raise Invalid("there is no such customer", code="voice.customer", param="customer")
    return found[0]


def _department(words: Words, scene: int | None) -> Department:
    """Hot spots are for the quick-reaction force, which is the subsidiary's; what is said of a scene
    for the business that answers for it."""
    if words.department:
        return department_of(words.department)
    if words.kind == "hot_spot":
        return "subsidiary"
    return "segment_lead" if scene is None else "scene_business"
