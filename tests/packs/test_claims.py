"""Every cover that a pack mounts: with a claim open it is not closed, and nothing is moved."""

from __future__ import annotations

from typing import Any

import pytest

from packs.wishes import MOUNTED, Mounted, open_mounted

COVERS = [
    pytest.param(each, id=f"{each.pack}-{each.product}")
    for each in MOUNTED
    if each.shelf.kind == "insurance"
]


@pytest.mark.parametrize("mounted", COVERS)
async def test_a_cover_with_an_open_claim_is_not_closed(pool: Any, mounted: Mounted) -> None:
    async with open_mounted(pool, mounted) as story:
        # 1: the cover is there, its premium paid
        cover = await mounted.opened(story)
        held = await story.held(cover)
        premium, current = held.told["premium_minor"], await story.balance("current", "ann")
        assert premium > 0
        assert current == f"{20000 - premium / 100:.2f}"
        # 2: claims are her own, within the sum insured, once for an event
        fire = {"event": "fire", "amount": "500.00"}
        assert await story.act(cover, "claim", "bob", **fire) == "contract.not_found"
        assert await story.act(cover, "claim", "ann", event="flood", amount="9999999.00") == (
            "shelf.over_cover"
        )
        assert await story.act(cover, "claim", "ann", **fire) == "open"
        assert await story.act(cover, "claim", "ann", **fire) == "shelf.claimed_before"
        assert await story.act(cover, "claim", "ann", event="theft", amount="300.00") == "open"
        # 3: closing shows what stands in the way, and is refused with it
        before = await story.stands()
        assert (await story.held(cover)).closing.blocked == "shelf.open_claim"
        assert await story.act(cover, "close", "ann") == "shelf.open_claim"
        assert await story.stands() == before
        # 4: the one is paid, once; the other still stands in the way
        assert await story.act(cover, "pay_claim", event="fire") == "open"
        assert await story.act(cover, "pay_claim", event="fire") == "shelf.no_claim"
        assert await story.balance("current", "ann") == f"{float(current) + 500:.2f}"
        assert await story.act(cover, "close", "ann") == "shelf.open_claim"
        # 5: with the last decided it closes, once; of a claimed cover no premium comes back
        assert await story.act(cover, "decline_claim", event="theft") == "open"
        assert (await story.held(cover)).closing.blocked is None
        assert await story.act(cover, "close", "ann") == "closed"
        assert await story.act(cover, "close", "ann") == "contract.not_open"
        assert await story.act(cover, "claim", "ann", event="hail", amount="1.00") == (
            "contract.not_open"
        )
        assert await story.balance("current", "ann") == f"{float(current) + 500:.2f}"
        assert (await story.held(cover)).state == "closed"
        assert await story.adds_up()
