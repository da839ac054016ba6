"""A tenant's own shelf: the last word counts, a scene's before the tenant's, and it gets old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enscene.kernel.errors import Invalid, NotFound
from enscene.shelf import standard_shelf
from enscene.shelf.choose_products import (
    Choice,
    Choices,
    choose_product,
    read_choice_history,
    read_choices,
)
from enscene.tenants import create_tenant

SHELF = standard_shelf()
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def choice(
    product: str, stance: str, *, scene: int = 0, place: int | None = None, days: int = 0
) -> Choice:
    at = NOW - timedelta(days)
    return Choice(scene, product, stance, place, "too few customers", "maker", at, None, None)


def test_a_scene_says_otherwise_than_the_tenant() -> None:
    choices = Choices.of([
        choice("coupon", "declined"), choice("coupon", "shown", scene=7),
        choice("points", "shown", place=2), choice("points", "declined", scene=7),
    ])  # fmt: skip
    assert choices.declined() == {"coupon"}
    assert choices.declined(7) == {"points"}
    assert choices.order() == {"points": 2}
    assert choices.order(7) == {}


def test_a_choice_that_nobody_looked_at_for_half_a_year_is_due() -> None:
    old, new = choice("coupon", "declined", days=181), choice("points", "shown", days=179)
    assert Choices.of([old, new]).due(NOW, 180) == [old]


async def test_the_last_word_counts_and_all_are_kept(pool: Any) -> None:
    tenant = (await create_tenant(pool, "bank", "Bank of Tests")).id

    async def say(stance: str, **more: Any) -> None:
        await choose_product(pool, tenant, SHELF, "coupon", stance, "maker", **more)

    await say("declined", reason="no merchants yet")
    assert (await read_choices(pool, tenant)).declined() == {"coupon"}
    await say("shown", place=3)
    assert (await read_choices(pool, tenant)).order() == {"coupon": 3}
    await say("open")
    assert (await read_choices(pool, tenant)).rows == ()
    stances = [row["stance"] for row in await read_choice_history(pool, tenant, "coupon")]
    assert stances == ["open", "shown", "declined"]


@pytest.mark.parametrize(
    ("product", "stance", "more", "error"),
    [
        ("nothing", "shown", {}, NotFound),
        ("coupon", "hidden", {}, Invalid),
        ("coupon", "declined", {"reason": " "}, Invalid),
        ("coupon", "declined", {"reason": "x", "place": 1}, Invalid),
        ("coupon", "shown", {"place": 1000}, Invalid),
        ("coupon", "shown", {"scene": "nowhere"}, NotFound),
    ],
)
async def test_what_makes_no_choice_is_refused(
    pool: Any, product: str, stance: str, more: dict[str, Any], error: type[Exception]
) -> None:
    tenant = (await create_tenant(pool, "bank", "Bank of Tests")).id
    with pytest.raises(error):
        await choose_product(pool, tenant, SHELF, product, stance, "maker", **more)
