"""Whose messages a customer's page and the bank's script around it hear; each check that is taken
out of them is missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from enscene.api.server import serving
from enscene.cli._attack_frames import OTHER, SHOP, Framed, judge_frames
from enscene.cli._attack_judge import Judged
from enscene.web.console import STATIC
from enscene.web.h5_token import issue_h5_token
from web.conftest import Bank


class Bent:
    """The console with one of its scripts changed."""

    def __init__(self, app: ASGIApp, script: str, find: str, put: str) -> None:
        text = (STATIC / script).read_text("utf-8")
        assert text.count(find) == 1, find
        self.app, self.script, self.text = app, script, text.replace(find, put)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and Request(scope).url.path == f"/static/{self.script}":
            await Response(self.text, media_type="text/javascript")(scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def _judge(bank: Bank, app: Any, chromium: str) -> Judged:
    async with bank.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"set local enscene.tenants = '{{{bank.tenant.id}}}'")
        await connection.execute("update scene set profile = $1", {"origins": [SHOP, OTHER]})
    own, foreign = [
        await issue_h5_token(bank.pool, bank.tenant.id, "canteen", party)
        for party in ("ann", "bob")
    ]
    judged = Judged(23, "framing")
    async with serving(app, port=0) as url:
        framed = Framed(url, f"{url}/h5/bank/canteen/wallet", own, foreign)
        await judge_frames(chromium, framed, judged)
    return judged


async def test_nobody_else_is_heard_or_told(bank: Bank, chromium: str, assets: Path):
    judged = await _judge(bank, bank.app, chromium)
    assert (judged.checks, judged.wrong) == (13, [])


@pytest.mark.parametrize(
    ("script", "find", "put", "missed"),
    [
        ("h5.js", "|| !allowed.includes(event.origin)", "", "a token of another's is not taken"),
        ("h5.js", "event.source !== window.parent ||", "", "a frame beside it is not heard"),
        ("h5.js", "allowed.includes(origin) ? origin : null", "origin", "another is told nothing"),
        ("h5.js", "allowed.includes(origin)", "allowed.some((o) => origin.startsWith(o))",
         "another is told nothing"),
        ("enscene.js", "event.source !== frame.contentWindow ||", "",
         "another page of the bank's beside gets none, and nothing is done for it"),
        ("enscene.js", "|| event.origin !== origin", "", "nor does who has taken its frame"),
    ],
)  # fmt: skip
async def test_a_check_that_is_taken_out_is_missed(
    bank: Bank, chromium: str, assets: Path, script: str, find: str, put: str, missed: str
):
    judged = await _judge(bank, Bent(bank.app, script, find, put), chromium)
    assert missed in judged.wrong
