"""What pages say without any database, or with one that takes no writes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from enscene.storage import is_read_only
from enscene.web.console import LANGUAGE_COOKIE, Console, static
from enscene.web.language import TAGS, Language, Texts, choose_language

RETRY_S = "5"


async def away(request: Request, error: Exception) -> Response:
    """503: the database is away or takes no writes. In both languages, without asking it."""
    console: Console = request.app.state.console
    console.host.service.saw_error(error)
    name = "read_only" if is_read_only(error) else "away"
    language = choose_language(
        request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")
    )
    other: Language = "en" if language == "zh" else "zh"
    headers = {"retry-after": RETRY_S}
    if request.method not in ("GET", "HEAD") or request.headers.get("hx-request") == "true":
        said = [Texts(each)(f"service.{name}_form") for each in (language, other)]
        return PlainTextResponse("\n".join(said), 503, headers)
    text = console.environment.get_template("away.html").render(
        language=language, tag=TAGS[language], static=static, name=name,
        both=[(TAGS[each], Texts(each)) for each in (language, other)], t=Texts(language),
    )  # fmt: skip
    return HTMLResponse(text, 503, headers)
