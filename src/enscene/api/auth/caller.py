"""The caller of a request: its application, its scopes, and the party that it acts for."""

from __future__ import annotations

import asyncio
import math
import time
from uuid import UUID

from enscene.api.auth import store, token_store
from enscene.api.auth.bucket import Bucket
from enscene.api.auth.certificate import Certificates, check_certificate
from enscene.api.auth.dpop import Proofs, token_digest
from enscene.api.auth.token import Token, Tokens, bad_token, expired
from enscene.api.http import Request
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, NotFound, Unauthenticated
from enscene.kernel.ids import check_ref
from enscene.scenes.runtime import Actor
from enscene.tenants.apps import App, Grant, find_app, find_grant, find_grants, get_app
from enscene.tenants.service import ServiceWatch

REMEMBERED_S = 5.0
"""How long an application and its grants are remembered: a change is noticed within this time."""

CALLERS_MOST = 10_000
_ACTORS_MOST = 20_000
FUNDS = ("contracts:", "capabilities:", "rails:")
"""Scopes of the platform that open funds and data of accounts."""
SYSTEM_ROLES = frozenset({"clock", "trigger"})


class Caller:
    """An application that holds a good token. Remembered by the text of its token.

    `mandate` is the consent that the token stands on: it is then good for that customer alone.
    `ath` is the digest of a token that is bound to a key. `grants` are those that it acts by.
    """

    __slots__ = (
        "actors", "allowed", "app", "ath", "bucket", "fresh_until", "grants", "mandate", "scopes",
        "tenant", "token",
    )  # fmt: skip

    def __init__(
        self,
        app: App,
        scopes: frozenset[str],
        fresh_until: float,
        bucket: Bucket,
        *,
        token: Token,
        ath: str | None,
        mandate: Grant | None,
    ) -> None:
        self.token = token
        self.ath = ath
        self.mandate = mandate
        self.grants: dict[int, Grant] = {} if mandate is None else {mandate.id: mandate}
        self.app = app
        self.tenant = app.tenant
        self.scopes = scopes
        self.fresh_until = fresh_until
        self.bucket = bucket
        self.allowed: set[tuple[str, str]] = set()
        self.actors: dict[tuple[str | None, str | None, str, str], Actor] = {}

    def require(self, scene: str, what: str) -> None:
        """The token's scopes must cover it. Raises: Forbidden("auth.scope")."""
        if (scene, what) in self.allowed:
            return
        wanted = f"scene:{scene}:{what}"
        if wanted not in self.scopes and f"scene:{scene}:*" not in self.scopes:
            raise Forbidden(
                f"the token lacks the scope {wanted}",
                code="auth.scope",
                facts={"scope": wanted},
            )
        self.allowed.add((scene, what))

    def require_platform(self, scope: str) -> None:
        """What opens funds is for applications of level A2.

        Raises: Forbidden("auth.scope", "auth.level").
        """
        if scope.startswith(FUNDS):
            self.require_level("A2")
        if scope not in self.scopes:
            raise Forbidden(
                f"the token lacks the scope {scope}", code="auth.scope", facts={"scope": scope}
            )

    def require_level(self, level: str) -> None:
        """Funds and account data are for applications of level A2. Raises: Forbidden."""
        check_level(self.app.level, level)


@control("api_level")
def check_level(own: str, needed: str) -> None:
    """Raises: Forbidden("auth.level")."""
    if needed == "A2" and own != "A2":
        raise Forbidden(
            "this needs an application of level A2 (funds and account data)",
            code="auth.level",
            facts={"level": "A2"},
        )


class Access:
    """Admits callers and finds who they act for."""

    def __init__(
        self, pool: store.Pool, tokens: Tokens, proofs: Proofs, certificates: Certificates,
        service: ServiceWatch,
    ) -> None:  # fmt: skip
        self.pool = pool
        self.service = service
        self._tokens = tokens
        self.proofs = proofs
        self.certificates = certificates
        self._callers: dict[bytes, Caller] = {}
        self._named: dict[str, Caller] = {}
        self._admitting: dict[bytes, asyncio.Future[Caller]] = {}
        self._buckets: dict[tuple[int, int], Bucket] = {}

    async def caller(self, request: Request) -> Caller:
        """Whoever holds the token, and shows that it is theirs where it is bound.

        Raises: Unauthenticated, Forbidden (suspended, another tenant), Unavailable (rate).
        """
        header = request.headers.get(b"authorization")
        if header is None:
            raise Unauthenticated(
                "an access token is needed",
                code="auth.no_token",
                hint="get one at /oauth/token and send Authorization: Bearer <token>",
            )
        now = time.monotonic()
        caller = self._callers.get(header)
        if caller is None or now >= caller.fresh_until:
            caller = await self._admit_together(header)
        request.caller = caller
        if caller.ath is not None:
            await self.proofs.check(request, ath=caller.ath, jkt=caller.token.binding.jkt)
        elif caller.token.binding.x5t is not None:
            check_certificate(self.certificates.thumbprint(request), caller.token.binding.x5t)
        named = request.headers.get(b"x-tenant")
        if named is not None and named != caller.app.tenant_ref.encode():
            raise Forbidden("the token is of another tenant", code="auth.tenant")
        try:
            caller.bucket.take(now)
        finally:
            request.told = caller.bucket.told()
        return caller

    async def _admit_together(self, header: bytes) -> Caller:
        """Admit once for all requests with this token that wait for it now."""
        admitting = self._admitting.get(header)
        if admitting is None:
            admitting = asyncio.ensure_future(self._admit(header))
            self._admitting[header] = admitting
            admitting.add_done_callback(lambda _: self._admitting.pop(header, None))
        return await asyncio.shield(admitting)

    async def _admit(self, header: bytes) -> Caller:
        self._callers.pop(header, None)
        scheme, _, text = header.decode("latin-1").partition(" ")
        scheme, text = scheme.lower(), text.strip()
        if scheme not in ("bearer", "dpop"):
            raise bad_token("the access token is sent as Bearer or as DPoP")
        token = await self._tokens.check(text)
        check_scheme(scheme, token)
        family = None if token.mandate is None else token.mandate.family
        if await token_store.is_ended(self.pool, token.tenant, token.jti, family):
            raise bad_token("the access token was withdrawn")
        try:
            app = await get_app(self.pool, token.tenant, token.app)
        except NotFound:
            raise Unauthenticated("the application is gone", code="auth.token") from None
        if app.status != "active":
            raise Forbidden("the application is suspended", code="auth.suspended")
        check_app_binding(app, token)
        mandate = None
        if token.mandate is not None:
            mandate = await find_grant(self.pool, token.tenant, token.mandate.grant)
            if mandate is None:
                raise bad_token("the consent was withdrawn, or is over")
        left_s = token.expires - time.time()
        if left_s <= 0:
            raise expired()
        bucket = self._bucket(app)
        fresh_until = time.monotonic() + min(REMEMBERED_S, left_s)
        if len(self._callers) >= CALLERS_MOST:
            self._callers.clear()
        # A scope that was taken from the application since then is gone from the token too.
        scopes = frozenset(filter(app.covers, token.scopes))
        ath = token_digest(text) if token.binding.jkt is not None else None
        caller = Caller(app, scopes, fresh_until, bucket, token=token, ath=ath, mandate=mandate)
        self._callers[header] = caller
        return caller

    async def caller_by_name(self, client_id: str) -> Caller:
        """An application that signs its calls instead of sending a token, with all of its scopes.

        That it has signed, and whether it may ask now, is for who asks here to find out. Raises:
        Unauthenticated("gateway.unknown_app"), Forbidden("auth.suspended").
        """
        caller = self._named.get(client_id)
        if caller is None or time.monotonic() >= caller.fresh_until:
            try:
                app = await find_app(self.pool, client_id)
            except NotFound:
                raise Unauthenticated(
                    "there is no such application", code="gateway.unknown_app", param="app_id"
                ) from None
            if app.status != "active":
                raise Forbidden("the application is suspended", code="auth.suspended")
            scopes = frozenset(app.scopes)
            token = Token(app.tenant, app.id, scopes, math.inf)
            caller = Caller(
                app, scopes, time.monotonic() + REMEMBERED_S, self._bucket(app), token=token,
                ath=None, mandate=None,
            )  # fmt: skip
            if len(self._named) >= CALLERS_MOST:
                self._named.clear()
            self._named[client_id] = caller
        return caller

    def _bucket(self, app: App) -> Bucket:
        bucket = self._buckets.get((app.tenant, app.id))
        if bucket is None:
            bucket = self._buckets[app.tenant, app.id] = Bucket(app.rate, app.burst)
        bucket.adjust(app.rate, app.burst)
        return bucket

    def forget_family(self, family: UUID) -> None:
        """Look at its tokens anew: they were withdrawn here."""
        for header, caller in list(self._callers.items()):
            mandate = caller.token.mandate
            if mandate is not None and mandate.family == family:
                del self._callers[header]

    def forget_token(self, jti: str) -> None:
        """Look at it anew: it was withdrawn here."""
        for header, caller in list(self._callers.items()):
            if caller.token.jti == jti:
                del self._callers[header]

    async def actor(self, request: Request, caller: Caller, scene: str, what: str) -> Actor:
        """Who acts: the party of the application, or the one named in `Acting-Party`.

        Raises: Forbidden when the application may not act for that party.
        """
        party, role = request.text(b"acting-party"), request.text(b"acting-role")
        return await self.actor_of(caller, party, role, scene, what)

    async def is_in_force(self, caller: Caller, grant: Grant) -> bool:
        """Whether the grant is so at this moment, whatever is remembered of it."""
        return await find_grant(self.pool, caller.tenant, grant.id) is not None

    async def actor_of(
        self, caller: Caller, party: str | None, role: str | None, scene: str, what: str
    ) -> Actor:
        """The same for a party and a role that were named elsewhere."""
        known = caller.actors.get((party, role, scene, what))
        if known is None:
            known = await self._find_actor(caller, party, role, scene, what)
            if len(caller.actors) >= _ACTORS_MOST:
                caller.actors.clear()
            caller.actors[party, role, scene, what] = known
        return known

    async def _find_actor(
        self, caller: Caller, party: str | None, role: str | None, scene: str, what: str
    ) -> Actor:
        app = caller.app
        if role in SYSTEM_ROLES:
            raise Forbidden(f"nobody acts as {role} from outside", code="auth.role")
        if caller.mandate is not None:
            return self._mandated(caller, caller.mandate, party, role, scene, what)
        if party is None or party == app.party:
            if app.party is None:
                raise Forbidden(
                    "the application has no party of its own",
                    code="auth.no_party",
                    param="Acting-Party",
                    hint="name the party that it acts for in Acting-Party",
                )
            return Actor(app.party, role, app.name)
        check_ref(party, param="Acting-Party")
        roles = [
            acts.role
            for acts in app.acts_for
            if acts.allows(scene, what) and role in (None, acts.role)
        ]
        if len(roles) == 1:
            # The runtime checks that the party is enrolled in that role.
            return Actor(party, roles[0], app.name)
        for grant in await find_grants(self.pool, app, party):
            # What a customer gave for a token is used with that token, and ends with it.
            if grant.purpose is None and grant.scene == scene and what in grant.actions:
                caller.grants[grant.id] = grant
                return Actor(party, role, app.name, grant.id)
        if roles:
            raise Forbidden(
                "say in which role the party acts",
                code="auth.ambiguous_role",
                param="Acting-Role",
                facts={"roles": roles},
            )
        raise Forbidden(
            "the application has no grant to do this for that party",
            code="auth.no_grant",
            param="Acting-Party",
        )

    def _mandated(
        self, caller: Caller, grant: Grant, party: str | None, role: str | None, scene: str,
        what: str,
    ) -> Actor:  # fmt: skip
        """A token that stands on a consent is good for whoever gave it, and for what it says."""
        if party not in (None, grant.party) or grant.scene != scene or what not in grant.actions:
            raise Forbidden(
                "the consent that the token stands on does not cover this",
                code="auth.no_grant",
                param="Acting-Party",
            )
        return Actor(grant.party, role, caller.app.name, grant.id)


@control("token_scheme")
def check_scheme(scheme: str, token: Token) -> None:
    """A token that is bound to a key is sent as DPoP, with a proof; no other is.

    Raises: Unauthenticated.
    """
    if (scheme == "dpop") != (token.binding.jkt is not None):
        raise bad_token("a token that is bound to a key is sent as DPoP, any other as Bearer")


@control("token_binding")
def check_app_binding(app: App, token: Token) -> None:
    """A token without what its application's tokens must be bound to is good for nothing.

    Raises: Unauthenticated.
    """
    bound = {"dpop": token.binding.jkt, "mtls": token.binding.x5t or token.binding.jkt}
    if app.token_binding != "none" and bound[app.token_binding] is None:
        raise bad_token("the application's tokens must be bound to a key or a certificate")
