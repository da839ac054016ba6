"""`/docs`: how to begin, each scene's operations, every problem; Chinese first, English complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from enscene.api.documents import Documents
from enscene.api.documents.scene import SYSTEM, example_of, refusals_of
from enscene.api.documents.schemas import answer_schema, input_schema
from enscene.api.http import Request, Response, not_found
from enscene.api.language import language_of
from enscene.api.pages.texts import TEXTS
from enscene.kernel.problem_texts import PROBLEMS
from enscene.scenes.language.model import Action, Pack
from enscene.scenes.runtime import RunningScene

_FOLDER = Path(__file__).parent
_POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)
_HTML = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _POLICY),
    (b"vary", b"accept-language"),
)
_CSS = ((b"content-type", b"text/css; charset=utf-8"), (b"cache-control", b"max-age=3600"))


class Pages:
    """Renders the pages from what the documents are made of."""

    def __init__(self, documents: Documents, issuer: str) -> None:
        self._documents = documents
        self._issuer = issuer
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = (_FOLDER / "static" / "docs.css").read_bytes()

    async def serve(self, request: Request, rest: list[str]) -> Response:
        """Answer a request below `/docs`."""
        match rest:
            case ["assets", "docs.css"]:
                return Response(self._style, 200, _CSS)
            case [] | [""]:
                return self._page(request, "home.html", scenes=await self._scenes())
            case ["problems"]:
                return self._page(
                    request, "problems.html", problems=PROBLEMS, scenes=await self._scenes()
                )
            case [ref]:
                scene = await self._documents.public_scene(ref)
                return self._page(
                    request, "scene.html", scene=scene, pack=scene.pack,
                    scenes=await self._scenes(), operations=_operations(scene, language_of(request)),
                )  # fmt: skip
            case _:
                raise not_found()

    async def _scenes(self) -> list[dict[str, str]]:
        return await self._documents.public_scenes()

    def _page(self, request: Request, template: str, **values: Any) -> Response:
        language = language_of(request)
        html = self._templates.get_template(template).render(
            t=TEXTS[language],
            lang=language,
            other="en" if language == "zh" else "zh",
            here="/".join(["", *request.path]),
            issuer=self._issuer,
            **values,
        )
        return Response(html.encode(), 200, _HTML)


def _operations(scene: RunningScene, language: str) -> list[dict[str, Any]]:
    """What the page shows of each action and query."""
    pack = scene.pack
    return [
        {
            "name": action.name,
            "title": pack.text(f"actions.{action.name}", language),
            "query": action.query,
            "path": f"/v1/{scene.ref}/{'queries' if action.query else 'actions'}/{action.name}",
            "by": [pack.text(f"parties.{role}", language) for role in _by(action)],
            "scope": f"scene:{scene.ref}:{action.name}",
            "level": action.level,
            "input": _fields(input_schema(action, pack), language),
            "answer": _fields(answer_schema(action, pack), language),
            "refusals": refusals_of(action),
            "example": _example(pack, action),
        }
        for action in pack.actions.values()
        if _by(action)
    ]


def _by(action: Action) -> list[str]:
    return [role for role in action.by if role not in SYSTEM]


def _example(pack: Pack, action: Action) -> str:
    return json.dumps(example_of(pack, action) or {}, ensure_ascii=False, indent=2)


def _fields(schema: dict[str, Any], language: str) -> list[dict[str, Any]]:
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "type": _type(inner),
            "required": name in required,
            "title": _title(inner, language),
        }
        for name, inner in schema["properties"].items()
    ]


def _title(schema: dict[str, Any], language: str) -> str:
    """The description in one language; it holds both, Chinese first."""
    zh, _, en = schema.get("description", "").partition(" · ")
    return str(zh if language == "zh" else en or zh)


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "x-currency" in schema:
        return f"money ({schema['x-currency']})"
    if schema.get("type") == "array":
        return f"[{_type(schema['items'])}]"
    return str(schema.get("format", schema.get("type", "")))
