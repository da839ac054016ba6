"""A second factor that a channel of the bank has asked for, and states so.

The channel signs the statement; whoever has checked its signature makes a `Statement` of it. It is
bound to one customer, one request and all that this asks for, and it is good once: what is kept of
it is the evidence of the consent.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from enscene.customers.authorizations import store
from enscene.customers.authorizations.factor import what_is_granted
from enscene.customers.authorizations.request import AuthorizationRequest
from enscene.customers.factor_kinds import METHODS, count_kinds
from enscene.kernel.controls import control
from enscene.kernel.errors import EnsceneError, Forbidden

FRESH = timedelta(minutes=5)
"""How long ago a factor may have been shown."""
SKEW = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Statement:
    """`app` is the channel's number, `digest` that of the statement's own number; `signs` what
    `what_is_granted` gave for the request; `methods` those of RFC 8176, `at` when they were shown.
    The statement may be used until `until`."""

    app: int
    digest: bytes
    party: str
    request: UUID
    signs: bytes
    methods: tuple[str, ...]
    at: datetime
    until: datetime

    async def check(
        self, connection: store.Connection, request: AuthorizationRequest, party: str, customer: int
    ) -> EnsceneError | None:
        """Use it up at once."""
        try:
            await self.keep(connection, request, party, used=True)
        except EnsceneError as error:
            return error
        return None

    async def keep(
        self, connection: store.Connection, request: AuthorizationRequest, party: str, *, used: bool
    ) -> None:
        """Write it down, once. Raises: Forbidden("factor.…")."""
        signs = what_is_granted(request, party)
        await self.keep_for(connection, request.tenant, request.id, party, signs, used=used)

    async def keep_for(
        self, connection: store.Connection, tenant: int, number: UUID, party: str, signs: bytes,
        *, used: bool,
    ) -> None:  # fmt: skip
        """The same for anything that a customer confirms, by its number: `signs` is the digest of
        all of it."""
        check_statement_subject(self, number, party, signs)
        check_statement_time(self)
        check_statement_kinds(self)
        fresh = await store.state_factor(
            connection, tenant, self.app, self.digest, self.request, self.party,
            list(self.methods), self.at, self.until, used,
        )  # fmt: skip
        check_statement_once(fresh)


@dataclass(frozen=True, slots=True)
class VisitsFactor:
    """What a channel stated when it opened a visit: it is used up when the customer answers."""

    visit: UUID

    async def check(
        self, connection: store.Connection, request: AuthorizationRequest, party: str, customer: int
    ) -> EnsceneError | None:
        """Nothing was stated, it was used, or its time is over."""
        if await store.use_stated(connection, request.tenant, self.visit, request.id, party):
            return None
        return Forbidden(
            "the second factor is missing or over: confirm in the bank's app",
            code="factor.over", param="factor",
        )  # fmt: skip


@control("statement_subject")
def check_statement_subject(statement: Statement, number: UUID, party: str, signs: bytes) -> None:
    """It is of this customer, this request, and all that is asked. Raises: Forbidden."""
    same = statement.party == party and statement.request == number
    if not same or not hmac.compare_digest(statement.signs, signs):
        raise Forbidden(
            "the statement is about another customer, request or extent",
            code="factor.other", param="factor",
            hint="state `sub`, `request` and `signs` as they were shown",
        )  # fmt: skip


@control("statement_time")
def check_statement_time(statement: Statement) -> None:
    """Raises: Forbidden."""
    now = datetime.now(UTC)
    if not now - FRESH <= statement.at <= now + SKEW or statement.until <= now:
        raise Forbidden(
            "the second factor was shown too long ago", code="factor.over", param="factor"
        )


@control("statement_kinds")
def check_statement_kinds(statement: Statement) -> None:
    """Raises: Forbidden("factor.second_missing")."""
    shown = set(statement.methods)
    kinds = count_kinds(shown)
    if kinds < 2 or not shown <= METHODS:
        raise Forbidden(
            "a consent is given after two kinds of factor", code="factor.second_missing",
            param="factor", facts={"kinds": kinds}, hint=", ".join(sorted(METHODS)),
        )  # fmt: skip


@control("statement_once")
def check_statement_once(fresh: bool) -> None:
    """Raises: Forbidden("factor.used")."""
    if not fresh:
        raise Forbidden("the statement was used before", code="factor.used", param="factor")
