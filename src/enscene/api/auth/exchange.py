"""Codes and refresh tokens for access tokens: the grants that stand on a customer's consent."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enscene.api.auth import token_store
from enscene.api.auth.binding import Binder
from enscene.api.auth.caller import Access
from enscene.api.auth.dpop import b64
from enscene.api.auth.oauth import OAuthError
from enscene.api.auth.store import Pool
from enscene.api.auth.token import Binding, Mandate, Tokens
from enscene.api.http import Request
from enscene.customers.authorizations import Redeemed, redeem_code
from enscene.kernel.controls import control
from enscene.tenants.apps import App, Grant, find_grant

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Exchange:
    """The two grants."""

    def __init__(self, pool: Pool, tokens: Tokens, binder: Binder, access: Access) -> None:
        self._pool = pool
        self._tokens = tokens
        self._binder = binder
        self._access = access

    async def code(self, request: Request, app: App, form: dict[str, str]) -> dict[str, Any]:
        """`grant_type=authorization_code`. Whatever comes of it, the code is used up.

        Only who has to be told the nonce for its proof may come again with the same code.
        """
        self._binder.ask_for_nonce(request)
        async with token_store.admitted(self._pool, app.tenant) as connection:
            found = await redeem_code(connection, app.tenant, form.get("code", ""))
        if found is None:
            raise _bad_grant("the code is unknown")
        await check_code_once(self, app, found)
        check_code_client(found, app)
        check_code_time(found)
        check_verifier(found, form.get("code_verifier"))
        if form.get("redirect_uri", found.asked.redirect_uri) != found.asked.redirect_uri:
            raise _bad_grant("redirect_uri is not the one that was asked with")
        binding = await self._binder.binding(request, app, must=True, jkt=found.jkt)
        grant = await find_grant(self._pool, app.tenant, found.grant)
        if grant is None:
            raise _bad_grant("the consent was withdrawn")
        scopes = frozenset(filter(app.covers, found.asked.scope.split()))
        async with token_store.admitted(self._pool, app.tenant) as connection:
            await token_store.insert_family(
                connection, app.tenant, found.family, app.id, grant.id, grant.party,
                sorted(scopes), binding.jkt, binding.x5t,
            )  # fmt: skip
            refresh = await _new_refresh(connection, app, found.family, grant)
        mandate = Mandate(grant.id, grant.party, found.family)
        return await self._answer(app, scopes, binding, mandate, grant, refresh)

    async def refresh(self, request: Request, app: App, form: dict[str, str]) -> dict[str, Any]:
        """`grant_type=refresh_token`: another pair; the token that was sent is used up."""
        digest = _digest(form.get("refresh_token", ""))
        async with token_store.admitted(self._pool, app.tenant) as connection:
            row = await token_store.read_refresh(connection, app.tenant, digest)
        if row is None or row["app"] != app.id:
            raise _bad_grant("the refresh token is unknown")
        binding = await self._binder.binding(request, app, must=True)
        grant = await find_grant(self._pool, app.tenant, row["grant_id"])
        now = datetime.now(UTC)
        if grant is None or row["revoked_at"] is not None or row["until"] <= now:
            raise _bad_grant("the refresh token is over")
        family: UUID = row["family"]
        scopes = _narrowed(frozenset(filter(app.covers, row["scopes"])), form.get("scope"))
        async with token_store.admitted(self._pool, app.tenant) as connection:
            again = await token_store.read_refresh(connection, app.tenant, digest, lock=True)
            assert again is not None
            stolen = is_refresh_used(again)
            if stolen:
                # One of two holders is a thief: both lose what they have.
                await token_store.end_family(connection, app.tenant, family)
            else:
                await token_store.use_refresh(connection, app.tenant, digest)
                refresh = await _new_refresh(connection, app, family, grant)
        if stolen:
            self._access.forget_family(family)
            raise _bad_grant("the refresh token was used before: its tokens are withdrawn")
        mandate = Mandate(grant.id, grant.party, family)
        return await self._answer(app, scopes, binding, mandate, grant, refresh)

    async def withdraw(self, app: App, family: UUID) -> None:
        """End every token of a family."""
        async with token_store.admitted(self._pool, app.tenant) as connection:
            await token_store.end_family(connection, app.tenant, family)
        self._access.forget_family(family)

    async def _answer(
        self, app: App, scopes: frozenset[str], binding: Binding, mandate: Mandate, grant: Grant,
        refresh: str,
    ) -> dict[str, Any]:  # fmt: skip
        token = await self._tokens.issue(app, scopes, binding=binding, mandate=mandate)
        fields = grant.fields or {}
        return {
            "access_token": token,
            "token_type": "DPoP" if binding.jkt else "Bearer",
            "expires_in": self._tokens.life_s,
            "refresh_token": refresh,
            "scope": " ".join(sorted(scopes)),
            "authorization_details": [
                {
                    "type": "enscene_consent",
                    "consent": grant.id,
                    "party": grant.party,
                    "scene": grant.scene,
                    "purpose": grant.purpose,
                    "things": fields.get("things", {}),
                    "accounts": fields.get("accounts", []),
                    "until": grant.expires_at,
                }
            ],
        }


@control("code_once")
async def check_code_once(exchange: Exchange, app: App, found: Redeemed) -> None:
    """A code that comes again was stolen by one of two: what was given for it is withdrawn.

    Raises: OAuthError.
    """
    if found.earlier is not None:
        await exchange.withdraw(app, found.earlier)
        raise _bad_grant("the code was used before: its tokens are withdrawn")


@control("code_client")
def check_code_client(found: Redeemed, app: App) -> None:
    """Raises: OAuthError."""
    if found.app != app.id:
        raise _bad_grant("the code was given to another client")


@control("code_time")
def check_code_time(found: Redeemed) -> None:
    """Raises: OAuthError."""
    if found.is_over:
        raise _bad_grant("the code has expired")


@control("pkce")
def check_verifier(found: Redeemed, verifier: str | None) -> None:
    """Whoever redeems the code is who asked for it. Raises: OAuthError."""
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise _bad_grant("code_verifier is needed: 43 to 128 characters")
    digest = b64(hashlib.sha256(verifier.encode()).digest())
    if not hmac.compare_digest(digest, found.asked.code_challenge):
        raise _bad_grant("code_verifier does not fit")


@control("refresh_once")
def refresh_used(row: token_store.Row) -> bool:
    """Whether it has been used before."""
    return row["used_at"] is not None


def is_refresh_used(row: token_store.Row) -> bool:
    """The same, also where the control is off: then nothing counts as used."""
    return bool(refresh_used(row))


def _narrowed(scopes: frozenset[str], wanted: str | None) -> frozenset[str]:
    if not wanted:
        return scopes
    asked = frozenset(wanted.split())
    if not asked <= scopes:
        raise OAuthError("the consent does not cover every scope asked for", code="invalid_scope")
    return asked


async def _new_refresh(
    connection: token_store.Connection, app: App, family: UUID, grant: Grant
) -> str:
    refresh = secrets.token_urlsafe(32)
    until = grant.expires_at or datetime.max.replace(tzinfo=UTC)
    await token_store.insert_refresh(connection, app.tenant, _digest(refresh), family, until)
    return refresh


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _bad_grant(detail: str) -> OAuthError:
    return OAuthError(detail, code="invalid_grant")
