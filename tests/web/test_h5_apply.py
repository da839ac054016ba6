"""Applying inside the page of a scene: from the offer's card to the answer and the way out."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.web import ConsoleSettings, create_console
from enscene.web.h5_token import issue_h5_token
from lending import Lending, open_lending

PACKS = Path(__file__).parents[2] / "packs"
PAGE = "/h5/bank/travel/trips"


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        await found.trip.decisions()
        yield found


class Phone:
    """Somebody's page of the scene."""

    def __init__(self, lending: Lending, token: str, language: str = "zh") -> None:
        app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
        self.query = f"?lang={language}"
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bank.test",
            headers={"authorization": f"H5 {token}"},
        )  # fmt: skip

    async def look(self) -> str:
        return (await self.client.post(f"{PAGE}/content{self.query}")).text

    async def apply(self, step: str, **form: str) -> str:
        answer = await self.client.post(f"{PAGE}/apply/{step}{self.query}", data=form)
        return answer.text


async def phone_of(lending: Lending, who: str = "ann", language: str = "zh") -> Phone:
    trip = lending.trip
    token = await issue_h5_token(trip.pool, trip.tenant.id, "travel", who)
    return Phone(lending, token, language)


def hidden(page: str, name: str) -> str:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]


async def begin(phone: Phone) -> tuple[str, str]:
    """The application, and the page that shows it."""
    page = await phone.look()
    page = await phone.apply("begin", offer=hidden(page, "offer"), product="instalment")
    return hidden(page, "application"), page


async def test_the_card_leads_to_a_price_a_decision_and_the_mobile_bank(lending: Lending) -> None:
    phone = await phone_of(lending)
    ref, page = await begin(phone)
    for said in (
        "年化综合成本",
        "每期还款",
        "海边三日",
        "已在场景中核实",
        "使用了哪些数据",
        "3,600.00",
    ):
        assert said in page
    # Nothing is asked for but what nobody knows.
    assert re.findall(r'data-asked="(\w+)"', page) == ["income"]
    assert 'data-path="/apply/begin"' not in page
    other = await phone.apply("requote", application=ref, amount="2,000.00", months="6")
    assert "2,000.00" in other
    assert "6 个月" in other
    answer = await phone.apply("decide", application=ref, amount="3600.00", months="12",
                               income="9000.00")  # fmt: skip
    assert 'data-state="approved"' in answer
    assert "said good" in answer
    handed = await phone.apply("handoff", application=ref)
    assert re.search(r'href="/bank/bank/open/[\w.-]+\?lang=zh"', handed)
    # A second press of the card's button begins no second application.
    assert len(await lending.sql("select from application")) == 1


async def test_a_refusal_says_why_in_both_languages(lending: Lending) -> None:
    for language, said in (("zh", "每月还款相对收入过高"), ("en", "The instalment is high")):
        phone = await phone_of(lending, language=language)
        ref, _ = await begin(phone)
        page = await phone.apply("decide", application=ref, income="100.00")
        assert said in page
        assert 'data-state="refused"' in page


async def test_a_manager_is_called_in_only_when_it_takes_one(lending: Lending) -> None:
    phone = await phone_of(lending)
    ref, _ = await begin(phone)
    page = await phone.apply("call", application=ref, kind="chat", said="怎么办？")
    assert "智能助手" in page
    page = await phone.apply("call", application=ref, kind="chat", insists="true")
    assert "已为您转接客户经理" in page
    states = await lending.sql("select state, staff from staff_task order by made_at")
    assert [tuple(row) for row in states] == [("automatic", None), ("open", "sun@bank")]


async def test_signed_in_the_page_where_the_shelf_allows_it(lending: Lending) -> None:
    phone = await phone_of(lending)
    ref, _ = await begin(phone)
    await phone.apply("decide", application=ref, income="9000.00")
    wrong = await phone.apply("confirm", application=ref, code="000000")
    assert "请先获取验证码" in wrong
    await phone.apply("code", application=ref)
    done = await phone.apply("confirm", application=ref, code=await lending.last_code())
    assert 'data-state="done"' in done
    assert "已开通的产品" in done
    assert len(await lending.sql("select from contract where product = 'instalment'")) == 1


async def test_anothers_application_is_not_there(lending: Lending) -> None:
    ref, _ = await begin(await phone_of(lending))
    other = await (await phone_of(lending, "bob")).apply("decide", application=ref, income="1.00")
    assert other == "没有这笔申请"
    assert (await lending.sql("select state from application"))[0][0] == "begun"
