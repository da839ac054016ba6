"""A partner that calls the gateway, with keys of both kinds; anything of a call can be bent."""

from __future__ import annotations

import base64
import itertools
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import RSAKey

from api.partner import Partner
from enscene.api.gateway_profile import sm2

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = RSAKey.generate_key(2048, {"kid": "stranger"})
_numbers = itertools.count(1)
BEIJING = timezone(timedelta(hours=8))


def sm2_jwk(key: sm2.Sm2Key, kid: str = "sm2") -> dict[str, Any]:
    """The public part as it is registered."""
    x, y = (
        base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
        for number in key.point
    )
    return {"kty": "EC", "crv": "SM2", "kid": kid, "x": x, "y": y}


SM2 = sm2.Sm2Key.generate() if sm2.is_served() else None


def registered(**more: Any) -> dict[str, Any]:
    """How a partner of the gateway is registered."""
    keys: list[Any] = [RSA.as_dict(private=False)]
    if SM2 is not None:
        keys.append(sm2_jwk(SM2))
    return {"jwks": keys, "signing": "gateway", "level": "A2", "scopes": ["scene:canteen:*"]} | more


def beijing(seconds: float | None = None) -> str:
    now = time.time() if seconds is None else seconds
    return datetime.fromtimestamp(now, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def text_of(parameters: dict[str, str]) -> bytes:
    """What is signed, written down here once more."""
    pairs = sorted((name, value) for name, value in parameters.items() if name != "sign" and value)
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


def sign(text: bytes, sign_type: str, key: Any = None) -> str:
    if sign_type == "SM2":
        assert SM2 is not None
        return base64.b64encode((key or SM2).sign(text)).decode()
    made = (key or RSA).private_key.sign(text, PKCS1v15(), SHA256())
    return base64.b64encode(made).decode()


def checked(answer: dict[str, str], keys: list[dict[str, str]]) -> bool:
    """Whether an answer is signed by the bank."""
    (key,) = [each for each in keys if each["key_id"] == answer["key_id"]]
    assert key["sign_type"] == answer["sign_type"]
    signature, text = base64.b64decode(answer["sign"]), text_of(answer)
    if answer["sign_type"] == "RSA2":
        public: Any = load_pem_public_key(key["pem"].encode())
        public.verify(signature, text, PKCS1v15(), SHA256())
        return True
    from tongsuopy.crypto import serialization

    numbers = serialization.load_pem_public_key(key["pem"].encode()).public_numbers()
    point = {
        name: base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
        for name, number in (("x", numbers.x), ("y", numbers.y))
    }
    return sm2.is_signed(point, text, signature)


@dataclass
class Calling:
    """One call. Parameters that are None are left out."""

    partner: Partner
    method: str = "canteen.pay_by_code"
    content: Any = None
    sign_type: str = "RSA2"
    as_json: bool = False
    key: Any = None
    parameters: dict[str, str | None] = field(default_factory=dict)
    sign: str | None = None
    after: dict[str, str | None] = field(default_factory=dict)

    def made(self) -> dict[str, str]:
        """The parameters, signed; `after` are bent when that is done."""
        content = self.content
        if content is None:
            content = {"ticket": f"g{next(_numbers)}", "diner": "ann", "price": "12.00"}
        told: dict[str, str | None] = {
            "app_id": self.partner.app.client_id, "method": self.method, "timestamp": beijing(),
            "msg_id": f"m{next(_numbers)}", "charset": "utf-8", "sign_type": self.sign_type,
            "biz_content": content if isinstance(content, str) else json.dumps(content),
        } | self.parameters  # fmt: skip
        given = {name: value for name, value in told.items() if value is not None}
        if self.sign is None:
            given["sign"] = sign(text_of(given), self.sign_type, self.key)
        elif self.sign:
            given["sign"] = self.sign
        bent = given | self.after
        return {name: value for name, value in bent.items() if value is not None}

    async def send(self, given: dict[str, str] | None = None) -> dict[str, str]:
        answer = await self.ask(given)
        assert answer.status_code == 200, answer.text
        told: dict[str, str] = answer.json()
        return told

    async def ask(self, given: dict[str, str] | None = None) -> httpx.Response:
        sent = self.made() if given is None else given
        http = self.partner.http
        if self.as_json:
            return await http.post("/gateway", json=sent)
        return await http.post("/gateway", data=sent)
