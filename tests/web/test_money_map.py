"""The money map: every account and way of a pack, as wide as what went over it."""

from __future__ import annotations

from enscene.operations import Templates, Wish, check_wish
from enscene.web.map_labels import Rect
from enscene.web.money_map import draw_flows


async def test_every_account_and_way_is_drawn(templates: Templates):
    for pack in templates.packs.values():
        drawn = draw_flows(pack, "zh")
        assert {box.name for box in drawn.boxes} == set(pack.accounts)
        ways = {(line.flow, line.source, line.target) for line in drawn.lines}
        for flow in pack.flows.values():
            for source in flow.sources:
                for target in flow.targets:
                    assert (flow.name, source.account, target.account) in ways
        assert all(box.x + 168 <= drawn.width and box.y + 52 <= drawn.height for box in drawn.boxes)
        assert not drawn.busy


async def test_boxes_never_cover_each_other(templates: Templates):
    for pack in templates.packs.values():
        places = [(box.x, box.y) for box in draw_flows(pack, "en").boxes]
        assert len(set(places)) == len(places)


async def test_width_follows_volume_and_refunds_have_a_way_of_their_own(templates: Templates):
    pack = templates.get("smart_canteen")
    volumes = {
        ("top_up", "world", "wallet"): (3, 10_000),
        ("pay_for_meal", "wallet", "takings"): (2, 2_500),
        ("pay_for_meal", "takings", "wallet"): (1, 900),
    }
    drawn = draw_flows(pack, "zh", volumes)
    widths = {(line.flow, line.source, line.target): line.width for line in drawn.lines}
    assert widths["top_up", "world", "wallet"] > widths["pay_for_meal", "wallet", "takings"]
    assert ("pay_for_meal", "takings", "wallet") in widths
    assert drawn.busy


async def test_released_money_is_marked(templates: Templates):
    pack = templates.get("smart_canteen")
    released = {line.source for line in draw_flows(pack, "zh").lines if line.released}
    assert released == {"subsidy", "meal_fund"}


async def test_part_that_is_off_is_gone(templates: Templates):
    checked = await check_wish(
        templates.get("smart_canteen"), Wish(parts={"digital_rmb": False}), "Asia/Shanghai"
    )
    assert checked.pack is not None
    names = {box.name for box in draw_flows(checked.pack, "zh").boxes}
    assert not any(name.startswith("rmb") for name in names)


async def test_the_sum_of_the_day_stands_at_every_line_that_moved(templates: Templates):
    pack = templates.get("smart_canteen")
    volumes = {("top_up", "world", "wallet"): (3, 123_456), ("top_up", "world", "rmb"): (0, 0)}
    drawn = draw_flows(pack, "zh", volumes)
    written = {
        (line.flow, line.source, line.target): line.sum for line in drawn.lines if line.label
    }
    assert written == {("top_up", "world", "wallet"): "¥1,234.56"}


async def test_sums_cover_neither_accounts_nor_each_other(templates: Templates):
    for pack in templates.packs.values():
        ways = [(line.flow, line.source, line.target) for line in draw_flows(pack, "zh").lines]
        drawn = draw_flows(pack, "zh", dict.fromkeys(ways, (1, 1_234_567)))
        rects = [line.label for line in drawn.lines if line.label is not None]
        assert len(rects) == len(ways)
        rects += [Rect(box.x, box.y, 168, 52) for box in drawn.boxes]
        for place, rect in enumerate(rects):
            assert min(rect.x, rect.y) >= 0
            assert rect.right <= drawn.width
            assert rect.bottom <= drawn.height
            assert not any(rect.meets(other) for other in rects[:place])
