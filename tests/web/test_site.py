"""One address for API, console and customers' pages, and the token that opens a page."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.partner import ISSUER, make_partner
from enscene.api import ApiSettings, create_app
from enscene.cli._site import Site
from enscene.tenants.apps import ActsFor
from web.conftest import Bank

ORDER = {"scene": "canteen", "page": "wallet", "party": "ann"}


@pytest.fixture
async def site(bank: Bank) -> Any:
    """A client of the whole site, and a way to get an application's access token."""
    gateway = create_app(bank.host, bank.pool, ApiSettings(issuer=ISSUER))
    whole = Site(gateway, bank.app, bank.host, bank.pool)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(whole), base_url=ISSUER)

    async def token(name: str, party: str, **more: Any) -> str:
        order = {"party": party, "scopes": ["scene:canteen:*"], "level": "A2"} | more
        return (await make_partner(bank.pool, gateway, bank.tenant, name, **order)).token

    return client, token


async def _ask(client: Any, token: str | None, order: Any) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return await client.post("/h5/token", json=order, headers=headers)


async def test_each_path_has_its_own(site: Any):
    client, _ = site
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/login")).status_code == 200
    assert (await client.get("/v1/canteen/events")).status_code == 401
    assert (await client.get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


async def test_application_that_acts_for_diners_opens_their_pages(site: Any):
    client, token = site
    access = await token("h5", "BANK", acts_for=[ActsFor("canteen", "diner")])
    answer = await _ask(client, access, ORDER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    headers = {"authorization": f"H5 {answer.json()['token']}"}
    page = await client.post("/h5/bank/canteen/wallet/content", headers=headers)
    assert "35.00" in page.text


async def test_application_without_a_grant_opens_none(site: Any):
    client, token = site
    access = await token("till", "till")
    assert (await _ask(client, access, ORDER)).status_code == 403
    assert (await _ask(client, None, ORDER)).status_code == 401
    assert (await _ask(client, "x.y.z", ORDER)).status_code == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [({"page": "none"}, 404), ({"scene": "none"}, 404), ({"more": 1}, 400), ({"party": 7}, 400)],
)
async def test_wrong_orders(site: Any, change: Any, status: int):
    client, token = site
    access = await token("h5", "BANK", acts_for=[ActsFor("canteen", "diner")])
    assert (await _ask(client, access, ORDER | change)).status_code == status
    assert (await client.get("/h5/token")).status_code in (404, 405)
