"""The write path does what an independent model says, whoever else writes at the same time."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commit.model import Account, Orders, Said, Shard, Step
from commit.orders import FLOORS, OrderUnit, Place, code_of, make_place
from enscene.commit import Answer, Writer, admit
from enscene.ledger import verify_ledger
from enscene.storage import Database, open_pool
from testserver import TestServer


@pytest.fixture(scope="module")
def own_database(test_server: TestServer) -> Iterator[Database]:
    """One database for all examples: each makes a shard of its own in it."""
    with asyncio.Runner() as runner:
        cloning = test_server.clone()
        yield runner.run(cloning.__aenter__())
        runner.run(cloning.__aexit__(None, None, None))


numbers = st.integers(0, len(FLOORS) - 1)
pairs = st.tuples(numbers, numbers).filter(lambda pair: pair[0] != pair[1])
amounts = st.sampled_from([1, 7, 100, 100, 300, 1_000])
tags = st.tuples(st.integers(0, 24), st.just(0), st.integers(0, 1))
few = st.integers(0, 2)

steps = st.one_of(
    st.builds(lambda cr, amount: ("post", 0, cr, amount), st.integers(1, 4), amounts),
    st.builds(lambda pair, amount: ("post", *pair, amount), pairs, amounts),
    st.builds(lambda pair, amount: ("sweep", *pair, amount), pairs, amounts),
    st.builds(lambda pair, amount: ("hold", *pair, amount), pairs, amounts),
    st.builds(
        lambda pair, amount: ("hold_and_capture", *pair, amount, (amount + 1) // 2), pairs, amounts
    ),
    st.builds(lambda tag, amount, keep: ("capture", tag, amount, keep), tags, amounts, st.booleans()),
    st.builds(lambda tag: ("void", tag), tags),
    st.builds(lambda account: ("look", account), numbers),
    st.builds(
        lambda counter, amount, limit: ("count", counter, amount, limit),
        few, st.sampled_from([-3, 1, 5, 20]), st.sampled_from([None, 10, 25]),
    ),
    st.builds(lambda counter: ("tally", counter), few),
    st.builds(lambda thing: ("create", thing), few),
    st.builds(lambda thing, state: ("change", thing, state), few, st.sampled_from("abc")),
    st.builds(lambda thing: ("see", thing), few),
    st.sampled_from([("refuse",), ("err",)]),
)  # fmt: skip
order = st.lists(steps, min_size=1, max_size=3).map(tuple)
orders = st.one_of(
    order.map(lambda one: (one,)), st.lists(order, min_size=2, max_size=3).map(tuple)
)
keys = st.one_of(st.none(), st.integers(0, 30).map(lambda n: f"k{n}"))
asked = st.tuples(orders, keys, st.integers(0, 1))
"""What is ordered, under which key, from which of two processes."""
bursts = st.lists(st.lists(asked, min_size=1, max_size=7), min_size=1, max_size=8)


class Run:
    """One example: what was sent, what came back, and the model beside it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.model = Shard({number: Account(floor) for number, floor in enumerate(FLOORS)})
        self.answers: dict[str, tuple[Orders, Answer]] = {}
        self.seen: dict[int, list[Any]] = {}
        self.number = 0

    def units(self, burst: list[Any]) -> list[OrderUnit]:
        tenant = self.place.tenants[0]
        found = []
        for wanted, key, _ in burst:
            ready = tuple(tuple(self._known(step) for step in order) for order in wanted)
            found.append(
                OrderUnit(self.place, tenant, ready, tag=self.number, key=key, body=repr(wanted))
            )
            self.number += 1
        return found

    def _known(self, step: Step) -> Step:
        """A hold that was not made before it is asked for has no name yet."""
        if step[0] in ("capture", "void") and step[1] not in self.place.holds:
            return (step[0], "nobody's", *step[2:])
        return step

    def judge(self, burst: list[Any], units: list[OrderUnit], outcomes: list[Any]) -> None:
        """Committed orders must be what the model does in the order of their numbers; whoever
        was told no must have been told so by the model at some moment of the burst."""
        done: dict[int, tuple[OrderUnit, Answer]] = {}
        known = dict(self.answers)
        unheard = set(units)
        for (wanted, key, _), unit, outcome in zip(burst, units, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                continue
            if key is not None and not outcome.replayed:
                assert key not in self.answers, f"{key} was done twice"
            if key is not None:
                first = self.answers.setdefault(key, (wanted, outcome))
                assert first[0] == wanted
                assert (first[1].body, first[1].refused) == (outcome.body, outcome.refused)
                if outcome.replayed:
                    unheard.discard(unit)
                    continue
            if not outcome.refused:
                lines = json.loads(outcome.body)
                seq = lines[0]["seq"] if unit.lines else lines["seq"]
                assert seq not in self.seen
                assert seq not in done
                done[seq] = (unit, outcome)
                unheard.discard(unit)
        moments = [copy.deepcopy(self.model)]
        for seq in sorted(done):
            unit, answer = done[seq]
            lines = unit.told(answer)
            assert [line["seq"] for line in lines] == list(range(seq, seq + len(lines)))
            assert [line["results"] for line in lines] == self.model.judge(unit.tag, unit.orders)
            self.seen.update((line["seq"], unit.tag) for line in lines)
            moments.append(copy.deepcopy(self.model))
        for (wanted, key, _), unit, outcome in zip(burst, units, outcomes, strict=True):
            if unit not in unheard:
                continue
            code = code_of(outcome) if isinstance(outcome, BaseException) else _code(outcome)
            if code == "idempotency.key_reused":
                assert self.answers[key][0] != wanted
                continue
            assert key not in known or isinstance(outcome, Answer)
            assert any(_says(moment, unit, code) for moment in moments), (code, unit.orders)


def _code(refusal: Answer) -> str:
    assert refusal.refused
    code: str = json.loads(refusal.body)["code"]
    return code


def _says(moment: Shard, unit: OrderUnit, code: str) -> bool:
    try:
        copy.deepcopy(moment).judge(unit.tag, unit.orders)
    except Said as said:
        return said.code == code
    return False


def long_story(seed: int) -> list[list[Any]]:
    """Many orders about few things, so that what a process remembers is often out of date."""
    random = Random(seed)

    def pair() -> tuple[int, ...]:
        return tuple(random.sample(range(len(FLOORS)), 2))

    held: list[Any] = [(0, 0, 0)]

    def step(line: int, place: int) -> Step:
        amount = random.choice([1, 7, 100, 300])
        made = random.choice(held[-3:])
        match random.randrange(14):
            case 0 | 1:
                return ("post", 0, random.randrange(1, 5), amount)
            case 2:
                return ("post", *pair(), amount)
            case 3 | 4:
                return ("sweep", *pair(), random.choice([amount, 20_000]))
            case 5:
                held.append((at, line, place))
                return ("hold", *pair(), amount)
            case 6 | 7:
                return ("capture", made, amount, random.random() < 0.6)
            case 8:
                return ("void", made)
            case 9:
                return ("look", random.randrange(1, 5))
            case 10 | 11:
                return ("count", 0, random.choice([-9, 2, 5]), random.choice([None, 20, 20]))
            case 12:
                return ("change", 0, random.choice("abc"))
            case _:
                return random.choice([("tally", 0), ("see", 1), ("create", random.randrange(9))])

    story: list[list[Any]] = [[(((("create", 0),),), None, 0)]]
    at = 1
    while at < 260:
        burst: list[Any] = []
        for _ in range(random.choice([1, 1, 2, 6])):
            lines = random.choice([1, 1, 1, 1, 2])
            wanted = tuple(
                tuple(step(line, place) for place in range(random.choice([1, 1, 2])))
                for line in range(lines)
            )
            key = random.choice([None, f"k{random.randrange(400)}"])
            burst.append((wanted, key, random.randrange(2)))
            at += 1
        story.append(burst)
    return story


@pytest.mark.parametrize("seed", range(8))
def test_long_stories_of_two_processes_do_what_the_model_does(
    own_database: Database, seed: int
) -> None:
    batch_most = (1, 3, 1_000)[seed % 3]
    asyncio.run(_play(own_database.url_app, long_story(seed), batch_most))


async def _play(url: str, wanted: list[list[Any]], batch_most: int) -> None:
    pool = await open_pool(url, size_max=6)
    place = await make_place(pool)
    run = Run(place)
    writers = [place.writer(batch_most=batch_most), place.writer(batch_most=batch_most)]
    reader = asyncio.create_task(_poll(place))
    try:
        for burst in wanted:
            await _send(run, writers, burst)
        for writer in writers:
            await writer.close()
        await _ask_again(place, run)
        await _compare(place, run)
    finally:
        reader.cancel()
        polled = (await asyncio.gather(reader, return_exceptions=True))[0]
        pool.terminate()
    assert not isinstance(polled, Exception), polled


async def _send(run: Run, writers: list[Writer], burst: list[Any]) -> None:
    units = run.units(burst)
    sent = [writers[who].submit(unit) for unit, (_, _, who) in zip(units, burst, strict=True)]
    async with asyncio.timeout(30):
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
    run.judge(burst, units, outcomes)


async def _poll(place: Place) -> None:
    """A reader of the log that never looks back sees ever greater numbers; `_compare` runs after
    it, so what it has not seen in order is a hole."""
    seen: list[int] = []
    while True:
        async with place.pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, place.tenants)
            rows = await connection.fetch(
                "select seq from event where shard = $1 and seq > $2 order by seq",
                place.shard, seen[-1] if seen else 0,
            )  # fmt: skip
            seen += [row[0] for row in rows]
            behind = await connection.fetchval(
                "select count(*) from event where shard = $1 and seq <= $2",
                place.shard, seen[-1] if seen else 0,
            )  # fmt: skip
        assert behind == len(seen), "an event came late"


async def _ask_again(place: Place, run: Run) -> None:
    """Another process gives every key the answer that was given first."""
    writer = place.writer()
    for key, (wanted, first) in run.answers.items():
        unit = OrderUnit(place, place.tenants[0], wanted, tag="again", key=key, body=repr(wanted))
        again = await writer.submit(unit)
        assert again == Answer(first.body, first.refused, replayed=True)
    await writer.close()


async def _compare(place: Place, run: Run) -> None:
    tenant = place.tenants[0]
    async with place.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        rows = await connection.fetch(
            "select owner, posted, held from account where tenant = $1", tenant
        )
        held = {row[0]: (row[1], row[2]) for row in rows}
        counters = dict(
            await connection.fetch("select owner, value from counter where tenant = $1", tenant)
        )
        things = {
            row[0]: (row[1], row[2])
            for row in await connection.fetch(
                "select key, state, version from thing where tenant = $1", tenant
            )
        }
        events = dict(
            await connection.fetch("select seq, actor from event where tenant = $1", tenant)
        )
    model = run.model
    assert held == {n: (account.posted, account.held) for n, account in model.accounts.items()}
    assert {n: v for n, v in counters.items() if v} == {
        n: v for n, v in model.counters.items() if v
    }
    assert things == {f"k{n}": thing for n, thing in model.things.items()}
    assert sorted(events) == sorted(run.seen)
    async with place.pool.acquire() as connection:
        verdict = await verify_ledger(connection, tenant)
    assert verdict.verified, verdict.faults


@settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(wanted=bursts, batch_most=st.sampled_from([1, 2, 1_000]))
def test_orders_of_two_processes_do_what_the_model_does(
    own_database: Database, wanted: list[list[Any]], batch_most: int
) -> None:
    asyncio.run(_play(own_database.url_app, wanted, batch_most))
