"""The step of `up` that brings the sandbox bank up, plays its days and tells what they came to."""

from __future__ import annotations

import time

from enscene.cli._play_days import Played, play_days
from enscene.cli._summary_text import SummaryText, language_of
from enscene.cli._up_steps import Up
from enscene.ledger import Verdict, verify_ledger
from enscene.scenes.runtime import SceneHost
from enscene.storage import open_pool

POOL_MOST = 12


async def play_and_tell(up: Up) -> None:
    """Fill in the summary and print it for people."""
    began = time.monotonic()
    pool = await open_pool(up.database.url_app, size_max=POOL_MOST)
    host = SceneHost(pool)
    try:
        played = await play_days(up, pool, host)
        async with pool.acquire() as connection:
            verdict = await verify_ledger(connection, played.bank.tenant.id)
    finally:
        await host.close()
        await pool.close()
    _fill(up, played, verdict)
    up.summary["took_s"] = round(time.monotonic() - began, 1)
    packs = {ref: scene.pack for ref, scene in played.bank.scenes.items()}
    text = SummaryText(language_of(getattr(up.arguments, "lang", None)), packs)
    print("\n".join([*text.lines(up.summary), *_logins(played)]), flush=True)


def _fill(up: Up, played: Played, verdict: Verdict) -> None:
    tally = played.tally
    up.summary |= {
        "clock": {"from": played.began, "until": played.ended},
        "scenes": dict(played.figures),
        "ledger": {
            "transfers": verdict.transfers,
            "transfers_of_run": verdict.transfers - played.transfers_before,
            "sum_minor": verdict.sum_minor,
            "verified": verdict.verified,
        },
        "simulator": {
            "expected": tally.expected,
            "matched": tally.matched,
            "surprises": tally.surprises,
            "requests": tally.requests,
            "by_mqtt": tally.by_mqtt,
            "wrong_requests": dict(sorted(tally.wrong.items())),
            "refusals": dict(tally.refusals.most_common()),
            "payment_p50_ms": tally.quantile_ms(0.5),
            "payment_p99_ms": tally.quantile_ms(0.99),
            "first_surprises": [
                {"request": s.request, "expected": s.expected, "got": s.got} for s in tally.first
            ],
        },
        "phases_s": dict(played.phases_s),
    }


def _logins(played: Played) -> list[str]:
    if not played.bank.logins:
        return []
    lines = ["", "  演示账号 · demo logins"]
    lines += [
        f"    {login.login:<16} {login.password}   {login.name} {login.title}"
        for login in played.bank.logins
    ]
    return lines
