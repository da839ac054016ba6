"""The verified fact of the scene: what an application stands on, read where it happened and never
typed by the customer.

It is the thing that the application is about (an order, a visit, a course), or, for what an offer
answered without a thing, the event itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from enscene.customers.authorizations import find_limits
from enscene.engagement.applications import store
from enscene.engagement.applications.know_customer import credit_products
from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.kernel.money import format_money
from enscene.scenes.language.model import Field, Thing
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member

_WORTH = ("price", "amount", "total", "fee", "sum")
"""Names of money fields that say what a thing is worth, the first that is there."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is the same for the same thing of the same scene, `likeness` for things that differ
    in their number alone; `worth` in minor units; `over` that the thing has ended; `fields` as the
    scene had them when they were verified, without what authenticates somebody (C3) and what the law keeps from lenders."""

    name: str
    likeness: str
    thing: str | None
    key: str | None
    state: str | None
    over: bool
    worth: int | None
    fields: dict[str, Any]
    parties: dict[str, str]
    event: int
    verified_at: str


async def fact_of_thing(
    connection: store.Connection, scene: RunningScene, member: Member, kind: str, key: str, at: Any
) -> Fact:
    """The thing as the scene has it now. Raises: NotFound when it is not there or names others."""
    model = scene.pack.things.get(kind)
    absent = NotFound(f"there is no {kind[:40]} {key[:64]}", code="thing.not_found", param="about")
    if model is None:
        raise absent
    row = await store.read_thing(connection, scene.tenant, scene.id, kind, key)
    if row is None:
        raise absent
    named = [f.name for f in model.fields.values() if f.type.name == "party"]
    parties = {name: row["fields"][name] for name in named if name in row["fields"]}
    if member.ref not in parties.values():
        raise absent  # another's thing is no thing
    return _fact(scene, model, row, parties, at)


async def is_used(connection: store.Connection, tenant: int, scene: int, fact: Fact) -> bool:
    """Whether the fact carries another application that goes on, or a contract that lends."""
    if await store.has_claim(connection, tenant, fact.name):
        return True
    return fact.key is not None and await store.has_contract_about(
        connection, tenant, scene, fact.key, credit_products()
    )


def _fact(scene: RunningScene, model: Thing, row: Any, parties: Mapping[str, str], at: Any) -> Fact:
    currency = scene.pack.currency
    fields = {
        name: _shown(model.fields[name], value, currency)
        for name, value in row["fields"].items()
        if name in model.fields
        and not model.fields[name].hidden
        and not _closed(scene, model.name, name)
    }
    likeness = {name: value for name, value in fields.items() if name != model.key}
    return Fact(
        name=f"{scene.id}:{model.name}:{row['key']}",
        likeness=_digest({"scene": scene.id, "thing": model.name, **likeness}),
        thing=model.name,
        key=row["key"],
        state=row["state"],
        over=model.states[row["state"]].ends,
        worth=_worth(model, row["fields"]),
        fields=fields,
        parties=dict(parties),
        event=row["seq"],
        verified_at=format_time(at),
    )


def _closed(scene: RunningScene, thing: str, field: str) -> bool:
    """Whether the law keeps it from a decision on credit."""
    return bool(find_limits(scene.pack.id, {thing: [field]}, "credit"))


def _worth(model: Thing, fields: Mapping[str, Any]) -> int | None:
    money = [f.name for f in model.fields.values() if f.type.name == "money"]
    name = next((n for n in (*_WORTH, *money) if n in money and fields.get(n) is not None), None)
    return None if name is None else int(fields[name])


def _shown(field: Field, value: Any, currency: str) -> Any:
    """Money as a decimal string, as the scene's own API has it."""
    if field.type.name == "money" and isinstance(value, int):
        return format_money(value, currency)
    return value


async def fact_of_offer(
    connection: store.Connection, scene: RunningScene, member: Member, offer: Any, at: Any
) -> Fact:
    """What an offer answers: the thing of its event, or the event itself."""
    thing = offer["facts"].get("thing")
    if thing:
        return await fact_of_thing(connection, scene, member, thing["type"], thing["key"], at)
    said = offer["facts"].get("input", {})
    parties = {k: v for k, v in offer["facts"].get("parties", {}).items() if isinstance(v, str)}
    action = scene.pack.actions.get(offer["action"])
    levels = {} if action is None else action.input
    fields = {
        name: value for name, value in said.items() if name in levels and not levels[name].hidden
    }
    return Fact(
        name=f"{scene.id}:event:{offer['seq']}",
        likeness=f"{scene.id}:event:{offer['seq']}",
        thing=None,
        key=None,
        state=offer["action"],
        over=False,
        worth=None,
        fields=fields,
        parties=parties,
        event=offer["seq"],
        verified_at=format_time(offer["at"]),
    )


def _digest(value: Mapping[str, Any]) -> str:
    text = msgspec.json.encode(value, order="deterministic")
    return hashlib.sha256(text).hexdigest()[:32]
