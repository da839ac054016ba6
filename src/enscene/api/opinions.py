"""What the public says of partners, over HTTP: items of a feed that the bank's own program imports."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need
from enscene.api.lists import answer
from enscene.api.structs import convert
from enscene.kernel.errors import Invalid
from enscene.partners.opinions import LINES_MOST, Item, take_opinions

WRITE = "opinions:write"


class Feed(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/opinions`."""

    items: Annotated[list[Item], Meta(min_length=1, max_length=LINES_MOST)]


class OpinionsDoor:
    """`/v1/opinions`."""

    def __init__(self, pool: store.Pool) -> None:
        self._pool = pool

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) > 1 and path[1] == "opinions"

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Take a feed; twice counts once."""
        if len(request.path) != 2:
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        need(caller, WRITE)
        order = convert(await request.json_body(), Feed)
        lines = b"\n".join(msgspec.json.encode(item) for item in order.items)
        try:
            taken, new = await take_opinions(self._pool, caller.tenant, lines, caller.app.client_id)
        except Invalid as error:
            number = (error.param or "").removeprefix("lines.")
            if number.isdigit():
                error.param = f"items.{int(number) - 1}"
            raise
        return answer({"taken": taken, "new": new})
