"""Reading accounts of a scene: balance and statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, limit_of, page
from enscene.api.sight import Viewer, not_covered, viewer_of
from enscene.api.things import owner_ref
from enscene.commit import offsets_of
from enscene.customers.authorizations import write_receipt
from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.kernel.money import format_money
from enscene.ledger import read_statement
from enscene.ledger.read_statement import LAST
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member

SCOPE = "accounts.read"


class Accounts:
    """`GET /v1/{scene}/accounts/{name}/{party}` and `…/entries`."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, cursors: Cursors) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._cursors = cursors

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """The balance of an account, or a page of its entries, newest first."""
        wants_entries = len(rest) == 3 and rest[2] == "entries"
        if len(rest) != 2 and not wants_entries:
            raise not_found()
        if request.method != "GET":
            raise wrong_method("GET")
        caller.require(ref, SCOPE)
        caller.require_level("A2")
        scene = await self._host.scene(caller.tenant, ref)
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        name, owner = rest[0], await scene.roster.find(owner_ref(rest[1]))
        if owner is None or name not in scene.pack.accounts:
            raise _not_found()
        if owner.id != viewer.member.id and not viewer.sees_all:
            raise _not_found()  # as if it weren't there
        covered = None if viewer.grant is None else viewer.grant.accounts()
        if covered is not None and name not in covered:
            raise not_covered()
        if wants_entries:
            return await self._entries(request, scene, name, owner, viewer)
        told = await self._balance(request, scene, name, owner)
        await self._note(scene, viewer, name, [*told], 1)
        return answer(told)

    async def _note(
        self, scene: RunningScene, viewer: Viewer, name: str, fields: list[str], count: int
    ) -> None:
        """A receipt for what is about to be served under a consent."""
        served = viewer.served(scene)
        if served is None or not count:
            return
        async with store.writing(self._pool, scene.tenant) as connection:
            await write_receipt(
                connection, scene.tenant, served, f"accounts.{name}", fields, level="C2",
                records=count,
            )  # fmt: skip

    async def _balance(
        self, request: Request, scene: RunningScene, name: str, owner: Member
    ) -> dict[str, Any]:
        request.query()
        async with store.reading(self._pool, scene.tenant) as connection:
            row = await store.read_balance(connection, scene.tenant, scene.id, name, owner.id)
        if row is None:
            raise _not_found()
        currency, posted, held = row["currency"], row["posted"], row["held"]
        return {
            "account": name,
            "party": owner.ref,
            "currency": currency,
            "balance": format_money(posted, currency),
            "held": format_money(held, currency),
            "available": format_money(posted - held, currency),
            "at": _tenant_time(row["at"], row["clocks"], scene.tenant),
        }

    async def _entries(
        self, request: Request, scene: RunningScene, name: str, owner: Member, viewer: Viewer
    ) -> Response:
        query = request.query("limit", "cursor")
        limit = limit_of(query)
        purpose = f"entries:{scene.tenant}:{scene.id}:{name}:{owner.id}"
        before = LAST
        if "cursor" in query:
            seq, n = await self._cursors.open(purpose, query["cursor"])
            before = (seq, n)
        async with store.reading(self._pool, scene.tenant) as connection:
            row = await store.read_balance(connection, scene.tenant, scene.id, name, owner.id)
            if row is None:
                raise _not_found()
            entries = await read_statement(
                connection, scene.tenant, row["id"], before=before, limit=limit
            )
            last = (entries[-1].seq, entries[-1].n) if entries else before
            more = len(entries) == limit and await read_statement(
                connection, scene.tenant, row["id"], before=last, limit=1
            )
        data = [
            {
                "seq": entry.seq,
                "n": entry.n,
                "at": format_time(entry.at),
                "flow": entry.flow,
                "amount": format_money(entry.amount, entry.currency),
                "balance": format_money(entry.balance, entry.currency),
            }
            for entry in entries
        ]
        await self._note(scene, viewer, name, ["seq", "at", "flow", "amount", "balance"], len(data))
        next_cursor = await self._cursors.seal(purpose, list(last)) if more else None
        return page(data, next_cursor, has_more=bool(more))


def _tenant_time(at: datetime, clocks: str, tenant: int) -> str:
    offset = offsets_of(clocks).get(tenant)
    return format_time(at if offset is None else at + offset)


def _not_found() -> NotFound:
    return NotFound("there is no such account", code="ledger.account_not_found")
