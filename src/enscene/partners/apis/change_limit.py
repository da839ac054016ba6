"""Another limit of calls by four eyes: one asks, somebody else decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Literal

from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.partners import store as partners_sql
from enscene.partners.apis import store

Kind = Literal["app", "scene"]
MOST = 100_000
ADDRESSES_MOST = 50


@dataclass(frozen=True, slots=True)
class CallLimit:
    """`rate` a second and `burst` at once, in each process that serves. `addresses` are networks
    that an application calls from; none: from anywhere. Without `approved_by` it is asked for."""

    kind: Kind
    target: str
    rate: int
    burst: int
    addresses: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None


async def ask_limit(
    pool: partners_sql.Pool,
    tenant: int,
    kind: str,
    target: str,
    *,
    rate: int,
    burst: int,
    addresses: Sequence[str] = (),
    who: str,
) -> None:
    """Ask for another limit; what was asked for before is forgotten.

    Raises: Invalid("limit.kind", "limit.figure", "limit.address"), NotFound("limit.target").
    """
    if kind not in ("app", "scene"):
        raise Invalid("a limit is of an app or a scene", code="limit.kind", param="kind")
    for name, figure in (("rate", rate), ("burst", burst)):
        if not 1 <= figure <= MOST:
            raise Invalid(
                f"{name} is 1 to {MOST}", code="limit.figure", param=name, facts={"most": MOST}
            )
    networks = check_addresses(addresses)
    if networks and kind == "scene":
        raise Invalid(
            "addresses are of applications", code="limit.address", param="addresses",
            facts={"address": networks[0]},
        )  # fmt: skip
    async with partners_sql.admitted(pool, tenant) as connection:
        if not await store.knows(connection, tenant, kind, target):
            raise NotFound("there is no such app or scene", code="limit.target", param="target")
        await store.ask_limit(connection, tenant, kind, target, rate, burst, networks, who)


async def decide_limit(
    pool: partners_sql.Pool, tenant: int, kind: str, target: str, who: str, *, approve: bool
) -> None:
    """Approve or reject it. Raises: NotFound("limit.no_ask"), Forbidden("limit.four_eyes")."""
    async with partners_sql.admitted(pool, tenant) as connection:
        asked = await store.lock_ask(connection, tenant, kind, target)
        if asked is None:
            raise NotFound("nobody has asked for another limit", code="limit.no_ask")
        if not approve:
            await store.drop_ask(connection, tenant, kind, target)
            return
        check_second(asked["asked_by"], who)
        await store.grant_limit(connection, tenant, kind, target, who)
        if kind == "app":
            await store.apply_to_app(
                connection, tenant, target, asked["rate"], asked["burst"], asked["addresses"]
            )


async def list_limits(
    pool: partners_sql.Pool, tenant: int
) -> tuple[list[CallLimit], list[CallLimit]]:
    """Those in force, and those that wait for a second person."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        found = [
            await store.read_limits(connection, tenant, state) for state in ("in_force", "asked")
        ]
    in_force, asked = (
        [CallLimit(**{**dict(row), "addresses": tuple(row["addresses"])}) for row in rows]
        for rows in found
    )
    return in_force, asked


@control("limit_second_person")
def check_second(asked_by: str, who: str) -> None:
    """Raises: Forbidden("limit.four_eyes")."""
    if asked_by == who:
        raise Forbidden("a limit is approved by somebody else", code="limit.four_eyes")


def check_addresses(addresses: Sequence[str]) -> list[str]:
    """Networks as they are kept: `203.0.113.0/24`. Raises: Invalid("limit.address")."""
    if len(addresses) > ADDRESSES_MOST:
        raise Invalid(
            f"at most {ADDRESSES_MOST} networks", code="limit.address", param="addresses",
            facts={"address": f"> {ADDRESSES_MOST}"},
        )  # fmt: skip
    found = []
    for text in addresses:
        try:
            found.append(str(ip_network(text)))
        except ValueError:
            raise Invalid(
                f"{text[:60]!r} is no address and no network",
                code="limit.address",
                param="addresses",
                hint="203.0.113.7 or 203.0.113.0/24, with no bits set beyond the length",
                facts={"address": text[:60]},
            ) from None
    return sorted(set(found))
