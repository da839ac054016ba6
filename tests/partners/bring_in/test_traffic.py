"""What traffic brings and costs, to the cent, by day and month and in both directions."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from api.conftest import open_scene, people_of
from enscene.api.bring_in import TrafficWorker
from enscene.ledger import read_trial_balance
from enscene.partners import store
from enscene.partners.bring_in import list_tiles, open_visit, post_months, read_traffic
from enscene.partners.bring_in.cashier import COST, INCOME, traffic_name
from enscene.partners.bring_in.traffic import DEPENDS_FROM, Sums, _months_of
from enscene.partners.clauses import today_of
from partners.bring_in.scenes import month_before


async def today(outside):
    return await today_of(outside.pool, outside.tenant.id)


async def last_month(outside):
    """As if all of it had been in the month before."""
    first = month_before(await today(outside))
    await outside.sql("update brought_in_terms set starts = $1", first)
    for table in ("visit", "order", "shown"):
        await outside.sql(f"update brought_in_{table} set day = $1", first + timedelta(days=9))
    return first


async def busy(partner, class_="takeaway", visits=3, orders=2):
    """So many visits of ann, and orders of the last of them."""
    entry = await partner.entry(class_=class_)
    came = [await partner.came(entry) for _ in range(visits)]
    for number in range(orders):
        await partner.told(f"{class_}-{number}", came[-1], "paid")
    return entry


async def report(outside):
    day = await today(outside)
    return await read_traffic(outside.pool, outside.tenant.id, day.replace(day=1), day)


async def test_what_was_shown_opened_visited_and_ordered_is_counted(outside):
    shop = await outside.partner("外卖")
    await shop.agree(in_kind="visit", in_price="0.35")
    entry = await busy(shop)
    for _ in range(5):
        await list_tiles(outside.pool, outside.tenant.id)
    await open_visit(outside.pool, outside.tenant.id, entry.id, outside.people["bob"], "en")
    came = await shop.came(entry, "bob")
    await shop.told("takeaway-9", came, "cancelled")
    found = await report(outside)
    assert found.whole == Sums(5, 5, 4, 2, 2, 6_400, 0)
    assert found.days[await today(outside)] == found.whole
    [(known, sums)] = found.entries
    assert (known.id, sums.conversion) == (entry.id, 50)
    [line] = found.partners
    assert (line.share, line.order_share, line.customers) == (100, 100, 2)
    assert (line.cost, line.per_order, line.per_customer) == (140, 70, 70)


async def test_money_that_goes_back_does_not_count(outside):
    shop = await outside.partner("外卖")
    await shop.agree(in_kind="order", in_price="1.00")
    entry = await shop.entry()
    came = await shop.came(entry)
    await shop.told("o-1", came, "refunded")
    await shop.told("o-2", came, "refunded", refunded="2.00")
    found = await report(outside)
    assert (found.whole.orders, found.whole.sold, found.whole.kept) == (2, 1, 3_000)
    assert found.partners[0].cost == 100


@pytest.mark.parametrize(
    ("terms", "cost", "income", "owed"),
    [
        ({"in_kind": "visit", "in_price": "0.35"}, -105, 0, 105),
        ({"in_kind": "order", "in_price": "2.01", "in_payer": "partner"}, 0, 402, -402),
        ({"in_kind": "fixed", "in_price": "1000.07"}, -100_007, 0, 100_007),
        ({"in_kind": "none"}, 0, 0, 0),
    ],
)
async def test_a_month_is_posted_once_to_the_cent(outside, terms, cost, income, owed):
    shop = await outside.partner("外卖")
    await shop.agree(**terms)
    await busy(shop)
    assert await post_months(outside.pool, outside.cashier, outside.tenant.id) == 0
    month = await last_month(outside)
    worker = TrafficWorker(outside.pool)
    assert await worker.step() == (0 if terms["in_kind"] == "none" else 1)
    await outside.sql("update brought_in_terms set in_minor = in_minor + 5")
    assert await worker.step() == 0
    await worker.stop()
    found = [await outside.balance(name) for name in (COST, INCOME, traffic_name(shop.id))]
    assert found == [cost, income, owed]
    posted = (await report(outside)).months
    assert [each.month for each in posted] == [month] * bool(owed)
    async with store.admitted(outside.pool, outside.tenant.id) as connection:
        totals = await read_trial_balance(connection, outside.tenant.id)
    assert sum(row[-1] for row in totals) == 0


async def test_two_who_post_at_once_post_one(outside):
    shop = await outside.partner("外卖")
    await shop.agree(in_kind="visit", in_price="0.35")
    await busy(shop)
    await last_month(outside)
    one, two = TrafficWorker(outside.pool), TrafficWorker(outside.pool)
    await asyncio.gather(one.step(), two.step())
    await one.stop()
    await two.stop()
    assert await outside.balance(COST) == -105


async def test_shares_of_several_and_a_dependence_that_is_too_great(outside):
    shop, taxi = await outside.partner("外卖"), await outside.partner("出租车")
    for each in (shop, taxi):
        await each.agree(share_most=70)
    await busy(shop, visits=3, orders=1)
    await busy(taxi, "taxi", visits=1, orders=3)
    found = await report(outside)
    assert [(each.name, each.share, each.order_share) for each in found.partners] == [
        ("外卖", 75, 25), ("出租车", 25, 75),
    ]  # fmt: skip
    assert not any(line.above for line in found.partners)
    many = Sums(visits=DEPENDS_FROM)
    for line, visits in zip(found.partners, (36, 14), strict=True):
        line.sums.visits = visits
        line.judge(many)
    assert [line.above for line in found.partners] == [True, False]


async def test_customers_that_came_the_other_way_are_paid_for_too(outside, canteen_pack):
    scene = await open_scene(outside.pool, outside.tenant, canteen_pack, "canteen")
    await people_of(outside.pool, outside.tenant, scene, canteen_pack)
    shop = await outside.partner("外卖")
    await shop.agree(out_kind="customer", out_price="8.00", out_scenes=["canteen"])
    [line] = (await report(outside)).partners
    assert line.sent > 0
    assert (line.cost, line.out_cost) == (0, 800 * line.sent)
    first = month_before(await today(outside))
    await outside.sql("update brought_in_terms set starts = $1", first)
    await outside.sql("update enrolment set since = since - make_interval(days => 31)")
    await post_months(outside.pool, outside.cashier, outside.tenant.id)
    assert await outside.balance(traffic_name(shop.id)) == 800 * line.sent


def test_a_span_touches_months():
    found = _months_of(date(2026, 1, 30), date(2026, 3, 2))
    assert [(str(a), str(b), str(c)) for a, b, c in found] == [
        ("2026-01-01", "2026-01-30", "2026-01-31"), ("2026-02-01", "2026-02-01", "2026-02-28"),
        ("2026-03-01", "2026-03-01", "2026-03-02"),
    ]  # fmt: skip
