"""Every product of every pack: asked for, handed off, signed by its customer and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.engagement.applications import needs_code
from enscene.shelf import standard_shelf
from enscene.shelf.pricing.price_list import price_text
from enscene.shelf.pricing.set_price import PriceOrder, set_price
from packs.asked import another_code, told
from packs.open_scene import PACKS, pack_of
from packs.wishes import MOUNTED, Mounted, open_mounted

ALL = [pytest.param(each, id=f"{each.pack}-{each.product}") for each in MOUNTED]
PRICED = [
    pytest.param(each, id=f"{each.pack}-{each.product}") for each in MOUNTED if each.shelf.price
]
SIGNED, GIVEN = (
    [pytest.param(each, id=f"{each.pack}-{each.product}") for each in MOUNTED
     if needs_code(each.shelf.kind) is with_code]
    for with_code in (True, False)
)  # fmt: skip
LENT = [pytest.param(each, id=f"{each.pack}-{each.product}") for each in MOUNTED if each.lends]


def test_no_product_of_any_pack_is_left_out() -> None:
    names = [path.parent.name for path in PACKS.glob("*/scene.yaml")]
    mounted = {(name, product) for name in names for product in pack_of(name).products}
    assert {(each.pack, each.product) for each in MOUNTED} == mounted


@pytest.mark.parametrize("mounted", SIGNED)
async def test_it_is_handed_to_its_customer_once_and_signed_by_nobody_else(
    pool: Any, mounted: Mounted
) -> None:
    async with open_mounted(pool, mounted) as story:
        # 1-2: a price, and an answer; nothing is opened or taken for either
        before = await story.stands()
        asked = await mounted.ask(story)
        assert (asked.state, asked.found.product) == ("begun", mounted.shelf.id)
        assert await asked.decide() == "approved"
        # 3: the link to the mobile bank is hers
        link = await asked.hand_off()
        assert await told(asked.take_link(link, "bob")) == "handoff.another"
        assert await told(asked.take_link(f"{link[:-4]}AAAA", "ann")) == "handoff.bad"
        # 4: that another has tried it takes nothing from her
        assert await asked.take_link(link, "ann") == "approved"
        # 5: and it is used up
        assert await told(asked.take_link(link, "ann")) == "handoff.used"
        assert await told(asked.take_link(link, "bob")) == "handoff.another"
        # 6: nothing is signed without a code
        assert await told(asked.sign("123456")) == "code.none"
        code = await asked.code()
        assert await told(asked.sign(None)) == "code.missing"
        # 7: with a wrong one, or by who has read hers
        assert await told(asked.sign(another_code(code))) == "code.wrong"
        assert await told(asked.sign(code, "bob")) == "application.not_found"
        # 8: with an earlier one
        fresh = await asked.code()
        assert code == fresh or await told(asked.sign(code)) == "code.wrong"
        assert await story.stands() == before
        # 9: with hers it is opened, and hers
        assert await asked.sign(fresh) == "done", asked.why
        held = await story.held(asked.contract)
        assert (held.customer, held.product, held.state) == ("ann", mounted.shelf.id, "open")
        assert await story.contracts("bob") == []
        # 10: signed again it is the same, and the link leads nowhere new
        after = await story.stands()
        assert await asked.sign(fresh) == "done"
        assert asked.contract == str(held.id)
        assert await told(asked.hand_off()) == "application.state"
        # 11: nobody else ends it
        assert await story.act(asked.contract, "close", "bob") == "contract.not_found"
        assert await story.stands() == after
        # 12: the books agree
        assert await story.adds_up()


@pytest.mark.parametrize("mounted", GIVEN)
async def test_a_benefit_is_opened_without_a_code_once_and_by_nobody_else(
    pool: Any, mounted: Mounted
) -> None:
    async with open_mounted(pool, mounted) as story:
        asked = await mounted.ask(story)
        assert await asked.decide() == "approved"
        assert await told(asked.sign(None, "bob")) == "application.not_found"
        assert await asked.sign(None) == "done", asked.why
        held = await story.held(asked.contract)
        assert (held.customer, held.product, held.state) == ("ann", mounted.shelf.id, "open")
        after = await story.stands()
        assert await asked.sign(None) == "done"
        assert asked.contract == str(held.id)
        assert await story.act(asked.contract, "close", "bob") == "contract.not_found"
        assert await story.stands() == after
        assert await story.act(asked.contract, "close", "ann") == "closed"
        assert await story.contracts("bob") == []
        assert await story.adds_up()


@pytest.mark.parametrize("mounted", ALL)
async def test_what_is_lost_between_quote_and_signature_opens_nothing_and_takes_nothing(
    pool: Any, mounted: Mounted
) -> None:
    async with open_mounted(pool, mounted) as story:
        asked = await mounted.ask(story)
        assert await asked.decide() == "approved"
        code = await asked.code()
        why = await mounted.lose(story)
        before, held = await story.stands(), await story.contracts("ann")
        assert (await asked.sign(code), asked.why) == ("refused", why)
        # it is over: neither the code nor a new link brings it back
        assert await told(asked.sign(code)) == "application.state"
        assert await told(asked.code()) == "application.state"
        assert await told(asked.hand_off()) == "application.state"
        assert await story.stands() == before
        assert await story.contracts("ann") == held
        assert await story.adds_up()


@pytest.mark.parametrize("mounted", PRICED)
async def test_the_price_that_was_signed_holds_though_another_has_come_into_force(
    pool: Any, mounted: Mounted
) -> None:
    async with open_mounted(pool, mounted) as story:
        asked = await mounted.ask(story)
        agreed = dict(asked.found.quote)
        assert await asked.decide() == "approved"
        code = await asked.code()
        name, range_ = next(iter(mounted.shelf.price.items()))
        dearer = PriceOrder(mounted.shelf.id, name, price_text(range_.most), "新价目")
        await set_price(pool, story.tenant.id, standard_shelf(), dearer, "sun@bank")
        assert (await mounted.ask(story)).found.quote["rates"] != agreed["rates"]
        # what is taken and kept is what was shown and signed
        assert await asked.sign(code) == "done", asked.why
        held = await story.held(asked.contract)
        assert held.terms["rates"] == agreed["rates"]
        assert held.told.get("premium_minor") == agreed["premium"]
        assert await story.adds_up()


@pytest.mark.parametrize("mounted", LENT)
async def test_it_is_not_lent_twice_and_no_more_is_taken_than_is_owed(
    pool: Any, mounted: Mounted
) -> None:
    async with open_mounted(pool, mounted) as story:
        loan = await mounted.opened(story)
        assert await story.apply("ann", mounted.product, *mounted.about, **mounted.wish,
                                 amount=mounted.amount) == mounted.again  # fmt: skip
        if mounted.shelf.kind == "credit_line":
            assert await story.act(loan, "draw", "ann", amount=mounted.amount) == "open"
        drawn = await story.stands()
        assert await story.act(loan, "draw", "ann", amount="1.00") == "shelf.over_limit"
        assert await story.stands() == drawn
        # more than is owed is refused whole: not so much as what is owed is taken of it
        await story.pay_in("ann", "100000.00")
        before = await story.stands()
        settles: int = (await story.held(loan)).told["to_settle_minor"]
        assert await story.act(loan, "repay", "ann", amount=settles + 1) == "shelf.more_than_owed"
        assert await story.act(loan, "repay", "bob", amount=100) == "contract.not_found"
        assert await story.stands() == before
        # what is owed is welcome; after that nothing is, and only a line is still there
        await story.act(loan, "repay", "ann", amount=settles)
        assert (await story.held(loan)).told["owed_minor"] == 0
        over = (
            "shelf.more_than_owed" if mounted.shelf.kind == "credit_line" else "contract.not_open"
        )
        assert await story.act(loan, "repay", "ann", amount=1) == over
        assert await story.adds_up()
