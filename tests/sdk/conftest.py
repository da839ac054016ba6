"""A travel scene at an address of its own, and its four callers with the keys that they have."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from enscene.api import ApiSettings, create_app, serving
from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.scenes.administer import enrol
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import Actor, Call
from enscene.tenants.apps import App, find_app, grant_app, register_app
from enscene_client import Client, Key, Policy
from trip import PACK, Trip, open_trip

ROOT = Path(__file__).parents[2]
CALLERS = ROOT / "examples" / "callers"
BACK = "http://127.0.0.1:9/back"
RSA = RSAKey.generate_key(2048, {"kid": "app-1"})
QUICK = Policy(sleep=lambda _: None)


@dataclass
class Bank:
    """The bank of the tests. `url` is where it is, `folder` where callers have their settings."""

    trip: Trip
    url: str
    folder: Path
    clients: list[Client] = field(default_factory=list)

    async def app(self, name: str, key: Key | None, **more: Any) -> App:
        """Register an application of the travel scene."""
        order: dict[str, Any] = {
            "title": name, "level": "A2", "scopes": ["scene:travel:*"], "rate": 1000, "burst": 1000,
            "jwks": [] if key is None else [key.public_jwk()],
        }  # fmt: skip
        await register_app(self.trip.pool, self.trip.tenant, name, **(order | more))
        return await find_app(self.trip.pool, f"bank.{name}")

    def client(self, name: str, key: Key, **more: Any) -> Client:
        """Its client, which waits for nothing."""
        order: dict[str, Any] = {"base": self.url, "policy": QUICK} | more
        client = Client(client_id=f"bank.{name}", key=key, **order)
        self.clients.append(client)
        return client

    def settings(self, name: str, **told: Any) -> Path:
        """Write down the settings of a caller."""
        path = self.folder / f"{name}.json"
        common = {"base": self.url, "client_id": f"bank.{name}", "scene": "travel"}
        path.write_text(json.dumps(common | told))
        return path

    async def count(self, table: str) -> int:
        """How many rows of the tenant there are."""
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            return int(await connection.fetchval(f"select count(*) from {table}"))

    async def number(self, ref: str) -> int:
        """A party's number."""
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            return int(await connection.fetchval("select id from party where ref = $1", ref))

    async def land(self, flight: str) -> None:
        """The feed says that a flight has landed."""
        given = {"flight": flight, "delay": 0}
        actor = Actor("feed", "feed", "test")
        call = Call(self.trip.tenant.id, "travel", "report_landed", actor, given, f"land-{flight}")
        reply = await self.trip.host.perform(call)
        assert not reply.refused, reply.body


@pytest.fixture
async def bank(pool: Any, tmp_path: Path) -> AsyncIterator[Bank]:
    """The travel scene, live and served, at an address that its issuer names."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with open_trip(pool) as trip:
        pack = load_pack(PACK).pack
        assert pack is not None
        async with pool.acquire() as connection, connection.transaction():
            feed = [Enrolment("feed", "feed", "partner")]
            await enrol(connection, trip.tenant.id, trip.scene, pack, feed)
        # Proofs need a nonce, so that every client with a bound token learns and sends it.
        settings = ApiSettings(issuer=f"http://127.0.0.1:{port}", nonce_life_s=60)
        app = create_app(trip.host, pool, settings)
        async with serving(app, port=port) as url:
            served = Bank(trip, url, tmp_path)
            yield served
            for client in served.clients:
                client.close()


@pytest.fixture
async def portal(bank: Bank) -> Path:
    """The settings of the company's portal, which Ann lets buy cover."""
    path, key = new_key("portal-1", bank.folder)
    app = await bank.app("portal", key, scopes=["scene:travel:buy_cover"])
    await grant_app(bank.trip.pool, app, party="ann", scene="travel", actions=["buy_cover"])
    # A digest of the pin 4711, made by `portal.py pin`'s own function.
    digest_of = runpy.run_path(str(CALLERS / "portal.py"))["digest_of"]
    people = {"ann": f"salt${digest_of('4711', 'salt')}"}
    return bank.settings("portal", key=path, people=people)


@pytest.fixture
async def erp(bank: Bank) -> Path:
    """The settings of the ERP of the site."""
    path, key = new_key("erp-1", bank.folder)
    await bank.app("erp", key, party="site", token_binding="dpop", signing="message")
    return bank.settings("erp", key=path)


@pytest.fixture
async def mini(bank: Bank) -> Path:
    """The settings of the mini-program."""
    path, key = new_key("mini-1", bank.folder)
    await bank.app("mini", key, token_binding="dpop", redirect_uris=[BACK])
    return bank.settings("mini", key=path, redirect_uri=BACK)


@pytest.fixture
async def partner_app(bank: Bank) -> Path:
    """The settings of the partner's app, which signs by RSA2."""
    await bank.app("app", None, party="site", signing="gateway", jwks=[RSA.as_dict(private=False)])
    pem = bank.folder / "app.pem"
    pem.write_bytes(RSA.as_pem(private=True))
    return bank.settings("app", rsa=str(pem))


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node; the test is skipped, visibly, where there is none that is new enough."""
    path = shutil.which("node")
    if path is None:
        pytest.skip("there is no node on this machine")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout[1:].partition(".")[0]) < 20:
        pytest.skip("node is older than 20")
    return path


def new_key(kid: str, folder: Path) -> tuple[str, Key]:
    """A key of P-256, and the file with its private JWK that a caller reads."""
    key, path = Key.generate(kid), folder / f"{kid}.jwk"
    path.write_text(json.dumps(key.private_jwk()))
    return str(path), key


def environment() -> dict[str, str]:
    """Where the callers find the SDK."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "sdk" / "python")}
