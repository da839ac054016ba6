"""A live bank's own app asks for erasure with the statement of the second factor, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.bank_channel.channel import LiveBank, open_live_bank


@pytest.fixture
async def bank(pool: Any) -> AsyncIterator[LiveBank]:
    async with open_live_bank(pool) as found:
        yield found


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def look(bank: LiveBank, who: str = "ann") -> dict[str, Any]:
    answer = await bank.app.send("GET", f"{who}/erasure")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return {**told, "id": told["request"]}


async def test_asked_by_the_banks_own_app_with_its_statement(bank: LiveBank) -> None:
    before = await look(bank)
    assert (before["state"], before["stands"], before["number"]) == ("none", [], None)
    factor = bank.app.statement(before)
    answer = await bank.app.send("POST", "ann/erasure/ask", {"factor": factor})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["number"], told["law"]) == ("asked", 1, "PIPL 47")
    [row] = await bank.sql("select asked_in, state from erasure")
    assert (row["asked_in"], row["state"]) == (bank.app.partner.app.client_id[5:], "asked")
    again = await bank.app.send("POST", "ann/erasure/ask", {"factor": bank.app.statement(before)})
    assert code(again) == (409, "erasure.asked")


async def test_a_statement_for_another_or_of_one_factor_asks_for_nothing(bank: LiveBank) -> None:
    ann, bob = await look(bank), await look(bank, "bob")
    for factor, why in (
        (bank.app.statement(bob), "factor.other"),
        (bank.app.statement({**ann, "signs": bob["signs"]}), "factor.other"),
        (bank.app.statement(ann, amr=["pwd"]), "factor.second_missing"),
    ):
        answer = await bank.app.send("POST", "ann/erasure/ask", {"factor": factor})
        assert code(answer) == (403, why)
    assert await bank.sql("select from erasure") == []


async def test_only_persons_ask(bank: LiveBank) -> None:
    hall = await look(bank, "hall")
    factor = bank.app.statement(hall)
    answer = await bank.app.send("POST", "hall/erasure/ask", {"factor": factor})
    assert code(answer) == (422, "erasure.no_person")
