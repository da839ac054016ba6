"""Two banks with 200 tenants below and among them, each with people, money and partners."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from api.partner import ISSUER, KEY, Partner, make_partner
from enscene.api import ApiSettings, Gateway, create_app
from enscene.api.webhooks import manage
from enscene.api.webhooks.keys import Keys
from enscene.api.webhooks.orders import NewEndpoint
from enscene.customers import Enrolment
from enscene.kernel.ids import public_id
from enscene.metering import RollUp
from enscene.operations import begin_launch
from enscene.operations import store as operations_store
from enscene.partners import store as partners_store
from enscene.partners.clauses.make_clause import make_clause
from enscene.partners.find_partner import list_partners
from enscene.partners.incidents import open_incident
from enscene.partners.partner import Partner as Applicant
from enscene.partners.renew_access import renew_access
from enscene.partners.sign_up import sign_up
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.language import Pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.storage import Database, seal_of_environment
from enscene.tenants import Tenant, create_tenant, list_tenants
from enscene.tenants.apps import ActsFor, find_app, platform_scopes, register_app
from enscene.tenants.users import ROLES, Session, create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.work import ask_export

PACKS = Path(__file__).parents[3] / "packs"
PASSWORD = "a-long-password"
BANKS, BRANCHES, TENANTS, SUB_TENANTS = 2, 9, 60, 30
"""Of each bank; with the banks themselves 200 in all."""
TABLES = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
 where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"""
_COLUMNS = """
select table_name, column_name from information_schema.columns
 where table_schema = 'public' and data_type in ('uuid', 'text', 'bigint')
   and (column_name in ('id', 'ref', 'key', 'name', 'digest', 'party', 'login')
        or column_name in ('application', 'partner', 'clause', 'contract', 'endpoint'))"""
PREFIXES = {
    "partner": "ptn", "partner_clause": "cls", "partner_incident": "inc", "application": "appl",
}  # fmt: skip


@dataclass
class Place:
    """One of the tenants. `mark` stands in every name and title that is its own to tell, and
    nowhere else; `refs` are all references of its rows, by what they name."""

    tenant: Tenant
    number: int
    scene: str
    mark: str
    applicant: Applicant | None = None
    access_key: str = ""
    refs: dict[str, list[str]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    apps: dict[str, Partner] = field(default_factory=dict)

    @property
    def n(self) -> str:
        """What its references end in."""
        return f"{self.number:03d}"


@dataclass
class Town:
    """`raiders` are of all levels and both banks, with people and programs that try; the people of
    `crawled` only look at their own pages, so that there are forms to try with."""

    pool: Any
    host: SceneHost
    gateway: Gateway
    app: Any
    places: list[Place]
    raiders: list[Place]
    crawled: list[Place]

    @property
    def quiet(self) -> list[Place]:
        """All who do nothing."""
        return [each for each in self.places if each not in self.raiders]

    def below(self, place: Place) -> set[int]:
        """The ids of the tenant and of all below it."""
        found = {place.tenant.id}
        for each in self.places:
            if each.tenant.parent in found:
                found.add(each.tenant.id)
        return found

    def numbers_below(self, place: Place) -> set[int]:
        """The same by number of the place."""
        below = self.below(place)
        return {each.number for each in self.places if each.tenant.id in below}

    async def h5(self, place: Place, scene: str, rest: str, token: str) -> httpx.Response:
        """A page for customers, or what is done on it."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://bank.test") as client:
            return await client.post(
                f"/h5/{place.tenant.ref}/{scene}/wallet/{rest}", data={"amount": "1.00"},
                headers={"authorization": f"H5 {token}", "idempotency-key": f"h5-{place.n}"},
            )  # fmt: skip

    async def close(self) -> None:
        """Leave the data, end what runs."""
        await self.gateway.close()
        await self.app.state.console.close()
        await self.host.close()


async def build_town(pool: Any, pack: Pack) -> None:
    """Make all tenants and what is theirs."""
    host = SceneHost(pool)
    number = 0
    for bank in ("north", "south"):
        top = await create_tenant(pool, f"{bank}-{number:03d}", bank, sandbox=bank == "south")
        await _furnish(pool, host, pack, top, number)
        number += 1
        above = [top]
        for level, many in (("branch", BRANCHES), ("tenant", TENANTS), ("sub_tenant", SUB_TENANTS)):
            made = []
            for n in range(many):
                tenant = await create_tenant(
                    pool, f"{level.replace('_', '-')}-{number:03d}", f"{level} {number}",
                    parent=above[n % len(above)], level=level, sandbox=bank == "south",
                )  # fmt: skip
                await _furnish(pool, host, pack, tenant, number)
                made.append(tenant)
                number += 1
            above = made
    await host.close()


def mark_of(number: int) -> str:
    """What no other tenant's rows say."""
    return f"密{number:03d}密"


async def _furnish(pool: Any, host: SceneHost, pack: Pack, tenant: Tenant, number: int) -> None:
    n, mark = f"{number:03d}", mark_of(number)
    scene = f"canteen-{n}"
    people = [
        Enrolment(f"bank-{n}", "bank", "bank", f"{mark} bank"),
        Enrolment(f"hall-{n}", "canteen", "merchant", f"{mark} hall"),
        Enrolment(f"acme-{n}", "sponsor", "employer", f"{mark} acme"),
        Enrolment(f"till-{n}", "terminal", "device", bound_to=f"hall-{n}"),
        Enrolment(f"ann-{n}", "diner", "person", f"{mark} ann"),
    ]
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder(scene, f"{mark} canteen")
        made = await create_scene(connection, tenant.id, pack, order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, scene, state, "test")
        await enrol(connection, tenant.id, made, pack, people)
        await link(connection, tenant.id, made, pack, "works_for", [(f"ann-{n}", f"acme-{n}")])
        await ask_export(
            connection, tenant.id, scene, date(2026, 1, 1), date(2026, 2, 1), f"{mark} why", "lin"
        )
    for action, who, given in (
        ("top_up", "ann", {"amount": "50.00"}),
        ("offer_dish", "hall", {"dish": f"dish-{n}", "title": f"{mark} dish", "price": "9.00",
                                "sold_by": "portion"}),
        ("pay_by_code", "ann", {"ticket": f"ticket-{n}", "canteen": f"hall-{n}", "price": "12.00",
                                "dishes": [f"dish-{n}"]}),
    ):  # fmt: skip
        call = Call(tenant.id, scene, action, Actor(f"{who}-{n}"), given, f"{action}-{n}")
        reply = await host.perform(call)
        assert not reply.refused, reply.body
    await begin_launch(pool, tenant.id, pack, f"lin-{n}")
    await register_app(
        pool, tenant, "core", title=f"{mark} app", scopes=platform_scopes(),
        jwks=[KEY.as_dict(private=False)], party=f"bank-{n}",
    )  # fmt: skip
    app = await find_app(pool, f"{tenant.ref}.core")
    async with operations_store.writing(pool, tenant.id) as connection:
        order = NewEndpoint(url="https://example.com/hook", description=f"{mark} hook")
        await manage.create(connection, Keys(seal_of_environment()), app, order)
    await _cooperate(pool, tenant, mark)


async def _cooperate(pool: Any, tenant: Tenant, mark: str) -> None:
    partner, _ = await sign_up(
        pool, tenant, name=f"{mark} partner", contact=mark, email="li@partner.example",
        purpose=f"{mark} pays", level="A1", scopes=[],
    )  # fmt: skip
    async with partners_store.admitted(pool, tenant.id) as connection:
        await partners_store.update(connection, tenant.id, partner.id, {"stage": "live"})
    await make_clause(
        pool, tenant.id, partner.id, kind="check", title=f"{mark} clause", purpose=f"{mark} clause",
        first_due=datetime.now(UTC).date() + timedelta(days=30), who="lin",
    )  # fmt: skip
    await open_incident(
        pool, tenant.id, partner.id, title=f"{mark} incident", severity="low",
        text=f"{mark} incident", responsible="bank", side="bank", who="lin",
    )  # fmt: skip


async def open_town(database: Database, pool: Any, app_pool: Any = None) -> Town:
    """The town as it stands, with people and applications that have come in. `app_pool` is what
    its programs reach the database by; without one the same."""
    host = SceneHost(app_pool or pool)
    gateway = create_app(host, app_pool or pool, ApiSettings(issuer=ISSUER, packs=PACKS))
    app = create_console(host, app_pool or pool, ConsoleSettings(packs=PACKS))
    places = [
        Place(tenant, number, f"canteen-{number:03d}", mark_of(number))
        for number, tenant in enumerate(await list_tenants(pool))
    ]
    half = len(places) // BANKS
    branch, tenant, sub = 1, 1 + BRANCHES, 1 + BRANCHES + TENANTS
    raiders = [places[n] for n in (0, branch, tenant, sub)]
    raiders += [places[half + n] for n in (branch, tenant, sub)]
    crawled = [places[half], places[tenant + 1], places[sub + 1]]
    town = Town(pool, host, gateway, app, places, raiders, crawled)
    await _read_refs(database, town)
    for place in (*raiders, *crawled):
        await _staff(town, place)
    await RollUp(pool, 1).settle()  # sums of old readings, which whoever reads first works out
    return town


async def _staff(town: Town, place: Place) -> None:
    """People of each role, and three callers of the API that may do whatever can be allowed."""
    pool, tenant = town.pool, place.tenant
    for role in sorted(ROLES):
        party = f"hall-{place.n}" if role == "partner" else None
        login = f"{role.replace('_', '-')}-{place.n}"
        if f"{login}@{tenant.ref}" not in place.refs["login"]:
            await create_user(
                pool, tenant, login, name=f"{place.mark} {role}", password=PASSWORD, roles=[role],
                party=party,
            )  # fmt: skip
            place.refs["login"].append(f"{login}@{tenant.ref}")
        place.sessions[role] = await log_in(pool, f"{login}@{tenant.ref}", PASSWORD)
    scenes = [f"scene:{each.scene}:*" for each in town.places]
    acts = [ActsFor(each.scene, "diner") for each in town.places]
    name = f"all-{len(place.refs['app'])}"
    place.apps["bank"] = await make_partner(
        pool, town.gateway, tenant, name, party=f"bank-{place.n}", level="A2", acts_for=acts,
        scopes=[*scenes, *platform_scopes()], token_binding="none",
    )  # fmt: skip
    place.apps["partner"] = await make_partner(
        pool, town.gateway, tenant, f"{name}-hall", party=f"hall-{place.n}", level="A2",
        scopes=scenes, token_binding="none",
    )  # fmt: skip
    [applicant] = await list_partners(pool, tenant.id)
    place.applicant = applicant
    place.access_key = await renew_access(pool, tenant.id, applicant.id)


async def _read_refs(database: Database, town: Town) -> None:
    """Whatever names a row of a tenant, as it is written outside."""
    by_id = {place.tenant.id: place for place in town.places}
    admin = await asyncpg.connect(database.url_admin)
    try:
        tables = {row[0] for row in await admin.fetch(TABLES)}
        for place in town.places:
            place.refs = {"scene": [place.scene], "app": [], "login": []}
        for table, column in await admin.fetch(_COLUMNS):
            if table not in tables:
                continue
            for tenant, value in await admin.fetch(f"select tenant, {column}::text from {table}"):
                if tenant not in by_id or value is None or "密" in value:
                    continue
                found = by_id[tenant].refs.setdefault(table, [])
                found.append(value)
                if table in PREFIXES and column == "id":
                    found.append(public_id(PREFIXES[table], UUID(value)))
    finally:
        await admin.close()
    for place in town.places:
        place.refs["login"] = [
            f"{login}@{place.tenant.ref}" for login in place.refs.get("console_user", [])
        ]


async def digests(database: Database) -> dict[tuple[str, int], str]:
    """By table and tenant: all rows as they are, in a digest that any change would change."""
    admin = await asyncpg.connect(database.url_admin)
    try:
        found: dict[tuple[str, int], str] = {}
        for (table,) in await admin.fetch(TABLES):
            rows = await admin.fetch(
                f"select tenant, count(*) || ' ' || md5(string_agg(t::text, '|' order by t::text)) "
                f"from {table} t group by 1"
            )
            found |= {(table, row[0]): row[1] for row in rows}
        rows = await admin.fetch("select id, md5(t::text) from tenant t")
        return found | {("tenant", row[0]): row[1] for row in rows}
    finally:
        await admin.close()
