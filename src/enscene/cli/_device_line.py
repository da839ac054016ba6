"""The sandbox's MQTT: a broker of our own on loopback, the gate, and every other terminal on it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from enscene.cli._sandbox_bank import Bank
from enscene.cli._secrets import read_secret, write_secret
from enscene.devices import Address, DeviceGate, DeviceKeys, mqtt_broker
from enscene.scenes.runtime import SceneHost
from enscene.simulator import Login, Terminals, mqtt_terminals, settle_in

HOST = "127.0.0.1"


def device_secret(home: Path) -> bytes:
    """The secret that all passwords of this home's devices are made from."""
    path = home / "devices.json"
    known = read_secret(path)
    if known is None:
        known = {"secret": secrets.token_hex(32)}
        write_secret(path, known)
    return bytes.fromhex(known["secret"])


@asynccontextmanager
async def devices_open(
    pool: asyncpg.Pool[Any], host: SceneHost, home: Path, *, port: int = 0
) -> AsyncIterator[int]:
    """A broker and the gate behind it within the block; gives the broker's port."""
    secret = device_secret(home)
    async with mqtt_broker(secret, host=HOST, port=port) as bound:
        gate = DeviceGate(host, pool, DeviceKeys(secret))
        work = asyncio.create_task(gate.run(HOST, bound))
        ready = asyncio.create_task(gate.ready.wait())
        try:
            await asyncio.wait([work, ready], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
            yield bound
        finally:
            for task in (work, ready):
                task.cancel()
            await asyncio.gather(work, ready, return_exceptions=True)


@asynccontextmanager
async def device_line(
    pool: asyncpg.Pool[Any], host: SceneHost, bank: Bank, home: Path
) -> AsyncIterator[Terminals]:
    """Terminals that are connected within the block; the others of a city go by HTTP."""
    async with devices_open(pool, host, home) as port:
        logins = _logins(bank, DeviceKeys(device_secret(home)))
        async with mqtt_terminals(logins, host=HOST, port=port) as terminals:
            yield terminals


def _logins(bank: Bank, keys: DeviceKeys) -> dict[str, Login]:
    devices = [
        Address(bank.tenant.ref, book.ref, member.ref)
        for book in bank.books
        for member in settle_in(book)
        if any(book.parties[role]["is"] == "device" for role in member.roles)
    ]
    return {
        address.device: Login(address.user, keys.password(address.user)) for address in devices[::2]
    }
