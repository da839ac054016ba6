"""What the customer sees of every scene in one place: products, orders, permissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from enscene.customers import is_granted
from enscene.engagement.applications import list_applications
from enscene.operations import store as operations_store
from enscene.scenes.runtime import RunningScene
from enscene.shelf import standard_shelf
from enscene.shelf.contracts import Held
from enscene.tenants.apps import find_grants_of
from enscene.web.apply_view import ApplicationView, view_application
from enscene.web.console import Console
from enscene.web.language import Texts
from enscene.web.render import money
from enscene.web.scene_purse import Purse, read_purses

ORDERS = 4
"""So many things of each kind are listed."""


@dataclass(frozen=True, slots=True)
class Order:
    """A thing of a scene that names the customer."""

    title: str
    kind: str
    state: str
    amount: str
    ended: bool


@dataclass(frozen=True, slots=True)
class SceneShelf:
    """What the customer has in one scene. `permissions` are (item, title, on), `purses` (the money
    that is there, its title, the sum in words)."""

    ref: str
    name: str
    contracts: list[ContractCard]
    orders: list[Order]
    permissions: list[tuple[str, str, bool]]
    purses: list[tuple[Purse, str, str]]


@dataclass(frozen=True, slots=True)
class ContractCard:
    """A contract in a list: its name, how it stands as (title, value)."""

    held: Held
    name: str
    stands: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class MyScenes:
    """All of it. `waiting` are applications that go on; `own` what has no scene that goes on."""

    waiting: list[ApplicationView]
    scenes: list[SceneShelf]
    own: list[ContractCard]
    grants: list[Any]
    balance: str


async def read_my_scenes(
    console: Console, tenant: int, party: str, customer: int, t: Texts, currency: str
) -> MyScenes:
    """Everything of every scene, what is open first."""
    contracts = console.host.contracts
    cards = [card_of(held, t) for held in await contracts.of_customer(tenant, customer)]
    cards.sort(key=lambda card: card.held.state != "open")
    balance = await contracts.balance(tenant, customer, currency)
    scenes: list[SceneShelf] = []
    async with operations_store.reading(console.pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        found = await list_applications(connection, tenant, customer=customer, limit=20)
        rows = await operations_store.read(connection, "my_scenes", tenant, party)
        roles: dict[str, list[str]] = {}
        for row in rows:
            roles.setdefault(row["ref"], []).append(row["role"])
        for ref, held_roles in roles.items():
            scene = await console.host.catalogue.read(tenant, ref)
            scenes.append(
                SceneShelf(
                    ref,
                    scene.name,
                    [card for card in cards if card.held.scene == ref],
                    await _orders(connection, scene, party, held_roles, t),
                    await _permissions(connection, scene, customer, held_roles, t),
                    await _purses(connection, scene, party, held_roles, t),
                )
            )
    waiting = [
        view_application(a, t)
        for a in found
        if a.state in ("begun", "approved", "referred") and a.expires_at > clock["now"]
    ]
    own = [card for card in cards if card.held.scene not in roles]
    grants = await find_grants_of(console.pool, tenant, party)
    return MyScenes(waiting, scenes, own, grants, money(balance, currency))


async def permissions_of(
    console: Console, tenant: int, party: str, customer: int, item: str
) -> list[tuple[str, str, bool]]:
    """(ref, name, on) of the customer's scenes that ask for a permission."""
    found = {}
    async with operations_store.reading(console.pool, tenant) as connection:
        for row in await operations_store.read(connection, "my_scenes", tenant, party):
            scene = await console.host.catalogue.read(tenant, row["ref"])
            role = scene.pack.parties.get(row["role"])
            if role is None or item not in role.consent:
                continue
            said = await operations_store.read(connection, "consents", tenant, scene.id, customer)
            on = is_granted({each["item"]: each["granted"] for each in said}, item)
            found[scene.ref] = (scene.ref, scene.name, on)
    return list(found.values())


async def _orders(
    connection: Any, scene: RunningScene, party: str, roles: Sequence[str], t: Texts
) -> list[Order]:
    """Things of the scene that name the customer in one of its roles, newest first."""
    texts = scene.pack.texts[t.language]
    found = []
    for model in scene.pack.things.values():
        named = [f.name for f in model.fields.values()
                 if f.type.name == "party" and (f.type.role or f.name) in roles]  # fmt: skip
        if not named:
            continue
        rows = await operations_store.read(
            connection, "things", scene.tenant, scene.id, model.name, None, party, named[0], ORDERS
        )
        worth = next((f.name for f in model.fields.values() if f.type.name == "money"), None)
        for row in rows:
            minor = row["fields"].get(worth) if worth else None
            found.append(
                Order(
                    title=str(row["fields"].get("title", row["key"])),
                    kind=texts.get(f"things.{model.name}.title", model.name),
                    state=texts.get(f"things.{model.name}.states.{row['state']}", row["state"]),
                    amount="" if minor is None else money(int(minor), scene.pack.currency),
                    ended=model.states[row["state"]].ends,
                )
            )
    found.sort(key=lambda order: order.ended)
    return found


async def _purses(
    connection: Any, scene: RunningScene, party: str, roles: Sequence[str], t: Texts
) -> list[tuple[Purse, str, str]]:
    words, currency = scene.pack.texts[t.language], scene.pack.currency
    return [
        (purse, words.get(f"accounts.{purse.account}", purse.account), money(purse.minor, currency))
        for purse in await read_purses(connection, scene, party, roles)
    ]


async def _permissions(
    connection: Any, scene: RunningScene, customer: int, roles: Sequence[str], t: Texts
) -> list[tuple[str, str, bool]]:
    rows = await operations_store.read(connection, "consents", scene.tenant, scene.id, customer)
    said = {row["item"]: row["granted"] for row in rows}
    items = dict.fromkeys(
        item
        for role in roles
        if role in scene.pack.parties
        for item in scene.pack.parties[role].consent
    )
    return [(item, t.known(f"consents.{item}") or item, is_granted(said, item)) for item in items]


def card_of(held: Held, t: Texts) -> ContractCard:
    """The contract with its name and the sums that say how it stands."""
    found = standard_shelf().products.get(held.product)
    product = None if found is None else found.texts[t.language].name
    stands: list[tuple[str, str]] = []
    for name, key in (("owed_minor", "owed"), ("balance_minor", "balance"),
                      ("available_minor", "available")):  # fmt: skip
        if isinstance(held.told.get(name), int):
            stands.append((t(f"bank.{key}"), money(held.told[name], held.currency)))
    if not stands and held.amount is not None:
        stands.append((t("apply.amount"), money(held.amount, held.currency)))
    return ContractCard(held, product or held.product, stands)
