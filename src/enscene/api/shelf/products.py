"""`GET /v1/shelf…`: products, bundles, gaps, the five big articles."""

from __future__ import annotations

from enscene.api import store
from enscene.api.http import Request, Response
from enscene.api.lists import answer, page
from enscene.api.shelf.told import (
    article_told,
    bundle_told,
    coverage_told,
    differences_told,
    gaps_told,
    product_card,
    product_told,
)
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import (
    bundle_coverage,
    read_article_report,
    read_gap_report,
    read_mountings,
)
from enscene.scenes.runtime import SceneHost
from enscene.shelf import Product, standard_shelf
from enscene.shelf.compare_variant import compare_variant
from enscene.shelf.pricing.set_price import read_price_list, read_today
from enscene.shelf.product import ARTICLES, KINDS

_FILTERS = {"kind": KINDS, "article": ARTICLES, "serves": ("G", "B", "C")}


class ProductsDoor:
    """Reading only."""

    def __init__(self, host: SceneHost, pool: store.Pool) -> None:
        self._host = host
        self._pool = pool

    async def list(self, request: Request) -> Response:
        """The shelf, filtered."""
        query = request.query("kind", "line", "sector", "article", "serves")
        for name, known in _FILTERS.items():
            if name in query and query[name] not in known:
                raise Invalid(f"one of {', '.join(known)}", code="shelf.filter", param=name)
        shelf = standard_shelf()
        shown = [p for p in shelf.products.values() if _passes(p, query)]
        return page([product_card(p, shelf.words) for p in shown], None, has_more=False)

    async def show(self, request: Request, tenant: int, name: str) -> Response:
        """One product with what it costs today, and what a variant says otherwise."""
        segment = request.query("segment").get("segment")
        shelf = standard_shelf()
        product = shelf.products.get(name)
        if product is None:
            raise NotFound("there is no such product", code="shelf.no_product", param="product")
        async with store.reading(self._pool, tenant) as connection:
            day = await read_today(connection, tenant)
            prices = await read_price_list(connection, tenant, shelf)
        told = product_told(product, shelf, prices.of(name, segment, 0, day))
        if product.base is not None:
            base = shelf.products[product.base]
            told["differs"] = differences_told(compare_variant(base, product, day))
        return answer(told)

    async def bundles(self, request: Request, tenant: int) -> Response:
        """All bundles, and how far each scene goes with them."""
        request.query()
        shelf = standard_shelf()
        scenes = await read_mountings(self._host, self._pool, tenant)
        told = [
            bundle_told(bundle, shelf.words)
            | {"scenes": coverage_told(bundle_coverage(shelf, bundle, scenes))}
            for bundle in shelf.bundles.values()
        ]
        return page(told, None, has_more=False)

    async def gaps(self, request: Request, tenant: int) -> Response:
        """Every scene against every product that it could offer."""
        request.query()
        return answer(
            gaps_told(await read_gap_report(self._host, self._pool, tenant, standard_shelf()))
        )

    async def articles(self, request: Request, tenant: int) -> Response:
        """The five big articles."""
        request.query()
        found = await read_article_report(self._host, self._pool, tenant, standard_shelf())
        return page([article_told(each) for each in found], None, has_more=False)


def _passes(product: Product, query: dict[str, str]) -> bool:
    return (
        query.get("kind") in (None, product.kind)
        and query.get("line") in (None, product.line)
        and ("article" not in query or query["article"] in product.articles)
        and ("serves" not in query or query["serves"] in product.serves)
        and ("sector" not in query or not product.sectors or query["sector"] in product.sectors)
    )
