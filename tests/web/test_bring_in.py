"""The console's pages of bring-in: two people agree, open and take away; partners see their own."""

from __future__ import annotations

import re
from typing import Any

import pytest

from enscene.partners import store
from enscene.partners.bring_in import list_entries, list_terms
from enscene.partners.sign_up import sign_up
from web.conftest import Bank

ORIGIN = "http://127.0.0.1:9"


async def live_partner(bank: Bank, name: str = "外卖到家") -> Any:
    known, key = await sign_up(
        bank.pool, bank.tenant, name=name, contact="Li", email="li@partner.example",
        purpose="our scene in the bank's app", level="A1", scopes=[],
    )  # fmt: skip
    async with store.admitted(bank.pool, bank.tenant.id) as connection:
        values = {"stage": "live", "live_app": 77, "redirect_uris": [f"{ORIGIN}/back"]}
        await store.update(connection, bank.tenant.id, known.id, values)
    return known, key


async def press(client: Any, path: str, **form: str) -> Any:
    page = (await client.get("/bring-in")).text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    return await client.post(path, data={"csrf": csrf, **form})


def terms_of(partner: Any, **changes: str) -> dict[str, str]:
    return {"do": "propose", "partner": partner.number, "number": "C-2026-1", "starts": "2099-01",
            "in_kind": "visit", "in_price": "0.35", "in_payer": "bank", "out_kind": "customer",
            "out_price": "8.00", "out_payer": "partner", "out_scenes": "canteen",
            "share_most": "60"} | changes  # fmt: skip


def entry_of(partner: Any, **changes: str) -> dict[str, str]:
    return {"do": "propose", "partner": partner.number, "title_zh": "外卖到家",
            "title_en": "Takeaway", "class": "takeaway", "shown": "page",
            "url": f"{ORIGIN}/menu"} | changes  # fmt: skip


async def test_one_proposes_and_another_opens(bank: Bank) -> None:
    partner, key = await live_partner(bank)
    maker, checker = await bank.client("maker"), await bank.client("checker")
    empty = (await maker.get("/bring-in")).text
    assert "还没有合作方场景" in empty
    today = re.findall(r'name="last" value="(\d{4}-\d{2})', empty)[0]
    for path, form in (("terms", terms_of(partner, starts=today)), ("entries", entry_of(partner))):
        assert (await press(maker, f"/bring-in/{path}", **form)).status_code == 303
    [entry] = await list_entries(bank.pool, bank.tenant.id)
    [terms] = await list_terms(bank.pool, bank.tenant.id)
    assert (terms.in_minor, terms.out_minor, terms.out_scenes) == (35, 800, ("canteen",))
    own = await press(maker, "/bring-in/entries", do="open", entry=entry.number)
    assert own.status_code == 403  # no approver
    early = await press(checker, "/bring-in/entries", do="open", entry=entry.number)
    assert early.status_code == 422
    assert "没有生效的合约条款" in early.text
    agreed = {"do": "agree", "partner": partner.number, "version": "1"}
    assert (await press(checker, "/bring-in/terms", **agreed)).status_code == 303
    done = await press(checker, "/bring-in/entries", do="open", entry=entry.number)
    assert done.status_code == 303
    page = (await checker.get("/bring-in")).text
    for said in ("已开放", "¥0.35 / 次访问", "¥8.00 / 位新客户", "合作方付"):
        assert said in page
    for form in ({"do": "move", "position": "7"}, {"do": "close"}):
        moved = await press(maker, "/bring-in/entries", entry=entry.number, **form)
        assert moved.status_code == 303
    [entry] = await list_entries(bank.pool, bank.tenant.id)
    assert (entry.position, entry.state) == (7, "closed")
    assert (await checker.get(f"/bring-in/{partner.number}")).status_code == 200
    portal = await bank.client()
    door = (await portal.get("/portal/bank")).text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', door)[0]
    await portal.post("/portal/bank/login", data={"csrf": csrf, "access_key": key})
    seen = (await portal.get("/portal/bank/outside")).text
    assert f"{ORIGIN}/menu" in seen


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        ("entries", {"url": "https://evil.example/"}, "不是合作方登记的来源"),
        ("entries", {"url": "javascript:alert(1)"}, "地址须为 https"),
        ("terms", {"in_price": "0.005"}, "引进来单价"),
        ("terms", {"starts": "2020-01"}, "生效月份"),
        ("terms", {"out_scenes": "nowhere"}, "本行场景"),
    ],
)
async def test_what_cannot_be_is_said_and_nothing_is_lost(
    bank: Bank, path: str, change: dict[str, str], said: str
) -> None:
    partner, _ = await live_partner(bank)
    maker = await bank.client("maker")
    form = (entry_of if path == "entries" else terms_of)(partner, **change)
    answer = await press(maker, f"/bring-in/{path}", **form)
    assert answer.status_code in (400, 422)
    assert said in answer.text
    assert (form.get("title_en") or form["number"]) in answer.text
    assert await list_entries(bank.pool, bank.tenant.id) == []
    assert await list_terms(bank.pool, bank.tenant.id) == []


async def test_auditors_look_and_partners_people_do_not(bank: Bank) -> None:
    partner, _ = await live_partner(bank)
    auditor, outsider = await bank.client("auditor"), await bank.client("partner")
    assert (await auditor.get("/bring-in")).status_code == 200
    assert (await press(auditor, "/bring-in/entries", **entry_of(partner))).status_code == 403
    assert (await outsider.get("/bring-in")).status_code == 403
    assert (await auditor.get("/bring-in?first=2020-01-01")).status_code == 400
    assert (await auditor.get("/bring-in?first=x")).status_code == 400
    assert (await auditor.get("/bring-in/ptn_1")).status_code == 404
