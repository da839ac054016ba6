"""Proofs of possession (RFC 9449): whoever sends a bound token shows that it holds the key.

This runs for every request with such a token. The header of a client's proofs is the same in each,
so its key is parsed once; then a proof costs one signature, one small JSON and one note of its id.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from enscene.api.auth.jwt import LENGTH_MOST, Malformed, decode_part
from enscene.api.auth.signature import ALGORITHMS, is_signed
from enscene.api.auth.used_proofs import UsedProofs
from enscene.api.http import Request
from enscene.api.strict_json import read_object
from enscene.kernel.controls import control
from enscene.kernel.errors import Invalid, Unauthenticated
from enscene.tenants.apps.keys import RSA_BITS_LEAST, PublicKey, algorithms_of, public_key_of

PAST_S, FUTURE_S = 60, 10
"""How old a proof may be, and how far ahead its clock."""
OWN_NONCE_S = 300
"""A span of the nonces of this process alone."""

_KEYS_MOST = 20_000
_JTI_MOST = 200
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


class Claims(msgspec.Struct):
    """What a proof says."""

    jti: str
    htm: str
    htu: str
    iat: float
    ath: str | None = None
    nonce: str | None = None
    exp: float | None = None
    nbf: float | None = None


@dataclass(frozen=True, slots=True)
class ProofKey:
    """The key of a proof's header and its thumbprint (RFC 7638)."""

    key: PublicKey
    jkt: str


_decode = msgspec.json.Decoder(Claims).decode


class Nonces:
    """Nonces that the server wants in proofs: good for one to two spans of `life_s`."""

    def __init__(self, secret: bytes, life_s: int) -> None:
        self._secret = secret
        self._life_s = life_s

    def now(self) -> str:
        return self._of(int(time.time()) // self._life_s)

    def accepts(self, nonce: str | None) -> bool:
        if nonce is None:
            return False
        span = int(time.time()) // self._life_s
        return any(hmac.compare_digest(nonce, self._of(s)) for s in (span, span - 1))

    def _of(self, span: int) -> str:
        digest = hmac.digest(self._secret, b"dpop-nonce:%d" % span, "sha256")[:16]
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


class Proofs:
    """Checks proofs of one issuer."""

    def __init__(self, used: UsedProofs, issuer: str) -> None:
        self._used = used
        self._issuer = issuer
        self._keys: dict[str, ProofKey] = {}
        self.nonces: Nonces | None = None
        self._own = Nonces(secrets.token_bytes(32), OWN_NONCE_S)

    async def check(
        self, request: Request, *, ath: str | None = None, jkt: str | None = None
    ) -> str:
        """The thumbprint of the key that has signed the request's proof.

        `ath` is the digest of the token that comes with it, `jkt` the key that it must be. Raises:
        Unauthenticated("auth.proof", "auth.proof_nonce").
        """
        header = request.headers.get(b"dpop")
        if header is None:
            raise bad_proof("a DPoP proof is needed")
        text = header.decode("latin-1")
        parts = text.split(".")
        if len(parts) != 3 or len(text) > LENGTH_MOST:
            raise bad_proof("the DPoP header is not one signed JWT")
        key = self._keys.get(parts[0]) or self._read_key(parts[0])
        try:
            claims = _decode(decode_part(parts[1]))
            signature = decode_part(parts[2])
        except (Malformed, msgspec.DecodeError):
            raise bad_proof("the proof needs jti, htm, htu and iat") from None
        check_signature(key, f"{parts[0]}.{parts[1]}".encode(), signature)
        check_method(claims, request.method)
        check_address(claims, self._issuer, request)
        check_time(claims, time.time())
        check_token(claims, ath)
        check_key(key, jkt)
        self._check_nonce(claims)
        if not 1 <= len(claims.jti) <= _JTI_MOST:
            raise bad_proof("jti is 1 to 200 characters")
        digest = hashlib.blake2b(f"{key.jkt}.{claims.jti}".encode(), digest_size=16).digest()
        await check_once(self._used, digest, claims.iat)
        if self._used.is_alone:
            self._check_nonce(claims)  # it was the first to find out
        return key.jkt

    def ask_for_nonce(self, request: Request) -> None:
        """Tell the nonce before anything is used up, to who cannot know it yet; whether the proof
        is good is not looked at. Raises: Unauthenticated("auth.proof_nonce")."""
        parts = request.headers.get(b"dpop", b"").decode("latin-1").split(".")
        if self._wanted() is None or len(parts) != 3:
            return
        try:
            claims = _decode(decode_part(parts[1]))
        except (Malformed, msgspec.DecodeError):
            return
        self._check_nonce(claims)

    def _wanted(self) -> Nonces | None:
        """The nonces that proofs need now."""
        return self._own if self._used.is_alone else self.nonces

    def _check_nonce(self, claims: Claims) -> None:
        nonces = self._wanted()
        if nonces is not None and not nonces.accepts(claims.nonce):
            raise Unauthenticated(
                "the proof needs the server's nonce", code="auth.proof_nonce",
                facts={"nonce": nonces.now()},
            )  # fmt: skip

    def _read_key(self, part: str) -> ProofKey:
        try:
            header = read_object(decode_part(part))
        except (Malformed, Invalid):
            raise bad_proof("the proof's header cannot be read") from None
        key = read_proof_key(header)
        if len(self._keys) >= _KEYS_MOST:
            self._keys.clear()
        self._keys[part] = key
        return key


def read_proof_key(header: Mapping[str, Any]) -> ProofKey:
    """The key in a proof's header. Raises: Unauthenticated("auth.proof")."""
    algorithm, jwk = header.get("alg"), header.get("jwk")
    if header.get("typ") != "dpop+jwt":
        raise bad_proof("typ must be dpop+jwt")
    if not isinstance(jwk, dict) or _PRIVATE & jwk.keys():
        raise bad_proof("jwk must be a public key")
    if algorithm not in ALGORITHMS or algorithm not in algorithms_of(jwk):
        raise bad_proof(f"alg must be one of {', '.join(ALGORITHMS)}, and fit the key")
    if "crit" in header or "b64" in header:
        raise bad_proof("the proof's header asks for something unknown")
    try:
        named = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
        for name, value in named.items():
            if name not in ("kty", "crv"):
                decode_part(value)
        key = public_key_of(jwk)
    except Exception as error:  # whatever a foreign key breaks in the library
        raise bad_proof("the key cannot be read") from error
    if hasattr(key, "key_size") and algorithm == "PS256" and key.key_size < RSA_BITS_LEAST:
        raise bad_proof(f"an RSA key has at least {RSA_BITS_LEAST} bits")
    digest = hashlib.sha256(msgspec.json.encode(named, order="sorted")).digest()
    return ProofKey(key, b64(digest))


@control("proof_signature")
def check_signature(key: ProofKey, message: bytes, signature: bytes) -> None:
    """Raises: Unauthenticated."""
    if not is_signed(key.key, message, signature):
        raise bad_proof("the proof is not signed by its key")


@control("proof_method")
def check_method(claims: Claims, method: str) -> None:
    """Raises: Unauthenticated."""
    if claims.htm != method:
        raise bad_proof("htm is not the method of the request")


@control("proof_address")
def check_address(claims: Claims, issuer: str, request: Request) -> None:
    """The address without query and fragment. Raises: Unauthenticated."""
    path = request.raw_path
    if claims.htu != issuer + path and _normal(claims.htu) != _normal(issuer + path):
        raise bad_proof("htu is not the address of the request")


@control("proof_time")
def check_time(claims: Claims, now: float) -> None:
    """Raises: Unauthenticated."""
    if not now - PAST_S <= claims.iat <= now + FUTURE_S:
        raise bad_proof("iat is not now: set your clock, and make a proof for each request")
    if claims.exp is not None and claims.exp <= now - FUTURE_S:
        raise bad_proof("the proof has expired")
    if claims.nbf is not None and claims.nbf > now + FUTURE_S:
        raise bad_proof("nbf is in the future")


@control("proof_token")
def check_token(claims: Claims, ath: str | None) -> None:
    """The proof is for the token that it comes with. Raises: Unauthenticated."""
    if ath is not None and claims.ath != ath:
        raise bad_proof("ath is not the digest of the access token")


@control("proof_key")
def check_key(key: ProofKey, jkt: str | None) -> None:
    """The key is the one that the token, the code or the request is bound to.

    Raises: Unauthenticated.
    """
    if jkt is not None and key.jkt != jkt:
        raise bad_proof("the proof is by another key")


@control("proof_once")
async def check_once(used: UsedProofs, digest: bytes, made_at: float) -> None:
    """Raises: Unauthenticated."""
    if not await used.use(digest, made_at):
        raise bad_proof("the proof was used before: make one for each request, with another jti")


def token_digest(token: str) -> str:
    """`ath` of a token."""
    return b64(hashlib.sha256(token.encode()).digest())


def b64(digest: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def bad_proof(detail: str) -> Unauthenticated:
    """The proof is none."""
    return Unauthenticated(detail, code="auth.proof", param="DPoP")


def _normal(address: str) -> tuple[str, str | None, int | None, str] | None:
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return parts.scheme, parts.hostname, port, parts.path or "/"
    except ValueError:
        return None
