"""A way out for a tenant whose people cannot help themselves: two of the operator's people do it.

It goes past the tenant's own second person, so it is nothing that anybody of the tenant can begin
or decide: whoever calls this has two people who stand above it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.tenants.store import Connection
from enscene.tenants.tenant import Tenant
from enscene.tenants.users import change_store, store
from enscene.tenants.users.change_people import NAME_MOST, Change, change_of
from enscene.tenants.users.create_user import check_person, insert_person
from enscene.tenants.users.user import User, user_of

Help: TypeAlias = Literal["admit", "password", "admin"]
HELP: tuple[Help, ...] = get_args(Help)
"""Let a person in again, give one another password, make an administrator."""


async def check_help(
    connection: Connection, tenant: Tenant, act: str, login: str, name: str = ""
) -> User | None:
    """That it can be done now; the person, None for one who is still to be made.
    Raises: Invalid, NotFound("user.not_found"), Conflict("user.exists", "user.not_blocked").
    """
    if act not in HELP:
        raise Invalid("there is no such help", code="user.act", param="act")
    row = await store.read_user(connection, tenant.id, login[:48])
    user = None if row is None else user_of(row)
    if act == "admin":
        check_person(login, ["admin"], None)
        if not 1 <= len(name.strip()) <= NAME_MOST or not name.isprintable():
            raise Invalid(f"a name has 1 to {NAME_MOST} characters", code="user.name", param="name")
        if user is not None:
            raise Conflict(f"user {login} exists", code="user.exists", param="login")
        return None
    if user is None:
        raise NotFound(f"there is no user {login[:48]!r}", code="user.not_found", param="login")
    if act == "admit" and user.status != "blocked":
        raise Conflict("nobody has blocked this person", code="user.not_blocked", param="login")
    return user


async def help_person(
    connection: Connection, tenant: Tenant, act: Help, login: str, *, name: str,
    hashed: str | None, asked_by: str, decided_by: str,
) -> Change:  # fmt: skip
    """Do it, in a transaction that has admitted the tenant, and leave a line in the tenant's
    history. What waits there about the person is refused: this is what became of it.
    Raises: as `check_help`; Refused("quota.exceeded").
    """
    await store.lock_users(connection, tenant.id)
    user = await check_help(connection, tenant, act, login, name)
    waiting = await change_store.find_waiting(connection, tenant.id, login)
    if waiting is not None:
        await change_store.decide(connection, tenant.id, waiting, "refused", decided_by)
    if user is None:
        assert hashed is not None, "a password was chosen"
        user = await insert_person(
            connection, tenant, login, name=name.strip(), hashed=hashed, roles=["admin"],
            must_change=True,
        )  # fmt: skip
    elif act == "admit":
        await store.update_status(connection, tenant.id, user.id, "active")
    else:
        assert hashed is not None, "a password was chosen"
        await store.update_password(connection, tenant.id, user.id, hashed, must_change=True)
    kept = "make" if act == "admin" else act
    row = await change_store.insert(
        connection, tenant.id, new_uuid(), kept, login, user.name, sorted(user.roles), user.party,
        None, "asked", asked_by,
    )  # fmt: skip
    done = await change_store.decide(connection, tenant.id, row["id"], "done", decided_by)
    return change_of(done)
