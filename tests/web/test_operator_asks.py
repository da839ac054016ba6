"""What operators ask for tenants on their pages: decided by another, from above, and by nobody else."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, async_playwright

from enscene.api.server import serving
from enscene.kernel import controls
from enscene.kernel.errors import NotFound
from enscene.tenants import create_tenant, find_tenant
from enscene.tenants.plans import list_steps
from enscene.tenants.quotas import read_quotas, set_quota
from enscene.tenants.users import By, change_person, create_user, list_changes, list_users, log_in
from enscene.web.console import COOKIE
from web.conftest import PASSWORD
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_operator import Town, town

__all__ = ["town"]
ORDER = {
    "parent": "hz", "level": "", "ref": "yucai", "name": "育才学校 · Yucai School",
    "plan": "turnkey", "manager": "周洁", "pack": "smart_canteen",
}  # fmt: skip


async def send(client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    """A form, with the token of a page that has one."""
    found = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/operator/new")).text)
    assert found
    return await client.post(path, data={"csrf": found[1], **form})


async def waiting(client: httpx.AsyncClient) -> list[str]:
    page = (await client.get("/operator/asks")).text
    return re.findall(r'action="/operator/asks/(ask_\w+)"', page)


async def decide(client: httpx.AsyncClient, decision: str = "approve") -> httpx.Response:
    (ask,) = await waiting(client)
    return await send(client, f"/operator/asks/{ask}", decision=decision)


async def pair(town: Town, ref: str = "hz") -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    return await town.client(f"he@{ref}"), await town.client(f"lin@{ref}")


async def test_a_tenant_is_made_by_two_with_a_first_login_told_once(town: Town) -> None:
    one, two = await pair(town)
    assert (await send(one, "/operator/new", **ORDER)).headers["location"] == "/operator/asks"
    with pytest.raises(NotFound):
        await find_tenant(town.pool, "yucai")
    assert "1 项待复核" in (await two.get("/operator")).text
    page = (await two.get("/operator/asks")).text
    assert "育才学校" in page
    assert "周洁" in page
    assert (await decide(one)).status_code == 403  # who asked
    done = await decide(two)
    assert done.status_code == 200
    secret = re.search(r'data-secret="password">(\w+)<', done.text)
    assert secret
    session = await log_in(town.pool, "admin@yucai", secret[1])
    assert session.user.must_change
    assert session.user.roles == {"admin", "scene_team"}
    made = await find_tenant(town.pool, "yucai")
    assert (made.level_name, made.plan, made.manager) == ("tenant", "turnkey", "周洁")
    assert made.parent == town.tenants["hz"].id
    assert [each.kind for each in await list_steps(town.pool, [made.id])].count("project") == 5
    scenes = {each.what: each for each in await read_quotas(town.pool, made.id)}["scenes"]
    assert (scenes.used, scenes.most) == (1, 5)
    again = await two.get("/operator/asks")
    assert secret[1] not in again.text
    assert await waiting(two) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ref": "No"}, "ref"), ({"ref": "shop"}, "ref"), ({"name": " "}, "name"),
        ({"level": "bank"}, "level"), ({"manager": ""}, "manager"), ({"pack": ""}, "pack"),
        ({"pack": "none"}, "pack"), ({"plan": "gold"}, "plan"), ({"parent": "other"}, ""),
        ({"parent": ""}, "parent"), ({"parent": "bank"}, ""),
    ],
)  # fmt: skip
async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    town: Town, wrong: dict[str, str], field: str
) -> None:
    one = await town.client("he@hz")
    answer = await send(one, "/operator/new", **{**ORDER, **wrong})
    assert answer.status_code >= 400
    if field:
        assert f'id="error-{field}"' in answer.text
    else:
        assert 'class="said"' in answer.text
    kept = {**ORDER, **wrong}
    assert f'value="{kept["name"].strip()}"' in answer.text
    assert f'value="{kept["ref"]}"' in answer.text
    assert await waiting(one) == []


async def test_all_faults_are_told_at_once(town: Town) -> None:
    one = await town.client("he@hz", "en-GB")
    answer = await send(one, "/operator/new", **{**ORDER, "ref": "No", "manager": "", "pack": ""})
    for field in ("ref", "manager", "pack"):
        assert f'id="error-{field}"' in answer.text


async def test_what_cannot_be_made_by_now_leaves_no_trace(town: Town) -> None:
    one, two = await pair(town)
    await send(one, "/operator/new", **ORDER)
    await set_quota(town.pool, town.tenants["bank"].id, "scenes", 1, "test")
    refused = await decide(two)
    assert refused.status_code == 422
    assert "额度已用完" in refused.text
    with pytest.raises(NotFound):
        await find_tenant(town.pool, "yucai")
    assert len(await waiting(two)) == 1
    assert (await decide(one, "reject")).status_code == 303  # who asked takes it back
    assert await waiting(two) == []


async def test_of_two_who_approve_at_once_one_does(town: Town) -> None:
    one, two = await pair(town)
    above = await town.client("he@bank")
    await send(one, "/operator/new", **{**ORDER, "plan": "joint", "pack": ""})
    (ask,) = await waiting(one)
    path = f"/operator/asks/{ask}"
    answers = await asyncio.gather(
        *(send(client, path, decision="approve") for client in (two, above))
    )
    assert sorted(each.status_code for each in answers) == [200, 404]
    made = await find_tenant(town.pool, "yucai")
    assert [each.login for each in await list_users(town.pool, made.id)] == ["admin"]


async def test_a_ref_that_two_banks_ask_for_goes_to_the_first(town: Town) -> None:
    order = {**ORDER, "plan": "joint", "pack": "", "manager": ""}
    one, two = await pair(town)
    other, second = await pair(town, "other")
    await send(one, "/operator/new", **order)
    assert (await send(one, "/operator/new", **order)).status_code == 409  # it waits already
    await send(other, "/operator/new", **{**order, "parent": "other"})
    assert (await decide(second)).status_code == 200
    refused = await decide(two)
    assert refused.status_code == 409
    assert "代号已被使用" in refused.text
    assert (await find_tenant(town.pool, "yucai")).parent == town.tenants["other"].id


async def test_a_bank_is_made_by_the_installations_operators_alone(town: Town) -> None:
    order = {**ORDER, "parent": "", "ref": "third", "plan": "joint", "pack": "", "manager": ""}
    bank = await town.client("he@bank")
    assert (await send(bank, "/operator/new", **order)).status_code == 403
    one, two = await pair(town, "operator")
    await send(one, "/operator/new", **order)
    for login in ("he@bank", "lin@hz", "he@other"):
        assert await waiting(await town.client(login)) == []
    assert (await decide(two)).status_code == 200
    assert (await find_tenant(town.pool, "third")).level_name == "bank"


async def test_another_plan_moves_limits_and_care_and_keeps_what_was_set(town: Town) -> None:
    one, two = await pair(town)
    at, school = "/operator/tenants/school", town.tenants["school"]
    await town.post(one, f"{at}/steps/project/1", note="done")
    same = await send(one, f"{at}/plan", plan="turnkey", manager="周洁")
    assert same.status_code == 409
    assert 'id="error-plan"' in same.text
    assert (await send(one, f"{at}/plan", plan="free", manager="")).status_code == 303
    page = (await two.get("/operator/asks")).text
    assert "交钥匙" in page
    assert "免费版" in page
    await decide(two)
    found = await find_tenant(town.pool, "school")
    assert (found.plan, found.manager) == ("free", "")
    limits = {each.what: each.most for each in await read_quotas(town.pool, school.id)}
    assert limits == {"scenes": 1, "users": 3, "apps": 1, "calls_day": 1000}
    steps = await list_steps(town.pool, [school.id])
    assert [each.title for each in steps if each.done_at] != []
    assert "开学前走访" in [each.title for each in steps]  # somebody added it
    assert [each for each in steps if each.kind == "project" and each.done_at is None] == []
    await send(one, f"{at}/plan", plan="turnkey", manager="")
    back = await send(one, f"{at}/plan", plan="turnkey", manager="王")
    assert back.status_code == 303
    await decide(two)
    steps = await list_steps(town.pool, [school.id])
    assert len([each for each in steps if each.kind == "project" and each.done_at is None]) == 5


async def test_a_tenant_is_closed_once_nothing_stands_against_it(town: Town) -> None:
    one, two = await pair(town)
    await send(one, "/operator/tenants/school/close")
    assert "1 个场景尚未退役" in (await two.get("/operator/asks")).text
    refused = await decide(two)
    assert refused.status_code == 409
    assert "未退役场景 1 个" in refused.text
    assert (await find_tenant(town.pool, "school")).state == "open"
    await decide(two, "reject")
    shop = town.tenants["shop"].id
    async with town.pool.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('enscene.tenants', $1, true)", f"{{{shop}}}")
        await connection.execute(
            "insert into account (tenant, scene, name, owner, currency, floor, posted) "
            "values ($1, 0, 'wallet', 0, 'CNY', 0, 1234)", shop,
        )  # fmt: skip
        await connection.execute(
            "insert into billing_invoice (tenant, month, currency, total, credit, due, shares, reach, "
            "state, seq, issued_at) values ($1, '2026-01-01', 'CNY', 5, 0, 5, '{}', 0, 'issued', 1, "
            "now())", shop,
        )  # fmt: skip
    await send(one, "/operator/tenants/shop/close")
    page = (await two.get("/operator/asks")).text
    assert "12.34" in page
    assert "1 张账单未付" in page
    assert (await decide(two)).status_code == 409
    async with town.pool.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('enscene.tenants', $1, true)", f"{{{shop}}}")
        await connection.execute("update account set posted = 0 where tenant = $1", shop)
        await connection.execute(
            "update billing_invoice set state = 'paid' where tenant = $1", shop
        )
    assert (await decide(two)).status_code == 303
    assert (await find_tenant(town.pool, "shop")).state == "closed"
    assert (await send(one, "/operator/tenants/shop/close")).status_code == 409


async def stuck(town: Town) -> None:
    """The school's two, of whom one blocked the other: nobody there can approve anything."""
    school = town.tenants["school"]
    for login in ("an", "bo"):
        roles = ["admin", "approver"]
        await create_user(town.pool, school, login, name=login, password=PASSWORD, roles=roles)
    by = By("an@school", frozenset({"admin", "approver"}))
    await create_user(town.pool, school, "cy", name="cy", password=PASSWORD, roles=["approver"])
    await change_person(town.pool, school, by, "cy", "block")
    await change_person(town.pool, school, by, "bo", "block")
    await change_person(town.pool, school, by, "bo", "admit")


async def test_blocked_people_are_admitted_from_above_by_two(town: Town) -> None:
    await stuck(town)
    one, two = await pair(town)
    at, school = "/operator/tenants/school", town.tenants["school"]
    wrong = await send(one, f"{at}/people", act="admit", login="nobody")
    assert wrong.status_code == 404
    assert 'value="nobody"' in wrong.text
    assert (await send(one, f"{at}/people", act="admit", login="an")).status_code == 409
    assert (await send(one, f"{at}/people", act="admit", login="bo")).status_code == 303
    assert (await decide(one)).status_code == 403
    assert {each.login: each.status for each in await list_users(town.pool, school.id)}[
        "bo"
    ] == "blocked"
    assert (await decide(two)).status_code == 303
    people = {each.login: each for each in await list_users(town.pool, school.id)}
    assert people["bo"].status == "active"
    changes = [each for each in await list_changes(town.pool, school.id) if each.login == "bo"]
    assert [each for each in changes if each.state == "asked"] == []  # what waited is over
    done = next(each for each in changes if each.asked_by == "he@hz")
    assert (done.act, done.state, done.decided_by) == ("admit", "done", "lin@hz")
    page = (await (await town.client("bo@school")).get("/institution/people")).text
    assert "he@hz" in page
    assert "lin@hz 同意" in page
    assert "上级运营人员协助" in page


async def test_an_administrator_and_a_password_are_told_to_who_approves(town: Town) -> None:
    await stuck(town)
    one, two = await pair(town)
    at = "/operator/tenants/school"
    await send(one, f"{at}/people", act="admin", login="dan", name="丹")
    told = await decide(two)
    secret = re.search(r'data-secret="password">(\w+)<', told.text)
    assert secret
    assert (await log_in(town.pool, "dan@school", secret[1])).user.roles == {"admin"}
    await send(one, f"{at}/people", act="password", login="an")
    told = await decide(two)
    secret = re.search(r'data-secret="password">(\w+)<', told.text)
    assert secret
    session = await log_in(town.pool, "an@school", secret[1])
    assert session.user.must_change
    assert (await send(one, f"{at}/people", act="admin", login="dan", name="x")).status_code == 409


async def test_nobody_looks_after_their_own_tenant_or_out_of_sight(town: Town) -> None:
    for login, refs in {
        "he@hz": {"hz": 403, "bank": 404, "other": 404, "operator": 404},
        "he@other": {"other": 403, "school": 404, "bank": 404},
        "he@bank": {"bank": 403, "other": 404},
    }.items():
        client = await town.client(login)
        for ref, status in refs.items():
            at = f"/operator/tenants/{ref}"
            for path, form in (
                ("plan", {"plan": "free"}), ("close", {}),
                ("people", {"act": "admin", "login": "eve", "name": "Eve"}),
            ):  # fmt: skip
                answer = await send(client, f"{at}/{path}", **form)
                assert answer.status_code == status, (login, ref, path)


async def test_asks_of_two_banks_and_branches_are_seen_from_above_alone(town: Town) -> None:
    """The school's ask is seen by its branch, its bank and the installation; an operator of the
    school itself, of another branch and of the other bank neither sees nor decides it."""
    south = await create_tenant(town.pool, "south", "南方分行", parent=town.tenants["bank"])
    for tenant in (south, town.tenants["school"]):
        await create_user(town.pool, tenant, "he", name="he", password=PASSWORD, roles=["operator"])
    one = await town.client("he@hz")
    await send(one, "/operator/tenants/school/close")
    (ask,) = await waiting(one)
    for login in ("lin@hz", "he@bank", "he@operator"):
        assert await waiting(await town.client(login)) == [ask], login
    for login in ("he@south", "he@other", "lin@other"):
        client = await town.client(login)
        assert await waiting(client) == [], login
        for decision in ("approve", "reject"):
            answer = await send(client, f"/operator/asks/{ask}", decision=decision)
            assert answer.status_code == 404, login
        options = (await client.get("/operator/new")).text
        assert 'value="school"' not in options
        assert 'value="hz"' not in options
        page = await client.get("/operator")
        assert "/operator/tenants/school" not in page.text
    inside = await town.client("he@school")
    answer = await send(inside, f"/operator/asks/{ask}", decision="approve")
    assert answer.status_code == 403
    assert (await find_tenant(town.pool, "school")).state == "open"


@pytest.mark.parametrize("control", ["tenancy_second_person", "tenancy_above"])
async def test_without_its_control_one_goes_through(
    town: Town, control: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_user(
        town.pool, town.tenants["shop"], "he", name="he", password=PASSWORD, roles=["operator"]
    )
    one, inside = await town.client("he@hz"), await town.client("he@shop")
    await send(one, "/operator/tenants/shop/plan", plan="joint", manager="x")
    client = one if control == "tenancy_second_person" else inside
    (ask,) = await waiting(one)
    path = f"/operator/asks/{ask}"
    assert (await send(client, path, decision="approve")).status_code == 403
    monkeypatch.setitem(controls._CONTROLS, control, lambda *_: None)
    if control == "tenancy_second_person":
        with pytest.raises(Exception, match="tenant_ask"):  # the database holds it too
            await send(client, path, decision="approve")
    else:
        assert (await send(client, path, decision="approve")).status_code == 303


@looks
async def test_in_a_browser(
    town: Town, chromium_at: str, assets: Any, size: dict[str, int], language: str
) -> None:
    await stuck(town)
    one = await town.client("he@operator")
    at = "/operator/tenants"
    async with serving(town.app, port=0) as url, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.connect(chromium_at)
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        token = (await log_in(town.pool, "lin@operator", PASSWORD)).token
        await context.add_cookies([{"name": COOKIE, "value": token, "url": url}])

        async def look(path: str, name: str) -> None:
            assert await serious_faults(page, assets) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            if SHOTS:
                shot = f"{SHOTS}/asks-{name}-{language}-{size['width']}.png"
                await page.screenshot(path=shot, full_page=True)

        await page.goto(f"{url}/operator/asks")
        await look("/operator/asks", "empty")
        await send(one, "/operator/new", **ORDER)
        await send(one, f"{at}/school/close")
        await send(one, f"{at}/shop/plan", plan="joint", manager="")
        await send(one, f"{at}/school/people", act="admit", login="bo")
        for path, name in (("/operator", "tree"), ("/operator/asks", "waiting"),
                           ("/operator/tenants/school", "tenant")):  # fmt: skip
            await page.goto(f"{url}{path}")
            for summary in await page.locator("#affairs summary").all():
                await summary.click()
            await look(path, name)
        await page.goto(f"{url}/operator/new")
        await page.fill("#ref", "yucai2")
        await page.fill("#name", "育才二校")
        await page.select_option("#plan", "turnkey")
        await page.click("form button:not(.quiet)[type=submit], main form button")
        await page.wait_for_selector("#error-manager")
        await look("/operator/new", "faults")
        await page.goto(f"{url}/operator/asks")
        await page.locator("section.card", has_text="yucai").locator("button").first.click()
        await page.wait_for_selector("[data-secret=password]")
        await look("/operator/asks", "told")
        await browser.close()
