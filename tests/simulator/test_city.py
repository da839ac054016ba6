"""Whole days of a small city against the real API, database and broker."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from typing import Any

import pytest

from enscene.cli import _play_days
from enscene.ledger import verify_ledger
from enscene.simulator import Progress


async def test_a_day_holds_no_surprise_and_the_next_goes_on_from_it(play, pool):
    first = await play()
    assert [str(surprise) for surprise in first.tally.first] == []
    assert first.tally.surprises == 0
    assert first.tally.matched > 250
    assert first.tally.by_mqtt > 0
    assert first.ended == "2026-03-02 23:45"
    canteen = first.figures["smart_canteen"]
    assert canteen["payments"] > 20
    assert canteen["turnover_minor"] > canteen["subsidy_minor"] > 0
    second = await play(people=0)
    assert [str(surprise) for surprise in second.tally.first] == []
    assert second.ended == "2026-03-03 23:45"
    assert second.figures["smart_canteen"]["payments"] > 0
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, first.bank.tenant.id)
    assert verdict.verified
    assert verdict.transfers > 100


@pytest.mark.parametrize("saves", [True, False])
async def test_a_day_that_was_broken_off_is_gone_on_with(play, monkeypatch, saves):
    @contextlib.contextmanager
    def until_noon():
        def tell(progress: Progress) -> None:
            if progress.now.hour >= 12:
                day.cancel()

        yield tell

    with monkeypatch.context() as patch:
        patch.setattr(_play_days, "_progress", until_noon)
        if not saves:  # as when the process is killed
            patch.setattr(_play_days, "_keep", lambda *given: None)
        day = asyncio.create_task(play())
        with pytest.raises(asyncio.CancelledError):
            await day
    rest = await play()
    assert [str(surprise) for surprise in rest.tally.first] == []
    assert "2026-03-02 12:00" <= rest.began < "2026-03-02 13:00"
    assert rest.ended == "2026-03-02 23:45"


async def test_secrets_of_the_home_are_readable_by_their_owner_only(play, tmp_path):
    await play(people=2)
    files = list(tmp_path.rglob("*.json"))
    assert {path.name for path in files} >= {"city.json", "logins.json", "devices.json", "h5.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def _fee_too_high(monkeypatch: pytest.MonkeyPatch) -> None:
    from enscene.scenes.runtime import _flow

    right = _flow.portion_of
    monkeypatch.setattr(_flow, "portion_of", lambda amount, share: right(amount, share) + 1)


def _limit_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from enscene.risk.counters import Tally

    right = Tally.add

    def add(self: Any, key: Any, amount: int, *, limit: int | None = None) -> bool:
        return right(self, key, amount, limit=None if limit is None else limit // 4)

    monkeypatch.setattr(Tally, "add", add)


def _subsidy_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    from enscene.ledger.book import Book

    monkeypatch.setattr(Book, "take_up_to", lambda self, account, wanted: 0)


@pytest.mark.parametrize("fault", [_fee_too_high, _limit_off, _subsidy_for_nobody])
async def test_a_fault_in_a_rule_of_the_product_is_a_surprise(play, monkeypatch, fault):
    fault(monkeypatch)
    played = await play(people=12)
    assert played.tally.surprises > 0
    assert played.tally.first
