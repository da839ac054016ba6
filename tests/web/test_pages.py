"""Every page: answered, escaped, under a strict policy, for those who may see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from enscene.commit import admit
from enscene.commit.move_clock import move_clock
from enscene.operations import begin_launch, list_launches, store
from enscene.operations.catalogue import start_of_day
from enscene.shelf import standard_shelf
from enscene.tenants import create_tenant
from enscene.tenants.users import create_user, log_in
from enscene.web.console import COOKIE
from web.conftest import ORIGIN, PASSWORD, Bank

PAGES = [
    "/",
    "/?q=食堂&state=live&sector=catering&serves=B",
    "/templates/smart_canteen",
    "/templates/travel",
    "/approvals",
    "/library",
    "/bring-in",
    "/shelf",
    "/shelf?q=分期&kind=loan&sector=travel&article=digital",
    "/shelf/gaps",
    "/shelf/gaps?kind=insurance&status=missing",
    "/shelf/bundles",
    "/shelf/prices",
    "/shelf/articles",
    "/shelf/products/instalment",
    "/shelf/products/car_loan_new_energy",
    "/shelf/products/monthly_card",
    *(
        f"/scenes/canteen{rest}"
        for rest in (
            "", "/things", "/things?type=meal&state=paid", "/things/meal/t1", "/accounts",
            "/accounts/wallet", "/accounts/wallet?q=ann", "/accounts/wallet/ann", "/events",
            "/events?before=9", "/units/6", "/people", "/people?role=diner", "/kitchen", "/pages",
            "/terms", "/pack", "/life/suspended", "/life/retired",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_is_answered_and_escaped(bank: Bank, language: str):
    client = await bank.client("maker")
    client.cookies.set("enscene_language", language)
    for path in PAGES:
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
        assert "<b>鲍勃" not in answer.text, path
        assert " style=" not in answer.text, path
        assert " onclick=" not in answer.text, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/scenes/none",
        "/scenes/canteen/things?type=none",
        "/scenes/canteen/things/meal/none",
        "/scenes/canteen/accounts/none",
        "/scenes/canteen/accounts/wallet/none",
        "/scenes/canteen/units/999999999999999999999",
        "/scenes/canteen/life/draft",
        "/templates/none",
        "/launches/none",
        "/launches/0198c2b8-0000-7000-8000-000000000000",
        "/nowhere",
    ],
)
async def test_what_is_not_there(bank: Bank, path: str):
    client = await bank.client("maker")
    assert (await client.get(path)).status_code == 404


async def test_another_tenant_sees_nothing(bank: Bank):
    other = await create_tenant(bank.pool, "other", "Other")
    await create_user(
        bank.pool, other, "eve", name="Eve", password=PASSWORD, roles=["scene_team", "approver"]
    )
    pack = bank.console._templates.get("smart_canteen")
    launch = await begin_launch(bank.pool, bank.tenant.id, pack, "maker@bank")
    session = await log_in(bank.pool, "eve@other", PASSWORD)
    client = await bank.client()
    client.cookies.set(COOKIE, session.token)
    for path in ("/scenes/canteen", "/scenes/canteen/accounts/wallet/ann", f"/launches/{launch}"):
        assert (await client.get(path)).status_code == 404, path
    for path in (f"/launches/{launch}/submit", f"/launches/{launch}/approve"):
        assert (await client.post(path, data={"csrf": session.csrf})).status_code == 404, path
    assert "一号食堂" not in (await client.get("/")).text


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("auditor", "/launches"),
        ("checker", "/launches"),
        ("auditor", "/scenes/canteen/life/suspended"),
        ("auditor", "/scenes/canteen/people"),
        ("checker", "/scenes/canteen/people"),
        ("auditor", "/scenes/canteen/pages"),
        ("maker", "/launches/0198c2b8-0000-7000-8000-000000000000/approve"),
    ],
)
async def test_role_is_needed(bank: Bank, login: str, path: str):
    client = await bank.client(login)
    form = {"csrf": bank.sessions[login].csrf, "pack": "smart_canteen"}
    assert (await client.post(path, data=form)).status_code == 403


@pytest.mark.parametrize("state", ["suspended", "retired"])
async def test_auditor_is_plainly_refused_the_form_it_may_not_send(bank: Bank, state: str):
    client = await bank.client("auditor")
    answer = await client.get(f"/scenes/canteen/life/{state}")
    assert answer.status_code == 403
    assert "您的角色没有此权限" in answer.text
    assert f'action="/scenes/canteen/life/{state}"' not in answer.text


async def test_partner_sees_its_own_and_nothing_else(bank: Bank):
    client = await bank.client("partner")
    form = {"csrf": bank.sessions["partner"].csrf, "scene": "canteen"}
    assert "一号食堂" in (await client.get("/")).text
    for path in PAGES:
        if not path.startswith("/?") and path != "/":
            assert (await client.get(path)).status_code == 403, path
    assert (await client.get("/scenes/canteen/live")).status_code == 403
    answer = await client.post("/own", data=form | {"page": "kitchen"})
    address, _, token = answer.headers["location"].partition("#")
    page = address.partition("?")[0]
    shown = await client.post(f"{page}/content", headers={"authorization": f"H5 {token}"})
    assert "食堂营业款" in shown.text
    # The wallet is the diners'; with the same token it does not open either.
    assert (await client.post("/own", data=form | {"page": "wallet"})).status_code == 404
    wallet = page.replace("kitchen", "wallet")
    shown = await client.post(f"{wallet}/content", headers={"authorization": f"H5 {token}"})
    assert shown.status_code == 401


async def test_form_needs_its_token(bank: Bank):
    client = await bank.client("maker")
    for token in ("", "x", bank.sessions["maker"].csrf[:-1]):
        answer = await client.post("/launches", data={"csrf": token, "pack": "smart_canteen"})
        assert answer.status_code == 403
    form = {"csrf": bank.sessions["maker"].csrf, "pack": "smart_canteen"}
    answer = await client.post("/launches", data=form, headers={"origin": "http://evil.test"})
    assert answer.status_code == 403
    assert await list_launches(bank.pool, bank.tenant.id) == []


async def test_form_that_is_too_large(bank: Bank):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf, "pack": "x" * 300_000}
    assert (await client.post("/launches", data=form)).status_code == 400


async def test_nobody_approves_their_own_request(bank: Bank):
    users = ("scene_team", "approver")
    await create_user(bank.pool, bank.tenant, "both", name="Both", password=PASSWORD, roles=users)
    client = await bank.client("both")
    form = {"csrf": bank.sessions["both"].csrf}
    begun = await client.post("/launches", data=form | {"pack": "smart_canteen"})
    path = begun.headers["location"]
    await client.post(f"{path}/submit", data=form | {"name": "N", "ref": "mine"})
    assert "formaction" not in (await client.get(path)).text
    answer = await client.post(f"{path}/approve", data=form)
    assert answer.status_code == 403
    (launch,) = await list_launches(bank.pool, bank.tenant.id)
    assert (launch.id, launch.state) == (UUID(path.rsplit("/", 1)[1]), "submitted")


async def test_wizard_works_without_a_script(bank: Bank):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf}
    begun = await client.post("/launches", data=form | {"pack": "smart_canteen"})
    path = begun.headers["location"]
    wish = form | {
        "name": "南区食堂", "ref": "south", "variant": "company", "option.daily_limit": "70.00",
        "origins": "https://a.test javascript:alert(1)",
    }  # fmt: skip
    assert (await client.post(f"{path}/check", data=wish)).status_code == 303
    page = (await client.get(path)).text
    assert 'value="70.00"' in page
    assert "javascript:alert" not in page
    # The limit of outside meals is the variant's now, and it is only shown where it differs.
    assert 'value="60.00"' in page
    block = wish | {
        "add.block": "notify", "add.action": "top_up", "add.arg.who": "diner",
        "add.arg.text": "notices.meal_refunded",
    }  # fmt: skip
    found = await client.post(f"{path}/block", data=block | {"find": "1"})
    assert 'name="add.index" value="1"' in found.text
    await client.post(f"{path}/block", data=block | {"add.index": "1"})
    (launch,) = await list_launches(bank.pool, bank.tenant.id)
    assert launch.wish.added == [
        {"action": "top_up", "index": 1,
         "step": {"notify": {"who": "diner", "text": "notices.meal_refunded"}}}
    ]  # fmt: skip
    assert launch.wish.options == {"daily_limit": "70.00"}
    assert launch.wish.origins == ["https://a.test"]
    await client.post(f"{path}/block", data=wish | {"gone": "0"})
    (launch,) = await list_launches(bank.pool, bank.tenant.id)
    assert launch.wish.added == []


async def test_option_out_of_bounds_is_told_at_its_field(bank: Bank):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf}
    begun = await client.post("/launches", data=form | {"pack": "smart_canteen"})
    path = begun.headers["location"]
    wish = form | {"name": "N", "ref": "south", "option.daily_limit": "9999.00"}
    await client.post(f"{path}/check", data=wish)
    assert 'aria-invalid="true"' in (await client.get(path)).text
    assert (await client.post(f"{path}/submit", data=wish)).status_code == 400


async def test_what_is_wrong_stands_at_its_field_in_the_readers_language(bank: Bank):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf}
    begun = await client.post("/launches", data=form | {"pack": "smart_canteen"})
    path = begun.headers["location"]
    wish = form | {"name": "N", "ref": "north", "option.daily_limit": "9999.00"}
    await client.post(f"{path}/check", data=wish)
    said = {
        "zh": "参数 `daily_limit` 超出上下限",
        "en": "option `daily_limit` is outside its bounds",
    }
    for language, text in said.items():
        client.cookies.set("enscene_language", language)
        page = (await client.get(path)).text
        beside = page.partition('id="error-option-daily_limit"')[2].partition("</p>")[0]
        assert text in beside
        assert "&lt;" not in page
        assert page.count('aria-invalid="true"') == 1
    # Submitting tells it in the form, not on a page of its own.
    answer = await client.post(f"{path}/submit", data=wish)
    assert (answer.status_code, 'id="wizard"' in answer.text) == (400, True)
    # So are a name that is missing and a reference that is taken.
    good = wish | {"option.daily_limit": "80.00"}
    for field, value, status, text in (
        ("name", "", 400, "1 to 60"),
        ("ref", "a b", 400, "A reference is"),
        ("ref", "canteen", 409, "This reference is taken"),
    ):
        answer = await client.post(f"{path}/submit", data=good | {field: value})
        assert answer.status_code == status
        beside = answer.text.partition(f'id="error-{field}"')[2].partition("</p>")[0]
        assert text in beside, field


async def test_an_added_block_is_shown_in_words(bank: Bank):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf}
    begun = await client.post("/launches", data=form | {"pack": "smart_canteen"})
    path = begun.headers["location"]
    step = {
        "add.block": "notify", "add.action": "top_up", "add.index": "9",
        "add.arg.who": "diner", "add.arg.text": "notices.meal_refunded",
    }  # fmt: skip
    await client.post(f"{path}/block", data=form | {"name": "N", "ref": "north"} | step)
    page = (await client.get(path)).text
    added = page.partition('id="added-0"')[2].partition("</li>")[0]
    assert "通知" in added
    assert "充值" in added
    assert "就餐人" in added
    assert "notices." not in added
    assert "&lt;" not in page


async def test_pause_and_go_on(bank: Bank):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf}
    await client.post("/scenes/canteen/life/suspended", data=form)
    page = (await client.get("/scenes/canteen")).text
    assert 'action="/scenes/canteen/life/resume"><' in page
    assert "恢复</button>" in page
    assert "/life/live" not in page  # it goes on as what it was, and is not opened anew
    await client.post("/scenes/canteen/life/resume", data=form)
    await bank.do("top_up", "ann", amount="1.00")
    again = await client.post("/scenes/canteen/life/resume", data=form)
    assert again.status_code == 409


async def test_second_approver_makes_a_pilot_live(bank: Bank):
    both = ("scene_team", "approver")
    await create_user(bank.pool, bank.tenant, "both", name="Both", password=PASSWORD, roles=both)
    maker, checker = await bank.client("both"), await bank.client("checker")
    team = await bank.client("maker")
    forms = {login: {"csrf": session.csrf} for login, session in bank.sessions.items()}
    await maker.post("/scenes/canteen/life/suspended", data=forms["both"])
    await maker.post("/scenes/canteen/life/pilot", data=forms["both"])
    address = "/scenes/canteen/life/live"
    for client, login in ((maker, "both"), (team, "maker")):
        assert f'action="{address}"' not in (await client.get("/scenes/canteen")).text
        answer = await client.post(address, data=forms[login])
        assert answer.status_code == 403
    assert "both@bank" in (await checker.get("/approvals")).text
    assert f'action="{address}"' in (await checker.get("/scenes/canteen")).text
    answer = await checker.post(address, data=forms["checker"])
    assert answer.status_code == 303
    assert "both@bank" not in (await checker.get("/approvals")).text


async def test_scene_with_money_is_not_retired(bank: Bank):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf}
    page = (await client.get("/scenes/canteen/life/retired")).text
    assert "disabled" in page
    assert "无须先暂停" in page
    answer = await client.post("/scenes/canteen/life/retired", data=form)
    assert (answer.status_code, "付清全部余额" in answer.text) == (409, True)
    await client.post("/scenes/canteen/life/suspended", data=form)
    page = (await client.get("/scenes/canteen/life/retired")).text
    assert "暂停的场景不付款：请先恢复" in page


async def test_new_day_begins_at_nothing(bank: Bank):
    """What happened on earlier days is not added to a day on which nothing has happened yet."""
    async with bank.pool.acquire() as connection, connection.transaction():
        later = datetime.now(UTC) + timedelta(days=2)
        await move_clock(connection, bank.tenant.shard, bank.tenant.id, later)
    async with store.reading(bank.pool, bank.tenant.id) as connection:
        clock = await store.read_clock(connection, bank.tenant.id)
        since = start_of_day(clock["now"], clock["zone"])
        totals = await store.read_totals(connection, bank.tenant.id, bank.scene, since)
        news = await store.read_news(connection, bank.tenant.id, bank.scene, totals["seq"])
    assert (totals["acts"], totals["minor"]) == (0, 0)
    assert totals["seq"] > 0
    assert (news["acts"], news["transfers"], news["seq"]) == (0, 0, totals["seq"])


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("p-1, 张三\np 2, 李四\np-3", "第 2 行：编号须为"),
        (f"p-1, 张三\n\np-3, {'长' * 300}", "第 3 行：名称最多"),
        ("p-1\nhall", "这个编号已属于另一类参与方"),
        (" \n", "名单为空"),
    ],
)
async def test_list_with_a_mistake_is_kept_and_enrols_nobody(bank: Bank, people: str, said: str):
    client = await bank.client("maker")
    form = {"csrf": bank.sessions["maker"].csrf, "role": "diner", "people": people}
    answer = await client.post("/scenes/canteen/people", data=form)
    assert answer.status_code in (400, 409)
    assert said in answer.text
    assert all(line in answer.text for line in people.split())
    listed = await client.get("/scenes/canteen/people?role=diner")
    assert "p-1" not in listed.text
    form["people"] = "p-1, 张三"
    answer = await client.post("/scenes/canteen/people", data=form)
    assert answer.status_code == 303
    assert "张三" in (await client.get("/scenes/canteen/people?role=diner")).text


async def test_log_names_things_and_people_in_the_words_of_the_scene(bank: Bank):
    client = await bank.client("maker")
    text = (await client.get("/scenes/canteen/events")).text
    assert '就餐人 安 <small class="quiet">ann</small>' in text
    assert "本场景" in text
    for raw in ("diner:ann", "scene:", "clock:clock", "party:"):
        assert f">{raw}" not in text, raw


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("zh-CN", ("开立", "安", "撤回授权 · 记账本", "停用消息地址", "处理到期合约")),
        ("en-GB", ("Opened", "安", "Consent withdrawn · 记账本", "Address for news",
                   "Contracts due")),
    ],
)  # fmt: skip
async def test_log_says_what_the_platform_did_with_product_and_customer(
    bank: Bank, language: str, says: tuple[str, ...]
):
    product = standard_shelf().products["instalment"].texts["en" if language[:2] == "en" else "zh"]
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        party = await connection.fetchval("select id from party where ref = 'ann'")
        for number, (action, subject, facts) in enumerate((
            ("contract.opened", "contract:01a206ec", {"product": "instalment", "customer": party}),
            ("consent.withdrawn", "consent:1", {"app": "记账本", "consent": {"party": "ann"}}),
            ("webhook.disabled", "webhook:2", {"webhook": {"url": "https://partner.test/x"}}),
            ("contracts.woken", "shelf", {"day": "2026-03-02"}),
        )):  # fmt: skip
            await connection.execute(
                "insert into event (tenant, shard, scene, seq, at, action, subject, actor, facts) "
                "select tenant, shard, scene, seq + 1000 + $2, at, $3, $4, 'clock:clock', $5 "
                "from event where scene = $1 order by seq desc limit 1",
                bank.scene, number, action, subject, facts,
            )  # fmt: skip
    client = await bank.client("maker", **{"accept-language": language})
    text = (await client.get("/scenes/canteen/events")).text
    for said in (*says[1:], f"{says[0]} · {product.name}"):
        assert said in text
    for raw in ("contract.opened", "contract:01a2", "consent:1", "webhook:2"):
        assert raw not in text


async def test_approver_of_a_change_sees_it_against_what_is_in_force(bank: Bank):
    maker, checker = await bank.client("maker"), await bank.client("checker")
    form = {"csrf": bank.sessions["maker"].csrf}
    begun = await maker.post("/launches", data=form | {"scene": "canteen"})
    path = begun.headers["location"]
    (launch,) = await list_launches(bank.pool, bank.tenant.id)
    wish = form | {"name": launch.wish.name, "ref": "canteen", "region": "杭州", "origins": ORIGIN}
    wish |= {f"option.{name}": str(value) for name, value in launch.wish.options.items()}
    wish["option.daily_limit"] = "61.50"
    answer = await maker.post(f"{path}/submit", data=wish)
    assert answer.status_code == 303, answer.text
    text = (await checker.get(path)).text
    asked = text[text.index("与现行版本相比") : text.index("申请内容")]
    assert asked.count("<tr><td>") == 1
    assert "<b>¥61.50</b></td>" in asked
    assert "每日限额" in asked
