"""The JavaScript client in node against a real server. In a browser: `test_callers.py`."""

from __future__ import annotations

import asyncio
import json

import pytest

from enscene_client import Key
from sdk.conftest import ROOT, Bank, environment
from sdk.lossy import RETRY_AFTER_S, lossy_way
from sdk.test_callers import FLIGHT, LANDED


@pytest.mark.parametrize("dpop", [False, True], ids=["bearer", "dpop"])
async def test_what_was_lost_is_asked_again_with_the_same_key_and_done_once(
    bank: Bank, node: str, dpop: bool
) -> None:
    key = Key.generate("site-1")
    binding = "dpop" if dpop else "none"
    await bank.app("site", key, party="site", token_binding=binding)
    await bank.app("core", key, party="bank", token_binding=binding)
    await bank.land(LANDED)
    order = {"policy": "P-1", "traveller": "ann", "flight": FLIGHT}
    async with lossy_way(bank.url) as way:
        way.faults = ["busy", "expired", "lost"]
        given = {
            "base": way.url, "issuer": bank.url, "key": key.private_jwk(), "dpop": dpop,
            "order": order, "refused": order | {"policy": "P-2", "flight": LANDED},
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            node, str(ROOT / "tests" / "sdk" / "actions.mjs"),
            env=environment() | {"GIVEN": json.dumps(given)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    told = json.loads(out)
    assert told["done"]["replayed"]
    assert told["done"]["body"]["moved"] == {"pay_premium": "20.00"}
    *tries, refused = way.keys
    assert len(tries) >= 4
    assert set(tries) == {told["done"]["key"]}
    assert refused not in tries
    first, second = told["waits"]
    assert first == RETRY_AFTER_S * 1000
    assert 500 <= second <= 1000
    assert told["problem"] == {
        "name": "Problem", "code": "scene.flight_over", "status": 422, "key": True,
    }  # fmt: skip
    assert told["policies"] == ["P-1"]
    assert "delay_insurance" in told["judged"]
    assert await bank.count("contract") == 1


async def test_files_are_read_and_what_is_not_the_banks_json_is_asked_for_again(
    bank: Bank, node: str
) -> None:
    key = Key.generate("rails-1")
    scopes = ["rails:payments", "scene:travel:*"]
    await bank.app("rails", key, party="site", scopes=scopes)
    order = {"policy": "P-1", "traveller": "ann", "flight": FLIGHT}
    given = {"issuer": bank.url, "key": key.private_jwk(), "order": order}
    async with lossy_way(bank.url) as text, lossy_way(bank.url) as paper:
        paper.kind = "application/pdf"
        # Six tries in vain, twice; then one of each before the answer.
        text.faults = ["broken"] * 6 + ["page"] * 6 + ["page", "broken"]
        process = await asyncio.create_subprocess_exec(
            node, str(ROOT / "tests" / "sdk" / "files.mjs"),
            env=environment()
            | {"GIVEN": json.dumps(given | {"text": text.url, "paper": paper.url})},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    told = json.loads(out)
    assert told["text"]["contentType"] == "text/csv; charset=utf-8"
    assert told["text"]["body"].startswith("line,day,at,")
    assert told["paper"] == {"bytes": True, "same": True, "contentType": "application/pdf"}
    for error in told["unread"]:
        assert error["names"] == ["Unreadable", True, True]
        assert "JSON" in error["message"]
        assert error["key"] == "one"
    assert told["done"]["replayed"]
    assert set(text.keys) == {"one"}
    assert await bank.count("contract") == 1
