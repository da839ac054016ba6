"""The pool of benefits whatever happens in whatever order: what stands in the accounts is what a plain
count says, to the cent, and nothing is paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engagement.benefits.filling import ask
from engagement.benefits.test_pool import COST, no_sandbox, promise, speaks, sql
from engagement.campaigns.sample import body_of, sample
from engagement.running.campaigning import stop
from enscene.engagement.benefits import (
    decide_pool_order,
    keep_books,
    read_subsidies,
    withdraw_pool_order,
)
from enscene.engagement.campaigns import decide_campaign, propose_campaign
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden
from enscene.kernel.money import format_money
from enscene.ledger import verify_ledger
from enscene.storage import Database, open_pool
from trip import Trip, open_trip

PEOPLE = ("lin@bank", "mei@bank", "wu@bank")
Run = Callable[[Coroutine[Any, Any, Any]], Any]
amounts = st.integers(-30_00, 60_00).filter(bool)
budgets = st.integers(5_00, 90_00)
numbers = st.integers(0, 30)


class PoolOfAnyKind(RuleBasedStateMachine):
    """A bank's pool, one campaign, and a count of its own beside them."""

    run: Run
    pool: Any
    tenants = count()

    @initialize()
    def open(self) -> None:
        self.stack = AsyncExitStack()
        self.trip: Trip = self.run(
            self.stack.enter_async_context(open_trip(self.pool, ref=f"bank{next(self.tenants)}"))
        )
        self.run(no_sandbox(self.trip))
        self.where = (self.pool, self.trip.tenant.id)
        self.put_in = self.free = self.left = self.aside = self.spent = 0
        self.orders: list[dict[str, Any]] = []
        self.offers: dict[UUID, str] = {}
        self.version: int | None = None
        # Most of what may go wrong needs a pool that is not empty.
        self.propose(200_00)
        self.decide(0, PEOPLE[1], True)
        self.new_version(30_00)

    def refuses(self, work: Coroutine[Any, Any, Any]) -> type[EnsceneError] | None:
        try:
            self.run(work)
        except (Conflict, Forbidden) as refused:
            return type(refused)
        return None

    def book(self) -> None:
        """By two at once; what a campaign that is over has left goes back."""

        async def twice() -> None:
            await asyncio.gather(*(keep_books(*self.where) for _ in range(2)))

        self.run(twice())
        if self.version is None:
            self.free, self.left = self.free + self.left, 0

    @rule(amount=amounts)
    def propose(self, amount: int) -> None:
        made = self.run(ask(*self.where, format_money(amount, "CNY")))
        self.orders.append(
            {"id": made.id, "amount": amount, "by": made.proposed_by, "is": ("proposed", None)}
        )

    @precondition(lambda self: self.orders)
    @rule(which=numbers, who=st.sampled_from(PEOPLE), approve=st.booleans())
    def decide(self, which: int, who: str, approve: bool) -> None:
        order = self.orders[which % len(self.orders)]
        wanted = ("approved" if approve else "rejected", who)
        refused = self.refuses(
            decide_pool_order(*self.where, order["id"], approve=approve, who=who)
        )
        if who == order["by"]:
            assert refused is Forbidden
        elif order["is"] == wanted:
            assert refused is None
        elif order["is"][0] != "proposed" or (approve and self.free + order["amount"] < 0):
            assert refused is Conflict
        else:
            assert refused is None
            order["is"] = wanted
            if approve:
                self.put_in += order["amount"]
                self.free += order["amount"]

    @precondition(lambda self: self.orders)
    @rule(which=numbers, who=st.sampled_from(PEOPLE))
    def withdraw(self, which: int, who: str) -> None:
        order = self.orders[which % len(self.orders)]
        refused = self.refuses(withdraw_pool_order(*self.where, order["id"], who))
        if who != order["by"]:
            assert refused is Forbidden
        elif order["is"][0] in ("proposed", "withdrawn"):
            assert refused is None
            order["is"] = ("withdrawn", who)
        else:
            assert refused is Conflict

    @rule(budget=budgets)
    def new_version(self, budget: int) -> None:
        """It gets what it needs more, and gives back what it needs less."""
        body = body_of(sample(holdout=0, **speaks(format_money(budget, "CNY"))))
        made = self.run(
            propose_campaign(
                self.pool, self.trip.host, self.trip.tenant.id, "winter", body, PEOPLE[0]
            )
        )

        def verdict(approve: bool) -> Coroutine[Any, Any, Any]:
            version = made.kept.version
            return decide_campaign(*self.where, "winter", version, approve=approve, who=PEOPLE[1])

        missing = budget - (self.left + self.aside + self.spent)
        if missing > self.free:
            assert self.refuses(verdict(True)) is Conflict
            self.run(verdict(False))
            return
        self.run(verdict(True))
        moved = max(missing, -self.left)
        self.free, self.left = self.free - moved, self.left + moved
        self.version = made.kept.version
        self.book()

    @precondition(lambda self: self.version is not None and self.offers)
    @rule()
    def end(self) -> None:
        assert self.version is not None
        self.run(stop(self.trip, self.version))
        self.version = None
        self.book()

    @rule(many=st.integers(1, 4))
    def say(self, many: int) -> None:
        """Whatever an engine says, no more is promised than is left."""
        ids = self.run(promise(self.trip, many))
        enough = min(many, self.left // COST)
        self.left, self.aside = self.left - enough * COST, self.aside + enough * COST
        self.book()
        rows = self.run(
            sql(self.trip, "select decision, state from benefit where decision = any($1)", ids)
        )
        assert sum(row["state"] == "aside" for row in rows) == enough
        self.offers |= {row["decision"]: row["state"] for row in rows}

    @precondition(lambda self: self.offers)
    @rule(which=numbers, what=st.sampled_from(("taken", "dismissed", "late")))
    def answer(self, which: int, what: str) -> None:
        """Of what was answered or is over before, nothing moves."""
        offer = list(self.offers)[which % len(self.offers)]
        if what == "late":
            self.run(
                sql(self.trip, "update benefit set said_at = said_at - interval '8 days' "
                    "where decision = $1", offer)
            )  # fmt: skip
        else:
            self.run(sql(self.trip, "update decision set state = $2 where id = $1", offer, what))
        if self.offers[offer] == "aside":
            self.aside -= COST
            if what == "taken":
                self.spent += COST
            else:
                self.left += COST
            self.offers[offer] = "taken" if what == "taken" else "released"
        self.book()

    @rule()
    def say_and_take(self) -> None:
        self.say(1)
        self.answer(len(self.offers) - 1, "taken")

    @invariant()
    def stands(self) -> None:
        told = self.run(read_subsidies(*self.where))
        assert told.sums
        sums = {
            name: sum(getattr(each, name) for each in told.lines)
            for name in ("left", "aside", "spent")
        }
        free = sum(each.left for each in told.pools)
        assert (free, sums) == (
            self.free, {"left": self.left, "aside": self.aside, "spent": self.spent},
        )  # fmt: skip
        assert sum(each.filled for each in told.pools) == self.put_in
        assert self.put_in == free + sum(sums.values())
        assert min(free, *sums.values()) >= 0

    def teardown(self) -> None:
        if not hasattr(self, "stack"):
            return

        async def proof() -> None:
            async with self.pool.acquire() as connection:
                assert (await verify_ledger(connection, self.trip.tenant.id)).verified
            (row,) = await sql(
                self.trip, "select count(*) filter (where action = 'benefits.taken') as paid, "
                "count(*) filter (where action = 'benefits.filled') as filled from event "
                "where tenant = $1", self.trip.tenant.id,
            )  # fmt: skip
            assert row["paid"] * COST == self.spent
            assert row["filled"] == sum(each["is"][0] == "approved" for each in self.orders)

        self.run(proof())
        self.run(self.stack.aclose())


def test_whatever_happens_the_accounts_say_what_a_plain_count_says(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asyncio.Runner() as runner:

        async def opened() -> Any:
            return await open_pool(database.url_app, size_max=8)

        pool = runner.run(opened())
        monkeypatch.setattr(PoolOfAnyKind, "run", staticmethod(runner.run), raising=False)
        monkeypatch.setattr(PoolOfAnyKind, "pool", pool, raising=False)
        try:
            run_state_machine_as_test(
                PoolOfAnyKind,
                settings=settings(max_examples=30, stateful_step_count=30, deadline=None),
            )
        finally:
            runner.run(pool.close())
