"""The writer's limits: full queues, bad units, lost connections, callers that go away."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from asyncpg.transaction import Transaction

from commit.orders import OrderUnit, Place, make_place
from enscene.commit import Answer, Stale, Writer
from enscene.kernel.errors import Conflict, Invalid, Unavailable
from enscene.ledger import Ledger
from enscene.storage import Database, open_pool

MOVE = ("post", 1, 2, 10)
# Random, so that it does not fit an index even when compressed.
LONG = random.Random(1).randbytes(20_000).hex()


async def within(seconds: float, *waiting: Any) -> list[Any]:
    """The outcomes; a test must not hang where the writer does."""
    return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), timeout=seconds)


async def test_a_full_queue_says_busy_and_the_rest_passes(place: Place) -> None:
    writer = place.writer(queue_most=5)
    outcomes = await within(20, *(writer.submit(place.unit(MOVE)) for _ in range(12)))
    busy = [o for o in outcomes if isinstance(o, Unavailable)]
    assert [o.code for o in busy] == ["unavailable.busy"] * 7
    assert await place.balance(2) == 50
    assert isinstance((await within(20, writer.submit(place.unit(MOVE))))[0], Answer)
    await writer.close()


@pytest.mark.parametrize("optimistic", [True, False])
async def test_a_unit_that_breaks_fails_alone(place: Place, optimistic: bool) -> None:
    class BadCells(OrderUnit):
        def cells(self, now: datetime, *, exact: bool) -> Any:
            raise KeyError("cells")

    class BadReport(OrderUnit):
        def report(self, seq: int, at: datetime) -> Any:
            raise KeyError("report")

    tenant = place.tenants[0]
    units = [
        place.unit(MOVE),
        BadCells(place, tenant, ((MOVE,),)),
        place.unit(MOVE, ("err",)),
        place.unit(MOVE),
        BadReport(place, tenant, ((MOVE,),)),
        place.unit(MOVE),
    ]
    writer = place.writer(optimistic=optimistic)
    outcomes = await within(20, *map(writer.submit, units))
    assert [type(outcome) for outcome in outcomes] == [
        Answer, KeyError, ZeroDivisionError, Answer, KeyError, Answer,
    ]  # fmt: skip
    assert await place.balance(2) == 30
    await writer.close()


@pytest.mark.parametrize(
    "bad", [("text", "a\0b"), ("create", LONG), ("create", "\0")], ids=["nul", "long", "nul key"]
)
async def test_what_the_database_cannot_hold_fails_alone_and_at_once(
    place: Place, bad: tuple[str, str]
) -> None:
    """It is the caller's mistake, not an outage: nobody is asked to try again."""
    writer = place.writer()
    units = [place.unit(MOVE) for _ in range(9)]
    units[4] = place.unit(bad, MOVE)
    outcomes = await within(20, *map(writer.submit, units))
    assert isinstance(outcomes.pop(4), Invalid)
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert await place.balance(2) == 80
    # One batch, its halves, and their halves: nothing was tried again in vain.
    assert writer.counts["exact"] <= 9
    await writer.close()


async def test_a_broken_constraint_is_told_as_our_fault(place: Place) -> None:
    """Not as an outage: sent again, it would fail again. Its neighbours pass."""

    class Unlogged(OrderUnit):
        def report(self, seq: int, at: datetime) -> Any:
            return super().report(seq, at)._replace(subject=None)

    writer = place.writer()
    units = [place.unit(MOVE) for _ in range(5)]
    units[2] = Unlogged(place, place.tenants[0], ((MOVE,),))
    outcomes = await within(20, *map(writer.submit, units))
    assert isinstance(outcomes.pop(2), asyncpg.IntegrityConstraintViolationError)
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert await place.balance(2) == 40
    await writer.close()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncpg.DeadlockDetectedError("d"), "unavailable.database"),
        (asyncpg.SerializationError("s"), "unavailable.database"),
        (asyncpg.ReadOnlySQLTransactionError("a replica now"), "service.read_only"),
        (ConnectionRefusedError("c"), "unavailable.database"),
    ],
)
async def test_what_passes_is_told_as_such(
    place: Place, monkeypatch: Any, error: Exception, code: str
) -> None:
    writer = place.writer()

    async def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(writer._batch, "_judge", fail)
    monkeypatch.setattr(writer._batch, "_run", fail)
    (outcome,) = await within(20, writer.submit(place.unit(MOVE, key="k")))
    assert isinstance(outcome, Unavailable)
    assert outcome.code == code
    monkeypatch.undo()
    (outcome,) = await within(20, writer.submit(place.unit(MOVE, key="k")))
    assert isinstance(outcome, Answer)
    await writer.close()


async def test_a_database_that_says_nothing_is_waited_for_twice_at_most(
    place: Place, monkeypatch: Any
) -> None:
    """Not as often as one that refuses: those who wait are told as soon as it is known."""
    writer = place.writer()
    tries = 0

    async def hang(*_: Any) -> None:
        nonlocal tries
        tries += 1
        raise TimeoutError

    monkeypatch.setattr(writer._batch, "_judge", hang)
    monkeypatch.setattr(writer._batch, "_run", hang)
    outcomes = await within(20, *(writer.submit(place.unit(MOVE)) for _ in range(40)))
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert tries <= 3
    await writer.close()


async def test_callers_that_go_away_leave_no_trouble(place: Place) -> None:
    writer = place.writer()
    leaving = [
        asyncio.create_task(writer.submit(place.unit(MOVE, key=f"k{n % 3}"))) for n in range(9)
    ]
    await asyncio.sleep(0)
    for task in leaving[:5]:
        task.cancel()
    outcomes = await within(20, *leaving)
    assert [type(o) for o in outcomes[5:]] == [Answer] * 4
    await within(20, writer.close())
    assert await place.balance(2) == 30


async def test_close_finishes_what_was_taken_and_refuses_more(place: Place) -> None:
    writer = place.writer(batch_most=3)
    taken = [asyncio.create_task(writer.submit(place.unit(MOVE))) for _ in range(20)]
    await asyncio.sleep(0)
    await within(20, writer.close())
    assert all(task.done() and isinstance(task.result(), Answer) for task in taken)
    with pytest.raises(Unavailable) as stopping:
        await writer.submit(place.unit(MOVE))
    assert stopping.value.code == "unavailable.stopping"


async def test_a_fault_in_the_writer_itself_leaves_nobody_waiting(place: Place) -> None:
    """Whatever breaks outside of any unit, callers are told, and the next ones are served."""

    class Faulty(Ledger):
        broken = True

        def open(self, *, fresh: bool) -> Any:
            if self.broken:
                raise RuntimeError("no work")
            return super().open(fresh=fresh)

    ledger = Faulty()
    writer = Writer(place.pool, place.shard, [ledger, *place.kinds()[1:]])
    outcomes = await within(20, *(writer.submit(place.unit(MOVE, key=str(n))) for n in range(3)))
    assert [type(outcome) for outcome in outcomes] == [RuntimeError] * 3
    ledger.broken = False
    assert isinstance((await within(20, writer.submit(place.unit(MOVE, key="0"))))[0], Answer)
    await within(20, writer.close())


class LossyPool:
    """A pool whose next transactions commit, and then lose the connection before they say so."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.losses = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection:
            yield LossyConnection(connection, self)


class LossyConnection:
    def __init__(self, connection: Any, pool: LossyPool) -> None:
        self._connection = connection
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncIterator[None]:
        async with self._connection.transaction(**options):
            yield
        if self._pool.losses and not options.get("readonly"):
            self._pool.losses -= 1
            raise asyncpg.ConnectionDoesNotExistError("lost after commit")


@pytest.mark.parametrize("losses", [1, 2])
@pytest.mark.parametrize("optimistic", [True, False])
async def test_a_commit_whose_answer_was_lost_counts_once(
    place: Place, losses: int, optimistic: bool
) -> None:
    lossy = LossyPool(place.pool)
    writer = Writer(lossy, place.shard, place.kinds(), optimistic=optimistic)  # type: ignore[arg-type]
    lossy.losses = losses
    outcomes = await within(20, *(writer.submit(place.unit(MOVE, key=str(n))) for n in range(4)))
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert await place.balance(2) == 40
    await writer.close()


@pytest.mark.parametrize("optimistic", [True, False])
async def test_without_a_key_nothing_is_tried_a_second_time(place: Place, optimistic: bool) -> None:
    """Whether the first attempt was stored can then not be known: the caller is told so."""
    lossy = LossyPool(place.pool)
    writer = Writer(lossy, place.shard, place.kinds(), optimistic=optimistic)  # type: ignore[arg-type]
    await writer.submit(place.unit(MOVE))
    lossy.losses = 1
    (outcome,) = await within(20, writer.submit(place.unit(MOVE)))
    assert isinstance(outcome, Unavailable)
    assert await place.balance(2) == 20
    await writer.close()


async def test_who_asks_something_else_under_a_failing_key_is_judged_alone(place: Place) -> None:
    """A mistake does not use a key up; a concurrent other request is not told that mistake."""
    writer = place.writer()
    failing = writer.submit(place.unit(("err",), key="k"))
    other = writer.submit(place.unit(MOVE, key="k"))
    outcomes = await within(20, failing, other)
    assert isinstance(outcomes[0], ZeroDivisionError)
    assert isinstance(outcomes[1], Answer)
    await writer.close()


async def test_the_same_key_with_another_body_is_a_conflict(place: Place) -> None:
    """While the first is running, after it, and in another process."""
    writer = place.writer()
    first, other = await within(
        20,
        writer.submit(place.unit(MOVE, key="k")),
        writer.submit(place.unit(("post", 1, 2, 11), key="k")),
    )
    assert isinstance(first, Answer)
    for where in (writer, place.writer()):
        with pytest.raises(Conflict) as conflict:
            await where.submit(place.unit(("post", 1, 2, 12), key="k"))
        assert conflict.value.code == "idempotency.key_reused"
    assert isinstance(other, Conflict)
    assert await place.balance(2) == 10
    await writer.close()


async def test_an_optional_thing_that_appears_meanwhile_makes_the_plan_stale(place: Place) -> None:
    """A plan that found nothing depends on there being nothing."""
    mine, other = place.writer(), place.writer()
    batch = mine._batch.open(lambda _: None)
    unit = place.unit(("see", 1))
    assert await batch.fill([unit]) == []
    await other.submit(place.unit(("create", 1)))
    batch.seal(None)
    with pytest.raises(Stale):
        await batch.write
    await other.close()


async def test_the_time_of_a_plan_is_the_databases(place: Place, monkeypatch: Any) -> None:
    """A process whose clock runs an hour ahead does not count today's money as tomorrow's."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=1)

    monkeypatch.setattr("enscene.commit.batch.datetime", Ahead)
    seen: list[datetime] = []

    class Timely(OrderUnit):
        def cells(self, now: datetime, *, exact: bool) -> Any:
            seen.append(now)
            return super().cells(now, exact=exact)

    writer = place.writer()
    for _ in range(4):
        await writer.submit(Timely(place, place.tenants[0], ((MOVE,),)))
    assert writer.counts["optimistic"] > 0
    assert max(seen[1:]) < datetime.now(UTC) + timedelta(minutes=1)
    await writer.close()


async def test_long_answers_are_not_remembered_in_memory(place: Place) -> None:
    """They are in the database: a process that answers big bulk requests does not grow."""
    writer = place.writer()
    unit = place.unit(("text", "x" * 200_000), key="long")
    first = await writer.submit(unit)
    assert sum(len(body) for _, _, body in writer._recent.values()) < 100_000
    again = await writer.submit(place.unit(("text", "x" * 200_000), key="long"))
    assert again == Answer(first.body, replayed=True)
    await writer.close()


async def test_a_batch_of_several_tenants_moves_each_tenants_money(pool: Any) -> None:
    place = await make_place(pool, tenants=3)
    writer = place.writer()
    units = [
        OrderUnit(place, tenant, ((("post", 0, 1, amount),),), key="same for all")
        for tenant, amount in zip(place.tenants, (1, 20, 300), strict=True)
    ]
    await within(20, *map(writer.submit, units))
    assert [await place.balance(1, tenant) for tenant in range(3)] == [1, 20, 300]
    await writer.close()


async def test_a_unit_cannot_reach_another_tenants_account(pool: Any) -> None:
    """Not even when that tenant has units in the same batch."""
    place = await make_place(pool, tenants=2)
    mine, theirs = place.tenants
    place.accounts[mine, 99] = place.accounts[theirs, 1]
    writer = place.writer()
    units = [
        OrderUnit(place, theirs, ((("post", 0, 1, 500),),)),
        OrderUnit(place, mine, ((("post", 99, 1, 100),),)),
    ]
    outcomes = await within(20, *map(writer.submit, units))
    assert isinstance(outcomes[0], Answer)
    assert outcomes[1].code == "ledger.account_not_found"
    assert [await place.balance(1, tenant) for tenant in range(2)] == [0, 500]
    await writer.close()


async def test_an_old_memory_of_a_balance_overdraws_nothing(place: Place) -> None:
    """This process still believes in the 1,000 that another has taken."""
    here, there = place.writer(), place.writer()
    await here.submit(place.unit(("post", 0, 1, 1)))
    await there.submit(place.unit(("post", 1, 2, 1_001)))
    assert (await here.submit(place.unit(("post", 1, 3, 500)))).refused
    assert await place.balance(1) == 0


async def test_an_old_memory_of_a_hold_captures_nothing(place: Place) -> None:
    """This process made the hold; another has captured it, and a second one is open."""
    here, there = place.writer(), place.writer()
    for tag in ("a", "b"):
        unit = place.unit(("hold", 1, 2, 100), tag=tag)
        unit.told(await here.submit(unit))
    await there.submit(place.unit(("capture", ("a", 0, 0), 100, False)))
    with pytest.raises(Conflict) as closed:
        await here.submit(place.unit(("capture", ("a", 0, 0), 100, False)))
    assert closed.value.code == "ledger.hold_closed"
    assert await place.balance(2) == 100


async def test_what_was_planned_on_a_batch_that_fails_is_judged_anew(
    place: Place, monkeypatch: Any
) -> None:
    """One batch is committing, the next waits for its lock, a third is being planned; then the
    first turns out to have failed. Nothing is lost, and nothing is done twice."""
    writer = place.writer()
    failures = 2
    commit = Transaction._Transaction__commit

    async def fail(self: Any) -> None:
        nonlocal failures
        if not self._nested and failures:
            failures -= 1
            await asyncio.sleep(0.01)  # time for the next ones to follow
            await self._Transaction__rollback()
            raise ConnectionError("the line is dead")
        await commit(self)

    monkeypatch.setattr(Transaction, "_Transaction__commit", fail)
    answers = await asyncio.gather(
        *(writer.submit(place.unit(("post", 1, 2, 1), key=f"k{n}")) for n in range(400))
    )
    assert not any(answer.refused for answer in answers)
    assert (await place.balance(1), await place.balance(2)) == (600, 400)
    assert failures == 0
    await writer.close()


async def test_batches_follow_one_another_into_the_database(place: Place) -> None:
    """Writes overlap, and none is judged twice for it."""
    writer = place.writer()

    async def pay(who: int) -> None:
        for number in range(12):
            answer = await writer.submit(place.unit(("post", 1, 2, 1), key=f"{who}.{number}"))
            assert not answer.refused

    await asyncio.gather(*map(pay, range(64)))
    assert await place.balance(2) == 64 * 12
    assert writer.counts["exact"] == writer.counts["stale"] == 0
    assert writer.counts["optimistic"] > 12
    await writer.close()


async def test_what_was_made_for_another_number_is_made_anew(place: Place) -> None:
    """Two processes take turns on a shard: each answer has the number that the log has."""
    writers = [place.writer(), place.writer()]

    async def say(who: int) -> list[tuple[int, str]]:
        said = []
        for number in range(10):
            word = f"{who}.{number}"
            unit = place.unit(("text", word), ("post", 1, 2, 1), key=word)
            answer = await writers[who % 2].submit(unit)
            said.append((json.loads(answer.body)["seq"], word))
        return said

    said = [line for lines in await asyncio.gather(*map(say, range(40))) for line in lines]
    query = "select array_agg((seq, subject) order by seq) from event where shard = $1 and subject like '%.%'"
    assert [tuple(row) for row in await place.fetch(query, place.shard)] == sorted(said)
    # The running balance of every transfer is that of the one before, and what it moved.
    query = """
        select count(*) from (select cr_balance - lag(cr_balance) over (order by seq) as step
          from transfer where tenant = $1 and cr = $2) t where step <> 1"""
    assert await place.fetch(query, place.tenants[0], place.accounts[place.tenants[0], 2]) == 0
    assert await place.balance(2) == 400
    for writer in writers:
        await writer.close()


@pytest.mark.parametrize(("shards", "connections"), [(1, 1), (3, 1), (4, 3)])
async def test_however_few_the_connections_nobody_waits_for_another_for_ever(
    database: Database, shards: int, connections: int
) -> None:
    """Each shard fills a batch while it writes another, and what it plans has to be read."""
    pool = await open_pool(database.url_app, size_min=1, size_max=connections)
    places = [await make_place(pool) for _ in range(shards)]
    writers = [place.writer() for place in places]

    async def pay(place: Place, writer: Writer, who: int) -> None:
        for number in range(4):
            counter = who * 10 + number  # one that nobody has read
            unit = place.unit(("post", 0, 2, 1), ("count", counter, 1, 5), key=f"{who}.{number}")
            assert not (await writer.submit(unit)).refused

    payers = [
        pay(place, writer, who)
        for place, writer in zip(places, writers, strict=True)
        for who in range(200)
    ]
    assert await within(30, *payers) == [None] * 200 * shards
    assert [await place.balance(2) for place in places] == [800] * shards
    for writer in writers:
        await writer.close()
    await pool.close()


async def test_units_that_depend_on_the_very_time_take_no_connection_for_a_plan(
    place: Place, monkeypatch: Any
) -> None:
    writer = place.writer()
    opened = 0
    open_batch = writer._batch.open

    def count(rouse: Any) -> Any:
        nonlocal opened
        opened += 1
        return open_batch(rouse)

    monkeypatch.setattr(writer._batch, "open", count)
    outcomes = await within(20, *(writer.submit(place.unit(MOVE, timed=True)) for _ in range(9)))
    assert all(isinstance(outcome, Answer) for outcome in outcomes)
    assert (opened, writer.counts["optimistic"]) == (0, 0)
    await writer.close()
