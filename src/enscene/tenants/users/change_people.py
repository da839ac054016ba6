"""A tenant looks after its own people; roles that approve are given by two."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.tenants.quotas.quota import check_quota
from enscene.tenants.store import Connection, Pool, admitted
from enscene.tenants.tenant import Tenant
from enscene.tenants.users import change_store, store
from enscene.tenants.users.create_user import check_person
from enscene.tenants.users.passwords import fits, hash_password
from enscene.tenants.users.user import APPROVING, RANKS, ROLES, User, rank_of, user_of

Act: TypeAlias = Literal["make", "roles", "block", "admit", "password"]
NAME_MOST = 80
LISTED = 100
DECIDERS = frozenset({"admin", "approver", "operator"})


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: a login name or an application, and the roles by which it may."""

    who: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """`roles` are those that the person has afterwards; `decided_by` None where nobody else was
    needed."""

    id: UUID
    act: Act
    login: str
    name: str
    roles: tuple[str, ...]
    party: str | None
    state: Literal["asked", "done", "refused"]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


async def make_person(
    pool: Pool, tenant: Tenant, by: By, login: str, *, name: str, roles: Collection[str],
    password: str, party: str | None = None,
) -> Change:  # fmt: skip
    """Make a person who has to choose another password at the first login. Roles that approve
    wait for a second person, unless there is none yet: the first approver makes the second alone.
    Raises: Invalid, Forbidden, Conflict("user.exists", "user.waiting"), Refused("quota.exceeded").
    """
    name = name.strip()
    if not 1 <= len(name) <= NAME_MOST:
        raise Invalid(f"a name has 1 to {NAME_MOST} characters", code="user.name", param="name")
    check_person(login, roles, party)
    hashed = await hash_password(password)
    async with admitted(pool, tenant.id) as connection:
        people = await _people(connection, tenant.id)
        if login in people:
            raise Conflict(f"user {login} exists", code="user.exists", param="login")
        await check_quota(connection, tenant.id, "users")
        change = _Wanted("make", login, name, tuple(sorted(roles)), party, hashed)
        return await _begin(connection, tenant, by, change, people)


async def change_person(
    pool: Pool, tenant: Tenant, by: By, login: str, act: Act, *,
    roles: Collection[str] | None = None, party: str | None = None, password: str | None = None,
) -> Change:  # fmt: skip
    """Give a person other `roles`, `block` it (at once), `admit` it again, or give it a `password`
    that it has to change. Raises: NotFound("user.not_found"), Invalid, Forbidden("user.above",
    "user.self"), Conflict("user.last", "user.waiting").
    """
    hashed = None if password is None else await hash_password(password)
    async with admitted(pool, tenant.id) as connection:
        people = await _people(connection, tenant.id)
        user = people.get(login)
        if user is None:
            raise NotFound(f"there is no user {login[:48]!r}", code="user.not_found", param="login")
        if act == "roles":
            check_person(login, roles or (), party)
        wanted = tuple(sorted(roles)) if act == "roles" and roles else tuple(sorted(user.roles))
        kept = party if act == "roles" else user.party
        change = _Wanted(act, login, user.name, wanted, kept, hashed)
        return await _begin(connection, tenant, by, change, people)


async def decide_change(
    pool: Pool, tenant: Tenant, change: UUID, by: By, *, approve: bool
) -> Change:
    """Somebody else approves or refuses what was asked for.
    Raises: NotFound("user.no_change"), Forbidden, Conflict, Refused("quota.exceeded").
    """
    async with admitted(pool, tenant.id) as connection:
        people = await _people(connection, tenant.id)
        row = await change_store.read_waiting(connection, tenant.id, change)
        if row is None:
            raise NotFound("nothing waits to be decided", code="user.no_change")
        found = change_of(row)
        check_second(by.who, found.asked_by, f"{found.login}@{tenant.ref}")
        if not by.roles & DECIDERS:
            raise Forbidden("this is decided by an administrator or approver", code="user.decider")
        wanted = _Wanted(
            found.act, found.login, found.name, found.roles, found.party, row["password_hash"]
        )
        if approve:
            _check_above(by, wanted, people.get(found.login))
            await _apply(connection, tenant.id, wanted, people)
        state = "done" if approve else "refused"
        done = await change_store.decide(connection, tenant.id, change, state, by.who)
        return change_of(done)


async def list_changes(pool: Pool, tenant: int) -> list[Change]:
    """What was asked for and done, what waits first, then the newest."""
    async with admitted(pool, tenant, readonly=True) as connection:
        rows = await change_store.list_changes(connection, tenant, LISTED)
        return [change_of(row) for row in rows]


async def change_own_password(pool: Pool, user: User, old: str, new: str) -> None:
    """The person's own choice; every session ends. Raises: Invalid, Forbidden("user.password")."""
    hashed = await hash_password(new)
    if old == new:
        raise Invalid("choose another password", code="user.same_password", param="new")
    async with admitted(pool, user.tenant) as connection:
        row = await store.read_user(connection, user.tenant, user.login)
        if row is None or not await fits(old, row["password_hash"]):
            raise Forbidden("the present password is wrong", code="user.password")
        await store.update_password(connection, user.tenant, user.id, hashed)


def change_of(row: asyncpg.Record) -> Change:
    """A change from its row."""
    values = {name: row[name] for name in Change.__slots__}
    return Change(**{**values, "roles": tuple(values["roles"])})


@dataclass(frozen=True, slots=True)
class _Wanted:
    act: Act
    login: str
    name: str
    roles: tuple[str, ...]
    party: str | None
    hashed: str | None


async def _people(connection: Connection, tenant: int) -> dict[str, User]:
    rows = await store.lock_users(connection, tenant)
    return {user.login: user for user in map(user_of, rows)}


async def _begin(
    connection: Connection, tenant: Tenant, by: By, wanted: _Wanted, people: dict[str, User]
) -> Change:
    user = people.get(wanted.login)
    _check_above(by, wanted, user)
    if by.who == f"{wanted.login}@{tenant.ref}":
        raise Forbidden("nobody changes their own roles", code="user.self")
    if await change_store.is_waiting(connection, tenant.id, wanted.login):
        raise Conflict("a change of this person waits to be decided", code="user.waiting")
    asks = needs_second(wanted.act, wanted.roles, user) and not _is_alone(by, tenant, people)
    state = "asked" if asks else "done"
    if not asks:
        await _apply(connection, tenant.id, wanted, people)
    else:
        _check_last(wanted, people)
    row = await change_store.insert(
        connection, tenant.id, new_uuid(), wanted.act, wanted.login, wanted.name,
        list(wanted.roles), wanted.party, wanted.hashed if asks else None, state, by.who,
    )  # fmt: skip
    return change_of(row)


@control("person_above")
def _check_above(by: By, wanted: _Wanted, user: User | None) -> None:
    """Nobody gives or takes what stands above their own. Raises: Forbidden("user.above")."""
    touched = set(wanted.roles) | (set() if user is None else user.roles)
    if rank_of(by.roles) < rank_of(touched & ROLES):
        above = max(touched & ROLES, key=lambda role: RANKS[role])
        raise Forbidden(
            "nobody gives or takes a role above their own",
            code="user.above", facts={"role": above},
        )  # fmt: skip


@control("person_second")
def check_second(who: str, asked_by: str, person: str) -> None:
    """Raises: Forbidden("user.four_eyes")."""
    if who in (asked_by, person):
        raise Forbidden(
            "somebody else decides: neither who asked nor who it is about", code="user.four_eyes"
        )


def needs_second(act: Act, roles: Sequence[str], user: User | None) -> bool:
    """Whether a second person has to agree. Blocking takes effect at once: it is an emergency."""
    had: frozenset[str] = frozenset() if user is None else user.roles
    return act != "block" and bool((set(roles) | had) & APPROVING)


def _is_alone(by: By, tenant: Tenant, people: dict[str, User]) -> bool:
    # Those who are blocked count too: else one could block the other and go on alone.
    others = [user for user in people.values() if user.roles & APPROVING]
    return [user.login_name for user in others] == [by.who] or (
        not others and "operator" in by.roles
    )


def _check_last(wanted: _Wanted, people: dict[str, User]) -> None:
    """Raises: Conflict("user.last")."""
    user = people.get(wanted.login)
    if user is None or wanted.act not in ("roles", "block"):
        return
    left: set[str] = set() if wanted.act == "block" else set(wanted.roles)
    for role in ("approver", "admin"):
        holders = {each.login for each in people.values()
                   if role in each.roles and each.status == "active"}  # fmt: skip
        if holders == {user.login} and role not in left:
            raise Conflict(
                f"this is the last {role}: make another one first",
                code="user.last", facts={"role": role},
            )  # fmt: skip


async def _apply(
    connection: Connection, tenant: int, wanted: _Wanted, people: dict[str, User]
) -> None:
    _check_last(wanted, people)
    user = people.get(wanted.login)
    if wanted.act == "make":
        if user is not None:
            raise Conflict("user exists", code="user.exists", param="login")
        await check_quota(connection, tenant, "users")
        await store.insert_user(
            connection, tenant, wanted.login, wanted.name, wanted.hashed, list(wanted.roles),
            wanted.party, True,
        )  # fmt: skip
        return
    if user is None:
        raise NotFound("there is no such user", code="user.not_found")
    if wanted.act == "roles":
        await store.update_roles(connection, tenant, user.id, wanted.roles, wanted.party)
    elif wanted.act == "password":
        assert wanted.hashed is not None, "a password was chosen"
        await store.update_password(connection, tenant, user.id, wanted.hashed, must_change=True)
    else:
        status = "blocked" if wanted.act == "block" else "active"
        await store.update_status(connection, tenant, user.id, status)
