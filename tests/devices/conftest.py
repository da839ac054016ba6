"""A canteen with two tills, a broker of either kind, and the gate between them."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from enscene.customers import Enrolment
from enscene.devices import Address, DeviceGate, DeviceKeys, mosquitto_files, mqtt_broker
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import create_tenant

PACKS = Path(__file__).parents[2] / "packs"
HOST = "127.0.0.1"
SECRET = b"0123456789abcdef" * 2
TILLS = ("till-1", "till-2")
PATIENCE_S = 10.0


@dataclass
class Line:
    """The broker's port, the keys, and the scene behind the gate."""

    port: int
    keys: DeviceKeys
    host: SceneHost
    tenant: int

    @asynccontextmanager
    async def device(
        self, ref: str, *, user: str | None = None, password: str | None = None
    ) -> AsyncIterator[aiomqtt.Client]:
        """A client that is logged in as a till, unless it says otherwise."""
        user = address(ref).user if user is None else user
        password = self.keys.password(user) if password is None else password
        async with aiomqtt.Client(HOST, self.port, username=user, password=password) as client:
            yield client

    async def balance(self, diner: str) -> str:
        """What stands in a wallet."""
        call = Call(self.tenant, "canteen", "wallet_balance", Actor(diner), {})
        return json.loads((await self.host.query(call)).body)["balance"]


def address(ref: str) -> Address:
    """A till of the canteen."""
    return Address("bank", "canteen", ref)


@pytest.fixture(scope="session")
def canteen() -> Pack:
    """The canteen as it is shipped."""
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    return pack


@pytest.fixture
async def host(pool: Any, canteen: Pack) -> AsyncIterator[SceneHost]:
    """A canteen that is live: ann has 100.00."""
    pack = canteen
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder("canteen", "Canteen")
        scene = await create_scene(connection, tenant.id, pack, order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, "canteen", state, "test")
        people = [
            Enrolment("bank", "bank", "bank"),
            Enrolment("hall", "canteen", "merchant"),
            Enrolment("acme", "sponsor", "employer"),
            Enrolment("ann", "diner", "person"),
            *(Enrolment(till, "terminal", "device", bound_to="hall") for till in TILLS),
        ]
        await enrol(connection, tenant.id, scene, pack, people)
        await link(connection, tenant.id, scene, pack, "works_for", [("ann", "acme")])
    host = SceneHost(pool)
    top_up = Call(tenant.id, "canteen", "top_up", Actor("ann"), {"amount": "100.00"}, "first")
    assert not (await host.perform(top_up)).refused
    yield host
    await host.close()


@asynccontextmanager
async def _mosquitto(folder: Path, keys: DeviceKeys) -> AsyncIterator[int]:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("no mosquitto on this machine")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    devices = [address(till) for till in TILLS]
    path = mosquitto_files(folder, keys, devices, host=HOST, port=port)
    # Started by root it becomes another account, which must be able to read its files.
    account = pwd.getpwuid(os.getuid()).pw_name
    with path.open("a") as file:
        file.write(f"user {account}\n")
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(path), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except ConnectionError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    break
        yield port
    finally:
        process.terminate()
        await process.wait()


@pytest.fixture(params=["own", "mosquitto"])
async def line(request: Any, host: SceneHost, pool: Any, tmp_path: Path) -> AsyncIterator[Line]:
    """The gate at a broker of our own, and at a Mosquitto where there is one."""
    keys = DeviceKeys(SECRET)
    broker = mqtt_broker(SECRET) if request.param == "own" else _mosquitto(tmp_path, keys)
    async with broker as port:
        gate = DeviceGate(host, pool, keys)
        work = asyncio.create_task(gate.run(HOST, port))
        async with asyncio.timeout(PATIENCE_S):
            await gate.ready.wait()
        yield Line(port, keys, host, 1)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
