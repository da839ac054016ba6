"""Propose a campaign, or a change of one, or other rules of contact; somebody else decides."""

from __future__ import annotations

import re

from enscene.commit import admit
from enscene.engagement.campaigns import store
from enscene.engagement.campaigns.campaign import Campaign, CampaignBody, Kept
from enscene.engagement.campaigns.check_against_scenes import check_against_scenes
from enscene.engagement.campaigns.contact_rules import ContactRules
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Invalid
from enscene.scenes.runtime import SceneHost
from enscene.shelf.store import read_clock

_REF = re.compile(r"[a-z][a-z0-9_]{1,47}")
_PAGES = ("new", "rules", "loop", "benefits", "lines", "results")
"""Addresses of the console's own beside campaigns'."""


async def propose_campaign(
    pool: store.Pool, host: SceneHost, tenant: int, ref: str, body: CampaignBody, who: str
) -> Campaign:
    """A new version that waits for a second person; what runs goes on running until then.

    Raises: Invalid (with `param`), Conflict("campaign.waiting").
    """
    if not _REF.fullmatch(ref) or ref in _PAGES:
        raise Invalid("a ref is of small letters, digits and _", code="campaign.ref", param="ref")
    body.check()
    await check_against_scenes(pool, host, tenant, body)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        now, zone = await read_clock(connection, tenant)
        if body.ends < local_day(now, zone):
            raise Invalid("its last day has passed", code="campaign.days", param="ends")
        await store.lock_campaign(connection, tenant, ref)
        row = await store.insert_version(connection, tenant, ref, body, who)
    return store.campaign_of(_waiting(row))


async def propose_rules(pool: store.Pool, tenant: int, rules: ContactRules, who: str) -> Kept:
    """Other rules of contact, for all campaigns and lines at once.

    Raises: Invalid (with `param`), Conflict("campaign.waiting").
    """
    rules.check()
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await store.lock_campaign(connection, tenant, store.RULES)
        row = await store.insert_version(connection, tenant, store.RULES, rules, who)
    return store.kept_of(_waiting(row))


def _waiting(row: object) -> object:
    if row is None:
        raise Conflict(
            "another version waits for a decision", code="campaign.waiting",
            hint="have it decided first",
        )  # fmt: skip
    return row
