"""Rules of contact: how often, when and how customers may be spoken to, over all campaigns."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.campaigns import ContactRules, propose_rules, read_rules
from enscene.engagement.campaigns.contact_rules import CHANNELS
from enscene.engagement.campaigns.store import read_rule_versions
from enscene.kernel.errors import Conflict, EnsceneError, Invalid
from enscene.operations import store as operations_store
from enscene.web.campaign_words import changed, fault_words, rules_lines
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.campaigns import APPROVER, TEAM
from enscene.web.problems import status_of
from enscene.web.rules_form import Draft, blank_cap, draft_of, field_of, read_draft, read_rules_form

HISTORY = 20


def routes(console: Console) -> list[Route]:
    """The routes of this page; versions are decided where those of campaigns are."""
    return [
        Route("/campaigns/rules", member(console, show, *STAFF), methods=["GET"]),
        Route("/campaigns/rules", member(console, propose, TEAM), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """What holds, what waits, and a form that begins with what holds."""
    return await _page(visit)


async def propose(visit: Visit) -> Response:
    """Add or take away a bound, or propose."""
    draft, do = read_draft(visit.form), visit.field("do")
    verb, _, place = do.partition(".")
    if do == "add":
        if len(draft["caps"]) < 8:
            draft["caps"].append(blank_cap())
        return await _page(visit, draft)
    if verb == "drop":
        if place.isascii() and place.isdigit() and int(place[:3]) < len(draft["caps"]):
            del draft["caps"][int(place[:3])]
        return await _page(visit, draft)
    rules, faults = read_rules_form(draft)
    if rules is None:
        return await _page(visit, draft, faults)
    try:
        await propose_rules(visit.console.pool, visit.tenant, rules, visit.who)
    except (Invalid, Conflict) as error:
        return await _page(visit, draft, {field_of(error.param): error})
    return visit.go("/campaigns/rules")


async def _page(
    visit: Visit, draft: Draft | None = None, faults: dict[str, Any] | None = None
) -> Response:
    clock = await visit.read_clock()
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        holds = await read_rules(connection, visit.tenant)
        versions = await read_rule_versions(connection, visit.tenant)
    wrong: dict[str, EnsceneError] = dict(faults or {})
    lines = rules_lines(holds, visit.t)

    def changes(rules: ContactRules) -> list[Any]:
        return changed(lines, rules_lines(rules, visit.t))

    return visit.page(
        "campaign_rules.html", max(map(status_of, wrong.values())) if wrong else 200,
        lines=lines, draft=draft or draft_of(holds), zone=clock["zone"], tab="rules",
        faults={at: fault_words(error, visit.t) for at, error in wrong.items()},
        waiting=[(r, kept, changes(r)) for r, kept in versions if kept.state == "proposed"],
        history=[(rules_lines(r, visit.t), kept) for r, kept in versions if kept.state != "proposed"][:HISTORY],
        channels=CHANNELS, first=not any(kept.state == "approved" for _, kept in versions),
        proposes=visit.session.allows(TEAM), decides=visit.session.allows(APPROVER),
    )  # fmt: skip
