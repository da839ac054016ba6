"""SQL of the spectrum: sums by scene, where preferences stand, and when they changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from enscene.customers.spectrum.band import Band
from enscene.customers.spectrum.formula import Evidence, Formula, Tone
from enscene.kernel.ids import new_uuid

Connection: TypeAlias = "asyncpg.Connection[Any]"
LOCK = 7304


class Subject(NamedTuple):
    """Whose preference for what: `value` is '' but for a topic that is kept for each text apart."""

    customer: int
    topic: str
    value: str


class Where(NamedTuple):
    """Where it comes from: the scene, and the application's consent (0: none)."""

    scene: int
    consent: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The sums of one subject from one place, with the formula by which they fade."""

    subject: Subject
    where: Where
    formula: Formula
    tone: Tone


@dataclass(frozen=True, slots=True)
class Standing:
    """The band in which a preference is, since when, and when it leaves it by itself."""

    band: Band
    since: datetime
    falls_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """A preference that has left its band; `source` is the event that brought it, '' where it faded."""

    subject: Subject
    at: datetime
    before: Band
    after: Band
    preference: int
    attitude: int
    source: str = ""


_TONE = """customer, topic, value, scene, consent, half_life, half_at, doubt, at, speaks_for,
  speaks_against, pieces, first, last, kept"""
_SUBJECTS = "unnest($2::bigint[], $3::text[], $4::text[]) as u(customer, topic, value)"
_MATCH = "t.tenant = $1 and t.customer = u.customer and t.topic = u.topic and t.value = u.value"
# A plan that was made while the tables were empty is kept: it shall look each subject up by the key
# (`offset 0`), not walk through the tables.
_LOOK_UP = (
    f"select t.* from {_SUBJECTS} cross join lateral (select * from %s t where {_MATCH} offset 0) t"
)
_TONES = _LOOK_UP % "spectrum_tone"
_TONES_OF = "select * from spectrum_tone where tenant = $1 and customer = $2"
_STANDINGS = _LOOK_UP % "spectrum_standing"
_PUT_TONES = f"""
insert into spectrum_tone (tenant, {_TONE})
select $1, customer, topic, value, scene, consent, half_life, half_at, doubt, at, speaks_for,
       speaks_against, pieces, first, last, kept::jsonb
  from unnest($2::bigint[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::float8[],
    $8::float8[], $9::float8[], $10::timestamptz[], $11::float8[], $12::float8[], $13::int[],
    $14::timestamptz[], $15::timestamptz[], $16::text[]) as u({_TONE})
on conflict (tenant, customer, topic, value, scene, consent) do update
   set half_life = excluded.half_life, half_at = excluded.half_at, doubt = excluded.doubt,
       at = excluded.at, speaks_for = excluded.speaks_for, speaks_against = excluded.speaks_against,
       pieces = excluded.pieces, first = excluded.first, last = excluded.last, kept = excluded.kept"""
_PUT_STANDINGS = """
insert into spectrum_standing (tenant, customer, topic, value, band, since, falls_at)
select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                         $7::timestamptz[])
on conflict (tenant, customer, topic, value) do update
   set band = excluded.band, since = excluded.since, falls_at = excluded.falls_at"""
_PUT_CHANGES = """
insert into spectrum_change (tenant, id, customer, topic, value, at, before, after, preference,
                             attitude, source)
select $1, * from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[],
                         $7::text[], $8::text[], $9::int[], $10::int[], $11::text[])"""
_FORGET = f"delete from {{table}} t using {_SUBJECTS} where {_MATCH}"
# Of what one customer shows in many things the strongest are kept, as they stand now.
_WEAKEST = """
select customer, topic, value from (
  select t.customer, t.topic, t.value, u.most,
         row_number() over (partition by t.customer, t.topic order by
           sum((t.speaks_for + t.speaks_against)
               * power(2, -greatest(extract(epoch from $5::timestamptz - t.at), 0) / 86400
                          / t.half_life)) desc, t.value) as n
    from unnest($2::bigint[], $3::text[], $4::int[]) as u(customer, topic, most)
    join spectrum_tone t on t.tenant = $1 and t.customer = u.customer and t.topic = u.topic
   group by t.customer, t.topic, t.value, u.most) ranked
 where n > most"""
_FALLING = """
select customer, topic, value from spectrum_standing
 where tenant = $1 and falls_at <= $2 order by falls_at limit $3"""
_UNTOLD = """
select c.id, c.topic, c.value, c.at, c.before, c.after, c.preference, c.attitude, p.ref
  from spectrum_change c join party p on p.tenant = c.tenant and p.id = c.customer
 where c.tenant = $1 and c.seq is null order by c.at, c.id limit $2 for update of c"""
_WAITING = """
select t.tenant,
       exists (select from spectrum_standing s where s.tenant = t.tenant and s.falls_at <= t.now),
       exists (select from spectrum_change c where c.tenant = t.tenant and c.seq is null)
  from unnest($1::int[], $2::timestamptz[]) as t(tenant, now) order by t.tenant"""
_NOW = """
select t.id, clock_timestamp()
       + make_interval(secs => coalesce((s.clocks->>t.id::text)::bigint, 0) / 1e6) as now
  from tenant t join shard s on s.id = t.shard
 where ($1::int is null or t.shard = $1) and ($2::int is null or t.id = $2) order by t.id"""
_SAID = """
select u.customer, u.scene, bool_and(c.granted), bool_or(s.customer is not null and s.seq is null),
       coalesce(max(s.seq), 0)
  from unnest($2::bigint[], $3::int[]) as u(customer, scene)
  left join consent c on c.tenant = $1 and c.scene = u.scene and c.party = u.customer and c.item = $4
  left join spectrum_since s on s.tenant = $1 and s.customer = u.customer and s.scene in (0, u.scene)
 group by u.customer, u.scene"""
_CLOSE = """
insert into spectrum_since (tenant, customer, scene, seq) values ($1, $2, $3, null)
on conflict (tenant, customer, scene) do update set seq = null"""
_OPEN = """
update spectrum_since c set seq = s.seq from tenant t join shard s on s.id = t.shard
 where c.tenant = $1 and c.customer = $2 and c.scene = $3 and c.seq is null and t.id = $1"""


async def lock_spectrum(connection: Connection, tenant: int) -> None:
    """Whoever counts and whoever clears do so one after the other: nothing is counted meanwhile on
    the strength of what is being withdrawn. Held until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock($1, $2)", LOCK, tenant)


async def read_times(
    connection: Connection, shard: int | None = None, tenant: int | None = None
) -> dict[int, datetime]:
    """What the clocks of tenants say: those of a shard, or one."""
    return {row[0]: row[1] for row in await connection.fetch(_NOW, shard, tenant)}


async def read_tones(
    connection: Connection, tenant: int, subjects: Collection[Subject]
) -> list[Kept]:
    """The sums of these subjects, from everywhere."""
    rows = await connection.fetch(_TONES, tenant, *_columns(subjects))
    return [_kept(row) for row in rows]


async def read_tones_of(connection: Connection, tenant: int, customer: int) -> list[Kept]:
    """All sums of one customer."""
    return [_kept(row) for row in await connection.fetch(_TONES_OF, tenant, customer)]


async def put_tones(connection: Connection, tenant: int, kept: Sequence[Kept]) -> None:
    """Keep these sums."""
    rows = [
        (
            *each.subject, *each.where, each.formula.half_life_days, each.formula.half_at,
            each.formula.doubt, each.tone.at, each.tone.speaks_for, each.tone.speaks_against,
            each.tone.pieces, each.tone.first, each.tone.last,
            json.dumps([[e.at.isoformat(), e.strength, e.source] for e in each.tone.kept]),
        )
        for each in kept
    ]  # fmt: skip
    if rows:
        await connection.execute(_PUT_TONES, tenant, *map(list, zip(*rows, strict=True)))


async def read_standings(
    connection: Connection, tenant: int, subjects: Collection[Subject]
) -> dict[Subject, Standing]:
    """Where these preferences stand; a subject that is new has none."""
    rows = await connection.fetch(_STANDINGS, tenant, *_columns(subjects))
    return {_subject(row): Standing(row["band"], row["since"], row["falls_at"]) for row in rows}


async def read_standings_of(
    connection: Connection, tenant: int, customer: int
) -> dict[Subject, Standing]:
    """Where all preferences of one customer stand."""
    rows = await connection.fetch(
        "select * from spectrum_standing where tenant = $1 and customer = $2", tenant, customer
    )
    return {_subject(row): Standing(row["band"], row["since"], row["falls_at"]) for row in rows}


async def put_standings(
    connection: Connection, tenant: int, standings: Mapping[Subject, Standing]
) -> None:
    """Keep where they stand."""
    if standings:
        of = standings.values()
        await connection.execute(
            _PUT_STANDINGS, tenant, *_columns(standings), [each.band for each in of],
            [each.since for each in of], [each.falls_at for each in of],
        )  # fmt: skip


async def put_changes(connection: Connection, tenant: int, changes: Sequence[Change]) -> None:
    """Keep what has changed, not told yet."""
    rows = [
        (new_uuid(), *c.subject, c.at, c.before, c.after, c.preference, c.attitude, c.source)
        for c in changes
    ]
    if rows:
        await connection.execute(_PUT_CHANGES, tenant, *map(list, zip(*rows, strict=True)))


async def read_changes_of(connection: Connection, tenant: int, customer: int) -> list[Change]:
    """What has changed of one customer, the newest first."""
    rows = await connection.fetch(
        "select * from spectrum_change where tenant = $1 and customer = $2 order by at desc, id desc",
        tenant,
        customer,
    )
    return [
        Change(
            _subject(row), row["at"], row["before"], row["after"], row["preference"],
            row["attitude"], row["source"],
        )
        for row in rows
    ]  # fmt: skip


async def count_untold(connection: Connection, tenant: int, limit: int) -> int:
    """How many changes stand in no log yet, at most so many."""
    found: int = await connection.fetchval(
        "select count(*) from (select from spectrum_change where tenant = $1 and seq is null "
        "limit $2) untold",
        tenant,
        limit,
    )
    return found


async def read_untold(connection: Connection, tenant: int, limit: int) -> list[Any]:
    """Changes that stand in no log yet, locked: id, topic, value, at, before, after, preference,
    attitude, ref of the customer."""
    rows: list[Any] = await connection.fetch(_UNTOLD, tenant, limit)
    return rows


async def note_told(connection: Connection, tenant: int, ids: Sequence[Any], first: int) -> None:
    """They stand in the log from number `first` on, one after the other."""
    await connection.execute(
        "update spectrum_change c set seq = $3 + u.n - 1 "
        "from unnest($2::uuid[]) with ordinality as u(id, n) where c.tenant = $1 and c.id = u.id",
        tenant,
        list(ids),
        first,
    )


async def find_falling(
    connection: Connection, tenant: int, now: datetime, limit: int
) -> list[Subject]:
    """Whose preference has left its band by itself by now."""
    return [_subject(row) for row in await connection.fetch(_FALLING, tenant, now, limit)]


async def find_waiting(
    connection: Connection, times: Sequence[tuple[int, datetime]]
) -> list[tuple[int, bool, bool]]:
    """Of tenants and what their clocks say: where something has faded by then, or is not told yet."""
    rows = await connection.fetch(
        _WAITING, [each[0] for each in times], [each[1] for each in times]
    )
    return [(row[0], row[1], row[2]) for row in rows if row[1] or row[2]]


async def next_fall_of(connection: Connection, tenant: int) -> datetime | None:
    """When the next one leaves its band."""
    found: datetime | None = await connection.fetchval(
        "select min(falls_at) from spectrum_standing where tenant = $1", tenant
    )
    return found


async def find_weakest(
    connection: Connection, tenant: int, most: Mapping[tuple[int, str], int], now: datetime
) -> list[Subject]:
    """Of topics that are kept for each text apart: what is more than so many of (customer, topic)."""
    rows = await connection.fetch(
        _WEAKEST, tenant, [key[0] for key in most], [key[1] for key in most], list(most.values()),
        now,
    )  # fmt: skip
    return [_subject(row) for row in rows]


async def drop_subjects(
    connection: Connection, tenant: int, subjects: Collection[Subject], *tables: str
) -> None:
    """Delete their rows of these tables."""
    for table in tables if subjects else ():
        await connection.execute(_FORGET.format(table=table), tenant, *_columns(subjects))


async def drop_tones(
    connection: Connection, tenant: int, customer: int, scene: int | None, consent: int | None
) -> list[Subject]:
    """Delete what came from a scene, or was done under a consent; of which subjects."""
    rows = await connection.fetch(
        "delete from spectrum_tone where tenant = $1 and customer = $2 "
        "and ($3::int is null or scene = $3) and ($4::bigint is null or consent = $4) "
        "returning customer, topic, value",
        tenant,
        customer,
        scene,
        consent,
    )
    return list({_subject(row): None for row in rows})


async def move_cursor(connection: Connection, tenant: int, seq: int) -> int:
    """Count the log up to `seq` from now on; how far it had been counted."""
    before: int = await connection.fetchval(
        "with old as (select seq from spectrum_read where tenant = $1), put as ("
        "insert into spectrum_read as r (tenant, seq) values ($1, $2) "
        "on conflict (tenant) do update set seq = greatest(r.seq, excluded.seq)) "
        "select coalesce((select seq from old), 0)",
        tenant,
        seq,
    )
    return before


async def read_said(
    connection: Connection, tenant: int, pairs: Collection[tuple[int, int]], item: str
) -> dict[tuple[int, int], tuple[bool | None, bool, int]]:
    """By (customer, scene): what was said of the item (None: nothing), whether nothing counts, and
    the number of the log after which it does."""
    rows = await connection.fetch(
        _SAID, tenant, [pair[0] for pair in pairs], [pair[1] for pair in pairs], item
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


async def close_scene(connection: Connection, tenant: int, customer: int, scene: int) -> None:
    """From now on nothing counts of what the customer did there; scene 0: anywhere."""
    await connection.execute(_CLOSE, tenant, customer, scene)


async def open_scene(connection: Connection, tenant: int, customer: int, scene: int) -> None:
    """What the customer does there from now on counts again."""
    await connection.execute(_OPEN, tenant, customer, scene)


def _columns(subjects: Collection[Subject]) -> tuple[list[int], list[str], list[str]]:
    return [s.customer for s in subjects], [s.topic for s in subjects], [s.value for s in subjects]


def _subject(row: Any) -> Subject:
    return Subject(row["customer"], row["topic"], row["value"])


def _kept(row: Any) -> Kept:
    tone = Tone(
        at=row["at"],
        speaks_for=row["speaks_for"],
        speaks_against=row["speaks_against"],
        pieces=row["pieces"],
        first=row["first"],
        last=row["last"],
        kept=tuple(
            Evidence(datetime.fromisoformat(at), strength, source)
            for at, strength, source in row["kept"]
        ),
    )
    formula = Formula(row["half_life"], row["half_at"], row["doubt"])
    return Kept(_subject(row), Where(row["scene"], row["consent"]), formula, tone)
