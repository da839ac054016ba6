"""Who calls an OAuth endpoint: an application that signs an assertion with a registered key."""

from __future__ import annotations

from enscene.api.auth import store
from enscene.api.auth.assertion import TYPE, Assertion, check_assertion, client_of, refused
from enscene.kernel.controls import control
from enscene.kernel.errors import NotFound
from enscene.tenants.apps import App, find_app


class ClientAuthentication:
    """private_key_jwt (RFC 7523)."""

    def __init__(self, pool: store.Pool, issuer: str) -> None:
        self._pool = pool
        self._issuer = issuer
        self._endpoint = f"{issuer}/oauth/token"

    async def authenticate(self, form: dict[str, str], *, lenient: bool = False) -> App:
        """The application. `aud` is the issuer; `lenient` takes the token endpoint too.

        Raises: Unauthenticated("auth.client").
        """
        assertion = form.get("client_assertion")
        if form.get("client_assertion_type") != TYPE or assertion is None:
            raise refused("authenticate with a client assertion (private_key_jwt)")
        parsed, client = client_of(assertion)
        if form.get("client_id", client) != client:
            raise refused("client_id is not the one of the assertion")
        try:
            app = await find_app(self._pool, client)
        except NotFound:
            raise refused("no registered key of the client signed this") from None
        audiences = (self._issuer, self._endpoint) if lenient else (self._issuer,)
        checked = check_assertion(parsed, app, audiences)
        if app.status != "active":
            raise refused("the application is suspended")
        await check_once(self._pool, app, checked)
        return app


@control("assertion_once")
async def check_once(pool: store.Pool, app: App, checked: Assertion) -> None:
    """An assertion is good once. Raises: Unauthenticated."""
    if not await store.use_assertion(pool, app.tenant, app.id, checked.digest, checked.expires_at):
        raise refused("the assertion was used before: sign a new one with another jti")
