"""Keys that applications sign messages with, read once from what is registered."""

from __future__ import annotations

from collections.abc import Mapping

from enscene.tenants.apps import App
from enscene.tenants.apps.keys import PublicKey, algorithms_of, public_key_of

APPS_MOST = 10_000


class SigningKeys:
    """By application, until other keys are registered."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[object, Mapping[str, PublicKey]]] = {}

    def of(self, app: App) -> Mapping[str, PublicKey]:
        """The keys by `kid`: P-256, Ed25519 and RSA, each with one algorithm."""
        name = (app.tenant, app.id)
        known = self._known.get(name)
        if known is not None and known[0] == app.jwks:
            return known[1]
        keys = {str(jwk["kid"]): public_key_of(jwk) for jwk in app.jwks if algorithms_of(jwk)}
        if len(self._known) >= APPS_MOST:
            self._known.clear()
        self._known[name] = (app.jwks, keys)
        return keys
