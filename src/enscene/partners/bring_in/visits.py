"""Lead a customer to an outside scene: a code that is good once, for a moment, for that partner."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import new_uuid, public_id
from enscene.partners import store
from enscene.partners.bring_in import store as sql
from enscene.partners.bring_in.entry import Entry, entry_not_found

CODE_LIFE = timedelta(seconds=60)
"""Real time, whatever the clock of a sandbox says."""
SLOTS = 16
PERSON, VISIT = "per", "vis"


@dataclass(frozen=True, slots=True)
class Tile:
    """An entry as customers see it, with the name of its partner."""

    entry: Entry
    partner: str


@dataclass(frozen=True, slots=True)
class Led:
    """Where a customer is led: the address with its code, once."""

    entry: Entry
    address: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came, as their partner knows them: `person` stays the same for that partner, and is
    nothing to any other."""

    visit: UUID
    person: UUID
    entry: Entry
    language: str
    at: datetime


async def list_tiles(pool: store.Pool, tenant: int, *, count: bool = True) -> list[Tile]:
    """What is open now, in its order; counted as shown."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        found = [Tile(entry, name) for entry, name, *_ in await sql.list_open(connection, tenant)]
        now = await sql.read_now(connection, tenant)
    if found and count:
        async with store.admitted(pool, tenant) as connection:
            await sql.count_shown(
                connection, tenant, [each.entry.id for each in found],
                local_day(now["now"], now["zone"]), secrets.randbelow(SLOTS),
            )  # fmt: skip
    return found


async def open_visit(
    pool: store.Pool, tenant: int, entry: UUID, customer: int, language: str
) -> Led:
    """Make a code for this customer and entry. Raises: NotFound, where it is not open."""
    code = secrets.token_urlsafe(32)
    async with store.admitted(pool, tenant) as connection:
        found = await find_open(connection, tenant, entry)
        now = await sql.read_now(connection, tenant)
        await sql.insert_visit(
            connection, tenant, new_uuid(), entry, found.partner, customer, _digest(code), language,
            now["now"], local_day(now["now"], now["zone"]), CODE_LIFE,
        )  # fmt: skip
    return Led(found, _with(found.url, visit_code=code, language=language))


async def find_open(connection: store.Connection, tenant: int, entry: UUID) -> Entry:
    """The entry, if customers may open it. Raises: NotFound."""
    open_ = {each.id: each for each, *_ in await sql.list_open(connection, tenant)}
    if entry not in open_:
        raise entry_not_found()
    return open_[entry]


async def exchange_code(pool: store.Pool, tenant: int, app: int, code: str, origin: str) -> Arrived:
    """Who comes with a code, told once to the live application of the partner that it was made
    for. `origin` is that of the page where the code arrived.

    Raises: Invalid("brought_in.bad_code"), the same for one that is unknown, used, over, another
    partner's or from another origin; NotFound("brought_in.no_partner").
    """
    digest = _digest(code)
    async with store.admitted(pool, tenant) as connection:
        partner = await partner_of_app(connection, tenant, app)
        found = await sql.find_code(connection, tenant, digest)
        check_code(partner, origin, None if found is None else (found["partner"], found["origin"]))
        assert found is not None, "it was checked"
        now = await sql.read_now(connection, tenant)
        row = await sql.arrive(connection, tenant, digest, found["partner"], now["now"])
        if row is None:
            raise _bad_code()
        entry = await find_open(connection, tenant, row["entry"])
        pseudonym = UUID(bytes=secrets.token_bytes(16))
        person = await sql.put_person(
            connection, tenant, found["partner"], row["customer"], pseudonym
        )
        return Arrived(row["id"], person, entry, row["language"], row["at"])


@control("brought_in_code")
def check_code(partner: UUID, origin: str, found: tuple[UUID, str] | None) -> None:
    """A code is its partner's, at the origin of its entry. Raises: Invalid."""
    if found != (partner, origin):
        raise _bad_code()


async def partner_of_app(connection: store.Connection, tenant: int, app: int) -> UUID:
    """The live partner whose application it is. Raises: NotFound."""
    partner: UUID | None = await connection.fetchval(
        "select id from partner where tenant = $1 and live_app = $2 and stage = 'live'", tenant, app
    )
    if partner is None:
        raise NotFound("this application brings nothing in", code="brought_in.no_partner")
    return partner


def person_name(pseudonym: UUID) -> str:
    """`per_…`."""
    return public_id(PERSON, pseudonym)


def visit_name(visit: UUID) -> str:
    """`vis_…`."""
    return public_id(VISIT, visit)


def _bad_code() -> Invalid:
    return Invalid(
        "the code is not known, was used, is over, or is not for you at that origin",
        code="brought_in.bad_code",
        param="code",
    )


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def _with(url: str, **more: str) -> str:
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in more]
    return urlunsplit(parts._replace(query=urlencode([*query, *more.items()])))
