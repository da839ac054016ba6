"""Story `golden`: the six steps of the product in one bank, in a browser, pages and the API.

A branch launches a scene; customers are served first and finish with the bank; one cycle of the loop
teaches the next; a month's account is read; a second city copies the scene and its branch of origin is
credited. Every figure is read back; whatever is not as it should be makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from enscene.cli import _golden_console as console
from enscene.cli import _golden_diner as diner
from enscene.cli import _story_embedding, _story_loop
from enscene.cli._demo_logins import keep_logins
from enscene.cli._partners import Partner, keep_partner
from enscene.cli._say import say
from enscene.cli._story_report import tell_report
from enscene.cli._story_sandbox import Sandbox, sandbox
from enscene.commit import admit
from enscene.commit.move_clock import move_clock
from enscene.kernel.clock import format_time, zone_of
from enscene.kernel.money import parse_money
from enscene.simulator.client import App, Message
from enscene.storage import open_pool
from enscene.storage.cluster import Cluster
from enscene.tenants import create_tenant, find_tenant

if TYPE_CHECKING:
    from playwright.async_api import Browser

HELP = "黄金故事六步：上线、服务、办结、闭环、场景账、复制 · the six steps from a template to a second city"
BANK, CITY = "sandbox", "ningbo"
SCENE, COPY, TRAVEL = "riverside", "ningbo-canteen", "travel"
MINUTES_MOST = 6
POINTS = 1_000
"""Of 10,000: what the branch of origin gets of what the copy turns over."""
ZONE = zone_of("Asia/Shanghai")
APRIL, MAY, JUNE = (datetime(2026, month, 1, 0, 5, tzinfo=ZONE) for month in (4, 5, 6))
IN_APRIL = datetime(2026, 4, 10, 12, tzinfo=ZONE)
CREDIT_PATIENCE_S, PAUSE_S = 150.0, 1.0
PROGRAMS = {
    BANK: ("copying", Partner("复制推广", None, {}, ("launch:read",))),
    CITY: (CITY, Partner("宁波分行", None, {}, ("platform:clock",))),
}
"""What reads credits for the branch of origin, and moves the clock of the second city."""


def play(arguments: argparse.Namespace) -> int:
    """Play it; 1 when something was not as it should be."""
    return tell_report(asyncio.run(_play()), one_line=arguments.json)


async def _play() -> dict[str, Any]:
    async with console.chromium() as browser, sandbox() as bank:
        return await Story(bank, browser).play()


class Story:
    """A bank with two branches, their people, and its customers."""

    def __init__(self, bank: Sandbox, browser: Browser) -> None:
        self.bank, self.browser = bank, browser
        self.core = bank.app("core")
        self.checks: dict[str, bool] = {}
        self._keys = 0

    async def play(self) -> dict[str, Any]:
        """All of it, in order."""
        began = time.monotonic()
        launched_s = await self._launch()
        here = await self._served_here()
        served = await _story_embedding.Story(self.bank).play()
        self._take("served", served["checks"])
        loop = await _story_loop.Story(self.bank).play()
        self._take("loop", loop["checks"])
        account = await self._month()
        copied, credited = await self._copy()
        took = time.monotonic() - began
        self._check(f"all of it within {MINUTES_MOST} minutes", took <= MINUTES_MOST * 60)
        checks = served["checks"]
        return {
            "story": "golden",
            "launched_s": launched_s,
            "served_first": here["served_first"] and checks["no product before service"],
            "finished_in_bank": served["finished_in_bank"],
            "closed_everywhere": here["closed"] and checks["closed with one key"]
            and served["partner_heard"] == ["contract.opened", "contract.closed"],
            "loop_uplift": loop["change"],
            "account": account,
            "copied": copied,
            "credited": credited,
            "took_s": round(took, 1),
            "checks": self.checks,
        }  # fmt: skip

    def _check(self, what: str, good: bool) -> None:
        self.checks[what] = bool(good)

    def _take(self, step: str, checks: dict[str, bool]) -> None:
        self.checks |= {f"{step}: {what}": good for what, good in checks.items()}

    async def _desk(self, login: str, tenant: str) -> console.Desk:
        password = self.bank.password(login)
        return await console.Desk.open(self.browser, self.bank.url, f"{login}@{tenant}", password)

    # -- one: a branch launches a scene --------------------------------------------------------

    async def _launch(self) -> float:
        say(
            "一：支行选模板、搭积木、演练、双人上线",
            "one: a branch launches a scene, by two people",
        )
        maker, checker = await self._desk("li", BANK), await self._desk("wang", BANK)
        name = "滨江园区食堂"
        await console.ask_for(maker, SCENE, name)
        await console.approve(checker, name)
        await console.begin_pilot(maker, SCENE)
        await console.set_criterion(maker, checker, SCENE, f"{APRIL:%Y-%m}")
        await console.go_live(checker, SCENE)
        seconds = await console.seconds_to_live(maker, SCENE)
        await console.enrol(maker, SCENE)
        self._check("live within ten minutes of the choice", 0 < seconds < 600)
        return round(seconds, 1)

    # -- two and three, in the scene that was launched: served first, one product, one key ----

    async def _served_here(self) -> dict[str, bool]:
        say("二、三：新场景的顾客先得到服务，再看到一个合适的产品，并一键关闭",
            "two and three: the new scene serves its customer, then offers; closed with one key")  # fmt: skip
        desk = await self._desk("li", BANK)
        wallet = await diner.Wallet.open(desk, SCENE)
        before = await wallet.offers.count()
        await wallet.pay_in(diner.PAID_IN)
        left = await wallet.eat(diner.MEAL)
        offers, says = await wallet.offered()
        served_first = before == 0 and left == diner.PAID_IN - diner.MEAL
        self._check("here: served before anything is offered", served_first)
        self._check("here: one fitting product, with its reason",
                    offers == 1 and diner.PRODUCT in says and "推荐理由" in says)  # fmt: skip
        await wallet.accept(diner.TOPPED_UP)
        left = await wallet.eat(diner.MEAL, topped_up=diner.TOPPED_UP)
        self._check("here: the product serves", left == diner.PAID_IN + diner.TOPPED_UP
                    - 2 * diner.MEAL)  # fmt: skip
        await wallet.shut()
        phone = await diner.Phone.open(self.browser, self.bank.url, BANK, f"{SCENE}-1")
        self._check("here: found under my scenes", await phone.finds(SCENE))
        closed = await phone.close(SCENE) == "closed"
        wallet = await diner.Wallet.open(desk, SCENE)
        closed = closed and await wallet.has_no_product()
        self._check("here: closed with one key, and the scene knows", closed)
        await wallet.shut()
        return {"served_first": served_first, "closed": closed}

    # -- five: the account of a month ----------------------------------------------------------

    async def _month(self) -> dict[str, Any]:
        say("五：三月的场景账", "five: the account of March")
        await self._to(self.core, APRIL)
        await self._figures("2026-03-31")
        told = await self.core.get(f"/v1/{TRAVEL}/account?month=2026-03")
        (sheet,) = [each for each in told["sheets"] if each["currency"] == "CNY"]
        lines = {f"{each['line']}.{each['part']}": each["amount"] for each in sheet["lines"]}
        self._check("the account is computed to the end of the month",
                    told["computed_to"] == "2026-03-31")  # fmt: skip
        self._check("the scene has lines and people", bool(lines) and bool(told["leading"]))
        here = await console.read_account(await self._desk("li", BANK), SCENE, "2026-03")
        meals, kept = 2 * diner.MEAL, diner.PAID_IN + diner.TOPPED_UP - 2 * diner.MEAL
        self._check("here: the account tells to the cent what was paid and what is left",
                    diner.sum_of(here["deposits"]) == kept
                    and diner.sum_of(here["fees"]) + diner.sum_of(here["collected"]) == meals)  # fmt: skip
        return {"month": told["month"], "lines": lines, "result": sheet["result"],
                "leading": told["leading"], "launched": here}  # fmt: skip

    # -- six: a second city --------------------------------------------------------------------

    async def _copy(self) -> tuple[dict[str, Any], dict[str, Any]]:
        say("六：第二个城市复制场景，原分行得分成", "six: a second city copies the scene")
        origin, second = await self._desk("li", BANK), await self._desk("wang", BANK)
        await self._to(self.core, IN_APRIL)
        self._check("the customer of the original has paid a meal", await self._meal(origin, SCENE))
        await self._to(self.core, MAY)
        await self._figures("2026-04-30")
        await console.offer_for_copying(origin, second, SCENE, POINTS)
        city = await self._city()
        maker, checker = await self._desk("li", CITY), await self._desk("wang", CITY)
        began = time.monotonic()
        await console.copy_scene(maker, checker, COPY, "宁波食堂", "宁波")
        copied = {"person_s": round(time.monotonic() - began, 1),
                  "live_s": round(await console.seconds_to_live(maker, COPY), 1),
                  "steps": maker.steps + checker.steps, "lines_of_code": 0}  # fmt: skip
        self._check("copied within five minutes", copied["person_s"] <= 300)
        await console.enrol(maker, COPY)
        self._check("a customer of the copy has paid a meal", await self._meal(maker, COPY))
        await self._to(city, JUNE)
        await self._figures("2026-05-31")
        return copied, await self._credited()

    async def _meal(self, desk: console.Desk, ref: str) -> bool:
        """Money in and a meal, in the scene's own page; whether the purse tells both."""
        wallet = await diner.Wallet.open(desk, ref)
        before = await wallet.holds()
        await wallet.pay_in(diner.PAID_IN)
        left = await wallet.eat(diner.MEAL)
        await wallet.shut()
        return left == before + diner.PAID_IN - diner.MEAL

    async def _city(self) -> App:
        """A branch in another city with people of its own; its program."""
        # Its own server, also where ENSCENE_DATABASE_URL names another bank's.
        cluster = Cluster(self.bank.home)
        try:
            pool: Any = await open_pool(cluster.start().url_app, size_max=2)
            try:
                above = await find_tenant(pool, BANK)
                city = await create_tenant(pool, CITY, "宁波分行 · Ningbo Branch", sandbox=True,
                                           parent=above)  # fmt: skip
                async with pool.acquire() as connection, connection.transaction():
                    await admit(connection, [city.id])
                    await move_clock(connection, city.shard, city.id, MAY)
                await keep_logins(pool, city, self.bank.home)
                for tenant in (above, city):
                    name, program = PROGRAMS[tenant.ref]
                    await keep_partner(pool, tenant, self.bank.home, name, program)
            finally:
                await pool.close()
        finally:
            cluster.release()
        return self.bank.app(CITY)

    async def _credited(self) -> dict[str, Any]:
        """What the branch of origin gets of the copy's month, once the night's work has kept it."""
        origin = self.bank.app("copying")
        until = time.monotonic() + CREDIT_PATIENCE_S
        found: list[dict[str, Any]] = []
        while not found and time.monotonic() < until:
            found = (await origin.get("/v1/copies/credits"))["data"]
            await asyncio.sleep(PAUSE_S if not found else 0)
        if not found:
            self._check("the branch of origin is credited", good=False)
            return {}
        (credit,) = [each for each in found if each["points"] == POINTS]
        value, share = (parse_money(credit[name], "CNY") for name in ("value", "credited"))
        self._check("the branch of origin is credited its share of what the copy turned over",
                    value > 0 and share == round(value * POINTS / 10_000))  # fmt: skip
        return credit

    # -- the clock and the night's work --------------------------------------------------------

    async def _to(self, app: App, moment: datetime) -> None:
        self._keys += 1
        body = json.dumps({"now": format_time(moment)}).encode()
        done = await app.send(Message("PUT", "/v1/sandbox/clock", body, key=f"golden-{self._keys}"))
        assert done.status == 200, done

    async def _figures(self, day: str) -> None:
        """The indicators of a day, by the command for days that nobody waits for."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "enscene.cli", "lake", "indicators", "--day", day, "--json",
            env={**os.environ, "ENSCENE_HOME": str(self.bank.home)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        told, wrong = await process.communicate()
        self._check(f"the figures of {day} are computed", process.returncode == 0)
        assert process.returncode == 0, wrong.decode() + told.decode()
