"""A partner's application in tests: its keys, its assertions, its requests."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from enscene.api import Gateway
from enscene.tenants import Tenant
from enscene.tenants.apps import App, find_app, register_app

ISSUER = "http://bank.test"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_numbers = itertools.count(1)
# One pair for all: making keys takes longer than using them, and nobody here is another's enemy.
KEY = ECKey.generate_key("P-256", {"kid": "one"})


class Partner:
    """An application with a token. `post` and `put` send a fresh key unless one is given."""

    def __init__(self, gateway: Gateway, app: App, token: str = "") -> None:
        self.app = app
        self.token = token
        # Errors of the application are its own to answer for: none may come out of it.
        transport = httpx.ASGITransport(gateway, raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url=ISSUER)

    def assertion(self, *, key: ECKey = KEY, alg: str = "ES256", header: Any = (), **claims: Any):
        """A client assertion; claims that are None are left out."""
        now = int(time.time())
        own = {
            "iss": self.app.client_id,
            "sub": self.app.client_id,
            "aud": ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": f"jti-{next(_numbers)}",
        } | claims
        present = {name: value for name, value in own.items() if value is not None}
        return jwt.encode({"alg": alg, "kid": "one", **dict(header)}, present, key,
                          algorithms=[alg])  # fmt: skip

    async def ask_token(self, assertion: str | None = None, **form: str) -> httpx.Response:
        """The answer of the token endpoint."""
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": TYPE,
            "client_assertion": self.assertion() if assertion is None else assertion,
        }
        return await self.http.post("/oauth/token", data=fields | form)

    async def log_in(self) -> Partner:
        """Get a token through the front door."""
        answer = await self.ask_token()
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        return self

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        party: str | None = None,
        role: str | None = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.token}"}
        if method != "GET":
            sent["idempotency-key"] = f"key-{next(_numbers)}" if key is None else key
            sent["content-type"] = "application/json"
            content = json.dumps(body).encode() if content is None else content
        if party is not None:
            sent["acting-party"] = party
        if role is not None:
            sent["acting-role"] = role
        sent |= headers or {}
        present = {name: value for name, value in sent.items() if value != ""}
        return await self.http.request(method, path, content=content, headers=present)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.send("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.send("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.send("PUT", path, body, **more)

    async def act(self, scene: str, action: str, body: Any, **more: Any) -> httpx.Response:
        return await self.post(f"/v1/{scene}/actions/{action}", body, **more)


async def make_partner(
    pool: Any, gateway: Gateway, tenant: Tenant, name: str, **registration: Any
) -> Partner:
    """Register an application and give it a token; it may ask as often as it likes."""
    keys = [KEY.as_dict(private=False)]
    order = {"title": name, "scopes": [], "jwks": keys, "rate": 100_000, "burst": 100_000}
    await register_app(pool, tenant, name, **(order | registration))
    app = await find_app(pool, f"{tenant.ref}.{name}")
    token = await gateway.tokens.issue(app, frozenset(app.scopes))
    return Partner(gateway, app, token)
