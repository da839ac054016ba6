"""Who is who, over HTTP: a bank's programs show the keys that customers hold, and see, tie and part
those who are one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need, who_of
from enscene.api.lists import answer
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.api.tenancy.serve import check_own
from enscene.commit import admit
from enscene.customers import find_parties
from enscene.customers.identity import (
    KINDS,
    Key,
    KeyKind,
    Tie,
    ask_tie,
    decide_tie,
    list_ties,
    part_parties,
    read_key,
    read_parties_of,
    read_refs,
    read_tails,
    show_keys,
)
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.kernel.ids import check_ref
from enscene.partners.find_partner import partner_behind
from enscene.storage import Seal

READ, WRITE, APPROVE = "identity:read", "identity:write", "identity:approve"
CUSTOMERS_MOST, KEYS_MOST = 500, 8
_HOLDS: Mapping[KeyKind, bool] = {"ric": True, "uscc": False, "bank_number": True, "phone": True}
"""Whether a person may hold a key of the kind; a firm may hold all but an identity card."""


class KeyOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A number as it was shown."""

    kind: KeyKind
    number: str


class HolderOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody, and what they hold."""

    customer: str
    keys: list[KeyOrder]


class KeysOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/identity/keys`."""

    customers: list[HolderOrder]


class TieOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/identity/ties`."""

    customer: str
    other: str
    note: str


class VerdictOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/identity/ties/{tie}/decide`."""

    approve: bool


class PartOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/identity/customers/{ref}/part`."""

    note: str


class IdentityDoor:
    """`/v1/identity`."""

    def __init__(self, pool: Pool, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return path[1:2] == ["identity"] and len(path) > 2

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer it. Raises: Forbidden (a customer's token, a partner's application)."""
        if caller.mandate is not None:
            raise Forbidden(
                "a token of a customer opens nothing here: use the application's own",
                code="tenancy.own_token",
            )
        check_own(await partner_behind(self._pool, caller.tenant, caller.app.id))
        caller.require_level("A2")
        request.query()
        method = "GET" if request.method == "HEAD" else request.method
        match request.path[2:], method:
            case ["keys"], "POST":
                need(caller, WRITE)
                return await self._show(request, caller)
            case ["customers", ref], "GET":
                need(caller, READ, WRITE, APPROVE)
                return await self._customer(caller, ref)
            case ["customers", ref, "part"], "POST":
                need(caller, WRITE)
                return await self._part(request, caller, ref)
            case ["ties"], "POST":
                need(caller, WRITE)
                return await self._tie(request, caller)
            case ["ties", tie, "decide"], "POST":
                need(caller, APPROVE)
                return await self._decide(request, caller, tie)
            case ["keys"] | ["ties"] | ["ties", _, "decide"] | ["customers", _, "part"], _:
                raise wrong_method("POST")
            case ["customers", _], _:
                raise wrong_method("GET")
        raise not_found()

    async def _show(self, request: Request, caller: Caller) -> Response:
        """All of them or none; the same again changes nothing, so that it needs no key of its own."""
        order = convert(await request.json_body(), KeysOrder)
        keys = _read_keys(self._seal, order)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [caller.tenant])
            held: dict[int, list[Key]] = {}
            found = await find_parties(connection, caller.tenant, set(keys))
            for n, each in enumerate(order.customers):
                party, kind = _known(found, each.customer, f"customers[{n}].customer")
                for m, key in enumerate(each.keys):
                    _check_holder(kind, key.kind, f"customers[{n}].keys[{m}].kind")
                held.setdefault(party, []).extend(keys[each.customer])
            shown = await show_keys(connection, caller.tenant, held, who_of(caller))
            ties = [*shown.tied, *shown.asked]
            names = await _names(connection, caller.tenant, ties)
        return answer({
            "tied": [tie_told(each, names) for each in shown.tied],
            "asked": [tie_told(each, names) for each in shown.asked],
        })  # fmt: skip

    async def _customer(self, caller: Caller, ref: str) -> Response:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [caller.tenant])
            party = await _party(connection, caller.tenant, ref)
            parties = await read_parties_of(connection, caller.tenant, party)
            tails = await read_tails(connection, caller.tenant, parties)
            ties = await list_ties(connection, caller.tenant, parties)
            names = await _names(connection, caller.tenant, ties, parties)
        return answer({
            "customer": ref,
            "parties": [
                {"ref": names[each], "keys": [
                    {"kind": kind, "tail": tail} for who, kind, tail in tails if who == each
                ]}
                for each in parties
            ],
            "ties": [tie_told(each, names) for each in ties],
        })  # fmt: skip

    async def _tie(self, request: Request, caller: Caller) -> Response:
        key_of(request)
        order = convert(await request.json_body(), TieOrder)
        check_ref(order.customer, param="customer")
        check_ref(order.other, param="other")
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [caller.tenant])
            found = await find_parties(connection, caller.tenant, {order.customer, order.other})
            one, kind = _known(found, order.customer, "customer")
            other, another = _known(found, order.other, "other")
            if kind != another:
                raise Invalid(
                    "a person and a firm are not one customer", code="identity.kinds", param="other"
                )
            tie = await ask_tie(connection, caller.tenant, one, other, order.note, who_of(caller))
        return answer(tie_told(tie, {one: order.customer, other: order.other}))

    async def _decide(self, request: Request, caller: Caller, text: str) -> Response:
        key_of(request)
        order = convert(await request.json_body(), VerdictOrder)
        try:
            tie = UUID(text)
        except ValueError:
            raise NotFound("there is no such tie", code="identity.not_found") from None
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [caller.tenant])
            done = await decide_tie(
                connection, caller.tenant, tie, approve=order.approve, who=who_of(caller)
            )
            names = await _names(connection, caller.tenant, [done])
        return answer(tie_told(done, names))

    async def _part(self, request: Request, caller: Caller, ref: str) -> Response:
        key_of(request)
        order = convert(await request.json_body(), PartOrder)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [caller.tenant])
            party = await _party(connection, caller.tenant, ref)
            undone = await part_parties(
                connection, caller.tenant, [party], order.note, who_of(caller)
            )
            names = await _names(connection, caller.tenant, undone)
        return answer({"undone": [tie_told(each, names) for each in undone]})


def tie_told(tie: Tie, names: Mapping[int, str]) -> dict[str, Any]:
    """A tie as the API tells it."""
    return {
        "id": str(tie.id), "customers": [names[tie.low], names[tie.high]], "why": tie.why,
        "state": tie.state, "note": tie.note, "made_by": tie.made_by,
        "made_at": format_time(tie.made_at), "decided_by": tie.decided_by,
        "decided_at": None if tie.decided_at is None else format_time(tie.decided_at),
    }  # fmt: skip


def _read_keys(seal: Seal, order: KeysOrder) -> dict[str, list[Key]]:
    """By customer. Raises: Invalid with the place."""
    if not 1 <= len(order.customers) <= CUSTOMERS_MOST:
        raise _count("customers", CUSTOMERS_MOST)
    keys: dict[str, list[Key]] = {}
    for n, each in enumerate(order.customers):
        check_ref(each.customer, param=f"customers[{n}].customer")
        if not 1 <= len(each.keys) <= KEYS_MOST:
            raise _count(f"customers[{n}].keys", KEYS_MOST)
        keys.setdefault(each.customer, []).extend(
            read_key(seal, key.kind, key.number, param=f"customers[{n}].keys[{m}].number")
            for m, key in enumerate(each.keys)
        )
    return keys


def _count(param: str, most: int) -> Invalid:
    return Invalid(f"1 to {most} of them", code="identity.count", param=param, facts={"most": most})


def _check_holder(kind: str, key: KeyKind, param: str) -> None:
    """Nothing but people and firms is a customer: not a device, whoever uses it. Raises: Invalid."""
    fits = _HOLDS[key] if kind == "person" else key != "ric" and kind != "device"
    if not fits:
        raise Invalid(f"no {kind} holds a {key}", code="identity.holder", param=param)


def _known(found: Mapping[str, tuple[int, str]], ref: str, param: str) -> tuple[int, str]:
    if ref not in found:
        raise Invalid("there is no such customer", code="identity.unknown", param=param)
    return found[ref]


async def _party(connection: Any, tenant: int, ref: str) -> int:
    check_ref(ref, param="ref")
    found = (await find_parties(connection, tenant, {ref})).get(ref)
    if found is None:
        raise NotFound("there is no such customer", code="identity.no_customer")
    return found[0]


async def _names(
    connection: Any, tenant: int, ties: Sequence[Tie], parties: Collection[int] = ()
) -> dict[int, str]:
    return await read_refs(
        connection, tenant, {*parties, *(p for tie in ties for p in (tie.low, tie.high))}
    )


assert set(_HOLDS) == set(KINDS)
