"""A live bank whose own app lets its customers in, for tests."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from api.auth.bank import Flow, proof
from api.auth.bank import registered as asks
from api.conftest import open_scene, people_of
from api.partner import ISSUER, Partner, make_partner
from api.signatures.signer import EC, Signed
from api.signatures.signer import registered as signs
from enscene.api import ApiSettings, create_app
from enscene.commit import admit
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import SceneHost
from enscene.tenants import create_tenant
from enscene.web import ConsoleSettings, create_console

PACKS = Path(__file__).parents[3] / "packs"
_numbers = itertools.count(1)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Channel:
    """The bank's own app: a partner that is bound and signs."""

    partner: Partner
    token: str

    async def send(
        self, method: str, path: str, body: Any = None, query: str = "", **bent: Any
    ) -> httpx.Response:
        """A bound and signed request; the body is an object."""
        whole = f"/v1/customers/{path}"
        headers = {
            "authorization": f"DPoP {self.token}",
            "dpop": proof(method, f"{ISSUER}{whole}", self.token),
        }
        content = {} if body is None and method == "POST" else body
        signed = Signed(self.partner, method, f"{whole}{query}", content, headers, **bent)
        return await signed.send()

    def statement(
        self, asked: dict[str, Any], *, key: Any = EC, header: Any = (), **bent: Any
    ) -> str:
        """The second factor that the app has asked for; claims that are None are left out."""
        now = int(time.time())
        claims = {
            "iss": self.partner.app.client_id, "aud": ISSUER, "sub": asked["customer"],
            "request": asked["id"], "signs": asked["signs"], "amr": ["pwd", "otp"],
            "auth_time": now, "iat": now, "exp": now + 120, "jti": f"factor-{next(_numbers)}",
        } | bent  # fmt: skip
        told = {name: value for name, value in claims.items() if value is not None}
        head = {"typ": "factor+jwt", "alg": "ES256", "kid": "ec"} | dict(header)
        message = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(told).encode())}"
        r, s = decode_dss_signature(key.private_key.sign(message.encode(), ECDSA(SHA256())))
        return f"{message}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    async def shown(self, request: Any, who: str = "ann") -> dict[str, Any]:
        """What the customer is asked."""
        answer = await self.send("GET", f"{who}/authorizations/{request}")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def allow(self, request: Any, factor: str, who: str = "ann") -> httpx.Response:
        return await self.send("POST", f"{who}/authorizations/{request}/allow", {"factor": factor})


@dataclass
class LiveBank:
    """`flow` is the partner's half, `app` the bank's own."""

    pool: Any
    tenant: Any
    gateway: Any
    flow: Flow
    app: Channel
    web: httpx.AsyncClient
    console: Any

    async def channel(self, name: str, **more: Any) -> Channel:
        """One more application that asks as a channel does."""
        return await make_channel(self.pool, self.gateway, self.tenant, name, **more)

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            return list(await connection.fetch(statement, *arguments))

    async def asked(self, **more: Any) -> Any:
        """The number of a request to which the partner has led the browser."""
        answer = await self.flow.open(await self.flow.pushed(**more))
        return answer.headers["location"].rpartition("/")[2]


async def make_channel(pool: Any, gateway: Any, tenant: Any, name: str, **more: Any) -> Channel:
    order = {"scopes": ["consents:answer"], "level": "A2", "token_binding": "dpop"} | signs() | more
    partner = await make_partner(pool, gateway, tenant, name, **order)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": partner.assertion(key=EC, header={"kid": "ec"}),
    }
    answer = await partner.http.post(
        "/oauth/token", data=form, headers={"dpop": proof("POST", f"{ISSUER}/oauth/token")}
    )
    assert answer.status_code == 200, answer.text
    return Channel(partner, answer.json()["access_token"])


@asynccontextmanager
async def open_live_bank(pool: Any, ref: str = "bank") -> AsyncIterator[LiveBank]:
    """A bank that is no sandbox, with a canteen, a partner that asks, and its own app."""
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    tenant = await create_tenant(pool, ref, "实景银行 / Live Bank", sandbox=False)
    scene = await open_scene(pool, tenant, pack, "canteen")
    await people_of(pool, tenant, scene, pack)
    host = SceneHost(pool)
    gateway = create_app(host, pool, ApiSettings(issuer=ISSUER))
    partner = await make_partner(pool, gateway, tenant, "wallet_app", **asks(title="饭卡助手"))
    console = create_console(host, pool, ConsoleSettings(packs=PACKS))
    transport = httpx.ASGITransport(console)
    async with httpx.AsyncClient(
        transport=transport, base_url=ISSUER, headers={"accept-language": "zh-CN"}
    ) as web:
        app = await make_channel(pool, gateway, tenant, "mobile_bank")
        yield LiveBank(pool, tenant, gateway, Flow(None, partner), app, web, console)
    await gateway.close()
    await host.close()
