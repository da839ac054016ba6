"""Threats by those who are inside: staff who look around, devices that speak as others."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from uuid import uuid4

import aiomqtt

from enscene.cli._attack_arena import TENANT, Arena
from enscene.cli._attack_judge import Judged
from enscene.cli._device_line import HOST, device_secret
from enscene.commit import admit
from enscene.devices import Address, DeviceKeys
from enscene.simulator.browser import Browser

CANTEEN, ACTION = "smart_canteen", "pay_by_code"
ANSWER_S = 20.0
_PORT = re.compile(r"devices by MQTT at port (\d+)")


async def browsing(arena: Arena, judged: Judged) -> None:
    """A manager opens customers who are another's: refused, kept, and shown to the auditor."""
    customers = [await arena.new_traveller(f"browsed-{n}") for n in range(3)]
    manager, auditor = await desk_of(arena, "sun"), await desk_of(arena, "zhao")
    before = await _rows(arena, "select count(*) from staff_look where tenant = $1 and not allowed")
    for customer in customers:
        page = await manager.get(f"/customers/{customer}")
        judged.check("another's customer is refused", holds=page.status == 403)
    after = await _rows(arena, "select count(*) from staff_look where tenant = $1 and not allowed")
    judged.check("each try is kept", holds=after[0][0] == before[0][0] + len(customers))
    judged.check("the manager sees no looks", holds=(await manager.get("/looks")).status == 403)
    shown = await auditor.get("/looks")
    judged.check("the auditor sees who tries around",
                 holds=shown.status == 200 and "data-browsing" in shown.text)  # fmt: skip


async def desk_of(arena: Arena, login: str) -> Browser:
    """Somebody of the bank at the console."""
    desk = Browser(arena.box.wire, arena.box.url)
    door = await desk.get("/login")
    await desk.post(
        "/login", login=f"{login}@{TENANT}", password=arena.box.password(login),
        form=door.find(r'name="form" value="([^"]+)"'), next="/",
    )  # fmt: skip
    return desk


async def _rows(arena: Arena, statement: str, *values: Any) -> list[Any]:
    async with arena.pool.acquire() as connection, connection.transaction():
        await admit(connection, [arena.tenant.id])
        found: list[Any] = await connection.fetch(statement, arena.tenant.id, *values)
        return found


async def spoofing(arena: Arena, judged: Judged) -> None:
    """A till that publishes as another, listens to another, or has the wrong password."""
    log = (arena.box.home / "up.log").read_text(encoding="utf-8", errors="replace")
    told = _PORT.search(log)
    assert told is not None, "the sandbox has told no port for devices"
    port, keys = int(told[1]), DeviceKeys(device_secret(arena.box.home))
    own, other = [Address(TENANT, CANTEEN, await _till(arena, name)) for name in ("sp-1", "sp-2")]
    meal = await _diner(arena)

    for user, password in ((own.user, "wrong"), (own.user, ""), (own.user, keys.password(other.user)),
                           ("gate", keys.password(own.user))):  # fmt: skip
        try:
            async with _client(port, user, password):
                judged.check(f"{user} with a wrong password", holds=False)
        except aiomqtt.MqttError:
            judged.check("a wrong password", holds=True)

    async with _client(port, own.user, keys.password(own.user)) as client:
        await client.publish(other.asks(ACTION), _asks(meal | {"ticket": "spoofed"}), qos=0)
        # Its own question comes later on the same connection: what came before was not heard.
        kind = await _ask(client, own, meal | {"ticket": "own"})
    judged.check("its own question is answered", holds=kind == "done")
    paid = await _rows(arena, "select key from thing where tenant = $1 and type = 'meal' "
                              "and key in ('spoofed', 'own')")  # fmt: skip
    judged.check("what it said as another is not heard", holds=[r[0] for r in paid] == ["own"])


async def _till(arena: Arena, ref: str) -> str:
    body = json.dumps({"role": "terminal", "name": ref, "bound_to": "canteen-1"}).encode()
    done = await arena.send("PUT", f"/v1/{CANTEEN}/parties/{ref}", body, key=uuid4().hex)
    assert done.status == 200, done
    return ref


def _client(port: int, user: str, password: str) -> aiomqtt.Client:
    return aiomqtt.Client(HOST, port, username=user, password=password)


def _asks(given: dict[str, str], key: str = "") -> bytes:
    return json.dumps({"key": key or uuid4().hex, "input": given}).encode()


async def _ask(client: aiomqtt.Client, device: Address, given: dict[str, str]) -> str:
    """What kind of answer a device gets."""
    key = uuid4().hex
    await client.subscribe(device.answers("+"), qos=1)
    await client.publish(device.asks(ACTION), _asks(given, key), qos=1)
    async with asyncio.timeout(ANSWER_S):
        async for message in client.messages:
            if message.topic.value == device.answers(key):
                return str(json.loads(bytes(message.payload))["kind"])
    return ""


async def _diner(arena: Arena) -> dict[str, str]:
    """A meal of somebody who eats there and can pay for it."""
    rows = await _rows(
        arena,
        "select p.ref from link l join party p on p.tenant = l.tenant and p.id = l.from_party "
        "join scene s on s.tenant = l.tenant and s.id = l.scene "
        "where l.tenant = $1 and s.ref = $2 order by p.ref limit 1",
        CANTEEN,
    )
    who = str(rows[0][0])
    paid = await arena.act(CANTEEN, "top_up", who, {"amount": "100.00"}, role="diner")
    assert paid.status == 200, paid
    return {"ticket": "", "diner": who, "canteen": "canteen-1", "price": "12.00"}
