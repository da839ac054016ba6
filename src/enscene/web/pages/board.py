"""Boards: of headquarters, of a branch, of a tenant, each with all below it; and what a figure is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import local_day
from enscene.kernel.errors import NotFound
from enscene.operations.board import HEALTHS, Figure, FigureRow, Spot, Todo, read_board, read_figure
from enscene.operations.scene_account import LINES, PARTS, parse_month, read_account
from enscene.tenants import Tenant
from enscene.tenants.figures import Sight, sight_of
from enscene.tenants.tenant import list_below
from enscene.web.board_picture import draw_cohorts, draw_map, draw_steps
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.operator import sight_of_visit

AT = "/board"
ROLES = (*STAFF, "operator")
WHERE = {
    "launches": ("/approvals", STAFF), "prices": ("/shelf/prices", STAFF),
    "campaigns": ("/campaigns/{}", STAFF), "pool_orders": ("/campaigns/benefits", STAFF),
    "exports": ("/exports", STAFF), "outlays": ("/scene-account/{}#payback", STAFF),
    "incentives": ("/incentives", STAFF), "baselines": ("/before/{}#entries", STAFF),
    "plans": ("/projects/{}", STAFF), "criteria": ("/copies/scene/{}#criterion", STAFF),
    "copies": ("/copies/scene/{}#offer", STAFF), "rules": ("/planning/rules#waiting", STAFF),
    "gates": ("/projects/{}#gate", STAFF), "shut": ("/projects", STAFF),
    "reviews": ("/planning", STAFF), "tasks": ("/workbench", ("manager", "auditor")),
    "tickets": ("/tickets", STAFF), "voices": ("/voices?show=late", STAFF),
    "voices_open": ("/voices", STAFF),
}  # fmt: skip
"""Where one does what waits, `{}` being the scene, project or campaign, and who may go there."""
CAPACITY = "/workbench/capacity"
"""Where an approver, who has no workbench, sees whose tasks they are."""
LATE = ("tasks", "tickets", "voices")


@dataclass(frozen=True, slots=True)
class Seen:
    """A place that is looked at, None where it is the whole installation; all its tenants; the line of
    places from the visitor's own down to it, and those next below it."""

    place: Tenant | None
    tenants: tuple[Tenant, ...]
    above: tuple[Tenant, ...]
    below: tuple[Tenant, ...]
    left_out: tuple[Tenant, ...]
    """Sandboxes in sight, which do not count here."""

    @property
    def at(self) -> str:
        """Where its board is."""
        return AT if self.place is None else f"{AT}/{self.place.ref}"


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route(AT, member(console, show, *ROLES), methods=["GET"]),
        Route(f"{AT}/figures/{{indicator}}", member(console, figure, *ROLES), methods=["GET"]),
        Route(f"{AT}/{{tenant}}", member(console, show, *ROLES), methods=["GET"]),
        Route(
            f"{AT}/{{tenant}}/figures/{{indicator}}", member(console, figure, *ROLES),
            methods=["GET"],
        ),
        Route(f"{AT}/{{tenant}}/scenes/{{scene}}", member(console, scene, *ROLES), methods=["GET"]),
    ]  # fmt: skip


async def _sight(visit: Visit) -> Sight:
    if visit.session.allows("operator"):
        return await sight_of_visit(visit)
    return await sight_of(visit.console.pool, visit.tenant, None)


async def look(visit: Visit) -> Seen:
    """The place of the path, or else the visitor's own. Sandboxes count in the board of a sandbox
    alone. Raises: NotFound, also for a place that is not in sight."""
    sight = await _sight(visit)
    asked = visit.request.path_params.get("tenant")
    if asked is None and sight.whole:
        place = None
    else:
        place = sight.find(str(asked)) if asked else sight.tenants[0]
    known = {each.id: each for each in sight.tenants}
    tenants = (
        list(sight.tenants) if place is None
        else [each for each in await list_below(visit.console.pool, place.id) if each.id in known]
    )  # fmt: skip
    left_out: tuple[Tenant, ...] = ()
    if place is None or not place.sandbox:
        left_out = tuple(each for each in tenants if each.sandbox)
        tenants = [each for each in tenants if not each.sandbox]
    above: list[Tenant] = []
    higher = known.get(place.parent) if place and place.parent else None
    while higher is not None:
        above.insert(0, higher)
        higher = known.get(higher.parent) if higher.parent else None
    parent = place.id if place else None
    below = tuple(each for each in tenants if each.parent == parent)
    return Seen(place, tuple(tenants), tuple(above), below, left_out)


def _month(visit: Visit) -> date | None:
    """Raises: Invalid (`month`)."""
    asked = visit.ask("month")
    return parse_month(asked) if asked else None


def _beside(month: date) -> dict[str, Any]:
    one = timedelta(days=1)
    return {"before": (month - one).replace(day=1), "after": (month + 32 * one).replace(day=1)}


def pages_of(visit: Visit, what: str, at: Sequence[str]) -> list[tuple[str, str]]:
    """The pages on which it is done: what each is of ('' where all is on one page) and its address.
    None: the visitor may not go there."""
    path, roles = WHERE[what]
    if not visit.session.allows(*roles):
        return [("", CAPACITY)] if what == "tasks" and visit.session.allows("approver") else []
    if "{}" not in path:
        return [("", path)]
    if not at:
        return [("", path.split("/{}")[0])]
    return [(each, path.format(each)) for each in at]


def _pages(visit: Visit, todo: Todo) -> list[tuple[str, str]]:
    return pages_of(visit, todo.what, todo.at) if todo.tenant.id == visit.tenant else []


def _whose(visit: Visit, todo: Todo) -> list[str]:
    """Names of the visitor's own place alone: of others a board tells figures."""
    if todo.what != "tasks" or todo.tenant.id != visit.tenant:
        return list(todo.names)
    return [each or visit.t("board.nobodys") for each in todo.at]


def _scene_at(visit: Visit, tenant: Tenant, ref: str) -> str:
    return f"{AT}/{tenant.ref}/scenes/{ref}"


async def show(visit: Visit) -> Response:
    """The board. Raises: NotFound, Invalid."""
    seen = await look(visit)
    asked = _month(visit)
    board = await read_board(visit.console.pool, seen.tenants, asked)
    zone = (await visit.read_clock())["zone"]
    own = [each for each in board.todo if _pages(visit, each)]
    others = [each for each in board.todo if each not in own]
    return visit.page(
        "board.html", seen=seen, board=board, month=board.month, **_beside(board.month), zone=zone,
        lanes=draw_map(board.spots), steps=draw_steps(board.steps), healths=HEALTHS,
        cohorts=draw_cohorts(board.cohorts), counts=_counts(board.spots),
        todo=[*own, *others], pages=lambda each: _pages(visit, each), late=LATE,
        whose=lambda each: _whose(visit, each),
        scene_at=lambda tenant, ref: _scene_at(visit, tenant, ref),
    )  # fmt: skip


def _counts(spots: tuple[Spot, ...]) -> dict[str, int]:
    return {
        "live": sum(each.state == "live" for each in spots),
        "pilot": sum(each.state == "pilot" for each in spots),
        "active": sum(each.active for each in spots),
        "quality": sum(each.quality for each in spots),
    }


async def figure(visit: Visit) -> Response:
    """What an indicator is made of: its scenes, what tells them apart, its days. `key` leaves the
    rows of one key, `scene` those of one scene of the place. Raises: NotFound, Invalid."""
    seen = await look(visit)
    month = _month(visit)
    if month is None:
        clock = await visit.read_clock()
        month = local_day(clock["now"], clock["zone"]).replace(day=1)
    indicator, only, pool = visit.path("indicator"), visit.ask("scene"), visit.console.pool
    found = await read_figure(pool, seen.tenants, indicator, month)
    if only:
        place = seen.place.id if seen.place else None
        at = next(
            (n for (t, n), known in found.refs.items() if (t, known[0]) == (place, only)), None
        )
        if at is None:
            raise NotFound("there is no such scene", code="scene.not_found", param="scene")
        found = await read_figure(pool, [seen.place] if seen.place else [], indicator, month, at)
    key = visit.ask("key")
    own = seen.place is not None and seen.place.id == visit.tenant and visit.session.allows(*STAFF)
    return visit.page(
        "board_figure.html", seen=seen, found=found, month=month, **_beside(month), key=key,
        rows=[_as_told(each, indicator) for each in found.rows if key in ("", each.key)],
        name=found.indicator.zh if visit.language == "zh" else found.indicator.en,
        formula=getattr(found.indicator.formula, visit.language),
        scene_at=lambda tenant, ref: _scene_at(visit, tenant, ref), only=only,
        leads_to=lambda row: _leads_to(visit, found, row, only),
        log_of=f"/scenes/{only}/events?day=" if only and own else None,
    )  # fmt: skip


def _as_told(row: FigureRow, indicator: str) -> FigureRow:
    """What the ledger has below nothing, as loans, stands above it, as on the board."""
    line = next(
        (each for each in LINES if each.indicator == indicator and row.key in each.keys), None
    )
    return row if line is None or line.sign > 0 else replace(row, value=-row.value)


def _leads_to(visit: Visit, found: Figure, row: FigureRow, only: str) -> str | None:
    """Where one sees what a row is made of: money in the account of the scene, day by day and each with
    its entries; all else on the days of the one scene."""
    known = found.refs.get((row.tenant.id, row.scene))
    month = f"{found.month:%Y-%m}"
    line = next(
        (each.name for each in LINES
         if each.indicator == found.indicator.id and row.key in each.keys), None
    )  # fmt: skip
    own = row.tenant.id == visit.tenant and visit.session.allows(*STAFF)
    if line is not None and own:
        at = f"/scene-account/{known[0]}" if known else "/scene-account"
        return f"{at}?month={month}&line={line}#days" if known else f"{at}?month={month}"
    if known is None or only:
        return None
    return f"{AT}/{row.tenant.ref}/figures/{found.indicator.id}?month={month}&scene={known[0]}"


async def scene(visit: Visit) -> Response:
    """A scene as its board shows it: figures alone, of a scene that may be another tenant's.
    Raises: NotFound, Invalid."""
    seen = await look(visit)
    assert seen.place is not None, "the path names it"
    board = await read_board(visit.console.pool, [seen.place], _month(visit))
    spot = next((each for each in board.spots if each.ref == visit.path("scene")), None)
    if spot is None:
        raise NotFound("there is no such scene", code="scene.not_found")
    account = await read_account(visit.console.pool, seen.place.id, spot.id, board.month)
    return visit.page(
        "board_scene.html", seen=seen, spot=spot, month=board.month, **_beside(board.month),
        account=account, parts=PARTS, lines=LINES,
        own=seen.place.id == visit.tenant and visit.session.allows(*STAFF),
    )  # fmt: skip
