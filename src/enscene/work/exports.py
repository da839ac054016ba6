"""What leaves the bank as a file: asked for by one person with a reason, granted by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.work import store

DAYS_MOST = 366
WHY_LEAST, WHY_MOST = 4, 500
LASTS = timedelta(hours=24)
"""How long a granted file may be fetched."""


@dataclass(frozen=True, slots=True)
class Export:
    """One of them. Days are the tenant's, both included; `asked_at`, `decided_at` the real time.
    `lasts` says whether it may be fetched now."""

    id: UUID
    kind: str
    about: str
    first_day: date
    last_day: date
    why: str
    asked_by: str
    asked_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    fetched: int
    lasts: bool


async def ask_export(
    connection: store.Connection,
    tenant: int,
    about: str,
    first_day: date,
    last_day: date,
    why: str,
    who: str,
) -> UUID:
    """Ask for the log of a scene from one day to another. Raises: Invalid."""
    if last_day < first_day or (last_day - first_day).days >= DAYS_MOST:
        raise Invalid(
            "the last day is not within a year of the first",
            code="export.days",
            param="last_day",
            hint="ask for fewer days",
        )
    if not WHY_LEAST <= len(why) <= WHY_MOST:
        raise Invalid(
            "a reason is needed", code="export.why", param="why", hint="say what the file is for"
        )
    export = new_uuid()
    await store.insert_export(
        connection, tenant, export, "events", about, first_day, last_day, why, who
    )
    return export


async def decide_export(
    connection: store.Connection, tenant: int, export: UUID, who: str, *, grant: bool
) -> None:
    """Grant or refuse what another asked for. Raises: NotFound, Forbidden, Invalid."""
    found = await read_export(connection, tenant, export)
    check_other(found.asked_by, who)
    if not await store.decide_export(connection, tenant, export, who, grant):
        raise Invalid("this has been decided", code="export.decided")


@control("export_second_person")
def check_other(asked_by: str, who: str) -> None:
    """Raises: Forbidden("export.own")."""
    if asked_by == who:
        raise Forbidden(
            "whoever asked for a file does not grant it",
            code="export.own",
            hint="a second person decides",
        )


async def read_export(connection: store.Connection, tenant: int, export: UUID) -> Export:
    """One of them. Raises: NotFound."""
    row = await store.read_export(connection, tenant, export, LASTS)
    if row is None:
        raise NotFound("there is no such export", code="export.unknown")
    return Export(*row)


async def list_exports(connection: store.Connection, tenant: int) -> list[Export]:
    """The newest first."""
    return [Export(*row) for row in await store.list_exports(connection, tenant, LASTS)]


async def fetch_export(connection: store.Connection, tenant: int, export: UUID, who: str) -> Export:
    """What is to be written into the file now; that it was fetched is kept.

    Raises: NotFound, Forbidden (not granted, not who asked, too late).
    """
    found = await read_export(connection, tenant, export)
    check_granted(found, who)
    await store.count_fetch(connection, tenant, export)
    return found


@control("export_granted")
def check_granted(found: Export, who: str) -> None:
    """Raises: Forbidden("export.closed")."""
    if found.asked_by != who or found.state != "granted" or not found.lasts:
        raise Forbidden(
            "this file is not open to you",
            code="export.closed",
            hint="only who asked may fetch it, within a day of its being granted",
        )
