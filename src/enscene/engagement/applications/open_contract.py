"""Open what was decided on: by the scene's own action where it has one that lends, else by the bank."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.commit import Answer, Once
from enscene.engagement.applications import store
from enscene.engagement.applications.application import Application
from enscene.engagement.applications.lending_action import LendingAction, find_lending_action
from enscene.engagement.applications.quote import find_product, quote_of
from enscene.engagement.applications.read_application import read_application
from enscene.kernel.errors import Invalid, Refused
from enscene.scenes.runtime import Reply, RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.shelf import LENDS, Opening
from enscene.shelf.open_product import Order, open_product


async def open_contract(
    pool: store.Pool, host: SceneHost, tenant: int, found: Application, channel: str, actor: str
) -> Application:
    """Open the contract of a confirmed application. Whoever comes back after a failure goes on
    from here: the key of the opening is the application's own."""
    told = await _opened(pool, host, tenant, found, channel, actor)
    async with store.writing(pool, tenant) as connection:
        found = await read_application(connection, tenant, found.id, lock=True)
        if found.state == "done":
            return found
        clock = await store.read_clock(connection, tenant)
        now = clock["now"]
        if "code" in told:
            code = _reason(str(told["code"]))
            await store.update_application(
                connection, tenant, found.id, state="refused", reasons=[code], ended_at=now,
                ended_in=channel,
            )  # fmt: skip
            await store.free_fact(connection, tenant, found.id)
            return await read_application(connection, tenant, found.id)
        contract = str(told["contract"] if "contract" in told else told["lent"][0]["contract"])
        await store.update_application(
            connection, tenant, found.id, state="done", contract=contract, ended_at=now,
            ended_in=channel,
        )  # fmt: skip
        await store.add_step(connection, tenant, found.id, "done", channel, actor, now)
        if found.offer is not None:
            await store.see_offer(connection, tenant, found.offer, "taken")
        return await read_application(connection, tenant, found.id)


async def member_of(scene: RunningScene, found: Application) -> Member:
    """The customer as a member of the scene."""
    member = await scene.roster.find(found.customer_ref)
    return member or Member(found.customer, found.customer_ref, "person", "")


async def _opened(
    pool: store.Pool, host: SceneHost, tenant: int, found: Application, channel: str, actor: str
) -> dict[str, Any]:
    """What came of it: the contract, or the code of the refusal."""
    scene = await host.catalogue.scene_by_id(tenant, found.scene)
    lends = _lends(scene, await member_of(scene, found), found)
    opening = _opening(found, channel)
    once = Once.of("application", found.ref, request=found.ref.encode())
    answer: Reply | Answer
    try:
        if lends is not None:
            answer = await host.perform(lends.call(scene, found.customer_ref, opening, found.ref))
        elif opening.product.kind in LENDS:
            answer = await host.contracts.open(tenant, opening, once=once, actor=actor)
        else:
            order = Order(
                found.product, found.amount, found.months, about=opening.about,
                scene=found.scene, facts=opening.facts, rates=opening.rates,
            )  # fmt: skip
            answer = await open_product(
                pool, host.contracts, tenant, found.customer, order, once=once, actor=actor,
                channel=channel,
            )  # fmt: skip
    except (Refused, Invalid) as refused:
        return {"code": refused.code}
    told: dict[str, Any] = msgspec.json.decode(answer.body)
    return told if answer.refused else {k: v for k, v in told.items() if k != "code"}


def _reason(code: str) -> dict[str, Any]:
    if code == "ledger.insufficient_funds":
        return {"code": "no_money", "facts": {}}
    return {"code": "no_longer_eligible", "facts": {"why": code}}


def _lends(scene: RunningScene, member: Member, found: Application) -> LendingAction | None:
    thing = (found.fact or {}).get("thing")
    return find_lending_action(scene.pack, found.product, member.roles, thing)


def _opening(found: Application, channel: str) -> Opening:
    fact = found.fact or {}
    return Opening(
        product=find_product(found.product),
        customer=found.customer,
        amount=found.amount,
        months=found.months or 0,
        scene=found.scene,
        currency=found.currency,
        about=fact.get("key") or "",
        rates=quote_of(found.quote).rates,
        facts={
            "fact": fact,
            "application": found.ref,
            "fields": dict(found.fields),
            "decision": str(found.decision) if found.decision else None,
            # Those of the order hear of what is opened, and later closed, for it.
            "parties": {**fact.get("parties", {}), "customer": found.customer_ref},
        },
        channel=channel,
    )
