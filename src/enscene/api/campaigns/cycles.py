"""The cycles of a campaign as the API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.api.http import Response
from enscene.api.lists import answer, page
from enscene.api.store import Pool
from enscene.commit import admit
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.loops import KeptCycle, read_cycle, read_cycles
from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.kernel.money import format_money

CYCLES_MOST = 200
_AMOUNTS = ("control", "value", "low", "high")
_GAINS = ("earned", "least", "gain", "low", "high")


async def serve_cycles(pool: Pool, tenant: int, ref: str, number: int | None) -> Response:
    """All of a campaign, the newest first, or one with the one before it. Raises: NotFound."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        versions = await read_versions(connection, tenant, ref)
        if not versions:
            raise NotFound("there is no such campaign", code="campaign.not_found")
        currency = versions[0].body.currency
        if number is None:
            found = await read_cycles(connection, tenant, ref, CYCLES_MOST)
            return page([cycle_told(each, currency) for each in found], None, has_more=False)
        one = await read_cycle(connection, tenant, ref, number)
        if one is None:
            raise NotFound("the campaign has no such cycle", code="campaign.no_cycle")
        before = await read_cycle(connection, tenant, ref, number - 1)
    last = None if before is None else difference_told(before, currency)
    return answer({**cycle_told(one, currency), "difference_before": last})


def cycle_told(kept: KeptCycle, currency: str) -> dict[str, Any]:
    """Amounts are texts of money; of what is not known yet there is null."""
    difference = difference_told(kept, currency)
    return {
        "id": str(kept.cycle.id), "campaign": kept.cycle.campaign, "number": kept.cycle.number,
        "began": format_time(kept.began), "ends": format_time(kept.ends), "owner": kept.owner,
        "closed_at": None if kept.closed_at is None else format_time(kept.closed_at),
        "verdict": kept.verdict, "version_before": kept.version_before,
        "version_after": kept.version_after,
        "steps": [
            {"step": each.name, "began": format_time(each.began), "ended": format_time(each.ended),
             "owner": each.owner,
             "outcome": difference if each.name == "analyse" else dict(each.outcome)}
            for each in kept.cycle.steps
        ],
        "difference": difference, "comparison": _comparison(kept, currency),
    }  # fmt: skip


def difference_told(kept: KeptCycle, currency: str) -> dict[str, Any] | None:
    """Against the customers whom the lot held out; None before the cycle is over."""
    found = kept.difference
    if found is None:
        return None
    unit = found.get("currency", currency)
    return {
        "currency": unit, "open": found["open"], "held_out": found["held"],
        "uneven": found["uneven"], **_money(found, _AMOUNTS, unit),
    }  # fmt: skip


def _comparison(kept: KeptCycle, currency: str) -> dict[str, Any] | None:
    found = kept.comparison
    if found is None:
        return None
    unit = (kept.difference or {}).get("currency", currency)
    return {
        "verdict": found["verdict"], "why": found["why"], "currency": unit,
        "decisions": found.get("decisions"), "effective": found.get("effective"),
        **_money(found, _GAINS, unit),
    }  # fmt: skip


def _money(found: Mapping[str, Any], names: tuple[str, ...], currency: str) -> dict[str, Any]:
    return {
        name: format_money(round(found[name]), currency) if name in found else None
        for name in names
    }  # fmt: skip
