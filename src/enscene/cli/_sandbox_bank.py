"""The sandbox bank: a tenant with two scenes live, and more on request, their people, partners and
demo logins.

Every step finds what an earlier run has made, so that it may be taken again at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from enscene.cli._demo_logins import DemoLogin, keep_logins
from enscene.cli._demo_tree import keep_operator, keep_tree
from enscene.cli._opening import open_balances
from enscene.cli._pack_folders import PACKS
from enscene.cli._partners import keep_partners
from enscene.cli._people_names import name_of, profile_of
from enscene.cli._say import say
from enscene.commit import admit
from enscene.commit.move_clock import move_clock
from enscene.customers import Enrolment, know_parties
from enscene.engagement import say_consent
from enscene.engagement.circles import CONSENT as POSITION
from enscene.kernel.clock import zone_of
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.money import format_money
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.language.model import Option
from enscene.scenes.language.report import told_in_full
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.shelf import standard_shelf
from enscene.shelf.exchange import set_rate
from enscene.simulator import Book, Credentials, opening_balances, read_book, scaled, settle_in
from enscene.tenants import Tenant, create_tenant, find_tenant

TENANT = "sandbox"
ZONE = "Asia/Shanghai"
BEGINS = datetime(2026, 3, 2, 5, 0, tzinfo=zone_of(ZONE))
"""A Monday: the first day that is played."""
NAME = "入景沙箱银行 · Enscene Sandbox Bank"
SCENES = (
    ("smart_canteen", "阳光智慧食堂 · Sunshine Canteen"),
    ("travel", "山海旅行 · Seas and Hills Travel"),
)
"""Names in both languages: a page shows the one that its reader speaks."""
MORE = {"business_district": "湖滨商圈 · Lakeside District"}
"""Scenes that are opened on request."""
CURRENCY = "CNY"
RATES = {"USD": "7.1036", "EUR": "7.7200", "JPY": "0.04950", "HKD": "0.9105"}
"""What a unit of a currency costs from the first day on, until somebody sets another rate."""
ACTOR = "enscene up"
ALLOW_POSITION = 0.8
"""So many of those who are asked let a scene know where they are."""
PEOPLE = 600
"""Persons in all scenes, counted once for each, unless somebody asks for another number."""


@dataclass(frozen=True, slots=True)
class Bank:
    """The bank as it stands. `counts` are how many people each group of a scene has."""

    tenant: Tenant
    scenes: Mapping[str, RunningScene]
    books: Sequence[Book]
    counts: Mapping[str, Mapping[str, int]]
    partners: Mapping[str, Credentials]
    logins: Sequence[DemoLogin]


@dataclass(frozen=True, slots=True)
class BankOrder:
    """How the bank is to be. `counts` are those of an earlier run, `people` a new number of
    persons; nobody moves away. `more` are scenes beside those that there always are."""

    home: Path
    people: int | None
    seed: int
    movable_clock: bool
    demo_logins: bool
    counts: Mapping[str, Mapping[str, int]]
    more: Sequence[str] = ()


async def open_bank(pool: asyncpg.Pool[Any], host: SceneHost, order: BankOrder) -> Bank:
    """Make what is missing of the bank and return it."""
    tenant = await _tenant(pool, order)
    scenes: dict[str, RunningScene] = {}
    books: list[Book] = []
    counts: dict[str, dict[str, int]] = {}
    wanted = {**dict(SCENES), **{ref: MORE[ref] for ref in order.more}}
    packs = {ref: _pack(ref) for ref in wanted}
    whole = sum(_persons(pack) for pack in packs.values())
    for ref, name in wanted.items():
        scene = await _scene(pool, host, tenant, packs[ref], ref, name)
        book = _book(scene, {})
        counts[ref] = _counts(book, order, whole)
        book = _book(scene, counts[ref])
        await _people(pool, host, tenant, scene, book, order.seed)
        scenes[ref] = scene
        books.append(book)
    partners = await keep_partners(pool, tenant, order.home, order.more)
    for buy, rate in RATES.items():  # the same rate of the same moment is one
        await set_rate(pool, tenant.id, CURRENCY, buy, rate, BEGINS, ACTOR)
    logins = []
    if order.demo_logins:
        logins = await keep_logins(pool, tenant, order.home)
        logins += await keep_operator(pool, order.home)
        await keep_tree(pool, tenant, packs["smart_canteen"])
    return Bank(tenant, scenes, books, counts, partners, logins)


async def _tenant(pool: asyncpg.Pool[Any], order: BankOrder) -> Tenant:
    try:
        return await find_tenant(pool, TENANT)
    except NotFound:
        tenant = await create_tenant(pool, TENANT, NAME, zone=ZONE, sandbox=order.movable_clock)
    if order.movable_clock:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant.id])
            await move_clock(connection, tenant.shard, tenant.id, BEGINS)
    return tenant


async def _scene(
    pool: asyncpg.Pool[Any], host: SceneHost, tenant: Tenant, pack: Pack, ref: str, name: str
) -> RunningScene:
    try:
        return await host.scene(tenant.id, ref)
    except NotFound:
        async with pool.acquire() as connection, connection.transaction():
            profile = {"sector": pack.sector, "region": tenant.region, "unit": "总行场景金融部"}
            order = SceneOrder(ref, name, products=list(pack.products), profile=profile)
            await create_scene(connection, tenant.id, pack, order, ACTOR)
            for state in ("sandbox", "pilot", "live"):
                await change_state(connection, tenant.id, ref, state, ACTOR)
        return await host.scene(tenant.id, ref)


def _pack(ref: str) -> Pack:
    loaded = load_pack(PACKS / ref)
    if loaded.pack is None:
        first = f"  {told_in_full(loaded.mistakes[0], 'zh')}"
        raise Invalid(
            f"场景模板 {ref} 有误 · pack {ref} has mistakes:{first}",
            code="pack.mistakes",
            hint=f"./enscene pack check {ref}",
        )
    return loaded.pack


def _persons(pack: Pack) -> int:
    groups = pack.people.groups.values()
    return sum(group.count for group in groups if pack.parties[group.role].is_a == "person")


def _book(scene: RunningScene, counts: Mapping[str, int]) -> Book:
    """The scene as it was declared: the simulator's model takes nothing else."""
    pack = scene.pack
    return read_book(
        scene.ref,
        pack.files,
        options={name: _as_json(option, pack.currency) for name, option in pack.options.items()},
        parts={name: part.on for name, part in pack.parts.items()},
        counts=counts,
        zone=scene.zone,
        lines=frozenset(
            name
            for name, product in pack.products.items()
            if standard_shelf().products[product.shelf].kind == "credit_line"
        ),
    )


def _as_json(option: Option, currency: str) -> Any:
    value = option.value
    if option.type.name == "money":
        assert isinstance(value, int)
        return format_money(value, currency)
    if option.type.name == "duration":
        return f"{int(value.total_seconds())}s"  # type: ignore[union-attr]
    return value if isinstance(value, bool) else str(value)


def _counts(book: Book, order: BankOrder, whole: int) -> dict[str, int]:
    known = order.counts.get(book.ref, {})
    wanted = {}
    if order.people or not known:
        wanted = scaled(book, order.people or PEOPLE, whole)
    if any(known.get(name, 0) > wanted.get(name, 0) for name in wanted):
        say(
            f"{book.ref}：已入住的人数更多，保留不减（重新开始用 ./enscene reset）",
            "more people live here already and stay (./enscene reset begins anew)",
        )
    return {name: max(known.get(name, 0), wanted.get(name, 0)) for name in book.groups}


async def _people(
    pool: asyncpg.Pool[Any],
    host: SceneHost,
    tenant: Tenant,
    scene: RunningScene,
    book: Book,
    seed: int,
) -> None:
    """Enrol whoever is missing, link them, and give the new ones what they begin with."""
    members = settle_in(book)
    known = await _enrolled(pool, tenant, scene)
    new = [member for member in members if member.ref not in known]
    if not new:
        return
    orders = [
        Enrolment(
            member.ref, role, book.parties[role]["is"],
            name_of(member.ref, book.parties[role]["is"], role), bound,
        )
        for member in new
        for role, bound in member.roles.items()
    ]  # fmt: skip
    orders.sort(key=lambda enrolment: enrolment.bound_to is not None)
    async with pool.acquire() as connection, connection.transaction():
        await enrol(connection, tenant.id, scene.id, scene.pack, orders, ACTOR)
        persons = {order.ref: profile_of(order.ref) for order in orders if order.kind == "person"}
        await know_parties(connection, tenant.id, persons)
        for name in book.links:
            pairs = [(item.ref, item.links[name]) for item in new if name in item.links]
            if pairs:
                await link(connection, tenant.id, scene.id, scene.pack, name, pairs, ACTOR)
    await open_balances(pool, host, scene, opening_balances(book, new, seed))
    asked = {name for name, role in scene.pack.parties.items() if POSITION in role.consent}
    for order in orders:
        if order.role in asked and Random(f"position {order.ref}").random() < ALLOW_POSITION:
            async with pool.acquire() as connection, connection.transaction():
                await admit(connection, [tenant.id])
                await say_consent(
                    connection, tenant.id, scene.id, order.ref, POSITION, granted=True
                )


async def _enrolled(pool: asyncpg.Pool[Any], tenant: Tenant, scene: RunningScene) -> frozenset[str]:
    from enscene.cli._store import enrolled_refs

    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant.id])
        return await enrolled_refs(connection, tenant.id, scene.id)
