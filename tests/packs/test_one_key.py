"""What a scene opens itself: one key ends it there too, and what ends there ends the contract."""

from __future__ import annotations

from typing import Any

from packs.open_scene import open_story
from packs.test_car_owner_story import CAR, MONEY, PARTIES

HOME = {"ann": "owner", "prop": "company", "bank": "bank"}
TRIP = {"ann": "traveller", "ag": "site", "tower": "feed", "sure": "insurer", "bank": "bank"}


async def owned(story: Any) -> None:
    """Ann's car, paid for and handed over."""
    assert isinstance(await story.do("offer_car", "shop", **CAR), dict)
    await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
    about = ("car_loan", "purchase", "P1")
    assert await story.apply("ann", *about, months=36, income="30000.00") == "done"
    assert isinstance(await story.do("hand_over", "shop", purchase="P1", plate="A1"), dict)


async def test_a_cover_closed_in_its_first_days_gives_the_premium_back(pool: Any) -> None:
    async with open_story(pool, "car_owner", PARTIES, MONEY, bound={"eye": "way"}) as story:
        await owned(story)
        before = await story.balance("card", "ann")
        cover = {"plate": "A1", "cover_no": "C1", "insurer": "sure"}
        assert (await story.do("take_cover", "ann", **cover))["premium"] == "5000.00"
        policy = await story.last_contract("ann")
        shown = await story.host.contracts.closing(story.tenant.id, (await story.held(policy)).id)
        assert shown.closing.gets == 5_000_00
        assert await story.balance("card", "ann") != before
        assert await story.act(policy, "close", "ann") == "closed"
        assert await story.state("cover", "C1") == "cancelled"
        assert await story.balance("card", "ann") == before
        assert await story.act(policy, "close", "ann") == "contract.not_open"


async def test_a_tag_that_is_closed_passes_no_gate_and_one_sold_with_the_car_is_closed(
    pool: Any,
) -> None:
    async with open_story(pool, "car_owner", PARTIES, MONEY, bound={"eye": "way"}) as story:
        await owned(story)
        assert isinstance(await story.do("open_tag", "ann", plate="A1"), dict)
        assert await story.act(await story.last_contract("ann"), "close", "ann") == "closed"
        assert await story.state("tag", "A1") == "ended"
        cover = {"plate": "A1", "cover_no": "C1", "insurer": "sure"}
        assert isinstance(await story.do("take_cover", "ann", **cover), dict)
        policy = await story.last_contract("ann")
        assert isinstance(await story.do("sell_car", "ann", plate="A1"), dict)
        assert await story.state("cover", "C1") == "ended"
        assert (await story.held(policy)).state == "closed"
        # Only the tag was given up; the cover ended with its car.
        assert await story.tasks("closed_early") == 1


async def test_what_the_scene_would_refuse_is_said_before(pool: Any) -> None:
    async with open_story(pool, "car_owner", PARTIES, MONEY, bound={"eye": "way"}) as story:
        await owned(story)
        cover = {"plate": "A1", "cover_no": "C1", "insurer": "sure"}
        assert isinstance(await story.do("take_cover", "ann", **cover), dict)
        policy = await story.last_contract("ann")
        before = await story.stands()
        await story.become("suspended")
        shown = await story.host.contracts.closing(story.tenant.id, (await story.held(policy)).id)
        assert shown.closing.blocked == "scene.not_open"
        assert await story.act(policy, "close", "ann") == "scene.not_open"
        assert await story.state("cover", "C1") == "cooling"
        assert await story.stands() == before
        await story.become("live")
        assert await story.act(policy, "close", "ann") == "closed"


async def test_what_a_retired_scene_left_open_closes_without_it(pool: Any) -> None:
    async with open_story(pool, "community", HOME, {}) as story:
        assert isinstance(await story.do("agree_auto_pay", "ann", home="H1", company="prop"), dict)
        mandate = await story.last_contract("ann")
        await story.become("retired")
        assert await story.act(mandate, "close", "ann") == "closed"


async def test_who_closes_is_answered_also_when_what_follows_in_the_scene_was_faster(
    pool: Any, monkeypatch: Any
) -> None:
    async with open_story(pool, "car_owner", PARTIES, MONEY, bound={"eye": "way"}) as story:
        await owned(story)
        assert isinstance(await story.do("open_tag", "ann", plate="A1"), dict)
        tag = await story.last_contract("ann")
        ties = story.host.contracts.ties
        end = ties.end

        async def end_and_follow(*given: Any) -> bool:
            monkeypatch.setattr(ties, "end", end)
            ended = await end(*given)
            await story.reactor.settle(story.tenant.id)
            return ended

        monkeypatch.setattr(ties, "end", end_and_follow)
        assert await story.act(tag, "close", "ann") == "closed"
        assert await story.act(tag, "close", "ann") == "contract.not_open"


async def test_no_bill_is_paid_after_the_mandate_was_closed(pool: Any) -> None:
    async with open_story(pool, "community", HOME, {("card", "ann"): "3000.00"}) as story:
        assert isinstance(await story.do("agree_auto_pay", "ann", home="H1", company="prop"), dict)
        mandate = await story.last_contract("ann")
        assert await story.act(mandate, "close", "ann") == "closed"
        assert await story.state("mandate", "H1") == "ended"
        bill = {"bill": "B1", "owner": "ann", "home": "H1", "period": "2026-Q1",
                "amount": "300.00"}  # fmt: skip
        assert isinstance(await story.do("issue_bill", "prop", **bill), dict)
        assert await story.state("bill", "B1") == "issued"
        assert await story.balance("card", "ann") == "3000.00"


async def test_no_claim_is_paid_on_a_cover_that_was_closed(pool: Any) -> None:
    late, kept = "MU5101-2026-03-20-PVG", "MU5102-2026-03-20-PVG"
    async with open_story(pool, "travel", TRIP, {("card", "ann"): "100.00"}) as story:
        for policy, flight in (("C1", late), ("C2", kept)):
            taken = await story.do("buy_cover", "ann", policy=policy, flight=flight)
            assert isinstance(taken, dict), taken
        second = await story.last_contract("ann")
        first = next(
            str(held.id)
            for held in await story.host.contracts.of_customer(
                story.tenant.id, (await story.member("ann")).id
            )
            if held.about == late
        )
        assert await story.act(first, "close", "ann") == "closed"
        assert await story.state("policy", "C1") == "ended"
        before = await story.balance("card", "ann")
        for flight in (late, kept):
            await story.do("report_landed", "tower", flight=flight, delay=200)
        # The other one was paid, and with that its contract has ended.
        assert await story.state("policy", "C2") == "claimed"
        assert await story.balance("card", "ann") != before
        assert (await story.held(second)).state == "closed"
        assert await story.adds_up()
