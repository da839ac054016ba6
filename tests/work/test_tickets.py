"""Tickets: both sides in one thread, clocks that stop while the other side has to answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.tenants import Tenant, create_tenant
from enscene.work.tickets import (
    KINDS,
    Ticket,
    get_ticket,
    handle_ticket,
    list_tickets,
    open_ticket,
    read_clocks,
    ticket_id,
)


@pytest.fixture
async def bank(pool: Any) -> Tenant:
    return await create_tenant(pool, "bank", "Bank")


async def ask(pool: Any, bank: Tenant, kind: str = "fault", **more: Any) -> Ticket:
    given: dict[str, Any] = {"title": "till 3", "text": "it does not answer", "who": "an@bank"}
    return await open_ticket(pool, bank.id, kind=kind, **(given | more))


async def reply(pool: Any, ticket: Ticket, act: str, side: Any = "operator") -> Ticket:
    return await handle_ticket(
        pool, ticket.tenant, ticket.id, act=act, side=side, who=side, text="told so",
        partner=ticket.partner,
    )  # fmt: skip


async def let_pass(pool: Any, ticket: Ticket, span: timedelta) -> None:
    """As if everything of the ticket had happened so much earlier."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [ticket.tenant])
        await connection.execute(
            "update ticket set opened_at = opened_at - $1::interval, answer_due = answer_due - $1::interval, "
            "answered_at = answered_at - $1::interval, due = due - $1::interval, waits_since = waits_since - $1::interval, "
            "solved_at = solved_at - $1::interval", span,
        )  # fmt: skip


async def test_each_kind_has_its_own_clocks(pool: Any, bank: Tenant) -> None:
    for kind in KINDS:
        found = await ask(pool, bank, kind)
        clock = read_clocks()[kind]
        assert found.answer_due - found.opened_at == clock.answer
        assert found.due - found.opened_at == clock.solve
        assert not found.late
    assert [each.number for each in await list_tickets(pool, [bank.id])] == [2, 4, 1, 3]


async def test_a_ticket_goes_from_the_request_to_its_end(pool: Any, bank: Tenant) -> None:
    made = await ask(pool, bank)
    assert (await reply(pool, made, "asked_back")).state == "waiting"
    assert (await reply(pool, made, "said", "asker")).state == "open"
    assert (await reply(pool, made, "solved")).state == "solved"
    again = await reply(pool, made, "said", "asker")
    assert (again.state, again.solved_at) == ("open", None)
    await reply(pool, made, "solved")
    ended = await reply(pool, made, "closed", "asker")
    assert ended.state == "closed"
    assert [line.act for line in ended.lines] == [
        "opened", "asked_back", "said", "solved", "reopened", "solved", "closed",
    ]  # fmt: skip
    for act, side in (("said", "operator"), ("said", "asker")):
        with pytest.raises(Conflict):
            await reply(pool, made, act, side)


async def test_without_an_answer_in_time_it_is_late(pool: Any, bank: Tenant) -> None:
    made = await ask(pool, bank)
    await let_pass(pool, made, read_clocks()["fault"].answer + timedelta(minutes=1))
    assert (await get_ticket(pool, bank.id, made.id)).late
    assert (await reply(pool, made, "said")).late  # and stays so


async def test_what_waits_for_who_asked_costs_no_time(pool: Any, bank: Tenant) -> None:
    made = await ask(pool, bank)
    await reply(pool, made, "asked_back")
    span = read_clocks()["fault"].solve * 3
    await let_pass(pool, made, span)
    assert not (await get_ticket(pool, bank.id, made.id)).late
    back = await reply(pool, made, "said", "asker")
    assert not back.late
    left = back.due - back.now
    assert timedelta() < read_clocks()["fault"].solve - left < timedelta(minutes=5)
    await let_pass(pool, made, read_clocks()["fault"].solve)
    assert (await get_ticket(pool, bank.id, made.id)).late


async def test_nobody_sees_or_answers_anothers(pool: Any, bank: Tenant) -> None:
    other = await create_tenant(pool, "other", "Other")
    one, two = uuid4(), uuid4()
    made = await ask(pool, bank, partner=one)
    for tenant, partner in ((other.id, one), (bank.id, two), (bank.id, None)):
        with pytest.raises(NotFound):
            await get_ticket(pool, tenant, made.id, partner=partner)
        with pytest.raises(NotFound):
            await handle_ticket(
                pool, tenant, made.id, act="said", side="asker", who="x", text="mine",
                partner=partner,
            )  # fmt: skip
    assert await list_tickets(pool, [other.id]) == []
    assert await list_tickets(pool, [bank.id], partner=two) == []
    assert len((await get_ticket(pool, bank.id, made.id, partner=one)).lines) == 1
    for text in ("", "x", made.ref[:-1], str(made.id), "inc" + made.ref[3:]):
        with pytest.raises(NotFound):
            ticket_id(text)


async def test_a_side_does_what_is_its_own(pool: Any, bank: Tenant) -> None:
    made = await ask(pool, bank)
    for act, side in (("solved", "asker"), ("closed", "operator"), ("opened", "asker")):
        with pytest.raises(Forbidden):
            await reply(pool, made, act, side)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "rant"}, {"title": " "}, {"text": ""}, {"text": "x" * 2001}, {"title": "a\0b"}],
)
async def test_mistakes_leave_nothing(pool: Any, bank: Tenant, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid) as error:
        await ask(pool, bank, **wrong)
    assert error.value.param == next(iter(wrong))
    assert await list_tickets(pool, [bank.id]) == []


async def test_the_same_key_is_the_same_ticket(pool: Any, bank: Tenant) -> None:
    one = await ask(pool, bank, key="k1")
    assert (await ask(pool, bank, key="k1")).id == one.id
    assert (await ask(pool, bank, key="k2")).number == 2
