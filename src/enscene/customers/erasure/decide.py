"""Two of the bank's people decide: one looks and says what is right, another decides so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from enscene.customers.erasure import store
from enscene.customers.erasure.ask import Erasure
from enscene.customers.erasure.stands import check_nothing_stands, what_stands
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid

WHY_LEAST, WHY_MOST = 4, 500
VERDICTS = ("erase", "refuse")


@dataclass(frozen=True, slots=True)
class LegalHold:
    """`ref` is the customer's; `set_at` the real time."""

    id: UUID
    ref: str
    why: str
    set_by: str
    set_at: datetime


async def read_erasure(connection: store.Connection, tenant: int, erasure: UUID) -> Erasure:
    """One of them, locked. Raises: NotFound."""
    row = await store.read_erasure(connection, tenant, erasure)
    if row is None:
        raise NotFound("there is no such erasure", code="erasure.unknown")
    return Erasure(*row)


async def check_erasure(
    connection: store.Connection, tenant: int, erasure: UUID, who: str, verdict: str, why: str
) -> None:
    """The first person's word. Raises: NotFound, Invalid, Conflict (decided), Refused (something
    stands against it)."""
    found = await read_erasure(connection, tenant, erasure)
    if found.state != "asked":
        raise Conflict("this was looked at already", code="erasure.decided")
    if verdict not in VERDICTS:
        raise Invalid("erase or refuse", code="erasure.verdict", param="verdict")
    _check_why(why)
    if verdict == "erase":
        check_nothing_stands(await what_stands(connection, tenant, found.party, found.ref))
    await store.check_erasure(connection, tenant, erasure, verdict, why, who)


async def confirm_refusal(
    connection: store.Connection, tenant: int, erasure: UUID, who: str
) -> None:
    """The second person agrees that it is refused. Raises: NotFound, Forbidden, Conflict."""
    found = await read_erasure(connection, tenant, erasure)
    check_ready(found, who, "refuse")
    await store.end_erasure(connection, tenant, erasure, "refused", who, None, None)


async def give_back_erasure(
    connection: store.Connection, tenant: int, erasure: UUID, who: str
) -> None:
    """The second person sees it otherwise: somebody looks again. Raises: as `confirm_refusal`."""
    found = await read_erasure(connection, tenant, erasure)
    check_ready(found, who, found.verdict or "")
    await store.give_back(connection, tenant, erasure)


def check_ready(found: Erasure, who: str, verdict: str) -> None:
    """Raises: Conflict (not looked at, or over), Forbidden (the same person)."""
    if found.state != "checked" or found.verdict != verdict:
        raise Conflict("this is not to be decided so", code="erasure.decided")
    check_second(found.checked_by, who)


@control("erasure_second_person")
def check_second(checked_by: str | None, who: str) -> None:
    """Raises: Forbidden("erasure.own")."""
    if checked_by == who:
        raise Forbidden(
            "whoever looked at it does not decide", code="erasure.own",
            hint="a second person decides",
        )  # fmt: skip


async def set_legal_hold(
    connection: store.Connection, tenant: int, party: int, why: str, who: str
) -> None:
    """The law or an authority has it all kept, until another person lifts it. Raises: Invalid."""
    _check_why(why)
    await store.insert_hold(connection, tenant, new_uuid(), party, why, who)


async def list_legal_holds(connection: store.Connection, tenant: int) -> list[LegalHold]:
    """Those that stand, the newest first."""
    return [LegalHold(*row) for row in await store.list_holds(connection, tenant)]


async def lift_legal_hold(connection: store.Connection, tenant: int, hold: UUID, who: str) -> None:
    """Raises: NotFound, Forbidden (the same person)."""
    row = await store.read_hold(connection, tenant, hold)
    if row is None or row["lifted_at"] is not None:
        raise NotFound("there is no such hold", code="erasure.no_hold")
    check_second(row["set_by"], who)
    await store.lift_hold(connection, tenant, hold, who)


def _check_why(why: str) -> None:
    if not WHY_LEAST <= len(why) <= WHY_MOST:
        raise Invalid("a reason is needed, of 4 to 500 characters", code="erasure.why", param="why")
