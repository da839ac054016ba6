"""The builder of campaigns: a form with rows, or YAML; tried on the last days, then proposed."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.campaigns import CampaignBody, list_campaigns, propose_campaign
from enscene.engagement.campaigns.check_against_scenes import check_against_scenes
from enscene.engagement.campaigns.contact_rules import CHANNELS
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.running import Preview, preview_campaign
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, EnsceneError, Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.shelf import standard_shelf
from enscene.web.campaign_form import (
    EVENTS,
    FORM_PATTERNS,
    WITHOUTS,
    YAML_MOST,
    Draft,
    Faults,
    blank_draft,
    change_rows,
    draft_of,
    field_of,
    plain_of,
    read_draft,
    read_form,
    ref_of,
)
from enscene.web.campaign_words import CampaignWords, fault_words, read_words
from enscene.web.campaign_yaml import convert_body, parse_campaign, write_campaign
from enscene.web.console import Console, Visit, member
from enscene.web.event_words import product_name
from enscene.web.pages.campaigns import TEAM, ref_in
from enscene.web.problems import status_of

PREVIEW_DAYS = 7


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [
        Route("/campaigns/new", member(console, ask, TEAM), methods=["GET"]),
        Route("/campaigns/new", member(console, propose, TEAM), methods=["POST"]),
    ]


async def ask(visit: Visit) -> Response:
    """An empty form, or one like a campaign that is there."""
    like, draft = visit.ask("like"), blank_draft()
    words = await read_words(visit)
    if like:
        async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
            versions = await read_versions(connection, visit.tenant, ref_in(like))
        if not versions:
            raise NotFound("there is no such campaign", code="campaign.not_found")
        body = versions[0].body
        found = draft_of(like, body)
        if found is None:
            text = write_campaign(plain_of(body))
            return await _form(visit, draft | {"ref": like}, words, text=text, told="yaml_alone")
        return await _form(visit, found, words)
    clock = await visit.read_clock()
    today = local_day(clock["now"], clock["zone"])
    draft |= {"owner": visit.who, "starts": today.isoformat()}
    return await _form(visit, draft, words)


async def propose(visit: Visit) -> Response:
    """Add or take away a row, change between form and YAML, try, or propose."""
    do, words = visit.field("do"), await read_words(visit)
    draft = read_draft(visit.form)
    if visit.field("mode") == "yaml":
        return await _from_yaml(visit, draft, do, words)
    if change_rows(draft, do) or do in ("", "redraw"):
        return await _form(visit, draft, words)
    body, raw, faults = read_form(draft, words.vocabulary.currency)
    if do == "expert":
        return await _form(visit, draft, words, text=write_campaign(raw))
    if body is None:
        return await _form(visit, draft, words, faults)
    try:
        return await _act(visit, draft, words, body, do)
    except (Invalid, Conflict) as error:
        at = field_of(error.param, draft, raw)
        return await _form(visit, draft, words, {at: error})


async def _from_yaml(visit: Visit, draft: Draft, do: str, words: CampaignWords) -> Response:
    text = next((value for key, value in visit.form if key == "yaml"), "")[:YAML_MOST]
    text = text.replace("\r\n", "\n")
    try:
        body = convert_body(parse_campaign(text))
        if do == "form":
            body.check()
            found = draft_of(draft["ref"], body)
            if found is None:
                return await _form(visit, draft, words, text=text, told="yaml_alone")
            return await _form(visit, found, words)
        body.check()
        return await _act(visit, draft | {"title_en": body.title.en}, words, body, do, text)
    except (Invalid, Conflict) as error:
        at = "ref" if error.param == "ref" else "yaml"
        return await _form(visit, draft, words, {at: error}, text=text)


async def _act(
    visit: Visit, draft: Draft, words: CampaignWords, body: CampaignBody, do: str,
    text: str | None = None,
) -> Response:  # fmt: skip
    """Raises: Invalid, Conflict."""
    console = visit.console
    if do == "propose":
        async with operations_store.reading(console.pool, visit.tenant) as connection:
            taken = {each.ref for each in await list_campaigns(connection, visit.tenant)}
        ref = ref_of(draft, taken)
        done = await propose_campaign(
            console.pool, console.host, visit.tenant, ref, body, visit.who
        )
        return visit.go(f"/campaigns/{done.ref}")
    await check_against_scenes(console.pool, console.host, visit.tenant, body)
    preview = await preview_campaign(console.pool, console.host, visit.tenant, body, PREVIEW_DAYS)
    return await _form(visit, draft, words, text=text, preview=preview, body=body)


async def _form(
    visit: Visit, draft: Draft, words: CampaignWords, faults: Faults | dict[str, Any] | None = None,
    *, text: str | None = None, told: str = "", preview: Preview | None = None,
    body: CampaignBody | None = None,
) -> Response:  # fmt: skip
    wrong: dict[str, EnsceneError] = dict(faults or {})
    status = max(map(status_of, wrong.values())) if wrong else 200
    return visit.page(
        "campaign_form.html", status, draft=draft, words=words, tab="", text=text, note=told,
        faults={at: _said(visit, error, text) for at, error in wrong.items()},
        preview=preview, body=body, patterns=FORM_PATTERNS, events=EVENTS, withouts=WITHOUTS,
        channel_names=[(each, visit.t(f"campaigns.channels.{each}")) for each in CHANNELS],
        currency=words.vocabulary.currency,
        products={name: product_name(visit, name) for name in sorted(standard_shelf().products)},
        roots=_roots(draft, words),
    )  # fmt: skip


def _said(visit: Visit, error: EnsceneError, text: str | None) -> str:
    """In YAML there is no field to stand beside: the place is told too."""
    said = fault_words(error, visit.t)
    return (
        f"{error.param} · {said}"
        if text is not None and error.param not in (None, "yaml")
        else said
    )


def _roots(draft: Draft, words: CampaignWords) -> list[list[str]]:
    """For each moment, what a condition may name: the fields that all its events bring."""
    found = []
    for row in draft["moments"]:
        kinds = [each for each in row["event"] if each in words.vocabulary.kinds]
        if row["pattern"] == "sequence":
            kinds = kinds[-1:]
        names = [set(_paths(words.vocabulary.kinds[kind])) for kind in kinds]
        own = sorted(set.intersection(*names)) if names and row["pattern"] != "absent" else []
        found.append(own)
    return found


def _paths(names: Any) -> list[str]:
    """`input.price`, of the roots that an event brings; their own fields alone."""
    paths = []
    for root, of in names.items():
        fields = getattr(of, "fields", None)
        paths += [f"{root}.{field}" for field in fields] if fields else [root]
    return paths
