"""The Python client against a real server: once whatever gets lost, and what is wrong told."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from enscene_client import (
    BadSignature,
    Client,
    GatewayClient,
    Key,
    Policy,
    Problem,
    Rsa2,
    Unreachable,
    Unreadable,
)
from sdk.conftest import BACK, QUICK, RSA, Bank, environment
from sdk.lossy import RETRY_AFTER_S, Lossy, lossy_way
from sdk.test_callers import FLIGHT, LANDED, allowed

COVER = {"policy": "P-1", "traveller": "ann", "flight": FLIGHT}
STATEMENT = "/v1/rails/statements/2026-03-02?currency=CNY"
SITE: dict[str, Any] = {"party": "site"}
PROFILES = {
    "bearer": (SITE, {}),
    "dpop": (SITE | {"token_binding": "dpop"}, {"dpop": True}),
    "signed": (SITE | {"signing": "message"}, {"signing": True}),
    "dpop_signed": (
        SITE | {"token_binding": "dpop", "signing": "message"}, {"dpop": True, "signing": True},
    ),
}  # fmt: skip


async def site(bank: Bank, profile: str = "bearer", **more: Any) -> Client:
    """The client of the site's application, registered for that profile."""
    registration, given = PROFILES[profile]
    key = Key.generate("site-1")
    await bank.app("site", key, **registration)
    return bank.client("site", key, **(given | more))


async def on_the_way(bank: Bank, way: Lossy, profile: str, waits: list[float]) -> Client:
    """The same, but it reaches the bank by that way."""
    policy = Policy(sleep=waits.append, chance=lambda: 1.0)
    return await site(bank, profile, base=way.url, issuer=bank.url, policy=policy)


@pytest.mark.parametrize("profile", PROFILES)
async def test_what_was_lost_is_asked_again_with_the_same_key_and_done_once(
    bank: Bank, profile: str
) -> None:
    waits: list[float] = []
    async with lossy_way(bank.url) as way:
        way.faults = ["busy", "expired", "lost"]
        client = await on_the_way(bank, way, profile, waits)
        done = await asyncio.to_thread(client.act, "travel", "buy_cover", COVER)
    assert done.replayed
    assert done.body["moved"] == {"pay_premium": "20.00"}
    assert len(way.keys) >= 4
    assert set(way.keys) == {done.key}
    assert waits == [RETRY_AFTER_S, 1.0]  # none for a token that is over
    assert await bank.count("contract") == 1


async def test_a_client_that_gives_up_says_by_which_key_to_ask_again(bank: Bank) -> None:
    async with lossy_way(bank.url) as way:
        way.faults = ["lost"] * 6
        client = await on_the_way(bank, way, "bearer", [])
        with pytest.raises(Unreachable) as lost:
            await asyncio.to_thread(client.act, "travel", "buy_cover", COVER)
        key = lost.value.key
        done = await asyncio.to_thread(client.act, "travel", "buy_cover", COVER, key=key)
    assert (done.replayed, done.key) == (True, key)
    assert await bank.count("contract") == 1


async def test_a_reading_that_is_a_file_comes_as_its_bytes(bank: Bank) -> None:
    client, key = await site(bank, "signed"), Key.generate("rails-1")
    with pytest.raises(Problem) as refused:
        await asyncio.to_thread(client.get, STATEMENT)
    assert refused.value.code == "auth.scope"
    await bank.app("rails", key, scopes=["rails:payments"], signing="message")
    rails = bank.client("rails", key, signing=True)
    told = await asyncio.to_thread(rails.get, STATEMENT)
    assert told.content_type == "text/csv; charset=utf-8"
    assert told.body.startswith(b"line,day,at,")
    assert b"CLBD,2026-03-02," in told.body


@pytest.mark.parametrize("fault", ["broken", "page"])
async def test_an_answer_that_is_not_the_banks_json_is_asked_for_again_with_its_key(
    bank: Bank, fault: str
) -> None:
    async with lossy_way(bank.url) as way:
        way.faults = [fault] * 7
        client = await on_the_way(bank, way, "bearer", [])
        with pytest.raises(Unreadable) as unread:
            await asyncio.to_thread(client.act, "travel", "buy_cover", COVER)
        key = unread.value.key
        done = await asyncio.to_thread(client.act, "travel", "buy_cover", COVER, key=key)
    assert "JSON" in str(unread.value)
    assert set(way.keys) == {key}
    assert (done.replayed, done.body["moved"]) == (True, {"pay_premium": "20.00"})
    assert await bank.count("contract") == 1


async def test_an_answer_that_was_changed_on_the_way_is_not_taken(bank: Bank) -> None:
    async with lossy_way(bank.url) as way:
        way.faults = ["changed"]
        client = await on_the_way(bank, way, "signed", [])
        with pytest.raises(BadSignature):
            await asyncio.to_thread(client.act, "travel", "buy_cover", COVER)


async def test_a_problem_has_its_code_parameter_and_facts(bank: Bank) -> None:
    client = await site(bank)
    await bank.land(LANDED)
    bent: list[tuple[dict[str, Any], int, str, str | None]] = [
        (COVER | {"flight": LANDED}, 422, "scene.flight_over", None),
        ({"policy": "P-1", "traveller": "ann"}, 400, "invalid.missing_field", "flight"),
    ]
    for body, status, code, param in bent:
        with pytest.raises(Problem) as refused:
            await asyncio.to_thread(client.act, "travel", "buy_cover", body)
        problem = refused.value
        assert (problem.status, problem.code, problem.param) == (status, code, param)
        assert problem.request_id
        assert problem.key
        assert not problem.may_pass
    assert await bank.count("contract") == 0


async def test_lists_are_read_to_their_end_and_the_shelf_is_quoted(bank: Bank) -> None:
    client = await site(bank)
    key = Key.generate("core-1")
    await bank.app("core", key, party="bank")
    core = bank.client("core", key)

    def read() -> tuple[list[str], dict[str, Any]]:
        for number in range(5):
            client.act("travel", "buy_cover", COVER | {"policy": f"P-{number}"})
        found = [each["key"] for each in core.things("travel", "policy", limit="2")]
        return found, client.quote("travel").body

    found, quote = await asyncio.to_thread(read)
    assert sorted(found) == [f"P-{number}" for number in range(5)]
    judged = quote["eligible"] + quote["refused"]
    assert "delay_insurance" in {each["product"] for each in judged}


async def test_a_customer_is_asked_and_then_acted_for(bank: Bank) -> None:
    key = Key.generate("mini-1")
    await bank.app("mini", key, token_binding="dpop", redirect_uris=[BACK])
    client = bank.client("mini", key, dpop=True)
    asked = await asyncio.to_thread(client.ask_customer, BACK, "scene:travel:buy_cover")
    assert asked.verifier not in repr(asked)
    back = await allowed(bank, asked.url)
    for bad in (back.replace(f"state={asked.state}", "state=x"), back.replace(BACK, f"{BACK}x")):
        with pytest.raises(Problem, match="bad_return"):
            client.customer(asked, bad)
    ann = await asyncio.to_thread(client.customer, asked, back)
    assert ann.customer_ref == "ann"
    ann._tokens.forget(ann._tokens.access())  # so that it is renewed by the refresh token
    done = await asyncio.to_thread(ann.act, "travel", "buy_cover", COVER)
    assert done.body["state"] == "in_force"
    kept = ann.refresh_token
    assert kept is not None
    later = bank.client("mini", key, dpop=True).resume_customer(kept)
    again = await asyncio.to_thread(later.act, "travel", "buy_cover", COVER, key=done.key)
    assert (again.replayed, later.customer_ref) == (True, "ann")
    with pytest.raises(Problem, match=r"auth\.no_party"):
        await asyncio.to_thread(client.act, "travel", "buy_cover", COVER)


async def test_the_gateway_is_asked_again_with_the_same_msg_id(bank: Bank) -> None:
    await bank.app("app", None, party="site", signing="gateway", jwks=[RSA.as_dict(private=False)])
    key = Rsa2(RSA.as_pem(private=True))
    async with lossy_way(bank.url) as way:
        client = GatewayClient(way.url, "bank.app", key, policy=QUICK)
        way.faults = ["busy", "lost"]
        done = await asyncio.to_thread(client.act, "travel.buy_cover", COVER)
        sent = [parse_qs(body) for body in way.keys]
        assert {each["msg_id"][0] for each in sent} == {done.key}
        way.faults = ["changed"]
        with pytest.raises(BadSignature):
            await asyncio.to_thread(client.act, "travel.buy_cover", COVER | {"policy": "P-2"})
        client.close()
    assert (done.replayed, len(sent)) == (True, 3)


async def test_a_key_that_is_not_registered_opens_nothing(bank: Bank) -> None:
    client = await site(bank)
    stranger = bank.client("site", Key.generate("site-1"))
    with pytest.raises(Problem, match="invalid_client"):
        await asyncio.to_thread(stranger.act, "travel", "buy_cover", COVER)
    assert (await asyncio.to_thread(client.get, "/v1/scenes")).body["data"]


def test_a_key_is_made_by_a_command_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "erp.jwk"
    command = (sys.executable, "-m", "enscene_client", "new-key", "erp-1", path)
    made = subprocess.run(command, env=environment(), capture_output=True, check=True)
    assert json.loads(made.stdout) == Key.from_file(path).public_jwk()
    assert path.stat().st_mode & 0o077 == 0
    again = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert again.returncode == 1
    assert json.loads(made.stdout) == Key.from_file(path).public_jwk()


def test_keys_of_both_kinds_are_read_back() -> None:
    for key in (Key.generate("a"), Key(Ed25519PrivateKey.generate(), "b")):
        read = Key.from_jwk(key.private_jwk())
        assert (read.algorithm, read.public_jwk()) == (key.algorithm, key.public_jwk())
        assert "d" not in key.public_jwk()
