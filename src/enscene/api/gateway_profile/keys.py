"""The bank's own keys for the gateway: one of each kind, sealed in the database, shared by all
processes. What they are called and their public parts stand at `GET /gateway/keys`."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from enscene.api.auth import store
from enscene.api.gateway_profile.sign_types import PADDING, RSA2, SHA, SM2, sign_types
from enscene.api.gateway_profile.sm2 import Sm2Key
from enscene.storage import Seal

RSA_BITS = 2048
_PURPOSES = {RSA2: "gateway-rsa2", SM2: "gateway-sm2"}
_FOR_GOOD_S = 1e9


@dataclass(frozen=True, slots=True)
class BankKey:
    """A key that signs answers; `public` is its public part, as PEM."""

    kid: str
    public: str
    sign: Callable[[bytes], bytes]


class GatewayKeys:
    """Read once, made when there is none yet."""

    def __init__(self, pool: store.Pool, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal
        self._keys: dict[str, BankKey] = {}
        self._reading = asyncio.Lock()

    async def key(self, sign_type: str) -> BankKey:
        """The key of that kind."""
        if sign_type not in self._keys:
            async with self._reading:
                if sign_type not in self._keys:
                    self._keys[sign_type] = await self._read(sign_type)
        return self._keys[sign_type]

    async def sign(self, sign_type: str, message: bytes) -> tuple[str, str]:
        """The key's name and the signature in base64."""
        key = await self.key(sign_type)
        # Both libraries let others go on meanwhile, and it takes longer than going to a thread.
        made = await asyncio.to_thread(key.sign, message)
        return key.kid, base64.b64encode(made).decode()

    async def told(self) -> list[dict[str, str]]:
        """All of them, for whoever checks answers."""
        found = [(kind, await self.key(kind)) for kind in sign_types()]
        return [{"sign_type": kind, "key_id": key.kid, "pem": key.public} for kind, key in found]

    async def _read(self, sign_type: str) -> BankKey:
        purpose = _PURPOSES[sign_type]
        rows = await store.read_keys(self._pool, self._seal, purpose)
        if not rows:
            material = await asyncio.to_thread(_make, sign_type)
            name = f"{sign_type.lower()}-{secrets.token_hex(6)}"
            await store.add_key(
                self._pool, self._seal, purpose, name, material, not_before_s=_FOR_GOOD_S
            )
            # Another process may have been faster: then it is that one's.
            rows = await store.read_keys(self._pool, self._seal, purpose)
        return _open(sign_type, rows[-1][0], rows[-1][1])


def _make(sign_type: str) -> bytes:
    if sign_type == SM2:
        return Sm2Key.generate().raw
    key = generate_private_key(65537, RSA_BITS)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _open(sign_type: str, kid: str, material: bytes) -> BankKey:
    if sign_type == SM2:
        own = Sm2Key(material)
        return BankKey(kid, own.public_pem(), own.sign)
    key = load_der_private_key(material, None)
    assert isinstance(key, RSAPrivateKey), "it was made so"
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return BankKey(kid, pem.decode(), lambda message: key.sign(message, PADDING, SHA))
