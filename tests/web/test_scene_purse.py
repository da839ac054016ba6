"""Money in a scene: it is seen from the mobile bank, and goes out when its owner leaves."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.kernel.errors import Refused
from enscene.operations import store as operations_store
from enscene.web.scene_purse import Purse, empty_purse, read_purses, way_out
from packs.open_scene import open_story, pack_of

DINERS = {"ann": "diner", "mess": "canteen", "firm": "sponsor", "bank": "bank"}


@pytest.mark.parametrize(
    ("pack", "account", "role", "way"),
    [
        ("smart_canteen", "wallet", "diner", ("withdraw", "amount")),
        ("smart_canteen", "subsidy", "sponsor", None),
        ("smart_canteen", "wallet", "canteen", None),
        ("travel", "card", "traveller", None),
    ],
)
def test_the_way_out_is_what_the_scene_lets_its_owner_do(
    pack: str, account: str, role: str, way: tuple[str, str] | None
) -> None:
    assert way_out(pack_of(pack), account, role) == way


async def test_what_is_there_is_seen_and_taken_out_once(pool: Any) -> None:
    async with open_story(pool, "smart_canteen", DINERS, {("wallet", "ann"): "18.63"}) as story:
        scene = await story.host.scene(story.tenant.id, "smart_canteen")

        async def purses(who: str, *roles: str) -> list[Purse]:
            async with operations_store.reading(pool, story.tenant.id) as connection:
                return await read_purses(connection, scene, who, roles)

        (purse,) = await purses("ann", "diner")
        assert (purse.account, purse.minor, purse.way_out) == (
            "wallet", 1863, ("withdraw", "amount"),
        )  # fmt: skip
        assert await purses("mess", "diner", "canteen") == []
        await empty_purse(story.host, scene, "ann", purse, "K1")
        await empty_purse(story.host, scene, "ann", purse, "K1")
        assert await story.balance("wallet", "ann") == "0.00"
        assert await purses("ann", "diner") == []
        with pytest.raises(Refused, match="not enough in wallet"):
            await empty_purse(story.host, scene, "ann", purse, "K2")
        assert await story.adds_up()
