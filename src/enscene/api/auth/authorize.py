"""`/oauth/authorize`: the customer's browser arrives with a reference and is led to the page where
the customer is asked."""

from __future__ import annotations

from urllib.parse import parse_qsl

from enscene.api.auth.oauth import oauth_problem
from enscene.api.auth.store import Pool
from enscene.api.http import Request, Response, wrong_method
from enscene.api.language import wants_chinese
from enscene.customers.authorizations import open_request
from enscene.kernel.errors import NotFound
from enscene.tenants.apps import App, find_app

_PAGE = """<!doctype html><html lang="{tag}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<h1>{title}</h1><p>{text}</p></html>"""
_ZH = {
    "tag": "zh-CN",
    "title": "授权请求无效",
    "text": "请求不存在、已失效或已答复。请回到应用重新发起。",
}
_EN = {
    "tag": "en",
    "title": "This request cannot be answered",
    "text": "It is unknown, over or answered already. Go back to the application and begin again.",
}


class Authorize:
    """The endpoint. `page` is where customers are asked: {tenant} and {request} are filled in."""

    def __init__(self, pool: Pool, page: str) -> None:
        self._pool = pool
        self._page = page

    async def serve(self, request: Request) -> Response:
        """Lead to the page of the bank; parameters beside `client_id` and `request_uri` count for
        nothing, whatever they say."""
        if request.method not in ("GET", "HEAD"):
            raise wrong_method("GET", "HEAD")
        try:
            given = dict(parse_qsl(request.query_string.decode("ascii"), max_num_fields=40))
            app = await find_app(self._pool, given.get("client_id", ""))
            found = await open_request(self._pool, app, given.get("request_uri", ""))
        except (NotFound, ValueError):
            return _refusal(request)
        return Response(b"", 303, ((b"location", self._place(app, str(found.id)).encode()),))

    def _place(self, app: App, request: str) -> str:
        return self._page.format(tenant=app.tenant_ref, request=request)


def _refusal(request: Request) -> Response:
    """Nobody is led anywhere: the address may be anyone's."""
    if b"text/html" not in request.headers.get(b"accept", b""):
        return oauth_problem(
            "invalid_request_uri", "there is no such request, or it is over: push a new one", 400
        )
    text = _PAGE.format(**(_ZH if wants_chinese(request) else _EN))
    return Response(text.encode(), 400, ((b"content-type", b"text/html; charset=utf-8"),))
