"""What a campaign would have said, had it run over the last days: the engine on the real log, with
nothing written and nothing sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from enscene.commit import admit
from enscene.customers.identity import find_customers
from enscene.engagement.campaigns import Campaign, CampaignBody, Kept, read_rules
from enscene.engagement.campaigns.check_against_scenes import check_against_scenes
from enscene.engagement.campaigns.offers_of import offers_of, policy_of
from enscene.engagement.engine import Applied, Engine
from enscene.engagement.running import store
from enscene.engagement.running.campaign_decider import CampaignDecider, Speech
from enscene.engagement.running.happenings import read_heard
from enscene.engagement.running.rules_of import heard_by, rules_of
from enscene.kernel.clock import micros_of
from enscene.kernel.errors import Invalid
from enscene.kernel.money import parse_money
from enscene.scenes.reactions import Event
from enscene.scenes.runtime import SceneHost

DAYS_MOST = 31
EVENTS_MOST = 100_000
PAGE = 500
REF = "preview"


@dataclass(slots=True)
class Preview:
    """`fired` counts by moment, `said` by offer, `not_said` by reason; `customers` were offered
    something. `events` were looked at; `whole` is whether those are all of the days."""

    days: int
    events: int = 0
    whole: bool = True
    customers: int = 0
    errors: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    not_said: Counter[str] = field(default_factory=Counter)


async def preview_campaign(
    pool: store.Pool, host: SceneHost, tenant: int, body: CampaignBody, days: int
) -> Preview:
    """Of this campaign alone, for customers of whom nothing was known before. Raises: Invalid."""
    if not 1 <= days <= DAYS_MOST:
        raise Invalid(f"from 1 to {DAYS_MOST} days", code="campaign.days", param="days")
    body.check()
    vocabulary = await check_against_scenes(pool, host, tenant, body)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        now, zone = await store.read_clock(connection, tenant)
        rules = await read_rules(connection, tenant)
        found = await store.read_log(connection, tenant, now - timedelta(days=days), EVENTS_MOST)
    kept = Kept(1, "approved", "", now, None, None, None, None)
    campaign = Campaign(tenant, REF, body, kept)
    speech = Speech(
        {f"{REF}/{name}": offers_of(REF, body, name) for name in body.moments},
        policy_of(rules, [campaign], zone=zone, salt=REF, version=1),
        {REF: parse_money(body.budget, body.currency)},
    )
    decider = CampaignDecider(speech, str)
    run = rules_of([campaign], vocabulary)
    engine: Engine = Engine(
        run, decider, space=UUID(int=tenant),
        known=lambda customer: decider.known_of(engine.kept_of(customer)),
    )  # fmt: skip
    kinds = heard_by(run)
    preview = Preview(days, len(found), len(found) < EVENTS_MOST)
    reached: set[int] = set()
    for start in range(0, len(found), PAGE):
        page = found[start : start + PAGE]
        _count(await _play(pool, host, tenant, engine, page, kinds), preview, reached)
    _count(engine.tick(micros_of(now)), preview, reached)
    preview.customers, preview.errors = len(reached), engine.errors.total()
    return preview


async def _play(
    pool: store.Pool, host: SceneHost, tenant: int, engine: Engine, page: list[Event],
    kinds: frozenset[str],
) -> Applied:  # fmt: skip
    heard = await read_heard(host, page, kinds)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        ids = await store.find_parties(connection, tenant, {each.ref for each in heard})
        known = await store.read_refs(connection, tenant, {e.party for e in heard if e.party})
        customers = await find_customers(connection, tenant, {*ids.values(), *known})
    found = []
    for each in heard:
        party = each.party if each.party in known else ids.get(each.ref)
        if party is not None:
            each.happening.customer = customers[party]
            found.append(each.happening)
    return engine.apply(found)


def _count(applied: Applied, preview: Preview, reached: set[int]) -> None:
    for made in applied.decisions:
        preview.fired.update(f.rule.name.partition("/")[2] for f in made.firings)
        chosen = made.decision.chosen
        if chosen is not None:
            preview.said[chosen.name] += 1
            reached.add(made.customer)
        preview.not_said.update(made.decision.suppressed.values())
