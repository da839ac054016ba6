"""The data map: every item of every scene, who may use it and why, what is shared and what not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers.authorizations import find_forbidden
from enscene.customers.authorizations.store import admitted
from enscene.kernel.errors import Invalid
from enscene.operations.data_map import (
    DAY_COST,
    DAY_COST_MOST,
    DAYS,
    DAYS_TO_BUILD,
    KEPT,
    LEVELS,
    TARGET_DAYS,
    DataMap,
    Item,
    Silo,
    Use,
    cost_of,
    read_data_map,
    read_rates,
    read_reuse,
    read_silos,
    surplus,
)
from enscene.web.console import STAFF, Console, Visit, member

PAGE = 40
FORBIDDEN = 200


@dataclass(frozen=True, slots=True)
class Row:
    """An item in words: `above` is the thing that it is a field of. `times` are the answers that
    told it within the last days."""

    item: Item
    title: str
    above: str
    uses: list[Use]
    times: int


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of them."""

    rows: list[Row]
    number: int
    pages: int
    total: int


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route("/data", member(console, show, *STAFF), methods=["GET"]),
        Route("/data/reuse", member(console, reuse, *STAFF), methods=["GET"]),
        Route("/data/silos", member(console, silos, *STAFF), methods=["GET"]),
        Route("/data/of/{scene}/{item}", member(console, show_one, *STAFF), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """Items by scene, level, partner and word."""
    found = await _map(visit)
    scene, level, app, word = (visit.ask(name) for name in ("scene", "level", "app", "q"))
    chosen = [
        item
        for item in found.items
        if scene in ("", item.ref) and level in ("", item.level)
        and (not word or _fits(visit, found, item, word))
        and (not app or _reaches(found, item, app))
    ]  # fmt: skip
    return visit.page(
        "data.html",
        map=found,
        shown=_page_of(visit, found, chosen),
        scenes=_names(found),
        asked={"scene": scene, "level": level, "app": app, "q": word},
        levels=LEVELS,
        days=DAYS,
        counts=[(name, sum(item.level == name for item in found.items)) for name in LEVELS],
        limited=sum(bool(item.limits) for item in found.items),
        others=[each for number in found.scenes for each in found.others_of(number)],
        zone=(await visit.read_clock())["zone"],
    )  # fmt: skip


async def show_one(visit: Visit) -> Response:
    """One item: who may use it and by which rule, who has, and what the law says."""
    found = await _map(visit)
    item = found.find(visit.path("scene"), visit.path("item"))
    async with admitted(visit.console.pool, visit.tenant, readonly=True) as connection:
        tried = await find_forbidden(connection, visit.tenant, limit=FORBIDDEN)
    named = f"{item.of}.{item.field}"
    pack = found.pack(item)
    return visit.page(
        "data_item.html",
        map=found,
        row=_row(visit, found, item),
        scenes=_names(found),
        days=DAYS,
        about=[visit.word(pack, f"parties.{role}") for role in item.about],
        words={(use.who, use.name): _who(visit, found, item, use) for use in found.uses(item)},
        served=found.served_of(item),
        tried=[use for use in tried if use.scene == item.ref and named in use.fields],
        zone=(await visit.read_clock())["zone"],
    )


async def reuse(visit: Visit) -> Response:
    """What two or more scenes share, how much is self-developed, and what that saves. Raises: Invalid."""
    found = await _map(visit)
    asked = visit.ask("day_cost") or str(DAY_COST)
    if not (asked.isascii() and asked.isdigit() and int(asked) <= DAY_COST_MOST):
        raise Invalid("what a day costs", code="data.day_cost", param="day_cost",
                      facts={"most": DAY_COST_MOST})  # fmt: skip
    rates = await read_rates(visit.console.host, visit.console.pool, visit.tenant)
    return visit.page(
        "data_reuse.html",
        map=found,
        reuse=await read_reuse(found, visit.console.pool, visit.tenant),
        scenes=_names(found),
        rates=rates,
        day_cost=int(asked),
        cost=cost_of(rates.saved.days, int(asked)),
        surplus=surplus(rates.versions),
        days_to_build=DAYS_TO_BUILD,
        target_days=TARGET_DAYS,
        currency=next((each.pack.currency for each in found.scenes.values()), "CNY"),
        said=lambda kind, name, packs: _component(visit, found, kind, name, packs),
    )


async def silos(visit: Visit) -> Response:
    """What one scene alone keeps."""
    found = await _map(visit)
    every = await read_silos(found, visit.console.pool, visit.tenant)
    by_scene: dict[str, list[tuple[Row, Silo]]] = {}
    for silo in every:
        row = _row(visit, found, silo.item)
        by_scene.setdefault(silo.item.ref, []).append((row, silo))
    return visit.page(
        "data_silos.html",
        map=found,
        by_scene=by_scene,
        scenes=_names(found),
        counts=[(kept, sum(silo.kept == kept for silo in every)) for kept in KEPT],
    )


async def _map(visit: Visit) -> DataMap:
    return await read_data_map(visit.console.host, visit.console.pool, visit.tenant)


def _names(found: DataMap) -> dict[str, str]:
    return {scene.ref: scene.name for scene in found.scenes.values()}


def _page_of(visit: Visit, found: DataMap, items: Sequence[Item]) -> Rows:
    pages = max(1, -(-len(items) // PAGE))
    asked = visit.ask("page")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    number = min(max(1, number), pages)
    here = items[(number - 1) * PAGE : number * PAGE]
    return Rows([_row(visit, found, item) for item in here], number, pages, len(items))


def _row(visit: Visit, found: DataMap, item: Item) -> Row:
    title, above = _words(visit, found, item)
    times = sum(each.times for each in found.served_of(item))
    return Row(item, title, above, found.uses(item), times)


def _words(visit: Visit, found: DataMap, item: Item) -> tuple[str, str]:
    pack = found.pack(item)
    if item.kind == "holdings":
        return visit.t("data.holdings"), visit.t("data.kinds.holdings")
    if item.kind == "account":
        return visit.word(pack, f"accounts.{item.of}"), visit.t("data.kinds.account")
    return (
        visit.word(pack, f"fields.{item.field}"),
        visit.word(pack, f"things.{item.of}.title"),
    )


def _who(visit: Visit, found: DataMap, item: Item, use: Use) -> str:
    if use.who == "staff":
        return visit.t(f"roles.{use.name}")
    if use.who == "party":
        return visit.word(found.pack(item), f"parties.{use.name}")
    return found.apps[use.name].title if use.who == "app" else _names(found)[use.name]


def _component(
    visit: Visit, found: DataMap, kind: str, name: str, packs: Sequence[str]
) -> str:  # fmt: skip
    """What a shared one is called: by the first template that has it."""
    pack = next(scene.pack for scene in found.scenes.values() if scene.pack.id == packs[0])
    texts = pack.texts[visit.language]
    keys = {
        "data": (f"fields.{name}", f"accounts.{name}"), "flows": (f"flows.{name}",),
        "pages": (f"pages.{name}",),
    }.get(kind, ())  # fmt: skip
    if kind == "products":
        product = next((p.name for p in pack.products.values() if p.shelf == name), name)
        keys = (f"products.{product}",)
    known = visit.t.known(f"blocks.{name}.title") if kind == "blocks" else None
    return known or next((texts[key] for key in keys if key in texts), name)


def _fits(visit: Visit, found: DataMap, item: Item, word: str) -> bool:
    title, above = _words(visit, found, item)
    return word.lower() in f"{title} {above} {item.id}".lower()


def _reaches(found: DataMap, item: Item, app: str) -> bool:
    return any(use.who == "app" and use.name == app for use in found.uses(item))
