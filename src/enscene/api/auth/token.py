"""Access tokens: short-lived signed JWTs (RFC 9068), checked once and remembered by their text."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enscene.api.auth.jwt import Malformed, SignedJwt, encode_json, encode_part, parse_jwt
from enscene.api.auth.keyring import Keyring
from enscene.kernel.errors import Unauthenticated
from enscene.tenants.apps import App

LIFE_S = 600
_TYPE = "at+jwt"


@dataclass(frozen=True, slots=True)
class Binding:
    """What a token is bound to: a key (its thumbprint), or a client certificate, or nothing."""

    jkt: str | None = None
    x5t: str | None = None


@dataclass(frozen=True, slots=True)
class Mandate:
    """The consent that a token stands on: its number, whose it is, and the family of tokens."""

    grant: int
    party: str
    family: UUID


@dataclass(frozen=True, slots=True)
class Token:
    """A checked access token. `expires` is real time in seconds."""

    tenant: int
    app: int
    scopes: frozenset[str]
    expires: float
    jti: str = ""
    issued: float = 0.0
    binding: Binding = Binding()
    mandate: Mandate | None = None


class Tokens:
    """Issues and checks access tokens of one issuer."""

    def __init__(self, keyring: Keyring, issuer: str, *, life_s: int = LIFE_S) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self.life_s = life_s

    async def issue(
        self,
        app: App,
        scopes: frozenset[str],
        *,
        binding: Binding | None = None,
        mandate: Mandate | None = None,
    ) -> str:
        """A token for the application, with these of its scopes."""
        kid = await self._keyring.signing_kid()
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": app.client_id,
            "client_id": app.client_id,
            "tenant": app.tenant,
            "app": app.id,
            "scope": " ".join(sorted(scopes)),
            "iat": now,
            "exp": now + self.life_s,
            "jti": secrets.token_urlsafe(12),
        }
        if binding is not None and binding.jkt is not None:
            claims["cnf"] = {"jkt": binding.jkt}
        elif binding is not None and binding.x5t is not None:
            claims["cnf"] = {"x5t#S256": binding.x5t}
        if mandate is not None:
            claims["sub"] = mandate.party
            claims["grant"], claims["family"] = mandate.grant, mandate.family.hex
        header = {"typ": _TYPE, "alg": "EdDSA", "kid": kid}
        message = f"{encode_json(header)}.{encode_json(claims)}"
        return f"{message}.{encode_part(self._keyring.sign_with(kid, message.encode()))}"

    async def check(self, text: str) -> Token:
        """What the token says. Raises: Unauthenticated("auth.token")."""
        try:
            parsed = parse_jwt(text)
        except Malformed:
            raise bad_token("this is not an access token") from None
        header, claims = parsed.header, parsed.claims
        if header.get("alg") != "EdDSA" or header.get("typ") != _TYPE or "crit" in header:
            raise bad_token("this is not an access token")
        if not await self._is_signed(parsed, header.get("kid")):
            raise bad_token("the access token was not issued here")
        if claims.get("iss") != self._issuer or claims.get("aud") != self._issuer:
            raise bad_token("the access token is for another server")
        expires = float(claims["exp"])
        if time.time() >= expires:
            raise expired()
        confirmed = claims.get("cnf", {})
        return Token(
            claims["tenant"],
            claims["app"],
            frozenset(str(claims["scope"]).split()),
            expires,
            claims["jti"],
            float(claims["iat"]),
            Binding(confirmed.get("jkt"), confirmed.get("x5t#S256")),
            Mandate(claims["grant"], claims["sub"], UUID(hex=claims["family"]))
            if "grant" in claims
            else None,
        )

    async def _is_signed(self, parsed: SignedJwt, kid: Any) -> bool:
        return isinstance(kid, str) and await self._keyring.is_signed(
            kid, parsed.message, parsed.signature
        )


def bad_token(detail: str) -> Unauthenticated:
    """The token is none of ours."""
    return Unauthenticated(detail, code="auth.token", hint="get a new one at /oauth/token")


def expired() -> Unauthenticated:
    """The token was good once."""
    return Unauthenticated(
        "the access token has expired", code="auth.expired", hint="get a new one at /oauth/token"
    )
