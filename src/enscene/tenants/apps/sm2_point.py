"""Public keys of SM2 (GB/T 32918) as JWKs: `kty` EC, `crv` SM2, and the two numbers of a point."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

BYTES = 32
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93


def is_sm2(jwk: Mapping[str, Any]) -> bool:
    """Whether a key says that it is one."""
    return jwk.get("kty") == "EC" and jwk.get("crv") == "SM2"


def point_of(jwk: Mapping[str, Any]) -> tuple[int, int]:
    """The numbers x and y. Raises: ValueError for what is not base64url of 32 bytes each."""
    return _number(jwk.get("x")), _number(jwk.get("y"))


def is_on_curve(jwk: Mapping[str, Any]) -> bool:
    """Whether the numbers are a point of the curve: its order is a prime, so any but the one at
    infinity is a key."""
    try:
        x, y = point_of(jwk)
    except ValueError:
        return False
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def _number(text: Any) -> int:
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("a number of the key is a text")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("a number of the key is base64url") from error
    if len(raw) != BYTES:
        raise ValueError("a number of the key has 32 bytes")
    return int.from_bytes(raw, "big")
