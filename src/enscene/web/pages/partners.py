"""Partners in the console: applications, evidence, decisions, assets, and what is done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.partners.conformance import list_runs
from enscene.partners.decide_admission import decide_admission, read_votes
from enscene.partners.find_partner import (
    StageTime,
    days_of,
    get_partner,
    list_partners,
    read_stages,
)
from enscene.partners.go_live import go_live, renew_settings
from enscene.partners.incidents import count_open
from enscene.partners.inventory import (
    KINDS,
    SEVERITIES,
    Fault,
    drop_asset,
    faults_of,
    fix_hole,
    put_asset,
    read_assets,
    report_hole,
)
from enscene.partners.judge_evidence import judge_evidence
from enscene.partners.monitor import by_month, read_first_calls
from enscene.partners.partner import Partner, partner_id
from enscene.partners.renew_access import renew_access
from enscene.partners.standard import read_standard, score
from enscene.partners.suspend import leave, note_leaving, resume, suspend
from enscene.tenants import get_tenant
from enscene.web.console import Console, Visit, member
from enscene.web.liaison_view import change_liaison, liaison_of
from enscene.web.pages import governance, partner_assets
from enscene.web.pages.cooperation import (
    TYPED,
    change_clauses,
    change_incidents,
    cooperation_of,
)
from enscene.web.pages.governance import governance_of
from enscene.web.partner_refusals import Told, tell_partner_form
from enscene.web.portal.try_out import report
from enscene.web.problems import status_of

READERS, WORKERS, DECIDER = (
    ("scene_team", "approver", "auditor"),
    ("scene_team", "approver"),
    "approver",
)
RUNS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A partner in the list."""

    partner: Partner
    since: float
    to_live: float | None
    to_call: float | None
    faults: list[Fault]
    incidents: int


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    one = "/partners/{partner}"
    return [
        *partner_assets.routes(console),
        Route("/partners", member(console, show, *READERS), methods=["GET"]),
        Route(one, member(console, show_one, *READERS), methods=["GET"]),
        Route(f"{one}/evidence/{{question}}", member(console, judge, *WORKERS), methods=["POST"]),
        Route(f"{one}/decision", member(console, decide, *WORKERS), methods=["POST"]),
        Route(f"{one}/assets", member(console, assets, *WORKERS), methods=["POST"]),
        Route(f"{one}/clauses", member(console, clauses, *WORKERS), methods=["POST"]),
        Route(f"{one}/incidents", member(console, incidents, *WORKERS), methods=["POST"]),
        Route(f"{one}/records", member(console, records, *WORKERS), methods=["POST"]),
        Route(f"{one}/outsiders", member(console, outsiders, *WORKERS), methods=["POST"]),
        Route(f"{one}/components", member(console, components, *WORKERS), methods=["POST"]),
        Route(f"{one}/opinions", member(console, opinions, *WORKERS), methods=["POST"]),
        Route(f"{one}/liaison", member(console, liaison, *WORKERS), methods=["POST"]),
        Route(f"{one}/act", member(console, act, DECIDER), methods=["POST"]),
        Route(f"{one}/leaving", member(console, leaving, *WORKERS), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """All of them, with their days and risks."""
    pool, tenant = visit.console.pool, visit.tenant
    stages = await read_stages(pool, tenant)
    found: dict[UUID, list[Any]] = {}
    for asset in await read_assets(pool, tenant):
        found.setdefault(asset.partner, []).append(asset)
    open_ = await count_open(pool, tenant)
    first = await read_first_calls(pool, tenant)
    to_call = {each.partner: each.days for each in first}
    zone = (await visit.read_clock())["zone"]
    rows = [
        Row(each, stages[each.id][-1].days, _to_live(stages[each.id]), to_call.get(each.id),
            faults_of(found.get(each.id, [])), open_.get(each.id, 0))
        for each in await list_partners(pool, tenant)
    ]  # fmt: skip
    times = [row.to_live for row in rows if row.to_live is not None]
    return visit.page(
        "partners.html", rows=rows, zone=zone, ref=(await get_tenant(pool, tenant)).ref,
        counts={
            "waiting": sum(row.partner.stage == "applied" for row in rows),
            "trying": sum(row.partner.stage in ("admitted", "sandbox", "proven") for row in rows),
            "live": sum(row.partner.stage == "live" for row in rows),
        },
        median_days=round(median(times), 1) if times else None,
        median_call=round(median(to_call.values()), 1) if to_call else None,
        months=by_month(first, zone),
    )  # fmt: skip


def _to_live(stages: Sequence[StageTime]) -> float | None:
    """The days from the first application until it went live, if it did."""
    applied = next((each.at for each in stages if each.stage == "applied"), None)
    live = next((each.at for each in stages if each.stage == "live"), None)
    if applied is None or live is None:
        return None
    return round((live - applied).total_seconds() / 86_400, 1)


async def show_one(visit: Visit) -> Response:
    """One partner."""
    return await _page(visit)


async def _page(
    visit: Visit, error: EnsceneError | None = None, where: str = "", access_key: str = ""
) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    partner = await get_partner(pool, tenant, partner_id(visit.path("partner")))
    zone = (await visit.read_clock())["zone"]
    stages = (await read_stages(pool, tenant, partner.id))[partner.id]
    owned, standard = await read_assets(pool, tenant, partner.id), read_standard()
    runs = (await list_runs(pool, tenant, partner.id, "conformance"))[:RUNS]
    votes = await read_votes(pool, tenant, partner.id)
    told = Told("") if error is None else tell_partner_form(error, where, visit.t)
    return visit.page(
        "partner.html",
        200 if error is None else status_of(error),
        partner=partner, zone=zone, stages=stages, days=days_of(stages), standard=standard,
        found=score(standard, partner.level, partner.answers, partner.findings),
        votes=[vote for vote in votes if vote.round == partner.round],
        assets=owned, faults=faults_of(owned), kinds=KINDS, severities=SEVERITIES,
        runs=[(run, report(run, visit.language)) for run in runs],
        works=visit.session.allows(*WORKERS), decides=visit.session.allows(DECIDER),
        said=told.said or None, bad_field=told.field, said_of=where, access_key=access_key, **await cooperation_of(visit, partner.id),
        **await liaison_of(pool, tenant, partner.id, zone),
        typed={name: visit.field(name)
               for name in ("why", "note", "name", "party", *TYPED, *governance.TYPED)},
        typed_fields=visit.fields("f."), **await governance_of(visit, partner),
    )  # fmt: skip


async def judge(visit: Visit) -> Response:
    """Accept a piece of evidence, or say why not."""
    question = visit.path("question")
    return await _done(
        visit, f"q-{question}",
        judge_evidence(
            visit.console.pool, visit.tenant, _id(visit), question,
            accepted=visit.field("do") == "accept", note=visit.field("note"), who=visit.who,
        ),
    )  # fmt: skip


async def decide(visit: Visit) -> Response:
    """Say yes or no to an application."""
    return await _done(
        visit, "decision",
        decide_admission(
            visit.console.pool, visit.tenant, _id(visit), admit=visit.field("do") == "admit",
            why=visit.field("why"), who=visit.who, approver=visit.session.allows(DECIDER),
        ),
    )  # fmt: skip


async def assets(visit: Visit) -> Response:
    """Enter or remove an asset, enter a hole, confirm its fix."""
    return await _done(visit, "assets", _assets(visit))


async def _assets(visit: Visit) -> None:
    pool, tenant, partner, who = visit.console.pool, visit.tenant, _id(visit), visit.who
    verb = visit.field("do")
    if verb == "add":
        dates = {name: _day(visit, name) for name in ("certificate_until", "domain_until")}
        texts = {name: visit.field(name) for name in ("owner", "supplier", "version")}
        await put_asset(
            pool, tenant, partner, who, visit.field("kind"), visit.field("name"), **texts, **dates
        )
        return
    own = {str(each.id): each.id for each in await read_assets(pool, tenant, partner)}
    asset = own.get(visit.field("asset"))
    if asset is None:
        raise NotFound("there is no such asset", code="asset.not_found")
    if verb == "drop":
        await drop_asset(pool, tenant, asset)
    elif verb == "report":
        await report_hole(pool, tenant, asset, visit.field("hole"), visit.field("severity"), who)
    elif verb == "fix":
        await fix_hole(pool, tenant, asset, visit.field("hole"), who)
    else:
        raise Invalid("nothing was asked", code="asset.bad", param="do")


async def clauses(visit: Visit) -> Response:
    """Make, end, confirm what was agreed."""
    return await _done(visit, "clauses", change_clauses(visit, _id(visit)))


async def incidents(visit: Visit) -> Response:
    """Open an incident, or work on one."""
    return await _done(visit, "incidents", change_incidents(visit, _id(visit)))


async def records(visit: Visit) -> Response:
    """Write down an assessment, a system, a test, a drill, a plan."""
    where = f"r-{visit.field('kind')}"
    return await _done(visit, where, governance.change_records(visit, _id(visit)), "records")


async def outsiders(visit: Visit) -> Response:
    """Persons of third parties: ask, grant, end."""
    return await _done(visit, "outsiders", governance.change_outsiders(visit, _id(visit)))


async def components(visit: Visit) -> Response:
    """Import what an asset is made of."""
    return await _done(visit, "assets", governance.import_components(visit, _id(visit)))


async def opinions(visit: Visit) -> Response:
    """Import a feed; its lines name their partners."""
    return await _done(visit, "opinions", governance.import_opinions(visit))


async def liaison(visit: Visit) -> Response:
    """Contacts and the calendar."""
    work = change_liaison(
        visit.console.pool, visit.tenant, _id(visit), visit.field, side="bank", who=visit.who
    )
    return await _done(visit, "liaison", work)


async def act(visit: Visit) -> Response:
    """Let it go live, suspend it, let it go on, let it leave; give it another access key."""
    pool, tenant, partner, why = visit.console.pool, visit.tenant, _id(visit), visit.field("why")
    verb = visit.field("do")
    if verb == "access":
        return await _page(visit, access_key=await renew_access(pool, tenant, partner))
    if verb == "live":
        bank = await get_tenant(pool, tenant)
        return await _done(visit, "act", go_live(
            pool, bank, partner, visit.who, why, party=visit.field("party") or None
        ))  # fmt: skip
    if verb == "renew":
        bank = await get_tenant(pool, tenant)
        return await _done(visit, "act", renew_settings(pool, bank, partner))
    use = {"suspend": suspend, "resume": resume, "leave": leave}.get(verb)
    if use is None:
        return await _page(visit, Invalid("nothing was asked", code="partner.field"), "act")
    return await _done(visit, "act", use(pool, tenant, partner, visit.who, why))


async def leaving(visit: Visit) -> Response:
    """Record a step of leaving."""
    what: Any = visit.field("do")
    return await _done(
        visit, "leaving",
        note_leaving(
            visit.console.pool, visit.tenant, _id(visit), what, visit.field("note"), visit.who
        ),
    )  # fmt: skip


async def _done(visit: Visit, where: str, work: Any, place: str = "") -> Response:
    """Do it; what was typed stays where it could not be done."""
    try:
        await work
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error, where)
    return visit.go(f"/partners/{visit.path('partner')}#{place or where}")


def _id(visit: Visit) -> UUID:
    return partner_id(visit.path("partner"))


def _day(visit: Visit, name: str) -> date | None:
    text = visit.field(name)
    return parse_day(text, param=name) if text else None
