"""The step of `up` that brings the sandbox bank up, plays its days and tells what they came to."""

from __future__ import annotations

import time

from enscene.cli._play_days import play_days
from enscene.cli._up_steps import Up
from enscene.ledger import verify_ledger
from enscene.scenes.runtime import SceneHost
from enscene.storage import open_pool

POOL_MOST = 12


async def play_and_tell(up: Up) -> None:
    """Fill in the summary and print it for people."""
    began = time.monotonic()
    pool = await open_pool(up.database.url_app, size_max=POOL_MOST)
    host = SceneHost(pool)
    try:
        bank, tally = await play_days(up, pool, host)
        async with pool.acquire() as connection:
            verdict = await verify_ledger(connection, bank.tenant.id)
    finally:
        await host.close()
        await pool.close()
    up.summary["ledger"] = {
        "transfers": verdict.transfers,
        "sum_minor": verdict.sum_minor,
        "verified": verdict.verified,
    }
    up.summary["simulator"] = {
        "expected": tally.expected,
        "matched": tally.matched,
        "surprises": tally.surprises,
        "requests": tally.requests,
        "first": [[s.request, s.expected, s.got] for s in tally.first],
        "p50": tally.quantile_ms(0.5),
        "p99": tally.quantile_ms(0.99),
        "refusals": dict(tally.refusals),
        "wrong": dict(tally.wrong),
    }
    up.summary["took_s"] = round(time.monotonic() - began, 1)
