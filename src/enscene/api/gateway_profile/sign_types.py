"""RSA2 (SHA256withRSA, PKCS #1 v1.5) and SM2: whether an application has signed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from enscene.api.gateway_profile import sm2
from enscene.tenants.apps import App
from enscene.tenants.apps.keys import public_key_of
from enscene.tenants.apps.sm2_point import is_sm2

RSA2, SM2 = "RSA2", "SM2"
SHA = SHA256()
PADDING = PKCS1v15()


def sign_types() -> Sequence[str]:
    """Those that this machine serves."""
    return (RSA2, SM2) if sm2.is_served() else (RSA2,)


async def is_signed(app: App, sign_type: str, message: bytes, signature: bytes) -> bool:
    """Whether one of the application's keys of that kind signed the message."""
    if sign_type == SM2:
        keys = [jwk for jwk in app.jwks if is_sm2(jwk)]
        for jwk in keys:
            if await asyncio.to_thread(sm2.is_signed, jwk, message, signature):
                return True
        return False
    # Who says what an RSA key is for is taken at their word.
    rsa = [jwk for jwk in app.jwks if jwk.get("kty") == "RSA" and jwk.get("alg") in (None, "RS256")]
    found = [public_key_of(jwk) for jwk in rsa]
    return any(is_rsa2(key, message, signature) for key in found if isinstance(key, RSAPublicKey))


def is_rsa2(key: RSAPublicKey, message: bytes, signature: bytes) -> bool:
    """Whether the key signed the message by RSA2."""
    try:
        key.verify(signature, message, PADDING, SHA)
    except InvalidSignature:
        return False
    return True
