"""Two banks, 200 tenants, thousands of tries by every role: nothing is read, nothing is done.

Each could come out the other way: owners see what is theirs with the same eyes, a bank's operator
its own tree, and without row-level security the same statements find rows.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import asyncpg
import pytest

from enscene.commit import admit
from enscene.storage import Database
from enscene.tenants.users import ROLES
from enscene.web.h5_token import issue_h5_token
from tenants.isolation.town import TABLES, Place, Town, digests, mark_of
from tenants.isolation.tries import (
    OF_ALL_BELOW,
    Desk,
    Form,
    Found,
    Raider,
    console_routes,
    forms_for,
    portal_of,
    route_of,
    told,
)

Rows = dict[tuple[str, int], str]
SQL_TRIES = 1_000
_UNGUARDED = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
 where n.nspname = 'public' and c.relkind in ('r', 'p')
   and not (c.relrowsecurity and c.relforcerowsecurity)"""
ANYBODYS = {"GET /login", "POST /login", "POST /logout", "GET /favicon.ico",
            "GET /language/{language}"}  # fmt: skip
"""Pages without anybody's data."""


async def kept(town: Town, database: Database) -> Rows:
    """The digests of the tenants who do nothing."""
    ids = {each.tenant.id for each in town.quiet}
    return {key: each for key, each in (await digests(database)).items() if key[1] in ids}


def nothing_came_of(found: Found) -> None:
    assert found.leaks == []
    assert found.broken == []


def test_the_town_has_two_banks_and_200_tenants(town_database: Database, town: Town) -> None:
    levels = [place.tenant.level for place in town.places]
    assert len(levels) == 200
    assert [levels.count(level) for level in range(4)] == [2, 18, 120, 60]


async def test_programs_reach_nothing_of_another_tenant(
    town: Town, town_database: Database
) -> None:
    """Every operation of the documents, by applications that may do everything and by partners."""
    raider = Raider(town, 41)
    before = await kept(town, town_database)
    assert {table for table, _ in before} >= {"party", "transfer", "partner", "launch", "export"}
    for me in town.raiders:
        names = set()
        for operation in await raider.documents(me):
            names.add(operation.name)
            whose = ("bank", "partner")
            if "partner-applications" in operation.path:
                whose = ("applicant",)
            for who in whose:
                await raider.call(me, raider.random.choice(town.quiet), who, operation)
        assert len(names) > 140
        assert names <= raider.found.hit
    assert raider.found.tried.total() >= 2_000
    nothing_came_of(raider.found)
    assert await kept(town, town_database) == before


async def test_people_reach_nothing_of_another_tenant(town: Town, town_database: Database) -> None:
    """Every page and form of the console by a login of each role, with what stands on the other's
    own pages."""
    raider = Raider(town, 42)
    forms = {victim.number: await crawl(town, victim) for victim in town.crawled}
    before = await kept(town, town_database)
    for victim in town.crawled:
        for role in sorted(ROLES):
            for me in raider.random.sample(town.raiders, 3):
                own = town.below(me) if role == "operator" else {me.tenant.id}
                if victim.tenant.id in own:
                    continue
                seen = {each.number for each in town.places if each.tenant.id in own}
                desk = Desk(town, me, role)
                for what, form in forms_for(raider, victim, forms[victim.number]):
                    allowed = town.numbers_below(me) if what in OF_ALL_BELOW else seen
                    raider.found.note(f"console:{role}", what, allowed, await desk.send(form))
    routes = {" ".join(each) for each in console_routes(town)}
    assert routes - raider.found.hit == ANYBODYS & routes
    assert set(raider.found.tried) == {f"console:{role}" for role in ROLES}
    assert raider.found.tried.total() >= 2_000
    nothing_came_of(raider.found)
    assert await kept(town, town_database) == before


async def crawl(town: Town, victim: Place) -> dict[str, list[Form]]:
    """What the people of a tenant see and can send, by route."""
    found: dict[str, list[Form]] = defaultdict(list)
    for role in sorted(ROLES):
        for form in await Desk(town, victim, role).crawl():
            found[route_of(town, form)].append(form)
    assert len(found) > 20
    assert any(form.fields for forms in found.values() for form in forms)
    return found


async def test_customers_and_partners_reach_nothing_of_another_tenant(
    town: Town, town_database: Database
) -> None:
    """The pages of scenes and of the portal, with a token or a session of another tenant."""
    raider = Raider(town, 43)
    before = await kept(town, town_database)
    for me in town.raiders:
        partner = await portal_of(town, me)
        token = await issue_h5_token(town.pool, me.tenant.id, me.scene, f"ann-{me.n}")
        for victim in raider.random.sample(town.quiet, 25):
            for rest in ("", "/application", "/keys", "/try", "/calls", "/cooperation"):
                for whose in (victim, me):
                    path = f"/portal/{whose.tenant.ref}{rest}"
                    number = raider.ref("partner", victim)
                    page = await partner.get(path, params={"partner": number})
                    raider.found.note("portal", rest, {me.number}, page)
                    fields = {name: raider.ref(name, victim) for name in ("incident", "clause")}
                    sent = await partner.post(path, data={"csrf": "x", "do": "note", **fields})
                    raider.found.note("portal", rest, {me.number}, sent)
            for scene, whose in ((victim.scene, victim), (victim.scene, me), (me.scene, victim)):
                for path in ("content", "do/top_up"):
                    sent = await town.h5(whose, scene, path, token)
                    raider.found.note("h5", path, {me.number}, sent)
                    assert sent.status_code >= 400, sent.url
    assert raider.found.tried.total() >= 1_000
    nothing_came_of(raider.found)
    assert await kept(town, town_database) == before


async def test_owners_and_operators_do_see_what_is_theirs(town: Town) -> None:
    """The eyes that found nothing find everything where it may be seen."""
    for me in town.raiders:
        dishes = await me.apps["partner"].get(f"/v1/{me.scene}/things/dish")
        assert mark_of(me.number) in told(dishes), dishes.text
        token = await issue_h5_token(town.pool, me.tenant.id, me.scene, f"ann-{me.n}")
        content = await town.h5(me, me.scene, "content", token)
        assert content.status_code == 200
        assert mark_of(me.number) in content.text
        page = await Desk(town, me, "approver").send(Form("GET", "/exports"))
        assert mark_of(me.number) in page.text
        partner = await (await portal_of(town, me)).get(f"/portal/{me.tenant.ref}")
        assert mark_of(me.number) in partner.text
    bank, branch = town.raiders[:2]
    assert branch.tenant.parent == bank.tenant.id
    operator = Desk(town, bank, "operator")
    for place in (branch, town.crawled[1]):
        page = await operator.send(Form("GET", f"/operator/tenants/{place.tenant.ref}"))
        assert page.status_code == 200
        assert place.tenant.name in page.text
    board = await Desk(town, bank, "approver").send(Form("GET", "/board"))
    assert branch.tenant.name in board.text
    assert town.crawled[0].tenant.name not in board.text
    step = Form("POST", f"/operator/tenants/{branch.tenant.ref}/steps",
                (("kind", "care"), ("title", "call"), ("due", "2030-01-01")))  # fmt: skip
    assert (await operator.send(step)).status_code == 303
    other = Form("GET", f"/operator/tenants/{town.crawled[0].tenant.ref}")
    assert (await operator.send(other)).status_code == 404


async def test_every_table_of_tenants_is_guarded(town_database: Database) -> None:
    admin = await asyncpg.connect(town_database.url_admin)
    try:
        assert len(await admin.fetch(TABLES)) > 30
        assert [row[0] for row in await admin.fetch(_UNGUARDED)] == []
    finally:
        await admin.close()


async def statements(source: Any, town: Town, seed: int, tables: list[str]) -> tuple[int, int]:
    """A thousand statements about another tenant's rows, each undone: rows read, rows changed."""
    rng = random.Random(seed)
    seen = changed = 0
    for _ in range(SQL_TRIES):
        me, other = rng.sample(town.places, 2)
        table, verb = rng.choice(tables), rng.choice(("select", "update", "delete", "insert"))
        async with source.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await admit(connection, [me.tenant.id])
                statement = {
                    "select": f"select from {table} where tenant = $1",
                    "update": f"update {table} set tenant = tenant where tenant = $1",
                    "delete": f"delete from {table} where tenant = $1",
                    "insert": f"insert into {table} select * from {table} where tenant = $1",
                }[verb]
                done = await connection.execute(statement, other.tenant.id)
                count = int(done.rpartition(" ")[2])
                seen += count if verb == "select" else 0
                changed += count if verb != "select" else 0
            except (asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError,
                    asyncpg.RaiseError):  # fmt: skip
                pass  # the application's role may not even ask; or the row is needed, or is there
            finally:
                await transaction.rollback()
    return seen, changed


async def test_a_thousand_statements_reach_nothing_of_another(
    town: Town, town_database: Database
) -> None:
    before = await digests(town_database)
    tables = sorted({table for table, _ in before if table != "tenant"})
    assert len(tables) > 20
    assert await statements(town.pool, town, 4, tables) == (0, 0)
    assert await digests(town_database) == before


async def test_without_row_level_security_the_same_statements_find_rows(
    town: Town, town_database: Database
) -> None:
    """The control switched off: by a role that it does not bind."""
    before = await digests(town_database)
    tables = sorted({table for table, _ in before if table != "tenant"})
    async with asyncpg.create_pool(town_database.url_admin, min_size=1, max_size=1) as unbound:
        seen, changed = await statements(unbound, town, 4, tables)
    assert seen > 100
    assert changed > 100
    assert await digests(town_database) == before


async def test_what_is_mine_cannot_be_made_anothers(town: Town) -> None:
    me, other = town.places[30].tenant.id, town.places[130].tenant.id
    for table in ("party", "account", "thing", "partner", "event"):
        async with town.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await admit(connection, [me])
                assert await connection.fetchval(f"select exists (select from {table})")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"update {table} set tenant = $1", other)
            finally:
                await transaction.rollback()


async def test_without_a_tenant_nothing_is_there(town: Town, town_database: Database) -> None:
    tables = sorted({table for table, _ in await digests(town_database)} - {"tenant"})
    async with town.pool.acquire() as connection:
        for table in tables:
            try:
                rows = await connection.fetchval(f"select count(*) from {table}")
            except asyncpg.InsufficientPrivilegeError:
                continue
            assert rows == 0, table
