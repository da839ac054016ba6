"""A partner that signs its messages by hand, so that each part can be bent."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from joserfc.jwk import ECKey, OKPKey, RSAKey

from api.partner import ISSUER, Partner

EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = ECKey.generate_key("P-256", {"kid": "stranger"})
ALGORITHM = {"EC": "ecdsa-p256-sha256", "OKP": "ed25519", "RSA": "rsa-pss-sha512"}
_numbers = itertools.count(1)


def registered(**more: Any) -> dict[str, Any]:
    """How an application that signs its messages is registered."""
    keys = [key.as_dict(private=False) for key in (EC, ED, RSA)]
    return {"jwks": keys, "signing": "message"} | more


def sign_base(key: Any, base: bytes) -> bytes:
    """By the key's own algorithm."""
    private = key.private_key
    match key.key_type:
        case "EC":
            r, s = decode_dss_signature(private.sign(base, ECDSA(SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        case "RSA":
            return bytes(private.sign(base, PSS(MGF1(SHA512()), 64), SHA512()))
        case _:
            return bytes(private.sign(base))


def content_digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


@dataclass
class Signed:
    """One request and its signature. What is None is left out; `covers` None: all it should."""

    partner: Partner
    method: str = "POST"
    path: str = "/v1/canteen/actions/pay_by_code"
    body: Any = None
    headers: dict[str, str | None] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: EC)
    covers: list[str] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    label: str = "sig"
    digest: str | None = ""
    url: str = ""
    signature: bytes | None = None

    def made(self) -> tuple[dict[str, str], bytes]:
        """Headers and body."""
        content = b"" if self.body is None else json.dumps(self.body).encode()
        sent: dict[str, str | None] = {"authorization": f"Bearer {self.partner.token}"}
        if content:
            digest = content_digest(content) if self.digest == "" else self.digest
            sent |= {"content-type": "application/json", "content-digest": digest,
                     "idempotency-key": f"signed-{next(_numbers)}"}  # fmt: skip
        sent |= self.headers
        headers = {name: value for name, value in sent.items() if value is not None}
        covers = self.covers
        if covers is None:
            own = [name for name in headers if name != "content-type"]
            covers = ["@method", "@target-uri", *own]
        base, given = self.base(covers, headers)
        signature = sign_base(self.key, base) if self.signature is None else self.signature
        headers["signature-input"] = f"{self.label}={given}"
        headers["signature"] = f"{self.label}=:{base64.b64encode(signature).decode()}:"
        return headers, content

    def base(self, covers: list[str], headers: Mapping[str, str]) -> tuple[bytes, str]:
        told: dict[str, Any] = {
            "created": int(time.time()), "keyid": self.key.kid, "alg": ALGORITHM[self.key.key_type],
            "nonce": f"n{next(_numbers)}", "tag": "fapi-2-request",
        } | self.parameters  # fmt: skip
        shown = "".join(
            f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
            for name, value in told.items()
            if value is not None
        )
        given = f"({' '.join([quoted(name) for name in covers])}){shown}"
        values = {"@method": self.method, "@target-uri": self.url or ISSUER + self.path} | headers
        lines = [f"{quoted(name)}: {values.get(name, '')}" for name in covers]
        lines.append(f'"@signature-params": {given}')
        return "\n".join(lines).encode(), given

    async def send(self) -> httpx.Response:
        headers, content = self.made()
        return await self.send_as(headers, content)

    async def send_as(self, headers: dict[str, str], content: bytes) -> httpx.Response:
        return await self.partner.http.request(
            self.method, self.path, headers=headers, content=content
        )


def quoted(name: str) -> str:
    return f'"{name}"'
