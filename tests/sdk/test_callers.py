"""Four callers of one product, each with its own authentication: the same answer for all."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from enscene.api.gateway_profile import sm2
from enscene.commit import admit
from enscene.customers.authorizations import SentCode, allow_request, find_request, make_code
from enscene_client.keys import b64
from sdk.conftest import CALLERS, Bank, environment, new_key

FLIGHT, LANDED = "MU5101-2026-03-02-PVG", "CA1832-2026-03-02-PEK"
PATIENCE_S = 60


@asynccontextmanager
async def started(*command: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """A caller as a process of its own, ended at the end."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), env=environment(), stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: asyncio.subprocess.Process) -> Any:
    """The next line that it says."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        assert process.stderr is not None
        raise AssertionError((await process.stderr.read()).decode())
    return json.loads(line)


async def tell(process: asyncio.subprocess.Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n".encode())
    await process.stdin.drain()


async def by_portal(bank: Bank, settings: Path, flights: list[str]) -> list[Any]:
    """Ann logs in to the portal and sends its form."""
    found = []
    async with started(sys.executable, CALLERS / "portal.py", settings) as process:
        place = (await said(process))["portal"]
        async with httpx.AsyncClient(base_url=place) as browser:
            for number, flight in enumerate(flights):
                order = {"policy": f"W-{number}", "flight": flight}
                if not number:
                    assert (await browser.post("/cover", data=order)).status_code == 403
                    bad = await browser.post("/login", data={"name": "ann", "pin": "1"})
                    assert bad.status_code == 403
                    good = await browser.post("/login", data={"name": "ann", "pin": "4711"})
                    assert good.status_code == 303
                page = (await browser.post("/cover", data=order)).text
                text = page.partition("<pre>")[2].partition("</pre>")[0]
                found.append(json.loads(text.replace("&quot;", '"')))
    return found


async def by_erp(bank: Bank, settings: Path, flights: list[str]) -> list[Any]:
    """The ERP's batch."""
    lines = [f"E-{number},ann,{flight}" for number, flight in enumerate(flights)]
    trips = bank.folder / "trips.csv"
    trips.write_text("\n".join(["policy,traveller,flight", *lines]))
    async with started(sys.executable, CALLERS / "erp.py", settings, trips) as process:
        return [await said(process) for _ in flights]


async def by_app(bank: Bank, settings: Path, flights: list[str]) -> list[Any]:
    """The partner's app."""
    found = []
    for number, flight in enumerate(flights):
        command = (
            sys.executable,
            CALLERS / "partner_app.py",
            settings,
            f"A-{number}",
            "ann",
            flight,
        )
        async with started(*command) as process:
            found.append(await said(process))
    return found


async def allowed(bank: Bank, address: str, who: str = "ann") -> str:
    """What the browser does with the address, and the customer: where the bank sends them back."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(address)
    assert answer.status_code == 303, answer.text
    return await allowed_at(bank, UUID(answer.headers["location"].rpartition("/")[2]), who)


async def allowed_at(bank: Bank, request: UUID, who: str = "ann") -> str:
    trip, customer = bank.trip, await bank.number(who)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        found = await find_request(connection, trip.tenant.id, request)
        code = await make_code(connection, found, who, customer)
    return await allow_request(
        trip.pool, trip.tenant.id, request, party=who, customer=customer, factor=SentCode(code)
    )


async def by_mini(bank: Bank, settings: Path, flights: list[str], node: str) -> list[Any]:
    """The mini-program, after Ann has allowed it."""
    async with started(node, CALLERS / "mini_program" / "node.mjs", settings) as process:
        await tell(process, await allowed(bank, (await said(process))["open"]))
        assert (await said(process)) == {"customer": "ann"}
        found = []
        for number, flight in enumerate(flights):
            await tell(process, json.dumps({"policy": f"M-{number}", "flight": flight}))
            found.append(await said(process))
        return found


async def test_four_callers_get_the_same_answer_and_the_same_refusal(
    bank: Bank, portal: Path, erp: Path, mini: Path, partner_app: Path, node: str
) -> None:
    await bank.land(LANDED)
    flights = [FLIGHT, LANDED]
    told = [
        await by_portal(bank, portal, flights),
        await by_erp(bank, erp, flights),
        await by_app(bank, partner_app, flights),
        await by_mini(bank, mini, flights, node),
    ]
    bought = [each[0] for each in told]
    assert [each["moved"] for each in bought] == [{"pay_premium": "20.00"}] * 4
    assert {each["state"] for each in bought} == {"in_force"}
    assert len({each["seq"] for each in bought}) == 4
    assert [each[1]["refused"] for each in told] == ["scene.flight_over"] * 4
    assert await bank.count("contract") == 4


async def test_a_batch_that_is_run_again_buys_nothing_twice(bank: Bank, erp: Path) -> None:
    first = await by_erp(bank, erp, [FLIGHT])
    again = await by_erp(bank, erp, [FLIGHT])
    assert (first[0]["replayed"], again[0]["replayed"]) == (False, True)
    assert first[0]["seq"] == again[0]["seq"]
    assert await bank.count("contract") == 1


async def test_the_partner_app_signs_by_sm2_too(bank: Bank) -> None:
    openssl = shutil.which("openssl")
    if not sm2.is_served() or openssl is None:
        pytest.skip("there is no library of SM2, or no openssl, on this machine")
    pem = bank.folder / "sm2.pem"
    command = (openssl, "genpkey", "-algorithm", "SM2", "-out", pem)
    async with started(*command) as process:
        assert await process.wait() == 0
    async with started(openssl, "pkey", "-in", pem, "-text", "-noout") as process:
        out, _ = await process.communicate()
    text = out.decode().partition("pub:")[2].partition("ASN1")[0]
    point = bytes.fromhex("".join(text.replace(":", "").split()))
    x, y = (b64(point[at : at + 32]) for at in (1, 33))
    jwk = {"kty": "EC", "crv": "SM2", "kid": "sm2-1", "x": x, "y": y}
    await bank.app("app", None, party="site", signing="gateway", jwks=[jwk])
    (bought,) = await by_app(bank, bank.settings("app", sm2=str(pem)), [FLIGHT])
    assert bought["moved"] == {"pay_premium": "20.00"}


async def test_the_mini_program_runs_in_a_browser(bank: Bank, node: str, chromium_at: str) -> None:
    from playwright.async_api import async_playwright

    path, key = new_key("mini-1", bank.folder)
    server, settings = CALLERS / "mini_program" / "server.mjs", bank.settings("mini", key=path)
    async with started(node, server, settings) as process, async_playwright() as playwright:
        place = (await said(process))["mini"]
        await bank.app("mini", key, token_binding="dpop", redirect_uris=[f"{place}/back"])
        form = {"grant_type": "client_credentials"}
        async with httpx.AsyncClient() as other:
            refused = await other.post(f"{place}/oauth/token", data=form)
        assert refused.status_code == 403
        browser = await playwright.chromium.connect(chromium_at)
        page = await browser.new_page()
        await page.goto(place)
        await page.click("#ask")
        await page.wait_for_url("**/bank/bank/authorize/*")
        request = UUID(page.url.rpartition("/")[2])
        await page.goto(await allowed_at(bank, request))
        await page.fill("input[name=flight]", FLIGHT)
        await page.click("#order button")
        await page.wait_for_selector("#answer:not(:empty)")
        bought = json.loads(await page.inner_text("#answer"))
        await browser.close()
    assert bought["moved"] == {"pay_premium": "20.00"}
