"""Begin an application in a scene: what is known is filled in, and what is left is asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from enscene.engagement.applications import store
from enscene.engagement.applications.application import LIFE, Application
from enscene.engagement.applications.know_customer import Known, know_customer
from enscene.engagement.applications.lending_action import (
    LendingAction,
    find_lending_action,
)
from enscene.engagement.applications.needed_fields import missing_fields, read_field
from enscene.engagement.applications.quote import (
    Quote,
    find_product,
    make_quote,
    read_prices,
    within_worth,
)
from enscene.engagement.applications.read_application import read_application
from enscene.engagement.applications.verify_fact import Fact, fact_of_offer, fact_of_thing, is_used
from enscene.kernel.clock import local_day
from enscene.kernel.errors import NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.shelf import LENDS, Opening, Product
from enscene.tenants.apps import withdrawn

LOAN = "loan"
"""The kind that is only lent about a fact of the scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for: `product` as the pack or the shelf calls it; `about` is (type, key) of a
    thing, `offer` a decision that offered it. `claims` is what an application says of the thing;
    it is compared with the scene and never believed."""

    product: str
    amount: int | None = None
    months: int | None = None
    about: tuple[str, str] | None = None
    offer: UUID | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Start:
    """What was found out on the way."""

    product: Product
    offer: Any
    fact: Fact | None
    known: Known
    today: date
    fields: dict[str, dict[str, Any]]
    rates: dict[str, int]
    lends: LendingAction | None


async def begin_application(
    connection: store.Connection,
    scene: RunningScene,
    member: Member,
    wish: Wish,
    channel: str,
    actor: str,
    *,
    grant: int | None = None,
) -> Application:
    """A new application of a member of the scene. One that comes before any service of the scene,
    or for what can carry it no more, is refused, and kept, so that it is counted.

    `grant` is the consent that it is begun under: it ends with that. Raises: Invalid (a field),
    NotFound (offer, thing), Refused (product, amount, term; a loan about nothing), Forbidden (the
    consent is over).
    """
    tenant = scene.tenant
    if grant is not None and not await store.share_grant(connection, tenant, grant):
        raise withdrawn()
    clock = await store.read_clock(connection, tenant)
    found = await _find(connection, scene, member, wish, clock)
    served = found.fact is not None or await store.has_moved(
        connection, tenant, list(member.accounts.values())
    )
    quote = _quote(found, wish, scene.pack.currency)
    _fill(found, wish, quote, scene)
    if served and found.fact is None and found.product.kind == LOAN:
        # Nothing that would be asked for could lead to a contract.
        raise Refused(
            f"{found.product.id} is lent for something of the scene",
            code="application.needs_fact",
            param="about",
            hint="name the order or service in about, or the offer",
        )
    application = new_uuid()
    reasons = [] if served else [{"code": "before_service", "facts": {}}]
    reasons += await _against_fact(connection, scene, found)
    await store.insert_application(
        connection,
        tenant,
        id=application,
        scene=scene.id,
        customer=member.id,
        product=found.product.id,
        state="refused" if reasons else "begun",
        amount=quote.amount,
        months=quote.months,
        currency=scene.pack.currency,
        offer=None if found.offer is None else found.offer["id"],
        fact=None if found.fact is None else msgspec.to_builtins(found.fact),
        fields=found.fields | {f"claim.{k}": {"value": v, "from": "app"}
                               for k, v in wish.claims.items()},
        quote=msgspec.to_builtins(quote),
        data=_data(found),
        reasons=reasons,
        began_in=channel,
        grant_id=grant,
        begun_at=clock["now"],
        expires_at=clock["now"] + LIFE,
        **({} if not reasons else {"answered_at": clock["now"], "ended_at": clock["now"],
                              "ended_in": channel}),
    )  # fmt: skip
    await store.add_step(connection, tenant, application, "begun", channel, actor, clock["now"])
    if found.offer is not None:
        await store.see_offer(connection, tenant, found.offer["id"], "seen")
    return await read_application(connection, tenant, application)


async def _against_fact(
    connection: store.Connection, scene: RunningScene, found: _Start
) -> list[dict[str, Any]]:
    """What can only be refused is not quoted: its fact has ended, or carries another already."""
    fact = found.fact
    if fact is None or fact.thing is None:
        return []
    if fact.over:
        return [{"code": "fact_goes_on", "facts": {}}]
    if found.product.kind in LENDS and await is_used(connection, scene.tenant, scene.id, fact):
        return [{"code": "fact_not_used", "facts": {}}]
    return []


async def check_lending(
    pool: store.Pool, host: SceneHost, scene: RunningScene, member: Member, wish: Wish
) -> None:
    """What the scene's own rules have against its lending action is said before anything is asked
    or decided; what may still change, such as a balance, waits until it is signed.

    Raises: Refused (a rule of the scene), Conflict (the thing's state), and as `begin_application`.
    """
    async with store.reading(pool, scene.tenant) as connection:
        clock = await store.read_clock(connection, scene.tenant)
        found = await _find(connection, scene, member, wish, clock)
    if found.lends is None or found.fact is None:
        return
    quote = _quote(found, wish, scene.pack.currency)
    agreed = Opening(
        found.product, member.id, quote.amount, quote.months or 0, scene.id, scene.pack.currency,
        found.fact.key or "", quote.rates,
    )  # fmt: skip
    try:
        await host.check(found.lends.call(scene, member.ref, agreed, "check"))
    except Refused as refused:
        if refused.code.startswith("scene."):
            raise


async def _find(
    connection: store.Connection, scene: RunningScene, member: Member, wish: Wish, clock: Any
) -> _Start:
    mounted = {p.name: p.shelf for p in scene.pack.products.values()}
    shelf = mounted.get(wish.product, wish.product)
    if shelf not in mounted.values():
        raise Refused(
            f"{scene.ref} does not offer {wish.product[:64]}",
            code="application.not_mounted",
            param="product",
        )
    offer, fact = None, None
    if wish.offer is not None:
        offer = await store.read_offer(connection, scene.tenant, scene.id, member.id, wish.offer)
        if offer is None or _shelf_of(mounted, offer["product"]) != shelf:
            raise NotFound("there is no such offer", code="offer.not_found", param="offer")
        if offer["state"] not in ("offered", "seen"):
            raise Refused("the offer is over", code="offer.over", param="offer")
        fact = await fact_of_offer(connection, scene, member, offer, clock["now"])
    elif wish.about is not None:
        fact = await fact_of_thing(connection, scene, member, *wish.about, clock["now"])
    known = await know_customer(
        connection, scene.tenant, member.id, scene.id, clock["now"], new_uuid()
    )
    today, product = local_day(clock["now"], clock["zone"]), find_product(shelf)
    if product.kind == "currency":
        raise Refused("currency is bought at a quoted rate", code="application.by_quote",
                      param="product", hint="ask for a quote, and open it with that")  # fmt: skip
    if product.id in known.lines:
        raise Refused("the customer has this line already", code="lend.has_line", param="product",
                      hint="draw on it")  # fmt: skip
    segment = known.facts.get("segment")
    rates = await read_prices(connection, scene.tenant, product, segment, scene.id, today)
    thing = None if fact is None else fact.thing
    lends = find_lending_action(scene.pack, shelf, member.roles, thing)
    return _Start(product, offer, fact, known, today, {}, rates, lends)


def _shelf_of(mounted: Mapping[str, str], product: str | None) -> str | None:
    """The shelf's product of an offer: a pack's has its own name, a campaign's that of the shelf."""
    return mounted.get(product, product) if product else None


def _quote(found: _Start, wish: Wish, currency: str) -> Quote:
    """The price of what the scene says or the customer wishes, or of what fits the fact."""
    product, amount, months = found.product, wish.amount, wish.months
    if found.lends is not None and found.fact is not None:
        fields = found.fact.fields
        return make_quote(
            product,
            found.rates,
            found.lends.amount_of(fields, currency),
            found.lends.months_of(fields) or months or product.usual_months,
            found.today,
            fixed=True,
        )
    lends = product.kind in LENDS
    worth = found.fact.worth if found.fact is not None else None
    if amount is None and product.amount is not None:
        least, most = product.amount
        if worth is not None:
            # Less than the least there is: the bounds say so.
            amount = min(worth, most)
        elif lends:
            amount = least
    if months is None:
        months = product.usual_months
    within_worth(product, amount, worth, currency)
    return make_quote(product, found.rates, amount, months, found.today)


def _fill(found: _Start, wish: Wish, quote: Quote, scene: RunningScene) -> None:
    """Every field with where it is from: the scene, the bank, or the customer."""
    fields = found.fields
    fact, known = found.fact, found.known
    fields["name"] = {"value": known.name, "from": "bank"}
    if quote.amount is not None:
        of_fact = quote.fixed or (fact is not None and quote.amount == fact.worth)
        source = "scene" if of_fact else "customer" if wish.amount is not None else "bank"
        fields["amount"] = {"value": quote.amount, "from": source}
    if quote.months is not None:
        said = found.lends is not None and found.lends.months is not None
        source = "scene" if said else "customer" if wish.months is not None else "bank"
        fields["months"] = {"value": quote.months, "from": source}
    if fact is not None:
        purpose = fact.fields.get("title") or f"{scene.name} {fact.key or ''}".strip()
        fields["purpose"] = {"value": purpose, "from": "scene"}
    if known.age is not None:
        fields["born"] = {"value": known.age, "from": "bank"}
    if known.income is not None:
        fields["income"] = {"value": known.income, "from": "bank"}
    for name in missing_fields(found.product.kind, fields):
        if name in wish.fields:
            value = read_field(name, wish.fields[name], scene.pack.currency)
            fields[name] = {"value": value, "from": "customer"}
        elif (said := known.said_alike(name)) is not None:
            fields[name] = {"value": said, "from": "earlier"}


def _data(found: _Start) -> list[str]:
    """The names of all data that the application uses, so that their use can be counted."""
    names = {"bank.name", "bank.months_served", "bank.monthly_spend", "bank.contracts"}
    names |= {f"{field['from']}.{name}" for name, field in found.fields.items()}
    if found.fact is not None:
        names |= {f"scene.{found.fact.thing or 'event'}.{name}" for name in found.fact.fields}
    if found.offer is not None:
        names |= {f"scene.{name}" for name in found.offer["rights"].get("data", [])}
    return sorted(names)
