"""Terms and entries need two people, a live partner, its own address, and a month."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from enscene.partners.bring_in import (
    close_entry,
    decide_entry,
    decide_terms,
    list_entries,
    list_terms,
    list_tiles,
    move_entry,
    propose_entry,
    propose_terms,
)
from enscene.partners.bring_in.agree import check_own_origin, check_second
from enscene.partners.bring_in.entry import in_force, origin_of
from enscene.partners.clauses import today_of
from enscene.partners.suspend import resume, suspend
from partners.bring_in.scenes import CHECKER, MAKER, month_before

ENTRY = {"title_zh": "外卖", "title_en": "Takeaway", "class_": "takeaway", "shown": "page"}


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://shop.example/a?b=1", "https://shop.example"),
        ("https://SHOP.example:443/", "https://shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
        ("http://127.0.0.1:9400/", "http://127.0.0.1:9400"),
    ],
)
def test_an_origin_is_what_a_browser_says(url, origin):
    assert origin_of(url, sandbox=True) == origin


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "//shop.example", "javascript:alert(1)", "data:text/html,x",
        "http://shop.example/", "https://", "https://a@shop.example/", "https://shop.example/#x",
        "https://shop.example\\@evil.example/", "https://10.0.0.1/", "https://[::1]/",
        "https://2130706433/", "https://0x7f.0.0.1/", "https://127.1/", "https://localhost/",
        "https://shop.example:99999/", "https://*.example/", "https://é.example/",
        "https://shop.example/ x", f"https://shop.example/{'x' * 300}", "http://127.0.0.2/",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(url):
    with pytest.raises(Invalid) as refused:
        origin_of(url, sandbox=True)
    assert refused.value.param == "url"
    with pytest.raises(Invalid):
        origin_of("http://127.0.0.1:9400/", sandbox=False)


async def test_two_people_and_a_contract_open_an_entry(outside):
    shop = await outside.partner("外卖")
    made = await propose_entry(*shop.place, **ENTRY, url=f"{shop.origin}/", who=MAKER)
    with pytest.raises(Forbidden):
        await decide_entry(*shop.place[:2], made, open_=True, who=MAKER)
    with pytest.raises(Refused) as refused:
        await decide_entry(*shop.place[:2], made, open_=True, who=CHECKER)
    assert refused.value.code == "brought_in.no_contract"
    assert await list_tiles(*shop.place[:2]) == []
    await shop.agree(in_kind="visit", in_price="0.35")
    entry = await decide_entry(*shop.place[:2], made, open_=True, who=CHECKER)
    assert (entry.state, entry.origin) == ("open", shop.origin)
    with pytest.raises(Conflict):
        await decide_entry(*shop.place[:2], made, open_=False, who=CHECKER)
    assert [tile.partner for tile in await list_tiles(*shop.place[:2])] == ["外卖"]


async def test_the_bank_orders_them_and_takes_them_away(outside):
    shop = await outside.partner("外卖")
    await shop.agree()
    first, second = await shop.entry(), await shop.entry("Taxi", class_="taxi")
    await move_entry(*shop.place[:2], second.id, 0)
    tiles = await list_tiles(*shop.place[:2])
    assert [tile.entry.title("en") for tile in tiles] == ["Taxi", "Takeaway"]
    await close_entry(*shop.place[:2], second.id, MAKER)
    assert [tile.entry.id for tile in await list_tiles(*shop.place[:2])] == [first.id]
    assert [each.state for each in await list_entries(*shop.place)] == ["open", "closed"]


async def test_a_suspended_partners_entries_are_gone_and_come_back(outside):
    shop = await outside.partner("外卖")
    await shop.agree()
    entry = await shop.entry()
    await outside.sql(
        "insert into partner_stage (tenant, partner, n, stage, who, why) "
        "values ($1, $2, 9, 'live', 'x', '')", outside.tenant.id, shop.id,
    )  # fmt: skip
    await suspend(*shop.place, CHECKER, "an open hole")
    assert await list_tiles(*shop.place[:2]) == []
    with pytest.raises(NotFound):
        await shop.led(entry)
    await resume(*shop.place, CHECKER, "it was closed")
    assert len(await list_tiles(*shop.place[:2])) == 1


async def test_an_address_that_the_partner_has_not_named_is_refused(outside):
    shop = await outside.partner("外卖")
    with pytest.raises(Refused) as refused:
        await propose_entry(*shop.place, **ENTRY, url="https://evil.example/", who=MAKER)
    assert refused.value.code == "brought_in.foreign_origin"
    assert await list_entries(*shop.place) == []


async def test_bad_terms_are_refused_by_field_and_leave_nothing(outside):
    shop = await outside.partner("外卖")
    today = await today_of(outside.pool, outside.tenant.id)
    first = today.replace(day=1)
    good = {"number": "C-1", "starts": first, "who": MAKER}
    for change, param in [
        ({"starts": first.replace(day=2)}, "starts"), ({"starts": month_before(today)}, "starts"),
        ({"in_kind": "click"}, "in_kind"), ({"in_kind": "visit", "in_price": "0"}, "in_price"),
        ({"in_kind": "visit", "in_price": "0.005"}, "in_price"), ({"in_payer": "me"}, "in_payer"),
        ({"out_kind": "customer", "out_price": "8"}, "out_scenes"),
        ({"out_scenes": ["nowhere"]}, "out_scenes"), ({"share_most": 0}, "share_most"),
        ({"number": "x"}, "number"),
    ]:  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await propose_terms(*shop.place, **good | change)
        assert refused.value.param == param, change
    assert await list_terms(*shop.place) == []


async def test_a_price_holds_from_a_month_that_has_not_begun(outside):
    shop = await outside.partner("外卖")
    agreed = await shop.agree(in_kind="visit", in_price="0.35")
    with pytest.raises(Invalid):
        await shop.agree(in_kind="visit", in_price="9.99")
    after = (agreed.starts.replace(day=28)).replace(day=1)
    later = after.replace(year=after.year + 1)
    second = await shop.agree(starts=later, in_kind="order", in_price="2.00")
    both = await list_terms(*shop.place)
    assert in_force(both, agreed.starts) == agreed
    assert in_force(both, later) == second
    assert in_force([replace(agreed, state="refused")], later) is None
    with pytest.raises(Conflict):
        await decide_terms(*shop.place, second.version, agree=False, who=CHECKER)


@pytest.mark.parametrize(
    ("control", "check"),
    [
        ("brought_in_second", lambda: check_second("a", "a")),
        ("brought_in_origin", lambda: check_own_origin("https://a.example", frozenset())),
    ],
)
def test_a_control_that_is_off_holds_nothing(monkeypatch, control, check):
    with pytest.raises((Forbidden, Refused)):
        check()
    monkeypatch.setitem(controls._CONTROLS, control, lambda *_: None)
    check()
