"""A tenant runs itself: its people from the console, its brand on every page, at two banks."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from enscene.api.server import serving
from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.plans import open_tenant
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from enscene.web.h5_token import issue_h5_token
from tenants.test_brand import png
from web.conftest import PASSWORD, ROOT
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

COLOURS = {"north": "#7a1020", "south": "#123a7a"}


class Desk:
    """Somebody at the console, by pages and forms."""

    def __init__(self, app: Any, language: str = "zh-CN") -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bank.test",
            headers={"accept-language": language}, follow_redirects=True,
        )  # fmt: skip

    async def log_in(self, login: str, password: str) -> httpx.Response:
        door = await self.http.get("/login")
        form = re.findall(r'name="form" value="([^"]+)"', door.text)[0]
        return await self.http.post(
            "/login", data={"login": login, "password": password, "form": form, "next": "/"}
        )

    async def send(self, path: str, page: str, **fields: Any) -> httpx.Response:
        """A form of a page."""
        csrf = re.findall(r'name="csrf" value="([^"]+)"', (await self.http.get(page)).text)[0]
        files = {name: fields.pop(name) for name in [*fields] if name == "logo"}
        return await self.http.post(path, data={"csrf": csrf, **fields}, files=files or None)


class Banks:
    """Two banks on one installation; below each a canteen, made of the same template."""

    def __init__(self, pool: Any, host: SceneHost, app: Any) -> None:
        self.pool, self.host, self.app = pool, host, app
        self.tenants: dict[str, Tenant] = {}

    async def desk(self, login: str, language: str = "zh-CN") -> Desk:
        desk = Desk(self.app, language)
        await desk.log_in(login, PASSWORD)
        return desk


@pytest.fixture
async def banks(pool: Any, templates: Any, request: pytest.FixtureRequest) -> Any:
    host = SceneHost(pool)
    folder = request.getfixturevalue("assets") if "assets" in request.fixturenames else None
    app = create_console(host, pool, ConsoleSettings(packs=ROOT / "packs", assets=folder))
    app.state.console._templates = templates
    made = Banks(pool, host, app)
    pack = templates.get("smart_canteen")
    for ref in ("north", "south"):
        bank = made.tenants[ref] = await create_tenant(pool, ref, f"{ref} bank", sandbox=True)
        await create_user(
            pool, bank, "an", name="安宁", password=PASSWORD,
            roles=["admin", "approver", "scene_team"],
        )  # fmt: skip
        async with pool.acquire() as connection, connection.transaction():
            order = SceneOrder("canteen", f"{ref}食堂")
            scene = await create_scene(connection, bank.id, pack, order, "test")
            for state in ("sandbox", "live"):
                await change_state(connection, bank.id, "canteen", state, "test")
            people = [Enrolment("ann", "diner", "person", f"安-{ref}"),
                      Enrolment("BANK", "bank", "bank")]  # fmt: skip
            await enrol(connection, bank.id, scene, pack, people)
    yield made
    await app.state.console.close()
    await host.close()


async def test_a_tenant_without_it_adds_its_second_person_and_both_get_to_work(
    banks: Banks,
) -> None:
    one = await banks.desk("an@north")
    page = await one.send(
        "/institution/people", "/institution/people", login="bo", name="<b>博</b>",
        roles=["approver"],
    )  # fmt: skip
    assert page.status_code == 200, page.text
    assert "&lt;b&gt;博" in page.text
    password = unescape(re.findall(r'data-secret="password">([^<]+)<', page.text)[0])
    assert password not in (await one.http.get("/institution/people")).text
    two = Desk(banks.app)
    first = await two.log_in("bo@north", password)
    assert first.url.path == "/password"
    assert (await two.http.get("/approvals")).url.path == "/password"
    wrong = await two.send("/password", "/password", old=password, new="a1b2c3d4e5", again="other")
    assert wrong.status_code == 400
    assert "不一致" in wrong.text
    done = await two.send(
        "/password", "/password", old=password, new="a1b2c3d4e5", again="a1b2c3d4e5"
    )
    assert done.url.path == "/login"
    await two.log_in("bo@north", "a1b2c3d4e5")
    assert (await two.http.get("/approvals")).status_code == 200
    third = await one.send(
        "/institution/people", "/institution/people", login="cy", name="陈", roles=["approver"]
    )
    assert "等待另一人同意" in third.text
    change = re.findall(r"/institution/people/changes/([0-9a-f-]+)",
                        (await two.http.get("/institution/people")).text)[0]  # fmt: skip
    own = await one.send(f"/institution/people/changes/{change}", "/institution/people",
                         decision="approve")  # fmt: skip
    assert own.status_code == 403
    assert "须由另一人决定" in own.text
    agreed = await two.send(f"/institution/people/changes/{change}", "/institution/people",
                            decision="approve")  # fmt: skip
    assert "cy@north" in agreed.text
    blocked = await one.send("/institution/people/bo", "/institution/people", act="block")
    assert "已停用" in blocked.text
    assert (await two.http.get("/approvals")).url.path == "/login"


async def test_who_may_not_sees_no_form_and_can_do_nothing(banks: Banks) -> None:
    await create_user(
        banks.pool, banks.tenants["north"], "zhao", name="赵", password=PASSWORD, roles=["auditor"]
    )
    desk = await banks.desk("zhao@north")
    page = await desk.http.get("/institution/people")
    assert "添加人员" not in page.text
    for path in ("/institution/people", "/institution/people/an", "/institution/brand"):
        sent = await desk.send(path, "/institution/people", login="x", name="x", roles="auditor",
                               act="block", zh="x", en="x", accent="#000000")  # fmt: skip
        assert sent.status_code == 403, path


async def test_the_same_template_serves_two_banks_with_their_own_brand(banks: Banks) -> None:
    """C21, SA-24: name, colour and logo of each on the console and on customers' pages; money and
    people apart."""
    shown = {}
    for n, ref in enumerate(COLOURS, 1):
        desk = await banks.desk(f"an@{ref}")
        page = await desk.send(
            "/institution/brand", "/institution/brand", zh=f"{ref}之家", en=f"{ref} home",
            accent=COLOURS[ref], logo=("logo.png", png(n, n), "image/png"),
        )  # fmt: skip
        assert page.status_code == 200, page.text
        assert page.headers["content-type"].startswith("text/html")
        [logo] = set(re.findall(rf'"(/brand/{ref}/[0-9a-f]+)"', page.text))
        picture = await desk.http.get(logo)
        assert (picture.content, picture.headers["content-type"]) == (png(n, n), "image/png")
        assert "sandbox" in picture.headers["content-security-policy"]
        style = await desk.http.get(f"/brand/{ref}.css")
        assert COLOURS[ref] in style.text
        call = Call(banks.tenants[ref].id, "canteen", "top_up", Actor("ann"),
                    {"amount": f"{n}1.00"}, f"k{n}")  # fmt: skip
        assert not (await banks.host.perform(call)).refused
        shell = await desk.http.get(f"/h5/{ref}/canteen/wallet")
        token = await issue_h5_token(banks.pool, banks.tenants[ref].id, "canteen", "ann")
        content = await desk.http.post(
            f"/h5/{ref}/canteen/wallet/content", headers={"authorization": f"H5 {token}"}
        )
        shown[ref] = shell.text + content.text + (await desk.http.get("/scenes/canteen")).text
    for ref, amount in (("north", "11.00"), ("south", "21.00")):
        other = "south" if ref == "north" else "north"
        assert f"{ref}之家" in shown[ref]
        assert amount in shown[ref]
        for word in (f"{other}之家", f"安-{other}", f"/brand/{other}"):
            assert word not in shown[ref]
    assert (await desk.http.get(f"/brand/north/{'0' * 16}")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"accent": "#ffd100"}, "对比度只有"), ({"accent": "red"}, "颜色须写作"), ({"en": ""}, "名称须为"),
     ({"logo": ("x.svg", b"<svg><script/></svg>", "image/svg+xml")}, "标志须为 PNG")],
)  # fmt: skip
async def test_a_mistake_keeps_what_was_typed_and_changes_nothing(
    banks: Banks, fields: dict[str, Any], said: str
) -> None:
    desk = await banks.desk("an@north")
    given: dict[str, Any] = {"zh": "新名字", "en": "New", "accent": "#7a1020"} | fields
    page = await desk.send("/institution/brand", "/institution/brand", **given)
    assert page.status_code == 400
    assert said in page.text
    assert "新名字" in page.text
    assert "新名字" not in (await desk.http.get("/institution/brand")).text


async def test_a_tenant_sees_who_serves_it_and_when(banks: Banks) -> None:
    """SA-13."""
    school = await open_tenant(
        banks.pool, "school", "学校", plan="turnkey", who="test", parent=banks.tenants["north"],
        manager="周洁",
    )  # fmt: skip
    await create_user(
        banks.pool, school, "an", name="安", password=PASSWORD, roles=["admin", "approver"]
    )
    page = (await (await banks.desk("an@school")).http.get("/institution")).text
    for word in ("周洁", "交钥匙", "续约沟通", "调研", "关怀日历"):
        assert word in page
    english = (await (await banks.desk("an@school", "en")).http.get("/institution")).text
    assert "Talk about renewal" in english


PATHS = ("/institution", "/institution/people", "/institution/brand", "/password")


@looks
async def test_in_a_browser(
    banks: Banks, chromium_at: str, assets: Any, size: dict[str, int], language: str
) -> None:
    desk = await banks.desk("an@north")
    for login, role in (("bo", "approver"), ("cy", "approver"), ("dora", "scene_team")):
        await desk.send("/institution/people", "/institution/people", login=login, name=login,
                        roles=[role])  # fmt: skip
    await desk.send("/institution/brand", "/institution/brand", zh="北方银行", en="Northern Bank",
                    accent="#7a1020", logo=("a.png", png(), "image/png"))  # fmt: skip
    async with serving(banks.app, port=0) as url, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        for login, paths in (("an@north", PATHS), ("an@south", PATHS[:3])):
            token = (await log_in(banks.pool, login, PASSWORD)).token
            await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
            for path in paths:
                await page.goto(f"{url}{path}")
                for place in await page.query_selector_all("details"):
                    await place.evaluate("each => each.open = true")
                assert await serious_faults(page, assets) == [], path
                wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, path
                if SHOTS:
                    name = f"{login[3:]}{path.replace('/', '_')}-{language}-{size['width']}"
                    await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
        await browser.close()


async def test_what_a_manager_advises_on_is_set_by_an_administrator(banks: Banks) -> None:
    bank = banks.tenants["north"]
    await create_user(banks.pool, bank, "li", name="李经理", password=PASSWORD, roles=["manager"])
    desk = await banks.desk("an@north")
    page = "/institution/people"
    done = await desk.send(f"{page}/li/skills", page, kinds=["loan", "wealth"])
    assert done.status_code == 200
    assert "可服务： 贷款、理财" in unescape(done.text)
    assert 'value="loan" checked' in done.text
    refused = await desk.send(f"{page}/li/skills", page, kinds=["gold"])
    assert "没有这一类产品" in refused.text
    nobody = await desk.send(f"{page}/wu/skills", page, kinds=["loan"])
    assert "没有这个人" in nobody.text
    other = await banks.desk("an@south")
    await other.send(f"{page}/li/skills", page, kinds=["deposit"])
    assert "可服务： 贷款、理财" in unescape((await desk.http.get(page)).text)
    manager = await banks.desk("li@north")
    assert (await manager.http.get(page)).status_code == 403
