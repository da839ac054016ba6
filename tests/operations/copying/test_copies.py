"""A scene that met what was set for its pilot goes to another branch, and credits those it is from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.commit import admit
from enscene.kernel import controls
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid, NotFound
from enscene.operations import (
    Templates,
    approve_launch,
    begin_launch,
    change_wish,
    move_scene,
    read_launch,
    submit_launch,
)
from enscene.operations import store as operations_store
from enscene.operations.copying import (
    Copy,
    CopyOrder,
    Family,
    Offer,
    OfferOrder,
    WantedTarget,
    approve_criterion,
    ask_offer,
    begin_copy,
    compare_copies,
    credit_copies,
    decide_offer,
    end_offer,
    family_of,
    list_copies,
    list_offers,
    outcome_of,
    read_copy,
    read_credits,
    read_criterion,
    read_difference,
    read_offer,
    set_criterion,
    split,
)
from enscene.operations.projects import (
    Plan,
    PlannedTarget,
    approve_project,
    plan_project,
    tie_scene,
)
from enscene.tenants import Tenant, create_tenant

PACKS = Path(__file__).parents[3] / "packs"
ZONE = "Asia/Shanghai"
PACK = "smart_canteen"


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates._load(PACKS)


class Bank:
    """A bank with branches in three cities, and another bank."""

    def __init__(self, pool: Any, templates: Templates) -> None:
        self.pool, self.templates = pool, templates
        self.pack = templates.get(PACK)
        self.tenants: dict[str, Tenant] = {}

    async def make(self) -> None:
        top = await create_tenant(self.pool, "bank", "Bank", sandbox=True)
        self.tenants["bank"] = top
        for ref in ("north", "south", "west"):
            self.tenants[ref] = await create_tenant(self.pool, ref, ref, sandbox=True, parent=top)
        self.tenants["other"] = await create_tenant(self.pool, "other", "Other", sandbox=True)

    def __getitem__(self, ref: str) -> int:
        return self.tenants[ref].id

    async def family(self, ref: str) -> Family:
        return await family_of(self.pool, self[ref])

    async def month(self, ref: str, later: int) -> date:
        """The month so many months after this one."""
        async with operations_store.reading(self.pool, self[ref]) as connection:
            clock = await operations_store.read_clock(connection, self[ref])
        return add(local_day(clock["now"], clock["zone"]).replace(day=1), later)

    async def launch(self, ref: str, scene: str, launch: Any = None, **wish: Any) -> None:
        """A scene that is in its pilot."""
        pool, tenant = self.pool, self[ref]
        if launch is None:
            launch = await begin_launch(pool, tenant, self.pack, "ann")
            changes = {"ref": scene, "name": scene, **wish}
            await change_wish(pool, tenant, self.templates, launch, changes)
        await submit_launch(pool, tenant, self.templates, launch, "ann", ZONE)
        await approve_launch(pool, tenant, self.templates, launch, "bob")
        await move_scene(pool, tenant, scene, "pilot", "ann")

    async def values(self, ref: str, scene: str, month: date, **figures: int) -> None:
        """Kept figures of a month that is over: users, and fees in minor units."""
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self[ref]])
            number = await connection.fetchval("select id from scene where ref = $1", scene)
            for name, value in figures.items():
                kept = {"users": ("users.active", "", ""), "fees": ("account.moved", "fees", "CNY"),
                        "cost": ("account.moved", "cost", "CNY")}[name]  # fmt: skip
                await connection.execute(
                    "insert into indicator_value (tenant, indicator, scene, grain, day, key, "
                    "currency, value) values ($1, $2, $3, 'month', $4, $5, $6, $7)",
                    self[ref], kept[0], number, month, *kept[1:], value,
                )  # fmt: skip
            await connection.execute(
                "insert into indicator_day (tenant, day, rows) values ($1, $2, 1) "
                "on conflict do nothing", self[ref], add(month, 1) - timedelta(1),
            )  # fmt: skip

    async def live_since(self, ref: str, scene: str, month: date) -> None:
        """It went live on the tenth of that month."""
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self[ref]])
            at = datetime(month.year, month.month, 10, tzinfo=UTC)
            await connection.execute(
                "update scene set state = 'live', live_at = $2 where ref = $1", scene, at
            )

    async def met(self, ref: str = "north", scene: str = "one") -> date:
        """A scene that has met its criterion; the month by which it was judged."""
        await self.launch(ref, scene, region="Hangzhou", customer="ACME",
                          options={"daily_limit": "80.00"})  # fmt: skip
        month = await self.month(ref, 1)
        wanted = [WantedTarget("users.active", f"{month:%Y-%m}", "100")]
        await set_criterion(self.pool, self[ref], scene, wanted, "", "ann")
        await approve_criterion(self.pool, self[ref], scene, "bob")
        await self.values(ref, scene, month, users=120, fees=1_000)
        return month

    async def offered(self, **order: Any) -> Offer:
        """The scene of the north as others may copy it."""
        wanted = OfferOrder(**({"says": "lunch in five minutes", "basis": "account.income",
                                "months": 2, "points": 2_000} | order))  # fmt: skip
        number = await ask_offer(self.pool, self["north"], "one", self.pack, wanted, "ann")
        await decide_offer(self.pool, self["north"], number, "bob", approve=True)
        return await read_offer(self.pool, await self.family("north"), number)

    async def copied(self, offer: Offer, scene: str = "two", **order: Any) -> Copy:
        """The scene of the south, copied and in its pilot."""
        family = await self.family("south")
        given = CopyOrder(**({"ref": scene, "name": "Second", "region": "Ningbo"} | order))
        number, launch = await begin_copy(self.pool, family, offer, self.pack, given, "ann")
        await self.launch("south", scene, launch)
        return await read_copy(self.pool, family, number)


def add(month: date, later: int) -> date:
    """So many months later."""
    years, of_year = divmod(month.year * 12 + month.month - 1 + later, 12)
    return date(years, of_year + 1, 1)


@pytest.fixture
async def bank(pool: Any, templates: Templates) -> Bank:
    made = Bank(pool, templates)
    await made.make()
    return made


async def refuses(error: type[EnsceneError], code: str, work: Any) -> EnsceneError:
    """What it refuses, and with which code."""
    with pytest.raises(error) as raised:
        await work
    assert raised.value.code == code
    return raised.value


async def test_a_criterion_is_set_beforehand_and_fixed_by_a_second_person(bank: Bank) -> None:
    await bank.launch("north", "one")
    tenant, pool = bank["north"], bank.pool
    month = f"{await bank.month('north', 1):%Y-%m}"
    this = f"{await bank.month('north', 0):%Y-%m}"

    def wants(*targets: WantedTarget, scene: str = "one", currency: str = "") -> Any:
        return set_criterion(pool, tenant, scene, targets, currency, "ann")

    good = WantedTarget("users.active", month, "100")
    for targets, code in (
        ([], "copy.targets"), ([good] * 9, "copy.targets"), ([good] * 2, "project.target_twice"),
        ([WantedTarget("nothing", month, "1")], "project.indicator"),
        ([WantedTarget("users.active", this, "1")], "project.beforehand"),
        ([WantedTarget("users.active", month, "0")], "project.least"),
        ([WantedTarget("users.active", "x", "1")], "account.month"),
    ):  # fmt: skip
        await refuses(Invalid, code, wants(*targets))
    await refuses(NotFound, "scene.not_found", wants(good, scene="none"))
    card = (await read_scene(bank, "one"))["id"]
    assert await read_criterion(pool, tenant, card) is None
    await refuses(NotFound, "copy.no_criterion", approve_criterion(pool, tenant, "one", "bob"))
    await wants(good)
    await wants(good, WantedTarget("money.income", month, "12.50"))
    asked = await read_criterion(pool, tenant, card)
    assert outcome_of(asked) == "asked"
    await refuses(Forbidden, "copy.second_person", approve_criterion(pool, tenant, "one", "ann"))
    await approve_criterion(pool, tenant, "one", "bob")
    await refuses(Conflict, "copy.criterion_fixed", wants(good))
    await refuses(Conflict, "copy.criterion_fixed", approve_criterion(pool, tenant, "one", "cyd"))
    found = await read_criterion(pool, tenant, card)
    assert found is not None
    assert [(e.target.indicator, e.target.least, e.verdict) for e in found.judged] == [
        ("money.income", 1_250, "awaited"), ("users.active", 100, "awaited"),
    ]  # fmt: skip
    await bank.values("north", "one", await bank.month("north", 1), users=100)
    assert outcome_of(await read_criterion(pool, tenant, card)) == "missed"
    await bank.live_since("north", "one", date(2026, 1, 1))
    await refuses(Conflict, "copy.not_pilot", wants(good))


async def read_scene(bank: Bank, ref: str) -> Any:
    async with operations_store.reading(bank.pool, bank["north"]) as connection:
        return await connection.fetchrow("select id, state from scene where ref = $1", ref)


async def test_a_scene_of_a_project_is_judged_by_its_plan_alone(bank: Bank) -> None:
    pool, tenant = bank.pool, bank["north"]
    await bank.launch("north", "one")
    month = f"{await bank.month('north', 1):%Y-%m}"
    target = PlannedTarget("pilot", "users.active", month, "100")
    await plan_project(pool, tenant, Plan("p", "P", "ann", targets=[target]), "ann")
    await approve_project(pool, tenant, "p", "bob")
    await tie_scene(pool, tenant, "p", "one")
    wanted = [WantedTarget("users.active", month, "1")]
    await refuses(Conflict, "copy.by_project", set_criterion(pool, tenant, "one", wanted, "", "a"))
    found = await read_criterion(pool, tenant, (await read_scene(bank, "one"))["id"])
    assert found is not None
    assert (found.project, found.outcome, found.judged[0].target.least) == ("p", "awaited", 100)


async def test_only_what_two_people_offer_is_seen_by_other_branches(bank: Bank) -> None:
    await bank.met()
    pool, tenant, south = bank.pool, bank["north"], await bank.family("south")
    order = OfferOrder("good", "account.income", 12, 1_000)
    number = await ask_offer(pool, tenant, "one", bank.pack, order, "ann")
    assert await list_offers(pool, south) == ()
    await refuses(NotFound, "copy.no_offer", read_offer(pool, south, number))
    again = ask_offer(pool, tenant, "one", bank.pack, order, "bob")
    await refuses(Conflict, "copy.offered", again)
    alone = decide_offer(pool, tenant, number, "ann", approve=True)
    await refuses(Forbidden, "copy.second_person", alone)
    elsewhere = decide_offer(pool, bank["south"], number, "bob", approve=True)
    await refuses(NotFound, "copy.no_offer", elsewhere)
    await decide_offer(pool, tenant, number, "bob", approve=True)
    twice = decide_offer(pool, tenant, number, "bob", approve=False)
    await refuses(Conflict, "copy.decided", twice)
    (seen,) = await list_offers(pool, south)
    assert not seen.exception
    # Nothing of the place: neither region nor customer, and no sum of money.
    assert (seen.wish.region, seen.wish.customer, seen.wish.ref, seen.wish.name) == ("", "", "", "")
    assert "daily_limit" not in seen.wish.options
    assert "daily_limit" in seen.left_open
    assert await list_offers(pool, await bank.family("other")) == ()
    await end_offer(pool, tenant, number)
    assert await list_offers(pool, south) == ()
    begun = begin_copy(pool, south, seen, bank.pack, CopyOrder(), "ann")
    assert await begun  # what was looked at while it was offered may still be begun
    ended = await read_offer(pool, await bank.family("north"), number)
    late = begin_copy(pool, await bank.family("north"), ended, bank.pack, CopyOrder(), "ann")
    await refuses(Conflict, "copy.not_offered", late)


async def test_what_has_not_met_its_criterion_goes_by_exception_alone(bank: Bank) -> None:
    await bank.launch("north", "one")
    pool, tenant = bank.pool, bank["north"]
    plain = OfferOrder("good", "account.income", 12, 1_000)
    error = await refuses(
        Conflict, "copy.not_met", ask_offer(pool, tenant, "one", bank.pack, plain, "ann")
    )
    assert error.facts == {"outcome": "unset"}
    offer = await bank.offered(reason="a hospital waits for it")
    assert (offer.exception, offer.reason) == (True, "a hospital waits for it")
    for wrong, code in (
        ({"says": " "}, "copy.says"), ({"basis": "users.active"}, "copy.basis"),
        ({"months": 0}, "copy.months"), ({"points": 10_001}, "copy.points"),
        ({"left_open": ["nothing"]}, "copy.option"), ({"reason": "x" * 501}, "copy.reason"),
    ):  # fmt: skip
        await refuses(Invalid, code, bank.offered(**wrong))


async def test_a_copy_is_a_launch_that_is_filled_and_credits_those_it_is_from(bank: Bank) -> None:
    month = await bank.met()
    offer = await bank.offered()
    family = await bank.family("south")
    copy = await bank.copied(offer, options={"daily_limit": "75.00"}, helpers=[("west", 500)])
    launch = await read_launch(bank.pool, bank["south"], copy.launch)
    assert (launch.wish.region, launch.wish.customer) == ("Ningbo", "")
    assert launch.wish.products == offer.wish.products
    assert (copy.scene_ref, copy.begun_by, copy.approved_by) == ("two", "ann", "bob")
    changes = await read_difference(bank.pack, copy.original, copy.wish, ZONE)
    assert changes is not None
    assert [(c.path, c.after) for c in changes] == [("options.daily_limit", "75.00")]
    # Two whole months since it went live, one of them after what was agreed.
    await bank.live_since("north", "one", add(month, -1))
    await bank.live_since("south", "two", month)
    for later, fees in enumerate((1_005, 999, 777)):
        await bank.values("south", "two", add(month, later), users=10 + later, fees=fees, cost=-5)
    assert await credit_copies(bank.pool, bank["south"]) == 2
    assert await credit_copies(bank.pool, bank["south"]) == 0
    told = await read_credits(bank.pool, family, [copy.id])
    assert [(c.month, c.value, c.tenant, c.points, c.minor) for c in told] == [
        (month, 1_005, bank["north"], 2_000, 201), (month, 1_005, bank["west"], 500, 50),
        (add(month, 1), 999, bank["north"], 2_000, 200), (add(month, 1), 999, bank["west"], 500, 50),
    ]  # fmt: skip
    # The helper hears of its own share; another bank of nothing.
    west = await bank.family("west")
    assert {c.tenant for c in await read_credits(bank.pool, west, [copy.id])} == {bank["west"]}
    assert [c.id for c in await list_copies(bank.pool, west)] == [copy.id]
    assert await list_copies(bank.pool, await bank.family("other")) == ()
    assert await list_copies(bank.pool, await bank.family("bank")) == ()
    both = await compare_copies(
        bank.pool, family, copy.origin_tenant, copy.origin_scene, copy.currency, [copy]
    )
    first, second = both.tracks
    assert (first.first, second.first) == (add(month, -1), month)
    assert (first.values["users.active", 1], second.values["users.active", 1]) == (120, 11)
    assert (first.values["account:fees", 1], second.values["account:fees", 0]) == (1_000, 1_005)
    assert "account:fees" in both.figures
    assert ("users.active", 0) not in first.values


async def test_who_helps_is_another_branch_and_shares_are_one_whole(bank: Bank) -> None:
    await bank.met()
    offer = await bank.offered(points=9_000)
    for helpers, code in (
        ([("nobody", 1)], "copy.helper"), ([("north", 1)], "copy.helper"),
        ([("south", 1)], "copy.helper"), ([("other", 1)], "copy.helper"),
        ([("west", 1), ("west", 1)], "copy.helper"), ([("west", 0)], "copy.points"),
        ([("west", 1_001)], "copy.shares"), ([("west", 1)] * 11, "copy.helpers"),
    ):  # fmt: skip
        await refuses(Invalid, code, bank.copied(offer, helpers=helpers))
    await refuses(Invalid, "copy.option", bank.copied(offer, options={"nothing": "1"}))
    assert await list_copies(bank.pool, await bank.family("south")) == ()
    # Nobody else hears of a copy before a second person has agreed.
    family = await bank.family("south")
    await begin_copy(bank.pool, family, offer, bank.pack, CopyOrder(helpers=[("west", 1_000)]), "a")
    assert len(await list_copies(bank.pool, family)) == 1
    for ref in ("north", "west"):
        assert await list_copies(bank.pool, await bank.family(ref)) == ()


async def test_without_its_control_one_person_would_do(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bank.met()
    number = await ask_offer(
        bank.pool, bank["north"], "one", bank.pack,
        OfferOrder("good", "account.income", 12, 1_000), "ann",
    )  # fmt: skip
    monkeypatch.setitem(controls._CONTROLS, "copy_second_person", lambda *_: None)
    # The table holds it even then.
    with pytest.raises(Exception, match="copy_offer_check"):
        await decide_offer(bank.pool, bank["north"], number, "ann", approve=True)


shares = st.lists(st.integers(1, 3_000), max_size=3)


@given(st.integers(-(10**12), 10**15), st.integers(1, 1_000), shares)
def test_a_split_is_the_shares_to_the_unit(value: int, points: int, helpers: list[int]) -> None:
    named = list(enumerate(helpers, 2))
    found = split(value, points, named, 1)
    earned = max(0, value)
    whole = earned * (points + sum(helpers))
    assert abs(sum(found.values()) * 10_000 - whole) <= 5_000
    assert all(minor >= 0 for minor in found.values())
    for helper, share in named:
        assert abs(found[helper] * 10_000 - earned * share) <= 5_000 * len(named)
    assert abs(found[1] * 10_000 - earned * points) <= 5_000 * (1 + len(named))
