"""A live bank's own app shows a customer the preferences that the bank's page shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.bank_channel.channel import LiveBank, open_live_bank
from enscene.commit import admit
from enscene.customers.spectrum import (
    Evidence,
    Formula,
    Piece,
    Subject,
    Where,
    keep_pieces,
    lock_spectrum,
    source_of,
)
from enscene.customers.spectrum.store import read_times


@pytest.fixture
async def bank(pool: Any) -> AsyncIterator[LiveBank]:
    async with open_live_bank(pool) as found:
        yield found


async def liked(bank: LiveBank, pool: Any) -> None:
    """The first party, ann, has eaten twice in the canteen."""
    [row] = await bank.sql("select p.tenant, p.id, s.id as scene from party p, scene s "
                           "where p.ref = 'ann'")  # fmt: skip
    tenant, ann, scene = row
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await lock_spectrum(connection, tenant)
        now = (await read_times(connection, tenant=tenant))[tenant]
        await keep_pieces(connection, tenant, [
            Piece(Subject(ann, "eating", ""), Where(scene, 0), Formula(),
                  Evidence(now, 1, source_of(scene, "pay_by_code", n)))
            for n in (1, 2)
        ])  # fmt: skip


async def test_the_banks_own_app_reads_what_the_customer_sees(bank: LiveBank, pool: Any) -> None:
    await liked(bank, pool)
    answer = await bank.app.send("GET", "ann/spectrum")
    assert answer.status_code == 200, answer.text
    (topic,) = answer.json()["topics"]
    assert (topic["topic"], topic["preference"], topic["attitude"], topic["band"]) == (
        "eating", 40, 67, "clear",
    )  # fmt: skip
    assert topic["scenes"] == ["canteen"]
    assert [each["action"] for each in topic["evidence"]] == ["pay_by_code"] * 2
    assert [(c["before"], c["after"], c["by"]) for c in topic["changes"]] == [
        ("some", "clear", "evidence"), ("none", "some", "evidence"),
    ]  # fmt: skip


async def test_of_whom_nothing_is_known_it_is_empty(bank: LiveBank) -> None:
    answer = await bank.app.send("GET", "bob/spectrum")
    assert (answer.status_code, answer.json()["topics"]) == (200, [])
    assert (await bank.app.send("GET", "nobody/spectrum")).status_code == 404
    assert (await bank.app.send("POST", "ann/spectrum", {})).status_code == 405
