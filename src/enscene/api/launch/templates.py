"""`GET /v1/templates` and what can be chosen of one."""

from __future__ import annotations

from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of
from enscene.api.launch.orders import Places
from enscene.api.launch.told import place_told, template_card, template_told
from enscene.api.lists import answer, page
from enscene.kernel.errors import NotFound
from enscene.operations import Wanted, Wish, find_likely, fitting_positions
from enscene.scenes.language import Pack


class TemplatesDoor:
    """Reading only: nothing here changes anything."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """The list, one template, or the places where a block fits."""
        need(caller, READ, EDIT, APPROVE)
        templates = await self._desk.templates()
        match rest:
            case []:
                _only(request, "GET")
                request.query()
                cards = [template_card(pack) for pack in templates.packs.values()]
                return page(cards, None, has_more=False)
            case [name]:
                _only(request, "GET")
                pack = templates.get(name)
                variant = _variant(pack, request.query("variant").get("variant"))
                wanted = Wanted(pack.id, Wish(variant=variant))
                likely = await find_likely(self._desk.pool, caller.tenant, templates, wanted)
                return answer(template_told(pack, variant, likely))
            case [name, "places"]:
                _only(request, "POST")
                pack = templates.get(name)
                _, order = await order_of(request, Places)
                wish = Wish(variant=_variant(pack, order.variant))
                return await self.places(caller, pack, wish, order)
            case _:
                raise not_found()

    async def places(self, caller: Caller, pack: Pack, wish: Wish, order: Places) -> Response:
        """Every place in an action, and why a step does not fit there."""
        zone = (await self._desk.clock(caller.tenant))["zone"]
        found = await fitting_positions(pack, wish, order.action, order.step, zone)
        return answer({"action": order.action, "places": [place_told(wish, p) for p in found]})


def _variant(pack: Pack, name: str | None) -> str | None:
    if name is not None and name not in pack.variants:
        raise NotFound(
            f"the template has no variant {name[:60]!r}",
            code="template.no_variant",
            param="variant",
            hint=f"it has {', '.join(pack.variants)}" if pack.variants else None,
        )
    return name


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise wrong_method(method)
