"""Admission ends: a partner is asked anew, told, and suspended after a grace until it passes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Refused
from enscene.partners import store
from enscene.partners.incidents import list_incidents
from enscene.partners.partner import partner_id
from enscene.partners.suspend import resume

WHY = "as it should be"


async def age(joining, partner, days):
    async with store.admitted(joining.pool, joining.bank.id) as connection:
        await connection.execute(
            "update partner set admitted_at = clock_timestamp() - $1::interval where id = $2",
            timedelta(days=days), partner,
        )  # fmt: skip


async def live(joining):
    """A partner that was admitted and, as if it had gone through the sandbox, is live."""
    applicant = await joining.sign_up()
    await applicant.be_admitted()
    partner = partner_id(applicant.id)
    async with store.admitted(joining.pool, joining.bank.id) as connection:
        await store.update(connection, joining.bank.id, partner, {"stage": "live"})
        await store.log_stage(connection, joining.bank.id, partner, "live", "checker@bank", "")
    return applicant, partner


async def watch(joining):
    async with joining.working() as worker:
        return await worker.watch()


async def test_it_is_told_then_suspended_and_comes_back_by_a_new_admission(joining):
    applicant, partner = await live(joining)
    place = (joining.pool, joining.bank.id, partner)
    assert (await watch(joining), await list_incidents(*place)) == ([], [])
    locked = await applicant.ask("PATCH", "", {"answers": {"tls": {"answer": "no"}}})
    assert locked.json()["code"] == "partner.not_editable"
    await age(joining, partner, 340)
    for _ in range(2):
        assert await watch(joining) == []
    [incident] = await list_incidents(*place)
    assert (incident.responsible, incident.closed_at) == ("partner", None)
    await age(joining, partner, 394)
    assert await watch(joining) == []
    await age(joining, partner, 397)
    assert await watch(joining) == [applicant.id]
    assert (await applicant.told())["stage"] == "suspended"
    with pytest.raises(Refused) as told:
        await resume(*place, "checker@bank", WHY)
    assert told.value.code == "partner.not_renewed"
    # The answers are open again; scopes and the like are not.
    await applicant.answer_all(tls={"evidence": "the scan of this year"})
    scopes = await applicant.ask("PATCH", "", {"scopes": ["scene:canteen:*"]})
    assert scopes.json()["code"] == "partner.not_editable"
    with pytest.raises(Refused):
        await joining.vote(applicant.id, "maker", admit=True, approver=False)
    await joining.accept(applicant.id)
    await joining.vote(applicant.id, "maker", admit=True, approver=False)
    await joining.vote(applicant.id, "checker", admit=True)
    [incident] = await list_incidents(*place)
    assert incident.cause == "met"
    await resume(*place, "checker@bank", WHY)
    assert (await applicant.told())["stage"] == "live"
    assert await watch(joining) == []


async def test_two_people_who_say_no_end_it(joining):
    applicant, partner = await live(joining)
    await age(joining, partner, 340)
    await watch(joining)
    await joining.vote(applicant.id, "maker", admit=False, approver=False)
    assert await watch(joining) == []
    await joining.vote(applicant.id, "checker", admit=False)
    assert await watch(joining) == [applicant.id]


async def test_the_control_is_seen_to_be_off(joining, monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "partner_renewal", lambda *args: None)
    with pytest.raises(AssertionError):
        await test_it_is_told_then_suspended_and_comes_back_by_a_new_admission(joining)
