"""SM2 signatures with SM3 and the default user id (GB/T 32918.2), in DER.

The library is loaded when it is first needed, and there is none for some machines: then SM2 is not
served. It gives the interpreter free while it reckons, so that a thread may do it beside the loop.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from enscene.tenants.apps.sm2_point import point_of

SIGNATURE_MOST = 80
BYTES = 32


@cache
def is_served() -> bool:
    """Whether this machine has the library."""
    return importlib.util.find_spec("tongsuopy") is not None


class Sm2Key:
    """A private key of the bank. `raw` is its number in 32 bytes."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._key = _curve().derive_private_key(int.from_bytes(raw, "big"), _curve().SM2())

    @classmethod
    def generate(cls) -> Sm2Key:
        """A fresh one."""
        made = _curve().generate_private_key(_curve().SM2())
        number: int = made.private_numbers().private_value
        return cls(number.to_bytes(BYTES, "big"))

    def sign(self, message: bytes) -> bytes:
        """The signature in DER."""
        signature: bytes = self._key.sign(message, _algorithm())
        return signature

    @property
    def point(self) -> tuple[int, int]:
        """The public key."""
        numbers = self._key.public_key().public_numbers()
        return numbers.x, numbers.y

    def public_pem(self) -> str:
        """The public key as others read it."""
        from tongsuopy.crypto import serialization

        pem: bytes = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return pem.decode()


def is_signed(jwk: Mapping[str, Any], message: bytes, signature: bytes) -> bool:
    """Whether the key of that point signed the message; False too for what is no signature."""
    from tongsuopy.crypto import exceptions

    if len(signature) > SIGNATURE_MOST:
        return False
    try:
        decode_dss_signature(signature)  # the library takes what is no DER for a fault of its own
        x, y = point_of(jwk)
        key = _curve().EllipticCurvePublicNumbers(x, y, _curve().SM2()).public_key()
        key.verify(signature, message, _algorithm())
    except (ValueError, InvalidSignature, exceptions.InvalidSignature, exceptions.InternalError):
        return False
    return True


def _curve() -> Any:
    from tongsuopy.crypto.asymciphers import ec

    return ec


def _algorithm() -> Any:
    from tongsuopy.crypto import hashes

    return _curve().ECDSA(hashes.SM3())
