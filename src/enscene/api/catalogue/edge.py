"""The edge of every call: who is blocked or calls from elsewhere, what is withdrawn, how much a
scene takes, and which shape the answer has.

All of it is decided by what this process has in mind (`RulesInForce`): nobody is asked.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

from enscene.api.auth import Caller
from enscene.api.auth.bucket import Bucket
from enscene.api.catalogue.changes import UNDONE, as_of
from enscene.api.catalogue.routes import operation_of
from enscene.api.http import Request, Response
from enscene.api.store import Pool
from enscene.kernel.clock import format_time
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Refused
from enscene.partners.apis import (
    HEADER,
    USUAL,
    CallRules,
    Notice,
    OddApp,
    RulesInForce,
    check_version,
)

PAGE = "/docs/api"
_NAME = HEADER.lower().encode()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may go on: its version, and which interface it is where that matters."""

    version: str
    api: str


class Edge:
    """One in a process. `proxies` are the addresses of those whose X-Forwarded-For is believed."""

    def __init__(self, pool: Pool, issuer: str, proxies: frozenset[str]) -> None:
        self.rules = RulesInForce(pool)
        self._page = f"{issuer}{PAGE}"
        self._proxies = proxies
        self._scenes: dict[tuple[int, str], Bucket] = {}

    async def admit(self, request: Request, caller: Caller, path: list[str]) -> Admitted:
        """Let a call of a known caller in. What answers say of it is put into `request.told`.

        Raises: Forbidden("partner.blocked", "auth.address"), Invalid("version.unknown"),
        Refused("api.gone"), Unavailable("unavailable.rate").
        """
        rules = self.rules.lately(caller.tenant)
        if rules is None:
            rules = await self.rules.read(caller.tenant)
        odd = rules.apps.get(caller.app.id, USUAL)
        if odd is not USUAL:
            check_block(odd)
            check_address(odd, request.address(self._proxies))
        given = request.text(_NAME)
        version = odd.version if given is None else check_version(given)
        request.told += ((_NAME, version.encode()),)
        if rules.scenes and len(path) > 1:
            self._take(rules, request, caller.tenant, path[1])
        api = ""
        if rules.notices or UNDONE[version]:
            api = operation_of(request.method, path, rules.packs)
            notice = rules.notices.get(api)
            if notice is not None:
                request.told += notice.headers(self._page)
                check_sunset(notice)
        return Admitted(version, api)

    def shape(self, call: Admitted, response: Response) -> Response:
        """The answer as the caller knows it."""
        if call.api:
            as_of(response, call.version, call.api)
        return response

    def _take(self, rules: CallRules, request: Request, tenant: int, scene: str) -> None:
        limit = rules.scenes.get(scene)
        if limit is None:
            return
        bucket = self._scenes.get((tenant, scene))
        if bucket is None:
            bucket = self._scenes[tenant, scene] = Bucket(limit.rate, limit.burst, "scene")
        bucket.adjust(limit.rate, limit.burst)
        try:
            bucket.take(time.monotonic())
        finally:
            request.told = told_together(request.told, bucket)


def told_together(
    told: tuple[tuple[bytes, bytes], ...], bucket: Bucket
) -> tuple[tuple[bytes, bytes], ...]:
    """The headers with one more limit in them: a list of what holds."""
    more = dict(bucket.told())
    own = {name: value + b", " + more.pop(name) if name in more else value for name, value in told}
    return (*own.items(), *more.items())


@control("partner_block")
def check_block(odd: OddApp) -> None:
    """Raises: Forbidden("partner.blocked")."""
    blocked = odd.blocked
    if blocked is not None and blocked.lasts:
        raise Forbidden(
            "the application is blocked for a time, by a rule that watches calls",
            code="partner.blocked",
            hint="ask the bank: a person can lift it",
            facts={"until": format_time(blocked.until), "rule": blocked.rule},
        )


@control("app_address")
def check_address(odd: OddApp, address: str) -> None:
    """Raises: Forbidden("auth.address")."""
    if not odd.networks:
        return
    try:
        found = ip_address(address)
    except ValueError:
        found = None
    if found is None or not any(found in network for network in odd.networks):
        raise Forbidden(
            "the application does not call from this address",
            code="auth.address",
            facts={"address": address[:60]},
        )


@control("api_sunset")
def check_sunset(notice: Notice) -> None:
    """Raises: Refused("api.gone")."""
    if notice.state(datetime.now(UTC)) == "withdrawn":
        raise Refused(
            "this interface has ended",
            code="api.gone",
            hint=f"use {notice.successor}" if notice.successor else None,
            facts={
                "api": notice.api, "sunset": format_time(notice.sunset),
                "successor": notice.successor, "zh": notice.zh, "en": notice.en,
            },
        )  # fmt: skip
