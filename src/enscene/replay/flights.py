"""Insure every recorded flight once, then play the flight feed: claims pay by themselves.

Any run goes on from what is stored: policies and reports that are there are not sent again, and
what is sent twice has the same key.
"""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.kernel.errors import Invalid, Unavailable
from enscene.ledger import verify_ledger
from enscene.replay._tenant import replay_tenant
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import Pack
from enscene.scenes.reactions import Reactor
from enscene.scenes.runtime import Actor, Call, RunningScene, SceneHost

TENANT = "replay-flights"
SCENE = "travel"
TRAVELLERS = 500
IN_FLIGHT = 2_000
CHUNK = 10_000
COLUMNS = ("year", "month", "day", "dep_time", "arr_delay", "carrier", "flight", "origin")

Tell = Callable[[str, int, int], None]
"""Told the phase, how many are done, how many there are (0: not known)."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One row: `key` is carrier, number, date and origin; `delay` is in minutes."""

    key: str
    departed: bool
    delay: int | None


@dataclass(frozen=True, slots=True)
class FlightsReport:
    """Read back from the ledger and the things; money in minor units."""

    policies: int
    claims_delay: int
    claims_cancelled: int
    undetermined: int
    paid_minor: int
    premiums_minor: int
    posted: int
    verified: bool


def read_flights(folder: Path) -> Iterator[Flight]:
    """Rows of the folder's CSV files, also inside ZIP files. Raises: Invalid, with the line."""
    sources = sorted([*folder.glob("*.csv.zip"), *folder.glob("flights*.csv")])
    sources = [source for source in sources if source.name.startswith("flights")]
    if not sources:
        raise Invalid(f"there is no flights*.csv or flights*.csv.zip in {folder}", param="folder")
    for source in sources:
        try:
            yield from _flights_of(source)
        except (UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError, csv.Error) as error:
            raise Invalid(f"{source.name}: this is no such file: {error}") from error


def _flights_of(source: Path) -> Iterator[Flight]:
    if source.suffix == ".zip":
        with zipfile.ZipFile(source) as archive:
            for name in archive.namelist():
                with archive.open(name) as raw:
                    yield from _rows(io.TextIOWrapper(raw, "utf-8", newline=""), name)
    else:
        with source.open(encoding="utf-8", newline="") as text:
            yield from _rows(text, source.name)


def _rows(text: io.TextIOBase, name: str) -> Iterator[Flight]:
    reader = csv.reader(text)
    header = next(reader, [])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise Invalid(f"{name}:1: there is no column {missing[0]}")
    year, month, day, departure, delay, carrier, number, origin = map(header.index, COLUMNS)
    for row in reader:
        try:
            date = f"{int(row[year]):04d}-{int(row[month]):02d}-{int(row[day]):02d}"
            minutes = None if row[delay] in ("", "NA") else round(float(row[delay]))
        except (ValueError, IndexError, OverflowError):
            raise Invalid(f"{name}:{reader.line_num}: this is not a flight") from None
        yield Flight(
            f"{row[carrier]}{row[number]}-{date}-{row[origin]}",
            row[departure] not in ("", "NA"),
            minutes,
        )


async def replay_flights(
    pool: asyncpg.Pool[Any], pack: Pack, folder: Path, *, tell: Tell
) -> FlightsReport:
    """Replay the folder. Raises: Invalid (not such data)."""
    host = SceneHost(pool)
    tenant = await replay_tenant(pool, TENANT, zone="America/New_York", currency=pack.currency)
    scene = await _open_scene(pool, host, tenant.id, pack)
    transfers = await _count(pool, scene, "select count(*) from transfer where tenant = $1")
    reactor = Reactor(pool, host, scene.shard)
    for phase, thing, make in (
        ("insure", "policy", _insure), ("feed", "flight", _report),
    ):  # fmt: skip
        known = await _known_keys(pool, scene, thing)
        done = 0
        flights = read_flights(folder)
        while chunk := list(islice(flights, CHUNK)):
            calls = [make(scene, flight) for flight in chunk if _key(thing, flight) not in known]
            await asyncio.gather(_perform(host, calls), reactor.settle(scene.tenant))
            done += len(chunk)
            tell(phase, done, 0)
    await reactor.settle(scene.tenant)
    report = await _read_back(pool, scene, transfers)
    await host.close()
    return report


async def _open_scene(
    pool: asyncpg.Pool[Any], host: SceneHost, tenant: int, pack: Pack
) -> RunningScene:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        known = await connection.fetchval(
            "select id from scene where tenant = $1 and ref = $2", tenant, SCENE
        )
        if known is None:
            order = SceneOrder(SCENE, "2013", parts={"delay_cover": True})
            await create_scene(connection, tenant, pack, order, "replay")
            for state in ("sandbox", "live"):
                await change_state(connection, tenant, SCENE, state, "replay")
    scene = await host.scene(tenant, SCENE)
    async with pool.acquire() as connection, connection.transaction():
        parties = scene.pack.parties
        people = [
            Enrolment(f"traveller-{n}", "traveller", parties["traveller"].is_a)
            for n in range(TRAVELLERS)
        ]
        others = [Enrolment(role, role, parties[role].is_a) for role in ("insurer", "feed", "bank")]
        await enrol(connection, tenant, scene.id, scene.pack, people + others, "replay")
    return scene


def _key(thing: str, flight: Flight) -> str:
    return f"D{flight.key}" if thing == "policy" else flight.key


def _insure(scene: RunningScene, flight: Flight) -> Call:
    # Who is insured follows from the flight, so that a repeated row is the same request.
    traveller = f"traveller-{zlib.crc32(flight.key.encode()) % TRAVELLERS}"
    given = {"policy": f"D{flight.key}", "flight": flight.key}
    actor = Actor(traveller, "traveller", "replay")
    return Call(scene.tenant, scene.ref, "buy_cover", actor, given, f"D{flight.key}")


def _report(scene: RunningScene, flight: Flight) -> Call:
    given: dict[str, Any] = {"flight": flight.key}
    if not flight.departed:
        action = "report_cancelled"
    elif flight.delay is None:
        action = "report_departed"
    else:
        action, given["delay"] = "report_landed", flight.delay
    actor = Actor("feed", "feed", "replay")
    return Call(scene.tenant, scene.ref, action, actor, given, flight.key)


async def _perform(host: SceneHost, calls: list[Call]) -> None:
    queue = iter(calls)

    async def worker() -> None:
        for call in queue:
            reply = await host.perform(call)
            if reply.refused:
                raise Unavailable(f"{call.action} of {call.key} was refused: {reply.body}")

    await asyncio.gather(*(worker() for _ in range(min(IN_FLIGHT, len(calls)))))


async def _known_keys(pool: asyncpg.Pool[Any], scene: RunningScene, thing: str) -> set[str]:
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [scene.tenant])
        rows = await connection.fetch(
            "select key from thing where tenant = $1 and scene = $2 and type = $3",
            scene.tenant,
            scene.id,
            thing,
        )
    return {row[0] for row in rows}


async def _count(pool: asyncpg.Pool[Any], scene: RunningScene, query: str) -> int:
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [scene.tenant], all_rows=True)
        found: int = await connection.fetchval(query, scene.tenant)
        return found


_CLAIMS = """
select count(*) from thing p join thing f
    on f.tenant = p.tenant and f.scene = p.scene and f.type = 'flight' and f.key = p.bind
 where p.tenant = $1 and p.type = 'policy' and p.state = 'claimed' and f.state = '{}'"""
_FLOW = "select coalesce(sum(amount), 0)::bigint from transfer where tenant = $1 and flow = '{}'"


async def _read_back(
    pool: asyncpg.Pool[Any], scene: RunningScene, transfers_before: int
) -> FlightsReport:
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, scene.tenant)
    queries = {
        "policies": "select count(*) from thing where tenant = $1 and type = 'policy'",
        "claims_delay": _CLAIMS.format("landed"),
        "claims_cancelled": _CLAIMS.format("cancelled"),
        "undetermined": "select count(*) from work_case where tenant = $1 and state = 'open'",
        "paid_minor": _FLOW.format("pay_cover"),
        "premiums_minor": _FLOW.format("pay_premium"),
    }
    figures = {name: await _count(pool, scene, query) for name, query in queries.items()}
    return FlightsReport(
        **figures, posted=verdict.transfers - transfers_before, verified=verdict.verified
    )
