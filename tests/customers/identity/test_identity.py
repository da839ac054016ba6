"""Who is one customer: keys that tie, people who join and part, and histories that stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers.identity import (
    Key,
    ask_tie,
    decide_tie,
    find_customers,
    forget_identity,
    list_ties,
    part_parties,
    read_key,
    read_parties_of,
    show_keys,
)
from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.storage.seal import Seal
from enscene.tenants import create_tenant

SEAL = Seal(bytes(32))
RICS = ("360426199101010071", "11010519491231002X")
WHY = "seen at the counter"


def ric(n: int) -> Key:
    return read_key(SEAL, "ric", RICS[n])


def phone(n: int = 0) -> Key:
    return read_key(SEAL, "phone", f"1380000{n:04}")


def number(n: int) -> Key:
    return read_key(SEAL, "bank_number", f"C{n:07}")


@dataclass
class Town:
    """A tenant with parties, each thing in a transaction of its own."""

    pool: Any
    tenant: int
    ids: dict[str, int]

    @asynccontextmanager
    async def within(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            yield connection

    async def show(self, **keys: Sequence[Key]) -> tuple[int, int]:
        async with self.within() as connection:
            held = {self.ids[name]: found for name, found in keys.items()}
            shown = await show_keys(connection, self.tenant, held, "counter")
        return len(shown.tied), len(shown.asked)

    async def one(self, *names: str) -> bool:
        async with self.within() as connection:
            found = await find_customers(connection, self.tenant, [self.ids[n] for n in names])
        return len(set(found.values())) == 1

    async def all(self) -> dict[int, int]:
        async with self.within() as connection:
            return await find_customers(connection, self.tenant, list(self.ids.values()))

    async def part(self, *names: str, note: str = WHY) -> int:
        async with self.within() as connection:
            these = [self.ids[name] for name in names]
            return len(await part_parties(connection, self.tenant, these, note, "he@bank"))

    async def ask(self, one: str, other: str, who: str = "he@bank") -> Any:
        async with self.within() as connection:
            pair = self.ids[one], self.ids[other]
            return await ask_tie(connection, self.tenant, *pair, WHY, who)

    async def decide(self, tie: Any, who: str = "mei@bank", *, approve: bool = True) -> Any:
        async with self.within() as connection:
            return await decide_tie(connection, self.tenant, tie.id, approve=approve, who=who)


NAMES = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
async def town(pool: Any) -> Town:
    tenant = (await create_tenant(pool, "bank", "Bank", sandbox=True)).id
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        rows = await connection.fetch(
            "insert into party (tenant, ref, kind, name) select $1, u.n, "
            "case when u.n = 'f' then 'employer' else 'person' end, "
            "case when u.n in ('a', 'b') then 'Lin' else u.n end "
            "from unnest($2::text[]) as u(n) order by u.n returning ref, id",
            tenant, list(NAMES),
        )  # fmt: skip
    return Town(pool, tenant, {row[0]: row[1] for row in rows})


async def test_who_holds_one_number_is_one_customer_and_again_changes_nothing(town: Town) -> None:
    assert await town.show(a=[ric(0)]) == (0, 0)
    assert await town.show(c=[ric(0), number(1)]) == (1, 0)
    assert await town.show(d=[number(1)], c=[ric(0)]) == (1, 0)
    assert await town.one("a", "c", "d")
    assert not await town.one("a", "b")
    assert await town.show(a=[ric(0)], c=[ric(0)], d=[number(1)]) == (0, 0)
    async with town.within() as connection:
        found = await read_parties_of(connection, town.tenant, town.ids["d"])
        alone = await read_parties_of(connection, town.tenant, town.ids["e"])
    assert found == [town.ids[name] for name in ("a", "c", "d")]
    assert alone == [town.ids["e"]]


async def test_two_identity_cards_are_two_people_whatever_they_share(town: Town) -> None:
    await town.show(a=[ric(0), phone()], b=[ric(1)])
    assert await town.show(b=[phone()]) == (0, 1)
    assert not await town.one("a", "b")
    async with town.within() as connection:
        (tie,) = await list_ties(connection, town.tenant, [town.ids["a"]])
    assert (tie.why, tie.state) == ("phone", "asked")
    with pytest.raises(Conflict) as refused:
        await town.decide(tie)
    assert refused.value.code == "identity.differ"
    assert (await town.decide(tie, approve=False)).state == "refused"
    assert await town.show(b=[phone()]) == (0, 0)


async def test_a_chain_joins_nobody_who_holds_another_card(town: Town) -> None:
    await town.show(a=[ric(0)], c=[ric(1)], d=[number(7)])
    assert await town.show(a=[number(7)]) == (1, 0)
    assert await town.show(c=[number(8)], d=[number(8)]) == (0, 1)
    assert await town.one("a", "d")
    assert not await town.one("c", "d")


async def test_a_phone_joins_who_bears_the_same_name_alone(town: Town) -> None:
    assert await town.show(a=[phone()], b=[phone()], c=[phone()]) == (1, 0)
    assert await town.one("a", "b")
    assert not await town.one("a", "c")


async def test_a_firm_and_a_person_are_never_one(town: Town) -> None:
    assert await town.show(e=[number(3)], f=[number(3)]) == (0, 0)


async def test_one_asks_and_another_agrees(town: Town) -> None:
    tie = await town.ask("a", "c")
    assert not await town.one("a", "c")
    with pytest.raises(Conflict):
        await town.ask("c", "a")
    with pytest.raises(Forbidden):
        await town.decide(tie, "he@bank")
    await town.decide(tie)
    assert await town.one("a", "c")
    with pytest.raises(Conflict):
        await town.ask("a", "c")
    with pytest.raises(Conflict):
        await town.decide(tie)
    with pytest.raises(Invalid):
        await town.ask("a", "a")


async def test_without_the_control_the_table_still_holds_one_person_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(controls._CONTROLS, "identity_by_two", lambda *_: None)
    tie = await town.ask("a", "c")
    with pytest.raises(Exception, match="check constraint"):
        await town.decide(tie, "he@bank")
    assert (await town.decide(tie, "he@bank", approve=False)).state == "refused"


async def test_what_a_person_parts_no_key_ties_again(town: Town) -> None:
    before = await town.all()
    await town.show(a=[ric(0)], c=[ric(0)], d=[ric(0)])
    assert await town.part("c") == 1
    assert await town.one("a", "d")
    assert not await town.one("a", "c")
    assert await town.show(c=[ric(0)]) == (0, 0)
    await town.part("d")
    assert await town.all() == before
    for names, note, code in (
        (("a",), WHY, "identity.apart"), (("a", "c"), WHY, "identity.several"),
        ((), WHY, "identity.nobody"), (("a",), "x", "identity.note"),
    ):  # fmt: skip
        with pytest.raises((Conflict, Invalid)) as refused:
            await town.part(*names, note=note)
        assert refused.value.code == code
    tie = await town.ask("a", "c")
    await town.decide(tie)
    assert await town.one("a", "c")


async def test_whoever_leads_may_leave_and_the_others_stay_one(town: Town) -> None:
    await town.show(a=[ric(0)], c=[ric(0), number(1)], d=[number(1)])
    await town.part("a")
    assert await town.one("c", "d")
    assert not await town.one("a", "c")


async def test_two_who_tie_at_once_leave_one_customer(town: Town) -> None:
    await asyncio.gather(
        town.show(b=[number(1)], e=[ric(0)]), town.show(a=[number(1), ric(0)]),
        town.show(c=[ric(0)]), town.show(d=[ric(0)]),
    )  # fmt: skip
    assert await town.one("a", "b", "c", "d", "e")


async def test_of_who_is_forgotten_nothing_is_left_and_the_rest_is_reckoned_anew(
    town: Town,
) -> None:
    await town.show(a=[ric(0)], c=[ric(0), number(1)], d=[number(1)])
    async with town.within() as connection:
        await forget_identity(connection, town.tenant, town.ids["c"])
    assert not await town.one("a", "d")
    async with town.within() as connection:
        left = await connection.fetch(
            "select party from identity_key where party = $1 union all "
            "select low from identity_tie where $1 in (low, high) union all "
            "select party from identity where $1 in (party, customer)", town.ids["c"],
        )  # fmt: skip
        assert left == []


@pytest.mark.parametrize("seed", range(8))
async def test_any_ties_and_partings_leave_what_the_standing_ties_say(
    town: Town, seed: int
) -> None:
    """Against a picture that is drawn anew from all standing ties each time, and that knows which
    pairs a person has parted."""
    rng = Random(seed)
    keys = [number(n) for n in range(5)]
    for _ in range(25):
        before = await town.all()
        if rng.random() < 0.6:
            names = rng.sample(NAMES[:5], 2)
            await town.show(**{name: [rng.choice(keys)] for name in names})
        else:
            name = rng.choice(NAMES[:5])
            try:
                await town.part(name)
            except Conflict:
                assert await town.all() == before
        async with town.within() as connection:
            ties = await list_ties(connection, town.tenant, list(town.ids.values()))
        standing = [(tie.low, tie.high) for tie in ties if tie.state == "tied"]
        expected = {party: {party} for party in town.ids.values()}
        for low, high in standing:
            both = expected[low] | expected[high]
            for party in both:
                expected[party] = both
        assert await town.all() == {party: min(group) for party, group in expected.items()}
