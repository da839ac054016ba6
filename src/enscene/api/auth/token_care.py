"""What a client may ask about a token it has: take it back (RFC 7009), is it good (RFC 7662)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from enscene.api.auth import token_store
from enscene.api.auth.caller import Access
from enscene.api.auth.client_authentication import ClientAuthentication
from enscene.api.auth.oauth import answer_post, oauth_answer, read_form
from enscene.api.auth.store import Pool
from enscene.api.auth.token import Token, Tokens
from enscene.api.http import Request, Response
from enscene.kernel.errors import Unauthenticated
from enscene.tenants.apps import App, find_grant


class TokenCare:
    """The two endpoints. A token of another client is unknown."""

    def __init__(
        self, pool: Pool, clients: ClientAuthentication, tokens: Tokens, access: Access, issuer: str
    ) -> None:
        self._pool = pool
        self._clients = clients
        self._tokens = tokens
        self._access = access
        self._issuer = issuer

    async def revoke(self, request: Request) -> Response:
        """`POST /oauth/revoke`: a refresh token ends with all tokens of its consent's session; an
        access token alone."""
        return await answer_post(request, self._revoke)

    async def introspect(self, request: Request) -> Response:
        """`POST /oauth/introspect`."""
        return await answer_post(request, self._introspect)

    async def _revoke(self, request: Request) -> Response:
        form = await read_form(request)
        app = await self._clients.authenticate(form)
        text = form.get("token", "")
        token = await self._token(app, text)
        async with token_store.admitted(self._pool, app.tenant) as connection:
            if token is not None:
                until = datetime.fromtimestamp(token.expires, UTC)
                await token_store.end_token(connection, app.tenant, token.jti, until)
            else:
                row = await token_store.read_refresh(connection, app.tenant, _digest(text))
                if row is not None and row["app"] == app.id:
                    await token_store.end_family(connection, app.tenant, row["family"])
                    self._access.forget_family(row["family"])
        if token is not None:
            self._access.forget_token(token.jti)
        return oauth_answer({})

    async def _introspect(self, request: Request) -> Response:
        form = await read_form(request)
        app = await self._clients.authenticate(form)
        text = form.get("token", "")
        token = await self._token(app, text)
        if token is not None:
            return oauth_answer(await self._told(app, token))
        async with token_store.admitted(self._pool, app.tenant) as connection:
            row = await token_store.read_refresh(connection, app.tenant, _digest(text))
        if row is None or row["app"] != app.id or row["used_at"] or row["revoked_at"]:
            return oauth_answer({"active": False})
        grant = await find_grant(self._pool, app.tenant, row["grant_id"])
        if grant is None or row["until"] <= datetime.now(UTC):
            return oauth_answer({"active": False})
        return oauth_answer(
            {
                "active": True,
                "client_id": app.client_id,
                "sub": grant.party,
                "scope": " ".join(row["scopes"]),
                "iss": self._issuer,
            }
        )

    async def _told(self, app: App, token: Token) -> dict[str, Any]:
        mandate = token.mandate
        family = None if mandate is None else mandate.family
        if await token_store.is_ended(self._pool, app.tenant, token.jti, family):
            return {"active": False}
        if mandate is not None and await find_grant(self._pool, app.tenant, mandate.grant) is None:
            return {"active": False}
        told: dict[str, Any] = {
            "active": True,
            "client_id": app.client_id,
            "sub": app.client_id if mandate is None else mandate.party,
            "scope": " ".join(sorted(token.scopes)),
            "token_type": "DPoP" if token.binding.jkt else "Bearer",
            "iss": self._issuer,
            "iat": int(token.issued),
            "exp": int(token.expires),
        }
        if token.binding.jkt:
            told["cnf"] = {"jkt": token.binding.jkt}
        elif token.binding.x5t:
            told["cnf"] = {"x5t#S256": token.binding.x5t}
        return told

    async def _token(self, app: App, text: str) -> Token | None:
        """An access token of this client that has not expired."""
        try:
            token = await self._tokens.check(text)
        except Unauthenticated:
            return None
        return token if (token.tenant, token.app) == (app.tenant, app.id) else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
