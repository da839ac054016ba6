"""Consents in the mobile bank: asked, allowed with a code, refused, seen with receipts, taken back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth.bank import Flow, registered
from api.conftest import open_scene, people_of
from api.partner import ISSUER, make_partner
from enscene.api import ApiSettings, create_app
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import SceneHost
from enscene.tenants import create_tenant
from enscene.tenants.apps import ActsFor
from enscene.web import ConsoleSettings, create_console

PACKS = Path(__file__).parents[2] / "packs"


class Site:
    """A bank whose API and mobile bank are served side by side."""

    def __init__(self, pool: Any, host: SceneHost, flow: Flow, h5: Any) -> None:
        self.flow = flow
        self.h5 = h5
        app = create_console(host, pool, ConsoleSettings(packs=PACKS))
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bank.test",
            headers={"accept-language": "zh-CN"},
        )  # fmt: skip

    async def log_in(self, who: str, back: str = "") -> httpx.Response:
        form = {"customer": who, "next": back}
        return await self.client.post("/bank/bank/login", data=form)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def press(self, path: str, **form: str) -> httpx.Response:
        page = (await self.get("/bank/bank/permissions")).text
        csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
        return await self.client.post(path, data={"csrf": csrf, **form})

    async def code(self) -> str:
        message = (await self.get("/bank/bank/messages")).text
        return re.findall(r"验证码 (\d{6})", message)[0]


@pytest.fixture
async def site(pool: Any) -> AsyncIterator[Site]:
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
    scene = await open_scene(pool, tenant, pack, "canteen")
    await people_of(pool, tenant, scene, pack)
    host = SceneHost(pool)
    gateway = create_app(host, pool, ApiSettings(issuer=ISSUER))
    partner = await make_partner(
        pool, gateway, tenant, "wallet_app", **registered(title="饭卡助手")
    )
    acts = [ActsFor("canteen", "diner")]
    h5 = await make_partner(
        pool, gateway, tenant, "h5", party="BANK", scopes=["scene:canteen:*"], level="A2",
        acts_for=acts,
    )  # fmt: skip
    yield Site(pool, host, Flow(None, partner), h5)
    await host.close()


SCOPE = "scene:canteen:top_up scene:canteen:accounts.read scene:canteen:things.read"
DETAIL = (
    '[{"type":"enscene_consent","scene":"canteen","purpose":"account_view","days":30,'
    '"things":{"meal":["price","diner"]},"accounts":["wallet"]}]'
)


async def asked(site: Site) -> str:
    """Where the browser is led to."""
    reference = await site.flow.pushed(scope=SCOPE, authorization_details=DETAIL)
    return (await site.flow.open(reference)).headers["location"]


async def test_asked_allowed_seen_and_taken_back(site: Site) -> None:
    place = await asked(site)
    door = await site.get(place)
    assert (door.status_code, door.headers["location"]) == (303, f"/bank/bank/login?next={place}")
    assert (await site.log_in("ann", place)).headers["location"] == place
    page = await site.get(place)
    for said in ("饭卡助手", "查询您的账户", "30 天", "充值", "账户余额与明细", "餐费", "价格",
                 "（部分隐去）", "电子钱包", "发送验证码"):  # fmt: skip
        assert said in page.text, said
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://partner.test" in policy
    assert "frame-ancestors 'none'" in policy
    sent = await site.press(f"{place}/code")
    assert "验证码已发送" in sent.text
    message = (await site.get("/bank/bank/messages")).text
    assert "饭卡助手" in message
    assert "30 天" in message
    code = await site.code()
    wrong = await site.press(f"{place}/allow", code=f"{(int(code) + 1) % 1_000_000:06d}")
    assert (wrong.status_code, "验证码不正确" in wrong.text) == (422, True)
    back = await site.press(f"{place}/allow", code=code)
    assert back.status_code == 303
    brought = site.flow.brought(back.headers["location"])
    assert brought["state"] == "s1"
    told = (await site.flow.redeem(brought["code"])).json()
    assert (await site.flow.call(told["access_token"])).status_code == 200
    listed = (await site.get("/bank/bank/permissions")).text
    for said in ("饭卡助手", "生效中", "提供信息 1 次"):
        assert said in listed
    one = re.findall(r'href="(/bank/bank/permissions/\d+)"', listed)[0]
    detail = (await site.get(one)).text
    for said in ("提供记录", "电子钱包", "余额", "查询您的账户"):
        assert said in detail
    english = (await site.client.get(f"{one}?lang=en")).text
    for said in ("What was given", "To show you your accounts", "Take it back"):
        assert said in english
    await site.client.get(f"{one}?lang=zh")
    gone = await site.press(f"{one}/withdraw")
    assert gone.headers["location"] == one
    assert "已撤回" in (await site.get(one)).text
    assert (await site.flow.top_up(told["access_token"])).status_code in (401, 403)
    again = await site.press(f"{one}/withdraw")
    assert (again.status_code, "没有这项授权" in again.text) == (404, True)


async def test_refused_and_led_back(site: Site) -> None:
    place = await asked(site)
    await site.log_in("ann")
    back = await site.press(f"{place}/refuse")
    assert site.flow.brought(back.headers["location"])["error"] == "access_denied"
    over = await site.get(place)
    assert (over.status_code, "授权请求不存在" in over.text) == (404, True)
    assert "您还没有授权过任何应用" in (await site.get("/bank/bank/permissions")).text


async def test_who_takes_no_part_has_nothing_to_allow(site: Site, pool: Any) -> None:
    place = await asked(site)
    await site.log_in("acme")
    assert (await site.get(place)).status_code == 200
    from enscene.commit import admit

    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [1])
        await connection.execute(
            "insert into party (tenant, ref, kind, name) values (1, 'zoe', 'person', 'Zoe')"
        )
    await site.log_in("zoe")
    page = await site.get(place)
    assert "您不在这个场景中" in page.text
    refused = await site.press(f"{place}/code")
    assert refused.status_code == 422


async def test_a_consent_of_another_is_not_there(site: Site) -> None:
    place = await asked(site)
    await site.log_in("ann")
    await site.press(f"{place}/code")
    await site.press(f"{place}/allow", code=await site.code())
    listed = (await site.get("/bank/bank/permissions")).text
    one = re.findall(r'href="(/bank/bank/permissions/\d+)"', listed)[0]
    await site.log_in("bob")
    assert (await site.get(one)).status_code == 404
    page = (await site.get("/bank/bank/messages")).text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    answer = await site.client.post(f"{one}/withdraw", data={"csrf": csrf})
    assert answer.status_code == 404
    for path in ("/bank/bank/permissions/x", "/bank/bank/permissions/99999999999999999999",
                 "/bank/bank/authorize/x"):  # fmt: skip
        assert (await site.get(path)).status_code == 404, path
