"""Whole days of a small city against the real API, database and broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import stat
from typing import Any

import pytest

from enscene.cli import _play_days
from enscene.ledger import verify_ledger
from enscene.simulator import Progress


async def test_a_day_holds_no_surprise_and_the_next_goes_on_from_it(play, pool, tmp_path):
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
        counters = await connection.fetch("select ended from meter_counter")
    assert verdict.verified
    assert verdict.transfers > 100
    # Each day's gateway has told all it had counted: nothing is lost.
    assert [tuple(row) for row in counters] == [(True,)] * 2
    secrets = {path.name: path for path in tmp_path.rglob("*.json")}
    assert secrets.keys() >= {"city.json", "logins.json", "devices.json", "h5.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.values()} == {0o600}


@pytest.mark.parametrize(
    ("at", "saves", "ends"),
    [("12:00", True, "2026-03-02 23:45"), ("23:45", False, "2026-03-03 23:45")],
)
async def test_a_day_that_was_broken_off_is_gone_on_with(play, monkeypatch, at, saves, ends):
    @contextlib.contextmanager
    def until_then():
        def tell(progress: Progress) -> None:
            if f"{progress.now:%H:%M}" >= at:
                day.cancel()

        yield tell

    with monkeypatch.context() as patch:
        patch.setattr(_play_days, "_progress", until_then)
        if not saves:  # as when the process is killed
            patch.setattr(_play_days, "_keep", lambda *given: None)
        day = asyncio.create_task(play())
        with pytest.raises(asyncio.CancelledError):
            await day
    rest = await play()
    assert [str(surprise) for surprise in rest.tally.first] == []
    assert rest.began >= f"2026-03-02 {at}"
    assert rest.ended == ends


async def test_what_was_kept_of_another_past_is_forgotten(play, tmp_path):
    await play(people=6)
    kept = json.loads((tmp_path / "city.json").read_text())
    for scene in kept["state"]["scenes"].values():
        scene[0]["posted"] = [
            [account, ref, minor + 1] for account, ref, minor in scene[0]["posted"]
        ]
    (tmp_path / "city.json").write_text(json.dumps(kept))
    after = await play(people=6)
    assert [str(surprise) for surprise in after.tally.first] == []
    assert after.ended == "2026-03-03 23:45"


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


@pytest.mark.parametrize("fault", [_fee_too_high, _limit_off])
async def test_a_fault_in_a_rule_of_the_product_is_a_surprise(play, monkeypatch, fault):
    fault(monkeypatch)
    played = await play(people=12)
    assert played.tally.surprises > 0
    assert played.tally.first
