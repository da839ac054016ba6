"""Partner applications as they really are: keys, tokens, HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from enscene.simulator.request import Answer
from enscene.simulator.wire import Wire

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RENEW_S = 60


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an application was given when it was registered."""

    client_id: str
    key: ECKey
    kid: str


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it goes over the wire. A key of None is not sent."""

    method: str
    path: str
    body: bytes = b""
    key: str | None = None
    party: str | None = None
    role: str | None = None
    content_type: str = "application/json"
    with_token: bool = True


class App:
    """One application: it holds a token and asks on behalf of parties."""

    def __init__(self, wire: Wire, issuer: str, credentials: Credentials) -> None:
        self._wire = wire
        self._issuer = issuer
        self._credentials = credentials
        self._token = ""
        self._until = 0.0

    @property
    def credentials(self) -> Credentials:
        """What it was given."""
        return self._credentials

    async def log_in(self) -> str:
        """The token; a signed assertion is exchanged when the present one will not do."""
        if time.monotonic() < self._until:
            return self._token
        now = int(time.time())
        name = self._credentials.client_id
        claims = {
            "iss": name, "sub": name, "aud": self._issuer,
            "iat": now, "exp": now + 120, "jti": uuid4().hex,
        }  # fmt: skip
        header = {"alg": "ES256", "kid": self._credentials.kid}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _TYPE,
            "client_assertion": jwt.encode(header, claims, self._credentials.key),
        }
        kind = {"content-type": "application/x-www-form-urlencoded"}
        reply = await self._wire.send("POST", "/oauth/token", kind, urlencode(form).encode())
        if reply.status != 200:
            raise RuntimeError(f"{name} gets no token: {reply.content.decode()}")
        told = json.loads(reply.content)
        self._token = told["access_token"]
        self._until = time.monotonic() + told["expires_in"] - _RENEW_S
        return self._token

    async def send(self, message: Message) -> Answer:
        """Send it and wait for the answer."""
        await self.log_in()
        headers = {"authorization": f"Bearer {self._token}"} if message.with_token else {}
        if message.method != "GET":
            headers["content-type"] = message.content_type
        said = {
            "idempotency-key": message.key,
            "acting-party": message.party,
            "acting-role": message.role,
        }
        headers |= {name: value for name, value in said.items() if value is not None}
        began = time.perf_counter()
        reply = await self._wire.send(message.method, message.path, headers, message.body)
        took_s = time.perf_counter() - began
        replayed = reply.headers.get("idempotency-replayed") == "true"
        return Answer(reply.status, _object(reply.content), replayed, took_s)

    async def get(self, path: str, **more: Any) -> Mapping[str, Any]:
        """Read something that must be there."""
        answer = await self.send(Message("GET", path, **more))
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer}")
        return answer.body


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {"code": "not JSON", "detail": content[:200].decode(errors="replace")}
    return value if isinstance(value, dict) else {"value": value}
