"""The shelf's API as the gateway sees it."""

from __future__ import annotations

from enscene.api import store
from enscene.api.actions import Running
from enscene.api.auth import Access, Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need
from enscene.api.shelf.prices import APPROVE, EDIT, READ, PricesDoor
from enscene.api.shelf.products import ProductsDoor
from enscene.api.shelf.quotes import Quotes
from enscene.scenes.runtime import SceneHost


class ShelfDoor:
    """`/v1/shelf…`, and the quotes of scenes."""

    def __init__(
        self, host: SceneHost, pool: store.Pool, access: Access, running: Running, cursors: Cursors
    ) -> None:
        self.quotes = Quotes(host, pool, access)
        self._products = ProductsDoor(host, pool)
        self._prices = PricesDoor(pool, running, cursors)

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) > 1 and path[1] == "shelf"

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer a request below `/v1/shelf`."""
        rest = request.path[2:]
        match rest:
            case ["prices", *more]:
                return await self._prices.serve(request, caller, more)
            case ["choices"]:
                return await self._prices.choices(request, caller)
        need(caller, READ, EDIT, APPROVE)
        if len(rest) > 1:
            raise not_found()
        if request.method != "GET":
            raise wrong_method("GET")
        match rest:
            case []:
                return await self._products.list(request)
            case ["bundles"]:
                return await self._products.bundles(request, caller.tenant)
            case ["gaps"]:
                return await self._products.gaps(request, caller.tenant)
            case ["articles"]:
                return await self._products.articles(request, caller.tenant)
            case [name]:
                return await self._products.show(request, caller.tenant, name)
        raise not_found()
