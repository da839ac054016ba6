"""An application's key: signs assertions, proofs and messages; only its public part is told."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePrivateNumbers,
    EllipticCurvePublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_MESSAGE = {"ES256": "ecdsa-p256-sha256", "EdDSA": "ed25519"}


class Key:
    """P-256 (ES256) or Ed25519 (EdDSA). `kid` is the name that it is registered under."""

    def __init__(self, private: EllipticCurvePrivateKey | Ed25519PrivateKey, kid: str) -> None:
        if isinstance(private, EllipticCurvePrivateKey) and private.curve.name != "secp256r1":
            raise ValueError("an EC key is on the curve P-256")
        self._private = private
        self.kid = kid
        self.algorithm = "EdDSA" if isinstance(private, Ed25519PrivateKey) else "ES256"
        self.message_algorithm = _MESSAGE[self.algorithm]

    @classmethod
    def generate(cls, kid: str = "") -> Key:
        """A fresh one, of P-256."""
        return cls(generate_private_key(SECP256R1()), kid)

    @classmethod
    def from_pem(cls, pem: bytes, kid: str, password: bytes | None = None) -> Key:
        """From PKCS #8. Raises: ValueError for a key of another kind."""
        private = load_pem_private_key(pem, password)
        if not isinstance(private, EllipticCurvePrivateKey | Ed25519PrivateKey):
            raise ValueError("the key is neither of P-256 nor Ed25519")
        return cls(private, kid)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> Key:
        """From a private JWK with a `kid`. Raises: ValueError, KeyError."""
        secret = unb64(jwk["d"])
        if jwk.get("crv") == "Ed25519":
            return cls(Ed25519PrivateKey.from_private_bytes(secret), jwk["kid"])
        if jwk.get("crv") != "P-256":
            raise ValueError("the key is neither of P-256 nor Ed25519")
        x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in ("x", "y"))
        public = EllipticCurvePublicNumbers(x, y, SECP256R1())
        number = int.from_bytes(secret, "big")
        return cls(EllipticCurvePrivateNumbers(number, public).private_key(), jwk["kid"])

    @classmethod
    def from_file(cls, path: Path) -> Key:
        """From a file with a private JWK. Raises: OSError, ValueError, KeyError."""
        return cls.from_jwk(json.loads(path.read_text()))

    def private_jwk(self) -> dict[str, str]:
        """All of it, for a file that nobody else can read."""
        if isinstance(self._private, Ed25519PrivateKey):
            secret = self._private.private_bytes_raw()
        else:
            secret = self._private.private_numbers().private_value.to_bytes(32, "big")
        return self.public_jwk() | {"d": b64(secret)}

    def public_jwk(self) -> dict[str, str]:
        """What the bank is given."""
        if isinstance(self._private, Ed25519PrivateKey):
            raw = self._private.public_key().public_bytes_raw()
            told = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
        else:
            numbers = self._private.public_key().public_numbers()
            x, y = (b64(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
            told = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        return told | ({"kid": self.kid} if self.kid else {})

    def sign(self, message: bytes) -> bytes:
        """The raw signature, as JWS and RFC 9421 have it."""
        if isinstance(self._private, Ed25519PrivateKey):
            return self._private.sign(message)
        r, s = decode_dss_signature(self._private.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def jwt(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A signed JWT."""
        parts = ({"alg": self.algorithm, **header}, claims)
        message = ".".join(b64(json.dumps(part).encode()) for part in parts)
        return f"{message}.{b64(self.sign(message.encode()))}"

    def assertion(self, client_id: str, audience: str) -> str:
        """Who asks for a token (`private_key_jwt`); good once, for a minute."""
        now = int(time.time())
        claims = {"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + 60}
        return self.jwt({"kid": self.kid}, claims | {"jti": secrets.token_urlsafe(18)})

    def proof(
        self, method: str, url: str, *, token: str | None = None, nonce: str | None = None
    ) -> str:
        """A DPoP proof (RFC 9449) for one request; `url` has no query."""
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(18), "htm": method, "htu": url, "iat": int(time.time()),
        }  # fmt: skip
        if token is not None:
            claims["ath"] = b64(hashlib.sha256(token.encode()).digest())
        if nonce is not None:
            claims["nonce"] = nonce
        public = {name: value for name, value in self.public_jwk().items() if name != "kid"}
        return self.jwt({"typ": "dpop+jwt", "jwk": public}, claims)


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
