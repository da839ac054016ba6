"""The page of a district: merchants with their offers and last 30 days, and circles around them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers.circles import DAYS_LEAST, FLOOR, KEPT, OF_A_FIRM, OF_A_PERSON, Density
from enscene.operations.district import DAYS, District, read_district
from enscene.web.console import Console, Visit, member
from enscene.web.district_map import draw_district
from enscene.web.pages.scene import open_view

KINDS = (*OF_A_PERSON, *OF_A_FIRM)
NONE = "none"


@dataclass(frozen=True, slots=True)
class Line:
    """Circles of a kind, for those who read: in how many cells, how many in all, and the most in one
    (counts as told)."""

    kind: str
    cells: int
    circles: int
    most: int


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [Route("/district/{ref}", member(console, show), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """The district of a scene that has places. Raises: NotFound, Invalid."""
    view = await open_view(visit)
    running = await visit.console.host.catalogue.read(visit.tenant, view.card.ref)
    category = visit.ask("category") or None
    district = await read_district(visit.console.pool, running, category)
    lines = _lines(district)
    kind = visit.ask("kind")
    if kind not in (*KINDS, NONE):
        kind = lines[0].kind if lines else NONE
    cells = [each for each in district.circles.cells if each.kind == kind]
    acts = {
        each.name: visit.word(view.pack, f"actions.{each.name}") for each in district.layout.acts
    }
    return view.page(
        "district.html", "district", district=district, kind=kind, kinds=KINDS, category=category,
        lines=lines, cells=cells, places=_places(cells), acts=acts, days=DAYS, floor=FLOOR,
        map=draw_district(district.merchants, cells), kept=KEPT.days, least=DAYS_LEAST,
        offers=sorted(
            ((each, at) for at in district.merchants for each in at.offers),
            key=lambda pair: (pair[0].price - pair[0].worth, pair[0].key),
        )[:12],
    )  # fmt: skip


def _lines(district: District) -> list[Line]:
    lines = []
    for kind in KINDS:
        counts = [each.circles for each in district.circles.cells if each.kind == kind]
        if counts:
            lines.append(Line(kind, len(counts), sum(counts), max(counts)))
    return lines


def _places(cells: list[Density]) -> list[tuple[str, str, int]]:
    """Cells in degrees."""
    return [(f"{e.lat_e5 / 100_000:.4f}", f"{e.lon_e5 / 100_000:.4f}", e.circles) for e in cells]
