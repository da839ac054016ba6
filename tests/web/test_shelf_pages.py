"""The shelf's pages: who may set a price, who approves it, what is shown, chosen and missing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from enscene.shelf import standard_shelf
from enscene.shelf.choose_products import read_choices
from enscene.shelf.pricing.set_price import SetPrice, list_set_prices
from enscene.web.price_standing import standing_of
from web.conftest import Bank

PRICE = "/shelf/products/instalment/prices"


async def post(bank: Bank, client, login: str, path: str, **fields: str):
    """Send a form of a session."""
    csrf = bank.sessions[login].csrf
    return await client.post(path, data={"csrf": csrf, **fields})


async def states(bank: Bank) -> list[tuple[str | None, str]]:
    return [(p.value, p.state) for p in await list_set_prices(bank.pool, bank.tenant.id)]


async def test_every_product_stands_on_the_shelf_and_filters_narrow_it(bank: Bank):
    client = await bank.client("maker", **{"accept-language": "zh-CN"})
    text = (await client.get("/shelf")).text
    for product in standard_shelf().products.values():
        assert product.texts["zh"].name in text
    loans = (await client.get("/shelf?kind=loan&sector=automotive")).text
    assert "汽车分期" in loans
    assert "航班延误险" not in loans
    assert "没有符合条件的产品" in (await client.get("/shelf?q=zzz")).text


async def test_a_price_within_limits_holds_and_is_shown_with_its_history(bank: Bank):
    client = await bank.client("maker")
    answer = await post(
        bank,
        client,
        "maker",
        PRICE,
        name="rate",
        value="4.8%",
        why="<i>spring</i>",
        scene="canteen",
    )
    assert answer.headers["location"] == "/shelf/products/instalment#prices"
    assert await states(bank) == [("4.8%", "in_force")]
    page = (await client.get("/shelf/products/instalment")).text
    assert "<i>spring</i>" not in page
    assert "&lt;i&gt;spring" in page
    (price,) = await list_set_prices(bank.pool, bank.tenant.id)
    answer = await post(bank, client, "maker", f"/shelf/prices/{price.id}/end", why="over")
    assert answer.status_code == 303
    assert await states(bank) == [(None, "in_force"), ("4.8%", "in_force")]


async def test_a_price_beyond_limits_is_approved_by_another_person(bank: Bank):
    maker, checker = await bank.client("maker"), await bank.client("checker")
    answer = await post(bank, maker, "maker", PRICE, name="rate", value="2%", why="students")
    assert answer.headers["location"] == "/shelf/prices"
    (price,) = await list_set_prices(bank.pool, bank.tenant.id)
    path = f"/shelf/prices/{price.id}/approve"
    assert path not in (await maker.get("/shelf/prices")).text
    assert (await post(bank, maker, "maker", path)).status_code == 403
    assert path in (await checker.get("/shelf/prices")).text
    assert 'href="/shelf/prices"' in (await checker.get("/approvals")).text
    assert (await post(bank, checker, "checker", path, note="ok")).status_code == 303
    assert await states(bank) == [("2%", "in_force")]
    again = await post(bank, checker, "checker", path)
    assert again.status_code == 409


async def test_a_price_may_be_refused_or_withdrawn(bank: Bank):
    maker, checker = await bank.client("maker"), await bank.client("checker")
    for _ in range(2):
        await post(bank, maker, "maker", PRICE, name="rate", value="2%", why="students")
    second, first = await list_set_prices(bank.pool, bank.tenant.id)
    await post(bank, checker, "checker", f"/shelf/prices/{first.id}/refuse", note="no")
    await post(bank, maker, "maker", f"/shelf/prices/{second.id}/end", why="changed my mind")
    assert [state for _, state in await states(bank)] == ["withdrawn", "refused"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "rate", "value": "30%", "why": "x"}, "超过上限 24%"),
        ({"name": "rate", "value": "cheap", "why": "x"}, "4.35%"),
        ({"name": "premium", "value": "1%", "why": "x"}, "没有这项价格"),
        ({"name": "rate", "value": "5%", "why": " "}, "请写明原因"),
        ({"name": "rate", "value": "5%", "why": "x", "since": "2020-01-01"}, "今天或以后"),
    ],
)
async def test_a_bad_price_is_told_in_words(bank: Bank, fields: dict[str, str], said: str):
    client = await bank.client("maker", **{"accept-language": "zh-CN"})
    answer = await post(bank, client, "maker", PRICE, **fields)
    assert answer.status_code in (400, 422)
    assert said in answer.text
    assert await states(bank) == []


async def test_who_only_looks_on_changes_nothing(bank: Bank):
    client = await bank.client("auditor")
    page = (await client.get("/shelf/products/instalment")).text
    assert 'action="/shelf' not in page
    for path in (PRICE, "/shelf/products/instalment/choice"):
        answer = await post(bank, client, "auditor", path, name="rate", value="5%", why="x")
        assert answer.status_code == 403
    partner = await bank.client("partner")
    assert (await partner.get("/shelf")).status_code == 403


async def test_the_bank_declines_a_product_with_its_reason_in_the_matrix(bank: Bank):
    client = await bank.client("maker", **{"accept-language": "zh-CN"})
    path = "/shelf/products/points/choice"
    assert (await post(bank, client, "maker", path, stance="declined")).status_code == 400
    answer = await post(bank, client, "maker", path, stance="declined", reason="积分系统改造")
    assert answer.status_code == 303
    assert (await read_choices(bank.pool, bank.tenant.id)).declined() == {"points"}
    page = (await client.get("/shelf/gaps?status=declined")).text
    assert "积分系统改造" in page
    assert len(re.findall('<th scope="row">', page)) == 1


async def test_a_bundle_shows_what_is_left_and_which_lines_join(bank: Bank):
    client = await bank.client("maker", **{"accept-language": "zh-CN"})
    page = (await client.get("/shelf/bundles")).text
    assert "生病误工没有收入" in page
    assert "消费信贷、保险代理、机构业务" in page


@pytest.mark.parametrize("path", ["/shelf/products/nothing", "/shelf/products/<b>"])
async def test_a_product_that_is_not_there_is_a_page(bank: Bank, path: str):
    client = await bank.client("maker")
    assert (await client.get(path)).status_code == 404


async def test_of_two_prices_for_one_place_and_day_the_later_is_in_force(bank: Bank):
    client = await bank.client("maker")
    for value, more in (
        ("4.8%", {"scene": "canteen"}),
        ("5.1%", {"scene": "canteen"}),
        ("5.4%", {"scene": "canteen", "since": "2099-01-01"}),
        ("6.3%", {}),  # everywhere: another place
    ):
        await post(bank, client, "maker", PRICE, name="rate", value=value, why="spring", **more)
    for path in ("/shelf/prices", "/shelf/products/instalment"):
        page = (await client.get(path)).text.partition("价格记录")[2]
        shown = re.findall(
            r'<b>(\d\.\d%)</b>.*?<span class="chip \w*">([^<]+)</span>', page, re.DOTALL
        )
        assert shown == [
            ("6.3%", "生效"), ("5.4%", "未开始"), ("5.1%", "生效"), ("4.8%", "已被取代"),
        ], path  # fmt: skip
    assert page.count("/end") == 3  # what is superseded has nothing left to end


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("2026-01-01", None), ("2026-01-01", None)], ["superseded", "in_force"]),
        ([("2026-01-01", None), ("2026-03-01", "2026-03-31")], ["in_force", "upcoming"]),
        ([("2026-01-01", None), ("2026-02-01", "2026-03-01")], ["upcoming", "in_force"]),
        ([("2026-01-01", None), ("2026-02-01", "2026-02-02")], ["in_force", "over"]),
        ([("2026-03-01", "2026-03-05"), ("2026-03-01", None)], ["superseded", "upcoming"]),
    ],
)
def test_how_a_price_stands(rows: list[tuple[str, str | None]], told: list[str]):
    prices = [
        SetPrice(
            id=UUID(int=number), number=number, product="instalment", name="rate", scene=0,
            segment="", value="5%", outside=False, since=date.fromisoformat(since),
            until=date.fromisoformat(until) if until else None, why="", state="in_force",
            ends=None, set_by="m", set_at=datetime(2026, 1, 1, tzinfo=UTC), decided_by=None, decided_at=None,
            note="", scene_ref=None, scene_name=None,
        )
        for number, (since, until) in enumerate(rows)
    ]  # fmt: skip
    standing = standing_of(prices, date(2026, 2, 15))
    assert [standing[price.id] for price in prices] == told
