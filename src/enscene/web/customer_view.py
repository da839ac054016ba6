"""A customer as the bank's people see them: the way over all scenes, what is held, who belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.engagement import store
from enscene.engagement.applications.application import PREFIX
from enscene.engagement.journey import Stop, read_journey
from enscene.kernel.ids import public_id
from enscene.operations import store as operations_store
from enscene.scenes.runtime import RunningScene
from enscene.shelf import standard_shelf
from enscene.shelf.contracts.store import HOUSEHOLD
from enscene.web.console import Visit
from enscene.web.my_scenes import ContractCard, card_of
from enscene.web.render import called

STOPS = 60


@dataclass(frozen=True, slots=True)
class StopView:
    """One stop in words."""

    at: datetime
    what: str
    title: str
    scene: str
    about: str
    state: str
    state_name: str
    link: str


@dataclass(frozen=True, slots=True)
class CrossSale:
    """What was offered for what is held elsewhere."""

    at: datetime
    product: str
    scene: str
    because: str
    state: str


@dataclass(frozen=True, slots=True)
class CustomerView:
    """All of it. `level` is 1 to 5, or None where no suitability check holds; `until` its last
    day; `shows` and `sees` are the household by consent."""

    ref: str
    name: str
    facts: list[tuple[str, str]]
    level: int | None
    until: str
    lapsed: bool
    stops: list[StopView]
    contracts: list[ContractCard]
    shows: list[str]
    sees: list[str]
    cross_sales: list[CrossSale]


class _Words:
    """What scenes and products are called."""

    def __init__(self, scenes: Mapping[str, RunningScene], visit: Visit) -> None:
        self._scenes = scenes
        self._visit = visit

    def scene(self, ref: str | None) -> str:
        found = self._scenes.get(ref or "")
        if found is not None:
            return called(found.name, self._visit.language)
        return ref or self._visit.t("bank.own_channel")

    def of_pack(self, ref: str | None, key: str, otherwise: str) -> str:
        found = self._scenes.get(ref or "")
        return otherwise if found is None else found.pack.texts[self._visit.language].get(
            key, otherwise
        )  # fmt: skip

    def product(self, ref: str | None, name: str | None) -> str:
        """As the pack calls what it offers, or as the shelf does."""
        known = standard_shelf().products.get(name or "")
        shelf = known.texts[self._visit.language].name if known else name or ""
        return self.of_pack(ref, f"products.{name}", shelf)


async def view_customer(visit: Visit, row: Any) -> CustomerView:
    """The view of a party (id, ref, name, profile) in the language of the visit."""
    console, tenant, customer = visit.console, visit.tenant, row["id"]
    stops = await read_journey(console.pool, tenant, customer, STOPS)
    held = await console.host.contracts.of_customer(tenant, customer)
    today = await console.host.contracts.today(tenant)
    async with operations_store.reading(console.pool, tenant) as connection:
        household = await store.read_household(connection, tenant, customer, row["ref"], HOUSEHOLD)
        sales = await store.read_cross_sales_of(connection, tenant, customer)
    refs = {s.scene for s in stops} | {s["scene"] for s in sales}
    refs |= {h["scene"] for s in sales for h in s["because_of"]}
    scenes = {ref: await console.host.catalogue.read(tenant, ref) for ref in refs if ref}
    words = _Words(scenes, visit)
    cards = [card_of(each, visit.t) for each in held]
    cards.sort(key=lambda card: card.held.state != "open")
    profile = row["profile"] or {}
    until = str(profile.get("risk_until") or "")
    level = profile.get("risk_level")
    return CustomerView(
        ref=row["ref"],
        name=row["name"] or row["ref"],
        facts=_facts(profile, visit),
        level=level if isinstance(level, int) else None,
        until=until,
        lapsed=bool(until) and date.fromisoformat(until) < today,
        stops=[_stop(stop, words, visit) for stop in stops],
        contracts=cards,
        shows=[_name(each) for each in household if each["shows"]],
        sees=[_name(each) for each in household if not each["shows"]],
        cross_sales=[_sale(each, words, visit) for each in sales],
    )


def _name(row: Any) -> str:
    return f"{row['name']} ({row['ref']})" if row["name"] else str(row["ref"])


def _facts(profile: Mapping[str, Any], visit: Visit) -> list[tuple[str, str]]:
    return [
        (visit.t(f"customer.{name}"), str(profile[name]))
        for name in ("customer_since", "segment")
        if profile.get(name)
    ]


def _stop(stop: Stop, words: _Words, visit: Visit) -> StopView:
    t = visit.t
    about = stop.about or ""
    if stop.what == "joined":
        about = words.of_pack(stop.scene, f"parties.{about}", about)
    elif stop.what == "offered":
        about = words.of_pack(stop.scene, f"moments.{about}", "")
    elif stop.what == "applied":
        about = t.known(f"channels.{about}") or about
    state = stop.state or ""
    return StopView(
        at=stop.at,
        what=stop.what,
        title=t(f"customer.stops.{stop.what}"),
        scene=words.scene(stop.scene),
        about=" · ".join(filter(None, (words.product(stop.scene, stop.product), about))),
        state=state,
        state_name=t.known(f"customer.states.{state}") or t.known(f"states.{state}") or state,
        link=public_id(PREFIX, UUID(stop.ref)) if stop.what == "applied" and stop.ref else "",
    )


def _sale(row: Any, words: _Words, visit: Visit) -> CrossSale:
    because = visit.t("comma").join(
        f"{words.scene(held['scene'])} · {words.product(held['scene'], held['product'])}"
        for held in row["because_of"]
    )
    state = visit.t.known(f"customer.states.{row['state']}") or row["state"]
    product = words.product(row["scene"], row["product"])
    return CrossSale(row["at"], product, words.scene(row["scene"]), because, state)
