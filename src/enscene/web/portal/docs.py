"""The docs: the pages of `docs/` as they are, and a reference from the OpenAPI document."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import NotFound
from enscene.partners.apis import VERSIONS
from enscene.web.api_groups import ALL, PLATFORM, chosen, grouped, scene_names
from enscene.web.console import Console
from enscene.web.portal.visit import PortalVisit, anybody

FOLDER = Path(__file__).parents[4] / "docs"
PAGES = (
    "partners", "api", "callers", "fapi", "signatures", "webhooks", "embedding", "bring-in",
    "customer-pages", "capabilities", "contracts", "devices", "billing",
)  # fmt: skip
"""What partners need, in the order in which they do."""


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    base = "/portal/{tenant}"
    return [
        Route(f"{base}/docs", anybody(console, show), methods=["GET"]),
        Route(f"{base}/docs/{{name}}", anybody(console, show_one), methods=["GET"]),
        Route(f"{base}/reference", anybody(console, reference), methods=["GET"]),
        Route(f"{base}/apis", anybody(console, apis), methods=["GET"]),
    ]


async def show(visit: PortalVisit) -> Response:
    """The list of pages."""
    return await visit.page("portal_docs.html", pages=titles(), text=None, name="")


async def show_one(visit: PortalVisit) -> Response:
    """One page."""
    name = visit.path("name").removesuffix(".md")
    if name not in dict(titles()):
        raise NotFound("there is no such page", code="portal.no_page")
    return await visit.page(
        "portal_docs.html", pages=titles(), name=name, text=rendered(name, visit.base)
    )


async def reference(visit: PortalVisit) -> Response:
    """The operations, filled in by a script from the document itself."""
    return await visit.page("portal_reference.html")


async def apis(visit: PortalVisit) -> Response:
    """Every interface with where it stands: what is going stands first."""
    known = visit.console.settings.apis
    found = [] if known is None else await known(visit.tenant.id)
    found.sort(key=lambda entry: (entry.notice is None, entry.id))
    scenes = sorted({entry.scene for entry in found if entry.scene})
    query = visit.request.query_params
    word, where = query.get("q", "")[:100].strip(), query.get("where", "")
    if not word and where not in (*scenes, PLATFORM, ALL):
        where = scenes[0] if scenes else PLATFORM
    return await visit.page(
        "portal_apis.html", versions=VERSIONS, scenes=scenes, word=word,
        where="" if word else where, names=await scene_names(visit.pool, visit.tenant.id),
        going=[entry for entry in found if entry.notice is not None],
        shown=grouped(chosen(found, word, where), lambda entry: entry, query.get("page", "")),
    )  # fmt: skip


@cache
def titles() -> tuple[tuple[str, str], ...]:
    """The pages that are there, by name and title."""
    found = []
    for name in PAGES:
        path = FOLDER / f"{name}.md"
        if path.is_file():
            head = path.read_text(encoding="utf-8").partition("\n")[0]
            found.append((name, head.lstrip("# ").strip()))
    return tuple(found)


@cache
def rendered(name: str, base: str) -> str:
    """A page as HTML: raw HTML in it stays text, links to other pages lead to them here."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    known = {page for page, _ in titles()}
    for token in _all(tokens):
        if token.type == "link_open":
            target = str(token.attrs.get("href", ""))
            page, _, part = target.partition("#")
            if page.removesuffix(".md") in known and page.endswith(".md"):
                token.attrs["href"] = f"{base}/docs/{page.removesuffix('.md')}" + (
                    f"#{part}" if part else ""
                )
            elif page and "://" not in target:
                token.attrs["href"] = f"{base}/docs"
        if token.type in ("fence", "code_block", "table_open"):
            token.attrSet("tabindex", "0")
    text: str = markdown.renderer.render(tokens, markdown.options, {})
    return text.replace("<table", '<div class="scroll" tabindex="0"><table').replace(
        "</table>", "</table></div>"
    )


def _all(tokens: list[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *(token.children or ()))]
