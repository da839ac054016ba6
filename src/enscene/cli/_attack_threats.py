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
    _attack_canary,
    _attack_files,
    _attack_people,
    _attack_signatures,
    _attack_tokens,
)
from enscene.cli._attack_arena import Arena
from enscene.cli._attack_judge import Judged
from enscene.scenes.language import load_pack_files
from enscene.scenes.language.scaffold import new_pack

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BOMB_MS = 100


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
        print(f"{mark} {number} {name}  {judged.checks} {'; '.join(judged.wrong)}", file=sys.stderr)
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
    token = await arena.token()
    for header in ("tenant", "x-tenant", "x-tenant-id", "tenant-id", "enscene-tenant"):
        reply = await arena.wire.send(
            "GET", "/v1/scenes", {"authorization": f"Bearer {token}", header: "bank"}
        )
        same = reply.status == 200 and b'"canteen"' not in reply.content
        judged.check(f"{header} changes nothing", holds=reply.status == 403 or same)
    async with arena.pool.acquire() as connection:
        for table in ("event", "transfer", "party", "contract", "app"):
            rows = await connection.fetchval(f"select count(*) from {table}")
            judged.check(f"{table} is empty without a tenant", holds=rows == 0)


async def _foreign(arena: Arena, judged: Judged) -> None:
    """Whatever belongs to somebody, asked for by somebody else, in this scene and another."""
    owner, other = await arena.new_traveller("idor-a"), await arena.new_traveller("idor-b")
    booking = await arena.book(owner, "900.00")
    application = await arena.apply(owner, booking)
    mine = await arena.send(
        "GET", f"/v1/travel/things/booking/{booking}", party=owner, role="traveller"
    )
    judged.check("one's own thing is there", holds=mine.status == 200)
    for scene in ("travel", "smart_canteen"):
        for path in (
            f"/v1/{scene}/things/booking/{booking}",
            f"/v1/{scene}/accounts/card/{owner}",
            f"/v1/{scene}/applications/{application}",
            f"/v1/{scene}/applications/{application}/talk",
            f"/v1/{scene}/applications/{application}/documents/loan_contract",
        ):
            seen = await arena.send("GET", path, party=other, role="traveller")
            judged.check(f"another's {path.rpartition('/')[0]}", holds=seen.status in (403, 404))
    for action, body in (
        ("cancel_booking", {"booking": booking}),
        ("book_package", arena.booking(owner, "idor-c", "1.00")),
    ):
        done = await arena.act("travel", action, other, body)
        judged.check(f"{action} for another", holds=done.status in (403, 404, 422))
    for step in ("decide", "handoff", "code", "confirm", "give_up", "call"):
        done = await arena.post(f"/v1/travel/applications/{application}/{step}", {}, other)
        judged.check(f"{step} of another", holds=done.status in (400, 403, 404))


async def _bombs(arena: Arena, judged: Judged) -> None:
    """Packs that are small and would be large, deep or endless."""
    good = new_pack("corner_shop")
    layers = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))
    for name, text in (
        ("an alias bomb", "a0: &a0 [x]\n" + layers),
        ("depth", "a: " + "[" * 5_000 + "]" * 5_000),
        ("a long expression", good["scene.yaml"].replace(
            "that: ", "that: " + "(" * 3_000, 1) if "that: " in good["scene.yaml"]
            else "when: " + "(" * 3_000),
        ("a megabyte", "id: " + "x" * 2_000_000),
        ("a tag", good["scene.yaml"].replace("id:", "id: !!python/object/apply:os.system", 1)),
    ):  # fmt: skip
        began = time.perf_counter()
        found = await asyncio.to_thread(load_pack_files, {**good, "scene.yaml": text})
        took_ms = (time.perf_counter() - began) * 1000
        judged.check(f"{name} is refused", holds=found.pack is None and bool(found.mistakes))
        # The machine may do much else: ten times the bound still tells a bomb from a mistake.
        judged.check(f"{name} within {BOMB_MS} ms", holds=took_ms < 10 * BOMB_MS)


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
    """Everybody on one account at once: busy is told, nothing breaks, nothing is lost."""
    who = await arena.new_traveller("hot")
    many = await asyncio.gather(
        *(arena.act("travel", "pay_card", who, {"amount": "1.00"}) for _ in range(1_500))
    )
    statuses = {each.status for each in many}
    done = sum(1 for each in many if each.status == 200)
    judged.check(f"no faults: {sorted(statuses)}", holds=statuses <= {200, 429, 503})
    judged.check("what was answered is there", holds=await arena.balance(who) == f"{done}.00")


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


async def _headers(arena: Arena, judged: Judged) -> None:
    """Pages cannot be framed by others, and run no scripts that are not theirs."""
    for path in ("/login", "/docs", f"/h5/{arena.tenant.ref}/travel/journey"):
        for origin in ("https://evil.test", "https://bank.com.evil.test"):
            reply = await arena.wire.send("GET", path, {"origin": origin, "referer": origin})
            policy = reply.headers.get("content-security-policy", "")
            judged.check(f"{path} has a policy", holds="default-src 'none'" in policy)
            judged.check(f"{path} has no evil script", holds="unsafe" not in policy)
            judged.check(f"{path} is not framed", holds="frame-ancestors" in policy
                         and "evil" not in policy and "*" not in policy)  # fmt: skip
            judged.check(f"{path} is not shared", holds="access-control-allow-origin"
                         not in reply.headers or "evil" not in
                         reply.headers["access-control-allow-origin"])  # fmt: skip


THREATS: dict[int, tuple[str, Threat]] = {
    1: ("replayed signature", _replay),
    2: ("stolen token", _attack_tokens.stolen),
    3: ("confused tenant", _tenants),
    4: ("another's things", _foreign),
    5: ("news to addresses inside", _attack_tokens.inside),
    6: ("bombs in packs", _bombs),
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
    23: ("framing", _headers),
    24: ("persons in logs and answers", _attack_canary.canaries),
}
"""By their number in the list of threats."""
ASKED = (1, 2, 3, 4, 5, 6, 9, 11, 12, 16, 17, 18, 19, 20, 22, 23, 24)
"""Those that an open platform has to stand."""
