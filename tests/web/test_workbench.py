"""The workbench of relationship managers, and the page of a decision."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.shelf import standard_shelf
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from lending import Lending, open_lending

PACKS = Path(__file__).parents[2] / "packs"
PASSWORD = "a-long-password"


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        for login, role in (("zhou", "manager"), ("audit", "auditor"), ("hall", "partner")):
            await create_user(
                pool, found.trip.tenant, login, name=login, password=PASSWORD, roles=[role],
                party="site" if role == "partner" else None,
            )  # fmt: skip
        await found.trip.book("ann", "B1", "3600.00")
        yield found


class Desk:
    """Somebody of the bank, at the console."""

    def __init__(self, lending: Lending, language: str) -> None:
        app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bank.test",
            headers={"accept-language": language}, follow_redirects=True,
        )  # fmt: skip
        self.csrf = ""

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def press(self, path: str, **form: str) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **form})


async def desk_of(lending: Lending, login: str = "sun", language: str = "zh-CN") -> Desk:
    desk = Desk(lending, language)
    session = await log_in(lending.trip.pool, f"{login}@bank", PASSWORD)
    desk.client.cookies.set(COOKIE, session.token)
    desk.csrf = session.csrf
    return desk


async def referred(lending: Lending) -> str:
    """Ann's application for an order that looks like another one."""
    await lending.trip.book("ann", "B2", "3600.00")
    await lending.decide("B1")
    told = await lending.decide("B2")
    assert told["state"] == "referred"
    return str(told["id"])


def task_of(page: str) -> str:
    return re.findall(r'href="/workbench/([0-9a-f-]{36})"', page)[0]


async def test_a_case_is_taken_talked_over_decided_and_finished_with_a_manager(
    lending: Lending,
) -> None:
    ref = await referred(lending)
    desk = await desk_of(lending)
    board = await desk.get("/")
    assert board.url.path == "/workbench"
    path = f"/workbench/{task_of(board.text)}"
    early = await desk.press(f"{path}/decide", outcome="approved", why="看过了，没有问题")
    assert early.status_code == 403  # nobody decides on what is not theirs
    page = (await desk.press(f"{path}/take")).text
    for said in ("海边三日", "3,600.00", "来自场景", "有一笔内容相同的订单", "由 孙悦 处理"):
        assert said in page
    # People are told by their names, not by what they log in with.
    listed = (await desk.get("/workbench")).text.partition("<table")[2]
    assert "孙悦" in listed
    assert "sun@bank" not in listed
    await desk.press(f"{path}/say", said="您好，我来核实这两笔订单。")
    assert "我来核实" in str((await lending.get(f"/{ref}/talk")).json())
    await lending.post(f"/{ref}/talk", {"said": "两位家人各订了一份。"})
    assert "两位家人" in (await desk.get(path)).text
    short = await desk.press(f"{path}/decide", outcome="approved", why="行")
    assert "请写明理由" in short.text
    page = (await desk.press(f"{path}/decide", outcome="approved", why="已电话核实两笔订单")).text
    assert 'data-state="approved"' in page
    assert "等待客户在手机银行签署" in (await desk.press(f"{path}/code")).text
    # The manager never sees the code: the customer signs on the telephone.
    code = await lending.last_code()
    assert code not in (await desk.get(path)).text
    from enscene.engagement.applications import application_id, confirm_application

    rows = await lending.sql("select id from party where ref = 'ann'")
    done = await confirm_application(
        lending.trip.pool, lending.trip.host, lending.trip.tenant.id, application_id(ref),
        customer=rows[0][0], code=code, channel="manager", actor="ann",
    )  # fmt: skip
    assert (done.state, done.ended_in, done.staff) == ("done", "manager", "sun@bank")
    await desk.press(f"{path}/finish", result="已核实并签署")
    tasks = await lending.sql(
        "select state, result, replied_at is not null, taken_at is not null from staff_task"
    )
    assert [tuple(row) for row in tasks] == [("done", "已核实并签署", True, True)]
    audit = await desk_of(lending, "audit")
    page = (await audit.get(f"/applications/{ref}")).text
    for said in ("已电话核实两笔订单", "挑战者策略", "评分卡", "没有雷同的事实", "sun@bank"):
        assert said in page


async def test_anothers_task_is_not_for_my_eyes(lending: Lending) -> None:
    await referred(lending)
    mine = await desk_of(lending)
    path = f"/workbench/{task_of((await mine.get('/workbench')).text)}"
    await mine.press(f"{path}/take")
    other = await desk_of(lending, "zhou")
    assert (await other.get(path)).status_code == 403
    assert (await other.press(f"{path}/take")).status_code in (403, 409)
    assert "海边三日" not in (await other.get(path)).text
    assert (await (await desk_of(lending, "hall")).get("/workbench")).status_code == 403
    audit = await desk_of(lending, "audit")
    assert (await audit.press(f"{path}/take")).status_code == 403


async def test_what_no_person_may_set_aside(lending: Lending) -> None:
    ref = await referred(lending)
    desk = await desk_of(lending)
    path = f"/workbench/{task_of((await desk.get('/workbench')).text)}"
    await desk.press(f"{path}/take")
    await lending.sql(
        "update credit_decision set record = jsonb_set(record, '{rules,0,says}', '\"refused\"') "
        "where outcome = 'referred'"
    )
    page = await desk.press(f"{path}/decide", outcome="approved", why="客户很着急，请通融")
    assert "该规则不能由人工放行" in page.text
    page = await desk.press(f"{path}/decide", outcome="refused", why="不符合产品准入条件")
    assert 'data-state="refused"' in page.text
    assert (await lending.get(f"/{ref}")).json()["state"] == "refused"


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
async def test_every_page_in_both_languages(lending: Lending, language: str) -> None:
    ref = await referred(lending)
    desk = await desk_of(lending, language=language)
    board = (await desk.get("/workbench")).text
    chinese, own = re.compile(r"[一-鿿]"), re.compile(r"海边三日|中文|孙悦|入景")
    for path in ("/workbench", f"/workbench/{task_of(board)}", "/applications",
                 f"/applications/{ref}"):  # fmt: skip
        page = await desk.get(path)
        assert page.status_code == 200
        text = re.sub(r"<[^>]+>", " ", page.text)
        if language == "en-GB":
            assert chinese.findall(own.sub("", text)) == [], path


async def called_in(lending: Lending, ref: str) -> tuple[Desk, str]:
    """The manager's desk, and the path of the task that the customer has called for, taken."""
    answer = await lending.post(f"/{ref}/call_in", {"kind": "chat", "said": "请帮我看看"})
    assert (answer.status_code, answer.json()["automatic"]) == (200, False)
    desk = await desk_of(lending)
    path = f"/workbench/{answer.json()['task']}"
    await desk.press(f"{path}/take")
    return desk, path


async def test_after_a_refusal_a_person_may_look_again_and_decide(lending: Lending) -> None:
    told = await lending.decide("B1", fields={"income": "500.00"})
    ref = told["id"]
    assert (told["state"], told["reasons"][0]["code"]) == ("refused", "affordable")
    desk, path = await called_in(lending, ref)
    kept = (await lending.get(f"/{ref}")).json()
    assert (kept["state"], kept["reasons"]) == ("refused", told["reasons"])
    early = await desk.press(f"{path}/decide", outcome="approved", why="收入证明已核实")
    assert early.status_code == 409  # what was refused is judged anew first
    page = (await desk.press(f"{path}/reopen")).text
    assert 'data-state="referred"' in page
    decisions = await lending.sql("select id::text from credit_decision order by at, id")
    assert len(decisions) == 2
    assert decisions[0][0] == told["decision"]  # the first one is kept
    page = (await desk.press(f"{path}/decide", outcome="approved", why="收入证明已核实")).text
    assert 'data-state="approved"' in page
    steps = [step["step"] for step in (await lending.get(f"/{ref}")).json()["steps"]]
    assert steps == ["begun", "decided", "called_in", "joined", "reopened", "overridden"]


@pytest.mark.parametrize("why", ["used", "eligible", "claim"])
async def test_eligibility_and_the_truth_of_the_fact_are_never_set_aside(
    lending: Lending, why: str
) -> None:
    claims = {"claims": {"price": "3000.00"}} if why == "claim" else {}
    said = {"income": "2000.00"}
    told = await lending.decide("B1", fields=said, months=3, **claims)
    assert told["state"] == "refused"
    if why == "used":
        assert (await lending.decide("B1", fields=said))["state"] == "approved"
    elif why == "eligible":
        await lending.know("ann", born="2015-01-01", customer_since="2020-01-01")
    desk, path = await called_in(lending, told["id"])
    page = await desk.press(f"{path}/reopen")
    assert (page.status_code, "该规则不能由人工放行" in page.text) == (422, True)
    assert (await lending.get(f"/{told['id']}")).json()["state"] == "refused"
    assert len(await lending.sql("select from credit_decision")) == (2 if why == "used" else 1)


async def test_the_page_of_a_refusal_says_which_condition_is_not_met(lending: Lending) -> None:
    await lending.know("ann", born="2015-01-01", customer_since="2020-01-01")
    told = await lending.decide("B1")
    assert told["state"] == "refused"
    desk = await desk_of(lending)
    page = await desk.get(f"/applications/{told['id']}")
    assert page.status_code == 200
    assert told["reasons"][0]["zh"] in page.text


async def test_what_came_before_any_service_is_not_for_a_person_to_decide(
    lending: Lending,
) -> None:
    answer = await lending.post("", {"product": "instalment", "amount": "1000.00"}, "bob")
    told = answer.json()
    assert told["reasons"][0]["code"] == "before_service"
    called = await lending.post(f"/{told['id']}/call_in", {"kind": "chat"}, "bob")
    desk = await desk_of(lending)
    path = f"/workbench/{called.json()['task']}"
    page = (await desk.press(f"{path}/take")).text
    assert f"{path}/reopen" not in page
    page = await desk.press(f"{path}/reopen")
    assert (page.status_code, "没有可由人工决定的内容" in page.text) == (422, True)


async def test_a_manager_completes_what_a_customer_has_only_begun(lending: Lending) -> None:
    begun = await lending.begin("B1", fields={})
    answer = await lending.post(f"/{begun['id']}/call_in", {"kind": "chat", "insists": True})
    desk = await desk_of(lending)
    path = f"/workbench/{answer.json()['task']}"
    page = (await desk.press(f"{path}/take")).text
    assert 'name="income"' in page
    assert 'name="born"' not in page  # what the bank knows is asked by nobody
    empty = await desk.press(f"{path}/complete")
    assert (empty.status_code, 'data-state="begun"' in empty.text) == (422, True)
    page = (await desk.press(f"{path}/complete", income="9000.00")).text
    assert 'data-state="approved"' in page
    told = (await lending.get(f"/{begun['id']}")).json()
    assert told["steps"][-1] | {"at": ""} == {"step": "decided", "channel": "manager", "at": ""}
    assert told["fields"]["income"] == {"value": "9000.00", "from": "customer"}


async def test_a_case_in_hand_is_not_handed_to_another(lending: Lending) -> None:
    """Referred while a manager has it: the same manager decides, without a second task."""
    await lending.decide("B1")
    await lending.trip.book("ann", "B2", "3600.00")
    begun = await lending.begin("B2")
    answer = await lending.post(f"/{begun['id']}/call_in", {"kind": "call_back"})
    desk = await desk_of(lending)
    path = f"/workbench/{answer.json()['task']}"
    await desk.press(f"{path}/take")
    page = (await desk.press(f"{path}/complete")).text
    assert 'data-state="referred"' in page
    assert len(await lending.sql("select from staff_task")) == 1
    page = (await desk.press(f"{path}/decide", outcome="approved", why="两位家人各订一份")).text
    assert 'data-state="approved"' in page


async def test_a_follow_up_names_the_product_and_leads_to_the_customer(lending: Lending) -> None:
    await lending.sql(
        "insert into contract (tenant, id, scene, product, customer, currency, seq, opened_at, "
        "terms) select tenant, gen_random_uuid(), 1, 'instalment', id, 'CNY', 1, now(), '{}' "
        "from party where ref = 'ann'"
    )
    await lending.sql(
        "insert into staff_task (tenant, id, kind, scene, customer, contract, need, reason, state, "
        "made_at) select tenant, gen_random_uuid(), 'follow_up', (select min(id) from scene), "
        "customer, id::text, 5, 'overdue', 'open', now() from contract where product = 'instalment'"
    )
    name = standard_shelf().products["instalment"].texts["zh"].name
    desk = await desk_of(lending)
    board = (await desk.get("/workbench")).text
    assert f">{name}</td>" in board
    page = (await desk.get(f"/workbench/{task_of(board)}")).text
    assert f"· {name} ·" in page
    assert 'href="/customers/ann"' in page
