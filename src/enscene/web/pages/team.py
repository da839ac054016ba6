"""A tenant's people: made, given roles, blocked, given a new password; and one's own password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast, get_args
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.shelf.product import KINDS
from enscene.tenants import get_tenant
from enscene.tenants.quotas import read_quotas
from enscene.tenants.users import (
    APPROVING,
    RANKS,
    By,
    Change,
    change_own_password,
    change_person,
    decide_change,
    list_changes,
    list_users,
    make_person,
    new_password,
    rank_of,
)
from enscene.tenants.users.change_people import Act
from enscene.web.console import COOKIE, EVERYBODY, PASSWORD, STAFF, Console, Visit, member
from enscene.web.problems import status_of
from enscene.work import read_skills, set_skills

PEOPLE = "/institution/people"
READERS = (*STAFF, "admin", "operator")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    decide_ = member(console, decide, "admin", "approver", "operator")
    return [
        Route(PEOPLE, member(console, show, *READERS), methods=["GET"]),
        Route(PEOPLE, member(console, make, "admin"), methods=["POST"]),
        Route(f"{PEOPLE}/changes/{{change}}", decide_, methods=["POST"]),
        Route(f"{PEOPLE}/{{login}}", member(console, change, "admin"), methods=["POST"]),
        Route(f"{PEOPLE}/{{login}}/skills", member(console, advise, "admin"), methods=["POST"]),
        Route(PASSWORD, member(console, show_password, *EVERYBODY), methods=["GET"]),
        Route(PASSWORD, member(console, own_password, *EVERYBODY), methods=["POST"]),
    ]


def by_of(visit: Visit) -> By:
    """Who does it."""
    return By(visit.who, visit.session.user.roles)


async def show(visit: Visit) -> Response:
    """The people, what waits for a second person, what was done."""
    return await _page(visit)


async def make(visit: Visit) -> Response:
    """One more person."""
    password = new_password()

    async def work() -> Change:
        return await make_person(
            visit.console.pool, await get_tenant(visit.console.pool, visit.tenant), by_of(visit),
            visit.field("login").lower(), name=visit.field("name"), roles=_roles(visit),
            password=password, party=visit.field("party") or None,
        )  # fmt: skip

    return await _done(visit, work, password)


async def change(visit: Visit) -> Response:
    """Other roles, blocked, admitted, another password."""
    act = visit.field("act")
    if act not in get_args(Act) or act == "make":
        raise Invalid("there is no such change", code="user.act", param="act")
    password = new_password() if act == "password" else None

    async def work() -> Change:
        return await change_person(
            visit.console.pool, await get_tenant(visit.console.pool, visit.tenant), by_of(visit),
            visit.path("login"), cast("Act", act), roles=_roles(visit), password=password,
            party=visit.field("party") or None,
        )  # fmt: skip

    return await _done(visit, work, password)


async def advise(visit: Visit) -> Response:
    """What somebody advises on from now on: no role, so one person says it."""
    kinds = {value for name, value in visit.form if name == "kinds"}
    try:
        async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
            await set_skills(connection, visit.tenant, visit.path("login"), kinds, KINDS, visit.who)
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(PEOPLE)


async def decide(visit: Visit) -> Response:
    """A second person agrees, or not."""
    try:
        number = UUID(visit.path("change"))
    except ValueError:
        raise NotFound("there is no such change", code="user.no_change") from None

    async def work() -> Change:
        return await decide_change(
            visit.console.pool, await get_tenant(visit.console.pool, visit.tenant), number,
            by_of(visit), approve=visit.field("decision") == "approve",
        )  # fmt: skip

    return await _done(visit, work, None)


def _roles(visit: Visit) -> list[str]:
    return sorted({value for name, value in visit.form if name == "roles"})


async def _done(
    visit: Visit, work: Callable[[], Awaitable[Change]], password: str | None
) -> Response:
    try:
        done = await work()
    except EnsceneError as error:
        return await _page(visit, error)
    if password is None:
        return visit.go(PEOPLE)
    # Told on this page and nowhere else: reloading it does not show it again.
    return await _page(visit, told=(done, password))


async def _page(
    visit: Visit, error: EnsceneError | None = None, told: tuple[Change, str] | None = None
) -> Response:
    pool = visit.console.pool
    users = await list_users(pool, visit.tenant)
    changes = await list_changes(pool, visit.tenant)
    typed: dict[str, Any] = {name: visit.field(name) if error else "" for name in
                             ("login", "name", "party")}  # fmt: skip
    typed["roles"] = _roles(visit) if error else []
    mine = rank_of(visit.session.user.roles)
    async with operations_store.reading(pool, visit.tenant) as connection:
        skills = await read_skills(connection, visit.tenant)
    return visit.page(
        "institution_people.html",
        200 if error is None else status_of(error),
        users=users,
        waiting=[each for each in changes if each.state == "asked"],
        changes=[each for each in changes if each.state != "asked"][:30],
        roles=[role for role in sorted(RANKS, key=lambda role: RANKS[role]) if RANKS[role] <= mine],
        approving=APPROVING,
        skills=skills,
        kinds=KINDS,
        above={user.login for user in users if rank_of(user.roles) > mine},
        quota=next(
            (each for each in await read_quotas(pool, visit.tenant) if each.what == "users"), None
        ),
        zone=(await visit.read_clock())["zone"],
        typed=typed,
        told=told,
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        runs=visit.session.allows("admin"),
        decides=visit.session.allows("admin", "approver", "operator"),
    )


async def show_password(visit: Visit) -> Response:
    """A form for another password."""
    return visit.page("password.html", said="", wrong=None)


async def own_password(visit: Visit) -> Response:
    """The person's own choice; then one logs in again."""
    try:
        if visit.field("new") != visit.field("again"):
            raise Invalid("the two are not the same", code="user.not_same", param="again")
        await change_own_password(
            visit.console.pool, visit.session.user, visit.field("old"), visit.field("new")
        )
    except EnsceneError as error:
        said = visit.t.problem(error.code, error.facts, error.detail)
        return visit.page("password.html", status_of(error), said=said, wrong=error.param)
    response = visit.go("/login")
    response.delete_cookie(COOKIE, path="/")
    return response
