"""What is read of a running bank, and that a breach that is put into its tables is found."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.campaigns.sample import sample
from engagement.running.campaigning import made, rules, run
from enscene.cli._loop_checker import check_kept
from enscene.cli._loop_kept import Kept, read_rows
from enscene.commit import admit
from enscene.engagement import say_consent
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.delivery import set_fault
from enscene.simulator.needs.check_contacts import KINDS
from trip import Trip, open_trip

CAP: dict[str, Any] = {"times": 3, "within": "7d"}
QUIET = {"begins": "22:00", "ends": "06:00", "channels": ["sms"]}
CLEAN = dict.fromkeys(KINDS, 0)


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        yield opened


def speaks(*channels: str) -> dict[str, Any]:
    """A coupon after each booking, and a gift that is given once after none that is made here."""
    offer = {**sample()["offers"]["coupon"], "channels": list(channels)}
    booked: dict[str, Any] = {"after": ["travel.book_package"]}
    large = {**booked, "if": "input.price >= money('3000.00')", "offer": ["gift"]}
    return {
        "moments": {"m": {**booked, "offer": ["coupon"]}, "large": large},
        "offers": {"coupon": {**offer, "benefit": None}, "gift": {**offer, "benefit": "one"}},
    }


async def kept(trip: Trip, *changes: str) -> Kept:
    """After everything has reacted; these statements hold while it is read, and not after it."""
    await trip.reactor.settle(trip.tenant.id)
    async with trip.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await admit(connection, [trip.tenant.id], all_rows=True)
            for change in changes:
                assert await connection.execute(change) != "UPDATE 0", change
            return await read_rows(connection, trip.tenant.ref)
        finally:
            await transaction.rollback()


async def say(trip: Trip, *, granted: bool) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        where = (trip.tenant.id, trip.scene, "ann", "recommendations")
        await say_consent(connection, *where, granted=granted)


async def test_what_reached_somebody_is_read_with_its_answer_and_breaks_nothing(trip: Trip) -> None:
    await rules(trip)
    await run(trip, **speaks("h5"))
    for who in ("ann", "bob"):
        await trip.book(who, f"B-{who}", "300.00")
    first, _ = await made(trip)
    await answer_offer(trip.pool, trip.tenant.id, first["id"], first["ref"], "taken")
    found = await kept(trip)
    assert [(each.key, each.channel) for each in found.delivered] == [("winter/coupon", "h5")] * 2
    assert [each.answered is None for each in found.delivered] == [False, True]
    assert found.delivered[0].at == first["at"] < found.delivered[0].answered
    assert (found.tenant, found.zone, found.changed) == ("bank", trip.tenant.zone, ())
    counted = check_kept(found)
    assert (counted.violations, counted.deliveries, counted.customers) == (CLEAN, 2, 2)


async def test_what_reached_nobody_is_not_looked_at(trip: Trip) -> None:
    await rules(trip, caps=[{**CAP, "times": 1}])
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await set_fault(connection, trip.tenant.id, "push", "down")
    await run(trip, **speaks("push"))
    await trip.book("ann", "B1", "300.00")
    await trip.book("ann", "B2", "300.00")
    found = await kept(trip)
    assert (found.delivered, found.held_back) == ((), {"cap": 1})


ANN = "(select id from party where ref = 'ann')"
TO_ANN = [
    f"update {table} set customer = {ANN} where customer <> {ANN}"
    for table in ("decision", "delivery")
]
"""What bob has heard: a fourth one within three days of three."""
OF_ANN = f"where customer = {ANN}"
LONG_AGO = f"update delivery set sent_at = sent_at - interval '10 days' {OF_ANN}"
NIGHT = (
    "update delivery set channel = 'sms', sent_at = (date_trunc('day', sent_at at time zone 'Asia/Shanghai')"
    " + interval '23 hours') at time zone 'Asia/Shanghai' where customer <> " + ANN
)
PLANTED: dict[str, tuple[list[str], dict[str, int]]] = {
    "cap": (TO_ANN, {"cap": 1, "rest": 1}),
    "rest": ([LONG_AGO, *TO_ANN], {"rest": 1}),
    "quiet_hours": ([NIGHT], {"quiet_hours": 1}),
    "same_benefit": (
        [f"""update decision set rights = rights || '{{"offer": "winter/gift"}}' {OF_ANN}"""],
        {"same_benefit": 2},
    ),
    "consent": (
        [f"update delivery set sent_at = sent_at + interval '1 hour' {OF_ANN}"], {"consent": 3}
    ),
    "holdout": (
        ["""update campaign set body = body || '{"holdout": 1000}' where ref = 'winter'"""],
        {"holdout": 4},
    ),
    "unknown_offer": (
        ["""update decision set rights = rights || '{"offer": "winter/gold"}'"""],
        {"unknown_offer": 4},
    ),
    "channel": (["update delivery set channel = 'app'"], {"channel": 4}),
}  # fmt: skip


async def test_a_breach_of_each_kind_that_stands_in_the_tables_is_found(trip: Trip) -> None:
    await rules(trip, caps=[CAP], quiet=QUIET, fatigue={"after": 3, "rest": "14d"})
    await run(trip, **speaks("h5", "sms"))
    for number in range(CAP["times"]):
        await trip.book("ann", f"B{number}", "300.00")
    await trip.book("bob", "B9", "300.00")
    await trip.reactor.settle(trip.tenant.id)
    await say(trip, granted=False)
    assert check_kept(await kept(trip)).violations == CLEAN
    assert set(PLANTED) == set(KINDS)
    for kind, (changes, broken) in PLANTED.items():
        found = check_kept(await kept(trip, *changes))
        assert (found.violations, found.deliveries) == ({**CLEAN, **broken}, 4), kind


async def test_rules_that_were_changed_are_told(trip: Trip) -> None:
    await rules(trip, caps=[CAP])
    await run(trip, **speaks("h5"))
    assert (await kept(trip)).changed == ()
    await rules(trip)
    found = await kept(trip)
    assert (found.changed, found.rules["caps"]) == (("",), [])
    await run(trip, **speaks("push"))
    found = await kept(trip)
    assert found.changed == ("", "winter")
    assert found.campaigns["winter"]["offers"]["coupon"]["channels"] == ["push"]
