"""Offers as a customer sees them: the reason, the price and the terms, and the one tap that
applies, filled in from what the offer answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from enscene.engagement import subjects_of
from enscene.engagement.applications.lending_action import find_lending_action
from enscene.kernel.errors import Refused
from enscene.kernel.money import Portion, parse_money
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Action, Expression, Option
from enscene.shelf import KEEPS, standard_shelf
from enscene.web.h5_forms import ActionForm, FormField
from enscene.web.h5_looker import Looker, form_of
from enscene.web.language import Texts
from enscene.web.render import money

_ANSWERED = ("text", "date", "choice")
"""Kinds of fields that an event may fill in; amounts are for the customer to say."""
_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


async def show_offers(looker: Looker) -> list[dict[str, Any]]:
    """The offers that are open for this person and can be applied for, newest first."""
    offers: list[dict[str, Any]] = []
    shown: set[str] = set()
    owned = await looker.read("contracts", looker.member.id)
    for row in await looker.read("decisions", looker.member.id):
        moment = looker.pack.moments.get(row["moment"])
        product = looker.pack.products.get(row["product"])
        if moment is None or product is None or row["state"] in ("taken", "dismissed"):
            continue
        if row["product"] in shown:
            continue
        facts = await facts_of(looker, row["seq"])
        about = {"", *subjects_of(facts)}
        if has_it(owned, product.shelf, about, row["at"]):
            continue
        shown.add(row["product"])
        asks = Asked(str(row["id"]), product.name, product.shelf, looker.word(moment.reason))
        card = await offer_card(looker, asks, facts)
        if card is not None:
            offers.append(card)
    return offers


def has_it(owned: list[Any], shelf: str, about: set[str], at: datetime) -> bool:
    """Whether somebody has the product, or had it after it was offered to them at `at`: what was
    closed since is not offered by the same decision once more."""
    return any(
        c["product"] == shelf
        and c["about"] in about
        and (c["ended_at"] is None or c["ended_at"] >= at)
        for c in owned
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a card is made of: the offer, its product as the pack and as the shelf call it, and the
    reason in words."""

    offer: str
    product: str
    shelf: str
    reason: str


async def offer_card(
    looker: Looker, asks: Asked, facts: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The card of a product that the scene has: applied for, or taken with one tap. None where what
    it was about has moved on. `facts` are those of the event that it answers."""
    thing = (facts.get("thing") or {}).get("type")
    action = applying(looker.pack, asks.product, looker.page.who)
    if shelf_applies(asks.shelf, by_action=action is not None) and _can_apply(
        looker, asks.shelf, thing
    ):
        return await _applied_for(looker, asks, facts)
    offer: dict[str, Any] = {
        "id": asks.offer,
        "shelf": asks.shelf,
        "product": looker.word(f"products.{asks.product}"),
        "reason": asks.reason,
        "form": None,
        "apply": None,
    }
    if action is None:
        return offer
    filled = await _filled(looker, action, facts)
    if filled is None:
        return None  # what it was about has moved on
    form, lines = filled
    price = price_of(looker.pack, action)
    terms = [*lines, *_sum_of(looker, action, facts), *_terms(looker, action)]
    return offer | {"form": form, "price": price, "terms": terms}


def shelf_applies(shelf: str, *, by_action: bool) -> bool:
    """Whether a product is applied for, rather than taken with one tap by an action of the scene:
    always where the bank lends or keeps money, if the product has a form to embed."""
    found = standard_shelf().products.get(shelf)
    if found is None or "apply_form" not in found.embed:
        return False
    return found.kind in KEEPS or not by_action


def _can_apply(looker: Looker, shelf: str, thing: str | None) -> bool:
    """Not where only an action of the scene knows how much is lent."""
    try:
        find_lending_action(looker.pack, shelf, looker.member.roles, thing)
    except Refused:
        return False
    return True


async def _applied_for(
    looker: Looker, asks: Asked, facts: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The card of such a product; None when what it was about has ended."""
    thing = facts.get("thing") or {}
    lines: list[tuple[str, str]] = []
    if thing:
        model = looker.pack.things[thing["type"]]
        rows = await looker.read("thing", thing["type"], thing["key"])
        if not rows or model.states[rows[0]["state"]].ends:
            return None
        fields = rows[0]["fields"]
        worth = next((f.name for f in model.fields.values() if f.type.name == "money"), None)
        title = looker.word(f"things.{model.name}.title")
        lines.append((title, str(fields.get("title", thing["key"]))))
        if worth is not None and worth in fields:
            t = Texts("en" if looker.language == "en" else "zh")
            lines.append((t("h5.sum"), money(int(fields[worth]), looker.pack.currency)))
    return {
        "id": asks.offer,
        "shelf": asks.shelf,
        "product": looker.word(f"products.{asks.product}"),
        "reason": asks.reason,
        "form": None,
        "apply": asks.shelf,
        "terms": lines,
    }


async def facts_of(looker: Looker, seq: int) -> Mapping[str, Any]:
    """Those of the event of this number."""
    rows = await looker.read("events", seq + 1, None, 1)
    return rows[0]["facts"] if rows and rows[0]["seq"] == seq else {}


def applying(pack: Pack, product: str, role: str) -> Action | None:
    """The action by which a person of the role applies for a product."""
    for action in pack.actions.values():
        for step in action.steps:
            if step.block == "apply" and step.args.get("product") == product and role in action.by:
                return action
    return None


async def _filled(
    looker: Looker, action: Action, facts: Mapping[str, Any]
) -> tuple[ActionForm, list[tuple[str, str]]] | None:
    """The form with what is known filled in, and that as lines; None when it cannot be sent."""
    known = {k: v for k, v in facts.get("input", {}).items() if isinstance(v, str)}
    thing = facts.get("thing") or {}
    on = action.on
    if on is not None:
        known.pop(on.key, None)
        if thing.get("type") == on.thing:
            known[on.key] = thing["key"]
    form = await form_of(looker, action.name)
    fields: list[FormField] = []
    lines: list[tuple[str, str]] = []
    for field in form.fields:
        value = known.get(field.name, "")
        if field.kind not in _ANSWERED or not value:
            fields.append(field)
            continue
        choices = dict(field.choices)
        if field.kind == "choice" and value not in choices:
            if on is not None and field.name == on.key:
                return None
            fields.append(field)
            continue
        lines.append((field.title, choices.get(value, value)))
        fields.append(replace(field, kind="hidden", value=value))
    if any(field.kind == "choice" and not field.choices for field in fields):
        return None
    return replace(form, fields=fields), lines


def price_of(pack: Pack, action: Action) -> int | None:
    """What applying costs at once, minor units, where the options alone say so."""
    total: int | None = None
    for step in action.steps:
        flow = action.flows.get(str(step.args.get("flow")))
        if step.block in ("move", "hold") and flow is not None:
            option = _option(pack, flow.send)
            if option is None or not isinstance(option.value, int):
                return None
            total = (total or 0) + option.value
    return total


def _option(pack: Pack, expression: Expression) -> Option | None:
    return pack.options.get(expression.source.strip().removeprefix("options."))


def _sum_of(looker: Looker, action: Action, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The sum of the contract where it is that of the thing which the offer answers."""
    thing = facts.get("thing") or {}
    for step in action.steps:
        amount = step.args.get("amount")
        if step.block != "apply" or not isinstance(amount, Expression):
            continue
        owner, _, field = amount.source.strip().partition(".")
        if owner == thing.get("type") and field in thing["fields"]:
            minor = parse_money(thing["fields"][field], looker.pack.currency)
            t = Texts("en" if looker.language == "en" else "zh")
            return [(t("h5.sum"), money(minor, looker.pack.currency))]
    return []


def _terms(looker: Looker, action: Action) -> list[tuple[str, str]]:
    """The options of the action's part as they are in force: what was agreed on. Switches say
    what the bank does, not what the customer gets."""
    if action.part is None:
        return []
    t = Texts("en" if looker.language == "en" else "zh")
    return [
        (looker.word(f"options.{option.name}.title"), _value(looker, t, option))
        for option in looker.pack.options.values()
        if option.part == action.part and option.type.name != "bool"
    ]


def _value(looker: Looker, t: Texts, option: Option) -> str:
    value = option.value
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        for unit, size in _UNITS:
            if seconds and seconds % size == 0:
                return t(f"h5.{unit}", count=seconds // size)
        return t("h5.seconds", count=seconds)
    if option.type.name == "money" and isinstance(value, int):
        return money(value, looker.pack.currency)
    if option.choices:
        return looker.word(f"choices.{value}")
    return str(value) if isinstance(value, Portion | int | str) else ""
