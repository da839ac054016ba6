"""What customers and the front line say, and hot spots: told, taken, answered, tied to what changed."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.operations import list_scenes
from enscene.operations.planning import rules_in_force
from enscene.operations.scene_account import parse_month
from enscene.operations.teamwork import DEPARTMENTS, read_standard
from enscene.operations.voices import (
    TOLD,
    Asked,
    Voice,
    Words,
    answer_voice,
    count_late,
    end_hot_spot,
    hand_voice,
    list_voices,
    propose_for,
    read_changes,
    read_figures,
    read_stars,
    read_voice,
    take_voice,
    tell_voice,
    tie_release,
    voice_id,
)
from enscene.shelf import standard_shelf
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of

AT = "/voices"
READERS = (*STAFF, "manager")
TELLERS = ("scene_team", "approver", "manager")
ANSWERERS = ("scene_team", "approver")
SHOWS = ("open", "late", "owed", "mine", "hot_spot", "all")
FIELDS = ("kind", "scene", "product", "customer", "found_at", "says")
PAGE = 50


def routes(console: Console) -> list[Route]:
    """The routes of these pages: who serves customers tells, who answers for a scene answers."""
    return [
        Route(AT, member(console, show_all, *READERS), methods=["GET"]),
        Route(AT, member(console, tell, *TELLERS), methods=["POST"]),
        Route(f"{AT}/{{ref}}", member(console, show, *READERS), methods=["GET"]),
        Route(f"{AT}/{{ref}}/{{act}}", member(console, act, *TELLERS), methods=["POST"]),
    ]


async def show_all(visit: Visit) -> Response:
    """Voices by what is asked for, a form for another, and the figures of a month."""
    return await _list(visit)


async def _list(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant, who = visit.console.pool, visit.tenant, visit.who
    shown = next((each for each in SHOWS if each == visit.ask("show")), SHOWS[0])
    scene, before = visit.ask("scene"), visit.ask("before")
    asked = Asked(
        state=shown if shown in ("open", "late") else None, scene=scene or None,
        kind="hot_spot" if shown == "hot_spot" else None,
        said_by=who if shown == "mine" else None, owed_by=who if shown == "owed" else None,
        before=voice_id(before) if before else None,
    )  # fmt: skip
    found = await list_voices(pool, tenant, asked, PAGE + 1)
    clock = await visit.read_clock()
    today = local_day(clock["now"], clock["zone"])
    month = parse_month(visit.ask("month")) if visit.ask("month") else today.replace(day=1)
    one = timedelta(days=1)
    typed = {name: visit.field(name) if error else "" for name in FIELDS}
    return visit.page(
        "voices.html", 200 if error is None else status_of(error),
        voices=found[:PAGE], more=len(found) > PAGE, shown=shown, shows=SHOWS, scene=scene,
        zone=clock["zone"], late=await count_late(pool, tenant), kinds=TOLD,
        rules=(await rules_in_force(pool, tenant)).rules, products=standard_shelf().products,
        scenes=[each for each in await list_scenes(pool, tenant) if each.state != "draft"],
        tells=visit.session.allows(*TELLERS), figures=await read_figures(pool, tenant, month),
        month=month, before=(month - one).replace(day=1), after=(month + 32 * one).replace(day=1),
        typed=typed if error else typed | {"scene": scene},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=visit.t.field("voices", error.param) if error else "",
    )  # fmt: skip


async def tell(visit: Visit) -> Response:
    """Tell something; nothing is lost of what was typed when it cannot be."""
    kind, scene, product, customer, found_at, says = (visit.field(name) for name in FIELDS)
    source = "outside" if found_at else "staff"
    words = Words(kind, says, source, scene or None, None, product or None, found_at or None,
                  customer or None)  # fmt: skip
    try:
        voice = await tell_voice(visit.console.pool, visit.tenant, words, visit.who)
    except NotFound:
        raise
    except EnsceneError as error:
        return await _list(visit, error)
    made = await read_voice(visit.console.pool, visit.tenant, voice)
    return visit.go(f"{AT}/{made.ref}")


async def show(visit: Visit) -> Response:
    """One voice with all that was done. Raises: NotFound."""
    return await _page(visit)


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    voice = await read_voice(pool, tenant, voice_id(visit.path("ref")))
    acts = voice.acts if _may_answer(visit, voice) else ()
    if voice.source != "customer" and voice.said_by == visit.who:
        acts = tuple(each for each in acts if each != "answer")
    stars = await read_stars(pool, tenant, voice)
    pack = None
    if stars and voice.scene:
        pack = (await visit.console.host.catalogue.read(tenant, voice.scene)).pack
    product = standard_shelf().products.get(voice.product or "")
    return visit.page(
        "voice.html", 200 if error is None else status_of(error),
        v=voice, acts=acts, departments=read_standard().departments, department_names=DEPARTMENTS,
        product=product.texts[visit.language].name if product else voice.product,
        changes=await read_changes(pool, tenant, voice) if "change" in acts else (),
        stars=stars, role=lambda name: visit.word(pack, f"parties.{name}") if pack else name,
        zone=(await visit.read_clock())["zone"], typed=visit.field("says") if error else "",
        failed=visit.path("act") if error else "",
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        wrong=visit.t.field("voices", error.param) if error else "",
    )  # fmt: skip


def _may_answer(visit: Visit, voice: Voice) -> bool:
    """Who answers for scenes, and whoever is asked by name."""
    return visit.session.allows(*ANSWERERS) or (
        visit.session.allows(*TELLERS) and visit.who in (voice.owner, voice.taken_by)
    )


async def act(visit: Visit) -> Response:
    """What is done with a voice; what is refused is said on its page."""
    pool, tenant, who = visit.console.pool, visit.tenant, visit.who
    voice, says = voice_id(visit.path("ref")), visit.field("says")
    if not _may_answer(visit, await read_voice(pool, tenant, voice)):
        raise Forbidden("who answers for the scene does this", code="voice.not_owner")
    name = visit.path("act")
    try:
        match name:
            case "take":
                await take_voice(pool, tenant, voice, who)
            case "hand":
                unit, owner = visit.field("department"), visit.field("owner")
                await hand_voice(pool, tenant, voice, unit, owner, says, who)
            case "answer":
                await answer_voice(pool, tenant, voice, says, who)
            case "propose":
                await propose_for(pool, tenant, voice, says, who)
            case "act" | "drop":
                await end_hot_spot(pool, tenant, voice, says, who, acted=name == "act")
            case "change":
                await tie_release(pool, tenant, voice, visit.field("release"), who)
            case _:
                raise NotFound("there is no such button", code="voice.not_found")
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"{AT}/{visit.path('ref')}")
