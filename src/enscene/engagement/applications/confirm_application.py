"""Confirm: the customer signs with the second factor, and the contract is opened, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.engagement.applications import store
from enscene.engagement.applications.application import Application
from enscene.engagement.applications.decide_application import look_again
from enscene.engagement.applications.open_contract import member_of, open_contract
from enscene.engagement.applications.quote import find_product
from enscene.engagement.applications.read_application import read_application
from enscene.engagement.applications.second_factor import check_code, needs_code, send_code
from enscene.kernel.errors import EnsceneError, Refused
from enscene.scenes.runtime import RunningScene, SceneHost

_SHELF_CHANNEL = {"h5": "h5", "api": "api", "bank_app": "app", "manager": "manager"}
ALWAYS = ("bank_app", "manager")
"""The bank's own channels finish everything."""


def can_finish(product: str, channel: str) -> bool:
    """Whether a product can be finished in a channel."""
    return channel in ALWAYS or _SHELF_CHANNEL[channel] in find_product(product).channels


def check_channel(application: Application, channel: str) -> None:
    """Raises: Refused("application.channel") where the product is not finished in this channel."""
    if not can_finish(application.product, channel):
        raise Refused(
            "this product is finished in a channel of the bank",
            code="application.channel",
            hint="hand the customer off to the mobile bank",
            facts={
                "here": _SHELF_CHANNEL[channel],
                "channels": sorted({*find_product(application.product).channels, "app", "manager"}),
            },
        )


async def send_code_in(
    connection: store.Connection, tenant: int, application: Application, channel: str
) -> datetime:
    """A code for who signs in this channel; until when it holds. No code is sent where it would
    sign nothing.

    Raises: Conflict (state), Refused (channel), Unavailable("code.too_many").
    """
    application.need("approved")
    check_channel(application, channel)
    clock = await store.read_clock(connection, tenant)
    return await send_code(connection, tenant, application, clock)


async def confirm_application(
    pool: store.Pool,
    host: SceneHost,
    tenant: int,
    application: UUID,
    *,
    customer: int,
    code: str | None,
    channel: str,
    actor: str,
) -> Application:
    """Sign and open. Done again, it is done: the same contract is told.

    What made the customer fit is looked at once more; when it is lost, the application ends as
    refused. Raises: NotFound, Conflict (state), Forbidden (the code), Refused (channel).
    """
    signed = await _sign(pool, host, tenant, application, customer, code, channel, actor)
    if signed.state != "confirmed":
        return signed
    return await open_contract(pool, host, tenant, signed, channel, actor)


async def _sign(
    pool: store.Pool, host: SceneHost, tenant: int, application: UUID, customer: int,
    code: str | None, channel: str, actor: str,
) -> Application:  # fmt: skip
    wrong: EnsceneError | None = None
    async with store.writing(pool, tenant) as connection:
        found = await read_application(
            connection, tenant, application, customer=customer, lock=True
        )
        if found.state in ("done", "confirmed"):
            return found
        found.need("approved")
        check_channel(found, channel)
        clock = await store.read_clock(connection, tenant)
        scene = await host.catalogue.scene_by_id(tenant, found.scene)
        lost = await _lost(connection, scene, found, clock)
        if lost:
            await store.update_application(
                connection, tenant, found.id, state="refused", reasons=lost,
                ended_at=clock["now"], ended_in=channel,
            )  # fmt: skip
            await store.free_fact(connection, tenant, found.id)
            return await read_application(connection, tenant, application)
        if needs_code(found.quote["kind"]):
            wrong = await check_code(connection, tenant, found, code, clock["real"])
        if wrong is None:
            await store.update_application(connection, tenant, found.id, state="confirmed")
            await store.add_step(
                connection, tenant, found.id, "confirmed", channel, actor, clock["now"]
            )
            return await read_application(connection, tenant, application)
    raise wrong


async def _lost(
    connection: store.Connection, scene: RunningScene, found: Application, clock: Any
) -> list[dict[str, Any]]:
    """Why it cannot be opened any more, or nothing."""
    if found.expires_at <= clock["now"]:
        return [{"code": "no_longer_eligible", "facts": {}}]
    member = await member_of(scene, found)
    looked = await look_again(connection, scene, member, found, clock)
    reasons = []
    if not looked.eligible:
        reasons.append({"code": "no_longer_eligible", "facts": {}})
    fact = looked.fact
    if fact is not None and found.fact is not None and fact.thing is not None:
        if fact.over:
            reasons.append({"code": "fact_goes_on", "facts": {}})
        elif fact.worth != found.fact["worth"]:
            reasons.append({"code": "fact_changed", "facts": {}})
    return reasons
