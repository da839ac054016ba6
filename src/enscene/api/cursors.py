"""Page cursors: opaque, sealed, good only for the list and the tenant that they were made for."""

from __future__ import annotations

import hmac
from hashlib import blake2b
from typing import Any

import msgspec

from enscene.api.auth.jwt import Malformed, decode_part, encode_part
from enscene.api.auth.keyring import Keyring
from enscene.kernel.errors import Invalid

_SEAL_BYTES = 12
_LENGTH_MOST = 600


class Cursors:
    """Seals and opens cursors with the secret that all processes share."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def seal(self, purpose: str, place: list[Any]) -> str:
        """A cursor for a place in the list that `purpose` names."""
        payload = msgspec.json.encode(place)
        return encode_part(payload + await self._seal(purpose, payload))

    async def open(self, purpose: str, cursor: str) -> list[Any]:
        """The place. Raises: Invalid("cursor.bad") for one that was changed or is of another
        list."""
        try:
            if len(cursor) > _LENGTH_MOST:
                raise Malformed
            raw = decode_part(cursor)
        except Malformed:
            raise _bad() from None
        payload, seal = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
        if not hmac.compare_digest(seal, await self._seal(purpose, payload)):
            raise _bad()
        place: list[Any] = msgspec.json.decode(payload)
        return place

    async def _seal(self, purpose: str, payload: bytes) -> bytes:
        secret = await self._keyring.cursor_secret()
        key = blake2b(purpose.encode(), key=secret, digest_size=32).digest()
        return blake2b(payload, key=key, digest_size=_SEAL_BYTES).digest()


def _bad() -> Invalid:
    return Invalid(
        "this is not a cursor of this list",
        code="cursor.bad",
        param="cursor",
        hint="send the `next` of an earlier answer as it was, with the same filters",
    )
