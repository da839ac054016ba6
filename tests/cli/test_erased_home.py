"""A whole installation, in a process of its own, forgets a person: no table, no file of the lake and
no line of a log names them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from customers.erasure.planting import MARKS, NAME, PHONE, REF, SAID, look_everywhere, look_in_files
from enscene.cli._story_pages import Browser, ScenePage, Shown
from enscene.cli._story_sandbox import Sandbox, sandbox
from enscene.simulator.client import App, Message
from enscene.storage import connect, open_database

SCENE, PAGE, TENANT = "travel", "trips", "sandbox"
PATIENCE, PAUSE_S = 120, 0.25


async def test_nothing_in_the_home_of_a_running_bank_names_who_was_erased() -> None:
    async with sandbox(people=4) as bank:
        opened = await asyncio.to_thread(open_database, bank.home)
        try:
            owner = await connect(opened.database.url_admin or "")
            await _live(bank)
            held = set(await look_everywhere(owner))
            assert {"party.ref", "party.name", "event.facts", "staff_task.reason"} <= held, held
            lake = bank.home / "lake"
            assert await _until(lambda: look_in_files(lake)), "the lake has heard of them"
            await _be_forgotten(bank)
            assert await look_everywhere(owner) == {}
            assert await _until(lambda: not look_in_files(lake)), look_in_files(lake)
            await owner.close()
        finally:
            await asyncio.to_thread(opened.close)
        assert _logs(bank.home), "there are logs to look into"
        assert {path.name: _named(path) for path in _logs(bank.home) if _named(path)} == {}


async def _live(bank: Sandbox) -> None:
    """They join a scene, look at its page, buy, ask for a call, open their bank, and have requests
    of theirs refused."""
    core, h5 = bank.app("core"), bank.app("h5")
    await _sent(core, "PUT", f"/v1/{SCENE}/parties/{REF}", {"role": "traveller", "name": NAME})
    page = await _page(bank, h5)
    assert NAME in (await page.look()).text
    granted = await page.press("/consent", item="recommendations", granted="1")
    assert granted.status == 200, granted.text
    asked = await page.press("/asking/person", say=SAID)
    assert asked.status == 200, asked.text
    booking = {
        "booking": REF, "traveller": REF, "site": "site-1", "title": SAID, "price": PHONE,
        "departs": NAME, "returns": "2026-12-05",
    }  # fmt: skip
    for path in (f"/v1/{SCENE}/actions/book_package", f"/v1/{SCENE}/{PHONE}", f"/v1/{quote(NAME)}"):
        message = Message(
            "POST", path, json.dumps(booking).encode(), key=f"{REF}-{len(path)}", party=REF
        )
        assert (await h5.send(message)).status >= 400
    phone = Browser(bank.wire, bank.url)
    home = await phone.post(f"/bank/{TENANT}/login", customer=REF, next="")
    assert home.status == 200, home.text


async def _page(bank: Sandbox, h5: App) -> ScenePage:
    token = await _sent(h5, "POST", "/h5/token", {"scene": SCENE, "page": PAGE, "party": REF})
    return ScenePage(bank.wire, f"/h5/{TENANT}/{SCENE}/{PAGE}", token["token"])


async def _sent(app: App, method: str, path: str, body: Any) -> Any:
    reply = await app.send(Message(method, path, json.dumps(body).encode(), key=f"{method}{path}"))
    assert reply.status < 300, reply
    return reply.body


async def _be_forgotten(bank: Sandbox) -> None:
    """The person asks on the bank's page with a code; two people of the bank decide."""
    phone = Browser(bank.wire, bank.url)
    await phone.post(f"/bank/{TENANT}/login", customer=REF, next="")
    base = f"/bank/{TENANT}"
    await _press(phone, f"{base}/erasure/code")
    code = (await phone.get(f"{base}/messages")).find(r"验证码 (\d{6})")
    asked = await _press(phone, f"{base}/erasure/ask", code=code)
    assert 'data-erasure="asked"' in asked.text, asked.text
    for login, step, form in (
        ("li", "check", {"verdict": "erase", "why": "nothing is open"}),
        ("wang", "decide", {"decision": "agree"}),
    ):
        desk = Browser(bank.wire, bank.url)
        door = await desk.get("/login")
        await desk.post(
            "/login", login=f"{login}@{TENANT}", password=bank.password(login),
            form=door.find(r'name="form" value="([^"]+)"'), next="/",
        )  # fmt: skip
        page = await desk.get("/erasures")
        path = page.find(rf'action="(/erasures/[^"]+/{step})"')
        done = await desk.post(path, csrf=page.find(r'name="csrf" value="([^"]+)"'), **form)
        assert done.status == 200, done.text


async def _press(phone: Browser, path: str, **form: str) -> Shown:
    page = await phone.get(f"/bank/{TENANT}/messages")
    return await phone.post(path, csrf=page.find(r'name="csrf" value="([^"]+)"'), **form)


async def _until(holds: Any) -> bool:
    """Whether it came to hold; the lake is written in the background."""
    for _ in range(PATIENCE):
        if await asyncio.to_thread(holds):
            return True
        await asyncio.sleep(PAUSE_S)
    return False


def _logs(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*.log") if path.is_file())


def _named(log: Path) -> list[str]:
    text = log.read_bytes()
    return [
        mark for mark in MARKS if mark.encode() in text or json.dumps(mark)[1:-1].encode() in text
    ]
