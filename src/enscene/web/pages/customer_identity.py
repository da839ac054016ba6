"""Say in the console that two customers are one, agree to it as a second person, or part them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers import find_parties
from enscene.customers.identity import ask_tie, decide_tie, list_ties, part_parties
from enscene.engagement import store
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.web.console import Console, Visit, member
from enscene.web.pages.customer import TIES, may_look


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/customers/{ref}/identity/{step}"
    return [Route(path, member(console, act, *TIES), methods=["POST"])]


async def act(visit: Visit) -> Response:
    """Press a button.

    Raises: NotFound, Forbidden (a manager who serves others), and what the step refuses.
    """
    step = _STEPS.get(visit.path("step"))
    if step is None:
        raise NotFound("there is no such button", code="customer.not_found")
    # What is refused is said by itself: the customer's page is not told again to say so.
    async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
        row = await _own(connection, visit, visit.path("ref")[:128])
        await step(connection, visit, row)
    return visit.go(f"/customers/{row['ref']}#identity")


async def _own(connection: Any, visit: Visit, ref: str) -> Any:
    row = await store.read_customer(connection, visit.tenant, ref)
    if row is None or row["kind"] != "person":
        raise NotFound("there is no such customer", code="customer.not_found")
    if not await may_look(connection, visit, row["id"]):
        raise Forbidden("the customer is another's", code="customer.not_own")
    return row


async def _ask(connection: Any, visit: Visit, row: Any) -> None:
    ref = visit.field("other")[:128]
    found = (await find_parties(connection, visit.tenant, {ref})).get(ref)
    if found is None or found[1] != "person":
        raise Invalid("there is no such customer", code="customer.not_found", param="other")
    other = await _own(connection, visit, ref)
    await ask_tie(connection, visit.tenant, row["id"], other["id"], visit.field("note"), visit.who)


async def _decide(connection: Any, visit: Visit, row: Any) -> None:
    wanted = visit.field("tie")
    ties = await list_ties(connection, visit.tenant, [row["id"]])
    if wanted not in {str(tie.id) for tie in ties}:
        raise NotFound("there is no such tie", code="customer.not_found")
    await decide_tie(
        connection, visit.tenant, UUID(wanted), approve=visit.path("step") == "agree",
        who=visit.who,
    )  # fmt: skip


async def _part(connection: Any, visit: Visit, row: Any) -> None:
    await part_parties(connection, visit.tenant, [row["id"]], visit.field("note"), visit.who)


_STEPS: dict[str, Any] = {"ask": _ask, "agree": _decide, "refuse": _decide, "part": _part}
