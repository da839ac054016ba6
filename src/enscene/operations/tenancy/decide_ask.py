"""A second operator decides; only then anything happens, all of it in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.operations.tenancy import store
from enscene.operations.tenancy.ask import Ask, ask_of, no_ask
from enscene.operations.tenancy.end_tenant import end_tenant
from enscene.operations.tenancy.open_whole import open_whole
from enscene.scenes.language import Pack
from enscene.tenants import get_tenant
from enscene.tenants.figures import Sight
from enscene.tenants.plans import change_plan
from enscene.tenants.store import Connection, Pool
from enscene.tenants.users import hash_password, help_person, new_password


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of an ask. `login` and `password` are those of whoever was made or helped, told
    here and nowhere else."""

    ask: Ask
    login: str = ""
    password: str = ""


async def decide_ask(
    pool: Pool, sight: Sight, own: int, ask: UUID, who: str, *, approve: bool,
    packs: Mapping[str, Pack],
) -> Decided:  # fmt: skip
    """Approve or refuse what somebody else asked for; who asked may take it back. `own` is the
    tenant of who decides.

    Raises: NotFound("tenancy.no_ask"), also for what is not in sight; Forbidden("tenancy.four_eyes",
    "tenancy.own"), and what stands in the way of what was asked for by now.
    """
    tenants = {each.id for each in sight.tenants} | {own}
    password = new_password()
    hashed = await hash_password(password)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, tenants)
        row = await store.lock_waiting(connection, tenants, ask)
        if row is None:
            raise no_ask()
        found = ask_of(row)
        if not approve:
            done = await store.decide(connection, found.tenant, ask, "refused", who)
            return Decided(ask_of(done))
        check_second(found.asked_by, who)
        check_above(sight, own, found)
        login = await _apply(connection, found, who, packs, hashed)
        await admit(connection, [found.tenant])
        done = await store.decide(connection, found.tenant, ask, "done", who)
    return Decided(ask_of(done), login, password if login else "")


@control("tenancy_second_person")
def check_second(asked_by: str, who: str) -> None:
    """Raises: Forbidden("tenancy.four_eyes")."""
    if asked_by == who:
        raise Forbidden("somebody else decides", code="tenancy.four_eyes")


@control("tenancy_above")
def check_above(sight: Sight, own: int, ask: Ask) -> None:
    """Whatever is done to a tenant is done from above; a new one below one's own may be made.
    Raises: Forbidden("tenancy.own")."""
    is_below = ask.act == "open" and ask.wanted.get("level") != "bank"
    if ask.tenant == own and not (is_below or sight.whole):
        raise Forbidden("one's own tenant is looked after from above", code="tenancy.own")


async def _apply(
    connection: Connection, ask: Ask, who: str, packs: Mapping[str, Pack], hashed: str
) -> str:
    """Do it; the login of whoever has a new password, "" for none."""
    if ask.act == "open":
        order = ask.order
        parent = None if order.level == "bank" else await get_tenant(connection, ask.tenant)
        pack = packs.get(order.pack)
        if order.pack and pack is None:
            raise Invalid("there is no such template", code="tenant.pack", param="pack")
        opened = await open_whole(
            connection, order, who=who, parent=parent, pack=pack, hashed=hashed
        )
        assert opened.owner is not None, "it has a password"
        return opened.owner.login_name
    tenant = await get_tenant(connection, ask.tenant)
    if tenant.state == "closed":
        raise Conflict(f"tenant {tenant.ref} is closed", code="tenant.closed")
    await admit(connection, [tenant.id])
    if ask.act == "plan":
        wanted = ask.wanted
        await change_plan(connection, tenant, wanted["plan"], wanted["manager"], who)
    elif ask.act == "close":
        await end_tenant(connection, tenant)
    else:
        await help_person(
            connection, tenant, ask.act, ask.about, name=ask.wanted["name"],
            hashed=None if ask.act == "admit" else hashed, asked_by=ask.asked_by, decided_by=who,
        )  # fmt: skip
        return "" if ask.act == "admit" else f"{ask.about}@{tenant.ref}"
    return ""
