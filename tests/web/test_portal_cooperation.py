"""Clauses and incidents on the pages of both sides, by forms and in a browser."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from enscene.partners import store
from enscene.partners.clauses import (
    Given,
    list_standings,
    make_clause,
    take_return,
    today_of,
    watch_clauses,
)
from enscene.partners.find_partner import list_partners
from enscene.partners.incidents import list_incidents
from web.conftest import Bank, Windows
from web.looks import looks
from web.test_browser import serious_faults
from web.test_portal import Desk, Outside, desk, invalid, only_partner

SHOTS = os.environ.get("ENSCENE_SHOTS")
APP = 7


async def contracted(bank: Bank) -> tuple[Outside, str, Desk, Desk]:
    """A partner that has applied, and its page at the bank with two people in front of it."""
    outside = Outside(bank)
    await outside.sign_up()
    await outside.apply()
    path = f"/partners/{await only_partner(bank)}"
    return outside, path, await desk(bank, "maker"), await desk(bank, "checker")


async def make(bank: Bank, by: Desk, path: str, **changes: str) -> Any:
    today = await today_of(bank.pool, bank.tenant.id)
    form = {
        "do": "make", "kind": "return", "title": "<i>orders</i> of the week",
        "purpose": "risk of merchants", "fields": "city amount", "first_due": str(today),
        "every_days": "7", "expected": "2", "complete": "95", "side": "partner",
        "severity": "middle",
    }  # fmt: skip
    return await by.send(f"{path}/clauses", **(form | changes))


async def partner_of(bank: Bank) -> Any:
    [known] = await list_partners(bank.pool, bank.tenant.id)
    return known.id


async def test_an_approver_makes_clauses_and_nobody_else(bank: Bank) -> None:
    outside, path, maker, checker = await contracted(bank)
    assert (await make(bank, maker, path)).status_code == 403
    auditor = await desk(bank, "auditor")
    for rest in ("/clauses", "/incidents"):
        assert (await auditor.send(f"{path}{rest}", do="open")).status_code == 403
    bad = await make(bank, checker, path, fields="city Password")
    assert bad.status_code == 400
    assert 'value="city Password"' in bad.text
    assert "secrets (C3) are never agreed: Password" in bad.text
    for change in (
        {"every_days": "-1"}, {"first_due": "soon"}, {"kind": "odd"}, {"complete": "101"},
        {"title": ""}, {"purpose": "x"}, {"side": "nobody"}, {"severity": "odd"},
    ):  # fmt: skip
        refused = await make(bank, checker, path, **change)
        assert (refused.status_code, invalid(refused.text)) == (400, list(change))
        assert 'value="city amount"' in refused.text  # nothing that was typed is lost
    zh = await desk(bank, "checker", "zh")
    for by, label, secret in (
        (checker, "Fields, with blanks between: ", "secrets (C3) are never agreed: password"),
        (zh, "回传字段（以空格分隔）：", "密码等鉴别信息（C3）不得约定回传：password"),
    ):
        refused = await make(bank, by, path, fields="city password")
        assert (refused.status_code, invalid(refused.text)) == (400, ["fields"])
        told = refused.text.partition('id="said" role="alert">')[2].partition("</p>")[0]
        assert told.startswith(label), told
        assert told.endswith(secret), told
    assert "It takes one of these roles: Approver" in (await make(bank, maker, path)).text
    assert await list_standings(bank.pool, bank.tenant.id, await partner_of(bank)) == []
    done = await make(bank, checker, path)
    assert "&lt;i&gt;orders&lt;/i&gt; of the week" in done.text
    assert "checker@bank" in done.text
    page = await outside.look("/cooperation")
    assert "&lt;i&gt;orders&lt;/i&gt; of the week" in page
    assert "POST /v1/returns/cls_" in page
    assert "checker@bank" not in page
    [standing] = await list_standings(bank.pool, bank.tenant.id, await partner_of(bank))
    ended = await checker.send(f"{path}/clauses", do="end", clause=standing.clause.number)
    assert "ended" in ended.text


async def test_who_has_voted_is_told_that_a_new_vote_replaces_it(bank: Bank) -> None:
    _, path, maker, checker = await contracted(bank)
    assert "voted-before" not in (await maker.http.get(path)).text
    done = await maker.send(f"{path}/decision", do="refuse", why="not what we need")
    assert "You have said it before: says no. Saying it again replaces" in done.text
    assert "voted-before" not in (await checker.http.get(path)).text
    zh = await desk(bank, "maker", "zh")
    assert "您已表决：不同意" in (await zh.http.get(path)).text


async def test_pages_that_refuse_have_a_heading_and_say_which_roles_may(bank: Bank) -> None:
    outside, path, _, _ = await contracted(bank)
    for language, roles in (
        ("en", "Your roles do not allow this. It takes one of these roles: Scene team; Approver<"),
        ("zh", "须由以下角色之一操作：场景团队；审批人<"),
    ):
        auditor = await desk(bank, "auditor", language)
        answer = await auditor.send(f"{path}/clauses", do="make")
        assert (answer.status_code, answer.text.count("<h1>")) == (403, 1)
        assert roles in answer.text
    answer = await outside.http.get("/portal/bank/usage/2026-01")
    assert (answer.status_code, answer.text.count("<h1>This did not work</h1>")) == (404, 1)


async def test_a_check_is_confirmed_by_its_side(bank: Bank) -> None:
    outside, path, maker, checker = await contracted(bank)
    for side in ("partner", "bank"):
        await make(bank, checker, path, kind="check", title=f"drill of the {side}", side=side)
    own, banks = await list_standings(bank.pool, bank.tenant.id, await partner_of(bank))
    await outside.look("/cooperation")
    assert outside.text.count('value="confirm"') == 1
    told = {"do": "confirm", "period": str(own.clause.first_due), "evidence": "minutes no. 12"}
    answer = await outside.send("/cooperation", **told, clause=banks.clause.number)
    assert answer.status_code == 403
    short = await outside.send("/cooperation", **told | {"evidence": "x"}, clause=own.clause.number)
    assert (short.status_code, invalid(short.text)) == (400, ["evidence"])
    await outside.send("/cooperation", **told, clause=own.clause.number)
    assert "minutes no. 12" in outside.text
    answer = await maker.send(f"{path}/clauses", **told, clause=own.clause.number)
    assert answer.status_code == 403
    answer = await maker.send(f"{path}/clauses", **told, clause=banks.clause.number)
    assert answer.text.count("minutes no. 12") == 2


async def test_an_incident_goes_to_and_fro_by_the_pages(bank: Bank) -> None:
    outside, path, maker, _ = await contracted(bank)
    await outside.look("/cooperation")
    bad = await outside.send(
        "/cooperation", do="open", title="x", severity="high", responsible="bank", text="since nine"
    )
    assert bad.status_code == 400
    assert 'value="since nine"' in bad.text
    assert ("Title: 2 to 120 characters" in bad.text, invalid(bad.text)) == (True, ["title"])
    await outside.send(
        "/cooperation", do="open", title="payments <fail>", severity="high", responsible="bank",
        text="since nine",
    )  # fmt: skip
    [known] = await list_incidents(bank.pool, bank.tenant.id, await partner_of(bank))
    one = {"incident": known.number}
    page = (await maker.http.get(path)).text
    assert "payments &lt;fail&gt;" in page
    assert "with the bank" in page
    assert "joint incidents 1" in (await maker.http.get("/partners")).text
    early = await outside.send("/cooperation", do="hand_over", text="not ours", **one)
    assert early.status_code == 200  # it is with the bank already, and stays there
    closed = await outside.send("/cooperation", do="close", text="all is well", **one)
    assert closed.status_code == 403
    short = await maker.send(f"{path}/incidents", do="note", text="x", **one)
    assert short.status_code == 400
    assert 'value="x"' in short.text
    assert ("What is known: 2 to " in short.text, invalid(short.text)) == (True, ["text"])
    cause = await maker.send(f"{path}/incidents", do="close", text="x", **one)
    assert ("What is known: 5 to " in cause.text, invalid(cause.text)) == (True, ["text"])
    await maker.send(f"{path}/incidents", do="note", text="we look at the gateway", **one)
    await maker.send(f"{path}/incidents", do="hand_over", text="it is your proxy", **one)
    page = await outside.look("/cooperation")
    assert "it is your proxy" in page
    assert "with the partner" in page
    assert "maker@bank" not in page
    await outside.send("/cooperation", do="close", text="the proxy was full", **one)
    assert "the proxy was full" in (await maker.http.get(path)).text
    [known] = await list_incidents(bank.pool, bank.tenant.id, await partner_of(bank))
    assert known.closed_at is not None
    assert sum(known.held().values(), timedelta()) == known.closed_at - known.opened_at
    late = await maker.send(f"{path}/incidents", do="note", text="too late", **one)
    assert late.status_code == 409


async def test_anothers_clause_and_incident_are_not_there(bank: Bank) -> None:
    _, path, _, checker = await contracted(bank)
    await make(bank, checker, path, kind="check")
    partner = await partner_of(bank)
    [standing] = await list_standings(bank.pool, bank.tenant.id, partner)
    form = {"title": "one fails", "severity": "low", "responsible": "bank", "text": "since nine"}
    await checker.send(f"{path}/incidents", do="open", **form)
    [known] = await list_incidents(bank.pool, bank.tenant.id, partner)
    other = Outside(bank)
    await other.sign_up()
    page = await other.look("/cooperation")
    assert "one fails" not in page
    due = str(standing.clause.first_due)
    for fields in (
        {"do": "confirm", "clause": standing.clause.number, "period": due, "evidence": "a paper"},
        {"do": "note", "incident": known.number, "text": "mine"},
        {"do": "hand_over", "incident": known.number, "text": "mine"},
        {"do": "close", "incident": known.number, "text": "mine now"},
    ):
        await other.look("/cooperation")
        assert (await other.send("/cooperation", **fields)).status_code == 404
    stranger = Outside(bank)
    assert "Sign in" in await stranger.look("/cooperation")
    [after] = await list_incidents(bank.pool, bank.tenant.id, partner)
    assert after == known


async def _play(bank: Bank, checker: Desk, path: str) -> None:
    """Clauses in every state, a missed one with its alarm, and an incident in the middle."""
    pool, tenant, partner = bank.pool, bank.tenant.id, await partner_of(bank)
    today = await today_of(pool, tenant)
    agreed: dict[str, Any] = {"kind": "return", "who": "checker@bank", "first_due": today}
    fields = ["merchant", "city", "orders", "amount", "refunds"]
    weekly = await make_clause(
        pool, tenant, partner, title="商户经营周报", purpose="商户授信的贷后监测", fields=fields,
        every_days=7, expected=3, complete=80, **agreed,
    )  # fmt: skip
    daily = await make_clause(
        pool, tenant, partner, title="用户到店行为", purpose="权益投放效果评估",
        fields=["store", "visits"], every_days=1, expected=2, complete=90, **agreed,
    )  # fmt: skip
    for kind, title, side in (
        ("check", "灾备演练报告", "partner"),
        ("check", "接口容量复核", "bank"),
    ):
        await make_clause(
            pool, tenant, partner, kind=kind, title=title, purpose="年度安全约定", side=side,
            first_due=today + timedelta(days=20), who="checker@bank",
        )  # fmt: skip
    async with store.admitted(pool, tenant) as connection:
        await store.update(connection, tenant, partner, {"live_app": APP})
        await connection.execute("update partner_clause set first_due = $1 where id = $2",
                                 today - timedelta(days=14), weekly.id)  # fmt: skip
        await connection.execute("update partner_clause set first_due = $1 where id = $2",
                                 today - timedelta(days=2), daily.id)  # fmt: skip
    full = dict.fromkeys(fields, "x")
    for weeks in (2, 1, 0):
        records = [Given(f"m{n}", full if n else full | {"refunds": None}) for n in range(5)]
        day = today - timedelta(days=7 * weeks)
        await take_return(pool, tenant, APP, weekly.id, day, records)
    half = [Given("s1", {"store": "x", "visits": 3}), Given("s2", {"store": "y"})]
    await take_return(pool, tenant, APP, daily.id, today - timedelta(days=2), half)
    await watch_clauses(pool, tenant)
    form = {"title": "回调大量超时", "severity": "high", "responsible": "partner",
            "text": "九点起，约三成通知超时"}  # fmt: skip
    await checker.send(f"{path}/incidents", do="open", **form)


@looks
async def test_pages_read_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    outside = Outside(bank)
    key = await outside.sign_up()
    await outside.apply()
    path = f"/partners/{await only_partner(bank)}"
    await _play(bank, await desk(bank, "checker"), path)
    window = await windows.new("checker", viewport=size, locale=language)
    page = window.page
    await page.goto(f"{windows.url}/portal/bank")
    await page.fill("#access_key", key)
    await page.locator("form[action$='/login'] button").click()
    await page.wait_for_load_state()
    for name, place in (("console", path), ("list", "/partners"),
                        ("portal", "/portal/bank/cooperation")):  # fmt: skip
        await page.goto(f"{windows.url}{place}")
        for state in ("", "-open"):
            if state:
                await page.evaluate(
                    "document.querySelectorAll('main details').forEach(each => each.open = true)"
                )
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, place
            assert await serious_faults(page, assets) == [], place
            for part in ("#clauses", "#incidents") if SHOTS and name != "list" else ():
                shot = f"{SHOTS}/{name}-{size['width']}-{language}-{part[1:]}{state}.png"
                await page.locator(part).screenshot(path=shot)
    assert window.faults == []
