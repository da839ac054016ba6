"""Copying in the console: what a good pilot is, offering a scene, copying it, how copies do, credits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.operations import Wish
from enscene.operations import store as operations_store
from enscene.operations.board import store as board_store
from enscene.operations.copying import (
    BASES,
    BEFORE_LIVE,
    OFFERED_FROM,
    TARGETS_MOST,
    CopyOrder,
    OfferOrder,
    WantedTarget,
    approve_criterion,
    ask_offer,
    begin_copy,
    compare_copies,
    decide_offer,
    end_offer,
    family_of,
    list_copies,
    list_offers,
    outcome_of,
    read_copy,
    read_credits,
    read_criterion,
    read_offer,
    set_criterion,
    sums_of,
)
from enscene.operations.projects import measurable
from enscene.scenes.language import Pack
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.copy_view import (
    draw_tracks,
    figure_name,
    figure_text,
    indicator_names,
    share_text,
    target_text,
)
from enscene.web.pages.scene import open_view
from enscene.web.problems import status_of
from enscene.web.what_changes import what_changes
from enscene.web.wish_form import option_fields

AT = "/copies"
HELPERS = 3
"""Rows for helpers in the form."""
_TARGET = ("indicator", "month", "least")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    scene, offer = f"{AT}/scene/{{ref}}", f"{AT}/offers/{{offer}}"
    team = "scene_team"
    return [
        Route(AT, member(console, show_all, *STAFF), methods=["GET"]),
        Route(f"{AT}/one/{{copy}}", member(console, show_one, *STAFF), methods=["GET"]),
        Route(scene, member(console, show_scene, *STAFF), methods=["GET"]),
        Route(f"{scene}/criterion", member(console, criterion, team), methods=["POST"]),
        Route(f"{scene}/approve", member(console, approve, "approver"), methods=["POST"]),
        Route(f"{scene}/offer", member(console, ask, team), methods=["POST"]),
        Route(f"{offer}/new", member(console, form, team), methods=["GET"]),
        Route(f"{offer}/new", member(console, begin, team), methods=["POST"]),
        Route(f"{offer}/end", member(console, end, team), methods=["POST"]),
        Route(f"{offer}/{{verdict}}", member(console, decide, "approver"), methods=["POST"]),
    ]


async def show_all(visit: Visit) -> Response:
    """What may be copied, who copied what, and what is credited."""
    pool = visit.console.pool
    family = await family_of(pool, visit.tenant)
    copies = await list_copies(pool, family)
    credited = await read_credits(pool, family, [each.id for each in copies])
    async with operations_store.reading(pool, visit.tenant) as connection:
        todo = await board_store.read_todo(connection, [visit.tenant])
    return visit.page(
        "copies.html", waits=[ref for row in todo if row["what"] == "criteria" for ref in row["at"]],
        family=family, offers=await list_offers(pool, family), copies=copies,
        packs=(await visit.console.templates()).packs, names={each.id: each for each in copies},
        credited=[each for each in reversed(credited) if each.tenant == family.own],
        share=share_text,
    )  # fmt: skip


async def show_scene(visit: Visit) -> Response:
    """What a good pilot of a scene is, whether it is offered, and its copies."""
    return await _scene(visit)


async def criterion(visit: Visit) -> Response:
    """Set it; nothing is lost of what was typed when it cannot be."""
    view = await open_view(visit)
    rows = [
        WantedTarget(*(visit.field(f"{name}.{number}") for name in _TARGET))
        for number in range(TARGETS_MOST)
    ]
    wanted = [each for each in rows if each.indicator or each.month or each.least]
    try:
        await set_criterion(
            visit.console.pool, visit.tenant, view.card.ref, wanted, view.pack.currency, visit.who
        )
    except EnsceneError as error:
        return await _scene(visit, error)
    return visit.go(f"{AT}/scene/{view.card.ref}")


async def approve(visit: Visit) -> Response:
    """Fix the criterion."""
    ref = visit.path("ref")
    await approve_criterion(visit.console.pool, visit.tenant, ref, visit.who)
    return visit.go(f"{AT}/scene/{ref}")


async def ask(visit: Visit) -> Response:
    """Ask that others may copy the scene."""
    view = await open_view(visit)
    left_open = [name for name in view.pack.options if name in visit.fields("open.")]
    try:
        order = OfferOrder(
            visit.field("says"), visit.field("basis"), _number(visit, "months"),
            _number(visit, "points"), left_open, visit.field("reason"),
        )  # fmt: skip
        await ask_offer(
            visit.console.pool, visit.tenant, view.card.ref, view.pack, order, visit.who
        )
    except EnsceneError as error:
        return await _scene(visit, error)
    return visit.go(f"{AT}/scene/{view.card.ref}#offer")


async def decide(visit: Visit) -> Response:
    """Agree that it may be copied, or do not."""
    verdict = visit.path("verdict")
    if verdict not in ("approve", "refuse"):
        raise NotFound("there is no such page", code="copy.no_offer")
    number = _id(visit, "offer")
    await decide_offer(
        visit.console.pool, visit.tenant, number, visit.who, approve=verdict == "approve"
    )
    return await _back(visit, number)


async def end(visit: Visit) -> Response:
    """Nobody begins another copy."""
    number = _id(visit, "offer")
    await end_offer(visit.console.pool, visit.tenant, number)
    return await _back(visit, number)


async def form(visit: Visit) -> Response:
    """What belongs to the new place."""
    return await _form(visit)


async def begin(visit: Visit) -> Response:
    """Begin the copy; its launch comes next, filled."""
    pool = visit.console.pool
    family = await family_of(pool, visit.tenant)
    offer = await read_offer(pool, family, _id(visit, "offer"))
    pack = (await visit.console.templates()).get(offer.pack)
    try:
        helpers = [
            (visit.field(f"helper.{number}"), _number(visit, f"points.{number}", "helpers"))
            for number in range(HELPERS)
            if visit.field(f"helper.{number}")
        ]
        options: Mapping[str, Any] = {
            name: value for name, value in visit.fields("option.").items() if value
        }
        order = CopyOrder(
            visit.field("ref"), visit.field("name"), visit.field("region"), visit.field("unit"),
            visit.field("customer"), _chosen(options, pack, offer.wish), helpers,
        )  # fmt: skip
        _, launch = await begin_copy(pool, family, offer, pack, order, visit.who)
    except EnsceneError as error:
        return await _form(visit, error)
    return visit.go(f"/launches/{launch}")


def _chosen(options: Mapping[str, Any], pack: Pack, wish: Wish) -> dict[str, Any]:
    """Those that are not the template's own."""
    usual = {each.option.name: each.default for each in option_fields(pack, wish)}
    return {name: value for name, value in options.items() if usual.get(name) != value}


async def show_one(visit: Visit) -> Response:
    """A copy: how it differs, how it does beside its original and the others, what is credited."""
    pool = visit.console.pool
    family = await family_of(pool, visit.tenant)
    copy = await read_copy(pool, family, _id(visit, "copy"))
    pack = (await visit.console.templates()).get(copy.pack)
    comparison, figure, picture = None, "", None
    if copy.is_whole(visit.tenant):
        beside = [
            each for each in await list_copies(pool, family)
            if (each.origin_tenant, each.origin_scene) == (copy.origin_tenant, copy.origin_scene)
        ]  # fmt: skip
        comparison = await compare_copies(
            pool, family, copy.origin_tenant, copy.origin_scene, copy.currency, beside
        )
        asked = visit.ask("figure")
        figure = asked if asked in comparison.figures else comparison.figures[0]
        picture = draw_tracks(comparison, figure)
    names = {
        each: figure_name(visit.t, visit.language, each)
        for each in (comparison.figures if comparison else ())
    }
    return visit.page(
        "copy.html", family=family, copy=copy, pack=pack, comparison=comparison, figure=figure,
        picture=picture, names=names, told=figure_text, share=share_text,
        moves=what_changes(visit, pack, copy.original, copy.wish),
        credited=await read_credits(pool, family, [copy.id]),
    )  # fmt: skip


async def _scene(visit: Visit, error: EnsceneError | None = None) -> Response:
    view = await open_view(visit)
    pool = visit.console.pool
    family = await family_of(pool, visit.tenant)
    found = await read_criterion(pool, visit.tenant, view.card.id)
    copies = [
        each for each in await list_copies(pool, family)
        if (each.origin_tenant, each.origin_scene) == (visit.tenant, view.card.id)
        or (each.tenant, each.scene) == (visit.tenant, view.card.id)
    ]  # fmt: skip
    offers = await list_offers(pool, family, view.card.id)
    return view.page(
        "copy_scene.html", "copies", 200 if error is None else status_of(error),
        criterion=found, outcome=outcome_of(found), offers=offers, copies=copies, family=family,
        may_set=view.card.state in BEFORE_LIVE and (found is None or found.outcome == "asked"),
        may_offer=view.card.state in OFFERED_FROM
        and not any(each.state in ("asked", "offered") for each in offers),
        rows=range(TARGETS_MOST), indicators=list(measurable()),
        names=indicator_names(visit.language), told=target_text, value_told=figure_text,
        bases=list(BASES), open=sums_of(view.pack), share=share_text,
        typed={name: value for name, value in visit.form} if error else {},  # noqa: C416
        said=_said(visit, error),
        param=error.param if error else None,
    )  # fmt: skip


async def _form(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool = visit.console.pool
    family = await family_of(pool, visit.tenant)
    offer = await read_offer(pool, family, _id(visit, "offer"))
    pack = (await visit.console.templates()).get(offer.pack)
    fields = [
        each for each in option_fields(pack, offer.wish) if each.option.name in offer.left_open
    ]
    return visit.page(
        "copy_new.html", 200 if error is None else status_of(error), offer=offer, pack=pack,
        family=family, fields=fields, rows=range(HELPERS), share=share_text,
        others=[
            each for each in family.tenants.values()
            if each.id not in (offer.tenant, visit.tenant) and each.state == "open"
        ],
        typed={name: value for name, value in visit.form} if error else {},  # noqa: C416
        said=_said(visit, error),
    )  # fmt: skip


def _said(visit: Visit, error: EnsceneError | None) -> str:
    if error is None:
        return ""
    said = visit.t.problem(error.code, error.facts, error.detail)
    field = visit.t.field("copies", error.param)
    return f"{field} · {said}" if field else said


async def _back(visit: Visit, number: UUID) -> Response:
    family = await family_of(visit.console.pool, visit.tenant)
    offer = await read_offer(visit.console.pool, family, number)
    return visit.go(f"{AT}/scene/{offer.scene_ref}#offer")


def _id(visit: Visit, name: str) -> UUID:
    code = "copy.no_offer" if name == "offer" else "copy.not_found"
    try:
        return UUID(visit.path(name))
    except ValueError:
        raise NotFound("there is no such thing", code=code) from None


def _number(visit: Visit, name: str, param: str = "") -> int:
    """A whole number of a form; what is none is out of every range. Raises: Invalid."""
    text = visit.field(name)
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        code = "copy.months" if name == "months" else "copy.points"
        raise Invalid("a whole number", code=code, param=param or name)
    return int(text)
