"""The funnel: from the offer to the contract, where it stopped, by scene and product."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.engagement.applications import FUNNEL
from enscene.tenants.users import log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from enscene.web.h5_token import issue_h5_token
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
    rows = await lending.sql("select id from party where ref = 'ann'")
    code = await lending.code(ref)
    from enscene.engagement.applications import application_id, confirm_application

    await confirm_application(
        lending.trip.pool, lending.trip.host, lending.trip.tenant.id, application_id(ref),
        customer=rows[0][0], code=code, channel="bank_app", actor="ann",
    )  # fmt: skip
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


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-CN", ("转化漏斗", "分期", "已推荐", "1 件止于此", "1 件没有经推荐")),
        ("en-GB", ("Funnel", "Instalments", "Offered", "1 stopped here", "1 asked for it")),
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
