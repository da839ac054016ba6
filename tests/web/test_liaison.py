"""Contacts and the calendar on both sides' pages."""

from __future__ import annotations

import re

from enscene.partners.liaison import list_contacts, list_dates
from web.conftest import Bank
from web.test_portal import desk
from web.test_portal_cooperation import contracted, partner_of

CONTACT = {"do": "put_contact", "name": "<b>李工</b>", "duty": "接口", "reach": "13800000000"}


async def test_both_sides_write_and_read(bank: Bank) -> None:
    outside, path, maker, _ = await contracted(bank)
    place = (bank.pool, bank.tenant.id, await partner_of(bank))
    done = await maker.send(f"{path}/liaison", **CONTACT)
    assert "&lt;b&gt;李工&lt;/b&gt;" in done.text
    await maker.send(f"{path}/liaison", do="plan_date", day="2020-01-01", title="对账例会")
    page = await outside.look("/cooperation")
    assert "&lt;b&gt;李工&lt;/b&gt;" in page
    assert 'value="drop_contact"' not in page  # the bank's own
    (talk,) = await list_dates(*place)
    answer = await outside.send("/cooperation", do="finish_date", date=str(talk.id))
    assert answer.status_code == 200
    (talk,) = await list_dates(*place)
    assert re.fullmatch(r"ptn_\w+", talk.done_by or "")
    await outside.send("/cooperation", **CONTACT | {"name": "Zhao"})
    assert [each.name for each in await list_contacts(*place)] == ["<b>李工</b>", "Zhao"]


async def test_what_cannot_be_is_told_and_auditors_only_look(bank: Bank) -> None:
    outside, path, maker, _ = await contracted(bank)
    place = (bank.pool, bank.tenant.id, await partner_of(bank))
    for form in (
        {"do": "put_contact", "name": ""},
        {"do": "plan_date", "day": "soon"},
        {"do": "x"},
    ):
        assert (await maker.send(f"{path}/liaison", **form)).status_code == 400
    gone = await maker.send(f"{path}/liaison", do="drop_contact", contact="x")
    assert gone.status_code == 404
    auditor = await desk(bank, "auditor")
    assert (await auditor.send(f"{path}/liaison", **CONTACT)).status_code == 403
    bad = await outside.send("/cooperation", do="plan_date", day="2026-12-01", title="")
    assert bad.status_code == 400
    assert (await list_contacts(*place), await list_dates(*place)) == ([], [])
