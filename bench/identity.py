"""One customer over all scenes, among ten million parties: how long it takes to see who somebody is,
beside the same among a hundred thousand, and whether anybody was taken for somebody else.

Who is the same is known beforehand and told to nobody. Of those who come later most show the bank's
number of somebody who is there; some the phone and the name of somebody, some the phone of somebody
by another name (they are another), some the phone and the name but another identity card (people
have to look). Everybody's phone is that of two others too, as in families.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import md5
from statistics import median
from typing import Any

from enscene.commit import admit
from enscene.customers.identity import Key, KeyKind, part_parties, show_keys
from enscene.storage import Database, open_pool
from enscene.tenants import create_tenant

FEW, MANY = 100_000, 10_000_000
SHORT = 200
ONE_IN = 10
"""Of all parties, those who come later."""
TOGETHER = 1_000
ALONE = 2_000
"""Who come one by one, and are timed."""
PARTED = 300
CHUNK = 500_000
CARD_EACH, CARD = 40, 2
"""Who has shown an identity card: of the 40 people after each other the third."""
_PEOPLE = """
insert into party (tenant, id, ref, kind, name)
select $1, n, 'p' || n, 'person', 'n' || n from generate_series($2::bigint, $3::bigint) n"""
_KEYS = f"""
insert into identity_key (tenant, party, kind, digest, tail, said_by)
select $1, n, k.kind, decode(md5(k.kind || ':' || k.number), 'hex'), '0000', 'bench'
  from generate_series($2::bigint, $3::bigint) n
  cross join lateral (values ('bank_number', n), ('phone', n / 3), ('ric', n)) as k(kind, number)
 where k.kind <> 'ric' or n % {CARD_EACH} = {CARD}"""
_LATER = """
insert into party (tenant, id, ref, kind, name)
select $1, u.id, 'p' || u.id, 'person', u.name from unnest($2::bigint[], $3::text[]) as u(id, name)"""


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures. A short run (half-second loops) has a two-hundredth of the parties."""
    parties = MANY // SHORT if seconds < 1 else MANY
    pool: Any = await open_pool(server.url_app, size_min=2, size_max=4)
    try:
        few = await _play(pool, "few", 0, min(FEW, parties // 4))
        many = await _play(pool, "many", 1_000_000_000, parties)
    finally:
        await pool.close()
    return {
        "few": few, "many": many,
        "ratio_p50": round(many["alone_p50_ms"] / few["alone_p50_ms"], 2),
        "ratio_parted_p50": round(many["parted_p50_ms"] / few["parted_p50_ms"], 2),
        "wrong": few["wrong"] + many["wrong"], "missed": few["missed"] + many["missed"],
    }  # fmt: skip


async def _play(pool: Any, ref: str, first: int, parties: int) -> dict[str, Any]:
    """A tenant of its own; its parties are numbered from `first`."""
    tenant = await create_tenant(pool, ref, ref)
    later = parties // ONE_IN
    there = parties - later
    began = time.perf_counter()
    await _settle_people(pool, tenant.id, first, there)
    made_s = time.perf_counter() - began
    newcomers = list(_newcomers(first, there, later))
    random.Random(7).shuffle(newcomers)
    many, alone = newcomers[:-ALONE], newcomers[-ALONE:]
    began = time.perf_counter()
    asked = 0
    for place in range(0, len(many), TOGETHER):
        asked += await _come(pool, tenant.id, many[place : place + TOGETHER])
    together_s = time.perf_counter() - began
    times = []
    for each in alone:
        began = time.perf_counter()
        asked += await _come(pool, tenant.id, [each])
        times.append(1_000 * (time.perf_counter() - began))
    wrong, missed = await _judge(pool, tenant.id, newcomers)
    wanted = sum(each.asks for each in newcomers)
    parted = await _part(pool, tenant.id, alone)
    return {
        "parties": parties, "made_s": round(made_s, 1),
        "together_per_s": round(len(many) / together_s, 1),
        "alone_p50_ms": round(median(times), 2), "alone_p99_ms": _p99(times),
        "parted_p50_ms": round(median(parted), 2), "parted_p99_ms": _p99(parted),
        "asked": asked, "wrong": wrong + max(0, asked - wanted),
        "missed": missed + max(0, wanted - asked),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who comes later: what they show, and who they are (`of`; themselves where nobody).
    `asks`: people have to look."""

    party: int
    name: str
    keys: Sequence[Key]
    of: int
    asks: bool = False


def _newcomers(first: int, there: int, later: int) -> Iterator[Newcomer]:
    """Two come for each person who comes again, so that many customers are three parties."""
    for n in range(later):
        party, of = first + there + n, first + (n // 2) * (2 * there // later)
        place = n % 20
        if place < 16:
            yield Newcomer(party, f"n{of}", [_key("bank_number", of)], of)
        elif place < 18:
            yield Newcomer(party, f"n{of}", [_key("phone", of // 3)], of)
        elif place == 18:
            yield Newcomer(party, f"other {party}", [_key("phone", of // 3)], party)
        else:
            keys = [_key("phone", of // 3), _key("ric", party)]
            held = of % CARD_EACH == CARD  # then two cards differ, and people have to look
            yield Newcomer(party, f"n{of}", keys, party if held else of, held)


def _key(kind: KeyKind, number: int) -> Key:
    return Key(kind, md5(f"{kind}:{number}".encode(), usedforsecurity=False).digest(), "0000")


async def _settle_people(pool: Any, tenant: int, first: int, there: int) -> None:
    """Those who are there: what showing their keys one by one would leave, for none of them share
    a number of which nobody has two, or a phone and a name."""
    for begin in range(first, first + there, CHUNK):
        end = min(begin + CHUNK, first + there) - 1
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await connection.execute(_PEOPLE, tenant, begin, end)
            await connection.execute(_KEYS, tenant, begin, end)


async def _come(pool: Any, tenant: int, some: Sequence[Newcomer]) -> int:
    """They join a scene and show what they hold; of how many people are asked."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            _LATER, tenant, [each.party for each in some], [each.name for each in some]
        )
        shown = await show_keys(
            connection, tenant, {each.party: each.keys for each in some}, "bench"
        )
        return len(shown.asked)


async def _judge(pool: Any, tenant: int, newcomers: Sequence[Newcomer]) -> tuple[int, int]:
    """How many were taken for another, and how many were not known again."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        rows = await connection.fetch(
            "select party, customer from identity where tenant = $1", tenant
        )
    found = {row[0]: row[1] for row in rows}
    truth = {each.party: each.of for each in newcomers}
    known = {each.of for each in newcomers if each.of != each.party}
    wrong = sum(party != customer and truth.get(party, party) != customer
                for party, customer in found.items())  # fmt: skip
    wrong += sum(party not in known for party, customer in found.items() if party == customer)
    missed = sum(found.get(party, party) != of for party, of in truth.items())
    return wrong, missed


async def _part(pool: Any, tenant: int, newcomers: Sequence[Newcomer]) -> list[float]:
    """Take some out of the customer that they are with others, by a person's word (milliseconds)."""
    times = []
    for each in [each for each in newcomers if each.of != each.party][:PARTED]:
        began = time.perf_counter()
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await part_parties(connection, tenant, [each.party], "another person", "bench")
        times.append(1_000 * (time.perf_counter() - began))
    return times


def _p99(times: Sequence[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.99)], 2)


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("parties who show a key together, per second", result["many"]["together_per_s"], 1_000),
        ("one alone, p99 in ms", result["many"]["alone_p99_ms"], -50.0),
        ("one alone among all / among few", result["ratio_p50"], -2.0),
        ("taken for another", result["wrong"], -0.0),
        ("not known again", result["missed"], -0.0),
    ]
