"""Incidents with a database: opened, noted, handed over and closed by whom it is with."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.partners import store
from enscene.partners.incidents import (
    close_incident,
    count_open,
    get_incident,
    hand_over,
    list_incidents,
    note_incident,
    open_incident,
)

BANK, PARTNER = {"side": "bank", "who": "maker@bank"}, {"side": "partner", "who": "ptn_x"}


async def opened(banks, partner, **changes):
    values = {
        "title": "payments fail", "severity": "high", "text": "since nine", **BANK,
        "responsible": "partner",
    }  # fmt: skip
    return await open_incident(banks.pool, banks.one.id, partner, **values | changes)


async def test_it_goes_from_side_to_side_and_its_times_are_the_whole(banks):
    partner = await banks.partner(banks.one)
    known = await opened(banks, partner)
    place = (banks.pool, banks.one.id, partner, known.id)
    await note_incident(*place, text="we look at it", **PARTNER)
    with pytest.raises(Forbidden):
        await hand_over(*place, to="bank", text="give it to us", **BANK)
    with pytest.raises(Forbidden):
        await close_incident(
            *place[:2], partner, (await opened(banks, partner, responsible="bank")).id,
            cause="it is over", **PARTNER,
        )  # fmt: skip
    moved = await hand_over(*place, to="bank", text="your gateway refuses", **PARTNER)
    assert moved.responsible == "bank"
    assert moved.since > moved.opened_at
    same = await hand_over(*place, to="bank", text="once more", **PARTNER)
    assert same.steps == moved.steps
    await hand_over(*place, to="partner", text="mended at our side", **BANK)
    for _ in range(2):
        done = await close_incident(*place, cause="an old certificate", **PARTNER)
    assert [step.act for step in done.steps] == [
        "opened", "noted", "handed_over", "handed_over", "closed"
    ]  # fmt: skip
    assert [step.responsible for step in done.steps] == [
        "partner", "partner", "bank", "partner", "partner"
    ]  # fmt: skip
    assert done.cause == "an old certificate"
    assert done.closed_at is not None
    held = done.held()
    assert sum(held.values(), timedelta()) == done.closed_at - done.opened_at
    assert min(held.values()) > timedelta()
    for work in (
        note_incident(*place, text="too late", **BANK),
        hand_over(*place, to="bank", text="too late", **PARTNER),
    ):
        with pytest.raises(Conflict):
            await work


async def test_the_same_key_opens_and_notes_once(banks):
    partner = await banks.partner(banks.one)
    found = await asyncio.gather(*[opened(banks, partner, key="k1", **PARTNER) for _ in range(4)])
    assert len({each.id for each in found}) == 1
    with pytest.raises(Conflict):
        await opened(banks, partner, key="k1", title="another", **PARTNER)
    place = (banks.pool, banks.one.id, partner, found[0].id)
    for _ in range(3):
        known = await note_incident(*place, text="we look", key="n1", **PARTNER)
    assert len(known.steps) == 2
    with pytest.raises(Conflict):
        await note_incident(*place, text="another", key="n1", **PARTNER)
    other = await banks.partner(banks.one)
    assert (await opened(banks, other, key="k1", **PARTNER)).id != found[0].id


async def test_others_see_and_do_nothing(banks):
    partner, other = await banks.partner(banks.one), await banks.partner(banks.one)
    stranger = await banks.partner(banks.two)
    known = await opened(banks, partner)
    for tenant, who in (
        (banks.one.id, other), (banks.two.id, stranger), (banks.two.id, partner),
        (banks.one.id, stranger),
    ):  # fmt: skip
        place = (banks.pool, tenant, who, known.id)
        for work in (
            get_incident(*place), note_incident(*place, text="mine", **BANK),
            hand_over(*place, to="bank", text="mine", **PARTNER),
            close_incident(*place, cause="not any more", **BANK),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                await work
        assert await list_incidents(banks.pool, tenant, who) == []
    assert await count_open(banks.pool, banks.one.id) == {partner: 1}
    assert await count_open(banks.pool, banks.two.id) == {}
    assert await get_incident(banks.pool, banks.one.id, partner, known.id) == known


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"title": "x"}, "title"), ({"text": " "}, "text"), ({"text": "a\0b"}, "text"),
        ({"severity": "odd"}, "severity"), ({"responsible": "nobody"}, "responsible"),
    ],
)  # fmt: skip
async def test_bad_words_leave_no_trace(banks, changes, param):
    partner = await banks.partner(banks.one)
    with pytest.raises(Invalid) as told:
        await opened(banks, partner, **changes)
    assert told.value.param == param
    assert await list_incidents(banks.pool, banks.one.id, partner) == []
    known = await opened(banks, partner)
    place = (banks.pool, banks.one.id, partner, known.id)
    for work in (
        note_incident(*place, text="", **BANK), hand_over(*place, to="us", text="why", **PARTNER),
        close_incident(*place, cause="no", **BANK),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            await work
    assert await get_incident(*place) == known


async def test_whoever_has_left_gets_no_incident(banks):
    partner = await banks.partner(banks.one)
    async with store.admitted(banks.pool, banks.one.id) as connection:
        await store.update(connection, banks.one.id, partner, {"stage": "left"})
    with pytest.raises(Conflict):
        await opened(banks, partner)


async def test_the_holder_is_what_the_control_holds(banks, monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "incident_holder", lambda *args, **more: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await test_it_goes_from_side_to_side_and_its_times_are_the_whole(banks)
