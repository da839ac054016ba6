"""Campaigns in the console: built by a form, tried on real traffic, decided by two, stopped by any."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest

from enscene.commit import admit
from enscene.engagement import reactor_of
from enscene.engagement.campaigns import CampaignBody, list_campaigns
from enscene.engagement.campaigns.store import read_rule_versions
from enscene.web.campaign_form import (
    change_rows,
    draft_of,
    field_of,
    plain_of,
    read_draft,
    read_form,
)
from enscene.web.campaign_yaml import convert_body, parse_campaign, write_campaign
from web.conftest import Bank
from web.test_portal import Desk, desk

PAY = "smart_canteen.pay_by_code"
RATE = "smart_canteen.rate_meal"


def form(**more: str) -> dict[str, str]:
    """A whole campaign as the form sends it: a plan and a coupon, at two moments."""
    return {
        "ref": "", "title_zh": "午餐活动", "title_en": "Lunch", "owner": "wang@bank",
        "line": "retail", "purpose": "activate", "starts": "2020-01-01", "ends": "2099-12-31",
        "budget": "1,000", "holdout": "0",
        "offers.0.name": "", "offers.0.title_zh": "随心存", "offers.0.title_en": "Flexible plan",
        "offers.0.reason_zh": "常在此就餐", "offers.0.reason_en": "You often eat here",
        "offers.0.kind": "offer", "offers.0.product": "wealth_flex", "offers.0.benefit": "",
        "offers.0.value": "80", "offers.0.cost": "", "offers.0.expected": "5",
        "offers.0.lever": "", "offers.0.channels.h5": "on",
        "offers.1.name": "", "offers.1.title_zh": "五元券", "offers.1.title_en": "Coupon",
        "offers.1.reason_zh": "感谢评价", "offers.1.reason_en": "Thank you for rating",
        "offers.1.kind": "offer", "offers.1.product": "", "offers.1.benefit": "lunch5",
        "offers.1.value": "20.00", "offers.1.cost": "5", "offers.1.expected": "30%",
        "offers.1.lever": "2", "offers.1.channels.h5": "on", "offers.1.channels.push": "on",
        "moments.0.name": "pays", "moments.0.pattern": "after", "moments.0.event.0": PAY,
        "moments.0.if": "input.price > money('10.00')", "moments.0.tolerance": "",
        "moments.0.offer.0": "on", "moments.0.offer.1": "on",
        "moments.1.name": "rated", "moments.1.pattern": "count", "moments.1.event.0": RATE,
        "moments.1.event.1": PAY, "moments.1.at_least": "2", "moments.1.within": "7d",
        "moments.1.only": "", "moments.1.if": "", "moments.1.tolerance": "30m",
        "moments.1.offer.1": "on",
    } | more  # fmt: skip


def rules(**more: str) -> dict[str, str]:
    """Rules of contact that hold nobody out, as the form sends them."""
    return {
        "caps.0.times": "9", "caps.0.within": "1d", "caps.0.channel": "", "begins": "21:00",
        "ends": "08:00", "after": "5", "rest": "14d", "holdout": "0", "floor": "1",
    } | more  # fmt: skip


async def propose(by: Desk, do: str = "propose", **more: str) -> httpx.Response:
    return await by.send("/campaigns/new", do=do, **form(**more))


async def campaigns(bank: Bank) -> list[Any]:
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        return await list_campaigns(connection, bank.tenant.id)


async def run(bank: Bank, maker: Desk, checker: Desk, **more: str) -> None:
    """Let a campaign run from now on, with nobody held out of everything."""
    await settle(bank)
    await maker.send("/campaigns/rules", do="propose", **rules())
    assert (await checker.send("/campaigns/rules/1/approve")).status_code == 200
    assert (await propose(maker, **more)).status_code == 200
    assert (await checker.send("/campaigns/lunch/1/approve")).status_code == 200


async def settle(bank: Bank) -> None:
    await reactor_of(bank.pool, bank.host, bank.tenant.shard).settle(bank.tenant.id)


async def pay(bank: Bank, who: str, ticket: str, price: str = "12.00") -> None:
    await bank.do("top_up", who, amount="50.00")
    await bank.do("pay_by_code", who, ticket=ticket, canteen="hall", price=price, dishes=["d1"])


async def test_one_proposes_another_approves_and_anybody_stops(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    auditor = await desk(bank, "auditor")
    empty = (await maker.http.get("/campaigns")).text
    assert "There are no campaigns yet" in empty
    assert 'href="/campaigns/new"' in empty
    assert 'href="/campaigns/new"' not in (await auditor.http.get("/campaigns")).text
    for nobody in (checker, auditor):
        assert (await propose(nobody)).status_code == 403
    page = unescape((await propose(maker)).text)
    for said in ("Lunch", "Smart Canteen", "happens 2 times within 7 days", "Flexible plan",
                 "input.price > money('10.00')", "brings ¥20.00, subsidy ¥5.00",
                 "Another person"):  # fmt: skip
        assert said.lower() in page.lower(), said
    (campaign,) = await campaigns(bank)
    assert (campaign.ref, campaign.kept.made_by) == ("lunch", "maker@bank")
    assert set(campaign.body.offers) == {"flexible_plan", "coupon"}
    assert (await maker.send("/campaigns/lunch/1/approve")).status_code == 403
    assert (await auditor.send("/campaigns/lunch/1/approve")).status_code == 403
    assert (await checker.send("/campaigns/lunch/1/perhaps")).status_code == 404
    assert (await checker.send("/campaigns/lunch/7/approve")).status_code == 404
    assert "Running" in (await checker.send("/campaigns/lunch/1/approve")).text
    assert (await checker.send("/campaigns/lunch/1/reject")).status_code == 409
    listed = (await checker.http.get("/campaigns")).text
    assert "data-ask" in listed
    assert "data-ask" not in (await auditor.http.get("/campaigns")).text
    assert (await auditor.send("/campaigns/lunch/1/stop")).status_code == 403
    page = (await maker.send("/campaigns/lunch/1/stop")).text
    assert "stopped by maker@bank" in page
    assert (await checker.send("/campaigns/lunch/1/stop")).status_code == 409
    assert (await maker.http.get("/campaigns/nothing")).status_code == 404


async def test_who_proposed_approves_nothing_even_as_an_approver(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    await propose(maker)
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute("update campaign set made_by = 'checker@bank'")
    assert "approve" not in (await checker.http.get("/campaigns/lunch")).text
    refused = await checker.send("/campaigns/lunch/1/approve")
    assert (refused.status_code, "Somebody else" in refused.text) == (403, True)


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    for change, at in (
        ({"title_en": ""}, "title_en"), ({"line": "Retail!"}, "line"),
        ({"starts": "soon"}, "starts"), ({"ends": "2019-12-31"}, "ends"),
        ({"ends": "2020-01-02"}, "ends"), ({"budget": ""}, "budget"),
        ({"budget": "much"}, "budget"), ({"holdout": "90"}, "holdout"),
        ({"holdout": "1.23"}, "holdout"), ({"ref": "Lunch"}, "ref"), ({"ref": "rules"}, "ref"),
        ({"purpose": "x"}, "purpose"),
        ({"offers.0.reason_zh": ""}, "offers.0.reason_zh"),
        ({"offers.0.product": "gold"}, "offers.0.product"),
        ({"offers.1.cost": "-5"}, "offers.1.cost"), ({"offers.1.value": "dear"}, "offers.1.value"),
        ({"offers.1.expected": "200"}, "offers.1.expected"),
        ({"offers.1.lever": "NaN"}, "offers.1.lever"),
        ({"offers.0.kind": "gift"}, "offers.0.kind"),
        ({"moments.0.event.0": ""}, "moments.0.event.0"),
        ({"moments.1.event.1": "smart_canteen.fly"}, "moments.1.event.1"),
        ({"moments.0.if": "input.prise > 1"}, "moments.0.if"),
        ({"moments.1.only": "input.stars >"}, "moments.1.only"),
        ({"moments.1.at_least": "1"}, "moments.1.at_least"),
        ({"moments.1.within": "a week"}, "moments.1.within"),
        ({"moments.1.tolerance": "x"}, "moments.1.tolerance"),
        ({"moments.1.name": "pays"}, "moments.1.name"),
        ({"moments.1.pattern": "odd"}, "moments.1.pattern"),
        ({"moments.0.pattern": "sum", "moments.0.field": "input.ticket",
          "moments.0.amount": "9", "moments.0.within": "1d"}, "moments.0.field"),
        ({"moments.0.pattern": "sum", "moments.0.field": "input.price",
          "moments.0.amount": "0", "moments.0.within": "1d"}, "moments.0.amount"),
        ({"moments.0.pattern": "crosses", "moments.0.field": "input.price",
          "moments.0.side": "below", "moments.0.amount": "x"}, "moments.0.amount"),
        ({"moments.0.pattern": "absent", "moments.0.within": "1d"}, "moments.0.without.0"),
        ({"moments.0.pattern": "sequence", "moments.0.within": "1d"}, "moments.0.event.1"),
    ):  # fmt: skip
        answer = await propose(maker, **change)
        assert answer.status_code == 400, change
        page = answer.text
        assert f'id="error-{at}"' in page, (change, re.findall('error-[^"]+', page))
        assert f'aria-describedby="error-{at}"' in page, change
        for kept in ("午餐活动", "五元券", "lunch5"):
            assert f'value="{kept}"' in page, (change, kept)
    assert await campaigns(bank) == []


async def test_faults_are_told_in_both_languages(bank: Bank) -> None:
    maker = await desk(bank, "maker", "zh")
    page = unescape((await propose(maker, **{"moments.0.if": "input.prise > 1"})).text)
    assert "没有" in re.findall('id="error-moments.0.if">([^<]*)<', page)[0]
    page = unescape((await propose(maker, **{"moments.1.within": "a week"})).text)
    assert re.search("[一-鿿]", re.findall('id="error-moments.1.within">([^<]*)<', page)[0])


async def test_rows_come_and_go_and_moments_keep_their_offers(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    for do, has, lacks in (
        ("add.offers", "offers.2.title_zh", ""), ("add.moments", "moments.2.pattern", ""),
        ("drop.offers.0", "offers.0.title_zh", "offers.1.title_zh"),
        ("drop.moments.0", "moments.0.at_least", "moments.1.pattern"),
        ("redraw", "moments.1.at_least", ""),
    ):  # fmt: skip
        answer = await propose(maker, do)
        assert answer.status_code == 200
        assert f'name="{has}"' in answer.text, do
        assert not lacks or f'name="{lacks}"' not in answer.text, do
        assert 'value="午餐活动"' in answer.text
    draft = read_draft(form().items())
    assert [row["offer"] for row in draft["moments"]] == [[0, 1], [1]]
    assert change_rows(draft, "drop.offers.0")
    assert [row["offer"] for row in draft["moments"]] == [[0], [0]]
    for odd in (
        "add.x",
        "drop.offers.9",
        "drop.offers",
        "add.offers.1",
        "drop.x.1",
        "drop.moments.x",
    ):
        assert not change_rows(draft, odd), odd
    assert await campaigns(bank) == []


async def test_it_is_tried_on_what_really_happened(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    await pay(bank, "bob", "t2", "9.00")
    page = unescape((await propose(maker, "try")).text)
    # Ann paid 12.00 and rated: one large payment, and two events that count. Bob paid too little.
    assert "Would have fired 2 times" in page
    assert 'value="lunch5"' in page
    assert await campaigns(bank) == []
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        assert await connection.fetchval("select count(*) from decision") == 0
    refused = await propose(maker, "try", **{"moments.0.if": "input.prise > 1"})
    assert (refused.status_code, 'id="error-moments.0.if"' in refused.text) == (400, True)


async def test_a_campaign_is_written_as_yaml_too(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    page = unescape((await propose(maker, "expert")).text)
    text = page.partition('spellcheck="false">')[2].partition("</textarea>")[0]
    assert "flexible_plan:" in text
    send = {"mode": "yaml", "ref": "noon"}
    back = await maker.send("/campaigns/new", do="form", yaml=text, **send)
    for kept in ("午餐活动", "lunch5", "30m"):
        assert f'value="{kept}"' in back.text, kept
    tried = await maker.send("/campaigns/new", do="try", yaml=text, **send)
    assert "Would have fired 2 times" in tried.text
    wrong = text.replace("within: 7d", "within: a week")
    refused = await maker.send("/campaigns/new", do="propose", yaml=wrong, **send)
    assert refused.status_code == 400
    assert "moments.rated.count.within" in refused.text
    assert "within: a week" in refused.text
    for odd in ("", "[", "a: *b", "a: &x [*x, *x]", "x: 1\nx: 2", "- 1", "[" * 5_000, "moments: 5",
                "moments: {m: 5}", "\x00", "? {a: b}\n: c"):  # fmt: skip
        refused = await maker.send("/campaigns/new", do="propose", yaml=odd, **send)
        assert (refused.status_code, 'id="error-yaml"' in refused.text) == (400, True), odd
    assert await campaigns(bank) == []
    page = (await maker.send("/campaigns/new", do="propose", yaml=text, **send)).text
    assert [each.ref for each in await campaigns(bank)] == ["noon"]


async def test_a_place_has_no_field_and_stays_as_yaml(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    body, raw, _ = read_form(read_draft(form().items()), "CNY")
    assert body is not None
    raw["moments"]["near"] = {"offer": ["coupon"], "enters": {
        "of": [PAY], "places": [{"lat_e5": 3_000_000, "lon_e5": 12_000_000}], "metres": 300}}  # fmt: skip
    text, send = write_campaign(raw), {"mode": "yaml", "ref": "near"}
    assert "no field for" in (await maker.send("/campaigns/new", do="form", yaml=text, **send)).text
    page = (await maker.send("/campaigns/new", do="propose", yaml=text, **send)).text
    assert "comes within 300 m of one of 1 places" in page
    assert "metres: 300" in (await maker.http.get("/campaigns/new?like=near")).text


async def test_a_change_is_told_in_words_and_waits_while_the_old_one_runs(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    await run(bank, maker, checker)
    like = (await maker.http.get("/campaigns/new?like=lunch")).text
    for kept in ("lunch", "午餐活动", "30", "2", "30m", "lunch5"):
        assert f'value="{kept}"' in like, kept
    again = {"ref": "lunch", "offers.0.name": "flexible_plan", "offers.1.name": "coupon"}
    page = unescape((await propose(maker, **again, budget="2000", holdout="10")).text)
    assert "Version 2 waits" in page
    for said in ("¥1,000.00", "¥2,000.00", "10%"):
        assert said in page, said
    waits = page.partition("Version 2 waits")[2].partition("</section>")[0]
    assert "Flexible plan" not in waits, "what is the same is not told"
    assert "Running" in page
    refused = await propose(maker, **again)
    assert refused.status_code == 409
    assert "waits for a decision" in refused.text


async def test_its_figures_are_those_of_the_tables(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    await run(bank, maker, checker)
    for n, who in enumerate(("ann", "bob")):
        await pay(bank, who, f"p{n}")
    await settle(bank)
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        said = await connection.fetchval(
            "select count(*) from decision where state = 'offered' and moment like 'lunch/%'"
        )
        costs = await connection.fetchval(
            "select count(*) from decision where rights ->> 'offer' = 'lunch/coupon'"
        )
        await connection.execute(
            "update decision set state = 'taken' where rights ->> 'offer' = 'lunch/coupon'"
        )
    assert said == 2
    page = unescape((await maker.http.get("/campaigns")).text)
    assert f"¥{5 * costs}.00 of ¥1,000.00 used; ¥{5 * costs}.00 of it taken" in page
    page = unescape((await maker.http.get("/campaigns/lunch")).text)
    assert "<dt>Said</dt><dd>2</dd>" in page
    assert "Another one fitted better" in page
    assert "Nobody is held out" in page
    assert 'class="columns"' in page
    board = unescape((await maker.http.get("/campaigns/loop")).text)
    assert "2 moments fired" in board
    assert "2 customers met" in board
    assert "maker@bank proposed, checker@bank approved" in board
    assert "Tried 1 times, too few" in board or "Tried 2 times, too few" in board
    assert "None is over yet" in board
    barred = re.findall(r'data-step="(\w+)">(?:(?!</li>).)*<svg', board, re.DOTALL)
    assert barred == ["insight", "reach", "identify", "serve", "feedback"], "this cycle's alone"


async def test_rules_of_contact_take_two(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    auditor = await desk(bank, "auditor")
    assert "these are the usual rules" in (await auditor.http.get("/campaigns/rules")).text
    assert (await auditor.send("/campaigns/rules", do="propose", **rules())).status_code == 403
    for change, at in (
        ({"caps.0.times": "0"}, "caps.0.times"), ({"caps.0.within": "x"}, "caps.0.within"),
        ({"caps.0.channel": "pigeon"}, "caps.0.channel"), ({"holdout": "51"}, "holdout"),
        ({"floor": "0.5"}, "floor"), ({"floor": "1.55"}, "floor"),
        ({"quiet": "on", "channel.sms": "on", "ends": "21:00"}, "ends"),
        ({"quiet": "on", "channel.sms": "on", "begins": "9"}, "begins"),
        ({"quiet": "on"}, "channels"), ({"fatigue": "on", "after": "1"}, "after"),
        ({"fatigue": "on", "rest": "long"}, "rest"),
    ):  # fmt: skip
        answer = await maker.send("/campaigns/rules", do="propose", **rules(**change))
        assert answer.status_code == 400, change
        assert f'id="error-{at}"' in answer.text, (change, re.findall('error-[^"]+', answer.text))
    more = await maker.send("/campaigns/rules", do="add", **rules())
    assert 'name="caps.1.times"' in more.text
    less = await maker.send("/campaigns/rules", do="drop.0", **rules())
    assert 'name="caps.0.times"' not in less.text
    page = (await maker.send("/campaigns/rules", do="propose", **rules())).text
    assert "at most 9 times within 1 day" in page
    assert (await maker.send("/campaigns/rules/1/approve")).status_code == 403
    page = (await checker.send("/campaigns/rules/1/approve")).text
    assert "these are the usual rules" not in page
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        ((found, kept),) = await read_rule_versions(connection, bank.tenant.id)
    assert (found.holdout, found.quiet, kept.state) == (0, None, "approved")


async def test_odd_bytes_are_no_bug(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    for field in ("title_zh", "budget", "holdout", "ref", "starts", "offers.0.expected",
                  "offers.0.lever", "offers.0.value", "moments.0.if", "moments.1.at_least",
                  "moments.1.within", "moments.0.event.0", "moments.0.offer.77"):  # fmt: skip
        for odd in ("\x00", "１２", "9" * 190, "-", "1e999", "NaN", "∞", "'", "<b>"):
            answer = await propose(maker, "try", **{field: odd})
            assert answer.status_code in (200, 400), (field, odd)
    assert (await maker.http.get("/campaigns/new?like=%00")).status_code == 404
    assert (await maker.http.get("/campaigns/%00")).status_code == 404


def test_a_form_makes_the_campaign_that_it_was_made_of() -> None:
    for change in (
        {},
        {"moments.0.pattern": "sum", "moments.0.field": "input.price", "moments.0.amount": "9.00",
         "moments.0.within": "2w"},
        {"moments.0.pattern": "absent", "moments.0.within": "2d", "moments.0.without.0": RATE,
         "moments.0.if": ""},
        {"moments.0.pattern": "sequence", "moments.0.within": "2d", "moments.0.event.1": RATE},
        {"moments.0.pattern": "crosses", "moments.0.field": "input.price",
         "moments.0.side": "below", "moments.0.amount": "5.00"},
    ):  # fmt: skip
        body, raw, faults = read_form(read_draft(form(**change).items()), "CNY")
        assert (faults, isinstance(body, CampaignBody)) == ({}, True), faults
        assert body is not None
        again = draft_of("lunch", body)
        assert again is not None
        assert read_form(again, "CNY")[0] == body
        assert convert_body(parse_campaign(write_campaign(raw))) == body
        assert convert_body(parse_campaign(write_campaign(plain_of(body)))) == body


@pytest.mark.parametrize(
    ("param", "field"),
    [("moments.pays.after[0]", "moments.0.event.0"), ("moments.rated.count.of[1]", "moments.1.event.1"),
     ("moments.rated.count.within", "moments.1.within"), ("moments.pays", "moments.0.pattern"),
     ("moments.pays.offer[1]", "moments.0.offer"), ("moments.pays.if", "moments.0.if"),
     ("offers.coupon.cost", "offers.1.cost"), ("offers.coupon.title.zh", "offers.1.title_zh"),
     ("offers.coupon", "offers.1.title_zh"), ("offers.else.cost", "offers"), ("title.en", "title_en"),
     ("ends", "ends"), ("currency", ""), (None, "")],
)  # fmt: skip
def test_a_fault_leads_to_its_field(param: str | None, field: str) -> None:
    draft = read_draft(form().items())
    _, raw, _ = read_form(draft, "CNY")
    assert field_of(param, draft, raw) == field
