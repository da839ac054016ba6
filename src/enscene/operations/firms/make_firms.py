"""A second person decides on a list; then its firms are made, some at a time, each once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden
from enscene.operations.firms import store
from enscene.operations.firms.firm_list import FirmList, no_list
from enscene.operations.firms.read_lines import is_same
from enscene.operations.tenancy import TenantOrder, open_whole
from enscene.scenes.language import Pack
from enscene.tenants import Tenant, get_tenant
from enscene.tenants.store import Connection, Pool, admitted

TOGETHER = 50
"""Made in one transaction: what is stopped in between leaves them waiting."""


async def decide_list(
    pool: Pool, tenants: Collection[int], number: UUID, who: str, *, approve: bool
) -> None:
    """Approve or refuse; who asked may take it back. Nothing is made yet: see `go_on`.
    Raises: NotFound, Conflict("firms.decided"), Forbidden("firms.four_eyes")."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, tenants)
        row = await store.lock_list(connection, tenants, number)
        if row is None:
            raise no_list()
        if row["state"] != "asked":
            raise Conflict("the list was decided", code="firms.decided")
        if approve:
            check_second(row["asked_by"], who)
        state = "running" if approve else "refused"
        await store.decide(connection, row["tenant"], number, state, who)


@control("firms_second_person")
def check_second(asked_by: str, who: str) -> None:
    """Raises: Forbidden("firms.four_eyes")."""
    if asked_by == who:
        raise Forbidden("somebody else decides", code="firms.four_eyes")


async def take_up(pool: Pool, of: FirmList) -> None:
    """What failed is tried once more by the next `go_on`.
    Raises: Conflict("firms.nothing") where nothing failed."""
    async with admitted(pool, of.tenant) as connection:
        row = await store.lock_list(connection, [of.tenant], of.id)
        good = row is not None and row["state"] in ("running", "done")
        if not (good and await store.again(connection, of.tenant, of.id)):
            raise Conflict("nothing has failed", code="firms.nothing")


async def go_on(pool: Pool, of: FirmList, packs: Mapping[str, Pack]) -> bool:
    """Make some of the firms that wait; False when none is left. Two at once do it one
    after the other. A firm that is there already stays as it is."""
    pack = packs.get(of.order.pack)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [of.tenant])
        row = await store.lock_list(connection, [of.tenant], of.id)
        if row is None or row["state"] != "running":
            return False
        lines = await store.next_lines(connection, of.tenant, of.id, TOGETHER)
        parent = await get_tenant(connection, of.tenant)
        told = []
        for n, ref, name in lines:
            state, why = await _make(connection, of, parent, ref, name, pack)
            told.append((n, state, why))
        await admit(connection, [of.tenant])
        await store.settle(connection, of.tenant, of.id, told)
        await store.end(connection, of.tenant, of.id)
    return bool(lines)


async def _make(
    connection: Connection, of: FirmList, parent: Tenant, ref: str, name: str, pack: Pack | None
) -> tuple[str, str]:
    order = of.order
    found = (await store.read_taken(connection, [ref])).get(ref)
    if found is not None:
        same = is_same(found, parent.id, order.plan, name)
        return ("known", "") if same else ("failed", "tenant.exists")
    if order.pack and pack is None:
        return "failed", "tenant.pack"
    firm = TenantOrder(
        ref=ref, name=name, plan=order.plan, level=order.level, manager=order.manager,
        pack=order.pack,
    )  # fmt: skip
    who = of.decided_by or of.asked_by
    try:
        await open_whole(connection, firm, who=who, parent=parent, pack=pack)
    except EnsceneError as error:
        return "failed", error.code
    return "done", ""
