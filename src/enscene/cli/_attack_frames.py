"""Threat 23: pages that others frame, and messages between pages that come from elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from enscene.cli._attack_arena import Arena
from enscene.cli._attack_judge import Judged
from enscene.commit import admit
from enscene.web.h5_token import issue_h5_token

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Frame, Page, Route

SHOP = "http://shop.test"
OTHER = "http://other.test"
"""May frame the page too."""
EVIL = "http://shop.test.evil.test"
"""Begins as an allowed one does: whoever compares parts takes it for that."""
# A site of the internet may not frame this machine: it would be that which kept the others away.
_FLAGS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"]
_PAGE = ("travel", "trips")
# A page that keeps what it hears.
_LISTEN = """<!doctype html><title>x</title><script>
  window.heard = []; addEventListener("message", (event) => heard.push(event.data));</script>"""
# In every page from its beginning: how often it is told something, and with whose token it asks.
_WATCH = """window.came = 0; window.asked = [];
  addEventListener("message", () => { window.came += 1; });
  const real = window.fetch;
  window.fetch = (path, more) => { asked.push(more.headers.authorization); return real(path, more); };"""


@dataclass(frozen=True, slots=True)
class Framed:
    """A customer's page of a bank at `url`, which `SHOP` and `OTHER` may frame; two tokens for it."""

    url: str
    page: str
    own: str
    foreign: str


async def framing(arena: Arena, judged: Judged) -> None:
    """Pages cannot be framed by others, run no scripts that are not theirs, and hear no others."""
    for path in ("/login", "/docs", f"/h5/{arena.tenant.ref}/{'/'.join(_PAGE)}"):
        for origin in ("https://evil.test", "https://bank.com.evil.test"):
            reply = await arena.wire.send("GET", path, {"origin": origin, "referer": origin})
            judged.check(f"{path} is there", holds=reply.status == 200)
            policy = reply.headers.get("content-security-policy", "")
            judged.check(f"{path} has a policy", holds="default-src 'none'" in policy)
            judged.check(f"{path} has no evil script", holds="unsafe" not in policy)
            judged.check(f"{path} is not framed", holds="frame-ancestors" in policy
                         and "evil" not in policy and "*" not in policy)  # fmt: skip
            judged.check(f"{path} is not shared", holds="access-control-allow-origin"
                         not in reply.headers or "evil" not in
                         reply.headers["access-control-allow-origin"])  # fmt: skip
    program = find_chromium()
    if program is None:
        judged.left.append("messages between pages: there is no Chromium on this machine")
        return
    scene, _ = _PAGE
    async with arena.pool.acquire() as connection, connection.transaction():
        await admit(connection, [arena.tenant.id])
        await connection.execute(
            "update scene set profile = profile || $3 where tenant = $1 and ref = $2",
            arena.tenant.id, scene, {"origins": [SHOP, OTHER]},
        )  # fmt: skip
    tokens = [
        await issue_h5_token(arena.pool, arena.tenant.id, scene, await arena.new_traveller(ref))
        for ref in ("framed-own", "framed-foreign")
    ]
    page = f"{arena.box.url}/h5/{arena.tenant.ref}/{'/'.join(_PAGE)}"
    await judge_frames(program, Framed(arena.box.url, page, *tokens), judged)


def find_chromium() -> str | None:
    """The browser of this machine, if it has one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


async def judge_frames(program: str, framed: Framed, judged: Judged) -> None:
    """In a browser: by whom the page is framed, and whose messages it and the bank's script in
    the page around it hear."""
    from playwright.async_api import async_playwright  # only this command has it

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            for play in (_framed_by_others, _told_by_others, _around, _asked_by_others):
                context = await browser.new_context()
                await context.add_init_script(f"{{ {_WATCH} }}")
                await play(context, framed, judged)
                await context.close()
        finally:
            await browser.close()


async def _framed_by_others(context: BrowserContext, framed: Framed, judged: Judged) -> None:
    """The browser does not show the page within another's."""
    await _serve(context, {EVIL: _with_frame(f"{framed.page}#{framed.own}")})
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{EVIL}/")
    judged.check("another cannot frame it", holds=framed.page in asked
                 and f"{framed.page}/content" not in asked)  # fmt: skip
    judged.check("another hears nothing of it", holds=await page.evaluate("heard") == [])


async def _told_by_others(context: BrowserContext, framed: Framed, judged: Judged) -> None:
    """Even where the browser did not keep others from framing it, it hears none of them, and says
    nothing to them."""
    await _serve(context, {EVIL: _with_frame(framed.page)})

    async def unprotected(route: Route) -> None:
        answer = await route.fetch()
        left = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
        await route.fulfill(response=answer, headers=left)

    await context.route(lambda url: url.split("#")[0] == framed.page, unprotected)
    page = await context.new_page()
    await page.goto(f"{EVIL}/")
    inner = await _frame_of(page, framed.page)
    await _tell(page.main_frame, "frames[0]", {"type": "enscene.token", "token": framed.foreign})
    await _until(inner, "came === 1")
    judged.check("a token of another's is not taken", holds=await inner.evaluate("asked") == [])
    judged.check("another is told nothing", holds=await page.evaluate("heard") == [])


async def _around(context: BrowserContext, framed: Framed, judged: Judged) -> None:
    """Within the allowed page: a frame beside it is not the page around it."""
    beside = "".join([f'<iframe src="{origin}/"></iframe>' for origin in (EVIL, OTHER)])
    pages = {SHOP: _with_frame(framed.page) + beside, EVIL: _LISTEN, OTHER: _LISTEN}
    await _serve(context, pages)
    page = await context.new_page()
    await page.goto(f"{SHOP}/")
    inner = await _frame_of(page, framed.page)
    others = [await _frame_of(page, origin) for origin in (EVIL, OTHER)]
    for other in others:
        await _tell(other, "parent.frames[0]", {"type": "enscene.token", "token": framed.foreign})
    await _until(inner, "came === 2")
    judged.check("a frame beside it is not heard", holds=await inner.evaluate("asked") == [])
    await _tell(page.main_frame, "frames[0]", {"type": "enscene.token", "token": framed.own})
    await _until(inner, "came === 3")
    judged.check("the page around it is",
                 holds=await inner.evaluate("asked") == [f"H5 {framed.own}"])  # fmt: skip
    await page.wait_for_function("heard.length > 0")
    heard = [await other.evaluate("heard") for other in others]
    judged.check("a frame beside it is told nothing", holds=heard == [[], []])


async def _asked_by_others(context: BrowserContext, framed: Framed, judged: Judged) -> None:
    """The bank's script in the page around: who else asks for the token does not get it."""
    script = f"""{_LISTEN}<div id="to"></div><iframe src="{EVIL}/"></iframe>
      <iframe src="{framed.page}?second"></iframe>
      <script src="{framed.url}/static/enscene.js"></script><script>
      window.given = 0; window.done = [];
      window.embedded = Enscene.embed({{ to: document.querySelector("#to"), src: {json.dumps(framed.page)},
        token: async () => {{ given += 1; return {json.dumps(framed.own)}; }},
        on: {{ done: (message) => done.push(message), closed: () => done.push("closed") }} }});
      </script>"""
    await _serve(context, {SHOP: script, EVIL: _LISTEN})
    page = await context.new_page()
    await page.goto(f"{SHOP}/")
    await page.wait_for_function('heard.some((each) => each.type === "enscene.height")')
    judged.check("the bank's page gets the token", holds=await page.evaluate("given") == 1)
    evil, second = [await _frame_of(page, at) for at in (EVIL, f"{framed.page}?second")]
    for said, other in (("a stranger's frame", evil), ("another page of the bank's", second)):
        await _ask(page, other)
        judged.check(f"{said} beside gets none, and nothing is done for it",
                     holds=await page.evaluate("[given, done.length]") == [1, 0])  # fmt: skip
    await page.evaluate(f"embedded.frame.src = {json.dumps(f'{EVIL}/led')}")
    led = await _frame_of(page, f"{EVIL}/led")
    await _ask(page, led)
    judged.check("nor does who has taken its frame",
                 holds=await page.evaluate("[given, done.length]") == [1, 0])  # fmt: skip
    for frame in (evil, led):
        judged.check("none of them heard it", holds=await frame.evaluate("heard") == [])


async def _ask(page: Page, other: Frame) -> None:
    """All that makes the script give a token or tell of something, from that frame."""
    before = await page.evaluate("heard.length")
    for kind in ("enscene.ready", "enscene.closed", "enscene.done"):
        await _tell(other, "parent", {"type": kind})
    # The page listens before the script does, and is told in the same turn.
    await page.wait_for_function(
        '(before) => heard.slice(before).some((each) => each.type === "enscene.done")', arg=before
    )


async def _serve(context: BrowserContext, pages: dict[str, str]) -> None:
    """Sites that exist in this browser alone."""
    for origin, body in pages.items():
        await context.route(f"{origin}/**", _answering(body))


def _answering(body: str) -> Callable[[Route], Awaitable[None]]:
    async def fulfill(route: Route) -> None:
        await route.fulfill(body=body, content_type="text/html; charset=utf-8")

    return fulfill


def _with_frame(address: str) -> str:
    return f'{_LISTEN}<iframe src="{address}" width="390" height="700"></iframe>'


async def _frame_of(page: Page, address: str) -> Frame:
    """The frame that shows it, once its scripts have run."""
    for _ in range(200):
        for frame in page.frames:
            if frame.url.startswith(address) and frame is not page.main_frame:
                await frame.wait_for_load_state()
                return frame
        await page.wait_for_timeout(50)
    raise AssertionError(f"no frame shows {address}")


async def _until(frame: Frame, said: str) -> None:
    """Until it is so in a page whose policy lets nobody evaluate anything on a timer."""
    for _ in range(400):
        if await frame.evaluate(said):
            return
        await frame.page.wait_for_timeout(25)
    raise AssertionError(f"{frame.url}: never {said}")


async def _tell(frame: Frame, window: str, message: dict[str, Any]) -> None:
    """Post a message to another window, to whatever origin it is of."""
    await frame.evaluate(f"(message) => {window}.postMessage(message, '*')", message)
