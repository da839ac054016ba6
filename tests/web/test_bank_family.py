"""The family in the mobile bank: with consent, to look at, until it is withdrawn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lending import Lending, open_lending
from web.test_bank import bank_of


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        decided = await found.decide("B1")
        await found.sign(decided["id"])
        yield found


async def test_nothing_is_seen_without_consent_and_nothing_after_it(lending: Lending) -> None:
    ann, bob = await bank_of(lending), await bank_of(lending, "bob")
    assert "分期" not in (await bob.get("/family")).text
    said = await ann.press("/family", viewer="bob", granted="1")
    assert "谁能看到我的产品" in said.text
    assert 'name="viewer" value="bob"' in said.text
    seen = (await bob.get("/family")).text
    assert "分期" in seen
    assert "¥3,600.00" in seen
    # To look at: no link to the contract, no key to close it.
    assert "/contracts/" not in seen
    assert "/contracts/" in (await ann.get("")).text
    await ann.press("/family", viewer="bob", granted="0")
    assert "分期" not in (await bob.get("/family")).text


@pytest.mark.parametrize(
    ("viewer", "why"), [("nobody", "没有这位客户"), ("", "没有这位客户"), ("ann", "自己")]
)
async def test_who_cannot_be_shown_anything(lending: Lending, viewer: str, why: str) -> None:
    ann = await bank_of(lending)
    said = await ann.press("/family", viewer=viewer, granted="1")
    assert said.status_code == 422
    assert why in said.text
    assert "还没有让任何人看到" in said.text


async def test_it_is_said_in_english_too(lending: Lending) -> None:
    bob = await bank_of(lending, "bob", "en")
    text = (await bob.get("/family")).text
    assert "Nobody shows you a product yet" in text
    assert "Let them see" in text
