"""Threats about whose token, whose address and whose consent it is."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from joserfc.jwk import ECKey

from enscene.api.webhooks import Poster, Rules, WebhookSettings
from enscene.api.webhooks.target import read_target
from enscene.cli._attack_arena import Arena
from enscene.cli._attack_channel import bound_token, proof
from enscene.cli._attack_judge import Judged
from enscene.simulator.client import Message
from enscene.tenants.apps import find_app, grant_app, revoke_grant

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
INSIDE = (
    "https://169.254.169.254/latest/meta-data/", "https://127.0.0.1/", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/", "https://10.0.0.1/", "https://192.168.1.1/",
    "https://172.16.0.1/", "https://100.64.0.1/", "https://[fd00::1]/", "https://[fe80::1]/",
    "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://localhost/", "https://metadata.google.internal/", "https://a.local/",
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_",
    "https://user:word@example.com/", "https://example.com:22/", "//example.com/", "javascript:1",
)  # fmt: skip
RESOLVED: tuple[list[str], ...] = (
    ["127.0.0.1"], ["169.254.169.254"], ["10.0.0.8"], ["::1"], ["::ffff:127.0.0.1"],
    ["93.184.216.34", "127.0.0.1"], ["fe80::1%lo"], [],
)  # fmt: skip
"""What the name of an address may be made to stand for."""


async def stolen(arena: Arena, judged: Judged) -> None:
    """A bound token is worth nothing without its key, and a proof nothing a second time."""
    app = await arena.register("bound", scopes=["scene:travel:*"], party="bank",
                               token_binding="dpop")  # fmt: skip
    box, now = arena.box, int(time.time())
    mine, thief = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    told = await bound_token(arena.wire, box.url, app, mine)
    judged.check("a bound token is given", holds=told.get("token_type") == "DPoP")
    token, path = str(told.get("access_token")), "/v1/scenes"
    url = box.url + path

    async def ask(said: str, dpop: str | None, scheme: str = "DPoP") -> int:
        headers = {"authorization": f"{scheme} {token}"} | ({"dpop": dpop} if dpop else {})
        return (await arena.wire.send("GET", path, headers)).status

    once = proof(mine, "GET", url, token)
    judged.check("its owner uses it", holds=await ask("own", once) == 200)
    for said, dpop, scheme in (
        ("the same proof again", once, "DPoP"),
        ("no proof", None, "DPoP"),
        ("as a bearer", None, "Bearer"),
        ("another key", proof(thief, "GET", url, token), "DPoP"),
        ("another address", proof(mine, "GET", f"{box.url}/v1/other", token), "DPoP"),
        ("another method", proof(mine, "POST", url, token), "DPoP"),
        ("another token", proof(mine, "GET", url, "x"), "DPoP"),
        ("no token in it", proof(mine, "GET", url), "DPoP"),
        ("old", proof(mine, "GET", url, token, iat=now - 900), "DPoP"),
        ("of the future", proof(mine, "GET", url, token, iat=now + 900), "DPoP"),
    ):
        judged.check(said, holds=await ask(said, dpop, scheme) == 401)


async def inside(arena: Arena, judged: Judged) -> None:
    """News goes to no address inside: not by its address, its name, or where an answer leads."""
    before = await arena.get("/v1/webhooks")
    for url in INSIDE:
        made = await arena.post("/v1/webhooks", {"url": url, "events": ["*"]})
        judged.check(url, holds=(made.status, made.body.get("code")) == (400, "webhook.bad_url"))
    listed = await arena.get("/v1/webhooks")
    # How those are that were there before may change at any moment; which they are may not.
    kept, known = ([each["id"] for each in told["data"]] for told in (listed, before))
    judged.check("none was kept", holds=kept == known)
    came: list[bytes] = []

    async def inner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.readline())
        writer.write(b"HTTP/1.1 302 Found\r\nlocation: /inside\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(inner, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for addresses in RESOLVED:
            rules = Rules(ports=frozenset({port}))
            error, connects = await _post(f"https://evil.test:{port}/", rules, addresses)
            judged.check(f"a name that stands for {addresses}",
                         holds=(error, connects) == ("address_refused", 0))  # fmt: skip
        judged.check("nothing came inside", holds=not came)
        rules = Rules(loopback=frozenset({"127.0.0.1"}))
        error, connects = await _post(f"http://127.0.0.1:{port}/", rules, ["127.0.0.1"])
        judged.check("a redirect is not followed",
                     holds=error == "" and connects == len(came) == 1)  # fmt: skip


async def _post(url: str, rules: Rules, addresses: list[str]) -> tuple[str, int]:
    """What went wrong when the worker's own poster called it, and how often it connected."""

    async def resolve(host: str, port: int) -> list[str]:
        return addresses

    settings = WebhookSettings(rules=rules)
    poster = Poster(settings, resolve=resolve)
    try:
        outcome = await poster.post(read_target(url, rules, sandbox=True), [], b"{}")
    finally:
        await poster.close()
    assert not outcome.taken, "nothing here takes news"
    return outcome.error or "", poster.connects


async def withdrawn(arena: Arena, judged: Judged) -> None:
    """What a person allowed ends when they end it, also for those who are under way."""
    who = await arena.new_traveller("withdrawn", "500.00")
    app = await arena.register("pays", scopes=["scene:travel:*"])
    found = await find_app(arena.pool, app.credentials.client_id)
    actions = ["pay_card", "accounts.read"]
    grant = await grant_app(arena.pool, found, party=who, scene="travel", actions=actions)

    async def pay() -> int:
        message = Message("POST", "/v1/travel/actions/pay_card", b'{"amount": "1.00"}',
                          key=uuid4().hex, party=who)  # fmt: skip
        return (await app.send(message)).status

    judged.check("while it is in force", holds=await pay() == 200)
    flying = [asyncio.create_task(pay()) for _ in range(40)]
    await asyncio.sleep(0)
    await revoke_grant(arena.pool, found.tenant, grant)
    statuses = [await each for each in flying]
    judged.check("under way: paid or refused", holds=set(statuses) <= {200, 403})
    paid = 501 + statuses.count(200)
    before = await arena.traces()
    after = [await pay() for _ in range(5)]
    seen = await app.send(Message("GET", f"/v1/travel/accounts/card/{who}", party=who))
    judged.check("afterwards it is refused", holds=set(after) == {403})
    judged.check("nothing is seen afterwards", holds=seen.status in (403, 404))
    judged.check("nothing was moved", holds=await arena.traces() == before)
    judged.check("what was paid is there", holds=await arena.balance(who) == f"{paid}.00")
