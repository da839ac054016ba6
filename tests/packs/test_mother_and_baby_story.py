"""A family, its care centre and three partners, until the parent withdraws."""

from __future__ import annotations

from typing import Any

from packs.open_scene import open_story

PARTIES = {"lin": "parent", "mei": "parent", "moon": "care_centre", "sure": "insurer",
           "bright": "school", "milk": "shop", "bank": "bank"}  # fmt: skip
MONEY = {("card", "lin"): "60000.00", ("card", "mei"): "100.00"}
FAMILY = {"family": "F1"}


async def proposed_and_taken(story: Any) -> None:
    """The parent, and nobody else, takes each once."""
    for number in ("1", "2"):
        assert isinstance(
            await story.do("propose_cover", "sure", cover_no=f"C{number}", **FAMILY), dict
        )
        assert isinstance(await story.do("propose_course", "bright", course=f"K{number}", title="游泳",
                                         price="2000.00", **FAMILY), dict)  # fmt: skip
        assert isinstance(await story.do("propose_goods", "milk", parcel=f"P{number}", title="奶瓶",
                                         price="200.00", **FAMILY), dict)  # fmt: skip
    assert await story.do("take_cover", "mei", cover_no="C1") == "not_own"
    assert isinstance(await story.do("take_cover", "lin", cover_no="C1"), dict)
    assert isinstance(await story.do("take_course", "lin", course="K1"), dict)
    assert isinstance(await story.do("buy_goods", "lin", parcel="P1"), dict)
    assert await story.do("buy_goods", "lin", parcel="P1") == "thing.wrong_state"


async def test_one_record_serves_three_and_one_withdrawal_stops_all(pool):
    async with open_story(pool, "mother_and_baby", PARTIES, MONEY) as story:
        # 1: the record is opened for a stay that was paid, by the centre that was paid
        stay = {"stay": "S1", "care_centre": "moon", "price": "30000.00", "arrives": "2026-03-10"}
        assert await story.do("book_stay", "mei", **{**stay, "stay": "S0"}) == (
            "ledger.insufficient_funds"
        )
        first = await story.do("book_stay", "lin", key="once", **stay)
        assert (await story.do("book_stay", "lin", key="once", **stay))["seq"] == first["seq"]
        assert await story.do("open_record", "lin", stay="S1", due="2026-03-12", **FAMILY) == "role"
        opened = await story.do("open_record", "moon", stay="S1", due="2026-03-12", **FAMILY)
        assert isinstance(opened, dict)
        # 2: nobody sees it, and only the parent shares it
        for action, who in (("see_for_cover", "sure"), ("see_for_class", "bright"),
                            ("see_for_goods", "milk")):  # fmt: skip
            assert await story.do(action, who, **FAMILY) == "not_shared"
        assert await story.do("share_record", "mei", **FAMILY) == "not_own"
        assert await story.do("share_record", "moon", **FAMILY) == "role"
        assert isinstance(await story.do("share_record", "lin", **FAMILY), dict)
        # 3: each sees what its service needs, and no more
        birth = {"born": "2026-03-02", "feeding": "mixed"}
        assert isinstance(await story.do("record_birth", "moon", **FAMILY, **birth), dict)
        seen = {
            "cover": await story.do("see_for_cover", "sure", **FAMILY),
            "class": await story.do("see_for_class", "bright", **FAMILY),
            "goods": await story.do("see_for_goods", "milk", **FAMILY),
        }
        shown = {name: {k for k in body if k in ("born", "stage", "feeding", "due", "parent")}
                 for name, body in seen.items()}  # fmt: skip
        assert shown == {"cover": {"born"}, "class": {"stage"}, "goods": {"stage", "feeding"}}
        assert await story.do("see_for_cover", "milk", **FAMILY) == "role"
        # 4-5: three partners propose, the parent takes one of each and one is left open
        await proposed_and_taken(story)
        # 6: one withdrawal
        assert await story.do("withdraw_record", "moon", **FAMILY) == "role"
        assert isinstance(await story.do("withdraw_record", "lin", **FAMILY), dict)
        # 7: everything that was open has stopped, by itself
        assert [await story.state(thing, key) for thing, key in
                (("cover", "C2"), ("course", "K2"), ("parcel", "P2"))] == ["stopped"] * 3  # fmt: skip
        # 8: the partners see nothing any more, and may propose nothing
        for action, who in (("see_for_cover", "sure"), ("see_for_class", "bright"),
                            ("see_for_goods", "milk")):  # fmt: skip
            assert await story.do(action, who, **FAMILY) == "not_shared"
        assert await story.do("propose_cover", "sure", cover_no="C3", **FAMILY) == "not_shared"
        assert await story.do("take_cover", "lin", cover_no="C2") == "thing.wrong_state"
        # 9: the bank stops speaking too
        before = await decisions(story)
        stage = await story.do("record_stage", "lin", stage="infant", **FAMILY)
        assert isinstance(stage, dict)
        assert await decisions(story) == before
        # 10: what was taken goes on by its own rules
        assert [await story.state(thing, key) for thing, key in
                (("cover", "C1"), ("course", "K1"), ("parcel", "P1"))] == ["cooling", "booked", "paid"]  # fmt: skip
        assert isinstance(await story.do("cancel_cover", "lin", cover_no="C1"), dict)
        assert await story.balance("premiums", "sure") == "0.00"
        # 11: points come when the goods cannot be returned, not before
        assert await story.balance("points", "lin") == "0.00"
        await story.until("2026-04-02T10:00")
        assert await story.balance("points", "lin") == "2.00"
        assert await story.do("refund_goods", "milk", parcel="P1") == "thing.wrong_state"
        # 12: shared again, the record serves again, and ends once
        assert isinstance(await story.do("share_record", "lin", **FAMILY), dict)
        assert isinstance(await story.do("see_for_class", "bright", **FAMILY), dict)
        assert isinstance(await story.do("end_record", "lin", **FAMILY), dict)
        assert await story.do("share_record", "lin", **FAMILY) == "thing.wrong_state"
        assert story.idle == set()
        assert await story.adds_up()


async def decisions(story):
    """How many times the bank has thought of speaking."""
    return await story._fetch("select count(*) from decision where tenant = $1")
