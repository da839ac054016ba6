"""The program's own keys: they sign access tokens and page cursors; all processes share them.

In the database they are sealed by the key of the home (`enscene.storage.seal`).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

import asyncpg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import OKPKey

from enscene.api.auth import store
from enscene.storage import OUTAGES, Seal

ROTATE_S = 24 * 3600.0
KEEP_S = 2 * ROTATE_S
AHEAD_S = 3600.0
"""How long a key is published before it signs anything: whoever keeps a copy of the keys has it."""
_LOOK_AGAIN_S = 5.0
_RAW = serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()


class Keyring:
    """Ed25519 keys for tokens, a new one every day, published before it is used, the old one kept
    for another day; one secret for cursors, kept for good."""

    def __init__(self, pool: store.Pool, seal: Seal, *, rotate_s: float = ROTATE_S) -> None:
        self._pool = pool
        self._seal = seal
        self._sealed = False
        self._rotate_s = rotate_s
        self._ahead_s = min(AHEAD_S, rotate_s / 2)
        self._private: dict[str, Ed25519PrivateKey] = {}
        self._public: dict[str, Ed25519PublicKey] = {}
        self._signing = ""
        self._rotate_at = 0.0
        self._looked_at = -_LOOK_AGAIN_S
        self._cursor_secret: bytes | None = None
        self._reading = asyncio.Lock()

    async def ready(self) -> None:
        """Look at the keys, so that what is wrong with them is told at the start.

        Raises: StorageFault when the key of another home has sealed them.
        """
        await self.signing_kid()
        await self.cursor_secret()

    async def signing_kid(self) -> str:
        """The id of the key that signs now; makes the next one when it is time."""
        if time.monotonic() >= self._rotate_at:
            async with self._reading:
                if time.monotonic() >= self._rotate_at:
                    await self._try_to_rotate()
        return self._signing

    def sign_with(self, kid: str, message: bytes) -> bytes:
        """The signature by a key that `signing_kid` has just named."""
        return self._private[kid].sign(message)

    async def is_signed(self, kid: str, message: bytes, signature: bytes) -> bool:
        """Whether the key of that id signed the message."""
        if kid not in self._public:
            async with self._reading:
                if kid not in self._public and self._may_look_again():
                    await self._read()  # another process may have made it
        key = self._public.get(kid)
        if key is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    async def public_keys(self) -> list[dict[str, Any]]:
        """The public parts, as JWKs."""
        try:
            await self.signing_kid()
        except OUTAGES:
            if not self._public:
                raise  # what is known of them goes on being told
        keys = []
        for kid, key in self._public.items():
            pem = key.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            jwk = OKPKey.import_key(pem).as_dict(private=False)
            keys.append({**jwk, "kid": kid, "alg": "EdDSA", "use": "sig"})
        return keys

    async def cursor_secret(self) -> bytes:
        """What page cursors are sealed with."""
        if self._cursor_secret is None:
            fresh = secrets.token_bytes(32)
            await self._seal_old()
            name = f"cursor-{secrets.token_hex(8)}"
            await store.add_key(self._pool, self._seal, "cursor", name, fresh, not_before_s=1e9)
            rows = await store.read_keys(self._pool, self._seal, "cursor")
            self._cursor_secret = rows[-1][1]
        return self._cursor_secret

    def _may_look_again(self) -> bool:
        """Unknown ids come from anybody: they do not make us read at will."""
        return time.monotonic() - self._looked_at >= _LOOK_AGAIN_S

    async def _try_to_rotate(self) -> None:
        try:
            await self._rotate()
        except asyncpg.ReadOnlySQLTransactionError:
            if not self._signing:
                raise
            self._rotate_at = time.monotonic() + _LOOK_AGAIN_S  # the present key does meanwhile

    async def _rotate(self) -> None:
        age_s = await self._read()
        if age_s is None or age_s >= self._rotate_s:
            material = Ed25519PrivateKey.generate().private_bytes(*_RAW)
            kid = secrets.token_hex(8)
            await store.add_key(
                self._pool, self._seal, "token", kid, material, not_before_s=self._rotate_s / 2
            )
            await store.drop_keys(self._pool, "token", older_than_s=max(KEEP_S, 2 * self._rotate_s))
            age_s = await self._read() or 0.0
        left_s = (self._ahead_s if age_s < self._ahead_s else self._rotate_s) - age_s
        self._rotate_at = time.monotonic() + max(left_s, 1.0)

    async def _read(self) -> float | None:
        """Read the keys; the age of the newest."""
        self._looked_at = time.monotonic()
        await self._seal_old()
        rows = await store.read_keys(self._pool, self._seal, "token")
        self._private = {
            kid: Ed25519PrivateKey.from_private_bytes(material) for kid, material, _ in rows
        }
        self._public = {kid: key.public_key() for kid, key in self._private.items()}
        if not rows:
            return None
        # The newest that was published long enough; at the very beginning the first.
        self._signing = next((kid for kid, _, age in rows if age >= self._ahead_s), rows[-1][0])
        return rows[0][2]

    async def _seal_old(self) -> None:
        """What an older program has left in plain is sealed once, at the first look."""
        if not self._sealed:
            await store.seal_keys(self._pool, self._seal)
            self._sealed = True
