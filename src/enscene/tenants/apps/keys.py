"""Public keys of applications, as JWKs: only such as can check a signature and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.jwk import import_key as read_jwk

from enscene.kernel.errors import Invalid
from enscene.tenants.apps import sm2_point

PublicKey: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey

RSA_BITS_LEAST = 2048
KEYS_MOST = 8
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def algorithms_of(jwk: Mapping[str, Any]) -> tuple[str, ...]:
    """The signature algorithms of JOSE that a key of this kind may be used with; none for SM2,
    which signs at the gateway alone."""
    kinds = {
        ("EC", "P-256"): ("ES256",),
        ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
        ("RSA", None): ("PS256",),
    }
    return kinds.get((str(jwk.get("kty")), jwk.get("crv")), ())


def public_key_of(jwk: Mapping[str, Any]) -> PublicKey:
    """The key itself; of a JWK whose kind is one of ours."""
    numbers = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
    key = read_jwk(numbers).public_key
    assert isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey)
    return key


def check_public_keys(jwks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The keys, checked: public, P-256, SM2, Ed25519 or RSA of 2,048 bits and more, with a `kid`
    each.

    Raises: Invalid("app.bad_key").
    """
    if not 1 <= len(jwks) <= KEYS_MOST:
        raise _bad(f"an application has 1 to {KEYS_MOST} keys")
    kids = [jwk.get("kid") for jwk in jwks]
    if len(set(kids)) != len(kids) or not all(isinstance(kid, str) and kid for kid in kids):
        raise _bad("every key needs a `kid` of its own")
    return [_checked(dict(jwk)) for jwk in jwks]


def _checked(jwk: dict[str, Any]) -> dict[str, Any]:
    if _PRIVATE & jwk.keys():
        raise _bad("this is a private key: register the public part, and replace the pair")
    if sm2_point.is_sm2(jwk):
        if not sm2_point.is_on_curve(jwk):
            raise _bad("the key is no point of the SM2 curve")
        return jwk
    if not algorithms_of(jwk):
        raise _bad("a key is EC P-256, EC SM2, OKP Ed25519 or RSA")
    try:
        public = public_key_of(jwk)
    except Exception as error:  # whatever a foreign key breaks in the library
        raise _bad("the key cannot be read") from error
    if isinstance(public, RSAPublicKey) and public.key_size < RSA_BITS_LEAST:
        raise _bad(f"an RSA key has at least {RSA_BITS_LEAST} bits")
    return jwk


def _bad(detail: str) -> Invalid:
    return Invalid(detail, code="app.bad_key", param="jwks")
