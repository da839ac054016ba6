"""Contacts and the calendar: each side has its own people, both do what is planned, once."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.partners.liaison import (
    drop_contact,
    finish_date,
    list_contacts,
    list_dates,
    plan_date,
    put_contact,
)
from enscene.partners.liaison import (
    liaison as liaison_module,
)

LI = {"name": "李工", "duty": "接口", "reach": "li@partner.example"}


async def test_each_side_looks_after_its_own_people(banks):
    partner = await banks.partner(banks.one)
    place = (banks.pool, banks.one.id, partner)
    await put_contact(*place, side="partner", **LI)
    await put_contact(*place, side="bank", **LI | {"name": "Wu"})
    wu, li = await list_contacts(*place)
    assert (wu.side, li.name) == ("bank", "李工")
    with pytest.raises(NotFound):
        await drop_contact(*place, li.id, side="bank")
    await drop_contact(*place, li.id, side="partner")
    assert [each.name for each in await list_contacts(*place)] == ["Wu"]


@pytest.mark.parametrize("change", [{"name": " "}, {"duty": "a\nb"}, {"reach": "x" * 121}])
async def test_a_contact_is_three_lines(banks, change):
    place = (banks.pool, banks.one.id, await banks.partner(banks.one))
    with pytest.raises(Invalid) as refused:
        await put_contact(*place, side="bank", **LI | change)
    assert refused.value.param == next(iter(change))
    assert await list_contacts(*place) == []


async def test_what_is_planned_is_done_once(banks):
    place = (banks.pool, banks.one.id, await banks.partner(banks.one))
    await plan_date(*place, date(2026, 12, 1), "切换演练")
    await plan_date(*place, date(2026, 11, 25), "对账例会")
    first, second = await list_dates(*place)
    assert (first.title, second.done_at) == ("对账例会", None)
    await finish_date(*place, first.id, "wu@bank")
    with pytest.raises(NotFound):
        await finish_date(*place, first.id, "wu@bank")
    told = await list_dates(*place)
    assert [(each.title, each.done_by) for each in told] == [
        ("切换演练", None), ("对账例会", "wu@bank"),
    ]  # fmt: skip


async def test_there_is_an_end_to_it(banks, monkeypatch):
    monkeypatch.setattr(liaison_module, "CONTACTS_MOST", 1)
    monkeypatch.setattr(liaison_module, "DATES_MOST", 1)
    place = (banks.pool, banks.one.id, await banks.partner(banks.one))
    await put_contact(*place, side="bank", **LI)
    await plan_date(*place, date(2026, 12, 1), "once")
    with pytest.raises(Conflict):
        await put_contact(*place, side="bank", **LI)
    with pytest.raises(Conflict):
        await plan_date(*place, date(2026, 12, 1), "twice")


async def test_nothing_of_another_bank_or_partner_is_there(banks):
    partner = await banks.partner(banks.one)
    place = (banks.pool, banks.one.id, partner)
    await put_contact(*place, side="bank", **LI)
    await plan_date(*place, date(2026, 12, 1), "talk")
    (contact,), (talk,) = await list_contacts(*place), await list_dates(*place)
    for other in (
        (banks.pool, banks.two.id, partner), (banks.pool, banks.one.id, uuid4()),
        (banks.pool, banks.one.id, await banks.partner(banks.one)),
    ):  # fmt: skip
        assert (await list_contacts(*other), await list_dates(*other)) == ([], [])
        with pytest.raises(NotFound):
            await drop_contact(*other, contact.id, side="bank")
        with pytest.raises(NotFound):
            await finish_date(*other, talk.id, "x")
    with pytest.raises(NotFound):
        await plan_date(banks.pool, banks.two.id, partner, date(2026, 12, 1), "talk")
