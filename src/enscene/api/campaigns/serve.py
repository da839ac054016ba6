"""The door: a bank's programs propose, decide, try and stop campaigns, and answer for customers."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

from enscene.api.actions import key_of
from enscene.api.auth import Caller
from enscene.api.campaigns import orders
from enscene.api.campaigns.benefits import serve_benefits
from enscene.api.campaigns.cycles import serve_cycles
from enscene.api.campaigns.results import serve_results
from enscene.api.campaigns.told import (
    campaign_told,
    effect_told,
    kept_told,
    offer_told,
    preview_told,
    rules_told,
)
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need, who_of
from enscene.api.lists import answer, limit_of, page
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.api.tenancy.serve import check_own
from enscene.commit import admit
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.campaigns import (
    CampaignBody,
    ContactRules,
    Kept,
    decide_campaign,
    list_campaigns,
    propose_campaign,
    propose_rules,
    read_rules,
    stop_campaign,
)
from enscene.engagement.campaigns.store import RULES, read_rule_versions, read_versions
from enscene.engagement.delivery import set_fault
from enscene.engagement.offers import list_offers
from enscene.engagement.results import read_effect_of
from enscene.engagement.running import preview_campaign
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import check_ref
from enscene.partners.find_partner import partner_behind
from enscene.scenes.runtime import SceneHost
from enscene.tenants import get_tenant

OWNED = ("benefits", "campaigns", "contact_rules", "offers")
CAMPAIGNS = ("campaigns:read", "campaigns:write", "campaigns:approve")
OFFERS = ("offers:read", "offers:write")
_REF = re.compile(r"[a-z][a-z0-9_]{1,47}")
CHANNELS = ["sandbox", "channels"]


class CampaignsDoor:
    """One in a process."""

    def __init__(self, pool: Pool, host: SceneHost) -> None:
        self._pool = pool
        self._host = host
        # A trial takes seconds of the processor that payments need too: one at a time.
        self._trying = asyncio.Semaphore(1)

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return path[1:] == CHANNELS or (len(path) > 1 and path[1] in OWNED)

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer it. Raises: Forbidden (a customer's token, a partner's application)."""
        if caller.mandate is not None:
            raise Forbidden(
                "a token of a customer opens nothing here: use the application's own",
                code="tenancy.own_token",
            )
        check_own(await partner_behind(self._pool, caller.tenant, caller.app.id))
        if request.path[1:] == CHANNELS:
            return await self._channel(request, caller)
        first, *path = request.path[1:]
        method = "GET" if request.method == "HEAD" else request.method
        if first == "benefits":
            return await serve_benefits(self._pool, request, caller, path)
        if first == "offers":
            return await self._offers(request, caller, path, method)
        if first == "contact_rules":
            return await self._rules(request, caller, path, method)
        return await self._campaigns(request, caller, path, method)

    async def _campaigns(
        self, request: Request, caller: Caller, path: list[str], method: str
    ) -> Response:
        match path, method:
            case [], "GET":
                need(caller, *CAMPAIGNS)
                request.query()
                async with self._pool.acquire() as connection, connection.transaction():
                    await admit(connection, [caller.tenant])
                    found = await list_campaigns(connection, caller.tenant)
                return page([campaign_told(each) for each in found], None, has_more=False)
            case ["results"], "GET":
                need(caller, *CAMPAIGNS)
                request.query()
                return await serve_results(self._pool, caller.tenant)
            case ["preview"], "POST":
                need(caller, *CAMPAIGNS)
                trial = convert(await request.json_body(), orders.Trial)
                async with self._trying:
                    preview = await preview_campaign(
                        self._pool, self._host, caller.tenant, trial.campaign, trial.days
                    )
                return answer(preview_told(preview))
            case [ref, "effect"], "GET":
                need(caller, *CAMPAIGNS)
                request.query()
                return await self._effect(caller, _campaign(ref))
            case [ref, "cycles"], "GET":
                need(caller, *CAMPAIGNS)
                request.query()
                return await serve_cycles(self._pool, caller.tenant, _campaign(ref), None)
            case [ref, "cycles", number], "GET":
                need(caller, *CAMPAIGNS)
                request.query()
                return await serve_cycles(
                    self._pool, caller.tenant, _campaign(ref), _number(number)
                )  # fmt: skip
            case [ref, "versions"], "POST":
                return await self._propose(request, caller, ref)
            case [ref, "versions", version, "decide"], "POST":
                return answer(kept_told(await self._decide(request, caller, ref, version)))
            case [ref, "versions", version, "stop"], "POST":
                need(caller, CAMPAIGNS[1])
                key_of(request)
                request.query()
                done = await stop_campaign(
                    self._pool, caller.tenant, _campaign(ref), _number(version), who_of(caller)
                )
                return answer(kept_told(done))
            case [] | ["results"] | [_, "effect" | "cycles"] | [_, "cycles", _], _:
                raise wrong_method("GET")
            case ["preview"] | [_, "versions"] | [_, "versions", _, "decide" | "stop"], _:
                raise wrong_method("POST")
        raise not_found()

    async def _propose(self, request: Request, caller: Caller, ref: str) -> Response:
        need(caller, CAMPAIGNS[1])
        key_of(request)
        body, who = convert(await request.json_body(), CampaignBody), who_of(caller)
        try:
            made = await propose_campaign(self._pool, self._host, caller.tenant, ref, body, who)
        except Conflict:
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, [caller.tenant])
                found = await read_versions(connection, caller.tenant, ref)
            made = found[0]
            same = (made.kept.state, made.kept.made_by, made.body) == ("proposed", who, body)
            if not same:
                raise
        return answer(campaign_told(made))

    async def _effect(self, caller: Caller, ref: str) -> Response:
        tenant = await get_tenant(self._pool, caller.tenant)
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [caller.tenant])
            found = await read_effect_of(
                connection, caller.tenant, tenant.ref, tenant.zone, ref
            )  # fmt: skip
        return answer(effect_told(*found))

    async def _decide(self, request: Request, caller: Caller, ref: str, version: str) -> Kept:
        need(caller, CAMPAIGNS[2])
        key_of(request)
        order = convert(await request.json_body(), orders.Verdict)
        return await decide_campaign(
            self._pool, caller.tenant, ref if ref == RULES else _campaign(ref), _number(version),
            approve=order.decision == "approve", who=who_of(caller),
        )  # fmt: skip

    async def _rules(
        self, request: Request, caller: Caller, path: list[str], method: str
    ) -> Response:
        match path, method:
            case [], "GET":
                need(caller, *CAMPAIGNS)
                request.query()
                async with self._pool.acquire() as connection, connection.transaction():
                    await admit(connection, [caller.tenant])
                    rules = await read_rules(connection, caller.tenant)
                    versions = await read_rule_versions(connection, caller.tenant)
                told: list[Any] = [rules_told(each, kept) for each, kept in versions]
                return answer({"rules": rules_told(rules, None)["rules"], "versions": told})
            case ["versions"], "POST":
                need(caller, CAMPAIGNS[1])
                key_of(request)
                made = convert(await request.json_body(), ContactRules)
                kept = await propose_rules(self._pool, caller.tenant, made, who_of(caller))
                return answer(rules_told(made, kept))
            case ["versions", version, "decide"], "POST":
                return answer(kept_told(await self._decide(request, caller, RULES, version)))
            case [], _:
                raise wrong_method("GET")
            case ["versions"] | ["versions", _, "decide"], _:
                raise wrong_method("POST")
        raise not_found()

    async def _offers(
        self, request: Request, caller: Caller, path: list[str], method: str
    ) -> Response:
        match path, method:
            case [], "GET":
                need(caller, *OFFERS)
                query = request.query("customer", "limit")
                customer = query.get("customer", "")
                check_ref(customer, param="customer")
                found = await list_offers(self._pool, caller.tenant, customer, limit_of(query))
                return page([offer_told(each) for each in found], None, has_more=False)
            case [offer, "answers"], "POST":
                need(caller, OFFERS[1])
                key_of(request)
                order = convert(await request.json_body(), orders.OfferAnswer)
                check_ref(order.customer, param="customer")
                done = await answer_offer(
                    self._pool, caller.tenant, _offer(offer), order.customer, order.answer
                )
                return answer({"changed": done})
            case [], _:
                raise wrong_method("GET")
            case [_, "answers"], _:
                raise wrong_method("POST")
        raise not_found()

    async def _channel(self, request: Request, caller: Caller) -> Response:
        """Make a way to the phones of a sandbox fail, or whole again: to see what comes of it.

        Raises: Forbidden("delivery.not_sandbox").
        """
        need(caller, OFFERS[1])
        if request.method != "POST":
            raise wrong_method("POST")
        if not (await get_tenant(self._pool, caller.tenant)).sandbox:
            raise Forbidden("only a sandbox's channels fail on demand", code="delivery.not_sandbox")
        key_of(request)
        request.query()
        order = convert(await request.json_body(), orders.ChannelOrder)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [caller.tenant])
            await set_fault(connection, caller.tenant, order.channel, order.fault)
        return answer({"channel": order.channel, "fault": order.fault})


def _campaign(ref: str) -> str:
    if not _REF.fullmatch(ref):
        raise NotFound("there is no such campaign", code="campaign.not_found")
    return ref


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid("a version is a number", code="campaign.version", param="version")
    return int(text)


def _offer(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such offer", code="offer.not_found") from None
