"""Whether a public key has signed a message: ES256, EdDSA and PS256, and nothing else."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from enscene.tenants.apps.keys import PublicKey

ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "PS256")
_ECDSA = ECDSA(SHA256())
_PSS = PSS(MGF1(SHA256()), SHA256.digest_size)


def is_signed(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """The key's own algorithm is used, whatever a header says."""
    try:
        if isinstance(key, EllipticCurvePublicKey):
            if len(signature) != 64:
                return False
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            key.verify(encode_dss_signature(r, s), message, _ECDSA)
        elif isinstance(key, RSAPublicKey):
            key.verify(signature, message, _PSS, SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
