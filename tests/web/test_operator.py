"""The operator's console: what it shows, to whom, and that nobody sees the other bank."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from enscene.api.server import serving
from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.runtime import SceneHost
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.figures import read_figures
from enscene.tenants.plans import open_tenant, plan_step
from enscene.tenants.quotas import CallGate, read_quotas, set_quota
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from enscene.web.pages.operator import tree_of
from web.conftest import PASSWORD, ROOT
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

CANARY = "金丝雀客户"


class Town:
    """Two banks of one installation: the first with a branch, a school and a canteen of it."""

    def __init__(self, pool: Any, host: SceneHost, app: Any) -> None:
        self.pool, self.host, self.app = pool, host, app
        self.tenants: dict[str, Tenant] = {}

    async def client(self, login: str, language: str = "zh-CN") -> httpx.AsyncClient:
        session = await log_in(self.pool, login, PASSWORD)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://bank.test",
            headers={"accept-language": language},
        )  # fmt: skip
        client.cookies.set(COOKIE, session.token)
        return client

    async def post(self, client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
        """Send a form of the page where it stands."""
        page = (await client.get(path.split("/limits")[0].split("/steps")[0])).text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        csrf = found[1] if found else ""
        return await client.post(path, data={"csrf": csrf, **form})


@pytest.fixture
async def town(pool: Any, templates: Any, request: pytest.FixtureRequest) -> Any:
    host = SceneHost(pool)
    folder = request.getfixturevalue("assets") if "assets" in request.fixturenames else None
    settings = ConsoleSettings(packs=ROOT / "packs", assets=folder, operator="operator")
    app = create_console(host, pool, settings)
    made = Town(pool, host, app)
    made.tenants["operator"] = await create_tenant(pool, "operator", "入景运营 · Operations")
    bank = made.tenants["bank"] = await create_tenant(pool, "bank", "江南银行 · Jiangnan Bank")
    made.tenants["other"] = await create_tenant(pool, "other", "北岭银行 · Beiling Bank")
    branch = await create_tenant(pool, "hz", "杭州分行 · Hangzhou Branch", parent=bank)
    made.tenants["hz"] = branch
    for ref, name, plan in (
        ("school", "实验小学 · Experimental School", "turnkey"),
        ("shop", "街角小店 · Corner Shop", "free"),
    ):
        made.tenants[ref] = await open_tenant(
            pool, ref, name, plan=plan, who="test", parent=branch, manager="周洁"
        )
    for ref in ("operator", "bank", "other", "hz"):
        for login in ("he", "lin"):
            await create_user(
                pool, made.tenants[ref], login, name=login, password=PASSWORD, roles=["operator"]
            )
    pack = templates.get("smart_canteen")
    for ref in ("school", "other"):
        tenant = made.tenants[ref].id
        async with pool.acquire() as connection, connection.transaction():
            scene = await create_scene(
                connection, tenant, pack, SceneOrder("canteen", f"{ref}食堂"), "test"
            )
            for state in ("sandbox", "live"):
                await change_state(connection, tenant, "canteen", state, "test")
            await enrol(
                connection, tenant, scene, pack, [Enrolment("ann", "diner", "person", CANARY)]
            )
    await plan_step(pool, made.tenants["school"].id, "care", "开学前走访", date(2020, 1, 1))
    await set_quota(pool, branch.id, "calls_day", 100, "test")
    gate = CallGate(pool)
    for ref in ("school", "school", "shop", "other"):
        await gate.admit(made.tenants[ref].id)
    gate.failed(made.tenants["shop"].id)
    await gate.close()
    yield made
    await app.state.console.close()
    await host.close()


async def test_the_operator_sees_all_tenants_as_a_tree(town: Town) -> None:
    client = await town.client("he@operator")
    front = await client.get("/")
    assert front.headers["location"] == "/operator"
    page = (await client.get("/operator")).text
    places = [page.index(f'/operator/tenants/{ref}"') for ref in ("bank", "hz", "school", "other")]
    assert places == sorted(places)
    assert "/operator/tenants/operator" not in page
    assert "每日调用 3 / 100" in page  # the branch, with all below it
    assert "事项逾期" in page
    assert "出错偏多" in page
    english = await (await town.client("he@operator", "en-GB")).get("/operator")
    assert "Experimental School" in english.text
    assert "实验小学" not in english.text


PATHS = ("/operator", "/operator/income", "/operator/health", "/operator/tenants/school")


async def test_nobody_sees_a_customer_of_a_tenant_below(town: Town) -> None:
    client = await town.client("he@operator")
    for path in PATHS:
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert CANARY not in answer.text, path
        assert "ann" not in re.findall(r">(\w+)<", answer.text), path
    async with town.pool.acquire() as connection, connection.transaction():
        await admit(connection, [town.tenants["hz"].id])
        for table in ("party", "enrolment", "event", "scene", "console_session"):
            rows = await connection.fetch(f"select distinct tenant from {table}")
            assert {row[0] for row in rows} <= {town.tenants["hz"].id}, table


async def test_two_banks_see_nothing_of_each_other(town: Town) -> None:
    """Every page and every form, by a bank's operator and by a branch's."""
    foreign = {
        "he@bank": ("other", "operator"),
        "he@hz": ("other", "operator", "bank"),
        "he@other": ("bank", "hz", "school", "shop", "operator"),
    }
    for login, refs in foreign.items():
        client = await town.client(login)
        own = await client.get("/operator")
        assert own.status_code == 200
        income = await client.get("/operator/income")
        for ref in refs:
            tenant = town.tenants[ref]
            for page in (own, income):
                assert tenant.name.split(" · ")[0] not in page.text, (login, ref)
                assert f'/operator/tenants/{ref}"' not in page.text, (login, ref)
            at = f"/operator/tenants/{ref}"
            assert (await client.get(at)).status_code == 404
            found = re.search(r'name="csrf" value="([^"]+)"', own.text)
            assert found
            csrf = {"csrf": found[1]}
            for path, form in (
                ("/limits", {"what": "users", "most": "0"}),
                ("/limits/users", {"decision": "approve"}),
                ("/steps", {"kind": "care", "title": "x", "due": "2030-01-01"}),
                ("/steps/care/1", {}),
            ):
                assert (await client.post(f"{at}{path}", data=csrf | form)).status_code == 404
        assert (await client.get("/operator/health")).status_code == 403
    for ref in town.tenants:
        quotas = await read_quotas(town.pool, town.tenants[ref].id)
        assert next(quota for quota in quotas if quota.what == "users").most != 0


async def test_other_roles_have_no_operators_pages(town: Town) -> None:
    await create_user(
        town.pool, town.tenants["other"], "li", name="Li", password=PASSWORD, roles=["approver"]
    )
    client = await town.client("li@other")
    for path in PATHS:
        assert (await client.get(path)).status_code == 403
    operator = await town.client("he@bank")
    for path in ("/shelf", "/approvals", "/invoices", "/partners", "/workbench"):
        assert (await operator.get(path)).status_code == 403, path


async def test_a_limit_is_changed_by_two(town: Town) -> None:
    at = "/operator/tenants/shop"
    one, two = await town.client("he@bank"), await town.client("lin@bank")
    asked = await town.post(one, f"{at}/limits", what="users", most="7")
    assert asked.status_code == 303
    assert "he@bank 申请 7" in (await two.get(at)).text
    assert (await town.post(one, f"{at}/limits/users", decision="approve")).status_code == 403
    assert (await town.post(two, f"{at}/limits/users", decision="approve")).status_code == 303
    quotas = await read_quotas(town.pool, town.tenants["shop"].id)
    assert {quota.what: quota.most for quota in quotas}["users"] == 7
    assert (await town.post(one, f"{at}/limits", what="users", most="-1")).status_code == 400
    own = await town.post(one, "/operator/tenants/bank/limits", what="users", most="9")
    assert own.status_code == 403  # one's own limits are changed from above


async def test_steps_are_planned_and_finished(town: Town) -> None:
    client, at = await town.client("he@hz"), "/operator/tenants/school"
    page = (await client.get(at)).text
    assert "逾期" in page
    assert "调研" in page
    done = await town.post(client, f"{at}/steps/project/1", note="<b>访谈</b>三场")
    assert done.status_code == 303
    made = await town.post(client, f"{at}/steps", kind="care", title="家长会", due="2030-01-02")
    assert made.status_code == 303
    page = (await client.get(at)).text
    assert "he@hz 于" in page
    assert "&lt;b&gt;访谈" in page
    assert "家长会" in page
    assert (await town.post(client, f"{at}/steps/project/1")).status_code == 409
    wrong = await town.post(client, f"{at}/steps", kind="care", title="x", due="soon")
    assert wrong.status_code == 400


async def test_limits_of_the_tree_count_what_is_below(town: Town) -> None:
    figures = await read_figures(town.pool, [town.tenants[ref] for ref in ("bank", "hz", "school")])
    limits: Any = {(town.tenants["bank"].id, "scenes"): 4, (town.tenants["hz"].id, "users"): 2}
    bank, branch, school = tree_of(figures, limits)
    assert bank.fullest is not None
    assert (bank.fullest.used, bank.fullest.share) == (1, 25)
    assert branch.fullest is not None
    assert branch.fullest.share == 100
    assert school.fullest is None
    assert [row.depth for row in (bank, branch, school)] == [0, 1, 2]


@looks
async def test_in_a_browser(
    town: Town, chromium_at: str, assets: Any, size: dict[str, int], language: str
) -> None:
    async with serving(town.app, port=0) as url, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        token = (await log_in(town.pool, "he@operator", PASSWORD)).token
        await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        for path in (*PATHS, "/operator/tenants/bank"):
            await page.goto(f"{url}{path}")
            assert await serious_faults(page, assets) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            if SHOTS:
                name = f"operator{path.replace('/', '_')}-{language}-{size['width']}"
                await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
        await browser.close()
