"""In every pack that asks its people for something, and at every step of its journeys: what was
allowed is taken back, and after that the bank offers nothing, and nothing is done by a partner."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.withdrawn.pack_journeys import (
    PERMISSION,
    Walk,
    offering,
    open_walk,
    packs,
    people_of,
    richest,
    steps_after,
)
from enscene.engagement import moments, say_consent, withdraw_consent
from enscene.tenants.apps import grant_gate

OFFERING, RICHEST = offering(), richest()


def named(journeys: list[tuple[str, str, int]]) -> list[str]:
    return [f"{pack}-{case}-{step:02}" for pack, case, step in journeys]


def test_every_pack_that_asks_has_its_journeys() -> None:
    asked = set(packs())
    assert asked == {"business_district", "car_owner", "community", "hospital", "instalment",
                     "mother_and_baby", "smart_canteen", "travel"}  # fmt: skip
    assert {pack for pack, _, _ in OFFERING} == asked
    assert {pack for pack, _, _ in RICHEST} == asked


async def seq_of(walk: Walk) -> int:
    return int((await walk.sql("select coalesce(max(seq), 0) from event"))[0][0])


# -- the permission to recommend -------------------------------------------------------------------


async def without_recommendations(pool: Any, pack: str, case: str, step: int) -> None:
    async with open_walk(pool, pack, case) as walk:
        for number in range(step):
            await walk.step(number)
        since = await seq_of(walk)
        model = packs()[pack]
        people = [
            ref for ref, role in walk.case.given.parties.items()
            if PERMISSION in model.parties[role].consent
        ]  # fmt: skip
        async with pool.acquire() as connection, connection.transaction():
            from enscene.commit import admit

            await admit(connection, [walk.tenant])
            for who in people:
                await say_consent(
                    connection, walk.tenant, walk.scene.id, who, PERMISSION, granted=False
                )
        for number in steps_after(walk.case, step):
            await walk.step(number)
        open_ = await walk.sql("select product from decision where state in ('offered', 'seen')")
        later = await walk.sql(
            "select product from decision where product is not null and seq > $1", since
        )
        assert (open_, later) == ([], [])


@pytest.mark.parametrize(("pack", "case", "step"), OFFERING, ids=named(OFFERING))
async def test_no_offer_after(pool: Any, pack: str, case: str, step: int) -> None:
    await without_recommendations(pool, pack, case, step)


FIRSTS = [each for each in OFFERING if each[2] == 0]


@pytest.mark.parametrize(("pack", "case", "step"), FIRSTS, ids=named(FIRSTS))
async def test_without_the_control_there_are_offers(
    pool: Any, pack: str, case: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "is_granted", lambda said, item: True)
    with pytest.raises(AssertionError):
        await without_recommendations(pool, pack, case, step)


# -- what a partner's application may do ------------------------------------------------------------


async def without_the_partner(pool: Any, pack: str, case: str, step: int) -> None:
    async with open_walk(pool, pack, case, by_partner=True) as walk:
        for number in range(step):
            await walk.step(number)
        for who, grant in walk.grants.items():
            await withdraw_consent(pool, walk.host, walk.tenant, grant, party=who)
        since, asked = await seq_of(walk), len(walk.answers)
        for number in steps_after(walk.case, step):
            await walk.step(number)
        model = packs()[pack]
        assert people_of(model, walk.case)
        said = {code for who, code in walk.answers[asked:] if who in walk.grants}
        assert said <= {"consent.withdrawn", "thing.not_found", "scene.not_enrolled"}, said
        by_grant = await walk.sql("select action from event where facts ? 'grant' and seq > $1",
                                  since)  # fmt: skip
        assert by_grant == []
        # What moves money of these people's own then is somebody else's act: never the clock's.
        taken = await walk.sql(
            "select t.flow, e.actor from transfer t join account a on a.id = t.dr "
            "join party p on p.id = a.owner join event e on e.seq = t.seq "
            "where t.seq > $1 and p.ref = any($2::text[]) and a.name = any($3::text[]) "
            "and (e.actor like 'clock:%' or e.facts ? 'grant')",
            since, list(walk.grants),
            [name for name, account in model.accounts.items() if account.kind != "supervised"],
        )  # fmt: skip
        assert taken == []
        offers = await walk.sql(
            "select d.product from decision d join event e on e.seq = d.seq "
            "where d.product is not null and e.facts ? 'grant' "
            "and (d.seq > $1 or d.state in ('offered', 'seen'))", since,
        )  # fmt: skip
        assert offers == []


@pytest.mark.parametrize(("pack", "case", "step"), RICHEST, ids=named(RICHEST))
async def test_nothing_by_the_partner_after(pool: Any, pack: str, case: str, step: int) -> None:
    await without_the_partner(pool, pack, case, step)


EARLIEST = [next(each for each in RICHEST if each[0] == pack) for pack in packs()]


@pytest.mark.parametrize(("pack", "case", "step"), EARLIEST, ids=named(EARLIEST))
async def test_without_the_control_the_partner_goes_on(
    pool: Any, pack: str, case: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grant_gate.GrantGate, "pass_through", lambda self, key: None)
    with pytest.raises(AssertionError):
        await without_the_partner(pool, pack, case, step)
