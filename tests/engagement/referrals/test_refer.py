"""Who comes by whose code: the first holds, nobody brings themselves or who was there, few a code."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers import Enrolment, set_consent
from enscene.engagement.referrals import CONSENT, DAYS, MOST, claim, find_invitation, give_code
from enscene.engagement.referrals import refer as module
from enscene.kernel import controls
from enscene.kernel.errors import EnsceneError, NotFound, Refused
from enscene.operations.indicators.users import REFERRED_DAYS
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import load_pack
from enscene.tenants import create_tenant

PACK = load_pack(Path(__file__).parents[3] / "packs" / "smart_canteen").pack
PEOPLE = tuple(f"p{n}" for n in range(12))


class Place:
    """A canteen with people; everything is done in a transaction of its own."""

    def __init__(self, pool: Any, tenant: int, scene: int) -> None:
        self.pool, self.tenant, self.scene = pool, tenant, scene
        self.ids: dict[str, int] = {}

    async def do(self, work: Any, *arguments: Any) -> Any:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            return await work(connection, self.tenant, *arguments)

    async def give(self, who: str) -> str:
        return (await self.do(give_code, self.scene, self.ids[who])).code

    async def claim(self, who: str, code: str) -> str:
        """`ok` or the code of the refusal."""
        try:
            await self.do(claim, self.ids[who], code)
        except EnsceneError as error:
            return error.code
        return "ok"

    async def run(self, sql: str, *arguments: Any) -> Any:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            return await connection.fetch(sql, self.tenant, *arguments)

    async def tie(self, one: str, other: str) -> None:
        low = min(self.ids[one], self.ids[other])
        for who in (one, other):
            await self.run(
                "insert into identity (tenant, party, customer) values ($1, $2, $3)",
                self.ids[who], low,
            )  # fmt: skip

    async def allow(self, who: str, *, granted: bool) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            await set_consent(connection, self.tenant, self.scene, who, CONSENT, granted=granted)


@pytest.fixture
async def place(pool: Any) -> Place:
    assert PACK is not None
    tenant = await create_tenant(pool, "bank", "bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        scene = await create_scene(connection, tenant.id, PACK, SceneOrder("canteen", "c"), "t")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, "canteen", state, "t")
        people = [Enrolment(who, "diner", "person") for who in PEOPLE]
        await enrol(connection, tenant.id, scene, PACK, people)
    found = Place(pool, tenant.id, scene)
    found.ids = {row["ref"]: row["id"] for row in await found.run(
        "select ref, id from party where tenant = $1")}  # fmt: skip
    return found


async def test_the_first_code_holds_and_tells_nothing(place: Place) -> None:
    code = await place.give("p0")
    assert await place.give("p0") == code
    assert len(code) == 16
    assert "p0" not in code
    other = await place.give("p1")
    assert await place.claim("p2", code) == "ok"
    assert await place.claim("p2", code) == "ok"
    assert await place.claim("p2", other) == "referral.taken"
    assert await place.claim("p3", "0" * 16) == "referral.not_found"
    assert await place.claim("p3", "p0") == "referral.not_found"
    assert len(await place.run("select from referral_claim where tenant = $1")) == 1


async def test_nobody_brings_themselves_by_whichever_party(place: Place) -> None:
    code = await place.give("p0")
    assert await place.claim("p0", code) == "referral.own"
    await place.tie("p0", "p1")
    assert await place.claim("p1", code) == "referral.own"
    await place.tie("p2", "p3")
    assert await place.claim("p2", code) == "ok"
    assert await place.claim("p3", await place.give("p4")) == "referral.taken"


async def test_who_was_there_before_is_not_brought(place: Place) -> None:
    code = await place.give("p0")
    await place.run(
        "update enrolment set since = since - interval '25 hours' where tenant = $1 and party = $2",
        place.ids["p1"],
    )
    assert await place.claim("p1", code) == "referral.known"
    for who, actor, facts in (
        ("p2", "diner:p2", {}), ("p3", "terminal:gate", {"parties": {"diner": "p3"}}),
    ):  # fmt: skip
        await place.run(
            "insert into party (tenant, ref, kind) values ($1, 'gate', 'device') "
            "on conflict do nothing"
        )
        await place.run(
            "insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts) "
            "select shard, 100000 + $2, $1, now() + interval '1 minute', $3, 'pay', '', $4, $5 "
            "from tenant where id = $1", place.ids[who], place.scene, actor, facts,
        )  # fmt: skip
        assert await place.claim(who, code) == "referral.known"
    assert await place.claim("p4", code) == "ok"


async def test_without_recommendations_there_is_no_code_and_none_holds(place: Place) -> None:
    code = await place.give("p0")
    await place.allow("p0", granted=False)
    with pytest.raises(Refused):
        await place.give("p0")
    assert await place.claim("p1", code) == "referral.not_found"
    with pytest.raises(NotFound):
        await place.do(find_invitation, code)
    await place.allow("p0", granted=True)
    assert (await place.do(find_invitation, code)).ref == "canteen"
    assert await place.claim("p1", code) == "ok"


async def test_of_two_at_once_one_holds(place: Place) -> None:
    codes = [await place.give(f"p{n}") for n in range(4)]
    said = await asyncio.gather(*(place.claim("p9", code) for code in codes))
    assert sorted(said) == ["ok", *["referral.taken"] * 3]
    await place.tie("p7", "p8")
    said = await asyncio.gather(place.claim("p7", codes[0]), place.claim("p8", codes[1]))
    assert sorted(said) == ["ok", "referral.taken"]


async def test_a_customer_brings_so_many_and_no_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    await place.tie("p0", "p1")
    codes = [await place.give("p0"), await place.give("p1")]
    said = await asyncio.gather(*(place.claim(f"p{n}", codes[n % 2]) for n in range(2, 10)))
    assert sorted(said) == [*["ok"] * 3, *["referral.many"] * 5]
    await place.run(
        "update referral_claim set at = at - $2::interval where tenant = $1",
        timedelta(days=DAYS, seconds=60),
    )
    left = next(f"p{n}" for n, each in enumerate(said, 2) if each == "referral.many")
    assert await place.claim(left, codes[0]) == "ok"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_order_of_claims_is_that_of_a_plain_list(
    place: Place, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a model that knows the rules alone."""
    monkeypatch.setattr(module, "MOST", 4)
    random = Random(seed)
    await place.tie("p0", "p1")
    await place.tie("p2", "p3")
    same = {"p1": "p0", "p3": "p2"}
    codes: dict[str, str] = {}
    off: set[str] = set()
    came: dict[str, str] = {}
    for _ in range(120):
        who, step = random.choice(PEOPLE), random.random()
        if step < 0.15:
            granted = random.random() < 0.7
            await place.allow(who, granted=granted)
            off = off - {who} if granted else off | {who}
        elif step < 0.4 and who not in off:
            codes.setdefault(who, await place.give(who))
            assert await place.give(who) == codes[who]
        elif codes:
            by = random.choice(list(codes))
            me, them = same.get(who, who), same.get(by, by)
            brought = sum(same.get(each, each) == them for each in came.values())
            if by in off:
                wanted = "referral.not_found"
            elif me == them:
                wanted = "referral.own"
            elif me in came:
                wanted = "ok" if came[me] == by else "referral.taken"
            elif brought >= 4:
                wanted = "referral.many"
            else:
                wanted, came[me] = "ok", by
            assert await place.claim(who, codes[by]) == wanted, (who, by)
    kept = await place.run("select customer, code from referral_claim where tenant = $1")
    assert len(kept) == len(came)


async def test_an_erased_customer_is_nobodys_referrer(place: Place) -> None:
    code = await place.give("p0")
    await place.claim("p1", code)
    for table in ("referral_claim", "referral_code"):
        await place.run(f"delete from {table} where tenant = $1 and customer = $2", place.ids["p0"])
    (row,) = await place.run("select customer, code from referral_claim where tenant = $1")
    assert (row["customer"], row["code"]) == (place.ids["p1"], None)
    assert await place.claim("p1", await place.give("p2")) == "referral.taken"


@pytest.mark.parametrize("name", ["referral_own", "referral_many"])
async def test_without_its_control_each_rule_lets_everybody_in(
    place: Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 0 if name == "referral_many" else 20)
    code = await place.give("p0")
    who = "p0" if name == "referral_own" else "p1"
    assert await place.claim(who, code) == name.replace("_", ".")
    monkeypatch.setitem(controls._CONTROLS, name, lambda *_: None)
    assert await place.claim(who, code) == "ok"


def test_the_figure_counts_as_many_days_as_the_rule() -> None:
    assert REFERRED_DAYS == DAYS
    assert MOST > 0
