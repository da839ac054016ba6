"""The funnel: from the offer to the contract, where it stopped, by scene and product."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.engagement.applications import FUNNEL, Funnel
from enscene.engagement.applications.funnel import FunnelStep
from enscene.tenants.users import log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from enscene.web.funnel_view import WIDE, count_in_scene, view_funnel, view_in_scene
from enscene.web.h5_token import issue_h5_token
from enscene.web.language import LANGUAGES, Language, Texts
from lending import Lending, open_lending

PACKS = Path(__file__).parents[2] / "packs"
FLIGHT = "MU5101-2026-12-01-PVG"


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        await found.trip.book("bob", "B2", "4200.00")
        await found.trip.decisions()
        yield found


async def look(lending: Lending, who: str) -> None:
    """Open the page on which the offers stand."""
    trip = lending.trip
    token = await issue_h5_token(trip.pool, trip.tenant.id, "travel", who)
    app = create_console(trip.host, trip.pool, ConsoleSettings(packs=PACKS))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"authorization": f"H5 {token}"},
    ) as client:  # fmt: skip
        answer = await client.post("/h5/bank/travel/trips/content")
    assert answer.status_code == 200


async def funnel(lending: Lending, product: str = "instalment") -> dict[str, Any]:
    figures = (await lending.bank.get("/v1/travel/applications/figures")).json()
    (found,) = [f for f in figures["funnels"] if f["product"] == product]
    assert [step["step"] for step in found["steps"]] == list(FUNNEL)
    return dict(found)


def counts(found: dict[str, Any], what: str = "reached") -> list[Any]:
    return [step[what] for step in found["steps"]]


async def offer_of(lending: Lending, who: str) -> str:
    rows = await lending.sql(
        "select d.id::text from decision d join party p on p.tenant = d.tenant "
        "and p.id = d.customer where p.ref = $1 and d.product = 'instalment'", who,
    )  # fmt: skip
    return str(rows[0][0])


async def test_from_the_offer_to_the_contract(lending: Lending) -> None:
    assert counts(await funnel(lending)) == [2, 0, 0, 0, 0, 0, 0]
    await look(lending, "ann")
    await look(lending, "ann")
    assert counts(await funnel(lending)) == [2, 1, 0, 0, 0, 0, 0]
    body = {"product": "instalment", "offer": await offer_of(lending, "ann"),
            "fields": {"income": "9000.00"}}  # fmt: skip
    ref = (await lending.post("", body)).json()["id"]
    assert counts(await funnel(lending)) == [2, 1, 1, 0, 0, 0, 0]
    await lending.post(f"/{ref}/decide")
    found = await funnel(lending)
    assert counts(found) == [2, 1, 1, 1, 1, 0, 0]
    assert counts(found, "share") == [None, 0.5, 1.0, 1.0, 1.0, 0.0, None]
    assert counts(found, "waiting") == [1, 0, 0, 0, 1, 0, 0]
    assert counts(found, "stopped") == [0] * 7
    await lending.sign(ref)
    assert counts(await funnel(lending)) == [2, 1, 1, 1, 1, 1, 1]


async def test_where_it_stopped(lending: Lending) -> None:
    given_up = await lending.begin("B1")
    await lending.post(f"/{given_up['id']}/give_up")
    said = {"income": "2000.00"}
    refused = await lending.decide("B1", fields=said, months=3)
    assert refused["state"] == "refused"
    approved = await lending.decide("B1", fields=said)
    await lending.post(f"/{approved['id']}/give_up")
    await lending.begin("B2", who="bob")
    found = await funnel(lending)
    assert found["unasked"] == 4  # begun by a partner, without the offer
    assert counts(found) == [2, 0, 4, 2, 1, 0, 0]
    assert counts(found, "stopped") == [0, 0, 1, 1, 1, 0, 0]
    assert counts(found, "waiting") == [2, 0, 1, 0, 0, 0, 0]
    assert counts(found, "share") == [None, 0.0, None, 0.5, 0.5, 0.0, None]


async def test_what_is_taken_with_one_tap_has_come_all_the_way(lending: Lending) -> None:
    await lending.trip.book("ann", "B3", "1000.00", flight=FLIGHT)
    await lending.trip.decisions()
    await lending.sql("update decision set state = 'taken' where product = 'delay_insurance'")
    found = await funnel(lending, "delay_insurance")
    assert (found["direct"], counts(found)) == (1, [1] * 7)


async def test_an_application_that_names_no_offer_is_counted_once(lending: Lending) -> None:
    await lending.sign((await lending.decide("B1"))["id"])
    await lending.trip.decisions()
    offers = "select state, count(*) from decision where product = 'instalment' group by 1"
    # The offer for that booking was taken with it; the other goes on.
    assert dict(await lending.sql(offers)) == {"taken": 1, "offered": 1}
    found = await funnel(lending)
    assert (found["unasked"], found["direct"]) == (1, 0)
    assert counts(found) == [2, 1, 1, 1, 1, 1, 1]
    assert counts(found, "waiting") == [1, 0, 0, 0, 0, 0, 0]
    # Another, of another booking, is taken by no application.
    await lending.sql("update decision set state = 'taken' where product = 'instalment'")
    found = await funnel(lending)
    assert (found["direct"], counts(found)) == (1, [2, 2, 2, 2, 2, 2, 2])


async def test_one_contract_explains_one_offer(lending: Lending) -> None:
    """Where nothing says which it was, what is left over was taken with one tap."""
    await lending.sign((await lending.decide("B1"))["id"])
    await lending.trip.decisions()
    await lending.sql(
        "insert into decision select tenant, gen_random_uuid(), scene, 'again', customer, seq, at, "
        "product, rights, state from decision where product = 'instalment' and state = 'taken'"
    )
    found = await funnel(lending)
    assert (found["unasked"], found["direct"], counts(found)[-1]) == (1, 1, 2)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-CN", ("转化漏斗", "分期", "已推荐", "1 件止于此", "其中 1 件没有经推荐")),
        (
            "en-GB",
            ("Funnel", "Instalments", "Offered", "1 stopped here", "of these 1 asked for it"),
        ),
    ],
)
async def test_the_page_draws_it(lending: Lending, language: str, said: tuple[str, ...]) -> None:
    await lending.decide("B1", fields={"income": "500.00"})
    app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
    session = await log_in(lending.trip.pool, "sun@bank", "a-long-password")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"accept-language": language}, cookies={COOKIE: session.token},
    ) as client:  # fmt: skip
        page = (await client.get("/applications")).text
    for text in said:
        assert text in page
    steps = re.findall(r'<li data-step="(\w+)">.*?<rect width="([\d.]+)"', page, re.DOTALL)
    assert [float(width) for _, width in steps[:7]] == [200, 0, 100, 100, 0, 0, 0]
    assert 'class="beside" x="0.0" width="100.0"' in page  # nobody of them came from an offer


def funnel_of(reached: list[int], *, unasked: int = 0, direct: int = 0) -> Funnel:
    steps = [
        FunnelStep(name, count, None, 0, 0) for name, count in zip(FUNNEL, reached, strict=True)
    ]
    return Funnel(1, "travel", "Travel", "delay_insurance", unasked, direct, steps)


def test_what_a_scene_opens_by_itself_stands_beside_the_steps() -> None:
    found = funnel_of([4, 3, 3, 2, 2, 2, 2], direct=2)
    opened = {(1, "delay_insurance"): 9, (1, "coupon"): 5, (2, "coupon"): 0}
    beside = count_in_scene(opened, [found])
    assert beside == {(1, "delay_insurance"): 7, (1, "coupon"): 5}
    view = view_funnel(found, beside[1, "delay_insurance"], Texts("en"))
    last = view.bars[-1]
    assert (last.step, last.reached, last.width) == ("in_scene", 7, WIDE)
    assert "without an offer or an application" in last.notes[0]
    alone = view_in_scene("coupon", "Travel", 5, Texts("en"))
    assert [(bar.step, bar.reached) for bar in alone.bars] == [("in_scene", 5)]


@given(
    st.lists(st.integers(0, 9), min_size=7, max_size=7),
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.sampled_from(LANGUAGES),
)  # fmt: skip
def test_no_step_is_larger_than_the_one_before_without_a_word(
    numbers: list[int], unasked: int, direct: int, in_scene: int, language: Language
) -> None:
    offered, seen, *later = sorted(numbers, reverse=True)
    joined = [count + unasked + direct for count in later]
    found = funnel_of([offered, seen, *joined], unasked=unasked, direct=direct)
    bars = view_funnel(found, in_scene, Texts(language)).bars
    for before, bar in itertools.pairwise(bars):
        assert bar.reached <= before.reached or bar.notes
        assert 0 <= bar.beside <= bar.width <= WIDE


async def test_a_cover_that_a_scene_sells_itself_is_on_the_page(lending: Lending) -> None:
    await lending.trip.do("buy_cover", "ann", "C1", policy="P1", flight=FLIGHT)
    app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
    session = await log_in(lending.trip.pool, "sun@bank", "a-long-password")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"accept-language": "zh-CN"}, cookies={COOKIE: session.token},
    ) as client:  # fmt: skip
        page = (await client.get("/applications")).text
    card = page[page.index("航班延误险") :].partition("</article>")[0]
    assert re.findall(r'data-step="in_scene".*?<b>(\d+)</b>', card, re.DOTALL) == ["1"]
    assert "没有推荐也没有申请" in card
