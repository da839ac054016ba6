"""Keys that applications sign messages with, read once from what is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from enscene.api.signatures.algorithms import algorithm_of
from enscene.tenants.apps import App
from enscene.tenants.apps.keys import PublicKey, algorithms_of, public_key_of

APPS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A registered key, and the one algorithm that it signs messages with."""

    kid: str
    key: PublicKey
    algorithm: str


class SigningKeys:
    """By application, until other keys are registered."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[object, Mapping[str, SigningKey]]] = {}

    def of(self, app: App) -> Mapping[str, SigningKey]:
        """The keys by `kid`: P-256, Ed25519 and RSA, each with one algorithm."""
        name = (app.tenant, app.id)
        known = self._known.get(name)
        if known is not None and known[0] == app.jwks:
            return known[1]
        keys = {}
        for jwk in app.jwks:
            if algorithms_of(jwk):
                key, kid = public_key_of(jwk), str(jwk["kid"])
                keys[kid] = SigningKey(kid, key, algorithm_of(key))
        if len(self._known) >= APPS_MOST:
            self._known.clear()
        self._known[name] = (app.jwks, keys)
        return keys
