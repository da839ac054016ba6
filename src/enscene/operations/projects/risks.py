"""Risks of a project: entered by one person, closed by another; open high ones shut every gate."""

from __future__ import annotations

from uuid import UUID

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.projects import store
from enscene.operations.projects.begin import locked
from enscene.operations.projects.gates import LEVELS
from enscene.operations.projects.plan import check_other

WHAT_MOST = 300


def _text(text: str, param: str, most: int = WHAT_MOST) -> str:
    said = text.strip()
    if not said or len(said) > most:
        raise Invalid("say it, not at length", code="project.text", param=param)
    return said


async def enter_risk(
    source: operations_store.Source, tenant: int, ref: str, level: str, what: str, owner: str,
    who: str,
) -> UUID:  # fmt: skip
    """Raises: NotFound, Invalid (`level`, `what`, `owner`), Conflict("project.not_under_way")."""
    if level not in LEVELS:
        raise Invalid("low, middle or high", code="project.level", param="level")
    said, whose, number = _text(what, "what"), _text(owner, "owner", 80), new_uuid()
    async with operations_store.writing(source, tenant) as connection:
        row = await locked(connection, tenant, ref)
        if row["state"] == "done":
            raise Conflict("the project is not under way", code="project.not_under_way")
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.insert_risk(connection, tenant, number, row["id"], level, said, whose, who, now)
    return number


async def close_risk(
    source: operations_store.Source, tenant: int, ref: str, risk: UUID, answer: str, who: str
) -> None:
    """Raises: NotFound, Conflict("project.risk_closed"), Forbidden("project.second_person"), Invalid."""
    said = _text(answer, "answer")
    async with operations_store.writing(source, tenant) as connection:
        row = await locked(connection, tenant, ref)
        known = await store.read_risks(connection, tenant, [row["id"]])
        found = next((each for each in known if each["id"] == risk), None)
        if found is None:
            raise NotFound("there is no such risk", code="project.no_risk")
        if found["closed_at"] is not None:
            raise Conflict("the risk was closed already", code="project.risk_closed")
        check_other(found["entered_by"], who)
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.close_risk(connection, tenant, risk, who, now, said)
