"""The named threats, each with its bad inputs and what has to come of them."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from joserfc import jwt

from enscene.cli import (
    _attack_bombs,
    _attack_canary_pages,
    _attack_files,
    _attack_frames,
    _attack_people,
    _attack_signatures,
    _attack_tokens,
)
from enscene.cli._attack_arena import Arena
from enscene.cli._attack_judge import Judged
from enscene.simulator.client import Message
from enscene.simulator.wire import Reply
from enscene.tenants import find_tenant
from enscene.tenants.apps import ActsFor

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HOT_RATE, HOT_BURST = 2, 20
_TENANTS_TABLES = (
    "select table_name from information_schema.columns where column_name = 'tenant' "
    "and table_schema = current_schema()"
)

Threat = Callable[[Arena, Judged], Awaitable[None]]


async def judge_threats(arena: Arena) -> list[Judged]:
    """Every threat in turn; one that breaks off is wrong, and the others go on."""
    found = []
    for number, (name, play) in THREATS.items():
        judged = Judged(number, name)
        try:
            await play(arena, judged)
        except Exception as error:
            judged.wrong.append(f"broke off: {error!r}")
        mark = "✗" if judged.wrong else "✓"
        said = "; ".join([*judged.wrong, *judged.left])
        print(f"{mark} {number} {name}  {judged.checks} {said}", file=sys.stderr)
        found.append(judged)
    return found


async def _ask_token(arena: Arena, assertion: str) -> int:
    form = {"grant_type": "client_credentials", "client_assertion_type": _ASSERTION,
            "client_assertion": assertion}  # fmt: skip
    kind = {"content-type": "application/x-www-form-urlencoded"}
    reply = await arena.wire.send("POST", "/oauth/token", kind, urlencode(form).encode())
    return reply.status


async def _replay(arena: Arena, judged: Judged) -> None:
    """A signature that was used, is old, or is for somebody else."""
    known = arena.box.app("till").credentials
    now = int(time.time())

    def signed(**other: Any) -> str:
        claims = {"iss": known.client_id, "sub": known.client_id, "aud": arena.box.url,
                  "iat": now, "exp": now + 120, "jti": uuid4().hex}  # fmt: skip
        claims = {name: value for name, value in (claims | other).items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": known.kid}, claims, known.key)

    once = signed()
    judged.check("a fresh assertion is taken", holds=await _ask_token(arena, once) == 200)
    judged.check("the same one again is not", holds=await _ask_token(arena, once) == 401)
    for said, other in (
        ("expired", {"iat": now - 900, "exp": now - 600}),
        ("of the future", {"iat": now + 120, "exp": now + 240}),
        ("too long", {"exp": now + 86_400}),
        ("for another server", {"aud": "https://elsewhere.test"}),
        ("without an id", {"jti": None}),
        ("without an end", {"exp": None}),
        ("for another client", {"sub": "sandbox.core"}),
    ):
        judged.check(said, holds=await _ask_token(arena, signed(**other)) == 401)
    await _attack_signatures.messages(arena, judged)
    await _attack_signatures.gateway(arena, judged)


async def _tenants(arena: Arena, judged: Judged) -> None:
    """A tenant is the token's: no header and no path leads to another's."""
    bearer = {"authorization": f"Bearer {await arena.token()}"}
    plain = await arena.wire.send("GET", "/v1/scenes", bearer)
    for other in ("bank", "operator", "hangzhou"):
        named = await arena.wire.send("GET", "/v1/scenes", bearer | {"x-tenant": other})
        told = json.loads(named.content).get("code")
        judged.check(f"x-tenant {other} is refused",
                     holds=(named.status, told) == (403, "auth.tenant"))  # fmt: skip
        for header in ("tenant", "x-tenant-id", "tenant-id", "enscene-tenant"):
            reply = await arena.wire.send("GET", "/v1/scenes", bearer | {header: other})
            judged.check(f"{header} changes nothing", holds=reply.content == plain.content)
    async with arena.pool.acquire() as connection:
        rows = await connection.fetch(_TENANTS_TABLES)
        judged.check("the tables are found", holds=len(rows) > 100)
        for table in (row["table_name"] for row in rows):
            count = await connection.fetchval(f"select count(*) from {table}")
            judged.check(f"{table} is empty without a tenant", holds=count == 0)


async def _foreign(arena: Arena, judged: Judged) -> None:
    """Whatever belongs to somebody, asked for by everybody else, in this scene and another."""
    owner, other = await arena.new_traveller("idor-a"), await arena.new_traveller("idor-b")
    booking = await arena.book(owner, "900.00")
    application = await arena.apply(owner, booking)
    mine = await arena.send(
        "GET", f"/v1/travel/things/booking/{booking}", party=owner, role="traveller"
    )
    judged.check("one's own thing is there", holds=mine.status == 200)
    stranger = await arena.register("idor", scopes=[f"scene:{s}:*" for s in arena.scenes])
    abroad = await arena.register(
        "idor", of=await find_tenant(arena.pool, "yucai-school"), token_binding="none",
        scopes=[f"scene:{s}:*" for s in arena.scenes], acts_for=[ActsFor("travel", "traveller")],
    )  # fmt: skip
    for scene in ("travel", "smart_canteen"):
        for path in (
            f"/v1/{scene}/things/booking/{booking}",
            f"/v1/{scene}/accounts/card/{owner}",
            f"/v1/{scene}/applications/{application}",
            f"/v1/{scene}/applications/{application}/talk",
            f"/v1/{scene}/applications/{application}/documents/loan_contract",
        ):
            said = path.rpartition("/")[0]
            seen = await arena.send("GET", path, party=other, role="traveller")
            # Who acts in one scene has no right in the other; who has one is told of nothing.
            wanted = (404,) if scene == "travel" else (403, 404)
            judged.check(f"another's {said}: {seen.status}", holds=seen.status in wanted)
            for who, app in (("a stranger", stranger), ("another tenant", abroad)):
                for party in (other, owner):
                    seen = await app.send(Message("GET", path, party=party, role="traveller"))
                    judged.check(f"{who}: {said} {seen.status}", holds=seen.status in (403, 404))
    before = await arena.traces()
    for action, body in (
        ("cancel_booking", {"booking": booking}),
        ("book_package", arena.booking(owner, "idor-c", "1.00")),
    ):
        done = await arena.act("travel", action, other, body)
        judged.check(f"{action} for another: {done.status}", holds=done.status in (403, 404))
    for step in ("decide", "handoff", "code", "confirm", "give_up", "call_in"):
        path = f"/v1/travel/applications/{application}/{step}"
        done = await arena.post(path, {}, other)
        judged.check(f"{step} of another: {done.body.get('code')}",
                     holds=(done.status, done.body.get("code")) == (404, "application.not_found"))  # fmt: skip
    judged.check("nothing was done", holds=await arena.traces() == before)


async def _amounts(arena: Arena, judged: Judged) -> None:
    """Amounts that are none, and money out of rounding or another currency."""
    who = await arena.new_traveller("amounts")
    before = await arena.traces()
    raw = [b'{"amount": "%s"}' % text for text in (
        b"-5", b"NaN", b"1e400", b"1e-7", b"0.00", b"0.001", b"Infinity", b"1,0", b"0x1",
    )]  # fmt: skip
    raw += [b'{"amount": 5}', b'{"amount": 1e400}', b'{"amount": NaN}',
            b'{"amount": "1.00", "amount": "9.00"}', b'{"amount": null}']  # fmt: skip
    for body in raw:
        done = await arena.send("POST", "/v1/travel/actions/pay_card", body, party=who,
                                role="traveller", key=uuid4().hex)  # fmt: skip
        judged.check(body.decode(), holds=done.status == 400)
    judged.check("nothing was moved", holds=await arena.traces() == before)


async def _keys(arena: Arena, judged: Judged) -> None:
    """A key that is used again, for the same and for something else, at once and later."""
    who = await arena.new_traveller("keys")
    key = uuid4().hex
    first = await arena.act("travel", "pay_card", who, {"amount": "7.00"}, key)
    again = await arena.act("travel", "pay_card", who, {"amount": "7.00"}, key)
    other = await arena.act("travel", "pay_card", who, {"amount": "8.00"}, key)
    judged.check("the first is done", holds=first.status == 200 and not first.replayed)
    judged.check("the same again is replayed",
                 holds=again.replayed and again.body == first.body)  # fmt: skip
    judged.check("another body is refused", holds=other.status == 422)
    at_once = uuid4().hex
    many = await asyncio.gather(
        *(arena.act("travel", "pay_card", who, {"amount": "1.00"}, at_once) for _ in range(16))
    )
    judged.check("at once: no faults", holds={each.status for each in many} <= {200, 409})
    judged.check("it is there once", holds=await arena.balance(who) == "8.00")


async def _overdraft(arena: Arena, judged: Judged) -> None:
    """64 who want the same last hundred."""
    scene, who, role = "smart_canteen", "overdraft", "diner"
    body = json.dumps({"role": role, "name": who}).encode()
    await arena.send("PUT", f"/v1/{scene}/parties/{who}", body, key=uuid4().hex)
    amount = {"amount": "100.00"}
    filled = await arena.act(scene, "top_up", who, amount, role=role)
    judged.check("there is a hundred", holds=filled.status == 200)
    many = await asyncio.gather(
        *(arena.act(scene, "withdraw", who, amount, role=role) for _ in range(64))
    )
    statuses = [each.status for each in many]
    judged.check("exactly one has it", holds=statuses.count(200) == 1)
    judged.check("the others are refused", holds=statuses.count(422) == 63)
    told = await arena.get(f"/v1/{scene}/accounts/wallet/{who}", party=who, role=role)
    judged.check("nothing is left", holds=told["available"] == "0.00")


async def _hot(arena: Arena, judged: Judged) -> None:
    """Everybody on one account at once: nothing breaks, nothing is lost, and past what an
    application may send, or the house can hold, it is told when to come again."""
    who = await arena.new_traveller("hot")
    many = await asyncio.gather(
        *(arena.act("travel", "pay_card", who, {"amount": "1.00"}) for _ in range(1_500))
    )
    statuses = {each.status for each in many}
    done = sum(1 for each in many if each.status == 200)
    judged.check(f"no faults: {sorted(statuses)}", holds=statuses <= {200, 429, 503})
    judged.check("what was answered is there", holds=await arena.balance(who) == f"{done}.00")
    await _budget(arena, judged, who, done)


async def _budget(arena: Arena, judged: Judged, who: str, before: int) -> None:
    """An application sends five times what it may at once, on that same account."""
    app = await arena.register(
        "hot", scopes=["scene:travel:*"], rate=HOT_RATE, burst=HOT_BURST,
        acts_for=[ActsFor("travel", "traveller")],
    )  # fmt: skip
    token = await app.log_in()

    async def pay() -> Reply:
        headers = {
            "authorization": f"Bearer {token}", "content-type": "application/json",
            "idempotency-key": uuid4().hex, "acting-party": who, "acting-role": "traveller",
        }  # fmt: skip
        path = "/v1/travel/actions/pay_card"
        return await arena.wire.send("POST", path, headers, b'{"amount": "1.00"}')

    began = time.perf_counter()
    many = await asyncio.gather(*(pay() for _ in range(5 * HOT_BURST)))
    took_s = time.perf_counter() - began
    paid = [each for each in many if each.status == 200]
    turned_away = [each for each in many if each.status == 429]
    most = HOT_BURST + int(took_s * HOT_RATE) + 1
    judged.check("all are paid or told to come again",
                 holds=len(paid) + len(turned_away) == len(many))  # fmt: skip
    judged.check(f"{len(paid)} of at most {most} are let in", holds=HOT_BURST <= len(paid) <= most)
    judged.check("the others get 429", holds=len(turned_away) >= len(many) - most > 0)
    waits = [each.headers.get("retry-after", "") for each in turned_away]
    judged.check("each is told when to come again",
                 holds=all(text.isdecimal() and int(text) >= 1 for text in waits))  # fmt: skip
    codes = {json.loads(each.content).get("code") for each in turned_away}
    judged.check(f"and why: {codes}", holds=codes == {"unavailable.rate"})
    total = before + len(paid)
    judged.check("who was turned away paid nothing",
                 holds=await arena.balance(who) == f"{total}.00")  # fmt: skip
    await asyncio.sleep(max(map(int, waits), default=0))
    judged.check("then it is let in", holds=(await pay()).status == 200)


async def _structuring(arena: Arena, judged: Judged) -> None:
    """Ten payments just below what is reported: one case."""
    who = await arena.new_traveller("structuring", "600000.00")
    statuses = []
    for number in range(10):
        order = arena.booking(who, f"st-{number}", "49999.99")
        statuses.append((await arena.act("travel", "book_package", who, order)).status)
    judged.check("the scene's own limit stops nine", holds=statuses.count(422) == 9)
    # So as to see the rule too, the others come past the scene, as a file of the core would.
    for _ in range(9):
        await arena.move(who, "site-1", 49_999_99)
    for _ in range(80):
        told = await arena.get(f"/v1/screening/cases?customer={who}&rule=below_cash_threshold")
        if told["data"]:
            break
        await asyncio.sleep(0.25)
    judged.check("one case", holds=len(told["data"]) == 1)


async def _twice(arena: Arena, judged: Judged) -> None:
    """What may be given back once is asked back by sixteen at once."""
    who = await arena.new_traveller("twice", "100.00")
    booking = await arena.book(who, "100.00")
    many = await asyncio.gather(
        *(arena.act("travel", "cancel_booking", who, {"booking": booking}) for _ in range(16))
    )
    statuses = [each.status for each in many]
    judged.check("one is done", holds=statuses.count(200) == 1)
    judged.check("the others conflict", holds=statuses.count(409) == 15)


THREATS: dict[int, tuple[str, Threat]] = {
    1: ("replayed signature", _replay),
    2: ("stolen token", _attack_tokens.stolen),
    3: ("confused tenant", _tenants),
    4: ("another's things", _foreign),
    5: ("news to addresses inside", _attack_tokens.inside),
    6: ("bombs in packs", _attack_bombs.bombs),
    7: ("bad amounts", _amounts),
    9: ("reused keys", _keys),
    10: ("overdraft race", _overdraft),
    11: ("hot account", _hot),
    12: ("cutting up", _structuring),
    13: ("given back twice", _twice),
    16: ("consent withdrawn", _attack_tokens.withdrawn),
    17: ("staff who look around", _attack_people.browsing),
    18: ("files that leave", _attack_files.exporting),
    19: ("devices that speak as others", _attack_people.spoofing),
    20: ("a partner's certificate ends", _attack_files.lapsed),
    22: ("code of others", _attack_files.others_code),
    23: ("framing", _attack_frames.framing),
    24: ("persons in logs and answers", _attack_canary_pages.persons),
}
"""By their number in the list of threats."""
ASKED = (1, 2, 3, 4, 5, 6, 9, 11, 12, 16, 17, 18, 19, 20, 22, 23, 24)
"""Those that an open platform has to stand."""
