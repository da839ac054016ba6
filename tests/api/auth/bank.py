"""A canteen whose diners let partners act for them, and a partner's half of the flow, for tests."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey

from api.partner import ISSUER, KEY, TYPE, Partner
from enscene.commit import admit
from enscene.customers.authorizations import (
    SentCode,
    allow_request,
    find_request,
    make_code,
    refuse_request,
)
from enscene.engagement import withdraw_consent

BACK = "https://partner.test/back"
SCOPE = "scene:canteen:accounts.read scene:canteen:top_up"
HOLDER = ECKey.generate_key("P-256", {"kid": "holder"})
OTHER = ECKey.generate_key("P-256", {"kid": "other"})
_numbers = itertools.count(1)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def proof(
    method: str,
    url: str,
    token: str | None = None,
    *,
    key: ECKey = HOLDER,
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """A DPoP proof; claims that are None are left out."""
    told: dict[str, Any] = {
        "jti": f"proof-{next(_numbers)}", "htm": method, "htu": url, "iat": int(time.time()),
    }  # fmt: skip
    if token is not None:
        told["ath"] = b64(hashlib.sha256(token.encode()).digest())
    told = {name: value for name, value in (told | claims).items() if value is not None}
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)} | (header or {})
    message = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(told).encode())}"
    # By hand: a library would refuse to write what a server has to refuse to read.
    r, s = decode_dss_signature(key.private_key.sign(message.encode(), ECDSA(SHA256())))
    return f"{message}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@dataclass
class Flow:
    """One partner's way through an authorization, step by step; each step can be bent."""

    world: Any
    partner: Partner
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    key: ECKey = field(default_factory=lambda: HOLDER)

    @property
    def http(self) -> httpx.AsyncClient:
        return self.partner.http

    def asked(self, **more: str | None) -> dict[str, str]:
        """What is asked for; parameters that are None are left out."""
        form = {
            "response_type": "code",
            "client_id": self.partner.app.client_id,
            "redirect_uri": BACK,
            "scope": SCOPE,
            "state": "s1",
            "code_challenge": b64(hashlib.sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        } | more
        return {name: value for name, value in form.items() if value is not None}

    def client(self, assertion: str | None = None) -> dict[str, str]:
        """How the client says who it is."""
        return {
            "client_assertion_type": TYPE,
            "client_assertion": assertion or self.partner.assertion(),
        }

    async def push(
        self, *, assertion: str | None = None, dpop: str | None = None, **more: str | None
    ) -> httpx.Response:
        """The answer of the endpoint for pushed requests."""
        headers = {} if dpop is None else {"dpop": dpop}
        form = self.asked(**more) | self.client(assertion)
        return await self.http.post("/oauth/par", data=form, headers=headers)

    async def pushed(self, **more: Any) -> str:
        """The request_uri of a good request."""
        answer = await self.push(**more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["request_uri"])

    async def open(self, reference: str, **more: str) -> httpx.Response:
        """The browser arrives."""
        query = {"client_id": self.partner.app.client_id, "request_uri": reference} | more
        return await self.http.get("/oauth/authorize", params=query)

    async def arrived(self, **more: Any) -> UUID:
        """A request that the browser has brought to the bank's page."""
        answer = await self.open(await self.pushed(**more))
        assert answer.status_code == 303, answer.text
        place = answer.headers["location"]
        assert place.startswith("/bank/bank/authorize/")
        return UUID(place.rpartition("/")[2])

    async def factor(self, request: UUID, who: str = "ann") -> str:
        """A code on the customer's telephone."""
        world = self.world
        async with world.pool.acquire() as connection, connection.transaction():
            await admit(connection, [world.tenant.id])
            found = await find_request(connection, world.tenant.id, request)
            return await make_code(connection, found, who, await world.number(who))

    async def allow(self, request: UUID, who: str = "ann") -> dict[str, str]:
        """The customer allows it; what the browser brings back."""
        world = self.world
        back = await allow_request(
            world.pool, world.tenant.id, request, party=who, customer=await world.number(who),
            factor=SentCode(await self.factor(request, who)),
        )  # fmt: skip
        return self.brought(back)

    async def refuse(self, request: UUID) -> dict[str, str]:
        """The customer refuses."""
        return self.brought(
            await refuse_request(self.world.pool, self.world.tenant.id, request, party="ann")
        )

    def brought(self, back: str) -> dict[str, str]:
        assert urlsplit(back)._replace(query="").geturl() == BACK
        return dict(parse_qsl(urlsplit(back).query))

    async def code(self, who: str = "ann", **more: Any) -> str:
        """A code that may be redeemed."""
        brought = await self.allow(await self.arrived(**more), who)
        return brought["code"]

    async def redeem(
        self, code: str, *, assertion: str | None = None, dpop: str | None = "", **more: str | None
    ) -> httpx.Response:
        """The answer of the token endpoint; `dpop` None sends no proof."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": BACK,
            "code_verifier": self.verifier,
        } | more  # fmt: skip
        return await self.token(form, assertion, dpop)

    async def renew(
        self, refresh: str, *, assertion: str | None = None, dpop: str | None = "", **more: str
    ) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": refresh} | more
        return await self.token(form, assertion, dpop)

    async def token(
        self, form: dict[str, str | None], assertion: str | None = None, dpop: str | None = ""
    ) -> httpx.Response:
        sent = {name: value for name, value in form.items() if value is not None}
        if dpop == "":
            dpop = proof("POST", f"{ISSUER}/oauth/token", key=self.key)
        headers = {} if dpop is None else {"dpop": dpop}
        data = sent | self.client(assertion)
        return await self.http.post("/oauth/token", data=data, headers=headers)

    async def tokens(self, who: str = "ann", **more: Any) -> dict[str, Any]:
        """Tokens of a customer who has allowed it."""
        answer = await self.redeem(await self.code(who, **more))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def call(
        self,
        token: str,
        path: str = "/v1/canteen/accounts/wallet/ann",
        *,
        method: str = "GET",
        scheme: str = "DPoP",
        dpop: str | None = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """A request with the token."""
        if dpop == "":
            dpop = proof(method, f"{ISSUER}{path}", token, key=self.key)
        sent = {"authorization": f"{scheme} {token}"} | (headers or {})
        if dpop is not None:
            sent["dpop"] = dpop
        content = None
        if body is not None:
            sent |= {"content-type": "application/json", "idempotency-key": f"k{next(_numbers)}"}
            content = json.dumps(body).encode()
        return await self.http.request(method, path, headers=sent, content=content)

    async def top_up(self, token: str, amount: str = "1.00", **more: Any) -> httpx.Response:
        path = "/v1/canteen/actions/top_up"
        return await self.call(token, path, method="POST", body={"amount": amount}, **more)

    async def withdraw(self, consent: int, who: str = "ann") -> None:
        world = self.world
        await withdraw_consent(world.pool, world.host, world.tenant.id, consent, party=who)


def registered(**more: Any) -> dict[str, Any]:
    """How a partner that asks customers is registered."""
    return {
        "party": None, "scopes": ["scene:canteen:*"], "level": "A2", "token_binding": "dpop",
        "redirect_uris": [BACK, "https://partner.test/other"],
        "jwks": [KEY.as_dict(private=False)],
    } | more  # fmt: skip
