"""The algorithms of message signatures: those that FAPI 2.0 admits, and none by a shared secret.

An algorithm follows from the key. What a message says of it is compared, never followed.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA512

from enscene.api.auth.signature import is_signed as is_signed_jws
from enscene.tenants.apps.keys import PublicKey

ED25519 = "ed25519"
ECDSA = "ecdsa-p256-sha256"
RSA_PSS = "rsa-pss-sha512"
ALGORITHMS = (ED25519, ECDSA, RSA_PSS)
_PSS = PSS(MGF1(SHA512()), SHA512.digest_size)
_SHA512 = SHA512()


def algorithm_of(key: PublicKey) -> str:
    """The one algorithm that a key signs messages with."""
    if isinstance(key, EllipticCurvePublicKey):
        return ECDSA
    return RSA_PSS if isinstance(key, RSAPublicKey) else ED25519


def is_signed(key: PublicKey, base: bytes, signature: bytes) -> bool:
    """Whether the key has signed the base, by its own algorithm."""
    if not isinstance(key, RSAPublicKey):
        return is_signed_jws(key, base, signature)
    try:
        key.verify(signature, base, _PSS, _SHA512)
    except InvalidSignature:
        return False
    return True
