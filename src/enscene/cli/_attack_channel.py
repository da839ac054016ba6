"""An application as a bank's own channel has to be: bound tokens (RFC 9449), signed requests (RFC
9421). Whoever lacks either is turned away before anything of the request is looked at."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey

from enscene.simulator.attack import Attempt, Operation
from enscene.simulator.client import App
from enscene.simulator.wire import Wire

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_RENEW_S = 60
_COVERED = ("dpop", "idempotency-key", "acting-party", "acting-role")
"""Headers that say what is to be done; each that is sent is signed."""


def bearer(token: str) -> dict[str, str]:
    """A token as it is sent."""
    return {"authorization": f"Bearer {token}"}


def proof(key: ECKey, method: str, url: str, token: str | None = None, **other: Any) -> str:
    """A proof of possession (RFC 9449)."""
    claims: dict[str, Any] = {
        "jti": uuid4().hex,
        "htm": method,
        "htu": url,
        "iat": int(time.time()),
    }
    if token is not None:
        digest = hashlib.sha256(token.encode()).digest()
        claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    public = {name: key.as_dict(private=False)[name] for name in ("crv", "kty", "x", "y")}
    return jwt.encode({"typ": "dpop+jwt", "alg": "ES256", "jwk": public}, claims | other, key)


async def bound_token(wire: Wire, url: str, app: App, holder: ECKey) -> Mapping[str, Any]:
    """What the server answers to an application that wants a token bound to a key."""
    known, now = app.credentials, int(time.time())
    claims = {"iss": known.client_id, "sub": known.client_id, "aud": url,
              "iat": now, "exp": now + 60, "jti": uuid4().hex}  # fmt: skip
    form = {"grant_type": "client_credentials", "client_assertion_type": _ASSERTION,
            "client_assertion": jwt.encode({"alg": "ES256", "kid": known.kid}, claims, known.key)}  # fmt: skip
    headers = _FORM | {"dpop": proof(holder, "POST", f"{url}/oauth/token")}
    asked = await wire.send("POST", "/oauth/token", headers, urlencode(form).encode())
    told: Mapping[str, Any] = json.loads(asked.content)
    return told


def digest_of(body: bytes) -> str:
    """`Content-Digest` (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign_message(
    key: ECKey, kid: str, method: str, url: str, headers: Mapping[str, str], *, leave: str = "",
    **bent: Any,
) -> dict[str, str]:  # fmt: skip
    """The two headers of a signature over the method, the address and all of `headers` but the one
    to `leave`; parameters may be bent, and None leaves one out."""
    names = [name for name in ("@method", "@target-uri", *headers) if name != leave]
    told = {"created": int(time.time()), "keyid": kid, "alg": "ecdsa-p256-sha256",
            "nonce": uuid4().hex, "tag": "fapi-2-request"} | bent  # fmt: skip
    given = f"({' '.join([json.dumps(name) for name in names])})" + "".join(
        [f";{name}={json.dumps(value)}" for name, value in told.items() if value is not None]
    )
    values = {"@method": method, "@target-uri": url, **headers}
    lines = [f'"{name}": {values[name]}' for name in names]
    base = "\n".join([*lines, f'"@signature-params": {given}'])
    private = key.private_key
    assert private is not None, "it was made here"
    r, s = decode_dss_signature(private.sign(base.encode(), ECDSA(SHA256())))
    signature = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    return {"signature-input": f"sig={given}", "signature": f"sig=:{signature}:"}


class Channel:
    """The attacker as a channel of the bank, about one customer that there is."""

    def __init__(self, wire: Wire, url: str, app: App, customer: str) -> None:
        self._wire = wire
        self._url = url
        self._app = app
        self._customer = customer
        self._holder = ECKey.generate_key("P-256")
        self._token = ""
        self._until = 0.0

    async def dress(self, attempt: Attempt, operation: Operation) -> tuple[str, Mapping[str, str]]:
        """The path with the customer where an example of one stood, and all that opens it."""
        path = operation.renamed(attempt.path, customer=self._customer)
        return path, await self.open(attempt.method, path, attempt.headers, attempt.body)

    async def open(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Mapping[str, str]:
        """Token, proof, digest and signature for one request."""
        token = await self._log_in()
        plain = f"{self._url}{path.partition('?')[0]}"
        opening = {"authorization": f"DPoP {token}",
                   "dpop": proof(self._holder, method, plain, token)}  # fmt: skip
        if body:
            opening["content-digest"] = digest_of(body)
        said = {**headers, **opening}
        covered = {name: said[name] for name in (*opening, *_COVERED) if name in said}
        known = self._app.credentials
        return opening | sign_message(known.key, known.kid, method, f"{self._url}{path}", covered)

    async def _log_in(self) -> str:
        if time.monotonic() > self._until:
            told = await bound_token(self._wire, self._url, self._app, self._holder)
            self._token = str(told["access_token"])
            self._until = time.monotonic() + told["expires_in"] - _RENEW_S
        return self._token
