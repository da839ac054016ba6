"""The shelf for the bank's people: products, prices, what is missing where, bundles."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import (
    GapReport,
    Pair,
    bundle_coverage,
    read_article_report,
    read_gap_report,
    read_mountings,
)
from enscene.shelf import LENDS, Product, rate_text, standard_shelf
from enscene.shelf.choose_products import choose_product, read_choice_history, read_choices
from enscene.shelf.compare_variant import compare_variant
from enscene.shelf.eligibility import read_rule
from enscene.shelf.pricing import price_text
from enscene.shelf.pricing.set_price import (
    PriceOrder,
    decide_price,
    end_price,
    list_set_prices,
    no_such_price,
    read_price_list,
    read_today,
    set_price,
)
from enscene.shelf.product import ARTICLES, KINDS, Charge, Range
from enscene.shelf.quoting.quote import EXAMPLE
from enscene.shelf.quoting.reasons import condition_of
from enscene.shelf.store import read_clock, reading
from enscene.web.console import Console, Visit, member
from enscene.web.price_standing import standing_of
from enscene.web.render import called, written_sum

TEAM, APPROVER = "scene_team", "approver"
HISTORY_SHOWN = 50


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [*_looked_at(console), *_done(console)]


def _looked_at(console: Console) -> list[Route]:

    async def show(visit: Visit) -> Response:
        return await show_products(console, visit)

    async def product(visit: Visit) -> Response:
        return await show_product(console, visit)

    async def gaps(visit: Visit) -> Response:
        return await show_gaps(console, visit)

    async def bundles(visit: Visit) -> Response:
        shelf = standard_shelf()
        scenes = await read_mountings(console.host, console.pool, visit.tenant)
        inside = {b.id: bundle_coverage(shelf, b, scenes) for b in shelf.bundles.values()}
        return visit.page("shelf_bundles.html", shelf=shelf, inside=inside, tab="bundles")

    async def articles(visit: Visit) -> Response:
        shelf = standard_shelf()
        found = await read_article_report(console.host, console.pool, visit.tenant, shelf)
        scenes = await read_mountings(console.host, console.pool, visit.tenant)
        names = {scene.ref: called(scene.name, visit.language) for scene in scenes}
        return visit.page(
            "shelf_articles.html", shelf=shelf, articles=found, names=names, tab="articles"
        )

    async def prices(visit: Visit) -> Response:
        found = await list_set_prices(console.pool, visit.tenant)
        async with reading(console.pool, visit.tenant) as connection:
            today = await read_today(connection, visit.tenant)
        return visit.page(
            "shelf_prices.html",
            standing=standing_of(found, today),
            shelf=standard_shelf(),
            waiting=[price for price in found if price.state == "asked"],
            history=[price for price in found if price.state != "asked"],
            clock=await visit.read_clock(),
            written=price_text,
            tab="prices",
        )

    pages = {
        "/shelf": show, "/shelf/gaps": gaps, "/shelf/bundles": bundles,
        "/shelf/articles": articles, "/shelf/prices": prices, "/shelf/products/{product}": product,
    }  # fmt: skip
    return [Route(path, member(console, page), methods=["GET"]) for path, page in pages.items()]


def _done(console: Console) -> list[Route]:
    async def price(visit: Visit) -> Response:
        return await save_price(console, visit)

    async def decide(visit: Visit) -> Response:
        await decide_price(
            console.pool, visit.tenant, standard_shelf(), _price_id(visit), visit.who,
            approve=visit.path("word") == "approve", note=visit.field("note"),
        )  # fmt: skip
        return visit.go("/shelf/prices")

    async def end(visit: Visit) -> Response:
        await end_price(console.pool, visit.tenant, _price_id(visit), visit.who, visit.field("why"))
        # Back to a page of the shelf, whatever the form says.
        product = visit.field("product")
        return visit.go(
            f"/shelf/products/{quote(product, safe='')}" if product else "/shelf/prices"
        )

    async def choose(visit: Visit) -> Response:
        name, place = visit.path("product"), visit.field("place")
        if place and not (place.isascii() and place.isdigit() and len(place) <= 3):
            raise Invalid("a place is 1 to 999", code="shelf.place", param="place")
        await choose_product(
            console.pool, visit.tenant, standard_shelf(), name, visit.field("stance"), visit.who,
            scene=visit.field("scene"), place=int(place) if place else None,
            reason=visit.field("reason"),
        )  # fmt: skip
        return visit.go(f"/shelf/products/{name}")

    prices, product = "/shelf/prices/{price}", "/shelf/products/{product}"
    return [
        Route(f"{prices}/end", member(console, end, TEAM), methods=["POST"]),
        Route(f"{prices}/{{word:str}}", member(console, decide, APPROVER), methods=["POST"]),
        Route(f"{product}/prices", member(console, price, TEAM), methods=["POST"]),
        Route(f"{product}/choice", member(console, choose, TEAM), methods=["POST"]),
    ]


async def show_products(console: Console, visit: Visit) -> Response:
    """The shelf by kind, filtered; variants stand with their base."""
    shelf = standard_shelf()
    asked = {name: visit.ask(name) for name in ("q", "kind", "line", "sector", "article")}
    shown = [p for p in shelf.products.values() if p.base is None and _found(p, visit, asked)]
    report = await read_gap_report(console.host, console.pool, visit.tenant, shelf)
    on = Counter(pair.product for pair in report.pairs if pair.status == "on")
    choices = await read_choices(console.pool, visit.tenant)
    async with reading(console.pool, visit.tenant) as connection:
        now, _ = await read_clock(connection, visit.tenant)
    waiting = await list_set_prices(console.pool, visit.tenant, state="asked")
    return visit.page(
        "shelf.html",
        shelf=shelf,
        kinds=[(kind, [p for p in shown if p.kind == kind]) for kind in KINDS],
        asked=asked,
        on=on,
        counts=report.counts,
        declined=choices.declined(),
        due=choices.due(now, shelf.policy.review_days),
        waiting=len(waiting),
        lines=sorted(shelf.words.lines),
        sectors=sorted({s for p in shelf.products.values() for s in p.sectors}),
        articles=ARTICLES,
        all_kinds=KINDS,
        first_price=first_price,
        tab="products",
    )


async def show_product(console: Console, visit: Visit) -> Response:
    """One product: prices and their history, where it is, what its variants say otherwise."""
    shelf = standard_shelf()
    product = _product(visit.path("product"))
    family = product.base or product.id
    async with reading(console.pool, visit.tenant) as connection:
        today = await read_today(connection, visit.tenant)
        prices = await read_price_list(connection, visit.tenant, shelf)
    report = await read_gap_report(console.host, console.pool, visit.tenant, shelf)
    history = await list_set_prices(console.pool, visit.tenant, product=product.id)
    base = shelf.products[family]
    variants = shelf.variants(family) if product.base is None else [product]
    return visit.page(
        "shelf_product.html",
        shelf=shelf,
        product=product,
        base=base,
        told=product.texts[visit.language],
        today=today,
        now={name: price_text(p) for name, p in prices.of(product.id, None, 0, today).items()},
        limits=_limits(product),
        history=history[:HISTORY_SHOWN],
        standing=standing_of(history, today),
        pairs=[pair for pair in report.pairs if pair.product == family],
        scenes={scene.ref: scene for scene in report.scenes},
        rules=[condition_of(rule, visit.language) for rule in product.rules],
        variants=variants,
        compared=_compared(visit, base, variants, today),
        example=_example(product, today),
        choices=await read_choice_history(console.pool, visit.tenant, product.id),
        rate=rate_text,
        clock=await visit.read_clock(),
        tab="products",
    )


async def save_price(console: Console, visit: Visit) -> Response:
    """Set a price of a product; one beyond the limits goes to those who approve."""
    product = _product(visit.path("product"))
    order = PriceOrder(
        product.id, visit.field("name"), visit.field("value"), visit.field("why"),
        visit.field("scene"), visit.field("segment"), _day(visit, "since"), _day(visit, "until"),
    )  # fmt: skip
    key = await set_price(console.pool, visit.tenant, standard_shelf(), order, visit.who)
    found = await list_set_prices(console.pool, visit.tenant, product=product.id, limit=1)
    asked = bool(found) and found[0].id == key and found[0].state == "asked"
    return visit.go("/shelf/prices" if asked else f"/shelf/products/{product.id}#prices")


async def show_gaps(console: Console, visit: Visit) -> Response:
    """The matrix of scenes and products."""
    shelf = standard_shelf()
    report = await read_gap_report(console.host, console.pool, visit.tenant, shelf)
    kind, status = visit.ask("kind"), visit.ask("status")
    rows = [
        (product, cells)
        for product in sorted(
            (shelf.products[name] for name in report.products), key=lambda p: KINDS.index(p.kind)
        )
        if not kind or product.kind == kind
        for cells in (_cells(report, product.id),)
        if not status or any(cell is not None and cell.status == status for cell in cells)
    ]
    return visit.page(
        "shelf_gaps.html",
        shelf=shelf,
        report=report,
        rows=rows,
        asked={"kind": kind, "status": status},
        all_kinds=KINDS,
        tab="gaps",
    )


def _cells(report: GapReport, product: str) -> list[Pair | None]:
    found = {pair.scene: pair for pair in report.pairs if pair.product == product}
    return [found.get(scene.ref) for scene in report.scenes]


def first_price(product: Product) -> tuple[str, str] | None:
    """The name and the value of the price that stands first in the product's file."""
    for name, price in product.prices().items():
        return name, price_text(price)
    return None


def _limits(product: Product) -> list[tuple[str, str, str, str]]:
    """Name, default, least and most of each price, as written."""
    entries: dict[str, Range | Charge] = {**product.price, **product.charges}
    return [
        (name, price_text(each.default), price_text(each.least), price_text(each.most))
        for name, each in entries.items()
    ]


def _example(product: Product, today: date) -> Any:
    """What a usual loan costs; None for what lends nothing."""
    if product.kind not in LENDS or product.amount is None:
        return None
    amount = min(max(EXAMPLE, product.amount[0]), product.amount[1])
    return product.offer(amount, product.usual_months or 12, today)


def _compared(
    visit: Visit, base: Product, variants: list[Product], today: date
) -> list[tuple[str, str, list[str]]]:
    """One row for each thing in which some variant differs: what, the base's, each variant's."""
    told = [{d.what: d for d in compare_variant(base, variant, today)} for variant in variants]
    rows = []
    for what in dict.fromkeys(what for each in told for what in each):
        values = next(each[what].base for each in told if what in each)
        own = [each[what].variant if what in each else values for each in told]
        rows.append((what, _said(visit, what, values), [_said(visit, what, v) for v in own]))
    return rows


def _said(visit: Visit, what: str, value: str) -> str:
    """A value of a product's form as people read it."""
    shelf, t = standard_shelf(), visit.t
    if what in ("pains", "documents"):
        names = [shelf.words.called(what, name, visit.language) for name in _words(value)]
    elif what == "sectors":
        names = [t.known(f"sectors.{name}") or name for name in _words(value)]
    elif what == "articles":
        names = [t(f"shelf.articles.{name}") for name in _words(value)]
    elif what == "eligible":
        rules = [read_rule(source) for source in value.split(" && ")] if value else []
        names = [condition_of(rule, visit.language) for rule in rules]
    elif what == "amount":
        return "–".join(written_sum(part) for part in value.split("–"))
    else:
        return written_sum(value)
    return t("comma").join(names)


def _words(value: str) -> list[str]:
    return value.split(", ") if value else []


def _found(product: Product, visit: Visit, asked: dict[str, str]) -> bool:
    wanted, told = asked["q"].casefold(), product.texts[visit.language]
    return (
        (not asked["kind"] or product.kind == asked["kind"])
        and (not asked["line"] or product.line == asked["line"])
        and (not asked["sector"] or not product.sectors or asked["sector"] in product.sectors)
        and (not asked["article"] or asked["article"] in product.articles)
        and (
            not wanted
            or any(wanted in text.casefold() for text in (product.id, told.name, told.says))
        )
    )


def _product(name: str) -> Product:
    product = standard_shelf().products.get(name)
    if product is None:
        raise NotFound("there is no such product", code="shelf.no_product")
    return product


def _price_id(visit: Visit) -> UUID:
    try:
        return UUID(visit.path("price"))
    except ValueError:
        raise no_such_price() from None


def _day(visit: Visit, name: str) -> date | None:
    text = visit.field(name)
    return parse_day(text) if text else None
