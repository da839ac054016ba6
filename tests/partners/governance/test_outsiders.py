"""Persons of third parties: asked by one, granted by another, until a day, revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.partners.clauses import today_of
from enscene.partners.governance import (
    ask_outsider,
    end_outsider,
    gaps_of,
    grant_outsider,
    list_outsiders,
)

ASKED = {"person": "Zhao", "firm": "A firm", "what": "logs of the host", "why": "fault 7"}


async def asked(banks, partner, **more):
    today = await today_of(banks.pool, banks.one.id)
    values = {**ASKED, "until": today + timedelta(days=7), "who": "maker@bank"} | more
    return await ask_outsider(banks.pool, banks.one.id, partner, **values)


async def test_two_people_let_somebody_in_and_anybody_revokes(banks) -> None:
    partner, other = await banks.partner(banks.one), await banks.partner(banks.one)
    today = await today_of(banks.pool, banks.one.id)
    known = await asked(banks, partner)
    place = (banks.pool, banks.one.id, partner, known.id)
    assert known.state(today) == "asked"
    with pytest.raises(Forbidden) as told:
        await grant_outsider(*place, who="maker@bank")
    assert told.value.code == "outsider.second_person"
    for tenant, owner in ((banks.one.id, other), (banks.two.id, await banks.partner(banks.two))):
        with pytest.raises(NotFound):
            await grant_outsider(banks.pool, tenant, owner, known.id, who="checker@bank")
    for _ in range(2):
        await grant_outsider(*place, who="checker@bank")
    [open_] = await list_outsiders(banks.pool, banks.one.id, partner)
    assert (open_.state(today), open_.granted_by) == ("open", "checker@bank")
    late = open_.until + timedelta(days=1)
    assert open_.state(late) == "over"
    assert [gap.code for gap in gaps_of([], [open_], late)] == ["outsider_over"]
    await end_outsider(*place, who="maker@bank", why="work is done")
    [ended] = await list_outsiders(banks.pool, banks.one.id, partner)
    assert (ended.state(today), gaps_of([], [ended], late)) == ("revoked", [])
    with pytest.raises(Conflict):
        await end_outsider(*place, who="maker@bank", why="again")


async def test_what_is_refused_is_never_granted(banks) -> None:
    partner = await banks.partner(banks.one)
    known = await asked(banks, partner)
    place = (banks.pool, banks.one.id, partner, known.id)
    await end_outsider(*place, who="checker@bank", why="not needed")
    with pytest.raises(Conflict):
        await grant_outsider(*place, who="checker@bank")
    [found] = await list_outsiders(banks.pool, banks.one.id)
    assert found.state(found.until) == "refused"


@pytest.mark.parametrize("days", [-1, 366])
async def test_access_is_for_a_time(banks, days) -> None:
    partner = await banks.partner(banks.one)
    today = await today_of(banks.pool, banks.one.id)
    with pytest.raises(Invalid) as told:
        await asked(banks, partner, until=today + timedelta(days=days))
    assert told.value.param == "until"
    assert await list_outsiders(banks.pool, banks.one.id) == []


async def test_the_control_is_seen_to_be_off(banks, monkeypatch) -> None:
    monkeypatch.setitem(controls._CONTROLS, "partner_outsider_two", lambda *args: None)
    with pytest.raises(Exception, match="check constraint"):
        await test_two_people_let_somebody_in_and_anybody_revokes(banks)
